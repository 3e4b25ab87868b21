"""Where the data's rows lie on the axes of a grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell.design import Design
from mixwell.interpret.grids.axes import Axis
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.level_labels import label_of

__all__ = ["PlacedTable", "cell_counts", "codes_of", "placed_rows"]


@dataclass(frozen=True, eq=False)
class PlacedTable:
    """The data's rows, or the combinations of values that they have, on some axes.

    `codes` are positions, `(row, axis)`, -1 where a value is not on an axis; `rows` and `weights`,
    (row,), are how many rows of the data each is and the sum of their weights.
    """

    codes: IntArray
    rows: FloatArray
    weights: FloatArray


def codes_of(column: pd.Series, axis: Axis) -> IntArray:
    """Return the position of each of a column's values on an axis, -1 where it is not on it."""
    place = {label_of(value): i for i, value in enumerate(axis.values)}
    codes, values = pd.factorize(column)
    # the last entry is that of rows without a value, whose code is -1
    table = [place.get(label_of(value), -1) for value in values.tolist()] + [-1]
    return np.array(table, dtype=np.int64)[codes]


def placed_rows(design: Design, axes: Sequence[Axis]) -> PlacedTable:
    """Return where the data's rows lie on several axes."""
    table = design.seen.table([axis.name for axis in axes])
    codes = [codes_of(table.frame[axis.name], axis) for axis in axes]
    placed = np.array(codes, dtype=np.int64).reshape(len(axes), len(table.rows)).T
    return PlacedTable(placed, table.rows, table.weights)


def cell_counts(design: Design, axes: Sequence[Axis], *, weighted: bool = False) -> FloatArray:
    """Return how many rows each cell of some axes has, or the sum of their weights."""
    sizes = tuple(len(axis.values) for axis in axes)
    table = placed_rows(design, axes)
    inside = (table.codes >= 0).all(axis=1)
    cells = np.ravel_multi_index(tuple(table.codes[inside].T), sizes)
    count = (table.weights if weighted else table.rows)[inside]
    counts = np.bincount(cells, count, int(np.prod(sizes)))
    return np.asarray(counts, dtype=float).reshape(sizes)
