"""cens() and trunc() of families with zeros of their own, and of those that have no bounds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.errors import DataError
from mixwell.posterior.likelihood import log_density, random_response

ROWS = 8
#: Responses with zeros and without, and codes of censoring: left, none, right, up to 9.
COUNTS = pd.DataFrame({"y": [0, 0, 2, 3, 1, 4, 2, 0], "c": [0, -1, 0, 1, -1, 0, 2, 1], "u": 9})
AMOUNTS = COUNTS.assign(y=[0.0, 0.0, 2.5, 3.1, 1.2, 4.0, 2.2, 0.7])
SHARES = AMOUNTS.assign(y=[0.0, 0.0, 0.4, 0.5, 0.2, 0.7, 0.3, 0.1], u=0.9)
POISSON = stats.poisson(2.0)
NORMAL = stats.lognorm(0.8, scale=np.exp(0.3))
BETA = stats.beta(0.4 * 5, 0.6 * 5)


def of_zi(below, zi=0.3):
    return lambda y: np.where(y < 0, 0.0, zi + (1 - zi) * below(y))


def of_hu(below, at_zero, hu=0.3):
    return lambda y: np.where(y < 0, 0.0, hu + (1 - hu) * (below(y) - at_zero) / (1 - at_zero))


#: By family: data, the linear predictor, parameters, the distribution function.
CASES = {
    "zero_inflated_poisson": (COUNTS, np.log(2.0), {"zi": 0.3}, of_zi(POISSON.cdf)),
    "hurdle_poisson": (COUNTS, np.log(2.0), {"hu": 0.3}, of_hu(POISSON.cdf, POISSON.cdf(0))),
    "hurdle_lognormal": (AMOUNTS, 0.3, {"sigma": 0.8, "hu": 0.3}, of_hu(NORMAL.cdf, 0.0)),
    "zero_inflated_beta": (SHARES, np.log(2 / 3), {"kappa": 5.0, "zi": 0.3}, of_hu(BETA.cdf, 0.0)),
}


@pytest.mark.parametrize("family", CASES)
def test_censored_rows_have_the_probability_of_what_they_say(family):
    data, eta, given, below = CASES[family]
    spec = mw.Model("y | cens(c, u) ~ 1", data, family).spec
    parameters = {name: np.array([value]) for name, value in given.items()}
    found = log_density(spec.family, spec.response, np.full(ROWS, eta), parameters)
    y, step = data["y"].to_numpy(float), float(spec.family.support.whole)
    expected = {-1: below(y), 1: 1 - below(y - step) if step else 1 - below(y)}
    expected[2] = below(np.full(ROWS, float(data["u"][0]))) - below(y)
    for code, chance in expected.items():
        at = data["c"].to_numpy() == code
        np.testing.assert_allclose(np.exp(found[at]), chance[at], rtol=1e-9)


def test_truncated_counts_with_extra_zeros_are_those_between_the_bounds():
    data, eta, given, below = CASES["zero_inflated_poisson"]
    spec = mw.Model("y | trunc(ub = 4) ~ 1", data, "zero_inflated_poisson").spec
    parameters = {name: np.array([value]) for name, value in given.items()}
    found = log_density(spec.family, spec.response, np.full(ROWS, eta), parameters)
    y = data["y"].to_numpy(float)
    np.testing.assert_allclose(np.exp(found), (below(y) - below(y - 1)) / below(4.0), rtol=1e-9)
    drawn = random_response(
        spec.family, spec.response, np.full((20_000, ROWS), eta), parameters,
        np.random.default_rng(1),
    )  # fmt: skip
    assert drawn.max() == 4
    assert (drawn == 0).mean() == pytest.approx(float(below(0.0) / below(4.0)), abs=0.01)


@pytest.mark.parametrize(
    ("family", "left", "said"),
    [
        ("cumulative", "k", "take the categories together"),
        ("categorical", "t", "no order in which one lies beyond"),
        ("bernoulli", "c01", "leave its row out"),
        ("binomial", "k | trials(9)", "are rare"),
        ("tweedie", "y", "gaussian, .*weibull"),
        ("compois", "k", "Families that can: poisson, negativebinomial"),
        ("hurdle_gamma", "y", "gaussian, "),
    ],
)
def test_families_without_bounds_refuse_them_with_the_reason(family, left, said):
    data = AMOUNTS.assign(k=COUNTS["y"], t=list("abcabcab"), c01=[0, 1] * 4)
    bound = "trunc(lb = 0)" if family == "hurdle_gamma" else "cens(c, u)"
    both = f"{left} + {bound}" if "|" in left else f"{left} | {bound}"
    with pytest.raises(DataError, match=said):
        mw.Model(f"{both} ~ 1", data, family)
