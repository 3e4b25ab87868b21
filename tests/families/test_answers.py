"""Answers about families against what they should equal: refits, differences, other spellings."""

import numpy as np
import pytest
from scipy.special import expit, logsumexp
from tests.families.simulated import SIMULATED, simulated_rows

import mixwell as mw
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import log_likelihood

OPTIONS = {"draws": 500, "chains": 2, "seed": 1, "progressbar": False}


@pytest.mark.parametrize("name", ["zero_inflated_poisson", "cumulative", "weibull", "hurdle_gamma"])
def test_leaving_a_row_out_is_what_a_fit_without_it_says(name):
    """The log of the mean density of the row, over 1,000 draws without it."""
    data, formula = simulated_rows(name, rows=60), f"{SIMULATED[name].left} ~ x"
    model = mw.Model(formula, data, name)
    found = np.ravel(model.fit(**OPTIONS).loo().elpd_i)
    for row in (0, 17):
        without = mw.Model(formula, data.drop(index=row), name).fit(**OPTIONS)
        densities = np.asarray(log_likelihood(Posterior(without.posterior, model.spec)))
        densities = densities.reshape(-1, 60)[:, row]
        expected = logsumexp(densities) - np.log(len(densities))
        assert found[row] == pytest.approx(expected, abs=0.05)


def test_a_slope_of_counts_with_zeros_is_a_difference_of_predictions_offsets_of_zi_too():
    data = simulated_rows("zero_inflated_poisson", rows=200).assign(o=np.resize([0.0, 2, -1], 200))
    model = mw.Model(["y ~ x", "zi ~ 1 + offset(o)"], data, "zero_inflated_poisson")
    fit = model.fit(**OPTIONS)
    first = data.head(3)
    b = fit.posterior["b"].to_numpy().reshape(-1, 2)
    zi = expit(fit.posterior["b_zi"].to_numpy().reshape(-1, 1) + first["o"].to_numpy())
    expected = (1 - zi) * np.exp(b[:, :1] + b[:, 1:] * first["x"].to_numpy())
    found = fit.predictions(first).draws.to_numpy().reshape(-1, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    ends = [fit.predictions(data.assign(x=data["x"] + h)).draws.mean("row") for h in (1e-4, -1e-4)]
    slope = fit.slopes("x", over="data", scale="response").frame["estimate"].iloc[0]
    assert slope == pytest.approx(float((ends[0] - ends[1]).mean()) / 2e-4, rel=1e-6)


def test_counts_without_zeros_are_those_cut_off_below_one():
    data = simulated_rows("truncated_negativebinomial", rows=200)
    one = mw.Model("y ~ x", data, "truncated_negativebinomial").mode()
    other = mw.Model("y | trunc(lb = 1) ~ x", data, "negativebinomial").mode()
    np.testing.assert_allclose(one.b, other.b, atol=1e-4)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-5)


@pytest.mark.parametrize(
    "name", ["hurdle_gamma", "cumulative", "beta_binomial", "weibull", "genpois"]
)
def test_a_row_of_weight_two_counts_twice(name):
    left = SIMULATED[name].left
    weighted = f"{left}{' +' if '|' in left else ' |'} weights(w)"
    data = simulated_rows(name, rows=80).assign(w=np.resize([2.0, 1.0], 80))
    twice = data.loc[np.repeat(data.index, data["w"].astype(int))].reset_index(drop=True)
    one = mw.Model(f"{weighted} ~ x", data, name).mode(flat=True)
    other = mw.Model(f"{left} ~ x", twice, name).mode(flat=True)
    np.testing.assert_allclose(one.fixef()["estimate"], other.fixef()["estimate"], atol=1e-3)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-4)
