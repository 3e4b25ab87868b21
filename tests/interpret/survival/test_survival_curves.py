"""Survival curves, restricted means and quantiles, held against R's survreg and closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import integrate, special, stats

import mixwell as mw
from mixwell.errors import DataError
from mixwell.interpret.survival.survival_curves import (
    even_times,
    restricted_means,
    survival,
    time_quantiles,
)
from mixwell.posterior.posterior import Posterior

R = json.loads((Path(__file__).parents[1] / "reference/survival.json").read_text())
BY_NAME = {model["dist"]: model for model in R["models"]}
KIDNEY = mw.load_data("kidney")
FORMULA = "time | cens(censored) ~ age + sex"
#: The cells of R's new rows.
CELLS = [(30, "male"), (50, "female")]


def posterior(family, b, **further):
    """A posterior that is one point, eight times."""
    spec = mw.Model(FORMULA, KIDNEY, family).spec
    draws = {"b": (("chain", "draw", "effect"), np.tile(np.asarray(b, float), (2, 4, 1)))}
    draws |= {name: (("chain", "draw"), np.full((2, 4), v)) for name, v in further.items()}
    coords = {"effect": list(spec.design.mean.fixed.names), "chain": [0, 1], "draw": range(4)}
    return Posterior(xr.Dataset(draws, coords), spec)


def of_survreg(family):
    """The posterior at survreg's estimates, in the parameters here."""
    known = BY_NAME[family]
    b, scale = np.array(known["coef"]), known["scale"]
    if family in ("weibull", "exponential"):
        b[0] += special.gammaln(1 + scale)  # its scale is the mean here
    further = {"weibull": {"alpha": 1 / scale}, "exponential": {}}
    return posterior(family, b, **further.get(family, {"sigma": scale}))


def numbers(estimates, cell):
    frame = estimates.frame
    return frame[frame["sex"] == cell[1]]["estimate"].to_numpy()


@pytest.mark.parametrize("family", ["weibull", "exponential", "lognormal", "loglogistic"])
def test_curves_and_quantiles_are_those_of_survreg(family):
    drawn, known = of_survreg(family), BY_NAME[family]
    for cell, curve, quantiles in zip(CELLS, known["survival"], known["quantiles"], strict=True):
        at = {"age": cell[0]}
        found = survival(drawn, "sex", R["at"], at)
        np.testing.assert_allclose(numbers(found, cell), curve, rtol=1e-8)
        found = time_quantiles(drawn, [0.25, 0.5, 0.75], "sex", at)
        np.testing.assert_allclose(numbers(found, cell), quantiles, rtol=1e-8)


#: Families with parameters, and SciPy's distribution at a linear predictor of 3.
DISTRIBUTIONS = {
    "weibull": (
        {"alpha": 1.7},
        stats.weibull_min(1.7, scale=np.exp(3) / special.gamma(1 + 1 / 1.7)),
    ),
    "exponential": ({}, stats.expon(scale=np.exp(3))),
    "gamma": ({"alpha": 2.5}, stats.gamma(2.5, scale=np.exp(3) / 2.5)),
    "lognormal": ({"sigma": 0.8}, stats.lognorm(0.8, scale=np.exp(3))),
    "loglogistic": ({"sigma": 0.6}, stats.fisk(1 / 0.6, scale=np.exp(3))),
    "inverse_gaussian": ({"alpha": 30.0}, stats.invgauss(np.exp(3) / 30, scale=30.0)),
    "shifted_lognormal": (
        {"sigma": 0.8, "ndt": 1.5},
        stats.lognorm(0.8, loc=1.5, scale=np.exp(3)),
    ),
}


@pytest.mark.parametrize("family", DISTRIBUTIONS)
def test_every_family_of_times_has_its_distributions_curve_hazard_and_restricted_mean(family):
    further, known = DISTRIBUTIONS[family]
    drawn, times = posterior(family, [3.0, 0.0, 0.0], **further), np.array([1.0, 10.0, 40.0])
    options = {"times": times}
    np.testing.assert_allclose(survival(drawn, **options)["estimate"], known.sf(times), rtol=1e-8)
    hazard = known.pdf(times) / known.sf(times)
    found = survival(drawn, kind="hazard", **options)["estimate"]
    np.testing.assert_allclose(found, hazard, rtol=1e-8)
    found = survival(drawn, kind="cumulative hazard", **options)["estimate"]
    np.testing.assert_allclose(found, -known.logsf(times), rtol=1e-8, atol=1e-14)
    found = survival(drawn, after=5.0, times=[10.0, 40.0])["estimate"]
    np.testing.assert_allclose(found, known.sf([10.0, 40.0]) / known.sf(5.0), rtol=1e-8)
    areas = [integrate.quad(known.sf, 0, t, epsabs=1e-12, points=[1.5])[0] for t in times]
    found = restricted_means(drawn, times)["estimate"]
    np.testing.assert_allclose(found, areas, rtol=1e-7)
    found = time_quantiles(drawn, [0.1, 0.9])["estimate"]
    np.testing.assert_allclose(found, known.ppf([0.1, 0.9]), rtol=1e-7)


@pytest.mark.parametrize(
    ("family", "known"),
    [
        ("lognormal", stats.lognorm(6.0, scale=np.exp(3))),
        ("loglogistic", stats.fisk(1 / 6.0, scale=np.exp(3))),  # its mean is infinite
    ],
)
def test_a_mean_far_beyond_the_horizon_leaves_the_restricted_mean_its_digits(family, known):
    drawn = posterior(family, [3.0, 0.0, 0.0], sigma=6.0)
    area, _ = integrate.quad(known.sf, 0, 5.0, epsabs=1e-13, points=[1e-6, 1e-3, 0.1])
    assert restricted_means(drawn, 5.0)["estimate"][0] == pytest.approx(area, rel=1e-6)


def test_everyone_is_without_an_event_at_time_zero():
    drawn = posterior("lognormal", [3.0, 0.0, 0.0], sigma=0.5)
    assert survival(drawn, times=0)["estimate"][0] == 1.0


def test_zeros_with_a_probability_are_events_at_once():
    data = pd.DataFrame({"y": [0.0, 1.0, 2.0, 0.0]})
    spec = mw.Model("y ~ 1", data, "hurdle_lognormal").spec
    values = {"sigma": 0.8, "hu": 0.3}
    draws = {name: (("chain", "draw"), np.full((2, 4), v)) for name, v in values.items()}
    draws["b"] = (("chain", "draw", "effect"), np.full((2, 4, 1), 0.5))
    drawn = Posterior(xr.Dataset(draws, {"effect": ["Intercept"]}), spec)
    law = stats.lognorm(0.8, scale=np.exp(0.5))
    found = survival(drawn, times=[0, 2])["estimate"]
    np.testing.assert_allclose(found, [0.7, 0.7 * law.sf(2)], rtol=1e-9)
    found = time_quantiles(drawn, [0.2, 0.65])["estimate"]
    np.testing.assert_allclose(found, [0.0, law.ppf(0.5)], rtol=1e-7)
    area = 0.7 * integrate.quad(law.sf, 0, 2)[0]
    assert restricted_means(drawn, 2)["estimate"][0] == pytest.approx(area, rel=1e-8)


def test_curves_of_several_rows_are_averaged_and_linear_predictors_on_request():
    drawn = posterior("exponential", [3.0, 0.0, 1.5])
    one, two = np.exp(-10 / np.exp(3.0)), np.exp(-10 / np.exp(4.5))
    averaged = survival(drawn, times=10)["estimate"][0]
    assert averaged == pytest.approx((one + two) / 2, rel=1e-9)
    linear = survival(drawn, times=10, average="link")["estimate"][0]
    assert linear == pytest.approx(np.exp(-10 / np.exp(3.75)), rel=1e-9)
    share = (KIDNEY["sex"] == "female").mean()
    rows = survival(drawn, times=10, over="data")["estimate"][0]
    assert rows == pytest.approx((1 - share) * one + share * two, rel=1e-9)


def test_contrasts_compare_cells_at_each_time_and_restricted_means_have_ratios():
    drawn = posterior("exponential", [3.0, 0.0, 1.5])
    found = survival(drawn, "sex", [5, 10]).contrasts("revpairwise")
    assert found["contrast"].tolist() == ["female - male"] * 2
    assert found["time"].tolist() == [5.0, 10.0]
    gaps = [np.exp(-t / np.exp(4.5)) - np.exp(-t / np.exp(3.0)) for t in (5, 10)]
    np.testing.assert_allclose(found["estimate"], gaps, rtol=1e-9)
    ratio = restricted_means(drawn, 20, "sex").contrasts("revpairwise", compare="ratio")
    areas = [np.exp(m) * -np.expm1(-20 / np.exp(m)) for m in (4.5, 3.0)]
    assert ratio["estimate"][0] == pytest.approx(areas[0] / areas[1], rel=1e-9)
    medians = time_quantiles(drawn, by="sex").contrasts("revpairwise", compare="ratio")
    assert medians["estimate"][0] == pytest.approx(np.exp(1.5), rel=1e-9)


def test_a_formula_of_the_shape_takes_part_in_the_curve():
    model = mw.Model([FORMULA, "alpha ~ sex"], KIDNEY, "weibull")
    names = {"b": ["Intercept", "age", "sex[female]"], "b_alpha": ["Intercept", "sex[female]"]}
    values = {"b": [3.0, 0.0, 0.0], "b_alpha": [0.0, np.log(2)]}
    dims = {"b": "effect", "b_alpha": "alpha_effect"}
    draws = xr.Dataset(
        {
            n: (("chain", "draw", dims[n]), np.tile(np.array(v), (2, 4, 1)))
            for n, v in values.items()
        },
        {dims[n]: labels for n, labels in names.items()},
    )
    found = survival(Posterior(draws, model.spec), "sex", 10)["estimate"]
    shapes = np.array([1.0, 2.0])
    scale = np.exp(3) / special.gamma(1 + 1 / shapes)
    np.testing.assert_allclose(found, stats.weibull_min(shapes, scale=scale).sf(10), rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda d: survival(d, times=-1), "numbers from 0 on"),
        (lambda d: survival(d, times=["a"]), "numbers from 0 on"),
        (lambda d: survival(d, times=[]), "no values"),
        (lambda d: survival(d, times=[0, 5], kind="hazard"), "values above 0"),
        (lambda d: survival(d, times=5, after=10), "at or above 10"),
        (lambda d: survival(d, kind="odds"), "survival"),
        (lambda d: survival(d, kind="hazard", after=3), "after="),
        (lambda d: survival(d, by="sxe"), "sex"),
        (lambda d: survival(d, scale="link"), "no option scale="),
        (lambda d: restricted_means(d, 0), "above 0"),
        (lambda d: time_quantiles(d, 1.0), "between 0 and 1"),
    ],
)
def test_what_no_curve_can_be_is_refused(call, said):
    with pytest.raises(DataError, match=said):
        call(posterior("exponential", [3.0, 0.0, 1.5]))


@pytest.mark.parametrize(
    ("formula", "family", "said"),
    [
        ("age ~ sex", "gaussian", "family gaussian are others"),
        ("time ~ sex", "poisson", "family poisson are others"),
        ("log(time) ~ sex", "gaussian", 'family="lognormal"'),
        ("censored ~ sex", "bernoulli", "family bernoulli are others"),
    ],
)
def test_responses_that_are_no_times_have_no_survival(formula, family, said):
    spec = mw.Model(formula, KIDNEY, family).spec
    with pytest.raises(DataError, match=said):
        survival(Posterior(xr.Dataset(), spec))


def test_times_that_are_not_given_are_round_and_within_the_data():
    spec = mw.Model(FORMULA, KIDNEY, "weibull").spec
    assert even_times(spec).tolist() == [200.0, 400.0]
    frame = pd.DataFrame({"y": [0.013, 0.05, 0.1]})
    assert even_times(mw.Model("y ~ 1", frame, "weibull").spec) == pytest.approx(
        [0.02, 0.04, 0.06, 0.08, 0.1]
    )
