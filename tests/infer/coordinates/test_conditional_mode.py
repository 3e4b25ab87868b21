"""The quick conditional mode: near lme4's and the literature's estimates, for every family."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.coordinates.conditional_mode import ConditionalMode, conditional_mode
from mixwell.infer.declined import Declined

RNG = np.random.default_rng(5)


def mode(formula, data, **choices):
    return conditional_mode(mw.Model(formula, data, **choices).spec)


@pytest.mark.parametrize(
    ("formula", "name", "family", "unit", "expected"),
    [
        # lme4's estimates; of eight schools the posterior mean with a half-Cauchy prior
        ("Reaction ~ Days + (Days | Subject)", "sleepstudy", "gaussian", "Subject", (24.74, 5.92)),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin", "gaussian", "plate", (0.847,)),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin", "gaussian", "sample", (1.932,)),
        ("incidence | trials(size) ~ period + (1 | herd)", "cbpp", "binomial", "herd", (0.642,)),
        ("effect | se(se) ~ 1 + (1 | school)", "eight_schools", "gaussian", "school", (3.55,)),
    ],
)
def test_standard_deviations_are_near_the_published_ones(formula, name, family, unit, expected):
    priors = {"sd_school": "HalfCauchy(5)"} if name == "eight_schools" else None
    found = mode(formula, mw.load_data(name), family=family, priors=priors).units[unit]
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), expected, rtol=0.15)


def grouped(levels=40, rows=30, sd=0.8):
    g = np.repeat(np.arange(levels), rows)
    x = RNG.normal(size=g.size)
    eta = 0.3 + 0.5 * x + sd * RNG.normal(size=levels)[g]
    return pd.DataFrame({"g": g.astype(str), "x": x, "eta": eta})


def chance(eta):
    return 1 / (1 + np.exp(-eta))


RESPONSES = {
    "gaussian": lambda eta: RNG.normal(eta, 0.7),
    "student": lambda eta: eta + 0.7 * RNG.standard_t(5, eta.size),
    "bernoulli": lambda eta: RNG.binomial(1, chance(eta)),
    "poisson": lambda eta: RNG.poisson(np.exp(eta)),
    "negativebinomial": lambda eta: RNG.negative_binomial(3, 3 / (3 + np.exp(eta))),
    "gamma": lambda eta: RNG.gamma(4, np.exp(eta) / 4),
    "beta": lambda eta: np.clip(RNG.beta(8 * chance(eta), 8 * (1 - chance(eta))), 1e-6, 1 - 1e-6),
}


@pytest.mark.parametrize("family", RESPONSES)
def test_every_family_finds_the_size_of_its_random_effects(family):
    data = grouped()
    data["y"] = RESPONSES[family](data["eta"].to_numpy())
    found = mode("y ~ x + (1 | g)", data, family=family)
    assert isinstance(found, ConditionalMode)
    assert np.sqrt(found.units["g"].covariance[0, 0]) == pytest.approx(0.8, rel=0.35)
    assert (found.units["g"].ratios > 1).all()


def test_a_formula_for_sigma_has_its_own_random_effects():
    g = np.repeat(np.arange(50), 40)
    spread = np.exp(0.5 * RNG.normal(size=50))[g]
    data = pd.DataFrame({"y": RNG.normal(2.0, spread), "g": g.astype(str)})
    found = mode(["y ~ 1", "sigma ~ 1 + (1 | g)"], data)
    assert np.sqrt(found.units["sigma_g"].covariance[0, 0]) == pytest.approx(0.5, rel=0.3)


def test_one_effect_has_the_ratio_of_its_information_to_its_prior():
    found = mode("Reaction ~ 1 + (1 | Subject)", mw.load_data("sleepstudy")).units["Subject"]
    expected = found.information[:, 0, 0] * found.covariance[0, 0]
    np.testing.assert_allclose(found.ratios[:, 0], expected)


@pytest.mark.parametrize(
    ("formula", "name", "sigma"),
    [
        # lme4's residual standard deviations
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin", 0.5499),
        ("strength ~ 1 + (1 | batch) + (1 | batch:cask)", "pastes", 0.8234),
        ("Reaction ~ Days + (Days | Subject)", "sleepstudy", 25.592),
    ],
)
def test_crossed_and_nested_effects_leave_the_residual_its_size(formula, name, sigma):
    found = mode(formula, mw.load_data(name))
    rows = found.equations.xx[0, 0]  # X'WX of the intercept: n / sigma^2
    n = len(mw.load_data(name))
    assert np.sqrt(n / rows) == pytest.approx(sigma, rel=0.05)


def test_information_of_an_outer_factor_has_the_inner_one_integrated_out():
    found = mode("strength ~ 1 + (1 | batch) + (1 | batch:cask)", mw.load_data("pastes"))
    inner = found.units["batch:cask"].covariance[0, 0]
    w = found.equations.xx[0, 0] / 60
    # three casks of two rows each: every cask informs about the batch with its own variance
    expected = 3 / (1 / (2 * w) + inner)
    np.testing.assert_allclose(found.units["batch"].information[:, 0, 0], expected)


def test_information_in_a_crossed_design_is_what_the_schur_complement_leaves():
    found = mode("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    zz = found.equations.zz.toarray()
    other = zz[24:, 24:] + np.eye(6) / found.units["sample"].covariance[0, 0]
    left = zz[:24, :24] - zz[:24, 24:] @ np.linalg.inv(other) @ zz[24:, :24]
    np.testing.assert_allclose(found.units["plate"].information[:, 0, 0], np.diag(left))


def test_a_model_without_random_effects_has_the_mode_of_its_coefficients():
    data = mw.load_data("cbpp")
    found = mode("incidence | trials(size) ~ period", data, family="binomial")
    totals = data.groupby("period")[["incidence", "size"]].sum()
    share = (totals["incidence"] / totals["size"]).to_numpy()
    codes = (data["period"].to_numpy()[:, None] == totals.index[1:].to_numpy()).mean(axis=0)
    first = found.theta[0] - codes @ found.theta[1:]
    expected = np.log(share / (1 - share))
    np.testing.assert_allclose(first + np.append(0, found.theta[1:]), expected, atol=0.05)
    assert found.units == {}


@pytest.mark.parametrize(
    ("data", "family"),
    [
        (pd.DataFrame({"y": [1.0, 1.0, 1.0, 1.0 + 1e-9], "g": list("aabb")}), "gaussian"),
        (pd.DataFrame({"y": [1e120, -1e120, 1.0, 2.0], "g": list("abab")}), "gaussian"),
        (pd.DataFrame({"y": [0.0, 0.0, 0.0, 1.0], "g": list("aabc")}), "bernoulli"),
        (pd.DataFrame({"y": [0.0, 0.0, 0.0, 9e8], "g": list("aabc")}), "poisson"),
    ],
    ids=["nearly constant", "huge", "few rows", "one huge count"],
)
def test_odd_data_raise_nothing(data, family):
    found = mode("y ~ 1 + (1 | g)", data, family=family)
    assert isinstance(found, Declined) or np.isfinite(found.units["g"].ratios).all()


def test_a_hundred_thousand_rows_in_thousands_of_levels_have_a_mode():
    n = 100_000
    data = pd.DataFrame(
        {
            "g": RNG.integers(0, 5000, n).astype(str),
            "h": RNG.integers(0, 300, n).astype(str),
            "x": RNG.normal(size=n),
        }
    )
    data["y"] = RNG.binomial(1, chance(data["x"]))
    spec = mw.Model("y ~ x + (x | g) + (1 | h)", data, family="bernoulli").spec
    assert isinstance(conditional_mode(spec), ConditionalMode)
