"""Random formulas on random rows: a model of a table is that of the same rows in memory.

Rows repeat, so that what counts distinct rows once is another number than what counts all.
"""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import mixwell as mw
from mixwell.design.design import Design
from mixwell.design.pushed.learned_numbers import learned_numbers

#: Of each variable one term at most: products of several are columns of which rounding decides
#: whether they add up to one another.
TERMS = (
    [
        *("x", "scale(x)", "center(x)", "poly(x, 2, raw = TRUE)", "ns(x, 2)", "sqrt(x)"),
        *("bs(x, df = 5, degree = 2)", "I(x - mean(x))", "I(x / sd(x))", "I(x > quantile(x, 0.7))"),
        "cut(x, quantile(x, c(0, 0.8, 1)), include.lowest = TRUE)",
    ],
    [
        *("z", "scale(z)", "center(z)", "poly(z, 2)", "scale(log(z))", "ns(z, 3)"),
        *("bs(z, df = 4)", "cut(z, 3)", "I(z > median(z))", "I(z / sum(z))", "offset(scale(z))"),
    ],
    ["k", "scale(k)", "poly(k, 2)", "I(k * var(k))", "factor(k)"],
    ["a", "C(a, sum)", "interaction(a, o)"],
)
RESPONSES = {"gaussian": ("y", "scale(y)", "y | subset(k > 0)"), "poisson": ("n", "n | subset(b)")}


def in_duckdb(frame: pl.DataFrame) -> object:
    connection = duckdb.connect()
    connection.register("given", frame.to_arrow())
    connection.execute("CREATE TABLE held AS SELECT * FROM given")
    return connection.table("held")


ENGINES: dict[str, Callable[[pl.DataFrame], object]] = {
    "duckdb": in_duckdb,
    "polars": lambda frame: frame.lazy(),
}


@st.composite
def formulas(draw: Any, family: str) -> str:
    chosen = draw(st.lists(st.sampled_from(TERMS), min_size=1, max_size=3, unique_by=id))
    first, *others = [draw(st.sampled_from(terms)) for terms in chosen]
    joined = [first, *(draw(st.sampled_from([" + ", " + ", "*"])) + term for term in others)]
    group = draw(st.sampled_from(["", " + (1 | g)", " + (scale(x) | g)"]))
    return f"{draw(st.sampled_from(RESPONSES[family]))} ~ {''.join(joined)}{group}"


@st.composite
def frames(draw: Any) -> pl.DataFrame:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(60, 200))
    x = rng.choice([0.0, 1.0, 2.5, 7.0], n, p=[0.6, 0.25, 0.1, 0.05])
    z = draw(st.sampled_from([1.0, 1e-3, 1e3])) * rng.integers(1, 9, n) ** 2
    gap = rng.uniform(size=n) < draw(st.sampled_from([0.0, 0.05]))
    return pl.DataFrame(
        {
            "y": rng.normal(size=n),
            "n": rng.integers(0, 3, n),
            "x": [None if g else v for g, v in zip(gap, x.tolist(), strict=True)],
            "z": z,
            "k": pl.Series(rng.integers(0, 4, n), dtype=pl.Int8),
            "a": rng.choice(["a", "B", "ä"], n).tolist(),
            "o": rng.choice(["u", "v"], n, p=[0.8, 0.2]).tolist(),
            "b": rng.uniform(size=n) < 0.7,
            "g": rng.integers(0, 5, n).tolist(),
        },
        strict=False,
    )


@pytest.fixture(autouse=True)
def _default_options() -> Iterator[None]:
    yield
    mw.options.rows_in_memory = None


def attempted(formula: str, data: object, family: str, most: int | None) -> Any:
    mw.options.rows_in_memory = most
    try:
        return mw.Model(formula, data, family)
    except mw.MixwellError as error:
        return error


def said_of_rows(design: Design) -> list[str]:
    return [note for note in design.notes if note.startswith("subset") or "dropped for m" in note]


def require_one_model(formula: str, frame: pl.DataFrame, table: object, family: str) -> None:
    memory = attempted(formula, frame, family, None)
    elsewhere = attempted(formula, table, family, 0)
    assert type(elsewhere) is type(memory), (memory, elsewhere)
    if isinstance(memory, mw.MixwellError):
        return
    one, two = memory.design, elsewhere.design
    assert two.observations == one.observations
    assert said_of_rows(two) == said_of_rows(one)
    assert list(elsewhere.priors.index) == list(memory.priors.index)
    learned, again = (learned_numbers(design.frame.memory) for design in (one, two))
    assert [call for call, _ in again] == [call for call, _ in learned]
    for (call, expected), (_, found) in zip(learned, again, strict=True):
        size = np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * size, err_msg=call)
    columns, found = (design.evaluate(one.data).common for design in (one, two))
    assert list(found.columns) == list(columns.columns)
    size = np.abs(columns.to_numpy()).max(axis=0)
    away = np.abs(found.to_numpy() - columns.to_numpy()).max(axis=0)
    assert (away <= 1e-10 * size).all(), formula


@pytest.mark.parametrize("family", RESPONSES)
@pytest.mark.parametrize("engine", ENGINES)
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # to shrink is long: each example asks a table
    derandomize=True,
)
@given(data=st.data(), frame=frames())
def test_any_formula_has_one_design_wherever_its_rows_lie(
    engine: str, family: str, data: Any, frame: pl.DataFrame
) -> None:
    require_one_model(data.draw(formulas(family)), frame, ENGINES[engine](frame), family)
