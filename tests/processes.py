"""Processes that tests start, which do not outlive a test that fails."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def running(command: Sequence[Any]) -> Iterator[subprocess.Popen[str]]:
    """Run a command whose output is read; it is killed where the test fails, and else awaited."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
