"""A few made-up rows in which a formula finds the levels and the kinds of columns that sums know.

What a formula makes of a row depends on levels, kinds of columns and learned numbers alone: the
first two are read off these rows, the numbers are those of the sums.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mixwell.design.sums.summed_source import SourceColumn, SummedSource
from mixwell.errors import DataError

__all__ = ["sketched_rows"]

#: Rows at least: as many as transforms of several columns need.
_ROWS = 200


def sketched_rows(source: SummedSource, levels: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return made-up rows with every level; `levels` are those of columns that group rows.

    Raises `DataError` for dates.
    """
    sizes = [len(column.values) for column in source.columns if column.listed or _texts(column)]
    rows = max(_ROWS, *sizes, *(len(each) for each in levels.values()), 0)
    return pd.DataFrame({c.name: _values(c, levels.get(c.name, ()), rows) for c in source.columns})


def _texts(column: SourceColumn) -> bool:
    return column.kind == "text"


def _values(column: SourceColumn, levels: Sequence[str], rows: int) -> pd.Series:
    if column.kind == "text":
        names = list(map(str, column.values)) or list(levels)
        if names == sorted(names) and not column.ordered:
            return pd.Series(np.resize(np.array(names, dtype=object), rows), dtype="str")
        codes = np.resize(np.arange(len(names)), rows)
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(names), ordered=column.ordered))
    if column.kind == "truth":
        return pd.Series(np.resize([False, True], rows))
    if column.kind not in ("number", "whole"):
        raise DataError(
            f"{column.name} is a {column.kind}, which models of sums alone do not read.",
            where=f"column {column.name}",
            hint="Before the sums are made, make a text of it in the table where it groups rows, "
            "and a number of days where it is a slope.",
        )
    numbers = np.array(column.values, dtype=float)
    if not column.listed:
        numbers = np.linspace(numbers[0], numbers[-1], rows)
    if column.kind == "whole":
        numbers = np.rint(numbers).astype(np.int64)
    return pd.Series(np.resize(numbers, rows))
