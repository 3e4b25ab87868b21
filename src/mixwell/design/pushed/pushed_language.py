"""The formula language inside terms, on tables elsewhere: the counterpart of `evaluation.language`.

What has no counterpart in the engines is refused by name. What does not depend on the rows, and
what depends on levels alone, is left to the language of held rows.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from mixwell.design.atoms.call_arguments import check_signature, evaluated_arguments
from mixwell.design.atoms.evaluation import spelled_function, unknown_function
from mixwell.design.atoms.factor_calls import FACTOR_CALLS
from mixwell.design.atoms.functions import PLAIN
from mixwell.design.atoms.model_frame import Functions, is_constant
from mixwell.design.atoms.numeric_calls import (
    LEARNED_SUMMARIES,
    SUMMARIES,
    concatenate,
    itself,
    sequence,
)
from mixwell.design.atoms.operators import (
    ARITHMETIC,
    AS_NUMBERS,
    COMPARISONS,
    LOGICAL,
    arithmetic_value,
)
from mixwell.design.atoms.transforms import TRANSFORMS
from mixwell.design.pushed.engine_functions import (
    ENGINE_FUNCTIONS,
    floor_divide,
    modulo,
    power,
)
from mixwell.design.pushed.pushed_factors import (
    column_factor,
    compared_levels,
    cut_numbers,
    factor_call,
    level_numbers,
)
from mixwell.design.pushed.pushed_frame import PushedFrame, PushedResult, plain_result
from mixwell.design.pushed.pushed_transforms import transform_columns
from mixwell.design.pushed.pushed_values import (
    PushedColumns,
    PushedDates,
    PushedFactor,
    PushedNumbers,
    PushedTruth,
    PushedValue,
)
from mixwell.errors import DataError, did_you_mean
from mixwell.formula import Binary, Call, Constant, Expr, Name, Number, Paren, Text, Unary, deparse
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.text.names import quote_name

__all__ = ["pushed_frame", "pushed_language"]


def pushed_frame(
    table: LazyTable, functions: Functions | None = None, text: str = ""
) -> PushedFrame:
    """Return the frame of a table's rows, on which expressions are learned.

    >>> import polars as pl
    >>> from mixwell.formula import parse_expression
    >>> from mixwell.tables.lazy.open_table import open_table
    >>> table = open_table(pl.LazyFrame({"x": [1.0, 2.0, 6.0]}))
    >>> frame = pushed_frame(table)
    >>> made = frame.variable(parse_expression("center(x)"))
    >>> table.frame.select(z=made.expr).collect()["z"].to_list()
    [-2.0, -1.0, 3.0]
    """
    return PushedFrame(table, pushed_language, functions or {}, text=text)


def pushed_language(expr: Expr, frame: PushedFrame) -> PushedResult:
    """Make one expression of a formula one of the engine; raises as `PushedFrame.variable`."""
    match expr:
        case Number() | Text() | Constant():
            return expr.value
        case Paren():
            return frame.evaluate(expr.inner)
        case Name():
            return _column(expr, frame)
        case Unary():
            return _unary(expr, frame)
        case Binary():
            return _binary(expr, frame)
        case Call():
            return _call(expr, frame)
    raise frame.error(expr, f"{deparse(expr)} has no value here.")


def _column(node: Name, frame: PushedFrame) -> PushedValue:
    kind = frame.table.kinds.get(node.name)
    if kind is None and node.name in frame.table.refused:
        raise frame.error(node, frame.table.refused[node.name])
    if kind is None:
        hint = did_you_mean(node.name, [quote_name(name) for name in frame.columns])
        raise frame.error(node, f"The data have no column {node.name!r}.", hint)
    return _COLUMNS[kind](node, frame)


def _numbers(node: Name, frame: PushedFrame) -> PushedNumbers:
    whole = frame.table.kinds[node.name] == "whole"
    frame.held(pd.DataFrame({node.name: np.empty(0, dtype=int if whole else float)})).evaluate(node)
    return PushedNumbers(frame.table.number(node.name), plain=True)


def _truth(node: Name, frame: PushedFrame) -> PushedTruth:
    frame.held(pd.DataFrame({node.name: np.empty(0, dtype=bool)})).evaluate(node)
    return PushedTruth(frame.table.column(node.name))


def _dates(node: Name, frame: PushedFrame) -> PushedDates:
    empty = pd.DataFrame({node.name: pd.DatetimeIndex([], tz=frame.table.zones.get(node.name))})
    value: Any = frame.held(empty).evaluate(node)
    return PushedDates(frame.table.column(node.name), value)


_COLUMNS: Mapping[str, Callable[[Name, PushedFrame], PushedValue]] = {
    **dict.fromkeys(("number", "whole", "decimal"), _numbers),
    "truth": _truth,
    "text": column_factor,
    "date": _dates,
}


def arithmetic(value: PushedResult, node: Expr, frame: PushedFrame) -> nw.Expr | float:
    """Return a value as numbers, an expression or a constant, refusing what is none."""
    if isinstance(value, PushedTruth):
        return value.expr.cast(nw.Float64)
    if isinstance(value, PushedNumbers):
        return value.raw
    if isinstance(value, PushedColumns):
        raise frame.refused(node, f"Arithmetic with {deparse(node)}, which has several columns,")
    if isinstance(value, PushedDates):
        raise frame.error(node, f"{deparse(node)} {value.empty.no_numbers}", AS_NUMBERS)
    if isinstance(value, list):
        raise frame.refused(node, f"Arithmetic with {deparse(node)}, which is a list,")
    held = value.value if isinstance(value, PushedFactor) else value
    return float(arithmetic_value(held, node, frame.constants()))


def _clean(value: PushedResult, node: Expr, frame: PushedFrame) -> nw.Expr | float:
    """Return numbers with null for what is undefined."""
    return value.expr if isinstance(value, PushedNumbers) else arithmetic(value, node, frame)


def truth(value: PushedResult, node: Expr, frame: PushedFrame) -> nw.Expr:
    """Return a value as truth values; numbers other than 0 are true."""
    if isinstance(value, PushedTruth):
        return value.expr
    numbers = _clean(value, node, frame)
    return numbers != 0.0 if isinstance(numbers, nw.Expr) else nw.lit(numbers != 0.0)


def _unary(node: Unary, frame: PushedFrame) -> PushedResult:
    value = frame.evaluate(node.operand)
    if is_constant(value):
        return plain_result(frame.constants().evaluate(node))
    if node.op == "!":
        return PushedTruth(~truth(value, node.operand, frame))
    number = arithmetic(value, node.operand, frame)
    return PushedNumbers(-1.0 * number if node.op == "-" else 1.0 * number)  # type: ignore[arg-type]


_ARITHMETIC: Mapping[str, Callable[[Any, Any], nw.Expr]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "^": power,
    "**": power,
    "%%": modulo,
    "%/%": floor_divide,
}


def _binary(node: Binary, frame: PushedFrame) -> PushedResult:
    left, right = (frame.evaluate(side) for side in (node.left, node.right))
    if is_constant(left) and is_constant(right):
        return plain_result(frame.constants().evaluate(node))
    if node.op in COMPARISONS:
        return _compared(node, left, right, frame)
    if node.op in LOGICAL:
        one, two = truth(left, node.left, frame), truth(right, node.right, frame)
        joined = one & two if node.op in ("&", "&&") else one | two
        return PushedTruth(nw.when(~one.is_null() & ~two.is_null()).then(joined))
    if node.op not in ARITHMETIC:
        no_rows = {side: np.empty(0) for side in (node.left, node.right)}
        return plain_result(frame.constants(no_rows).evaluate(node))
    one_number = arithmetic(left, node.left, frame)
    two_number = arithmetic(right, node.right, frame)
    return PushedNumbers(_ARITHMETIC[node.op](one_number, two_number))


def _compared(
    node: Binary, left: PushedResult, right: PushedResult, frame: PushedFrame
) -> PushedTruth:
    if any(isinstance(side, PushedFactor | str) for side in (left, right)):
        return compared_levels(node, left, right, frame)
    one, two = _clean(left, node.left, frame), _clean(right, node.right, frame)
    return PushedTruth(_COMPARE[node.op](one, two))


_COMPARE: Mapping[str, Callable[[Any, Any], nw.Expr]] = {
    "==": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}


def _call(node: Call, frame: PushedFrame) -> PushedResult:
    if node.function in frame.functions:
        raise frame.refused(node, f"{node.function}(), a function of your own,")
    name = spelled_function(node)
    if name in CALLS:
        return CALLS[name](node, frame)
    if name in PLAIN:
        raise frame.refused(node, f"{node.function}()")
    raise unknown_function(node, frame, frame.text, frame.functions)


def _transformed(cls: type, node: Call, frame: PushedFrame) -> PushedResult:
    """Columns of a transform with memory."""
    positional, named = evaluated_arguments(node, frame, least=1)
    if not positional:
        raise frame.error(node, f"{node.function}() needs a column first.")
    first = node.args[0].value
    if isinstance(positional[0], PushedColumns):
        raise DataError(f"{node.function}() takes one variable, not a table of 2 dimensions.")
    if is_constant(positional[0]):
        arithmetic(positional[0], first, frame)
        raise frame.error(first, f"{node.function}() needs a column, not a constant.")
    x = PushedNumbers(arithmetic(positional[0], first, frame)).expr  # type: ignore[arg-type]
    values = frame.numbers_of(first, x)

    def learned() -> Any:
        if not values.count:
            raise DataError(f"{deparse(node)} has no row without missing values.")
        transform = cls()
        check_signature(node, transform, positional, named, frame)
        transform.learn(values, *positional[1:], **named)
        return transform

    transform = frame.learn(node, learned)
    columns = transform_columns(transform, x)
    if len(columns) == 1:  # R names a single column without a suffix
        return PushedNumbers(columns[0])
    return PushedColumns(tuple(columns), transform.labels)


def _elementwise(node: Call, frame: PushedFrame) -> PushedResult:
    """The value of a function without memory."""
    if not node.args:
        raise frame.error(node, f"{node.function}() needs an argument.")
    values = [frame.evaluate(a.value) for a in node.args]
    if all(map(is_constant, values)):
        return plain_result(frame.constants().evaluate(node))
    pairs = zip(values, node.args, strict=True)
    ready = [(a.name, arithmetic(value, a.value, frame)) for value, a in pairs]
    positional = [value for name, value in ready if name is None]
    named = {name.replace(".", "_").lower(): value for name, value in ready if name}
    try:
        return PushedNumbers(ENGINE_FUNCTIONS[spelled_function(node)](*positional, **named))
    except (TypeError, ValueError, AttributeError) as reason:
        if isinstance(reason, DataError):
            raise
        said = f"{node.function}() cannot be called like this: {reason}."
        raise frame.error(node, said) from None


def _if_else(node: Call, frame: PushedFrame) -> PushedResult:
    """One of two values in each row."""
    positional, named = evaluated_arguments(node, frame, least=1)
    given = {**dict(zip(("test", "yes", "no"), positional, strict=False)), **named}
    if len(positional) + len(named) != 3 or given.keys() != {"test", "yes", "no"}:
        hint = f"Write {node.function}(x > 0, 1, 0)."
        raise frame.error(node, f"{node.function}() takes a condition and two values.", hint)
    test, yes, no = given["test"], given["yes"], given["no"]
    if all(map(is_constant, given.values())):
        return plain_result(frame.constants().evaluate(node))
    condition = truth(test, node.args[0].value, frame)
    both = [isinstance(each, PushedTruth | bool) for each in (yes, no)]
    if all(both):
        one, two = (truth(v, a.value, frame) for v, a in zip((yes, no), node.args[1:], strict=True))
        made = nw.when(condition).then(one).otherwise(two)
        return PushedTruth(nw.when(~condition.is_null()).then(made))
    pairs = zip((yes, no), node.args[1:], strict=True)
    numbers = [arithmetic(value, a.value, frame) for value, a in pairs]
    one, two = (n if isinstance(n, nw.Expr) else nw.lit(float(n)) for n in numbers)
    chosen = nw.when(condition).then(one).otherwise(two)
    return PushedNumbers(nw.when(~condition.is_null()).then(chosen))


def _is_missing(node: Call, frame: PushedFrame) -> PushedResult:
    positional, named = evaluated_arguments(node, frame, least=1)
    if len(positional) != 1 or named:
        raise frame.error(node, f"{node.function}() takes one value.")
    if isinstance(positional[0], PushedColumns):
        raise frame.refused(node, f"{node.function}() of several columns")
    if is_constant(positional[0]):
        return plain_result(frame.constants().evaluate(node))
    return PushedTruth(positional[0].expr.is_null())


def _summarized(node: Call, frame: PushedFrame) -> PushedResult:
    """The mean or another summary of a column."""
    positional, named = evaluated_arguments(node, frame, least=1)
    named.pop("na_rm", None)
    if not positional or is_constant(positional[0]):
        return plain_result(frame.constants().evaluate(node))
    first = node.args[0].value
    x = PushedNumbers(arithmetic(positional[0], first, frame)).expr  # type: ignore[arg-type]
    values = frame.numbers_of(first, x)
    check_signature(node, SUMMARIES[node.function], positional, named, frame)

    def learned() -> Any:
        if not values.count:
            raise DataError(f"{deparse(node)} has no row without missing values.")
        return LEARNED_SUMMARIES[node.function](values, *positional[1:], **named)

    return frame.learn(node, learned)  # type: ignore[no-any-return]


def _as_number(node: Call, frame: PushedFrame) -> PushedResult:
    positional, named = evaluated_arguments(node, frame, least=1)
    if named or len(positional) != 1 or is_constant(positional[0]):
        return plain_result(frame.constants().evaluate(node))
    value = positional[0]
    if isinstance(value, PushedFactor):
        return PushedNumbers(level_numbers(node, value, frame))
    number = arithmetic(value, node.args[0].value, frame)
    whole = node.function == "as.integer"
    return PushedNumbers(ENGINE_FUNCTIONS["trunc"](number) if whole else number)  # type: ignore[arg-type]


def _cut(node: Call, frame: PushedFrame) -> PushedResult:
    return cut_numbers(node, frame, arithmetic)


CALLS: Mapping[str, Callable[[Call, PushedFrame], PushedResult]] = {
    **dict.fromkeys(ENGINE_FUNCTIONS, _elementwise),
    **dict.fromkeys(("ifelse", "np.where"), _if_else),
    "is.na": _is_missing,
    **{name: partial(_transformed, cls) for name, cls in TRANSFORMS.items()},
    **dict.fromkeys(SUMMARIES, _summarized),
    **dict.fromkeys(FACTOR_CALLS, factor_call),
    "cut": _cut,
    **dict.fromkeys(("I", "identity", "offset"), itself),
    **dict.fromkeys(("as.numeric", "as.integer"), _as_number),
    "c": concatenate,
    "seq": sequence,
}
