"""Measures large data, this build against an older checkout in the same run.

    uv run python benchmarks/large.py [--than PATH] [--rows 183000] [--groups 30542] [--only loo]

Each build draws from its own fits, of 4,000 draws, and every measurement is a fresh process; the
builds take turns. Prints seconds by the clock and the growth of peak memory beyond the fit, with
ratios. What a build cannot do, or has no memory for, is marked with the reason.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__)
THIS = HERE.parents[1]
#: The part of the machine's memory that a process may take: it fails rather than the machine.
SHARE = 0.8

CASES: dict[str, tuple[str, str, str]] = {
    "predictions": ("gaussian", "predictions of the data's rows, known groups", "20 s, 1.5 GB"),
    "responses": ("gaussian", "new responses of the data's rows, known groups", ""),
    "residuals": ("gaussian", "residuals", ""),
    "loo": ("gaussian", "leave-one-out", "a fifth of the time"),
    "ppc": ("gaussian", "responses for a posterior predictive check", ""),
    "means": ("gaussian", "means over the data's rows, known groups", ""),
    "loo_binomial": ("binomial", "leave-one-out, 20,000 binomial rows", ""),
    "predictions_binomial": ("binomial", "predictions, 20,000 binomial rows", ""),
    "loo_poisson": ("poisson", "leave-one-out, 20,000 rows of counts", ""),
    "new_rows": ("small", "predictions of 100,000 rows, 1,000 draws", "5 s"),
    "service": ("small", "a process that loads a fit and predicts one row", "1.5 s"),
}


def frame_of(kind: str, rows: int, groups: int) -> pd.DataFrame:
    """Simulate rows of a gaussian, binomial or Poisson model, every group with at least one."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(rows, 2))
    group = np.concatenate([np.arange(groups), rng.integers(groups, size=rows - groups)])
    eta = 0.3 + x @ [0.5, -0.3] + rng.normal(0, 0.7, groups)[group]
    data = pd.DataFrame({"x": x[:, 0], "z": x[:, 1], "user": group.astype(str), "n": 10})
    if kind == "binomial":
        return data.assign(y=rng.binomial(10, 1 / (1 + np.exp(-eta))))
    return data.assign(y=rng.poisson(np.exp(eta)) if kind == "poisson" else rng.normal(eta, 1.0))


def fit(kind: str, folder: Path, rows: int, groups: int) -> None:
    """Fit one model and save it."""
    import mixwell as mw

    family = "gaussian" if kind == "small" else kind
    if kind != "gaussian":
        rows, groups = (1000, 50) if kind == "small" else (min(rows, 20_000), min(groups, 500))
    left = "y | trials(n)" if kind == "binomial" else "y"
    model = mw.Model(f"{left} ~ x + z + (1 | user)", frame_of(kind, rows, groups), family=family)
    made = model.fit(engine="exact", draws=250 if kind == "small" else 1000, chains=4, seed=1)
    made.save(folder / f"{kind}.nc")


def work_of(case: str, fit: Any) -> Callable[[], object]:
    """Return what is measured of a fit."""
    new = frame_of("gaussian", 100_000, 50) if case == "new_rows" else None
    known = {"groups": "existing"}
    return {
        "predictions": lambda: fit.predictions(**known),
        "predictions_binomial": lambda: fit.predictions(**known),
        "responses": lambda: fit.predictions(kind="response", seed=1, **known),
        "residuals": lambda: fit.residuals(),
        "loo": lambda: fit.loo(),
        "loo_binomial": lambda: fit.loo(),
        "loo_poisson": lambda: fit.loo(),
        "ppc": lambda: fit.ppc(seed=1),
        "means": lambda: fit.means("x", at={"x": [-1, 1]}, over="data", **known),
        "new_rows": lambda: fit.predictions(new, **known),
        "service": lambda: fit.predictions({"x": [0.5], "z": [0.0], "user": ["3"]}, **known),
    }[case]


def measure(case: str, folder: Path) -> None:
    """Measure one case in this process and print a line of JSON."""
    import mixwell as mw

    warnings.simplefilter("ignore")
    fit = mw.load(folder / f"{CASES[case][0]}.nc")
    work, before, start = work_of(case, fit), peak(), time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(json.dumps({"case": case, "seconds": seconds, "gigabytes": peak() - before}))


def peak() -> float:
    """Return the most memory that this process has had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def process(build: Path, *arguments: str) -> tuple[dict[str, float], str]:
    """Run this script on a build; return what it printed with the process's time, or the reason."""
    most = int(SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    done = subprocess.run(
        [sys.executable, str(HERE), *arguments],
        env={**os.environ, "PYTHONPATH": str(build / "src")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        return {}, (done.stderr.strip().splitlines() or ["killed"])[-1][:60]
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}, ""


def row(case: str, folders: dict[Path, Path], repeats: int) -> str:
    """Measure a case on every build, in turn; return its row of the table."""
    found: dict[Path, list[dict[str, float]]] = {build: [] for build in folders}
    failed: dict[Path, str] = {}
    for _ in range(repeats):
        for build, folder in folders.items():
            start = time.perf_counter()
            made, reason = process(build, "--measure", case, "--folder", str(folder))
            if reason:
                failed[build] = reason
            elif case == "service":  # the whole process is what a service waits for
                made["seconds"] = time.perf_counter() - start
            found[build] += [made] if made else []
    cells = []
    for build in folders:
        seconds, memory = (min((r[n] for r in found[build]), default=None) for n in KEYS)
        cells += [(seconds, memory, failed.get(build, ""))]
    (now, room, _), older = cells[0], cells[1:]
    shown = [f"{s:.1f} s | {m:.2f} GB" if s is not None else f"{w} | " for s, m, w in cells]
    ratios = [
        f"{s / now:.1f} | {m / max(room, 0.01):.0f}" if s and now else " | " for s, m, _ in older
    ]
    _, words, target = CASES[case]
    return f"| {words} | {' | '.join([*shown, *ratios])} | {target} |"


KEYS = ("seconds", "gigabytes")


def main() -> None:
    """Fit with every build, measure all cases, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--than", type=Path, help="an older checkout")
    parser.add_argument("--rows", type=int, default=183_000)
    parser.add_argument("--groups", type=int, default=30_542)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--measure", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--fit", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.folder)
    elif options.fit:
        fit(options.fit, options.folder, options.rows, options.groups)
    else:
        compare(options)


def compare(options: argparse.Namespace) -> None:
    """Measure the builds against each other and print a row a case."""
    builds = [THIS, *([options.than.resolve()] if options.than else [])]
    names = ["this build", "its memory"]
    if options.than:
        names += ["older build", "its memory", "times the time", "times the memory"]
    size = f"{options.rows:,} rows, {options.groups:,} groups, 4,000 draws"
    print(f"{size}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.\n")
    print(f"| what | {' | '.join(names)} | target |")
    print("|" + "---|" * (len(names) + 2))
    asked = ["--rows", str(options.rows), "--groups", str(options.groups)]
    with tempfile.TemporaryDirectory() as place:
        folders = {build: Path(place, str(i)) for i, build in enumerate(builds)}
        for build, folder in folders.items():
            folder.mkdir()
            for kind in dict.fromkeys(CASES[case][0] for case in options.only):
                _, reason = process(build, "--fit", kind, "--folder", str(folder), *asked)
                if reason:
                    print(f"{build} did not fit {kind}: {reason}")
        for case in options.only:
            print(row(case, folders, options.repeats), flush=True)


if __name__ == "__main__":
    main()
