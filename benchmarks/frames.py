"""The frames that the benchmarks measure, and the formula that each is measured with."""

from pathlib import Path

import numpy as np
import pandas as pd

FORMULAS = {
    "million": "y ~ x1 + x2 + x3 + f + (1 | g)",
    "million_strings": "y ~ x1 + x2 + x3 + f + (1 | g)",
    "factorial": "y ~ a * b",
    "coded": "y ~ C(f, sum) * x1 + scale(x2) + poly(x3, 3) + (x1 | g)",
    "insteval": "y ~ service + (1 | s) + (1 | d) + (1 | dept)",
}


def million(*, categorical: bool) -> pd.DataFrame:
    """1,000,000 rows with 6 fixed columns, two of them a factor's, and 100,000 groups."""
    n_rows, n_levels = 1_000_000, 100_000
    rng = np.random.default_rng(1)
    level = np.concatenate([np.arange(n_levels), rng.integers(n_levels, size=n_rows - n_levels)])
    frame = pd.DataFrame(rng.normal(size=(n_rows, 4)), columns=["y", "x1", "x2", "x3"])
    frame["f"] = np.array(["low", "middle", "high"])[rng.integers(3, size=n_rows)]
    frame["g"] = np.array([f"g{number:06d}" for number in range(n_levels)])[level]
    return frame.astype({"f": "category", "g": "category"}) if categorical else frame


def insteval(path: Path | None = None) -> pd.DataFrame:
    """73,421 ratings by 2,972 students of 1,128 lecturers in 14 departments."""
    if path is not None:
        frame = pd.read_csv(path)
    else:
        n_rows = 73_421
        rng = np.random.default_rng(2)
        sizes = {"s": 2_972, "d": 1_128, "dept": 14}
        frame = pd.DataFrame(
            {
                name: np.concatenate([np.arange(size), rng.integers(size, size=n_rows - size)]) + 1
                for name, size in sizes.items()
            }
        )
        frame["service"] = rng.integers(2, size=n_rows)
        frame["y"] = rng.integers(1, 6, size=n_rows)
    kinds = dict.fromkeys(["s", "d", "dept", "service"], "category")
    return (
        frame.astype("str")
        .astype(kinds)
        .astype({"y": "float64"})[["y", "service", "s", "d", "dept"]]
    )


def factorial() -> pd.DataFrame:
    """1,000,000 rows with two factors of 20 levels: 400 columns when written out, 3.2 GB."""
    rng = np.random.default_rng(3)
    names = np.array([f"level {number:02d}" for number in range(20)])
    columns = {name: names[rng.integers(20, size=1_000_000)] for name in "ab"}
    return pd.DataFrame({"y": rng.normal(size=1_000_000)} | columns)


def frame_of(case: str, path: Path | None = None) -> pd.DataFrame:
    """Return the frame of one case of `FORMULAS`."""
    if case == "insteval":
        return insteval(path)
    if case == "factorial":
        return factorial()
    return million(categorical=case != "million_strings")
