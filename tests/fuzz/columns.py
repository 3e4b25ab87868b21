"""Columns of every kind, filled at random: what a user's frame may hold."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Column = Callable[[np.random.Generator, int], Any]


def _labels(rng: np.random.Generator, n: int, levels: list[str]) -> np.ndarray:
    return np.array(levels, dtype=object)[rng.integers(0, len(levels), n)]


def _with_gaps(rng: np.random.Generator, values: Any, gap: object) -> Any:
    column = pd.Series(values)
    return column.where(rng.random(len(column)) > 0.15, gap)


def _ordered(rng: np.random.Generator, n: int) -> Any:
    return pd.Categorical(_labels(rng, n, ["lo", "mid", "hi"]), ["lo", "mid", "hi"], ordered=True)


#: Columns of numbers, of every type and scale.
NUMBERS: dict[str, Column] = {
    "float": lambda rng, n: rng.normal(size=n),
    "whole": lambda rng, n: rng.integers(-3, 9, n),
    "positive": lambda rng, n: rng.gamma(2.0, size=n),
    "small": lambda rng, n: 1e-6 * rng.normal(size=n),
    "large": lambda rng, n: 1e9 * rng.normal(size=n),
    "far from zero": lambda rng, n: 1e7 + rng.normal(size=n),
    "float32": lambda rng, n: rng.normal(size=n).astype("float32"),
    "bytes": lambda rng, n: rng.integers(0, 255, n).astype("uint8"),
    "long": lambda rng, n: 2**53 + rng.integers(0, 9, n),
    "two values": lambda rng, n: rng.integers(0, 2, n),
    "constant": lambda rng, n: np.full(n, 2.5),
    "with gaps": lambda rng, n: _with_gaps(rng, rng.normal(size=n), np.nan),
    "nullable": lambda rng, n: _with_gaps(rng, pd.array(rng.integers(0, 5, n), "Int64"), pd.NA),
    "arrow": lambda rng, n: pd.array(rng.normal(size=n), "double[pyarrow]"),
    "skewed": lambda rng, n: np.exp(3 * rng.normal(size=n)),
}
#: Columns of levels.
LEVELS: dict[str, Column] = {
    "text": lambda rng, n: _labels(rng, n, ["a", "b", "c"]),
    "odd text": lambda rng, n: _labels(rng, n, ["a:b", "a[b]", 'it"s', "x, y"]),
    "categorical": lambda rng, n: pd.Categorical(_labels(rng, n, ["q", "p"]), ["q", "p", "none"]),
    "ordered": _ordered,
    "truth": lambda rng, n: rng.random(n) < 0.4,
    "nullable truth": lambda rng, n: _with_gaps(
        rng, pd.array(rng.random(n) < 0.5, "boolean"), pd.NA
    ),
    "text with gaps": lambda rng, n: _with_gaps(rng, _labels(rng, n, ["a", "b"]), None),
    "one level": lambda rng, n: _labels(rng, n, ["only"]),
    "rare level": lambda rng, n: np.where(np.arange(n) == 0, "rare", "usual"),
    "blanks": lambda rng, n: _labels(rng, n, ["", " ", "nan"]),
    "intervals": lambda rng, n: pd.cut(rng.normal(size=n), [-9, 0, 9]),
    "numbers as levels": lambda rng, n: pd.Categorical(rng.integers(1, 4, n)),
    "dates as levels": lambda rng, n: pd.Categorical(OTHERS["dates"](rng, n)),
}
#: What is neither, which formulas refuse or take in their own way.
OTHERS: dict[str, Column] = {
    "dates": lambda rng, n: (
        pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 9, n), "D")
    ),
    "durations": lambda rng, n: pd.to_timedelta(rng.integers(0, 9, n), "h"),
    "mixed": lambda rng, n: np.array([1, "b", 2.5, None], dtype=object)[rng.integers(0, 4, n)],
    "empty": lambda rng, n: np.full(n, np.nan),
    "infinite": lambda rng, n: np.where(np.arange(n) == 1, np.inf, rng.normal(size=n)),
    "complex": lambda rng, n: rng.normal(size=n) + 1j,
}
GROUPS: dict[str, Column] = {
    "few": lambda rng, n: _labels(rng, n, ["g1", "g2", "g3", "g4"]),
    "unequal": lambda rng, n: np.minimum(rng.geometric(0.4, n), 6),
    "categorical": lambda rng, n: pd.Categorical(_labels(rng, n, ["h2", "h1"]), ["h2", "h1", "h0"]),
    "many": lambda rng, n: rng.integers(0, max(n // 3, 2), n),
    "one a row": lambda rng, n: np.arange(n),
    "one": lambda rng, n: np.zeros(n, dtype=int),
    "odd text": lambda rng, n: _labels(rng, n, ["a, b", "c:d", "[1]", "`"]),
    "with gaps": lambda rng, n: _with_gaps(rng, _labels(rng, n, ["g1", "g2", "g3"]), None),
}
#: Responses by family.
RESPONSES: dict[str, Column] = {
    "gaussian": lambda rng, n: 3 + rng.normal(size=n),
    "student": lambda rng, n: rng.standard_t(4, n),
    "bernoulli": lambda rng, n: rng.integers(0, 2, n),
    "binomial": lambda rng, n: rng.integers(0, 7, n),
    "poisson": lambda rng, n: rng.poisson(3, n),
    "negbinomial": lambda rng, n: rng.negative_binomial(2, 0.4, n),
    "gamma": lambda rng, n: rng.gamma(2, size=n),
    "lognormal": lambda rng, n: np.exp(rng.normal(size=n)),
    "beta": lambda rng, n: rng.beta(2, 3, n),
    "cumulative": lambda rng, n: rng.integers(1, 5, n),
}
#: Responses of levels, for families that take them.
LEVELS_OF_RESPONSES: dict[str, Column] = {
    "bernoulli": lambda rng, n: _labels(rng, n, ["yes", "no"]),
    "cumulative": _ordered,
}
