"""Rows to average over: those of a grid written out, or given ones at other values.

A plan of rows knows how many there are and makes any stretch of them: nothing is held whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.grids.averaging_weights import Bundle, marginal
from mixwell.interpret.grids.axes import Axis
from mixwell.interpret.grids.reference_grid import Grid
from mixwell.interpret.means.averaged_columns import axis_column
from mixwell.interpret.rows.row_cells import rows_of_cells
from mixwell.interpret.rows.weighed_rows import WeighedRows
from mixwell.numeric.arrays import FloatArray, IntArray


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


def rows_of_grid(
    source: MeanPredictor, grid: Grid, bundles: Sequence[Bundle], groups: Sequence[str]
) -> RowPlan:
    """Write a grid out over what is averaged, and over the data's groups by these columns."""
    over = marginal(bundles, [axis.name for axis in grid.averaged])
    names = [name for name in groups if name not in grid.axes]
    table = source.design.seen.table(names).frame.drop_duplicates() if names else None
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


def rows_as_they_are(
    given: WeighedRows,
    grid: Grid,
    by: Sequence[str],
    everywhere: Sequence[Axis],
    changed: Mapping[str, Any],
    shifted: Mapping[str, float],
) -> RowPlan:
    """Take rows as they are, the held variables set to each cell's values.

    Rows are not changed but chosen by the variables in `by`; axes of `everywhere` are set to their
    one value in all rows, `changed` columns to a value, and `shifted` ones moved. Raises
    `DataError` when one of those in `by` holds numbers.
    """
    data, weight = given.frame, given.weight
    rows, cells = rows_of_cells(given, grid, by)
    total = np.bincount(cells, weight[rows], len(grid.cells))
    others = [(j, axis) for j, axis in enumerate(grid.held) if axis.name not in by]

    def take(start: int, stop: int) -> Stretch:
        cell, own = cells[start:stop], rows[start:stop]
        frame = data.iloc[own].reset_index(drop=True)
        values: dict[str, Any] = {a.name: axis_column(a, grid.cells[cell, j]) for j, a in others}
        zero = np.zeros(len(frame), dtype=np.int64)
        values |= {axis.name: axis_column(axis, zero) for axis in everywhere}
        frame = frame.assign(**values).assign(**changed)
        moved = {name: frame[name].astype(float) + size for name, size in shifted.items()}
        return Stretch(frame.assign(**moved), cell, weight[own] / total[cell])

    return RowPlan(len(cells), take)
