"""What is known of a response whose rows lie elsewhere."""

from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.moments import ResponseMoments, spread_of

__all__ = ["KnownResponse"]


@dataclass(frozen=True, eq=False)
class KnownResponse:
    """Statistics of a response over `n` rows, weights left out; `offset` is the offset's mean.

    `central` is the mean square of what responses are away from their `mean`; `central_less` the
    same of the response less its offset.
    """

    n: int
    mean: float
    central: float
    low: float
    high: float
    offset: float = 0.0
    central_less: float = 0.0

    @classmethod
    def of(cls, values: FloatArray) -> "KnownResponse":
        """Return the statistics of responses that are in memory."""
        central = float(values.std()) ** 2
        ends = float(values.min()), float(values.max())
        return cls(len(values), float(values.mean()), central, *ends)

    @property
    def sd(self) -> float:
        """The standard deviation, the sum of squares divided by the number of rows."""
        return float(np.sqrt(max(self.central, 0.0))) if self.high > self.low else 0.0

    def moments(self, *, origin: bool, discrete: bool, name: str) -> ResponseMoments:
        """Return what the scales of priors ask of the response."""
        nothing = np.empty(0)
        return _Moments(nothing, nothing, origin, discrete, name, known=self)


@dataclass(frozen=True, eq=False)
class _Moments(ResponseMoments):
    """Moments that are known, in the place of those that are computed of rows."""

    known: KnownResponse | None = None

    @property
    def _own(self) -> KnownResponse:
        assert self.known is not None
        return self.known

    @property
    def width(self) -> float:
        """The response's spread, on its own scale."""
        own = self._own
        if self.origin:
            square = own.central_less + (own.mean - own.offset) ** 2
            return float(np.sqrt(square)) or 1.0
        sd = own.sd * float(np.sqrt(own.n / max(own.n - 1, 1)))
        return spread_of(sd, max(own.high, -own.low))

    @property
    def mean(self) -> float:
        """The response's mean."""
        return self._own.mean

    @property
    def mean_offset(self) -> float:
        """The offset's mean, 0 without one."""
        return self._own.offset

    @property
    def mean_less_offset(self) -> float:
        """The mean of the response less its offset."""
        return self._own.mean - self._own.offset
