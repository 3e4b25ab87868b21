"""Every engine types columns alike and answers queries alike.

Expected values are those that were put in.
"""

import datetime
import math
import signal
from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis
import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import dataset as arrow_datasets
from pyarrow import feather, parquet

from mixwell.errors import DataError
from mixwell.tables.lazy import engines
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.open_table import open_table

ROWS = pa.table(
    {
        "y": [1.5, math.nan, None, 4.0],
        "small": pa.array([100, 100, None, 100], pa.int8()),
        "long": [2**53 + 1, 2**53, None, 1],
        "good": [True, False, None, True],
        "site": ["b", "a", None, "ä"],
        "day": [datetime.date(2026, 3, 1), None, datetime.date(2026, 3, 2), None],
        "single": pa.array([0.5, math.nan, None, 1.0], pa.float32()),
        "bytes": [b"a", b"b", b"c", None],
    }
)
KINDS = {
    "y": "number",
    "small": "whole",
    "long": "whole",
    "good": "truth",
    "site": "text",
    "day": "date",
    "single": "number",
}
type Maker = Callable[[pa.Table, Path], object]


def as_parquet(rows: pa.Table, folder: Path) -> object:
    parquet.write_table(rows.slice(0, 2), folder / "a.parquet")
    parquet.write_table(rows.slice(2), folder / "b.parquet")
    return folder / "*.parquet"


def as_arrow_files(rows: pa.Table, folder: Path) -> object:
    for name, part in {"a": rows.slice(0, 2), "b": rows.slice(2)}.items():
        feather.write_feather(part, folder / f"{name}.arrow")
    return str(folder)


def as_dataset(rows: pa.Table, folder: Path) -> object:
    as_arrow_files(rows, folder)
    return arrow_datasets.dataset(folder, format="ipc")


def as_ibis(rows: pa.Table, folder: Path) -> object:
    parquet.write_table(rows, folder / "rows.parquet")
    return ibis.duckdb.connect().read_parquet(folder / "rows.parquet")


ENGINES: dict[str, Maker] = {
    "parquet": as_parquet,
    "arrow files": as_arrow_files,
    "relation": lambda rows, _: duckdb.connect().from_arrow(rows),
    "polars": lambda rows, _: pl.from_arrow(rows).lazy(),
    "dataset": as_dataset,
    "ibis": as_ibis,
}


# ibis itself calls functions of DuckDB by names that are going away
OLD_NAMES = pytest.mark.filterwarnings("ignore:fetch_:DeprecationWarning")


@pytest.fixture(
    params=[pytest.param(name, marks=[OLD_NAMES] if name == "ibis" else []) for name in ENGINES]
)
def table(request: pytest.FixtureRequest, tmp_path: Path) -> LazyTable:
    made = open_table(ENGINES[request.param](ROWS, tmp_path))
    assert made is not None
    return made


def test_columns_have_one_typing_in_every_engine(table: LazyTable) -> None:
    assert dict(table.kinds) == KINDS
    assert table.refused == {"bytes": "Column 'bytes' holds bytes, which no formula reads."}


def test_not_a_number_is_missing_like_a_null(table: LazyTable) -> None:
    y, single = table.number("y"), table.number("single")
    sums = {"y": y.sum(), "most": y.max(), "mean": y.mean(), "single": single.sum()}
    answer = table.aggregate("sums", {"there": y.count(), **sums})
    assert answer == {"there": 2, "y": 5.5, "most": 4.0, "mean": 2.75, "single": 1.5}


def test_small_whole_numbers_and_truth_values_are_added_without_overflow(table: LazyTable) -> None:
    sums = {name: table.number(name).sum() for name in ("small", "good")}
    squares = {"squares": (table.number("small") * table.number("small")).sum()}
    assert table.aggregate("sums", sums | squares) == {"small": 300, "good": 2, "squares": 30_000}


def test_long_whole_numbers_stay_apart_as_keys(table: LazyTable) -> None:
    groups = table.grouped("groups", {"id": nw.col("long")}, {"log(n)": nw.len()})
    assert {row["id"]: row["log(n)"] for row in groups.to_pylist()} == {
        2**53 + 1: 1,
        2**53: 1,
        1: 1,
        None: 1,
    }


def test_groups_are_plain_values_whatever_the_engine(table: LazyTable) -> None:
    groups = table.grouped("groups", {"site": nw.col("site")}, {"y": table.number("y").sum()})
    assert groups.schema.types == [pa.string(), pa.float64()]
    found = {row["site"]: row["y"] or 0.0 for row in groups.to_pylist()}  # no value adds to nothing
    assert found == {"b": 1.5, "a": 0.0, None: 0.0, "ä": 4.0}


def test_more_groups_than_allowed_are_refused_with_their_number(table: LazyTable) -> None:
    with pytest.raises(DataError, match=r"There are 4 groups by site of .*; 2 are allowed"):
        table.grouped("groups", {"site": nw.col("site")}, {"n": nw.len()}, most=2)


def test_rows_come_in_batches(table: LazyTable) -> None:
    asked = {"y": table.number("y"), "site": nw.col("site"), "n": nw.col("small")}
    batches = list(table.batches("rows", asked, where=nw.col("site") != "a", rows=2))
    rows = pa.Table.from_batches(batches)
    assert rows.schema.types == [pa.float64(), pa.string(), pa.int64()]
    assert sorted(rows.to_pylist(), key=lambda row: row["site"]) == [
        {"y": 1.5, "site": "b", "n": 100},
        {"y": 4.0, "site": "ä", "n": 100},
    ]


def test_an_engine_without_batches_is_refused_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = open_table(pl.LazyFrame({"x": [1.0]}))
    assert table is not None
    monkeypatch.setattr(engines, "ENGINES", {})
    with pytest.raises(DataError, match=r"do not come out in batches(.|\n)*Parquet"):
        table.batches("rows", {"x": table.number("x")})


def test_a_closed_connection_of_duckdb_is_said_in_words() -> None:
    connection = duckdb.connect()
    relation = connection.sql("SELECT 1.0 AS x")
    table = open_table(relation)
    assert table is not None
    connection.close()
    for ask in (table.count, lambda: open_table(relation)):
        with pytest.raises(
            DataError, match=r"connection of a DuckDB relation is closed(.|\n)*anew"
        ):
            ask()


def test_a_part_of_the_rows_is_a_table_with_the_same_log(table: LazyTable) -> None:
    part = table.filtered(nw.col("good"))
    assert (table.count(), part.count(), part.queries is table.queries) == (4, 2, True)


def test_rows_are_counted_once(table: LazyTable) -> None:
    assert (table.count(), table.count(), len(table.queries)) == (4, 4, 1)


def test_a_column_that_is_not_read_is_refused_where_it_is_asked_for(table: LazyTable) -> None:
    assert table.require("y") == "number"
    with pytest.raises(DataError, match="holds bytes"):
        table.require("bytes")
    with pytest.raises(DataError, match=r"no column 'siet'(.|\n)*\"site\""):
        table.require("siet")


def test_other_queries_run_after_batches_that_were_given_up(table: LazyTable) -> None:
    batches = table.batches("rows", {"y": table.number("y")}, rows=1)
    next(batches)
    batches.close()
    assert table.count() == 4
    assert table.queries.frame["done"].tolist() == [False, True]


def test_an_interrupt_among_batches_loses_neither_the_table_nor_rows(table: LazyTable) -> None:
    batches = table.batches("rows", {"y": table.number("y")}, rows=1)

    def take() -> None:
        for _ in batches:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        take()
    assert table.count() == 4  # though the iterator was left as it was
    with pytest.raises(DataError, match="Another query was asked"):
        next(batches)
    again = list(table.batches("rows", {"y": table.number("y")}))
    assert sum(batch.num_rows for batch in again) == 4
