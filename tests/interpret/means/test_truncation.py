"""Means of truncated responses: given the bounds, or said to be those before truncation.

Means given bounds are integrals of the densities between the bounds, by scipy.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import integrate, stats

import mixwell as mw
from mixwell.interpret.changes import comparisons, slopes
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.means import estimands, predictions
from mixwell.interpret.sentences.explain import explain_fit
from mixwell.interpret.sizes.explained_variance import explained_variance
from mixwell.posterior.posterior import Posterior

SHAPE = (2, 30)
GIVEN, BEFORE = "given the truncation bounds", "before truncation"
SIGMA, NU, ALPHA = 1.3, 4.0, 0.7
DISTRIBUTIONS: dict[str, Callable[[float], object]] = {
    "gaussian": lambda eta: stats.norm(eta, SIGMA),
    "student": lambda eta: stats.t(NU, eta, SIGMA),
    "lognormal": lambda eta: stats.lognorm(SIGMA, scale=np.exp(eta)),
    "poisson": lambda eta: stats.poisson(np.exp(eta)),
    "negativebinomial": lambda eta: stats.nbinom(ALPHA, ALPHA / (ALPHA + np.exp(eta))),
}
BOUNDS = {"lb=1": (1, None), "ub=4": (None, 4), "lb=1, ub=4": (1, 4)}


def mean_between(distribution: object, low: float | None, high: float | None) -> float:
    if hasattr(distribution.dist, "pmf"):  # type: ignore[attr-defined]
        counts = np.arange(0 if low is None else low, 500 if high is None else high + 1)
        chance = distribution.pmf(counts)  # type: ignore[attr-defined]
        return float(counts @ chance / chance.sum())
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    density = distribution.pdf  # type: ignore[attr-defined]
    top, _ = integrate.quad(lambda y: y * density(y), low, high, epsabs=0)
    return top / integrate.quad(density, low, high, epsabs=0)[0]


@pytest.fixture
def rows() -> pd.DataFrame:
    x = np.tile([0.0, 0.5, 1.0], 8)
    return pd.DataFrame(
        {"y": np.resize([1.0, 2.0, 3.0, 4.0], 24), "x": x, "low": np.resize([0, 1], 24)}
    )


def drawn(
    formula: str, data: pd.DataFrame, family: str = "gaussian", **arguments: object
) -> Posterior:
    """Draws around an intercept of 0.2 and a slope of 0.9, other parameters known."""
    spec = mw.Model(formula, data, family=family, **arguments).spec
    rng = np.random.default_rng(1)
    variables: dict[str, object] = {
        "b": (("chain", "draw", "effect"), rng.normal([0.2, 0.9], 0.05, (*SHAPE, 2)))
    }
    for name, value in {"sigma": SIGMA, "nu": NU, "alpha": ALPHA}.items():
        if name in spec.auxiliary:
            variables[name] = (("chain", "draw"), np.full(SHAPE, value))
    coords = {"chain": range(2), "draw": range(30), "effect": ["Intercept", "x"]}
    return Posterior(xr.Dataset(variables, coords), spec)


def etas(posterior: Posterior, x: float) -> np.ndarray:
    b = posterior.draws["b"].to_numpy().reshape(-1, 2)
    return b[:, 0] + b[:, 1] * x


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("family", DISTRIBUTIONS)
def test_means_and_predictions_are_those_between_the_bounds(rows, family, bounds):
    posterior = drawn(f"y | trunc({bounds}) ~ x", rows, family)
    expected = [
        mean_between(DISTRIBUTIONS[family](eta), *BOUNDS[bounds]) for eta in etas(posterior, 0.5)
    ]
    for made in (
        estimands.means(posterior, "x", at={"x": 0.5}),
        predictions.predictions(posterior, rows[1:2]),
    ):
        np.testing.assert_allclose(made.samples[0], expected, rtol=1e-7)
        assert GIVEN in made.title


def test_comparisons_are_those_of_means_between_the_bounds(rows):
    posterior = drawn("y | trunc(lb=1) ~ x", rows)
    low, high = (
        np.array([mean_between(stats.norm(eta, SIGMA), 1, None) for eta in etas(posterior, x)])
        for x in (0.0, 1.0)
    )
    made = comparisons.comparisons(posterior, "x", step=(0, 1))
    np.testing.assert_allclose(made.samples[0], high - low, rtol=1e-7)
    ratio = comparisons.comparisons(posterior, "x", step=(0, 1), kind="ratio")
    np.testing.assert_allclose(ratio.samples[0], high / low, rtol=1e-7)
    means = estimands.means(posterior, "x", at={"x": [0, 1]})
    np.testing.assert_allclose(means.contrasts().samples[0], low - high, rtol=1e-7)


@pytest.mark.parametrize("family", DISTRIBUTIONS)
def test_slopes_on_the_response_scale_are_those_of_means_between_the_bounds(rows, family):
    posterior = drawn("y | trunc(lb=1, ub=4) ~ x", rows, family)
    step = 1e-4
    low, high = (
        np.array([
            mean_between(DISTRIBUTIONS[family](eta), 1, 4) for eta in etas(posterior, 0.5 + move)
        ])
        for move in (-step, step)
    )  # fmt: skip
    made = slopes.slopes(posterior, "x", at={"x": 0.5}, scale="response")
    np.testing.assert_allclose(made.samples[0], (high - low) / (2 * step), rtol=1e-5)
    assert GIVEN in made.title


def test_bounds_far_from_the_mean_keep_their_digits(rows):
    """Far out a normal tail is nearly exponential: the mean lies sigma / z above the bound z."""
    posterior = drawn("y | trunc(lb=1) ~ x", rows)
    far = posterior.draws.assign(b=posterior.draws["b"] - np.array([1000.0, 0.0]))
    made = predictions.predictions(Posterior(far, posterior.spec), rows[:1])
    z = (1 - (etas(posterior, 0.0) - 1000)) / SIGMA
    np.testing.assert_allclose(made.samples[0] - 1, SIGMA / z, rtol=1e-4)


def means_before(posterior: Posterior) -> list[Estimates]:
    return [
        estimands.means(posterior, "x", at={"x": 0.5}, scale="link"),
        predictions.predictions(posterior, kind="linear"),
        slopes.slopes(posterior, "x"),
    ]


def test_what_shows_means_before_truncation_says_so(rows):
    posterior = drawn("y | trunc(lb=1) ~ x", rows)
    for made in means_before(posterior):
        assert BEFORE in made.title
    assert "Means are those before truncation." in str(explain_fit(posterior))
    assert BEFORE in explained_variance(posterior).to_string()
    untouched = drawn("y ~ x", rows)
    for made in means_before(untouched):
        assert "truncation" not in str(made)
    assert "truncation" not in str(explain_fit(untouched))


def test_rows_have_their_own_bounds_and_a_grid_none(rows):
    posterior = drawn("y | trunc(lb=low) ~ x", rows)
    made = predictions.predictions(posterior, rows[:2])
    for row in range(2):
        etas_of_row = etas(posterior, rows["x"][row])
        low = rows["low"][row]
        expected = [mean_between(stats.norm(eta, SIGMA), low, None) for eta in etas_of_row]
        np.testing.assert_allclose(made.samples[row], expected, rtol=1e-7)
    grid = estimands.means(posterior, "x", at={"x": 0.5})
    np.testing.assert_allclose(grid.samples[0], etas(posterior, 0.5))
    assert BEFORE in grid.title
    assert "each row's mean between its own bounds" in str(grid)


def test_known_errors_of_rows_belong_to_their_means(rows):
    """Truncated normal with sd sigma / sqrt(weight)."""
    data = rows.assign(w=4.0)
    posterior = drawn("y | trunc(lb=1) ~ x", data, weights="w")
    expected = [mean_between(stats.norm(eta, SIGMA / 2), 1, None) for eta in etas(posterior, 0.0)]
    made = predictions.predictions(posterior, data[:1])
    np.testing.assert_allclose(made.samples[0], expected, rtol=1e-7)


def test_bounds_that_new_rows_lack_are_asked_for(rows):
    posterior = drawn("y | trunc(lb=low) ~ x", rows)
    with pytest.raises(mw.MixwellError, match="low"):
        predictions.predictions(posterior, rows[["x"]])


def test_a_correction_for_curvature_is_refused(rows):
    posterior = drawn("y | trunc(lb=1) ~ x", rows, "poisson")
    with pytest.raises(mw.DataError, match="truncation bounds"):
        estimands.means(posterior, "x", bias_adjust=0.5)
