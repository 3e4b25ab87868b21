"""Ctrl-C held back where work must end well: noted there, and raised when it has.

Python raises `KeyboardInterrupt` between any two steps of the main thread. Within the locks of a
pool of threads it leaves them taken, and all wait forever; in a callback of C code or a finalizer
it is lost, or the writer of a file goes on with half of it.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupts", "held_interrupts"]

#: Seconds after which another interrupt is one of somebody who does not want to wait: programs that
#: started this one may pass the same on, which the terminal gave to both.
_IMPATIENT = 0.5


class Interrupts:
    """Whether an interrupt came, from when on it is held back."""

    def __init__(self) -> None:
        self.came, self._at, self._holds = False, 0.0, False

    def begin(self) -> None:
        """Hold interrupts back from here on, where that is not done yet.

        They are not in another thread than the main one, which alone hears of them, nor where a
        program has a handler of its own, which that of a block around this one is, too.
        """
        here = threading.current_thread() is threading.main_thread()
        if here and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._holds = True
            signal.signal(signal.SIGINT, self._note)

    def take(self) -> bool:
        """Return whether one came, which is dealt with by that."""
        came, self.came = self.came, False
        return came

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._at and now - self._at > _IMPATIENT:
            raise KeyboardInterrupt
        self.came, self._at = True, self._at or now

    def end(self) -> None:
        """Let interrupts be raised again where they come, and now the one that nobody took."""
        if self._holds:
            self._holds = False
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.take():
            raise KeyboardInterrupt from None


@contextmanager
def held_interrupts(*, later: bool = False) -> Iterator[Interrupts]:
    """Hold interrupts back in a block; what nobody takes is raised at its end, also after an error.

    With `later` they are raised as ever until `begin` is called. Another one half a second or more
    after the first is raised at once.
    """
    held = Interrupts()
    try:
        if not later:
            held.begin()
        yield held
    finally:
        held.end()
