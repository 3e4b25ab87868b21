"""How averaged variables are weighed: every combination alike, or as often as the data have it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design import Design
from mixwell.errors import DataError, require_choice
from mixwell.interpret.grids.axes import Axis
from mixwell.interpret.grids.reference_grid import Grid
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.level_labels import label_of

#: The ways to weight the cells that are averaged, in words.
WEIGHTS = {
    "equal": "equal weights",
    "proportional": "the data's frequencies of their combinations",
    "outer": "the data's frequencies of each",
    "cells": "the data's frequencies within each row",
}


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
    occurs, `outer` by each factor's own frequencies, `cells` by the frequencies inside each cell.
    Numbers averaged over are always weighed alike. Raises `DataError` for another name.
    """
    require_choice("weights", weights, WEIGHTS)
    numbers = tuple(_alike(axis) for axis in grid.averaged if not axis.counted)
    factors = tuple(axis for axis in grid.averaged if axis.counted)
    if not factors:
        return numbers
    if weights == "equal":
        return (*map(_alike, factors), *numbers)
    count = _row_weights(design)
    if weights == "outer":
        return (*(_by_frequency(design, (axis,), count) for axis in factors), *numbers)
    if weights == "proportional":
        return (_by_frequency(design, factors, count), *numbers)
    return (_within_cells(design, grid, factors, count), *numbers)


def _alike(axis: Axis) -> Bundle:
    size = len(axis.values)
    return Bundle((axis,), np.arange(size)[:, None], np.full(size, 1.0 / size))


def _row_weights(design: Design) -> FloatArray:
    response = design.response
    if response is not None and response.weights is not None:
        return np.asarray(response.weights, dtype=float)
    return np.ones(design.n)


def row_codes(design: Design, axis: Axis) -> IntArray:
    """Return the position of each data row's value on an axis, -1 where it is not on it."""
    place = {label_of(value): i for i, value in enumerate(axis.values)}
    labels, inverse = np.unique(
        [label_of(value) for value in design.data[axis.name].tolist()], return_inverse=True
    )
    table = np.array([place.get(str(label), -1) for label in labels], dtype=np.int64)
    return table[inverse]


def _codes_table(design: Design, axes: Sequence[Axis]) -> IntArray:
    codes = [row_codes(design, axis) for axis in axes]
    return np.array(codes, dtype=np.int64).reshape(len(axes), design.n).T


def _by_frequency(design: Design, axes: tuple[Axis, ...], count: FloatArray) -> Bundle:
    table = _codes_table(design, axes)
    inside = (table >= 0).all(axis=1)
    codes, inverse = np.unique(table[inside], axis=0, return_inverse=True)
    weights = np.bincount(inverse.ravel(), weights=count[inside], minlength=len(codes))
    if not weights.sum() > 0:
        names = ", ".join(axis.name for axis in axes)
        raise DataError(f"No row of the data has these levels of {names}.")
    return Bundle(axes, codes, weights / weights.sum())


def _within_cells(design: Design, grid: Grid, axes: tuple[Axis, ...], count: FloatArray) -> Bundle:
    held = [(j, axis) for j, axis in enumerate(grid.held) if axis.counted]
    table = _codes_table(design, axes)
    own = _codes_table(design, [axis for _, axis in held])
    inside = (table >= 0).all(axis=1) & (own >= 0).all(axis=1)
    codes, inverse = np.unique(table[inside], axis=0, return_inverse=True)
    wanted = grid.cells[:, [j for j, _ in held]]
    cells, cell = np.unique(np.concatenate([wanted, own[inside]]), axis=0, return_inverse=True)
    cell = cell.ravel()
    totals = np.zeros((len(cells), len(codes)))
    np.add.at(totals, (cell[len(wanted) :], inverse.ravel()), count[inside])
    weights = totals[cell[: len(wanted)]]
    with np.errstate(invalid="ignore"):
        return Bundle(axes, codes, weights / weights.sum(axis=1, keepdims=True))


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
