"""The choice of coordinates: the rule, the user's wishes, and how both are shown."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import DataError, SamplingError
from mixwell.infer.coordinates.choice import resolve_geometry

ROWS = (10, 5, 1000, 10, 1, 5, 100, 10, 5)


def betancourt(rows, sigma, seed):
    """Nine individuals around 4.5 with sd 3.5, as in Betancourt's case study."""
    index = np.repeat(np.arange(9), rows)
    rng = np.random.RandomState(seed)
    theta = rng.normal(4.5, 3.5, size=9)
    return pd.DataFrame({"y": rng.normal(theta[index], sigma), "k": index, "s": float(sigma)})


def individuals(rows, sigma, seed):
    priors = {"sd_k": "HalfNormal(5)", "Intercept": "Normal(0, 5)"}
    return mw.Model("y | se(s) ~ 1 + (1 | k)", betancourt(rows, sigma, seed), priors=priors)


def centered(model, **choices):
    found = model.geometry(**choices)
    return found.loc[found["choice"] == "centered", "level"].tolist()


@pytest.mark.parametrize(
    ("rows", "sigma", "seed", "expected"),
    [
        (np.ones(9, dtype=int), 10.0, 1234, []),
        (np.ones(9, dtype=int), 0.1, 1235, list("012345678")),
        (np.array(ROWS), 10.0, 345890, ["2", "6"]),
    ],
    ids=["weakly informed", "strongly informed", "unbalanced"],
)
def test_the_rule_finds_what_betancourt_chose_by_hand(rows, sigma, seed, expected):
    assert centered(individuals(rows, sigma, seed)) == expected


@pytest.mark.parametrize(
    ("formula", "name", "kind"),
    [
        ("Reaction ~ Days + (Days | Subject)", "sleepstudy", "centered"),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin", "centered"),
        ("effect | se(se) ~ 1 + (1 | school)", "eight_schools", "noncentered"),
    ],
)
def test_the_rule_on_classic_data(formula, name, kind):
    model = mw.Model(formula, mw.load_data(name))
    assert resolve_geometry("auto", model.spec).name == kind


def test_a_factor_is_judged_with_the_factors_inside_it_integrated_out():
    model = mw.Model("strength ~ 1 + (1 | batch) + (1 | batch:cask)", mw.load_data("pastes"))
    shown = model.geometry().groupby("factor")["choice"].unique().map(list)
    assert shown["batch"] == ["noncentered"]
    assert shown["batch:cask"] == ["centered"]


@pytest.mark.parametrize(
    ("formula", "name", "expected"),
    [
        ("strength ~ 1 + (1 | batch) + (1 | batch:cask)", "pastes", True),
        # well-informed crossed factors: correlated, but a low-rank mass matrix follows that
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin", False),
        # many levels of little information: nothing to remove
        ("log_radon ~ floor + (1 | county)", "radon", False),
        ("strength ~ 1 + (1 | batch)", "pastes", False),
    ],
)
def test_auto_whitens_where_correlations_stay_otherwise(formula, name, expected):
    geometry = resolve_geometry("auto", mw.Model(formula, mw.load_data(name)).spec)
    assert (geometry.whitening is not None) == expected
    assert (geometry.name == "whitened") == expected
    assert geometry.by_rule


def test_auto_whitens_large_crossed_models():
    rng, n = np.random.default_rng(1), 3000
    data = pd.DataFrame({"g": np.arange(n) // 20, "h": np.arange(n) % 20})
    effects = rng.normal(size=150)[data["g"]] + rng.normal(size=20)[data["h"]]
    data["y"] = rng.poisson(np.exp(1 + effects))
    model = mw.Model("y ~ 1 + (1 | g) + (1 | h)", data, family="poisson")
    assert resolve_geometry("auto", model.spec).name == "whitened"
    assert resolve_geometry("mixed", model.spec).whitening is None


def test_the_geometry_shows_levels_rows_ratio_choice_and_reason():
    shown = individuals(np.array(ROWS), 10.0, 345890).geometry()
    assert shown.columns.tolist() == [
        "factor", "effect", "level", "rows", "ratio", "choice", "reason",
    ]  # fmt: skip
    assert shown["rows"].tolist() == list(ROWS)
    order = shown.sort_values("rows")["ratio"].to_numpy()
    assert (np.diff(order) >= -1e-9).all()
    assert shown.loc[2, "reason"] == "the data say more than the prior"
    assert shown.loc[4, "reason"] == "the prior says more than the data"


def test_an_effect_of_one_level_can_be_centered_and_another_not():
    shown = mw.Model(
        "use ~ urban + (urban | district)", mw.load_data("bangladesh"), family="bernoulli"
    ).geometry()
    chosen = shown.groupby("effect")["choice"].agg(lambda c: (c == "centered").mean())
    assert 0 < chosen["urban[Y]"] < chosen["Intercept"] < 1


def test_a_mapping_names_levels_and_leaves_other_factors_to_the_rule():
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    shown = model.geometry({"plate": {"a": "centered"}})
    plates = shown[shown["factor"] == "plate"]
    assert plates.loc[plates["choice"] == "centered", "level"].tolist() == ["a"]
    assert set(plates["reason"]) == {"asked for"}
    assert set(shown.loc[shown["factor"] == "sample", "choice"]) == {"centered"}


def test_the_rule_is_named_by_what_it_chose():
    geometry = resolve_geometry("mixed", individuals(np.array(ROWS), 10.0, 345890).spec)
    assert (geometry.name, geometry.by_rule) == ("mixed", True)
    assert repr(geometry) == "Geometry(k: mixed (2 of 9 levels centered))"
    assert resolve_geometry(geometry, None) is geometry


def test_parameters_without_a_rule_stay_non_centered_and_say_so():
    data = mw.load_data("sleepstudy")
    shown = mw.Model(
        ["Reaction ~ 1 + (1 | Subject)", "nu ~ 1 + (1 | Subject)"], data, family="student"
    ).geometry()
    of_nu = shown[shown["effect"] == "nu Intercept"]
    assert set(of_nu["choice"]) == {"noncentered"}
    assert "no rule" in of_nu["reason"].iloc[0]
    assert of_nu["ratio"].isna().all()


def test_a_model_without_random_effects_has_an_empty_geometry():
    assert mw.Model("Reaction ~ Days", mw.load_data("sleepstudy")).geometry().empty


@pytest.mark.parametrize(
    ("choice", "error", "complaint"),
    [
        ({"plate": "whitened"}, SamplingError, "alone cannot be whitened"),
        ("centrd", DataError, 'Did you mean "centered" or "noncentered"'),
        (7, DataError, "parameterization is a int"),
        ({"sample": "centered", "plat": "auto"}, DataError, '"plate"'),
        ({"plate": {"zz": "centered"}}, DataError, 'no level "zz"'),
        ({"plate": {"a": "mixed"}}, DataError, "single level"),
    ],
    ids=str,
)
def test_a_choice_that_cannot_be_is_refused(choice, error, complaint):
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    with pytest.raises(error, match=complaint):
        model.geometry(choice)
