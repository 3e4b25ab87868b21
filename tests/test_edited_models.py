"""One model, one truth: a call uses the hand-edited `model.pymc`, or refuses and says so."""

import copy
import pickle

import numpy as np
import pymc as pm
import pytest

import mixwell as mw
from mixwell.errors import MixwellWarning, SamplingError

SHORT = {"draws": 150, "tune": 150, "chains": 2, "seed": 1, "progressbar": False}
EDITED = 'model.pymc was edited by hand \\(potential "p" added\\)'


def _edited() -> mw.Model:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    with model.pymc:  # sigma is 20 with an sd of 0.1: the data alone say 31
        pm.Potential("p", -50 * (model.pymc["sigma"] - 20.0) ** 2)
    return model


@pytest.fixture(scope="module")
def model() -> mw.Model:
    return _edited()


@pytest.fixture(scope="module")
def fit(model) -> mw.Fit:
    return model.fit(**SHORT)


@pytest.fixture(scope="module")
def loaded(fit, tmp_path_factory) -> mw.Fit:
    return mw.load(fit.save(tmp_path_factory.mktemp("fits") / "edited.nc"))


def _sigma(fit: mw.Fit) -> float:
    return float(fit.posterior["sigma"].mean())


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.mode(),
        lambda m: m.mode(flat=True),
        lambda m: m.log_marginal_likelihood(sd={"Subject": [30.0]}, sigma=30.0),
        lambda m: m.to_bambi(),
    ],
)
def test_a_model_refuses_what_the_specification_alone_would_answer(model, call) -> None:
    with pytest.raises(SamplingError, match=EDITED):
        call(model)


@pytest.mark.parametrize(
    "settings", [{"engine": "exact"}, {"parameterization": "noncentered"}], ids=str
)
def test_a_model_refuses_settings_that_the_edited_model_cannot_have(model, settings) -> None:
    with pytest.raises(SamplingError, match="edited"):
        model.fit(**settings)


def test_a_model_says_that_it_was_edited_wherever_it_prints(model) -> None:
    assert 'potential "p" added' in str(model)
    assert 'potential "p" added' in str(model.spec)
    assert model.priors["parameter"].iloc[-1] == 'potential "p" added'


def test_the_edited_model_is_sampled_and_the_prints_say_so(fit) -> None:
    assert _sigma(fit) == pytest.approx(20, abs=0.2)
    assert 'model.pymc was edited by hand (potential "p" added)' in str(fit)
    assert 'model.pymc was edited by hand (potential "p" added)' in fit.report().text


def test_a_refit_samples_the_edited_model_again(fit) -> None:
    again = fit.refit(target_accept=0.9, draws=100, tune=100)
    assert _sigma(again) == pytest.approx(20, abs=0.2)
    assert again.made.edited == 'potential "p" added'


@pytest.mark.parametrize(
    "changes", [{"priors": {"sigma": "HalfNormal(5)"}}, {"formula": "Reaction ~ 1"}], ids=str
)
def test_a_refit_to_another_model_is_refused(fit, changes) -> None:
    with pytest.raises(SamplingError, match="these changes make another model"):
        fit.refit(**changes)


def test_a_refit_after_further_edits_is_refused() -> None:
    model = _edited()
    fit = model.fit(**SHORT)
    with model.pymc:
        pm.Potential("q", model.pymc["sigma"])
    with pytest.raises(SamplingError, match=r'now it differs otherwise .*"q" added'):
        fit.refit(draws=100)


def test_a_fit_from_before_the_edits_stays_what_it_was() -> None:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    fit = model.fit(draws=200, seed=1)
    with model.pymc:
        pm.Potential("p", -50 * (model.pymc["sigma"] - 20.0) ** 2)
    assert fit.refit(draws=100).engine["name"] == "exact"
    assert fit.evidence().log_density == pytest.approx(-910.25, abs=0.1)


@pytest.mark.parametrize(
    "call",
    [
        lambda f: f.mode(),
        lambda f: f.evidence(),
        lambda f: mw.compare({"a": f, "b": f}, by="evidence"),
        lambda f: f.plot.prior_posterior(),
        lambda f: mw.r.logLik(f),
        lambda f: mw.r.prior_summary(f),
    ],
)
@pytest.mark.parametrize("which", ["fit", "loaded"])
def test_a_fit_refuses_what_the_specification_alone_would_answer(request, which, call) -> None:
    with pytest.raises(SamplingError, match=EDITED):
        call(request.getfixturevalue(which))


def test_leave_one_out_says_what_stays(fit) -> None:
    with pytest.warns(MixwellWarning, match=r'edited in model.pymc by hand \(potential "p" added'):
        fit.loo("Subject")


def test_a_file_keeps_the_draws_and_says_what_it_lacks(fit, loaded) -> None:
    assert _sigma(loaded) == _sigma(fit)
    assert 'model.pymc was edited by hand (potential "p" added)' in str(loaded)
    with pytest.raises(SamplingError, match="the file holds the draws, not these edits"):
        loaded.refit(draws=100)


def test_priors_of_an_edited_model_are_not_held_against_the_data(fit) -> None:
    assert any("Priors and data cannot be compared" in text for text in fit.diagnose().unjudged)


def test_edits_of_the_response_are_refused_by_a_fit() -> None:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    with model.pymc:
        pm.set_data({"X_centered": np.zeros((180, 1))})
    for call in (model.fit, model.explain):
        with pytest.raises(SamplingError, match='data "X_centered" changed'):
            call()


def test_copies_build_their_model_anew_and_say_where_edits_are_lost(model, fit) -> None:
    plain = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    built = plain.pymc
    for copied in (pickle.loads(pickle.dumps(plain)), copy.deepcopy(plain)):
        assert copied.fit(draws=50, seed=1).engine["name"] == "exact"
        assert copied.pymc is not built
    for call in (copy.deepcopy(model).fit, pickle.loads(pickle.dumps(fit)).refit):
        with pytest.raises(
            SamplingError, match=r'edits of model.pymc \(potential "p" added\) were lost'
        ):
            call(draws=50)
    with pytest.raises(SamplingError, match=EDITED):
        copy.deepcopy(model).mode()


def test_another_model_cannot_be_put_in_the_place_of_the_built_one() -> None:
    model = mw.Model("Reaction ~ Days", mw.load_data("sleepstudy"))
    with pytest.raises(SamplingError, match="cannot be exchanged"):
        model.pymc = pm.Model()


def test_variables_of_ones_own_keep_their_types_for_pymc() -> None:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    with model.pymc:
        pm.Potential("p", 1.0 * pm.Bernoulli("k", 0.3))
        pm.Deterministic("twice", 2 * model.pymc["sigma"])
    fit = model.fit(**SHORT)
    posterior = fit.idata["posterior"]
    assert posterior["k"].dtype == "int64"
    np.testing.assert_allclose(posterior["twice"], 2 * posterior["sigma"])
    assert "k" not in fit.summary().index
