"""Files that hold one table: which are meant, what they have in common, what of them is read.

Expected values are those that were put in.
"""

import datetime
import gzip
import math
import os
from decimal import Decimal
from pathlib import Path

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import dataset as arrow_datasets
from pyarrow import feather, parquet

import mixwell as mw
from mixwell.errors import DataError, MixwellWarning
from mixwell.tables.frame import read_data, read_frame
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.many_files.duckdb_tables import connection
from mixwell.tables.lazy.open_table import open_table

WHOLE = {"x": [1, 2], "g": ["b", "a"]}
BROKEN = {"x": [1.4, math.nan], "g": ["c", None]}


@pytest.fixture
def stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """No table is read into memory."""
    monkeypatch.setattr(mw.options, "rows_in_memory", 0)


def write(folder: Path, **tables: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in tables.items():
        parquet.write_table(pa.table(columns), folder / f"{name}.parquet")


def opened(data: object) -> LazyTable:
    made = open_table(data)
    assert made is not None
    return made


def rows(table: LazyTable) -> list[dict[str, object]]:
    asked = {name: nw.col(name) for name in table.kinds}
    found = pa.Table.from_batches(list(table.batches("rows", asked))).to_pylist()
    return sorted(found, key=lambda row: str(row["g"]))


ALL = [
    {"x": 2.0, "g": "a"},
    {"x": 1.0, "g": "b"},
    {"x": 1.4, "g": "c"},
    {"x": None, "g": None},
]
ALL.sort(key=lambda row: str(row["g"]))


@pytest.mark.parametrize("first", ["whole", "broken"])
def test_a_file_of_whole_numbers_does_not_cut_those_of_another(tmp_path: Path, first: str) -> None:
    order = [WHOLE, BROKEN] if first == "whole" else [BROKEN, WHOLE]
    write(tmp_path, a=order[0], b=order[1])
    assert rows(opened(tmp_path / "*.parquet")) == ALL
    assert sorted(read_frame(tmp_path)["x"].dropna()) == [1.0, 1.4, 2.0]


def test_arrow_files_are_not_cut_either(tmp_path: Path) -> None:
    for name, columns in {"a": WHOLE, "b": BROKEN}.items():
        feather.write_feather(pa.table(columns), tmp_path / f"{name}.arrow")
    assert rows(opened(tmp_path)) == ALL
    dataset = opened(arrow_datasets.dataset(tmp_path, format="ipc"))
    assert list(dataset.kinds) == ["g"]
    with pytest.raises(DataError, match=r"'x' holds numbers in .*b.arrow.* whole numbers"):
        dataset.require("x")


DAY = datetime.date(2024, 1, 2)
NOON = datetime.datetime(2024, 1, 2, 12)
TYPES = {
    "days and times": (pa.array([DAY, None]), pa.array([NOON, None], pa.timestamp("ms"))),
    "nanoseconds": (pa.array([DAY], pa.date64()), pa.array([NOON], pa.timestamp("ns"))),
    "whole numbers": (pa.array([3, None], pa.int8()), pa.array([2**63 + 2**20], pa.uint64())),
    "decimals": (pa.array([1, 2]), pa.array([Decimal("1.25"), None], pa.decimal128(5, 2))),
    "doubles": (pa.array([2**60], pa.int64()), pa.array([0.5, None])),
    "listed texts": (pa.array(["a", None]), pa.array(["b", "a"]).dictionary_encode()),
}


#: Arrow itself rounds no whole numbers beyond 2**53, and says so of its files.
ROUNDED = ("whole numbers", "doubles")


@pytest.mark.parametrize(
    ("name", "kind"),
    [*((n, "parquet") for n in TYPES), *((n, "arrow") for n in TYPES if n not in ROUNDED)],
)
@pytest.mark.parametrize("turned", [False, True])
def test_types_that_go_together_do_so_in_memory_too(
    name: str, kind: str, tmp_path: Path, *, turned: bool
) -> None:
    write_file = parquet.write_table if kind == "parquet" else feather.write_feather
    for file, values in zip("ba" if turned else "ab", TYPES[name], strict=True):
        write_file(pa.table({"x": values}), str(tmp_path / f"{file}.{kind}"))
    table = opened(tmp_path)
    listed = table.grouped("list", {"x": table.column("x")}, {})["x"].to_pylist()
    held = [None if pd.isna(x) else x for x in read_frame(tmp_path)["x"]]
    assert set(held) == set(listed)


@pytest.mark.parametrize("other", [pa.array([1]), pa.array(["a"]), pa.array([None])])
def test_times_of_a_zone_next_to_another_type_are_refused_by_name(
    other: pa.Array, tmp_path: Path
) -> None:
    for file, values in {"a": pa.array([NOON], pa.timestamp("ns", "UTC")), "b": other}.items():
        parquet.write_table(pa.table({"y": [1.0], "x": values}), tmp_path / f"{file}.parquet")
    table = opened(tmp_path)
    if pa.types.is_null(other.type):
        assert table.require("x") == "date"
    else:
        with pytest.raises(DataError, match="instants of the time zone UTC"):
            table.require("x")


def test_a_column_that_a_file_lacks_is_refused_where_it_is_read(tmp_path: Path) -> None:
    write(tmp_path, a={"x": [1], "tip": [2]}, b={"x": [3]}, c={"x": [4], "Tip": [5]})
    table = opened(tmp_path)
    assert table.aggregate("sum", {"x": table.number("x").sum()}) == {"x": 8}
    with pytest.raises(DataError, match=r"'tip' is missing in 2 of the 3 files, such as .b.parq"):
        table.require("tip")
    with pytest.raises(DataError, match="'Tip' is missing in 2"):
        table.require("Tip")


def test_a_column_of_texts_in_one_file_and_numbers_in_another_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a={"x": [1], "k": ["1"]}, b={"x": [3], "k": [1]})
    with pytest.raises(DataError, match=r"'k' holds texts in .a.* and whole numbers in .b.parquet"):
        opened(tmp_path).require("k")


def test_what_files_do_not_have_in_common_is_left_out_of_memory_and_said(tmp_path: Path) -> None:
    write(tmp_path, a={"x": [1], "tip": [2]}, b={"x": [3]})
    with pytest.warns(MixwellWarning, match="Left out of .*: tip. Column 'tip' is missing in"):
        assert list(read_frame(tmp_path)) == ["x"]


def test_names_that_differ_in_case_alone_are_two_columns_in_memory_only(tmp_path: Path) -> None:
    write(tmp_path, a={"x": [1.0], "X": [2.0], "y": [3.0]})
    assert read_frame(tmp_path / "a.parquet").iloc[0].tolist() == [1.0, 2.0, 3.0]
    table = opened(tmp_path / "a.parquet")
    assert list(table.kinds) == ["y"]
    with pytest.raises(DataError, match="differ in case alone"):
        table.require("X")
    assert list(opened(pl.scan_parquet(tmp_path / "a.parquet")).kinds) == ["x", "X", "y"]


def test_a_name_is_one_however_its_letters_were_composed(tmp_path: Path) -> None:
    write(tmp_path, a={"e\u0301": [1.0]})
    assert list(opened(tmp_path).kinds) == ["\u00e9"] == list(read_frame(tmp_path))


def test_levels_keep_the_order_that_a_type_lists(tmp_path: Path) -> None:
    dose = pd.Categorical(["high", "low", None], ["low", "mid", "high"], ordered=True)
    frame = pd.DataFrame({"dose": dose})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_feather(tmp_path / "a.arrow")
    enum = pl.DataFrame({"dose": pl.Series(["high"], dtype=pl.Enum(["low", "mid", "high"]))})
    for data in ("a.parquet", "a.arrow"):
        table = opened(tmp_path / data)
        assert dict(table.levels) == {"dose": ("low", "mid", "high")}
        assert table.ordered == {"dose"}
        assert read_frame(tmp_path / data)["dose"].cat.ordered
    assert dict(opened(enum.lazy()).levels) == {"dose": ("low", "mid", "high")}
    assert opened(enum.lazy()).ordered == set()


def test_folders_that_are_named_by_values_are_columns(tmp_path: Path) -> None:
    write(tmp_path / "trips/year=2024/zone=a%20b", p={"x": [1.0]})
    write(tmp_path / "trips/year=__HIVE_DEFAULT_PARTITION__/zone=c", p={"x": [2.0]})
    (tmp_path / "trips/_SUCCESS").write_bytes(b"")
    expected = [(1.0, 2024, "a b"), (2.0, None, "c")]
    for data in ("trips", "trips/*/*/*.parquet", "trips/**/*.parquet"):
        table = opened(tmp_path / data)
        assert dict(table.kinds) == {"x": "number", "year": "whole", "zone": "text"}
        frame = read_frame(tmp_path / data)
        (batch,) = [
            pa.Table.from_batches(table.batches("rows", {n: nw.col(n) for n in table.kinds}))
        ]
        assert sorted(tuple(row.values()) for row in batch.to_pylist()) == expected
        assert frame["zone"].tolist() == ["a b", "c"]
        assert frame["year"].tolist() == [2024, pd.NA]


def test_no_folder_no_file_and_no_match_are_said_with_what_is_near(tmp_path: Path) -> None:
    write(tmp_path, trips={"x": [1.0]})
    (tmp_path / "empty").mkdir()
    for data, said in {
        "trps.parquet": r'no file(.|\n)*Did you mean "trips.parquet"',
        "*.csv": r"No file matches(.|\n)*Tables in .*: trips.parquet",
        "none/*.parquet": r"No file matches(.|\n)*no folder",
        "empty": "The folder .* has no files",
        "https://example.org/a.parquet": "is an address",
    }.items():
        with pytest.raises(DataError, match=said):
            read_data(data if "://" in data else tmp_path / data)


def test_files_of_two_kinds_are_refused(tmp_path: Path) -> None:
    write(tmp_path, trips={"x": [1.0]})
    (tmp_path / "notes.txt").write_text("read me")
    with pytest.raises(DataError, match=r'notes.txt" is text, and .*trips.parquet" is Parquet'):
        read_data(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, a=WHOLE, b=WHOLE)
    data = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(data[:-20])
    with pytest.raises(DataError, match=r"A query on .*2 files\) failed"):
        opened(tmp_path)


def test_letters_of_patterns_in_names_of_files_are_letters(tmp_path: Path) -> None:
    write(tmp_path, **{"a[1]": {"x": [1.0]}, "a1": {"x": [2.0]}, "it's": {"x": [4.0]}})
    for name, value in {"a[1]": 1.0, "it's": 4.0}.items():
        table = opened(tmp_path / f"{name}.parquet")
        assert table.aggregate("sum", {"x": table.number("x").sum()}) == {"x": value}


def test_files_may_be_listed(tmp_path: Path) -> None:
    write(tmp_path, a={"x": [1]}, b={"x": [2]}, c={"x": [4]})
    frame = read_frame([tmp_path / "a.parquet", str(tmp_path / "c.parquet")])
    assert frame["x"].tolist() == [1, 4]


@pytest.mark.usefixtures("stays")
def test_a_large_table_stays_where_it_lies(tmp_path: Path) -> None:
    write(tmp_path, a=WHOLE)
    table = read_data(str(tmp_path / "a.parquet"))
    assert isinstance(table, LazyTable)
    assert read_data(table) is table
    assert read_frame(table).equals(read_frame(tmp_path / "a.parquet"))
    assert isinstance(read_data(pl.LazyFrame(WHOLE)), LazyTable)
    assert isinstance(read_data(pl.DataFrame(WHOLE)), pd.DataFrame)


@pytest.mark.usefixtures("stays")
def test_a_table_without_rows_is_refused_wherever_it_lies(tmp_path: Path) -> None:
    write(tmp_path, a={"x": pa.array([], pa.float64())})
    for data in (tmp_path / "a.parquet", pl.LazyFrame({"x": []}, schema={"x": pl.Float64})):
        with pytest.raises(DataError, match="no rows"):
            read_data(data)


@pytest.mark.usefixtures("stays")
def test_a_table_that_memory_does_not_hold_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mw.options, "memory", 10_000_000)
    many = pl.LazyFrame({"x": [1.0]}).select(pl.col("x").repeat_by(2_000_000).explode())
    with pytest.raises(DataError, match=r"Polars LazyFrame in memory would take 0.016 GB"):
        read_frame(many)


def test_a_model_takes_a_path(tmp_path: Path) -> None:
    data = mw.load_data("sleepstudy")
    data.to_csv(tmp_path / "sleep.csv", index=False)
    text = "Reaction ~ Days + (Days | Subject)"
    for given in (tmp_path / "sleep.csv", os.fspath(tmp_path / "*.csv")):
        assert repr(mw.Model(text, given)) == repr(mw.Model(text, data))
    (tmp_path / "sleep.csv.gz").write_bytes(gzip.compress((tmp_path / "sleep.csv").read_bytes()))
    assert repr(mw.Model(text, tmp_path / "sleep.csv.gz")) == repr(mw.Model(text, data))


def test_a_table_without_a_column_that_can_be_read_is_refused() -> None:
    with pytest.raises(DataError, match=r"No column of a Polars LazyFrame can be read. Column 'x'"):
        open_table(pl.LazyFrame({"x": [[1], [2]]}))


def test_our_connection_shows_no_bar_of_its_own() -> None:
    asked = connection().execute("SELECT current_setting('enable_progress_bar')")
    assert asked.fetchone() == (False,)
