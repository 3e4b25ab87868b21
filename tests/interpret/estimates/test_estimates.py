"""The one result type: frame, draws, printing, ropes, drawing."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import estimates_of
from mixwell.interpret.estimates.row_draws import RowDraws
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
    assert "p_rope: share of draws" in str(found)


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


def test_simultaneous_intervals_hold_at_once_and_are_said_to():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(6, 4000)) + 0.5 * rng.normal(size=4000)
    frame = pd.DataFrame({"block": [f"b{i}" for i in range(6)]})
    plain = estimates_of(values, (4, 1000), frame, ci_prob=0.9)
    made = plain.with_interval(simultaneous=True)
    inside = (values >= made["lower"].to_numpy()[:, None]) & (
        values <= made["upper"].to_numpy()[:, None]
    )
    # more by at most the two outermost draws of each row: these know of themselves
    assert 0.9 <= inside.all(axis=0).mean() < 0.9 + 2 * 2 * 6 / 4000
    assert (made["lower"] < plain["lower"]).all()
    said = " ".join(str(made).split())
    assert "90% simultaneous intervals, equal-tailed ones of 9" in said
    assert "All rows lie within theirs at once in 90% of the draws." in said
    assert made.frame.columns.name == "90% simultaneous interval"
    pd.testing.assert_frame_equal(made.with_interval(simultaneous=False).frame, plain.frame)
    direct = estimates_of(values, (4, 1000), frame, ci_prob=0.9, simultaneous=True)
    pd.testing.assert_frame_equal(direct.frame, made.frame)


def test_contrasts_of_simultaneous_means_are_simultaneous_unless_one_says_otherwise(made):
    wide = made.with_interval(0.8, simultaneous=True)
    assert wide.contrasts().settings.pointwise > 0.8
    assert wide.contrasts(simultaneous=False).settings.pointwise is None
    assert made.contrasts(simultaneous=True).settings.prob == made.settings.prob
    assert wide.with_interval(0.5).settings.pointwise is not None


def test_simultaneous_intervals_of_ratios_are_those_of_their_logarithms(draws):
    frame, logs = pd.DataFrame({"a": list("xyz")}), draws / 100
    known = estimates_of(logs, (4, 100), frame, simultaneous=True)
    ratios = estimates_of(np.exp(logs), (4, 100), frame, simultaneous=True, ratios="ratio")
    np.testing.assert_allclose(np.log(ratios["lower"]), known["lower"], rtol=1e-12)
    np.testing.assert_allclose(np.log(ratios["upper"]), known["upper"], rtol=1e-12)


def test_rows_without_numbers_take_no_part_in_simultaneous_intervals(draws):
    frame = pd.DataFrame({"a": list("xyz")})
    basis = Basis(residue=np.array([[0.0], [1.0], [0.0]]))
    made = estimates_of(draws, (4, 100), frame, basis=basis, simultaneous=True)
    others = estimates_of(draws[[0, 2]], (4, 100), frame[:2], simultaneous=True)
    assert np.isnan(made["upper"][1])
    np.testing.assert_array_equal(made["upper"].to_numpy()[[0, 2]], others["upper"])


def test_draws_that_are_too_few_for_so_many_rows_are_said_to_be():
    values = np.random.default_rng(4).normal(size=(100, 40))
    made = estimates_of(values, (4, 10), pd.DataFrame({"i": range(100)}), simultaneous=True)
    said = "The ends are the outermost draws, too few for so many rows: take more."
    assert said in " ".join(str(made).split())


def test_many_rows_have_simultaneous_intervals_block_by_block():
    values = np.random.default_rng(5).normal(size=(30, 400))
    blocks = [slice(0, 13), slice(13, 30)]
    rows = RowDraws(30, (4, 100), blocks, values.__getitem__)
    frame = pd.DataFrame({"i": range(30)})
    parts = estimates_of(rows, (4, 100), frame, simultaneous=True)
    whole = estimates_of(values, (4, 100), frame, simultaneous=True)
    pd.testing.assert_frame_equal(parts.frame, whole.frame)


def test_a_rope_is_decided_in_a_word_where_the_interval_lies():
    middle = np.array([[0.0], [1.0], [0.3], [-2.0]])
    values = middle + 0.1 * np.random.default_rng(6).normal(size=(4, 2000))
    made = estimates_of(values, (4, 500), pd.DataFrame({"a": list("wxyz")}))
    found = made.with_rope((-0.3, 0.3))
    words = ["equivalent", "different", "undecided", "different"]
    assert found["decision"].tolist() == words
    # one-sided: not worse than by 0.3
    assert made.with_rope((-0.3, np.inf))["decision"].tolist() == [*["equivalent"] * 3, "different"]
    wide = found.with_interval(0.999)  # decided anew: the wider, the less is decided
    assert wide["decision"].tolist() == ["undecided", *words[1:]]
    said = " ".join(str(found).split())
    assert "decision: equivalent where the interval lies within the rope" in said


def test_contrasts_do_not_inherit_what_is_said_of_the_rope_of_the_means(made):
    assert "rope" not in str(made.with_rope(1.0).contrasts())


def test_rows_that_are_not_known_have_no_decision(draws):
    basis = Basis(residue=np.array([[0.0], [1.0], [0.0]]))
    made = estimates_of(draws, (4, 100), pd.DataFrame({"a": list("xyz")}), basis=basis, rope=0.1)
    assert made["decision"][1] == "unknown"


@pytest.fixture
def means():
    """Return means whose pairs differ as far as their distances say, all of sd 1."""
    rng, at = np.random.default_rng(7), np.array([[3.0], [0.0], [1.2], [0.2], [2.8], [0.1]])
    frame = pd.DataFrame({"f": list("abcabc"), "g": list("xxxyyy")})
    values = at + 0.4 * rng.normal(size=(6, 4000))
    return estimates_of(values, (4, 1000), frame)


def test_letters_are_shared_where_the_interval_of_a_contrast_has_no_difference(means):
    for options in ({}, {"simultaneous": True}, {"rope": 1.0}, {"ci_prob": 0.5}):
        letters = means.letters(**options)["letters"].tolist()
        frame = means.contrasts(**options).frame
        differs = (frame["lower"] > 0) | (frame["upper"] < 0)
        if "rope" in options:
            differs = frame["decision"] == "different"
        pairs = combinations(letters, 2)
        shared = [bool({*one} & {*two}) for one, two in pairs]
        assert shared == (~differs).tolist()
    assert letters[means["estimate"].argmin()].startswith("a")


def test_letters_are_given_within_by_and_say_what_they_are(means):
    found = replace(means, by=("g",)).letters()
    apart = [
        estimates_of(means.samples[rows], (4, 1000), pd.DataFrame({"f": list("abc")})).letters()
        for rows in (slice(0, 3), slice(3, 6))
    ]
    assert found["letters"].tolist() == [x for one in apart for x in one["letters"]]
    said = " ".join(str(found).split())
    assert "letters: within each g, rows without a common one differ, where the 89%" in said
    assert "Letters of another g are not comparable." in said
    assert "leaves out 0 (of each pair by itself)" in said
    assert "letters" not in str(found.contrasts())


def test_letters_of_all_rows_name_no_block(means):
    said = " ".join(str(means.letters()).split())
    assert "letters: rows without a common one differ, where the 89% interval" in said
    assert "not comparable" not in said


# The interval of a / b is exp(log(0.803) -+ 0.03), 0.780 to 0.826, which overlaps 0.8 to 1.2; that
# of b / a is 1.21 to 1.28, beyond it, and both overlap 0.8 to 1.25, which is rope=0.25. rope=0.2 is
# 0.833 to 1.2. Differences likewise.
@pytest.mark.parametrize(
    ("middle", "rope", "differ"),
    [
        (np.log(0.803), 0.25, False),
        (np.log(0.803), 0.2, True),
        (np.log(0.803), (0.8, 1.2), False),
        (np.log(0.76), 0.2, True),
        (np.log(0.803), (0.9, 1.1), True),
        (np.log(0.803), (0.9, 1.3), False),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_letters_by_a_rope_of_ratios_do_not_depend_on_which_comes_first(
    middle, rope, differ, turned
):
    made = _pair(middle, 0.0187, turned, ratios=True)
    assert _apart(made.letters(rope=rope)) == differ


@pytest.mark.parametrize(
    ("middle", "rope", "differ"),
    [
        (-0.3, 0.2, True),
        (-0.3, (-0.2, 0.5), False),
        (0.3, (-0.2, 0.5), False),
        (0.6, (-0.2, 0.5), True),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_letters_by_a_rope_of_differences_do_not_depend_on_which_comes_first(
    middle, rope, differ, turned
):
    made = _pair(middle, 0.02, turned)
    assert _apart(made.letters(rope=rope)) == differ


def test_letters_say_the_rope_both_ways_round():
    said = " ".join(str(_pair(0.0, 0.02, False, ratios=True).letters(rope=(0.8, 1.2))).split())
    assert "lies beyond the rope either way round, 0.8 to 1.25" in said


@pytest.mark.parametrize(
    ("ratios", "rope", "hint"),
    [
        (False, (-0.2, np.inf), "rope=0.2"),
        (False, (-np.inf, 0.2), "rope=0.2"),
        (True, (0.8, np.inf), r"above 0.*rope=\(0.8, 1.25\)"),
        (True, (0.0, 2.0), r"above 0.*rope=\(0.8, 1.25\)"),
    ],
)
def test_letters_refuse_a_rope_that_nothing_lies_beyond_both_ways_round(ratios, rope, hint):
    with pytest.raises(DataError, match=f"(?s)no .* lies beyond.*{hint}"):
        _pair(1.0, 0.1, False, ratios=ratios).letters(rope=rope)


def _pair(middle: float, sd: float, turned: bool, ratios: bool = False):
    """Return two means a and b, whose difference (of ratios: of logarithms) is given."""
    first = middle + sd * np.random.default_rng(8).normal(size=4000)
    logs, names = np.stack([first, np.zeros(4000)]), ["a", "b"]
    if turned:
        logs, names = logs[::-1], names[::-1]
    basis = Basis("ratio", logs) if ratios else Basis()
    values = np.exp(logs) if ratios else logs
    return estimates_of(values, (4, 1000), pd.DataFrame({"f": names}), basis=basis)


def _apart(made) -> bool:
    one, two = made["letters"]
    return not {*one} & {*two}


def test_rows_without_numbers_get_no_letters(draws):
    basis = Basis(residue=np.array([[0.0], [1.0], [0.0]]))
    made = estimates_of(draws, (4, 100), pd.DataFrame({"a": list("xyz")}), basis=basis)
    assert made.letters()["letters"].tolist() == ["b", "", "a"]


def test_letters_for_two_hundred_means_are_refused_before_pairs_are_made():
    values = np.random.default_rng(1).normal(size=(200, 8))
    made = estimates_of(values, (2, 4), pd.DataFrame({"i": range(200)}))
    with pytest.raises(DataError, match="Letters for 200 means cannot be read"):
        made.letters()


@pytest.mark.parametrize("given", ["yes", 2, 0.5, []])
def test_simultaneous_is_true_or_false(made, given):
    for ask in (made.with_interval, made.contrasts, made.letters):
        with pytest.raises(DataError, match="simultaneous is"):
            ask(simultaneous=given)


def test_of_one_row_alone_a_simultaneous_interval_is_the_plain_one():
    values = np.random.default_rng(1).normal(size=(1, 400))
    plain = estimates_of(values, (4, 100), pd.DataFrame({"a": ["x"]}))
    made = plain.with_interval(simultaneous=True)
    assert made.frame[["lower", "upper"]].equals(plain.frame[["lower", "upper"]])
    assert "Of one row alone the simultaneous interval is this one." in " ".join(str(made).split())
    assert "simultaneous" not in str(made.with_interval(simultaneous=False))


def test_what_is_not_known_is_said_of_the_rows_that_are_shown():
    values, residue = np.ones((3, 400)) * np.arange(3.0)[:, None], np.array([[0.0], [0.0], [1.0]])
    frame = pd.DataFrame({"a": list("xyz")})
    made = estimates_of(values, (4, 100), frame, basis=Basis(residue=residue))
    said = made.contrasts().notes
    assert [note.split(". ")[0] for note in said] == ["Not estimable, shown as NaN: x - z; y - z"]


def test_of_a_hypothesis_about_what_is_not_known_the_reason_is_said():
    values, residue = np.ones((3, 400)) * np.arange(3.0)[:, None], np.array([[0.0], [0.0], [1.0]])
    frame = pd.DataFrame({"a": list("xyz")})
    made = estimates_of(values, (4, 100), frame, basis=Basis(residue=residue))
    assert any(note.startswith("Not estimable, shown as NaN: z.") for note in made.unknown)
    assert set(made.unknown) <= set(made.hypothesis(["x > 0", "z > 0"]).notes)
    assert not set(made.unknown) & set(made.hypothesis("x > y").notes)
