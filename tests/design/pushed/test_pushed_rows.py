"""Formulas on tables elsewhere: the names, columns, rows and sentences of held rows."""

import numpy as np
import polars as pl
import pytest

from mixwell.design import build_design
from mixwell.design.pushed.pushed_columns import pushed_group
from mixwell.design.pushed.pushed_language import pushed_frame
from mixwell.design.pushed.pushed_response import read_pushed_response
from mixwell.design.pushed.pushed_rows import expand_pushed, pushed_rows
from mixwell.errors import DataError, FormulaError
from mixwell.formula import Name, parse_formula

from .pushed_cases import ENGINES, in_duckdb, in_polars, same_design

N = 400


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    x, u = rng.normal(size=N), rng.uniform(size=N)
    return pl.DataFrame(
        {
            "y": rng.normal(size=N),
            "x": np.where(rng.uniform(size=N) < 0.05, np.nan, x),
            "z": rng.normal(size=N) + 1e7,
            "k": rng.integers(0, 6, N),
            "w": rng.uniform(0.5, 2, N),
            "a": rng.choice(["b1", "a2", "c"], N),
            "h": [None if v < 0.05 else "uvw"[int(v * 3)] for v in u],
            "t": rng.uniform(size=N) < 0.4,
            "o": pl.Series(rng.choice(["low", "mid"], N), dtype=pl.Enum(["low", "mid", "high"])),
            "g": rng.choice([f"g{i}" for i in range(30)], N),
            "d": pl.Series(rng.integers(0, 300, N)).cast(pl.Date),
        }
    )


FORMULAS = [
    "y ~ 1",
    "y ~ 0 + x",
    "log(y + 10) ~ a*h + o + (1 | g)",
    "y ~ 0 + a:x + poly(z, 2)*h",
    "y ~ bs(x, df = 5)*a",
    "y ~ (a + h + t)^2",
    "y ~ a/h + a:k",
    "y ~ I(x^2) + a %in% h",
    "y ~ . - d - g",
    "y ~ C(a, sum)*C(h, helmert) + I(x > 0)",
    "y ~ cut(x, c(-1, 0, 1)) + a",
    "y ~ factor(h, levels = c('u', 'v')) + x",
    "y ~ x + (x | a/h) + (1 | d)",
    "y | subset(x > 0) ~ a*o",
    "y | subset(k < 3) ~ factor(k) + h",
    "y | subset(a == 'c') ~ x",
    "y | weights(w) ~ scale(x)*t + offset(log(w))",
    "y | se(w) ~ x",
    "t ~ x",
    "a ~ x",
    # refused, both ways
    "y ~ d",
    "y ~ log(x)",
    "y ~ nothing",
    "y | subset(k) ~ x",
    "y | subset(x > 100) ~ x",
    "y | subset(a == 'c') ~ a",
    "y | weights(x) ~ k",
    "y | se(k) ~ x",
    "y ~ (offset(x) | g)",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_has_one_design_wherever_its_rows_lie(text, engine, frame):
    same_design(text, frame, ENGINES[engine])


def test_codings_that_a_user_chooses_and_weights_by_name_are_those_of_held_rows(frame):
    same_design("y ~ a*h", frame, in_duckdb, contrasts={"a": "sum", "h": "helmert"}, weights="w")
    same_design("y ~ a", frame, in_polars, weights="z z")
    same_design("y ~ x", frame, in_polars, missing="error")


@pytest.mark.parametrize("text", ["cbind(k, k) ~ x", "y | cens(t) ~ x", "y | trials(k) ~ x"])
def test_responses_of_several_parts_are_refused_by_name(text, frame):
    with pytest.raises(FormulaError, match="cannot be computed where the data lie"):
        read_pushed_response(parse_formula(text), pushed_frame(in_polars(frame), text=text))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "term", ["(1 | g)", "(1 | k)", "(1 | d)", "(1 | a:h)", "(1 | h:k)", "(1 | factor(x > 0))"]
)
def test_grouping_factors_have_the_levels_and_cells_of_held_rows(term, engine, frame):
    text = f"y | subset(z > 1e7 - 1) ~ x + {term}"
    formula = parse_formula(text)
    block = build_design([formula], frame).blocks[0]
    everything = pushed_frame(ENGINES[engine](frame), text=text)
    response = read_pushed_response(formula, everything)
    expanded = expand_pushed([formula], everything)
    kept, _ = pushed_rows(everything, expanded, response)
    found = pushed_group(formula.groups[0], kept)
    assert (found.levels, found.part_levels) == (block.levels, block.part_levels)
    np.testing.assert_array_equal(found.cells, block.cells)
    np.testing.assert_array_equal(found.counts, np.bincount(block.index))
    assert len(found.keys) == len(block.levels)


def test_a_factor_of_very_many_levels_is_refused_with_their_number_and_few_are_listed():
    many = pl.DataFrame({"y": np.arange(40_000.0), "id": [f"i{k}" for k in range(40_000)]})
    everything = pushed_frame(in_duckdb(many), text="y ~ id")
    with pytest.raises(DataError, match="factor of 40,000 levels") as caught:
        everything.values([Name("y"), Name("id")], most=10_000, of=[Name("id")])
    assert "(1 | id)" in str(caught.value)
    assert max(query.rows for query in everything.table.queries.entries) <= 10_002
