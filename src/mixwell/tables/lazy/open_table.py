"""What a user gives as data, as a lazy table where it is one: relations, lazy frames, files."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import narwhals as nw

from mixwell.errors import DataError
from mixwell.tables.lazy.engines import asking, way_of
from mixwell.tables.lazy.lazy_table import LazyTable, lazy_table
from mixwell.tables.lazy.many_files.duckdb_tables import relation_choices
from mixwell.tables.lazy.many_files.file_tables import arrow_dataset, is_dataset, open_files
from mixwell.tables.lazy.many_files.found_files import find_files
from mixwell.tables.lazy.many_files.held_files import read_files
from mixwell.tables.lazy.many_files.text_tables import has_few_lines

__all__ = ["is_path", "open_data", "open_table"]


def is_path(data: object) -> bool:
    """Whether data are named by a path, a pattern of paths, or several of either.

    >>> is_path("trips/*.parquet"), is_path(["a.csv", "b.csv"]), is_path({"x": [1]})
    (True, True, False)
    """
    if isinstance(data, list | tuple):
        return bool(data) and all(isinstance(each, str | PathLike) for each in data)
    return isinstance(data, str | PathLike)


def open_data(data: object, rows: int) -> object:
    """Return data as something held where they have up to so many rows, else as a lazy table.

    What is held already is returned as it is. Raises `DataError` like `open_table`.

    >>> open_data("no_file.csv", 10)
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: There is no file "no_file.csv".
    """
    if is_path(data):
        found = find_files(data)
        if found.kind == "pipe" or (found.kind == "text" and has_few_lines(found, rows)):
            return read_files(found)
        table: LazyTable | None = open_files(found)
    else:
        table = open_table(data)
    if table is None:
        return data
    return table.held() if table.count() <= rows else table


def open_table(data: object) -> LazyTable | None:
    """Return what stays where it lies as a lazy table, and None for frames that are held.

    Paths, patterns and folders of files (Parquet, Arrow, delimited text), relations of DuckDB,
    lazy frames of Polars and others that narwhals knows, datasets of Arrow, data frames of Spark.
    Raises `DataError` for files that are not there or do not fit together.

    >>> import polars as pl
    >>> open_table(pl.LazyFrame({"x": [1.0, None], "g": ["a", "b"]}))
    LazyTable: a Polars LazyFrame
    x (number), g (text)
    """
    if isinstance(data, LazyTable):
        return data
    if is_path(data):
        found = find_files(data)
        if found.kind == "pipe":
            raise DataError(f"{found.where} is a pipe, which can be read only once.")
        return open_files(found)
    if data is None or isinstance(data, Mapping):
        return None
    if is_dataset(data):
        return arrow_dataset(data)
    _refuse_connections(data)
    with asking("the data"):
        try:
            frame: Any = nw.from_native(data)
        except TypeError:
            return None
    if not isinstance(frame, nw.LazyFrame):
        return None
    where = way_of(frame).said
    with asking(where):
        choices = relation_choices(data) if frame.implementation.is_duckdb() else {}
    return lazy_table(frame, where, frame.collect, **choices)


def _refuse_connections(data: object) -> None:
    kind = type(data)
    if kind.__name__ == "DuckDBPyConnection":
        hint = 'Name the table: con.table("trips"), or a query: con.sql("SELECT ...").'
        raise DataError("The data are a connection of DuckDB, not one of its tables.", hint=hint)
