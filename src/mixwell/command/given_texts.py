"""What the command is given as text: its data, and pairs of names and texts."""

from glob import has_magic
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from mixwell.command.plain_files import STANDARD_INPUT, standard_input
from mixwell.errors import DataError
from mixwell.text.names import split_at

if TYPE_CHECKING:
    import pandas as pd

    from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["read_pairs", "require_formulas", "table_of"]


def table_of(data: str) -> "pd.DataFrame | LazyTable":
    """Return the table that DATA means: a pipe, files where there are some, else a shipped set.

    Files are a path, a folder or a pattern such as `trips/*.parquet`; large ones stay where they
    lie.
    """
    # pandas: not where the command only helps
    from mixwell.data import load_data
    from mixwell.tables.files import ENDINGS, read_stream
    from mixwell.tables.frame import read_data

    path = Path(data)
    if data == STANDARD_INPUT:
        return read_stream(standard_input("DATA"), "standard input")
    if path.exists() or path.name.lower().endswith(ENDINGS):
        return read_data(path)
    if "~" in data.strip("~ "):
        raise DataError(
            f'DATA comes before FORMULA; "{data}" is a formula.',
            hint=f"mixwell fit DATA {quote(data)}",
        )
    if path.parent != Path() or has_magic(data):
        return read_data(data)
    return load_data(data)


def require_formulas(texts: list[str]) -> None:
    """Refuse files where formulas stand: a shell puts them in place of a pattern without quotes.

    Raises `DataError`, with the pattern as it is to be written.
    """
    files = [text for text in texts if "~" not in text and _is_file(text)]
    if files:
        raise DataError(
            f'"{files[0]}" is a file, and a formula is wanted there.',
            where="FORMULA",
            hint='Several files are one pattern, in quotes: mixwell fit "trips/*.parquet" "y ~ x".',
        )


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a name longer than names can be, or with a letter of none
        return False


def read_pairs(texts: list[str] | None, option: str) -> dict[str, str] | None:
    """Read NAME=TEXT pairs."""
    if not texts:
        return None
    pairs = {}
    for text in texts:
        place = _equals(text)
        if place is None:
            raise DataError(f'"{text}" has no "=".', where=option, hint="Write it as NAME=TEXT.")
        pairs[text[:place].strip()] = text[place + 1 :].strip()
    return pairs


def _equals(text: str) -> int | None:
    # The last one: names may hold others, as in I(x == 1) or cut(x, breaks = 3)[a].
    *before, after = split_at(text, "=")
    return len(text) - len(after) - 1 if before else None
