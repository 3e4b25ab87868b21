"""Rows of a grid written out, or the data's own rows at other values: for what is not linear.

A plan of rows knows how many there are and makes any stretch of them: nothing is held whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from mixwell.errors import DataError
from mixwell.interpret.means.averages import axis_column
from mixwell.interpret.means.averaging import Bundle, marginal, row_codes
from mixwell.interpret.means.deviations import Deviations
from mixwell.interpret.means.expected_response import expected_response
from mixwell.interpret.means.predictor_draws import (
    By,
    Rows,
    Source,
    block_rows,
    differentiate,
    fixed_part,
    read_rows,
)
from mixwell.interpret.means.reference_grid import Axis, Grid, group_columns
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Stretch:
    """Some rows: the frame, the cell that each belongs to, and its weight there."""

    frame: pd.DataFrame
    cell: IntArray
    weight: FloatArray


@dataclass(frozen=True, eq=False)
class RowPlan:
    """`n` rows in the order of their cells; `take(start, stop)` makes a stretch of them."""

    n: int
    take: Callable[[int, int], Stretch]

    def stretches(self, size: int) -> Iterator[Stretch]:
        """Yield all rows, `size` at a time."""
        for start in range(0, self.n, size):
            yield self.take(start, min(start + size, self.n))


def rows_of_grid(source: Source, grid: Grid, bundles: Sequence[Bundle], *, groups: bool) -> RowPlan:
    """Write a grid out over what is averaged; with `groups`, over the data's groups too."""
    over = marginal(bundles, [axis.name for axis in grid.averaged])
    table = _group_table(source, grid) if groups else None
    m, g = len(over.codes), 1 if table is None else len(table)

    def take(start: int, stop: int) -> Stretch:
        number = np.arange(start, stop)
        cell, rest = number // (m * g), number % (m * g)
        combo, group = rest // g, rest % g
        columns = {
            axis.name: axis_column(axis, grid.cells[cell, j]) for j, axis in enumerate(grid.held)
        }
        for j, axis in enumerate(over.axes):
            columns[axis.name] = axis_column(axis, over.codes[combo, j])
        zero = np.zeros(len(number), dtype=np.int64)
        columns |= {axis.name: axis_column(axis, zero) for axis in grid.fixed}
        frame = pd.DataFrame(columns, index=pd.RangeIndex(len(number)))
        if table is not None:
            frame = frame.assign(**{str(name): table[name].array[group] for name in table})
        weight = over.weights[combo] if over.weights.ndim == 1 else over.weights[cell, combo]
        return Stretch(frame, cell, weight / g)

    return RowPlan(len(grid.cells) * m * g, take)


def _group_table(source: Source, grid: Grid) -> pd.DataFrame | None:
    names = [name for name in group_columns(source.design.mean) if name not in grid.axes]
    return source.design.data[names].drop_duplicates() if names else None


def rows_of_data(
    source: Source, grid: Grid, by: Sequence[str], everywhere: Sequence[Axis] = ()
) -> RowPlan:
    """Take the data's own rows, the held variables set to each cell's values.

    Rows are not changed but chosen by the variables in `by`; axes of `everywhere` are set to their
    one value in all rows. Raises `DataError` when one of these
    holds numbers, or a cell has no rows.
    """
    data = source.design.data
    chosen = [(j, axis) for j, axis in enumerate(grid.held) if axis.name in by]
    for _, axis in chosen:
        if not axis.levels:
            raise DataError(
                f"Rows cannot be chosen by {axis.name}, which holds numbers.",
                hint='Leave it out of by=, or ask over="grid".',
            )
    codes = {j: row_codes(source.design, axis) for j, axis in chosen}
    members = []
    for cell in grid.cells:
        own = np.ones(len(data), dtype=bool)
        for j, code in codes.items():
            own &= code == cell[j]
        members.append(np.flatnonzero(own))
    sizes = np.array([len(rows) for rows in members])
    cells = np.repeat(np.arange(len(members)), sizes)
    rows = np.concatenate(members) if members else np.empty(0, dtype=np.int64)
    changed = [(j, axis) for j, axis in enumerate(grid.held) if axis.name not in by]

    def take(start: int, stop: int) -> Stretch:
        cell = cells[start:stop]
        frame = data.iloc[rows[start:stop]].reset_index(drop=True)
        values: dict[str, Any] = {a.name: axis_column(a, grid.cells[cell, j]) for j, a in changed}
        zero = np.zeros(len(frame), dtype=np.int64)
        values |= {axis.name: axis_column(axis, zero) for axis in everywhere}
        return Stretch(frame.assign(**values), cell, 1.0 / sizes[cell])

    return RowPlan(len(cells), take)


@dataclass(frozen=True, eq=False)
class Averaged:
    """Averages by cell: `(cell, sample)`, residues `(cell, k)`, and which cells have rows."""

    values: FloatArray
    residue: FloatArray
    filled: BoolArray


@dataclass(frozen=True, eq=False)
class Question:
    """What is averaged: the linear predictor or the mean, itself or its derivative by `variable`.

    `offset` stands in all rows where it is given, instead of the rows' own.
    """

    deviations: Deviations
    variable: By | None = None
    response: bool = False
    offset: float | None = None


def average_rows(source: Source, plan: RowPlan, n_cells: int, ask: Question) -> Averaged:
    """Average over the rows of each cell in every draw, a block of rows at a time."""
    total = np.zeros((n_cells, source.samples))
    residue = np.zeros((n_cells, source.null_space.shape[1]))
    mass = np.zeros(n_cells)
    for part in plan.stretches(block_rows(source)):
        values, rows = row_values(source, part.frame, ask)
        weight = np.where(_known(rows, ask.deviations), part.weight, 0.0)
        present = np.unique(part.cell)
        place = np.searchsorted(present, part.cell)
        shape = (len(present), len(place))
        sums = sparse.csr_array((weight, (place, np.arange(len(place)))), shape=shape)
        total[present] += sums @ values
        mass[present] += np.bincount(place, weights=weight, minlength=len(present))
        # a mean of responses needs each of its rows: residues must not cancel
        own = np.abs(rows.residue) if ask.response else rows.residue
        residue[present] += sums @ own
    filled = mass > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        return Averaged(total / mass[:, None], residue / mass[:, None], filled)


def _known(rows: Rows, deviations: Deviations) -> BoolArray:
    """Return which rows have levels that the deviations have."""
    known = np.ones(len(rows), dtype=bool)
    for factor, values in deviations.values.items():
        known &= rows.index[factor] < values.shape[1]
    return known


def row_values(source: Source, frame: pd.DataFrame, ask: Question) -> tuple[FloatArray, Rows]:
    """Return what is averaged for each row, `(row, sample)`, with the rows' columns."""
    rows = read_rows(source, frame)
    rows = _within_range(rows, ask.deviations)
    if ask.offset is not None:
        rows = replace(rows, offset=np.full(len(rows), ask.offset))
    if ask.variable is None:
        eta = _eta(source, rows, ask.deviations)
        return (expected_response(source).of(eta) if ask.response else eta), rows
    changes = _within_range(differentiate(source, frame, ask.variable), ask.deviations)
    slope = _eta(source, changes, ask.deviations)
    if ask.response:
        slope *= expected_response(source).slope(_eta(source, rows, ask.deviations))
    return slope, rows if ask.response else changes


def _within_range(rows: Rows, deviations: Deviations) -> Rows:
    """Point rows of one-level deviations at that level; unknown levels keep their numbers."""
    index = dict(rows.index)
    for factor, values in deviations.values.items():
        if values.shape[1] == 1:
            index[factor] = np.zeros(len(rows), dtype=np.int64)
    return replace(rows, index=index)


def _eta(source: Source, rows: Rows, deviations: Deviations) -> FloatArray:
    eta = fixed_part(source, rows.fixed, rows.offset)
    if not deviations.values:
        return eta
    inside = _known(rows, deviations)
    if not inside.all():
        index = {name: np.where(inside, i, 0) for name, i in rows.index.items()}
        rows = replace(rows, index=index)
    deviations.add_to(eta, rows)
    return eta
