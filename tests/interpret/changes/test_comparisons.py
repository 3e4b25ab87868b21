"""Comparisons: steps of numbers and levels, kinds, averages over a grid and over the data."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import mixwell as mw
from mixwell.errors import DataError


@pytest.fixture(scope="module")
def sleep(pretend, table):
    formula = "Reaction ~ Days + (Days | Subject)"
    return pretend(formula, table("sleepstudy"), [250.0, 10.0], vcov=np.diag([1.0, 0.1]), draws=50)


@pytest.fixture(scope="module")
def cbpp(pretend, table):
    formula = "incidence | trials(size) ~ period + (1 | herd)"
    return pretend(formula, table("cbpp"), [-1.4, -1.0, -1.1, -1.6], "binomial")


@pytest.mark.parametrize(
    ("step", "label", "change"),
    [
        (1, "+ 1", 10.0),
        (-2, "- 2", -20.0),
        ("sd", "+ 1 sd (2.88)", None),
        ((0, 9), "9 - 0", 90.0),
    ],
)
def test_a_number_changes_by_a_step(sleep, table, step, label, change):
    made = sleep.comparisons("Days", step=step)
    assert made["contrast"].tolist() == [label]
    slope = float(sleep.posterior["b"].sel(effect="Days").mean())
    expected = table("sleepstudy")["Days"].std() * slope if change is None else change / 10 * slope
    assert made["estimate"][0] == pytest.approx(expected)


def test_levels_are_compared_with_the_first_or_as_asked(cbpp):
    made = cbpp.comparisons("period")
    chance = expit(np.array([-1.4, -2.4, -2.5, -3.0]))
    assert made["contrast"].tolist()[0] == "period2 - period1"
    np.testing.assert_allclose(made["estimate"], chance[1:] - chance[0])
    made = cbpp.comparisons("period", step="sequential", kind="ratio")
    assert made["contrast"].tolist()[2] == "period4 / period3"
    np.testing.assert_allclose(made["estimate"], chance[1:] / chance[:-1])
    made = cbpp.comparisons("period", kind="lift")
    np.testing.assert_allclose(made["estimate"], chance[1:] / chance[0] - 1)
    assert (made.null, cbpp.comparisons("period", kind="ratio").null) == (0.0, 1.0)


@pytest.fixture(scope="module")
def in_blocks(pretend, table):
    def made(*coefficients):
        data = table("sleepstudy").assign(block=lambda rows: "b" + (rows["Days"] % 3).astype(str))
        return pretend("Reaction ~ block + (1 | Subject)", data, coefficients)

    return made


def test_ratios_of_a_linear_mean_are_ratios_on_either_scale(in_blocks):
    fit = in_blocks(250.0, 50.0, -50.0)
    one, other = (
        fit.comparisons("block", kind="ratio", scale=scale) for scale in ("response", "link")
    )
    assert (one.scale, other.scale) == ("ratio", "ratio")
    np.testing.assert_allclose(other.contrasts()["estimate"], [300 / 200])
    pd.testing.assert_frame_equal(one.contrasts().frame, other.contrasts().frame)


def test_ratios_of_both_signs_are_compared_by_differences_only(in_blocks):
    made = in_blocks(2.0, 1.0, -5.0).comparisons("block", kind="ratio")
    np.testing.assert_allclose(made["estimate"], [3 / 2, -3 / 2])
    with pytest.raises(DataError, match="Ratios need values above 0"):
        made.contrasts()
    np.testing.assert_allclose(made.contrasts(compare="difference")["estimate"], [3.0])


def test_ratios_are_of_averages_over_the_data(pretend):
    data = mw.load_data("bangladesh")
    fit = pretend("use ~ age + urban + livch", data, [-1.0, 0.02, 0.7, 0.5, 0.6, 0.4], "bernoulli")
    made = fit.comparisons("urban", over="data", kind="ratio")
    b = fit.posterior["b"].to_numpy()[0, 0]
    before, after = (
        expit(fit.spec.design.evaluate(data.assign(urban=u)).common.to_numpy() @ b).mean()
        for u in ("N", "Y")
    )
    assert made["estimate"][0] == pytest.approx(after / before)
    by = fit.comparisons("age", by="urban", over="data", step=10)
    rows = data[data["urban"] == "Y"]
    ends = [
        expit(fit.spec.design.evaluate(rows.assign(age=rows["age"] + k)).common.to_numpy() @ b)
        for k in (0, 10)
    ]
    assert by["estimate"][1] == pytest.approx((ends[1] - ends[0]).mean())
    assert by["urban"].tolist() == ["N", "Y"]


def test_a_comparison_on_the_grid_holds_the_rest_and_does_not_average_itself(pretend, table):
    fit = pretend(
        "breaks ~ wool * tension", table("warpbreaks"), [3.8, -0.5, -0.6, -0.6, 0.6, 0.2], "poisson"
    )
    made = fit.comparisons("wool", by="tension")
    means = fit.means("wool", by="tension")["estimate"].to_numpy()
    np.testing.assert_allclose(made["estimate"], means[1::2] - means[::2])
    assert not any("wool" in note for note in made.notes)
    link = fit.comparisons("wool", by="tension", scale="link")
    np.testing.assert_allclose(link["estimate"], [-0.5, 0.1, -0.3])
    over = fit.comparisons("wool")
    np.testing.assert_allclose(over["estimate"], (means[1::2] - means[::2]).mean())


@pytest.mark.parametrize(
    ("variable", "options", "said"),
    [
        ("Dayz", {}, 'Did you mean "Days"'),
        ("Days", {"step": "iqr"}, "says no change"),
        ("Days", {"step": 0}, "says no change"),
        ("Days", {"step": (1, 2, 3)}, "says no change"),
        ("Days", {"kind": "odds"}, "Choices: difference, ratio, lift"),
        ("Days", {"step": (0, 1), "by": "Days"}, "by="),
    ],
)
def test_a_change_that_means_nothing_is_refused(sleep, variable, options, said):
    with pytest.raises(DataError, match=said):
        sleep.comparisons(variable, **options)


def test_levels_take_pairs_only(cbpp):
    with pytest.raises(DataError, match="two levels at a time"):
        cbpp.comparisons("period", step="poly")
    with pytest.raises(DataError, match="means nothing between"):
        cbpp.comparisons("period", step=2)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("difference", "(probabilities)"),
        ("ratio", "(ratios of probabilities)"),
        ("lift", "(lifts of probabilities)"),
    ],
)
def test_titles_say_what_is_made_of_the_numbers(cbpp, sleep, kind, said):
    assert said in cbpp.comparisons("period", kind=kind).title
    scale = said.replace("of probabilities", "on the response scale")
    scale = scale.replace("(probabilities)", "(response scale)")
    assert scale in sleep.comparisons("Days", kind=kind).title


@pytest.fixture(scope="module")
def spread(pretend):
    """Return a fit whose z stands in the formula for sigma alone."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame(
        {"y": rng.normal(size=20), "x": rng.normal(size=20), "z": rng.normal(size=20)}
    )
    sigma = (("sigma_effect",), [0.0, 1.0])
    return pretend(["y ~ x", "sigma ~ log(z + 9)"], data, [1.0, 0.5], b_sigma=sigma)


@pytest.mark.parametrize("verb", ["comparisons", "slopes", "means"])
@pytest.mark.parametrize("name", ["log(z + 9)", "z", "y"])
@pytest.mark.parametrize("over", ["grid", "data"])
def test_what_the_mean_does_not_read_is_refused_by_name(spread, verb, name, over):
    with pytest.raises(DataError, match=f"{name[:3]}.*") as raised:
        getattr(spread, verb)(name, over=over)
    said = str(raised.value)
    assert ("does not depend on" in said) or ("no variable of the model" in said)
    if name == "log(z + 9)":
        assert "stands in the formula for sigma" in said


def test_what_a_mean_reads_through_another_parameter_is_compared(pretend):
    """A lognormal mean is exp(mu + sigma^2 / 2), here with sigma = exp(0.2 z)."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"x": rng.normal(size=20), "z": rng.normal(size=20)})
    data["y"] = np.exp(data["x"])
    sigma = (("sigma_effect",), [0.0, 0.2])
    fit = pretend(["y ~ x", "sigma ~ z"], data, [1.0, 0.5], "lognormal", b_sigma=sigma)
    made = fit.comparisons("z", over="data")

    def mean(z):
        return np.exp(1 + 0.5 * data["x"] + np.exp(0.4 * z) / 2).mean()

    expected = mean(data["z"] + 1) - mean(data["z"])
    assert made["estimate"][0] == pytest.approx(expected)


def test_a_population_has_no_levels_of_a_grouping_factor_to_compare(cbpp):
    with pytest.raises(DataError, match="grouping factor"):
        cbpp.comparisons("herd")


@pytest.mark.parametrize("call", ["log(x + 5)", "poly(x, 2)", "I(x^2)"])
def test_a_slope_by_a_computed_number_says_to_name_the_number(pretend, call):
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"y": rng.normal(size=20), "x": rng.normal(size=20)})
    size = 2 if "poly" in call else 1
    fit = pretend(f"y ~ {call}", data, [1.0, *[0.5] * size], sigma=((), 1.0))
    with pytest.raises(DataError, match="is computed from x") as raised:
        fit.slopes(call)
    assert 'fit.slopes("x")' in str(raised.value)
    assert "levels" not in str(raised.value)


def test_nested_levels_over_the_data_are_said_to_stay_as_they_are(pretend):
    data = pd.DataFrame(
        {"y": [1.0, 2, 4, 3, 2, 5, 1, 3], "f": list("uvuvuvuv"), "h": list("aabbaabb")}
    )
    fit = pretend("y ~ f / h", data, [1.0, 2.0, 0.5, 0.3], sigma=((), 1.0))
    for made in (fit.comparisons("f", over="data"), fit.means("f", over="data")):
        assert "h is nested in f: each row keeps its own level of h." in made.notes
    assert any("that there are in each are averaged" in note for note in fit.means("f").notes)
