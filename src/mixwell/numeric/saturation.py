"""How far random effects leave room for residuals: rows to spare, and covariances that sum to one.

The covariance of the rows is linear in variances and covariances of effects and in the residual
variance. Where the residuals' part is a sum of the effects' parts, no data can say how the sum is
divided.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["RowEffects", "covering", "spare_rows"]

_BLOCK = 4_000_000  # numbers of a batch of small matrices
_MOST_WORK = 4e9  # multiplications; beyond that it is not known whether parts sum to another
_SAME = 1e-10  # of the squared length: what is left of a part that is a sum of others
_PART = 1e-3  # of the length: a part that counts in a sum


@dataclass(frozen=True, slots=True)
class RowEffects:
    """Effects on rows: columns (obs, effect), each row's level (obs,), whether correlated."""

    values: FloatArray
    index: IntArray
    correlated: bool

    def pairs(self) -> list[tuple[int, int]]:
        """Return the pairs of effects that have a variance or covariance of their own."""
        count = self.values.shape[1]
        return [(i, j) for i in range(count) for j in range(i + 1) if i == j or self.correlated]

    def part(self, i: int, j: int, vector: FloatArray) -> FloatArray:
        """Multiply a vector (obs,) by what one covariance adds to that of the rows."""
        one, two = self.values[:, i], self.values[:, j]
        product = one * np.bincount(self.index, weights=two * vector)[self.index]
        if i == j:
            return product
        return np.asarray(product + two * np.bincount(self.index, weights=one * vector)[self.index])


def spare_rows(values: FloatArray, index: IntArray) -> int:
    """Return how many rows are left when every level's effects fit as many rows as they can.

    `values` (obs, effect) are the columns of a level's effects, `index` (obs,) each row's level:
    the rows of each level less their rank, in sum.
    """
    values = _at_means(values)
    order = np.argsort(index, kind="stable")
    counts = np.bincount(index)
    starts = np.cumsum(counts) - counts
    spare, width = 0, values.shape[1]
    for rows in np.unique(counts[counts > 0]):
        first = starts[counts == rows]
        step = max(1, _BLOCK // int(rows * width))
        for start in range(0, len(first), step):
            own = first[start : start + step, None] + np.arange(rows)
            ranks = np.linalg.matrix_rank(values[order[own]])
            spare += int(rows) * len(own) - int(ranks.sum())
    return spare


def _at_means(values: FloatArray) -> FloatArray:
    """Return columns that span the same: from their means next to a constant one, of length 1."""
    constant = np.ptp(values, axis=0) == 0
    if (constant & (values[0] != 0)).any():
        values = values - np.where(constant, 0.0, values.mean(axis=0))
    size = np.sqrt(np.mean(values**2, axis=0))
    return np.asarray(values / np.where(size > 0, size, 1.0))


def covering(
    effects: Sequence[RowEffects], residual: FloatArray, fixed: FloatArray
) -> list[int] | None:
    """Return the effects whose covariances sum to that of the residuals; None where none do.

    `residual` (obs,) are the variances of residuals up to a factor; `fixed` (obs, column) are the
    fixed effects, which take their part of the rows away. Matrices are compared by what they do to
    as many random vectors as there are parts, and one.
    """
    n = len(residual)
    parts = [(k, i, j) for k, each in enumerate(effects) for i, j in each.pairs()]
    vectors = min(n, len(parts) + 1)
    if not parts or n * len(parts) ** 2 * vectors > _MOST_WORK:
        return None
    basis = np.linalg.qr(fixed)[0]
    gram, along, length = np.zeros((len(parts), len(parts))), np.zeros(len(parts)), 0.0
    for vector in np.random.default_rng(0).standard_normal((vectors, n)):
        vector = _without(basis, vector)
        made = [_without(basis, effects[k].part(i, j, vector)) for k, i, j in parts]
        columns, wanted = np.column_stack(made), _without(basis, residual * vector)
        gram += columns.T @ columns
        along += columns.T @ wanted
        length += float(wanted @ wanted)
    sizes = np.sqrt(np.maximum(gram.diagonal(), np.finfo(float).tiny))
    gram, along = gram / np.outer(sizes, sizes), along / sizes
    weights = np.linalg.lstsq(gram, along, rcond=1e-10)[0]
    left = length - 2 * weights @ along + weights @ gram @ weights
    if length == 0 or left > _SAME * length:
        return None
    counted = np.flatnonzero(np.abs(weights) > _PART * np.sqrt(length))
    return sorted({parts[c][0] for c in counted.tolist()})


def _without(basis: FloatArray, vector: FloatArray) -> FloatArray:
    """Return what a vector has outside the span of a basis."""
    return np.asarray(vector - basis @ (basis.T @ vector))
