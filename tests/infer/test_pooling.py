"""Levels by themselves and all rows as one."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.families.simulated import simulated_rows

import mixwell as mw
from mixwell.infer.pooling import pooling
from mixwell.posterior.posterior import Posterior


def test_no_pooling_is_each_level_s_own_regression(sleepstudy_fit):
    spec, data = sleepstudy_fit.spec, mw.load_data("sleepstudy")
    (found,) = spec.layout.factors
    made = pooling(sleepstudy_fit.drawn, found)
    own = data[data["Subject"].astype(str) == found.levels[3]]
    slope, intercept = np.polyfit(own["Days"], own["Reaction"], 1)
    np.testing.assert_allclose(made.separate[3], [intercept, slope], rtol=1e-4)
    slope, intercept = np.polyfit(data["Days"], data["Reaction"], 1)
    np.testing.assert_allclose(made.complete, [intercept, slope], rtol=1e-3)


def test_no_pooling_of_three_districts_is_the_seed_s_fixed_effects_model(make_idata):
    data = mw.load_data("bangladesh")
    data = data[data["district"].astype(str).isin(["1", "2", "3"])]
    model = mw.Model("use ~ 1 + (1 | district)", data, family="bernoulli")
    idata = make_idata()["posterior"].to_dataset()
    zero = idata["b"].isel(effect=[0]).assign_coords(effect=["Intercept"]) * 0
    made = pooling(Posterior(zero.to_dataset(name="b"), model.spec), model.spec.layout.factors[0])
    # a = -1.06, -0.59, 1.22 there, with the prior Normal(0, 1.5); here it is wider
    np.testing.assert_allclose(made.separate[:2, 0], [-1.06, -0.61], atol=0.05)
    assert 1.2 < made.separate[2, 0] < 2.0


def test_no_pooling_of_the_schools_is_the_data_and_complete_pooling_keeps_the_prior(make_idata):
    data = mw.load_data("eight_schools")
    formula, prior = "effect | se(se) ~ 1 + (1 | school)", {"Intercept": "Normal(0, 5)"}
    spec = mw.Model(formula, data, priors=prior).spec
    b = make_idata()["posterior"]["b"].isel(effect=[0]).assign_coords(effect=["Intercept"])
    made = pooling(Posterior(b.to_dataset(name="b"), spec), spec.layout.factors[0])
    np.testing.assert_allclose(made.separate[:, 0], data["effect"], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(made.separate_sd[:, 0], data["se"], rtol=1e-3)
    weight = 1 / data["se"].to_numpy() ** 2
    expected = (weight * data["effect"]).sum() / (weight.sum() + 1 / 25)
    assert made.complete[0] == pytest.approx(expected, rel=1e-6)
    assert made.complete_sd[0] == pytest.approx((weight.sum() + 1 / 25) ** -0.5, rel=1e-6)


def test_a_level_without_a_contrast_tells_no_slope_by_itself(make_idata):
    data = pd.DataFrame({"g": list("aabb"), "x": [1.0, 2.0, 3.0, 3.0], "y": [1.0, 3.0, 2.0, 2.5]})
    data = pd.concat([data, data], ignore_index=True)
    spec = mw.Model("y ~ x + (x | g)", data).spec
    b = make_idata()["posterior"]["b"].assign_coords(effect=["Intercept", "x"])
    sigma = make_idata()["posterior"]["sigma"]
    made = pooling(Posterior(xr.Dataset({"b": b, "sigma": sigma}), spec), spec.layout.factors[0])
    assert np.isnan(made.separate).tolist() == [[False, False], [True, True]]
    np.testing.assert_allclose(made.separate[0], [-1.0, 2.0], atol=0.01)


@pytest.mark.parametrize("family", ["negativebinomial", "nbinom1", "genpois", "compois"])
def test_complete_pooling_of_counts_is_near_the_mode_without_groups(family):
    """The mean of a count is found apart from its dispersion, nearly: 90 rows of SciPy's."""
    data = simulated_rows(family, seed=2, rows=90).assign(g=np.repeat(list("abcdef"), 15))
    spec = mw.Model("y ~ x + (1 | g)", data, family).spec
    (further,) = spec.family.further
    draws = {
        "b": (("chain", "draw", "effect"), np.array([[[0.6, 0.4]]])),
        further.name: (("chain", "draw"), np.full((1, 1), 1.0)),
    }
    posterior = xr.Dataset(draws, coords={"chain": [0], "draw": [0], "effect": ["Intercept", "x"]})
    made = pooling(Posterior(posterior, spec), spec.layout.factors[0])
    mode = mw.Model("y ~ x", data, family).mode().fixef()
    assert abs(made.complete[0] - mode["estimate"].iloc[0]) < 0.3 * mode["se"].iloc[0]
    assert made.complete_sd[0] == pytest.approx(mode["se"].iloc[0], rel=0.15)
