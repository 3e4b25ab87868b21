"""Means corrected for the curvature of the link, and what is no standard deviation."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from mixwell.errors import DataError

# lme4 1.1-31 and emmeans 1.8.4: sqrt(VarCorr(m)$herd) of glmer's fit to cbpp, and of that fit
# summary(emmeans(m, ~period), type = "response", bias.adjust = TRUE, sigma = 0.6420699)$prob
SIGMA = 0.6420699
EMMEANS = [0.2179, 0.0971, 0.0861, 0.0570]
B = [-1.398343, -0.991925, -1.128216, -1.579745]


@pytest.fixture(scope="module")
def cbpp(pretend, table):
    rng = np.random.default_rng(1)
    sds = rng.uniform(0.2, 1.5, (2, 40, 1))
    return pretend(
        "incidence | trials(size) ~ period + (1 | herd)",
        table("cbpp"),
        B,
        "binomial",
        vcov=np.eye(4) * 0.05,
        draws=40,
        sd_herd=(("herd_effect",), sds),
        r_herd=(("herd", "herd_effect"), np.zeros((15, 1))),
    )


def test_true_takes_the_groups_sd_as_a_number_would(pretend, table):
    formula = "incidence | trials(size) ~ period + (1 | herd)"
    sd = {"sd_herd": (("herd_effect",), [SIGMA])}
    fit = pretend(formula, table("cbpp"), B, "binomial", **sd)
    made = fit.means("period", bias_adjust=True)
    np.testing.assert_allclose(made["estimate"], EMMEANS, atol=1e-4)
    np.testing.assert_allclose(made.samples, fit.means("period", bias_adjust=SIGMA).samples)
    one = fit.means("period", bias_adjust=1)
    assert (np.abs(one["estimate"] - made["estimate"]) > 0.01).all()


def test_true_takes_the_sd_of_each_draw(cbpp):
    made = cbpp.means("period", bias_adjust=True)
    eta = cbpp.means("period", scale="link").samples
    variance = cbpp.posterior["sd_herd"].to_numpy().ravel() ** 2
    p = expit(eta)
    np.testing.assert_allclose(made.samples, p + variance / 2 * p * (1 - p) * (1 - 2 * p))
    assert any("each draw's own standard deviation" in note for note in made.notes)


def test_what_is_compared_are_the_corrected_means(cbpp):
    made = cbpp.means("period", bias_adjust=True)
    odds = made.samples / (1 - made.samples)
    ratio = made.contrasts("reference")
    np.testing.assert_allclose(ratio.samples, odds[1:] / odds[0])
    difference = cbpp.contrasts("reference", "period", bias_adjust=True, compare="difference")
    np.testing.assert_allclose(difference.samples, made.samples[1:] - made.samples[0])


@pytest.mark.parametrize("over", ["grid", "data"])
def test_random_slopes_have_the_variance_of_their_place(pretend, over):
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"f": list("ab") * 20, "x": rng.normal(2, 1, 40), "g": list("pqrs") * 10})
    corr = np.array([[1.0, -0.5], [-0.5, 1.0]])
    sds = np.array([0.4, 0.3])
    fit = pretend(
        "y ~ f + (x | g)",
        data.assign(y=rng.poisson(3, 40)),
        [1.0, 0.5],
        "poisson",
        sd_g=(("g_effect",), sds),
        corr_g=(("g_effect", "g_effect_"), corr),
    )
    z = np.array([1.0, data["x"].mean()])
    variance = z @ (sds[:, None] * corr * sds) @ z
    made = fit.means("f", bias_adjust=True, over=over)
    np.testing.assert_allclose(made["estimate"], np.exp([1.0, 1.5]) * (1 + variance / 2))


@pytest.mark.parametrize("given", [True, False])
def test_numpys_truth_values_are_pythons(cbpp, given):
    made = cbpp.means("period", bias_adjust=np.bool_(given))
    pd.testing.assert_frame_equal(made.frame, cbpp.means("period", bias_adjust=given).frame)


@pytest.mark.parametrize("nothing", [None, False])
def test_false_corrects_nothing_on_any_scale(cbpp, nothing):
    for scale in ("response", "link"):
        made = cbpp.means("period", scale=scale, bias_adjust=nothing)
        pd.testing.assert_frame_equal(made.frame, cbpp.means("period", scale=scale).frame)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bias_adjust": "0.5"}, "no standard deviation"),
        ({"bias_adjust": "True"}, "no standard deviation"),
        ({"bias_adjust": -1}, "no standard deviation"),
        ({"bias_adjust": np.nan}, "no standard deviation"),
        ({"bias_adjust": [0.5]}, "no standard deviation"),
        ({"bias_adjust": True, "scale": "link"}, "shown as responses"),
        ({"bias_adjust": 0.5, "average": "response", "over": "data"}, "shown as responses"),
        ({"bias_adjust": True, "groups": "new"}, "takes deviations into the means already"),
        ({"bias_adjust": 0.5, "groups": "existing"}, "takes deviations into the means already"),
    ],
)
def test_what_cannot_be_corrected_is_refused(cbpp, options, said):
    with pytest.raises(DataError, match=said):
        cbpp.means("period", **options)


def test_a_model_without_groups_has_no_sd_of_its_own(pretend, table):
    fit = pretend("breaks ~ wool", table("warpbreaks"), [3.4, -0.2], "poisson")
    with pytest.raises(DataError, match="has no groups"):
        fit.means("wool", bias_adjust=True)
    corrected = fit.means("wool", bias_adjust=0.5)["estimate"]
    np.testing.assert_allclose(corrected, np.exp([3.4, 3.2]) * 1.125)


def test_a_mean_that_is_no_inverse_of_a_link_is_not_corrected(pretend, table):
    sigma = {"sigma": ((), 0.3)}
    fit = pretend("breaks ~ wool", table("warpbreaks"), [3.4, -0.2], "lognormal", **sigma)
    with pytest.raises(DataError, match="more than the inverse of a link"):
        fit.means("wool", bias_adjust=0.5)
