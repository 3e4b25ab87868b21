"""Every kind of prior object, for every class of parameter, means one density in both engines."""

from collections.abc import Callable
from dataclasses import dataclass

import bambi
import numpy as np
import pandas as pd
import pymc as pm
import pytest

import mixwell as mw
from mixwell.errors import PriorError
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.coordinates.normal_equations import build_system
from mixwell.infer.exact.applicable import why_not_exact
from mixwell.infer.exact.exact_draws import build_target
from mixwell.infer.pooling import pooling
from mixwell.infer.prior_density import log_density_of
from mixwell.posterior.posterior import Posterior
from mixwell.specify.prior_text import read_prior

RNG = np.random.default_rng(1)
DATA = pd.DataFrame(
    {"x": RNG.normal(size=40), "z": RNG.normal(3, 1, 40), "g": list("abcdefgh") * 5}
)
DATA["y"] = 1 + DATA["x"] + RNG.normal(size=40)
DATA["k"] = RNG.poisson(3, 40)
PLAIN = {"mode": "FAST_COMPILE", "on_unused_input": "ignore"}


@dataclass(frozen=True)
class Parameter:
    """A class of parameters: where its variables and values are in the PyMC model."""

    formula: str | list[str]
    key: str
    variables: str
    values: Callable[[pm.Model], object]
    positive: bool = False
    family: str = "gaussian"


WHOLE = "y ~ x + z + (x | g)"
OWN = ["y ~ x + (1 | g)", "sigma ~ x + z"]
COUNTS = "k ~ x + (1 | g)"
PARAMETERS = (
    Parameter(WHOLE, "b", "b_slopes", lambda model: model["b"][1:]),
    Parameter(WHOLE, "x", "b_slopes[x]", lambda model: model["b"][1]),
    Parameter("y ~ 0 + x + z", "b", "b", lambda model: model["b"]),
    Parameter(WHOLE, "Intercept", "Intercept", lambda model: model["b"][0]),
    Parameter(WHOLE, "Intercept_centered", "Intercept", lambda model: model["Intercept_centered"]),
    Parameter(WHOLE, "sd_g", "sd_g", lambda model: model["sd_g"], True),
    Parameter(WHOLE, "sd_g[x]", "sd_g[x]", lambda model: model["sd_g"][1], True),
    Parameter(WHOLE, "sigma", "sigma", lambda model: model["sigma"], True),
    Parameter(OWN, "b_sigma", "b_sigma_slopes", lambda model: model["b_sigma"][1:]),
    Parameter(OWN, "sigma_x", "b_sigma_slopes[x]", lambda model: model["b_sigma"][1]),
    Parameter(OWN, "sigma_Intercept", "sigma_Intercept", lambda model: model["b_sigma"][0]),
    Parameter(COUNTS, "alpha", "alpha", lambda model: model["alpha"], True, "negativebinomial"),
    Parameter(COUNTS, "sd_g", "sd_g", lambda model: model["sd_g"], True, "negativebinomial"),
)


def _squared(value, scale):
    return -0.5 * (value / scale) ** 2


REAL: dict[str, Callable[[], object]] = {
    "text": lambda: "Laplace(0, 2)",
    "bambi": lambda: bambi.Prior("Laplace", mu=0, b=2),
    "flat": lambda: "flat",
    "pm.Flat": pm.Flat.dist,
    "pm.Normal": lambda: pm.Normal.dist(0.5, 2),
    "pm.Uniform": lambda: pm.Uniform.dist(-9, 9),
    "pm.Truncated": lambda: pm.Truncated.dist(
        pm.StudentT.dist(nu=3, mu=0, sigma=2), lower=-9, upper=9
    ),
    "distribution": lambda: pm.CustomDist.dist(
        2.0, dist=lambda s, size: pm.Normal.dist(0, s, size=size)
    ),
    "log density": lambda: pm.CustomDist.dist(
        2.0, logp=_squared, random=lambda s, rng, size: rng.normal(0, s, size)
    ),
}
POSITIVE: dict[str, Callable[[], object]] = {
    "text": lambda: "Gamma(2, 1)",
    "bambi": lambda: bambi.Prior("Gamma", alpha=2, beta=1),
    "flat": lambda: "flat",
    "pm.HalfFlat": pm.HalfFlat.dist,
    "pm.HalfNormal": lambda: pm.HalfNormal.dist(30),
    "pm.HalfStudentT": lambda: pm.HalfStudentT.dist(3, 2),
    "pm.Uniform": lambda: pm.Uniform.dist(0, 9),
    "pm.Gamma": lambda: pm.Gamma.dist(mu=2, sigma=1),
    "distribution": lambda: pm.CustomDist.dist(
        2.0, dist=lambda s, size: pm.HalfNormal.dist(s, size=size)
    ),
    "signed": lambda: pm.CustomDist.dist(
        2.0, logp=_squared, random=lambda s, rng, size: rng.normal(0, s, size)
    ),
}
#: All kinds for these, the few that differ most for the others: every model is compiled.
THOROUGHLY = {(WHOLE, "b"), (WHOLE, "Intercept"), (WHOLE, "sd_g"), (WHOLE, "sigma")}
FEW = {"text", "pm.Normal", "pm.HalfNormal", "distribution"}
CASES = [
    pytest.param(parameter, make, id=f"{parameter.family} {parameter.key} {kind}")
    for parameter in PARAMETERS
    for kind, make in (POSITIVE if parameter.positive else REAL).items()
    if kind in FEW or (str(parameter.formula), parameter.key) in THOROUGHLY
]


def spec_of(parameter: Parameter, prior: object):
    priors = {parameter.key: prior}
    return mw.Model(parameter.formula, DATA, family=parameter.family, priors=priors).spec


@pytest.mark.filterwarnings("ignore:.*")
@pytest.mark.parametrize(("parameter", "make"), CASES)
def test_the_density_in_pymc_is_that_of_the_exact_engine(parameter, make):
    spec = spec_of(parameter, make())
    model = BuiltModel(spec, "noncentered").model
    variables = [v for v in model.free_RVs if v.name.startswith(parameter.variables)]
    values = model.replace_rvs_by_values([parameter.values(model)])
    density = model.logp(vars=variables, jacobian=False)
    point = model.initial_point()
    found, at = pm.compile(model.value_vars, [density, *values], **PLAIN)(**point)
    prior = read_prior(make(), key=parameter.key, positive=parameter.positive)
    assert np.isfinite(at).all()
    assert not parameter.positive or (at > 0).all()
    np.testing.assert_allclose(found, log_density_of(prior)(at).sum(), rtol=1e-5, atol=1e-9)
    if why_not_exact(spec) is None:
        target = build_target(spec)
        assert np.isfinite(target.log_density(target.start[None])).all()


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.key)
@pytest.mark.parametrize("parameterization", ["centered", "whitened"])
def test_a_pymc_variable_is_sampled_in_every_parameterization(parameter, parameterization):
    prior = (POSITIVE["pm.HalfNormal"] if parameter.positive else REAL["pm.Normal"])()
    model = BuiltModel(spec_of(parameter, prior), parameterization).model
    function = model.compile_logp(**PLAIN)
    point = model.initial_point()
    moved = {name: value - 0.1 for name, value in point.items()}
    assert np.isfinite([function(point), function(moved)]).all()


REFUSED = {
    "shape": (lambda: pm.Normal.dist(0, 1, shape=2), "dimensions.*\n.*\n.*without a shape"),
    "several arguments": (lambda: pm.HalfNormal.dist([1, 2]), "dimensions"),
    "multivariate": (lambda: pm.MvNormal.dist(np.zeros(2), np.eye(2)), "dimensions"),
    "discrete": (lambda: pm.Poisson.dist(2), "whole numbers"),
    "hyperprior": (lambda: pm.Normal.dist(0, pm.HalfNormal.dist(1)), "itself random"),
    "mixture": (lambda: pm.NormalMixture.dist([0.5, 0.5], [0, 1], [1, 2]), "itself random"),
    "expression": (lambda: pm.math.exp(pm.Normal.dist()), "TensorVariable"),
    "number": (lambda: 3.0, "the number 3.0"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.key)
def test_what_cannot_be_a_prior_is_refused_in_a_sentence(parameter, kind):
    make, complaint = REFUSED[kind]
    with pytest.raises(PriorError, match=complaint):
        spec_of(parameter, make())


@pytest.mark.parametrize(
    "prior", [lambda: pm.Normal.dist(0, 1), lambda: pm.Uniform.dist(-1, 1), pm.Flat.dist]
)
def test_a_pymc_variable_that_can_be_negative_is_no_prior_of_a_standard_deviation(prior):
    with pytest.raises(PriorError, match="cannot be negative"):
        mw.Model("y ~ x + (1 | g)", DATA, priors={"sd_g": prior()})


@pytest.mark.parametrize("prior", [lambda: pm.LKJCorr.dist(2, 1.0), lambda: "Normal(0, 1)"])
def test_a_correlation_matrix_is_refused_anything_but_lkj(prior):
    with pytest.raises(PriorError, match="LKJ"):
        mw.Model("y ~ x + (x | g)", DATA, priors={"corr_g": prior()})
    assert mw.Model("y ~ x + (x | g)", DATA, priors={"corr_g": "LKJ(2)"}).pymc


@pytest.mark.slow
def test_a_half_normal_of_pymc_is_drawn_from_by_both_engines():
    priors = {"sd_Subject": pm.HalfNormal.dist(30)}
    model = mw.Model(
        "Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"), priors=priors
    )
    exact = model.fit(engine="exact", draws=500, seed=1)
    nuts = model.fit(engine="nuts", draws=500, tune=500, seed=1)
    means = [float(f.posterior["sd_Subject"].mean(("chain", "draw"))[0]) for f in (exact, nuts)]
    assert means[0] == pytest.approx(means[1], rel=0.1)


def test_a_normal_prior_means_the_same_by_its_precision():
    texts = ("Normal(0, 0.5)", "Normal(mu=0, tau=4)")
    models = [mw.Model("y ~ x + (1 | g)", DATA, priors={"b": text}) for text in texts]
    draws, specs = (
        models[0].fit(engine="exact", draws=20, seed=1).posterior,
        [m.spec for m in models],
    )
    complete = [pooling(Posterior(draws, s), s.layout.factors[0]).complete for s in specs]
    np.testing.assert_allclose(*complete, rtol=1e-12)
    ridges = [build_system(spec).ridge for spec in specs]
    np.testing.assert_allclose(*ridges, rtol=1e-12)
