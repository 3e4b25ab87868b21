"""When draws end before their time: an interrupt, or a time that is over; what is drawn is kept."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mixwell.errors import warn
from mixwell.interrupts import Interrupts, held_interrupts

__all__ = ["Until", "drawing"]


@dataclass(slots=True, eq=False)
class Until:
    """How long draws are made: for `max_time` seconds, or until an interrupt.

    `late` and `interrupted` say which it was; interrupts are held back once `held.begin` is called.
    """

    max_time: float | None = None
    held: Interrupts = field(default_factory=Interrupts)
    started: float = field(default_factory=lambda: time.monotonic())
    late: bool = field(default=False, init=False)
    interrupted: bool = field(default=False, init=False)

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.started

    @property
    def early(self) -> bool:
        """Whether draws were ended before their time."""
        return self.late or self.interrupted

    def heed(self) -> None:
        """Take an interrupt that came as one that ends the draws."""
        self.interrupted |= self.held.take()

    def over(self) -> bool:
        """Look whether it is time to end."""
        self.heed()
        if not self.interrupted and self.max_time is not None:
            self.late |= self.seconds > self.max_time
        return self.early

    def say_unheeded(self) -> None:
        """Warn of an interrupt that came when all was drawn: nothing is lost by it."""
        if self.held.take():
            warn("The interrupt came when all draws had been made: they are kept.")


@contextmanager
def drawing(max_time: float | None) -> Iterator[Until]:
    """Give what says when to end, from now on; interrupts are held back as it is asked to."""
    with held_interrupts(later=True) as held:
        yield Until(max_time, held)
