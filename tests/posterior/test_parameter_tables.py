"""Tidy frames of a posterior, against numpy on the same draws."""

from types import SimpleNamespace

import arviz_base
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.posterior import parameter_tables as tables
from mixwell.posterior.posterior import Posterior

OF_SIGMA = "sigma ~ Days + (Days | Subject)"
NUMBERS = ["estimate", "sd", "lower", "upper"]
DIAGNOSTICS = ["rhat", "ess_bulk", "ess_tail", "mcse"]


@pytest.fixture
def posterior(make_idata):
    return make_idata()["posterior"].to_dataset()


@pytest.fixture
def table(spec_of, make_idata):
    def made(name, draws, *further):
        spec = spec_of(make_idata(), "y", "gaussian", *further)
        return getattr(tables, name)(Posterior(draws, spec))

    return made


def columns(values, names):
    """Make fixed effects with just what the tables read."""
    made = np.asarray(values, dtype=float)
    return SimpleNamespace(names=names, values=made, near=lambda: made, of_near=lambda b: b)


def test_fixed_effects_have_one_row_each_with_diagnostics(posterior, table):
    frame = table("fixed_effects", posterior)
    assert frame.index.tolist() == ["Intercept", "Days"]
    assert frame.columns.tolist() == NUMBERS + DIAGNOSTICS
    draws = posterior["b"].sel(effect="Days").values
    np.testing.assert_allclose(frame.loc["Days", "estimate"], draws.mean())
    np.testing.assert_allclose(frame.loc["Days", "sd"], draws.std(ddof=1))


def test_the_summary_names_every_parameter_but_the_deviations(posterior, table):
    assert table("all_parameters", posterior).index.tolist() == [
        "Intercept",
        "Days",
        "sd_Subject[Intercept]",
        "sd_Subject[Days]",
        "corr_Subject[Intercept, Days]",
        "sigma",
    ]


def test_intervals_follow_arviz_settings(posterior, table):
    draws = posterior["sigma"].values
    frame = table("further_parameters", posterior)
    np.testing.assert_allclose(
        frame.loc["sigma", ["lower", "upper"]].astype(float),
        np.quantile(draws, [0.055, 0.945]),
        rtol=1e-3,
    )
    changed = {"stats.ci_prob": 0.5, "stats.ci_kind": "hdi", "stats.point_estimate": "median"}
    with arviz_base.rc_context(changed):
        narrow = table("further_parameters", posterior)
    assert narrow.loc["sigma", "estimate"] == np.median(draws)
    assert narrow.loc["sigma", "upper"] < frame.loc["sigma", "upper"]


def test_variance_components_have_a_row_for_each_sd_each_pair_and_the_residual(posterior, table):
    frame = table("variance_components", posterior)
    assert frame[["factor", "kind", "effect", "effect_2"]].to_numpy().tolist() == [
        ["Subject", "sd", "Intercept", ""],
        ["Subject", "sd", "Days", ""],
        ["Subject", "corr", "Intercept", "Days"],
        ["Residual", "sd", "", ""],
    ]
    expected = posterior["corr_Subject"].values[:, :, 1, 0].mean()
    np.testing.assert_allclose(frame["estimate"][2], expected)


def test_pairs_from_different_blocks_are_no_parameters(posterior, table):
    corr = posterior["corr_Subject"]
    diagonal = np.broadcast_to(np.eye(2), corr.shape)
    frame = table("variance_components", posterior.assign(corr_Subject=(corr.dims, diagonal)))
    assert frame["kind"].tolist() == ["sd", "sd", "sd"]


def test_random_effects_have_a_row_for_each_level_and_effect(posterior, table):
    frame = table("random_effects", posterior)
    assert frame.columns.tolist() == ["factor", "level", "effect", *NUMBERS]
    assert len(frame) == 10
    row = frame[(frame["level"] == "s3") & (frame["effect"] == "Days")].iloc[0]
    expected = posterior["r_Subject"].sel(Subject="s3", Subject_effect="Days").values
    np.testing.assert_allclose(row["estimate"], expected.mean())


def test_level_coefficients_add_up_in_every_draw(posterior, table):
    frame = table("level_coefficients", posterior)
    draws = (
        posterior["b"].sel(effect="Days")
        + posterior["r_Subject"].sel(Subject="s2", Subject_effect="Days")
    ).values
    row = frame[(frame["level"] == "s2") & (frame["effect"] == "Days")].iloc[0]
    np.testing.assert_allclose(row["sd"], draws.std(ddof=1))
    np.testing.assert_allclose(row["lower"], np.quantile(draws, 0.055), rtol=1e-3)


def test_effects_coded_otherwise_are_written_in_the_fixed_effects_columns():
    right = np.array([0.0, 0, 1, 1])
    fixed = np.column_stack([np.ones(4), right])
    cells = np.column_stack([1 - right, right])
    effects = ("direction[left]", "direction[right]")
    names, weights = tables.effects_as_coefficients(
        columns(fixed, ("Intercept", "direction[right]")), effects, cells
    )
    assert names == ["Intercept", "direction[right]"]
    np.testing.assert_allclose(weights, [[1, -1], [0, 1]], atol=1e-12)


def test_an_effect_outside_the_fixed_effects_keeps_a_row_of_its_own():
    x = np.column_stack([np.ones(4), np.arange(4.0)])
    fixed = columns(x[:, :1], ("Intercept",))
    names, weights = tables.effects_as_coefficients(fixed, ["Intercept", "x"], x)
    assert names == ["Intercept", "x"]
    np.testing.assert_array_equal(weights, np.eye(2))


def test_coefficients_of_levels_add_up_to_predictions_where_effects_count_from_a_mean():
    """Without a fixed intercept, x - mean(x) is in the span of x and the groups' own intercepts."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"y": rng.normal(3, 1, 24), "x": 1e7 + rng.normal(size=24)})
    data["g"] = np.repeat(["u", "v", "w", "z"], 6)
    fit = mw.Model("y ~ 0 + x + (x | g)", data).fit(engine="exact", draws=25, chains=2, seed=1)
    own = fit.coef().set_index(["level", "effect"])["estimate"]
    assert own.index.is_unique
    level = data["g"].to_numpy()
    found = own[[(g, "Intercept") for g in level]].to_numpy()
    found = found + own[[(g, "x") for g in level]].to_numpy() * data["x"].to_numpy()
    predicted = fit.predictions(kind="linear", groups="existing").frame["estimate"]
    np.testing.assert_allclose(found, predicted, atol=1e-6)


def test_units_do_not_decide_what_is_an_exact_combination():
    tiny = np.column_stack([np.ones(5), 1e-12 * np.arange(5.0)])
    target = 1e-12 * np.arange(5.0)[:, None] + 2.0
    fixed = columns(tiny, ("Intercept", "x"))
    names, weights = tables.effects_as_coefficients(fixed, ["shifted"], target)
    assert names == ["Intercept", "x"]
    np.testing.assert_allclose(weights[0, 0], 2.0)


def test_a_model_without_groups_gives_empty_frames_with_the_same_columns(posterior, table):
    alone = posterior[["b", "sigma"]]
    assert table("random_effects", alone).columns.tolist() == [
        "factor",
        "level",
        "effect",
        *NUMBERS,
    ]
    assert len(table("random_effects", alone)) == 0
    assert table("variance_components", alone)["factor"].tolist() == ["Residual"]


def test_effects_of_another_parameter_carry_its_name(posterior, table):
    renamed = {
        "b": "b_sigma",
        "sd_Subject": "sd_sigma_Subject",
        "r_Subject": "r_sigma_Subject",
        "effect": "sigma_effect",
    }
    scale = posterior[["b", "sd_Subject", "r_Subject"]].rename(renamed)
    both = xr.merge([posterior.drop_vars("sigma"), scale])
    assert "sigma_Days" in table("fixed_effects", both, OF_SIGMA).index
    assert "sd_sigma_Subject[Days]" in table("all_parameters", both, OF_SIGMA).index
    effects = table("random_effects", both, OF_SIGMA)
    assert set(effects["factor"]) == {"Subject"}
    assert "sigma_Days" in set(effects["effect"])


def test_one_chain_has_no_rhat(make_idata, table):
    frame = table("fixed_effects", make_idata(chains=1)["posterior"].to_dataset())
    assert frame["rhat"].isna().all()
    assert frame["ess_bulk"].notna().all()
