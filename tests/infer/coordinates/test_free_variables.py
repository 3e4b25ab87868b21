"""Free variables recovered from the draws of what the model computes from them.

The right values are the model's own: free variables and what is computed from them, drawn together
from the prior.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr

import mixwell as mw
from mixwell.families import FAMILIES
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.coordinates.free_variables import free_variables
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec

DATA = mw.load_data("sleepstudy")
DATA = DATA.assign(f=np.where(DATA["Days"] % 2 == 0, "a", "b"), h=np.tile(list("pqrst"), 36))
DATA["rating"] = pd.cut(DATA["Reaction"], 4, labels=False)
PLAIN = "Reaction ~ Days + (Days | Subject)"
CROSSED = "Reaction ~ f * Days + (Days + f | Subject) + (1 | h)"
DIAGONAL = "Reaction ~ Days + (Days || Subject)"
JOINT = ["Reaction ~ Days + (1 | i | Subject)", "sigma ~ f + (1 | i | Subject)"]
SOME = {"Subject": {"308": "centered", "310": "centered"}}
MIXED_PRIORS = {"Days": "Laplace(0, 10)", "sd_Subject[Days]": "Gamma(2, 0.1)"}


@pytest.mark.parametrize(
    ("formula", "parameterization", "priors"),
    [
        (PLAIN, "noncentered", {}),
        (PLAIN, SOME, {}),
        (PLAIN, "whitened", {}),
        (CROSSED, "centered", {}),
        (CROSSED, "whitened", {}),
        (DIAGONAL, "mixed", {}),
        (DIAGONAL, "whitened", {}),
        (JOINT, "auto", {}),
        (JOINT, "whitened", {}),
        ("Reaction ~ 0 + f + (1 | Subject)", "auto", {"f[a]": "StudentT(3, 0, 10)"}),
        ("Reaction ~ f + Days + (Days | Subject)", "auto", MIXED_PRIORS),
        ("Reaction ~ f + Days + (Days | Subject)", "whitened", {"Intercept": "Gamma(2, 0.1)"}),
        ("Reaction ~ 1", "auto", {}),
        ("rating ~ f + Days + (1 | Subject)", "auto", {}),
        ("rating ~ 1 + (1 | Subject)", "auto", {}),
        ("rating ~ f + cs(Days) + (1 | Subject)", "auto", {}),
    ],
)
def test_free_variables_are_those_that_the_draws_were_computed_from(
    formula, parameterization, priors
) -> None:
    family = "cumulative" if "rating" in formula else "gaussian"
    family = "acat" if "cs(" in formula else family
    spec = mw.Model(formula, DATA, family, priors=priors).spec
    built = BuiltModel(spec, parameterization)
    computed, free = [built.model[name] for name in spec.variables], built.model.free_RVs
    draws = pm.draw([*computed, *free], draws=12, random_seed=1, mode="FAST_COMPILE")
    dims = built.model.named_vars_to_dims
    variables = {
        name: (("chain", "draw", *dims.get(name, ())), values[None])
        for name, values in zip(spec.variables, draws, strict=False)
    }
    found = free_variables(Posterior(xr.Dataset(variables), spec), built.geometry)
    wanted = dict(zip([v.name for v in free], draws[len(computed) :], strict=True))
    assert set(found) == set(wanted) - set(spec.variables)
    for name, (own, values) in found.items():
        np.testing.assert_allclose(values, wanted[name], rtol=1e-5, atol=1e-7, err_msg=name)
        assert own == (dims.get(name) or ())


def _predictive(model: mw.Model, fit: mw.Fit) -> np.ndarray:
    """Draw responses in PyMC; every warning is an error here, that of implicit freezing too."""
    with model.pymc:
        drawn = pm.sample_posterior_predictive(
            fit.idata, random_seed=1, progressbar=False, compile_kwargs={"mode": "FAST_COMPILE"}
        )
    name = model.spec.layout.observed
    return drawn["posterior_predictive"][name].values.reshape(-1, model.design.n)


def _agree(model: mw.Model, fit: mw.Fit) -> None:
    """Compare PyMC's draws with `fit.ppc()`: means to five standard errors, sds to an eighth."""
    own = fit.ppc(seed=2)["posterior_predictive"][model.spec.layout.observed]
    own = own.transpose("chain", "draw", ...).values.reshape(-1, model.design.n)
    found, n = _predictive(model, fit), own.shape[0]
    sd = own.std(axis=0)
    assert (np.abs(found.mean(axis=0) - own.mean(axis=0)) < 5 * sd * np.sqrt(2 / n)).all()
    np.testing.assert_allclose(found.std(axis=0), sd, rtol=0.125)


@pytest.mark.parametrize(
    ("formula", "family", "data"),
    [
        (PLAIN, "gaussian", DATA),
        (CROSSED, "gaussian", DATA),  # whitened
        ("incidence | trials(size) ~ period + (1 | herd)", "binomial", mw.load_data("cbpp")),
        ("effect | se(se) ~ 1 + (1 | school)", "gaussian", mw.load_data("eight_schools")),
    ],
)
def test_pymc_draws_responses_from_the_posterior_after_the_exact_engine(
    formula, family, data
) -> None:
    model = mw.Model(formula, data, family=family)
    fit = model.fit(engine="exact", seed=1)
    _agree(model, fit)


def test_pymc_draws_responses_from_the_posterior_of_a_file_and_of_another_model_alike(
    tmp_path,
) -> None:
    fit = mw.Model(PLAIN, DATA).fit(engine="exact", seed=1)
    _agree(mw.Model(PLAIN, DATA), mw.load(fit.save(tmp_path / "fit.nc")))


@pytest.mark.slow
def test_pymc_draws_responses_from_the_posterior_after_nuts_in_other_coordinates(
    sleepstudy_fit,
) -> None:
    model = mw.Model(PLAIN, mw.load_data("sleepstudy"))
    fit = model.fit(parameterization="noncentered", draws=300, tune=300, seed=1)
    _agree(model, fit)
    _agree(model, sleepstudy_fit)


def test_pymc_fails_where_free_variables_would_exceed_the_memory(monkeypatch) -> None:
    model = mw.Model(PLAIN, DATA)
    fit = model.fit(engine="exact", draws=100, seed=1)
    monkeypatch.setattr(
        "mixwell.infer.coordinates.free_variables.options", SimpleNamespace(memory=1000)
    )
    left_out = fit.idata["posterior"]["b_slopes"]
    assert "mixwell.options.memory" in left_out.attrs["note"]
    with pytest.raises(TypeError, match="Wrong number of dimensions"):
        _predictive(model, fit)


def test_tables_show_no_free_variables() -> None:
    fit = mw.Model(PLAIN, DATA).fit(engine="exact", draws=100, seed=1)
    before = fit.summary()
    assert "b_slopes" in fit.idata["posterior"]
    assert fit.summary().equals(before)
    assert not {"b_slopes", "Intercept_centered"} & set(fit.posterior.data_vars)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_has_a_free_variable_that_is_not_recovered(family: str) -> None:
    data = DATA.assign(
        some=DATA["Days"] % 2, share=(DATA["Days"] + 1) / 12, n=10, size=DATA["Reaction"]
    )
    data = data.assign(count=data["Days"] + 1, none=data["Days"] / 10, ends=data["Days"] / 9)
    spec = _first_that_fits(family, data)
    built = BuiltModel(spec)
    draws = pm.draw([built.model[name] for name in spec.variables], mode="FAST_COMPILE")
    dims = built.model.named_vars_to_dims
    variables = {
        name: (("chain", "draw", *dims.get(name, ())), np.asarray(values)[None, None])
        for name, values in zip(spec.variables, draws, strict=True)
    }
    found = free_variables(Posterior(xr.Dataset(variables), spec), built.geometry)
    wanted = {variable.name for variable in built.model.free_RVs}
    assert {*found, *spec.variables} >= wanted


def _first_that_fits(family: str, data: pd.DataFrame) -> Spec:
    numbers = ("size", "share", "some", "Days | trials(n)", "rating", "count", "none", "ends")
    for left in (*numbers, "cbind(Days, n)", "cbind(share, 1 - share)"):
        try:
            return mw.Model(f"{left} ~ f + Days + (1 | Subject)", data, family).spec
        except mw.MixwellError:
            continue
    raise AssertionError(f"no response for {family}")
