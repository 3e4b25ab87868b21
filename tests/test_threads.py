"""Jobs shared out to threads end well, at whichever step of the main one an interrupt comes."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mixwell.public_calls import public
from mixwell.threads import ahead, every_blas_thread, in_threads, one_blas_thread

#: Runs a call again and again, interrupted at each of its steps in turn, some left out: the n-th
#: instruction of Python's own machine, in whichever function of whichever library it is.
STEPPED = """
import signal, sys, threading, time
from mixwell.threads import _BLAS, ahead, in_threads, one_blas_thread, watched

def watching():
    stop, end = threading.Event(), time.monotonic() + 0.05
    def work():
        while not stop.is_set() and time.monotonic() < end:
            time.sleep(0.005)
    watched(work, 2, lambda: None, stop)

def one_call():
    with one_blas_thread():
        time.sleep(0.01)

calls = {
    "in_threads": lambda: in_threads(lambda job: time.sleep(0.01), [1, 2, 3], workers=2),
    "watched": watching,
    "ahead": lambda: list(ahead(iter([1, 2]))),
    "one_blas_thread": one_call,
}
call = calls[sys.argv[1]]
call()  # imports
lost = []
sys.unraisablehook = lambda found: lost.append(found.object)

def interrupted(at):
    seen = 0
    def local(frame, event, _):
        nonlocal seen
        if event == "opcode":
            seen += 1
            if seen == at:
                signal.raise_signal(signal.SIGINT)
        return local
    def called(frame, *_):
        frame.f_trace_opcodes = True
        return local
    sys._getframe().f_trace_opcodes = True
    sys.settrace(called)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return seen < at and None  # None: it has no such step

at, count = 1, 0
while (heard := interrupted(at)) is not None:
    assert heard and not lost and not _BLAS.wishes, (at, lost)
    end = time.monotonic() + 5
    while threading.active_count() > 1:
        assert time.monotonic() < end, at
    at, count = at + 61, count + 1
print(count)
"""


@pytest.mark.parametrize("call", ["in_threads", "watched", "ahead", "one_blas_thread"])
def test_an_interrupt_at_any_step_is_raised_once_and_leaves_no_thread_or_lock(call: str) -> None:
    command = [sys.executable, "-c", STEPPED, call]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert int(done.stdout) > 20


def test_an_error_is_that_of_the_first_job_and_no_further_job_is_begun() -> None:
    begun = []

    def job(number: int) -> int:
        begun.append(number)
        time.sleep(0.01)
        if number > 1:
            raise ValueError(f"job {number}")
        return number

    with pytest.raises(ValueError, match="job 2"):
        in_threads(job, list(range(40)), workers=2)
    assert len(begun) < 20


def test_results_are_in_the_order_of_jobs_whichever_ends_first() -> None:
    jobs = [0, 1, 2, 3]
    assert in_threads(lambda k: time.sleep(0.02 / (k + 1)) or k, jobs, workers=4) == jobs


def test_what_is_made_ahead_ends_with_its_error() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    made = ahead(items())
    assert next(made) == 1
    with pytest.raises(ValueError, match="the second"):
        next(made)


@pytest.fixture
def two_threads() -> Iterator[None]:
    with threadpool_limits(limits=2, user_api="blas"):
        yield


def blas_threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_blas_uses_one_thread_within_calls_of_users_and_what_it_had_after_them(
    two_threads: None,
) -> None:
    assert blas_threads() == {2}
    seen = []

    @public
    def call(*, fail: bool = False) -> None:
        seen.append(blas_threads())
        if fail:
            raise ValueError("failed")
        with every_blas_thread():
            seen.append(blas_threads())
            seen.extend(in_threads(lambda _: blas_threads(), [1, 2], workers=2))
            seen.append(blas_threads())
        seen.append(blas_threads())

    call()
    assert seen == [{1}, {2}, {1}, {1}, {2}, {1}]
    assert blas_threads() == {2}
    with pytest.raises(ValueError, match="failed"):
        call(fail=True)
    assert blas_threads() == {2}


def test_calls_of_several_threads_give_blas_back_what_it_had_whichever_ends_last(
    two_threads: None,
) -> None:
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == {2}
