"""A data frame of Spark answers as every other table does, from a session that really runs.

Expected values are those that were put in; those of Polars where both are asked.
"""

import datetime
import math
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mixwell as mw
from mixwell.errors import DataError
from mixwell.tables.frame import read_data, read_frame
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.open_table import open_table

pytestmark = pytest.mark.spark

ROWS = [
    (1.5, 100, 2**53 + 1, True, "b", datetime.date(2026, 3, 1), Decimal("2.0"), 1.0),
    (math.nan, 100, 2**53, False, "a", None, None, 2.0),
    (None, None, None, None, None, datetime.date(2026, 3, 2), Decimal("0.5"), 3.0),
    (4.0, 100, 1, True, "ä", None, Decimal("1.5"), 4.0),
]
SCHEMA = (
    "y double, small tinyint, long bigint, good boolean, site string, day date, "
    "price decimal(4, 1), `x.1` double"
)


@pytest.fixture
def table(spark: Any) -> LazyTable:
    made = open_table(spark.createDataFrame(ROWS, SCHEMA))
    assert made is not None
    return made


def test_columns_have_the_typing_of_every_engine(table: LazyTable) -> None:
    assert table.where == "a Spark data frame"
    assert dict(table.kinds) == {
        "y": "number",
        "small": "whole",
        "long": "whole",
        "good": "truth",
        "site": "text",
        "day": "date",
        "price": "decimal",
        "x.1": "number",
    }


def test_not_a_number_is_missing_and_sums_do_not_overflow(table: LazyTable) -> None:
    y, small = table.number("y"), table.number("small")
    sums = {name: table.number(name).sum() for name in ("good", "price", "x.1")}
    answer = table.aggregate(
        "sums",
        {"there": y.count(), "y": y.sum(), "most": y.max(), "sq": (small * small).sum(), **sums},
    )
    assert answer == {
        "there": 2,
        "y": 5.5,
        "most": 4.0,
        "sq": 30_000.0,
        "good": 2.0,
        "price": 4.0,
        "x.1": 10.0,
    }


def test_groups_have_names_that_spark_would_take_apart(table: LazyTable) -> None:
    groups = table.grouped(
        "groups", {"x.1": table.column("x.1"), "k": nw.col("long")}, {"log(a.b)": nw.len()}
    )
    assert sorted(groups.to_pylist(), key=lambda row: row["x.1"]) == [
        {"x.1": 1.0, "k": 2**53 + 1, "log(a.b)": 1},
        {"x.1": 2.0, "k": 2**53, "log(a.b)": 1},
        {"x.1": 3.0, "k": None, "log(a.b)": 1},
        {"x.1": 4.0, "k": 1, "log(a.b)": 1},
    ]
    with pytest.raises(DataError, match="There are 4 groups by site"):
        table.grouped("groups", {"site": nw.col("site")}, {"n": nw.len()}, most=2)


def test_rows_come_in_batches_and_are_added_up_by_spark(table: LazyTable) -> None:
    assert not table.scanned
    asked = {name: table.column(name) for name in ("y", "long", "good", "site", "day", "x.1")}
    batches = list(table.batches("rows", asked, where=nw.col("small").is_null() | nw.col("good")))
    rows = pa.Table.from_batches(batches).to_pylist()
    assert sorted(rows, key=lambda row: row["x.1"]) == [
        dict(zip(asked, row, strict=True))
        for row in (
            (1.5, 2**53 + 1, True, "b", datetime.date(2026, 3, 1), 1.0),
            (None, None, None, None, datetime.date(2026, 3, 2), 3.0),
            (4.0, 1, True, "ä", None, 4.0),
        )
    ]


def test_times_come_out_as_the_moments_that_they_are(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = spark.sql("select timestamp '2026-03-01 12:00:00+02:00' as at")
    table = open_table(given)
    assert table is not None
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        (batch,) = table.batches("rows", {"at": table.column("at")})
    finally:
        monkeypatch.undo()
        time.tzset()
    (found,) = batch.column(0).to_pylist()
    assert found == datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)


def test_rows_are_predicted_in_batches(spark: Any, tmp_path: Path) -> None:
    sleep = mw.load_data("sleepstudy").astype({"Subject": str})
    fit = mw.Model("Reaction ~ Days + (Days | Subject)", sleep).fit(seed=1, draws=50)
    rows = [(float(y), int(x), g) for y, x, g in sleep.itertuples(index=False)]
    given = spark.createDataFrame(rows, "Reaction double, Days int, Subject string")
    path = fit.predictions(given, out=tmp_path / "pred.parquet")
    made = pd.read_parquet(path).sort_values(["Subject", "Days"], ignore_index=True)
    known = fit.predictions(sleep.sort_values(["Subject", "Days"])).frame
    for name in ("estimate", "sd", "lower", "upper"):
        np.testing.assert_allclose(made[name], known[name], rtol=1e-12)


def test_a_part_of_the_rows_is_counted(table: LazyTable) -> None:
    assert (table.count(), table.filtered(nw.col("good")).count()) == (4, 2)


def test_a_small_table_is_read_with_the_types_of_other_doors(spark: Any) -> None:
    frame = read_frame(spark.createDataFrame(ROWS, SCHEMA))
    other = read_frame(
        pl.DataFrame(
            ROWS, schema=["y", "small", "long", "good", "site", "day", "price", "x.1"], orient="row"
        )
    )
    assert list(frame) == list(other)
    assert frame["long"].tolist() == other["long"].tolist()
    assert frame["site"].tolist()[:2] == ["b", "a"]


def test_sums_are_those_of_polars_on_columns_far_from_zero(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mw.options, "rows_in_memory", 0)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": 1e7 + rng.normal(size=500), "g": rng.integers(0, 5, 500)})
    frame.loc[::50, "x"] = np.nan
    found = {}
    rows = [(None if x != x else x, int(g)) for x, g in frame.itertuples(index=False)]
    given = {
        "spark": spark.createDataFrame(rows, "x double, g int"),
        "polars": pl.from_pandas(frame).lazy(),
    }
    for name, data in given.items():
        table = read_data(data)
        assert isinstance(table, LazyTable)
        x = table.number("x") - 1e7
        sums = {"n": x.count(), "s": x.sum(), "ss": (x * x).sum()}
        groups = table.grouped("sums", {"g": nw.col("g")}, sums)
        found[name] = groups.to_pandas().sort_values("g", ignore_index=True)
    pd.testing.assert_frame_equal(found["spark"], found["polars"], rtol=1e-10, check_dtype=False)


def test_a_model_takes_a_data_frame_of_spark(spark: Any) -> None:
    sleep = mw.load_data("sleepstudy").astype({"Subject": str})
    text = "Reaction ~ Days + (Days | Subject)"
    rows = [(float(y), int(x), g) for y, x, g in sleep.itertuples(index=False)]
    given = spark.createDataFrame(rows, "Reaction double, Days int, Subject string")
    assert repr(mw.Model(text, given)) == repr(mw.Model(text, sleep))


def test_a_session_that_was_stopped_is_said(table: LazyTable, spark: Any) -> None:
    frame = spark.createDataFrame(ROWS, SCHEMA)
    spark.stop()
    with pytest.raises(DataError, match="session of a Spark data frame was stopped"):
        table.count()
    with pytest.raises(DataError, match=r"session of .* was stopped"):
        open_table(frame)
