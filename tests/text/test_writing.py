"""Words and figures as text: one wrapper, one aligner, one style of HTML."""

import re

import numpy as np
import pytest

from mixwell.text import html
from mixwell.text.alignment import aligned
from mixwell.text.numbers import decimals_for, fixed, points_in_line
from mixwell.text.wrapping import paragraphs, wrapped


def test_later_lines_begin_under_the_text_of_the_first():
    lines = wrapped("word " * 40, "- ", width=30)
    assert lines[0].startswith("- word")
    assert {line[:6] for line in lines[1:]} == {"  word"}


def test_names_are_not_broken_unless_asked_for():
    name = "a-very-long-name-of-a-level"
    assert wrapped(name, width=10) == [name]
    assert max(map(len, wrapped(name, width=10, break_words=True))) <= 10


def test_paragraphs_stand_one_below_the_other():
    assert paragraphs(["one two", "three"], width=4) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("spread", "digits", "places"),
    [(1234.0, 3, 0), (0.012, 3, 4), (0.012, 2, 3), (0.0, 2, 3), (np.nan, 3, 3), (1e-12, 3, 14)],
)
def test_decimals_show_some_digits_of_a_spread(spread, digits, places):
    assert decimals_for(spread, digits) == places


def test_zero_has_no_sign_and_a_missing_number_has_a_name():
    assert fixed(-0.0001, 2) == "0.00"
    assert fixed(np.nan, 2) == "NaN"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (2.5114e-10, 13, "2.511e-10"),
        (-6.8e-12, 13, "-6.8e-12"),
        (3e-20, 13, "3e-20"),
        (0.0, 13, "0"),
        (np.inf, 13, "inf"),
        (np.nan, 13, "NaN"),
        (251.4, 13, "2.514000000000000e+02"),
        (2.5114e102, 0, "2.511e+102"),
        (251119016988487.0, 0, "251119016988487"),
    ],
)
def test_numbers_beyond_a_line_of_digits_have_a_power_of_ten(value, places, text):
    """Tiny ones were 0.00000000, whatever they were."""
    assert fixed(value, places) == text
    assert float(text) == pytest.approx(value, rel=0.05, nan_ok=True)


def test_powers_of_ten_leave_no_room_for_their_decimals_in_other_rows():
    assert points_in_line([2.5e-10, 0.25], [12, 2]) == ["2.50e-10   ", "0.25"]


def test_decimal_points_stand_in_one_column_whatever_the_decimals():
    cells = points_in_line([1234.0, -0.5, np.nan, 2.25], [0, 1, 2, 2])
    assert cells == ["1234   ", "-0.5 ", "NaN   ", "2.25"]
    lines = aligned([[cell] for cell in cells], True)
    assert [line.index(".") for line in lines if "." in line] == [4, 4]


def test_columns_are_as_wide_as_their_widest_cell():
    assert aligned([["a", "b"], ["long", "1"]], [False, True]) == ["a     b", "long  1"]


def test_html_escapes_text_and_sets_no_color_of_its_own():
    made = html.block("x", html.table([html.row([html.cell(html.number("<1.5 "), right=True)])]))
    assert "&lt;1.5\u2007" in made
    assert set(re.findall(r"color: (\w+)", made)) == {"inherit"}
    assert set(re.findall(r"background: (\w+)", made)) == {"transparent"}
