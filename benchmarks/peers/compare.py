"""Runs the packages on the cases, one process at a time."""

import json
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from .cases import CASES, Case
from .process import Finished, Run, run_process, to_run

HERE = Path(__file__).parent
PEERS = ("mixwell", "shell", "bambi", "lme4", "glmmTMB", "rstanarm", "brms")
R_PEERS = ("lme4", "glmmTMB", "rstanarm", "brms")
ESTIMATES = ("lme4", "glmmTMB")
# The case that is also fitted with the command line.
SHELL_CASE = "sleepstudy"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run; the median of `repeats` runs counts, a single run where it exceeds `long`."""

    cases: tuple[str, ...]
    peers: tuple[str, ...]
    repeats: int
    timeout: float
    long: float = 30.0


def unavailable(peers: Sequence[str]) -> dict[str, str]:
    """Return why packages cannot be run here."""
    reasons = {}
    for peer in set(peers) & set(R_PEERS):
        if shutil.which("Rscript") is None:
            reasons[peer] = "R is not installed"
        elif not _has_r_package(peer):
            reasons[peer] = f"the R package {peer} is not installed"
    return reasons


def _has_r_package(name: str) -> bool:
    code = f'quit(status = if (requireNamespace("{name}", quietly = TRUE)) 0 else 1)'
    return subprocess.run(["Rscript", "-e", code], capture_output=True).returncode == 0


def write_data(names: Sequence[str], given: Path | None, folder: Path) -> dict[str, str]:
    """Write the cases' data into the folder and return why some are missing."""
    command = [sys.executable, str(HERE / "data.py"), str(given or ""), str(folder), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    missing: dict[str, str] = json.loads(done.stdout)
    return missing


def compare(
    plan: Plan, done: Collection[tuple[str, str]], given: Path | None, folder: Path
) -> Iterator[Run]:
    """Run the packages on the cases but for those `done`.

    Yields a run each: its figures, or why there are none.
    """
    missing = write_data(plan.cases, given, folder)
    absent = unavailable(plan.peers)
    for name in plan.cases:
        case = CASES[name]
        for peer in plan.peers:
            if (name, peer) in done or (peer == "shell" and name != SHELL_CASE):
                continue
            reason = missing.get(name) or absent.get(peer) or case.cannot.get(peer)
            yield Run(name, peer, note=reason) if reason else measured(case, peer, plan, folder)


def measured(case: Case, peer: str, plan: Plan, folder: Path) -> Run:
    """Return the median run of one package on one case."""
    runs: list[Run] = []
    while len(runs) < plan.repeats:
        finished = run_process(command(case, peer, folder), plan.timeout, folder, fresh=case.fresh)
        runs.append(
            _shell_run(case, finished) if peer == "shell" else _run(case, peer, finished, folder)
        )
        if runs[-1].seconds is None or runs[-1].seconds > plan.long:
            break
    if any(run.seconds is None for run in runs):
        return runs[-1]
    middle = {
        name: median(getattr(run, name) for run in runs)
        for name in ("seconds", "after_import", "worked", "processor", "memory")
        if getattr(runs[0], name) is not None
    }
    return replace(runs[-1], **middle)


def command(case: Case, peer: str, folder: Path) -> list[str]:
    """Return the command that fits one case with one package."""
    data, formula = str(folder / f"{case.name}.csv"), case.formula_for(peer)
    if peer == "shell":
        program = Path(sys.executable).with_name("mixwell")
        return [str(program), "fit", case.name, formula, "--family", case.family, "--seed", "1"]
    draws, factors = str(folder / "draws.bin"), ",".join(case.factors)
    start = (
        ["Rscript", f"with_{peer}.R"] if peer in R_PEERS else [sys.executable, f"with_{peer}.py"]
    )
    options = json.dumps(case.asked if peer == "mixwell" else {})
    return [start[0], str(HERE / start[1]), data, draws, formula, case.family, factors, options]


def _shell_run(case: Case, finished: Finished) -> Run:
    if finished.reason:
        return Run(case.name, "shell", note=finished.reason)
    return Run(
        case.name,
        "shell",
        seconds=finished.ended - finished.started,
        processor=finished.processor,
        memory=finished.memory,
    )


def _run(case: Case, peer: str, finished: Finished, folder: Path) -> Run:
    shape = finished.report["shape"] if finished.report is not None else [0]
    if not all(shape):
        return to_run(case.name, peer, finished, {})
    parameters = finished.report.get("parameters", shape[0])
    return to_run(case.name, peer, finished, _worth(folder / "draws.bin", parameters, shape))


def _worth(draws: Path, parameters: int, shape: Sequence[int]) -> dict[str, float]:
    """Return the least effective numbers and the largest R-hat, in a process of its own."""
    script = [sys.executable, str(HERE / "ess.py"), str(draws), str(parameters), *map(str, shape)]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
