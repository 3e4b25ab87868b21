"""Censored and truncated rows with one factor: Gauss-Hermite sums by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.exact.quadrature.quadrature_target import quadrature_target
from mixwell.posterior.likelihood import log_density


def rows() -> pd.DataFrame:
    """Return two dozen rows in four groups, some of whose responses are limits only."""
    rng = np.random.default_rng(1)
    g, x = np.repeat(np.arange(4), 6), rng.normal(size=24)
    y = np.exp(0.3 + 0.4 * x + rng.normal(0, 0.5, 4)[g] + rng.normal(0, 0.6, 24))
    sides = np.where(np.arange(24) % 5 == 0, "right", "none")
    sides = np.where(np.arange(24) % 7 == 0, "left", sides)
    frame = pd.DataFrame({"y": y, "x": x, "g": g, "k": rng.poisson(2, 24) + 1, "side": sides})
    ends = np.where(np.arange(24) % 4 == 0, "interval", sides)
    return frame.assign(ends=ends, top=1.5 * y, top_k=frame.k + 3, w=1.0 + np.arange(24) % 3)


CASES: dict[str, tuple[str, str, dict[str, float]]] = {
    "right and left": ("y | cens(side) ~ x + (1 | g)", "weibull", {"alpha": 1.4}),
    "intervals": ("y | cens(ends, top) ~ x + (1 | g)", "weibull", {"alpha": 1.4}),
    "weights": ("y | cens(side) + weights(w) ~ x + (1 | g)", "weibull", {"alpha": 1.4}),
    "gaussian": ("y | cens(side) ~ x + (1 | g)", "gaussian", {"sigma": 0.8}),
    "counts": ("k | cens(ends, top_k) ~ x + (1 | g)", "poisson", {}),
    "below": ("y | trunc(lb = 0) ~ x + (1 | g)", "gaussian", {"sigma": 0.8}),
    "above": ("y | trunc(ub = 30) ~ x + (1 | g)", "weibull", {"alpha": 1.4}),
    "between": ("y | trunc(lb = 0, ub = 30) ~ x + (1 | g)", "gamma", {"alpha": 2.0}),
    "counts above": ("k | trunc(lb = 1) ~ x + (1 | g)", "negativebinomial", {"alpha": 3.0}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_likelihood_is_the_integral_over_the_level_effects(name: str) -> None:
    formula, family, own = CASES[name]
    data = rows()
    model = mw.Model(formula, data, family)
    given: dict[str, Any] = {"sd": {"g": [0.6]}, "b": {"Intercept": 0.2, "x": 0.3}, **own}
    found = model.log_marginal_likelihood(nodes=80, **given)
    nodes, log_weights = np.polynomial.hermite_e.hermegauss(120)
    log_weights = np.log(log_weights) - 0.5 * np.log(2 * np.pi)
    eta = 0.2 + 0.3 * data["x"].to_numpy() + 0.6 * nodes[:, None]
    parameters = {key: np.array(value) for key, value in own.items()}
    density = log_density(model.spec.family, model.spec.response, eta, parameters)
    total = sum(
        np.logaddexp.reduce(density[:, start : start + 6].sum(axis=1) + log_weights)
        for start in range(0, 24, 6)
    )
    assert found == pytest.approx(total, abs=2e-6)


def test_equal_limits_are_counted_together() -> None:
    data = pd.concat([rows()] * 3, ignore_index=True)
    tallies = quadrature_target(
        mw.Model("y | cens(side) ~ x + (1 | g)", data, "weibull").spec
    ).tallies
    assert len(tallies.s) == 24
    assert (tallies.m == 3).all()
