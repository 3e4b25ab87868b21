"""Both ways of one formula on one frame: rows that are held, and a table that is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import polars as pl

from mixwell.design.atoms.atom import learn_atom, resolve_contrasts
from mixwell.design.atoms.evaluation import training_frame
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor, Logical, Matrix
from mixwell.design.columns.column_plan import plan_terms, plan_values
from mixwell.design.kept_rows import rows_used
from mixwell.design.predictor import expand_formula
from mixwell.design.pushed.pushed_columns import learn_pushed_atoms, pushed_columns
from mixwell.design.pushed.pushed_frame import PushedFrame
from mixwell.design.pushed.pushed_language import pushed_frame
from mixwell.design.pushed.pushed_response import read_pushed_response
from mixwell.design.pushed.pushed_rows import expand_pushed, pushed_rows
from mixwell.design.pushed.pushed_values import PushedColumns, PushedFactor, PushedTruth
from mixwell.design.response.left_hand_side import read_response
from mixwell.errors import MixwellError
from mixwell.formula import deparse, parse_expression, parse_formula
from mixwell.tables.frame import read_frame
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.open_table import open_table

ROW = "row_number"


def in_duckdb(frame: pl.DataFrame) -> LazyTable:
    connection = duckdb.connect()
    texts = frame.with_columns(pl.col(pl.Enum).cast(pl.String))
    connection.register("given", texts)
    enums = {name: kind.categories for name, kind in frame.schema.items() if kind == pl.Enum}
    cast = []
    for name, levels in enums.items():
        listed = ", ".join(f"'{level}'" for level in levels)
        cast.append(f"{name}::ENUM({listed}) AS {name}")
    replaced = f" REPLACE ({', '.join(cast)})" if cast else ""
    connection.execute(f"CREATE TABLE held AS SELECT *{replaced} FROM given")
    return open_table(connection.table("held"))


def in_polars(frame: pl.DataFrame) -> LazyTable:
    return open_table(frame.lazy())


ENGINES: dict[str, Callable[[pl.DataFrame], LazyTable]] = {
    "duckdb": in_duckdb,
    "polars": in_polars,
}


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.Series(ROW, np.arange(frame.height, dtype=float)))


def held_columns(value: Any) -> np.ndarray:
    """The columns of a value of held rows; of a factor the places of levels."""
    if isinstance(value, Factor):
        return np.where(value.codes < 0, np.nan, value.codes)[:, None]
    if isinstance(value, Logical):
        return value.numbers()[:, None]
    array = value.values if isinstance(value, Matrix) else np.asarray(value, dtype=float)
    return array.reshape(len(array), -1)


def collected(table: LazyTable, columns: list[nw.Expr]) -> np.ndarray:
    named = {f"c{place}": column for place, column in enumerate(columns)}
    found = table.frame.select(**{ROW: nw.col(ROW)}, **named).collect("pyarrow").to_pandas()
    return found.sort_values(ROW).drop(columns=ROW).to_numpy(dtype=float)


def pushed_expressions(value: Any) -> list[nw.Expr]:
    if isinstance(value, PushedFactor):
        return [value.numbers([float(place) for place in range(len(value.levels))])]
    if isinstance(value, PushedColumns):
        return list(value.exprs)
    return [value.expr.cast(nw.Float64) if isinstance(value, PushedTruth) else value.expr]


def require_same(found: np.ndarray, expected: np.ndarray, said: str) -> None:
    assert found.shape == expected.shape, said
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected), err_msg=said)
    size = np.nanmax(np.abs(expected), axis=0, initial=1e-300)
    assert np.nanmax(np.abs(found - expected) / size, initial=0.0) <= 1e-12, said


def attempted(make: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What is made, or the refusal."""
    try:
        return make(), None
    except MixwellError as error:
        return None, error


def same_value(text: str, frame: pl.DataFrame, table: LazyTable) -> None:
    """Require that an expression has one value both ways, or is refused by the same error."""
    expr, held = parse_expression(text), training_frame(read_frame(frame), text=text)
    pushed = pushed_frame(table, text=text)
    expected, error = attempted(lambda: held.variable(expr))
    value, other = attempted(lambda: pushed.variable(expr))
    assert type(other) is type(error), (other, error)
    if error is not None:
        first, second = (str(each).splitlines()[0] for each in (other, error))
        assert first.partition(":")[0] == second.partition(":")[0]
        return
    require_same(collected(table, pushed_expressions(value)), held_columns(expected), text)
    if isinstance(expected, Factor):
        assert (value.levels, value.ordered) == (expected.levels, expected.ordered)
    if isinstance(expected, Matrix):
        assert value.labels == expected.labels
    require_same_memory(pushed, held, frame, expr)


def require_same_memory(
    pushed: PushedFrame, held: ModelFrame, frame: pl.DataFrame, expr: Any
) -> None:
    """Require that rows that are held replay what the table taught as they replay their own."""
    assert pushed.memory.keys() == held.memory.keys()
    rows = read_frame(frame[::-1])
    one = held_columns(pushed.replaying(rows).variable(expr))
    two = held_columns(held.on(rows).variable(expr))
    require_same(one, two, deparse(expr))


@dataclass
class Both:
    """Columns, names and sentences of a formula."""

    names: list[tuple[str, str]]
    columns: np.ndarray
    response: np.ndarray
    notes: list[str]


def held_design(text: str, frame: pl.DataFrame, contrasts: Any = None, **options: Any) -> Both:
    formula = parse_formula(text)
    everything = training_frame(read_frame(numbered(frame)), text=text)
    response = read_response(formula, everything, options.get("weights"))
    expanded = expand_formula(formula, everything)
    rows, notes = rows_used(everything, [expanded], response, options.get("missing", "drop"))
    kept = everything.kept(rows)
    chosen = resolve_contrasts(contrasts, [deparse(e) for e in expanded.variables])
    atoms = {e: learn_atom(e, kept.variable(e), chosen) for e in expanded.effects}
    plan = plan_terms(expanded.terms, atoms)
    values = response.arrays["values"][rows]
    return Both(plan.names(), plan_values(plan, kept), values, notes)


def asked_design(
    text: str, frame: pl.DataFrame, open_in: Any, contrasts: Any = None, **options: Any
) -> Both:
    formula = parse_formula(text)
    everything = pushed_frame(open_in(numbered(frame)), text=text)
    response = read_pushed_response(formula, everything, options.get("weights"))
    (expanded,) = expand_pushed([formula], everything)
    missing = options.get("missing", "drop")
    kept, notes = pushed_rows(everything, [expanded], response, missing)
    chosen = resolve_contrasts(contrasts, [deparse(e) for e in expanded.variables])
    plan = plan_terms(expanded.terms, learn_pushed_atoms(kept, [expanded], chosen))
    columns = collected(kept.table, pushed_columns(plan, kept))
    values = collected(kept.table, [response.exprs["values"]])[:, 0]
    return Both(plan.names(), columns, values, notes)


def same_design(text: str, frame: pl.DataFrame, open_in: Any, **options: Any) -> None:
    """Require one design both ways: names, columns, response, notes; or the same refusal."""
    expected, error = attempted(lambda: held_design(text, frame, **options))
    found, other = attempted(lambda: asked_design(text, frame, open_in, **options))
    assert type(other) is type(error), (other, error)
    if error is not None:
        return
    assert found.names == expected.names
    assert found.notes == expected.notes
    require_same(found.response[:, None], expected.response[:, None], text)
    require_same(found.columns, expected.columns, text)
