"""Measures models of 100,000 groups: the fit, what it prints, and what reads every deviation.

    uv run python benchmarks/many_groups.py [--than PATH] [--only poisson] [--draws 1000]

Every model is fitted in a fresh process, on this build and on an older checkout in turn. Prints
seconds by the clock, seconds of processor time, and the peak memory of the whole process at each
step; a process that takes longer than `--most` seconds is stopped, and that is what is printed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__)
THIS = HERE.parents[1]
GROUPS = 100_000
#: A bar in a cell of a table.
BAR = "\\|"
#: Formula, family, rows.
CASES: dict[str, tuple[str, str, int]] = {
    "gaussian": ("y ~ x + (1 | g)", "gaussian", 300_000),
    "poisson": ("y ~ x + (1 | g)", "poisson", 500_000),
    "poisson without x": ("y ~ 1 + (1 | g)", "poisson", 500_000),
    "bernoulli": ("y ~ x + (1 | g)", "bernoulli", 500_000),
    "binomial": ("y | trials(n) ~ x + (1 | g)", "binomial", 500_000),
    "bernoulli, slopes": ("y ~ x + (1 + x | g)", "bernoulli", 500_000),
    "poisson, slopes": ("y ~ x + (1 + x | g)", "poisson", 500_000),
}
#: What is done after the fit; the last ones look at all deviations.
STEPS: dict[str, Callable[[Any], object]] = {
    "print": str,
    "report": lambda fit: str(fit.report()),
    "ranef": lambda fit: fit.ranef(),
}


def frame_of(formula: str, family: str, rows: int) -> pd.DataFrame:
    """Simulate rows of a model, every group with at least one."""
    rng = np.random.default_rng(1)
    group = np.concatenate([np.arange(GROUPS), rng.integers(GROUPS, size=rows - GROUPS)])
    x = rng.normal(size=rows)
    eta = 0.3 + 0.4 * x + rng.normal(0, 0.7, GROUPS)[group]
    if "x |" in formula:
        eta += rng.normal(0, 0.3, GROUPS)[group] * x
    chance = 1 / (1 + np.exp(-eta))
    made = {
        "gaussian": lambda: rng.normal(eta, 1.0),
        "poisson": lambda: rng.poisson(np.exp(eta)),
        "bernoulli": lambda: rng.binomial(1, chance),
        "binomial": lambda: rng.binomial(5, chance),
    }
    return pd.DataFrame({"x": x, "g": group, "y": made[family](), "n": 5})


def measure(case: str, draws: int, steps: list[str]) -> None:
    """Fit one model in this process; print a line of JSON a step."""
    import mixwell as mw

    warnings.simplefilter("ignore")
    formula, family, rows = CASES[case]
    model = mw.Model(formula, frame_of(formula, family, rows), family=family)
    fit = timed("fit", lambda: model.fit(engine="exact", seed=1, draws=draws))
    for step in steps:
        timed(step, lambda step=step: STEPS[step](fit))


def timed(step: str, work: Callable[[], Any]) -> Any:
    """Do one step and print what it took."""
    clock, processor = time.perf_counter(), time.process_time()
    done = work()
    taken = time.perf_counter() - clock, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps([step, *taken, peak]), flush=True)
    return done


def process(build: Path, case: str, options: argparse.Namespace) -> dict[str, str]:
    """Measure a case on a build in a fresh process; return each step's cell of the table."""
    asked = ["--measure", case, "--draws", str(options.draws), "--steps", *options.steps]
    running = subprocess.Popen(
        [sys.executable, str(HERE), *asked],
        env={**os.environ, "PYTHONPATH": str(build / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, said = running.communicate(timeout=options.most)
        why = (said.strip().splitlines() or ["killed"])[-1][:60] if running.returncode else ""
    except subprocess.TimeoutExpired:
        running.kill()
        out, _ = running.communicate()
        why = f"not in {options.most} s"
    cells = {}
    for line in out.splitlines():
        step, clock, processor, peak = json.loads(line)
        cells[step] = f"{clock:.1f} s | {processor:.1f} s | {peak:.2f} GB"
    unfinished = next((s for s in ("fit", *options.steps) if s not in cells), "")
    return {**cells, **({unfinished: f"{why} | | "} if unfinished else {})}


def main() -> None:
    """Measure every case and print a row a step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--than", type=Path, help="an older checkout")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=["print", "report"])
    parser.add_argument("--draws", type=int, default=1000, help="draws in each of four chains")
    parser.add_argument("--most", type=float, default=600, help="seconds for a process")
    parser.add_argument("--measure", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.draws, options.steps)
        return
    builds = {"this build": THIS, **({"older": options.than.resolve()} if options.than else {})}
    print(f"{GROUPS:,} groups, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.\n")
    heads = [f"{name} | processor | peak" for name in builds]
    print(f"| model | step | {' | '.join(heads)} |\n{'|---' * (2 + 3 * len(builds))}|")
    for case in options.only:
        formula, family, rows = CASES[case]
        found = [process(build, case, options) for build in builds.values()]
        model = f"{rows:,} rows, {family}, `{formula.replace('|', BAR)}`"
        for step in ("fit", *options.steps):
            cells = " | ".join(each.get(step, " | | ") for each in found)
            print(f"| {model} | {step} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
