"""Files of one table read into memory, with the types that one file alone has."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
from pyarrow import feather, parquet

from mixwell.errors import warn
from mixwell.tables.arrow import arrow_to_pandas
from mixwell.tables.files import read_table
from mixwell.tables.lazy.engines import asking
from mixwell.tables.lazy.many_files.file_schemas import common_type, one_table
from mixwell.tables.lazy.many_files.folder_columns import add_folder_columns
from mixwell.tables.lazy.many_files.found_files import FoundFiles

__all__ = ["read_files"]

_FEW = 4  # so many reasons are said
_READERS = {"parquet": parquet.read_table, "arrow": feather.read_table}


def read_files(found: FoundFiles) -> pd.DataFrame:
    """Return the rows of files as one pandas frame, in the order of the files.

    Columns that some files lack, or have with types that do not fit, are left out, which a
    `MixwellWarning` says.
    """
    if len(found.paths) == 1 and not found.part_names:
        return read_table(found.paths[0])
    rows = _text_rows(found) if found.kind == "text" else _arrow_rows(found)
    return add_folder_columns(*rows, found.parts) if found.part_names else rows[0]


def _arrow_rows(found: FoundFiles) -> tuple[pd.DataFrame, list[int]]:
    """Return the rows of all files, and how many each of them has."""
    tables = []
    with asking(found.where):
        for path in found.paths:
            with path.open("rb") as file:  # by its name, its folders would add columns
                tables.append(_READERS[found.kind](file))
        names = _common(found, [table.schema for table in tables])
        types = {name: common_type(t.schema.field(name).type for t in tables) for name in names}
        tables = [_in_types(table.select(names), types) for table in tables]
        whole = pa.concat_tables(tables, promote_options="permissive")
    return arrow_to_pandas(whole), [table.num_rows for table in tables]


def _in_types(table: pa.Table, types: Mapping[str, pa.DataType | None]) -> pa.Table:
    """Return a table with the types that some of its columns have in all files together."""
    for place, (name, kind) in enumerate(types.items()):
        if kind is not None:  # whole numbers beyond 2**53 are rounded to doubles, as in engines
            table = table.set_column(place, name, table[name].cast(kind, safe=False))
    return table


def _text_rows(found: FoundFiles) -> tuple[pd.DataFrame, list[int]]:
    frames = [read_table(path) for path in found.paths]
    names = _common(found, [_schema(frame) for frame in frames])
    whole = pd.DataFrame({name: _joined([frame[name] for frame in frames]) for name in names})
    return whole, [len(frame) for frame in frames]


def _joined(columns: list[pd.Series]) -> pd.Series:
    """Return columns one below the other; those without values have the type of the others."""
    kinds = [column.dtype for column in columns if not column.isna().all()]
    texts = any(isinstance(kind, pd.StringDtype) for kind in kinds)
    parts = [column.astype(kinds[0]) if texts else column for column in columns]
    joined: pd.Series = pd.concat(parts, ignore_index=True)
    return joined


def _schema(frame: pd.DataFrame) -> pa.Schema:
    """Return what the columns of a text are; one without values may be anything."""
    empty = [name for name in frame if frame[name].isna().all()]
    own = pa.Schema.from_pandas(frame.drop(columns=empty), preserve_index=False)
    kinds = {field.name: field.type for field in own}
    return pa.schema([(str(name), kinds.get(str(name), pa.null())) for name in frame])


def _common(found: FoundFiles, schemas: list[pa.Schema]) -> list[str]:
    """Return the columns that all files have, and say which are left out."""
    whole = one_table(dict(zip(found.said, schemas, strict=True)), same_case=False)
    if whole.refused:
        why = " ".join(whole.refused.values()) if len(whole.refused) < _FEW else ""
        names = ", ".join(whole.refused)
        warn(f"Left out of {found.where}, as its files differ there: {names}. {why}".rstrip())
    return [name for name in whole.names if name not in found.part_names]
