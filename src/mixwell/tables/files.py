"""Tables in files and pipes: CSV and its kin, Parquet, Feather, known by their contents."""

import io
import os
import stat
from pathlib import Path
from typing import IO

import pandas as pd

from mixwell.errors import DataError, did_you_mean
from mixwell.tables.arrow import arrow_to_pandas
from mixwell.tables.contents import FEATHER, PARQUET, read_all, refuse_foreign, unpacked
from mixwell.tables.delimited_text import read_text

__all__ = ["ENDINGS", "read_stream", "read_table", "tables_near"]

#: How the names of tables end, those in other folders than this one not asked.
ENDINGS = tuple(
    kind + packed
    for kind in (".csv", ".tsv", ".txt", ".parquet", ".feather")
    for packed in ("", ".gz", ".bz2", ".xz", ".zip")
)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table from a file or a pipe, by its contents; the name's ending is a hint at most.

    Text with any usual separator, Parquet or Feather, also compressed by gzip, bzip2, xz or zip.
    Raises `DataError` for a file that is not there (with the nearest names in its folder), and for
    contents that are not such a table.
    """
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):
        hint = did_you_mean(path.name, tables_near(path))
        raise DataError(f'There is no file "{path}".', hint=hint) from None
    if stat.S_ISDIR(kind):
        hint = did_you_mean(path.name, tables_near(path / "x"))
        raise DataError(f'"{path}" is a directory, not a table.', hint=hint)
    try:
        with path.open("rb") as stream:
            if stat.S_ISREG(kind) and stream.peek(8).startswith((PARQUET, *FEATHER)):
                return _read_arrow(stream, f'"{path}"')
            return read_stream(stream, f'"{path}"', path.name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f'"{path}" cannot be read: {reason}.') from None


def read_stream(stream: IO[bytes], name: str, ending: str = "") -> pd.DataFrame:
    """Read a table from a stream; `name` stands for it in messages."""
    data = unpacked(read_all(stream, name), name)
    if data.startswith((PARQUET, *FEATHER)):
        return _read_arrow(io.BytesIO(data), name)
    refuse_foreign(data, name)
    return read_text(data, name, "\t" if ".tsv" in ending.lower() else ",")


def _read_arrow(file: IO[bytes], name: str) -> pd.DataFrame:
    is_parquet = file.read(len(PARQUET)) == PARQUET
    file.seek(0)
    try:
        if is_parquet:
            from pyarrow import parquet

            return arrow_to_pandas(parquet.read_table(file))
        from pyarrow import feather

        return arrow_to_pandas(feather.read_table(file))
    except ImportError:
        hint = "pip install pyarrow"
        raise DataError(f"Reading {name} needs the package pyarrow.", hint=hint) from None
    except (ValueError, OSError, TypeError, NotImplementedError) as error:
        # pyarrow's complaints about contents are of these kinds
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(
            f"{name} cannot be read: it is cut off or damaged.", where=reason
        ) from error


def tables_near(path: Path) -> list[str]:
    """Return the names of readable files in the directory of `path`."""
    if not path.parent.is_dir():
        return []
    with os.scandir(path.parent) as entries:
        names = [entry.name for entry in entries if entry.is_file()]
    return sorted(name for name in names if name.lower().endswith(ENDINGS))
