"""Rows that stand for several equal ones count so often in every answer."""

import re

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.fit import Fit


def rows() -> pd.DataFrame:
    """Counts in few cells, most of which are there several times."""
    rng, n = np.random.default_rng(4), 150
    data = pd.DataFrame({"g": rng.integers(0, 6, n), "x": rng.integers(0, 3, n).astype(float)})
    data["half"] = np.where(rng.random(n) < 0.3, "late", "early")
    return data.assign(y=rng.poisson(np.exp(0.3 + 0.2 * data["x"] + 0.1 * data["g"])))


@pytest.fixture(scope="module")
def fits() -> tuple[Fit, Fit]:
    whole = rows()
    counted = whole.groupby(["g", "x", "half", "y"], as_index=False).size()
    formula = "y ~ x * half + (1 | g)"
    one = mw.Model(formula, whole, "poisson")
    other = mw.Model(formula, counted, "poisson", weights="size", weight_kind="frequency")
    assert len(counted) < len(whole) - 20
    assert "150 observations" in repr(other)
    assert "Rows:    150" in str(other.spec)
    return one.fit(seed=1, draws=50), other.fit(seed=1, draws=50)


def rounded(made: object) -> str:
    """A print with numbers of four digits: sums in another order differ in the last ones."""
    text = str(made)
    return re.sub(r"-?\d+\.\d+(e[-+]\d+)?", lambda m: f"{float(m[0]):.4g}", text)


PRINTED = {
    "terms": lambda fit: fit.joint_tests(),
    "terms after others": lambda fit: fit.joint_tests(2),
    "means where covariates stand at their means": lambda fit: fit.means("half"),
    "means weighed by cells": lambda fit: fit.means("x", weights="proportional"),
    "means over rows": lambda fit: fit.means("half", over="data"),
    "steps of an sd": lambda fit: fit.comparisons("x", step="sd", over="data"),
    "steps between quartiles": lambda fit: fit.means("x", at={"x": "quartiles"}),
    "effects": lambda fit: fit.effect("half"),
    "the population's coefficients": lambda fit: fit.marginal_coefficients(),
}


@pytest.mark.parametrize("asked", PRINTED)
def test_prints_are_those_of_the_rows_themselves(fits: tuple[Fit, Fit], asked: str) -> None:
    one, other = (rounded(PRINTED[asked](fit)) for fit in fits)
    assert other == one


TABLES = {
    "summary": lambda fit: fit.summary(),
    "r2": lambda fit: fit.r2(),
    "r2 on the latent scale": lambda fit: fit.r2("latent"),
    "part_r2": lambda fit: fit.part_r2(),
    "icc": lambda fit: fit.icc(),
    "icc of responses": lambda fit: fit.icc("response"),
    "design_effects": lambda fit: fit.design_effects(),
}


@pytest.mark.parametrize("asked", TABLES)
def test_tables_are_those_of_the_rows_themselves(fits: tuple[Fit, Fit], asked: str) -> None:
    one, other = (TABLES[asked](fit) for fit in fits)
    for column in ("estimate", "lower", "upper"):
        assert other[column].to_numpy() == pytest.approx(one[column].to_numpy(), rel=1e-6)


@pytest.mark.filterwarnings("ignore:.*weighs too much on the posterior")
def test_one_of_equal_rows_is_left_out_at_a_time(fits: tuple[Fit, Fit]) -> None:
    one, other = (fit.loo() for fit in fits)
    assert other.n_data_points == one.n_data_points == 150
    for name in ("elpd", "se", "p"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-6)
