"""Samples classic models in every parameterization; writes docs/parameterizations.md.

    uv run python benchmarks/geometry.py [--seeds 2] [case ...]

Run by hand on a quiet machine. Times include compilation, which is most of them in small models.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

import mixwell as mw
from mixwell.infer.coordinates.choice import resolve_geometry
from mixwell.infer.geometry import LOW_RANK_AT_MOST

PAGE = Path(__file__).parent.parent / "docs" / "parameterizations.md"
START, END = "<!-- table -->", "<!-- end of table -->"
CHOICES = ("centered", "noncentered", "mixed", "whitened", "auto")
INDIVIDUAL_PRIORS = {"Intercept": "Normal(0, 5)", "sd_k": "HalfNormal(5)"}


def individuals(rows: int | tuple[int, ...], sigma: float, seed: int) -> pd.DataFrame:
    """Nine individuals around 4.5 with sd 3.5 (Betancourt's case study)."""
    rng = np.random.RandomState(seed)
    index = np.repeat(np.arange(9), rows)
    theta = rng.normal(4.5, 3.5, size=9)
    return pd.DataFrame({"y": rng.normal(theta[index], sigma), "k": index, "s": float(sigma)})


def one_by_one(rows: int | tuple[int, ...], sigma: float, seed: int) -> Callable[[], mw.Model]:
    """Return the maker of the case study's model of some individuals."""
    formula = "y | se(s) ~ 1 + (1 | k)"
    return lambda: mw.Model(formula, individuals(rows, sigma, seed), priors=INDIVIDUAL_PRIORS)


def classic(formula: str, name: str, **choices: Any) -> Callable[[], mw.Model]:
    """Return the maker of a model of a shipped dataset."""
    return lambda: mw.Model(formula, mw.load_data(name), **choices)


def answers() -> mw.Model:
    """300 persons answer 24 items of three types, yes or no: two crossed factors."""
    rng = np.random.default_rng(24)
    person, item = np.divmod(np.arange(300 * 24), 24)
    kind = np.array(["curse", "scold", "shout"])[item % 3]
    eta = -np.array([0.0, 1.0, 2.0])[item % 3] + 1.3 * rng.normal(size=300)[person]
    eta += 0.5 * rng.normal(size=24)[item]
    yes = rng.binomial(1, 1 / (1 + np.exp(-eta)))
    data = pd.DataFrame({"yes": yes, "kind": kind, "person": person, "item": item})
    return mw.Model("yes ~ kind + (1 | person) + (1 | item)", data, family="bernoulli")


ROWS = (10, 5, 1000, 10, 1, 5, 100, 10, 5)
CASES: dict[str, Callable[[], mw.Model]] = {
    "eight schools": classic(
        "effect | se(se) ~ 1 + (1 | school)",
        "eight_schools",
        priors={"Intercept": "Normal(0, 5)", "sd_school": "HalfCauchy(5)"},
    ),
    "weakly informed": one_by_one(1, 10.0, 1234),
    "strongly informed": one_by_one(1, 0.1, 1235),
    "unbalanced": one_by_one(ROWS, 10.0, 345890),
    "sleepstudy": classic("Reaction ~ Days + (Days | Subject)", "sleepstudy"),
    "bangladesh": classic("use ~ urban + (urban | district)", "bangladesh", family="bernoulli"),
    "radon": classic("log_radon ~ floor + (1 | county)", "radon"),
    "penicillin": classic("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"),
    "pastes": classic("strength ~ 1 + (1 | batch) + (1 | batch:cask)", "pastes"),
    "answers": answers,
}


def measure(model: mw.Model, choice: str, seeds: int) -> dict[str, float | str]:
    """Sample in one parameterization, all else being the default."""
    runs = []
    for seed in range(seeds):
        fit = model.fit(engine="nuts", parameterization=choice, seed=seed, progressbar=False)
        found, statistics = fit.diagnose().measured, fit.idata["sample_stats"]
        runs.append(
            {
                "ESS": found["bulk ESS"],
                "ESS/s": found["bulk ESS"] / fit.posterior.attrs["sampling_time"],
                "divergences": float(statistics["diverging"].sum()),
                "BFMI": found["BFMI"],
            }
        )
    row: dict[str, float | str] = {name: median(run[name] for run in runs) for name in runs[0]}
    return {"choice": choice, "coordinates": fit.posterior.attrs["parameterization"], **row}


def table(names: list[str], seeds: int) -> list[str]:
    """Return the rows of the table in Markdown."""
    lines = [
        "| model | asked for | coordinates | least bulk ESS | ESS / s | divergences | BFMI |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in names:
        model = CASES[name]()
        for choice in CHOICES:
            row = measure(model, choice, seeds)
            lines.append(
                f"| {name} | {row['choice']} | {row['coordinates']} | {row['ESS']:.0f} | "
                f"{row['ESS/s']:.0f} | {row['divergences']:.0f} | {row['BFMI']:.2f} |"
            )
            print(lines[-1], flush=True)
    return lines


def rule_seconds() -> float:
    """Return the time of the rule on 100,000 rows with two crossed factors and a slope."""
    rng, n = np.random.default_rng(1), 100_000
    data = pd.DataFrame(
        {
            "g": rng.integers(0, 5000, n).astype(str),
            "h": rng.integers(0, 200, n).astype(str),
            "x": rng.normal(size=n),
            "y": rng.integers(0, 2, n),
        }
    )
    spec = mw.Model("y ~ x + (x | g) + (1 | h)", data, family="bernoulli").spec
    times = []
    for _ in range(3):
        started = time.process_time()
        resolve_geometry("auto", spec)
        times.append(time.process_time() - started)
    return median(times)


def main() -> None:
    """Measure everything and put the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "cases", nargs="*", default=list(CASES), help=f"some of: {', '.join(CASES)}; all without"
    )
    parser.add_argument("--seeds", type=int, default=2, help="fits of each, medians are shown")
    options = parser.parse_args()
    unknown = [name for name in options.cases if name not in CASES]
    if unknown:
        parser.error(f"there is no case {unknown[0]!r}; cases: {', '.join(CASES)}")
    packages = ("mixwell", "pymc", "nutpie")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    over = "one seed" if options.seeds == 1 else f"medians over {options.seeds} seeds"
    lines = [
        START,
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}; {over}, "
        f"4 chains of 1,000 draws. Times include compilation. The mass "
        f"matrix is the default one: low-rank up to {LOW_RANK_AT_MOST} coordinates, else diagonal.",
        "",
        *table(options.cases, options.seeds),
        "",
        f"The rule itself took {rule_seconds():.2f} s of one processor for 100,000 bernoulli "
        "rows with `(x | g) + (1 | h)`, 5,000 and 200 levels.",
        END,
    ]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    PAGE.write_text(before + "\n".join(lines) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
