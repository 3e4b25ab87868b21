"""Text that is too long to be held is typed as the reader of shorter text types it.

Expected values are those of `read_table`, which holds the text.
"""

import gzip
from pathlib import Path

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest
from pandas._libs.parsers import STR_NA_VALUES

import mixwell as mw
from mixwell.errors import DataError, MixwellWarning
from mixwell.tables.files import read_table
from mixwell.tables.frame import read_data, read_frame
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.many_files.written_numbers import MISSING_WORDS

KINDS = {"i": "whole", "u": "whole", "f": "number", "b": "truth", "O": "text"}


@pytest.fixture(autouse=True)
def stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mw.options, "rows_in_memory", 0)


def lazy(path: object) -> LazyTable:
    made = read_data(path)
    assert isinstance(made, LazyTable)
    return made


def columns(table: LazyTable) -> dict[str, list[object]]:
    asked = {name: nw.col(name) for name in table.kinds}
    return pa.Table.from_batches(table.batches("rows", asked)).to_pydict()


def held(path: Path) -> dict[str, list[object]]:
    frame = read_table(path).astype(object)
    return {str(name): frame[name].where(frame[name].notna(), None).tolist() for name in frame}


TEXTS = {
    "plain": 'id,x,g,ok,gap\n1,1.5,"a,b",True,\n2,2,c,False,NA\n-3,.5,"say ""no""",TRUE,\n',
    "spaces": "x, y, g\n1, 2, a\n3, NA, b c\n",
    "blank lines": "x,y\n\n1,2\n\n3,4\n",
    "signs": "x,y,z\n+5,1e3,inf\n007,5.,-Infinity\n7 ,2,3\n",
    "texts": "code,y\n0x1F,1\n1_000,2\n12a,3\n",
    "quotes": 'a,b\n"1","x\ny"\n"2","NA"\n',
    "long": "id,x\n9007199254740993,1\n,2\n9007199254740992,3\n",
    "dates": "day,x\n2026-03-01,1\n2026-03-02,2\n",
    "windows": "x,g\r\n1,a\r\n2,b\r\n",
    "mark": "\ufeffx,g\n1,a\n2,b\n",
    "empty truth": "ok,x\nTrue,1\n,2\nFalse,3\n",
    "late": "x,g\n" + "1,a\n" * 30_000 + "1.5,b\n" + "zwei,c\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.filterwarnings("ignore::mixwell.errors.MixwellWarning")
def test_values_are_those_of_the_text_that_is_held(tmp_path: Path, text: str, packed: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    expected = held(path)
    found = columns(lazy(path))
    assert {name: found[name] for name in expected if name in found} == {
        name: values for name, values in expected.items() if name in found
    }
    assert {n for n in expected if n not in found} <= {n for n, v in expected.items() if not any(v)}


def test_words_for_a_missing_value_are_those_of_pandas(tmp_path: Path) -> None:
    assert set(MISSING_WORDS) == STR_NA_VALUES
    (tmp_path / "a.csv").write_text("x,n\n" + "".join(f"{w},1\n" for w in MISSING_WORDS) + "2,1\n")
    assert columns(lazy(tmp_path / "a.csv"))["x"].count(None) == len(MISSING_WORDS)


def test_decimal_commas_are_read_where_another_separator_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("y;x;g\n1,5;2;a,b\n1.000,25;3;c\n")
    with pytest.warns(MixwellWarning):
        table = lazy(tmp_path / "a.csv")
    assert columns(table) == {"y": [1.5, 1000.25], "x": [2, 3], "g": ["a,b", "c"]}


def test_names_of_rows_as_r_writes_them_are_no_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('"x","g"\n"1",5,"a"\n"2",6,"b"\n')
    (tmp_path / "b.csv").write_text('"","x","g"\n"1",5,"a"\n"2",6,"b"\n')
    (tmp_path / "c.csv").write_text("x,g\n5,a,\n6,b,\n")
    with pytest.warns(MixwellWarning, match="names of rows"):
        assert columns(lazy(tmp_path / "a.csv")) == {"x": [5, 6], "g": ["a", "b"]}
    assert columns(lazy(tmp_path / "b.csv"))["x"] == [5, 6]
    assert columns(lazy(tmp_path / "c.csv")) == {"x": [5, 6], "g": ["a", "b"]}


def test_a_number_late_in_one_of_many_files_changes_the_type_of_all(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,g,n\n1,a,\n2,b,\n")
    (tmp_path / "b.csv").write_text("g;n;x\n" + "c;u;3\n" * 3 + "d;v;1.4\n")
    with pytest.warns(MixwellWarning, match="separated by"):
        table = lazy(tmp_path / "*.csv")
    assert dict(table.kinds) == {"x": "number", "g": "text", "n": "text"}
    assert sorted(columns(table)["x"]) == [1.0, 1.4, 2.0, 3.0, 3.0, 3.0]
    with pytest.warns(MixwellWarning, match="separated by"):
        frame = read_frame(tmp_path / "*.csv")
    assert frame["x"].tolist() == [1.0, 2.0, 3.0, 3.0, 3.0, 1.4]
    assert frame["n"].dropna().tolist() == ["u", "u", "u", "v"]


def test_a_line_of_another_length_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,g\n" + "1,a\n" * 30_000 + "1,a,b\n")
    with pytest.raises(DataError, match="Line: 30002"):
        lazy(tmp_path / "a.csv")


def test_text_in_folders_by_value_has_their_columns(tmp_path: Path) -> None:
    for year in ("2024", "2025"):
        (tmp_path / f"year={year}").mkdir()
        (tmp_path / f"year={year}/a.csv").write_text(f"x\n{year}\n")
    in_any_order = columns(lazy(tmp_path))
    assert sorted(zip(in_any_order["x"], in_any_order["year"], strict=True)) == [
        (2024, 2024),
        (2025, 2025),
    ]


def test_the_temporary_file_goes_with_the_table(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "a.csv").write_text("x,g\n1,a\n2,b\n")
    table = lazy(tmp_path / "a.csv").filtered(nw.col("x") > 1)
    written = list((tmp_path / "temporary").rglob("rows.parquet"))
    assert (table.count(), len(written)) == (1, 1)
    del table
    assert not written[0].exists()


def test_what_is_packed_otherwise_is_read_whole(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1, 2]})
    frame.to_csv(tmp_path / "a.csv.bz2", index=False)
    assert read_data(tmp_path / "a.csv.bz2").equals(frame)


@pytest.mark.parametrize("rows", [0, 10, None], ids=["to stay", "counted", "to be held"])
@pytest.mark.parametrize("damage", ["cut off", "altered", "not packed"])
def test_packed_text_that_is_damaged_is_said_before_it_is_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: int | None, damage: str
) -> None:
    monkeypatch.setattr(mw.options, "rows_in_memory", rows)
    whole = gzip.compress(b"y,x\n" + b"1,2\n3,4.5\n" * 500, mtime=0)
    middle = bytes(255 - byte for byte in whole[20:30])
    damaged = {
        "cut off": whole[:-9],
        "altered": whole[:20] + middle + whole[30:],
        "not packed": whole[:2] + b"no",
    }
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(damaged[damage])
    with pytest.raises(DataError, match="cannot be unpacked: it is cut off or damaged"):
        read_data(path)
