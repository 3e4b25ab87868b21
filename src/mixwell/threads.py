"""Sharing jobs out to threads: numpy, scipy and BLAS let go of the interpreter while they work.

Interrupts are held back meanwhile: raised within the locks of a pool, they would leave these taken.
"""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event, Lock, local
from typing import Any
from weakref import ref

from mixwell.interrupts import Interrupts, held_interrupts

__all__ = ["ahead", "every_blas_thread", "in_threads", "one_blas_thread", "watched"]

#: Whether this thread is one to which a job was shared out.
_WORKER = local()
#: Seconds between two looks at threads that work.
_MOMENT = 0.1


class _Wish:
    """One block of code that asks BLAS for one thread, or for all, as long as it is there."""

    def __init__(self, one: bool) -> None:
        self.one = one


class _Blas:
    """How many threads BLAS uses: what the last of those who asked wants, then as it was.

    An interrupt may come before any step, that of giving back included: a wish ends with its block.
    """

    def __init__(self) -> None:
        self.lock, self._wishes = Lock(), list[ref[_Wish]]()
        self.limits: Any = None
        self.libraries: Any = None
        self.modules = 0

    @property
    def wishes(self) -> list[_Wish]:
        """Those of blocks that have not ended."""
        return [wish for each in self._wishes if (wish := each()) is not None]

    def ask(self, wish: _Wish) -> None:
        """Use as many threads as the wish says, until it is given back."""
        with self.lock:
            self._heed([*self.wishes, wish])

    def give_back(self, wish: _Wish) -> None:
        """Use as many threads as before."""
        with self.lock:
            self._heed([other for other in self.wishes if other is not wish])

    def _heed(self, wishes: list[_Wish]) -> None:
        self._wishes = [ref(each) for each in wishes]
        one = bool(wishes) and wishes[-1].one
        if one and self.limits is None:
            self.limits = self._libraries().limit(limits=1, user_api="blas")
        elif not one and self.limits is not None:
            self.limits.restore_original_limits()
            self.limits = None

    def _libraries(self) -> Any:
        """Return the libraries that are loaded: listed anew once modules have come, as they do."""
        if self.libraries is None or self.modules != len(sys.modules):
            from threadpoolctl import ThreadpoolController  # loaded where something is computed

            self.libraries, self.modules = ThreadpoolController(), len(sys.modules)
        return self.libraries


_BLAS = _Blas()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Have BLAS use one thread meanwhile, as all calls of users do.

    What these multiply is small, or is shared out in jobs. Threads of BLAS wait for each other by
    counting: 4 seconds of the processor in the place of 0.5, as soon as other work takes a core.
    """
    with _blas(one=True):
        yield


@contextmanager
def every_blas_thread() -> Iterator[None]:
    """Have BLAS use all threads that it has meanwhile, for matrices of many hundred columns."""
    with _blas(one=False):
        yield


@contextmanager
def _blas(*, one: bool) -> Iterator[None]:
    wish = _Wish(one)
    try:
        with held_interrupts():  # libraries are listed by calls from C, in which one would be lost
            _BLAS.ask(wish)
        yield
    finally:
        with held_interrupts():
            _BLAS.give_back(wish)


def in_threads[Job, Result](
    function: Callable[[Job], Result],
    jobs: list[Job],
    *,
    workers: int | None = None,
) -> list[Result]:
    """Return the function's results in the order of the jobs, a thread for each processor.

    `workers` is another number of threads. A job that shares out jobs does these one by one. After
    an error or an interrupt no further job is begun.

    BLAS uses one thread meanwhile: together with others, more are slower.
    """
    workers = min(len(jobs), workers or os.cpu_count() or 1)
    if workers <= 1 or getattr(_WORKER, "busy", False):
        return [function(job) for job in jobs]
    with one_blas_thread(), held_interrupts() as held:
        return _shared_out(function, jobs, workers, held)


def _shared_out[Job, Result](
    function: Callable[[Job], Result], jobs: list[Job], workers: int, held: Interrupts
) -> list[Result]:
    """Do jobs by a pool, which is gone on return; some only where an interrupt came."""
    with ThreadPoolExecutor(workers, initializer=_begin) as pool:
        made = [pool.submit(function, job) for job in jobs]
        for each in _not_to_begin(made, held):
            each.cancel()
        return [] if held.came else [each.result() for each in made]


def _not_to_begin[Result](made: list[Future[Result]], held: Interrupts) -> set[Future[Result]]:
    """Wait for all results, or for an error or an interrupt; return what is not done then."""
    pending = set(made)
    while pending and not held.came:
        done, pending = wait(pending, _MOMENT, FIRST_EXCEPTION)
        if any(each.exception() for each in done):
            break
    return pending


def watched(work: Callable[[], None], workers: int, look: Callable[[], None], stop: Event) -> None:
    """Have several threads work at one thing, while this one looks after it every moment.

    `work` returns when there is nothing left to do, and soon after `stop` is set: that happens
    here when anything is raised, and after an interrupt. It goes on its way when all have stopped.
    """
    with held_interrupts() as held:
        _watched(work, workers, look, stop, held)


def _watched(
    work: Callable[[], None],
    workers: int,
    look: Callable[[], None],
    stop: Event,
    held: Interrupts,
) -> None:
    with ThreadPoolExecutor(workers, initializer=_begin) as pool:
        try:
            pending = {pool.submit(work) for _ in range(workers)}
            while pending:
                done, pending = wait(pending, _MOMENT, FIRST_EXCEPTION)
                for each in done:
                    each.result()
                if held.came:
                    stop.set()
                look()
        except BaseException:
            stop.set()
            raise


def _begin() -> None:
    _WORKER.busy = True


def ahead[Item](items: Iterator[Item]) -> Iterator[Item]:
    """Give the items, while another thread makes the next one; BLAS uses one thread meanwhile.

    >>> list(ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    coming = pool = None
    with one_blas_thread():
        try:
            with held_interrupts():
                pool = ThreadPoolExecutor(1)
                coming = pool.submit(next, items, None)
            while True:
                with held_interrupts():
                    if (item := coming.result()) is None:
                        return
                    coming = pool.submit(next, items, None)
                yield item
        finally:
            with held_interrupts():
                if pool is not None:
                    pool.shutdown()
                del coming, pool
