"""Fits 10,000,000 rows with one factor of 100,000 levels; started by `compare.py`.

The measure is pandas' own: the time of one `groupby.mean` of one column in the same process.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import mixwell as mw
from mixwell.infer.exact.exact_draws import build_target
from mixwell.infer.exact.weighing.importance import importance_sample

FORMULA = "y ~ x + (1 | g)"
DRAWS = 250
STATUS = Path("/proc/self/status")


def simulated(rows: int, levels: int) -> pd.DataFrame:
    """Return a response, a number and a factor; every level occurs."""
    rng = np.random.default_rng(1)
    codes = np.concatenate([np.arange(levels), rng.integers(levels, size=rows - levels)])
    x = rng.normal(size=rows)
    effects = rng.normal(size=levels)
    y = 1.0 + 0.5 * x + effects[codes] + rng.normal(scale=2.0, size=rows)
    names = pd.Index([f"g{code:06d}" for code in range(levels)])
    return pd.DataFrame({"y": y, "x": x, "g": pd.Categorical.from_codes(codes, names)})


def memory(key: str) -> float:
    """Return VmRSS or VmHWM of this process in MB; nan where the system does not report it."""
    if not STATUS.exists():
        return float("nan")
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines[key].split()[0]) * 1024 / 1e6


def timed[T](work: Callable[[], T], times: int = 1) -> tuple[float, T]:
    """Return the median of the clock's seconds and the last result."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)), result


def main() -> None:
    rows, levels = int(sys.argv[1]), int(sys.argv[2])
    str(mw.Model(FORMULA, simulated(1000, 10)).fit(seed=1))  # whatever is imported on first use
    frame = simulated(rows, levels)
    groupby, _ = timed(lambda: frame.groupby("g", observed=True)["y"].mean(), 5)
    before = memory("VmRSS")
    design, model = timed(lambda: mw.Model(FORMULA, frame))
    reduction, target = timed(lambda: build_target(model.spec), 3)
    rng = np.random.default_rng(1)
    sampling, _ = timed(
        lambda: importance_sample(target.log_density, target.start, rng, 3 * 4 * DRAWS), 3
    )
    grown = memory("VmHWM") - before
    whole, fit = timed(lambda: model.fit(draws=DRAWS, seed=1))
    summary, _ = timed(lambda: print(fit))
    found = {
        "rows": rows,
        "levels": levels,
        "groupby": groupby,
        "steps": {
            "`groupby.mean` of one column by the factor, pandas": groupby,
            "design": design,
            "reduction": reduction,
            "reduction and parameters": reduction + sampling,
            f"the whole fit, with {4 * DRAWS * levels:,} deviations drawn": whole,
            "summary": summary,
        },
        "memory": grown,
        "data": float(frame.memory_usage().sum() / 1e6),
        "engine": fit.engine.get("label", ""),
    }
    print(f"\n#report {json.dumps(found)}")


if __name__ == "__main__":
    main()
