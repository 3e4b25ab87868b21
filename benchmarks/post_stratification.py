"""Measures post-stratification and average effects next to bambi's comparisons.

    uv run python benchmarks/post_stratification.py

50,000 cells of a population by 4,000 draws of a logistic model with two grouping factors, by state;
then the average effect of a treatment over 500 rows, next to `bambi.interpret.comparisons` of the
same model, rows and number of draws in the same run. Each is measured in a fresh process: seconds
by the clock and of the processor, and the growth of peak resident memory. Prints lines of JSON, and
writes docs/benchmarks-populations.md.
"""

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from measure import forget_the_peak, resident

import mixwell as mw
from mixwell.interpret.changes.average_effects import effect
from mixwell.interpret.means.estimands import means
from mixwell.posterior.posterior import Posterior
from mixwell.threads import one_blas_thread

FORMULA = "y ~ treat * x + (1 | state) + (1 | job)"
CELLS, ROWS, STATES, JOBS, CHAINS, DRAWS, TIMES = 50_000, 500, 50, 20, 4, 1000, 1
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks-populations.md"
WORDS = {
    "cells": ("post-stratification of 50,000 cells, by 50 states", "under 10 s and 1 GB"),
    "new": ("the same, 10 of the states lacking in the data and averaged over", ""),
    "effect": ("average effect over 500 rows: all, treated, untreated", ""),
    "bambi": ("`bambi.interpret.comparisons` of these rows", "at least 3 times the line above"),
}
HEAD = """# Speed of averages over a population

Written by `uv run python benchmarks/post_stratification.py`: seconds of the processor and by the
clock, and the growth of the peak of memory, each in a fresh process. A logistic model with two
grouping factors and 4,000 draws. Other work on the machine adds to both times: its load average was
{load} on {cores} cores.

| | processor | clock | memory | target |
|---|---|---|---|---|
"""


def rows_of(n: int, seed: int = 1) -> pd.DataFrame:
    """Return rows with a treatment, a number and two grouping factors."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"treat": rng.choice(["no", "yes"], n), "x": rng.normal(size=n)})
    states = [f"s{k:02d}" for k in rng.integers(0, STATES, n)]
    frame = frame.assign(state=states, job=[f"j{k:02d}" for k in rng.integers(0, JOBS, n)])
    return frame.assign(y=rng.integers(0, 2, n), N=rng.integers(1, 9000, n))


def posterior(data: pd.DataFrame) -> Posterior:
    """Return a posterior that nobody sampled, of the size of one."""
    spec = mw.Model(FORMULA, data, "bernoulli").spec
    rng, dims = np.random.default_rng(1), ("chain", "draw")
    shape, names = (CHAINS, DRAWS), list(spec.design.mean.fixed.names)
    values: dict[str, Any] = {"b": ((*dims, "effect"), rng.normal(0, 0.3, (*shape, len(names))))}
    coords: dict[str, Any] = {"effect": names, "chain": range(CHAINS), "draw": range(DRAWS)}
    for factor, levels in spec.layout.factor_levels.items():
        own = f"{factor}_effect"
        values[f"sd_{factor}"] = ((*dims, own), rng.gamma(20, 0.02, (*shape, 1)))
        deviations = rng.normal(0, 0.4, (*shape, len(levels), 1))
        values[f"r_{factor}"] = ((*dims, factor, own), deviations)
        coords |= {factor: list(levels), own: ["Intercept"]}
    return Posterior(xr.Dataset(values, coords), spec)


def of_cells(new: bool) -> Callable[[], object]:
    """Return post-stratification, with states that the data lack or without."""
    drawn, census = posterior(rows_of(ROWS)), rows_of(CELLS, 2)
    groups = "completed" if new else None
    if new:
        census["state"] = census["state"].replace({f"s{k:02d}": f"t{k}" for k in range(10)})
    options = {"population": census, "weights": "N", "groups": groups, "progressbar": False}
    return lambda: means(drawn, by="state", **options)


def of_effect() -> Callable[[], object]:
    """Return the average effect of a treatment."""
    drawn = posterior(rows_of(ROWS))
    return lambda: effect(drawn, "treat", progressbar=False)


def of_bambi() -> Callable[[], object]:
    """Return bambi's comparisons, of a model whose draws nobody sampled either."""
    import bambi as bmb
    from bambi.interpret import comparisons

    data = rows_of(ROWS)
    drawn = posterior(data)
    model = bmb.Model("y ~ treat * x + (1|state) + (1|job)", data, family="bernoulli")
    model.build()
    b = drawn.draws["b"].to_numpy()
    dims = ("chain", "draw")
    made = xr.Dataset(
        {
            "Intercept": (dims, b[..., 0]),
            "treat": ((*dims, "treat_dim"), b[..., [1]]),
            "x": (dims, b[..., 2]),
            "treat:x": ((*dims, "treat:x_dim"), b[..., [3]]),
            **{
                f"1|{name}": (
                    (*dims, f"{name}__factor_dim"),
                    drawn.draws[f"r_{name}"].to_numpy()[..., 0],
                )
                for name in ("state", "job")
            },
        },
        coords={
            "treat_dim": ["yes"],
            "treat:x_dim": ["yes"],
            **{f"{name}__factor_dim": drawn.draws[name].to_numpy() for name in ("state", "job")},
            "chain": range(CHAINS),
            "draw": range(DRAWS),
        },
    )
    rows = {"__obs__": np.arange(len(data))}
    observed = xr.Dataset({"y": ("__obs__", data["y"].to_numpy())}, rows)
    tree = xr.DataTree.from_dict({"posterior": made, "observed_data": observed})
    return lambda: comparisons(model, tree, contrast={"treat": ["no", "yes"]}, use_hdi=False)


CASES: dict[str, Callable[[], Callable[[], object]]] = {
    "cells": lambda: of_cells(new=False),
    "new": lambda: of_cells(new=True),
    "effect": of_effect,
    "bambi": of_bambi,
}


def measure(case: str) -> dict[str, float | str]:
    """Run one case, once small for whatever is imported on first use, and return what it took."""
    warnings.simplefilter("ignore")
    means(posterior(rows_of(ROWS)), "treat")
    made = CASES[case]()
    forget_the_peak()
    before = resident("VmRSS")
    clock, processor = time.perf_counter(), time.process_time()
    with one_blas_thread():  # as all calls of users do
        found = made()
    took = {"time": time.perf_counter() - clock, "processor": time.process_time() - processor}
    peak = resident("VmHWM")
    assert found is not None
    memory = float("nan") if peak is None or before is None else peak - before
    took["load"] = os.getloadavg()[0]
    return {"case": case, **{name: round(value, 3) for name, value in took.items()}, "mb": memory}


def main() -> None:
    """Measure every case several times and write the page."""
    found: dict[str, list[dict[str, Any]]] = {case: [] for case in CASES}
    for _ in range(TIMES):
        for case in CASES:
            run = subprocess.run(
                [sys.executable, __file__, case], capture_output=True, text=True, check=True
            )
            print(run.stdout.strip().splitlines()[-1], flush=True)
            found[case].append(json.loads(run.stdout.strip().splitlines()[-1]))
    loads = sorted(run["load"] for runs in found.values() for run in runs)
    text = HEAD.format(load=f"{loads[0]:.1f} to {loads[-1]:.1f}", cores=os.cpu_count())
    for case, runs in found.items():
        least = {name: min(run[name] for run in runs) for name in ("processor", "time", "mb")}
        what, target = WORDS[case]
        times = f"{least['processor']:.1f} s | {least['time']:.1f} s"
        text += f"| {what} | {times} | {least['mb']:.0f} MB | {target} |\n"
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
