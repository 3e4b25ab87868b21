"""Explained variance, as a whole and by term: closed forms and R's answers."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.fit import Fit
from mixwell.interpret.sizes.explained_variance import explained_by_terms, explained_variance


def test_r2_is_the_variance_of_fitted_means_over_it_plus_the_residual_variance(
    sleepstudy_fit: Fit,
) -> None:
    posterior = sleepstudy_fit.posterior
    data = mw.load_data("sleepstudy")
    days = data["Days"].to_numpy()
    level = data["Subject"].cat.codes.to_numpy()
    b, r = posterior["b"].to_numpy(), posterior["r_Subject"].to_numpy()
    mu = b[..., :1] + b[..., 1:] * days + r[..., level, 0] + r[..., level, 1] * days
    fitted, noise = mu.var(axis=-1, ddof=1), posterior["sigma"].to_numpy() ** 2
    table = sleepstudy_fit.r2().set_index("r2")
    assert table.loc["conditional", "estimate"] == pytest.approx((fitted / (fitted + noise)).mean())
    fixed = (b[..., :1] + b[..., 1:] * days).var(axis=-1, ddof=1)
    share = np.minimum(fixed / (fitted + noise), 1.0)
    assert table.loc["marginal", "estimate"] == pytest.approx(share.mean())


def test_r2_of_counts_is_that_of_the_proportions_whatever_the_trials() -> None:
    """Var(p) over it plus the mean of p (1 - p) / n: trials that differ say nothing of the fit."""
    data = mw.load_data("cbpp")
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    fit = mw.Model(formula, data, family="binomial").fit(engine="exact", seed=1, draws=100)
    p, trials = fit.predictions(groups="existing").samples.T, data["size"].to_numpy()
    fitted, noise = p.var(axis=1, ddof=1), (p * (1 - p) / trials).mean(axis=1)
    table = fit.r2().set_index("r2")
    assert table.loc["conditional", "estimate"] == pytest.approx((fitted / (fitted + noise)).mean())


def test_trials_that_differ_explain_nothing() -> None:
    """The same share of successes in rows of 5 and of 500 trials: no variance is explained."""
    data = pd.DataFrame({"y": [2, 200] * 20, "n": [5, 500] * 20})
    model = mw.Model("y | trials(n) ~ 1", data, family="binomial")
    assert (model.fit(engine="exact", seed=1, draws=100).r2()["estimate"] < 1e-9).all()


def test_an_intercept_explains_nothing_at_all() -> None:
    """Fitted means that are all the same have a variance of 0, not that of rounding."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(0.1, 1, 43), "g": list("abcd") * 10 + list("abc")})
    fit = mw.Model("y ~ 1", data).fit(engine="exact", seed=1, draws=50)
    assert (fit.r2()[["estimate", "sd", "lower", "upper"]] == 0).all(axis=None)
    fit = mw.Model("y ~ 1 + (1 | g)", data).fit(engine="exact", seed=1, draws=50)
    assert fit.r2().set_index("r2").loc["marginal", "estimate"] == 0
    assert fit.r2().set_index("r2").loc["conditional", "estimate"] > 1e-6


def test_angles_are_not_called_categories_where_they_lack_a_variance() -> None:
    x = np.linspace(-1, 1, 30)
    angles = pd.DataFrame({"x": x, "y": np.random.default_rng(1).vonmises(0.3 * x, 3.0)})
    fit = mw.Model("y ~ x", angles, family="von_mises").fit(seed=1, draws=50, chains=2)
    with pytest.raises(mw.DataError, match='"von_mises" have no variance'):
        fit.r2()
    with pytest.raises(mw.DataError, match="no standard deviation"):
        fit.residuals("pearson")


def test_a_term_explains_what_least_squares_lose_without_it(pretend, sizes):
    """R's residual sums of squares of models with and without each term, type II."""
    own = sizes["terms"]
    sigma = np.sqrt(own["mean_square"])
    fit = pretend("angle ~ recipe * temp", mw.load_data("cake"), own["b"], sigma=((), sigma))
    for partial, name in ((False, "part"), (True, "partial")):
        table = explained_by_terms(fit.drawn, partial=partial).set_index("term")
        assert table["estimate"].to_dict() == pytest.approx(own[name], rel=1e-6)
        assert set(table["r2"]) == {name}


def test_what_a_term_explains_does_not_hang_on_its_coding(pretend):
    data, b = mw.load_data("cake"), np.array([2.0, 1.0, -3.0, 0.2, 0.1, -0.05])
    one = pretend("angle ~ recipe * temp", data, b, sigma=((), 5.0))
    x = one.spec.design.mean.fixed.values
    choices = {"contrasts": {"recipe": "sum"}}
    other = pretend("angle ~ recipe * temp", data, b, choices=choices, sigma=((), 5.0))
    same = np.linalg.lstsq(other.spec.design.mean.fixed.values, x @ b)[0]
    other = pretend("angle ~ recipe * temp", data, same, choices=choices, sigma=((), 5.0))
    tables = [explained_by_terms(fit.drawn)["estimate"] for fit in (one, other)]
    np.testing.assert_allclose(*tables, rtol=1e-6)


def test_a_model_of_an_intercept_has_no_term_that_explains(pretend):
    fit = pretend("angle ~ 1", mw.load_data("cake"), [3.0], sigma=((), 1.0))
    with pytest.raises(mw.DataError, match="no term of fixed effects"):
        explained_by_terms(fit.drawn)
    with pytest.raises(mw.DataError, match="partial"):
        explained_by_terms(fit.drawn, partial="yes")


def test_ratings_have_their_r2_on_the_latent_scale_only(pretend):
    data = pd.DataFrame({"x": np.linspace(-1, 1, 30), "y": np.tile([1, 2, 3], 10)})
    threshold = (("threshold_dim",), [-1.0, 1.0])
    fit = pretend("y ~ x", data, [2.0], "cumulative", threshold=threshold)
    explained = 4 * data["x"].var()
    table = explained_variance(fit.drawn, "latent").set_index("r2")["estimate"]
    assert table["marginal"] == pytest.approx(explained / (explained + np.pi**2 / 3))
    with pytest.raises(mw.DataError, match='scale="latent"'):
        explained_variance(fit.drawn)
