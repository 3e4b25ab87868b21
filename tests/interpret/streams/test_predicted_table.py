"""Predictions of tables that are read and written some rows at a time."""

import datetime
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mixwell as mw
from mixwell.fit import Fit
from mixwell.interpret.streams import predicted_table


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    own = mw.load_data("sleepstudy").assign(Subject=lambda d: d["Subject"].astype(str))
    return own.assign(place=np.arange(len(own))[::-1])


@pytest.fixture(scope="module")
def fit(data: pd.DataFrame) -> Fit:
    return mw.Model("Reaction ~ Days + (Days | Subject)", data).fit(seed=1, draws=50)


@pytest.fixture(autouse=True)
def few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicted_table, "_ROWS", 70)


ASKED = [
    {},
    {"groups": "existing", "ci_prob": 0.5},
    {"groups": "new", "kind": "linear", "seed": 3},
    {"groups": "mixed", "seed": 3},
]


@pytest.mark.parametrize("asked", ASKED)
def test_a_table_has_the_predictions_of_the_same_rows_in_memory(
    fit: Fit, data: pd.DataFrame, tmp_path: Path, asked: dict[str, object]
) -> None:
    rows = data.assign(Subject=lambda d: d["Subject"].where(d["Days"] < 8, "somebody"))
    rows = data if asked.get("groups") == "existing" else rows
    lazy = pl.from_pandas(rows).lazy()
    path = fit.predictions(lazy, out=tmp_path / "pred.parquet", **asked)
    made = pd.read_parquet(path).sort_values("place", ascending=False)
    known = fit.predictions(rows, **asked).frame
    assert list(made.columns) == [*rows.columns, *(c for c in known.columns if c not in rows)]
    for name in ("estimate", "sd", "lower", "upper", "p_direction"):
        assert made[name].to_numpy() == pytest.approx(known[name].to_numpy(), rel=1e-12)


def with_columns_that_no_formula_reads(data: pd.DataFrame) -> pa.Table:
    n = len(data)
    more = {
        "photo": [b"a"] * n,
        "tags": [["u", "v"]] * n,
        "at": [{"lat": 1.5}] * n,
        "clock": [datetime.time(7, 30)] * n,
    }
    table = pa.Table.from_pandas(data, preserve_index=False)
    for name, values in more.items():
        table = table.append_column(name, pa.array(values))
    return table


@pytest.mark.parametrize("door", ["parquet", "polars", "duckdb"])
def test_columns_that_no_formula_reads_are_kept(
    fit: Fit, data: pd.DataFrame, tmp_path: Path, door: str
) -> None:
    table = with_columns_that_no_formula_reads(data)
    pq.write_table(table, tmp_path / "rows.parquet")
    doors = {
        "parquet": lambda: tmp_path / "rows.parquet",
        "polars": lambda: pl.scan_parquet(tmp_path / "rows.parquet"),
        "duckdb": lambda: duckdb.connect().read_parquet(str(tmp_path / "rows.parquet")),
    }
    path = fit.predictions(doors[door](), out=tmp_path / "pred.parquet")
    found = pq.read_table(path).sort_by([("place", "descending")])
    assert found.column_names[: len(table.column_names)] == table.column_names
    for name in ("photo", "tags", "at", "clock"):
        assert found[name].to_pylist() == table[name].to_pylist()


def test_columns_that_cannot_be_written_are_named(
    fit: Fit, data: pd.DataFrame, tmp_path: Path
) -> None:
    connection = duckdb.connect()
    connection.register("held", data)
    rows = connection.sql("SELECT *, INTERVAL 1 MONTH AS term, NULL AS none FROM held")
    with pytest.warns(mw.MixwellWarning, match=r"table: none, term.*which no Parquet file keeps"):
        path = fit.predictions(rows, out=tmp_path / "pred.parquet")
    assert not {"term", "none"} & set(pq.read_schema(path).names)
    frame = data.assign(wait=pd.Timedelta("1h"))
    frame.to_parquet(tmp_path / "rows.parquet")
    with pytest.warns(mw.MixwellWarning, match="'wait' holds durations"):
        path = fit.predictions(tmp_path / "rows.parquet", out=tmp_path / "pred.parquet")
    assert "wait" not in pq.read_schema(path).names


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of ibis, which calls old names
def test_a_table_of_ibis_is_predicted_in_batches(
    fit: Fit, data: pd.DataFrame, tmp_path: Path
) -> None:
    path = fit.predictions(ibis.memtable(data), out=tmp_path / "pred.parquet")
    made = pd.read_parquet(path).sort_values("place", ascending=False)
    known = fit.predictions(data)["estimate"].to_numpy()
    assert made["estimate"].to_numpy() == pytest.approx(known, rel=1e-12)


def test_new_responses_differ_from_batch_to_batch_and_not_from_seed_to_seed(
    fit: Fit, data: pd.DataFrame, tmp_path: Path
) -> None:
    rows = pd.concat([data.head(70)] * 2, ignore_index=True)
    one, two = (
        pd.read_parquet(fit.predictions(rows, "response", seed=1, out=tmp_path / name))
        for name in ("one.parquet", "two.parquet")
    )
    assert one.equals(two)
    first, second = one["estimate"].to_numpy().reshape(2, 70)
    assert not np.isclose(first, second).any()


def test_categories_have_a_row_each(tmp_path: Path, data: pd.DataFrame) -> None:
    choice = np.array(["a", "b", "c"])[np.arange(len(data)) % 3]
    rows = data.assign(choice=choice)
    made = mw.Model("choice ~ Days", rows, "categorical").fit(seed=1, draws=20)
    path = made.predictions(rows, out=tmp_path / "pred.parquet")
    found, known = pd.read_parquet(path), made.predictions(rows).frame
    assert found["category"].tolist() == known["category"].tolist()
    assert found["estimate"].to_numpy() == pytest.approx(known["estimate"].to_numpy())
    assert (found["place"].to_numpy() == np.repeat(data["place"].to_numpy(), 3)).all()


def test_without_a_table_the_rows_are_those_of_the_model(
    data: pd.DataFrame, tmp_path: Path
) -> None:
    mw.options.rows_in_memory = 0
    try:
        lazy = pl.from_pandas(data).lazy()
        model = mw.Model("Reaction | subset(Days > 1) ~ Days + (1 | Subject)", lazy)
    finally:
        mw.options.rows_in_memory = None
    path = model.fit(seed=1, draws=20).predictions(out=tmp_path / "pred.parquet")
    found = pd.read_parquet(path)
    assert sorted(found["place"]) == sorted(data.loc[data["Days"] > 1, "place"])
    assert pq.read_schema(path).metadata[b"summary"] == (
        b"Predicted means of Reaction (response scale)"
    )


def test_levels_beyond_memory_are_read_some_at_a_time(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"g": rng.permutation(np.arange(1200) % 600), "x": rng.normal(size=1200)})
    data["y"] = data["x"] + rng.normal(size=600)[data["g"]] + rng.normal(size=1200)
    fit = mw.Model("y ~ x + (1 | g)", data).fit(seed=1, draws=2500)
    path = fit.predictions(data, out=tmp_path / "whole.parquet", groups="existing")
    kept = mw.options.memory
    mw.options.memory = 40_000_000  # the deviations are 48 MB
    try:
        again = fit.predictions(data, out=tmp_path / "parts.parquet", groups="existing")
    finally:
        mw.options.memory = kept
    one, two = (
        pd.read_parquet(each).sort_values(["g", "x"], ignore_index=True) for each in (path, again)
    )
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.rename(columns={"place": "sd"}), "has a column 'sd', and so have predictions"),
        (lambda d: d.drop(columns="Days"), "no column 'Days'"),
        (lambda d: d.assign(Subject="somebody"), "levels that the model's data did not have"),
        (lambda d: d.assign(Days=np.where(d["Days"] > 8, np.nan, d["Days"])), "missing value"),
    ],
)
def test_rows_that_cannot_be_predicted_leave_the_old_file(
    fit: Fit, data: pd.DataFrame, tmp_path: Path, change: object, said: str
) -> None:
    path = tmp_path / "pred.parquet"
    path.write_text("the old one")
    with pytest.raises(mw.DataError, match=said):
        fit.predictions(pl.from_pandas(change(data)).lazy(), out=path, groups="existing")
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_only_parquet_files_are_written(fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(mw.DataError, match="Predictions are written to Parquet files"):
        fit.predictions(out=tmp_path / "pred.csv")
    with pytest.raises(mw.DataError, match="no directory"):
        fit.predictions(out=tmp_path / "nowhere" / "pred.parquet")
