"""Sums of all products of columns by cells, the combinations of levels of all grouping factors.

They are what another pass over a table gives: its cells are one grouping, and all columns its
effects.
"""

from dataclasses import dataclass, replace
from math import prod

import numpy as np

from mixwell.design.elsewhere.summed_table import sum_table
from mixwell.design.elsewhere.table_seen import TableSeen
from mixwell.design.sums.scan.group_codes import GroupCodes
from mixwell.design.sums.scan.sums_program import LevelsOfRows, SumsProgram
from mixwell.design.sums.summed_columns import Grouping
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import require_memory
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.text.phrases import and_more

__all__ = ["CellSums", "cell_sums"]

#: Cells that are held at most.
_CELLS = 2_000_000


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
    def responses(self) -> FloatArray:
        """The weighted sums of responses, offsets included, (cells,)."""
        last = 1 if self.seen.offset is None else 2
        sums, places = self.seen.sums, list(self.places)
        y = sums.combinations(sums.columns.products[-last:]).sum(axis=1)[places]
        return np.asarray(self.cross[:, places.index(0)] @ y)

    @property
    def log_weights(self) -> FloatArray:
        """The sums of the logarithms of weights, (cells,): there are none."""
        return np.zeros(len(self.counts))


def cell_sums(seen: TableSeen) -> CellSums:
    """Add up the rows of a table cell by cell, in a pass of its own.

    Raises `DataError` for more cells than are held.
    """
    program, table = seen.program, seen.frame.table
    columns = program.columns
    named = " and ".join(grouping.factor for grouping in columns.groupings)
    group, levels = _cells(program, table)
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


def _cells(program: SumsProgram, table: LazyTable) -> tuple[LevelsOfRows, IntArray]:
    """Return the cells as one grouping, and their levels of each factor, (cells, factors)."""
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
