"""Delimited text too long to be held: typed over all of its rows, then kept as Parquet for a while.

Queries on text read all of it each time, so that it is written to a temporary file once.
"""

import gzip
import shutil
import tempfile
import weakref
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import narwhals as nw

from mixwell.errors import DataError
from mixwell.tables.contents import refuse_foreign, unpacking
from mixwell.tables.delimited_text import read_begin
from mixwell.tables.lazy.engines import asking
from mixwell.tables.lazy.lazy_table import LazyTable, lazy_table
from mixwell.tables.lazy.many_files.duckdb_tables import connection, selection, sql_text
from mixwell.tables.lazy.many_files.file_schemas import one_table
from mixwell.tables.lazy.many_files.folder_columns import folder_values
from mixwell.tables.lazy.many_files.found_files import FoundFiles
from mixwell.tables.lazy.many_files.held_files import read_files
from mixwell.tables.lazy.many_files.text_columns import FieldColumn, TextFields, schema_of, wider
from mixwell.tables.lazy.query_log import Queries

if TYPE_CHECKING:
    import duckdb

__all__ = ["has_few_lines", "text_files"]

_HEAD, _PIECE = 2**16, 2**22
_GZIP = b"\x1f\x8b"
_PACKED = (b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")


def has_few_lines(found: FoundFiles, most: int) -> bool:
    """Whether files of text have up to so many lines, and a line of names each.

    What is packed in a way of which DuckDB does not read counts as few: it is read whole.
    """
    left = most
    for path in found.paths:
        with path.open("rb") as file:
            if file.read(6).startswith(_PACKED):
                continue
        left += 1
        with asking(found.where), unpacking(f'"{path}"'), _unpacked(path) as stream:
            while left >= 0 and (piece := stream.read(_PIECE)):
                left -= piece.count(b"\n")
                if not piece.endswith(b"\n") and len(piece) < _PIECE:
                    left -= 1
    return left >= 0


def _unpacked(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path) if packed else path.open("rb"))


def text_files(found: FoundFiles) -> LazyTable:
    """Return files of text as a lazy table of a temporary Parquet file, typed by all of their rows.

    The rules are those by which text is read into memory. Raises `DataError` for what is no table,
    and for a line that has more or fewer fields than there are names.
    """
    queries, own = Queries(found.where), connection()
    texts = [_fields(path) for path in found.paths]
    with asking(found.where), queries.shown():
        learned = [_learned(own, text, queries) for text in texts]
        whole = one_table(dict(zip(found.said, map(schema_of, learned), strict=True)))
        kinds = {name: wider(each[name].kind for each in learned) for name in whole.names}
        folder = _TemporaryFolder()
        target = sql_text(str(folder.path / "rows.parquet"))
        parts = [
            selection(
                {name: text.typed(name, each[name], kinds[name]) for name in kinds} | own_part,
                text.source,
            )
            for text, each, own_part in zip(texts, learned, folder_values(found.parts), strict=True)
        ]
        with queries.running("write the text as Parquet, once"):
            own.execute(f"COPY ({' UNION ALL '.join(parts)}) TO {target} (FORMAT parquet)")
        relation = own.sql(f"SELECT * FROM read_parquet({target})")
    read = partial(_read, found, folder)
    made = lazy_table(nw.from_native(relation), found.where, read, refused=whole.refused)
    return replace(made, queries=queries)


class _TemporaryFolder:
    """A folder that is removed when nobody holds this any more, and at the end of the program."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="mixwell-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _read(found: FoundFiles, _folder: _TemporaryFolder) -> object:
    """Return the rows of the files themselves; the temporary file is there as long as this is."""
    return read_files(found)


def _learned(
    own: "duckdb.DuckDBPyConnection", text: TextFields, queries: Queries
) -> dict[str, FieldColumn]:
    with queries.running(f"learn the types of {text.path.name}") as query:
        counts = own.execute(text.learning()).fetchall()[0]
        query.rows = counts[0]
    return text.learned(counts)


def _fields(path: Path) -> TextFields:
    preferred = "\t" if ".tsv" in path.name.lower() else ","
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return TextFields(path, packed, read_begin(_head(path), f'"{path}"', preferred))


def _head(path: Path) -> bytes:
    """Return the first lines of a file; `DataError` for a kind that is not read in parts."""
    with unpacking(f'"{path}"'), _unpacked(path) as stream:
        head = stream.read(_HEAD)
    refuse_foreign(head, f'"{path}"')
    if head.startswith(_PACKED):
        hint = "Unpack it, or pack it by gzip."
        raise DataError(f'"{path}" is packed in a way that is not read in parts.', hint=hint)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        hint = "iconv -f UTF-16 -t UTF-8 FILE > OTHER"
        raise DataError(f'"{path}" is not UTF-8; it looks like UTF-16.', hint=hint)
    return head if len(head) < _HEAD else head[: head.rfind(b"\n") + 1] or head
