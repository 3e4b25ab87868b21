"""Whether numbers that lie elsewhere are finite: the others are counted, and refused in words."""

from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from mixwell.design.atoms.operators import AS_NUMBERS
from mixwell.design.pushed.asked_statistics import AskedStatistics
from mixwell.design.pushed.pushed_values import PushedColumns, PushedNumbers, PushedValue
from mixwell.errors import LARGEST, DataError
from mixwell.formula import Expr, Name, column_names, deparse
from mixwell.numeric.arrays import EXACT_INTEGERS
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["has_gaps", "has_inputs", "near_values", "require_finite"]


def has_inputs(expr: Expr, table: LazyTable) -> nw.Expr:
    """Return in which rows no column that an expression reads is missing."""
    there = (~table.column(name).is_null() for name in column_names(expr))
    return reduce(and_, there, nw.lit(True))


def require_finite(
    expr: Expr,
    value: PushedValue,
    table: LazyTable,
    statistics: AskedStatistics,
    *,
    counted: bool = True,
) -> bool:
    """Refuse numbers that are infinite or undefined though their inputs are there, or too large.

    Returned is whether they are missing where an input is, and only there. Of numbers that are
    not `counted` with, but only group rows, the size is free. Asks the rows, by `NotKnown`.
    Raises `DataError` in the words of `ModelFrame`.
    """
    if not isinstance(value, PushedNumbers | PushedColumns):
        return False
    found = _sizes(expr, value, table, statistics)
    if bad := int(found["bad"] or 0):
        raise _undefined(expr, bad, bool(found["infinite"]), value, table)
    for place in range(len(_columns(value)) if counted else 0):
        ends = [abs(float(found[f"{end}{place}"] or 0.0)) for end in ("low", "high")]
        _require_squares(expr, max(ends), table)
        if max(ends) >= EXACT_INTEGERS:
            _require_separate(expr, table, statistics)
    return bool(found["gaps"] == found["gaps of inputs"])


def has_gaps(
    expr: Expr,
    value: PushedNumbers | PushedColumns,
    table: LazyTable,
    statistics: AskedStatistics,
) -> bool:
    """Whether numbers are missing in any row; it comes from the query that checked them."""
    return bool(_sizes(expr, value, table, statistics)["gaps"])


def near_values(
    expr: Expr, value: PushedValue, table: LazyTable, statistics: AskedStatistics
) -> list[tuple[float, float]]:
    """Return a number near the mean, and the distance to the farther end, of each column.

    They come from the query that checked the values.
    """
    assert isinstance(value, PushedNumbers | PushedColumns)
    found, made = _sizes(expr, value, table, statistics), []
    for place in range(len(_columns(value))):
        low, high, mean = (
            float(found[f"{name}{place}"] or 0.0) for name in ("low", "high", "mean")
        )
        made.append((mean, max(high - mean, mean - low)))
    return made


def _columns(value: PushedNumbers | PushedColumns) -> tuple[nw.Expr, ...]:
    return (value.expr,) if isinstance(value, PushedNumbers) else value.exprs


def _bad(columns: tuple[nw.Expr, ...], expr: Expr, table: LazyTable) -> nw.Expr:
    """Return in which rows a number is missing or infinite though the inputs are there."""
    found = nw.lit(False)
    for column in columns:
        found = found | column.is_null() | ~column.is_finite()
    return has_inputs(expr, table) & found


def _sizes(
    expr: Expr,
    value: PushedNumbers | PushedColumns,
    table: LazyTable,
    statistics: AskedStatistics,
) -> Any:
    columns = _columns(value)

    def counted() -> dict[str, nw.Expr]:
        infinite = nw.lit(False)
        made: dict[str, nw.Expr] = {"bad": _count(_bad(columns, expr, table))}
        made["gaps"] = _count(reduce(or_, [column.is_null() for column in columns]))
        # engines do not sum a literal: a constant has no inputs, and is missing nowhere
        gaps = ~has_inputs(expr, table) if column_names(expr) else columns[0].is_null()
        made["gaps of inputs"] = _count(gaps)
        for place, column in enumerate(columns):
            infinite = infinite | (~column.is_null() & ~column.is_finite())
            finite = nw.when(column.is_finite()).then(column)
            made[f"low{place}"], made[f"high{place}"] = finite.min(), finite.max()
            made[f"mean{place}"] = finite.mean()
        return made | {"infinite": _count(infinite)}

    return statistics.ask(("sizes", expr), f"the range of {deparse(expr)}", counted)


def _count(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).sum()


def _undefined(
    expr: Expr, count: int, infinite: bool, value: PushedNumbers | PushedColumns, table: LazyTable
) -> DataError:
    rows = table.filtered(_bad(_columns(value), expr, table))
    kinds = table.kinds
    names = [n for n in column_names(expr) if kinds.get(n) in ("number", "whole", "decimal")]
    asked = {
        f"{end} {name}": getattr(table.column(name), end)()
        for name in names
        for end in ("min", "max")
    }
    ends = rows.aggregate(f"find where {deparse(expr)} is no number", asked) if asked else {}
    said = [_between(name, ends[f"min {name}"], ends[f"max {name}"]) for name in names]
    what = "infinite" if infinite else "not a number"
    return DataError(
        f"{deparse(expr)} is {what} in {count} row{'s' if count > 1 else ''}.",
        where=", ".join(said) or table.where,
        hint="Remove or correct these rows"
        + ("." if isinstance(expr, Name) else ", or choose a function that is defined there."),
    )


def _between(name: str, low: Any, high: Any) -> str:
    return f"{name} = {low}" if low == high else f"{name} from {low} to {high}"


def _require_squares(expr: Expr, largest: float, table: LazyTable) -> None:
    tiny = 0 < largest < 1 / LARGEST
    if not (tiny or largest > LARGEST):
        return
    size, lost = ("at most ", "0") if tiny else ("", "infinite")
    raise DataError(
        f"{deparse(expr)} is {size}{largest:g} in size, and the square of that is {lost} in "
        "floating-point numbers.",
        where=table.where,
        hint=f"Give it in other units, so that its largest value is between {1 / LARGEST:g} "
        f"and {LARGEST:g}.",
    )


def _require_separate(expr: Expr, table: LazyTable, statistics: AskedStatistics) -> None:
    """Refuse long whole numbers of which doubles take several for one."""
    if not isinstance(expr, Name) or table.kinds[expr.name] != "whole":
        return
    column = table.column(expr.name)
    count = statistics.ask(
        ("separate", expr),
        f"the different values of {expr.name}",
        lambda: {"whole": column.n_unique(), "double": column.cast(nw.Float64).n_unique()},
    )
    if count["whole"] != count["double"]:
        raise DataError(
            f"{expr.name} holds whole numbers that are one number in calculations: "
            f"{count['whole']:,} different ones are {count['double']:,}.",
            hint=AS_NUMBERS,
        )
