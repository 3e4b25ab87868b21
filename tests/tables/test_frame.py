"""Frames of every library enter with their values, and with no order that their type does not say.

Expected values are those that were put in.
"""

from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mixwell.design import build_design
from mixwell.errors import DataError
from mixwell.formula import parse_formula
from mixwell.tables.files import read_table
from mixwell.tables.frame import read_frame

LONG = 2**53
IDS = [LONG + 1, None, LONG]
LISTED = ["low", "middle", "high"]


def dictionary(ordered: bool) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array([2, 0, 1]), pa.array(LISTED), ordered=ordered)


@pytest.mark.parametrize(
    "data",
    [
        pl.DataFrame({"id": IDS}),
        pl.LazyFrame({"id": IDS}),
        pa.table({"id": IDS}),
        pd.DataFrame({"id": pd.array(IDS, dtype="int64[pyarrow]")}),
        pd.DataFrame({"id": pd.array(IDS, dtype="Int64")}),
        {"id": IDS},
    ],
    ids=["polars", "lazy", "arrow", "pandas over arrow", "nullable", "lists"],
)
def test_long_identifiers_with_a_gap_stay_whole_numbers(data: object) -> None:
    column = read_frame(data)["id"]
    assert [None if pd.isna(value) else int(value) for value in column] == IDS


def test_unsigned_identifiers_beyond_the_signed_ones_stay_what_they_are() -> None:
    ids = [2**64 - 1, None, 2**64 - 2]
    column = read_frame(pl.DataFrame({"id": pl.Series(ids, dtype=pl.UInt64)}))["id"]
    assert [None if pd.isna(value) else int(value) for value in column] == ids


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "feather"])
def test_long_identifiers_with_a_gap_are_read_from_files(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame({"id": pd.array(IDS, dtype="Int64"), "x": [0.5, 1.0, 2.0]})
    path = tmp_path / f"long.{ending}"
    if ending in ("csv", "tsv"):
        frame.to_csv(path, index=False, sep="," if ending == "csv" else "\t")
    else:
        getattr(frame, f"to_{ending}")(path)
    made = read_table(path)
    assert [None if pd.isna(value) else int(value) for value in made["id"]] == IDS
    assert made["x"].tolist() == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("column", "levels", "ordered"),
    [
        (pl.Series(["high", "low", "middle"], dtype=pl.Enum(LISTED)), LISTED, False),
        (pl.Series(["high", "low", "middle"], dtype=pl.Categorical), sorted(LISTED), False),
        (dictionary(ordered=False), LISTED, False),
        (dictionary(ordered=True), LISTED, True),
        (pd.Categorical(["high", "low", "middle"], LISTED), LISTED, False),
        (pd.Categorical(["high", "low", "middle"], LISTED, ordered=True), LISTED, True),
        (pd.array(dictionary(ordered=False), pd.ArrowDtype(dictionary(False).type)), LISTED, False),
    ],
    ids=["enum", "categorical", "dictionary", "ordered dictionary", "pandas", "ordered", "arrow"],
)
def test_a_factor_is_ordered_where_its_type_says_so(
    column: object, levels: list[str], ordered: bool
) -> None:
    library = {pl.Series: pl.DataFrame, pa.DictionaryArray: pa.table}.get(
        type(column), pd.DataFrame
    )
    frame = read_frame(library({"f": column}))  # type: ignore[operator]
    kind = frame["f"].dtype
    assert isinstance(kind, pd.CategoricalDtype)
    assert (list(kind.categories), kind.ordered) == (levels, ordered)
    assert frame["f"].tolist() == ["high", "low", "middle"]


def test_a_polars_enum_is_coded_as_a_factor_by_either_way_in() -> None:
    data = pl.DataFrame(
        {"y": [1.0, 2.0, 4.0], "f": pl.Series(["high", "low", "middle"], dtype=pl.Enum(LISTED))}
    )
    for given in (data, data.to_arrow()):
        design = build_design([parse_formula("y ~ f")], given)
        assert list(design.common.columns) == ["Intercept", "f[middle]", "f[high]"]


def test_dates_of_other_libraries_are_dates() -> None:
    days = pl.Series(["2026-03-01", "2026-03-02"]).str.to_date()
    for data in (pl.DataFrame({"day": days}), pa.table({"day": days.to_arrow()})):
        assert read_frame(data)["day"].dt.day.tolist() == [1, 2]


def test_categories_keep_their_time_zone_and_their_gaps() -> None:
    days = pd.date_range("2026-01-01", periods=2, tz="Europe/Berlin")
    given = pd.DataFrame({"day": pd.Categorical([*days, None]), "cut": pd.cut([1.0, 2.0, 3.0], 2)})
    zoned = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], "int8"), pa.array(days))
    # before PyArrow 25 from_pandas itself forgets the zone
    table = pa.Table.from_pandas(given).set_column(0, "day", zoned)
    pd.testing.assert_frame_equal(read_frame(table), given, check_freq=False)
    text = pl.Series(["b", None, "a"], dtype=pl.Categorical)
    assert read_frame(pl.DataFrame({"f": text}))["f"].cat.codes.tolist() == [1, -1, 0]


def test_a_file_that_arrow_cannot_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cut.feather"
    pd.DataFrame({"x": pd.cut([1.0, 2.0], 2)}).to_feather(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_table(path)


def test_single_values_alone_make_one_row():
    frame = read_frame({"x": 1.0, "f": "a"})
    assert frame.to_dict("list") == {"x": [1.0], "f": ["a"]}


def test_a_single_value_fills_its_column():
    assert read_frame({"x": [1.0, 2.0], "f": "a"})["f"].tolist() == ["a", "a"]


def test_columns_of_unequal_length_are_refused_with_their_lengths():
    with pytest.raises(DataError, match=r"differ in length \(x: 2, f: 1\)"):
        read_frame({"x": [1.0, 2.0], "f": ["a"]})
