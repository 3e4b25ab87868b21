"""Means and slopes: grids, `at`, weights, groups, the scale of averaging, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from mixwell.errors import DataError


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    n = 240
    frame = pd.DataFrame(
        {
            "block": rng.choice(["b1", "b2", "b3"], n),
            "side": rng.choice(["left", "right"], n, p=[0.3, 0.7]),
            "old": rng.random(n) < 0.4,
            "age": rng.uniform(18, 65, n).round(),
            "site": rng.integers(1, 4, n),
            "user": [f"u{i % 12:02d}" for i in range(n)],
        }
    )
    return frame.assign(y=rng.normal(size=n), hit=rng.integers(0, 2, n))


@pytest.fixture(scope="module")
def fit(pretend, data):
    formula = "y ~ block * side + old + log(age) + factor(site)"
    return pretend(formula, data, np.linspace(1, 2, 10), vcov=np.eye(10) * 0.01, draws=50)


def by_hand(fit, frame):
    design = fit.spec.design.evaluate(frame)
    b = fit.posterior["b"].to_numpy().reshape(-1, design.mean.fixed.values.shape[1])
    return design.mean.fixed.values @ b.T


def test_the_grid_holds_numbers_at_their_mean_and_averages_every_level(fit, data):
    cells = [
        {"block": "b2", "side": side, "old": old, "site": site, "age": data["age"].mean()}
        for side in ("left", "right")
        for old in (False, True)
        for site in (1, 2, 3)
    ]
    made = fit.means("block")
    assert made["block"].tolist() == ["b1", "b2", "b3"]
    expected = by_hand(fit, pd.DataFrame(cells)).mean(axis=0)
    np.testing.assert_allclose(made.samples[1], expected)
    assert any("age = " in note for note in made.notes)
    assert any("side, old, site with equal weights" in note for note in made.notes)


def test_rows_run_with_the_first_factor_fastest_and_by_slowest(fit):
    made = fit.means(["block", "old"], by="side")
    assert made["block"].tolist()[:4] == ["b1", "b2", "b3", "b1"]
    assert made["old"].tolist()[:4] == [False, False, False, True]
    assert made["side"].tolist() == ["left"] * 6 + ["right"] * 6
    assert made.by == ("side",)


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        (30, [30]),
        ([20, 40], [20, 40]),
        (np.array([20.0, 40.0]), [20, 40]),
        (range(20, 50, 10), [20, 30, 40]),
        ("minmax", "minmax"),
        ("quartiles", "quartiles"),
        ("mean", "mean"),
        (lambda age: age.median(), "median"),
        (lambda age: [age.min(), age.max()], "minmax"),
    ],
)
def test_at_takes_values_names_and_functions(fit, data, asked, values):
    age = data["age"]
    known = {
        "minmax": [age.min(), age.max()],
        "quartiles": age.quantile([0.25, 0.5, 0.75]).tolist(),
        "mean": [age.mean()],
        "median": [age.median()],
    }
    expected = known[values] if isinstance(values, str) else values
    made = fit.means("age", at={"age": asked})
    np.testing.assert_allclose(made["age"], expected)
    assert not any("outside" in note for note in made.notes)


def test_at_may_choose_levels(fit):
    made = fit.means("block", at={"block": ["b3", "b1"], "side": "left", "old": True, "site": 2})
    assert made["block"].tolist() == ["b3", "b1"]
    row = pd.DataFrame([{"block": "b3", "side": "left", "old": True, "site": 2, "age": 1.0}])
    row["age"] = fit.spec.design.data["age"].mean()
    np.testing.assert_allclose(made.samples[0], by_hand(fit, row)[0])


def test_at_outside_the_data_is_allowed_and_said_once(fit):
    made = fit.means("block", at={"age": [10, 200]})
    assert [note for note in made.notes if "outside" in note] == [
        "age = 10, 200 lies outside the data (18 to 65)."
    ]
    assert str(made).count("outside") == 1


def test_a_call_may_be_named_instead_of_its_column(fit):
    one, two = fit.means("factor(site)"), fit.means("site")
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert one["site"].tolist() == [1, 2, 3]


def test_a_cut_number_is_shown_by_its_intervals(pretend, data):
    fit = pretend("y ~ cut(age, c(0, 30, 50, 100))", data, [1.0, 2.0, 4.0])
    made = fit.means("cut(age, c(0, 30, 50, 100))")
    assert made["age"].tolist() == ["(0,30]", "(30,50]", "(50,100]"]
    assert made["estimate"].tolist() == [1.0, 3.0, 5.0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"of": "blok"}, 'Did you mean "block"'),
        ({"of": "block", "by": "sid"}, 'Did you mean "side"'),
        ({"of": "block", "at": {"agee": 3}}, 'Did you mean "age"'),
        ({"of": "block", "at": {"block": "b9"}}, "no level 'b9'"),
        ({"of": "block", "at": {"site": 9}}, "no level 9"),
        ({"of": "block", "at": {"age": "quartile"}}, 'Did you mean "quartiles"'),
        ({"of": "block", "at": {"age": ["x"]}}, "needs numbers"),
        ({"of": "block", "at": {"age": [np.nan]}}, "finite"),
        ({"of": "block", "by": "block"}, "named twice"),
        ({"of": "block", "weights": "same"}, "Choices: equal"),
        ({"of": "block", "scale": "log"}, "Choices: response, link"),
        ({"of": "block", "groups": "all"}, "Choices: population"),
        ({"of": "block", "over": "rows"}, "Choices: grid, data"),
        ({"of": "block", "rope": (1, 0)}, "lower one first"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(fit, options, said):
    with pytest.raises(DataError, match=said):
        fit.means(**options)


def test_over_the_data_sets_what_is_asked_and_keeps_the_rest(fit, data):
    made = fit.means("block", by="side", over="data")
    rows = data[data["side"] == "right"].assign(block="b2")
    np.testing.assert_allclose(made.samples[4], by_hand(fit, rows).mean(axis=0))
    assert made["side"].tolist()[4] == "right"


@pytest.fixture(scope="module")
def logit(pretend, data):
    rng = np.random.default_rng(6)
    draws = (2, 40)
    corr = np.array([[1.0, 0.5], [0.5, 1.0]])
    return pretend(
        "hit ~ block + age + (1 + age | user)",
        data,
        [-0.5, 0.4, 0.9, 0.01],
        "bernoulli",
        vcov=np.eye(4) * 1e-4,
        draws=draws[1],
        sd_user=(("user_effect",), [0.5, 0.02]),
        corr_user=(("user_effect", "user_effect_"), corr),
        r_user=(("user", "user_effect"), rng.normal(size=(*draws, 12, 2)) * [0.5, 0.02]),
    )


def test_the_scale_of_averaging_is_chosen_and_said(logit, data):
    linear = logit.means("block", over="data", scale="link")
    back = logit.means("block", over="data")
    responses = logit.means("block", over="data", average="response")
    np.testing.assert_allclose(back.samples, expit(linear.samples))
    chances = expit(by_hand(logit, data.assign(block="b1"))).mean(axis=0)
    np.testing.assert_allclose(responses.samples[0], chances)
    assert any("averaged on the logit scale" in note for note in back.notes)
    assert any("the responses are averaged" in note for note in responses.notes)


def test_p_direction_is_counted_beside_the_mean_at_a_linear_predictor_of_0(logit):
    link, response = logit.means("block", scale="link"), logit.means("block")
    assert response.null == 0.5
    np.testing.assert_array_equal(link["p_direction"], response["p_direction"])


def test_existing_groups_are_averaged_with_their_deviations(logit, data):
    made = logit.means("block", groups="existing", average="response")
    r = logit.posterior["r_user"].to_numpy().reshape(-1, 12, 2)
    age = data["age"].mean()
    eta = by_hand(logit, pd.DataFrame({"block": ["b1"], "age": [age], "user": ["u00"]}))[0]
    chances = expit(eta[:, None] + r[..., 0] + r[..., 1] * age).mean(axis=1)
    np.testing.assert_allclose(made.samples[0], chances)


def test_existing_levels_can_be_asked_for_one_by_one(logit, data):
    made = logit.means("user", at={"block": "b2"}, groups="existing", scale="link")
    assert made["user"].tolist() == sorted(set(data["user"]))
    r = logit.posterior["r_user"].to_numpy().reshape(-1, 12, 2)
    age = data["age"].mean()
    eta = by_hand(logit, pd.DataFrame({"block": ["b2"], "age": [age], "user": ["u00"]}))[0]
    np.testing.assert_allclose(made.samples[3], eta + r[:, 3, 0] + r[:, 3, 1] * age)
    with pytest.raises(DataError, match='groups="existing"'):
        logit.means("user")


def test_combinations_of_groups_that_the_data_lack_are_left_out(pretend):
    data = pd.DataFrame({"a": list("xxyy") * 5, "b": list("pqrs") * 5, "y": np.arange(20.0)})
    fit = pretend(
        "y ~ 1 + (1 | a:b)", data, [1.0], **{"r_a:b": (("a:b", "a:b_effect"), [[1], [2], [3], [4]])}
    )
    made = fit.means(["a", "b"], groups="existing")
    assert made.frame[["a", "b"]].to_numpy().tolist() == [list(p) for p in ("xp", "xq", "yr", "ys")]
    assert made["estimate"].tolist() == [2.0, 3.0, 4.0, 5.0]
    assert fit.means("a", groups="existing")["estimate"].tolist() == [2.5, 4.5]


def test_a_new_level_is_one_draw_shared_by_all_cells(logit):
    made = logit.means("block", groups="new", scale="link", seed=1)
    own = logit.means("block", scale="link")
    deviation = made.samples - own.samples
    np.testing.assert_allclose(deviation[0], deviation[2])
    assert deviation[0].std() > 0.3
    again = logit.means("block", groups="new", scale="link", seed=1)
    np.testing.assert_array_equal(made.samples, again.samples)


def test_slopes_are_exact_where_the_model_is_linear(fit, pretend, data):
    plain = pretend("y ~ block * age + (age | user)", data, [1.0, 2, 3, 0.5, 0.25, -1])
    assert plain.slopes("age", by="block")["estimate"].tolist() == [0.5, 0.75, -0.5]
    bent = fit.slopes("age", at={"age": [20, 40]}, by="age")
    b = fit.posterior["b"].sel(effect="log(age)").to_numpy().ravel()
    np.testing.assert_allclose(bent.samples[0], b / 20, rtol=1e-9)
    np.testing.assert_allclose(bent.samples[1], b / 40, rtol=1e-9)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_slopes_on_the_response_scale_follow_the_chain_rule(pretend, data, link):
    fit = pretend("hit ~ age + block", data, [-2.0, 0.05, 0.1, 0.2], "bernoulli", {"link": link})
    at = {"age": 40, "block": "b2"}
    slope = fit.slopes("age", at=at, scale="response")["estimate"][0]
    ends = fit.means("age", at={**at, "age": [40 - 1e-4, 40 + 1e-4]})["estimate"]
    assert slope == pytest.approx((ends[1] - ends[0]) / 2e-4, rel=1e-6)


def test_average_slopes_over_the_data_are_averages_of_each_rows_slope(pretend, data):
    fit = pretend("y ~ poly(age, 2) * block", data, np.arange(1.0, 10))
    made = fit.slopes("age", by="block", over="data")
    rows = data[data["block"] == "b3"]
    up = by_hand(fit, rows.assign(age=rows["age"] + 1e-4))
    down = by_hand(fit, rows.assign(age=rows["age"] - 1e-4))
    expected = ((up - down) / 2e-4).mean(axis=0)
    np.testing.assert_allclose(made.samples[2], expected, rtol=1e-6)


def test_levels_have_no_slope(fit):
    with pytest.raises(DataError, match="comparisons"):
        fit.slopes("block")
    with pytest.raises(DataError, match='Did you mean "age"'):
        fit.slopes("ages")


def test_an_empty_cell_is_marked_and_said_and_never_a_number(pretend, data):
    rows = data[~((data["block"] == "b3") & (data["side"] == "left"))]
    fit = pretend("y ~ block * side", rows, np.arange(1.0, 6))
    made = fit.means(["block", "side"])
    assert made["estimate"].isna().tolist() == [False, False, True, False, False, False]
    assert np.isnan(made.draws.sel(row=2)).all()
    assert any(note.startswith("Not estimable, shown as NaN: b3, left") for note in made.notes)
    assert "NaN" in str(made)
    within = made.contrasts("pairwise", by="side")
    assert within["estimate"].isna().tolist() == [False, True, True, False, False, False]
    averaged = fit.means("block", average="response")
    assert averaged["estimate"].isna().tolist() == [False, False, True]


def test_ten_factors_are_not_expanded_over_what_cancels(pretend):
    rng = np.random.default_rng(1)
    names = [f"f{i}" for i in range(10)]
    data = pd.DataFrame({name: rng.choice(list("abcd"), 800) for name in names})
    formula = f"y ~ ({' + '.join(names)})^2"
    data["y"] = rng.normal(size=800)
    width = 1 + 30 + 45 * 9
    fit = pretend(formula, data, rng.normal(size=width))
    made = fit.means("f0", by="f1")  # the whole grid has 4^10 cells
    weights = dict.fromkeys(names[2:], 0.25)
    b = dict(
        zip(fit.spec.design.mean.fixed.names, fit.posterior["b"].to_numpy()[0, 0], strict=True)
    )
    total = b["Intercept"]
    total += sum(w * b[f"{n}[{level}]"] for n, w in weights.items() for level in "bcd")
    pairs = [(m, n) for i, m in enumerate(names[2:]) for n in names[3 + i :]]
    total += sum(b[f"{m}[{j}]:{n}[{k}]"] / 16 for m, n in pairs for j in "bcd" for k in "bcd")
    assert made["estimate"][0] == pytest.approx(total)
