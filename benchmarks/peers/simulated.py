"""Data that are simulated, the same whenever they are."""

from collections.abc import Callable

import numpy as np
import pandas as pd

MILLION = 1_000_000


def two_formulas() -> pd.DataFrame:
    """Return 1,000 rows of 40 levels, whose scatter grows with a number."""
    rng = np.random.default_rng(2)
    x, g = rng.normal(size=1000), rng.integers(40, size=1000)
    y = 1 + 0.5 * x + 0.7 * rng.normal(size=40)[g] + np.exp(0.3 * x) * rng.normal(size=1000)
    return pd.DataFrame({"y": y, "x": x, "g": _named("g", g)})


def sites(rows: int = MILLION, levels: int = 10_000) -> pd.DataFrame:
    """Return rows of two arms at many sites, which differ in intercept and slope."""
    rng = np.random.default_rng(3)
    site, x = _every(rng, levels, rows), rng.normal(size=rows)
    arm, deviations = rng.integers(2, size=rows), rng.normal(size=(levels, 2)) * [0.8, 0.3]
    mean = 1 + 0.5 * x + 0.3 * arm - 0.2 * arm * x + deviations[site, 0] + deviations[site, 1] * x
    names = np.array(["control", "treated"])
    y = mean + rng.normal(scale=1.5, size=rows)
    return pd.DataFrame({"y": y, "x1": x, "arm": names[arm], "site": _named("s", site)})


def crossed(rows: int = MILLION, g: int = 100_000, h: int = 10_000) -> pd.DataFrame:
    """Return numbers of two crossed factors."""
    rng = np.random.default_rng(4)
    frame, mean = _crossed(rng, rows, g, h)
    return frame.assign(y=mean + rng.normal(scale=1.5, size=rows))


def counts(rows: int = MILLION, g: int = 100_000, h: int = 200) -> pd.DataFrame:
    """Return counts of two crossed factors."""
    rng = np.random.default_rng(5)
    frame, mean = _crossed(rng, rows, g, h)
    return frame.assign(y=rng.poisson(np.exp(0.6 * mean)))


def ratings(rows: int = 20_000, levels: int = 500) -> pd.DataFrame:
    """Return ratings from 1 to 5 of one factor's levels."""
    rng = np.random.default_rng(6)
    x, g = rng.normal(size=rows), _every(rng, levels, rows)
    latent = 0.5 * x + 0.8 * rng.normal(size=levels)[g] + rng.logistic(size=rows)
    y = 1 + np.searchsorted([-2.0, -0.5, 0.5, 2.0], latent)
    return pd.DataFrame({"y": y, "x": x, "g": _named("g", g)})


def _crossed(
    rng: np.random.Generator, rows: int, g: int, h: int
) -> tuple[pd.DataFrame, np.ndarray]:
    x, one, two = rng.normal(size=rows), _every(rng, g, rows), _every(rng, h, rows)
    mean = 1 + 0.5 * x + 0.8 * rng.normal(size=g)[one] + 0.5 * rng.normal(size=h)[two]
    return pd.DataFrame({"x": x, "g": _named("g", one), "h": _named("h", two)}), mean


def _every(rng: np.random.Generator, levels: int, rows: int) -> np.ndarray:
    """Return a level a row; each occurs."""
    rest = rng.integers(levels, size=rows - levels)
    return rng.permutation(np.concatenate([np.arange(levels), rest]))


def _named(letter: str, codes: np.ndarray) -> pd.Categorical:
    names = pd.Index([f"{letter}{code:06d}" for code in range(codes.max() + 1)])
    return pd.Categorical.from_codes(codes, names)


SIMULATED: dict[str, Callable[[], pd.DataFrame]] = {
    "two_formulas": two_formulas,
    "sites": sites,
    "crossed_million": crossed,
    "counts_million": counts,
    "ratings": ratings,
}
