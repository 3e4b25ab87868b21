"""Measures marginal means: 10,000 grid points on 4,000 draws of 50 coefficients, and 3^10 cells.

    uv run python benchmarks/estimands.py

Prints a line of JSON a case, each measured in a fresh process: seconds by the clock and of the
processor, and the growth of peak resident memory.
"""

import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import xarray as xr
from measure import forget_the_peak, resident

from mixwell.interpret.estimands import means
from mixwell.recipe import Recipe
from mixwell.specify.spec import Spec

CASES = ("grid", "grid_logit", "averaged_responses", "factorial")
CHAINS, DRAWS = 4, 1000


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
    posterior = posterior_of(spec)
    means(spec, posterior, "w" if case != "factorial" else "f1")  # imports on first use
    forget_the_peak()
    before = resident("VmRSS") or 0.0
    start, worked = time.perf_counter(), time.process_time()
    made = means(spec, posterior, of, at=at, **options)
    result = {
        "case": case,
        "rows": len(made),
        "seconds": round(time.perf_counter() - start, 2),
        "processor_seconds": round(time.process_time() - worked, 2),
        "resident_mb": round((resident("VmHWM") or 0.0) - before),
    }
    print(json.dumps(result))
    return len(made)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1])
    else:
        for name in CASES:
            subprocess.run([sys.executable, __file__, name], check=True)
