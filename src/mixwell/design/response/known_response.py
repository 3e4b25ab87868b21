"""What is known of a response whose rows lie elsewhere."""

from dataclasses import dataclass

import numpy as np

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.moments import ResponseMoments, spread_of

__all__ = ["KnownResponse", "RowNumbers"]


@dataclass(frozen=True, slots=True)
class RowNumbers:
    """What is known of numbers that stand with a response: weights, or known standard errors.

    They are `n` from `low` to `high`, `zeros` of them 0. The rows of the first 0 and of the largest
    are known where the rows are in memory.
    """

    n: int
    low: float
    high: float
    zeros: int
    at_zero: int | None = None
    at_high: int | None = None

    @classmethod
    def of(cls, values: FloatArray) -> "RowNumbers":
        """Return what is known of numbers that are in memory."""
        zeros, ends = np.flatnonzero(values == 0), (float(values.min()), float(values.max()))
        first = int(zeros[0]) if zeros.size else None
        return cls(len(values), *ends, int(zeros.size), first, int(values.argmax()))

    @staticmethod
    def place(row: int | None) -> str:
        """Say which row of weights it is, as far as that is known."""
        return "weights" if row is None else f"weights, row {row + 1} of those used"

    def refuse_zeros(self) -> None:
        """Refuse weights of 0 that a variance is divided by; raises `DataError`."""
        if self.zeros:
            raise DataError(
                f"A weight of 0, as in {self.zeros} of {self.n} rows, leaves a response "
                "without a finite variance.",
                where=self.place(self.at_zero),
                hint="Leave these rows out of the data.",
            )


@dataclass(frozen=True, eq=False)
class KnownResponse:
    """Statistics of a response over `n` rows, weights left out; `offset` is the offset's mean.

    `central` is the mean square of what responses are away from their `mean`; `central_less` the
    same of the response less its offset. `weights` and `se` say what stands with it, `median_se`
    the typical error; `row_variance` is the mean over rows of what a residual variance, or 1, is
    multiplied by in each: 1 / weight, or se^2 / weight.
    """

    n: int
    mean: float
    central: float
    low: float
    high: float
    offset: float = 0.0
    central_less: float = 0.0
    weights: RowNumbers | None = None
    se: RowNumbers | None = None
    median_se: float = 1.0
    row_variance: float = 1.0

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

    @property
    def spread(self) -> float:
        """The standard deviation of a sample, or a size that is not 0: see `moments.spread`."""
        sd = self.sd * float(np.sqrt(self.n / max(self.n - 1, 1)))
        return spread_of(sd, max(self.high, -self.low))

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
        return own.spread

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
