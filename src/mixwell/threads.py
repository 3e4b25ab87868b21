"""Sharing jobs out to threads: numpy, scipy and BLAS let go of the interpreter while they work.

Interrupts are held back meanwhile: raised within the locks of a pool, they would leave these taken.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event, local

from mixwell.interrupts import Interrupts, held_interrupts

__all__ = ["ahead", "blas_threads", "in_threads", "watched"]

#: Whether this thread is one to which a job was shared out.
_WORKER = local()
#: Seconds between two looks at threads that work.
_MOMENT = 0.1


@contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Have BLAS use so many threads at most: together with others, more are slower."""
    from threadpoolctl import threadpool_limits  # loaded for large models only

    limits = None
    try:
        with held_interrupts():  # libraries are listed by calls from C, in which one would be lost
            limits = threadpool_limits(limits=count, user_api="blas")
        yield
    finally:
        if limits is not None:
            limits.restore_original_limits()


def in_threads[Job, Result](
    function: Callable[[Job], Result],
    jobs: list[Job],
    *,
    one_blas_thread: bool = False,
    workers: int | None = None,
) -> list[Result]:
    """Return the function's results in the order of the jobs, a thread for each processor.

    `workers` is another number of threads. A job that shares out jobs does these one by one. After
    an error or an interrupt no further job is begun.

    With `one_blas_thread` BLAS uses no threads of its own meanwhile: together they are slower, and
    far slower on a shared machine.
    """
    if one_blas_thread:
        with blas_threads(1):
            return in_threads(function, jobs, workers=workers)
    workers = min(len(jobs), workers or os.cpu_count() or 1)
    if workers <= 1 or getattr(_WORKER, "busy", False):
        return [function(job) for job in jobs]
    with held_interrupts() as held:
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
    with blas_threads(1):
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
