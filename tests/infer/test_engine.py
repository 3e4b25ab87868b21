"""Which engine draws, why, and what it leaves for the user to read."""

import numpy as np
import pytest

import mixwell as mw
from mixwell.errors import DataError, SamplingError
from mixwell.infer import engine as engines
from mixwell.infer.engine import choose_engine


def _model(formula: str, name: str, family: str = "gaussian") -> mw.Model:
    return mw.Model(formula, mw.load_data(name), family)


@pytest.fixture(scope="module")
def sleep() -> mw.Model:
    return _model("Reaction ~ Days + (Days | Subject)", "sleepstudy")


@pytest.mark.parametrize(
    ("formula", "name", "family", "expected", "reason"),
    [
        ("Reaction ~ Days + (Days | Subject)", "sleepstudy", "gaussian", "exact", "integrated out"),
        ("diameter ~ (1 | plate) + (1 | sample)", "penicillin", "gaussian", "exact", "integrated"),
        ("incidence | trials(size) ~ period + (1 | herd)", "cbpp", "binomial", "exact", "integrat"),
        (["Reaction ~ Days", "sigma ~ Days"], "sleepstudy", "gaussian", "nuts", "formula of its"),
        (
            "incidence | trials(size) ~ (1 | herd) + (1 | period)",
            "cbpp",
            "binomial",
            "nuts",
            "single grouping factor",
        ),
    ],
)
def test_auto_takes_the_exact_engine_where_it_applies_and_says_why(
    formula, name, family, expected, reason
):
    choice = choose_engine(_model(formula, name, family).spec)
    assert choice.name == expected
    assert reason in choice.reason


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"parameterization": "centered"}, "a parameterization was asked for"),
        ({"options": ["target_accept"]}, "target_accept is an option of NUTS"),
        ({"options": ["cores", "nuts_sampler"]}, "cores, nuts_sampler are options of NUTS"),
        ({"edited": True}, "model.pymc was edited"),
        ({"engine": "nuts"}, "asked for"),
    ],
    ids=str,
)
def test_what_only_nuts_has_keeps_nuts(sleep, asked, reason):
    choice = choose_engine(sleep.spec, **asked)
    assert choice.name == "nuts"
    assert reason in choice.reason


def test_an_unknown_engine_is_refused_with_the_choices(sleep):
    with pytest.raises(DataError, match="auto, exact, nuts"):
        choose_engine(sleep.spec, "stan")


def test_insisting_on_the_exact_engine_gives_the_reason_where_it_cannot():
    model = _model("incidence | trials(size) ~ (1 | herd) + (1 | period)", "cbpp", "binomial")
    with pytest.raises(SamplingError, match="single grouping factor"):
        model.fit(engine="exact")


def test_the_fit_prints_engine_reason_and_effective_number(sleep):
    fit = sleep.fit(seed=1)
    line = next(line for line in str(fit).splitlines() if "Engine:" in line)
    assert "exact" in line
    assert "effective draws" in line
    assert "k-hat" in line
    assert "(the random effects can be integrated out)" in line


def test_a_model_edited_in_pymc_is_the_one_that_is_sampled(monkeypatch):
    import pymc as pm

    model = _model("Reaction ~ Days + (1 | Subject)", "sleepstudy")
    assert model.pymc is model.pymc
    with model.pymc:
        pm.Deterministic("twice", 2 * model.pymc["sigma"])
    asked = {}

    def sample(built, spec, **settings):
        asked["model"] = built
        raise RuntimeError("far enough")

    monkeypatch.setattr("mixwell.infer.pymc.nuts.sample", sample)
    with pytest.raises(SamplingError, match="far enough"):
        model.fit(seed=1)
    assert asked["model"] is model.pymc


def test_looking_at_the_pymc_model_does_not_change_the_engine(sleep):
    assert sleep.pymc.named_vars
    assert sleep.fit(draws=50, seed=1).engine["name"] == "exact"


def test_nuts_takes_over_where_the_weights_cannot_be_relied_on(monkeypatch):
    model = _model("Reaction ~ Days + (1 | Subject)", "sleepstudy")
    refusal = "its importance weights cannot be relied on (k-hat 0.93 > 0.7)"
    monkeypatch.setattr(
        "mixwell.infer.exact.exact_draws.sample_exactly", lambda spec, **settings: refusal
    )
    monkeypatch.setattr(engines, "pymc_model", lambda spec, geometry: None)
    drawn = _empty_draws()
    monkeypatch.setattr("mixwell.infer.pymc.nuts.sample", lambda model, spec, **settings: drawn)
    tree = engines.run(model.spec)
    assert tree["posterior"].attrs["engine_reason"] == (
        f"the exact engine was tried first, but {refusal}"
    )
    with pytest.raises(SamplingError, match="k-hat"):
        engines.run(model.spec, engine="exact")


def _empty_draws():
    import xarray as xr

    empty = xr.Dataset({"sigma": (("chain", "draw"), np.ones((1, 1)))})
    return xr.DataTree.from_dict({"posterior": empty, "sample_stats": empty})


def test_a_refit_with_an_option_of_nuts_leaves_the_exact_engine(sleep, monkeypatch):
    fit = sleep.fit(draws=20, seed=1)
    asked = {}

    def run(spec, **settings):
        asked.update(settings)
        raise RuntimeError("far enough")

    monkeypatch.setattr("mixwell.infer.settings.run", run)
    with pytest.raises(SamplingError, match="far enough"):
        fit.refit(target_accept=0.99)
    assert asked["choice"].name == "nuts"
