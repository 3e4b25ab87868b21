"""A sampler that fails leaves a process that ends as others do."""

import ctypes
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mixwell.infer.pymc import left_workers
from mixwell.infer.pymc.left_workers import wait_for_workers

NOWHERE_FINITE = """
import sys
import numpy as np, pandas as pd, pymc as pm
import mixwell as mw
data = pd.DataFrame({"y": np.exp(np.sin(np.arange(40.0))), "x": np.cos(np.arange(40.0))})
model = mw.Model("y ~ x", data, "gamma", priors={"x": pm.Normal.dist(np.nan, 1)})
kept = {"checkpoint": sys.argv[1]} if len(sys.argv) > 1 else {}
try:
    model.fit(engine="nuts", draws=20, tune=20, chains=3, seed=1, progressbar=False, **kept)
except mw.SamplingError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kept", [False, True])
def test_a_density_that_is_nowhere_finite_ends_in_a_sentence_and_without_a_crash(
    tmp_path: Path, kept: bool
) -> None:
    """It ended with a segmentation fault, three of three times."""
    command = [sys.executable, "-c", NOWHERE_FINITE, *([str(tmp_path / "run")] if kept else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "The sampler failed." in done.stdout
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are not known here")
def test_threads_of_chains_are_waited_for_and_no_others() -> None:
    def named(name: bytes, seconds: float) -> None:
        ctypes.CDLL(None).prctl(15, name, 0, 0, 0)  # as the thread is called from now on
        begun.set()
        time.sleep(seconds)

    for name, waits in ((b"nutpie-worker-7", True), (b"another", False)):
        begun = threading.Event()
        worker = threading.Thread(target=named, args=(name, 0.3))
        worker.start()
        begun.wait()
        wait_for_workers()
        assert worker.is_alive() is not waits
        worker.join()


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_workers, "_AT_MOST", 0.0)
    monkeypatch.setattr(left_workers, "_working", lambda: True)
    wait_for_workers()
