"""R's functions on a fit call this project's own: the same draws, R's names, lme4's figures."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.r import (
    VarCorr,
    bf,
    brm,
    coef,
    confint,
    fitted,
    fixef,
    hypothesis,
    icc,
    isSingular,
    lmer,
    logLik,
    predict,
    r2,
    ranef,
    sigma,
)
from mixwell.r.dialect.coefficient_names import brms_variables

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
    assert list(frame.columns) == ["5.5 %", "94.5 %"]
    ends = np.quantile(sleep.fit.posterior["sigma"], [0.055, 0.945])
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


def test_predict_takes_0_for_levels_that_the_fit_does_not_know_as_lme4(crossed):
    plates, samples = ["a", "a", "new", "new"], ["A", "new", "A", "new"]
    rows = pd.DataFrame({"plate": plates, "sample": samples}, index=[7, 7, 8, 9])
    made = predict(crossed, rows, allow_new_levels=True)
    b = crossed.fit.fixef()["estimate"].iloc[0]
    plate, sample = (
        crossed.fit.ranef().query("factor == @factor and level == @level")["estimate"].iloc[0]
        for factor, level in (("plate", "a"), ("sample", "A"))
    )
    assert made.to_numpy() == pytest.approx([b + plate + sample, b + plate, b + sample, b])
    assert made.index.tolist() == [7, 7, 8, 9]
    with pytest.raises(mw.DataError, match="plate has levels"):
        predict(crossed, rows)


def test_predict_takes_the_random_effects_that_a_partial_form_names(crossed):
    rows = pd.DataFrame({"plate": ["a", "new"], "sample": ["A", "A"]})
    own = crossed.fit.predictions(rows, groups={"sample": "existing"}).frame["estimate"]
    made = predict(crossed, rows, re_form="~ (1 | sample)")
    assert made.to_numpy() == pytest.approx(own)
    again = predict(crossed, rows, re_form="~(1 | sample)", allow_new_levels=True)
    assert again.to_numpy() == pytest.approx(own)
    population = predict(crossed, rows, re_form="~0", allow_new_levels=True)
    assert population.to_numpy() == pytest.approx(predict(crossed, rows, re_form="NA"))


def test_predict_of_brm_draws_levels_that_the_fit_does_not_know(tasks):
    data = tasks.fit.spec.design.data.head(1)
    both = pd.concat([data, data.assign(user="somebody")])
    made = predict(tasks, both, allow_new_levels=True)
    assert made["Est.Error"].iloc[1] > made["Est.Error"].iloc[0]
    direct = tasks.fit.predictions(both, "response", "mixed", seed=1)
    assert made["Estimate"].to_numpy() == pytest.approx(direct["estimate"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"re_form": "~(1 | Subject)"}, "keeps only some of the effects of Subject"),
        ({"re_form": "~(Days | Person)"}, "random effects that the model does not have"),
        ({"re_form": "~(Days |"}, "is no formula"),
        ({"type": "terms"}, "terms"),
    ],
)
def test_what_predict_cannot_do_is_refused(sleep, arguments, said):
    with pytest.raises(mw.DataError, match=said):
        predict(sleep, **arguments)


@pytest.mark.parametrize("missing", [np.nan, float("nan"), pd.NA])
def test_a_missing_re_form_is_Rs_NA(crossed, missing):
    rows = pd.DataFrame({"plate": ["a"], "sample": ["A"]})
    made = predict(crossed, rows, re_form=missing)
    pd.testing.assert_series_equal(made, predict(crossed, rows, re_form="NA"))
    assert made[0] == pytest.approx(fixef(crossed).iloc[0])


def test_predicted_responses_of_a_transformed_response_stay_transformed_as_in_r():
    data = mw.load_data("sleepstudy")
    model = lmer("log(Reaction) ~ Days + (1 | Subject)", data, **FEW)
    assert predict(model).between(5, 7).all()
    pd.testing.assert_series_equal(predict(model, type="response"), predict(model))


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
    from mixwell.interpret.hypotheses.parameter_draws import parameter_draws

    known = parameter_draws(tasks.fit.drawn)
    assert set(brms_variables(tasks.fit.spec).values()) <= set(known.names)


def test_the_draws_are_those_of_the_models_own_fit(sleep):
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    assert model.fit(seed=1).posterior.equals(sleep.fit.posterior)


def test_shares_of_variance_have_the_names_and_the_scale_of_performance(herds, crossed):
    found, own = icc(herds), herds.fit.icc("latent")
    assert found.index.tolist() == ["ICC_adjusted", "ICC_unadjusted"]
    assert found.loc["ICC_adjusted", "estimate"] == own["estimate"].iloc[0]
    assert found.loc["ICC_unadjusted", "estimate"] < found.loc["ICC_adjusted", "estimate"]
    parts = icc(crossed, by_group=True)
    assert parts.loc["plate":"sample", "estimate"].sum() == pytest.approx(
        icc(crossed).loc["ICC_adjusted", "estimate"]
    )
    explained = r2(herds, ci=0.5)
    assert explained.index.tolist() == ["R2_conditional", "R2_marginal"]
    whole = herds.fit.r2("latent", ci_prob=0.5)
    assert explained["upper"].tolist() == whole["upper"].tolist()
    with pytest.raises(mw.DataError, match="by_group"):
        icc(herds, by_group="herd")
