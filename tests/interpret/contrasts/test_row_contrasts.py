"""Contrast families, their labels, by= and interaction=."""

import numpy as np
import pandas as pd
import pytest

from mixwell import package_options
from mixwell.errors import DataError
from mixwell.interpret.contrasts import kinds
from mixwell.interpret.contrasts.kinds import contrasts_of
from mixwell.interpret.contrasts.row_contrasts import weigh_rows
from mixwell.interpret.estimates.estimates import estimates_of

LEVELS = ["b1", "b2", "b3"]


@pytest.mark.parametrize(
    ("kind", "labels", "weights"),
    [
        ("pairwise", ["b1 - b2", "b1 - b3", "b2 - b3"], [[1, -1, 0], [1, 0, -1], [0, 1, -1]]),
        ("revpairwise", ["b2 - b1", "b3 - b1", "b3 - b2"], [[-1, 1, 0], [-1, 0, 1], [0, -1, 1]]),
        ("reference", ["b2 - b1", "b3 - b1"], [[-1, 1, 0], [-1, 0, 1]]),
        ("reference(b2)", ["b1 - b2", "b3 - b2"], [[1, -1, 0], [0, -1, 1]]),
        ("trt.vs.ctrlk", ["b1 - b3", "b2 - b3"], [[1, 0, -1], [0, 1, -1]]),
        ("sequential", ["b2 - b1", "b3 - b2"], [[-1, 1, 0], [0, -1, 1]]),
        ("poly", ["linear", "quadratic"], [[-1, 0, 1], [1, -2, 1]]),
        (
            "helmert",
            ["b2 - b1", "b3 - mean(b1, b2)"],
            [[-1, 1, 0], [-0.5, -0.5, 1]],
        ),
        (
            "mean_chg",
            ["mean(b2, b3) - b1", "b3 - mean(b1, b2)"],
            [[-1, 0.5, 0.5], [-0.5, -0.5, 1]],
        ),
        (
            "del.eff",
            ["b1 - mean(b2, b3)", "b2 - mean(b1, b3)", "b3 - mean(b1, b2)"],
            [[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]],
        ),
        (
            "eff",
            ["b1 - mean", "b2 - mean", "b3 - mean"],
            [[2 / 3, -1 / 3, -1 / 3], [-1 / 3, 2 / 3, -1 / 3], [-1 / 3, -1 / 3, 2 / 3]],
        ),
        ({"mine": [1, 0, -1]}, ["mine"], [[1, 0, -1]]),
        ({"mine": {"b3": 1, "b1": -1}}, ["mine"], [[-1, 0, 1]]),
        ([-1, 1, 0], ["b2 - b1"], [[-1, 1, 0]]),
        ([[0.5, 0.5, -1]], ["0.5 b1 + 0.5 b2 - b3"], [[0.5, 0.5, -1]]),
        (pd.DataFrame({"c": [1.0, 0, -1]}), ["c"], [[1, 0, -1]]),
    ],
)
def test_a_family_has_these_weights_and_labels(kind, labels, weights):
    made = contrasts_of(kind, LEVELS)
    assert list(made.labels) == labels
    np.testing.assert_allclose(made.weights, weights)


def test_polynomials_of_six_levels_are_whole_numbers_as_in_tables():
    weights = contrasts_of("poly", list("abcdef")).weights
    assert weights[0].tolist() == [-5, -3, -1, 1, 3, 5]
    assert weights[4].tolist() == [-1, 5, -10, 10, -5, 1]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("pairwize", 'Did you mean "pairwise"'),
        ("reference(b4)", "no level 'b4'"),
        ("pairwise(b1)", "take no level"),
        ({"c": [1, -1]}, "2 weights cannot be taken of 3"),
        ([[1, -1, 0, 0]], "4 weights cannot be taken of 3"),
        ({"c": {"b9": 1}}, "no level 'b9'"),
        ({"c": "ab"}, "are numbers"),
        ({"c": [np.nan, 0, 1]}, "finite"),
        (3j, "a name or weights"),
        ({}, "a name or weights"),
    ],
)
def test_contrasts_that_cannot_be_taken_are_refused_with_a_sentence(kind, said):
    with pytest.raises(DataError, match=said.replace("(", r"\(")):
        contrasts_of(kind, LEVELS)


def test_as_many_contrasts_as_are_taken_are_taken_and_one_more_is_refused(monkeypatch):
    monkeypatch.setattr(kinds, "MOST_OF_ONES_OWN", 2)
    two, three = [[1, -1, 0]] * 2, [[1, -1, 0]] * 3
    for of in (list, np.array, lambda rows: dict(enumerate(rows))):
        assert len(contrasts_of(of(two), LEVELS).weights) == 2
        with pytest.raises(DataError, match="There are 3 contrasts, and at most 2 are taken"):
            contrasts_of(of(three), LEVELS)


@pytest.mark.parametrize("of", [list, np.array])
def test_a_flat_list_has_the_weights_of_one_contrast(of, monkeypatch):
    monkeypatch.setattr(kinds, "MOST_OF_ONES_OWN", 1)
    assert len(contrasts_of(of([1, -1, 0]), LEVELS).weights) == 1


@pytest.fixture
def cells():
    return pd.DataFrame({"block": LEVELS * 2, "side": ["left"] * 3 + ["right"] * 3})


def test_rows_are_compared_within_by(cells):
    made = weigh_rows(cells, ["block", "side"], "sequential", ["side"])
    assert made.frame["contrast"].tolist() == ["b2 - b1", "b3 - b2"] * 2
    assert made.frame["side"].tolist() == ["left", "left", "right", "right"]
    assert made.weights[2].tolist() == [0, 0, 0, -1, 1, 0]


def test_rows_that_are_alone_within_by_are_left_out_with_a_note(cells):
    frame = cells.iloc[[0, 1, 3, 5, 2]].assign(side=["left", "left", "right", "middle", "left"])
    made = weigh_rows(frame.reset_index(drop=True), ["block", "side"], "sequential", ["side"])
    assert made.frame["contrast"].tolist() == ["b2 - b1", "b3 - b2"]
    assert made.weights.tolist() == [[-1, 1, 0, 0, 0], [0, -1, 0, 0, 1]]
    alone = "Nothing to compare within side = right; side = middle: there is one row only."
    assert made.notes == (alone,)
    assert weigh_rows(cells, ["block", "side"], "sequential", ["side"]).notes == ()


def test_one_row_alone_is_left_out_and_rows_all_alone_are_refused(cells):
    made = weigh_rows(cells.iloc[:4], ["block", "side"], "reference", ["side"])
    assert made.frame["side"].tolist() == ["left", "left"]
    assert made.notes == ("Nothing to compare within side = right: there is one row only.",)
    with pytest.raises(DataError, match="there is one of the levels of block only, b1"):
        weigh_rows(cells.iloc[[0, 3]], ["block", "side"], "pairwise", ["side"])


def test_weights_that_fit_a_single_row_keep_it(cells):
    made = weigh_rows(cells.iloc[:4], ["block", "side"], "identity", ["side"])
    assert made.frame["contrast"].tolist() == ["b1", "b2", "b3", "b1"]
    assert (made.weights.tolist(), made.notes) == (np.eye(4).tolist(), ())


@pytest.mark.parametrize(
    ("by", "said"),
    [(["side"], "cannot be taken of 3 levels of block"), ([], "cannot be taken of 6 rows")],
)
def test_weights_of_another_number_are_refused_with_what_they_are_taken_of(cells, by, said):
    with pytest.raises(DataError, match=said):
        weigh_rows(cells, ["block", "side"], [1, -1], by)


@pytest.mark.parametrize(
    ("factors", "said"),
    [(["side"], "there is one row for each side"), ([], r"there is one row\.")],
)
def test_rows_that_differ_in_no_factor_are_refused_with_what_there_is(cells, factors, said):
    with pytest.raises(DataError, match=f"(?s)Nothing is left to compare: {said}.*Name a factor"):
        weigh_rows(cells[factors], factors, "pairwise", factors)


def test_one_factor_crossed_is_that_factor(cells):
    made = weigh_rows(cells, ["block", "side"], None, ["side"], "sequential")
    plain = weigh_rows(cells, ["block", "side"], "sequential", ["side"])
    pd.testing.assert_frame_equal(made.frame, plain.frame)
    np.testing.assert_array_equal(made.weights, plain.weights)


def test_interaction_contrasts_are_products_and_say_both_sides(cells):
    made = weigh_rows(cells, ["block", "side"], None, [], ["sequential", "revpairwise"])
    assert made.frame["contrast"].tolist() == [
        "(b2 - b1): (right - left)",
        "(b3 - b2): (right - left)",
    ]
    assert made.weights[0].tolist() == [1, -1, 0, -1, 1, 0]
    by_name = {"side": "revpairwise", "block": "sequential"}
    again = weigh_rows(cells, ["block", "side"], None, [], by_name)
    np.testing.assert_array_equal(made.weights, again.weights)


def test_several_factors_are_compared_by_their_joint_levels(cells):
    made = weigh_rows(cells, ["block", "side"], "reference(b1 right)", [])
    assert made.frame["contrast"].tolist()[0] == "b1 left - b1 right"


def test_levels_that_are_numbers_go_with_their_factor():
    frame = pd.DataFrame({"period": ["1", "2"]})
    assert weigh_rows(frame, ["period"], "pairwise", []).frame["contrast"][0] == "period1 - period2"
    assert weigh_rows(frame, ["period"], "reference(2)", []).weights.tolist() == [[1, -1]]
    for asked in (["reference(2", []], [None, [], "reference(2"]):
        with pytest.raises(DataError, match=r"called 'reference\(2'"):
            weigh_rows(frame, ["period"], *asked)


@pytest.mark.parametrize(
    ("interaction", "said"),
    [
        (["pairwise"], "1 families for 2 factors"),
        ({"block": "pairwise"}, "no family for side"),
        ({"blok": "pairwise", "side": "eff"}, 'Did you mean "block"'),
        (3, "takes a family"),
    ],
)
def test_an_interaction_that_does_not_fit_the_factors_is_refused(cells, interaction, said):
    with pytest.raises(DataError, match=said):
        weigh_rows(cells, ["block", "side"], None, [], interaction)


def test_an_unknown_by_is_refused_with_the_nearest_factor(cells):
    with pytest.raises(DataError, match='Did you mean "side"'):
        weigh_rows(cells, ["block", "side"], "pairwise", ["sides"])


@pytest.fixture
def made():
    draws = np.random.default_rng(1).uniform(0.2, 0.7, (3, 400))
    return estimates_of(draws, (4, 100), pd.DataFrame({"block": LEVELS}))


def test_contrasts_are_contrasts_of_draws_not_of_summaries(made):
    found = made.contrasts("sequential")
    own = made.draws.sel(row=1) - made.draws.sel(row=0)
    np.testing.assert_allclose(found.draws.sel(row=0), own)
    assert found["sd"][0] == pytest.approx(float(own.std(ddof=1)))


def test_ratios_and_odds_ratios_are_asked_for_by_name(made):
    ratio = made.contrasts("revpairwise", compare="ratio")
    own = made.draws.sel(row=1) / made.draws.sel(row=0)
    np.testing.assert_allclose(ratio.draws.sel(row=0), own)
    assert (ratio["contrast"][0], ratio.scale, ratio.null) == ("b2 / b1", "ratio", 1.0)
    odds = made.draws / (1 - made.draws)
    found = made.contrasts("revpairwise", compare="odds ratio")
    np.testing.assert_allclose(found.draws.sel(row=0), odds.sel(row=1) / odds.sel(row=0))


def test_contrasts_of_ratios_are_ratios_of_ratios(made):
    ratios = made.contrasts("sequential", compare="ratio")
    again = ratios.contrasts([[-1, 1]])
    own = ratios.draws.sel(row=1) / ratios.draws.sel(row=0)
    np.testing.assert_allclose(again.draws.sel(row=0), own)
    assert again.scale == "ratio"


def test_a_ratio_of_values_below_zero_is_refused(made):
    below = estimates_of(-made.samples, made.shape, made.frame[["block"]])
    with pytest.raises(DataError, match="above 0"):
        below.contrasts("pairwise", compare="ratio")


def test_a_thousand_rows_are_not_compared_pair_by_pair():
    with pytest.raises(DataError, match="pairs"):
        contrasts_of("pairwise", [str(i) for i in range(2000)])


def test_contrasts_within_two_sets_are_held_against_memory_and_weights_of_ones_own_by_their_number(
    monkeypatch,
):
    """Of 1,000 rows in each of two sets: 1,998 contrasts of 2,000 rows are 32 MB."""
    monkeypatch.setattr(package_options.options, "memory", "10 MB")
    frame = pd.DataFrame({"x": [f"x{k // 2}" for k in range(2000)], "side": ["a", "b"] * 1000})
    said = "Contrasts within 2 sets of 2,000 rows would take 0.032 GB"
    with pytest.raises(DataError, match=said):
        weigh_rows(frame, ["x", "side"], "sequential", ["side"])
    own = np.zeros(1000)
    own[:2] = 1, -1
    made = weigh_rows(frame, ["x", "side"], [own], ["side"])
    assert made.weights.shape == (2, 2000)


def test_signs_of_numbers_are_not_read_as_those_between_levels() -> None:
    """As emmeans 1.8.4 prints `pairs()` of a factor or number with the levels -0.5 and 0.5."""
    frame = pd.DataFrame({"treat": [-0.5, 0.5]})
    made = weigh_rows(frame, ["treat"], "pairwise", []).frame["contrast"].tolist()
    assert made == ["(treat-0.5) - treat0.5"]
    assert weigh_rows(frame, ["treat"], "reference(-0.5)", []).weights.tolist() == [[-1, 1]]
    texts = pd.DataFrame({"block": ["x - 1", "pre-test"]})
    made = weigh_rows(texts, ["block"], "revpairwise", []).frame["contrast"].tolist()
    assert made == ["pre-test - (x - 1)"]
    effects = weigh_rows(frame, ["treat"], "eff", []).frame["contrast"].tolist()
    assert effects == ["(treat-0.5) - mean", "treat0.5 - mean"]
