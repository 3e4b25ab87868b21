"""What is stored comes back as it was: the expected frame is the one that was stored."""

import datetime
import uuid
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.tables.object_values import value_from_text
from mixwell.tables.stored import frame_from_bytes, frame_to_bytes, require_storable

DAYS = pd.date_range("2026-03-01", periods=4)
COLUMNS = {
    "cut": pd.cut([1.0, 2.0, 3.0, 4.0], 2),
    "cut of dates": pd.cut(DAYS, 2),
    "quantiles": pd.qcut([1.0, 2.0, 3.0, 4.0], 2),
    "whole intervals": pd.Categorical(pd.IntervalIndex.from_breaks([0, 1, 2, 3, 4])),
    "unordered intervals": pd.Categorical(pd.cut([1.0, 2.0, np.nan, 4.0], 2), ordered=False),
    "intervals": pd.IntervalIndex.from_breaks([0.0, 1, 2, 3, 4], closed="left"),
    "period": pd.period_range("2026", periods=4, freq="M"),
    "periods as categories": pd.Categorical(pd.period_range("2026", periods=4, freq="M")),
    "dates as categories": pd.Categorical(DAYS),
    "dates of a zone as categories": pd.Categorical(DAYS.tz_localize("Europe/Berlin")),
    "dates of a zone": DAYS.tz_localize("Europe/Berlin"),
    "nanoseconds": np.array(["2026-03-01T00:00:00.000000001"] * 4, dtype="M8[ns]"),
    "durations": pd.to_timedelta([1, 2, 3, 4], unit="h"),
    "days": pd.Series(DAYS.date, dtype=object),
    "clock": pd.Series([datetime.time(1)] * 4, dtype=object),
    "decimals": pd.Series([Decimal("1.10")] * 4, dtype=object),
    "long": np.array([2**53, 2**53 + 1, 3, 4]),
    "unsigned": np.array([2**64 - 1, 2**64 - 2, 3, 4], dtype="uint64"),
    "nullable": pd.array([2**53 + 1, None, 2**53, 3], dtype="Int64"),
    "long categories": pd.Categorical([2**60, 2**60 + 1, 3, None], ordered=True),
    "unused categories": pd.Categorical(["b", "a", "b", "c"], ["b", "a", "c", "d"]),
    "truth": pd.array([True, None, False, True], dtype="boolean"),
    "text": ["a", None, "", "nan"],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_with_its_type_and_values(name: str) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]}, index=[3, 1, 2, 0])
    column = COLUMNS[name]
    frame[name] = column.array if isinstance(column, pd.Series) else column
    made = frame_from_bytes(frame_to_bytes(frame))
    pd.testing.assert_frame_equal(made, frame, check_freq=False)


@pytest.mark.parametrize(
    "index",
    [
        pd.CategoricalIndex(pd.interval_range(0, 4)),
        pd.interval_range(0, 4),
        pd.MultiIndex.from_product([[1, 2], ["a", "b"]]),
        DAYS,
    ],
    ids=["categories", "intervals", "nested", "dates"],
)
def test_rows_keep_their_labels(index: pd.Index) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]}, index=index)
    assert frame_from_bytes(frame_to_bytes(frame)).index.tolist() == index.tolist()


OBJECTS = {
    "mixed": [1, "1", 1.5, None, False, Decimal("1.10"), b"a", float("inf")],
    "long": [10**20, -(10**30), 0, None],
    "pairs": [(1, "a"), (1, (2, None)), (), (datetime.date(2026, 3, 1),)],
    "fractions": [Fraction(1, 3), Fraction(2, 3), Fraction(-1), None],
    "intervals": [pd.Interval(0, 1), pd.Interval(0.5, 2, "both"), pd.Interval(*DAYS[:2]), None],
    "times": [DAYS[0].tz_localize("Asia/Tokyo"), datetime.time(1), pd.Period("2026-03"), pd.NaT],
    "spans": [pd.Timedelta("1ns"), datetime.timedelta(-1, 5, 7), pd.NA, 0],
    "UUIDs": [uuid.UUID(int=7), uuid.UUID(int=8), None, "7"],
    "of NumPy": [np.int64(3), np.uint64(2**64 - 1), np.float32(0.5), np.True_],
}


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("categorical", [False, True])
def test_objects_of_many_types_come_back_as_they_were(name: str, categorical: bool) -> None:
    listed = OBJECTS[name]
    if categorical:
        listed = [value for value in listed if not pd.isna(value)]
    values = pd.Series(listed, dtype=object)
    frame = pd.DataFrame({"x": pd.Categorical(values, values) if categorical else values})
    made = frame_from_bytes(frame_to_bytes(frame))["x"]
    for one, other in zip(made.tolist(), listed, strict=True):
        assert type(one) is type(other.item() if isinstance(other, np.generic) else other)
        assert one is other or one == other


@pytest.mark.parametrize(
    "value",
    [object(), frozenset({1}), {"a": 1}, [1], 1j, Enum("E", "A").A, range(3)],
    ids=lambda value: type(value).__name__,
)
def test_values_that_cannot_be_stored_are_refused_in_a_sentence(value: object) -> None:
    frame = pd.DataFrame({"x": pd.Series([value, "a"], dtype=object)})
    for refuse in (frame_to_bytes, require_storable):
        with pytest.raises(DataError, match=r"Column 'x' cannot be stored: .* no file keeps"):
            refuse(frame)


@pytest.mark.parametrize(
    "text", ["", "[", "[]", '["no", 1]', '["tuple", 3]', '{"a": 1}', "[" * 9999]
)
def test_a_text_that_stands_for_no_value_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="stands for no value"):
        value_from_text(text)
