"""Cross-products of rows cell by cell: all that the density of a group of rows needs of them.

A cell has the rows that share their levels of all grouping factors. With one factor the cells are
its levels, and the products of a cell are a triangle of a few numbers, however many rows it has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mixwell.design.elsewhere.cell_sums import cell_sums
from mixwell.design.elsewhere.table_seen import TableSeen
from mixwell.design.from_sums.sums_seen import SumsSeen
from mixwell.infer.exact.gaussian.cross_products import CHUNK
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_rows, summed_columns
from mixwell.infer.exact.gaussian.summed_reduction import counted_from_start
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import require_memory
from mixwell.specify.spec import Spec

__all__ = ["CellProducts", "cell_products"]


@dataclass(frozen=True, eq=False)
class CellProducts:
    """The rows of each cell, added up.

    `levels` (cells, factors) are each cell's, `counts`, `log_weights` and `responses` (cells,) its
    rows, the sum of the logarithms of their weights and the weighted one of responses; where the
    weights are those of a survey, which multiply log densities, their sum and 0. `products`
    (cells, pairs) are weighted, too, of pairs of columns, the upper triangle: X's p, each factor's
    effects, and the response, less its offset and X `start`. `effects` counts each factor's.
    """

    levels: IntArray
    counts: FloatArray
    log_weights: FloatArray
    responses: FloatArray
    products: FloatArray
    start: FloatArray
    effects: tuple[int, ...]

    @property
    def fixed(self) -> int:
        """The number of columns of X, p."""
        return len(self.start)

    @property
    def xy(self) -> list[int]:
        """The places of X's columns and of the response among the columns."""
        return [*range(self.fixed), self.fixed + sum(self.effects)]

    def columns(self, factor: int) -> list[int]:
        """Return the places of a factor's effects among the columns."""
        first = self.fixed + sum(self.effects[:factor])
        return list(range(first, first + self.effects[factor]))

    def between(self, one: Sequence[int], two: Sequence[int]) -> FloatArray:
        """Return the products of some columns with others, (cells, one, two)."""
        size = self.fixed + sum(self.effects) + 1
        low = np.minimum(np.array(one)[:, None], np.array(two))
        high = np.maximum(np.array(one)[:, None], np.array(two))
        return np.asarray(self.products[:, low * size - low * (low - 1) // 2 + high - low])

    def part(self, cells: slice | IntArray) -> "CellProducts":
        """Return some of the cells."""
        names = "levels", "counts", "log_weights", "responses", "products"
        return replace(self, **{name: getattr(self, name)[cells] for name in names})

    def sorted_by(self, factors: Sequence[int]) -> "CellProducts":
        """Return the cells in the order of their levels of some factors, the first foremost."""
        order = np.lexsort([self.levels[:, k] for k in reversed(factors)])
        return self if (np.diff(order) == 1).all() else self.part(order)


def cell_products(spec: Spec) -> CellProducts:
    """Return the products of a gaussian model's rows, which are gone through once more.

    Raises `DataError` for more cells than memory holds.
    """
    seen = spec.design.elsewhere
    if isinstance(seen, SumsSeen):
        hint = "Leave groups out where the table lies."
        seen.refuse("the products of all columns by group", hint)
    return _of_table(spec, seen) if isinstance(seen, TableSeen) else _of_rows(spec)


def _of_table(spec: Spec, seen: TableSeen) -> CellProducts:
    cells = cell_sums(seen)
    x, effects, y = summed_columns(spec, cells.seen)
    start, xy = counted_from_start(cells.seen.sums, x, y)
    whole = np.hstack([xy[:, :-1], *effects, xy[:, -1:]])[list(cells.places)]
    one, two = np.triu_indices(whole.shape[1])
    products = np.empty((len(cells.counts), len(one)))
    for part in _blocks(len(products), whole.size):
        products[part] = (whole.T @ cells.cross[part] @ whole)[:, one, two]
    sizes = tuple(each.shape[1] for each in effects)
    counts, logs = cells.counts, cells.log_weights
    if spec.response.survey:
        counts, logs = cells.weights, np.zeros(len(counts))
    return CellProducts(cells.levels, counts, logs, cells.responses, products, start, sizes)


def _of_rows(spec: Spec) -> CellProducts:
    # Numba: only where rows are added up
    from mixwell.design.sums.scan.row_adder import RowRecords
    from mixwell.numeric.loops.record_sums import add_triangle

    rows, n = gaussian_rows(spec), spec.design.n
    levels, cell = _cells([block.index for block in rows.blocks], rows.blocks[0].n_levels)
    head = rows.x(slice(0, min(CHUNK, n)))
    start = np.linalg.lstsq(head.T @ head, head.T @ rows.y[: len(head)], rcond=None)[0]
    sizes = tuple(block.effects for block in rows.blocks)
    width = len(start) + sum(sizes) + 1
    pairs = width * (width + 1) // 2
    require_memory(2.0 * len(levels) * pairs, f"Sums of {len(levels):,} groups of rows")
    records, every = RowRecords(len(levels), pairs), np.arange(width, dtype=np.int32)
    weights = np.empty(0) if rows.weights is None else rows.weights
    for part in _blocks(n, width, CHUNK * width):
        x = rows.x(part)
        effects = [block.values[part] for block in rows.blocks]
        values = np.column_stack([x, *effects, rows.y[part] - x @ start])
        own = np.ascontiguousarray(weights[part])
        add_triangle(values, cell[part], own, every, records.sums, records.full)
    total, y, logs = records.total(), spec.response.values, np.zeros(len(levels))
    counts = total[:, 0].copy()
    if rows.weights is not None:
        y = y * rows.weights
        if spec.response.survey:
            counts = np.bincount(cell, rows.weights, len(levels))
        else:
            logs = np.bincount(cell, np.log(rows.weights), len(levels))
    responses = np.bincount(cell, y, len(levels))
    return CellProducts(levels, counts, logs, responses, total[:, 1:], start, sizes)


def _blocks(rows: int, width: int, numbers: int = 1_000_000) -> Iterator[slice]:
    """Go through rows of so many numbers some at a time."""
    step = max(1, numbers // max(1, width))
    return (slice(first, min(first + step, rows)) for first in range(0, rows, step))


def _cells(indices: Sequence[IntArray], first: int) -> tuple[IntArray, NDArray[np.int32]]:
    """Return the levels of each cell, (cells, factors), and each row's cell."""
    levels, cell = np.arange(first)[:, None], indices[0]
    for index in indices[1:]:
        size = int(index.max()) + 1
        found, cell = np.unique(cell * size + index, return_inverse=True)
        levels = np.column_stack([levels[found // size], found % size])
    return levels, cell.astype(np.int32)
