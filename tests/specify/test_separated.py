"""Separation in every kind of response that has it: the directions can be read off the data."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.specify.separated import separating_coefficients

N = 60
RNG = np.random.default_rng(1)


def _data() -> pd.DataFrame:
    f, x = np.tile(list("abc"), N // 3), RNG.normal(size=N)
    h, counts = np.repeat(list("uv"), N // 2), RNG.poisson(3, N) + 1
    mixed = RNG.integers(0, 2, N)
    columns = {
        "f": f,
        "h": h,
        "x": x,
        "far": x + 10,
        "g": np.tile(list("klmnop"), N // 6),
        "counts": counts,
        "zeros": np.where(f == "b", 0, counts),
        "cell": np.where((f == "b") & (h == "u"), 0, counts),
        "rating": counts % 4,
        "best": np.where(f == "b", 3, counts % 4),
        "ones": np.where(f == "b", 1, counts + 1),
        "none": 0,
        "every": 1,
        "first": np.where(f == "a", 1, mixed),
        "beyond": (x > 0.4).astype(int),
        "n": 5,
        "s": np.where(f == "c", 5, RNG.integers(1, 5, N)),
        "untried": np.where(f == "b", 0, 5),
        "time": RNG.gamma(2, 1, N),
        "status": np.where(f == "a", "right", "none"),
        "w": np.where((f == "b") & (counts > 1), 0.0, 1.0),
    }
    data = pd.DataFrame(columns)
    return data.assign(few=np.minimum(data["s"].where(data["f"] != "c", 2), data["untried"]))


DATA = _data()


@pytest.mark.parametrize(
    ("formula", "family", "names"),
    [
        ("zeros ~ f + x", "poisson", ["f[b]"]),
        ("zeros ~ f * x + (1 | g)", "poisson", ["f[b]"]),
        ("zeros ~ f + x", "negativebinomial", ["f[b]"]),
        ("zeros ~ 0 + f", "negativebinomial", ["f[b]"]),
        ("cell ~ f * h", "poisson", ["f[b]", "f[b]:h[v]"]),
        ("cell ~ f + h", "poisson", []),
        ("counts ~ f + x", "poisson", []),
        ("none ~ f + x", "poisson", ["Intercept"]),
        ("none ~ x", "negativebinomial", ["Intercept"]),
        ("every ~ f + x + (1 | g)", "bernoulli", ["Intercept"]),
        ("none ~ x", "bernoulli", ["Intercept"]),
        ("first ~ x", "bernoulli", []),
        ("beyond ~ far + f", "bernoulli", ["far", "Intercept"]),
        ("s | trials(n) ~ f + x", "binomial", ["f[c]"]),
        ("n | trials(n) ~ f + x", "binomial", ["Intercept"]),
        ("few | trials(untried) ~ f + x", "binomial", []),
        ("ones | trunc(lb = 1) ~ f + x", "poisson", ["f[b]"]),
        ("ones ~ f + x", "poisson", []),
        ("time | cens(status) ~ 0 + f + x", "gaussian", ["f[a]"]),
        ("time ~ f + x", "gamma", []),
        ("best ~ f + x", "cumulative", ["f[b]"]),
        ("rating ~ f + x", "cumulative", []),
    ],
)
def test_the_coefficients_that_run_away_are_named_and_no_others(formula, family, names) -> None:
    model = mw.Model(formula, DATA, family=family)
    assert separating_coefficients(model.spec) == names


def test_the_reference_level_runs_away_with_its_differences() -> None:
    found = separating_coefficients(mw.Model("first ~ f", DATA, family="bernoulli").spec)
    assert set(found) == {"Intercept", "f[b]", "f[c]"}


@pytest.mark.parametrize("link", ["identity", "sqrt"])
def test_means_that_reach_zero_are_no_separation(link: str) -> None:
    assert separating_coefficients(mw.Model("zeros ~ f", DATA, "poisson", link=link).spec) == []


def test_rows_of_weight_zero_say_nothing() -> None:
    data = DATA.assign(y=np.where((DATA["f"] == "b") & (DATA["w"] > 0), 0, DATA["counts"]))
    assert separating_coefficients(mw.Model("y ~ f", data, "poisson").spec) == []
    weighted = mw.Model("y ~ f", data, "poisson", weights="w").spec
    assert separating_coefficients(weighted) == ["f[b]"]
