"""Log marginal likelihoods and modes against lme4, dense algebra and closed forms."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import mixwell as mw
from mixwell.infer.modes.marginal_likelihood import log_marginal_likelihood
from mixwell.infer.modes.posterior_mode import point_estimate

REFERENCE = Path(__file__).parents[1] / "reference" / "lme4.json"
FITS = json.loads(REFERENCE.read_text(encoding="utf-8"))["fits"]
LINEAR = [fit for fit in FITS if fit["id"] == "lmer"]
GENERALIZED = [fit for fit in FITS if fit["id"] == "glmer"]
FLAT = {"Intercept": "flat"}


def named(fit: dict[str, Any]) -> str:
    return f"{fit['formula']} {fit.get('reml', fit.get('nodes'))}"


def model_of(fit: dict[str, Any]) -> mw.Model:
    data = mw.load_data(fit["data"])
    weights = data["Days"] + 1 if fit.get("weights") else None
    return mw.Model(fit["formula"], data, family=fit.get("family", "gaussian"), weights=weights)


def flat(model: mw.Model) -> mw.Model:
    keys = {e.key: "flat" for e in model.spec.priors if e.role in ("slope", "intercept")}
    recipe = model._recipe
    return mw.Model(list(recipe.formulas), recipe.data, weights=recipe.weights, priors=keys)


def components(fit: dict[str, Any]) -> dict[str, Any]:
    sd, corr = {}, {}
    for name, matrix in fit["covariance"].items():
        factor = "batch:cask" if name == "cask:batch" else name
        covariance = np.array(matrix)
        sd[factor] = np.sqrt(np.diag(covariance))
        if len(covariance) > 1:
            corr[factor] = covariance / np.outer(sd[factor], sd[factor])
    return {"sd": sd, "corr": corr}


@pytest.mark.parametrize("fit", [f for f in LINEAR if f["reml"]], ids=named)
def test_with_flat_coefficients_it_is_lme4s_reml_log_likelihood(fit: dict[str, Any]) -> None:
    value = log_marginal_likelihood(flat(model_of(fit)).spec, **components(fit), sigma=fit["sigma"])
    assert value == pytest.approx(fit["logLik"], abs=1e-6)


@pytest.mark.parametrize("fit", [f for f in LINEAR if not f["reml"]], ids=named)
def test_at_given_coefficients_it_is_lme4s_ml_log_likelihood(fit: dict[str, Any]) -> None:
    value = log_marginal_likelihood(
        model_of(fit).spec, **components(fit), sigma=fit["sigma"], b=list(fit["fixef"].values())
    )
    assert value == pytest.approx(fit["logLik"], abs=1e-6)


@pytest.mark.parametrize("fit", GENERALIZED, ids=named)
def test_quadrature_is_lme4s_laplace_and_adaptive_log_likelihood(fit: dict[str, Any]) -> None:
    value = log_marginal_likelihood(
        model_of(fit).spec,
        **components(fit),
        b=list(fit["fixef"].values()),
        nodes=fit["nodes"],
    )
    assert value == pytest.approx(fit["logLik"] + fit.get("dropped", 0.0), abs=2e-6)


@pytest.mark.parametrize("fit", LINEAR, ids=named)
def test_the_mode_under_flat_priors_is_lmers_fit(fit: dict[str, Any]) -> None:
    found = point_estimate(model_of(fit).spec, flat=True, reml=fit["reml"])
    expected = components(fit)
    assert found.log_likelihood == pytest.approx(fit["logLik"], abs=1e-5)
    np.testing.assert_allclose(found.se, np.atleast_1d(fit["se"]), rtol=2e-3)
    np.testing.assert_allclose(found.b, list(fit["fixef"].values()), atol=1e-4 * np.max(fit["se"]))
    for factor, sd in expected["sd"].items():
        np.testing.assert_allclose(found.sd[factor], sd, rtol=2e-3, atol=1e-3 * fit["sigma"])


@pytest.mark.parametrize("fit", GENERALIZED, ids=named)
def test_the_mode_under_flat_priors_is_glmers_fit(fit: dict[str, Any]) -> None:
    found = point_estimate(model_of(fit).spec, flat=True, nodes=fit["nodes"])
    se = np.atleast_1d(fit["se"])
    expected = np.array(list(fit["fixef"].values()))
    assert (np.abs(found.b - expected) < 0.02 * se).all()  # glmer stops short of the top
    np.testing.assert_allclose(found.se, se, rtol=0.01)
    for factor, sd in components(fit)["sd"].items():
        np.testing.assert_allclose(found.sd[factor], sd, rtol=0.01)


def test_a_coefficient_between_bounds_is_at_its_mode() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=200)
    data = {"x": x, "yes": rng.binomial(1, 1 / (1 + np.exp(-x)))}
    free, bounded = (
        point_estimate(mw.Model("yes ~ x", data, "bernoulli", priors={"x": prior}).spec)
        for prior in ("flat", "Uniform(-5, 5)")
    )
    np.testing.assert_allclose(bounded.b, free.b, rtol=1e-3)
    np.testing.assert_allclose(bounded.se, free.se, rtol=1e-2)


def test_the_mode_does_not_depend_on_the_order_of_levels() -> None:
    cake = mw.load_data("cake")
    formula = "angle ~ temp + (0 + recipe | replicate) + (1 | recipe:replicate)"
    found = []
    for order in ("ABC", "BAC", "BCA"):
        levels = pd.Categorical(cake["recipe"].astype(str), list(order))
        model = mw.Model(formula, cake.assign(recipe=levels))
        found.append(point_estimate(model.spec, flat=True).log_likelihood)
    np.testing.assert_allclose(found, found[0], atol=1e-4)


def test_normal_and_student_priors_of_coefficients_are_integrated_over() -> None:
    data = mw.load_data("sleepstudy")
    model = mw.Model("Reaction ~ Days + (Days | Subject)", data)
    sd, corr, sigma = np.array([24.0, 6.0]), 0.1, 25.0
    value = log_marginal_likelihood(
        model.spec, sd={"Subject": sd}, corr={"Subject": [[1, corr], [corr, 1]]}, sigma=sigma
    )
    days, y = data["Days"].to_numpy(float), data["Reaction"].to_numpy(float)
    z = np.column_stack([np.ones(180), days])
    same = np.equal.outer(np.array(data["Subject"]), np.array(data["Subject"]))
    covariance = np.diag(sd) @ np.array([[1, corr], [corr, 1]]) @ np.diag(sd)
    slope = model.spec.priors["Days"].args
    whole = same * (z @ covariance @ z.T) + sigma**2 * np.eye(180)
    whole += slope["sigma"] ** 2 * np.outer(days - 4.5, days - 4.5)
    normal = stats.multivariate_normal(np.zeros(180), whole)
    args = model.spec.priors["Intercept_centered"].args
    prior = stats.t(args["nu"], args["mu"], args["sigma"])
    top = normal.logpdf(y - y.mean())
    mass, _ = integrate.quad(
        lambda at: np.exp(normal.logpdf(y - at) - top + prior.logpdf(at)), 200, 400, points=[300]
    )
    assert value == pytest.approx(top + np.log(mass), abs=1e-6)


def test_it_falls_to_the_linear_models_as_standard_deviations_vanish() -> None:
    rng = np.random.default_rng(1)
    y, g = rng.normal(size=30), np.repeat(list("abcde"), 6)
    model = mw.Model("y ~ 1 + (1 | g)", {"y": y, "g": g})
    value = log_marginal_likelihood(model.spec, sd={"g": [0.0]}, sigma=1.3, b=[0.2])
    assert value == pytest.approx(stats.norm(0.2, 1.3).logpdf(y).sum(), abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sigma": 1.0}, "standard deviations of Subject are missing"),
        ({"sd": {"Subject": [1.0]}, "sigma": 1.0}, "Subject has 2 effects: Intercept, Days"),
        ({"sd": {"Subject": [1.0, 2.0]}}, "sigma is missing"),
        ({"sd": {"Subject": [1.0, -2.0]}, "sigma": 1.0}, "cannot be negative"),
        ({"sd": {"subject": [1.0, 2.0]}, "sigma": 1.0}, 'no "subject"'),
        (
            {"sd": {"Subject": [1, 2]}, "corr": {"Subject": [[1, 2], [2, 1]]}, "sigma": 1.0},
            "not a positive definite 2 x 2 matrix",
        ),
        ({"sd": {"Subject": [1, 2]}, "sigma": 1.0, "b": [1.0]}, "1 values for 2 fixed effects"),
        ({"sd": {"Subject": [1, 2]}, "sigma": 1.0, "nu": 3.0}, 'no parameter "nu"'),
    ],
)
def test_values_that_cannot_be_are_named(arguments: dict[str, Any], said: str) -> None:
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    with pytest.raises(mw.DataError, match=said):
        log_marginal_likelihood(model.spec, **arguments)


def test_a_singular_fit_is_said_and_does_not_fail() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(6, 5))
    y -= y.mean(axis=1, keepdims=True) * 0.99
    data = {"y": y.ravel(), "g": np.repeat(list("abcdef"), 5)}
    found = point_estimate(mw.Model("y ~ 1 + (1 | g)", data).spec, flat=True)
    assert found.singular
    assert found.sd["g"][0] < 1e-3
    assert "singular" in found.lmer()


def test_the_layout_on_request_is_lmers() -> None:
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    text = point_estimate(model.spec, flat=True).lmer()
    for line in (
        "REML criterion at convergence: 1743.6",
        " Subject  (Intercept) 612.09   24.740",
        "          Days         35.07    5.922   0.07",
        " Residual             654.94   25.592",
        "Number of obs: 180, groups:  Subject, 18",
        "(Intercept)  251.405      6.825  36.838",
        "Days          10.467      1.546   6.771",
        "     (Intr)",
        "Days -0.138",
    ):
        assert line in text.splitlines()


def test_the_layout_of_a_generalized_or_singular_fit_is_lme4s() -> None:
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    cbpp = point_estimate(mw.Model(formula, mw.load_data("cbpp"), "binomial").spec, nodes=1)
    assert "            Estimate Std. Error z value" in cbpp.lmer().splitlines()
    y = np.tile([-1.2, -0.4, 0.1, 0.3, 1.2], 6)
    data = {"y": y, "g": np.repeat(list("abcdef"), 5)}
    lines = point_estimate(mw.Model("y ~ 1 + (1 | g)", data).spec, flat=True).lmer().splitlines()
    assert " Groups   Name        Variance Std.Dev." in lines
    assert " g        (Intercept) 0.0000   0.000" in lines
    assert lines[-1] == "boundary (singular) fit"
