"""Findings on fits made ill on purpose, silence on a healthy one, next steps that run."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.diagnose import check

RNG = np.random.default_rng(3)
NEAR_ZERO = "sd near zero (singular in lme4), share of draws"
SHORT = {"engine": "nuts", "draws": 300, "tune": 300, "seed": 1}


@pytest.fixture(scope="module")
def funnel():
    """Eight schools in centered coordinates with long steps."""
    priors = {"sd_school": "HalfCauchy(5)", "Intercept": "Normal(0, 5)"}
    data = mw.load_data("eight_schools")
    model = mw.Model("effect | se(se) ~ 1 + (1 | school)", data, priors=priors)
    settings = {**SHORT, "draws": 1500, "tune": 200}
    return model.fit(parameterization="centered", target_accept=0.6, adaptation="diag", **settings)


@pytest.fixture(scope="module")
def separated():
    """Two groups, a predictor that separates, another whose sd is a million."""
    x = np.concatenate([RNG.normal(-3, 0.5, 20), RNG.normal(3, 0.5, 20)])
    data = pd.DataFrame(
        {"y": np.repeat([0, 1], 20), "x": x, "z": 1e6 * RNG.normal(size=40), "g": list("ab") * 20}
    )
    return mw.Model("y ~ x + z + (1 | g)", data, family="bernoulli").fit("direct", seed=1)


def found(fit, measure):
    return next(f for f in fit.diagnose() if f.measure == measure)


def ran(step, fit):
    """Run a next step's text as a user would."""
    return eval(step, {"fit": fit})


def test_divergences_lie_in_the_neck_of_the_funnel(funnel):
    finding = found(funnel, "divergences")
    assert finding.parameters[0] == "sd_school[Intercept]"
    assert finding.parameters[1].startswith("r_school[")
    assert "neck of a funnel" in finding.meaning
    assert finding.next_step == (
        'fit.refit(parameterization="auto", adaptation="low_rank", target_accept=0.95)'
        '  # or no chains: fit.refit(engine="exact", parameterization="auto")'
    )
    assert not funnel.diagnose().ok


def test_the_next_step_of_a_funnel_cures_it(funnel):
    cured = ran(found(funnel, "divergences").next_step, funnel)
    assert cured.diagnose().ok
    assert cured.engine["parameterization"] == "noncentered"
    assert float(cured.posterior["sd_school"].mean()) == pytest.approx(3.55, abs=0.5)
    assert [f.measure for f in cured.diagnose()] == [NEAR_ZERO]
    assert "About the model" in cured.diagnose().verdict


def test_divergences_at_large_sds_are_an_inverted_funnel(funnel):
    posterior = funnel.posterior.copy()
    sds = posterior["sd_school"].values[..., 0]
    statistics = funnel.idata["sample_stats"].to_dataset().copy()
    statistics["diverging"] = (("chain", "draw"), sds > np.quantile(sds, 0.98))
    posterior.attrs = {**posterior.attrs, "geometry_by": "rule", "target_accept": 0.99}
    posterior.attrs["adaptation_by"] = "rule"
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": statistics})
    finding = check(tree, funnel.spec).findings[0]
    assert "inverted funnel" in finding.meaning
    assert finding.next_step.startswith('fit.refit(priors={"sd_school": "HalfNormal(')
    able = check(tree, funnel.spec, independent="exact").findings[0].next_step
    assert able.startswith('fit.refit(engine="exact")')
    assert 'stronger prior: fit.refit(priors={"sd_school": "HalfNormal(' in able
    tree["posterior"].attrs["engines_declined"] = "exact"
    assert "exact" not in check(tree, funnel.spec, independent="exact").findings[0].next_step


def test_separation_is_found_with_its_predictor(separated):
    finding = found(separated, "coefficients of a separating direction")
    assert "x" in finding.parameters
    assert finding.about == "model"
    assert finding.next_step == (
        f'fit.refit(priors={{"x": "Normal(0, {1 / _sd(separated, "x"):.2g})"}})'
        "  # and compare the two"
    )


def _sd(fit, name):
    return float(fit.spec.design.common[name].std(ddof=0))


def test_a_separating_predictor_comes_first_and_its_prior_has_its_unit():
    x = np.concatenate([RNG.normal(-3, 0.5, 20), RNG.normal(3, 0.5, 20)])
    data = pd.DataFrame({"y": np.repeat([0, 1], 20), "z": RNG.normal(size=40), "x": 1e6 * x})
    spec = mw.Model("y ~ z + x", data, family="bernoulli").spec
    draws = xr.Dataset({"sigma": (("chain", "draw"), RNG.normal(size=(4, 250)))})
    findings = check(xr.DataTree.from_dict({"posterior": draws}), spec)
    (finding,) = [f for f in findings if "separating" in f.measure]
    assert finding.parameters[0] == "x"
    assert '"x": "Normal(0, 3' in finding.next_step
    assert "e-07)" in finding.next_step


def test_few_levels_are_found(separated):
    finding = found(separated, "levels of a grouping factor")
    assert (finding.value, finding.parameters) == (2, ("sd_g",))


def test_a_product_with_a_predictor_far_from_zero_has_the_scale_of_that_predictor():
    t = np.tile(np.arange(10.0), 8)
    frame = pd.DataFrame({"t": 2.46e6 + t, "f": np.repeat(["a", "b"], 40), "y": np.sin(t**2) + t})
    findings = mw.Model("y ~ t * f", frame).fit(draws=250, seed=1).diagnose()
    assert not any("scale of a predictor" in each.measure for each in findings)


def test_a_predictor_of_scale_a_million_is_found_with_the_formula_to_use(separated):
    finding = found(separated, "scale of a predictor (its sd, or 1 / sd)")
    assert finding.parameters == ("z",)
    assert finding.next_step == 'fit.refit(formula="y ~ x + scale(z) + (1 | g)")'


def test_varying_slopes_far_from_their_zero_are_found_with_the_formula_to_use(make_idata):
    data = mw.load_data("sleepstudy").rename(columns={"Days": "year"})
    data["year"] += 2000
    spec = mw.Model("Reaction ~ year + (year | Subject)", data).spec
    draws = make_idata()["posterior"].to_dataset()[["sigma"]]
    (finding,) = check(xr.DataTree.from_dict({"posterior": draws}), spec)
    assert finding.parameters == ("year", "sd_Subject[Intercept]")
    assert finding.next_step == (
        'fit.refit(formula="Reaction ~ center(year) + (center(year) | Subject)")'
    )
    mw.Model("Reaction ~ center(year) + (center(year) | Subject)", data)


def test_every_next_step_is_python(funnel, separated):
    for fit in (funnel, separated):
        for finding in fit.diagnose():
            compile(finding.next_step, finding.measure, "eval")
            assert finding.next_step.startswith(("fit.", "print(fit."))


def test_pictures_that_next_steps_name_are_drawn(separated):
    steps = [f.next_step for f in separated.diagnose() if "fit.plot" in f.next_step]
    assert steps
    for step in steps:
        assert ran(step, separated).axes


def test_a_healthy_fit_is_silent_and_says_so_in_one_line(sleepstudy_fit):
    findings = sleepstudy_fit.diagnose()
    assert list(findings) == []
    assert findings.verdict.startswith("The chains have converged")
    assert "About the model" not in findings.verdict


def spec_of(formula, data, **choices):
    return mw.Model(formula, data, **choices).spec


def measures(idata, spec):
    return [finding.measure for finding in check(idata, spec)]


@pytest.fixture
def sleepstudy():
    return mw.load_data("sleepstudy")


FORMULA = "Reaction ~ Days + (Days | Subject)"


def test_hand_made_draws_of_a_healthy_model_have_no_finding(make_idata, sleepstudy):
    assert measures(make_idata(levels=18), spec_of(FORMULA, sleepstudy)) == []


def test_a_prior_in_conflict_is_found(make_idata, sleepstudy):
    spec = spec_of(FORMULA, sleepstudy, priors={"Days": "Normal(0, 1)", "sigma": "HalfNormal(2)"})
    findings = list(check(make_idata(levels=18), spec))
    assert [f.parameters for f in findings] == [("Days",), ("sigma",)]
    assert all("Prior and data disagree" in f.meaning for f in findings)
    assert 'priors={"sigma": "HalfStudentT(3, ' in findings[1].next_step


def test_a_prior_that_keeps_a_slope_from_all_levels_is_found(sleepstudy):
    model = mw.Model(FORMULA, sleepstudy, priors={"Days": "Normal(0, 1)"})
    fit = model.fit(engine="exact", seed=1)
    (finding,) = fit.diagnose()
    assert finding.parameters == ("Days", "sd_Subject[Days]")
    assert "Prior and data disagree" in finding.meaning
    assert list(ran(finding.next_step, fit).diagnose()) == []


def test_an_sd_piled_up_at_zero_is_said_in_words_for_r_users(make_idata, sleepstudy):
    idata = make_idata(levels=18)
    dataset = idata["posterior"].to_dataset()
    values = dataset["sd_Subject"].values.copy()
    values[..., 1] = np.abs(RNG.normal(size=values.shape[:2]))
    idata["posterior"] = xr.DataTree(
        dataset.assign(sd_Subject=(dataset["sd_Subject"].dims, values))
    )
    (finding,) = check(idata, spec_of(FORMULA, sleepstudy))
    assert finding.parameters == ("sd_Subject[Days]",)
    assert "singular" in finding.meaning
    assert check(idata).ok


def test_coefficients_that_are_hardly_told_apart_are_found(make_idata):
    idata = make_idata()
    dataset = idata["posterior"].to_dataset().assign_coords(effect=["x", "x2"])
    b = dataset["b"].values.copy()
    b[..., 1] = -3 * b[..., 0] + 0.1 * RNG.normal(size=b.shape[:2])
    idata["posterior"] = xr.DataTree(dataset.assign(b=(dataset["b"].dims, b)))
    (finding,) = check(idata)
    assert finding.parameters == ("x", "x2")
    assert finding.brief.endswith("for x, x2")


def test_tiny_steps_are_found(make_idata):
    idata = make_idata()
    statistics = idata["sample_stats"].to_dataset()
    sizes = np.full((4, 250), 0.4)
    sizes[2] = 0.003
    idata["sample_stats"] = xr.DataTree(statistics.assign(step_size=(("chain", "draw"), sizes)))
    (finding,) = check(idata)
    assert (finding.measure, finding.parameters) == ("step size", ("chain 3",))
    assert finding.next_step == 'fit.refit(parameterization="whitened")'


def saturated(make_idata, **attributes):
    """A fit of which all trees are saturated, made as the attributes say."""
    idata = make_idata()
    statistics = idata["sample_stats"].to_dataset()
    full = xr.ones_like(statistics["diverging"])
    tree = {"reached_max_treedepth": full, "tree_depth": 10 * full.astype(int)}
    idata["sample_stats"] = xr.DataTree(statistics.assign(tree))
    idata["posterior"].attrs.update(attributes)
    return idata


BY_RULE = {"geometry_by": "rule", "adaptation_by": "rule", "target_accept": 0.95}


@pytest.mark.parametrize(
    ("attributes", "step"),
    [
        (BY_RULE | {"adaptation": "low_rank"}, "fit.refit(max_treedepth=12)"),
        (BY_RULE | {"adaptation": "diag"}, 'fit.refit(adaptation="low_rank")'),
        (BY_RULE | {"adaptation": ""}, "fit.refit(max_treedepth=12)"),
        (BY_RULE | {"geometry_by": "user"}, 'fit.refit(parameterization="auto")'),
        (
            {"geometry_by": "user", "adaptation_by": "user", "adaptation": "diag"},
            'fit.refit(parameterization="auto", adaptation="low_rank", target_accept=0.95)',
        ),
    ],
)
def test_the_next_step_of_saturated_trees_is_not_what_the_fit_has_already(
    make_idata, attributes, step
):
    (finding,) = check(saturated(make_idata, **attributes))
    assert finding.next_step == step


def test_the_exact_engine_is_advised_with_draws_enough(make_idata):
    (finding,) = check(saturated(make_idata, **BY_RULE), independent="exact")
    assert finding.next_step.startswith('fit.refit(engine="exact")')
    few = make_idata(draws=60, diverging=4)
    assert (
        'fit.refit(engine="exact", draws=1000)'
        in check(few, independent="exact").findings[0].next_step
    )


def test_findings_of_an_exact_fit_speak_of_no_chains():
    data = pd.DataFrame({"y": 0.0, "g": np.repeat(list("abcdef"), 5)})
    data["y"] = np.tile([-1.2, -0.4, 0.1, 0.3, 1.1], 6)
    fit = mw.Model("y ~ 1 + (1 | g)", data).fit(engine="exact", seed=1)
    (finding,) = fit.diagnose()
    assert finding.measure == NEAR_ZERO
    assert set(fit.diagnose().measured) == {"k-hat", "effective number", NEAR_ZERO}
    for word in ("chain", "diverg", "R-hat", "ESS"):
        assert word not in str(fit)
    for figure in ("effective_number", "k_hat"):
        assert figure in fit.posterior.attrs
    assert f"k-hat {fit.posterior.attrs['k_hat']:.2f}" in fit.diagnose().verdict


def test_separation_is_found_in_an_exact_fit_too(separated):
    fit = separated.refit(engine="exact", formula="y ~ x + (1 | g)")
    assert fit.engine["name"] == "exact"
    assert found(fit, "coefficients of a separating direction").parameters == ("x",)


def test_few_effective_draws_of_the_exact_engine_are_found(make_idata):
    dataset = make_idata(statistics=())["posterior"].to_dataset()
    dataset.attrs = {"engine": "exact", "k_hat": 0.5, "effective_number": 120.0}
    (finding,) = check(xr.DataTree.from_dict({"posterior": dataset}))
    assert finding.next_step == "fit.refit(draws=1000)"
    assert "1000 draws are worth 120" in finding.meaning


def test_the_exact_engine_is_judged_by_k_hat(make_idata):
    idata = make_idata(statistics=())
    dataset = idata["posterior"].to_dataset()
    for k_hat, ok in ((0.4, True), (0.9, False)):
        dataset.attrs = {"engine": "exact", "k_hat": k_hat}
        findings = check(xr.DataTree.from_dict({"posterior": dataset}))
        assert findings.ok is ok
        assert findings.unjudged == ()


def _findings_of(formula: str, data: dict[str, object], family: str):
    spec = mw.Model(formula, pd.DataFrame(data), family=family).spec
    draws = xr.Dataset({"sigma": (("chain", "draw"), RNG.normal(size=(4, 250)))})
    return [
        f for f in check(xr.DataTree.from_dict({"posterior": draws}), spec) if "separ" in f.measure
    ]


@pytest.mark.parametrize(
    ("formula", "family", "named"),
    [
        ("y ~ f", "poisson", ("f[b]",)),
        ("y ~ f", "negativebinomial", ("f[b]",)),
        ("y | trials(n) ~ f", "binomial", ("f[b]",)),
    ],
)
def test_cells_of_zeros_and_totals_without_success_are_separation(formula, family, named):
    data = {"f": list("ab") * 10, "y": [3, 0] * 10, "n": [5] * 20}
    (finding,) = _findings_of(formula, data, family)
    assert finding.parameters == named
    assert "predicted without an error (separation)" in finding.meaning


def test_outcomes_that_are_all_alike_concern_the_intercept_and_say_so():
    data = {"x": RNG.normal(size=20), "y": [1] * 20}
    (finding,) = _findings_of("y ~ x", data, "bernoulli")
    assert finding.parameters == ("Intercept",)
    assert "All outcomes are at the same end" in finding.meaning
    assert finding.next_step.startswith('fit.refit(priors={"Intercept": "Normal(0, 1)"})')
