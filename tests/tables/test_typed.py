"""New rows take the type of the model's data where that keeps their values."""

import pandas as pd

from mixwell.tables.typed import as_typed

NOON = pd.Timestamp("2026-07-01 12:00", tz="Europe/Berlin")


def test_texts_become_dates_where_there_were_dates() -> None:
    dates = pd.Series([pd.Timestamp("2026-03-01")])
    texts = pd.Series(["2026-03-02", "2026-03-02 12:00:00"])
    assert as_typed(texts, dates.dtype).dt.hour.tolist() == [0, 12]
    assert as_typed(pd.Series(["spring"]), dates.dtype).tolist() == ["spring"]


def test_an_instant_is_written_in_the_time_zone_of_the_model() -> None:
    zone = pd.Series([NOON]).dtype
    elsewhere = pd.Series([NOON.tz_convert("Asia/Tokyo")])
    assert str(as_typed(elsewhere, zone)[0]) == str(NOON)
    assert str(as_typed(pd.Series([str(NOON)]), zone)[0]) == str(NOON)
    nowhere = as_typed(pd.Series(["2026-07-01 12:00:00"]), zone)
    assert nowhere.dt.tz is None


def test_intervals_between_whole_numbers_are_those_between_floats() -> None:
    floats, whole = (
        pd.Series(pd.cut([1, 2, 3], pd.IntervalIndex.from_breaks(breaks)))
        for breaks in ([0.0, 2.0, 4.0], [0, 2, 4])
    )
    assert whole.cat.categories.dtype == "interval[int64, right]"
    made = as_typed(whole, floats.dtype)
    assert list(map(str, made)) == ["(0.0, 2.0]", "(0.0, 2.0]", "(2.0, 4.0]"]
    plain = as_typed(whole.astype(whole.cat.categories.dtype), floats.dtype)
    assert list(map(str, plain)) == list(map(str, made))
