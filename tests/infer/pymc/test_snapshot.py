"""Every way to change a PyMC model in place is noticed, and looking at one is not."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest

import mixwell as mw


def _model() -> mw.Model:
    return mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))


def _potential(model: pm.Model) -> None:
    pm.Potential("p", -((model["sigma"] - 20.0) ** 2))


def _variable(model: pm.Model) -> None:
    pm.Normal("z")


def _observed(model: pm.Model) -> None:
    pm.Normal("z", model["sigma"], observed=[30.0])


def _narrower(model: pm.Model) -> None:
    model["sigma"].owner.inputs[-1] = pt.constant(0.5)


def _in_place(model: pm.Model) -> None:
    model["sigma"].owner.inputs[-1].data[...] = 0.5


def _other_data(model: pm.Model) -> None:
    pm.set_data({"X_centered": np.zeros((180, 1))})


def _other_mean(model: pm.Model) -> None:
    observed = model["Reaction"].owner
    observed.inputs[2] = observed.inputs[2] + 1.0


def _other_deviations(model: pm.Model) -> None:
    (name,) = (v.name for v in model.free_RVs if v.name in ("c_Subject", "z_Subject"))
    model[name].owner.inputs[2] = pt.constant(1.0)


def _taken_out(model: pm.Model) -> None:
    model.free_RVs.remove(model["sigma"])


def _computed(model: pm.Model) -> None:
    pm.Deterministic("twice", 2 * model["sigma"])


EDITS = {
    _potential: ("density", 'potential "p" added'),
    _variable: ("density", 'variable "z" added'),
    _observed: ("density", 'observed variable "z" added'),
    _narrower: ("density", 'prior of "sigma" changed'),
    _in_place: ("density", 'prior of "sigma" changed'),
    _other_data: ("response", 'data "X_centered" changed'),
    _other_mean: ("response", 'observed variable "Reaction" changed'),
    _other_deviations: ("response", "_Subject"),
    _taken_out: ("response", '"sigma" changed'),
    _computed: ("computed", 'deterministic "twice" added'),
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__.strip("_"))
def test_an_edit_is_named_by_what_it_changes(edit) -> None:
    model = _model()
    with model.pymc:
        edit(model.pymc)
    found = model._built.edits
    place, text = EDITS[edit]
    kinds = {kind: getattr(found, kind) for kind in ("density", "response", "computed")}
    assert text in kinds.pop(place)[0]
    assert not any(kinds.values())


def test_what_pymc_does_with_a_model_is_no_edit() -> None:
    model = _model()
    with model.pymc:
        pm.sample_prior_predictive(3, random_seed=1, compile_kwargs={"mode": "FAST_COMPILE"})
        model.pymc.initial_point()
        model.pymc.compile_logp(mode="FAST_COMPILE")
    pm.draw(model.pymc["sigma"], random_seed=3, mode="FAST_COMPILE")
    assert not model._built.edits


def test_data_that_are_set_back_are_no_edit() -> None:
    model = _model()
    before = model.pymc["X_centered"].get_value()
    with model.pymc:
        pm.set_data({"X_centered": before + 1})
        assert model._built.edits
        pm.set_data({"X_centered": before})
    assert not model._built.edits
