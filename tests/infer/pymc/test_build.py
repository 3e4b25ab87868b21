"""The PyMC model: names and coords, the same posterior in every coordinate, scipy's densities."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from scipy import stats

import mixwell as mw
from mixwell.design import build_design
from mixwell.errors import DataError, SamplingError
from mixwell.families import get_family
from mixwell.formula import parse_formula
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.geometry import Geometry
from mixwell.infer.pymc.variables import InUnits
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import log_likelihood, posterior_predictive
from mixwell.posterior.row_predictors import rows_of_model
from mixwell.specify.spec import build_spec

RNG = np.random.default_rng(11)
N = 24
DATA = pd.DataFrame(
    {
        "x": RNG.normal(3.0, 2.0, N),
        "z": RNG.normal(size=N),
        "g": np.tile(list("abcdef"), 4),
        "h": np.repeat(list("uvw"), 8),
        "k": RNG.poisson(4.0, N),
        "m": RNG.poisson(4.0, N) + 9,
        "w": RNG.uniform(0.5, 2.0, N),
        "s": RNG.uniform(0.5, 2.0, N),
        "c": np.resize(["none", "left", "right"], N),
        "between": np.resize(["none", "left", "right", "interval"], N),
        "yes": RNG.integers(0, 2, N).astype(float),
        "lo": -9.0,
        "p": RNG.uniform(0.1, 0.9, N),
    }
)
DATA["y"] = 1.0 + 0.5 * DATA["x"] + RNG.normal(size=N)
DATA["pos"] = np.exp(DATA["y"])
DATA["top"] = DATA["y"] + 1.0
PLAIN = {"mode": "FAST_COMPILE"}


def spec(*formulas, family="gaussian", link=None, priors=None, data=DATA):
    first, *rest = [parse_formula(f) for f in formulas]
    design = build_design([first, *(f.for_parameter() for f in rest)], data)
    return build_spec(design, family, link, priors)


def random_point(model, seed=0):
    rng = np.random.default_rng(seed)
    start = model.initial_point()
    return {name: np.asarray(v + 0.3 * rng.normal(size=np.shape(v))) for name, v in start.items()}


def computed(model, variables, point):
    """Evaluate variables at a point of the sampled coordinates."""
    names = [v.name for v in variables]
    values = model.replace_rvs_by_values(variables)
    function = pm.compile(model.value_vars, values, mode="FAST_COMPILE", on_unused_input="ignore")
    found = function(**{v.name: point[v.name] for v in model.value_vars})
    return dict(zip(names, map(np.asarray, found), strict=True))


def own_scale(model, point):
    """Return the values of variables that are sampled in units, by the variables' own names."""
    return {
        rv.name: transform.backward(point[model.rvs_to_values[rv].name])
        for rv, transform in model.rvs_to_transforms.items()
        if isinstance(transform, InUnits)
    }


def sampled(model, values):
    """Return values by variables' names as the sampler has them, in units where there are some."""
    moved = {}
    for name, value in values.items():
        rv = model.named_vars.get(name)
        transform = model.rvs_to_transforms.get(rv)
        if isinstance(transform, InUnits):
            moved[model.rvs_to_values[rv].name] = value / transform.step
        else:
            moved[name] = value
    return moved


def log_density(model, point, **options):
    return model.compile_logp(**options, **PLAIN)(point)


def as_posterior(found, model):
    dims = model.named_vars_to_dims
    return xr.Dataset(
        {
            name: (("chain", "draw", *dims.get(name, ())), value[None, None])
            for name, value in found.items()
        }
    )


def test_names_and_coords_are_those_of_the_posterior():
    built = spec("y ~ x + (1 + x | g) + (1 | h)", "sigma ~ x + (1 | g)")
    model = BuiltModel(built).model
    assert built.variables == (
        "b", "b_sigma", "sd_g", "sd_h", "sd_sigma_g", "corr_g", "r_g", "r_h", "r_sigma_g",
    )  # fmt: skip
    dims = model.named_vars_to_dims
    assert dims["b"] == ("effect",)
    assert dims["b_sigma"] == ("sigma_effect",)
    assert dims["sd_g"] == ("g_effect",)
    assert dims["corr_g"] == ("g_effect", "g_effect_")
    assert dims["r_g"] == ("g", "g_effect")
    assert dims["r_sigma_g"] == ("g", "sigma_g_effect")
    assert dims["y"] == ("obs",)
    assert list(model.coords["g_effect"]) == ["Intercept", "x"]
    assert list(model.coords["h"]) == ["u", "v", "w"]
    assert len(model.coords["obs"]) == N


def test_slopes_are_one_variable_and_random_effects_one_a_factor():
    free = {
        v.name for v in BuiltModel(spec("y ~ x + z + (x + z | g)"), "noncentered").model.free_RVs
    }
    assert free == {
        "Intercept_centered", "b_slopes", "sd_g", "corr_g_raw", "z_g", "sigma",
    }  # fmt: skip


@pytest.mark.parametrize(
    "parameterization",
    ["centered", {"g": "centered"}, {"g": {"a": "centered", "d": "centered"}}],
    ids=str,
)
@pytest.mark.parametrize("term", ["(x | g)", "(x || g)", "(1 | g)"])
def test_every_parameterization_is_the_same_posterior(parameterization, term):
    built = spec(f"y ~ x + {term}")
    plain, other = BuiltModel(built, "noncentered").model, BuiltModel(built, parameterization).model
    point = random_point(plain)
    shared = {k: v for k, v in point.items() if k != "z_g"}
    names = [plain[n] for n in ("r_g", "sd_g", *(["corr_g"] if term == "(x | g)" else []))]
    found = computed(plain, names, point)
    r, sd = found["r_g"], found["sd_g"]
    corr = found.get("corr_g", np.eye(len(sd)))
    spread = sd * np.diag(np.linalg.cholesky(corr))
    centered = (
        np.array([level in "ad" for level in "abcdef"])
        if isinstance(parameterization, dict) and isinstance(parameterization["g"], dict)
        else np.ones(6, dtype=bool)
    )
    c = np.where(centered[:, None], r, point["z_g"])
    raw = {v.name for v in other.free_RVs} - {v.name for v in plain.free_RVs}
    coordinates = {"c_g": c} if raw == {"c_g"} else dict(zip(sorted(raw), c.T, strict=True))
    moved = {**shared, **sampled(other, coordinates)}
    np.testing.assert_allclose(computed(other, [other["r_g"]], moved)["r_g"], r)
    jacobian = centered.sum() * np.log(spread).sum()
    difference = log_density(plain, point, jacobian=False)
    difference = difference - log_density(other, moved, jacobian=False)
    np.testing.assert_allclose(difference, jacobian, rtol=1e-8)


def test_each_effect_of_each_level_can_have_coordinates_of_its_own():
    built = spec("y ~ x + (x | g)")
    w = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [0.5, 0.3], [1, 0]], dtype=float)
    plain = BuiltModel(built, "noncentered").model
    other = BuiltModel(built, Geometry("mixed", {"g": w})).model
    point = random_point(plain)
    names = [plain[n] for n in ("r_g", "sd_g", "corr_g")]
    found = computed(plain, names, point)
    r, sd, root = found["r_g"], found["sd_g"], np.linalg.cholesky(found["corr_g"])
    mean = sd[1] * root[1, 0] * point["z_g"][:, 0]
    wide = (sd * np.diag(root)) ** w
    first = r[:, 0] * wide[:, 0] / sd[0]
    second = w[:, 1] * mean + wide[:, 1] * point["z_g"][:, 1]
    moved = {k: v for k, v in point.items() if k != "z_g"}
    moved |= sampled(other, {"c_g[0: Intercept]": first, "c_g[1: x]": second})
    np.testing.assert_allclose(computed(other, [other["r_g"]], moved)["r_g"], r)
    difference = log_density(plain, point, jacobian=False)
    difference = difference - log_density(other, moved, jacobian=False)
    np.testing.assert_allclose(difference, np.log(wide).sum(), rtol=1e-8)


def test_the_density_is_that_of_scipy():
    built = spec("y ~ x + (x | g)")
    model = BuiltModel(built, "noncentered").model
    point = random_point(model)
    names = ["b", "sd_g", "corr_g", "r_g"]
    values = computed(model, [model[n] for n in names], point)
    sigma = np.exp(point["sigma_log__"])
    priors = built.priors
    level = DATA["g"].map({k: i for i, k in enumerate("abcdef")}).to_numpy()
    r = values["r_g"]
    mu = values["b"][0] + values["b"][1] * DATA["x"] + r[level, 0] + r[level, 1] * DATA["x"]
    half = stats.t(3.0)
    widths = [priors[k].args["sigma"] for k in ("sd_g[Intercept]", "sd_g[x]")]
    location = priors["Intercept_centered"].args
    expected = (
        stats.norm(mu, sigma).logpdf(DATA["y"]).sum()
        + stats.norm.logpdf(point["z_g"]).sum()
        + (np.log(2) + half.logpdf(values["sd_g"] / widths) - np.log(widths)).sum()
        + np.log(2) + half.logpdf(sigma / priors["sigma"].args["sigma"])
        - np.log(priors["sigma"].args["sigma"])
        + stats.norm(0, priors["x"].args["sigma"]).logpdf(values["b"][1])
        + stats.t(3, location["mu"], location["sigma"]).logpdf(
            own_scale(model, point)["Intercept_centered"]
        )
    )  # fmt: skip
    # LKJ(1) of two effects is uniform: the raw coordinate on (0, 1) has density 1
    np.testing.assert_allclose(log_density(model, point, jacobian=False), expected)


@pytest.mark.parametrize(("size", "eta"), [(2, 1.0), (3, 2.0), (4, 0.7)])
def test_partial_correlations_have_the_density_of_lkj(size, eta):
    columns = "".join(f" + {v}" for v in ("x", "z", "w")[: size - 1])
    twice = pd.concat([DATA, DATA], ignore_index=True)  # four effects a level need more rows
    built = spec(f"y ~ 1 + (1{columns} | g)", priors={"corr_g": f"LKJ({eta})"}, data=twice)
    model = BuiltModel(built).model
    differences = []
    for seed in (1, 2, 3):
        point = random_point(model, seed)
        corr = computed(model, [model["corr_g"]], point)["corr_g"]
        assert np.linalg.eigvalsh(corr).min() > 0
        np.testing.assert_allclose(np.diag(corr), 1.0)
        raw = model["corr_g_raw"]
        ours = log_density(model, point, vars=[raw], jacobian=False)
        partial = 2 / (1 + np.exp(-point["corr_g_raw_logodds__"])) - 1
        column = np.tril_indices(size, -1)[1]
        # Lewandowski et al. (2009): |d corr / d partial| = prod (1 - p_ij^2)^((size - 2 - j) / 2)
        change = (0.5 * (size - 2 - column) * np.log1p(-(partial**2))).sum()
        lkj = (eta - 1) * np.linalg.slogdet(corr)[1]
        differences.append(ours - (lkj + change))
    np.testing.assert_allclose(differences, differences[0])


MODELS = {
    "gaussian": ("y ~ x + (x | g)",),
    "gaussian log link": ("pos ~ x + (1 | g)", "gaussian", "log"),
    "weights": ("y | weights(w) ~ x + (1 | g)",),
    "se": ("y | se(s) ~ 1 + (1 | g)",),
    "se and sigma": ("y | se(s, sigma = TRUE) ~ 1 + (1 | g)",),
    "censored": ("y | cens(c) ~ x + (1 | g)",),
    "truncated": ("y | trunc(lb = lo) ~ x",),
    "student": ("y ~ x + (1 | g)", "student"),
    "bernoulli": ("yes ~ x + (1 | g)", "bernoulli"),
    "probit": ("yes ~ x + (1 | g)", "bernoulli", "probit"),
    "cloglog": ("yes ~ x + (1 | g)", "bernoulli", "cloglog"),
    "binomial": ("k | trials(m) ~ x + (1 | g)", "binomial"),
    "poisson": ("k ~ x + offset(log(w)) + (1 | g) + (1 | h)", "poisson"),
    "poisson weights": ("k | weights(w) ~ x", "poisson"),
    "poisson censored": ("k | cens(c) ~ x", "poisson"),
    "poisson between, weighted": ("k | cens(between, m) + weights(w) ~ x", "poisson"),
    "negativebinomial": ("k ~ x + (1 | g)", "negativebinomial"),
    "gamma": ("pos ~ x", "gamma"),
    "beta": ("p ~ x", "beta"),
    "no intercept": ("y ~ 0 + x + (0 + x | g)",),
    "nothing fixed": ("y ~ 0 + (1 | g)",),
}


@pytest.mark.parametrize("case", MODELS.values(), ids=MODELS.keys())
def test_the_log_likelihood_in_numpy_is_pymcs(case):
    built = spec(case[0], family=(*case, "gaussian")[1], link=case[2] if len(case) > 2 else None)
    agree(built)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("rating ~ z + cs(x) + (1 | g)", "sratio"),
        ("rating ~ cs(z * x)", "acat"),
        ("rating ~ x + (1 | g)", "cumulative_equidistant"),
    ],
)
def test_ratings_have_the_same_log_likelihood_in_numpy_and_in_pymc(formula, family):
    data = DATA.assign(rating=pd.Categorical(DATA["k"].clip(2, 5), ordered=True))
    agree(mw.Model(formula, data, family).spec)


def agree(built):
    """Compare log likelihoods at a random point of the model in PyMC, where its names are ours."""
    model = BuiltModel(built).model
    point = random_point(model)
    names = [n for n in built.variables if n in model.named_vars]
    posterior = as_posterior(computed(model, [model[n] for n in names], point), model)
    ours = log_likelihood(Posterior(posterior, built))
    assert ours.dims == ("chain", "draw", "obs")
    theirs = log_density(model, point, vars=model.observed_RVs)
    if model.potentials:
        theirs = theirs + computed(model, model.potentials, point)["likelihood_weights"]
    np.testing.assert_allclose(float(ours.sum()), theirs, rtol=1e-7)
    drawn = posterior_predictive(Posterior(posterior, built), seed=1)
    assert np.isfinite(drawn).all()
    assert (drawn == posterior_predictive(Posterior(posterior, built), seed=1)).all()


OWN = {
    name: MODELS[name] for name in ("weights", "binomial", "poisson between, weighted", "gamma")
} | {
    "censored": ("y | cens(between, top) ~ x",),
    "student truncated": ("y | trunc(lb = lo) ~ x", "student"),
    "ratings": ("rating ~ x + (1 | g)", "cumulative"),
}


@pytest.mark.parametrize("case", OWN.values(), ids=OWN.keys())
def test_a_family_without_a_pymc_distribution_has_the_same_density_from_its_own_text(case):
    """The same family with and without PyMC's distribution: densities, slopes, random responses."""
    family, link = get_family((*case, "gaussian")[1]), case[2] if len(case) > 2 else None
    data = DATA.assign(rating=pd.Categorical(DATA["k"].clip(2, 5), ordered=True))
    built = mw.Model(case[0], data, family=family, link=link).spec
    own = mw.Model(case[0], data, family=replace(family, pymc=None), link=link).spec
    theirs, ours = BuiltModel(built).model, BuiltModel(own).model
    point = random_point(theirs)
    np.testing.assert_allclose(log_density(ours, point), log_density(theirs, point), rtol=1e-9)
    slopes = [m.compile_dlogp(mode="FAST_COMPILE")(point) for m in (ours, theirs)]
    np.testing.assert_allclose(*slopes, rtol=1e-6, atol=1e-8)
    drawn = pm.draw(ours[own.layout.observed], random_seed=1, mode="FAST_COMPILE")
    assert drawn.shape == (N,)
    assert drawn.dtype == theirs[built.layout.observed].dtype
    assert own.response.lower is None or (drawn > own.response.lower).all()


def test_a_distributional_sigma_has_its_own_linear_predictor():
    built = spec("y ~ x", "sigma ~ x + (1 | g)")
    model = BuiltModel(built).model
    point = random_point(model)
    names = built.variables
    found = computed(model, [model[n] for n in names], point)
    posterior = as_posterior(found, model)
    eta = rows_of_model(Posterior(posterior, built)).linear("sigma")[:, 0]
    r = found["r_sigma_g"][:, 0]
    level = DATA["g"].map({k: i for i, k in enumerate("abcdef")}).to_numpy()
    np.testing.assert_allclose(
        eta, found["b_sigma"][0] + found["b_sigma"][1] * DATA["x"] + r[level]
    )
    theirs = log_density(model, point, vars=model.observed_RVs)
    np.testing.assert_allclose(float(log_likelihood(Posterior(posterior, built)).sum()), theirs)


def test_interval_censoring_is_the_probability_between():
    data = DATA.assign(c="interval")
    built = spec("y | cens(c, top) ~ x", data=data)
    model = BuiltModel(built).model
    point = random_point(model)
    posterior = as_posterior(computed(model, [model[n] for n in built.variables], point), model)
    theirs = log_density(model, point, vars=model.observed_RVs)
    np.testing.assert_allclose(float(log_likelihood(Posterior(posterior, built)).sum()), theirs)


def test_an_id_shared_with_sigma_correlates_the_two():
    built = spec("y ~ x + (1 | p | g)", "sigma ~ 1 + (1 | p | g)")
    model = BuiltModel(built).model
    found = computed(
        model, [model["corr_g"], model["r_g"], model["r_sigma_g"]], random_point(model)
    )
    assert found["corr_g"].shape == (2, 2)
    assert found["r_g"].shape == found["r_sigma_g"].shape == (6, 1)
    assert list(model.coords["g_joint_effect"]) == ["Intercept", "sigma_Intercept"]


def test_blocks_of_one_factor_are_uncorrelated_with_each_other():
    model = BuiltModel(spec("y ~ x + (x | g) + (0 + z | g)")).model
    found = computed(model, [model["corr_g"], model["r_g"]], random_point(model))
    assert found["r_g"].shape == (6, 3)
    assert found["corr_g"][2].tolist() == [0.0, 0.0, 1.0]
    assert found["corr_g"][0, 1] != 0.0


@pytest.mark.parametrize("prior", ["Normal(2, 0.5)", "LogNormal(0, 1)"])
def test_an_intercept_prior_at_zero_is_a_prior_on_b(prior):
    built = spec("y ~ x", priors={"Intercept": prior})
    model = BuiltModel(built).model
    point = random_point(model)
    name = "Intercept" if "Log" in prior else "Intercept_centered"
    b = computed(model, [model["b"]], point)["b"]
    law = stats.lognorm(1.0) if "Log" in prior else stats.norm(2.0, 0.5)
    ours = log_density(model, point, vars=[model[name]], jacobian=False)
    np.testing.assert_allclose(ours, law.logpdf(b[0]))


def test_several_kinds_of_prior_are_put_together_in_order():
    built = spec(
        "y ~ x + z + w + (x | g)",
        priors={"z": "Laplace(0, 1)", "w": pm.Cauchy.dist(0, 1), "sd_g[x]": pm.HalfNormal.dist(2)},
    )
    model = BuiltModel(built).model
    point = random_point(model)
    b = computed(model, [model["b"]], point)["b"]
    values = {**point, **own_scale(model, point)}
    assert b[1:].tolist() == [values[f"b_slopes[{name}]"].item() for name in "xzw"]
    ours = log_density(model, point, vars=[model["b_slopes[w]"]], jacobian=False)
    np.testing.assert_allclose(ours, stats.cauchy.logpdf(b[3]))


def test_flat_priors_add_nothing():
    model = BuiltModel(spec("y ~ x", priors={"b": "flat", "Intercept": "flat"})).model
    point = random_point(model)
    free = [model["b_slopes"], model["Intercept_centered"]]
    assert log_density(model, point, vars=free, jacobian=False) == 0.0


@pytest.mark.parametrize(
    ("choice", "error", "complaint"),
    [
        ("centered-ish", DataError, 'Did you mean "centered" or "noncentered"'),
        (3, DataError, "parameterization is a int"),
        ({"gg": "centered"}, DataError, '"g"'),
        ({"g": {"q": "centered"}}, DataError, 'no level "q"'),
        ({"g": "whitened"}, SamplingError, "alone cannot be whitened"),
        ({"g": {"a": "auto"}}, DataError, "single level"),
    ],
)
def test_an_unknown_parameterization_is_refused(choice, error, complaint):
    with pytest.raises(error, match=complaint):
        assert BuiltModel(spec("y ~ x + (1 | g)"), choice).model


def test_a_model_with_nothing_to_estimate_is_refused():
    with pytest.raises(SamplingError, match="nothing to estimate"):
        assert BuiltModel(spec("y | se(s) ~ 0")).model


def test_the_prior_can_be_drawn_and_the_graph_made():
    model = BuiltModel(spec("y ~ x + (x | g)")).model
    with model:
        drawn = pm.sample_prior_predictive(3, random_seed=1, compile_kwargs=PLAIN)
    assert drawn["prior_predictive"]["y"].sizes["obs"] == N
    assert "r_g" in pm.model_to_graphviz(model).source
