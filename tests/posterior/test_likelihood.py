"""Random responses and log densities of rows that are truncated, censored or weighted."""

import pickle
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import mixwell as mw
from mixwell.design import build_design
from mixwell.errors import DataError
from mixwell.families import FAMILIES, get_family
from mixwell.formula import parse_formula
from mixwell.posterior.likelihood import (
    distribution_ends,
    log_density,
    mean_given_bounds,
    random_response,
)

ETA = np.log(np.array([[0.3, 2.0, 9.0, 55.0], [0.4, 3.0, 8.0, 60.0]]))
MEAN = np.exp(ETA)
COUNTS = pd.DataFrame({"n": [1.0, 2.0, 7.0, 61.0], "low": 1.0, "high": [4.0, 9.0, 12.0, 70.0]})
LAWS = {
    "poisson": (stats.poisson(MEAN), {}),
    "negativebinomial": (stats.nbinom(2.5, 2.5 / (2.5 + MEAN)), {"alpha": np.array([[2.5]])}),
}


def response(formula, data=COUNTS):
    return build_design([parse_formula(formula)], data).response


@pytest.mark.parametrize("name", LAWS)
def test_truncated_counts_are_drawn_as_quantiles_of_the_truncated_distribution(name):
    law, parameters = LAWS[name]
    bounded = response("n | trunc(lb = low, ub = high) ~ 1")
    drawn = random_response(get_family(name), bounded, ETA, parameters, np.random.default_rng(4))
    chance = np.random.default_rng(4).uniform(size=ETA.shape)
    below, above = law.cdf(bounded.lower - 1), law.cdf(bounded.upper)
    np.testing.assert_array_equal(drawn, law.ppf(below + chance * (above - below)))
    assert ((drawn >= bounded.lower) & (drawn <= bounded.upper)).all()


CONTINUOUS = {
    "gamma": (stats.gamma(2.5, scale=MEAN / 2.5), {"alpha": np.array([[2.5]])}),
    "inverse_gaussian": (stats.invgauss(MEAN / 9.0, scale=9.0), {"alpha": np.array([[9.0]])}),
    "weibull": (
        stats.weibull_min(2.0, scale=MEAN / special.gamma(1.5)),
        {"alpha": np.array([[2.0]])},
    ),
    "exponential": (stats.expon(scale=MEAN), {}),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_truncated_times_are_drawn_as_quantiles_of_the_truncated_distribution(name):
    """SciPy's quantiles, of families with a quantile function and those that look them up."""
    law, parameters = CONTINUOUS[name]
    bounded = response("n | trunc(lb = low, ub = high) ~ 1", COUNTS.assign(low=0.5))
    drawn = random_response(get_family(name), bounded, ETA, parameters, np.random.default_rng(4))
    chance = np.random.default_rng(4).uniform(size=ETA.shape)
    below, above = law.cdf(bounded.lower), law.cdf(bounded.upper)
    np.testing.assert_allclose(drawn, law.ppf(below + chance * (above - below)), rtol=1e-8)


@pytest.mark.parametrize("name", LAWS)
def test_log_densities_of_truncated_and_censored_counts_are_scipys(name):
    law, parameters = LAWS[name]
    family, y = get_family(name), COUNTS["n"].to_numpy()
    bounded = response("n | trunc(lb = low, ub = high) ~ 1")
    inside = np.log(law.cdf(bounded.upper) - law.cdf(bounded.lower - 1))
    found = log_density(family, bounded, ETA, parameters)
    np.testing.assert_allclose(found, law.logpmf(y) - inside, rtol=1e-9)
    sides = response("n | cens(c) ~ 1", COUNTS.assign(c=["left", "none", "right", "none"]))
    expected = np.where([True, False, False, False], law.logcdf(y), law.logpmf(y))
    expected = np.where([False, False, True, False], law.logsf(y - 1), expected)
    np.testing.assert_allclose(log_density(family, sides, ETA, parameters), expected, rtol=1e-9)


BOUNDS = {"below": "trunc(ub = 3)", "above": "trunc(lb = 2)", "both": "trunc(lb = 2, ub = 3)"}
PARAMETERS = {"sigma": 0.1, "nu": 1e9, "phi": 10.0, "alpha": 10.0}


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=list(BOUNDS))
@pytest.mark.parametrize("eta", [-1e3, 1e3], ids=["far below", "far above"])
@pytest.mark.parametrize("name", ["gaussian", "student", "poisson", "negbinomial", "gamma"])
def test_far_from_the_mean_bounds_are_met_without_a_warning(name, eta, bounds):
    family, y = get_family(name), pd.DataFrame({"y": [2.0, 3.0]})
    bounded = response(f"y | {bounds} ~ 1", y)
    parameters = {each.name: np.array([[PARAMETERS[each.name]]]) for each in family.parameters[1:]}
    eta = np.full((1, 2), eta if family.link.linear else eta / 100)
    lower, upper = (2 if "lb" in bounds else -np.inf), (3 if "ub" in bounds else np.inf)
    mean = mean_given_bounds(family, bounded, eta, parameters)
    assert ((mean >= lower) & (mean <= upper)).all()
    if name == "gaussian":  # whose tails leave nothing but what lies at the nearer bound
        np.testing.assert_allclose(mean, np.clip(eta, lower, upper), rtol=0.01)
    for ask in (partial(random_response, rng=np.random.default_rng(1)), distribution_ends):
        with suppress(DataError):  # as where nothing lies between the bounds
            assert np.isfinite(ask(family, bounded, eta, parameters)).all()
    log_density(family, bounded, eta, parameters)


@pytest.mark.parametrize("name", ["poisson", "negbinomial", "gamma", "lognormal", "gaussian"])
def test_limits_far_from_the_mean_have_a_chance_of_zero_without_a_warning(name):
    family, y = get_family(name), pd.DataFrame({"y": [5.0, 5.0], "c": ["left", "right"]})
    censored = response("y | cens(c) ~ 1", y)
    parameters = {
        p.name: np.array([[1e-3 if p.name == "sigma" else 10.0]]) for p in family.parameters[1:]
    }
    for far in (-1e3, 1e3) if family.link.linear else (-10.0, 10.0):
        eta = np.full((1, 2), far)
        found = log_density(family, censored, eta, parameters)
        assert (found <= 0).all()
        low, high = distribution_ends(family, censored, eta, parameters)
        assert (low <= high).all()


@pytest.mark.parametrize("name", ["poisson", "negbinomial", "gamma", "gaussian"])
def test_no_response_is_possible_where_nothing_lies_between_bounds(name):
    """To rounding; a density over a probability of 0 would be infinite, and draw chains there."""
    family, far = get_family(name), 1e170
    data = pd.DataFrame({"y": [2.0, 3.0]})
    parameters = {each.name: np.array([[PARAMETERS[each.name]]]) for each in family.parameters[1:]}
    for eta in (-far, far) if family.link.linear else (-700.0, 700.0):
        for bounds in BOUNDS.values():
            bounded = response(f"y | {bounds} ~ 1", data)
            with np.errstate(all="ignore"):
                found = log_density(family, bounded, np.full((1, 2), eta), parameters)
            assert (found < np.inf).all()


def test_a_count_far_above_its_mean_keeps_the_digits_of_its_probability():
    """SciPy's survival function: 1e-19 lies above the bound."""
    bounded = response("n | trunc(lb = 20) ~ 1", pd.DataFrame({"n": [20.0, 23.0]}))
    found = log_density(get_family("poisson"), bounded, np.zeros((1, 2)), {})
    law = stats.poisson(1.0)
    np.testing.assert_allclose(found[0], law.logpmf([20, 23]) - law.logsf(19), rtol=1e-12)


def test_an_interval_in_either_tail_keeps_the_digits_of_its_probability():
    """Mirror images of each other, of SciPy's survival functions."""
    data = pd.DataFrame({"y": [-13.0, 12.0], "c": "interval", "top": [-12.0, 13.0]})
    censored = response("y | cens(c, top) ~ 1", data)
    found = log_density(get_family("gaussian"), censored, np.zeros((1, 2)), {"sigma": np.ones(1)})
    inside = stats.norm.logsf(12) + np.log1p(-np.exp(stats.norm.logsf(13) - stats.norm.logsf(12)))
    np.testing.assert_allclose(found[0], [inside, inside], rtol=1e-12)


@pytest.mark.parametrize(
    ("formula", "family", "said"),
    [
        ("y | trunc(lb = low, ub = high) ~ 1", "gaussian", "Nothing but 2 lies between .* row 2"),
        ("n | trunc(lb = 0.5) ~ 1", "poisson", 'bound of "n" is 0.5, but .* whole numbers'),
        ("n | trunc(ub = half) ~ 1", "negbinomial", 'bound of "n" is 7.5, .* row 2'),
        ("n | cens(c, half) ~ 1", "poisson", 'limit of "n" is 7.5, .* row 2'),
    ],
)
def test_bounds_that_a_response_cannot_have_are_refused(formula, family, said):
    data = pd.DataFrame(
        {
            "y": [1.0, 2.0, 3.0],
            "n": [1, 2, 3],
            "low": [0.0, 2.0, 1.0],
            "high": [2.0, 2.0, 4.0],
            "half": [8.0, 7.5, 9.0],
            "c": ["none", "interval", "none"],
        }
    )
    with pytest.raises(DataError, match=f"(?s){said}"):
        mw.Model(formula, data, family)


def test_counts_between_equal_bounds_say_nothing():
    bounded = response("n | trunc(lb = 3, ub = 3) ~ 1", pd.DataFrame({"n": [3.0, 3.0]}))
    found = log_density(get_family("poisson"), bounded, np.array([[0.3, 1.4]]), {})
    np.testing.assert_allclose(found, 0.0, atol=1e-12)


def test_a_family_without_a_distribution_function_says_so_before_it_is_asked_for_one():
    truncated = response("n | trunc(lb = low) ~ 1")
    family = replace(get_family("gamma"), censorable=None)
    with pytest.raises(DataError, match='"gamma" has no distribution function'):
        log_density(family, truncated, ETA, {"alpha": np.array([[2.0]])})


@pytest.mark.parametrize("family", FAMILIES.values(), ids=str)
def test_a_family_survives_pickling(family):
    assert pickle.loads(pickle.dumps(family)) == family
    assert hash(family) == hash(pickle.loads(pickle.dumps(family)))


def test_responses_whose_mean_no_number_holds_are_refused_in_a_sentence() -> None:
    data = pd.DataFrame({"y": [1, 3, 2, 4, 0, 2] * 4, "x": np.linspace(-1e-6, 1e-6, 24)})
    fit = mw.Model("y ~ x", data, "poisson").fit(engine="exact", draws=100, seed=1)
    with pytest.raises(mw.DataError, match="too large for a number"):
        fit.predictions({"x": [1.0]}, kind="response", seed=1)
    assert "inf" in str(fit.explain("x"))
