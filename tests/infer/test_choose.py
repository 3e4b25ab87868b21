"""Which engine draws, why, and what it leaves for the user to read."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.errors import DataError, SamplingError
from mixwell.infer import choose
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.choose import choose_engine, independent_engine, require_options_of_fit, run
from mixwell.infer.declined import Declined
from mixwell.infer.engines.direct_engine import DIRECT
from mixwell.infer.engines.engine import Engine
from mixwell.infer.engines.exact_engine import EXACT
from mixwell.infer.engines.nuts_engine import NUTS
from mixwell.infer.settings import Settings
from mixwell.posterior.made import Made


def _model(formula: str, name: str, family: str = "gaussian") -> mw.Model:
    return mw.Model(formula, mw.load_data(name), family)


CROSSED = ("incidence | trials(size) ~ (1 | herd) + (1 | period)", "cbpp", "binomial")


@pytest.fixture(scope="module")
def sleep() -> mw.Model:
    return _model("Reaction ~ Days + (Days | Subject)", "sleepstudy")


@pytest.mark.parametrize(
    ("formula", "name", "family", "expected", "reason"),
    [
        ("Reaction ~ Days + (Days | Subject)", "sleepstudy", "gaussian", EXACT, "integrated out"),
        ("diameter ~ (1 | plate) + (1 | sample)", "penicillin", "gaussian", EXACT, "integrated"),
        ("incidence | trials(size) ~ period + (1 | herd)", "cbpp", "binomial", EXACT, "integrat"),
        (["Reaction ~ Days", "sigma ~ Days"], "sleepstudy", "gaussian", DIRECT, "formula of its"),
        (*CROSSED, DIRECT, "not the exact engine, because binomial with link logit needs a single"),
    ],
)
def test_auto_takes_the_exact_engine_where_it_applies_and_says_why(
    formula, name, family, expected, reason
):
    spec = _model(formula, name, family).spec
    choice = choose_engine(spec, Settings())
    assert choice.engine is expected
    assert reason in choice.reason
    assert independent_engine(spec) == (EXACT.name if expected is EXACT else None)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Settings(parameterization="centered"), "a parameterization was asked for"),
        (Settings(target_accept=0.9), "target_accept is an option of NUTS"),
        (
            Settings(sampler={"cores": 1, "nuts_sampler": "pymc"}),
            "cores, nuts_sampler are options of NUTS",
        ),
        (Settings("nuts"), "asked for"),
    ],
    ids=str,
)
def test_what_only_nuts_has_keeps_nuts(sleep, asked, reason):
    choice = choose_engine(sleep.spec, asked)
    assert choice.engine is NUTS
    assert choice.reason == reason


def test_the_exact_engine_asked_for_by_name_passes_options_of_nuts_over(sleep):
    choice = choose_engine(sleep.spec, Settings("exact", target_accept=0.9))
    assert (choice.engine, choice.reason) == (EXACT, "asked for")


def test_an_engine_says_which_options_it_takes():
    assert EXACT.options() == ()
    assert {"cores", "max_treedepth", "nuts"} <= set(NUTS.options())


@pytest.mark.parametrize(
    ("settings", "error", "parts"),
    [
        ({"engine": "stan"}, DataError, ["'stan'", "auto, exact, direct, nuts"]),
        ({"engine": "exat"}, DataError, ["'exat'", 'Did you mean "exact"?']),
        ({"engine": "exact", "parameterization": "centered"}, SamplingError, ["independent"]),
        ({"engine": "nuts", "parameterization": "centerd"}, DataError, ["centerd", "centered"]),
        ({"draws": 0}, SamplingError, ["draws is 0", "from 1 on"]),
        ({"chains": True}, SamplingError, ["chains is True"]),
        ({"tune": 10.5}, SamplingError, ["tune is 10.5"]),
        ({"seed": -1}, SamplingError, ["seed is -1", "from 0 on"]),
        ({"target_accept": 1}, SamplingError, ["target_accept is 1"]),
        ({"target_accept": "a"}, SamplingError, ["target_accept is 'a'", "between 0 and 1"]),
        ({"seed": "a"}, SamplingError, ["seed is 'a'"]),
        ({"max_tree": 3}, SamplingError, ["'max_tree'", "max_treedepth"]),
        ({"engine": "exact", "foo": 3}, SamplingError, ["There is no option 'foo'", "Choices"]),
        ({"engine": "exact", "drwas": 3}, SamplingError, ["'drwas'", 'Did you mean "draws"?']),
        ({"engine": "exact", "core": 3}, SamplingError, ["'core'", '"cores"']),
        ({"min_ess": 0}, SamplingError, ["min_ess is 0", "effective number of draws above 0"]),
        ({"min_ess": "many"}, SamplingError, ["min_ess is 'many'"]),
        ({"min_ess": 1e10}, SamplingError, ["min_ess is 10000000000.0"]),
        ({"max_time": -1}, SamplingError, ["max_time is -1", "seconds above 0, such as 60"]),
        ({"max_time": float("nan")}, SamplingError, ["max_time is nan"]),
        ({"max_time": True}, SamplingError, ["max_time is True"]),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_before_anything_is_built(
    sleep, settings, error, parts, monkeypatch
):
    monkeypatch.setattr(BuiltModel, "model", None)
    with pytest.raises(error) as raised:
        sleep.fit(**settings)
    for part in parts:
        assert part in str(raised.value)


def test_insisting_on_the_exact_engine_gives_the_reason_where_it_cannot():
    with pytest.raises(SamplingError, match="single grouping factor"):
        _model(*CROSSED).fit(engine="exact")


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

    def sample(built, *settings):
        asked["model"] = built
        raise RuntimeError("far enough")

    monkeypatch.setattr("mixwell.infer.pymc.nuts.sample", sample)
    with pytest.raises(SamplingError, match="far enough"):
        model.fit(seed=1)
    assert asked["model"] is model.pymc
    choice = choose_engine(model.spec, Settings(), model._built)
    assert choice.reason == "model.pymc was edited, and that model is sampled"


def test_looking_at_the_pymc_model_does_not_change_the_engine(sleep):
    assert sleep.pymc.named_vars
    assert sleep.fit(draws=50, seed=1).engine["name"] == "exact"


def _draws() -> xr.DataTree:
    one = xr.Dataset({"sigma": (("chain", "draw"), np.ones((1, 1)))})
    return xr.DataTree.from_dict({"posterior": one, "sample_stats": one})


def _engine(name: str, found: object, against: Declined | None = None) -> Engine:
    return Engine(name, "it is there", False, True, lambda *_: against, tuple, lambda *_: found)


def test_the_next_engine_without_a_reason_against_it_takes_over_where_one_declines(
    sleep, monkeypatch
):
    refusal = Declined("its importance weights cannot be relied on", {"k_hat": 0.93})
    table = (
        replace(EXACT, draw=lambda *_: refusal),
        _engine("second", None, Declined("it is out of order")),
        _engine("third", (_draws(), Made())),
    )
    monkeypatch.setattr(choose, "ENGINES", table)
    tree, made = run(sleep.spec, Settings())
    reason = (
        "the exact engine was tried first, but its importance weights cannot be relied on; "
        "not the second engine, because it is out of order"
    )
    assert (made.engine, made.engine_reason) == ("third", reason)
    assert made.engines_declined == ("exact",)
    assert Made.read(tree["posterior"].attrs) == replace(made, settings="")
    with pytest.raises(SamplingError, match="cannot be relied on"):
        run(sleep.spec, Settings("exact"))


def test_what_was_tried_in_vain_names_an_engine_after_it(sleep, monkeypatch):
    """The one before may have failed at the model, and named this one."""
    refusal = Declined("no mode was found")
    direct = _engine("direct", refusal)
    table = (EXACT, direct, _engine("third", (_draws(), Made())))
    monkeypatch.setattr(choose, "ENGINES", table)
    with pytest.raises(SamplingError, match="no mode was found") as error:
        run(sleep.spec, Settings("direct"))
    assert error.value.hint == 'Use engine="third".'


def test_an_engine_is_one_entry_of_the_table(sleep, monkeypatch):
    monkeypatch.setattr(choose, "ENGINES", (_engine("new", (_draws(), Made())), EXACT, NUTS))
    assert choose_engine(sleep.spec, Settings()).reason == "it is there"
    fit = sleep.fit()
    assert fit.engine["name"] == "new"
    assert fit.refit(engine="exact", draws=20, seed=1).engine["name"] == "exact"


def test_a_refit_with_an_option_of_nuts_leaves_the_exact_engine(sleep, monkeypatch):
    fit = sleep.fit(draws=20, seed=1)

    def sample(model, spec, settings, geometry, edited, checkpoint):
        assert settings.target_accept == 0.99
        raise RuntimeError("far enough")

    monkeypatch.setattr("mixwell.infer.pymc.nuts.sample", sample)
    with pytest.raises(SamplingError, match="far enough"):
        fit.refit(target_accept=0.99)


@pytest.mark.parametrize(
    ("option", "here"),
    [
        ("random_seed", "seed"),
        ("random_state", "seed"),
        ("iter", "draws"),
        ("warmup", "tune"),
        ("adapt_delta", "target_accept"),
        ("inference_method", "engine"),
    ],
)
def test_an_option_under_another_packages_name_is_refused_with_the_name_here(option, here):
    with pytest.raises(SamplingError, match=f'Did you mean "{here}"'):
        require_options_of_fit([option])


@pytest.mark.parametrize("option", ["return_inferencedata", "model", "compute_convergence_checks"])
def test_what_is_settled_for_pymc_is_no_option(option):
    with pytest.raises(SamplingError, match=f"no option '{option}'"):
        require_options_of_fit([option])


@pytest.mark.parametrize("options", [{"initvals": "x"}], ids=str)
def test_a_value_that_the_sampler_cannot_take_is_refused_with_its_options(options):
    data = mw.load_data("sleepstudy")
    model = mw.Model("Reaction ~ Days", data)
    with pytest.raises(SamplingError, match=f"run with {next(iter(options))} as given"):
        model.fit(draws=2, tune=2, chains=1, **options)
