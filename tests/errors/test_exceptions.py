"""Errors say what is wrong, where, and what the nearest valid choice is."""

import pickle
from pathlib import Path

import pytest

from mixwell import errors
from mixwell.errors import (
    DataError,
    FormulaError,
    MixwellError,
    PriorError,
    SamplingError,
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


def test_warnings_leave_by_one_door_which_names_the_line_of_the_user() -> None:
    source = Path(errors.__file__).parents[1]
    doors = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if "warnings.warn(" in path.read_text("utf-8")
    ]
    assert doors == ["errors/exceptions.py"]
