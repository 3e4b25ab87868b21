"""Files that are read or written as they are: scripts, and what they become."""

import stat
import sys
from pathlib import Path
from typing import IO

from mixwell.errors import DataError
from mixwell.whole_files import write_text

__all__ = ["STANDARD_INPUT", "read_source", "standard_input", "write_unless_edited"]

STANDARD_INPUT = "-"


def standard_input(where: str) -> IO[bytes]:
    """Return what is piped into the command; `DataError` where a person would have to type it."""
    if sys.stdin is None or sys.stdin.isatty():
        hint = "Write the command that makes it before it: cat FILE | mixwell ..."
        raise DataError('"-" reads from a pipe, and there is none.', where=where, hint=hint)
    return sys.stdin.buffer


def read_source(name: str, where: str) -> bytes:
    """Return all bytes of a file or pipe, of standard input for "-"; `DataError` says why not."""
    if name == STANDARD_INPUT:
        return standard_input(where).read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f'"{name}" cannot be read: {reason}.', where=where) from None


def write_unless_edited(path: Path, text: str, *, force: bool) -> None:
    """Write a text where no file is, or one with the same text; others are their writers' own.

    What a file of ours became since nobody can know: a translated script is there to be edited.
    Raises `DataError` unless `force`.
    """
    if path.exists() and not force and stat.S_ISREG(path.stat().st_mode):
        if path.read_bytes() == text.encode():
            return
        raise DataError(
            f'"{path}" is there already, with other contents.',
            where="--out",
            hint="Give another name, or --force to overwrite it.",
        )
    write_text(path, text)
