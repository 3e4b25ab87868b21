"""A misspelled name is answered with the nearest choices."""

from typing import Any

import pytest

from mixwell.errors import did_you_mean, nearest


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


@pytest.mark.parametrize(
    ("elsewhere", "here"), [("category", "parameter"), ("dpar", "parameter"), ("compare", "kind")]
)
def test_what_others_call_an_argument_is_known_where_there_is_such_a_one(
    elsewhere: str, here: str
) -> None:
    assert did_you_mean(elsewhere, ["scores", here]) == f'Did you mean "{here}"?'
    assert did_you_mean(elsewhere, ["draws", "seed"]) == "Choices: draws, seed."
