"""The formula language inside terms: columns, operators and calls to values, learned and replayed.

`language` is what every `ModelFrame` evaluates an expression with; `CALLS` holds its functions.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.call_arguments import check_signature, evaluated_arguments, require_list
from mixwell.design.atoms.column_values import read_column
from mixwell.design.atoms.factor_calls import FACTOR_CALLS
from mixwell.design.atoms.model_frame import FormulaReader, Functions, ModelFrame, Result
from mixwell.design.atoms.numeric_calls import NUMERIC_CALLS, as_columns
from mixwell.design.atoms.operators import (
    ARITHMETIC,
    COMPARISONS,
    LOGICAL,
    arithmetic_value,
    compare_rows,
    join_conditions,
    truth_value,
)
from mixwell.design.atoms.values import Exact, Factor, Logical, Matrix, Value
from mixwell.errors import DataError, FormulaError, did_you_mean, require_mapping
from mixwell.formula import Binary, Call, Constant, Expr, Name, Number, Paren, Text, Unary, deparse
from mixwell.formula.parser import ONE_OF
from mixwell.formula.refusals import FUNCTIONS, refuse_call
from mixwell.tables.typed import as_typed
from mixwell.text.names import quote_name

# To add a function of the language: one function of the call and the frame, and one entry.
CALLS: dict[str, Callable[[Call, ModelFrame], Result]] = {**FACTOR_CALLS, **NUMERIC_CALLS}


def require_functions(functions: object) -> None:
    """Refuse what is no mapping from names to functions; raises `DataError`."""
    require_mapping("functions", functions, '{"f": f}')
    for name, function in functions.items() if isinstance(functions, Mapping) else ():
        if not callable(function):
            raise DataError(f"functions={{{name!r}: ...}} holds no function.", where="functions")


def training_frame(
    data: pd.DataFrame,
    functions: Functions | None = None,
    text: str = "",
    counted: str | None = None,
    unread: frozenset[object] = frozenset(),
) -> ModelFrame:
    """Return the model frame of training rows, on which expressions are learned.

    The column `counted` says how often each row is there, once where it is None; columns that are
    `unread` are none of the user's.
    """
    return ModelFrame(data, language, functions or {}, text=text, counted=counted, unread=unread)


def language(expr: Expr, frame: ModelFrame) -> Result:
    """Evaluate one expression on a frame's rows; raises as `ModelFrame.evaluate`."""
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


def _column(node: Name, frame: ModelFrame) -> Value:
    if node.name not in frame.data.columns:
        columns = [quote_name(str(column)) for column in frame.data.columns]
        hint = did_you_mean(node.name, columns)
        raise frame.error(node, f"The data have no column {node.name!r}.", hint)
    series = frame.data[node.name]
    if frame.learning:
        value = read_column(series, node.name)
        levels = value.levels if isinstance(value, Factor) else None
        frame.memory[node] = (_held(value), levels)
        column = value.column if isinstance(value, Exact) else series
        frame.memory[node, "type"] = column.dtype
        return value
    held, levels = frame.memory[node]
    value = read_column(as_typed(series, frame.memory[node, "type"]), node.name, levels)
    if held == "truth values" and not isinstance(value, Logical):
        value = _as_logical(value)
    if _held(value) != held:
        raise DataError(
            f"Column {node.name!r} held {held} in the model's data and now holds {_held(value)}.",
            where=f"column {node.name!r} of the new data",
            hint="Give the column the type that it had.",
        )
    return value


def _held(value: Value) -> str:
    """Say what a column holds."""
    if isinstance(value, Factor):
        return "levels"
    if isinstance(value, Logical):
        return "truth values"
    return "dates" if isinstance(value, Exact) and value.numbers is None else "numbers"


def _as_logical(value: Value) -> Value:
    """Read a column of 0/1 or of the texts True and False as truth values."""
    truth = {"True": True, "TRUE": True, "False": False, "FALSE": False}
    if isinstance(value, Factor) and set(value.levels) <= set(truth):
        table = np.array([truth[level] for level in value.levels] + [False])
        missing = value.codes < 0
        return Logical(table[value.codes], missing if missing.any() else None)
    return value


def _unary(node: Unary, frame: ModelFrame) -> Result:
    value = frame.evaluate(node.operand)
    if node.op == "!":
        condition = truth_value(value, node.operand, frame)
        return Logical(~condition.values, condition.missing)
    number = arithmetic_value(value, node.operand, frame)
    result: Result = -number if node.op == "-" else number
    return result


def _binary(node: Binary, frame: ModelFrame) -> Result:
    left, right = frame.evaluate(node.left), frame.evaluate(node.right)
    if node.op in COMPARISONS:
        return compare_rows(node, left, right, frame)
    if node.op in LOGICAL:
        return join_conditions(node, left, right, frame)
    if node.op == ":" and isinstance(left, float | int) and isinstance(right, float | int):
        step = 1 if right >= left else -1
        require_list(node, abs(right - left), frame)
        return [float(v) for v in np.arange(left, right + step / 2, step)]
    if node.op not in ARITHMETIC:
        raise frame.error(
            node,
            f"{node.op!r} combines terms; inside a call there is arithmetic only.",
            ONE_OF if node.op == "%in%" else "Use + - * / ^ and comparisons inside I(...).",
        )
    one = _as_double(arithmetic_value(left, node.left, frame))
    two = _as_double(arithmetic_value(right, node.right, frame))
    with np.errstate(all="ignore"):
        result = ARITHMETIC[node.op](one, two)
    return result if np.ndim(result) else float(result)


def _as_double(value: Any) -> Any:
    """Return a whole number as a float, as R computes: integers of 64 bits would wrap around."""
    return float(value) if isinstance(value, int) else value


def _call(node: Call, frame: ModelFrame) -> Result:
    if node.function in frame.functions:
        return _user_function(node, frame.functions[node.function], frame)
    spelled = spelled_function(node)
    if spelled in CALLS:
        return CALLS[spelled](node, frame)
    raise unknown_function(node, frame, frame.text, frame.functions)


def spelled_function(node: Call) -> str:
    """Return the name of a function as the tables of functions have it: `np.log`."""
    name = node.function
    return name.replace("numpy.", "np.", 1) if name.startswith("numpy.") else name


def unknown_function(
    node: Call, frame: FormulaReader, text: str, functions: Functions
) -> FormulaError:
    """Return the error for a function that there is not; raises that for one of another place."""
    refuse_call(node, FUNCTIONS, text)
    name = node.function
    return frame.error(
        node,
        f"There is no function {name!r} in a formula.",
        f"{did_you_mean(name, [*functions, *CALLS])} "
        f"A function of your own: functions={{{name!r}: f}}.",
    )


def _user_function(node: Call, function: Callable[..., Any], frame: ModelFrame) -> Value:
    args, named = evaluated_arguments(node, frame)
    state = isinstance(function, type)  # a class is a transform with state, as in formulae
    if state:
        function = frame.learn(node, function)

    def ready(value: Any) -> Any:
        if isinstance(value, Factor):
            return value.labels()
        if isinstance(value, Exact):
            return value.column
        return value.values if isinstance(value, Logical | Matrix) else value

    check_signature(node, function, args, named, frame)
    args, named = [ready(value) for value in args], {k: ready(v) for k, v in named.items()}
    if state and frame.counts is not None:  # what it learns, it learns from all rows
        every = frame.repeated(node)
        function(*map(every, args), **{k: every(v) for k, v in named.items()})
    return _user_value(node, function(*args, **named), frame)


def _user_value(node: Call, result: Any, frame: ModelFrame) -> Value:
    array = np.asarray(result)
    n = len(frame)
    if array.ndim not in (1, 2) or len(array) != n:
        raise DataError(
            f"{deparse(node)} returned an array of shape {array.shape} for {n} rows.",
            hint="A function for formulas returns one value, or one row of values, for each row.",
        )
    if array.ndim == 2:
        return as_columns(array.astype(float), tuple(getattr(result, "labels", ())))
    series = result if isinstance(result, pd.Series) else pd.Series(result)
    if not frame.learning:
        return read_column(series, deparse(node), frame.memory[(node, "levels")])
    value = read_column(series, deparse(node))
    frame.memory[(node, "levels")] = value.levels if isinstance(value, Factor) else None
    return value
