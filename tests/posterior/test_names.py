"""Names of a formula that PyMC or a tree of draws could not carry as they are."""

import pytest

import mixwell as mw


def test_a_response_with_a_slash_can_be_built_and_is_named_in_words() -> None:
    model = mw.Model(
        "incidence / size ~ period + (1 | herd)",
        mw.load_data("cbpp"),
        family="binomial",
        weights="size",
    )
    assert [rv.name for rv in model.pymc.observed_RVs] == ["incidence over size"]


def test_a_grouping_factor_with_a_slash_in_its_name_is_refused() -> None:
    data = mw.load_data("cbpp").assign(**{"g/h": 1})
    data["g/h"] = data["herd"]
    with pytest.raises(mw.DataError, match='"g_h"'):
        mw.Model("incidence | trials(size) ~ 1 + (1 | `g/h`)", data, family="binomial")


def test_a_grouping_factor_may_be_called_obs_and_rows_are_then_called_row() -> None:
    data = mw.load_data("cbpp")
    data["obs"] = range(len(data))
    formula = "incidence | trials(size) ~ period + (1 | herd) + (1 | obs)"
    model = mw.Model(formula, data, family="binomial")
    assert model.pymc.named_vars_to_dims["r_obs"] == ("obs", "obs_effect")
    assert model.pymc.named_vars_to_dims["incidence"] == ("row",)
    assert len(model.pymc.coords["row"]) == len(model.pymc.coords["obs"]) == 56


def test_both_engines_name_a_response_with_a_slash_alike() -> None:
    model = mw.Model("I(Reaction / 2) ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    exact = model.fit(engine="exact", draws=50, chains=1, seed=1)
    assert list(exact.idata["observed_data"]) == [rv.name for rv in model.pymc.observed_RVs]
