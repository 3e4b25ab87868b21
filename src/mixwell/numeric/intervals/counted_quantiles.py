"""Quantiles of values that are there several times each, as NumPy has them of all of them."""

import numpy as np
from numpy.typing import ArrayLike

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["between", "places_of", "quantiles_of_counted"]


def quantiles_of_counted(
    values: ArrayLike, upto: ArrayLike, probabilities: ArrayLike
) -> FloatArray:
    """Return quantiles, R's type 7, of values in order of which so many lie `upto` each.

    They are those of the values written out, to the last bit. Source: Hyndman and Fan 1996,
    definition 7.

    >>> quantiles_of_counted([1.0, 2.0, 5.0], [3, 4, 5], [0.5, 0.75]).tolist()
    [1.0, 2.0]
    """
    values, upto = np.asarray(values, dtype=float), np.asarray(upto)
    below, above, share = places_of(int(upto[-1]), probabilities)
    low, high = (values[np.searchsorted(upto, place, side="right")] for place in (below, above))
    return between(low, high, share)


def places_of(count: int, probabilities: ArrayLike) -> tuple[IntArray, IntArray, FloatArray]:
    """Return between which of so many sorted values quantiles lie, and how far toward the upper."""
    at = (count - 1) * np.asarray(probabilities, dtype=float)
    below = np.floor(at).astype(np.int64)
    return below, np.minimum(below + 1, count - 1), at - below


def between(below: FloatArray, above: FloatArray, share: FloatArray) -> FloatArray:
    """Return what lies so far from one number toward another, counted from the nearer end."""
    rise = above - below  # as NumPy interpolates, so that the end itself is hit exactly
    return np.where(share < 0.5, below + rise * share, above - rise * (1 - share))
