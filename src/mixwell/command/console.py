"""How the command speaks and ends: messages, what is printed, exit statuses."""

import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import typer

from mixwell.errors import DataError, MixwellError, MixwellWarning
from mixwell.whole_files import reason_of

__all__ = [
    "BROKEN_PIPE",
    "FAILED",
    "REFUSED",
    "STATUSES",
    "messages",
    "printed",
    "run_as_command",
    "say",
    "writing_to_pipes",
]

FAILED: Final = 1
REFUSED: Final = 2
#: What a shell reports of a command that ended by SIGPIPE: 128 and the signal's number.
BROKEN_PIPE: Final = 141

#: Arguments as messages write them for Python, where the command has an option of that name.
_ARGUMENT = re.compile(r'\b(family|link|missing|saturated|parameterization)="(\w+)"')

_CONTROL = (*range(0x20), *range(0x7F, 0xA0))
_ESCAPED = {code: f"\\x{code:02x}" for code in _CONTROL if chr(code) not in "\n\t"}

STATUSES = (
    "Exit status: 0 when all went well; 1 when the draws cannot be relied on, or when something "
    "failed after the input was accepted; 2 when the input or the call is refused, before anything "
    "is computed; 130 when interrupted (Ctrl-C); 141 when the reader of a pipe went away."
)


def run_as_command(app: Callable[..., object]) -> None:
    """Run an application of typer as a command of the shell, and end with its exit status."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as other commands: silently
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # names of levels that the terminal's encoding does not have are no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except OSError as error:
        say(f"Error: The system refused: {reason_of(error)}.")
        _let_go_of_output()
        sys.exit(FAILED)


def say(message: str) -> None:
    """Write a line on standard error, which may be closed or have no reader."""
    with suppress(OSError):
        typer.echo(message.translate(_ESCAPED), err=True)


def printed(text: str, *, raw: bool = False) -> bool:
    """Print on standard output; return False when nobody reads it any more.

    Control characters, which names in data may hold and which move a terminal's cursor or write
    its title, are shown as Python writes them; with `raw` they stay, as in a script.
    Raises `DataError` when it cannot be written, as on a full disk.
    """
    try:
        shown = text if raw else text.translate(_ESCAPED)
        typer.echo(shown, nl=not text.endswith("\n"))
    except BrokenPipeError:
        _let_go_of_output()
        return False
    except OSError as error:
        _let_go_of_output()
        raise DataError(f"The result cannot be printed: {reason_of(error)}.") from None
    return True


def _let_go_of_output() -> None:
    # Python tries again to write what is left when it ends, and would complain
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextmanager
def writing_to_pipes() -> Iterator[None]:
    """Let a pipe without a reader be an exception: there are files to be written, too."""
    if not hasattr(signal, "SIGPIPE"):
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, before)


@contextmanager
def messages(status: int, *refusals: type[MixwellError]) -> Iterator[None]:
    """Turn mixwell's errors and warnings into plain messages; an error ends with this status.

    Those of the types `refusals` are about what was asked for, and end with `REFUSED`.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("default", category=MixwellWarning)
        warnings.showwarning = _show_warning(warnings.showwarning)
        try:
            yield
        except MixwellError as error:
            say(f"Error: {_as_options(str(error))}")
            raise typer.Exit(REFUSED if isinstance(error, refusals) else status) from None


def _as_options(text: str) -> str:
    """Write choices of a model as options, where a message names them as arguments."""
    return _ARGUMENT.sub(lambda found: f"--{found[1]} {found[2]}", text)


def _show_warning(otherwise: Callable[..., None]) -> Callable[..., None]:
    def show(message: Warning | str, category: type[Warning], *place: object) -> None:
        if issubclass(category, MixwellWarning):
            say(f"Note: {_as_options(str(message))}")
        else:
            otherwise(message, category, *place)

    return show
