"""K of a sparse symmetric matrix K K': sparse columns first, then a dense tail."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lapack

from mixwell.infer.direct import factor_kernels
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["Factorization", "Pattern"]

#: What an entry of a product costs that is scattered, inside a dense column, or LAPACK's.
_SCATTERED, _CONTIGUOUS = 0.7, 0.15
#: Seconds for each of a column's pairs of entries, and for the dense tail by columns^3.
_BY_SCATTER, _BY_LAPACK = 3e-9, 1e-11
#: No dense tail is larger.
_LARGEST_TAIL = 6_000


@dataclass(frozen=True, eq=False)
class Pattern:
    """Where a matrix and its factor have entries; those of the factor are found when asked for.

    `starts` (size + 1,) and `rows` give the upper triangle by columns. The last `least_tail`
    columns are in the dense tail in any case; it begins where the operations are fewest, among the
    `ends` of groups of columns and places between, unless `chosen`.
    """

    starts: IntArray
    rows: IntArray
    least_tail: int
    ends: tuple[int, ...]
    chosen: int | None = None

    @property
    def size(self) -> int:
        """The number of rows and columns."""
        return len(self.starts) - 1

    @cached_property
    def _tree(self) -> tuple[IntArray, IntArray]:
        return factor_kernels.column_counts(self.starts, self.rows)

    @property
    def parent(self) -> IntArray:
        """The elimination tree: each column's parent, (size,)."""
        return self._tree[0]

    @cached_property
    def below(self) -> IntArray:
        """Where the columns of L begin, (size + 1,)."""
        return np.concatenate([[0], np.cumsum(self._tree[1])]).astype(np.int64)

    @cached_property
    def split(self) -> int:
        """The column from which on the factor is dense."""
        if self.chosen is not None:
            return self.chosen
        size, counts = self.size, self._tree[1]
        last = size - self.least_tail
        places = np.linspace(max(0, size - _LARGEST_TAIL), last, 60).astype(int)
        near = [end for end in self.ends if size - _LARGEST_TAIL <= end <= last]
        return int(min({*places.tolist(), *near, last}, key=lambda s: _cost(counts, s)))

    @property
    def entries(self) -> float:
        """How many entries the factor has, those of its dense tail included."""
        return float(self.below[self.split]) + (self.size - self.split) ** 2 / 2

    @property
    def seconds(self) -> float:
        """About how many seconds a factorization takes on a usual processor."""
        counts = np.diff(self.below[: self.split + 1]).astype(float)
        return _BY_SCATTER * float((counts**2).sum()) + _BY_LAPACK * (self.size - self.split) ** 3

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
        self.tail = np.empty((tail, tail))
        self._below = pattern.below[: split + 1]
        self.parts = (
            split,
            self._below,
            self._at,
            self._entries,
            self._pivots,
            self.tail,
        )

    def factorize(self, values: FloatArray) -> bool:
        """Factorize the matrix with these values; False where it is not positive definite."""
        p = self.pattern
        own = (p.parent, self._below, p.split, self._at, self._entries, self._pivots, self.tail)
        try:
            return bool(factor_kernels.factorize(p.starts, p.rows, values, *own))
        except np.linalg.LinAlgError:
            return False

    def half_solve(self, b: FloatArray) -> FloatArray:
        """Return K^-1 b in b."""
        factor_kernels.half_solve(*self.parts, b)
        return b

    def half_solve_transposed(self, b: FloatArray) -> FloatArray:
        """Return K'^-1 b in b."""
        factor_kernels.half_solve_transposed(*self.parts, b)
        return b

    def solve(self, b: FloatArray) -> FloatArray:
        """Return the solution for the right-hand side b, in b."""
        return self.half_solve_transposed(self.half_solve(b))

    def times_half_transposed(self, v: FloatArray) -> FloatArray:
        """Return K' v."""
        out = np.empty(len(v))
        factor_kernels.times_half_transposed(*self.parts, v, out)
        return out

    def inverse(self) -> FloatArray:
        """Return the inverse's entries at the places of the upper triangle's values."""
        pattern = self.pattern
        rest = self.tail
        if len(rest):
            lower, _ = lapack.dpotri(np.tril(rest), lower=1)
            rest = np.tril(lower) + np.tril(lower, -1).T
        values = np.empty(len(pattern.rows))
        factor_kernels.inverse_entries(
            pattern.starts, pattern.rows, *self.parts[:-1], np.ascontiguousarray(rest), values
        )
        return values

    @property
    def log_determinant(self) -> float:
        """The logarithm of the determinant of K K'."""
        return float(np.log(self._pivots).sum() + 2 * np.log(np.diagonal(self.tail)).sum())


def _cost(counts: IntArray, split: int) -> float:
    tail = len(counts) - split
    own = counts[:split].astype(float)
    inside = np.minimum(own, tail)
    sparse = own**2 - inside**2 + 4 * own
    dense = inside**2 * np.where(own >= tail, _CONTIGUOUS, _SCATTERED)
    return float((sparse + dense).sum() + _CONTIGUOUS * tail**3 / 3 + 2 * tail**2)
