"""The cells behind a coefficient: their weights, how many rows they have, and their means."""

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


def cell_variables(grid: PointGrid, meaning: Meaning) -> tuple[str, ...]:
    """Return the columns of the named variables, each apart from those of numbers."""
    return distinct_columns([grid.variables[v].name for v in meaning.named], CELL_NUMBERS)


def cell_frame(
    grid: PointGrid, meaning: Meaning, response: Response | None
) -> tuple[pd.DataFrame, IntArray]:
    """Return the table of a coefficient's cells, and the cells as points.

    Columns: one a named variable (one called like a column of numbers gets an ending,
    `weight_level`), `weight`, `mean` (of the response in the cell, of successes and trials their
    proportion; the mean of all rows where no variable is named) and `rows`.
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
    tally = grid.seen.tally([grid.variables[v].places for v in meaning.named], response)
    place_of = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
    found = np.array([place_of.get(tuple(row), -1) for row in tally.codes.tolist()], dtype=np.int64)
    inside, count = found >= 0, len(cells)
    total, below, rows = (
        np.bincount(found[inside], weights=values[inside], minlength=count)
        for values in (tally.total, tally.below, tally.rows)
    )
    if response is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            frame["mean"] = total / below
    frame["rows"] = rows.astype(np.int64)
    return frame, cells
