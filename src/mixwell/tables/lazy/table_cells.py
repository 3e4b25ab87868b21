"""A table counted: the distinct rows of the columns that a formula reads, with how many there are.

For a model whose rows are independent given their columns that is all there is to know: each
distinct row counts as often as it is there, and means, spreads and knots are learned from all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from mixwell.errors import DataError
from mixwell.tables.arrow import arrow_to_pandas
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.text.phrases import and_more

__all__ = ["CELLS", "TableCells", "said_of_cells", "table_cells"]

#: Distinct rows that are read into memory at most.
CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class TableCells:
    """Distinct rows of some columns; `rows` names the column of how many rows each is.

    `weights` names that of how often each counts: the same, or the sum of the rows' frequencies;
    `where` says where the table lies.
    """

    frame: pd.DataFrame
    rows: str
    weights: str
    where: str


def table_cells(table: LazyTable, names: Sequence[str], weights: str | None = None) -> TableCells:
    """Count the distinct rows of some columns, each as often as the column `weights` says.

    Raises `DataError`, with their number, for more of them than are held.
    """
    for name in (*names, *([] if weights is None else [weights])):
        table.require(name)
    rows = weighed = _unused("rows", table)
    counts = {rows: nw.len()}
    if weights is not None:
        weighed = _unused("frequency", table)
        counts[weighed] = table.number(weights).sum()
    keys = {name: table.column(name) for name in names}
    try:
        found = table.grouped("count the distinct rows", keys, counts, most=CELLS)
    except DataError as error:
        raise _too_many(error, names) from error
    found = found.sort_by([(name, "ascending") for name in names])
    for place, name in enumerate(names):
        found = found.set_column(place, name, table.in_own_zone(name, found[name]))
    frame = arrow_to_pandas(found)
    for name, levels in table.levels.items():
        if name in names:
            ordered = name in table.ordered
            frame[name] = pd.Categorical(frame[name], list(levels), ordered=ordered)
    return TableCells(frame, rows, weighed, table.where)


def said_of_cells(frame: pd.DataFrame, rows: str, where: str | None, names: Sequence[str]) -> str:
    """Say how many rows of a table were counted, and how many are distinct.

    >>> cells = pd.DataFrame({"x": [0, 1], "rows": [3, 1]})
    >>> said_of_cells(cells, "rows", '"trips.parquet"', ["x"])
    'The 4 rows of "trips.parquet" were counted: 2 distinct rows of x.'
    """
    total = int(frame[rows].sum())
    return (
        f"The {total:,} rows of {where or 'a table'} were counted: {len(frame):,} distinct rows of "
        f"{and_more(list(names), 6)}."
    )


def _unused(name: str, table: LazyTable) -> str:
    """Return a name that no column of the table has."""
    return name if name not in table.kinds else _unused(f"{name}_", table)


def _too_many(error: DataError, names: Sequence[str]) -> DataError:
    return DataError(
        f"{error.message} The rows of such a model are counted, not gone through.",
        where=f"the distinct rows of {and_more(list(names), 6)}",
        hint="Round or cut numbers of many values, or fit a sample of the rows in memory.",
    )
