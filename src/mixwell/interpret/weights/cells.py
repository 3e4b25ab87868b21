"""The cells behind a coefficient: their weights, how many rows they have, and their means."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd

from mixwell.design.response.response import Response
from mixwell.errors import DataError
from mixwell.interpret.weights.meaning import Meaning, cell_columns, contraction
from mixwell.interpret.weights.point_grid import PointGrid
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.show.meanings import CELL_NUMBERS
from mixwell.specify.naming import distinct_columns

NEGLIGIBLE = 1e-12
MOST_CELLS = 200_000


def named_cells(grid: PointGrid, meaning: Meaning) -> tuple[IntArray, FloatArray]:
    """Return the cells of a coefficient's named variables that have weight, and the weights.

    Cells are `(n_cells, n_variables)` in the grid's order, the last variable running fastest.

    Raises
    ------
    DataError
        When there are too many cells to list.
    """
    parts = [part for part in meaning.parts if set(part.variables) & set(meaning.named)]
    used = [np.flatnonzero(np.abs(part.weights) > NEGLIGIBLE) for part in parts]
    count = int(np.prod([len(u) for u in used], dtype=float)) if used else 1
    if count > MOST_CELLS:
        raise DataError(
            f"The weights of {meaning.name} lie on {count:,} cells, too many to list.",
            hint="They are a product over variables: see .factors of the coefficient.",
        )
    order = [v for part in parts for v in part.variables]
    cells = np.empty((1, 0), dtype=np.int64)
    weights = np.ones(1)
    for part, keep in zip(parts, used, strict=True):
        left = np.repeat(np.arange(len(cells)), len(keep))
        right = np.tile(keep, len(cells))
        cells = np.hstack([cells[left], part.cells[right]])
        weights = weights[left] * part.weights[right]
    cells = cells[:, np.argsort(order, kind="stable")] if order else cells
    sorting = np.lexsort(cells.T[::-1]) if cells.shape[1] else np.arange(1)
    return cells[sorting], weights[sorting]


def full_weights(grid: PointGrid, meaning: Meaning) -> FloatArray:
    """Return weights on all cells of all variables, the last variable running fastest."""
    sizes = grid.sizes(range(len(grid.variables)))
    if not meaning.found:
        return np.full(int(np.prod(sizes, dtype=int)), np.nan)
    tensors = []
    order = [v for part in meaning.parts for v in part.variables]
    for part in meaning.parts:
        tensor = np.zeros([sizes[v] for v in part.variables])
        tensor[tuple(part.cells.T)] = part.weights
        tensors.append(tensor)
    outer = reduce(np.multiply.outer, tensors, np.ones(()))
    return np.asarray(outer).transpose(np.argsort(order)).reshape(-1) if order else np.ones(1)


def cell_rows(grid: PointGrid, meaning: Meaning, cells: IntArray) -> FloatArray:
    """Return the design at each cell, other variables at their anchors, `(cells, columns)`."""
    named = meaning.named
    rows = cell_columns(grid, named, cells)
    for part in meaning.parts:
        if not set(part.variables) & set(named):
            rows = rows * contraction(grid, part)
    return rows


def row_cells(grid: PointGrid, named: Sequence[int], cells: IntArray) -> IntArray:
    """Return the cell of each row of the data, -1 for none."""
    place = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
    codes = np.column_stack([grid.variables[v].codes for v in named])
    distinct, inverse = np.unique(codes, axis=0, return_inverse=True)
    table = np.array([place.get(tuple(row), -1) for row in distinct.tolist()], dtype=np.int64)
    return table[inverse.reshape(-1)]


def observed_means(response: Response, member: IntArray, count: int) -> FloatArray:
    """Return the mean of the response in each cell; of successes and trials their proportion."""
    rows = member >= 0
    sizes = np.ones(len(rows)) if response.trials is None else response.trials
    top, below = (
        np.bincount(member[rows], weights=values[rows], minlength=count)
        for values in (response.values, sizes)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(top / below)


def cell_variables(grid: PointGrid, meaning: Meaning) -> tuple[str, ...]:
    """Return the columns of the named variables, each apart from those of numbers."""
    return distinct_columns([grid.variables[v].name for v in meaning.named], CELL_NUMBERS)


def cell_frame(
    grid: PointGrid, meaning: Meaning, response: Response | None, n: int
) -> tuple[pd.DataFrame, IntArray]:
    """Return the table of a coefficient's cells, and the cells as points.

    Columns: one a named variable (one called like a column of numbers gets an ending,
    `weight_level`), `weight`, `mean` (of the response in the cell; the mean of all rows where no
    variable is named) and `rows`.
    """
    cells, weights = named_cells(grid, meaning)
    named = cell_variables(grid, meaning)
    columns: dict[str, object] = {}
    for place, v in enumerate(meaning.named):
        variable = grid.variables[v]
        values = [variable.points[i] for i in cells[:, place]]
        columns[named[place]] = pd.array(values, dtype="str")
    frame = pd.DataFrame(columns, index=range(len(cells)))
    frame["weight"] = weights
    member: IntArray = np.zeros(n, dtype=np.int64)
    if meaning.named:
        member = row_cells(grid, meaning.named, cells)
    if response is not None:
        frame["mean"] = observed_means(response, member, len(cells))
    frame["rows"] = np.bincount(member[member >= 0], minlength=len(cells)).astype(np.int64)
    return frame, cells
