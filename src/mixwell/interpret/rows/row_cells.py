"""Cells that rows lie in: one for each combination of some columns that the rows have."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.errors import DataError, require_known
from mixwell.interpret.grids.axes import Axis
from mixwell.interpret.grids.reference_grid import Grid
from mixwell.interpret.grids.row_codes import codes_of
from mixwell.interpret.rows.weighed_rows import WeighedRows
from mixwell.numeric.arrays import IntArray
from mixwell.text.level_labels import label_of

__all__ = ["rows_in_cells", "rows_of_cells", "with_cells"]


def with_cells(grid: Grid, rows: WeighedRows, by: Sequence[str]) -> Grid:
    """Return a grid with a cell for each of its own and each combination of columns `by`.

    The columns are those of the rows, which the model need not have; levels that the grid knows
    keep their order. Raises `DataError` for columns that the rows lack or that hold no levels.
    """
    for name in by:
        said = f"by= names {name!r}, which is no column of the rows that are averaged over."
        require_known(name, list(rows.frame.columns), said, where="by")
        if name in [axis.name for axis in grid.held] or list(by).count(name) > 1:
            raise DataError(f"The variable {name!r} is named twice in of= and by=.")
    axes = [_axis_of(rows.frame[name], grid.axes.get(name)) for name in by]
    codes = np.array([codes_of(rows.frame[axis.name], axis) for axis in axes], dtype=np.int64)
    # the last of them changes slowest, as on grids
    present = np.unique(codes[::-1].T, axis=0)[:, ::-1]
    own = grid.cells
    cells = np.hstack([np.tile(own, (len(present), 1)), np.repeat(present, len(own), axis=0)])
    averaged = tuple(axis for axis in grid.averaged if axis.name not in by)
    fixed = tuple(axis for axis in grid.fixed if axis.name not in by)
    held, request = (*grid.held, *axes), grid.request and replace(grid.request, by=tuple(by))
    return replace(grid, held=held, averaged=averaged, fixed=fixed, cells=cells, request=request)


def rows_of_cells(rows: WeighedRows, grid: Grid, by: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Return the rows of each cell and, for each of these, the cell: the cells in order.

    A row belongs to every cell that has its levels of the variables in `by`. Raises `DataError`
    where one of these holds numbers.
    """
    chosen = [j for j, axis in enumerate(grid.held) if axis.name in by]
    for axis in (grid.held[j] for j in chosen):
        if not axis.levels:
            raise DataError(
                f"Rows cannot be chosen by {axis.name}, which holds numbers.",
                hint='Leave it out of by=, or ask over="grid".',
            )
    axes = [grid.held[j] for j in chosen]
    codes = np.array([codes_of(rows.frame[a.name], a) for a in axes], dtype=np.int64)
    return rows_in_cells(codes.reshape(len(axes), len(rows)).T, grid.cells[:, chosen])


def rows_in_cells(codes: IntArray, cells: IntArray) -> tuple[IntArray, IntArray]:
    """Return the rows of each cell, the cells in order, and each of these rows' cell.

    `codes` are the rows' positions on some axes, `(row, axis)`, `cells` those of the cells. A row
    belongs to every cell that has its positions.
    """
    both, place = np.unique(np.vstack([codes, cells]), axis=0, return_inverse=True)
    of_row, of_cell = np.split(place.ravel(), [len(codes)])
    order = np.argsort(of_row, kind="stable")
    ends = np.searchsorted(of_row[order], np.arange(len(both) + 1))
    members = [order[ends[k] : ends[k + 1]] for k in of_cell]
    sizes = [len(each) for each in members]
    empty = np.empty(0, dtype=np.int64)
    return np.concatenate([empty, *members]), np.repeat(np.arange(len(cells)), sizes)


def _axis_of(column: pd.Series, known: Axis | None) -> Axis:
    """Return the axis of the values that a column has, which count as levels."""
    name = str(column.name)
    if column.isna().any():
        raise DataError(
            f"{name} has missing values: rows without one lie in no cell.",
            where=f"row {column.index[column.isna()][0]}",
            hint="Give every row a value, or leave the rows out.",
        )
    present: dict[str, Any] = {label_of(value): value for value in column.unique().tolist()}
    whole = not pd.api.types.is_float_dtype(column.dtype) or (column % 1 == 0).all()
    if not whole and not (known is not None and known.counted):
        raise DataError(
            f"Rows cannot be chosen by {name}, which holds numbers.",
            where="by",
            hint="Make a column of it that has levels, such as age groups.",
        )
    order = [] if known is None else [label_of(value) for value in known.values]
    if isinstance(column.dtype, pd.CategoricalDtype):
        order += [label_of(value) for value in column.cat.categories.tolist()]
    first = [present[label] for label in dict.fromkeys(order) if label in present]
    rest = [value for label, value in present.items() if label not in order]
    try:
        rest = sorted(rest)
    except TypeError:
        rest = sorted(rest, key=label_of)
    values = (*first, *rest)
    shown = tuple(v if isinstance(v, str | float | int) else label_of(v) for v in values)
    return Axis(name, values, True, shown)
