"""Equations with the precision H = scale A'WA + P of x, whose largest unit is eliminated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixwell.infer.direct import row_kernels
from mixwell.infer.direct.columns import StackedColumns, Unit
from mixwell.infer.direct.linear import elimination_kernels as kernels
from mixwell.infer.direct.sparse_factor import Factorization, Pattern
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import Places

__all__ = ["EliminatedSystem", "Workspace", "build_eliminated_system"]

#: Equations are solved until no combination of x is off by more than this share of its posterior
#: standard deviation, and the most steps that may take.
_TOLERANCE, _STEPS = 1e-4, 2_000
#: How many multiplications are soon done, next to those of one step.
_SOON = 2e7


@dataclass(frozen=True, eq=False)
class EliminatedSystem:
    """The parts of A'WA that solving needs, which no draw changes.

    `first` is the unit that is eliminated and `own` (level, effect, effect) its blocks; `starts`,
    `at`, `cross` its cross terms with the rest, by levels; `columns`, `rows`, `values` the upper
    triangle of the rest by columns, and `blocks` where each further unit's blocks are in it
    (level, pair). The entries that are `kept` are those of a matrix that is like the Schur
    complement and soon factorized, with pattern `near`. `size` is the length of x without what is
    no column of A.
    """

    first: Unit
    own: FloatArray
    starts: IntArray
    at: Places
    cross: FloatArray
    columns: IntArray
    rows: Places
    values: FloatArray
    blocks: tuple[Places, ...]
    corners: IntArray
    near: Pattern
    kept: NDArray[np.bool_]
    size: int

    @property
    def rest(self) -> int:
        """The length of what is left of x."""
        return len(self.columns) - 1


class Workspace:
    """Room for solving one system again and again: one chain's."""

    def __init__(self, system: EliminatedSystem) -> None:
        self.system = system
        levels, size = len(system.own), system.first.size
        self._root = np.empty((size, size))
        self._inverses = np.empty((levels, size, size))
        self._values = np.empty(len(system.values))
        self._work = np.empty((6, max(system.rest, size)))
        self._near = Factorization(system.near)

    def solve(
        self,
        scale: float,
        precisions: list[FloatArray],
        corner: FloatArray,
        right: FloatArray,
        x: FloatArray,
    ) -> int:
        """Solve H x = `right` from a near x, which is written over; returns the steps taken.

        `precisions` are the units' (effect, effect), `corner` (coefficient, coefficient) that of
        the coefficients. 0 where H is not positive definite, or the steps did not suffice.
        """
        system, values = self.system, self._values
        np.multiply(system.values, scale, out=values)
        for places, precision in zip(system.blocks, precisions[1:], strict=True):
            block = [precision[i, j] for j in range(len(precision)) for i in range(j + 1)]
            row_kernels.add_blocks(values, places, np.array(block))
        for j, begin in enumerate(system.corners):
            values[begin : begin + j + 1] += corner[: j + 1, j]
        inverses = self._inverses
        if not kernels.invert_blocks(system.own, precisions[0], scale, self._root, inverses):
            return 0
        if not self._near.factorize(values[system.kept]):
            return 0
        levels = len(system.own) * system.first.size
        shape = system.starts, system.at, system.cross, inverses, scale
        level_side, rest_side = right[:levels], right[levels:].copy()
        kernels.eliminate(*shape, level_side, rest_side)
        rest, given = x[levels:], (system.columns, system.rows, values, *self._near.parts)
        whole = (*shape, *given, rest_side, rest, self._work, _TOLERANCE, _STEPS)
        steps = kernels.conjugate_gradients(*whole)
        kernels.back_to_levels(*shape, level_side, rest, self._work[0], x[:levels])
        return 0 if steps > _STEPS else int(steps)


def build_eliminated_system(
    columns: StackedColumns, values: FloatArray, size: int
) -> EliminatedSystem:
    """Take the upper triangle of A'WA of the first `size` of x apart, the largest unit from all."""
    first = columns.units[0]
    edge, pattern = first.span.stop, columns.pattern
    begin, end = pattern.starts[edge], pattern.starts[size]
    rows, own = pattern.rows[begin:end], values[begin:end]
    column = np.repeat(np.arange(edge, size), np.diff(pattern.starts[edge : size + 1]))
    crossing = rows < edge
    # by level and place in the rest, an entry an effect
    level, effect = np.divmod(rows[crossing], first.size)
    order = np.lexsort((effect, column[crossing], level))
    at = (column[crossing][order] - edge)[:: first.size].astype(np.int32)
    counts = np.bincount(level, minlength=first.levels) // first.size
    inside = ~crossing
    number = np.cumsum(inside) - 1
    left = column[inside] - edge
    starts = np.concatenate([[0], np.cumsum(np.bincount(left, minlength=size - edge))])
    upper = (rows[inside] - edge).astype(np.int32)
    ends = [unit.span.stop - edge for unit in columns.units[1:]]
    kept, near = _near(starts, upper, left, ends)
    return EliminatedSystem(
        first=first,
        own=_whole(values[first.places], first.size),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        at=at,
        cross=np.ascontiguousarray(own[crossing][order].reshape(-1, first.size)),
        columns=starts,
        rows=upper,
        values=np.ascontiguousarray(own[inside]),
        blocks=tuple(number[unit.places - begin].astype(np.int32) for unit in columns.units[1:]),
        corners=number[pattern.starts[columns.random : size] + columns.random - begin],
        near=near,
        kept=kept,
        size=size,
    )


def _near(
    starts: IntArray, rows: Places, column: IntArray, ends: list[int]
) -> tuple[NDArray[np.bool_], Pattern]:
    """Choose the entries of the rest that are factorized: all where that is soon done.

    Otherwise the smallest units are left to themselves that it takes, largest ones last: blocks of
    a matrix that is positive definite make up another one.
    """
    size = len(starts) - 1
    group = np.searchsorted(ends, np.arange(size), side="right")  # the last one: coefficients
    together = np.ones(len(ends) + 1, dtype=bool)
    for alone in (None, *range(len(ends) - 1, 0, -1)):
        if alone is not None:
            together[alone] = False
        one, other = group[rows], group[column]
        kept = (one == other) | (together[one] & together[other])
        counts = np.bincount(column[kept], minlength=size)
        own = np.concatenate([[0], np.cumsum(counts)])
        pattern = Pattern(own, rows[kept].astype(np.int64), int((group == len(ends)).sum()), ())
        if pattern.operations < _SOON:
            break
    return kept, pattern


def _whole(upper: FloatArray, size: int) -> FloatArray:
    """Return symmetric matrices given their upper triangles by columns, (level, pair)."""
    found, pair = np.empty((len(upper), size, size)), 0
    for j in range(size):
        for i in range(j + 1):
            found[:, i, j] = found[:, j, i] = upper[:, pair]
            pair += 1
    return found
