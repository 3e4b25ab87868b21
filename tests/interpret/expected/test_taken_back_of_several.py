"""Several transformed responses: each answers as the same model of it alone does."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.conftest import PretendFit, specify

from mixwell.errors import DataError
from mixwell.interpret.sentences.explain import explain_model

SAMPLED, SHAPE = ("chain", "draw"), (2, 30)
RNG = np.random.default_rng(3)
DATA = pd.DataFrame(
    {
        "a": np.tile(["a1", "a2", "a3"], 20),
        "x": RNG.normal(size=60),
        "g": np.repeat([f"g{k}" for k in range(12)], 5),
        "y": RNG.gamma(4, 2, 60) + 0.5,
        "z": RNG.gamma(5, 3, 60) + 0.5,
    }
)
#: Coefficients of a response, sds of its groups, and residual sds.
DRAWS = [
    (RNG.normal([1.2, 0.4, 0.5, 0.2], 0.1, (*SHAPE, 4)), RNG.uniform(0.2, 0.4, SHAPE)),
    (RNG.normal([2.5, 0.3, -0.4, 0.2], 0.1, (*SHAPE, 4)), RNG.uniform(0.3, 0.5, SHAPE)),
]
EFFECTS = ["Intercept", "a[a2]", "a[a3]", "x"]


def alone(response: str, number: int) -> PretendFit:
    spec = specify(f"{response} ~ a + x + (1 | g)", DATA)
    b, sd = DRAWS[number]
    made = {"b": ((*SAMPLED, "effect"), b), "sd_g": ((*SAMPLED, "g_effect"), sd[..., None])}
    made["sigma"] = (SAMPLED, 1.5 * sd)
    coords = {"effect": EFFECTS, "g_effect": ["Intercept"]}
    return PretendFit(spec, xr.Dataset(made, coords=coords))


def together(*responses: str) -> PretendFit:
    spec = specify(f"mvbind({', '.join(responses)}) ~ a + x + (1 | g)", DATA)
    made, coords = {}, {}
    for own, (b, sd) in zip(spec.family.locations, DRAWS, strict=True):
        made[f"b_{own.name}"] = ((*SAMPLED, f"{own.name}_effect"), b)
        made[f"sd_{own.name}_g"] = ((*SAMPLED, f"{own.name}_g_effect"), sd[..., None])
        made[f"sigma_{own.name}"] = (SAMPLED, 1.5 * sd)
        coords[f"{own.name}_effect"], coords[f"{own.name}_g_effect"] = EFFECTS, ["Intercept"]
    return PretendFit(spec, xr.Dataset(made, coords=coords))


@pytest.fixture(scope="module")
def fit():
    return together("log(y)", "sqrt(z)")


@pytest.fixture(scope="module")
def each():
    return [alone("log(y)", 0), alone("sqrt(z)", 1)]


ASKED = {
    "medians": lambda fit: fit.means("a"),
    "link": lambda fit: fit.means("a", scale="link"),
    "means": lambda fit: fit.means("a", center="mean"),
    "as they are": lambda fit: fit.means("a", center="transformed"),
    "population": lambda fit: fit.means("a", center="mean", groups="integrated"),
    "over rows": lambda fit: fit.means("a", over="data", average="response"),
    "comparisons": lambda fit: fit.comparisons("x"),
    "ratios of means": lambda fit: fit.comparisons("a", kind="ratio"),
    "slopes": lambda fit: fit.slopes("x", scale="response"),
    "slopes of means": lambda fit: fit.slopes("x", scale="response", center="mean"),
    "predictions": lambda fit: fit.predictions(DATA.head(4)),
    "linear": lambda fit: fit.predictions(DATA.head(4), "linear"),
    "effects": lambda fit: fit.effect("a", groups="population"),
    "differences": lambda fit: fit.contrasts("pairwise", of="a", compare="difference"),
    "corrected": lambda fit: fit.means("a", bias_adjust=0.3),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_each_of_several_answers_as_it_does_alone(fit, each, ask):
    found, expected = ask(fit).frame, [ask(one).frame for one in each]
    for label, one in zip(found["response"].unique(), expected, strict=True):
        own = found[found["response"] == label]
        np.testing.assert_allclose(own["estimate"], one["estimate"], rtol=1e-9)
        np.testing.assert_allclose(own["upper"], one["upper"], rtol=1e-9)


def test_rows_and_titles_say_which_scale_they_are_on(fit):
    medians, link = fit.means("a"), fit.means("a", scale="link")
    assert medians.title == "Medians of y, z by a (taken back from log(y), sqrt(z))"
    assert set(medians["response"]) == {"y", "z"}
    assert link.title == "Means of log(y), sqrt(z) by a (scale of log(y), sqrt(z))"
    assert set(link["response"]) == {"logy", "sqrtz"}
    means = fit.means("a", center="mean")
    assert means.title == "Means of y, z by a (averaged over the residuals of log(y), sqrt(z))"
    assert "y: In every draw means are over the residuals of log(y)." in means.notes


@pytest.mark.parametrize("name", ["logy", "log(y)", "y"])
def test_one_of_them_has_its_ratios_by_any_of_its_names(fit, each, name):
    found = fit.contrasts("pairwise", of="a", parameter=name)
    expected = each[0].contrasts("pairwise", of="a")
    assert found.title == expected.title
    assert found.scale == "ratio"
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-9)
    predicted = fit.predictions(DATA.head(2), parameter=name)
    assert predicted.title == "Predicted medians of y (taken back from log(y))"


def test_ratios_and_differences_do_not_stand_in_one_table(fit):
    made = fit.contrasts("pairwise", of="a")
    assert made.scale == "response"
    assert "a1 - a2" in set(made["contrast"])
    note = "Differences; of one response alone, named by parameter=, there are ratios."
    assert note in made.notes
    assert note not in fit.means("a").notes


def test_responses_that_all_have_ratios_are_compared_by_them():
    made = together("log(y)", "log1p(z)").contrasts("pairwise", of="a")
    expected = [alone("log(y)", 0), alone("log1p(z)", 1)]
    assert made.scale == "ratio"
    assert made.title.endswith("ratios of y, z + 1")
    for label, one in zip(("y", "z"), expected, strict=True):
        own = made.frame[made["response"] == label]["estimate"]
        known = one.contrasts("pairwise", of="a")["estimate"]
        np.testing.assert_allclose(own, known, rtol=1e-9)


def test_one_that_was_not_transformed_has_its_means_next_to_medians():
    made = together("log(y)", "z").means("a")
    said = "(median of y taken back from log(y), mean of z response scale)"
    assert made.title == f"Levels of y, z by a {said}"
    np.testing.assert_allclose(
        made.frame[made["response"] == "z"]["estimate"], alone("z", 1).means("a")["estimate"]
    )
    assert together("log(y)", "z").means("a", center="mean").title.startswith("Means of y, z by a")


def test_two_made_of_one_column_keep_their_own_names():
    made = together("log(y)", "sqrt(y)").means("a")
    assert set(made["response"]) == {"logy", "sqrty"}
    with pytest.raises(DataError, match="have no parameter 'y'"):
        together("log(y)", "sqrt(y)").means("a", parameter="y")


def test_medians_over_a_population_of_groups_are_refused_with_the_response(fit):
    with pytest.raises(DataError, match="the median of y is not the mean of its groups' own"):
        fit.means("a", groups="integrated")


def test_coefficients_are_said_to_be_ratios_of_the_response_that_has_them(fit):
    notes = explain_model(fit.spec).notes
    assert "exp() of a difference is a ratio of medians of y." in notes


SCALES = [
    (("log(y)", "sqrt(z)"), {}, "Medians of y, z by a (taken back from log(y), sqrt(z))"),
    (("log(y)", "sqrt(z)"), {"scale": "link"}, "log(y), sqrt(z) by a (scale of log(y), sqrt(z))"),
    (("log(y)", "z"), {}, "(median of y taken back from log(y), mean of z response scale)"),
    (("log(y)", "z"), {"scale": "link"}, "(scale of log(y), z)"),
    (("y", "log(z)"), {}, "(mean of y response scale, median of z taken back from log(z))"),
    (("y", "log(z)"), {"center": "mean"}, "(y response scale, z averaged over the residuals of lo"),
    (("y", "z"), {}, "(response scale)"),
    (("y", "z"), {"scale": "link"}, "(scale of the linear predictors)"),
]


@pytest.mark.parametrize(("responses", "asked", "said"), SCALES)
def test_scales_of_several_responses_are_named_in_the_title(responses, asked, said) -> None:
    assert said in together(*responses).means("a", **asked).title
