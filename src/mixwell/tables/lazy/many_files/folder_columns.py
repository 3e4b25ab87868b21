"""Columns whose values stand in the names of folders, such as `year=2024/`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from mixwell.tables.lazy.many_files.duckdb_tables import sql_name, sql_text
from mixwell.tables.lazy.many_files.written_numbers import kind_of_texts

__all__ = ["MISSING", "add_folder_columns", "folder_columns", "folder_values"]

#: What a folder is named by where the value is missing.
MISSING = "__HIVE_DEFAULT_PARTITION__"
_SQL = {"whole": "BIGINT", "number": "DOUBLE", "text": "VARCHAR"}


def folder_columns(parts: Sequence[Mapping[str, str | None]]) -> dict[str, str]:
    """Return the columns of folders by name, each an expression of SQL on DuckDB's texts of them.

    They are numbers where all of their values are.

    >>> print(folder_columns([{"year": "2024"}, {"year": None}])["year"])
    CAST(NULLIF("year", '__HIVE_DEFAULT_PARTITION__') AS BIGINT)
    """
    made = {}
    for name in parts[0]:
        present = f"NULLIF({sql_name(name)}, {sql_text(MISSING)})"
        kind = _SQL[kind_of_texts([part[name] for part in parts])]
        made[name] = f"CAST({present} AS {kind})"
    return made


def folder_values(parts: Sequence[Mapping[str, str | None]]) -> list[dict[str, str]]:
    """Return the columns of folders, for each file their value as SQL writes it.

    >>> folder_values([{"year": "2024"}, {"year": None}])
    [{'year': "CAST('2024' AS BIGINT)"}, {'year': 'CAST(NULL AS BIGINT)'}]
    """
    kinds = {name: kind_of_texts([part[name] for part in parts]) for name in parts[0]}
    return [
        {
            name: f"CAST({'NULL' if text is None else sql_text(text)} AS {_SQL[kinds[name]]})"
            for name, text in part.items()
        }
        for part in parts
    ]


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
