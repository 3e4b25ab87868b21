"""Measures marginal means: 10,000 grid points on 4,000 draws of 50 coefficients, and 3^10 cells.

Also means over the population of groups, and average comparisons of a logistic mixed model against
those of bambi's `interpret` on the same draws, in one process.

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
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from measure import forget_the_peak, resident

from mixwell.interpret.changes.comparisons import comparisons
from mixwell.interpret.means.estimands import means
from mixwell.numeric.intervals.quantiles import equal_tailed
from mixwell.posterior.draws import interval, interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.recipe import Recipe
from mixwell.specify.spec import Spec
from mixwell.threads import one_blas_thread

CASES = ("grid", "grid_logit", "averaged_responses", "factorial", "population")
PEERS = "against_bambi"
CHAINS, DRAWS = 4, 1000
TIMES = 5
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks-estimands.md"
WORDS = {
    "grid": ("10,000 values of one variable, 50 coefficients, identity link", "under 2 s and 1 GB"),
    "grid_logit": ("the same on the response scale of a logit link", "under 2 s and 1 GB"),
    "averaged_responses": ("218 values x 46 levels, probabilities averaged over the levels", ""),
    "factorial": ("ten factors of three levels: 59,049 cells, 201 coefficients", ""),
    "population": (
        'probabilities over the population of groups (`groups="integrated"`): 50 cells, two '
        "correlated effects",
        "under 0.5 s",
    ),
}
HEAD = """# Speed of estimates

Written by `uv run python benchmarks/estimands.py`: the least of {times} fresh processes each, on
{cores} cores. Means with their standard deviations and intervals, on 4,000 draws; memory is the
growth of the peak, the result and its draws included. In a process that has used its memory before,
the second takes less than half of the time.

| means of | time | processor | memory | target |
|---|---|---|---|---|
"""
COMPARED = """
The average effect of a treatment on a probability: a logistic mixed model with 50 groups, an
intercept and a slope each, 1,000 rows and 4,000 draws, over the rows of the data with the
deviations of their groups. Both answer from the same draws in one process, the least of {times}
runs of each; estimates agree to {apart:.0e}. The interval of `fit.comparisons` is that of the
average, made of averages in every draw; that of `average_by="all"` is the average of the rows'
intervals.

| | time | processor | 89% interval |
|---|---|---|---|
{rows}"""
ASKED = {
    "bambi": 'bambi.interpret.comparisons(..., average_by="all")',
    "own": 'fit.comparisons(..., over="data", groups="existing")',
}
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


def grouped_data(n: int = 1000) -> pd.DataFrame:
    """Outcomes of 50 groups, with a treatment and a number."""
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"t": rng.integers(0, 2, n).astype(float), "x": rng.normal(size=n)})
    data["g"] = [f"g{i % 50:02d}" for i in range(n)]
    return data.assign(y=rng.integers(0, 2, n))


def grouped_posterior(names: list[str], coefficients: np.ndarray, **more: object) -> xr.Dataset:
    """Draws of a model with an intercept and a slope of each of 50 groups."""
    shape = coefficients.shape[:2]
    coords = {"chain": range(shape[0]), "draw": range(shape[1]), "effect": names}
    dims = {
        "sd_g": ("g_effect",),
        "corr_g": ("g_effect", "g_effect_"),
        "r_g": ("g", "g_effect"),
    }
    made = {"b": (("chain", "draw", "effect"), coefficients)}
    made |= {name: (("chain", "draw", *dims[name]), values) for name, values in more.items()}
    effects = ["Intercept", "x"]
    coords |= {"g_effect": effects, "g_effect_": effects, "g": [f"g{k:02d}" for k in range(50)]}
    return xr.Dataset(made, coords=coords)


def population() -> int:
    """Average 50 cells over the population of groups."""
    spec = Recipe(("y ~ t + x + (1 + x | g)",), grouped_data(), "bernoulli").specify()
    rng, shape = np.random.default_rng(6), (CHAINS, DRAWS)
    correlation = np.broadcast_to(np.array([[1, 0.4], [0.4, 1]]), (*shape, 2, 2))
    sd = np.abs(rng.normal(1.0, 0.1, (*shape, 2)))
    names = list(spec.design.mean.fixed.names)
    b = rng.normal(0.0, 0.3, (*shape, len(names)))
    posterior = Posterior(grouped_posterior(names, b, sd_g=sd, corr_g=correlation), spec)
    at = {"x": np.linspace(-2, 2, 25), "t": [0.0, 1.0]}
    case = {"of": ["x", "t"], "at": at, "options": {"groups": "integrated"}}
    return timed("population", posterior, "x", **case)


def against_bambi() -> dict[str, float]:
    """Compare a treatment by bambi's interpret and by ours, on the same draws."""
    import bambi
    from bambi import interpret

    data = grouped_data()
    priors = {name: bambi.Prior("Normal", mu=0, sigma=0.3) for name in ("Intercept", "t", "x")}
    model = bambi.Model(
        "y ~ t + x + (1 + x|g)", data, "bernoulli", priors=priors, center_predictors=False
    )
    model.build()
    drawn = model.prior_predictive(draws=CHAINS * DRAWS, random_seed=7)
    given = {"posterior": drawn["prior"].to_dataset()}
    tree = xr.DataTree.from_dict({**given, "observed_data": drawn["observed_data"].to_dataset()})
    draws = given["posterior"]
    b = np.stack([draws[name].to_numpy() for name in ("Intercept", "t", "x")], axis=-1)
    r = np.stack([draws[name].to_numpy() for name in ("1|g", "x|g")], axis=-1)
    spec = Recipe(("y ~ t + x + (1 + x | g)",), data, "bernoulli").specify()
    own = Posterior(grouped_posterior(list(spec.design.mean.fixed.names), b, r_g=r), spec)

    def ours() -> pd.DataFrame:
        return comparisons(own, "t", over="data", groups="existing").frame

    def theirs() -> pd.DataFrame:
        effect = {"t": [0.0, 1.0]}
        kind = {"average_by": "all", "use_hdi": False, "prob": 0.89}
        return interpret.comparisons(model, tree, effect, **kind).summary

    found: dict[str, float] = {}
    estimates = []
    for name, ask in (("own", ours), ("bambi", theirs)):
        ask()  # imports and compilation on first use
        clock, worked = [], []
        for _ in range(TIMES):
            start, used = time.perf_counter(), time.process_time()
            frame = ask()
            clock.append(time.perf_counter() - start)
            worked.append(time.process_time() - used)
        ends = [column for column in frame if str(column).startswith(("lower", "upper"))]
        low, high = frame[ends].iloc[0].tolist()
        estimates.append(float(frame["estimate"].iloc[0]))
        found |= {f"{name}_seconds": min(clock), f"{name}_processor": min(worked)}
        found[f"{name}_width"] = high - low
    found["apart"] = abs(estimates[0] - estimates[1])
    print(json.dumps(found))
    return found


def run(case: str) -> int:
    """Compute one case and return its number of rows."""
    if case == "population":
        return population()
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
    first = "w" if case != "factorial" else "f1"
    return timed(case, posterior, first, of=of, at=at, options=options)


def timed(case: str, posterior: Posterior, first: str, **asked: Any) -> int:
    """Print what means cost, those of another variable computed before, and return their rows."""
    of, at, options = asked["of"], asked["at"], asked["options"]
    means(posterior, first, **options)  # imports on first use
    forget_the_peak()
    before = resident("VmRSS") or 0.0
    start, worked = time.perf_counter(), time.process_time()
    with one_blas_thread():  # as all calls of users do
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


def one_process(case: str) -> dict[str, float]:
    """Run a case in a fresh process and return what it printed."""
    done = subprocess.run(
        [sys.executable, __file__, case], check=True, capture_output=True, text=True
    )
    print(done.stdout, end="", flush=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure() -> dict[str, dict[str, float]]:
    """Run every case in fresh processes, in turn; return the least of each number."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    for _ in range(TIMES):
        for name in CASES:
            found[name].append(one_process(name))
    numbers = ("seconds", "processor_seconds", "resident_mb")
    return {name: {n: min(r[n] for r in rows) for n in numbers} for name, rows in found.items()}


def compared(found: dict[str, float]) -> str:
    """Write what was found of two ways to the same average."""
    rows = ""
    for name, asked in ASKED.items():
        seconds, processor = found[f"{name}_seconds"], found[f"{name}_processor"]
        rows += f"| `{asked}` | {seconds:.2f} s | {processor:.2f} s "
        rows += f"| {found[f'{name}_width']:.3f} wide |\n"
    return COMPARED.format(times=TIMES, apart=found["apart"], rows=rows)


def write_page(found: dict[str, dict[str, float]]) -> None:
    text = HEAD.format(times=TIMES, cores=os.cpu_count())
    for name, (words, target) in WORDS.items():
        row = found[name]
        text += (
            f"| {words} | {row['seconds']:.2f} s | {row['processor_seconds']:.2f} s "
            f"| {row['resident_mb']:.0f} MB | {target} |\n"
        )
    text += compared(one_process(PEERS))
    PAGE.write_text(text + TAIL.format(**intervals()), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        against_bambi() if sys.argv[1] == PEERS else run(sys.argv[1])
    else:
        write_page(measure())
