"""Free variables recovered from the draws of what the model computes from them.

The right values are the model's own: free variables and what is computed from them, drawn together
from the prior.
"""

import numpy as np
import pymc as pm
import pytest
import xarray as xr

import mixwell as mw
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.coordinates.free_variables import free_variables
from mixwell.posterior.posterior import Posterior

DATA = mw.load_data("sleepstudy")
DATA = DATA.assign(f=np.where(DATA["Days"] % 2 == 0, "a", "b"), h=np.tile(list("pqrst"), 36))
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
    ],
)
def test_free_variables_are_those_that_the_draws_were_computed_from(
    formula, parameterization, priors
) -> None:
    spec = mw.Model(formula, DATA, priors=priors).spec
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
