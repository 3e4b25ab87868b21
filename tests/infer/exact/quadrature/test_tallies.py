"""Levels that look alike are integrated once, and nothing is lost by it."""

from typing import Any

import numpy as np
import pytest

import mixwell as mw
from mixwell.infer.exact.quadrature.quadrature_target import quadrature_target


def repeated(rng: np.random.Generator) -> dict[str, Any]:
    """Forty levels of four rows, with two kinds of predictors."""
    g = np.repeat(np.arange(40), 4)
    x = np.where(np.repeat(np.arange(40), 4) % 2 == 0, np.tile([0.0, 1.0, 2.0, 3.0], 40), 1.0)
    return {
        "y": rng.integers(0, 2, 160),
        "n": rng.poisson(1.0, 160),
        "x": x,
        "g": g,
        "o": np.tile([0.1, 0.2, 0.3, 0.4], 40),
    }


@pytest.mark.parametrize(
    ("formula", "family", "collapses"),
    [
        ("y ~ x + (1 | g)", "bernoulli", True),
        ("y ~ x + offset(o) + (1 | g)", "bernoulli", True),
        ("y ~ 0 + x + (0 + x | g)", "bernoulli", True),
        ("n ~ x + offset(o) + (1 | g)", "poisson", True),
        ("n ~ x + (x | g)", "poisson", True),
        ("y ~ x + (1 | g)", "bernoulli(link='probit')", True),
        ("n ~ x + (1 | g)", "negativebinomial", True),
    ],
)
def test_each_levels_likelihood_is_that_of_its_own_rows(
    formula: str, family: str, collapses: bool
) -> None:
    rng = np.random.default_rng(5)
    data = repeated(rng)
    name, _, link = family.partition("(")
    options = {"family": name} | ({"link": "probit"} if link else {})
    priors = {"Intercept": "flat"} if "0 +" not in formula else {}
    target = quadrature_target(mw.Model(formula, data, priors=priors, **options).spec)
    assert (len(target.tallies.counts) < 40) == collapses
    t = target.start + 0.3 * rng.normal(size=(5, len(target.start)))
    together = target.by_level(t)
    np.testing.assert_allclose(together.sum(axis=1), target.log_likelihood(t), rtol=1e-10)
    for level in (0, 1, 7, 20, 39):
        rows = np.flatnonzero(data["g"] == level)
        alone = {key: values[np.r_[rows, rows + 0]][: len(rows)] for key, values in data.items()}
        # a second level, never like the first, keeps the design what it is
        alone = {key: np.r_[values, data[key][:8]] for key, values in alone.items()}
        alone["g"] = np.r_[np.full(4, 99), np.repeat([0, 1], 4)]
        other = quadrature_target(mw.Model(formula, alone, priors=priors, **options).spec)
        values = {c.key: c.value(t[:, i]) for i, c in enumerate(target.parameters.scalars)}
        if other.x_means.size:
            away = other.x_means[1] - target.x_means[1]
            values["Intercept"] = values["Intercept"] + values["x"] * away
        shifted = t.copy()  # the other data have units of their own
        for i, coordinate in enumerate(other.parameters.scalars):
            shifted[:, i] = coordinate.unconstrained(values[coordinate.key])
        where = other.parameters.factors[0].levels.index("99")
        found = other.by_level(shifted)[:, where]
        # in two dimensions nodes of hardly any weight are left out, which is right to about 1e-6
        np.testing.assert_allclose(found, together[:, level], rtol=1e-6)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_cells_far_out_have_scores_and_information_that_are_numbers(link: str) -> None:
    """Where the chance is 1 or 0 to all digits a cell says nothing more about the predictor."""
    model = mw.Model("y ~ x + (1 | g)", repeated(np.random.default_rng(5)), "bernoulli", link=link)
    tallies = quadrature_target(model.spec).tallies
    eta = np.broadcast_to([-800.0, 0.0, 60.0, 800.0], (len(tallies.s), 4))
    with np.errstate(over="ignore"):
        score, information = tallies.slopes(eta, {})
    assert np.isfinite(score).all()
    assert np.isfinite(information).all()
    assert (information[:, 1] > 0).all()
    assert (information[:, [0, 3]] == 0).all()
