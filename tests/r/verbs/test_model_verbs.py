"""R's calls that fit a model, with R's arguments."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.r import (
    brm,
    fixef,
    glmer,
    glmmTMB,
    lm,
    lmer,
    stan_glmer,
    stan_lmer,
    summary,
)
from mixwell.r.verbs.model_arguments import read_family

FEW = {"draws": 200, "chains": 2, "seed": 1}


@pytest.mark.parametrize("verb", [lmer, glmer, glmmTMB])
def test_arguments_of_an_optimizer_are_taken_with_a_warning(verb, undrawn):
    data = mw.load_data("sleepstudy")
    with pytest.warns(mw.MixwellWarning, match=r"control= has no effect here"):
        verb("Reaction ~ Days + (1 | Subject)", data, control={"optimizer": "bobyqa"}, **FEW)


def test_arguments_of_Stan_are_taken_with_a_warning(undrawn):
    with pytest.warns(mw.MixwellWarning, match=r"cores=, backend= have no effect here"):
        brm("Reaction ~ Days", mw.load_data("sleepstudy"), cores=4, backend="cmdstanr")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"ziformula": "~1"}, "Zeros cannot"), ({"dispformula": "~Days"}, "variance of this family")],
)
def test_what_would_change_the_model_is_refused(arguments, said):
    with pytest.raises(mw.DataError, match=said):
        glmmTMB("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"), **arguments)


@pytest.mark.parametrize(
    ("arguments", "family", "formulas"),
    [
        ({"ziformula": "~1"}, "zero_inflated_poisson", 1),
        ({"ziformula": "~ x"}, "zero_inflated_poisson", ["y ~ x", "zi ~ x"]),
        ({"ziformula": "~."}, "zero_inflated_poisson", ["y ~ x", "zi ~ x"]),
        ({"family": "truncated_nbinom2", "ziformula": "~x", "dispformula": "~x"}, None, 3),
    ],
)
def test_glmmTMBs_zeros_and_dispersion_have_formulas(arguments, family, formulas, undrawn):
    data = pd.DataFrame({"y": [0, 1, 0, 4, 2, 7], "x": [0.1, 0.5, 0.2, 0.4, 0.3, 0.9]})
    fit = glmmTMB("y ~ x", data, **{"family": "poisson", **arguments}, **FEW).fit
    assert fit.spec.family.name == (family or "hurdle_negativebinomial")
    if isinstance(formulas, int):
        assert len(fit.spec.formulas) == formulas
    else:
        assert list(fit.spec.formulas) == formulas


@pytest.mark.parametrize(
    "subset", ["Days > 1", lambda data: data["Days"] > 1, lambda data: (data["Days"] > 1).tolist()]
)
def test_a_subset_is_a_condition_or_truth_values(subset, undrawn):
    data = mw.load_data("sleepstudy")
    fit = lm("Reaction ~ Days", data, subset=subset(data) if callable(subset) else subset, **FEW)
    assert fit.fit.spec.design.n == int((data["Days"] > 1).sum())


def test_a_subset_is_no_list_of_numbers():
    data = mw.load_data("sleepstudy")
    with pytest.raises(mw.DataError, match="condition"):
        lm("Reaction ~ Days", data, subset=data["Days"])
    with pytest.raises(mw.FormulaError):
        lm("Reaction ~ Days", data, subset="Dayz > 1")


@pytest.mark.parametrize("offset", ["Days / 2", "values"])
def test_an_offset_is_an_expression_or_numbers(offset, undrawn):
    data = mw.load_data("sleepstudy")
    given = data["Days"].to_numpy() / 2 if offset == "values" else offset
    fit = lm("Reaction ~ 1", data, offset=given, **FEW)
    assert fit.fit.spec.design.offset == pytest.approx(data["Days"].to_numpy() / 2)


def test_weights_go_along_with_a_subset(undrawn):
    data = mw.load_data("sleepstudy")
    weights = np.arange(1.0, 181.0)
    fit = lm("Reaction ~ Days", data, weights=weights, subset="Days > 1", **FEW)
    assert fit.fit.spec.response.weights == pytest.approx(weights[data["Days"] > 1])
    with pytest.raises(mw.DataError, match="3 values for 180 rows"):
        lm("Reaction ~ Days", data, weights=[1.0, 2.0, 3.0])


def test_contrasts_are_named_as_in_R():
    fit = lm(
        "breaks ~ tension", mw.load_data("warpbreaks"), contrasts={"tension": "contr.sum"}, **FEW
    )
    assert list(fixef(fit).index) == ["(Intercept)", "tension1", "tension2"]


@pytest.mark.parametrize(("action", "raises"), [("na.exclude", False), ("na.fail", True)])
def test_missing_values_follow_na_action(action, raises, undrawn):
    data = mw.load_data("sleepstudy")
    data.loc[0, "Reaction"] = np.nan
    if raises:
        with pytest.raises(mw.DataError):
            lm("Reaction ~ Days", data, na_action=action)
    else:
        assert lm("Reaction ~ Days", data, na_action=action, **FEW).fit.spec.design.n == 179
    with pytest.raises(mw.DataError, match=r"na\.pass"):
        lm("Reaction ~ Days", data, na_action="na.pass")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("binomial", ("binomial", None)),
        ('binomial(link = "probit")', ("binomial", "probit")),
        ("poisson(log)", ("poisson", "log")),
        ("Gamma", ("gamma", "inverse")),
        ('Gamma("log")', ("gamma", "log")),
        ("nbinom2", ("negativebinomial", None)),
        ("beta_family()", ("beta", None)),
    ],
)
def test_families_are_read_as_R_writes_them(text, expected):
    assert read_family(text, {"gamma": "inverse"}) == expected


def test_gamma_has_Rs_link_in_glmer_and_brmss_in_brm(undrawn):
    data = mw.load_data("sleepstudy")
    glmer_fit = mw.r.glm("Reaction ~ Days", "Gamma", data)
    brms_fit = brm("Reaction ~ Days", data, "gamma")
    assert (glmer_fit.fit.spec.link, brms_fit.fit.spec.link) == ("inverse", "log")


@pytest.mark.parametrize(
    "verb", [mw.r.glmer, mw.r.glm, mw.r.glmmTMB, stan_glmer], ids=lambda verb: verb.__name__
)
def test_a_family_that_another_package_lacks_or_takes_otherwise_is_refused(verb, undrawn):
    data = mw.load_data("sleepstudy")
    with pytest.raises(mw.DataError, match="lognormal is that of brms here"):
        verb("Reaction ~ Days + (1 | Subject)", data=data, family="lognormal")
    assert brm("Reaction ~ Days", data, "lognormal").fit.spec.family.name == "lognormal"


@pytest.mark.parametrize("verb", [stan_lmer, stan_glmer])
def test_rstanarms_names_fit_the_same_models(verb, undrawn):
    data = mw.load_data("sleepstudy")
    verb("Reaction ~ Days + (1 | Subject)", data, iter=300, warmup=200, adapt_delta=0.9, seed=1)
    assert undrawn == {"draws": 100, "tune": 200, "target_accept": 0.9, "seed": 1}


def test_verbs_take_a_fit_of_their_own_too(sleep):
    assert fixef(sleep.fit).equals(fixef(sleep))
    assert str(summary(sleep.fit)) == str(summary(sleep))
    with pytest.raises(mw.DataError, match="not a fit"):
        fixef(3)


def test_iterations_count_warmup(undrawn):
    data = mw.load_data("sleepstudy")
    brm("Reaction ~ Days", data, chains=2, iter=500, warmup=400, control={"adapt_delta": 0.9})
    assert undrawn == {"chains": 2, "draws": 100, "tune": 400, "seed": None, "target_accept": 0.9}
    with pytest.raises(mw.DataError, match="leaves no draws"):
        brm("Reaction ~ Days", data, iter=100, warmup=100)


def test_glm_has_its_family_second_as_in_R(undrawn):
    data = mw.load_data("warpbreaks")
    assert mw.r.glm("breaks ~ wool", "poisson", data).fit.spec.family.name == "poisson"


def test_weights_of_glmmTMB_multiply_log_likelihoods_unless_another_kind_is_named(undrawn):
    data = mw.load_data("sleepstudy").assign(w=2)
    counted = glmmTMB("Reaction ~ Days", data, weights="w", **FEW).fit.spec
    assert counted.design.n == 360
    assert "are frequencies" in " ".join(counted.notes)
    precise = glmmTMB("Reaction ~ Days", data, weights="w", weight_kind="precision", **FEW).fit.spec
    assert (precise.design.n, precise.response.weights[0]) == (180, 2.0)
    named = brm("Reaction ~ Days", data, weights="w", weight_kind="frequency", **FEW).fit.spec
    assert named.design.n == 360
    with pytest.raises(mw.DataError, match="whole numbers"):
        glmmTMB("Reaction ~ Days", data.assign(w=0.5), weights="w", **FEW)
