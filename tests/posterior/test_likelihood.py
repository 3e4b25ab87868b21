"""Random responses and log densities of rows that are truncated, censored or weighted."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.design import build_design
from mixwell.errors import DataError
from mixwell.families import FAMILIES, get_family
from mixwell.formula import parse_formula
from mixwell.posterior.likelihood import log_density, random_response

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
