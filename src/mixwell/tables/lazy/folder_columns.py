"""Columns whose values stand in the names of folders, such as `year=2024/`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from mixwell.tables.lazy.duckdb_tables import sql_name, sql_text
from mixwell.tables.lazy.written_numbers import kind_of_texts

__all__ = ["MISSING", "add_folder_columns", "folder_columns"]

#: What a folder is named by where the value is missing.
MISSING = "__HIVE_DEFAULT_PARTITION__"
_SQL = {"whole": "BIGINT", "number": "DOUBLE"}


def folder_columns(parts: Sequence[Mapping[str, str | None]]) -> dict[str, str]:
    """Return the columns of folders by name, each an expression of SQL on DuckDB's texts of them.

    They are numbers where all of their values are.

    >>> print(folder_columns([{"year": "2024"}, {"year": None}])["year"])
    CAST(NULLIF("year", '__HIVE_DEFAULT_PARTITION__') AS BIGINT)
    """
    made = {}
    for name in parts[0]:
        present = f"NULLIF({sql_name(name)}, {sql_text(MISSING)})"
        kind = _SQL.get(kind_of_texts([part[name] for part in parts]))
        made[name] = f"CAST({present} AS {kind})" if kind else present
    return made


def add_folder_columns(
    frame: pd.DataFrame, counts: Sequence[int], parts: Sequence[Mapping[str, str | None]]
) -> pd.DataFrame:
    """Return the rows of files, so many of each, with what their folders say."""
    made = {}
    for name in parts[0]:
        texts = [part[name] for part in parts]
        kind = kind_of_texts(texts)
        read, dtype = _PANDAS[kind]
        values = [None if text is None else read(text) for text in texts]
        made[name] = pd.Series(values, dtype=object).astype(dtype).array.repeat(list(counts))
    return frame.assign(**made)


_PANDAS: dict[str, tuple[Callable[[str], object], Any]] = {
    "whole": (int, "Int64"),
    "number": (float, "Float64"),
    "text": (str, "str"),
}
