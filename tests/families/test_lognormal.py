"""The lognormal family, in every room that a family passes through: one file made it work."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.families import get_family
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import log_likelihood

Y, MU, SIGMA = np.array([0.3, 2.0, 11.0]), np.array([0.2, -0.5, 1.9]), np.array([0.4, 1.1, 0.8])
LAW = stats.lognorm(SIGMA, scale=np.exp(MU))
RNG = np.random.default_rng(7)
GROUP = np.repeat(np.arange(12), 8)
DATA = pd.DataFrame(
    {
        "g": [f"g{k}" for k in GROUP],
        "a": np.tile(["a1", "a2"], 48),
        "x": RNG.normal(size=96),
        "w": RNG.uniform(0.5, 2.0, 96),
    }
)
DATA["y"] = np.exp(
    1.0
    + 0.5 * (DATA["a"] == "a2")
    + 0.2 * DATA["x"]
    + RNG.normal(0, 0.4, 12)[GROUP]
    + RNG.normal(0, 0.6, 96)
)
DATA["log_y"] = np.log(DATA["y"])


@pytest.fixture(scope="module")
def fit():
    model = mw.Model("y ~ x + a + (1 | g)", DATA, "lognormal")
    return model.fit(draws=300, tune=400, chains=2, seed=2, progressbar=False)


def rows(**given):
    return get_family("lognormal").arguments(**{"y": Y, "mu": MU, "sigma": SIGMA, **given})


def test_density_moments_and_distribution_function_are_scipys():
    family = get_family("lognormal")
    known, found = family.censorable, rows()
    np.testing.assert_allclose(found.call(family.density.log), LAW.logpdf(Y), rtol=1e-12)
    np.testing.assert_allclose(found.value(family.mean), LAW.mean(), rtol=1e-12)
    np.testing.assert_allclose(found.value(family.variance_function), LAW.var(), rtol=1e-12)
    np.testing.assert_allclose(found.call(known.log_below), LAW.logcdf(Y), rtol=1e-10)
    np.testing.assert_allclose(found.call(known.log_above), LAW.logsf(Y), rtol=1e-10)
    chance = np.array([0.03, 0.5, 0.97])
    np.testing.assert_allclose(found.given(p=chance).call(known.quantile), LAW.ppf(chance))


@pytest.mark.parametrize("part", ["gradient", "hessian", "curvature"])
def test_derivatives_are_those_of_the_normal_distribution_of_the_logarithm(part):
    ours = rows().call(getattr(get_family("lognormal").density, part))
    normal = get_family("gaussian").arguments(y=np.log(Y), mu=MU, sigma=SIGMA)
    theirs = normal.call(getattr(get_family("gaussian").density, part))
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)


@pytest.mark.parametrize(
    "formula", ["{} ~ x + a + (1 | g)", "{} | weights(w) ~ a + (x | g)", ["{} ~ a", "sigma ~ x"]]
)
def test_its_posterior_is_the_gaussian_one_of_the_logarithm(formula):
    texts = [formula] if isinstance(formula, str) else formula
    ours = mw.Model([t.format("y") for t in texts], DATA, "lognormal")
    theirs = mw.Model([t.format("log_y") for t in texts], DATA)
    assert ours.priors["prior"].tolist() == theirs.priors["prior"].tolist()
    point = theirs.pymc.initial_point()
    point = {name: value + 0.1 for name, value in point.items()}
    densities = [m.pymc.compile_logp(mode="FAST_COMPILE")(point) for m in (ours, theirs)]
    np.testing.assert_allclose(densities[0], densities[1] - DATA["log_y"].sum(), rtol=1e-12)


def test_reasons_of_priors_speak_of_the_logarithm():
    reasons = mw.Model("y ~ x", DATA, "lognormal").priors.set_index("parameter")["reason"]
    assert "mean(log(y))" in reasons["Intercept_centered"]
    assert reasons["sigma"].startswith("width 2.5 sd(log(y))")


def test_coefficients_are_explained_as_ratios_of_medians(fit):
    entry = fit.explain("a[a2]")
    assert entry.sentence == "ratio of medians, a2 against a1"
    np.testing.assert_allclose(entry.exp_values[0], np.exp(np.median(fit.posterior["b"][..., 2])))
    logs = DATA.groupby("a")["log_y"].mean()
    np.testing.assert_allclose(entry.cells["mean"], logs)
    assert "observed means of log(y)" in str(entry)


def test_the_summary_says_that_effects_are_on_the_log_scale(fit):
    assert " Family: lognormal\n" in str(fit)
    assert "Effects are on the log scale." in str(fit)
    assert fit.summary().index.tolist()[-1] == "sigma"


def test_means_on_the_response_scale_are_expectations_in_every_draw(fit):
    eta = fit.means("a", scale="link").samples
    sigma = fit.posterior["sigma"].to_numpy().ravel()
    np.testing.assert_allclose(fit.means("a").samples, np.exp(eta + sigma**2 / 2), rtol=1e-12)


def test_contrasts_and_comparisons_are_of_expectations(fit):
    means = fit.means("a").samples
    pair = fit.contrasts("revpairwise", of="a")
    np.testing.assert_allclose(pair.samples[0], means[1] - means[0], rtol=1e-10)
    ratio = fit.contrasts("revpairwise", of="a", compare="ratio")
    np.testing.assert_allclose(ratio.samples[0], means[1] / means[0], rtol=1e-10)
    step = fit.comparisons("x", by="a", kind="ratio").samples
    b = fit.posterior["b"].sel(effect="x").to_numpy().ravel()
    np.testing.assert_allclose(step, np.exp(np.stack([b, b])), rtol=1e-10)


def test_slopes_of_the_mean_are_its_derivatives(fit):
    at = {"x": 0.5, "a": "a1"}
    slope = fit.slopes("x", at=at, scale="response").samples
    up, down = (fit.means("x", at={"a": "a1", "x": [0.5 + h]}).samples for h in (1e-5, -1e-5))
    np.testing.assert_allclose(slope, (up - down) / 2e-5, rtol=1e-6)


def test_predictions_take_every_rows_own_sigma():
    model = mw.Model(["y ~ a", "sigma ~ x"], DATA, "lognormal")
    drawn = model.fit(draws=60, tune=60, chains=1, seed=1, progressbar=False)
    eta = drawn.predictions(kind="linear").samples
    b = drawn.posterior["b_sigma"].to_numpy()[0]
    sigma = np.exp(b @ np.column_stack([np.ones(96), DATA["x"]]).T).T
    np.testing.assert_allclose(drawn.predictions().samples, np.exp(eta + sigma**2 / 2))
    linear = drawn.means("a", scale="link").samples
    at_mean = np.exp(b @ [1.0, DATA["x"].mean()])
    np.testing.assert_allclose(drawn.means("a").samples, np.exp(linear + at_mean**2 / 2))


def test_new_responses_have_the_right_quantiles_and_are_positive(fit):
    drawn = fit.ppc(seed=1)["posterior_predictive"]["y"].to_numpy().reshape(-1, 96)
    assert (drawn > 0).all()
    eta = fit.predictions(kind="linear", groups="existing").samples.T
    sigma = fit.posterior["sigma"].to_numpy().reshape(-1, 1)
    rank = stats.lognorm(sigma, scale=np.exp(eta)).cdf(drawn).ravel()
    assert stats.kstest(rank, "uniform").pvalue > 1e-3


@pytest.mark.filterwarnings("ignore:1 row weighs too much")
def test_the_log_likelihood_of_rows_is_the_gaussian_one_less_the_jacobian(fit):
    gaussian = mw.Model("log_y ~ x + a + (1 | g)", DATA).spec
    ours = log_likelihood(Posterior(fit.posterior, fit.spec))
    theirs = log_likelihood(Posterior(fit.posterior, gaussian))
    np.testing.assert_allclose(ours, theirs - DATA["log_y"].to_numpy(), rtol=1e-10)
    assert (fit.loo().elpd_i < np.log(np.exp(ours).mean(("chain", "draw"))).to_numpy()).all()


def test_shares_of_variance_are_those_of_the_logarithm(fit):
    sd, sigma = (fit.posterior[n].to_numpy().reshape(600, -1)[:, 0] for n in ("sd_g", "sigma"))
    share = (sd**2 / (sd**2 + sigma**2)).mean()
    np.testing.assert_allclose(fit.icc()["estimate"].iloc[0], share, rtol=1e-6)


@pytest.mark.parametrize("bound", ["cens(c)", "trunc(lb = 0.5, ub = 60)"])
def test_censored_and_truncated_rows_have_scipys_probabilities(bound):
    data = DATA.assign(c=np.tile([-1, 0, 0, 1], 24))
    data = data[(data["y"] > 0.5) & (data["y"] < 60)]
    model = mw.Model(f"y | {bound} ~ 1", data, "lognormal").pymc
    point = model.initial_point()
    b, sigma = model.replace_rvs_by_values([model["b"], model["sigma"]])
    values = model.compile_fn([b, sigma], inputs=model.value_vars, mode="FAST_COMPILE")(point)
    law = stats.lognorm(float(values[1]), scale=np.exp(float(values[0][0])))
    y, side = data["y"].to_numpy(), data["c"].to_numpy()
    if bound.startswith("cens"):
        expected = np.select([side < 0, side > 0], [law.logcdf(y), law.logsf(y)], law.logpdf(y))
    else:
        expected = law.logpdf(y) - np.log(law.cdf(60) - law.cdf(0.5))
    observed = [*model.observed_RVs, *model.potentials]
    found = model.compile_logp(vars=observed, mode="FAST_COMPILE")(point)
    # the normal distribution function of PyMC has nine digits
    np.testing.assert_allclose(found, expected.sum(), rtol=1e-8)


def test_responses_that_are_not_positive_are_refused():
    with pytest.raises(mw.DataError, match="is not above 0: 0") as caught:
        mw.Model("y ~ 1", pd.DataFrame({"y": [1.0, 0.0, 2.0]}), "lognormal")
    assert "lognormal family is for values above 0" in str(caught.value)


def test_brms_lognormal_is_translated():
    script = "fit <- brm(y ~ x + (1 | g), data = d, family = lognormal())\n"
    assert 'family="lognormal"' in mw.r.translate(script).python
