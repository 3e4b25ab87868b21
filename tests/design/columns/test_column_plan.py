"""Columns of terms: of long data by distinct rows; cells without data have their own numbers."""

import numpy as np
import pandas as pd
import pytest

from mixwell.design.columns.column_plan import (
    Plan,
    distinct_rows,
    plan_values,
    term_columns,
    unseen_values,
    wide_columns,
)
from mixwell.design.design import Design, build_design
from mixwell.formula import parse_formula

RNG = np.random.default_rng(2)


def design(formula: str, data: pd.DataFrame) -> Design:
    return build_design([parse_formula(formula)], data)


def rows(n: int, levels: int = 3) -> pd.DataFrame:
    """Return rows of factors a, b and c and a number, every level of them present."""
    codes = RNG.integers(0, levels, (n, 3))
    codes[:levels] = np.arange(levels)[:, None]
    data = pd.DataFrame(codes, columns=list("abc")).astype(str)
    return data.assign(x=RNG.normal(size=n), y=RNG.normal(size=n))


@pytest.mark.parametrize(("formula", "count"), [("y ~ a", 3), ("y ~ a * b", 9), ("y ~ 0 + c:a", 9)])
def test_a_long_design_of_factors_is_made_once_a_distinct_row(formula: str, count: int) -> None:
    data = rows(5_001)
    long, short = design(formula, data), design(formula, data[:5_000])
    plan = long.mean.fixed.plan
    values, row_cells = distinct_rows(plan, long.frame)
    assert row_cells is not None
    assert len(values) == count
    by_terms = np.hstack([term_columns(term, long.frame) for term in plan.all_terms])
    assert np.array_equal(plan_values(plan, long.frame), by_terms)
    assert np.array_equal(long.common[:5_000], short.common)
    assert np.array_equal(long.mean.fixed.near(slice(7, 90)), by_terms[7:90])


@pytest.mark.parametrize("formula", ["y ~ a + x", "y ~ x", "y ~ 1"])
def test_numbers_have_no_distinct_rows(formula: str) -> None:
    made = design(formula, rows(6_000))
    assert distinct_rows(made.mean.fixed.plan, made.frame)[1] is None


def test_factors_of_more_cells_than_a_table_may_have_are_made_row_by_row() -> None:
    data = rows(6_000, levels=101)
    made = design("y ~ a + b + c", data)
    plan = Plan(False, made.mean.fixed.plan.terms)
    values, row_cells = distinct_rows(plan, made.frame)
    assert row_cells is None
    assert values.sum() == sum(data[name].ne("0").sum() for name in "abc")


@pytest.fixture
def lacking() -> Design:
    """Return a design without the cell `v r`, asked about every cell."""
    data = pd.DataFrame({"a": list("uvuvu") * 4, "b": list("ppqqr") * 4, "x": np.arange(20.0)})
    data["y"] = RNG.normal(size=20)
    made = design("y ~ 0 + interaction(a, b):x + interaction(a, b)", data)
    cells = pd.DataFrame({"a": list("uvuvuv"), "b": list("ppqqrr"), "x": [2.0, 3, 5, 7, 11, 13]})
    return made.replay(cells, asked=True)


def test_a_cell_without_data_has_numbers_in_columns_of_its_own(lacking: Design) -> None:
    plan, frame = lacking.mean.fixed.plan, lacking.frame
    levels, with_x = sorted(plan.terms, key=lambda term: len(term.variables))
    found = wide_columns(levels, frame)
    assert np.array_equal(found[:, :-1], np.eye(6, 5))
    assert np.array_equal(found[:5, -1], np.zeros(5))
    number = found[5, -1]
    assert 0.5 <= number < 1.5
    x = np.array([2.0, 3, 5, 7, 11, 13])
    by_x = wide_columns(with_x, frame)
    assert np.array_equal(by_x[:, :-1], x[:, None] * np.eye(6, 5))
    assert np.array_equal(by_x[:, -1], x * found[:, -1])
    assert np.array_equal(term_columns(levels, frame), found[:, :-1])
    assert unseen_values(plan, frame).shape == (6, 2)


def test_cells_without_data_have_numbers_well_apart_and_away_from_zero() -> None:
    names = [f"k{i}" for i in range(40)]
    data = pd.DataFrame({"a": names, "b": names, "y": RNG.normal(size=40)})
    made = design("y ~ interaction(a, b)", data)
    grid = pd.MultiIndex.from_product([names, names], names=["a", "b"]).to_frame(index=False)
    asked = made.replay(grid, asked=True)
    (numbers,) = unseen_values(asked.mean.fixed.plan, asked.frame).T
    missing = np.sort(numbers[grid.a != grid.b])
    assert (numbers[grid.a == grid.b] == 0).all()
    assert missing[0] >= 0.5
    assert missing[-1] < 1.5
    assert np.diff(missing).min() > 1e-9
    assert missing.std() == pytest.approx(1 / np.sqrt(12), rel=0.05)  # that of even numbers


def test_a_long_grid_with_cells_without_data_is_that_of_its_rows(lacking: Design) -> None:
    grid = pd.concat([lacking.data[["a", "b"]]] * 1_000, ignore_index=True)
    data = pd.DataFrame({"a": list("uvuvu") * 4, "b": list("ppqqr") * 4})
    made = design("y ~ interaction(a, b)", data.assign(y=RNG.normal(size=20)))
    long, short = (made.replay(grid[:n], asked=True) for n in (6_000, 6))
    assert np.array_equal(long.common, np.tile(short.common, (1_000, 1)))
