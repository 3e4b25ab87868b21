"""Sums by pairs of levels of two factors: sorted runs that are merged, however many pairs occur."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.loops.record_sums import add_pairs, merge_pairs

__all__ = ["PairRuns"]

#: Rows whose pairs are sorted at once: they and their sums are a few MB.
_AT_ONCE = 500_000
#: A run whose places are filled to such a share keeps the others.
_FULL = 0.8

type Keys = NDArray[np.int64]


class PairRuns:
    """Sums of Z_i'WZ_j of two blocks, (q_i, q_j) for each pair of levels that occurs.

    Rows are sorted some at a time; two runs of about the same length are merged to one, so that
    each number is merged a few times, and runs together hold a few numbers for each pair.
    """

    def __init__(self, levels: tuple[int, int], effects: tuple[int, int]) -> None:
        self.levels, self.effects = levels, effects
        self.runs: list[tuple[Keys, FloatArray]] = []
        self._waiting: list[tuple[Keys, FloatArray]] = []
        self._rows = 0

    def add(self, one: NDArray[np.int32], two: NDArray[np.int32], products: FloatArray) -> None:
        """Add rows: their levels of both factors, their products (rows, q_i * q_j)."""
        keys = one.astype(np.int64) * self.levels[1] + two
        self._waiting.append((keys, products))
        self._rows += len(keys)
        if self._rows >= _AT_ONCE:
            self._sort()

    def _sort(self) -> None:
        if not self._waiting:
            return
        keys = np.concatenate([keys for keys, _ in self._waiting])
        products = np.concatenate([products for _, products in self._waiting])
        self._waiting, self._rows = [], 0
        own_keys, own = np.empty_like(keys), np.empty_like(products)
        count = add_pairs(keys, products, np.argsort(keys), own_keys, own)
        self._keep(_trimmed(own_keys, own, count))

    def _keep(self, run: tuple[Keys, FloatArray]) -> None:
        while self.runs and len(self.runs[-1][0]) <= 2 * len(run[0]):
            run = _merged(self.runs.pop(), run)
        self.runs.append(run)

    def joined(self, other: "PairRuns") -> "PairRuns":
        """Return these and another's runs."""
        for each in (self, other):
            each._sort()
        while other.runs:
            self._keep(other.runs.pop())
        return self

    def total(self) -> sparse.csr_array:
        """Return all sums, (n_i * q_i, n_j * q_j), rows and columns level by level."""
        self._sort()
        while len(self.runs) > 1:
            self.runs.append(_merged(self.runs.pop(), self.runs.pop()))
        rows, columns = self.levels
        keys, sums = self.runs.pop() if self.runs else (np.empty(0, np.int64), np.empty((0, 1)))
        pointers = np.searchsorted(keys, np.arange(rows + 1, dtype=np.int64) * columns)
        of_column = (keys % columns).astype(np.int32)
        del keys
        one, two = self.effects
        if one * two == 1:
            parts = (sums[:, 0], of_column, pointers)
            return sparse.csr_array(parts, shape=(rows, columns))
        blocks = sums.reshape(-1, one, two)
        made = sparse.bsr_array((blocks, of_column, pointers), shape=(rows * one, columns * two))
        return sparse.csr_array(made)


def _merged(one: tuple[Keys, FloatArray], two: tuple[Keys, FloatArray]) -> tuple[Keys, FloatArray]:
    size = len(one[0]) + len(two[0])
    keys, sums = np.empty(size, dtype=np.int64), np.empty((size, one[1].shape[1]))
    count = merge_pairs(*one, *two, keys, sums)
    return _trimmed(keys, sums, count)


def _trimmed(keys: Keys, sums: FloatArray, count: int) -> tuple[Keys, FloatArray]:
    """Return the first places; the others' memory is given back where it is much."""
    if count > _FULL * len(keys):
        return keys[:count], sums[:count]
    return keys[:count].copy(), sums[:count].copy()
