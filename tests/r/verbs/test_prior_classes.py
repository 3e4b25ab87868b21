"""Priors as brms writes them find their parameters."""

import pytest

import mixwell as mw
from mixwell.r import (
    brm,
    get_prior,
    prior_summary,
    set_prior,
)
from mixwell.r.verbs.prior_classes import prior_keys


@pytest.mark.parametrize(
    ("prior", "keys"),
    [
        (set_prior("normal(0, 1)"), ["b"]),
        (set_prior("normal(0, 1)", coef="blockb2"), ["b[block[b2]]"]),
        (set_prior("normal(0, 1)", class_="Intercept"), ["Intercept_centered"]),
        (set_prior("normal(0, 1)", class_="sd"), ["sd_user"]),
        (
            set_prior("normal(0, 1)", class_="sd", group="user", coef="directionright"),
            ["sd_user[direction[right]]"],
        ),
        (set_prior("lkj(2)", class_="cor"), ["corr_user"]),
        (set_prior("normal(0, 1)", class_="sigma"), ["sigma"]),
    ],
)
def test_priors_of_brms_find_their_parameters(tasks, prior, keys):
    assert prior_keys(tasks.fit.spec, prior) == keys


def test_priors_of_brms_are_put_in(undrawn):
    data = mw.load_data("block_direction")
    fit = brm(
        "y ~ block * direction + (1 + direction | user)",
        data,
        prior=[set_prior("normal(0, 1)"), set_prior("exponential(2)", class_="sd", group="user")],
    )
    table = prior_summary(fit)
    assert set(table.loc[table["class"] == "b", "prior"]) == {"Normal(0, 1)"}
    assert set(table.loc[table["class"] == "sd", "prior"]) == {"Exponential(2)"}
    assert list(table.loc[table["class"] == "b", "coef"])[:2] == ["blockb2", "blockb3"]


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        (set_prior("normal(0, 1)", class_="sd", group="usr"), "user"),
        (set_prior("normal(0, 1)", class_="tau"), "Classes"),
        (set_prior("normal(0, 1)", coef="blockb9"), 'Did you mean "blockb3" or'),
        (set_prior("normal(0, 1)", class_="sd", coef="blockb2"), "Intercept, directionright"),
        (set_prior("normal(0, 1)", dpar="sigma"), "no formula"),
    ],
)
def test_priors_for_nothing_are_refused(tasks, prior, said):
    with pytest.raises(mw.PriorError, match=said):
        prior_keys(tasks.fit.spec, prior)


def test_a_prior_must_be_a_prior():
    with pytest.raises(mw.PriorError, match="set_prior"):
        brm("Reaction ~ Days", mw.load_data("sleepstudy"), prior=["normal(0, 1)"])


def test_get_prior_lists_the_defaults():
    table = get_prior("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    assert list(table["class"]) == ["Intercept", "b", "sd", "sd", "cor", "sigma"]
    assert list(table["source"].unique()) == ["default"]


def test_priors_of_a_further_parameter_are_addressed_by_dpar():
    data = mw.load_data("block_direction")
    model = mw.Model(["y ~ block + (1 | user)", "sigma ~ direction + (1 | user)"], data)
    slope = set_prior("normal(0, 1)", coef="directionright", dpar="sigma")
    sd = set_prior("normal(0, 1)", class_="sd", coef="Intercept", dpar="sigma")
    assert prior_keys(model.spec, slope) == ["b_sigma[direction[right]]"]
    assert prior_keys(model.spec, sd) == ["sd_sigma_user[Intercept]"]


def test_an_sd_without_random_effects_is_refused():
    model = mw.Model("Reaction ~ Days", mw.load_data("sleepstudy"))
    with pytest.raises(mw.PriorError, match="no random effects"):
        prior_keys(model.spec, set_prior("normal(0, 1)", class_="sd"))
