"""Modes and likelihoods by Laplace's approximation, against glmmTMB, lme4 and ordinal.

The fits are those of `../direct/reference/laplace.R`. Differences that are left are where R's
optimizers stopped: lme4's inner tolerance costs it some 1e-4.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from tests.infer.direct.test_target import crossed

import mixwell as mw
from mixwell.errors import DataError, SamplingError
from mixwell.infer.modes.point_estimate import PointEstimate
from mixwell.numeric.arrays import FloatArray

_STORED = json.loads((Path(__file__).parents[1] / "direct/reference/laplace.json").read_text())
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in _STORED["cases"]}
BY_TMB = [name for name, case in CASES.items() if case["fit"]["by"] == "glmmTMB"]


def data_of(case: dict[str, Any]) -> pd.DataFrame:
    if case["data"] != "d":
        return mw.load_data(case["data"])
    frame = pd.DataFrame(_STORED["d"])
    return frame.assign(rating=pd.Categorical(frame.rating, ordered=True))


def model_of(name: str, **choices: Any) -> mw.Model:
    case = CASES[name]
    formulas = case["formula"].split("; ")
    formula = formulas if len(formulas) > 1 else formulas[0]
    more = {**(case["further"] or {}), **choices}
    return mw.Model(formula, data_of(case), family=case["family"], **more)


@cache
def mode_of(name: str) -> PointEstimate:
    return model_of(name).mode(flat=True, nodes=1)


def parameters(name: str) -> dict[str, Any]:
    """R's estimates as arguments of `log_marginal_likelihood`."""
    case, model = CASES[name], model_of(name)
    fit, found = case["fit"], dict[str, Any]()
    sd = {key: [float(np.ravel(v)[0]) for v in values] for key, values in dict(fit["sd"]).items()}
    corr = {}
    for key, values in dict(fit.get("corr") or {}).items():
        rho = np.ravel(values)
        if len(rho) and "||" not in case["formula"]:
            corr[key] = [[1, rho[0]], [rho[0], 1]]
    for own in model.spec.auxiliary:
        if own in model.spec.vectors:
            found[own] = fit["threshold"]
        elif own in model.spec.design.parameters:
            # glmmTMB 1.1.5 models the logarithm of a gaussian's variance
            share = 0.5 if own == "sigma" else 1.0
            found[own] = share * np.array(list(fit["disp"].values()))
        else:  # and calls 1 / sqrt(shape) the dispersion of a gamma distribution
            sigma = fit["dispersion"]
            found[own] = sigma**-2 if case["family"] == "gamma" else sigma
    return {"sd": sd, "corr": corr, "b": list(fit["b"].values()), **found}


@pytest.mark.parametrize("name", [n for n in CASES if not n.endswith("by lme4")])
def test_the_log_likelihood_at_rs_estimates_is_rs(name: str) -> None:
    value = model_of(name).log_marginal_likelihood(nodes=1, **parameters(name))
    assert value == pytest.approx(CASES[name]["fit"]["logLik"], abs=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_the_mode_under_flat_priors_is_rs_fit(name: str) -> None:
    found, fit = mode_of(name), CASES[name]["fit"]
    least = 1e-3 if fit["by"] == "lme4" else 1e-5
    assert found.log_likelihood == pytest.approx(fit["logLik"], abs=least)
    np.testing.assert_allclose(found.b, list(fit["b"].values()), atol=3e-4)
    for factor, sd in dict(fit["sd"]).items():
        np.testing.assert_allclose(found.sd[factor], np.ravel(list(sd)), rtol=1e-3)
    if "df" in fit:
        assert found.n_parameters == fit["df"]


@pytest.mark.parametrize("name", BY_TMB)
def test_standard_errors_and_those_of_conditional_modes_are_glmmtmbs(name: str) -> None:
    found, fit = mode_of(name), CASES[name]["fit"]
    np.testing.assert_allclose(found.se, list(fit["se"].values()), rtol=1e-4)
    for factor, names in dict(fit["levels"]).items():
        (own,) = (f for f in found.spec.layout.factors if f.factor == factor)
        order = [names.index(level) for level in own.levels]
        shape = found.r[factor].shape
        r, r_sd = (np.array(fit[key][factor]) for key in ("r", "r_sd"))
        r_sd = r_sd.T if r_sd.shape != r.shape else r_sd
        np.testing.assert_allclose(found.r[factor], r.reshape(shape)[order], atol=1e-4)
        np.testing.assert_allclose(found.r_sd[factor], r_sd.reshape(shape)[order], rtol=1e-4)


def test_coefficients_of_further_parameters_are_in_the_table() -> None:
    found = mode_of("shares, a formula of its own")
    expected = list(CASES["shares, a formula of its own"]["fit"]["disp"].values())
    table = found.fixef()
    assert list(table.index) == ["Intercept", "x", "kappa_Intercept", "kappa_x"]
    np.testing.assert_allclose(table["estimate"].iloc[2:], expected, atol=1e-4)
    assert "kappa (log):" in found.lmer()
    assert "Log-likelihood (Laplace's approximation)" in str(found)


def test_thresholds_are_ordinals() -> None:
    found = mode_of("ratings")
    assert found.further["threshold"].names[0] == "threshold[1|2]"
    np.testing.assert_allclose(
        found.further["threshold"].b, CASES["ratings"]["fit"]["threshold"], atol=1e-3
    )


def test_an_intercept_is_at_the_users_own_zero() -> None:
    """Also in a further formula, and of thresholds."""
    frame = data_of(CASES["logit"]).assign(far=lambda d: d.x + 30)
    for formulas, family in (
        (["y ~ {} + (1 | g)", "sigma ~ {}"], "gaussian"),
        (["rating ~ {} + (1 | g)"], "cumulative"),
    ):
        near, far = (
            mw.Model([f.format(name) for f in formulas], frame, family=family).mode(flat=True)
            for name in ("x", "far")
        )
        assert far.log_likelihood == pytest.approx(near.log_likelihood, abs=1e-5)
        slope = near.fixef()["estimate"]["x"]
        if family == "gaussian":
            moved = near.fixef()["estimate"] - 30 * near.fixef()["estimate"].shift(-1)
            np.testing.assert_allclose(
                far.fixef()["estimate"].iloc[[0, 2]], moved.iloc[[0, 2]], atol=1e-3
            )
        else:
            moved = near.further["threshold"].b + 30 * slope
            np.testing.assert_allclose(far.further["threshold"].b, moved, atol=1e-3)


def test_censored_responses_have_their_maximum_likelihood_fit() -> None:
    """Without random effects, against SciPy's optimizer on the likelihood written out."""
    frame = crossed(3, 200)
    side = np.where(frame.y > 1, 1, np.where(frame.y < -1, -1, 0))
    frame = frame.assign(y=frame.y.clip(-1, 1), side=side)
    found = mw.Model("y | cens(side) ~ x", frame).mode(flat=True)
    x, y = frame.x.to_numpy(), frame.y.to_numpy()

    def minus(p: FloatArray) -> float:
        each = stats.norm(p[0] + p[1] * x, np.exp(p[2]))
        exact = np.where(side == 1, each.logsf(y), each.logpdf(y))
        return -float(np.where(side == -1, each.logcdf(y), exact).sum())

    best = optimize.minimize(minus, np.zeros(3), method="BFGS")
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-6)
    np.testing.assert_allclose(found.b, best.x[:2], atol=1e-4)
    assert found.parameters["sigma"] == pytest.approx(np.exp(best.x[2]), rel=1e-4)


def test_effects_on_two_parameters_share_a_covariance() -> None:
    """The mode is where no parameter can be moved to a higher likelihood."""
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(40), 12)
    both = rng.multivariate_normal([0, 0], [[0.5, 0.2], [0.2, 0.16]], 40)[g]
    frame = pd.DataFrame(
        {"g": g.astype(str), "y": both[:, 0] + rng.normal(size=480) * np.exp(both[:, 1])}
    )
    model = mw.Model(["y ~ 1 + (1 | p | g)", "sigma ~ 1 + (1 | p | g)"], frame)
    found = model.mode(flat=True)
    assert found.corr["g"].shape == (2, 2)
    at = {
        "sd": {"g": found.sd["g"], "sigma_g": found.sd["sigma_g"]},
        "b": found.b,
        "sigma": found.further["sigma"].b,
    }
    best = model.log_marginal_likelihood(corr={"g": found.corr["g"]}, **at)
    assert best == pytest.approx(found.log_likelihood, abs=1e-6)
    for step in (-0.03, 0.03):
        moved = found.corr["g"] + step * (1 - np.eye(2))
        assert model.log_marginal_likelihood(corr={"g": moved}, **at) < best
        for key in at["sd"]:
            sds = {**at["sd"], key: at["sd"][key] * np.exp(step)}
            value = model.log_marginal_likelihood(corr={"g": found.corr["g"]}, **{**at, "sd": sds})
            assert value < best


def test_priors_pull_the_mode_on_their_own_scale() -> None:
    """As in the exact engine, whose mode with 1 node is found in another way."""
    data, formula = mw.load_data("cbpp"), "incidence | trials(size) ~ period + (1 | herd)"
    priors = {"sd_herd": "HalfNormal(0.2)", "b": "Normal(0, 0.5)"}
    model = mw.Model(formula, data, family="binomial", priors=priors)
    laplace, quadrature = model.mode(nodes=1), model.mode(nodes=2)
    assert laplace.laplace
    assert not quadrature.laplace
    np.testing.assert_allclose(laplace.b, quadrature.b, atol=0.01)
    np.testing.assert_allclose(laplace.sd["herd"], quadrature.sd["herd"], rtol=0.02)
    assert laplace.sd["herd"] < 0.8 * model.mode(flat=True).sd["herd"]


def test_a_standard_deviation_of_zero_is_said_to_be_one() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"g": np.arange(300) % 30, "h": np.arange(300) // 30})
    frame = frame.astype(str).assign(y=rng.binomial(1, 0.5, 300))
    found = mw.Model("y ~ 1 + (1 | g) + (1 | h)", frame, family="bernoulli").mode(flat=True)
    assert found.singular
    assert min(found.sd["g"][0], found.sd["h"][0]) < 1e-3


def test_more_than_one_node_is_refused_where_there_is_no_quadrature() -> None:
    model = model_of("logit")
    for call in (lambda: model.mode(nodes=5), lambda: model.log_marginal_likelihood(nodes=5)):
        with pytest.raises(SamplingError) as raised:
            call()
        assert "no quadrature of 5 nodes" in str(raised.value)
        assert "nodes=1, which is Laplace's approximation" in str(raised.value)


def test_values_that_are_missing_or_of_another_shape_are_said() -> None:
    model = model_of("shares, a formula of its own")
    sd = {"g": 0.5, "h": 0.5}
    with pytest.raises(DataError, match="kappa has 1 values for 2 coefficients"):
        model.log_marginal_likelihood(sd=sd, b=[0, 1], kappa=2.0)
    with pytest.raises(DataError, match="kappa is missing"):
        model.log_marginal_likelihood(sd=sd, b=[0, 1])
    with pytest.raises(DataError, match="The standard deviations of h are missing"):
        model.log_marginal_likelihood(sd={"g": 0.5}, b=[0, 1], kappa=[1, 0])
    by_name = model.log_marginal_likelihood(
        sd=sd, b={"x": 1, "Intercept": 0}, kappa={"x": 0.2, "Intercept": 1}
    )
    assert by_name == model.log_marginal_likelihood(sd=sd, b=[0, 1], kappa=[1, 0.2])


def test_counts_that_scatter_less_than_poissons_have_its_likelihood() -> None:
    """The shape runs off, and the search must not run off with it."""
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"g": np.arange(120) % 12, "h": np.arange(120) // 12})
    frame = frame.astype(str).assign(x=rng.normal(size=120), y=rng.binomial(5, 0.4, 120))
    formula = "y ~ x + (1 | g) + (1 | h)"
    poisson = mw.Model(formula, frame, family="poisson").mode(flat=True)
    found = mw.Model([formula, "alpha ~ x"], frame, family="negativebinomial").mode(flat=True)
    assert found.log_likelihood == pytest.approx(poisson.log_likelihood, abs=1e-3)


def test_counts_of_a_thousand_million_have_a_mode() -> None:
    """A true standard deviation of 0 stays near it, and the fit near that without effects."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": np.arange(200) % 20, "h": np.arange(200) // 20})
    frame = frame.astype(str).assign(x=rng.normal(size=200))
    frame["y"] = rng.poisson(1e9 * np.exp(0.1 * frame.x))
    plain = mw.Model("y ~ x", frame, family="poisson").mode(flat=True)
    found = mw.Model("y ~ x + (1 | g) + (1 | h)", frame, family="poisson").mode(flat=True)
    assert plain.log_likelihood - 0.01 < found.log_likelihood < plain.log_likelihood + 5
    assert max(found.sd["g"][0], found.sd["h"][0]) < 3e-5


def test_separated_outcomes_have_no_mode() -> None:
    frame = crossed().assign(yes=lambda d: (d.x > 0).astype(int))
    model = mw.Model("yes ~ x + (1 | g) + (1 | h)", frame, family="bernoulli")
    with pytest.raises(SamplingError, match="larger values of x fit the data ever better"):
        model.mode(flat=True)
    assert np.isfinite(model.mode().b).all()  # default priors are proper


def test_a_search_that_memory_does_not_hold_is_refused_before_it_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """450 and 450 levels that all meet: a dense factor of 450 columns below 450 others."""
    levels = np.arange(450)
    g, h = np.repeat(levels, 450), np.tile(levels, 450)
    rows = pd.DataFrame({"y": (g + h) % 2, "g": g.astype(str), "h": h.astype(str)})
    model = mw.Model("y ~ 1 + (1 | g) + (1 | h)", rows, family="bernoulli")
    monkeypatch.setattr(mw.options, "memory", "10 MB")
    with pytest.raises(DataError, match="900 effects, factorized, would take"):
        model.mode()


def test_an_interrupt_ends_a_search_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mixwell.infer.direct.laplace.laplace_mode.ascend", interrupted)
    with pytest.raises(SamplingError, match="search for the mode was interrupted"):
        model_of(BY_TMB[0]).mode(nodes=1)
