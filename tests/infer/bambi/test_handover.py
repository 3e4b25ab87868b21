"""Models handed over to bambi have the same design, likelihood and priors, or are refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.families import FAMILIES
from mixwell.infer.bambi.handover_priors import bambi_parameter
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import log_likelihood


def made(n: int = 60) -> pd.DataFrame:
    """Rows with every kind of response, a factor whose order is not alphabetical, two factors."""
    rng = np.random.default_rng(1)
    size = pd.Categorical(rng.choice(["low", "mid", "high"], n), ["low", "mid", "high"])
    data = pd.DataFrame(
        {
            "y": rng.normal(5, 1, n),
            "x": rng.normal(size=n),
            "sigma": rng.normal(size=n),
            "size": size,
            "side": rng.choice(["r", "l"], n),
            "dose": pd.Categorical(rng.choice([1, 2, 4], n), [1, 2, 4], ordered=True),
            "g": rng.choice([f"g{i}" for i in range(6)], n),
            "h": rng.choice([f"h{i}" for i in range(3)], n),
            "count": rng.poisson(3, n),
            "trials": rng.integers(5, 9, n),
            "share": rng.uniform(0.1, 0.9, n),
            "won": rng.choice([True, False], n),
            "w": rng.uniform(1, 3, n),
            "status": rng.choice(["none", "left", "right"], n),
        }
    )
    data["done"] = np.minimum(data["count"], data["trials"])
    return data


MODELS = {
    "plain": ("y ~ x + (1 | g)", {}),
    "levels": ("y ~ size * side + (1 | g)", {}),
    "cells": ("y ~ 0 + size:side + (1 | g)", {}),
    "no intercept": ("y ~ 0 + size + x + (1 | g)", {}),
    "diagonal": ("y ~ x + (x || g)", {}),
    "levels in groups": ("y ~ size + (0 + size || g)", {}),
    "polynomials": ("y ~ dose * x + (dose || g)", {}),
    "sum contrasts": ("y ~ size * side + (1 | g)", {"contrasts": {"size": "sum"}}),
    "splines": ("y ~ ns(x, 3) + I(x^2) + (1 | g)", {}),
    "a column called sigma": ("y ~ sigma + (1 | g)", {}),
    "crossed": ("y ~ x + (1 | g) + (1 | h)", {}),
    "nested": ("y ~ x + (1 | h/g)", {}),
    "offset": ("count ~ x + offset(log(w)) + (1 | g)", {"family": "poisson"}),
    "logical": ("y ~ won + (1 | g)", {}),
    "response in a call": ("log(y) ~ x + (1 | g)", {}),
    "bernoulli": ("won ~ x + (1 | g)", {"family": "bernoulli", "link": "probit"}),
    "binomial": ("done | trials(trials) ~ size + (1 | g)", {"family": "binomial"}),
    "beta-binomial": ("done | trials(trials) ~ x + (1 | g)", {"family": "beta_binomial"}),
    "cbind": ("cbind(done, trials - done) ~ x + (1 | g)", {"family": "binomial"}),
    "weighted counts": ("count | weights(w) ~ x + (1 | g)", {"family": "poisson"}),
    "negative binomial": ("count ~ x + (1 | g)", {"family": "negativebinomial"}),
    "gamma": ("y ~ x + (1 | g)", {"family": "gamma"}),
    "beta": ("share ~ x + (1 | g)", {"family": "beta"}),
    "student": ("y ~ x + (1 | g)", {"family": "student"}),
    "lognormal": ("y ~ x + (1 | g)", {"family": "lognormal"}),
    "laplace": ("y ~ x + (1 | g)", {"family": "laplace"}),
    "weibull": ("y ~ x + (1 | g)", {"family": "weibull"}),
    "exponential": ("y ~ x + (1 | g)", {"family": "exponential"}),
    "inverse gaussian": ("y ~ x + (1 | g)", {"family": "inverse_gaussian", "link": "log"}),
    "angles": ("share ~ x + (1 | g)", {"family": "von_mises", "link": "identity"}),
    "scale of a laplace": (["y ~ x + (1 | g)", "sigma ~ x"], {"family": "laplace"}),
    "censored": ("y | cens(status) ~ x + (1 | g)", {}),
    "truncated": ("y | trunc(lb = 0, ub = 20) ~ x + (1 | g)", {}),
    "sigma with a formula": (["y ~ x + (1 | g)", "sigma ~ size + (1 | g)"], {}),
    "intercept at zero": ("y ~ x + (1 | g)", {"priors": {"Intercept": "Normal(0, 10)"}}),
}


def handed(model: mw.Model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mw.MixwellWarning)
        return model.to_bambi()


def one_draw(model: mw.Model) -> xr.Dataset:
    """Return a posterior of one draw: any values do, where densities are compared."""
    rng, spec = np.random.default_rng(2), model.spec
    values: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    coords: dict[str, object] = {"chain": [0], "draw": [0]}
    for name, predictor in spec.predictors.items():
        variable = "b" if name == "mean" else f"b_{name}"
        dim = "effect" if name == "mean" else f"{name}_effect"
        coefficients = 0.1 * rng.normal(size=len(predictor.fixed.names))
        values[variable] = (("chain", "draw", dim), coefficients[None, None])
        coords[dim] = list(predictor.fixed.names)
    for found in spec.layout.factors:
        shape = (len(found.levels), len(found.effects))
        drawn = 0.1 * rng.normal(size=shape)
        values[found.r_name] = (
            ("chain", "draw", found.factor, found.effect_dim),
            drawn[None, None],
        )
        values[found.sd_name] = (
            ("chain", "draw", found.effect_dim),
            np.full((1, 1, shape[1]), 0.3),
        )
        coords |= {found.factor: list(found.levels), found.effect_dim: list(found.effects)}
    for name in spec.auxiliary:
        if name not in spec.predictors:
            values[name] = (("chain", "draw"), np.full((1, 1), 1.7))
    return xr.Dataset(values, coords=coords)


def same_place(model: mw.Model, theirs, draw: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the values of bambi's variables that say the same as a draw of ours."""
    point: dict[str, np.ndarray] = {}
    for name, predictor in model.spec.predictors.items():
        component = theirs.parameters[bambi_parameter(model.spec.family, name)]
        variable = "b" if name == "mean" else f"b_{name}"
        fixed, b = predictor.fixed, draw[variable].values[0, 0]
        for term in component.terms.values():
            prefix = "" if name == "mean" else f"{bambi_parameter(model.spec.family, name)}_"
            if "|" in term.name or term.name.removeprefix(prefix).startswith("offset("):
                continue
            if term.name == f"{prefix}Intercept":
                centered = theirs.center_predictors
                slopes = slice(1, None)
                shift = fixed.values[:, slopes].mean(axis=0) @ b[slopes] if centered else 0.0
                point[term.name] = np.array(b[0] + shift)
                continue
            columns = np.asarray(term.data, dtype=float).reshape(model.design.n, -1)
            found = [np.flatnonzero((c == fixed.values.T).all(axis=1))[0] for c in columns.T]
            point[term.name] = b[found] if term.coords else b[found[0]]
        point |= _deviations(model, name, component, draw)
    for name in model.spec.auxiliary:
        if name not in model.spec.predictors:
            theirs_name = bambi_parameter(model.spec.family, name)
            point[f"{theirs_name}_log__"] = np.log(draw[name].values[0, 0])
    return point


def _deviations(model: mw.Model, name: str, component, draw: xr.Dataset) -> dict[str, np.ndarray]:
    point: dict[str, np.ndarray] = {}
    for found in model.spec.layout.of(name):
        for term in component.terms.values():
            if not term.name.endswith(f"|{found.factor.replace(':', '_')}"):
                continue
            predictor = np.asarray(term.predictor, dtype=float).reshape(model.design.n, -1)
            place = [
                np.flatnonzero((column == found.values.T).all(axis=1))[0] for column in predictor.T
            ]
            rows = [found.levels.index(level) for level in term.groups]
            values = draw[found.r_name].values[0, 0][rows][:, place] / 0.3
            several = len(term.coords) > 1
            point[f"{term.name}_offset"] = values if several else values[:, 0]
            sds = np.full(len(place), np.log(0.3))
            point[f"{term.name}_sigma_log__"] = sds if several else sds[0]
    return point


@pytest.mark.parametrize("name", MODELS)
def test_the_likelihood_is_the_same(name):
    formula, choices = MODELS[name]
    model = mw.Model(formula, made(), **choices)
    theirs = handed(model)
    theirs.build()
    built, draw = theirs.backend.model, one_draw(model)
    density = built.compile_logp(built.observed_RVs, sum=True, mode="FAST_COMPILE")
    ours = float(log_likelihood(Posterior(draw, model.spec)).sum())
    # PyMC's normal distribution function has eight digits; the other densities have all
    digits = 1e-8 if name in ("censored", "truncated", "bernoulli") else 1e-12
    assert float(density(same_place(model, theirs, draw))) == pytest.approx(ours, rel=digits)


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "levels",
        "diagonal",
        "polynomials",
        "student",
        "nested",
        "laplace",
        "inverse gaussian",
    ],
)
def test_every_prior_goes_over(name):
    formula, choices = MODELS[name]
    model = mw.Model(formula, made(), **choices)
    theirs = handed(model)
    component = theirs.parameters["mu"]
    sizes = {"slope": [], "sd": []}
    for term in component.terms.values():
        grouped = "|" in term.name
        prior = term.prior.args["sigma"] if grouped else term.prior
        if term.name != "Intercept":
            sizes["sd" if grouped else "slope"] += np.atleast_1d(prior.args["sigma"]).tolist()
            assert prior.name == ("HalfStudentT" if grouped else "Normal")
    for role, theirs_found in sizes.items():
        ours = [entry.prior.args["sigma"] for entry in model.spec.priors.select(role)]
        assert sorted(theirs_found) == pytest.approx(sorted(ours))
    intercept = component.terms["Intercept"].prior
    assert intercept.args["mu"] == pytest.approx(model.spec.priors["Intercept_centered"].args["mu"])
    for entry in model.spec.priors:
        if entry.role == "auxiliary":
            own = theirs.parameters[bambi_parameter(model.spec.family, entry.key)].prior
            assert (own.name, float(next(iter(own.args.values())))) == (
                entry.prior.distribution,
                next(iter(entry.prior.args.values())),
            )


def test_levels_keep_their_order():
    theirs = handed(mw.Model("y ~ size + (1 | g)", made()))
    assert theirs.parameters["mu"].terms["size"].levels == ["mid", "high"]


def test_priors_of_several_kinds_divide_a_term():
    model = mw.Model("y ~ size + x", made(), priors={"size[high]": "StudentT(3, 0, 1)"})
    with pytest.warns(mw.MixwellWarning, match="size"):
        theirs = model.to_bambi()
    terms = theirs.parameters["mu"].terms
    assert {terms[name].prior.name for name in terms if "high" in name} == {"StudentT"}
    assert {terms[name].prior.name for name in terms if "mid" in name} == {"Normal"}


def test_correlations_are_said_to_be_lost():
    with pytest.warns(mw.MixwellWarning, match="correlations of the random effects of g are lost"):
        mw.Model("y ~ x + (x | g)", made()).to_bambi()


def test_a_model_without_differences_goes_over_in_silence():
    theirs = mw.Model("y ~ size * x + (1 | g)", made()).to_bambi()
    assert theirs.formula.main == "y ~ 1 + size + x + size:x + (1 | g)"
    assert list(theirs.data.columns) == ["y", "size", "x", "g"]


def test_columns_of_numbers_are_named():
    with pytest.warns(mw.MixwellWarning, match=r"dose\[\.L\], dose\[\.Q\]"):
        theirs = mw.Model("y ~ dose", made()).to_bambi()
    assert list(theirs.parameters["mu"].terms) == ["Intercept", "dose_L", "dose_Q"]


@pytest.mark.parametrize("name", ["chain", "draw", "sigma", "common", "True"])
@pytest.mark.parametrize("role", ["response", "predictor", "group"])
def test_no_column_bears_a_name_that_bambi_or_its_draws_have(name, role):
    """A dataset of draws keeps its coordinate `draw` and drops the coefficient of that name."""
    called = {"response": "y", "predictor": "x", "group": "g"} | {role: name}
    columns = {called["response"]: [1.0, 2.5, 3.0, 4.5], called["predictor"]: [0.0, 1.0, 2.0, 4.0]}
    data = pd.DataFrame({**columns, called["group"]: list("aabb")})
    response, predictor, group = (f"`{called[r]}`" for r in ("response", "predictor", "group"))
    found = handed(mw.Model(f"{response} ~ {predictor} + (1 | {group})", data))
    assert name not in found.data
    assert f"{name}_" in found.data


@pytest.mark.parametrize("name", [n for n, family in FAMILIES.items() if family.bambi_links])
def test_the_links_that_a_family_has_at_bambi_are_bambis(name):
    from bambi.defaults import get_builtin_family

    family = FAMILIES[name]
    theirs = get_builtin_family(family.elsewhere["bambi"])
    known = theirs.SUPPORTED_LINKS[family.location.elsewhere.get("bambi", "mu")]
    assert set(family.bambi_links) <= set(known)


@pytest.mark.parametrize("name", [n for n, family in FAMILIES.items() if family.bambi_links])
def test_every_parameter_of_a_family_is_one_of_bambis(name):
    """A prior under another name would be left out by bambi."""
    from bambi.defaults import get_builtin_family

    family = FAMILIES[name]
    theirs = get_builtin_family(family.elsewhere["bambi"]).likelihood.params
    assert {bambi_parameter(family, p.name) for p in family.further} <= set(theirs)


def test_rows_that_were_dropped_stay_dropped():
    data = made()
    data.loc[[2, 5], "x"] = np.nan
    assert len(handed(mw.Model("y ~ x + (1 | g)", data)).data) == len(data) - 2


@pytest.mark.parametrize(
    ("formula", "choices", "said"),
    [
        ("count ~ x", {"family": "poisson", "link": "sqrt"}, "no link sqrt"),
        ("y ~ x", {"weights": "w"}, "divide the variance"),
        ("y | se(w) ~ x", {}, "known standard errors"),
        ("count | weights(w) + trunc(lb = -1) ~ x", {"family": "poisson"}, "cannot weight"),
        (
            ["y ~ x", "sigma ~ x"],
            {"priors": {"Intercept": "Normal(0, 1)"}},
            "of all parameters or of none",
        ),
    ],
)
def test_what_would_change_the_likelihood_is_refused(formula, choices, said):
    with pytest.raises(mw.DataError, match=said):
        mw.Model(formula, made(), **choices).to_bambi()


def test_interval_censoring_is_refused():
    data = made().assign(status="interval", upper=lambda d: d["y"] + 1)
    with pytest.raises(mw.DataError, match="interval"):
        mw.Model("y | cens(status, upper) ~ x", data).to_bambi()


def test_a_PyMC_variable_as_prior_is_refused():
    import pymc as pm

    model = mw.Model("y ~ x", made(), priors={"x": pm.Normal.dist(0, 1)})
    with pytest.raises(mw.DataError, match="PyMC variable"):
        model.to_bambi()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_bambi_draws_the_same_posterior_and_our_diagnosis_judges_it():
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    ours = model.fit(seed=1).summary()
    theirs = model.to_bambi().fit(
        draws=1000, tune=1000, chains=2, cores=1, random_seed=1, progressbar=False
    )
    posterior = theirs["posterior"]
    pairs = {"Intercept": "Intercept", "Days": "Days", "sigma": "sigma"}
    pairs["1|Subject_sigma"] = "sd_Subject[Intercept]"
    for name, own in pairs.items():
        mean = float(posterior[name].mean())
        assert abs(mean - ours.loc[own, "estimate"]) < 0.25 * ours.loc[own, "sd"]
        assert float(posterior[name].std()) == pytest.approx(ours.loc[own, "sd"], rel=0.2)
    found = mw.diagnose.check(theirs)
    assert found.measured["R-hat"] < 1.05


def test_a_tree_of_draws_that_lacks_statistics_is_judged_by_the_rest(make_idata):
    tree = make_idata(statistics=())
    found = mw.diagnose.check(tree)
    assert found.unjudged
    assert "R-hat" in found.measured


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("count ~ x", "zero_inflated_poisson"),
        ("count ~ x", "cumulative"),
        ("y ~ x", "exgaussian"),
        (["y ~ x", "count ~ x"], ["gaussian", "poisson"]),
    ],
)
def test_families_that_bambi_reads_otherwise_are_refused_by_name(formula, family):
    name = family if isinstance(family, str) else ", ".join(family)
    with pytest.raises(mw.DataError, match=f'family "{name}" is not handed over'):
        mw.Model(formula, made(), family).to_bambi()
