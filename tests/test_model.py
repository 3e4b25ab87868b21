"""The user's handle: what it holds, and which arguments it refuses before anything is compiled."""

import subprocess
import sys

import numpy as np
import pytest

import mixwell as mw


@pytest.fixture(scope="module")
def sleepstudy():
    return mw.load_data("sleepstudy")


@pytest.fixture(scope="module")
def model(sleepstudy):
    return mw.Model("Reaction ~ Days + (Days | Subject)", sleepstudy)


def test_a_model_prints_its_formula_and_size(model):
    assert repr(model) == (
        "Model: Reaction ~ Days + (Days | Subject)\ngaussian, 180 observations; Subject 18 levels"
    )


def test_a_model_holds_design_specification_and_priors(model):
    assert model.formula == "Reaction ~ Days + (Days | Subject)"
    assert list(model.design.common.columns) == ["Intercept", "Days"]
    assert model.spec.design is model.design
    assert {"parameter", "prior", "reason"} <= set(model.priors.columns)


def test_a_formula_may_be_a_list(sleepstudy):
    model = mw.Model(["Reaction ~ Days", "sigma ~ Days"], sleepstudy)
    assert model.formula == "Reaction ~ Days\nsigma ~ Days"
    assert list(model.design.parameters) == ["sigma"]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (3, "text or a list of texts"),
        ([], "text or a list of texts"),
        ("~ Days", "no response"),
        (["Reaction ~ Days", "sigma ~ 1", "sigma ~ Days"], "two formulas for sigma"),
        (["Reaction ~ Days", "mu ~ 1"], "two formulas for mu"),
        (["Reaction ~ Days", "mean ~ 1"], "two formulas for mean"),
        (["Reaction ~ Days", "log(sigma) ~ 1"], "starts with its name"),
    ],
)
def test_formulas_that_are_none_are_refused(sleepstudy, formula, message):
    with pytest.raises(mw.FormulaError, match=message):
        mw.Model(formula, sleepstudy)


def test_an_unknown_family_is_refused_with_the_list(sleepstudy):
    with pytest.raises(mw.DataError, match="gaussian, student"):
        mw.Model("Reaction ~ Days", sleepstudy, "gausian")


def test_polars_and_arrow_tables_are_read(sleepstudy):
    polars = pytest.importorskip("polars")
    frame = polars.from_pandas(sleepstudy)
    for table in (frame, frame.to_arrow()):
        assert mw.Model("Reaction ~ Days + (1 | Subject)", table).design.n == 180


def test_weights_are_a_column_or_an_array(sleepstudy):
    weights = np.linspace(1, 2, 180)
    by_array = mw.Model("Reaction ~ Days", sleepstudy, weights=weights)
    by_name = mw.Model("Reaction ~ Days", sleepstudy.assign(w=weights), weights="w")
    np.testing.assert_array_equal(by_array.design.response.weights, by_name.design.response.weights)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"draws": 0}, mw.SamplingError, "draws is 0"),
        ({"draws": 10.5}, mw.SamplingError, "draws is 10.5"),
        ({"chains": 0}, mw.SamplingError, "chains is 0"),
        ({"tune": -1}, mw.SamplingError, "tune is -1"),
        ({"chains": True}, mw.SamplingError, "chains is True"),
        ({"target_accept": 1.0}, mw.SamplingError, "target_accept is 1.0"),
        ({"engine": "nutz"}, mw.DataError, "nuts"),
        (
            {"engine": "exact", "parameterization": "centered"},
            mw.SamplingError,
            "has no parameterization",
        ),
        ({"parameterization": "centered-ish"}, mw.DataError, 'Did you mean "centered"'),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_compiled(
    model, settings, error, message
):
    with pytest.raises(error, match=message):
        model.fit(**settings)
    assert "pymc" not in model.__dict__


def test_settings_are_refused_without_importing_pymc():
    code = (
        "import sys, mixwell as mw\n"
        "model = mw.Model('Reaction ~ Days', mw.load_data('sleepstudy'))\n"
        "try:\n    model.fit(draws=0)\n"
        "except mw.SamplingError:\n    print('pymc' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_fit_records_how_its_draws_were_made(sleepstudy_fit):
    assert sleepstudy_fit.engine["name"] == "nuts"
    assert sleepstudy_fit.engine["reason"] == "asked for"
    assert sleepstudy_fit.engine["parameterization"] in sleepstudy_fit.engine["label"]


def test_a_fit_in_a_pipe_prints_nothing(sleepstudy_fit, capfd):
    """The shared fit ran without a terminal; a second look at it is silent too."""
    sleepstudy_fit.summary()
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
