"""The exact engine: names, reproducibility, known posteriors, refusals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr
from scipy import stats

import mixwell as mw
from mixwell.errors import SamplingError
from mixwell.infer.choose import run
from mixwell.infer.exact.applicable import why_not_exact
from mixwell.infer.exact.exact_draws import build_target, exact_draws
from mixwell.infer.exact.gaussian.conditional_draws import conditional_draws
from mixwell.infer.settings import Settings

SLEEP = "Reaction ~ Days + (Days | Subject)"


def tree_of(model: mw.Model, **options: Any) -> xr.DataTree:
    tree, _ = run(model.spec, Settings(engine="exact", seed=1, **options))
    return tree


@pytest.fixture(scope="module")
def sleep() -> xr.DataTree:
    return tree_of(mw.Model(SLEEP, mw.load_data("sleepstudy")))


def test_the_names_and_coords_are_those_of_the_contract(sleep: xr.DataTree) -> None:
    posterior = sleep["posterior"]
    assert set(posterior.data_vars) == {"b", "sd_Subject", "corr_Subject", "sigma", "r_Subject"}
    assert posterior["b"].dims == ("chain", "draw", "effect")
    assert posterior["b"]["effect"].values.tolist() == ["Intercept", "Days"]
    assert posterior["sd_Subject"].dims == ("chain", "draw", "Subject_effect")
    assert posterior["corr_Subject"].dims[2:] == ("Subject_effect", "Subject_effect_")
    assert posterior["r_Subject"].dims[2:] == ("Subject", "Subject_effect")
    assert dict(posterior.sizes) | {"chain": 4, "draw": 1000, "Subject": 18} == posterior.sizes
    assert {"lp", "log_weight"} <= set(sleep["sample_stats"].data_vars)
    assert sleep["observed_data"]["Reaction"].sizes == {"obs": 180}


def test_effective_number_and_k_hat_are_in_the_result(sleep: xr.DataTree) -> None:
    notes = sleep["posterior"].attrs
    assert notes["engine"] == "exact"
    assert 2000 < notes["effective_number"] <= 4000
    assert notes["k_hat"] < 0.7
    assert notes["log_marginal_likelihood_error"] < 0.02


def test_sleepstudys_posterior_lies_where_lmers_estimates_do(sleep: xr.DataTree) -> None:
    posterior = sleep["posterior"]
    means = posterior["b"].mean(("chain", "draw")).values
    assert (np.abs(means - [251.4, 10.47]) < [0.8, 0.15]).all()
    assert float(posterior["sigma"].median()) == pytest.approx(25.8, abs=0.4)
    rows = posterior["r_Subject"].mean(("chain", "draw")).values.mean(axis=0)
    np.testing.assert_allclose(rows, 0, atol=1.5)


def test_the_same_seed_gives_the_same_draws() -> None:
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    one, two = (tree_of(model, draws=50, chains=2) for _ in range(2))
    xr.testing.assert_equal(one["posterior"].to_dataset(), two["posterior"].to_dataset())


def test_a_conjugate_posterior_and_its_evidence_are_found() -> None:
    y, se = np.array([1.2, -0.3, 0.7, 2.0]), np.array([0.5, 0.4, 0.6, 0.5])
    data = {"y": y, "se": se}
    model = mw.Model("y | se(se) ~ 1", data, priors={"Intercept": "Normal(0, 2)"})
    found = exact_draws(build_target(model.spec), 4000, 1)
    precision = 1 / 4 + (1 / se**2).sum()
    mean = (y / se**2).sum() / precision
    assert found.drawn.b.mean() == pytest.approx(mean, abs=4 / np.sqrt(precision * 4000))
    assert found.drawn.b.std() == pytest.approx(precision**-0.5, rel=0.05)
    whole = stats.multivariate_normal(np.zeros(4), np.diag(se**2) + 4)
    assert found.log_evidence == pytest.approx(whole.logpdf(y), abs=1e-8)


def test_eight_schools_evidence_and_tau_agree_with_numerical_integration() -> None:
    data = mw.load_data("eight_schools")
    priors = {"Intercept": "Normal(0, 10)", "sd_school": "HalfCauchy(5)"}
    model = mw.Model("effect | se(se) ~ 1 + (1 | school)", data, priors=priors)
    found = exact_draws(build_target(model.spec), 8000, 1)
    y, se = data["effect"].to_numpy(float), data["se"].to_numpy(float)
    tau = np.linspace(1e-4, 200, 20001)
    precision = 1 / (se**2 + tau[:, None] ** 2)
    total = 0.01 + precision.sum(axis=1)
    mean = (precision * y).sum(axis=1) / total
    log_density = 0.5 * (np.log(precision).sum(axis=1) - np.log(total) + np.log(0.01))
    log_density -= 0.5 * ((precision * y**2).sum(axis=1) - total * mean**2) + 4 * np.log(2 * np.pi)
    density = np.exp(log_density) * stats.halfcauchy(scale=5).pdf(tau)
    mass = np.trapezoid(density, tau)
    assert found.log_evidence == pytest.approx(np.log(mass), abs=4 * found.evidence_error + 0.002)
    expected = np.trapezoid(density * tau, tau) / mass
    draws = np.exp(found.t[:, 0])
    assert draws.mean() == pytest.approx(expected, abs=5 * draws.std() / np.sqrt(found.effective))


@pytest.mark.parametrize(
    "prior", ["Uniform(0, 60)", "TruncatedNormal(20, 5, 10, 30)", "Exponential(0.05)"]
)
def test_priors_with_bounds_come_from_the_specification(prior: str) -> None:
    model = mw.Model(
        SLEEP,
        mw.load_data("sleepstudy"),
        priors={"sd_Subject[Intercept]": prior, "Days": "Uniform(0, 9)"},
    )
    posterior = tree_of(model, draws=250)["posterior"]
    days = posterior["b"].sel(effect="Days")
    assert float(days.min()) > 0
    assert float(days.max()) < 9
    if "Truncated" in prior:
        sd = posterior["sd_Subject"].sel(Subject_effect="Intercept")
        assert 10 < float(sd.min()) < float(sd.max()) < 30


def test_a_fit_without_variation_between_groups_has_its_mass_near_zero() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(6, 5))
    y -= y.mean(axis=1, keepdims=True) * 0.99
    model = mw.Model("y ~ 1 + (1 | g)", {"y": y.ravel(), "g": np.repeat(list("abcdef"), 5)})
    tree = tree_of(model)
    assert float((tree["posterior"]["sd_g"] < 0.2).mean()) > 0.4
    assert tree["posterior"].attrs["k_hat"] < 0.7


@pytest.mark.parametrize(
    ("family", "formula"),
    [
        ("binomial", "cbind(incidence, size - incidence) ~ period + (1 | herd)"),
        ("poisson", "incidence ~ period + offset(log(size)) + (1 | herd)"),
        ("negativebinomial", "incidence ~ period + offset(log(size)) + (1 | herd)"),
    ],
)
def test_generalized_models_give_reliable_draws(family: str, formula: str) -> None:
    tree = tree_of(mw.Model(formula, mw.load_data("cbpp"), family=family), draws=250)
    assert tree["posterior"]["r_herd"].sizes["herd"] == 15
    assert tree["posterior"].attrs["effective_number"] > 500
    # a herd's deviation follows its data: the largest of the raw rates has one above zero
    assert float(tree["posterior"]["r_herd"].mean(("chain", "draw")).max()) > 0.2


def test_levels_effects_follow_their_exact_conditional_distribution() -> None:
    data = {"y": [1, 1, 1, 0, 1, 0, 0, 0], "g": list("aaaabbbb")}
    priors = {"Intercept": "Normal(0, 0.001)", "sd_g": "TruncatedNormal(1.5, 0.001, 1.4, 1.6)"}
    model = mw.Model("y ~ 1 + (1 | g)", data, family="bernoulli", priors=priors)
    found = exact_draws(build_target(model.spec), 4000, 1)
    grid = np.linspace(-8, 8, 4001)
    density = stats.norm(0, 1.5).pdf(grid) * np.exp(3 * grid) / (1 + np.exp(grid)) ** 4
    chances = np.cumsum(density) / density.sum()
    draws = found.drawn.r["r_g"][:, 0, 0]
    assert stats.kstest(draws, lambda at: np.interp(at, grid, chances)).pvalue > 0.001


@pytest.mark.parametrize(
    ("formulas", "family", "said"),
    [
        (["Reaction ~ Days + (1 | Subject)", "sigma ~ Days"], "gaussian", "sigma has a formula"),
        (
            ["Reaction | trunc(0) ~ Days + (1 | Subject) + (1 | Days)"],
            "gaussian",
            "truncated response needs a single grouping factor",
        ),
        (["Reaction ~ Days + (1 | Subject) + (1 | Days)"], "gamma", "single grouping factor"),
        (["Reaction ~ Days + (1 | Subject)"], "laplace", "has a corner"),
        (["Reaction | se(Days, sigma=TRUE) ~ 1 + (1 | Subject) + (1 | Days)"], "gaussian", "se("),
    ],
)
def test_a_model_that_it_cannot_take_gets_the_reason(
    formulas: list[str], family: str, said: str
) -> None:
    data = mw.load_data("sleepstudy").assign(Days=lambda d: d["Days"] + 1)
    reason = why_not_exact(mw.Model(formulas, data, family=family).spec)
    assert reason is not None
    assert said in reason.reason


def test_a_generalized_model_without_random_effects_agrees_with_numerical_integration() -> None:
    data = {"y": [0, 1, 1, 2, 4, 3, 7], "x": [-1.0, -0.6, 0.0, 0.1, 0.5, 0.9, 1.2]}
    priors = {"Intercept": "Normal(0, 1)", "x": "Normal(0, 1)"}
    model = mw.Model("y ~ x", data, family="poisson", priors=priors)
    found = exact_draws(build_target(model.spec), 4000, 1)
    a, b = np.meshgrid(*[np.linspace(-4, 4, 801)] * 2, indexing="ij")
    rate = np.exp(a[..., None] + b[..., None] * np.array(data["x"]))
    log_density = stats.poisson(rate).logpmf(data["y"]).sum(axis=-1)
    density = np.exp(log_density + stats.norm.logpdf(a) + stats.norm.logpdf(b))
    mass = density.sum() * 0.01**2
    assert found.log_evidence == pytest.approx(np.log(mass), abs=0.02)
    means = [(density * at).sum() * 0.01**2 / mass for at in (a, b)]
    sds = found.drawn.b.std(axis=0)
    np.testing.assert_allclose(found.drawn.b.mean(axis=0), means, atol=5 * sds.max() / 60)


def test_a_negative_binomial_without_overdispersion_becomes_a_poisson() -> None:
    y = [2, 3, 2, 3, 2, 3, 3, 2, 4, 2, 3, 3]
    tree = tree_of(mw.Model("y ~ 1", {"y": y}, family="negativebinomial"))
    assert tree["posterior"].attrs["effective_number"] > 2000
    assert float(tree["posterior"]["b"].mean()) == pytest.approx(np.log(np.mean(y)), abs=0.1)


def test_a_large_crossed_model_is_drawn_around_its_conditional_means() -> None:
    rng = np.random.default_rng(2)
    a, b = (rng.integers(0, n, 6000) for n in (300, 230))
    y = 1 + rng.normal(size=300)[a] + 0.5 * rng.normal(size=230)[b] + rng.normal(size=6000)
    model = mw.Model("y ~ 1 + (1 | g) + (1 | h)", {"y": y, "g": a, "h": b})
    target = build_target(model.spec)
    assert target.large
    found = exact_draws(target, 2000, 1)
    assert found.effective > 400
    assert found.k_hat < 0.7
    where = target.batch(found.t.mean(axis=0)[None])
    _, blocks = conditional_draws(target.data, target.prior, where, None)
    for name, mean in zip(("r_g", "r_h"), blocks, strict=True):
        draws = found.drawn.r[name][..., 0]
        away = (draws.mean(axis=0) - mean[0, :, 0]) / draws.std(axis=0)
        assert np.abs(away).max() < 0.3
        # draws of one vector are drawn anew each time
        assert np.unique(draws[:, 0]).size == 2000


def test_a_flat_prior_on_the_sd_of_two_levels_is_found_improper() -> None:
    rng = np.random.default_rng(1)
    data = {"y": rng.normal(size=20), "g": np.repeat(["a", "b"], 10)}
    model = mw.Model("y ~ 1 + (1 | g)", data, priors={"sd_g": "flat", "Intercept": "flat"})
    with pytest.raises(mw.SamplingError, match=r"sd_g\[Intercept\] is improper"):
        run(model.spec, Settings(engine="exact"))


FLAT = {"Intercept": "flat", "b": "flat"}
SEPARATED = {
    "x": [-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0],
    "w": [0.1, 0.9, 0.3, 0.2, 0.5, 0.4, 0.8, 0.6],
    "y": [0, 0, 0, 0, 1, 1, 1, 1],
    "n": [0, 0, 0, 0, 2, 1, 3, 1],
    "half": list("aaaabbbb"),
    "g": list("pqpqpqpq"),
}


@pytest.mark.parametrize(
    ("formula", "family", "named"),
    [
        ("y ~ x", "bernoulli", "x"),
        ("y ~ w + x", "bernoulli", "x"),
        ("y ~ x + (1 | g)", "bernoulli", "x"),
        ("y ~ half", "bernoulli", r"half\[b\]"),
        ("n ~ half", "poisson", "half"),
    ],
)
def test_flat_slopes_of_separated_outcomes_are_found_improper(
    formula: str, family: str, named: str
) -> None:
    model = mw.Model(formula, SEPARATED, family=family, priors=FLAT)
    with pytest.raises(mw.SamplingError, match=rf"{named}.* is improper.*separation"):
        run(model.spec, Settings(engine="exact"))


@pytest.mark.parametrize(("formula", "priors"), [("y ~ w", FLAT), ("y ~ x", {}), ("y ~ half", {})])
def test_flat_slopes_without_separation_and_separation_with_priors_are_drawn_from(
    formula: str, priors: dict[str, str]
) -> None:
    model = mw.Model(formula, SEPARATED, family="bernoulli", priors=priors)
    assert tree_of(model)["posterior"].attrs["effective_number"] > 1000


@pytest.mark.parametrize("formula", ["y ~ x", "y ~ x + (1 | g)"])
def test_a_response_fitted_without_an_error_is_refused(formula: str) -> None:
    data = SEPARATED | {"y": [2 * x + 1 for x in SEPARATED["x"]]}
    with pytest.raises(mw.SamplingError, match="no residuals are left"):
        run(mw.Model(formula, data).spec, Settings(engine="exact"))


def test_nearly_collinear_predictors_do_not_disturb_the_rest() -> None:
    data = mw.load_data("sleepstudy")
    noise = np.random.default_rng(1).normal(size=len(data))
    data = data.assign(Again=data["Days"] + 1e-3 * noise)
    formula = "Reaction ~ Days + Again + (1 | Subject)"
    posterior = tree_of(mw.Model(formula, data))["posterior"]
    assert posterior.attrs["k_hat"] < 0.7
    both = posterior["b"].sel(effect="Days") + posterior["b"].sel(effect="Again")
    assert float(both.mean()) == pytest.approx(10.47, abs=0.3)
    assert float(both.std()) == pytest.approx(0.8, abs=0.1)


def test_known_errors_may_leave_no_residual() -> None:
    # closed form: the line through two points, whose errors are known and add up
    data = pd.DataFrame({"y": [3.0, 1.0], "x": [2.0, 0.5], "error": [1.2, 0.9]})
    wide = {"Intercept": "StudentT(3, 0, 1e4)", "x": "Normal(0, 1e4)"}
    fit = mw.Model("y | se(error) ~ x", data, priors=wide).fit(engine="exact", seed=1)
    slope = fit.fixef().loc["x"]
    assert slope["estimate"] == pytest.approx(2 / 1.5, abs=0.06)
    assert slope["sd"] == pytest.approx(np.hypot(1.2, 0.9) / 1.5, rel=0.05)


def test_draws_are_made_until_they_are_worth_what_was_asked_for(sleep_model: mw.Model) -> None:
    fit = sleep_model.fit(engine="exact", draws=100, min_ess=1500, seed=1)
    assert fit.made.effective_number is not None
    assert fit.made.effective_number >= 1500
    assert fit.posterior.sizes["draw"] > 1500 / 4
    assert fit.posterior["b"].shape[1] == fit.tree["sample_stats"]["lp"].shape[1]


def test_draws_that_took_longer_than_they_should_are_kept_and_it_is_said(
    sleep_model: mw.Model,
) -> None:
    with pytest.warns(mw.MixwellWarning, match="max_time was over when the exact engine had"):
        fit = sleep_model.fit(engine="exact", draws=100, max_time=1e-6, seed=1)
    assert fit.posterior.sizes["draw"] == 100


def test_an_effective_number_that_memory_cannot_hold_is_refused(sleep_model: mw.Model) -> None:
    with pytest.raises(mw.DataError, match=r"draws, worth 1,000,000,000, would take"):
        sleep_model.fit(engine="exact", draws=100, min_ess=10**9, seed=1)


@pytest.fixture(scope="module")
def sleep_model() -> mw.Model:
    return mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))


def judged(k_hats: dict[int, float]) -> Any:
    """Draws whose k-hat depends on how many vectors were weighted, at least."""

    def drawn(target: Any, n: int, seed: int | None = None, *, pool: int = 0) -> Any:
        found = exact_draws(target, n, seed, pool=pool)
        return replace(found, k_hat=k_hats[max(n, pool)])

    return drawn


def test_few_draws_are_declined_by_the_weights_of_many_vectors_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    fake = judged({200: 0.8, 4000: 0.4})
    monkeypatch.setattr("mixwell.infer.exact.exact_draws.exact_draws", fake)
    tree = tree_of(model, draws=50)
    assert tree["posterior"].sizes["draw"] == 50
    assert tree["posterior"].attrs["k_hat"] == 0.4


def test_where_no_engine_can_draw_it_is_said_what_can_be_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mixwell.infer.exact.exact_draws.exact_draws", judged({4000: 0.9}))
    monkeypatch.setattr(mw.options, "rows_in_memory", 0)
    table = pl.from_pandas(mw.load_data("sleepstudy").astype({"Subject": str})).lazy()
    model = mw.Model("Reaction ~ Days + (1 | Subject)", table)
    for engine in ("auto", "exact"):
        with pytest.raises(SamplingError, match=r"k-hat 0\.90") as caught:
            model.fit(engine=engine, seed=1)
        assert "more draws" in str(caught.value)
        assert "rows_in_memory" in str(caught.value)
        assert 'engine="' not in str(caught.value)
