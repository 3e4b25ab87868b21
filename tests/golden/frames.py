"""The data of the cases: shipped datasets, and small frames simulated from fixed seeds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import mixwell as mw

LINKS = {
    "gaussian": ("identity", "log", "inverse"),
    "student": ("identity", "log", "inverse"),
    "bernoulli": ("logit", "probit", "cloglog"),
    "binomial": ("logit", "probit", "cloglog"),
    "poisson": ("log", "identity", "sqrt"),
    "negativebinomial": ("log", "identity", "sqrt"),
    "gamma": ("log", "inverse", "identity"),
    "beta": ("logit", "probit", "cloglog"),
}

_MEANS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda u: 4 + 0.6 * u,
    "log": lambda u: np.exp(0.8 + 0.4 * u),
    "inverse": lambda u: 1 / (0.6 + 0.12 * np.tanh(u)),
    "sqrt": lambda u: (2 + 0.25 * u) ** 2,
    "logit": lambda u: 1 / (1 + np.exp(0.3 - u)),
    "probit": lambda u: 1 / (1 + np.exp(0.5 - 1.6 * u)),
    "cloglog": lambda u: 1 - np.exp(-np.exp(-0.4 + 0.6 * u)),
}


def table(name: str) -> pd.DataFrame:
    """Return the frame of a name: "lab", "sim family link", or a shipped dataset."""
    if name == "lab":
        return lab()
    if name == "gaps":
        return lab().assign(x=lambda d: d["x"].where(d.index % 9 != 4))
    if name == "lab with intervals":
        kinds = np.tile(["none", "interval", "left", "right"], 24)
        return lab().assign(kind=kinds)
    if name == "counts censored":
        return simulated("poisson", "log").assign(right=np.tile(["none", "none", "right"], 32))
    if name.startswith("sim "):
        return simulated(*name.split()[1:])
    return mw.load_data(name)


def lab() -> pd.DataFrame:
    """Return a frame with columns of every kind, as on the page on formulas."""
    rng = np.random.default_rng(1)
    levels = [["a1", "a2", "a3"], ["b1", "b2"], ["g1", "g2", "g3", "g4"], ["h1", "h2"]]
    data = pd.MultiIndex.from_product(levels, names=list("abgh")).to_frame(index=False)
    data = pd.concat([data, data], ignore_index=True)
    rows = len(data)
    data["x"] = rng.uniform(0.5, 9.5, rows).round(1)
    data["z"] = rng.normal(size=rows).round(2)
    data["dose"] = rng.permutation(np.repeat([1, 2, 4], rows // 3))
    order = ["low", "mid", "high"]
    data["o"] = pd.Categorical(rng.permutation(order * (rows // 3)), order, ordered=True)
    data["flag"] = rng.random(rows) < 0.5
    data["odd name"] = rng.normal(size=rows).round(2)
    data["y"] = (data["x"] + rng.normal(size=rows)).round(2)
    data["n"] = 10
    data["s"] = rng.binomial(10, 0.4, rows)
    data["f"] = data["n"] - data["s"]
    data["error"] = rng.uniform(0.5, 1, rows).round(2)
    data["w"] = rng.integers(1, 4, rows)
    data["censored"] = np.where(data["y"] > 8, "right", "none")
    data["upper"] = data["y"] + 1.5
    return data


def simulated(family: str, link: str) -> pd.DataFrame:
    """Return 96 rows of a family and a link: x, a factor a, 12 levels of g, 4 of h, trials n."""
    rng = np.random.default_rng([ord(letter) for letter in family + link])
    g, h = np.repeat(np.arange(12), 8), np.tile(np.arange(4), 24)
    x = rng.normal(size=96).round(2)
    a = rng.permutation(np.tile(np.arange(3), 32))
    u = 0.5 * x + 0.3 * (a == 2) + rng.normal(0, 0.5, 12)[g] + rng.normal(0, 0.3, 4)[h]
    mean = _MEANS[link](np.clip(u, -2, 2.5))
    n = rng.integers(4, 12, 96)
    made = {
        "gaussian": lambda: rng.normal(mean, 0.3),
        "student": lambda: mean + 0.3 * rng.standard_t(5, 96),
        "bernoulli": lambda: rng.binomial(1, mean),
        "binomial": lambda: rng.binomial(n, mean),
        "poisson": lambda: rng.poisson(mean),
        "negativebinomial": lambda: rng.negative_binomial(3, 3 / (3 + mean)),
        "gamma": lambda: rng.gamma(5, mean / 5) + 1e-3,
        "beta": lambda: np.clip(rng.beta(8 * mean, 8 * (1 - mean)), 0.01, 0.99),
    }[family]()
    return pd.DataFrame(
        {
            "y": made if family in ("bernoulli", "binomial") else np.round(made, 3),
            "x": x,
            "a": np.array(["a1", "a2", "a3"])[a],
            "g": [f"g{i:02d}" for i in g],
            "h": [f"h{i}" for i in h],
            "n": n,
            "w": rng.integers(1, 4, 96),
        }
    )
