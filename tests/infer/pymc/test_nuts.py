"""NUTS: what the tree holds, seeds, silence, interrupts. One model is compiled."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr

from mixwell.design import build_design
from mixwell.diagnose import check
from mixwell.errors import MixwellWarning, SamplingError
from mixwell.formula import parse_formula
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.choose import run
from mixwell.infer.pymc import nuts
from mixwell.infer.settings import Settings
from mixwell.specify.spec import build_spec

RNG = np.random.default_rng(2)
G = np.repeat(np.arange(12), 8)
X = RNG.normal(size=96)
DEVIATIONS = RNG.normal(size=(12, 2)) * [2.0, 1.0]
DATA = pd.DataFrame(
    {
        "y": 5.0 + DEVIATIONS[G, 0] + (1.0 + DEVIATIONS[G, 1]) * X + RNG.normal(0, 0.5, 96),
        "x": X,
        "g": [f"g{i:02d}" for i in G],
    },
    index=pd.RangeIndex(1, 97),
)


SETTINGS = Settings("nuts", seed=4, draws=200, tune=300, chains=2)


@pytest.fixture(scope="module")
def spec():
    return build_spec(build_design([parse_formula("y ~ x + (x | g)")], DATA))


@pytest.fixture(scope="module")
def model(spec):
    return BuiltModel(spec)


@pytest.fixture(scope="module")
def tree(spec, model):
    return run(spec, SETTINGS, model)[0]


def test_the_posterior_has_the_names_of_the_design_and_no_raw_coordinates(tree):
    posterior = tree["posterior"]
    assert list(posterior.data_vars) == ["b", "sd_g", "corr_g", "sigma", "r_g"]
    assert posterior["r_g"].dims == ("chain", "draw", "g", "g_effect")
    assert posterior["corr_g"].dims == ("chain", "draw", "g_effect", "g_effect_")
    assert posterior["b"].coords["effect"].values.tolist() == ["Intercept", "x"]
    assert {v.dtype for v in posterior.data_vars.values()} == {np.dtype(np.float64)}
    assert dict(posterior.sizes)["draw"] == 200


def test_the_statistics_have_arvizs_names(tree):
    assert set(tree["sample_stats"].data_vars) == {
        "diverging", "energy", "tree_depth", "reached_max_treedepth",
        "acceptance_rate", "step_size", "n_steps", "lp",
    }  # fmt: skip
    assert tree["sample_stats"]["diverging"].dtype == bool


def test_the_data_are_kept_with_the_rows_labels(tree):
    assert tree["observed_data"]["y"].coords["obs"].values[:2].tolist() == [1, 2]
    np.testing.assert_array_equal(tree["observed_data"]["y"], DATA["y"])
    assert {"g_index", "X_centered"} <= set(tree["constant_data"].data_vars)


def test_the_choices_are_written_down(tree):
    attributes = tree["posterior"].attrs
    assert attributes["engine"] == "nuts"
    assert attributes["parameterization"] == "centered"
    assert attributes["geometry"] == "g: centered"
    assert attributes["geometry_by"] == "rule"
    assert attributes["adaptation"] == "low_rank"
    assert attributes["adaptation_by"] == "rule"
    assert attributes["seed"] == 4
    assert attributes["sampling_time"] > 0


def test_the_posterior_is_where_the_data_were_made(tree):
    posterior = tree["posterior"]
    sampled = posterior["r_g"].mean(("chain", "draw")) + posterior["b"].mean(
        ("chain", "draw")
    ).rename(effect="g_effect")
    truth = DEVIATIONS + np.array([5.0, 1.0])
    assert np.corrcoef(sampled.values[:, 0], truth[:, 0])[0, 1] > 0.95
    assert 0.4 < float(posterior["sigma"].mean()) < 0.65


def test_the_same_seed_gives_the_same_draws_and_nothing_is_printed(
    tree, spec, model, capfd, recwarn
):
    again, _ = run(spec, SETTINGS, model)
    xr.testing.assert_equal(again["posterior"].to_dataset(), tree["posterior"].to_dataset())
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_steppers_of_the_user_s_own_are_used_and_what_they_do_not_record_is_named(spec, model):
    with model.model:
        step = pm.Metropolis()
    sampler = {"step": step, "cores": 1}
    settings = Settings("nuts", draws=20, tune=20, chains=2, seed=1, sampler=sampler)
    made, _ = run(spec, settings, model)
    assert made["posterior"].sizes["draw"] == 20
    assert any("Divergences were not recorded" in text for text in check(made, spec).unjudged)


def interrupted(lengths, draws=100):
    """Make what nutpie returns after Ctrl-C: chains of different lengths, gaps at their ends."""
    rng = np.random.default_rng(0)
    shape = (len(lengths), max(lengths))
    gaps = np.arange(shape[1])[None, :] >= np.array(lengths)[:, None]
    dims = ("chain", "draw")
    coords = {"chain": range(shape[0]), "draw": range(shape[1])}
    logp = np.where(gaps, np.nan, rng.normal(size=shape))
    sigma = np.where(gaps, np.nan, rng.gamma(2.0, size=shape))
    posterior = xr.Dataset({"sigma": (dims, sigma), "z_g": (dims, sigma)}, coords)
    statistics = xr.Dataset({"logp": (dims, logp), "diverging": (dims, gaps & False)}, coords)
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": statistics})


@pytest.mark.parametrize(
    ("lengths", "kept"),
    [((100, 60, 80), (3, 60)), ((100, 100, 3, 0), (2, 100)), ((40, 40), (2, 40))],
)
def test_an_interrupt_keeps_the_draws_so_far_and_says_so(lengths, kept, spec, monkeypatch):
    monkeypatch.setattr(nuts, "keep_chains", lambda *_: interrupted(lengths))
    with pytest.warns(
        MixwellWarning, match=f"{kept[0]} of {len(lengths)} chains with {kept[1]} of"
    ):
        tree, _ = run(spec, Settings("nuts", draws=100, chains=len(lengths)))
    posterior = tree["posterior"]
    assert (posterior.sizes["chain"], posterior.sizes["draw"]) == kept
    assert np.isfinite(posterior["sigma"]).all()
    assert posterior["chain"].values.tolist() == list(range(kept[0]))


def test_an_interrupt_before_the_first_draw_is_an_error(spec, monkeypatch):
    empty = interrupted((1, 1)).isel(draw=slice(0, 0))
    monkeypatch.setattr(nuts, "keep_chains", lambda *_: empty)
    with pytest.raises(SamplingError, match="before the first draw"):
        run(spec, Settings("nuts"))


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"chains": -1}, {"target_accept": 1.2}], ids=str)
def test_settings_that_cannot_be_are_refused(wrong, spec, model):
    with pytest.raises(SamplingError, match=next(iter(wrong))):
        run(spec, Settings("nuts", **wrong), model)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"adaptation": "low_rank", "target_accept": 0.95}),
        ({"adaptation": "diag"}, {"adaptation": "diag", "target_accept": 0.95}),
        ({"nuts": {"target_accept": 0.7}}, {"adaptation": "low_rank", "target_accept": 0.7}),
        ({"nuts_sampler": "pymc"}, {"target_accept": 0.95}),
    ],
    ids=str,
)
def test_what_the_user_did_not_choose_is_chosen(asked, expected, model):
    assert nuts._nuts_options(dict(asked), None, model.model) == expected


def test_a_model_of_many_coordinates_has_a_diagonal_mass_matrix(monkeypatch, model):
    monkeypatch.setattr(nuts, "LOW_RANK_AT_MOST", 10)
    assert nuts._nuts_options({}, 0.9, model.model) == {"adaptation": "diag", "target_accept": 0.9}
