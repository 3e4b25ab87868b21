"""What rows carry: weights, trials, errors, limits, offsets, the columns of further parameters."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

from mixwell.errors import DataError, MixwellError

DRAWS = 4000


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    n = 40
    frame = pd.DataFrame({"x": rng.normal(size=n), "w": np.where(np.arange(n) % 2, 100.0, 1.0)})
    frame["n"] = rng.integers(5, 20, n)
    frame["k"] = rng.binomial(frame["n"], 0.4)
    frame["f"] = frame["n"] - frame["k"]
    frame["y"] = rng.normal(size=n)
    frame["pos"] = np.exp(frame["y"])
    frame["lo"], frame["hi"] = frame["y"] - 1, frame["y"] + 2
    return frame.assign(e=0.5, c=0, z=rng.normal(size=n), user=np.arange(n) % 8)


@pytest.fixture(scope="module")
def fit(pretend, data):
    """Return a maker of fits of these data with coefficients 1 and 0.5 and a sigma of 1."""

    def make(formula, family="gaussian", **choices):
        own = {"sigma": ((), 1.0)} if family in ("gaussian", "lognormal") else {}
        own = choices.pop("variables", own)
        return pretend(formula, data, [1.0, 0.5], family, choices, chains=4, draws=1000, **own)

    return make


def spreads(made):
    return made["sd"].to_numpy()


@pytest.mark.parametrize(
    ("formula", "weights"),
    [("y ~ x", "w"), ("y | weights(w) ~ x", None), ("y ~ x", "series")],
)
def test_new_responses_of_given_rows_have_the_rows_own_weights(fit, data, formula, weights):
    given = data["w"] if weights == "series" else weights
    model = fit(formula, weights=given)
    inside = model.predictions(kind="response", seed=1)
    rows = model.predictions(data, kind="response", seed=1)
    np.testing.assert_array_equal(rows.samples, inside.samples)
    new = model.predictions({"x": [0.0, 0.0], "w": [100.0, 4.0]}, kind="response", seed=1)
    np.testing.assert_allclose(spreads(new), [0.1, 0.5], rtol=0.05)  # sigma / sqrt(w)


def test_rescaled_weights_keep_the_unit_that_the_fit_learned(fit, data):
    model = fit("y | weights(w, scale = TRUE) ~ x")
    # brms: w / sum(w) * n, of the rows of the fit
    expected = 1 / np.sqrt(np.array([100.0, 1.0]) / data["w"].mean())
    one = model.predictions(data.iloc[[1]], kind="response", seed=1)
    assert spreads(one)[0] == pytest.approx(expected[0], rel=0.05)
    np.testing.assert_allclose(
        model.spec.response.weights, data["w"] / data["w"].mean(), rtol=1e-12
    )


def test_rescaled_weights_have_a_mean_of_1_in_the_rows_that_stay(pretend, data):
    holed = data.assign(x=data["x"].where(data.index > 0))
    model = pretend("y | weights(w, scale = TRUE) ~ x", holed, [1.0, 0.5])
    assert model.spec.response.weights.mean() == pytest.approx(1.0)


def test_known_errors_and_limits_are_those_of_the_rows(fit):
    rows = {"x": [0.0, 0.0], "e": [0.1, 2.0]}
    made = fit("y | se(e) ~ x", variables={}).predictions(rows, "response", seed=1)
    np.testing.assert_allclose(spreads(made), [0.1, 2.0], rtol=0.05)
    rows = {"x": [0.0, 0.0], "lo": [2.0, -9.0], "hi": [5.0, 0.5]}
    made = fit("y | trunc(lb = lo, ub = hi) ~ x").predictions(rows, "response", seed=1)
    for row, (low, high) in enumerate([(2.0, 5.0), (-9.0, 0.5)]):
        known = stats.truncnorm(low - 1, high - 1, loc=1)
        assert low < made.samples[row].min()
        assert made.samples[row].max() < high
        assert made["estimate"][row] == pytest.approx(known.mean(), abs=4 * known.std() / 60)


def test_the_response_of_new_rows_is_not_read(fit, data):
    model = fit("y | trunc(lb = lo) ~ x")
    rows = data.head(2).assign(y=[np.nan, -99.0])  # unknown, and outside its limits
    without = model.predictions(rows.drop(columns="y"), "response", seed=1)
    np.testing.assert_array_equal(
        model.predictions(rows, "response", seed=1).samples, without.samples
    )


@pytest.mark.parametrize(
    ("formula", "choices", "rows"),
    [
        ("k | trials(n) ~ x", {}, {"n": [10, 1000]}),
        ("cbind(k, n - k) ~ x", {}, {"n": [10, 1000]}),
        ("cbind(k, n - k) ~ x", {}, {"n": [10, 1000], "k": [np.nan, np.nan]}),
        ("cbind(k, f) ~ x", {}, {"k": [3, 400], "f": [7, 600]}),
        ("p(k, n) ~ x", {}, {"n": [10, 1000]}),
        ("k / n ~ x", {"weights": "n"}, {"n": [10, 1000]}),
    ],
)
def test_trials_are_those_of_the_rows_in_every_spelling(fit, formula, choices, rows):
    made = fit(formula, "binomial", **choices).predictions(
        {"x": [0.0, 0.0], **rows}, "response", seed=1
    )
    np.testing.assert_allclose(made["estimate"], np.array([10, 1000]) * expit(1.0), rtol=0.02)


BINOMIAL, SIGMA = {"family": "binomial"}, {"variables": {"b_sigma": (("sigma_effect",), [0, 1.0])}}
CARRIED = [
    ("y ~ x", {"weights": "w"}, "w"),
    ("y | weights(w) ~ x", {}, "w"),
    ("y | se(e) ~ x", {"variables": {}}, "e"),
    ("y | trunc(lb = lo) ~ x", {}, "lo"),
    ("y | trunc(ub = hi) ~ x", {}, "hi"),
    ("k | trials(n) ~ x", BINOMIAL, "n"),
    ("cbind(k, n - k) ~ x", BINOMIAL, "n"),
    ("cbind(k, f) ~ x", BINOMIAL, "f"),
    ("k / n ~ x", {**BINOMIAL, "weights": "n"}, "n"),
    ("y ~ x + offset(z)", {}, "z"),
    (["y ~ x", "sigma ~ z"], SIGMA, "z"),
    (["y ~ x", "sigma ~ offset(z)"], {"variables": {}}, "z"),
]


@pytest.mark.parametrize(("formula", "choices", "column"), CARRIED)
def test_what_is_carried_is_refused_by_name_where_it_is_absent(fit, data, formula, choices, column):
    model = fit(formula, **choices)
    with pytest.raises(MixwellError, match=f"'{column}'"):
        model.predictions(data.drop(columns=column), "response", seed=1)


@pytest.mark.parametrize(("formula", "choices", "column"), CARRIED)
def test_a_gap_in_what_is_carried_is_refused_like_one_in_x(fit, data, formula, choices, column):
    rows = data.assign(**{column: data[column].where(data.index != 3)})
    with pytest.raises(DataError, match=f"a missing value in .*{column}") as raised:
        fit(formula, **choices).predictions(rows, "response", seed=1)
    assert "row 3" in str(raised.value)


@pytest.mark.parametrize(
    ("formula", "choices", "rows", "said"),
    [
        ("k | trials(n) ~ x", BINOMIAL, {"n": [10.9]}, "whole numbers from 0 on; n has 10.9"),
        ("k | trials(n) ~ x", BINOMIAL, {"n": [-1]}, "n has -1"),
        ("cbind(k, f) ~ x", BINOMIAL, {"k": [1], "f": [2.5]}, "has 3.5"),
        ("k / n ~ x", {**BINOMIAL, "weights": "n"}, {"n": [10.9]}, "n has 10.9"),
        ("y ~ x", {"weights": "w"}, {"w": [-1.0]}, "cannot be negative"),
        ("y ~ x", {"weights": "w"}, {"w": [0.0]}, "weight 0"),
        ("y ~ x", {"weights": np.ones(40)}, {}, "given as numbers"),
        ("y | se(e) ~ x", {"variables": {}}, {"e": [0.0]}, "must be above 0"),
        ("y | trunc(lb = lo, ub = hi) ~ x", {}, {"lo": [3.0], "hi": [2.0]}, "lies above"),
        ("y | trunc(lb = lo) ~ x", {}, {"lo": [99.0]}, "nothing lies between"),
    ],
)
def test_what_a_row_cannot_carry_is_refused(fit, formula, choices, rows, said):
    with pytest.raises(DataError, match=said):
        fit(formula, **choices).predictions({"x": [0.0], **rows}, "response", seed=1)


@pytest.mark.parametrize(("formula", "choices", "column"), CARRIED)
def test_a_mean_needs_none_of_it_but_offset_and_bounds(fit, data, formula, choices, column):
    model = fit(formula, **choices)
    if "x + offset" in formula or "trunc" in formula:
        with pytest.raises(MixwellError, match=f"'{column}'"):
            model.predictions({"x": [0.0]})
        return
    mean = expit(1.0) if "family" in choices else 1.0
    assert model.predictions({"x": [0.0]})["estimate"][0] == pytest.approx(mean)


def test_a_mean_that_depends_on_another_parameter_needs_its_columns(fit):
    model = fit(["pos ~ x", "sigma ~ z"], "lognormal", **SIGMA)
    made = model.predictions({"x": [0.0, 0.0], "z": [0.0, -1.0]})
    np.testing.assert_allclose(made["estimate"], np.exp(1 + np.exp([0.0, -2.0]) / 2))
    with pytest.raises(MixwellError, match="'z'"):
        model.predictions({"x": [0.0]})
    assert model.predictions({"x": [0.0]}, "linear")["estimate"][0] == 1.0


# -- columns of the mean ---------------------------------------------------------------------


def test_a_column_that_groups_read_too_is_needed_where_the_mean_reads_it(pretend, data):
    model = pretend(
        "y ~ x + (x | user)",
        data,
        [1.0, 0.5],
        sd_user=(("user_effect",), [1.0, 1.0]),
        sigma=((), 1.0),
    )
    assert model.predictions({"x": [2.0]})["estimate"][0] == pytest.approx(2.0)
    with pytest.raises(MixwellError, match="'x'"):
        model.predictions({"user": [1]})


@pytest.fixture(scope="module")
def only_slopes(pretend, data):
    """Return a fit whose slope on z stands in the random effects alone."""
    return pretend(
        "y ~ x + (0 + z | user)",
        data.assign(z=data["z"] + 5),
        [1.0, 0.5],
        chains=4,
        draws=1000,
        sd_user=(("user_effect",), [1.0]),
        r_user=(("user", "user_effect"), np.arange(8.0)[:, None]),
        sigma=((), 1.0),
    )


def test_new_groups_need_the_columns_of_their_effects(only_slopes):
    made = only_slopes.predictions({"x": [0.0], "z": [3.0]}, groups="new", seed=1)
    assert made["sd"][0] == pytest.approx(3.0, rel=0.05)
    with pytest.raises(MixwellError, match="'z'"):
        only_slopes.predictions({"x": [0.0]}, groups="new", seed=1)
    assert only_slopes.predictions({"x": [0.0]})["estimate"][0] == 1.0


def test_a_grid_holds_the_columns_of_new_groups_effects_at_their_mean(only_slopes, data):
    made = only_slopes.comparisons("x", groups="new", scale="link", seed=1)
    assert made["estimate"][0] == pytest.approx(0.5)
    made = only_slopes.means((), at={"x": 0.0}, groups="new", seed=1)
    assert made["sd"][0] == pytest.approx(data["z"].mean() + 5, rel=0.05)


# -- averages over the data's rows -----------------------------------------------------------


@pytest.fixture(scope="module")
def spread(fit):
    """Return a lognormal fit whose sigma is exp(z): means are exp(1 + x / 2 + exp(2 z) / 2)."""
    return fit(["pos ~ x", "sigma ~ z"], "lognormal", **SIGMA)


def test_averages_of_responses_over_rows_have_the_rows_own_parameters(spread, data):
    def mean(x):
        return np.exp(1 + 0.5 * x + np.exp(2 * data["z"]) / 2).mean()

    over = spread.means((), over="data", average="response")
    assert over["estimate"][0] == pytest.approx(mean(data["x"]))
    step = spread.comparisons("x", over="data")
    assert step["estimate"][0] == pytest.approx(mean(data["x"] + 1) - mean(data["x"]))
    slope = spread.slopes("x", over="data", scale="response")
    assert slope["estimate"][0] == pytest.approx(0.5 * mean(data["x"]))


def test_a_parameter_that_the_mean_depends_on_is_averaged_on_the_grid_too(spread, data):
    at_means = np.exp(1 + data["x"].mean() / 2 + np.exp(2 * data["z"].mean()) / 2)
    assert spread.means(())["estimate"][0] == pytest.approx(at_means)
    by_z = spread.means("z", at={"z": [0.0, 0.5], "x": 0.0})
    np.testing.assert_allclose(by_z["estimate"], np.exp(1 + np.exp([0.0, 1.0]) / 2))
    step = spread.comparisons("z", at={"z": [0.0], "x": 0.0})
    assert step["estimate"][0] == pytest.approx(np.exp(1 + np.exp(2) / 2) - np.exp(1.5))
    assert spread.means((), scale="link")["estimate"][0] == pytest.approx(1.0, abs=0.2)


def test_a_slope_goes_through_every_parameter_that_the_mean_depends_on(fit):
    model = fit(["pos ~ x", "sigma ~ x"], "lognormal", **SIGMA)
    x = model.spec.design.data["x"]
    mean = [np.exp(1 + 0.5 * v + np.exp(2 * v) / 2) for v in (x, x + 1)]
    slope = model.slopes("x", over="data", scale="response")
    assert slope["estimate"][0] == pytest.approx((mean[0] * (0.5 + np.exp(2 * x))).mean())
    made = model.comparisons("x", over="data")
    assert made["estimate"][0] == pytest.approx((mean[1] - mean[0]).mean())


# -- offsets ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rates(pretend, data):
    """Return a fit of counts: the mean is t exp(1 + x / 2)."""
    frame = data.assign(t=np.linspace(1, 5, len(data)))
    return pretend("k ~ x + offset(log(t))", frame, [1.0, 0.5], "poisson")


def test_a_variable_of_the_offset_is_not_held_with_it(rates):
    one = np.exp(1 + 0.5 * rates.spec.design.data["x"].mean())  # the mean at t = 1
    for options, change in (({}, one), ({"step": (1, 4)}, 3 * one)):
        assert rates.comparisons("t", **options)["estimate"][0] == pytest.approx(change)
    ratio = rates.comparisons("t", step=(1, 4), kind="ratio")
    assert ratio["estimate"][0] == pytest.approx(4)
    assert rates.comparisons("t", scale="link")["estimate"][0] == pytest.approx(np.log(4 / 3))
    assert rates.slopes("t", scale="response")["estimate"][0] == pytest.approx(one)
    assert rates.slopes("t")["estimate"][0] == pytest.approx(1 / 3)


def test_other_variables_change_at_the_offsets_mean(rates):
    held = np.exp(1 + np.log(np.linspace(1, 5, 40)).mean())
    x = rates.spec.design.data["x"].mean()
    change = held * (np.exp(0.5 * (x + 1)) - np.exp(0.5 * x))
    made = rates.comparisons("x")
    assert made["estimate"][0] == pytest.approx(change)
    assert any("offset is held at its mean" in note for note in made.notes)
