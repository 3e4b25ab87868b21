"""Fresh processes, timed: from their start to their printed summary."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .child import MARK

LAUNCHED = Path(__file__).with_name("launched.py")


@dataclass(frozen=True, slots=True)
class Run:
    """One package on one case.

    `seconds` by the clock from the start of the process to the end of the printed summary;
    `after_import` those of them after the package was imported, `worked` the processor's seconds
    in these; `processor` those of all its threads and children from the start. `memory` is the
    peak of its largest process in MB, `ess` the least bulk effective number of parameters (None
    for a point estimate), `least` that of deviations too, `rhat` the largest R-hat of all these.
    `note` says why there is no time.
    """

    case: str
    peer: str
    seconds: float | None = None
    after_import: float | None = None
    worked: float | None = None
    processor: float | None = None
    memory: float | None = None
    ess: float | None = None
    engine: str = ""
    note: str = ""
    least: float | None = None
    rhat: float | None = None

    @property
    def work_rate(self) -> float | None:
        """Effective draws of every quantity per second of the processor."""
        return None if self.least is None or self.processor is None else self.least / self.processor

    @property
    def ess_rate(self) -> float | None:
        """Effective draws per second, from the start of the process."""
        return None if self.ess is None or self.seconds is None else self.ess / self.seconds

    def to_json(self) -> str:
        """Return the run as a line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Run":
        """Read a run from a line of JSON."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a process: its report, or none and the reason.

    `processor` and `memory` are as in `Run`, 0 where it was ended because the time was over.
    """

    started: float
    ended: float
    report: Mapping[str, Any] | None
    reason: str
    processor: float
    memory: float


def read_report(printed: str) -> Mapping[str, Any] | None:
    """Return the report in the last marked line of what a process printed, None without one."""
    marked = [line for line in printed.splitlines() if line.startswith(MARK)]
    found: Mapping[str, Any] | None = json.loads(marked[-1][len(MARK) :]) if marked else None
    return found


def last_words(errors: str) -> str:
    """Return the last line of an error's text that says what was wrong, in Python and in R."""
    lines = [line.strip() for line in errors.splitlines()]
    telling = [
        line for line in lines if line and not line.startswith(("Calls:", "Execution halted"))
    ]
    return telling[-1] if telling else ""


def _environment(caches: Path | None) -> dict[str, str]:
    """Return this process's variables, but let Python keep compiled modules as users' do.

    In an empty folder for `caches` nothing is found that Numba or PyTensor compiled before.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if caches is None:
        return kept
    own = {"XDG_CACHE_HOME": str(caches), "NUMBA_CACHE_DIR": str(caches / "numba")}
    return {**kept, **own, "PYTENSOR_FLAGS": f"base_compiledir={caches / 'pytensor'}"}


def run_process(
    command: Sequence[str], timeout: float, folder: Path, *, fresh: bool = False
) -> Finished:
    """Run a command in its own session until it ends or the time is over.

    A `fresh` one finds empty folders in the place of caches.
    """
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        tempfile.TemporaryDirectory() as caches,
        tempfile.TemporaryDirectory() as kept,
    ):
        environment = _environment(Path(caches) if fresh else None)
        figures = Path(kept, "figures.json")
        launched = [sys.executable, "-I", "-S", str(LAUNCHED), str(figures), *command]
        started = time.time()
        process = subprocess.Popen(
            launched, stdout=out, stderr=err, cwd=folder, env=environment, start_new_session=True
        )
        try:
            code: int | None = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        taken = {"started": started, "ended": time.time(), "processor": 0.0, "memory": 0.0}
        if figures.exists():
            taken |= json.loads(figures.read_text(encoding="utf-8"))
        out.seek(0)
        err.seek(0)
        report = read_report(out.read())
        said = last_words(err.read())
    failed = "" if code == 0 else said or "failed"
    reason = f"over {timeout:g} s" if code is None else failed
    return Finished(report=report, reason=reason, **taken)


def to_run(case: str, peer: str, finished: Finished, worth: Mapping[str, float]) -> Run:
    """Return the figures of a process that ended; its own ones end with the printed summary."""
    report = finished.report
    if report is None:
        return Run(case, peer, note=finished.reason or "printed no report")
    return Run(
        case,
        peer,
        seconds=report["printed"] - finished.started,
        after_import=report["printed"] - report["imported"],
        worked=report.get("worked"),
        processor=report.get("processor", finished.processor),
        memory=report.get("memory", finished.memory),
        engine=report.get("engine", ""),
        **worth,
    )
