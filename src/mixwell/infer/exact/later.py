"""Deviations that are drawn where they are read, from draws of everything else."""

from typing import Protocol

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["HELD", "Later", "mean_of_levels"]

#: Draws of deviations up to this many numbers are made at once and held: 40 MB.
HELD = 5_000_000
#: Draws that say where the mean over all levels lies, each a mean over many, and levels at a time.
_FEW, _SOME_LEVELS = 16, 5_000


class Later(Protocol):
    """Draws of one factor's deviations, (n, n_levels, q), made for the levels that are asked for.

    They are independent given the parameters, the coefficients and the other factors' deviations,
    which whatever this is holds.
    """

    def __call__(self, levels: slice, rng: np.random.Generator) -> FloatArray:
        """Return draws of some levels, (n, n_some, q)."""
        ...

    def taken(self, rows: IntArray) -> "Later":
        """Return the same for some of the n, in another order."""
        ...


def mean_of_levels(later: Later, n: int, n_levels: int, rng: np.random.Generator) -> list[float]:
    """Return the mean over levels and draws of each effect, from a few of the n draws."""
    some = np.unique(np.linspace(0, n - 1, _FEW).round().astype(np.int64))
    few, total = later.taken(some), np.zeros(())
    for i in range(0, n_levels, _SOME_LEVELS):
        levels = slice(i, min(i + _SOME_LEVELS, n_levels))
        total = total + few(levels, rng).sum(axis=(0, 1))
    means: list[float] = (total / (len(some) * n_levels)).tolist()
    return means
