"""Steps: two-valued numbers, steps beyond the data, and what a table says of both.

Right values are those of the logistic curve, by hand.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import mixwell as mw
from mixwell.errors import DataError

B = np.array([-1.5, 2.2, 0.3])


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    t = np.tile([0, 1], 20)
    return pd.DataFrame({"t": t, "x": np.linspace(0, 9, 40), "y": rng.integers(0, 2, 40)})


@pytest.fixture(scope="module")
def fit(pretend, data):
    return pretend("y ~ t + x", data, B, "bernoulli")


def chance(data, t, x=None):
    x = data["x"] if x is None else x
    return expit(B[0] + B[1] * np.asarray(t) + B[2] * np.asarray(x))


@pytest.mark.parametrize("over", ["grid", "data"])
@pytest.mark.parametrize(
    ("kind", "of"),
    [
        ("difference", lambda before, after: after - before),
        ("ratio", lambda before, after: after / before),
        ("lift", lambda before, after: after / before - 1),
    ],
)
def test_a_number_of_two_values_goes_from_the_one_to_the_other(fit, data, over, kind, of):
    x = data["x"] if over == "data" else data["x"].mean()
    expected = of(chance(data, 0, x).mean(), chance(data, 1, x).mean())
    for options in ({}, {"step": 1}, {"step": (0, 1)}, {"at": {"t": 0}}):
        if "at" in options and over == "data":
            continue
        made = fit.comparisons("t", over=over, kind=kind, **options)
        assert made["estimate"].tolist() == pytest.approx([expected])
        assert made["contrast"].tolist() == ["1 / 0" if kind == "ratio" else "1 - 0"]


@pytest.mark.parametrize("values", [(0, 1), (1, 2), (-0.5, 0.5), (10, 30), (0.1, 0.4)])
@pytest.mark.parametrize("dtype", ["float64", "Float64"])
def test_the_two_values_may_be_any(pretend, data, values, dtype):
    low, high = values
    coded = data.assign(t=data["t"].map({0: low, 1: high}).astype(dtype))
    made = pretend("y ~ t", coded, [-1.0, 0.1], "bernoulli")
    shown = [f"({value:g})" if value < 0 else f"{value:g}" for value in (high, low)]
    assert made.comparisons("t")["contrast"].tolist() == [" - ".join(shown)]
    expected = expit(-1 + 0.1 * high) - expit(-1 + 0.1 * low)
    assert made.comparisons("t", over="data")["estimate"][0] == pytest.approx(expected)
    slope = made.slopes("t", scale="response", over="data")
    assert slope["estimate"][0] == pytest.approx(expected / (high - low))
    assert made.slopes("t")["estimate"][0] == pytest.approx(0.1)


def test_a_negative_step_goes_back(fit):
    made = fit.comparisons("t", step=-1)
    assert made["contrast"].tolist() == ["0 - 1"]
    assert made["estimate"][0] == pytest.approx(-fit.comparisons("t")["estimate"][0])


def test_the_slope_of_two_values_is_their_difference_on_any_curve(pretend, data):
    made = pretend("y ~ log(t + 1) * x", data, [-1.0, 2.0, 0.1, 0.05], "bernoulli")
    eta = np.array(
        [[-1 + 0.1 * x, -1 + 2 * np.log(2) + (0.1 + 0.05 * np.log(2)) * x] for x in data["x"]]
    )
    assert made.slopes("t", over="data")["estimate"][0] == pytest.approx(np.diff(eta).mean())
    on_response = made.slopes("t", over="data", scale="response")
    assert on_response["estimate"][0] == pytest.approx(np.diff(expit(eta)).mean())
    assert any("t has two values" in note for note in on_response.notes)


def test_at_gives_other_values_than_the_two(fit, data):
    made = fit.comparisons("t", at={"t": 0.5})
    x = data["x"].mean()
    assert made["contrast"].tolist() == ["+ 1"]
    assert made["estimate"][0] == pytest.approx(chance(data, 1.5, x) - chance(data, 0.5, x))


@pytest.mark.parametrize(
    ("variable", "options", "said"),
    [
        ("t", {}, "t goes from 0 to 1, within the data's range (0 to 1)."),
        (
            "t",
            {"over": "data"},
            "t goes from 0 to 1 in each of the 40 rows, in none of them beyond",
        ),
        ("x", {}, "x goes from 4.5 to 5.5, within the data's range (0 to 9)."),
        ("x", {"step": 5}, "x goes from 4.5 to 9.5, beyond the data's range (0 to 9)."),
        ("x", {"step": (0, 12)}, "x goes from 0 to 12, beyond the data's range (0 to 9)."),
        (
            "x",
            {"step": (0, 12), "over": "data"},
            "to 12 in each of the 40 rows, in all of them beyond",
        ),
        (
            "x",
            {"over": "data"},
            "x goes from x to x + 1 in each of the 40 rows, in 5 of them beyond",
        ),
        ("x", {"step": -1, "over": "data"}, "from x to x - 1 in each of the 40 rows, in 5 of them"),
        ("x", {"step": "sd"}, "x goes from 4.5 to 7.1978, within the data's range (0 to 9)."),
        ("x", {"over": "data", "kind": "ratio"}, "in 5 of them beyond the data's range (0 to 9)."),
        (
            "x",
            {"at": {"x": 8.5}, "over": "data"},
            "from 8.5 to 9.5 in each of the 40 rows, in all of",
        ),
        ("x", {"at": {"x": [0, 8.5]}}, "averaged over x = 0, 8.5; 1 of these 2 steps goes beyond"),
        ("x", {"at": {"x": [0, 4]}, "by": "x"}, "with x = 0, 4; none of these 2 steps goes beyond"),
    ],
)
def test_a_line_says_from_what_to_what_and_how_often_beyond_the_data(fit, variable, options, said):
    made = fit.comparisons(variable, **options)
    assert said in made.notes[0]
    assert made.notes[0] in " ".join(str(made).split())
    assert not any("Averaged over" in note and f"{variable} (" in note for note in made.notes)


def test_numbers_far_from_zero_are_said_with_the_digits_in_which_they_differ(data):
    far = data.assign(x=1.7e9 + 60 * data["x"], z=2.46e6 + np.sin(7 * data["x"]))
    fit = mw.Model("y ~ x + z + t", far, family="bernoulli").fit(draws=100, seed=1)
    notes = fit.comparisons("x", step=60, at={"z": 2460001.25}).notes
    assert notes[0] == (
        "x goes from 1700000270 to 1700000330, within the data's range (1700000000 to 1700000540)."
    )
    assert any("z = 2460001.25" in note for note in notes)
    outside = fit.means("t", at={"x": 1.8e9}).notes
    assert any("1800000000 lies outside the data (1700000000 to" in note for note in outside)


def test_the_rows_beyond_are_those_that_leave_the_range_of_the_data(fit, data):
    beyond = int((data["x"] + 1 > data["x"].max()).sum())
    assert f"in {beyond} of them" in fit.comparisons("x", over="data").notes[0]


def test_a_forward_difference_says_its_step(fit):
    assert fit.slopes("x", delta=5).notes[0].startswith("x goes from 4.5 to 9.5, beyond")
    assert not any("goes from" in note for note in fit.slopes("x").notes)


@pytest.mark.parametrize(
    ("variable", "options", "said"),
    [
        ("x", {"step": True}, "step=True says no change"),
        ("x", {"step": (False, True)}, "says no change"),
        ("x", {"step": ("0", "1")}, "says no change"),
        ("x", {"step": "1"}, "says no change"),
        ("x", {"step": (0, np.nan)}, "says no change"),
        ("x", {"step": (3, 3)}, "says no change"),
        ("x", {"step": {}}, "says no change"),
        ("x", {"step": (0, 1), "at": {"x": 5}}, "at= cannot give it a value"),
        ("t", {"by": "t"}, "cannot both go from value to value and stand in by="),
        ("x", {"kind": "ratio", "scale": "link"}, "differences, no ratios"),
        ("x", {"kind": "lift", "scale": "link"}, "differences, no lifts"),
    ],
)
def test_what_is_no_step_is_refused(fit, variable, options, said):
    with pytest.raises(DataError, match=said):
        fit.comparisons(variable, **options)


@pytest.mark.parametrize("delta", [True, "0.1", 0, np.inf])
def test_what_is_no_distance_is_refused(fit, delta):
    with pytest.raises(DataError, match="delta= is the distance"):
        fit.slopes("x", delta=delta)


@pytest.mark.parametrize("step", [1, True])
def test_levels_have_no_unit_step(pretend, data, step):
    made = pretend("y ~ f", data.assign(f=np.tile(list("abcd"), 10)), np.zeros(4), "bernoulli")
    assert len(made.comparisons("f")) == 3
    with pytest.raises(DataError, match="means nothing between"):
        made.comparisons("f", step=step)


def test_a_factor_of_one_level_has_nothing_to_compare(data):
    fit = mw.Model("y ~ as.numeric(f) + x", data.assign(f="only")).fit(seed=1, draws=20)
    with pytest.raises(DataError, match="f has one level here, only: there is none to compare"):
        fit.comparisons("f")
