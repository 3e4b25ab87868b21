"""Ratings and categories that no row has, and responses that are no ratings, on every road."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw

N = 30
X = np.linspace(-1.0, 1.0, N)
TEXT = np.resize(["low", "mid", "top"], N)
ORDERED = ("cumulative", "sratio", "cratio", "acat")


def rated(categories, *, ordered=True, x=X):
    return pd.DataFrame({"y": pd.Categorical(TEXT, categories, ordered=ordered), "x": x})


def notes(data, family, formula="y ~ x"):
    return mw.Model(formula, data, family).design.notes


@pytest.mark.parametrize("family", ORDERED)
def test_declared_ratings_without_rows_are_left_out_and_said_as_in_clm_and_brms(family) -> None:
    """ordinal 2022.11 and brms 2.18 drop unused levels, at the ends and between."""
    data = rated(["none", "low", "some", "mid", "top", "all"])
    assert notes(data, family) == (
        "No row of y is none, some, all: the ratings of the model are low, mid, top, with a "
        "threshold between neighbors of these.",
    )
    assert mw.Model("y ~ x", data, family).spec.response.levels == ("low", "mid", "top")
    assert notes(rated(["low", "mid", "top"]), family) == ()


def test_whole_numbers_that_are_passed_over_are_said() -> None:
    coded = pd.DataFrame({"y": np.resize([1, 2, 5], N), "x": X})
    assert "No row of y is 3, 4: the ratings" in notes(coded, "cumulative")[0]
    assert notes(coded, "categorical") == ()
    assert notes(coded.assign(y=np.resize([2, 3, 4], N)), "cumulative") == ()
    # declared ones are all there are
    own = coded.assign(y=pd.Categorical(coded["y"], [1, 2, 5], ordered=True))
    assert notes(own, "cumulative") == ()


@pytest.mark.parametrize("family", ["cumulative", "acat", "categorical"])
def test_ratings_all_of_whose_rows_have_gaps_are_refused(family) -> None:
    gaps = np.where(TEXT == "mid", np.nan, X)
    with pytest.raises(mw.DataError, match="No row that is left is of 'mid'"):
        mw.Model("y ~ x", rated(["low", "mid", "top"], x=gaps), family)


@pytest.mark.parametrize(
    ("data", "line", "levels"),
    [
        (pd.DataFrame({"y": TEXT, "x": X}), "'low', 'mid', 'top'", ("low", "mid", "top")),
        (rated(["top", "mid", "low"], ordered=False), "'top', 'mid', 'low'", ("top", "mid", "low")),
        (
            pd.DataFrame({"y": np.resize(["1", "2", "10"], N), "x": X}),
            "'1', '2', '10'",
            ("1", "2", "10"),
        ),
        (
            pd.DataFrame({"y": pd.Categorical(np.resize([3, 1, 2], N)), "x": X}),
            "'1', '2', '3'",
            ("1", "2", "3"),
        ),
        (pd.DataFrame({"y": X > 0, "x": X}), "'False', 'True'", ("False", "True")),
        (
            pl.DataFrame({"y": pl.Series(TEXT, dtype=pl.Enum(["top", "mid", "low"])), "x": X}),
            "'top', 'mid', 'low'",
            ("top", "mid", "low"),
        ),
    ],
)
def test_the_line_that_orders_an_unordered_response_works_on_the_same_data(
    data, line, levels
) -> None:
    with pytest.raises(mw.DataError, match="factor without order") as refused:
        mw.Model("y ~ x", data, "cumulative")
    left = refused.value.hint.partition("first: ")[2].removesuffix(" ~ ...")
    assert left == f"ordered(y, levels = c({line}))"
    assert mw.Model(f"{left} ~ x", data, "cumulative").spec.response.levels == levels


def test_numbers_that_are_no_ratings_are_refused_with_the_first_row_and_what_serves() -> None:
    data = pd.DataFrame({"y": np.resize([1.0, 1.5, 2.0], N), "x": X})
    with pytest.raises(mw.DataError, match=r"other numbers: 1\.5 \(and 9 more rows\)") as refused:
        mw.Model("y ~ x", data, "cumulative")
    assert 'response "y", row 2 of those used' in str(refused.value)
    assert "ordered(y) makes a rating of each number" in str(refused.value)
    assert mw.Model("ordered(y) ~ x", data, "cumulative").spec.response.levels == ("1", "1.5", "2")


@pytest.mark.parametrize("addition", ["thres(4)", "cat(5)"])
def test_brmss_number_of_thresholds_is_refused_with_what_they_are_here(addition) -> None:
    with pytest.raises(mw.FormulaError, match="ratings are those that rows have"):
        mw.Model(f"y | {addition} ~ x", rated(["low", "mid", "top"]), "cumulative")
