"""A label is that of one value only: checked on random pairs of numbers and on neighbors."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixwell.text.level_labels import label_of
from mixwell.text.numbers import show_near, show_values

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e22, max_value=1e22)
whole = st.integers(min_value=-(10**21), max_value=10**21)


@given(finite | whole, finite | whole)
def test_two_numbers_have_one_label_where_they_are_equal(one: float, two: float) -> None:
    assert (label_of(one) == label_of(two)) == (one == two)


@given(finite)
def test_a_label_gives_the_number_back_exactly(value: float) -> None:
    assert float(label_of(value)) == value


@given(finite)
def test_the_next_float_has_another_label(value: float) -> None:
    assert label_of(np.nextafter(value, np.inf)) != label_of(value)


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ([1, 1.0, np.int8(1), np.uint64(1), np.float32(1), Decimal("1.0")], "1"),
        ([0, -0.0, Decimal("-0.00")], "0"),
        ([2**64 - 1, np.uint64(2**64 - 1)], "18446744073709551615"),
        ([0.1, Decimal("0.10"), np.float64(0.1)], "0.1"),
        ([datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1), np.datetime64("2026-03-01")],
         "2026-03-01"),
    ],
)  # fmt: skip
def test_equal_values_of_other_types_are_written_alike(values: list[Any], label: str) -> None:
    assert {label_of(value) for value in values} == {label}


def test_levels_that_six_digits_do_not_keep_apart_are_shown_with_more() -> None:
    assert show_values([1234567.0, 1234568.0]) == ["1234567", "1234568"]
    assert show_values([0.1 + 0.2, 0.5]) == ["0.3", "0.5"]
    assert show_values([0.1 + 0.2, 0.3]) == ["0.30000000000000004", "0.3"]


def test_a_number_far_from_zero_has_the_digits_of_its_spread():
    assert show_near(1_700_000_123.4, 3600.0) == "1700000123"
    assert show_near(-2_460_000.123456, 1.2) == "-2460000.123"
    assert show_near(12.34567891, 3600.0) == show_near(12.34567891, 0.0) == "12.3457"
