"""What it saves to take equal rows as one in the direct engine, and what it costs to look for them.

    OPENBLAS_NUM_THREADS=1 uv run python benchmarks/equal_rows.py

Processor time: the arrangement of a model, a gradient, and a new reference, with all
rows and with equal ones as one, of one run.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

import mixwell as mw
from mixwell.infer.direct import rows
from mixwell.infer.direct.reference import build_reference
from mixwell.infer.direct.target import build_target

#: Formula, family, rows, levels.
CASES = [
    ("y ~ a + b + (1 | g)", "bernoulli", 1_000, 50),
    ("y ~ a + b + (1 | g)", "bernoulli", 10_000, 50),
    ("y ~ a + b + (1 | g)", "bernoulli", 200_000, 50),
    ("y ~ a + b + (1 | g)", "bernoulli", 1_000_000, 50),
    ("count ~ a + b + (1 | g)", "poisson", 200_000, 50),
    ("count ~ a + b + (1 + a | g)", "negativebinomial", 200_000, 50),
    ("y ~ 1 + (1 | g)", "bernoulli", 200_000, 100_000),
    ("y ~ a + x + (1 | g)", "bernoulli", 200_000, 50),
]


def simulated(n: int, levels: int) -> pd.DataFrame:
    """Return outcomes and counts of two marks, a continuous covariate and a factor."""
    rng = np.random.default_rng(1)
    g, a, b = rng.integers(0, levels, n), rng.integers(0, 2, n), rng.integers(0, 2, n)
    eta = -0.5 + 0.4 * a - 0.3 * b + 0.7 * rng.normal(size=levels)[g]
    outcome, count = rng.binomial(1, 1 / (1 + np.exp(-eta))), rng.poisson(np.exp(eta))
    more = {"a": a, "b": b, "x": rng.normal(size=n), "y": outcome, "count": count}
    return pd.DataFrame({"g": g.astype(str), **more})


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the processor time of one of so many calls."""
    begin = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begin) / times


def main() -> None:
    """Print one line a model."""
    print(f"{'model':<52}{'rows':>22}{'build ms':>16}{'gradient ms':>20}{'reference ms':>18}")
    for formula, family, n, levels in CASES:
        spec = mw.Model(formula, simulated(n, levels), family=family).spec
        found = []
        for many in (n + 1, 1):
            rows._MANY = many  # type: ignore[misc]
            build_target(spec)  # what is compiled once
            built = seconds(partial(build_target, spec), 3)
            target = build_target(spec)
            x = np.full(target.columns.size, 0.1)
            reference = build_reference(target, x)
            gradient = seconds(partial(reference.rest, x), 100)
            new = seconds(partial(build_reference, target, x), 3)
            found.append((target.rows.n, 1e3 * built, 1e3 * gradient, 1e3 * new))
        (n0, b0, g0, r0), (n1, b1, g1, r1) = found
        print(
            f"{f'{family}, {formula}':<52}{f'{n0:,} -> {n1:,}':>22}{f'{b0:.1f} -> {b1:.1f}':>16}"
            f"{f'{g0:.3f} -> {g1:.3f}':>20}{f'{r0:.2f} -> {r1:.2f}':>18}"
        )


if __name__ == "__main__":
    main()
