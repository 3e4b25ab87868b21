"""Intraclass correlations and design effects: R's performance, closed forms, simulated rows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

import mixwell as mw
from mixwell.errors import DataError
from mixwell.fit import Fit
from mixwell.interpret.sizes.explained_variance import explained_variance
from mixwell.interpret.sizes.intraclass import design_effects, intraclass_correlation
from mixwell.numeric.integrals.normal_rule import normal_rule

REFERENCE = Path(__file__).parents[1] / "reference"
CBPP = "cbind(incidence, size - incidence) ~ period + (1 | herd)"


def shares(fit, scale="latent", **how):
    return intraclass_correlation(fit.drawn, scale, **how).set_index("factor")["estimate"]


def test_icc_is_the_mean_variance_between_groups_over_all_of_it(sleepstudy_fit: Fit) -> None:
    posterior = sleepstudy_fit.posterior
    sd = posterior["sd_Subject"].to_numpy()
    corr = posterior["corr_Subject"].to_numpy()[..., 0, 1]
    days = mw.load_data("sleepstudy")["Days"].to_numpy()
    between = (
        sd[..., 0] ** 2
        + 2 * days.mean() * corr * sd[..., 0] * sd[..., 1]
        + (days**2).mean() * sd[..., 1] ** 2
    )
    share = between / (between + posterior["sigma"].to_numpy() ** 2)
    table = sleepstudy_fit.icc().set_index("factor")
    assert table.loc["Subject", "estimate"] == pytest.approx(share.mean())


def test_of_slopes_they_are_those_of_performance(pretend, sizes):
    own = sizes["mixed"]["slopes"]
    corr = [[1, own["sd"][2]], [own["sd"][2], 1]]
    fit = pretend(
        "Reaction ~ Days + (Days | Subject)",
        mw.load_data("sleepstudy"),
        own["b"],
        sd_Subject=(("Subject_effect",), own["sd"][:2]),
        corr_Subject=(("Subject_effect", "Subject_effect_"), corr),
        sigma=((), own["sigma"]),
    )
    assert shares(fit)["Subject"] == pytest.approx(own["adjusted"], rel=1e-9)
    assert shares(fit, adjusted=False)["Subject"] == pytest.approx(own["unadjusted"], rel=1e-9)
    r2 = explained_variance(fit.drawn, "latent").set_index("r2")["estimate"]
    assert r2.to_dict() == pytest.approx({k: own[k] for k in ("conditional", "marginal")}, rel=1e-9)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_of_outcomes_they_are_those_of_performance_with_each_link(at_r, sizes, link):
    own = sizes["mixed"][link]
    fit = at_r(link, CBPP, mw.load_data("cbpp"), "binomial", link, herd=0)
    assert shares(fit)["herd"] == pytest.approx(own["adjusted"], rel=1e-9)
    # performance measures fixed effects over rows as they stand; so do we
    assert shares(fit, adjusted=False)["herd"] == pytest.approx(own["unadjusted"], rel=1e-9)
    r2 = explained_variance(fit.drawn, "latent").set_index("r2")["estimate"]
    assert r2.to_dict() == pytest.approx({k: own[k] for k in ("conditional", "marginal")}, rel=1e-9)


def test_of_crossed_factors_each_has_its_own_and_all_theirs_together(at_r, sizes):
    own, data = sizes["mixed"]["crossed"], mw.load_data("penicillin")
    fit = at_r("crossed", "diameter ~ (1 | plate) + (1 | sample)", data, plate=0, sample=0)
    found = shares(fit)
    assert found["plate"] == pytest.approx(own["by_group"]["plate"], rel=1e-6)
    assert found["sample"] == pytest.approx(own["by_group"]["sample"], rel=1e-6)
    assert found["all of plate + sample"] == pytest.approx(own["adjusted"], rel=1e-6)


def test_of_counts_the_residual_is_that_of_the_log_at_the_mean_of_all(at_r, sizes):
    own, data = sizes["mixed"]["poisson"], mw.load_data("grouseticks")
    formula = "TICKS ~ (1 | BROOD) + (1 | LOCATION)"
    fit = at_r("poisson", formula, data, "poisson", BROOD=0, LOCATION=0)
    found = shares(fit)
    assert found["BROOD"] == pytest.approx(own["by_group"]["BROOD"], rel=1e-6)
    assert found.iloc[-1] == pytest.approx(own["adjusted"], rel=1e-6)


@pytest.mark.parametrize(
    ("family", "formula", "scale"),
    [
        ("gamma", "Reaction ~ 1 + (1 | Subject)", "alpha"),
        ("negative_binomial", "TICKS ~ 1 + (1 | BROOD)", "alpha"),
        ("beta", "p ~ 1 + (1 | Subject)", "kappa"),
    ],
)
def test_of_other_families_they_are_those_that_r_has_by_the_paper(pretend, family, formula, scale):
    """Gamma's `alpha` is its shape: glmmTMB has the inverse of its root."""
    own = json.loads((REFERENCE / "shares.json").read_text(encoding="utf-8"))[family]
    counts = family == "negative_binomial"
    data = mw.load_data("grouseticks" if counts else "sleepstudy")
    data = data if counts else data.assign(p=data["Reaction"] / 1000)
    group = "BROOD" if counts else "Subject"
    known = {f"sd_{group}": ((f"{group}_effect",), [own["sd"]])}
    known[scale] = ((), own["sigma"] ** -2 if family == "gamma" else own["sigma"])
    choices = {"link": "log"} if family == "gamma" else None
    fit = pretend(formula, data, [own["b"]], family, choices, **known)
    assert shares(fit)[group] == pytest.approx(own["adjusted"], rel=1e-6)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"f": np.tile(["a", "b"], 60), "g": np.repeat(list("abcdefghijkl"), 10)})
    frame = frame.assign(h=rng.permutation(np.tile(list("pqrs"), 30)), y=np.tile([0, 1, 1], 40))
    return frame.assign(count=np.tile([0, 2, 5], 40))


def both(rho, threshold):
    return multivariate_normal(cov=[[1, rho], [rho, 1]]).cdf([threshold, threshold])


def test_on_the_response_scale_they_are_correlations_of_two_outcomes_of_a_group(pretend, rows):
    """With a probit link: probabilities of two normal errors with correlation v / (1 + v)."""
    v, b = np.array([0.8, 0.5]), [-0.3, 0.6]
    fit = pretend(
        "y ~ f + (1 | g) + (1 | h)",
        rows,
        b,
        "bernoulli",
        {"link": "probit"},
        sd_g=(("g_effect",), np.sqrt(v[:1])),
        sd_h=(("h_effect",), np.sqrt(v[1:])),
    )
    found = shares(fit, "response")
    total = 1 + v.sum()
    eta = np.array([b[0], sum(b)]) / np.sqrt(total)
    p = norm.cdf(eta)
    within = (p - [both(v.sum() / total, t) for t in eta]).mean()
    together = np.mean([both(v.sum() / total, t) for t in eta] - p**2)
    for own, name in zip(v, ("g", "h"), strict=True):
        share = np.mean([both(own / total, t) for t in eta] - p**2) / (together + within)
        assert found[name] == pytest.approx(share, rel=1e-6)
    assert found["all of g + h"] == pytest.approx(together / (together + within), rel=1e-6)
    fixed = p.var() * 120 / 119
    whole = together + within + fixed
    unadjusted = shares(fit, "response", adjusted=False)
    assert unadjusted["all of g + h"] == pytest.approx(together / whole, rel=1e-6)


def test_of_counts_on_the_response_scale_they_have_the_lognormal_closed_form(pretend, rows):
    """Means exp(eta + v/2), between exp(2 eta + v) (exp(v) - 1), within the mean itself."""
    sd, b = 0.9, [0.2, 0.7]
    fit = pretend("count ~ f + (1 | g)", rows, b, "poisson", sd_g=(("g_effect",), [sd]))
    mean = np.exp(np.array([b[0], sum(b)]) + sd**2 / 2)
    between, within = (mean**2 * (np.exp(sd**2) - 1)).mean(), mean.mean()
    assert shares(fit, "response")["g"] == pytest.approx(between / (between + within), rel=1e-8)


def test_of_gaussian_responses_both_scales_have_the_same(at_r):
    data = mw.load_data("penicillin")
    fit = at_r("crossed", "diameter ~ (1 | plate) + (1 | sample)", data, plate=0, sample=0)
    assert shares(fit).equals(shares(fit, "response"))


def test_where_residuals_scatter_by_group_their_mean_over_groups_counts(pretend, rows):
    """The mean of exp(2 (0.3 + 0.5 z)) is exp(0.6 + 0.5)."""
    fit = pretend(
        ["count ~ 1 + (1 | g)", "sigma ~ 1 + (1 | g)"],
        rows,
        [0.9],
        sd_g=(("g_effect",), [0.7]),
        b_sigma=(("sigma_effect",), [0.3]),
        sd_sigma_g=(("sigma_g_effect",), [0.5]),
    )
    assert shares(fit, "response").iloc[0] == pytest.approx(0.49 / (0.49 + np.exp(1.1)), rel=1e-6)


def test_where_zeros_have_groups_too_they_agree_with_two_million_simulated_groups(pretend, rows):
    """Each group two counts, zero with a probability that varies from group to group."""
    fit = pretend(
        ["count ~ 1 + (1 | g)", "zi ~ 1 + (1 | g)"],
        rows,
        [0.9],
        "zero_inflated_poisson",
        sd_g=(("g_effect",), [0.7]),
        b_zi=(("zi_effect",), [-0.5]),
        sd_zi_g=(("zi_g_effect",), [1.1]),
    )
    rng = np.random.default_rng(1)
    u, z = rng.normal(size=(2, 2_000_000))
    mu, zi = np.exp(0.9 + 0.7 * u), 1 / (1 + np.exp(0.5 - 1.1 * z))
    y = rng.poisson(mu, (2, u.size)) * (rng.uniform(size=(2, u.size)) > zi)
    assert shares(fit, "response").iloc[0] == pytest.approx(np.corrcoef(y)[0, 1], abs=3e-3)


def test_of_two_factors_each_has_its_share_where_residuals_scatter_by_one_of_them(pretend, rows):
    fit = pretend(
        ["count ~ 1 + (1 | g) + (1 | h)", "sigma ~ 1 + (1 | g)"],
        rows,
        [0.9],
        sd_g=(("g_effect",), [0.7]),
        sd_h=(("h_effect",), [0.5]),
        b_sigma=(("sigma_effect",), [0.3]),
        sd_sigma_g=(("sigma_g_effect",), [0.5]),
    )
    found = shares(fit, "response")
    np.testing.assert_allclose(found[:2], [0.49, 0.25] / (0.74 + np.exp(1.1)), rtol=1e-6)


def test_of_two_factors_each_has_its_share_where_zeros_have_groups_of_one_of_them(pretend, rows):
    """The mean is a product of what g and what h make of it, each with moments of its own."""
    fit = pretend(
        ["count ~ 1 + (1 | g) + (1 | h)", "zi ~ 1 + (1 | g)"],
        rows,
        [0.4],
        "zero_inflated_poisson",
        sd_g=(("g_effect",), [0.5]),
        sd_h=(("h_effect",), [0.3]),
        b_zi=(("zi_effect",), [-0.5]),
        sd_zi_g=(("zi_g_effect",), [0.8]),
    )
    z, weight = normal_rule(60)
    stays = [weight @ (1 / (1 + np.exp(-0.5 + 0.8 * z))) ** k for k in (1, 2)]
    g = stays[1] * np.exp(2 * 0.5**2) - stays[0] ** 2 * np.exp(0.5**2)
    h = np.exp(2 * 0.3**2) - np.exp(0.3**2)
    of_g, of_h = np.exp(0.8) * np.array([g * np.exp(0.3**2), h * stays[0] ** 2 * np.exp(0.5**2)])
    mean = np.exp(0.4 + (0.5**2 + 0.3**2) / 2) * stays[0]
    square = np.exp(0.8 + 2 * (0.5**2 + 0.3**2)) * stays[1]  # of the mean of a pair of groups
    total = square + mean - mean**2 + np.exp(0.8 + 2 * (0.5**2 + 0.3**2)) * (stays[0] - stays[1])
    found = shares(fit, "response")
    np.testing.assert_allclose(found[:2], [of_g / total, of_h / total], rtol=1e-6)


def test_deviations_of_three_parameters_are_refused_by_their_names(pretend, rows):
    fit = pretend(
        ["count ~ 1 + (1 | g)", "zi ~ 1 + (1 | g)", "alpha ~ 1 + (1 | g)"],
        rows,
        [0.4],
        "zero_inflated_negativebinomial",
        sd_g=(("g_effect",), [0.5]),
        b_zi=(("zi_effect",), [-0.5]),
        sd_zi_g=(("zi_g_effect",), [0.8]),
        b_alpha=(("alpha_effect",), [0.5]),
        sd_alpha_g=(("alpha_g_effect",), [0.2]),
    )
    with pytest.raises(DataError, match=r"deviations of 3 parameters, mu, (zi|alpha)"):
        intraclass_correlation(fit.drawn, "response")


def test_the_table_says_on_which_scale_shares_are(at_r):
    fit = at_r("logit", CBPP, mw.load_data("cbpp"), "binomial", "logit", herd=0)
    latent, response = (intraclass_correlation(fit.drawn, s) for s in ("latent", "response"))
    assert latent["scale"].tolist() == ["latent (logit)"]
    assert response["scale"].tolist() == ["response"]
    assert latent["icc"].tolist() == ["adjusted"]
    assert latent["estimate"].iloc[0] > response["estimate"].iloc[0]


def test_groups_of_one_size_widen_a_mean_by_one_plus_others_times_the_correlation(pretend, rows):
    fit = pretend("y ~ f + (1 | g)", rows, [0.4, 0.1], sd_g=(("g_effect",), [2.0]), sigma=((), 3.0))
    found = design_effects(fit.drawn).iloc[0]
    assert found["estimate"] == pytest.approx(1 + 9 * 4 / 13)
    assert (found["groups"], found["rows"]) == (12, 120)
    assert found["effective"] == pytest.approx(120 / (1 + 9 * 4 / 13))


def test_groups_of_other_sizes_widen_a_mean_by_that_of_its_variance(pretend, rows):
    """The variance of the mean, 1'V1 / n^2, over that of as many independent rows."""
    part = rows.iloc[np.r_[0:3, 10:20, 20:27, 30:31]].assign(x=np.arange(21.0) % 4)
    cov = np.array([[1.5, 0.4], [0.4, 0.7]])
    sd = np.sqrt(np.diag(cov))
    fit = pretend(
        "count ~ x + (x | g)",
        part,
        [0.4, 0.1],
        sd_g=(("g_effect",), sd),
        corr_g=(("g_effect", "g_effect_"), cov / np.outer(sd, sd)),
        sigma=((), 1.2),
    )
    z = np.column_stack([np.ones(21), part["x"]])
    same = part["g"].to_numpy()[:, None] == part["g"].to_numpy()
    whole = z @ cov @ z.T * same + 1.44 * np.eye(21)
    found = design_effects(fit.drawn)["estimate"].iloc[0]
    assert found == pytest.approx(whole.sum() / np.trace(whole))
    with pytest.raises(DataError, match="effects of predictors"):
        design_effects(fit.drawn, "response")


def test_the_formula_with_sizes_is_that_of_kish(pretend, rows):
    part = rows.iloc[np.r_[0:3, 10:20, 20:27, 30:31]]
    fit = pretend("y ~ 1 + (1 | g)", part, [0.2], "bernoulli", sd_g=(("g_effect",), [1.0]))
    m = (9 + 100 + 49 + 1) / 21
    for scale in ("latent", "response"):
        expected = 1 + (m - 1) * shares(fit, scale)["g"]
        found = design_effects(fit.drawn, scale)["estimate"].iloc[0]
        assert found == pytest.approx(expected, rel=1e-9)


def test_what_cannot_be_shared_out_is_refused_in_a_sentence(pretend, rows):
    plain = pretend("y ~ f", rows, [0.1, 0.2], sigma=((), 1.0))
    with pytest.raises(DataError, match="no grouping factor"):
        intraclass_correlation(plain.drawn)
    with pytest.raises(DataError, match="scale"):
        intraclass_correlation(plain.drawn, "links")
    rated = pretend(
        "count ~ f + (1 | g)",
        rows,
        [0.2],
        "cumulative",
        sd_g=(("g_effect",), [1.0]),
        threshold=(("threshold_dim",), [-1.0, 1.0]),
    )
    assert shares(rated)["g"] == pytest.approx(1 / (1 + np.pi**2 / 3))
    with pytest.raises(DataError, match='scale="latent"'):
        intraclass_correlation(rated.drawn, "response")


def test_where_ratings_have_a_discrimination_their_error_has_its_inverse_as_scale(pretend, rows):
    """Errors of scale exp(-0.4) in one half of the rows, and of 1 in the other."""
    fit = pretend(
        ["count ~ 1 + (1 | g)", "disc ~ f"],
        rows,
        [],
        "cumulative",
        sd_g=(("g_effect",), [1.0]),
        threshold=(("threshold_dim",), [-1.0, 1.0]),
        b_disc=(("disc_effect",), [0.4]),
    )
    error = np.pi**2 / 3 * (np.exp(-0.8) + 1) / 2
    assert shares(fit)["g"] == pytest.approx(1 / (1 + error))


def test_each_of_several_responses_has_the_share_of_a_model_of_its_own(rows):
    """With groups drawn alike: the poisson one by the lognormal closed form in every draw."""
    data = rows.assign(z=np.linspace(-1, 1, 120))
    formulas = ["z ~ f + (1 | g)", "count ~ f + (1 | g)"]
    model = mw.Model(formulas, data, ["gaussian", "poisson"])
    fit = model.fit(seed=1, draws=20, tune=60, chains=2, progressbar=False)
    posterior = fit.drawn
    found = next(each for each in posterior.groups if each.parameter != "mean")
    b, sd = posterior.coefficients(found.parameter), posterior.flat(found.sd_name)[:, 0]
    mean = np.exp(np.array([b[0], b[0] + b[1]]) + sd**2 / 2)
    between, within = (mean**2 * np.expm1(sd**2)).mean(axis=0), mean.mean(axis=0)
    share = (between / (between + within)).mean()
    assert shares(fit, "response")[found.key] == pytest.approx(share, rel=1e-6)
