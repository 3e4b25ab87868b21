"""Numbers that calls learned from rows: sums of tables that learned other ones are not added."""

import numpy as np
import polars as pl
import pytest

import mixwell as mw

LEARNING = (
    "scale(x)",
    "center(x)",
    "poly(x, 2)",
    "ns(x, 3)",
    "bs(x, df = 4)",
    "cut(x, 3, labels = FALSE)",
    "I(x - mean(x))",
    "I(x > mean(x))",
    "center(log(x))",
)


def table(seed: int) -> pl.LazyFrame:
    rng = np.random.default_rng(seed)
    x, g = rng.uniform(1.0, 6.0, 200), np.arange(200) % 8
    return pl.LazyFrame({"y": x + g + rng.normal(size=200), "x": x, "g": g})


@pytest.fixture(autouse=True)
def _elsewhere():
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


@pytest.mark.parametrize("term", LEARNING)
def test_sums_of_tables_that_taught_other_numbers_are_not_added(term: str) -> None:
    one, two = (mw.Model(f"y ~ {term} + (1 | g)", table(seed)).reduction() for seed in (1, 2))
    with pytest.raises(mw.DataError):
        mw.combine([one, two])
    assert mw.combine([one, one]).n == 400


def test_what_a_response_was_scaled_by_counts_too() -> None:
    one, two = (mw.Model("scale(y) ~ x + (1 | g)", table(seed)).reduction() for seed in (1, 2))
    with pytest.raises(mw.DataError, match=r"scale\(y\) was learned from other rows"):
        mw.combine([one, two])


@pytest.mark.parametrize("term", ["x", "log(x)", "I((x - 3) / 2)", "ns(x, knots = c(2, 4))"])
def test_sums_of_one_formula_are_those_of_all_rows(term: str) -> None:
    formula = f"y ~ {term} + (1 | g)"
    if term.startswith("ns"):
        formula = formula.replace("))", "), Boundary.knots = c(1, 6))")
    one, two = (mw.Model(formula, table(seed)).reduction() for seed in (1, 2))
    both = mw.Model(formula, pl.concat([table(1), table(2)])).reduction()
    joined = mw.combine([one, two])
    assert joined.n == both.n == 400
    means, whole = (s.means @ s.combinations(s.columns.products) for s in (joined, both))
    np.testing.assert_allclose(means, whole, rtol=1e-12)
