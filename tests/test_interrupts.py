"""Ctrl-C is held back where work must end well, and never lost."""

import signal
import threading

import pytest

from mixwell import interrupts
from mixwell.interrupts import held_interrupts


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_is_raised_at_the_end_of_the_block() -> None:
    done = []

    def block() -> None:
        with held_interrupts() as held:
            interrupt()
            assert held.came
            done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["the rest"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_is_taken_is_not_raised() -> None:
    with held_interrupts() as held:
        assert not held.take()
        interrupt()
        assert held.take()
        assert not held.take()


def test_one_that_came_before_an_error_is_raised_in_its_place() -> None:
    def block() -> None:
        with held_interrupts():
            interrupt()
            raise ValueError("which a caller might pass over")

    with pytest.raises(KeyboardInterrupt):
        block()


def test_of_blocks_in_one_another_the_outer_one_hears_of_it() -> None:
    with held_interrupts() as outer:
        with held_interrupts() as inner:
            interrupt()
        assert (outer.take(), inner.take()) == (True, False)


def test_an_impatient_second_one_is_raised_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same one, passed on by another program within half a second, is not a second one."""
    with held_interrupts() as held:
        interrupt()
        interrupt()
        assert held.take()
        monkeypatch.setattr(interrupts, "_IMPATIENT", -1.0)
        with pytest.raises(KeyboardInterrupt):
            interrupt()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_later_they_are_held_only_from_the_beginning_on() -> None:
    with held_interrupts(later=True) as held:
        with pytest.raises(KeyboardInterrupt):
            interrupt()
        held.begin()
        interrupt()
        assert held.take()


def test_the_handler_of_a_program_stays_and_so_does_that_of_other_threads() -> None:
    def own(*_: object) -> None: ...

    before = signal.signal(signal.SIGINT, own)
    try:
        with held_interrupts():
            assert signal.getsignal(signal.SIGINT) is own
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)
    seen = []

    def elsewhere() -> None:
        with held_interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]
