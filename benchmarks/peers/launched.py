"""Run a command from a process that is small, and write what it took.

A process's peak of memory counts what it was forked from: the one that measures holds draws, tables
or a whole test suite. Called with a file for the figures, then the command.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> int:
    """Run the command; return its exit code."""
    figures, *command = sys.argv[1:]
    started = time.time()
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    taken = {
        "started": started,
        "ended": time.time(),
        "processor": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * 1024 / 1e6,
    }
    Path(figures).write_text(json.dumps(taken), encoding="utf-8")
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
