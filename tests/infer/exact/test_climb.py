"""Modes of likelihoods that are hard to climb: never below the best of lme4's optimizers.

The data and lme4's numbers are those of `tests/infer/reference/modes.R`.
"""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.exact.climb import _Factors, climb
from mixwell.infer.exact.exact_draws import build_target
from mixwell.infer.modes.marginal_likelihood import log_marginal_likelihood
from mixwell.numeric.search.mode import Mode

CASES = json.loads((Path(__file__).parents[1] / "reference/modes.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['formula']}, {case['seed']}")
def test_the_mode_is_at_least_as_high_as_lme4s_best(case) -> None:
    found = mw.Model(case["formula"], pd.DataFrame(case["data"])).mode(flat=True)
    assert found.log_likelihood > case["logLik"] - 1e-5
    if found.log_likelihood < case["logLik"] + 1e-5:
        assert found.singular == case["singular"]


def test_a_factor_without_variance_is_estimated_as_zero_and_singular() -> None:
    data = pd.DataFrame({"y": np.tile([-1.2, -0.4, 0.1, 0.3, 1.1], 6), "g": np.repeat(range(6), 5)})
    found = mw.Model("y ~ 1 + (1 | g)", data).mode(flat=True)
    assert found.sd["g"][0] < 1e-5
    assert found.singular
    assert "Singular: a standard deviation is estimated as 0" in str(found)


#: Simulated rows whose likelihood has two tops: the highest, where lme4 ends, has REML criterion
#: 76.087, the other one 77.994.
TWO_TOPS = """\
y,x,g,h
-0.6095,6.476,a,q
0.921,5.201,a,r
1.563,6.01,a,q
1.351,1.891,b,v
2.249,2.276,b,t
2.462,6.229,b,s
3.846,7.651,c,p
2.55,6.048,c,v
1.267,5.003,c,s
17.75,0.1308,d,t
6.773,7.623,d,p
2.956,6.171,d,s
8.205,9.033,e,v
4.516,6.872,e,q
2.908,6.419,e,u
"""


def test_starts_that_end_at_different_tops_are_said_and_the_highest_is_kept() -> None:
    data = pd.read_csv(io.StringIO(TWO_TOPS))
    found = mw.Model("y ~ x + (1 | g) + (x | h)", data).mode(flat=True)
    assert -2 * found.log_likelihood == pytest.approx(76.087, abs=0.002)
    assert found.shortfall == pytest.approx(0.953, abs=0.002)
    for text in (str(found), found.lmer()):
        assert "this is the highest, and the lowest lies 0.953 below" in text


def test_nothing_is_said_where_all_starts_agree() -> None:
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    assert model.mode(flat=True).notes == ()


def test_the_mode_is_the_top_of_likelihood_and_priors_on_the_parameters_own_scales() -> None:
    """Closed forms of the priors, and the likelihood of `log_marginal_likelihood`."""
    priors = {"sd_Subject": "Exponential(0.2)", "corr_Subject": "LKJ(6)", "sigma": "HalfNormal(9)"}
    model = mw.Model(
        "Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"), priors=priors
    )
    found = model.mode()

    def density(theta: np.ndarray) -> float:
        sd, corr, sigma = theta[:2], theta[2], theta[3]
        matrices = {"Subject": [[1, corr], [corr, 1]]}
        value = log_marginal_likelihood(model.spec, sd={"Subject": sd}, corr=matrices, sigma=sigma)
        return value - 0.2 * sd.sum() + 5 * np.log(1 - corr**2) - 0.5 * (sigma / 9) ** 2

    top = np.array([*found.sd["Subject"], found.corr["Subject"][0, 1], found.parameters["sigma"]])
    slopes = [(density(top + step) - density(top - step)) / 2e-3 for step in 1e-3 * np.eye(4)]
    np.testing.assert_allclose(slopes, 0, atol=2e-3)
    assert all(density(top) > density(top + step) for step in (*np.eye(4) / 20, *-np.eye(4) / 20))


@pytest.mark.parametrize("formula", ["y ~ 1 + (a * b | g)", "y ~ (a || g) + (b | h)"])
def test_covariances_go_to_cholesky_factors_and_back(formula: str) -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("yab"))
    data["g"], data["h"] = np.arange(60) % 6, np.arange(60) % 5
    target = build_target(mw.Model(formula, data).spec)
    factors = _Factors(target.parameters, target.start)
    size = target.parameters.size
    t = target.start + rng.normal(size=size)
    theta = factors.theta(t)
    np.testing.assert_allclose(factors.t(theta[None])[0], t, atol=1e-8)
    # in a factor's column the sign is free
    for _, own, pairs in factors.blocks:
        for k in range(len(own)):
            turned = theta.copy()
            lower = np.zeros((len(own), len(own)))
            lower[np.tril_indices(len(own), -1)] = theta[pairs]
            lower[:, k] *= -1
            turned[pairs] = lower[np.tril_indices(len(own), -1)]
            turned[own[k]] *= -1
            np.testing.assert_allclose(factors.t(turned[None])[0], t, atol=1e-8)


def test_elements_of_zero_become_standard_deviations_next_to_zero() -> None:
    data = mw.load_data("sleepstudy")
    target = build_target(mw.Model("Reaction ~ Days + (Days | Subject)", data).spec)
    factors = _Factors(target.parameters, target.start)
    theta = factors.theta(target.start)
    own = factors.blocks[0][1]
    lost = theta.copy()
    lost[own], lost[factors.blocks[0][2]] = 0.0, 0.0
    found = target.parameters.values(factors.t(lost[None])).scalars
    keys = [target.parameters.scalars[i].key for i in own]
    for key, i in zip(keys, own.tolist(), strict=True):
        assert found[key][0] == pytest.approx(1e-9 * factors.unit[i], rel=1e-6)
    assert (factors.full_rank(lost)[own] > 0.003).all()
    assert np.array_equal(factors.full_rank(theta), theta)


def test_a_start_where_the_likelihood_is_no_number_is_not_taken_for_a_top(monkeypatch) -> None:
    target = build_target(
        mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy")).spec
    )
    (sd,) = target.parameters.sds(*target.parameters.factors)

    def stay(density: Callable, start: np.ndarray, **options: float) -> Mode:
        return Mode(start, float(density(start[None])[0]), np.eye(len(start)))

    monkeypatch.setattr("mixwell.infer.exact.climb.find_mode", stay)

    def likelihood(t: np.ndarray) -> np.ndarray:
        return np.where(t[:, sd] > target.start[sd] + 1, np.nan, t[:, sd])

    np.testing.assert_allclose(climb(target, likelihood).t, target.start)
