"""Sharing jobs out to threads: numpy, scipy and BLAS let go of the interpreter while they work."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event, local

__all__ = ["ahead", "in_threads", "watched"]

#: Whether this thread is one to which a job was shared out.
_WORKER = local()
#: Seconds between two looks at threads that work.
_MOMENT = 0.1


def in_threads[Job, Result](
    function: Callable[[Job], Result],
    jobs: list[Job],
    *,
    one_blas_thread: bool = False,
    workers: int | None = None,
) -> list[Result]:
    """Return the function's results in the order of the jobs, a thread for each processor.

    `workers` is another number of threads. A job that shares out jobs does these one by one.

    With `one_blas_thread` BLAS uses no threads of its own meanwhile: together they are slower, and
    far slower on a shared machine.
    """
    if one_blas_thread:
        from threadpoolctl import threadpool_limits  # loaded for large models only

        with threadpool_limits(limits=1, user_api="blas"):
            return in_threads(function, jobs, workers=workers)
    workers = min(len(jobs), workers or os.cpu_count() or 1)
    if workers <= 1 or getattr(_WORKER, "busy", False):
        return [function(job) for job in jobs]
    with ThreadPoolExecutor(workers, initializer=_begin) as pool:
        return list(pool.map(function, jobs))


def watched(work: Callable[[], None], workers: int, look: Callable[[], None], stop: Event) -> None:
    """Have several threads work at one thing, while this one looks after it every moment.

    `work` returns when there is nothing left to do, and soon after `stop` is set: that happens
    here when anything is raised, an interrupt too, which only this thread hears of. It goes on its
    way when all have stopped.
    """
    with ThreadPoolExecutor(workers, initializer=_begin) as pool:
        try:  # from the first on: an interrupt between two leaves none without a stop
            pending = {pool.submit(work) for _ in range(workers)}
            while pending:
                done, pending = wait(pending, _MOMENT, FIRST_EXCEPTION)
                for each in done:
                    each.result()
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
    from threadpoolctl import threadpool_limits  # loaded for large models only

    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
