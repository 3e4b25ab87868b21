"""The shipped datasets: shapes, level orders, catalog and errors."""

import importlib.resources
import inspect

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.data import Dataset, dataset, datasets

SHAPES = {
    "sleepstudy": (180, ["Reaction", "Days", "Subject"]),
    "eight_schools": (8, ["school", "effect", "se"]),
    "bangladesh": (1934, ["woman", "district", "use", "livch", "age", "urban"]),
    "block_direction": (1467, ["user", "block", "direction", "trial", "age", "y"]),
    "cbpp": (56, ["herd", "incidence", "size", "period"]),
    "penicillin": (144, ["diameter", "plate", "sample"]),
    "pastes": (60, ["strength", "batch", "cask", "sample"]),
    "cake": (270, ["replicate", "recipe", "temperature", "angle", "temp"]),
    "warpbreaks": (54, ["breaks", "wool", "tension"]),
    "toothgrowth": (60, ["len", "supp", "dose"]),
    "radon": (919, ["floor", "county", "log_radon", "log_uranium"]),
    "kidney": (76, ["time", "censored", "patient", "recur", "age", "sex", "disease"]),
    "epilepsy": (
        236,
        ["Age", "Base", "Trt", "patient", "visit", "count", "obs", "zAge", "zBase"],
    ),
    "inhaler": (572, ["subject", "rating", "treat", "period", "carry"]),
    "grouseticks": (
        403,
        ["INDEX", "TICKS", "BROOD", "HEIGHT", "YEAR", "LOCATION", "cHEIGHT"],
    ),
    "alligators": (
        16,
        ["lake", "sex", "size", "fish", "invertebrate", "reptile", "bird", "other"],
    ),
}

# As R's levels() gives them.
LEVELS = [
    ("sleepstudy", "Subject", ["308", "309", "310"], 18),
    ("eight_schools", "school", ["A", "B", "C"], 8),
    ("bangladesh", "district", ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], 60),
    ("bangladesh", "livch", ["0", "1", "2", "3+"], 4),
    ("bangladesh", "use", ["N", "Y"], 2),
    ("block_direction", "block", ["b1", "b2", "b3"], 3),
    ("block_direction", "direction", ["left", "right"], 2),
    ("block_direction", "user", ["u01", "u02"], 40),
    ("cbpp", "herd", ["1", "2", "3"], 15),
    ("cbpp", "period", ["1", "2", "3", "4"], 4),
    ("penicillin", "plate", ["a", "b"], 24),
    ("penicillin", "sample", ["A", "B"], 6),
    ("pastes", "sample", ["A:a", "A:b", "A:c", "B:a"], 30),
    ("cake", "replicate", [str(number) for number in range(1, 16)], 15),
    ("cake", "temperature", ["175", "185", "195", "205", "215", "225"], 6),
    ("warpbreaks", "tension", ["L", "M", "H"], 3),
    ("toothgrowth", "supp", ["OJ", "VC"], 2),
    ("radon", "county", ["AITKIN", "ANOKA", "BECKER"], 85),
    ("kidney", "disease", ["other", "GN", "AN", "PKD"], 4),
    ("epilepsy", "patient", ["1", "2", "3"], 59),
    ("grouseticks", "YEAR", ["95", "96", "97"], 3),
    ("alligators", "lake", ["George", "Hancock", "Oklawaha", "Trafford"], 4),
]


@pytest.mark.parametrize("name", SHAPES)
def test_a_set_has_its_rows_and_columns_and_no_missing_value(name: str) -> None:
    frame = mw.load_data(name)
    rows, columns = SHAPES[name]
    assert len(frame) == rows
    assert frame.columns.tolist() == columns
    assert not frame.isna().to_numpy().any()


@pytest.mark.parametrize(("name", "column", "first", "count"), LEVELS)
def test_a_factor_has_the_level_order_of_r(
    name: str, column: str, first: list[str], count: int
) -> None:
    categories = mw.load_data(name)[column].cat.categories.tolist()
    assert categories[: len(first)] == first
    assert len(categories) == count


def test_only_the_cake_temperature_is_ordered() -> None:
    ordered = {
        (name, column)
        for name in SHAPES
        for column, values in mw.load_data(name).items()
        if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered
    }
    assert ordered == {("cake", "temperature")}


@pytest.mark.parametrize("name", SHAPES)
def test_a_column_is_a_number_or_a_factor_without_unused_levels(name: str) -> None:
    for _, values in mw.load_data(name).items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            assert set(values.unique()) == set(values.cat.categories)
        else:
            assert np.issubdtype(values.to_numpy().dtype, np.number)


def test_the_first_rows_of_sleepstudy_are_those_of_lme4() -> None:
    frame = mw.load_data("sleepstudy")
    assert frame["Reaction"].head(3).tolist() == [249.56, 258.7047, 250.8006]
    assert frame["Days"].head(3).tolist() == [0, 1, 2]
    assert frame["Subject"].head(3).tolist() == ["308"] * 3


def test_the_districts_of_bangladesh_have_their_published_sizes() -> None:
    sizes = mw.load_data("bangladesh")["district"].value_counts()
    assert sizes[["1", "2", "3"]].tolist() == [117, 20, 2]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("SleepStudy", "sleepstudy"),
        (" CBPP ", "cbpp"),
        ("Contraception", "bangladesh"),
        ("eight schools", "eight_schools"),
        ("block-direction", "block_direction"),
        ("ToothGrowth", "toothgrowth"),
    ],
)
def test_a_name_is_found_in_any_case_and_under_its_r_name(given: str, name: str) -> None:
    pd.testing.assert_frame_equal(mw.load_data(given), mw.load_data(name))


def test_a_typing_error_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(mw.DataError, match="sleepstudy") as caught:
        mw.load_data("sleepstdy")
    assert "sleepstdy" in str(caught.value)


def test_every_load_is_a_new_frame() -> None:
    frame = mw.load_data("cbpp")
    frame.loc[0, "size"] = -1
    assert mw.load_data("cbpp").loc[0, "size"] == 14


def test_the_list_has_a_row_for_every_set() -> None:
    table = mw.list_data()
    assert table.columns.tolist() == ["name", "rows", "columns", "description", "source"]
    assert table["name"].tolist() == list(SHAPES)
    for row in table.itertuples():
        assert (row.rows, row.columns.split(", ")) == SHAPES[row.name]
        assert row.description
        assert row.source


@pytest.mark.parametrize("entry", datasets().values(), ids=lambda entry: entry.name)
def test_the_catalog_and_the_docstring_explain_every_column(entry: Dataset) -> None:
    text = inspect.getdoc(mw.load_data) or ""
    assert f"{entry.name} ({entry.rows:,} rows)" in text
    assert list(entry.columns) == SHAPES[entry.name][1]
    assert all(f"``{column}``" in text for column in entry.columns)
    assert all(entry.columns.values())
    assert entry.license


def test_a_catalog_entry_prints_its_columns_and_source() -> None:
    page = str(dataset("cake"))
    assert page.startswith("cake: Breaking angles")
    assert "temperature  baking temperature" in page
    assert "Source: Cook (1938)" in page


def test_every_shipped_file_belongs_to_a_set() -> None:
    folder = importlib.resources.files("mixwell.data") / "sets"
    assert {file.name for file in folder.iterdir()} == {f"{name}.csv" for name in SHAPES}
