"""What nutpie leaves behind where a chain fails: the threads of the others, which draw on."""

import time
from contextlib import suppress
from pathlib import Path

__all__ = ["wait_for_workers"]

_TASKS = Path("/proc/self/task")
#: How nutpie calls the threads of its chains.
_NAME = "nutpie-worker"
#: Chains that find no place to start from, as the one that failed, give up sooner.
_AT_MOST = 20.0
_PAUSE = 0.01
#: Seconds to wait where a system does not say which threads there are.
_UNKNOWN = 1.0


def wait_for_workers() -> None:
    """Wait until nutpie's threads have ended, for a while at most.

    They call Python: a process that ended meanwhile would end with a segmentation fault.
    """
    if not _TASKS.is_dir():
        time.sleep(_UNKNOWN)
        return
    end = time.monotonic() + _AT_MOST
    while _working() and time.monotonic() < end:
        time.sleep(_PAUSE)


def _working() -> bool:
    for task in _TASKS.iterdir():
        with suppress(OSError):  # it has just ended
            if (task / "comm").read_text().startswith(_NAME):
                return True
    return False
