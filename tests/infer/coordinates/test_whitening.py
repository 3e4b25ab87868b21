"""Whitened coordinates: unit curvature at the mode, and the posterior of the other coordinates."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import pytest

import mixwell as mw
from mixwell.errors import SamplingError
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.coordinates import choice as geometry_module
from mixwell.infer.coordinates import whitening as module
from mixwell.infer.coordinates.choice import check_parameterization, resolve_geometry
from mixwell.infer.coordinates.conditional_mode import conditional_mode
from mixwell.infer.declined import Declined
from mixwell.infer.places import places
from mixwell.infer.pymc.variables import InUnits
from mixwell.posterior.draws import ess_bulk

JOINT = "whitened_coordinates"
RNG = np.random.default_rng(3)
N = 60
DATA = pd.DataFrame(
    {
        "x": RNG.normal(3.0, 2.0, N),
        "v": RNG.normal(size=N),
        "g": np.tile(list("abcdef"), N // 6),
        "h": np.repeat(list("pqrst"), N // 5),
        "k": RNG.poisson(4.0, N),
        "m": RNG.poisson(4.0, N) + 9,
        "yes": RNG.integers(0, 2, N),
        "p": RNG.uniform(0.1, 0.9, N),
    }
)
DATA["y"] = 1.0 + 0.5 * DATA["x"] + RNG.normal(size=N) + 2 * (DATA["g"] == "a")
DATA["pos"] = np.exp(0.3 * DATA["y"])

MODELS = {
    "crossed": (["y ~ x + (1 | g) + (1 | h)"], {}),
    "nested": (["y ~ 1 + (1 | g) + (1 | g:h)"], {}),
    "correlated": (["y ~ x + (x | g)"], {}),
    "crossed correlated": (["y ~ x + (x | g) + (v | h)"], {}),
    "uncorrelated": (["y ~ x + (x || g)"], {}),
    "two blocks of a factor": (["y ~ x + (x | g) + (0 + v | g)"], {}),
    "sigma": (["y ~ x + (1 | g)", "sigma ~ x + (1 | h)"], {}),
    "shared with sigma": (["y ~ x + (1 | p | g)", "sigma ~ 1 + (1 | p | g)"], {}),
    "coefficients of nu": (["y ~ x + (1 | g)", "nu ~ x"], {"family": "student"}),
    "no intercept": (["y ~ 0 + x + (0 + x | g)"], {}),
    "nothing fixed": (["y ~ 0 + (1 | g)"], {}),
    "only fixed": (["y ~ x + v"], {}),
    "many slopes": (["y ~ poly(x, 3) * h + (1 | g)"], {}),
    "bernoulli": (["yes ~ x + (x | g) + (1 | h)"], {"family": "bernoulli"}),
    "binomial": (["k | trials(m) ~ x + (1 | g)"], {"family": "binomial"}),
    "poisson": (["k ~ x + offset(v) + (1 | g)"], {"family": "poisson"}),
    "negativebinomial": (["k ~ x + (1 | g)"], {"family": "negativebinomial"}),
    "gamma": (["pos ~ x + (1 | g)"], {"family": "gamma", "link": "log"}),
    "beta": (["p ~ x + (1 | g)"], {"family": "beta"}),
    "student": (["y ~ x + (1 | g)"], {"family": "student"}),
    "flat": (["y ~ x + (1 | g)"], {"priors": {"b": "flat", "Intercept": "flat"}}),
    "several priors": (
        ["y ~ x + v + k + (1 | g)"],
        {"priors": {"v": "Laplace(0, 1)", "k": pm.Cauchy.dist(0, 1), "Intercept": "Normal(2, 3)"}},
    ),
    "bounded priors": (
        ["y ~ x + v + k + (1 | g)"],
        {
            "priors": {
                "x": "Uniform(-3, 3)",
                "k": pm.HalfNormal.dist(2),
                "Intercept": "Normal(2, 3)",
            }
        },
    ),
    "bounded intercept": (["y ~ x + (1 | g)"], {"priors": {"Intercept": "LogNormal(0, 1)"}}),
    "native intercept": (["y ~ x + (1 | g)"], {"priors": {"Intercept": pm.Normal.dist(0, 3)}}),
}


def specified(case):
    formulas, choices = MODELS[case]
    return mw.Model(formulas, DATA, **choices).spec


def evaluated(model, names, point):
    """Return the log density and the named variables at a point."""
    values = [model.logp(), *model.replace_rvs_by_values([model[name] for name in names])]
    function = pm.compile(model.value_vars, values, mode="FAST_COMPILE", on_unused_input="ignore")
    found = function(**{v.name: point[v.name] for v in model.value_vars})
    return float(found[0]), found[1:]


def unwhitened(spec, index, other, point, x):
    """Return the same point in the coordinates below the map, by the names of `other`'s values.

    These have units of their own, whose log is returned too.
    """
    where = places(spec)
    moved = {k: v for k, v in point.items() if k != f"{JOINT}_z__"}
    steps = 0.0
    for variable in other.free_RVs:
        sampled = other.rvs_to_values[variable].name
        if sampled not in moved:
            moved[sampled] = x[index[place_of(spec, where, variable.name)]]
            transform = other.rvs_to_transforms[variable]
            if isinstance(transform, InUnits):
                moved[sampled] = moved[sampled] / transform.step
                steps += np.log(np.broadcast_to(transform.step, variable.shape.eval())).sum()
    return moved, steps


def place_of(spec, where, name):
    """Return the places of a variable of an unwhitened model."""
    head, _, inside = name.partition("[")
    for unit, place in where.units.items():
        if head in (f"c_{unit}", f"z_{unit}"):
            return place[:, int(inside.split(":")[0])] if inside else place
    parameter = "sigma" if "sigma" in head else "mean"
    place, names = where.fixed[parameter], spec.predictors[parameter].fixed.names
    if head.endswith("Intercept_centered"):
        return place[0]
    if inside:
        return place[[names.index(label) for label in inside.rstrip("]").split(", ")]]
    return place[1:] if head.endswith("_slopes") else place


@pytest.mark.parametrize("case", MODELS)
def test_the_density_is_that_of_the_other_coordinates_with_a_constant_jacobian(case):
    spec = specified(case)
    geometry = resolve_geometry("whitened", spec)
    model = BuiltModel(spec, geometry).model
    other = BuiltModel(spec, replace(geometry, whitening=None)).model
    names = [name for name in spec.variables if name in model.named_vars]
    rng, start = np.random.default_rng(1), model.initial_point()
    point = {name: np.asarray(v + rng.normal(size=v.shape)) for name, v in start.items()}
    ours, (x, *found) = evaluated(model, [JOINT, *names], point)
    moved, steps = unwhitened(spec, geometry.whitening.index, other, point, x)
    theirs, expected = evaluated(other, names, moved)
    expected_density = theirs - steps + geometry.whitening.log_determinant
    np.testing.assert_allclose(ours, expected_density, rtol=1e-9)
    for one, another in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, another, rtol=1e-8, atol=1e-10)


def transformed(model, covariances, size):
    """Return the joint vector's inputs at given covariances, its transform, and a vector."""
    joint = model[JOINT]
    inputs, given = list(joint.owner.inputs), []
    for matrix, correlated in covariances:
        sd = np.sqrt(np.diag(matrix))
        given += [sd, np.linalg.cholesky(matrix) / sd[:, None]] if correlated else [sd]
    inputs[1 : 1 + len(given)] = given
    return inputs, model.rvs_to_transforms[joint], pt.vector("vector", shape=(size,))


@pytest.mark.parametrize("case", ["crossed correlated", "shared with sigma", "only fixed"])
def test_the_map_and_its_inverse_agree(case):
    spec = specified(case)
    geometry = resolve_geometry("whitened", spec)
    modes = conditional_mode(spec).units
    covariances = [(2.5 * modes[u.name].covariance, u.correlated) for u in spec.layout.units]
    size = geometry.whitening.size
    inputs, transform, z = transformed(BuiltModel(spec, geometry).model, covariances, size)
    backward = pm.compile([z], transform.backward(z, *inputs), mode="FAST_COMPILE")
    forward = pm.compile([z], transform.forward(z, *inputs), mode="FAST_COMPILE")
    values = np.random.default_rng(1).normal(size=size)
    np.testing.assert_allclose(forward(backward(values)), values, atol=1e-8)
    # at given standard deviations the map is affine
    matrix = np.stack([backward(e) - backward(0 * e) for e in np.eye(size)], axis=1)
    found = np.linalg.slogdet(matrix)[1]
    np.testing.assert_allclose(found, geometry.whitening.log_determinant)


@pytest.mark.parametrize("choice", ["noncentered", "centered", "mixed"])
@pytest.mark.parametrize(
    "case", ["crossed", "nested", "crossed correlated", "shared with sigma", "only fixed"]
)
def test_the_curvature_at_the_mode_is_one_in_every_direction(case, choice):
    spec = specified(case)
    mode, geometry = conditional_mode(spec), resolve_geometry(choice, spec)
    weights = geometry.weights
    whitening = module.whiten(spec, mode, weights)
    model = BuiltModel(spec, replace(geometry, whitening=whitening)).model
    fixed, equations = mode.system.fixed, mode.equations
    dense = np.zeros((mode.system.size, mode.system.size))
    dense[:fixed, :fixed] = equations.xx + np.diag(mode.system.ridge)
    dense[fixed:, :fixed], dense[:fixed, fixed:] = equations.zx, equations.zx.T
    dense[fixed:, fixed:] = equations.zz.toarray()
    change = np.eye(len(dense))  # from the coordinates to the effects
    for unit, place in places(spec).units.items():
        covariance = mode.units[unit].covariance
        root, w = np.linalg.cholesky(covariance), weights[unit]
        for level, own in zip(place, w, strict=True):
            dense[np.ix_(level, level)] += np.linalg.inv(covariance)
            scaled = np.diag(np.diag(root) ** own) + own[:, None] * np.tril(root, -1)
            change[np.ix_(level, level)] = root @ np.linalg.inv(scaled)
    covariances = [(mode.units[u.name].covariance, u.correlated) for u in spec.layout.units]
    inputs, transform, z = transformed(model, covariances, whitening.size)
    backward = pm.compile([z], transform.backward(z, *inputs), mode="FAST_COMPILE")
    center = backward(np.zeros(whitening.size))
    matrix = np.stack([backward(e) - center for e in np.eye(whitening.size)], axis=1)
    matrix = change @ matrix[whitening.index]
    np.testing.assert_allclose(matrix.T @ dense @ matrix, np.eye(whitening.size), atol=1e-9)
    np.testing.assert_allclose((change @ center[whitening.index]), mode.theta, atol=1e-9)


def test_the_sampler_starts_at_the_mode():
    model = BuiltModel(specified("crossed correlated"), "whitened").model
    np.testing.assert_allclose(model.initial_point()[f"{JOINT}_z__"], 0.0, atol=1e-12)


def test_the_prior_can_be_drawn():
    spec = specified("several priors")
    with BuiltModel(spec, "whitened").model:
        drawn = pm.sample_prior_predictive(
            2000, random_seed=1, compile_kwargs={"mode": "FAST_COMPILE"}
        )
    slopes = drawn["prior"]["b"].values[0]
    width = spec.priors["x"].args["sigma"]
    assert slopes[:, 1].std() == pytest.approx(width, rel=0.1)
    assert np.abs(slopes[:, 2]).mean() == pytest.approx(1.0, rel=0.1)  # Laplace(0, 1)
    assert np.median(np.abs(slopes[:, 3])) == pytest.approx(1.0, rel=0.15)  # Cauchy(0, 1)
    # the intercept's prior is at the predictors' own zero
    assert slopes[:, 0].mean() == pytest.approx(2.0, abs=0.3)
    r, sd = (drawn["prior"][name].values[0] for name in ("r_g", "sd_g"))
    assert (r[..., 0] / sd).std() == pytest.approx(1.0, rel=0.05)
    assert drawn["prior_predictive"]["y"].sizes["obs"] == N


@pytest.mark.slow
def test_draws_agree_with_exact_ones_under_the_same_names():
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    fit = model.fit(parameterization="whitened", seed=1, draws=500, tune=500)
    exact = model.fit(engine="exact", seed=1)
    assert set(fit.posterior.data_vars) == set(exact.posterior.data_vars)
    assert "parameterization" in fit.posterior.attrs
    assert not [name for name in fit.idata["constant_data"] if "whitening" in name]
    for name in exact.posterior.data_vars:
        ours, theirs = (f.posterior[name].values for f in (fit, exact))
        ours, theirs = (a.reshape(*a.shape[:2], -1) for a in (ours, theirs))
        ess = ess_bulk(ours)
        error = ours.std(axis=(0, 1)) / np.sqrt(ess) + theirs.std(axis=(0, 1)) / np.sqrt(4000)
        assert (np.abs(ours.mean(axis=(0, 1)) - theirs.mean(axis=(0, 1))) < 4.5 * error).all()
        assert (ess > 400).all(), name
    drawn = fit.ppc(seed=1)
    new, seen = (drawn[group]["diameter"] for group in ("posterior_predictive", "observed_data"))
    assert new.dims == ("chain", "draw", *seen.dims)
    # each row's new values scatter around its fitted mean: as the observed ones do, by sigma
    error = seen - new.mean(("chain", "draw"))
    assert float(error.std()) == pytest.approx(float(fit.posterior["sigma"].mean()), rel=0.15)


def test_the_geometry_shows_the_coordinates_below_the_map():
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    shown = model.geometry("whitened")
    assert shown["choice"].tolist() == model.geometry("mixed")["choice"].tolist()
    assert shown["reason"].str.endswith(", whitened").all()
    geometry = resolve_geometry("whitened", model.spec)
    assert geometry.name == "whitened"
    assert geometry.by_rule
    assert repr(geometry) == "Geometry(plate: centered; sample: centered; whitened)"


def test_random_effects_of_a_parameter_without_curvature_are_refused():
    model = mw.Model(["y ~ x", "nu ~ 1 + (1 | g)"], DATA, family="student")
    with pytest.raises(SamplingError, match="random effects of nu"):
        check_parameterization("whitened", model.spec)
    with pytest.raises(SamplingError, match="random effects of nu"):
        model.fit(parameterization="whitened")


@pytest.mark.parametrize("mapping", [{"g": "whitened"}, {"g": {"a": "whitened"}}], ids=str)
def test_one_factor_alone_is_refused(mapping):
    with pytest.raises((SamplingError, ValueError), match=r"whole model|single level"):
        mw.Model("y ~ x + (1 | g)", DATA).fit(parameterization=mapping)


def test_a_model_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 50)
    with pytest.raises(SamplingError, match="too many for a matrix"):
        mw.Model("y ~ x + (1 | g) + (1 | h)", DATA).geometry("whitened")


def test_a_model_without_a_mode_is_refused(monkeypatch):
    none = Declined("the quick mode is not finite")
    monkeypatch.setattr(geometry_module, "conditional_mode", lambda spec: none)
    with pytest.raises(SamplingError, match="cannot be whitened: the quick mode is not finite"):
        mw.Model("y ~ 1 + (1 | g)", DATA).geometry("whitened")


def test_a_model_with_nothing_to_whiten_is_refused():
    data = DATA.assign(s=1.0)
    with pytest.raises(SamplingError, match="no coefficients and no random effects"):
        mw.Model("y | se(s, sigma = TRUE) ~ 0", data).geometry("whitened")
