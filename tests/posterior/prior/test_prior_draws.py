"""Draws of a model's prior: coefficients at the user's own columns, in closed form."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.errors import DataError
from mixwell.posterior.prior.prior_draws import prior_draws


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(50.0, 3.0, 60), "f": list("abc") * 20})
    return frame.assign(y=rng.normal(size=60), g=np.repeat(list("uvwxyz"), 10))


def coefficients(spec, name="b"):
    values = prior_draws(spec).draws[name].to_numpy()
    return values.reshape(-1, values.shape[-1]).T


def test_an_intercept_at_the_means_is_taken_to_the_users_zero(data):
    # at the predictors' means the linear predictor has the intercept's own prior
    priors = {"Intercept_centered": "Normal(3, 2)", "x": "Normal(1, 0.5)"}
    spec = mw.Model("y ~ x", data, priors=priors).spec
    b = coefficients(spec)
    assert stats.kstest(b[0] + data["x"].mean() * b[1], stats.norm(3, 2).cdf).pvalue > 1e-3
    assert stats.kstest(b[1], stats.norm(1, 0.5).cdf).pvalue > 1e-3
    mean, sd = 3 - 1 * data["x"].mean(), np.hypot(2, 0.5 * data["x"].mean())
    assert stats.kstest(b[0], stats.norm(mean, sd).cdf).pvalue > 1e-3


@pytest.mark.parametrize("prior", ["Normal(3, 2)", "Exponential(1)"])
def test_an_intercept_at_the_users_zero_is_there(prior, data):
    spec = mw.Model("y ~ x + f", data, priors={"Intercept": prior}).spec
    expected = stats.norm(3, 2) if prior.startswith("Normal") else stats.expon()
    assert stats.kstest(coefficients(spec)[0], expected.cdf).pvalue > 1e-3


def test_without_an_intercept_coefficients_are_as_their_priors(data):
    spec = mw.Model("y ~ 0 + f", data, priors={"b": "Normal(0, 2)"}).spec
    for values in coefficients(spec):
        assert stats.kstest(values, stats.norm(0, 2).cdf).pvalue > 1e-3


def test_further_parameters_and_standard_deviations_are_drawn_too(data):
    formulas = ["y ~ x + (1 | g)", "sigma ~ f"]
    priors = {"sd_g": "Exponential(2)", "sigma_f[b]": "Normal(0, 3)"}
    drawn = prior_draws(mw.Model(formulas, data, priors=priors).spec).draws
    sd = drawn["sd_g"].to_numpy().ravel()
    assert stats.kstest(sd, stats.expon(0, 0.5).cdf).pvalue > 1e-3
    own = drawn["b_sigma"].sel(sigma_effect="f[b]").to_numpy().ravel()
    assert stats.kstest(own, stats.norm(0, 3).cdf).pvalue > 1e-3


def test_the_same_seed_gives_the_same_draws(data):
    spec = mw.Model("y ~ x + (x | g)", data).spec
    one, two = (prior_draws(spec, 400).draws for _ in range(2))
    assert one.equals(two)
    assert "sd_g" not in one  # without their correlations they would be others


def test_priors_that_cannot_be_drawn_are_named(data):
    spec = mw.Model("y ~ x", data, priors={"x": "flat"}).spec
    with pytest.raises(DataError, match="cannot be drawn here: the prior of x, flat"):
        prior_draws(spec)
    ratings = mw.Model("rating ~ treat", mw.load_data("inhaler"), "cumulative").spec
    with pytest.raises(DataError, match="several linear predictors, or thresholds"):
        prior_draws(ratings)
