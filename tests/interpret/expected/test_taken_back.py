"""Answers about a transformed response: emmeans's (transformed.R), closed forms, simulation."""

import numpy as np
import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.interpret.expected.taken_back import ExpectedAt

PIGS = (
    *("log(conc)", "log10(conc)", "log2(conc)", "log1p(conc)", "sqrt(conc)", "log(conc + 1)"),
    *("log(conc + 5)", "scale(conc)", "2 * sqrt(conc)", "asin(sqrt(share))", "asinh(sqrt(conc))"),
    *("log(conc/10)", "I(conc^2)", "1/conc", "BoxCox(conc, 0.25)"),
)


@pytest.fixture(scope="module")
def pigs_fit(pretend, table, truth):
    data = table("pigs")
    data = data.assign(share=data["conc"] / 100)

    def fit(response):
        known = truth("transformed")[response]
        return pretend(f"{response} ~ source + factor(percent)", data, known["coef"])

    return fit


@pytest.mark.parametrize("response", PIGS)
def test_medians_and_their_differences_are_those_of_emmeans(pigs_fit, truth, response):
    fit, known = pigs_fit(response), truth("transformed")[response]
    means = fit.means("source")
    np.testing.assert_allclose(means["estimate"], known["response"], rtol=1e-9)
    differences = means.contrasts("pairwise", compare="difference")
    np.testing.assert_allclose(differences["estimate"], known["differences"], rtol=1e-9)
    linked = fit.means("source", scale="link")
    np.testing.assert_allclose(linked["estimate"], known["link"], rtol=1e-9)
    assert f"(scale of {fit.spec.design.response_name})" in linked.title


@pytest.mark.parametrize("response", PIGS)
def test_differences_of_logarithms_are_ratios_that_are_named(pigs_fit, truth, response):
    made = pigs_fit(response).means("source").contrasts("pairwise")
    known = truth("transformed")[response].get("ratios") or []
    if response == "log1p(conc)":  # of which emmeans has none, but the same numbers here
        known = truth("transformed")["log(conc + 1)"]["ratios"]
    assert (made.scale == "ratio") == bool(known)
    if known:
        np.testing.assert_allclose(made["estimate"], known, rtol=1e-9)
        assert made.title.endswith("of conc + 1") == ("1" in response and "10" not in response)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"f": np.tile(["a", "b"], 30), "x": rng.normal(size=60)})
    return frame.assign(y=rng.gamma(4, 2, 60) + 0.5, s=rng.uniform(0.1, 0.9, 60))


SIGMA = 0.6
#: E[h(eta + SIGMA z)] in closed form.
MEANS = {
    "log(y)": lambda eta: np.exp(eta + SIGMA**2 / 2),
    "log10(y)": lambda eta: 10**eta * np.exp((SIGMA * np.log(10)) ** 2 / 2),
    "log(y + 3)": lambda eta: np.exp(eta + SIGMA**2 / 2) - 3,
    "log1p(y)": lambda eta: np.exp(eta + SIGMA**2 / 2) - 1,
    "asinh(y)": lambda eta: np.sinh(eta) * np.exp(SIGMA**2 / 2),
    "scale(log(y))": None,
    "scale(y)": None,
}


@pytest.mark.parametrize("response", [name for name, known in MEANS.items() if known])
def test_means_over_residuals_have_their_closed_form(pretend, data, response):
    fit = pretend(f"{response} ~ f + x", data, [1.0, 0.5, 0.2], sigma=((), SIGMA))
    eta = fit.means("f", scale="link")["estimate"]
    found = fit.means("f", center="mean")
    np.testing.assert_allclose(found["estimate"], MEANS[response](eta), rtol=1e-9)
    assert found.title.startswith("Means of y by f (averaged over the residuals of")


@pytest.mark.parametrize("response", ["sqrt(y)", "logit(s)", "scale(log(y))", "boxcox(y, 0.3)"])
def test_means_over_residuals_are_those_of_many_responses(pretend, data, response):
    fit = pretend(f"{response} ~ f + x", data, [0.8, 0.5, 0.2], sigma=((), 0.3))
    eta = fit.means("f", scale="link")["estimate"].to_numpy()
    z = np.random.default_rng(1).normal(size=400_000)
    back = fit.spec.transformation.back
    expected = [back(each + 0.3 * z).mean() for each in eta]
    errors = [back(each + 0.3 * z).std() / np.sqrt(len(z)) for each in eta]
    found = fit.means("f", center="mean")["estimate"]
    assert (np.abs(found - expected) < 4.5 * np.array(errors)).all()


def test_means_of_a_root_over_all_groups_are_known_where_few_groups_reach_0(pretend, data):
    grouped = data.assign(g=np.tile(["g1", "g2", "g3"], 20))
    own = {"sigma": ((), 0.4), "sd_g": (("g_effect",), [0.5])}
    fit = pretend("sqrt(y) ~ f + x + (1 | g)", grouped, [3.5, 0.5, 0.0], **own)
    found = fit.means("f", center="mean", groups="integrated")["estimate"]
    expected = np.array([3.5, 4.0]) ** 2 + 0.4**2 + 0.5**2
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("sigma", ["one", "by row"])
@pytest.mark.parametrize("over", ["grid", "data"])
@pytest.mark.parametrize(
    ("response", "center"), [*((n, 2.0) for n, known in MEANS.items() if known), ("sqrt(y)", 5.0)]
)
def test_means_over_residuals_and_groups_are_those_over_each_in_turn(
    pretend, data, response, center, over, sigma
):
    rng = np.random.default_rng(2)
    grouped = pd.concat([data] * 2).assign(g=np.tile(["g1", "g2", "g3"], 40))
    own = {"sd_g": (("g_effect",), rng.uniform(0.2, 0.5, (2, 40, 1)))}
    if sigma == "one":
        formulas = f"{response} ~ f + x + (1 | g)"
        own["sigma"] = ((), rng.uniform(0.2, 0.5, (2, 40)))
    else:
        formulas = [f"{response} ~ f + x + (1 | g)", "sigma ~ f"]
        own["b_sigma"] = (("effect_sigma",), rng.normal([-1.0, 0.3], 0.1, (2, 40, 2)))
    spread = np.diag([0.05**2] * 3)
    fit = pretend(formulas, grouped, [center, 0.3, 0.1], vcov=spread, draws=40, **own)
    asked = {"center": "mean", "groups": "integrated", "over": over, "average": "response"}
    found = fit.means("f", **asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExpectedAt, "with_residuals", lambda *_: None)
        expected = fit.means("f", **asked)
    np.testing.assert_allclose(found.samples, expected.samples, rtol=1e-8)


def test_known_sds_of_each_row_are_integrated_over(pretend, data):
    made = {"b_sigma": (("effect_sigma",), [-1.0, 0.4])}
    fit = pretend(["log(y) ~ f", "sigma ~ f"], data, [1.0, 0.5], **made)
    sd = np.exp([-1.0, -0.6])
    expected = np.exp(np.array([1.0, 1.5]) + sd**2 / 2)
    np.testing.assert_allclose(fit.means("f", center="mean")["estimate"], expected, rtol=1e-9)
    np.testing.assert_allclose(fit.means("f")["estimate"], np.exp([1.0, 1.5]), rtol=1e-12)


@pytest.mark.parametrize("center", ["median", "mean"])
@pytest.mark.parametrize("response", ["log(y)", "sqrt(y)", "1/y", "scale(y)", "log(y + 2)"])
def test_slopes_are_those_of_the_means_along_the_variable(pretend, data, response, center):
    if response == "1/y" and center == "mean":
        pytest.skip("has none")
    fit = pretend(f"{response} ~ f + x", data, [1.0, 0.5, 0.2], sigma=((), 0.2))
    step = 1e-4
    ends = fit.means("f", by="x", at={"x": [1 - step, 1 + step]}, center=center)
    low, high = ends.frame.pivot(index="f", columns="x", values="estimate").to_numpy().T
    found = fit.slopes("x", by="f", at={"x": 1.0}, scale="response", center=center)
    np.testing.assert_allclose(found["estimate"], (high - low) / (2 * step), rtol=1e-6)


def test_predictions_and_new_values_are_those_of_what_was_measured(pretend, data):
    linear = pretend("log(y) ~ f + x", data, [1.0, 0.5, 0.2], sigma=((), 0.3))
    rows = data[:4]
    eta = linear.predictions(rows, kind="linear")["estimate"]
    found = linear.predictions(rows)
    np.testing.assert_allclose(found["estimate"], np.exp(eta), rtol=1e-12)
    assert found.title == "Predicted medians of y (taken back from log(y))"
    drawn = linear.predictions(rows, kind="response", seed=1)
    plain = pretend(
        "ly ~ f + x", data.assign(ly=np.log(data["y"])), [1.0, 0.5, 0.2], sigma=((), 0.3)
    )
    same = plain.predictions(plain.spec.design.data[:4], kind="response", seed=1)
    np.testing.assert_allclose(drawn.samples, np.exp(same.samples), rtol=1e-12)


@pytest.mark.parametrize(
    ("response", "family", "options", "said"),
    [
        ("y", "gaussian", {}, "center= is for transformed responses"),
        ("abs(x)", "gaussian", {}, "center= is for transformed responses"),
        ("log(y)", "gaussian", {"scale": "link"}, "On the link scale means are those of log(y)"),
        ("1/y", "gaussian", {}, "The mean of y is infinite"),
        ("log(y)", "student", {}, "have too heavy tails"),
    ],
)
def test_means_that_there_are_not_are_refused(pretend, data, response, family, options, said):
    rest = {"sigma": ((), 0.5), **({"nu": ((), 3.0)} if family == "student" else {})}
    fit = pretend(f"{response} ~ f", data, [1.0, 0.5], family, **rest)
    with pytest.raises(DataError, match=said.replace("(", r"\(").replace(")", r"\)")):
        fit.means("f", center="mean", **options)


def test_what_cannot_be_undone_stays_on_its_scale_and_says_so(pretend, data):
    made = pretend("abs(x) ~ f", data, [1.0, 0.5]).means("f")
    assert made.title == "Means of abs(x) by f (scale of abs(x))"
    assert (
        "Means are on the scale of abs(x), which cannot be taken back on these data." in made.notes
    )


@pytest.mark.parametrize("response", ["I(y / 10)", "y - 3", "I(100 - y)"])
def test_arithmetic_is_a_unit_that_was_chosen(pretend, data, response):
    made = pretend(f"{response} ~ f", data, [1.0, 0.5]).means("f")
    np.testing.assert_allclose(made["estimate"], [1.0, 1.5])
