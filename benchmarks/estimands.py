"""Measures marginal means: 10,000 grid points on 4,000 draws of 50 coefficients, and 3^10 cells.

    uv run python benchmarks/estimands.py

Prints a line of JSON a measurement, each in a fresh process: seconds by the clock and of the
processor, and the growth of peak resident memory. Writes docs/benchmarks-estimands.md with the
least of several, as other work on the machine only adds to them.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from measure import forget_the_peak, resident

from mixwell.interpret.means.estimands import means
from mixwell.numeric.intervals.quantiles import equal_tailed
from mixwell.posterior.draws import interval, interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.recipe import Recipe
from mixwell.specify.spec import Spec

CASES = ("grid", "grid_logit", "averaged_responses", "factorial")
CHAINS, DRAWS = 4, 1000
TIMES = 5
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks-estimands.md"
WORDS = {
    "grid": ("10,000 values of one variable, 50 coefficients, identity link", "under 2 s and 1 GB"),
    "grid_logit": ("the same on the response scale of a logit link", "under 2 s and 1 GB"),
    "averaged_responses": ("218 values x 46 levels, probabilities averaged over the levels", ""),
    "factorial": ("ten factors of three levels: 59,049 cells, 201 coefficients", ""),
}
HEAD = """# Speed of estimates

Written by `uv run python benchmarks/estimands.py`: the least of {times} fresh processes each, on
{cores} cores. Means with their standard deviations and intervals, on 4,000 draws; memory is the
growth of the peak, the result and its draws included. In a process that has used its memory before,
the second takes less than half of the time.

| means of | time | processor | memory | target |
|---|---|---|---|---|
"""
TAIL = """
The costliest sum is an order: an interval needs quantiles of each row's draws. They are taken from
the two tails of a row only, and are those of `numpy.quantile` to the last bit. 10,000 intervals of
4,000 draws, one thread:

| | processor |
|---|---|
| ArviZ's `eti` (`numpy.quantile`) | {before:.2f} s |
| `mixwell.numeric.intervals.quantiles.equal_tailed` | {after:.2f} s |
"""


def grid_spec(family: str) -> Spec:
    """Fifty coefficients: a factor of 46 levels and four numbers."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(2000, 4)), columns=list("wxyz"))
    data["g"] = [f"g{i % 46:02d}" for i in range(2000)]
    data["r"] = rng.integers(0, 2, 2000) if family == "bernoulli" else rng.normal(size=2000)
    return Recipe(("r ~ g + w + x + y + z",), data, family).specify()


def factorial_spec() -> Spec:
    """Ten factors of three levels with all interactions of two: 59,049 cells, 201 coefficients."""
    rng = np.random.default_rng(2)
    names = [f"f{i}" for i in range(10)]
    data = pd.DataFrame({name: rng.choice(list("abc"), 2000) for name in names})
    data["r"] = rng.normal(size=2000)
    return Recipe((f"r ~ ({' + '.join(names)})^2",), data).specify()


def posterior_of(spec: Spec) -> xr.Dataset:
    """Standard normal draws of the coefficients."""
    names = list(spec.design.mean.fixed.names)
    draws = np.random.default_rng(3).normal(0, 0.1, (CHAINS, DRAWS, len(names)))
    return xr.Dataset(
        {"b": (("chain", "draw", "effect"), draws)},
        coords={"chain": range(CHAINS), "draw": range(DRAWS), "effect": names},
    )


def run(case: str) -> int:
    """Compute one case and return its number of rows."""
    points = np.linspace(-2, 2, 10_000)
    if case == "factorial":
        spec = factorial_spec()
        return measured(case, spec, of="f0", at=None, options={})
    spec = grid_spec("gaussian" if case == "grid" else "bernoulli")
    if case == "averaged_responses":
        at = {"x": np.linspace(-2, 2, 218)}  # 218 values x 46 levels: 10,028 points, averaged
        return measured(case, spec, of="x", at=at, options={"average": "response"})
    return measured(case, spec, of="x", at={"x": points, "g": "g00"}, options={})


def measured(case: str, spec: Spec, of: str, at: object, options: dict[str, object]) -> int:
    posterior = Posterior(posterior_of(spec), spec)
    means(posterior, "w" if case != "factorial" else "f1")  # imports on first use
    forget_the_peak()
    before = resident("VmRSS") or 0.0
    start, worked = time.perf_counter(), time.process_time()
    made = means(posterior, of, at=at, **options)
    result = {
        "case": case,
        "rows": len(made),
        "seconds": round(time.perf_counter() - start, 2),
        "processor_seconds": round(time.process_time() - worked, 2),
        "resident_mb": round((resident("VmHWM") or 0.0) - before),
    }
    print(json.dumps(result))
    return len(made)


def intervals() -> dict[str, float]:
    """Return the processor's seconds for 10,000 intervals, in blocks as they are computed."""
    blocks = np.random.default_rng(4).normal(size=(200, 50, CHAINS * DRAWS))
    settings = interval_settings()
    seconds: dict[str, list[float]] = {"before": [], "after": []}
    for _ in range(TIMES):
        start = time.thread_time()
        for block in blocks:
            interval(block.reshape(-1, CHAINS, DRAWS).transpose(1, 2, 0), settings)
        middle = time.thread_time()
        for block in blocks:
            equal_tailed(block, settings.prob)
        seconds["before"].append(middle - start)
        seconds["after"].append(time.thread_time() - middle)
    return {name: min(values) for name, values in seconds.items()}


def measure() -> dict[str, dict[str, float]]:
    """Run every case in fresh processes, in turn; return the least of each number."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    for _ in range(TIMES):
        for name in CASES:
            done = subprocess.run(
                [sys.executable, __file__, name], check=True, capture_output=True, text=True
            )
            print(done.stdout, end="", flush=True)
            found[name].append(json.loads(done.stdout))
    numbers = ("seconds", "processor_seconds", "resident_mb")
    return {name: {n: min(r[n] for r in rows) for n in numbers} for name, rows in found.items()}


def write_page(found: dict[str, dict[str, float]]) -> None:
    text = HEAD.format(times=TIMES, cores=os.cpu_count())
    for name, (words, target) in WORDS.items():
        row = found[name]
        text += (
            f"| {words} | {row['seconds']:.2f} s | {row['processor_seconds']:.2f} s "
            f"| {row['resident_mb']:.0f} MB | {target} |\n"
        )
    PAGE.write_text(text + TAIL.format(**intervals()), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1])
    else:
        write_page(measure())
