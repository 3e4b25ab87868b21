"""Tables in files: CSV and its kin, Parquet, Feather."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from mixwell.errors import DataError, did_you_mean
from mixwell.numeric.arrays import EXACT_INTEGERS
from mixwell.tables.arrow import arrow_to_pandas


def _read_commas(path: Path) -> pd.DataFrame:
    return _read_text(path, ",")


def _read_tabs(path: Path) -> pd.DataFrame:
    return _read_text(path, "\t")


def _read_text(path: Path, separator: str) -> pd.DataFrame:
    r"""Read a table of text; long whole numbers with gaps stay whole.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "long.csv")
    >>> _ = file.write_text("id,x\n9007199254740993,1\n,2\n")
    >>> _read_text(file, ",")["id"].tolist()
    [9007199254740993, <NA>]
    """
    frame = pd.read_csv(path, sep=separator)
    floats = frame.select_dtypes("float")
    long = [name for name in floats if floats[name].abs().max() >= EXACT_INTEGERS]
    if not long:
        return frame
    # pandas makes floats of whole numbers where one is missing, which cannot keep these apart
    again = pd.read_csv(path, sep=separator, usecols=long, dtype_backend="numpy_nullable")
    whole = [name for name in long if pd.api.types.is_integer_dtype(again[name].dtype)]
    for name in whole:
        frame[name] = again[name]
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    from pyarrow import parquet

    return arrow_to_pandas(parquet.read_table(path))


def _read_feather(path: Path) -> pd.DataFrame:
    from pyarrow import feather

    return arrow_to_pandas(feather.read_table(path))


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_commas,
    ".csv.gz": _read_commas,
    ".tsv": _read_tabs,
    ".tsv.gz": _read_tabs,
    ".parquet": _read_parquet,
    ".feather": _read_feather,
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
    except (ValueError, OSError, TypeError, NotImplementedError) as error:
        # pandas' and pyarrow's complaints about contents are of these kinds.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(f'"{path}" cannot be read.', where=reason) from error


def tables_near(path: Path) -> list[str]:
    """Return the names of readable files in the directory of `path`."""
    if not path.parent.is_dir():
        return []
    names = (entry.name for entry in path.parent.iterdir() if entry.is_file())
    return sorted(name for name in names if name.lower().endswith(tuple(READERS)))
