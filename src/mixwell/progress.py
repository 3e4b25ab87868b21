"""A progress bar for work in blocks: shown where it can be seen, and once the work proves long."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from threading import Lock
from types import TracebackType

from mixwell.errors import DataError, is_truth, warn

__all__ = ["Progress", "no_bars_but_asked", "require_progressbar", "shows_progress"]

#: Seconds of work before a bar that was not asked for appears, and between two looks at it.
PATIENCE, PAUSE = 2.0, 0.2
_WIDTH = 30
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def no_bars_but_asked() -> Iterator[None]:
    """Show no bar within a block that is not asked for.

    >>> with no_bars_but_asked():
    ...     shows_progress()
    False
    """
    before = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(before)


def shows_progress(asked: bool | None = None, *, widgets: bool = False) -> bool:
    """Whether a progress bar is to be shown: as asked, or where it can be seen.

    That is on a terminal and in a notebook. A bar of `widgets` is not shown in a notebook that has
    none: a `MixwellWarning` names the extra that brings them.
    """
    seen = not _quiet.get() and (sys.stdout.isatty() or _in_notebook())
    shown = seen if asked is None else asked
    if not (shown and widgets and _in_notebook()) or find_spec("ipywidgets") is not None:
        return shown
    warn(
        "PyMC's own progress bar needs ipywidgets in a notebook, so none is shown: "
        'pip install "mixwell[notebook]" brings them.'
    )
    return False


def _in_notebook() -> bool:
    return type(sys.stdout).__module__.startswith("ipykernel")


def require_progressbar(progressbar: object) -> None:
    """Refuse what is neither a truth value nor None; raises `DataError`."""
    if progressbar is not None and not is_truth(progressbar):
        raise DataError(
            f"progressbar is {progressbar!r}.",
            where="progressbar",
            hint="True shows it, False does not; None does on a terminal and in a notebook.",
        )


class Progress:
    """A bar on standard error over `total` rows or other units; several threads may add to it.

    Where nobody knows how much there is to do, `total` is None, and a line counts what is done.
    `progressbar` is True for a bar from the start, False for none; None shows it on a terminal and
    in a notebook, where the work takes longer than a few seconds. The line is wiped at the end.
    Raises `DataError` for another value.
    """

    def __init__(
        self,
        what: str,
        total: int | None,
        progressbar: bool | None = None,
        unit: str = "rows",
    ) -> None:
        require_progressbar(progressbar)
        self._what, self._unit, self._total, self._done = what, unit, total, 0
        self._shown = shows_progress() if progressbar is None else progressbar
        self._started = time.monotonic()
        self._next = self._started + (PATIENCE if progressbar is None else 0.0)
        self._drawn, self._lock, self._note = 0, Lock(), ""

    @property
    def seen(self) -> bool:
        """Whether a bar is shown by now."""
        return self._drawn > 0

    def expect(self, total: int, note: str = "") -> None:
        """Say how much there is to do in all, as far as it is known now, with a note on the way."""
        with self._lock:
            self._total = max(total, self._done)
        self.say(note)

    def say(self, note: str) -> None:
        """Say what is being done now, nothing by an empty text."""
        with self._lock:
            self._note = f", {note}" if note else ""

    def __enter__(self) -> "Progress":
        """Begin."""
        return self

    def add(self, count: int) -> None:
        """Count what is done."""
        with self._lock:
            self._done += count
            if self._shown and time.monotonic() >= self._next:
                self._next = time.monotonic() + PAUSE
                self._draw()

    def _draw(self) -> None:
        line = self._counted() if self._total is None else self._bar(self._total)
        sys.stderr.write("\r" + line.ljust(self._drawn))
        sys.stderr.flush()
        self._drawn = len(line)

    def _counted(self) -> str:
        seconds = time.monotonic() - self._started
        return f"{self._what}: {self._unit} {self._done:,}{self._note}, {seconds:.0f} s so far"

    def _bar(self, total: int) -> str:
        share = self._done / max(total, 1)
        left = (time.monotonic() - self._started) * (1 - share) / max(share, 1e-9)
        bar = ("#" * round(_WIDTH * share)).ljust(_WIDTH, ".")
        so_far = f"{self._done:,} of {total:,} {self._unit}"
        return f"{self._what} [{bar}] {so_far}{self._note}, {left:.0f} s left"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the line, also where the work was broken off."""
        self.wipe()

    def wipe(self) -> None:
        """Take the line away; the next that is added draws it again."""
        with self._lock:
            if self._drawn:
                sys.stderr.write("\r" + " " * self._drawn + "\r")
                sys.stderr.flush()
