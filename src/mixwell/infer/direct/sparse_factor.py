"""K of a sparse symmetric matrix K K': sparse columns first, then a dense tail."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from mixwell.infer.direct import factor_kernels
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["Factorization", "Pattern", "build_pattern"]

#: What an entry of a product costs that is scattered, inside a dense column, or LAPACK's.
_SCATTERED, _CONTIGUOUS = 0.7, 0.15
#: No dense tail is larger.
_LARGEST_TAIL = 6_000


@dataclass(frozen=True, eq=False)
class Pattern:
    """Where a matrix and its factor have entries.

    `starts` (size + 1,) and `rows` give the upper triangle by columns, `parent` the elimination
    tree, `below` where the columns of L begin; the columns from `split` on are the dense tail.
    """

    starts: IntArray
    rows: IntArray
    parent: IntArray
    below: IntArray
    split: int

    @property
    def size(self) -> int:
        """The number of rows and columns."""
        return len(self.starts) - 1

    @property
    def operations(self) -> float:
        """About how many multiplications a factorization takes."""
        counts = np.diff(self.below[: self.split + 1]).astype(float)
        return float((counts**2).sum()) / 2 + (self.size - self.split) ** 3 / 3


class Factorization:
    """Room for one factorization, which every call of `factorize` writes anew."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        split, tail = pattern.split, pattern.size - pattern.split
        count = int(pattern.below[split])
        self._at = np.empty(count, np.int64)
        self._entries, self._pivots = np.empty(count), np.empty(split)
        self._tail = np.empty((tail, tail))
        self._below = pattern.below[: split + 1]
        self._parts = (
            split,
            self._below,
            self._at,
            self._entries,
            self._pivots,
            self._tail,
        )

    def factorize(self, values: FloatArray) -> bool:
        """Factorize the matrix with these values; False where it is not positive definite."""
        p = self.pattern
        own = (p.parent, self._below, p.split, self._at, self._entries, self._pivots, self._tail)
        try:
            return bool(factor_kernels.factorize(p.starts, p.rows, values, *own))
        except np.linalg.LinAlgError:
            return False

    def half_solve(self, b: FloatArray) -> FloatArray:
        """Return K^-1 b in b."""
        factor_kernels.half_solve(*self._parts, b)
        return b

    def half_solve_transposed(self, b: FloatArray) -> FloatArray:
        """Return K'^-1 b in b."""
        factor_kernels.half_solve_transposed(*self._parts, b)
        return b

    def solve(self, b: FloatArray) -> FloatArray:
        """Return the solution for the right-hand side b, in b."""
        return self.half_solve_transposed(self.half_solve(b))

    def times_half_transposed(self, v: FloatArray) -> FloatArray:
        """Return K' v."""
        out = np.empty(len(v))
        factor_kernels.times_half_transposed(*self._parts, v, out)
        return out

    def inverse(self) -> FloatArray:
        """Return the inverse's entries at the places of the upper triangle's values."""
        pattern = self.pattern
        rest = self._tail
        if len(rest):
            lower, _ = lapack.dpotri(np.tril(rest), lower=1)
            rest = np.tril(lower) + np.tril(lower, -1).T
        values = np.empty(len(pattern.rows))
        factor_kernels.inverse_entries(
            pattern.starts, pattern.rows, *self._parts[:-1], np.ascontiguousarray(rest), values
        )
        return values

    @property
    def log_determinant(self) -> float:
        """The logarithm of the determinant of K K'."""
        return float(np.log(self._pivots).sum() + 2 * np.log(np.diagonal(self._tail)).sum())


def build_pattern(
    starts: IntArray, rows: IntArray, least_tail: int, ends: Sequence[int]
) -> Pattern:
    """Find where the factor of an upper triangle by columns has entries, and where to split it.

    The last `least_tail` columns are in the dense tail in any case; it begins where the operations
    are fewest, among the `ends` of groups of columns and places between.
    """
    size = len(starts) - 1
    parent, counts = factor_kernels.column_counts(starts, rows)
    last = size - least_tail
    places = np.linspace(max(0, size - _LARGEST_TAIL), last, 60).astype(int)
    near = [end for end in ends if size - _LARGEST_TAIL <= end <= last]
    split = min({*places.tolist(), *near, last}, key=lambda s: _cost(counts, s))
    below = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Pattern(starts, rows, parent, below, int(split))


def _cost(counts: IntArray, split: int) -> float:
    tail = len(counts) - split
    own = counts[:split].astype(float)
    inside = np.minimum(own, tail)
    sparse = own**2 - inside**2 + 4 * own
    dense = inside**2 * np.where(own >= tail, _CONTIGUOUS, _SCATTERED)
    return float((sparse + dense).sum() + _CONTIGUOUS * tail**3 / 3 + 2 * tail**2)
