"""Times gaussian fits with one factor of many levels, and small models, as whole processes.

    uv run python benchmarks/many_levels.py [--than PATH] [--only sites] [--repeats 3]

A process reads its data from a Parquet file, fits with 4,000 draws by the exact engine and prints
the fit. Prints seconds by the clock and of processor time, and peak memory, of the whole process,
on this build and on an older checkout in turn: the least of the repeats.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__)
THIS = HERE.parents[1]
ROWS = 1_000_000


def sites(levels: int, curved: float = 0.0) -> pd.DataFrame:
    """Simulate a trial of many sites, as many rows in each; `curved` is an sd of x1's square."""
    rng = np.random.default_rng(1)
    site, arm = np.repeat(np.arange(levels), ROWS // levels), rng.integers(3, size=ROWS)
    x = rng.normal(size=ROWS)
    y = 1 + 0.5 * x + 0.2 * (arm == 1) + 0.1 * (arm == 2) * x + rng.normal(size=ROWS)
    y += rng.normal(0, 0.7, levels)[site] + rng.normal(0, 0.3, levels)[site] * x
    y += rng.normal(0, curved, levels)[site] * x**2
    return pd.DataFrame(
        {"y": y, "x1": x, "x2": x**2, "arm": np.array(list("abc"))[arm], "site": site}
    )


def crossed() -> pd.DataFrame:
    """Simulate ratings of the size of InstEval."""
    rng, n = np.random.default_rng(2), 73_421
    s, d = rng.integers(2972, size=n), rng.integers(1128, size=n)
    x = rng.normal(size=n)
    y = 3 + 0.1 * x + rng.normal(0, 0.3, 2972)[s] + rng.normal(0, 0.5, 1128)[d]
    return pd.DataFrame({"y": y + rng.normal(0, 1.2, n), "x": x, "s": s, "d": d, "h": d % 14})


def shipped(name: str) -> pd.DataFrame:
    """Return a dataset of the package."""
    import mixwell as mw

    return mw.load_data(name)


#: Formula and data, by what the case is called.
CASES: dict[str, tuple[str, Callable[[], pd.DataFrame]]] = {
    "10,000 sites": ("y ~ x1*arm + (1 + x1 | site)", lambda: sites(10_000)),
    "100,000 sites": ("y ~ x1*arm + (1 + x1 | site)", lambda: sites(100_000)),
    "10,000 sites, no correlation": ("y ~ x1*arm + (1 + x1 || site)", lambda: sites(10_000)),
    "10,000 sites, three effects": (
        "y ~ x1*arm + (1 + x1 + x2 | site)",
        lambda: sites(10_000, 0.2),
    ),
    "10,000 sites and arms": ("y ~ x1 + (1 + x1 | site) + (1 | arm)", lambda: sites(10_000)),
    "crossed": ("y ~ x + (1 | s) + (1 | d)", crossed),
    "slopes crossed with few": ("y ~ x + (1 + x | s) + (1 | h)", crossed),
    "slopes crossed with many": ("y ~ x + (1 + x | s) + (1 | d)", crossed),
    "sleepstudy": ("Reaction ~ Days + (Days | Subject)", lambda: shipped("sleepstudy")),
    "eight schools": ("effect | se(se) ~ 1 + (1 | school)", lambda: shipped("eight_schools")),
    "pastes": ("strength ~ 1 + (1 | batch/cask)", lambda: shipped("pastes")),
}


def measure(case: str, place: Path) -> None:
    """Fit one model in this process and print it; a line of JSON says what the process took."""
    import mixwell as mw

    fit = mw.Model(CASES[case][0], pd.read_parquet(place)).fit(engine="exact", seed=1)
    str(fit)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps([time.process_time(), peak, fit.made.effective_number]))


def process(build: Path, case: str, place: Path, most: float) -> tuple[float, ...] | str:
    """Return seconds, processor seconds, MB and effective draws of a fresh process, or why not."""
    started = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, str(HERE), "--measure", case, "--data", str(place)],
            env={**os.environ, "PYTHONPATH": str(build / "src")},
            capture_output=True,
            text=True,
            timeout=most,
        )
    except subprocess.TimeoutExpired:
        return f"not in {most:g} s"
    seconds = time.perf_counter() - started
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["killed"])[-1][:60]
    return seconds, *json.loads(done.stdout.splitlines()[-1])


def cell(runs: list[tuple[float, ...] | str]) -> str:
    """Return the columns of a build: the least of what was measured, or why it was not."""
    found = [run for run in runs if not isinstance(run, str)]
    if not found:
        return f"{runs[0]} | | | "
    clock, processor, peak, effective = (min(run[i] for run in found) for i in range(4))
    return f"{clock:.1f} s | {processor:.1f} s | {peak:.0f} MB | {effective:,.0f}"


def main() -> None:
    """Measure every case and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--than", type=Path, help="an older checkout")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--most", type=float, default=600, help="seconds for a process")
    parser.add_argument("--measure", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.data)
        return
    builds = {"this build": THIS, **({"older": options.than.resolve()} if options.than else {})}
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.\n")
    heads = [f"{name} | processor | peak | effective of 4,000" for name in builds]
    print(f"| case | model | {' | '.join(heads)} |\n{'|---' * (2 + 4 * len(builds))}|")
    with tempfile.TemporaryDirectory() as folder:
        for case in options.only:
            formula, data = CASES[case]
            place = Path(folder, "data.parquet")
            data().to_parquet(place)
            found: dict[str, list[tuple[float, ...] | str]] = {name: [] for name in builds}
            for _ in range(options.repeats):
                for name, build in builds.items():
                    found[name].append(process(build, case, place, options.most))
            cells = " | ".join(cell(runs) for runs in found.values())
            print(f"| {case} | `{formula.replace('|', chr(92) + '|')}` | {cells} |", flush=True)


if __name__ == "__main__":
    main()
