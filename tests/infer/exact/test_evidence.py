"""The evidence against integrals computed another way, and what has none."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import mixwell as mw
from mixwell.infer.exact.evidence import evidence


def test_the_evidence_of_eight_schools_is_its_double_integral():
    priors = {"Intercept": "Normal(0, 10)", "sd_school": "HalfNormal(5)"}
    data = mw.load_data("eight_schools")
    model = mw.Model("effect | se(se) ~ 1 + (1 | school)", data, priors=priors)
    y, se = data["effect"].to_numpy(), data["se"].to_numpy()

    def density(tau: float) -> float:
        # all schools share mu ~ Normal(0, 10): jointly normal given tau
        covariance = np.diag(se**2 + tau**2) + 10.0**2
        joint = stats.multivariate_normal.pdf(y, np.zeros(len(y)), covariance)
        return float(joint * stats.halfnorm.pdf(tau, scale=5.0)) * 1e12

    expected = np.log(integrate.quad(density, 0, 60)[0]) - np.log(1e12)
    found = evidence(model.spec)
    assert found.error < 0.05
    assert found.log_density == pytest.approx(expected, abs=4 * found.error + 1e-3)


def test_the_evidence_of_a_binomial_model_has_all_its_constants():
    data = pd.DataFrame({"s": [3, 7, 1, 5], "n": [9, 10, 8, 9], "g": list("abcd")})
    priors = {"Intercept": "Normal(0, 1.5)", "sd_g": "HalfNormal(1)"}
    model = mw.Model("s | trials(n) ~ 1 + (1 | g)", data, "binomial", priors=priors)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    b, sd = np.linspace(-6, 6, 301)[:, None, None], np.linspace(0, 6, 301)[:, None]
    chance = 1 / (1 + np.exp(-(b + sd * nodes)))
    density = stats.norm.pdf(b[..., 0], 0, 1.5) * stats.halfnorm.pdf(sd[..., 0])
    for successes, trials in zip(data["s"], data["n"], strict=True):
        density = density * (stats.binom.pmf(successes, trials, chance) @ weights)
    inner = integrate.simpson(density, x=sd[:, 0], axis=1)
    expected = np.log(integrate.simpson(inner, x=b[:, 0, 0]))
    found = evidence(model.spec)
    assert found.log_density == pytest.approx(expected, abs=4 * found.error + 1e-3)


def test_a_fit_of_the_exact_engine_holds_its_evidence():
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    fit = model.fit(seed=1)
    assert fit.evidence().log_density == fit.posterior.attrs["log_marginal_likelihood"]
    assert "Monte Carlo error" in str(fit.evidence())


def test_a_flat_prior_leaves_no_evidence():
    data = mw.load_data("sleepstudy")
    model = mw.Model("Reaction ~ Days + (1 | Subject)", data, priors={"b": "flat"})
    with pytest.raises(mw.SamplingError, match="flat prior") as caught:
        evidence(model.spec)
    assert "Days" in str(caught.value)


def test_a_model_that_cannot_be_integrated_has_none_and_says_why():
    data = mw.load_data("sleepstudy")
    model = mw.Model(["Reaction ~ Days + (1 | Subject)", "sigma ~ Days"], data)
    with pytest.raises(mw.SamplingError, match="formula of its own"):
        evidence(model.spec)


def test_models_are_compared_by_evidence():
    data = mw.load_data("sleepstudy")
    formulas = {"slopes": "Reaction ~ Days + (Days | Subject)", "none": "Reaction ~ (1 | Subject)"}
    fits = {name: mw.Model(text, data).fit(seed=1) for name, text in formulas.items()}
    frame = mw.compare(fits, by="evidence")
    assert frame.index.tolist() == ["slopes", "none"]
    assert frame["probability"].sum() == pytest.approx(1)
    assert frame["log_bayes_factor"].iloc[1] < -10
    with pytest.raises(mw.DataError, match=r"by='waic' is unknown"):
        mw.compare(fits, by="waic")
