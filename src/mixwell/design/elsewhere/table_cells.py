"""A table counted: the distinct rows of the columns that a formula reads, with how many there are.

For a model whose rows are independent given their columns that is all there is to know: each
distinct row counts as often as it is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from mixwell.errors import DataError
from mixwell.tables.arrow import arrow_to_pandas
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.text.phrases import and_more

__all__ = ["CELLS", "TableCells", "table_cells"]

#: Distinct rows that are read into memory at most.
CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class TableCells:
    """Distinct rows of some columns; `counts` names the column of how many rows each is."""

    frame: pd.DataFrame
    counts: str
    said: str


def table_cells(table: LazyTable, names: Sequence[str], weights: str | None = None) -> TableCells:
    """Count the distinct rows of some columns, each as often as the column `weights` says.

    Raises `DataError`, with their number, for more of them than are held.
    """
    own = [name for name in names if name != weights]
    for name in names:
        table.require(name)
    counts = "rows"
    while counts in table.kinds:
        counts += "_"
    count = nw.len() if weights is None else table.number(weights).sum()
    keys = {name: nw.col(name) for name in own}
    try:
        found = table.grouped("count the distinct rows", keys, {counts: count}, most=CELLS)
    except DataError as error:
        raise _too_many(error, own) from error
    frame = arrow_to_pandas(found.sort_by([(name, "ascending") for name in own]))
    for name, levels in table.levels.items():
        if name in own:
            ordered = name in table.ordered
            frame[name] = pd.Categorical(frame[name], list(levels), ordered=ordered)
    total = float(frame[counts].sum())
    said = (
        f"The {total:,.0f} rows of {table.where} were counted: {len(frame):,} distinct rows of "
        f"{and_more(own, 6)}."
    )
    return TableCells(frame, counts, said)


def _too_many(error: DataError, names: Sequence[str]) -> DataError:
    return DataError(
        f"{error.message} The rows of such a model are counted, not gone through.",
        where=f"the distinct rows of {and_more(list(names), 6)}",
        hint="Round or cut numbers of many values, or fit a sample of the rows in memory.",
    )
