"""Factors on tables elsewhere: their levels by a query, all else by the language of held rows.

What is made of a factor depends on its levels alone. So a query lists the different values, by
keys, and the formula is evaluated on these as on any rows: one row a key. Order, labels, codings,
memory and refusals are those of held rows, because they are made there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from mixwell.design.atoms.call_arguments import BoundArguments
from mixwell.design.atoms.column_values import as_factor, read_column
from mixwell.design.atoms.interval_calls import CUT_ARGUMENTS, learned_intervals
from mixwell.design.atoms.model_frame import Result, is_constant
from mixwell.design.atoms.values import Exact, Factor, Logical, Value
from mixwell.design.pushed.pushed_frame import PushedFrame, PushedResult, plain_result
from mixwell.design.pushed.pushed_values import (
    KeyedValue,
    PushedDates,
    PushedFactor,
    PushedNumbers,
    PushedTruth,
    mapped,
)
from mixwell.errors import DataError
from mixwell.formula import Binary, Call, Expr, Name, deparse
from mixwell.formula.syntax import walk
from mixwell.tables.arrow import arrow_to_pandas
from mixwell.tables.lazy.lazy_table import TooManyGroups

__all__ = [
    "column_factor",
    "compared_levels",
    "cut_numbers",
    "factor_call",
    "factor_of",
    "keyed",
    "level_numbers",
    "listed_levels",
]

#: Combinations of levels that conditions and interaction() are evaluated on.
_MOST_CELLS = 1_000_000


def column_factor(node: Name, frame: PushedFrame) -> PushedFactor:
    """Return a column of texts as a factor, its levels as those of held rows."""
    column = frame.table.column(node.name)
    keys = listed_levels(column, node, frame)["key"]
    series = arrow_to_pandas(pa.table({"key": keys}))["key"]
    own = frame.table.levels.get(node.name)
    if own is not None:
        ordered = node.name in frame.table.ordered
        series = pd.Series(pd.Categorical(series, categories=list(own), ordered=ordered))
    value = frame.held(series.to_frame(node.name)).evaluate(node)
    assert isinstance(value, Factor)
    return PushedFactor(column, tuple(keys.to_pylist()), value)


def listed_levels(expr: nw.Expr, node: Expr, frame: PushedFrame) -> pa.Table:
    """Return the different values of an expression, `key`, and how many rows have each, `n`.

    Raises `DataError` for more than `frame.most` of them.
    """
    name = deparse(node)

    def counted() -> pa.Table:
        most = None if frame.most is None else frame.most + 1
        purpose = f"list the levels of {name}"
        try:
            return frame.table.grouped(purpose, {"key": expr}, {"n": nw.len()}, most=most)
        except TooManyGroups as error:
            raise too_many_levels(name, error.groups, frame.table.count()) from None

    found: pa.Table = frame.statistics.once(("listed", node), counted)
    return found


def too_many_levels(name: str, levels: int, rows: int) -> DataError:
    """Return the error for a factor of so many levels that its columns cannot be made."""
    return DataError(
        f"The columns of {name}, a factor of {levels:,} levels, in {rows:,} rows are too many: "
        f"their products alone would take {8.0 * levels**2 / 1e9:,.0f} GB.",
        where=f"variable {name}",
        hint=f"A factor of many levels belongs into a group: (1 | {name}). "
        "mixwell.options.memory says how much may be taken.",
    )


def keyed(value: PushedResult, node: Expr, said: str, frame: PushedFrame) -> KeyedValue:
    """Return a value by its keys: a query lists those of numbers, truth values and dates.

    `said` is what is to be made of it.

    Raises `DataError` for what is not one column.
    """
    if isinstance(value, PushedFactor):
        return value.keyed
    if not isinstance(value, PushedNumbers | PushedTruth | PushedDates):
        raise DataError(f"{said} is not one column and cannot be a factor.")
    name = node.name if isinstance(node, Name) else ""
    whole = frame.table.kinds.get(name) == "whole"
    expr = frame.table.column(name) if whole else value.expr
    if isinstance(value, PushedNumbers) and not whole:
        expr = expr + 0.0  # -0.0 is the level 0
    keys = listed_levels(expr, node, frame)["key"]
    if pa.types.is_timestamp(keys.type) and keys.type.unit == "ns":  # else in microseconds
        raise frame.refused(node, f"{deparse(node)}, which has parts of a microsecond,")
    own = frame.table.in_own_zone(name, keys)
    series = arrow_to_pandas(pa.table({"key": own}))["key"]
    return KeyedValue(expr, tuple(keys.to_pylist()), read_column(series, deparse(node)))


def factor_of(value: PushedResult, node: Expr, frame: PushedFrame) -> PushedFactor:
    """Return any column as a factor, as `as_factor` makes one of held rows."""
    if isinstance(value, PushedFactor):
        return value
    listed = keyed(value, node, deparse(node), frame)
    return PushedFactor(listed.expr, listed.keys, as_factor(listed.value, deparse(node)))


def factor_call(node: Call, frame: PushedFrame) -> PushedResult:
    """Return the value of a call that makes a factor, or that asks for levels."""
    if node.function == "interaction":
        return _crossed(node, frame)
    argument = _column_argument(node)
    value = None if argument is None else frame.evaluate(argument)
    if argument is None or is_constant(value):
        return plain_result(frame.constants().evaluate(node))
    listed = keyed(value, argument, deparse(node), frame)
    others = _other_columns(node, argument, len(listed.keys), frame)
    results: dict[Expr, Result] = {**others, argument: listed.value}
    made = frame.constants(results, len(listed.keys)).evaluate(node)
    if not isinstance(made, Factor):
        return plain_result(made)
    return _without_missing(PushedFactor(listed.expr, listed.keys, made))


def _column_argument(node: Call) -> Expr | None:
    """Return the argument of which a call makes a factor."""
    named = [a.value for a in node.args if a.name in ("x", "data")]
    free = [a.value for a in node.args if a.name is None]
    return next(iter([*named, *free]), None)


def _other_columns(node: Call, argument: Expr, rows: int, frame: PushedFrame) -> dict[Expr, Result]:
    """Return what the other arguments of a call read of columns: their levels, if anything.

    `levels(a)` and `nlevels(a)` ask for these; a column in any other place is refused as such.
    """
    found: dict[Expr, Result] = {}
    for other in (a.value for a in node.args if a.value is not argument):
        for each in walk(other):
            if isinstance(each, Call) and each.function in ("levels", "nlevels") and each.args:
                inner = each.args[0].value
                value = frame.evaluate(inner)
                if not is_constant(value):
                    found[inner] = keyed(value, inner, deparse(each), frame).value
            elif isinstance(each, Name) and node.function not in _NAMED_CODINGS:
                frame.evaluate(each)  # it has to be a column
                found.setdefault(each, np.zeros(rows))
    return found


#: Calls whose further arguments may name a coding without quotes.
_NAMED_CODINGS = frozenset({"C", "T", "S"})


def _without_missing(made: PushedFactor) -> PushedFactor:
    """Return a factor whose key is null where it has no level."""
    pairs = list(zip(made.keys, made.value.codes.tolist(), strict=True))
    out = [key for key, code in pairs if code < 0 and key is not None]
    if not out:
        return made
    kept = [key for key, code in pairs if code >= 0]
    if len(out) <= len(kept):
        return replace(made, expr=nw.when(~made.expr.is_in(out)).then(made.expr))
    return replace(made, expr=nw.when(made.expr.is_in(kept)).then(made.expr))


@dataclass(frozen=True, slots=True, eq=False)
class _Combinations:
    """The combinations of several factors' keys that occur, each with a number.

    `number` is that of a row, null where a factor has none; `numbers` are those of the cells, and
    `values` the factors on these.
    """

    number: nw.Expr
    numbers: tuple[float, ...]
    values: tuple[Value, ...]


def _cells(parts: Sequence[tuple[KeyedValue, Expr]], frame: PushedFrame) -> _Combinations:
    number, width = nw.lit(0.0), 1.0
    for listed, _ in parts:
        number = number + mapped(listed.expr, _places(listed)) * width
        width *= max(len(listed.keys), 1)
    named = " and ".join(deparse(node) for _, node in parts)
    counted = frame.statistics.once(
        ("cells", *(node for _, node in parts)),
        lambda: frame.table.grouped(
            f"list the combinations of {named}", {named: number}, {}, most=_MOST_CELLS
        )[named],
    )
    numbers = np.sort(np.array([n for n in counted.to_pylist() if n is not None], dtype=float))
    values, left = [], numbers.astype(np.int64)
    for listed, _ in parts:
        left, own = np.divmod(left, max(len(listed.keys), 1))
        values.append(_at(listed.value, own))
    return _Combinations(number, tuple(numbers.tolist()), tuple(values))


def _places(listed: KeyedValue) -> dict[object, float]:
    return {key: float(place) for place, key in enumerate(listed.keys) if key is not None}


def _at(value: Value, rows: Any) -> Value:
    """Return a value at rows by their numbers."""
    if isinstance(value, Factor):
        return replace(value, codes=value.codes[rows])
    if isinstance(value, Logical):
        missing = None if value.missing is None else value.missing[rows]
        return Logical(value.values[rows], missing)
    if isinstance(value, Exact):
        return Exact(
            value.column.iloc[rows], None if value.numbers is None else value.numbers[rows]
        )
    assert isinstance(value, np.ndarray)
    return np.asarray(value[rows])


def _crossed(node: Call, frame: PushedFrame) -> PushedResult:
    """Return interaction(a, b): its cells by a query, its levels by the language of held rows."""
    parts = [(a.value, frame.evaluate(a.value)) for a in node.args if a.name is None]
    if not parts or all(is_constant(value) for _, value in parts):
        return plain_result(frame.constants().evaluate(node))
    listed = [(keyed(value, expr, deparse(expr), frame), expr) for expr, value in parts]
    cells = _cells(listed, frame)
    results = dict(zip([expr for expr, _ in parts], cells.values, strict=True))
    made = frame.constants(results, len(cells.numbers)).evaluate(node)
    assert isinstance(made, Factor)
    return _without_missing(PushedFactor(cells.number, cells.numbers, made))


def compared_levels(
    node: Binary, left: PushedResult, right: PushedResult, frame: PushedFrame
) -> PushedTruth:
    """Return a comparison with levels, which the language of held rows makes for each key."""
    sides = {node.left: left, node.right: right}
    factors = {e: v for e, v in sides.items() if isinstance(v, PushedFactor)}
    keys: tuple[object, ...]
    if len(factors) == 2:
        cells = _cells([(value.keyed, expr) for expr, value in factors.items()], frame)
        expr, keys = cells.number, cells.numbers
        results: dict[Expr, Result] = dict(zip(factors, cells.values, strict=True))
    elif factors:
        ((own, factor),) = factors.items()
        expr, keys = factor.expr, factor.keys
        results = {own: factor.value}
    else:
        expr, keys, results = nw.lit(0.0), (0.0,), {}
    for side, value in sides.items():
        if side not in results and not is_constant(value):
            results[side] = np.zeros(len(keys))  # whatever it holds, it is no level
    made = frame.constants(results, len(keys)).evaluate(node)
    assert isinstance(made, Logical)
    return PushedTruth(_true_for(expr, keys, made))


def _true_for(expr: nw.Expr, keys: Sequence[object], made: Logical) -> nw.Expr:
    """Return truth values by keys, null where a key has none."""
    missing = np.zeros(len(keys), dtype=bool) if made.missing is None else made.missing
    known = [(k, v) for k, v, m in zip(keys, made.values, missing, strict=True) if not m]
    yes = [key for key, value in known if value and key is not None]
    no = [key for key, value in known if not value and key is not None]
    gone = [k for k, m in zip(keys, missing, strict=True) if m and k is not None]
    few, found = (yes, True) if len(yes) <= len(no) else (no, False)
    isin = expr.is_in(few) if few else nw.lit(False)
    truth = isin if found else ~isin
    there = ~expr.is_null() & ~expr.is_in(gone) if gone else ~expr.is_null()
    return nw.when(there).then(truth)


def level_numbers(node: Call, factor: PushedFactor, frame: PushedFrame) -> nw.Expr:
    """Return R's as.numeric of a factor: numbers that its levels read as, or their places."""
    argument = node.args[0].value
    made = frame.constants({argument: factor.value}, len(factor.keys)).evaluate(node)
    numbers = np.asarray(made, dtype=float).tolist()
    pairs = zip(factor.keys, numbers, strict=True)
    return mapped(factor.expr, {k: v for k, v in pairs if k is not None and v == v})


def cut_numbers(
    node: Call,
    frame: PushedFrame,
    arithmetic: Callable[[PushedResult, Expr, PushedFrame], nw.Expr | float],
) -> PushedResult:
    """Return numbers cut into intervals: a factor, or the intervals' numbers."""
    bound = BoundArguments(node, CUT_ARGUMENTS, frame)
    given = bound.value("x")
    if is_constant(given):
        raise frame.error(bound.exprs["x"], "cut() needs a column, not a constant.")
    x = PushedNumbers(arithmetic(given, bound.exprs["x"], frame)).expr  # type: ignore[arg-type]
    values = frame.numbers_of(bound.exprs["x"], x)
    breaks, labels, ordered, right, lowest = learned_intervals(bound, values.ends)
    code = nw.lit(None).cast(nw.Float64)
    ends = breaks.tolist()
    for number in reversed(range(len(ends) - 1)):
        low, high = ends[number], ends[number + 1]
        inside = (x > low) & (x <= high) if right else (x >= low) & (x < high)
        if lowest and right and number == 0:
            inside = inside | (x == low)
        if lowest and not right and number == len(ends) - 2:
            inside = inside | (x == high)
        code = nw.when(inside).then(nw.lit(float(number))).otherwise(code)
    if not labels:
        return PushedNumbers(code + 1.0, plain=True)
    places = np.arange(len(labels))
    return PushedFactor(code, tuple(places.astype(float).tolist()), Factor(places, labels, ordered))
