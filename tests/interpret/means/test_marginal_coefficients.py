"""Coefficients of the population's mean: probit's closed form, and many groups."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from mixwell.errors import DataError
from mixwell.interpret.means.marginal_coefficients import marginal_coefficients


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"f": np.tile(["a", "b"], 40), "x": rng.normal(size=80)})
    return frame.assign(g=np.repeat(list("abcdefghij"), 8), y=np.tile([0, 1, 1, 0, 1], 16))


def of(pretend, formula, data, b, link, sd):
    fit = pretend(formula, data, b, "bernoulli", {"link": link}, sd_g=(("g_effect",), sd))
    return marginal_coefficients(fit.drawn)


def test_with_a_probit_link_and_one_sd_they_are_attenuated_alike(pretend, data):
    b = np.array([-0.3, 0.7, 0.5])
    found = of(pretend, "y ~ f + x + (1 | g)", data, b, "probit", [1.2])
    np.testing.assert_allclose(found["estimate"], b / np.sqrt(1 + 1.44), rtol=1e-8)
    assert found.frame["effect"].tolist() == ["Intercept", "f[b]", "x"]


def test_of_a_saturated_design_they_are_the_logits_of_the_means_of_many(pretend, data):
    b, sd = np.array([-0.5, 1.3]), 1.7
    found = of(pretend, "y ~ f + (1 | g)", data, b, "logit", [sd])["estimate"].to_numpy()
    z = sd * np.random.default_rng(1).normal(size=2_000_000)
    low, high = (logit(expit(eta + z).mean()) for eta in (b[0], b.sum()))
    np.testing.assert_allclose(found, [low, high - low], atol=6e-3)


def test_models_without_a_population_are_refused(pretend, data):
    fit = pretend("y ~ f", data, [0.1, 0.2], "bernoulli")
    with pytest.raises(DataError, match="coefficients are the population's"):
        marginal_coefficients(fit.drawn)


def test_those_of_sigma_add_half_the_variance_of_its_groups_to_the_logarithm(pretend, data):
    fit = pretend(
        ["x ~ f", "sigma ~ f + (1 | g)"],
        data,
        [0.1, 0.2],
        b_sigma=(("sigma_effect",), [0.3, -0.4]),
        sd_sigma_g=(("sigma_g_effect",), [0.8]),
    )
    found = marginal_coefficients(fit.drawn, parameter="sigma")
    np.testing.assert_allclose(found["estimate"], [0.3 + 0.32, -0.4], atol=1e-9)
    assert "mean of sigma (log scale)" in found.title
    for name, said in (("mean", "its mean depends on"), ("mu", "mu has no groups")):
        with pytest.raises(DataError, match=said):
            marginal_coefficients(fit.drawn, parameter=name)


def test_a_parameter_without_a_formula_has_no_coefficients(pretend, data):
    fit = pretend("x ~ f + (1 | g)", data, [0.1, 0.2], sd_g=(("g_effect",), [0.5]), sigma=((), 1.0))
    with pytest.raises(DataError, match=r"sigma has no formula.*\n.*\n.*fit.means\(None"):
        marginal_coefficients(fit.drawn, parameter="sigma")
