"""Errors say what is wrong, where, and what the nearest valid choice is."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixwell import errors
from mixwell.errors import (
    DataError,
    FormulaError,
    MixwellError,
    PriorError,
    SamplingError,
    did_you_mean,
    nearest,
)


@pytest.mark.parametrize("kind", [FormulaError, DataError, PriorError, SamplingError])
def test_every_error_is_a_mixwell_error_and_a_value_error(kind: type[Exception]) -> None:
    assert issubclass(kind, MixwellError)
    assert issubclass(kind, ValueError)


def test_a_warning_is_a_user_warning() -> None:
    assert issubclass(errors.MixwellWarning, UserWarning)


def test_a_formula_error_has_three_parts() -> None:
    error = FormulaError("Too much.", text="y ~ x zz", start=6, stop=8, hint="Remove it.")
    assert str(error).splitlines() == [
        "Too much.",
        "    y ~ x zz",
        "          ^~",
        "Remove it.",
    ]


def test_parts_that_are_not_given_are_left_out() -> None:
    assert str(FormulaError("Empty.")) == "Empty."
    assert str(FormulaError("Empty.", text="y")) == "Empty."
    assert str(DataError("Empty.")) == "Empty."


def test_a_place_at_the_end_of_the_text_gets_one_caret_after_it() -> None:
    error = FormulaError("Something is missing.", text="y ~", start=3, stop=3)
    assert str(error).splitlines()[2] == "       ^"


def test_only_the_line_of_the_place_is_shown() -> None:
    text = "y ~ a +\n    b c +\n    d"
    error = FormulaError("Stray.", text=text, start=14, stop=15)
    assert str(error).splitlines()[1:] == ["        b c +", "          ^"]


def test_a_place_over_several_lines_is_marked_to_the_end_of_its_first_line() -> None:
    error = FormulaError("Both.", text="y ~ ab +\ncd", start=4, stop=11)
    assert str(error).splitlines()[1:] == ["    y ~ ab +", "        ^~~~"]


def test_a_long_line_is_cut_around_the_place() -> None:
    text = "y ~ " + " + ".join(f"column_{i}" for i in range(200))
    start = text.index("column_100")
    error = FormulaError("This one.", text=text, start=start, stop=start + 10)
    line, caret = str(error).splitlines()[1:]
    assert len(line) < 120
    assert line[caret.index("^") : caret.rindex("~") + 1] == "column_100"


def test_the_caret_stands_under_the_place_after_wide_and_combining_letters() -> None:
    wide = FormulaError("Here.", text="身長 ~ x z", start=7, stop=8)
    assert str(wide).splitlines()[2] == "    " + " " * 9 + "^"
    accent = FormulaError("Here.", text="e\N{COMBINING ACUTE ACCENT} ~ x z", start=7, stop=8)
    assert str(accent).splitlines()[2] == "    " + " " * 6 + "^"


def test_tabs_do_not_move_the_caret() -> None:
    error = FormulaError("Here.", text="y\t~\tx z", start=6, stop=7)
    assert str(error).splitlines()[1:] == ["    y ~ x z", "          ^"]


def test_a_placed_error_names_column_and_row() -> None:
    error = DataError("A count is below 0.", where='column "y", row 7', hint="Remove the row.")
    assert str(error).splitlines() == [
        "A count is below 0.",
        '    column "y", row 7',
        "Remove the row.",
    ]


def test_the_parts_can_be_read_from_the_error() -> None:
    error = FormulaError("m", text="y ~ x", start=4, stop=5, hint="h")
    assert (error.message, error.text, error.start, error.stop, error.hint) == (
        "m",
        "y ~ x",
        4,
        5,
        "h",
    )
    placed = PriorError("m", where="w", hint="h")
    assert (placed.message, placed.where, placed.hint) == ("m", "w", "h")


@pytest.mark.parametrize(
    "error",
    [
        FormulaError("m", text="y ~ x", start=4, stop=5, hint="h"),
        SamplingError("m", where="w", hint="h"),
    ],
)
def test_an_error_survives_pickling(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("name", "choices", "expected"),
    [
        ("days", ["Days", "Subject"], ["Days"]),
        ("dasy", ["Days", "days", "Subject"], ["Days", "days"]),
        ("weight", ["Days", "Subject"], []),
        ("x", [], []),
    ],
)
def test_the_nearest_names_ignore_case(name: str, choices: list[str], expected: Any) -> None:
    assert nearest(name, choices) == expected


def test_no_more_names_are_offered_than_asked_for() -> None:
    assert len(nearest("x1", [f"x{i}" for i in range(30)], n=2)) == 2


@pytest.mark.parametrize(
    ("name", "choices", "expected"),
    [
        ("Dyas", ["Days", "Subject"], 'Did you mean "Days"?'),
        ("dayz", ["Days", "Day"], 'Did you mean "Day" or "Days"?'),
        ("weight", ["a", "b"], "Choices: a, b."),
        ("weight", [], None),
    ],
)
def test_a_hint_offers_the_nearest_names_or_the_short_list(
    name: str, choices: list[str], expected: str | None
) -> None:
    assert did_you_mean(name, choices) == expected


def test_a_long_list_is_counted_not_printed() -> None:
    assert did_you_mean("weight", [str(i) for i in range(40)]) == (
        "Choices: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 28 more."
    )


def test_warnings_leave_by_one_door_which_names_the_line_of_the_user() -> None:
    source = Path(errors.__file__).parents[1]
    doors = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if "warnings.warn(" in path.read_text("utf-8")
    ]
    assert doors == ["errors/exceptions.py"]


@pytest.mark.parametrize("given", [["link"], {"link": 1}, 5, None])
@pytest.mark.parametrize("choices", [("response", "link"), {"response": 1, "link": 2}])
def test_a_choice_of_any_type_is_refused_in_a_sentence(given: object, choices: Any) -> None:
    with pytest.raises(DataError, match=r"scale=.* is unknown"):
        errors.require_choice("scale", given, choices)


def test_a_misspelled_choice_is_refused_with_the_nearest() -> None:
    with pytest.raises(DataError, match='Did you mean "response"'):
        errors.require_choice("scale", "Response", ("response", "link"))


@pytest.mark.parametrize("given", [5, None, ["a"], {"a": 1}], ids=str)
def test_what_is_no_text_is_no_name_and_is_answered_with_the_choices(given):
    assert errors.did_you_mean(given, ["Days", "Subject"]) == "Choices: Days, Subject."
    with pytest.raises(errors.DataError, match="Choices: Days"):
        errors.require_known(given, ["Days"], "There is no such name.")


@pytest.mark.parametrize("given", ["x", 1.0, True, None, -1, [1]], ids=str)
def test_a_number_that_must_be_whole_says_so(given):
    with pytest.raises(errors.DataError, match="from 0 on"):
        errors.require_whole("n", given, 0)


@pytest.mark.parametrize("seed", [None, 0, np.int64(3)], ids=str)
def test_a_seed_is_whole_or_none(seed):
    errors.require_seed(seed)
