"""Deviations that are drawn where they are read, from draws of everything else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["HELD", "Later", "Seeded", "Streamed"]

#: Draws of deviations up to this many numbers are made at once and held: 40 MB.
HELD = 5_000_000
#: Draws that say where the mean over all levels lies, each a mean over many, and levels at a time.
_FEW, _SOME_LEVELS = 16, 5_000


class Seeded(Protocol):
    """Draws of one factor's deviations, (n, n_levels, q), the same ones whenever they are made."""

    def __call__(self, levels: slice, block: int) -> FloatArray:
        """Return draws of some levels, (n, n_some, q), the block of that number."""
        ...

    def mean_of_levels(self) -> list[float]:
        """Return the mean over levels and draws of each effect, from a few of the n draws."""
        ...


class Later(Protocol):
    """What a factor's deviations are drawn from, n times, for the levels that are asked for.

    They are independent given the parameters, the coefficients and the other factors' deviations,
    which whatever this is holds.
    """

    def taken(self, rows: IntArray) -> "Later":
        """Return the same for some of the n, in another order."""
        ...

    def seeded(self, entropy: int) -> Seeded:
        """Return the draws by random numbers of this entropy."""
        ...


@dataclass(frozen=True, eq=False)
class Streamed:
    """Draws in blocks of levels, each by a stream of its own; `of_rows` gives those of some n."""

    of_rows: Callable[[IntArray], Callable[[slice, np.random.Generator], FloatArray]]
    n: int
    n_levels: int
    entropy: int

    def __call__(self, levels: slice, block: int) -> FloatArray:
        """Return draws of some levels, (n, n_some, q), the block of that number."""
        stream = np.random.default_rng([self.entropy, block])
        return self.of_rows(np.arange(self.n))(levels, stream)

    def mean_of_levels(self) -> list[float]:
        """Return the mean over levels and draws of each effect, from a few of the n draws."""
        rng = np.random.default_rng(self.entropy)
        some = np.unique(np.linspace(0, self.n - 1, _FEW).round().astype(np.int64))
        few, total = self.of_rows(some), np.zeros(())
        for i in range(0, self.n_levels, _SOME_LEVELS):
            levels = slice(i, min(i + _SOME_LEVELS, self.n_levels))
            total = total + few(levels, rng).sum(axis=(0, 1))
        means: list[float] = (total / (len(some) * self.n_levels)).tolist()
        return means
