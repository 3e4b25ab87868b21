"""Location and spread of a response, as the scales of priors need them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["ResponseMoments", "root_mean_square", "spread", "spread_of"]

#: A standard deviation that is this share of the values is rounding.
_ROUNDING = 4 * float(np.finfo(float).eps)


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


def root_mean_square(values: FloatArray) -> float:
    """Return the root mean square, 1 for all zeros."""
    size = float(np.sqrt(np.mean(np.square(values)))) if values.size else 0.0
    return size if size > 0 else 1.0


@dataclass(frozen=True, eq=False)
class ResponseMoments:
    """A response `y` (n,) with its `offset`, measured on demand.

    `name` is what texts call it. With `origin`, for a regression through the origin, the width is a
    root mean square. A mean of 0 counts as half a count, or as the width, where its logarithm is
    asked for.
    """

    y: FloatArray
    offset: FloatArray
    origin: bool
    discrete: bool
    name: str = "y"

    @property
    def word(self) -> str:
        """What the width is."""
        return "root mean square" if self.origin else "sd"

    @cached_property
    def width(self) -> float:
        """The response's spread, on its own scale."""
        return root_mean_square(self.y - self.offset) if self.origin else spread(self.y)

    @cached_property
    def mean(self) -> float:
        """The response's mean."""
        return float(self.y.mean())

    @cached_property
    def mean_offset(self) -> float:
        """The offset's mean, 0 without one."""
        return float(self.offset.mean()) if self.offset.size else 0.0

    @cached_property
    def mean_less_offset(self) -> float:
        """The mean of the response less its offset."""
        return float((self.y - self.offset).mean())

    @cached_property
    def log_rate(self) -> float:
        """log(mean(y) / mean(exp(offset))), without overflow."""
        highest = float(self.offset.max())
        exposure = highest + float(np.log(np.mean(np.exp(self.offset - highest))))
        least = 0.5 / self.y.size if self.discrete else self.width
        return float(np.log(self.mean if self.mean > 0 else least)) - exposure

    @cached_property
    def of_roots(self) -> tuple[float, float]:
        """Mean and spread of the response's square root."""
        root = np.sqrt(np.maximum(self.y, 0))
        return float(root.mean()), spread(root)
