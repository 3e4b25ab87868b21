"""lme4's printed layout, of plain values."""

import numpy as np
import pytest

from mixwell.show.lme4 import (
    VarianceRows,
    correlation_lines,
    counts_line,
    residual_rows,
    title_lines,
    variance_lines,
)


def rows(factor, correlations, correlated=True):
    corr = np.asarray(correlations, dtype=float)
    names = tuple(f"x{k}" for k in range(len(corr)))
    sds = np.arange(1.0, len(corr) + 1)
    marked = np.full(corr.shape, correlated) if isinstance(correlated, bool) else correlated
    return VarianceRows(factor, names, sds**2, sds, corr, np.asarray(marked))


@pytest.mark.parametrize(("value", "cell"), [(0.5, "0.50"), (-0.5, "-0.50")])
def test_correlations_stand_in_a_column_of_their_own_width(value, cell):
    lines = variance_lines([rows("g", [[1, value], [value, 1]]), residual_rows(4.0, 2.0)])
    assert lines[0].endswith("Std.Dev. Corr")
    assert lines[2].endswith(f"{cell}")
    assert lines[0].index("Corr") == lines[2].index(cell)


def test_correlations_of_one_factor_have_one_width():
    corr = [[1, 0.5, -0.5], [0.5, 1, 0.25], [-0.5, 0.25, 1]]
    lines = variance_lines([rows("g", corr)])
    assert lines[2].endswith("  0.50")
    assert lines[3].endswith(" -0.50  0.25")


def test_effects_without_correlation_leave_no_column():
    corr = np.eye(2)
    assert "Corr" not in variance_lines([rows("g", corr, correlated=False)])[0]


def test_the_correlations_of_a_second_block_begin_in_the_first_column():
    marked = [[True, False, False], [False, True, True], [False, True, True]]
    lines = variance_lines([rows("g", np.full((3, 3), 0.5), marked)])
    assert [line.count("0.50") for line in lines[1:]] == [0, 0, 1]
    assert lines[0].index("Corr") == lines[3].index("0.50")


def test_the_family_stands_before_the_formula_as_in_lme4():
    lines = title_lines(" fit", ["y ~ x"], linear=False, family=("poisson", "log"))
    assert lines == [
        "Generalized linear mixed model fit",
        " Family: poisson  ( log )",
        "Formula: y ~ x",
    ]


def test_factors_are_counted_from_the_one_of_most_levels():
    assert counts_line(9, {"a": 2, "b": 3}) == "Number of obs: 9, groups:  b, 3; a, 2"


def test_rows_of_the_correlations_have_eleven_letters_of_a_name():
    lines = correlation_lines(["(Intercept)", "temperature225"], np.eye(2))
    assert lines[-1].split() == ["tempertr225", "0.000"]


@pytest.mark.parametrize("count", [1, 21])
def test_correlations_of_one_or_of_many_coefficients_are_left_out(count):
    assert correlation_lines([f"x{k}" for k in range(count)], np.eye(count)) == []
