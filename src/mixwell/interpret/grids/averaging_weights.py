"""How averaged variables are weighed: every combination alike, or as often as the data have it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design import Design
from mixwell.errors import DataError, require_choice
from mixwell.interpret.grids.axes import Axis
from mixwell.interpret.grids.reference_grid import Grid, cells_of
from mixwell.interpret.grids.row_codes import cell_counts, placed_rows
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

#: The ways to weight the cells that are averaged, in words.
WEIGHTS = {
    "equal": "equal weights",
    "proportional": "the data's frequencies of their combinations",
    "outer": "the data's frequencies of each",
    "cells": "the data's frequencies within each row",
    "flat": "equal weights of the combinations that the data have within each row",
}
#: Those that weigh the cells of each row by themselves, nested factors like any others.
_WITHIN = ("cells", "flat")


@dataclass(frozen=True, eq=False)
class Bundle:
    """Averaged axes that are weighed together.

    `codes` is `(combination, axis)`, positions on the axes; `weights` is `(combination,)`, or
    `(cell, combination)` where they differ between cells; each sums to 1, or is nan where a cell
    has no rows.
    """

    axes: tuple[Axis, ...]
    codes: IntArray
    weights: FloatArray


def bundles_of(design: Design, grid: Grid, weights: str) -> tuple[Bundle, ...]:
    """Return the weights of a grid's averaged axes, as emmeans' `weights=` names them.

    `equal` weighs levels alike; `proportional` by how often the combination of averaged levels
    occurs, `outer` by each factor's own frequencies, `cells` by the frequencies inside each cell,
    `flat` weighs alike the combinations that the data have inside each cell. Numbers averaged over
    are always weighed alike; of a nested factor the levels that there are inside the levels of the
    others. Raises `DataError` for another name.
    """
    require_choice("weights", weights, WEIGHTS)
    numbers = tuple(_alike(axis) for axis in grid.averaged if not axis.counted)
    factors = tuple(axis for axis in grid.averaged if axis.counted)
    if not factors:
        return numbers
    if weights not in _WITHIN and any(axis.name in grid.nesting.parents for axis in factors):
        return (*_nested(design, grid, factors, weights), *numbers)
    if weights == "equal":
        return (*map(_alike, factors), *numbers)
    if weights == "outer":
        return (*(_by_frequency(design, (axis,)) for axis in factors), *numbers)
    if weights == "proportional":
        return (_by_frequency(design, factors), *numbers)
    return (_within_cells(design, grid, factors, alike=weights == "flat"), *numbers)


def _alike(axis: Axis) -> Bundle:
    size = len(axis.values)
    return Bundle((axis,), np.arange(size)[:, None], np.full(size, 1.0 / size))


def _nested(
    design: Design, grid: Grid, factors: tuple[Axis, ...], weights: str
) -> tuple[Bundle, ...]:
    """Weigh nested factors inside what they are nested in, the innermost first, as emmeans does."""
    parents = grid.nesting.parents
    inner = sorted(
        (axis for axis in factors if axis.name in parents),
        key=lambda axis: -len(parents[axis.name]),
    )
    together = {name for axis in inner for name in (axis.name, *parents[axis.name])}
    others = [axis for axis in factors if axis not in inner]
    rest: tuple[Bundle, ...] = ()
    if weights == "equal":
        rest = tuple(_alike(axis) for axis in others if axis.name not in together)
        others = [axis for axis in others if axis.name in together]
    outer = _outer(design, tuple(others), weights)
    axes = (*inner, *outer.axes)
    codes = np.concatenate(
        [
            np.tile(cells_of(inner), (len(outer.codes), 1)),
            np.repeat(outer.codes, len(cells_of(inner)), axis=0),
        ],
        axis=1,
    )
    places = _places(grid, axes, codes)
    total = np.repeat(outer.weights, len(cells_of(inner)))[None, :]
    for k in reversed(range(len(inner))):
        names = dict.fromkeys([*parents[inner[k].name], *(axis.name for axis in inner[k + 1 :])])
        group = [grid.axes[name] for name in names]
        share = _shares(design, grid, inner[k], group, weights)
        own = share[tuple(places[axis.name] for axis in (inner[k], *group))]
        total = np.where(total > 0, total * own, total)
    return (Bundle(axes, codes, total[0] if len(total) == 1 else total), *rest)


def _outer(design: Design, axes: tuple[Axis, ...], weights: str) -> Bundle:
    """Return the joint weights of averaged factors that are not nested."""
    if not axes:
        return Bundle((), np.zeros((1, 0), dtype=np.int64), np.ones(1))
    if weights == "proportional":
        return _by_frequency(design, axes)
    each = [_alike(a) if weights == "equal" else _by_frequency(design, (a,)) for a in axes]
    return marginal(each, [axis.name for axis in axes])


def _places(grid: Grid, averaged: Sequence[Axis], codes: IntArray) -> dict[str, IntArray]:
    """Return the position on every axis of each cell and combination, `(cell, combination)`."""
    places = {axis.name: np.zeros((1, 1), dtype=np.int64) for axis in grid.fixed}
    places |= {axis.name: grid.cells[:, [j]] for j, axis in enumerate(grid.held)}
    return places | {axis.name: codes[None, :, j] for j, axis in enumerate(averaged)}


def _shares(
    design: Design, grid: Grid, inner: Axis, group: Sequence[Axis], weights: str
) -> FloatArray:
    """Return the weight of each level of a nested factor inside each cell of others.

    It is nan in cells that have no rows at all.
    """
    axes = (inner, *group)
    if weights == "equal" and grid.nesting.complete:
        return np.full([len(axis.values) for axis in axes], 1.0 / len(inner.values))
    counts = cell_counts(design, axes, weighted=True)
    size = (counts > 0).astype(float) if weights == "equal" else counts
    with np.errstate(invalid="ignore"):
        return np.asarray(size / size.sum(axis=0))


def _by_frequency(design: Design, axes: tuple[Axis, ...]) -> Bundle:
    table = placed_rows(design, axes)
    inside = (table.codes >= 0).all(axis=1)
    codes, inverse = np.unique(table.codes[inside], axis=0, return_inverse=True)
    count = table.weights[inside]
    weights = np.bincount(inverse.ravel(), weights=count, minlength=len(codes))
    if not weights.sum() > 0:
        names = ", ".join(axis.name for axis in axes)
        raise DataError(f"No row of the data has these levels of {names}.")
    return Bundle(axes, codes, weights / weights.sum())


def _within_cells(design: Design, grid: Grid, axes: tuple[Axis, ...], *, alike: bool) -> Bundle:
    """Return weights by the rows inside each cell, or `alike` those of what has any."""
    held = [(j, axis) for j, axis in enumerate(grid.held) if axis.counted]
    found = placed_rows(design, [*axes, *(axis for _, axis in held)])
    table, own = found.codes[:, : len(axes)], found.codes[:, len(axes) :]
    inside = (found.codes >= 0).all(axis=1)
    codes, inverse = np.unique(table[inside], axis=0, return_inverse=True)
    wanted = grid.cells[:, [j for j, _ in held]]
    cells, cell = np.unique(np.concatenate([wanted, own[inside]]), axis=0, return_inverse=True)
    cell = cell.ravel()
    totals = np.zeros((len(cells), len(codes)))
    np.add.at(totals, (cell[len(wanted) :], inverse.ravel()), found.weights[inside])
    weights = totals[cell[: len(wanted)]]
    if alike:
        weights = _alike_inside(weights > 0, codes, _outer_first(grid, axes))
    with np.errstate(invalid="ignore"):
        return Bundle(axes, codes, weights / weights.sum(axis=1, keepdims=True))


def _outer_first(grid: Grid, axes: Sequence[Axis]) -> list[list[int]]:
    """Return growing lists of axes' places: what others are nested in, then those others, too."""
    parents = grid.nesting.parents
    outer = {name for axis in axes for name in parents.get(axis.name, ())}
    depth = {j: len(parents.get(a.name, ())) for j, a in enumerate(axes) if a.name in outer}
    stages = [[j for j in depth if depth[j] <= most] for most in sorted({*depth.values()})]
    return [*stages, list(range(len(axes)))]


def _alike_inside(
    present: BoolArray, codes: IntArray, stages: Sequence[Sequence[int]]
) -> FloatArray:
    """Return weights `(cell, combination)` that share each cell alike, stage after stage.

    Among what is there of the axes of a stage, within each combination of those before; emmeans
    averages nested factors within what they are nested in.
    """
    there, before = present.T, np.zeros(len(codes), dtype=np.int64)
    weights = there.astype(float)
    for stage in stages:
        _, first, now = np.unique(
            codes[:, list(stage)], axis=0, return_index=True, return_inverse=True
        )
        now = now.ravel()
        some = np.zeros((len(first), len(present)))
        np.maximum.at(some, now, there)
        sizes = np.zeros((before.max(initial=0) + 1, len(present)))
        np.add.at(sizes, before[first], some)
        weights /= np.maximum(sizes[before], 1.0)
        before = now
    return np.ascontiguousarray(weights.T)


def marginal(bundles: Sequence[Bundle], names: Sequence[str]) -> Bundle:
    """Return the joint weights of the named axes: bundles summed over their others, multiplied."""
    axes: list[Axis] = []
    codes = np.zeros((1, 0), dtype=np.int64)
    weights: FloatArray = np.ones(1)
    for bundle in bundles:
        kept = [j for j, axis in enumerate(bundle.axes) if axis.name in names]
        if not kept:
            continue
        own_codes, own = _summed(bundle, kept)
        axes += [bundle.axes[j] for j in kept]
        left, right = len(codes), len(own_codes)
        codes = np.concatenate(
            [np.repeat(codes, right, axis=0), np.tile(own_codes, (left, 1))], axis=1
        )
        if weights.ndim == 1 and own.ndim == 1:
            weights = np.outer(weights, own).ravel()
        else:
            one, two = np.atleast_2d(weights), np.atleast_2d(own)
            product = one[:, :, None] * two[:, None, :]
            weights = product.reshape(len(product), -1)
    return Bundle(tuple(axes), codes, weights)


def _summed(bundle: Bundle, kept: Sequence[int]) -> tuple[IntArray, FloatArray]:
    if len(kept) == len(bundle.axes):
        return bundle.codes, bundle.weights
    codes, inverse = np.unique(bundle.codes[:, list(kept)], axis=0, return_inverse=True)
    total = np.zeros((len(codes), *bundle.weights.shape[:-1]))
    np.add.at(total, inverse.ravel(), bundle.weights.T)
    return codes, np.ascontiguousarray(total.T)
