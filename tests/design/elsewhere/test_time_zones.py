"""Instants have the names of their own time zone, wherever the rows lie: those of rows in memory.

The clocks of Berlin were set back on 2025-10-26 at 01:00 UTC: 02:30 is there twice.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import dataset as arrow_datasets
from pyarrow import feather, parquet

import mixwell as mw

UTC = pd.to_datetime(
    ["2025-10-26 00:30", "2025-10-26 01:30", "2025-03-30 00:59", "2025-03-30 01:00"], utc=True
)
N = 40


def rows(zone: str | None, unit: str) -> pa.Table:
    rng = np.random.default_rng(1)
    which = np.arange(N) % 4
    instants = UTC.as_unit("us")[which].tz_localize(None).to_numpy()
    return pa.table(
        {
            "y": rng.normal(size=N) + which,
            "n": rng.integers(0, 3, N),
            "t": pa.array(instants).cast(pa.timestamp(unit)).view(pa.timestamp(unit, zone)),
        }
    )


def of_parquet(table: pa.Table, folder: Path) -> object:
    parquet.write_table(table.slice(0, 7), folder / "a.parquet")
    parquet.write_table(table.slice(7), folder / "b.parquet")
    return folder / "*.parquet"


def of_arrow_files(table: pa.Table, folder: Path) -> object:
    feather.write_feather(table, folder / "a.feather")
    return str(folder / "a.feather")


def of_polars(table: pa.Table, folder: Path) -> object:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame.lazy()


DOORS: dict[str, Callable[[pa.Table, Path], object]] = {
    "parquet": of_parquet,
    "arrow files": of_arrow_files,
    "dataset": lambda table, folder: arrow_datasets.dataset(table),
    "polars": of_polars,
}


@pytest.fixture(autouse=True)
def _default_options() -> Iterator[None]:
    yield
    mw.options.rows_in_memory = None


def names_of(data: object, most: int | None) -> list[list[str]]:
    """Return the names of coefficients, of groups, of means, and of rows that were counted."""
    mw.options.rows_in_memory = most
    fixed = mw.Model("y ~ factor(t)", data).fit(draws=20, seed=1)
    groups = mw.Model("y ~ 1 + (1 | t)", data).fit(draws=20, seed=1)
    counted = mw.Model("n ~ factor(t)", data, "poisson")
    return [
        [str(each) for each in fixed.summary().index],
        [str(each) for each in groups.ranef()["level"]],
        [str(each) for each in fixed.means("t").frame["t"]],
        [str(each) for each in counted.priors.index],
    ]


CASES = [
    *((door, "Europe/Berlin") for door in DOORS),
    *(("parquet", zone) for zone in ("America/New_York", "Asia/Kathmandu", None)),
]


@pytest.mark.parametrize(("door", "zone"), CASES)
def test_instants_are_levels_by_the_clock_of_their_own_zone(
    door: str, zone: str | None, tmp_path: Path
) -> None:
    data = DOORS[door](rows(zone, "us"), tmp_path)
    names = names_of(data, 0)
    assert names == names_of(data, None)
    clock = UTC.tz_convert(zone) if zone is not None else UTC.tz_localize(None)
    assert sorted(names[1]) == sorted(str(each) for each in clock)


@pytest.mark.parametrize("session", ["Europe/Berlin", "UTC"])
def test_instants_of_a_duckdb_relation_have_the_zone_of_its_session(session: str) -> None:
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{session}'")
    connection.register("held", rows("Asia/Kathmandu", "us"))
    names = names_of(connection.sql("SELECT * FROM held"), 0)
    assert names == names_of(connection.sql("SELECT * FROM held"), None)
    assert sorted(names[1]) == sorted(str(each) for each in UTC.tz_convert(session))


@pytest.mark.parametrize(
    ("door", "unit"), [("parquet", "s"), ("arrow files", "ns"), ("dataset", "ns"), ("polars", "ns")]
)
def test_instants_are_the_same_levels_in_every_unit(door: str, unit: str, tmp_path: Path) -> None:
    data = DOORS[door](rows("Europe/Berlin", unit), tmp_path)
    assert names_of(data, 0) == names_of(data, None)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
def test_parts_of_a_microsecond_are_refused_as_levels(
    door: str, zone: str | None, tmp_path: Path
) -> None:
    table = rows(zone, "ns")
    finer = pa.array(np.arange(N) % 3 + 1, pa.int64()).view(pa.timestamp("ns", zone))
    data = DOORS[door](table.set_column(2, "t", finer), tmp_path)
    mw.options.rows_in_memory = 0
    with pytest.raises(mw.MixwellError, match="parts of a microsecond"):
        mw.Model("y ~ 1 + (1 | t)", data)


@pytest.mark.parametrize("door", DOORS)
def test_predictions_of_a_table_keep_instants_and_their_zone(door: str, tmp_path: Path) -> None:
    table = rows("Europe/Berlin", "ms")
    data = DOORS[door](table, tmp_path)
    mw.options.rows_in_memory = 0
    fit = mw.Model("y ~ 1 + (1 | t)", data).fit(draws=20, seed=1)
    path = fit.predictions(data, groups="existing", out=tmp_path / "pred.parquet")
    found = parquet.read_table(path)["t"]
    assert found.type.tz == "Europe/Berlin"
    assert sorted(found.cast(pa.timestamp("us", "UTC")).to_pylist()) == sorted(
        table["t"].cast(pa.timestamp("us", "UTC")).to_pylist()
    )


def test_files_of_several_zones_are_refused_by_name_or_left_out(tmp_path: Path) -> None:
    for name, zone in {"a": "Europe/Berlin", "b": "UTC"}.items():
        parquet.write_table(rows(zone, "us"), tmp_path / f"{name}.parquet")
    mw.options.rows_in_memory = 0
    with pytest.raises(mw.MixwellError, match=r"of the time zone UTC in \"b.parquet\""):
        mw.Model("y ~ 1 + (1 | t)", tmp_path)
    mw.options.rows_in_memory = None
    with pytest.warns(mw.MixwellWarning, match=r"of the time zone UTC in \"b.parquet\""):
        assert mw.Model("y ~ 1", tmp_path).design.n == 2 * N


def test_nanoseconds_of_a_relation_say_what_to_cast() -> None:
    connection = duckdb.connect()
    connection.register("held", rows("UTC", "ns"))
    mw.options.rows_in_memory = 0
    with pytest.raises(mw.MixwellError, match="cast it to that"):
        mw.Model("y ~ 1 + (1 | t)", connection.sql("SELECT * FROM held"))
