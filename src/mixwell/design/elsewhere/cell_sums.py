"""Sums of all products of columns by cells, the combinations of levels of all grouping factors.

They are what another pass over a table gives: its cells are one grouping, and all columns its
effects.
"""

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from mixwell.design.elsewhere.summed_table import sum_table
from mixwell.design.elsewhere.table_seen import TableSeen
from mixwell.design.sums.scan.sums_program import LevelsOfRows, SumsProgram
from mixwell.design.sums.summed_columns import Grouping, Product
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import require_memory
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.text.phrases import and_more

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["CellSums", "cell_sums"]

#: Cells that are held at most.
_CELLS = 2_000_000
#: What the logarithms of weights, each over its weight, are called among the numbers.
_LOGS = "log(weights) / weights"


@dataclass(frozen=True, eq=False)
class CellSums:
    """The sums of each cell's rows.

    `levels` (cells, factors) are each cell's, `counts` (cells,) its rows; `cross` (cells, q, q) are
    the products of what is at `places` of the basis of `seen`, whose sums are those of this pass.
    """

    seen: TableSeen
    levels: IntArray
    counts: FloatArray
    places: tuple[int, ...]
    cross: FloatArray

    @property
    def weights(self) -> FloatArray:
        """The sums of weights, (cells,): of rows that have none, their number."""
        return self._sums([Product()])[:, 0]

    @property
    def responses(self) -> FloatArray:
        """The weighted sums of responses, offsets included, (cells,)."""
        sums = self.seen.sums
        chosen = [sums.columns.products[-1]]
        if self.seen.offset is not None:  # it is the last number before what stands for weights
            chosen.append(sums.columns.products[-3 if sums.weighted else -2])
        return np.asarray(self._sums(chosen).sum(axis=1))

    @property
    def log_weights(self) -> FloatArray:
        """The sums of the logarithms of weights, (cells,)."""
        if not self.seen.sums.weighted:
            return np.zeros(len(self.counts))
        place = self.seen.sums.columns.numbers.index(_LOGS)
        return self._sums([Product((place,))])[:, 0]

    def _sums(self, products: list[Product]) -> FloatArray:
        """Return the weighted sums of some products, (cells, products)."""
        places = list(self.places)
        combined = self.seen.sums.combinations(products)[places]
        return np.asarray(self.cross[:, places.index(0)] @ combined)


def cell_sums(seen: TableSeen) -> CellSums:
    """Add up the rows of a table cell by cell, in a pass of its own.

    Raises `DataError` for more cells than are held.
    """
    program, table = seen.program, seen.frame.table
    named = " and ".join(grouping.factor for grouping in program.columns.groupings)
    group, levels = _cells(program, table)
    program = program if program.weights is None else _with_logs(program, program.weights)
    columns = program.columns
    whole = Grouping(named, tuple(range(len(columns.products))), len(group.keys))
    require_memory(
        2.0 * len(levels) * len(columns.basis) ** 2,
        f"The sums by {named}",
        where=f"{len(levels):,} groups of rows",
    )
    one = replace(program, columns=replace(columns, groupings=(whole,)), groups=(group,))
    sums = sum_table(one, table, f"sum the columns' products by {named}")
    [block] = sums.blocks
    return CellSums(replace(seen, sums=sums), levels, block.counts, block.places, block.gram)


def _with_logs(program: SumsProgram, weights: "nw.Expr") -> SumsProgram:
    """Return a program that sums logarithms of weights, too, each over its weight, as a number."""
    columns, place = program.columns, len(program.numbers) - 1
    wider = replace(
        columns,
        numbers=(*columns.numbers[:-1], _LOGS, columns.numbers[-1]),
        names=(*columns.names[:-1], _LOGS, columns.names[-1]),
        products=(*columns.products[:-1], Product((place,)), Product((place + 1,))),
    )
    numbers = (*program.numbers[:-1], weights.log() / weights, program.numbers[-1])
    return replace(program, columns=wider, numbers=numbers)


def _cells(program: SumsProgram, table: LazyTable) -> tuple[LevelsOfRows, IntArray]:
    """Return the cells as one grouping, and their levels of each factor, (cells, factors)."""
    # Numba: only where rows are added up
    from mixwell.design.sums.scan.group_codes import GroupCodes

    if len(program.groups) == 1:
        [group] = program.groups
        return group, np.arange(len(group.levels))[:, None]
    keys = tuple(dict.fromkeys(key for group in program.groups for key in group.keys))
    if prod(len(program.keys[key].keys) for key in keys) >= 2**62:
        named = and_more([grouping.factor for grouping in program.columns.groupings], 6)
        raise DataError(
            "The grouping factors have more combinations of levels than can be numbered.",
            where=named,
            hint="Compare by another measure, or fit a sample of the rows in memory.",
        )
    asked = {f"key {key}": program.keys[key].expr for key in keys}
    answer = table.grouped("list the groups of rows", asked, {}, most=_CELLS)
    coder = GroupCodes(program)
    codes = {key: coder.key(key, answer[f"key {key}"].combine_chunks()) for key in keys}
    levels = np.column_stack([coder.levels(k, codes) for k in range(len(program.groups))])
    cells = np.zeros(len(levels), dtype=np.int64)
    for key in keys:
        cells = cells * len(program.keys[key].keys) + codes[key]
    return LevelsOfRows(keys, ("",) * len(cells), cells), levels.astype(np.int64)
