"""Why numbers are what they are: weights on rows give every table back, by three ways."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import DataError
from mixwell.interpret.means.marginal_coefficients import marginal_coefficients
from mixwell.interpret.reasons.why import why
from mixwell.interpret.survival.effect_ratios import hazard_ratios, time_ratios

N = 60
RNG = np.random.default_rng(8)
DATA = pd.DataFrame(
    {
        "f": np.tile(["a", "b", "c"], 20),
        "h": np.repeat(["u", "v"], 30)[RNG.permutation(N)],
        "x": RNG.normal(2.0, 1.0, N).round(2),
        "g": np.repeat([f"g{i}" for i in range(12)], 5),
        "e": RNG.uniform(1, 3, N),
        "y": RNG.normal(size=N),
        "p": RNG.uniform(1, 9, N),
        "k": RNG.integers(0, 2, N),
        "n": RNG.poisson(2, N),
        "r": RNG.integers(1, 5, N),
    }
)
SD = np.array([0.9, 0.5])
DEVIATIONS = RNG.normal(size=(2, 4, 12, 2))
GROUPS = {
    "sd_g": (("g_effect",), SD),
    "corr_g": (("g_effect", "g_effect_"), np.array([[1, 0.3], [0.3, 1]])),
    "r_g": (("g", "g_effect"), DEVIATIONS),
}
RIGHT = "~ f * h + x + (1 + x | g)"
#: Formula, family, choices and further variables of each model.
MODELS = {
    "gaussian": (f"y {RIGHT}", "gaussian", {}, {"sigma": ((), 1.3)}),
    "logit": (f"k {RIGHT}", "bernoulli", {}, {}),
    "log": ("n ~ f * h + log(x^2) + (1 + x | g) + offset(log(e))", "poisson", {}, {}),
    "transformed": (f"log(p) {RIGHT}", "gaussian", {}, {"sigma": ((), 0.4)}),
    "weibull": (f"p {RIGHT}", "weibull", {}, {"alpha": ((), 1.4)}),
}
#: Every option of means, with the models that it is tried on.
MEANS = [
    (model, options)
    for models, options in (
        (("gaussian", "logit", "log", "transformed", "weibull"), {}),
        (("gaussian", "log"), {"scale": "link", "weights": "proportional"}),
        (("logit",), {"weights": "cells"}),
        (("gaussian", "transformed"), {"over": "data"}),
        (("logit", "transformed"), {"average": "response"}),
        (("gaussian", "weibull"), {"groups": "existing"}),
        (("log",), {"groups": "existing", "average": "response"}),
        (("logit",), {"groups": "integrated"}),
        (("log",), {"groups": "integrated", "over": "data", "average": "response"}),
        (("transformed",), {"groups": "integrated", "center": "mean"}),
        (("gaussian", "logit"), {"groups": "new", "seed": 3}),
        (("logit",), {"bias_adjust": 0.7}),
        (("transformed",), {"scale": "link"}),
    )
    for model in models
]
SLOPES = [
    ("gaussian", {}),
    ("log", {}),
    ("log", {"over": "data", "groups": "existing"}),
    ("logit", {"scale": "response", "over": "data"}),
    ("logit", {"scale": "response", "groups": "integrated"}),
    ("transformed", {"scale": "response"}),
    ("weibull", {"delta": 0.1}),
]
CHANGES = [
    ("gaussian", "f", {"over": "data"}),
    ("logit", "f", {"kind": "ratio"}),
    ("logit", "x", {"kind": "lift", "over": "data"}),
    ("log", "x", {"kind": "ratio", "groups": "integrated"}),
    ("transformed", "x", {"step": (1, 2)}),
    ("weibull", "f", {"kind": "lift"}),
]
PREDICTED = [
    ("gaussian", "mean", {"groups": "existing"}),
    ("logit", "mean", {"groups": "integrated"}),
    ("logit", "linear", {"groups": "new", "seed": 2}),
    ("log", "mean", {}),
    ("transformed", "mean", {"center": "mean"}),
]


@pytest.fixture(scope="module")
def fits(pretend):
    made = {}

    def fit(name):
        if name not in made:
            formula, family, choices, more = MODELS[name]
            made[name] = pretend(
                formula,
                DATA,
                np.linspace(-0.5, 0.6, 7),
                family,
                choices,
                vcov=np.eye(7) / 20,
                **GROUPS,
                **more,
            )
        return made[name]

    return fit


def require_same(table):
    """Every row is made again from its rows and their weights."""
    reasons = why(table)
    assert len(reasons) == len(table)
    for place, reason in enumerate(reasons):
        own = table.samples[place]
        np.testing.assert_allclose(reason.draws, own, rtol=1e-9, atol=1e-12)
        assert np.isfinite(reason.weights["weight"]).all()


@pytest.mark.parametrize(("model", "options"), MEANS)
def test_weighed_rows_give_means_their_contrasts_and_contrasts_of_these(fits, model, options):
    table = fits(model).means("f", "h", at={"h": "u"}, **options)
    require_same(table)
    contrasts = table.contrasts("sequential")
    require_same(contrasts)
    require_same(contrasts.contrasts(np.array([[1.0, -1.0]])))
    if options.get("scale") != "link":
        require_same(table.contrasts("poly", compare="difference"))


@pytest.mark.parametrize(("model", "options"), SLOPES)
def test_weighed_rows_give_slopes_and_their_contrasts(fits, model, options):
    table = fits(model).slopes("x", "f", **options)
    require_same(table)
    require_same(table.contrasts())


@pytest.mark.parametrize(("model", "variable", "options"), CHANGES)
def test_weighed_rows_give_comparisons(fits, model, variable, options):
    table = fits(model).comparisons(variable, "h", **options)
    require_same(table)
    require_same(table.contrasts(compare="difference"))


@pytest.mark.parametrize(("model", "kind", "options"), PREDICTED)
def test_predictions_are_of_their_own_rows(fits, model, kind, options):
    table = fits(model).predictions(DATA.head(3), kind, **options)
    require_same(table)
    require_same(table.contrasts([[1, -1, 0]]))


@pytest.mark.parametrize("model", ["gaussian", "logit", "log"])
def test_weights_of_coefficients_and_of_the_rows_predictions_give_the_same_numbers(fits, model):
    fit = fits(model)
    table = fit.means("f", scale="link").contrasts()
    b = fit.drawn.coefficients("mean")
    names = list(fit.spec.design.mean.fixed.names)
    for place, reason in enumerate(why(table)):
        weights = reason.coefficients.reindex(names, fill_value=0.0).to_numpy()
        np.testing.assert_allclose(weights @ b, table.samples[place], rtol=0, atol=1e-12)
        cells = reason.cells
        rows = fit.predictions(cells.assign(e=1.0), "linear").samples
        np.testing.assert_allclose(
            cells["weight"].to_numpy() @ rows, table.samples[place], rtol=0, atol=1e-12
        )
        np.testing.assert_allclose(cells["weight"] @ cells["estimate"], table["estimate"][place])


def test_weights_are_those_that_a_grid_has_by_hand(fits):
    fit = fits("gaussian")
    weights = why(fit.means("f"), "b").weights
    assert weights.drop(columns="x").to_dict("list") == {
        "f": ["b", "b"],
        "h": ["u", "v"],
        "weight": [0.5, 0.5],
    }
    shares = DATA["h"].value_counts(normalize=True)
    counted = why(fit.means("f", weights="proportional"), 1).weights
    assert counted.set_index("h")["weight"].to_dict() == pytest.approx(shares.to_dict())
    within = why(fit.means("f", weights="cells"), 1).weights
    own = DATA.loc[DATA["f"] == "b", "h"].value_counts(normalize=True)
    assert within.set_index("h")["weight"].to_dict() == pytest.approx(own.to_dict())
    slope = why(fit.slopes("x"), 0)
    assert slope.coefficients.to_dict() == {"x": pytest.approx(1.0)}
    assert set(slope.weights["weight"].round(12)) == {round(1 / 6, 12), -round(1 / 6, 12)}


def test_differences_of_differences_rest_on_four_cells(fits):
    table = fits("gaussian").means(["f", "h"]).contrasts(interaction="pairwise")
    weights = why(table, "(a - b): (u - v)").weights
    found = weights.set_index(["f", "h"])["weight"].to_dict()
    assert found == {("a", "u"): 1, ("b", "u"): -1, ("a", "v"): -1, ("b", "v"): 1}


def test_rows_of_the_data_that_are_alike_weigh_together(fits):
    fit = fits("logit")
    reason = why(fit.comparisons("f", over="data"), "b - a")
    cells = reason.cells
    assert cells.loc[cells["f"] == "b", "weight"].sum() == pytest.approx(1)
    rows = fit.predictions(cells, "mean").samples
    np.testing.assert_allclose(cells["weight"].to_numpy() @ rows, reason.draws, rtol=1e-9)
    alike = DATA.assign(f="b").groupby(["h", "x"]).size()
    assert len(cells) == 2 * len(alike)


def test_a_nonlinear_average_says_which_numbers_were_compared(fits):
    fit = fits("logit")
    reason = why(fit.contrasts("pairwise", "f", compare="difference"), 0)
    assert reason.parts["weight"].tolist() == [1, -1]
    means = fit.means("f")["estimate"]
    np.testing.assert_allclose(reason.parts["estimate"], means[:2])
    with pytest.raises(DataError, match="no weighed sum of coefficients"):
        _ = reason.coefficients
    ratio = why(fit.contrasts("pairwise", "f"), 0)
    assert ratio.sentence == (
        "exp() of the sum of weights times the linear predictor of each of 4 different rows."
    )
    lift = why(fit.comparisons("f", kind="lift"), 0)
    assert lift.parts["part"].tolist() == ["after", "before"]
    assert lift.sentence == "What is after divided by what is before, less 1."


def test_coefficients_of_the_populations_mean_weigh_the_datas_rows(fits):
    table = marginal_coefficients(fits("logit").drawn)
    require_same(table)
    reason = why(table, "x")
    assert reason.weights["weight"].sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("after", [0, 2.0])
def test_survival_is_weighed_like_means(fits, after):
    fit = fits("weibull")
    require_same(fit.survival("f", times=[3, 5], after=after))
    require_same(fit.survival("f", times=[3, 5], average="link").contrasts())
    require_same(fit.time_quantiles([0.25, 0.5], "f"))
    require_same(time_ratios(fit.drawn, of="f"))
    require_same(hazard_ratios(mw.Model("p ~ f", DATA, "weibull").fit(draws=9).drawn, of="f"))
    require_same(fit.restricted_means(4.0, "f").contrasts(compare="ratio"))


def test_categories_and_scores_have_rows_of_their_own():
    fit = mw.Model("r ~ f + (1 | g)", DATA, "cumulative").fit(draws=20, seed=1)
    table = fit.means("f")
    require_same(table)
    require_same(fit.means("f", scale="score", groups="integrated"))
    require_same(fit.means("f", scale="link").contrasts())
    require_same(fit.comparisons("f"))
    require_same(fit.predictions(DATA.head(3)))


def test_rows_go_by_place_or_label_and_others_are_refused(fits):
    table = fits("gaussian").means("f")
    assert why(table, -1).label == why(table, 2).label == why(table, "c").label == "c"
    assert why(table).to_frame()["number"].tolist() == ["a", "a", "b", "b", "c", "c"]
    for wrong in (3, -4, 10**30, 0.5, True, "d", "", [0], float("nan"), 1j):
        with pytest.raises(DataError):
            why(table, wrong)
    with pytest.raises(DataError, match="Choices: b - a, c - a"):
        why(fits("gaussian").contrasts("reference", "f"), "b")
    with pytest.raises(DataError, match="2 rows of the table are called"):
        why(fits("gaussian").predictions(pd.concat([DATA.head(1)] * 2)), why_label(fits))


def why_label(fits):
    return fits("gaussian").predictions(DATA.head(1)).labels[0]


def test_tables_without_averages_are_refused_with_what_serves(fits):
    fit = fits("gaussian")
    for table, hint in (
        (fit.hypothesis("x > 0"), "explain"),
        (fit.predictions(DATA.head(2), "response", seed=1), 'kind="mean"'),
        (3, "fit.means"),
        (DATA, "fit.means"),
    ):
        with pytest.raises(DataError, match=hint):
            why(table)


def test_undetermined_numbers_keep_their_weights(pretend):
    lacking = DATA[(DATA["f"] != "c") | (DATA["h"] != "v")]
    fit = pretend("y ~ f * h", lacking, np.arange(5.0), sigma=((), 1.0))
    table = fit.means("f")
    assert np.isnan(table["estimate"][2])
    assert why(table, 2).weights["weight"].tolist() == [0.5, 0.5]
    assert "estimate" not in str(why(table, 2)).replace("Not estimable", "")
    assert "Weights times estimates" in str(why(table, 1))


@pytest.mark.parametrize("groups", ["population", "existing"])
def test_an_offset_at_its_mean_stands_in_the_mean_alone(pretend, groups):
    """Further parameters have no offset of the mean's: closed form of a zero-inflated mean."""
    formulas = ["n ~ f + offset(e) + (1 | g)", "zi ~ h"]
    fit = pretend(
        formulas,
        DATA,
        [0.1, 0.2, 0.3],
        "zero_inflated_poisson",
        sd_g=(("g_effect",), [0.5]),
        r_g=(("g", "g_effect"), np.zeros((12, 1))),
        b_zi=(("zi_effect",), [-1.0, 0.4]),
    )
    table = fit.means("f", groups=groups)
    zi = 1 / (1 + np.exp(1.0 - 0.2))
    mu = np.exp(0.1 + np.array([0, 0.2, 0.3]) + DATA["e"].mean())
    np.testing.assert_allclose(table["estimate"], (1 - zi) * mu, rtol=1e-9)
    require_same(table)


def test_parameters_of_their_own_formula_or_without_one_have_reasons(pretend):
    formulas = ["y ~ f", "sigma ~ h * x"]
    b = (("sigma_effect",), [0.1, 0.3, -0.2, 0.1])
    fit = pretend(formulas, DATA, [0.1, 0.2, 0.3], b_sigma=b)
    for options in ({}, {"scale": "link"}, {"over": "data", "average": "response"}):
        table = fit.means("h", parameter="sigma", **options)
        require_same(table)
        require_same(table.contrasts())
    require_same(fit.slopes("x", "h", parameter="sigma"))
    require_same(fit.comparisons("h", parameter="sigma"))
    require_same(fit.predictions(DATA.head(2), parameter="sigma"))
    alike = pretend("y ~ f", DATA, [0.1, 0.2, 0.3], sigma=((), 1.3))
    require_same(alike.means(None, parameter="sigma"))
    require_same(alike.predictions(DATA.head(2), parameter="sigma"))


def test_a_table_of_the_population_weighs_by_its_sizes(fits):
    census = pd.DataFrame({"f": ["a", "b"], "h": ["u", "v"], "x": [1.0, 2.0], "n": [30, 10]})
    census["g"] = ["g1", "g2"]
    table = fits("logit").means(None, population=census, weights="n")
    require_same(table)
    assert why(table, 0).weights["weight"].tolist() == [0.75, 0.25]


@pytest.mark.parametrize("measure", ["difference", "ratio", "odds ratio", "number needed to treat"])
def test_effects_are_of_rows_with_the_treatment_and_without_it(fits, measure):
    fit = fits("logit")
    table = fit.effect("h", measure=measure)
    require_same(table)
    require_same(table.contrasts())
    require_same(fit.effect("f", by="h", measure=measure, weights="e"))


def test_the_rows_of_an_effect_among_the_treated_are_theirs(fits):
    fit = fits("logit")
    reason = why(fit.effect("h"), "v - u, treated")
    rows = DATA[DATA["h"] == "v"]
    alike = rows.groupby(["f", "x", "g"]).size()
    treated = reason.weights.query("h == 'v'").set_index(["f", "x", "g"])["weight"]
    assert (treated * len(rows)).round(9).to_dict() == alike.to_dict()
    untreated = reason.weights.query("h == 'u'").set_index(["f", "x", "g"])["weight"]
    assert (-untreated * len(rows)).round(9).to_dict() == alike.to_dict()


@pytest.mark.parametrize("kind", [2, 3])
def test_sizes_of_terms_are_those_of_contrasts_of_cells(fits, kind):
    for model in ("gaussian", "logit", "log"):
        require_same(fits(model).joint_tests(kind))


def test_a_factors_test_is_of_its_averages_over_the_levels_of_others(fits):
    fit = fits("gaussian")
    reason = why(fit.joint_tests(), "f")
    assert reason.parts["part"].tolist() == ["f[b-a]", "f[c-a]"]
    known = fit.means("f").contrasts("reference")["estimate"]
    np.testing.assert_allclose(reason.parts["estimate"], known)
    weights = reason.weights.query("part == 'f[b-a]'").set_index(["f", "h"])["weight"]
    half = {("a", "u"): -0.5, ("a", "v"): -0.5, ("b", "u"): 0.5, ("b", "v"): 0.5}
    assert weights.round(9).to_dict() == half


@pytest.mark.parametrize(
    ("formula", "rows"),
    [
        ("y ~ f * h", DATA[(DATA["f"] != "c") | (DATA["h"] != "v")]),  # an empty cell
        ("y ~ f * poly(x, 2)", DATA),
        ("y ~ log(p) * x + I(x^2)", DATA),
        ("y ~ f + h:x", DATA),
        ("y ~ 0 + f:h", DATA),
        ("y ~ h / g", DATA.assign(g=DATA["h"] + DATA["g"].str[-1])),  # nested, coded inside
    ],
)
@pytest.mark.parametrize("kind", [2, 3])
def test_tests_have_cells_whatever_the_terms_are(pretend, formula, rows, kind):
    size = len(mw.Model(formula, rows).design.common.columns)
    b, choices = np.linspace(-1, 1, size), {"vcov": np.eye(size), "draws": 40}
    fit = pretend(formula, rows, b, **choices, sigma=((), 1.0))
    table = fit.joint_tests(kind)
    require_same_terms(table)


def require_same_terms(table):
    for place, reason in enumerate(why(table)):
        np.testing.assert_allclose(reason.draws, table.samples[place], rtol=1e-7, atol=1e-9)
        assert str(reason)


def test_a_term_without_a_test_is_of_nothing(pretend):
    lacking = DATA[(DATA["f"] == "a") | (DATA["h"] == "u")]
    fit = pretend("y ~ f * h", lacking, np.arange(4.0), vcov=np.eye(4), sigma=((), 1.0))
    table = fit.joint_tests()
    none = table["term"][table["df"] == 0].tolist()
    assert none
    reason = why(table, none[0])
    assert "Of nothing" in str(reason)
    assert len(reason.weights) == len(reason.cells) == 0


def test_simple_effects_have_reasons_table_by_table(fits):
    effects = fits("gaussian").simple_effects(["f", "h"])
    reasons = why(effects)
    assert list(reasons) == ["f", "h"]
    assert str(reasons["h"]) in str(reasons)
    for name, table in effects.tables.items():
        require_same(table)
        assert len(reasons[name]) == len(table)
    assert set(reasons.to_frame()["factor"]) == {"f", "h"}
    label = effects["f"].labels[0]
    assert why(effects, label).label == label
    with pytest.raises(DataError, match="is in none of the tables of f and h"):
        why(effects, "x")
    with pytest.raises(DataError, match="There is no table"):
        reasons["x"]
