"""Pairs of names and texts, as options of the command have them; tables, as DATA means them."""

from pathlib import Path

import pandas as pd
import pytest

import mixwell as mw
from mixwell.command.given_texts import read_pairs, require_formulas, table_of
from mixwell.tables.lazy.lazy_table import LazyTable


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sigma=HalfNormal(sigma=1)", "sigma"),
        ("I(x == 1)[True] = Normal(0, 1)", "I(x == 1)[True] "),
        ("cut(x, breaks = 3)[a]=flat", "cut(x, breaks = 3)[a]"),
    ],
)
def test_a_pair_is_split_at_the_equals_sign_outside_brackets(text, name):
    assert read_pairs([text], "--prior") == {name.strip(): text[len(name) + 1 :].strip()}


@pytest.fixture
def trips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / "trips").mkdir(exist_ok=True)
        pd.DataFrame({"zone": [name], "km": [1.5]}).to_parquet(tmp_path / f"trips/{name}.parquet")
    return tmp_path


@pytest.mark.usefixtures("trips")
@pytest.mark.parametrize("data", ["trips", "trips/*.parquet", "trips/?.parquet", "*/[ab].parquet"])
def test_patterns_and_folders_are_one_table(data: str) -> None:
    table = table_of(data)
    assert isinstance(table, pd.DataFrame)
    assert table["zone"].tolist() == ["a", "b"]


@pytest.mark.usefixtures("trips")
def test_a_large_table_stays_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mw.options, "rows_in_memory", 1)
    assert isinstance(table_of("trips/*.parquet"), LazyTable)
    assert isinstance(table_of("trips/a.parquet"), pd.DataFrame)


@pytest.mark.usefixtures("trips")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("*.csv", "No file matches"),
        ("trips/c.parquet", "There is no file"),
        ("km ~ zone*night", "DATA comes before FORMULA"),
        ("cak", "cake"),
    ],
)
def test_what_means_no_table_is_refused(data: str, said: str) -> None:
    with pytest.raises(mw.DataError, match=said):
        table_of(data)


@pytest.mark.usefixtures("trips")
def test_a_pattern_that_the_shell_took_apart_is_to_be_quoted() -> None:
    require_formulas(["km ~ 1", "sigma ~ zone", "no_file.csv", "y" * 3000])
    with pytest.raises(mw.DataError, match=r'"trips/b.parquet" is a file') as refused:
        require_formulas(["trips/b.parquet", "km ~ 1"])
    assert '"trips/*.parquet"' in str(refused.value)
