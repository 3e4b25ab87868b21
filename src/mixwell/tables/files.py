"""Tables in files: CSV and its kin, Parquet, Feather."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from mixwell.errors import DataError, did_you_mean


def _read_tabs(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t")


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": pd.read_csv,
    ".csv.gz": pd.read_csv,
    ".tsv": _read_tabs,
    ".tsv.gz": _read_tabs,
    ".parquet": pd.read_parquet,
    ".feather": pd.read_feather,
}


def read_table(path: Path) -> pd.DataFrame:
    """Read a table by its file name's ending: .csv, .tsv (also .gz), .parquet or .feather.

    Raises `DataError` for another ending, a file that is not there (with the nearest names in
    its folder), and contents that are not such a table.
    """
    reader = next((READERS[end] for end in READERS if path.name.lower().endswith(end)), None)
    if not path.is_file():
        raise DataError(
            f'There is no file "{path}".', hint=did_you_mean(path.name, tables_near(path))
        )
    if reader is None:
        raise DataError(
            f'"{path.name}" is of a kind that is not read.', hint=f"Kinds: {', '.join(READERS)}."
        )
    try:
        return reader(path)
    except (ValueError, OSError) as error:
        # pandas' and pyarrow's complaints about contents are all of these two kinds.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(f'"{path}" cannot be read.', where=reason) from error


def tables_near(path: Path) -> list[str]:
    """Return the names of readable files in the directory of `path`."""
    if not path.parent.is_dir():
        return []
    names = (entry.name for entry in path.parent.iterdir() if entry.is_file())
    return sorted(name for name in names if name.lower().endswith(tuple(READERS)))
