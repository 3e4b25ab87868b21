"""Explained variance, intraclass correlation and predictive density, against closed forms."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.fit import Fit


def test_r2_is_the_variance_of_fitted_means_over_it_plus_the_residual_variance(
    sleepstudy_fit: Fit,
) -> None:
    posterior = sleepstudy_fit.posterior
    data = mw.load_data("sleepstudy")
    days = data["Days"].to_numpy()
    level = data["Subject"].cat.codes.to_numpy()
    b, r = posterior["b"].to_numpy(), posterior["r_Subject"].to_numpy()
    mu = b[..., :1] + b[..., 1:] * days + r[..., level, 0] + r[..., level, 1] * days
    fitted, noise = mu.var(axis=-1), posterior["sigma"].to_numpy() ** 2
    table = sleepstudy_fit.r2().set_index("r2")
    assert table.loc["conditional", "estimate"] == pytest.approx((fitted / (fitted + noise)).mean())
    fixed = (b[..., :1] + b[..., 1:] * days).var(axis=-1)
    share = np.minimum(fixed / (fitted + noise), 1.0)
    assert table.loc["marginal", "estimate"] == pytest.approx(share.mean())


def test_r2_of_counts_is_that_of_the_proportions_whatever_the_trials() -> None:
    """Var(p) over it plus the mean of p (1 - p) / n: trials that differ say nothing of the fit."""
    data = mw.load_data("cbpp")
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    fit = mw.Model(formula, data, family="binomial").fit(engine="exact", seed=1, draws=100)
    p, trials = fit.predictions(groups="existing").samples.T, data["size"].to_numpy()
    fitted, noise = p.var(axis=1), (p * (1 - p) / trials).mean(axis=1)
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


def test_new_responses_scatter_around_the_observed_ones(sleepstudy_fit: Fit) -> None:
    tree = sleepstudy_fit.ppc(seed=1)
    drawn = tree["posterior_predictive"]["Reaction"]
    observed = tree["observed_data"]["Reaction"]
    assert drawn.dims == ("chain", "draw", "obs")
    residual = observed - drawn.mean(("chain", "draw"))
    assert abs(float(residual.mean())) < 3
    again = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    assert np.array_equal(drawn, again)


def test_responses_of_some_of_the_draws_are_those_of_evenly_spaced_ones(
    sleepstudy_fit: Fit,
) -> None:
    drawn = sleepstudy_fit.ppc(seed=1, draws=40)["posterior_predictive"]["Reaction"]
    n_chains, n_draws = sleepstudy_fit.drawn.shape
    assert drawn.sizes["chain"] == n_chains
    assert drawn.sizes["draw"] == 40 // n_chains
    labels = drawn["draw"].to_numpy()
    assert labels[0] == 0
    assert labels[-1] == n_draws - 1
    with pytest.raises(mw.DataError, match=r"^draws is 0"):
        sleepstudy_fit.ppc(draws=0)


def test_responses_that_do_not_fit_in_the_memory_are_drawn_for_fewer_draws(
    sleepstudy_fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixwell.posterior.predictive.options", SimpleNamespace(memory=288_000))
    with pytest.warns(mw.MixwellWarning, match="180 rows in all .* 200 draws are used"):
        drawn = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    assert drawn.nbytes <= 288_000


@pytest.mark.parametrize("rows", [1, 7])
def test_blocks_of_draws_change_no_response(
    sleepstudy_fit: Fit, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    whole = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    monkeypatch.setattr("mixwell.posterior.predictive._WHOLE", 1)
    monkeypatch.setattr("mixwell.posterior.predictive._PART", 180 * 13 * rows)
    parts = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


@pytest.fixture(scope="module")
def intercepts_only() -> Fit:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    return model.fit(engine="exact", seed=1)


@pytest.mark.filterwarnings("ignore::mixwell.errors.MixwellWarning")
def test_leave_one_out_ranks_a_model_with_slopes_first(
    sleepstudy_fit: Fit, intercepts_only: Fit
) -> None:
    table = mw.compare({"intercepts": intercepts_only, "slopes": sleepstudy_fit})
    assert table.index.tolist() == ["slopes", "intercepts"]
    difference = sleepstudy_fit.loo().elpd - intercepts_only.loo().elpd
    assert 10 < float(difference) < 40


def test_one_fit_is_not_compared(sleepstudy_fit: Fit) -> None:
    with pytest.raises(mw.DataError, match="two fits"):
        mw.compare({"one": sleepstudy_fit})


def test_fits_of_different_rows_are_not_compared(intercepts_only: Fit) -> None:
    part = mw.load_data("sleepstudy").iloc[:170]
    other = mw.Model("Reaction ~ Days + (1 | Subject)", part).fit(engine="exact", seed=1)
    with pytest.raises(mw.DataError, match="different responses"):
        mw.compare({"all": intercepts_only, "part": other})


def test_angles_are_not_called_categories_where_they_lack_a_variance() -> None:
    x = np.linspace(-1, 1, 30)
    angles = pd.DataFrame({"x": x, "y": np.random.default_rng(1).vonmises(0.3 * x, 3.0)})
    fit = mw.Model("y ~ x", angles, family="von_mises").fit(seed=1, draws=50, chains=2)
    with pytest.raises(mw.DataError, match='"von_mises" have no variance'):
        fit.r2()
    with pytest.raises(mw.DataError, match="no standard deviation"):
        fit.residuals("pearson")
