"""Compares mixwell with bambi, lme4, glmmTMB, rstanarm and brms, each fit in a fresh process.

    uv run python -m benchmarks.peers [--only sleepstudy cbpp] [--peers mixwell bambi]

Run by hand on a quiet machine; all of it takes about half an hour. R and its packages are used
where they are installed. Data that mixwell does not ship come from R or from CSV files in a folder.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .cases import CASES
from .compare import HERE, PEERS, Plan, compare
from .page import page
from .process import Run, read_report

PACKAGES = ("mixwell", "bambi", "nutpie", "pymc", "numba", "numpy", "pandas")
R_PACKAGES = ("lme4", "glmmTMB", "rstanarm", "brms")
ROWS, LEVELS = 10_000_000, 100_000


def parser() -> argparse.ArgumentParser:
    """Return the options of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    made.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER")
    made.add_argument("--data", type=Path, help="a folder of CSV files, looked into first")
    made.add_argument("--repeats", type=int, default=3, help="runs of what is short (3)")
    made.add_argument("--long", type=float, default=30.0, help="seconds that are not short (30)")
    made.add_argument("--timeout", type=float, default=900.0, help="seconds for one run (900)")
    made.add_argument("--large", action="store_true", help="also fit 10,000,000 rows")
    made.add_argument("--results", type=Path, help="JSON lines to go on from and to add to")
    made.add_argument("--write", type=Path, metavar="PAGE", help="write the page to this file")
    return made


def main() -> None:
    """Run what was asked for, printing each result as a line of JSON, then the page."""
    options = parser().parse_args()
    plan = Plan(
        tuple(options.only), tuple(options.peers), options.repeats, options.timeout, options.long
    )
    load = os.getloadavg()[0]
    runs = earlier(options.results)
    done = {(run.case, run.peer) for run in runs}
    with tempfile.TemporaryDirectory() as folder:
        for run in compare(plan, done, options.data, Path(folder)):
            print(run.to_json(), flush=True)
            runs.append(run)
            if options.results is not None:
                with options.results.open("a", encoding="utf-8") as file:
                    file.write(run.to_json() + "\n")
    large = many_rows() if options.large else None
    text = page(runs, machine(load), plan.repeats, plan.long, large)
    print(text)
    if options.write is not None:
        options.write.write_text(text, encoding="utf-8")


def earlier(results: Path | None) -> list[Run]:
    """Return the runs that a file of results already has."""
    if results is None or not results.exists():
        return []
    return [Run.from_json(line) for line in results.read_text(encoding="utf-8").splitlines()]


def many_rows() -> dict[str, Any]:
    """Fit the large simulated data in a process of its own."""
    command = [sys.executable, str(HERE / "large.py"), str(ROWS), str(LEVELS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(read_report(done.stdout) or {})


def machine(load: float) -> str:
    """Describe the machine and the versions in a sentence or two."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = [f"{name} {version(name)}" for name in PACKAGES]
    text = (
        f"{os.cpu_count()} cores, {memory:.0f} GB; Python {platform.python_version()}, "
        f"{', '.join([*versions, *r_versions()])}."
    )
    if threads := os.environ.get("OMP_NUM_THREADS"):
        text += f" Linear algebra is limited by OMP_NUM_THREADS={threads}."
    busy = max(load, os.getloadavg()[0])
    if load > 0.5:
        text += (
            f" Other work ran on the machine at the same time (load average {busy:.1f}): times by "
            "the clock are longer than on an idle one and differ from run to run."
        )
    return text


def r_versions() -> list[str]:
    """Return R's version and those of its packages, as far as they are installed."""
    code = (
        'cat("R", paste(R.version$major, R.version$minor, sep = "."));'
        f"for (p in c({', '.join(map(repr, R_PACKAGES))}))"
        " if (requireNamespace(p, quietly = TRUE))"
        ' cat(",", p, as.character(packageVersion(p)))'
    )
    try:
        done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [part.strip() for part in done.stdout.split(",")]


if __name__ == "__main__":
    main()
