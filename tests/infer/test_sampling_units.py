"""Coefficients and effects are sampled in the unit of the linear predictor, whatever theirs."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.sampling_units import coefficient_steps


def _data(width: float, height: float) -> pd.DataFrame:
    x = np.linspace(-1, 1, 60) * width
    g = np.repeat([f"g{i}" for i in range(6)], 10)
    y = height * (2 + np.sin(np.arange(60.0)))
    return pd.DataFrame({"x": x, "g": g, "y": y, "count": np.arange(60) % 5})


@pytest.mark.parametrize("formula", ["y ~ x + (1 + x | g)", "y ~ x + (1 + x || g)"])
def test_the_density_in_sampled_coordinates_does_not_know_units(formula):
    """One point of the sampler's space has the same gradient for meters and kilometers."""
    gradients = []
    for width, height in ((1.0, 1.0), (1000.0, 1e-3)):
        model = BuiltModel(mw.Model(formula, _data(width, height)).spec, "centered").model
        names = [variable.name for variable in model.value_vars]
        point = model.initial_point()
        rng = np.random.default_rng(1)
        for name in names:
            # standard deviations have their unit in the logarithm: they stay where they start
            if "sd_" not in name and "sigma" not in name:
                point[name] = point[name] + 0.1 * rng.normal(size=np.shape(point[name]))
        found = model.compile_dlogp(mode="FAST_COMPILE")(point)
        gradients.append(found)
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-6, atol=1e-8)


def test_a_wide_predictor_of_counts_starts_without_a_leap():
    model = BuiltModel(mw.Model("count ~ x + (1 | g)", _data(100.0, 1.0), "poisson").spec).model
    start = model.initial_point()
    logp = model.compile_logp(mode="FAST_COMPILE")
    here = logp(start)
    for step in (-1.0, 1.0):  # PyMC's jitter at its largest
        there = {name: value + step for name, value in start.items()}
        assert np.isfinite(logp(there))
        assert abs(logp(there) - here) < 1e8


def test_the_unit_of_a_bounded_prior_is_left_alone():
    priors = {"x": "HalfNormal(1)"}
    model = BuiltModel(mw.Model("y ~ x + (1 | g)", _data(100.0, 1.0), priors=priors).spec).model
    assert "b_slopes_log__" in [variable.name for variable in model.value_vars]


def test_coefficients_keep_their_names_and_scale():
    import pymc as pm

    model = BuiltModel(mw.Model("y ~ x + (1 | g)", _data(100.0, 1.0)).spec).model
    drawn = pm.draw(model["b_slopes"], 4000, random_seed=1, mode="FAST_COMPILE")
    expected = mw.Model("y ~ x + (1 | g)", _data(100.0, 1.0)).spec.priors["x"].args["sigma"]
    assert drawn.std() == pytest.approx(expected, rel=0.1)


def test_chains_of_counts_come_back_from_their_start_whatever_the_unit_of_a_predictor():
    """In the predictor's own unit all of these draws diverge, or no chain starts at all."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    count = rng.poisson(np.exp(0.5 + 0.5 * x + np.repeat(rng.normal(0, 0.5, 10), 20)))
    data = pd.DataFrame({"x": 1e4 * x, "count": count, "g": np.repeat(list("abcdefghij"), 20)})
    settings = {"draws": 200, "tune": 300, "chains": 2, "progressbar": False}
    fit = mw.Model("count ~ x + (1 | g)", data, "poisson").fit(engine="nuts", seed=1, **settings)
    assert float(fit.idata["sample_stats"]["diverging"].mean()) < 0.02
    slopes = 1e4 * fit.posterior["b"].sel(effect="x").mean("draw").values
    np.testing.assert_allclose(slopes, [0.5, 0.5], atol=0.15)


@pytest.mark.parametrize("choice", ["centered", "noncentered"])
def test_slopes_on_years_start_where_counts_are_finite(choice):
    """From the middle of its prior the slopes' sd makes linear predictors of hundreds."""
    data = _data(10.0, 1.0)
    data["x"] += 2000.0
    model = BuiltModel(mw.Model("count ~ x + (x || g)", data, "poisson").spec, choice).model
    start, logp = model.initial_point(), model.compile_logp(mode="FAST_COMPILE")
    rng = np.random.default_rng(1)
    for _ in range(20):  # PyMC's jitter
        there = {name: value + rng.uniform(-1, 1, np.shape(value)) for name, value in start.items()}
        assert abs(logp(there)) < 1e8


def test_coefficients_without_an_intercept_count_from_their_origin():
    data = _data(10.0, 1.0)
    data["x"] += 2000.0
    spec = mw.Model("count ~ 0 + x", data, "poisson").spec
    assert coefficient_steps(spec, "mean") == pytest.approx([1 / 2000], rel=1e-3)
