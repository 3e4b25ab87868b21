"""Where the data's rows lie on the axes of a grid."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mixwell.design import Design
from mixwell.interpret.grids.axes import Axis
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.level_labels import label_of

__all__ = ["cell_counts", "codes_of", "codes_table", "row_codes"]


def row_codes(design: Design, axis: Axis) -> IntArray:
    """Return the position of each data row's value on an axis, -1 where it is not on it."""
    return codes_of(design.data[axis.name], axis)


def codes_of(column: pd.Series, axis: Axis) -> IntArray:
    """Return the position of each of a column's values on an axis, -1 where it is not on it."""
    place = {label_of(value): i for i, value in enumerate(axis.values)}
    codes, values = pd.factorize(column)
    # the last entry is that of rows without a value, whose code is -1
    table = [place.get(label_of(value), -1) for value in values.tolist()] + [-1]
    return np.array(table, dtype=np.int64)[codes]


def codes_table(design: Design, axes: Sequence[Axis]) -> IntArray:
    """Return the positions of the data's rows on several axes, `(obs, axis)`."""
    codes = [row_codes(design, axis) for axis in axes]
    return np.array(codes, dtype=np.int64).reshape(len(axes), design.n).T


def cell_counts(
    design: Design, axes: Sequence[Axis], weights: FloatArray | None = None
) -> FloatArray:
    """Return how many rows each cell of some axes has, or the sum of their weights."""
    sizes = tuple(len(axis.values) for axis in axes)
    table = codes_table(design, axes)
    inside = (table >= 0).all(axis=1)
    cells = np.ravel_multi_index(tuple(table[inside].T), sizes)
    counts = np.bincount(cells, None if weights is None else weights[inside], int(np.prod(sizes)))
    return np.asarray(counts, dtype=float).reshape(sizes)
