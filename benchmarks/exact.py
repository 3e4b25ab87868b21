"""Times the exact engine on classic data and on 10,000,000 rows; writes docs/exact.md.

    uv run python benchmarks/exact.py [--rows 10000000] [--insteval InstEval.csv.gz]
                                      [--toenail toenail.csv] [--dry] [case ...]

Run by hand on a quiet machine. Times are from the model to its draws, after imports, medians over
three seeds. The large case is compared with one `groupby.mean` of pandas on the same rows, in the
same process; the data that are not shipped are measured where their files are given.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

import numpy as np
import pandas as pd
from frames import insteval
from measure import resident

import mixwell as mw
from mixwell.infer.declined import Declined
from mixwell.infer.exact.exact_draws import build_target, sample_exactly
from mixwell.infer.exact.weighing.importance import importance_sample
from mixwell.infer.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "exact.md"
START, END = "<!-- table -->", "<!-- end of table -->"
LEVELS = 100_000


@dataclass(frozen=True)
class Case:
    """A model of some data, and the seconds that it should take at most."""

    formula: str
    data: Callable[[], pd.DataFrame]
    goal: float
    family: str = "gaussian"

    def model(self) -> mw.Model:
        """Return the model, its data read."""
        return mw.Model(self.formula, self.data(), family=self.family)


def classic(formula: str, name: str, goal: float, family: str = "gaussian") -> Case:
    """Return the case of a shipped dataset."""
    return Case(formula, partial(mw.load_data, name), goal, family)


CASES = {
    "eight schools": classic("effect | se(se) ~ 1 + (1 | school)", "eight_schools", 0.3),
    "sleepstudy": classic("Reaction ~ Days + (Days | Subject)", "sleepstudy", 0.3),
    "pastes": classic("strength ~ 1 + (1 | batch/cask)", "pastes", 0.3),
    "penicillin": classic("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin", 1.0),
    "cake": classic("angle ~ recipe * temperature + (1 | recipe:replicate)", "cake", 1.0),
    "radon": classic("log_radon ~ floor + (floor | county)", "radon", 1.0),
    "cbpp": classic(
        "cbind(incidence, size - incidence) ~ period + (1 | herd)", "cbpp", 2.0, "binomial"
    ),
    "bangladesh": classic("use ~ urban + (urban | district)", "bangladesh", 2.0, "bernoulli"),
}


def measure(case: Case, seeds: int) -> dict[str, float]:
    """Return medians of seconds, effective number and k-hat."""
    spec = case.model().spec
    runs = []
    for seed in range(seeds):
        started, used = time.perf_counter(), time.process_time()
        found = sample_exactly(spec, Settings(seed=seed))
        seconds, processor = time.perf_counter() - started, time.process_time() - used
        if isinstance(found, Declined):
            raise SystemExit(f"{case.formula}: {found}")
        _, made = found
        runs.append(
            {
                "seconds": seconds,
                "processor": processor,
                "effective": made.effective_number,
                "k_hat": made.k_hat,
            }
        )
    return {name: median(run[name] for run in runs) for name in runs[0]}


def table(cases: dict[str, Case], seeds: int) -> list[str]:
    """Return the rows of the table in Markdown, one a dataset."""
    lines = [
        "| data | model | seconds | goal | processor seconds | effective of 4,000 | k-hat |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, case in cases.items():
        row = measure(case, 1 if case.goal > 10 else seeds)
        lines.append(
            f"| {name} | `{case.formula.replace('|', chr(92) + '|')}` | {row['seconds']:.2f} | "
            f"{case.goal:g} | {row['processor']:.2f} | {row['effective']:,.0f} | "
            f"{row['k_hat']:.2f} |"
        )
        print(lines[-1], flush=True)
    return lines


def simulated(rows: int) -> pd.DataFrame:
    """Return rows with one predictor and one factor of 100,000 levels."""
    rng = np.random.default_rng(0)
    g, x = rng.integers(0, LEVELS, rows), rng.standard_normal(rows)
    y = 1 + 0.5 * x + 0.7 * rng.standard_normal(LEVELS)[g] + rng.standard_normal(rows)
    return pd.DataFrame({"g": g, "x": x, "y": y})


class Peak:
    """The largest resident memory while a block runs, in MB above that at its start."""

    def __enter__(self) -> "Peak":
        """Look every hundredth of a second."""
        self.start = self.highest = resident("VmRSS") or 0.0
        self.done = Event()
        self.thread = Thread(target=self._look)
        self.thread.start()
        return self

    def _look(self) -> None:
        while not self.done.wait(0.01):
            self.highest = max(self.highest, resident("VmRSS") or 0.0)

    def __exit__(self, *error: object) -> None:
        """Stop looking."""
        self.done.set()
        self.thread.join()

    @property
    def above(self) -> float:
        """The memory above that at the start."""
        return self.highest - self.start


def large(rows: int) -> str:
    """Reduce and sample many rows; return a sentence with times and memory, in ratios.

    The model's design stands before. Compared are the reduction to cross-products with the sampling
    of 4,000 parameter vectors, and both with 500 draws of every level's deviation.
    """
    data = simulated(rows)
    spec = mw.Model("y ~ x + (1 | g)", data).spec
    means, reduced, drawn, peaks = [], [], [], []
    for seed in range(3):
        started = time.perf_counter()
        data.groupby("g")["y"].mean()
        means.append(time.perf_counter() - started)
        with Peak() as peak:
            started = time.perf_counter()
            target = build_target(spec)
            rng = np.random.default_rng(seed)
            importance_sample(target.log_density, target.start, rng, target.vectors(4000))
            reduced.append(time.perf_counter() - started)
        peaks.append(peak.above)  # later rounds find memory of the first
        started = time.perf_counter()
        found = sample_exactly(spec, Settings(draws=125, seed=seed))
        drawn.append(time.perf_counter() - started)
    assert not isinstance(found, Declined), found
    unit, size = median(means), data.memory_usage().sum() / 1e6
    most = 50 * (int(max(peaks)) // 50 + 1)  # what Python gave back before may be used again
    return (
        f"{rows:,} rows with one factor of {LEVELS:,} levels, `y ~ x + (1 | g)`: reduction and "
        f"sampling of the parameters take {median(reduced):.2f} s, {median(reduced) / unit:.1f} "
        f"times one `groupby.mean` of pandas ({unit:.2f} s), and less than {most:,} MB above the "
        f"data's {size:,.0f} MB. With 500 draws of every level's deviation, 50 million numbers, it "
        f"is {median(drawn):.1f} s."
    )


def chosen(options: argparse.Namespace) -> dict[str, Case]:
    """Return the cases that were asked for, and those whose files were given."""
    cases = {name: CASES[name] for name in options.cases}
    if options.toenail is not None:
        formula = "outcome ~ treatment * time + (1 | patientID)"
        read = partial(pd.read_csv, options.toenail)
        cases["toenail"] = Case(formula, read, 2.0, "bernoulli")
    if options.insteval is not None:
        formula = "y ~ service + (1 | s) + (1 | d) + (1 | dept)"
        cases["InstEval"] = Case(formula, partial(insteval, options.insteval), 45.0)
    return cases


def write(lines: list[str]) -> None:
    """Put lines between the page's two marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    PAGE.write_text("\n".join([before + START, *lines, END]) + after, encoding="utf-8")


def main() -> None:
    """Measure everything and put the table into the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="case", help="all of them")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each model")
    parser.add_argument("--rows", type=int, default=10_000_000, help="of the large case; 0: none")
    parser.add_argument("--insteval", type=Path, help="a file of the InstEval data")
    parser.add_argument("--toenail", type=Path, help="a file of the toenail data")
    parser.add_argument("--dry", action="store_true", help="print only, leave the page as it is")
    options: Any = parser.parse_args()
    wrong = [name for name in options.cases if name not in CASES]
    if wrong:
        parser.error(f"no case {wrong[0]!r}: choose from {', '.join(CASES)}")
    sample_exactly(
        CASES["sleepstudy"].model().spec, Settings(draws=10)
    )  # whatever is imported on first use
    versions = ", ".join(f"{name} {version(name)}" for name in ("mixwell", "numpy", "scipy"))
    lines = [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}; medians over "
        f"{options.seeds} seeds of 4,000 draws.",
        "",
        *table(chosen(options), options.seeds),
    ]
    if options.rows:
        lines += ["", large(options.rows)]
        print(lines[-1])
    if not options.dry:
        write(lines)


if __name__ == "__main__":
    main()
