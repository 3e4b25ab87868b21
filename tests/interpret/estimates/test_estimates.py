"""The one result type: frame, draws, printing, ropes, drawing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import estimates_of
from mixwell.posterior.draws import estimates
from mixwell.show.estimates_table import NUMBER_COLUMNS


@pytest.fixture
def draws():
    return np.random.default_rng(1).normal([[0.1], [250.0], [-3.0]], [[1], [20], [0.02]], (3, 400))


@pytest.fixture
def made(draws):
    frame = pd.DataFrame({"block": ["b1", "b2", "b3"], "day": [0.5, 1.0, 2.0]})
    return estimates_of(draws, (4, 100), frame, title="Means of y", notes=["Held at x = 1."])


def test_the_frame_has_the_factors_first_and_follows_arvizs_settings(made, draws):
    assert list(made) == [
        "block", "day", "estimate", "sd", "lower", "upper", "p_direction",
    ]  # fmt: skip
    expected = estimates(draws.reshape(3, 4, 100).transpose(1, 2, 0))
    for name, values in expected.items():
        np.testing.assert_allclose(made[name], values)
    assert made["p_direction"][2] == 1.0
    assert made["p_direction"][0] == max((draws[0] > 0).mean(), (draws[0] < 0).mean())


def test_the_draws_keep_chains_and_the_factors_as_coordinates(made, draws):
    assert made.draws.dims == ("chain", "draw", "row")
    np.testing.assert_array_equal(made.draws.sel(chain=1, row=2), draws[2, 100:200])
    assert made.draws["block"].to_numpy().tolist() == ["b1", "b2", "b3"]


def test_it_behaves_like_its_frame_and_hands_out_copies(made):
    assert len(made) == 3
    copy = made.to_frame()
    copy.loc[0, "estimate"] = 7.0
    assert made["estimate"][0] != 7.0


def test_it_prints_title_rows_notes_and_what_the_columns_are(made):
    text = str(made)
    lines = text.splitlines()
    assert lines[0] == "Means of y"
    assert "Held at x = 1." in text
    assert "equal-tailed interval" in text
    points = {line.index(".", 12) for line in lines[3:6]}
    assert len(points) <= 2
    assert text == repr(made)


def test_html_escapes_labels(draws):
    frame = pd.DataFrame({"a": ["<b>", "x", "y"]})
    html = estimates_of(draws, (4, 100), frame, title="a < b")._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "a &lt; b" in html


def test_long_results_are_cut_in_print_only(draws):
    many = np.repeat(draws, 40, axis=0)
    made = estimates_of(many, (4, 100), pd.DataFrame({"i": range(120)}))
    assert "... 60 more rows" in str(made)
    assert len(made) == 120


def test_many_rows_are_summarized_in_blocks_with_the_same_answer():
    values = np.random.default_rng(2).normal(size=(2500, 400))
    whole = estimates_of(values, (4, 100), pd.DataFrame({"i": range(2500)}))
    part = estimates_of(values[2000:], (4, 100), pd.DataFrame({"i": range(500)}))
    np.testing.assert_array_equal(whole["upper"].to_numpy()[2000:], part["upper"])


@pytest.mark.parametrize(("rope", "ends"), [(0.5, (-0.5, 0.5)), ((-1, 2), (-1, 2))])
def test_a_rope_adds_the_share_of_draws_inside(made, draws, rope, ends):
    found = made.with_rope(rope)
    inside = ((draws >= ends[0]) & (draws <= ends[1])).mean(axis=1)
    np.testing.assert_allclose(found["p_rope"], inside)
    assert any("p_rope" in note for note in found.notes)


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({}, "mean of y"),
        ({"scale": "link"}, "mean of the linear predictor of y"),
        ({"estimand": "slope"}, "slope of y"),
        ({"estimand": "contrast"}, "difference in y"),
        ({"estimand": "contrast", "scale": "odds ratio", "null": 1.0}, "odds ratio"),
        ({"estimand": "hypothesis"}, "left side minus right side"),
    ],
)
def test_the_axis_of_a_figure_says_what_is_estimated(made, fields, label):
    (axes,) = replace(made, response="y", **fields).plot().axes
    assert label in (axes.get_xlabel(), axes.get_ylabel())


def test_rows_without_numbers_are_marked_and_named(draws):
    basis = Basis(residue=np.array([[0.0], [1.0], [0.0]]))
    made = estimates_of(draws, (4, 100), pd.DataFrame({"a": list("xyz")}), basis=basis)
    assert made["estimate"].isna().tolist() == [False, True, False]
    assert any("shown as NaN: y." in note for note in made.notes)


#: What a factor can be called that a table of estimates, or its draws, have a name for.
COLUMNS = [*NUMBER_COLUMNS, "contrast", "hypothesis", "rope", "scale", "factor", "level"]
DIMS = ["chain", "draw", "row"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", [*COLUMNS, *DIMS])
def test_a_factor_may_be_called_like_a_column_of_the_table(draws, name):
    frame = pd.DataFrame({name: ["b1", "b2", "b1", "b2"], "side": ["l", "l", "r", "r"]})
    plain = frame.rename(columns={name: "block"})
    values = np.concatenate([draws, draws[:1]])
    made, other = (estimates_of(values, (4, 100), f, by=["side"], rope=1.0) for f in (frame, plain))
    own = made.factors[0]
    assert own == (f"{name}_level" if name in NUMBER_COLUMNS else name)
    pairs = {
        "itself": (made, other),
        "within": (made.contrasts(), other.contrasts()),
        "by": (made.contrasts(by=name), other.contrasts(by="block")),
        "by column": (made.contrasts(by=own), other.contrasts(by="block")),
        "crossed": (
            made.contrasts(by=(), interaction={name: "pairwise", "side": "eff"}),
            other.contrasts(by=(), interaction={"block": "pairwise", "side": "eff"}),
        ),
        "twice": (
            made.contrasts(by=name).contrasts({"c": [1, -1]}, by=()),
            other.contrasts(by="block").contrasts({"c": [1, -1]}, by=()),
        ),
        "hypothesis": (
            made.hypothesis(f"{name}[b1]:side[l] > 0"),
            other.hypothesis("block[b1]:side[l] > 0"),
        ),
    }
    for mine, theirs in pairs.values():
        assert mine.frame.columns.is_unique
        assert mine.draws.to_dataset().sizes == theirs.draws.to_dataset().sizes
        np.testing.assert_array_equal(mine.samples, theirs.samples)
        numbers = [column for column in theirs.frame if column in NUMBER_COLUMNS]
        pd.testing.assert_frame_equal(mine.frame[numbers], theirs.frame[numbers])
        assert len(str(mine).splitlines()) == len(str(theirs).splitlines())
        assert mine._repr_html_().count("<td") == theirs._repr_html_().count("<td")
        assert len(mine.plot().axes) == len(theirs.plot().axes)


@pytest.mark.parametrize("name", [*COLUMNS, *DIMS])
def test_the_draws_keep_the_levels_of_a_factor_of_any_name(draws, name):
    made = estimates_of(draws, (4, 100), pd.DataFrame({name: ["b1", "b2", "b3"]}))
    taken = name in (*NUMBER_COLUMNS, *DIMS)
    own = made.draws.coords[f"{name}_level" if taken else name]
    assert own.dims == ("row",)
    assert own.to_numpy().tolist() == ["b1", "b2", "b3"]
    assert made.draws["row"].to_numpy().tolist() == [0, 1, 2]


def test_a_factor_with_the_name_that_another_would_get_keeps_it(draws):
    frame = pd.DataFrame({"sd": list("aabb"), "sd_level": list("xyxy")})
    made = estimates_of(np.concatenate([draws, draws[:1]]), (4, 100), frame)
    assert made.factors == ("sd_level_level", "sd_level")
    assert made.variables == ("sd", "sd_level")
    assert made.contrasts(by="sd_level").frame["contrast"].tolist() == ["a - b"] * 2
    assert made.contrasts(by="sd").frame["contrast"].tolist() == ["x - y"] * 2


def test_levels_that_are_numbers_go_by_the_name_in_the_data(draws):
    made = estimates_of(draws, (4, 100), pd.DataFrame({"sd": [1, 2, 3]}))
    assert made.contrasts("sequential")["contrast"].tolist() == ["sd2 - sd1", "sd3 - sd2"]
    assert made.contrasts("reference(3)")["contrast"].tolist() == ["sd1 - sd3", "sd2 - sd3"]
