"""The region of values that are as good as none, as `rope=` gives it."""

import numpy as np

from mixwell.errors import DataError
from mixwell.numeric.arrays import float_array

__all__ = ["Rope", "rope_ends"]

Rope = float | tuple[float, float]


def rope_ends(rope: Rope, null: float) -> tuple[float, float]:
    """Return the two ends of a region of practical equivalence; `DataError` for others."""
    wrong = DataError(
        "rope= takes two numbers, the lower one first.",
        hint="For example rope=(-0.1, 0.1), or rope=0.1.",
    )
    if isinstance(rope, str):
        raise wrong
    ends = float_array(rope, wrong)
    if ends.shape == () and not np.isnan(ends):
        return null - abs(float(ends)), null + abs(float(ends))
    if ends.shape != (2,) or not ends[0] < ends[1]:
        raise wrong
    return float(ends[0]), float(ends[1])
