"""R's verbs call this project's own: the same draws, R's names and lme4's figures within an sd."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.r import verbs
from mixwell.r.arguments import read_family
from mixwell.r.names import brms_variables
from mixwell.r.priors import prior_keys
from mixwell.r.verbs import (
    VarCorr,
    bf,
    brm,
    coef,
    confint,
    contrast,
    emmeans,
    emtrends,
    fitted,
    fixef,
    get_prior,
    glmer,
    glmmTMB,
    hypothesis,
    isSingular,
    lm,
    lmer,
    logLik,
    pairs,
    predict,
    prior_summary,
    ranef,
    set_prior,
    sigma,
    stan_glmer,
    stan_lmer,
    summary,
)

MODELS = {"sleepstudy": "sleep", "penicillin": "crossed", "cbpp": "herds"}
FEW = {"draws": 200, "chains": 2, "seed": 1}


@pytest.mark.parametrize("name", MODELS)
def test_fixed_effects_are_within_a_posterior_sd_of_lme4s(name, lme4_figures, request):
    fitted = request.getfixturevalue(MODELS[name])
    theirs, ours = pd.Series(lme4_figures[name]["fixef"]), fixef(fitted)
    assert list(ours.index) == list(theirs.index)
    assert (np.abs(ours - theirs) < fitted.fit.fixef()["sd"].to_numpy()).all()


@pytest.mark.parametrize("name", MODELS)
def test_deviations_are_within_a_posterior_sd_of_lme4s(name, lme4_figures, request):
    fitted = request.getfixturevalue(MODELS[name])
    table = VarCorr(fitted).frame.set_index(["grp", "var1", "var2"])["sdcor"]
    sds = fitted.fit.VarCorr().set_index(["factor", "kind", "effect"])["sd"]
    for entry in lme4_figures[name]["sd"]:
        effect = "Intercept" if entry["effect"] == "(Intercept)" else entry["effect"]
        ours = table[entry["factor"], entry["effect"], ""]
        assert abs(ours - entry["sd"]) < sds[entry["factor"], "sd", effect]


def test_emmeans_are_within_a_posterior_sd_of_emmeans(baked, slopes, printed):
    for grid, name in (
        (emmeans(baked, "~ recipe | temperature"), "means"),
        (emtrends(slopes, "~ recipe", var="temp"), "slopes"),
    ):
        theirs = np.array(printed["emm"][name])
        frame = grid.frame
        assert (np.abs(frame.iloc[:, frame.columns.get_loc("SE") - 1] - theirs) < frame["SE"]).all()


def test_the_draws_are_those_of_the_models_own_fit(sleep):
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    assert model.fit(seed=1).posterior.equals(sleep.fit.posterior)


@pytest.mark.parametrize(
    ("name", "key", "arguments"),
    [
        ("sleep", "reml", {}),
        ("sleep", "ml", {"REML": False}),
        ("crossed", "reml", None),
        ("herds", "herds", {}),
        ("flat", "flat", {}),
    ],
)
def test_logLik_is_that_of_R(name, key, arguments, printed, request):
    found = logLik(request.getfixturevalue(name), **(arguments or {}))
    theirs = printed["loglik"]["crossed" if arguments is None else key]
    assert float(found) == pytest.approx(theirs[0], abs=1e-5)
    assert found.df == theirs[1]
    assert repr(found).startswith("'log Lik.' -")


def test_lmer_remembers_what_REML_was_asked_for(printed):
    data = mw.load_data("sleepstudy")
    fit = lmer("Reaction ~ Days + (Days | Subject)", data, REML=False, **FEW)
    assert float(logLik(fit)) == pytest.approx(printed["loglik"]["ml"][0], abs=1e-5)


def test_glmer_stops_short_of_the_maximum(herds, printed):
    theirs = printed["loglik"]["glmer"][0]
    assert theirs < float(logLik(herds)) < theirs + 5e-4


def test_ranef_has_a_frame_for_each_factor(crossed):
    found = ranef(crossed)
    assert list(found) == ["plate", "sample"]
    assert found["sample"].shape == (6, 1)
    assert list(found["sample"].columns) == ["(Intercept)"]
    own = crossed.fit.ranef()
    mine = own[own["factor"] == "sample"]["estimate"].to_numpy()
    assert found["sample"]["(Intercept)"].to_numpy() == pytest.approx(mine)


def test_coef_is_the_fixed_effect_plus_the_deviation(sleep):
    together = ranef(sleep)["Subject"] + fixef(sleep)
    assert np.allclose(coef(sleep)["Subject"], together[coef(sleep)["Subject"].columns])


def test_VarCorr_hands_over_the_frame_of_R(sleep, printed):
    frame = VarCorr(sleep).frame
    assert list(frame.columns) == printed["frames"]["varcorr"]
    draws = sleep.fit.posterior
    product = draws["sd_Subject"][..., 0] * draws["sd_Subject"][..., 1]
    covariance = float((product * draws["corr_Subject"][..., 0, 1]).mean())
    assert frame["vcov"][2] == pytest.approx(covariance)
    assert frame["vcov"][3] == pytest.approx(float((draws["sigma"] ** 2).mean()))


def test_confint_has_the_names_of_lme4_and_the_quantiles_of_the_draws(sleep, printed):
    frame = confint(sleep)
    assert list(frame.index) == printed["frames"]["confint"]
    assert list(frame.columns) == ["2.5 %", "97.5 %"]
    ends = np.quantile(sleep.fit.posterior["sigma"], [0.025, 0.975])
    assert frame.loc["sigma"].to_numpy() == pytest.approx(ends)
    assert confint(sleep, "Days", level=0.5).shape == (1, 2)
    with pytest.raises(mw.DataError, match="Days"):
        confint(sleep, "days")


def test_sigma_is_1_where_there_is_none(sleep, herds):
    assert sigma(sleep) == pytest.approx(float(sleep.fit.posterior["sigma"].mean()))
    assert sigma(herds) == 1.0


def test_sigma_with_a_formula_is_no_number(undrawn):
    fit = brm(bf("Reaction ~ Days", "sigma ~ Days"), mw.load_data("sleepstudy"))
    with pytest.raises(mw.DataError, match="differs from row to row"):
        sigma(fit)


def test_predict_and_fitted_agree_with_predictions(sleep, herds):
    data = mw.load_data("cbpp").head(4)
    own = herds.fit.predictions(data, "mean", "population").frame["estimate"]
    assert predict(herds, data, re_form="~0", type="response").equals(own.rename("predict"))
    assert predict(sleep).to_numpy() == pytest.approx(fitted(sleep).to_numpy())
    linear = predict(herds)
    assert linear.lt(0).any()


def test_predict_of_brm_is_of_new_responses(tasks):
    frame = predict(tasks)
    assert list(frame.columns)[:2] == ["Estimate", "Est.Error"]
    assert frame["Est.Error"].mean() > sigma(tasks) * 0.95
    assert fitted(tasks)["Est.Error"].mean() < sigma(tasks) * 0.5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"re_form": "~(1 | Subject)"}, "re_form"),
        ({"allow_new_levels": True}, "known and new levels"),
        ({"type": "terms"}, "terms"),
    ],
)
def test_what_predict_cannot_do_is_refused(sleep, arguments, said):
    with pytest.raises(mw.DataError, match=said):
        predict(sleep, **arguments)


def test_a_fit_with_a_boundary_estimate_is_singular(sleep):
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=60), "g": np.tile([f"g{i}" for i in range(6)], 10)})
    data["y"] -= data.groupby("g")["y"].transform("mean")
    assert isSingular(lmer("y ~ 1 + (1 | g)", data, **FEW))
    assert not isSingular(sleep)


def test_hypotheses_take_Rs_names(tasks):
    made = hypothesis(tasks, "blockb2 - blockb3 > 0")
    own = tasks.fit.hypothesis("block[b2] - block[b3] > 0")
    assert made.frame["Post.Prob"][0] == own.frame["probability"][0]
    for text in ("blockb2:directionright > 0", "Intercept > 2", "block[b2] > 0", "sigma > 0"):
        assert np.isfinite(hypothesis(tasks, text).frame["Estimate"]).all()
    sd = hypothesis(tasks, "directionright > 0.1", class_="sd", group="user")
    assert sd.about == "sd_user"
    full = hypothesis(tasks, "sd_user__directionright > 0.1", class_="")
    assert full.frame["Estimate"][0] == sd.frame["Estimate"][0]
    with pytest.raises(mw.FormulaError, match="blockb2"):
        hypothesis(tasks, "blokb2 > 0")


def test_variables_are_named_as_by_brms():
    data = mw.load_data("block_direction")
    model = mw.Model(["y ~ block + (block | user)", "sigma ~ direction + (1 | user)"], data)
    names = brms_variables(model.spec)
    assert names["b_Intercept"] == "Intercept"
    assert names["b_sigma_directionright"] == "sigma_direction[right]"
    assert names["sd_user__blockb2"] == "sd_user[block[b2]]"
    assert names["sd_user__sigma_Intercept"] == "sd_sigma_user[Intercept]"
    assert names["cor_user__blockb2__blockb3"] == "corr_user[block[b2], block[b3]]"
    assert any(name.startswith("r_user__sigma[") for name in names)


def test_every_name_of_brms_stands_for_a_parameter(tasks):
    from mixwell.interpret.hypothesis import parameter_draws

    known, _ = parameter_draws(tasks.fit.drawn)
    assert set(brms_variables(tasks.fit.spec).values()) <= set(known)


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


def test_iterations_count_warmup(undrawn):
    data = mw.load_data("sleepstudy")
    brm("Reaction ~ Days", data, chains=2, iter=500, warmup=400, control={"adapt_delta": 0.9})
    assert undrawn == {"chains": 2, "draws": 100, "tune": 400, "seed": None, "target_accept": 0.9}
    with pytest.raises(mw.DataError, match="leaves no draws"):
        brm("Reaction ~ Days", data, iter=100, warmup=100)


@pytest.mark.parametrize("verb", [lmer, glmer, glmmTMB])
def test_arguments_of_an_optimizer_are_taken_with_a_warning(verb, undrawn):
    data = mw.load_data("sleepstudy")
    with pytest.warns(mw.MixwellWarning, match=r"control= has no effect here"):
        verb("Reaction ~ Days + (1 | Subject)", data, control={"optimizer": "bobyqa"}, **FEW)


def test_arguments_of_Stan_are_taken_with_a_warning(undrawn):
    with pytest.warns(mw.MixwellWarning, match=r"cores=, backend= have no effect here"):
        brm("Reaction ~ Days", mw.load_data("sleepstudy"), cores=4, backend="cmdstanr")


@pytest.mark.parametrize(
    ("arguments", "said"), [({"ziformula": "~1"}, "Zero"), ({"dispformula": "~Days"}, "scale")]
)
def test_what_would_change_the_model_is_refused(arguments, said):
    with pytest.raises(mw.DataError, match=said):
        glmmTMB("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"), **arguments)


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
    glmer_fit = verbs.glm("Reaction ~ Days", "Gamma", data)
    brms_fit = brm("Reaction ~ Days", data, "gamma")
    assert (glmer_fit.fit.spec.link, brms_fit.fit.spec.link) == ("inverse", "log")


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


@pytest.mark.parametrize(
    ("specs", "by", "factors", "within"),
    [
        ("block", None, ("block",), ()),
        ("~ block", None, ("block",), ()),
        ("~ block | direction", None, ("block", "direction"), ("direction",)),
        (["block"], "direction", ("block", "direction"), ("direction",)),
        ("~ block * direction", None, ("block", "direction"), ()),
        ("~ block + direction", None, ("block", "direction"), ()),
        ("~ 1", None, (), ()),
    ],
)
def test_specs_say_what_is_averaged_within_what(tasks, specs, by, factors, within):
    made = emmeans(tasks, specs, by=by).estimates
    assert (made.factors, made.by) == (factors, within)


def test_contrasts_stay_within_by_or_leave_it(tasks):
    grid = emmeans(tasks, "~ block | direction")
    assert len(pairs(grid).frame) == 6
    assert len(pairs(grid, by=()).frame) == 15
    assert len(pairs(grid, simple="direction").frame) == 3
    crossed = contrast(grid, interaction=["consec", "pairwise"], by=())
    assert len(crossed.frame) == 2
    own = tasks.fit.contrasts("pairwise", of="block", by="direction")
    assert pairs(grid).frame["estimate"].to_numpy() == pytest.approx(own["estimate"].to_numpy())


def test_contrasts_of_the_link_scale_are_ratios_where_the_response_is_asked_for(herds):
    link = emmeans(herds, "~ period")
    own = herds.fit.contrasts("pairwise", of="period")
    made = pairs(link, type="response")
    assert made.frame["odds.ratio"].to_numpy() == pytest.approx(own["estimate"].to_numpy())
    assert "link (not the response) scale" in repr(pairs(link))
    assert "link (not the response) scale" not in repr(made)


@pytest.mark.parametrize("ref", [4, "4"])
def test_a_reference_level_is_a_name_or_a_place(herds, ref):
    made = contrast(emmeans(herds, "~ period"), "trt.vs.ctrl", ref=ref)
    assert [name[-7:] for name in made.frame["contrast"]] == ["period4"] * 3


def test_a_reference_level_may_be_given_by_its_place_where_levels_have_names(tasks):
    made = contrast(emmeans(tasks, "~ block"), "trt.vs.ctrl", ref=2)
    assert list(made.frame["contrast"]) == ["b1 - b2", "b3 - b2"]


def test_trends_can_be_compared_within_a_factor(slopes):
    made = emtrends(slopes, "pairwise ~ recipe", var="temp")
    assert list(made) == ["emtrends", "contrasts"]
    assert list(made["contrasts"].frame["contrast"]) == ["A - B", "A - C", "B - C"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: emmeans(m, "~ blok"), "block"),
        (lambda m: emmeans(m, "~ block |"), "|"),
        (lambda m: emmeans(m, "~ block | direction", by="direction"), "twice"),
        (lambda m: emmeans(m, "~ block", type="odds"), "unknown"),
        (lambda m: contrast(m), "not means"),
        (lambda m: emtrends(m, "~ block", var="direction"), "no slope"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tasks, call, said):
    with pytest.raises(mw.MixwellError, match=said):
        call(tasks)


def test_every_verb_is_in_the_room(tasks):
    import mixwell.r as room

    missing = [name for name in verbs.__all__ if not hasattr(room, name)]
    assert missing == []
    assert all(callable(getattr(room, name)) for name in verbs.__all__)


def test_an_adjustment_of_p_values_is_taken_with_a_warning(tasks):
    grid = emmeans(tasks, "~ block")
    with pytest.warns(mw.MixwellWarning, match="no p values"):
        assert pairs(grid, adjust="tukey").frame.equals(pairs(grid).frame)


def test_glm_has_its_family_second_as_in_R(undrawn):
    data = mw.load_data("warpbreaks")
    assert verbs.glm("breaks ~ wool", "poisson", data).fit.spec.family.name == "poisson"


def test_an_sd_without_random_effects_is_refused():
    model = mw.Model("Reaction ~ Days", mw.load_data("sleepstudy"))
    with pytest.raises(mw.PriorError, match="no random effects"):
        prior_keys(model.spec, set_prior("normal(0, 1)", class_="sd"))


def test_priors_of_a_further_parameter_are_addressed_by_dpar():
    data = mw.load_data("block_direction")
    model = mw.Model(["y ~ block + (1 | user)", "sigma ~ direction + (1 | user)"], data)
    slope = set_prior("normal(0, 1)", coef="directionright", dpar="sigma")
    sd = set_prior("normal(0, 1)", class_="sd", coef="Intercept", dpar="sigma")
    assert prior_keys(model.spec, slope) == ["b_sigma[direction[right]]"]
    assert prior_keys(model.spec, sd) == ["sd_sigma_user[Intercept]"]
