"""The fixed-effect columns: their parts in step, copies, sizes, and rows that lack columns."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design, build_design
from mixwell.formula import parse_formula

DATA = pd.DataFrame(
    {
        "y": [1.0, 2.0, 4.0, 3.0, 5.0, 8.0, 2.0, 1.0],
        "x": [0.0, 1.0, -9.0, 3.0, 4.0, 5.0, 2.0, 7.0],
        "f": list("abcabcab"),
        "time": 1e9 + np.array([0.0, 2.0, 1.0, 5.0, 3.0, 4.0, 2.0, 9.0]),
    }
)


def design(formula: str, data: pd.DataFrame = DATA) -> Design:
    return build_design([parse_formula(formula)], data)


def fixed(formula: str) -> FixedEffects:
    return design(formula).mean.fixed


def test_without_the_intercept_all_that_belongs_to_a_column_stays_with_it() -> None:
    whole = fixed("y ~ f + I(2 * x) + x + time")
    rest = whole.without_intercept(elsewhere=True)
    assert rest.names == whole.names[1:] == ("f[b]", "f[c]", "I(2 * x)", "time")
    assert rest.r_names == whole.r_names[1:] == ("fb", "fc", "I(2 * x)", "time")
    assert rest.columns == whole.columns[1:]
    assert rest.kept == whole.kept[1:] == (1, 2, 3, 5)
    assert np.array_equal(rest.values, whole.values[:, 1:])
    assert (rest.intercept, rest.around_means) == (False, True)
    assert rest.shift is None  # time counts from its mean through the intercept alone
    assert fixed("y ~ f * time").without_intercept(elsewhere=True).shift is not None


@pytest.mark.parametrize(
    ("formula", "intercept"), [("y ~ 1", True), ("y ~ x", True), ("y ~ 0 + x", False)]
)
def test_columns_count_from_means_next_to_an_intercept_only(formula: str, intercept: bool) -> None:
    found = fixed(formula)
    assert (found.intercept, found.around_means) == (intercept, intercept)


def test_sizes_are_those_of_the_largest_numbers_by_column() -> None:
    assert np.array_equal(fixed("y ~ x + I(x / 2)").sizes, [1, 9])
    away = np.abs(DATA.time - DATA.time.mean()).max()
    assert np.allclose(fixed("y ~ time").sizes, [1, away])
    none = replace(fixed("y ~ x + f"), distinct=np.empty((0, 4)))
    assert np.array_equal(none.sizes, np.zeros(4))


def test_the_matrix_may_be_written_into() -> None:
    found = fixed("y ~ x")
    matrix = found.matrix
    matrix.iloc[:, :] = -1.0
    assert np.array_equal(found.values[:, 1], DATA.x)


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_few_new_rows_have_the_columns_that_were_kept(n: int) -> None:
    made = design("y ~ I(2 * x) + x + f")
    new = made.evaluate(DATA[:n])
    assert np.array_equal(new.common, made.common[:n])
