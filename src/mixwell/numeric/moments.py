"""Location and spread of a response, as the scales of priors need them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = [
    "ResponseMoments",
    "counted_spread",
    "root_mean_square",
    "sample_sd",
    "spread",
    "spread_of",
]

#: A standard deviation that is this share of the values is rounding.
_ROUNDING = 4 * float(np.finfo(float).eps)


def sample_sd(values: FloatArray, axis: int | tuple[int, ...]) -> FloatArray:
    """Return standard deviations along axes; a single value has none, which is not-a-number.

    >>> sample_sd(np.array([[1.0, 3.0], [2.0, 2.0]]), 1).round(3).tolist()
    [1.414, 0.0]
    >>> sample_sd(np.array([[1.0], [2.0]]), 1).tolist()
    [nan, nan]
    """
    mean = values.mean(axis=axis)
    if values.size <= mean.size:
        return np.full(mean.shape, np.nan)
    return np.asarray(values.std(axis=axis, ddof=1))


def spread(values: FloatArray) -> float:
    """Return the standard deviation, or where that is zero something that is not.

    A constant column counts by its size, so that the result follows the units; all zeros give 1.
    """
    sd = float(np.std(values, ddof=1)) if values.size > 1 else 0.0
    return spread_of(sd, float(np.max(np.abs(values))) if values.size else 0.0)


def spread_of(sd: float, largest: float) -> float:
    """Return the same of a column whose standard deviation and largest size are known."""
    if sd > _ROUNDING * largest:
        return sd
    return largest if largest > 0 else 1.0


def counted_spread(values: FloatArray, counts: FloatArray | None) -> float:
    """Return the same of values that stand for so many equal ones each."""
    if counts is None:
        return spread(values)
    away = values - np.average(values, weights=counts)
    squares = float(np.average(away**2, weights=counts))
    sd = float(np.sqrt(squares * counts.sum() / max(counts.sum() - 1, 1)))
    return spread_of(sd, float(np.max(np.abs(values))))


def root_mean_square(values: FloatArray, counts: FloatArray | None = None) -> float:
    """Return the root mean square, 1 for all zeros; values may stand for so many equal ones."""
    size = float(np.sqrt(np.average(np.square(values), weights=counts))) if values.size else 0.0
    return size if size > 0 else 1.0


@dataclass(frozen=True, eq=False)
class ResponseMoments:
    """A response `y` (n,) with its `offset`, measured on demand.

    `name` is what texts call it. With `origin`, for a regression through the origin, the width is a
    root mean square. A mean of 0 counts as half a count, or as the width, where its logarithm is
    asked for. Rows may stand for several equal ones, `counts` (n,).
    """

    y: FloatArray
    offset: FloatArray
    origin: bool
    discrete: bool
    name: str = "y"
    counts: FloatArray | None = None

    @property
    def word(self) -> str:
        """What the width is."""
        return "root mean square" if self.origin else "sd"

    @cached_property
    def width(self) -> float:
        """The response's spread, on its own scale."""
        if self.origin:
            return root_mean_square(self.y - self.offset, self.counts)
        return counted_spread(self.y, self.counts)

    def _mean(self, values: FloatArray) -> float:
        if self.counts is None:
            return float(values.mean())
        return float(np.average(values, weights=self.counts))

    @cached_property
    def mean(self) -> float:
        """The response's mean."""
        return self._mean(self.y)

    @cached_property
    def mean_offset(self) -> float:
        """The offset's mean, 0 without one."""
        return self._mean(self.offset) if self.offset.size else 0.0

    @cached_property
    def mean_less_offset(self) -> float:
        """The mean of the response less its offset."""
        return self._mean(self.y - self.offset)

    @cached_property
    def log_rate(self) -> float:
        """log(mean(y) / mean(exp(offset))), without overflow."""
        highest = float(self.offset.max())
        exposure = highest + float(np.log(self._mean(np.exp(self.offset - highest))))
        rows = self.y.size if self.counts is None else self.counts.sum()
        least = 0.5 / rows if self.discrete else self.width
        return float(np.log(self.mean if self.mean > 0 else least)) - exposure

    @cached_property
    def of_roots(self) -> tuple[float, float]:
        """Mean and spread of the response's square root."""
        root = np.sqrt(np.maximum(self.y, 0))
        return self._mean(root), counted_spread(root, self.counts)
