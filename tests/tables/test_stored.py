"""What is stored comes back as it was: the expected frame is the one that was stored."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.tables.stored import frame_from_bytes, frame_to_bytes

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


def test_values_that_cannot_be_stored_are_refused_in_a_sentence() -> None:
    with pytest.raises(DataError, match="cannot be stored"):
        frame_to_bytes(pd.DataFrame({"x": pd.Categorical([1, "a"])}))
