"""Products of whole groups of rows, arranged for densities with a group's own effects out.

A group's *own* factors are the one whose levels are the groups and those nested in it: their
effects are integrated out, and are its slots. R has the columns of the other factors' effects, of
X, and the response; where a group has no rows of a level, nothing is kept of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mixwell.infer.exact.left_out.cell_products import CellProducts
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["GroupProducts", "Roles", "group_products", "roles_of"]

type Places = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Roles:
    """The part that each factor of a model takes when groups are left out.

    `own` are the places of the groups' factor and of those nested in it, from outer to inner;
    `others` the rest, `offsets` (factors + 1,) where their effects begin in R, then X's columns.
    """

    own: tuple[int, ...]
    others: tuple[int, ...]
    offsets: tuple[int, ...]


def roles_of(levels: IntArray, sizes: Sequence[int], effects: Sequence[int], chosen: int) -> Roles:
    """Return the roles of factors, given the levels of cells (cells, factors) and their number."""
    own = [chosen]
    for k, size in enumerate(sizes):
        if k != chosen and _nested(levels[:, k], levels[:, chosen], size):
            own.append(k)
    own = [chosen, *sorted(own[1:], key=lambda k: sizes[k])]
    others = tuple(k for k in range(len(sizes)) if k not in own)
    ends = np.cumsum([0, *(sizes[k] * effects[k] for k in others)])
    return Roles(tuple(own), others, tuple(ends.tolist()))


def _nested(inner: IntArray, outer: IntArray, size: int) -> bool:
    """Return whether every level of one factor lies in a single level of another."""
    of = np.full(size, -1)
    of[inner] = outer
    return bool((of[inner] == outer).all())


class GroupProducts(NamedTuple):
    """The products of some groups, as `group_log_densities` takes them."""

    rows: FloatArray
    log_weights: FloatArray
    slots: IntArray
    heads: Places
    roots: Places
    lows: Places
    at: IntArray
    gram: FloatArray
    pointers: IntArray
    places: Places
    cross: FloatArray
    pairs: IntArray
    one: Places
    two: Places
    squares: FloatArray


def group_products(cells: CellProducts, roles: Roles, first: int, count: int) -> GroupProducts:
    """Arrange the products of `count` groups from `first` on, whose cells these are, in order."""
    group = cells.levels[:, roles.own[0]] - first
    slots = _Slots.of(cells, roles, group, count)
    cross = _cross(cells, roles, slots)
    pairs, one, two, squares = _squares(cells, roles, group, count)
    return GroupProducts(
        rows=np.bincount(group, cells.counts, count),
        log_weights=np.bincount(group, cells.log_weights, count),
        slots=slots.ends,
        heads=slots.heads.astype(np.int32),
        roots=slots.roots.astype(np.int32),
        lows=slots.lows.astype(np.int32),
        at=slots.at,
        gram=slots.gram(cells, roles),
        pointers=cross.indptr.astype(np.int64),
        places=cross.indices.astype(np.int32),
        cross=cross.data,
        pairs=pairs,
        one=one,
        two=two,
        squares=squares,
    )


@dataclass(frozen=True, eq=False)
class _Slots:
    """The slots of some groups: `first` of each cell's levels, (cells, own factors)."""

    first: IntArray
    ends: IntArray
    heads: IntArray
    roots: IntArray
    lows: IntArray
    at: IntArray

    @classmethod
    def of(cls, cells: CellProducts, roles: Roles, group: IntArray, count: int) -> "_Slots":
        """Place inner levels before outer ones, each behind all that it has rows with."""
        sizes = [cells.effects[k] for k in roles.own]
        n, depth = len(group), len(sizes)
        last, of_cell = [], []
        for k in roles.own:
            levels, place = np.unique(cells.levels[:, k], return_inverse=True)
            ends = np.empty(len(levels), dtype=np.int64)
            ends[place] = np.arange(n)  # of equal places the last counts
            last.append(ends)
            of_cell.append(place)
        which = np.repeat(np.arange(depth), [len(each) for each in last])
        order = np.lexsort([-which, np.concatenate(last)])
        width = np.array(sizes, dtype=np.int64)[which[order]]
        begin = np.empty(len(order), dtype=np.int64)
        begin[order] = np.cumsum(width) - width
        starts = np.cumsum([0, *(len(each) for each in last)])
        first = np.column_stack([begin[starts[d] + of_cell[d]] for d in range(depth)])
        total = int(width.sum())
        heads = np.repeat(begin[order], width)
        slot_group = np.repeat(group[np.concatenate(last)[order]], width)
        offsets = np.cumsum([0, *(q * (q + 1) // 2 for q in sizes)])[:-1]
        lows = np.arange(total)
        np.minimum.at(lows, first, first.min(axis=1, keepdims=True))
        lows = lows[heads]
        lengths = np.arange(total) - lows + 1
        ends = np.searchsorted(slot_group, np.arange(count + 1))
        roots = np.repeat(offsets[which[order]], width)
        return cls(first, ends, heads, roots, lows, np.cumsum(lengths) - lengths)

    def gram(self, cells: CellProducts, roles: Roles) -> FloatArray:
        """Return the elements of Z'WZ, row by row from the first that there is."""
        size = int(self.at[-1] + len(self.at) - self.lows[-1]) if len(self.at) else 0
        found = np.zeros(size)
        for d, one in enumerate(roles.own):
            for e, two in enumerate(roles.own[: d + 1]):
                values = cells.between(cells.columns(one), cells.columns(two))
                rows = self.first[:, d, None, None] + np.arange(values.shape[1])[:, None]
                columns = self.first[:, e, None, None] + np.arange(values.shape[2])
                high, low = np.maximum(rows, columns), np.minimum(rows, columns)
                kept = rows >= columns if d == e else np.ones(values.shape, dtype=bool)
                places = (self.at[high] + low - self.lows[high])[kept]
                found += np.bincount(places, values[kept], size)
        return found


def _cross(cells: CellProducts, roles: Roles, slots: _Slots) -> sparse.csr_array:
    """Return Z'WR, rows slot by slot."""
    rows, columns, values = [], [], []
    for d, factor in enumerate(roles.own):
        for at, own in _rest(cells, roles):
            found = cells.between(cells.columns(factor), own)
            row = slots.first[:, d, None, None] + np.arange(found.shape[1])[:, None]
            rows.append(np.broadcast_to(row, found.shape).ravel())
            columns.append(np.broadcast_to(at[:, None], found.shape).ravel())
            values.append(found.ravel())
    shape = (len(slots.heads), _width(cells, roles))
    parts = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_array(sparse.coo_array(parts, shape=shape))


def _squares(
    cells: CellProducts, roles: Roles, group: IntArray, count: int
) -> tuple[IntArray, Places, Places, FloatArray]:
    """Return R'WR of each group: where each begins, rows, columns and what they add to e'We."""
    width, rest = _width(cells, roles), _rest(cells, roles)
    keys, values = [], []
    for place, (at, own) in enumerate(rest):
        for other, (at_other, two) in enumerate(rest[place:]):
            found = cells.between(own, two)
            low, high = at[:, :, None], at_other[:, None, :]
            kept = np.broadcast_to(low <= high if other == 0 else True, found.shape)
            key = (group[:, None, None] * width + low) * width + high
            keys.append(np.broadcast_to(key, found.shape)[kept])
            values.append((found * np.where(low == high, 1.0, 2.0))[kept])
    distinct, where = np.unique(np.concatenate(keys), return_inverse=True)
    squares = np.bincount(where, np.concatenate(values), len(distinct))
    pairs = np.searchsorted(distinct, np.arange(count + 1) * width**2)
    one = (distinct // width % width).astype(np.int32)
    return pairs.astype(np.int64), one, (distinct % width).astype(np.int32), squares


def _rest(cells: CellProducts, roles: Roles) -> list[tuple[IntArray, list[int]]]:
    """Return what R has of each cell: places in R, (cells, some), and among the cells' columns."""
    found = []
    for offset, k in zip(roles.offsets, roles.others, strict=False):
        q = cells.effects[k]
        found.append((offset + cells.levels[:, k, None] * q + np.arange(q), cells.columns(k)))
    xy = roles.offsets[-1] + np.arange(cells.fixed + 1)
    found.append((np.broadcast_to(xy, (len(cells.counts), len(xy))), cells.xy))
    return found


def _width(cells: CellProducts, roles: Roles) -> int:
    return roles.offsets[-1] + cells.fixed + 1
