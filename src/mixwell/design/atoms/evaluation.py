"""An expression of a formula to its value on a frame: learned once, replayed on new rows.

What has to be remembered (levels, means, knots) is kept in a memory keyed by the expression
itself, so that `scale(log(x))` needs no other bookkeeping and two mentions share one state.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms import factor_calls as categories
from mixwell.design.atoms.column_values import read_column
from mixwell.design.atoms.functions import PLAIN
from mixwell.design.atoms.operators import (
    ARITHMETIC,
    COMPARISONS,
    LOGICAL,
    combine,
    compare,
    numbers,
    truth,
)
from mixwell.design.atoms.scope import Result, Scope
from mixwell.design.atoms.transforms import TRANSFORMS
from mixwell.design.atoms.values import Factor, Logical, Matrix, Value
from mixwell.errors import DataError, did_you_mean
from mixwell.formula import (
    Argument,
    Binary,
    Call,
    Constant,
    Expr,
    Name,
    Number,
    Paren,
    Text,
    Unary,
    deparse,
)
from mixwell.numeric.arrays import FloatArray

# Summaries are learned like any state, so that I(x - mean(x)) means the same on new rows.
SUMMARIES: dict[str, Callable[..., Any]] = {
    "mean": np.nanmean,
    "median": np.nanmedian,
    "min": np.nanmin,
    "max": np.nanmax,
    "sum": np.nansum,
    "sd": lambda x: np.nanstd(x, ddof=1),
    "var": lambda x: np.nanvar(x, ddof=1),
    "quantile": lambda x, probs=(0, 0.25, 0.5, 0.75, 1): np.nanquantile(x, probs).tolist(),
}
OTHERS = ("I", "offset", "as.numeric", "as.integer", "c", "seq")
TAKES_TRUTH = frozenset({"ifelse", "np.where", "is.na"})


def evaluate(expr: Expr, scope: Scope) -> Result:
    """Evaluate an expression on the scope's rows; each distinct expression once.

    Raises
    ------
    FormulaError
        For an unknown column or function and for wrong arguments, with the place.
    DataError
        For values that the expression cannot take.
    """
    if expr not in scope.seen:
        scope.seen[expr] = _evaluate(expr, scope)
    return scope.seen[expr]


def _evaluate(expr: Expr, scope: Scope) -> Result:
    match expr:
        case Number() | Text() | Constant():
            return expr.value
        case Paren():
            return evaluate(expr.inner, scope)
        case Name():
            return _column(expr, scope)
        case Unary():
            return _unary(expr, scope)
        case Binary():
            return _binary(expr, scope)
        case Call():
            return _call(expr, scope)
    raise scope.error(expr, f"{deparse(expr)} has no value here.")


def _column(node: Name, scope: Scope) -> Value:
    if node.name not in scope.frame.columns:
        columns = [str(column) for column in scope.frame.columns]
        raise scope.error(
            node,
            f"The data have no column {node.name!r}.",
            did_you_mean(node.name, columns),
        )
    series = scope.frame[node.name]
    if scope.learning:
        value = read_column(series, node.name)
        kind = type(value).__name__
        levels = value.levels if isinstance(value, Factor) else None
        scope.memory[node] = (kind, levels)
        return value
    kind, levels = scope.memory[node]
    value = read_column(series, node.name, levels)
    if kind == "Logical" and not isinstance(value, Logical):
        value = _as_logical(value)
    if type(value).__name__ != kind:
        raise DataError(
            f"Column {node.name!r} held {_kind_name(kind)} in the model's data and now does not.",
            where=f"column {node.name!r} of the new data",
            hint="Give the column the type that it had.",
        )
    return value


def _kind_name(kind: str) -> str:
    return {"Factor": "levels", "Logical": "truth values"}.get(kind, "numbers")


def _as_logical(value: Value) -> Value:
    """Read a column of 0/1 or of the texts True and False as truth values."""
    truth = {"True": True, "TRUE": True, "False": False, "FALSE": False}
    if isinstance(value, Factor) and set(value.levels) <= set(truth):
        table = np.array([truth[level] for level in value.levels] + [False])
        missing = value.codes < 0
        return Logical(table[value.codes], missing if missing.any() else None)
    return value


def _unary(node: Unary, scope: Scope) -> Result:
    value = evaluate(node.operand, scope)
    if node.op == "!":
        condition = truth(value, node.operand, scope)
        return Logical(~condition.values, condition.missing)
    number = numbers(value, node.operand, scope)
    result: Result = -number if node.op == "-" else number
    return result


def _binary(node: Binary, scope: Scope) -> Result:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    if node.op in COMPARISONS:
        return compare(node, left, right, scope)
    if node.op in LOGICAL:
        return combine(node, left, right, scope)
    if node.op == ":" and isinstance(left, float | int) and isinstance(right, float | int):
        step = 1 if right >= left else -1
        return [float(v) for v in np.arange(left, right + step / 2, step)]
    if node.op not in ARITHMETIC:
        raise scope.error(
            node,
            f"{node.op!r} combines terms; inside a call there is arithmetic only.",
            "Use + - * / ^ and comparisons inside I(...).",
        )
    with np.errstate(all="ignore"):
        result = ARITHMETIC[node.op](
            numbers(left, node.left, scope), numbers(right, node.right, scope)
        )
    return result if np.ndim(result) else float(result)


def _call(node: Call, scope: Scope) -> Result:
    name = node.function
    if name in scope.functions:
        return _user_function(node, scope.functions[name], scope)
    if name in categories.CALLS:
        return categories.CALLS[name](node, scope, evaluate)
    if name in ("I", "identity", "offset"):
        positional, named = _arguments(node, scope, 1)
        if named or len(positional) != 1:
            raise scope.error(node, f"{name}() takes one expression.")
        inner: Result = positional[0]
        return inner
    if name in ("as.numeric", "as.integer"):
        return _as_numbers(node, scope)
    if name == "c":
        return _combined(node, scope)
    if name == "seq":
        positional, named = _arguments(node, scope)
        return _sequence(node, positional, named, scope)
    if name in TRANSFORMS:
        return _transform(node, TRANSFORMS[name], scope)
    plain = name.replace("numpy.", "np.", 1) if name.startswith("numpy.") else name
    if plain in PLAIN:
        return _plain(node, PLAIN[plain], plain in TAKES_TRUTH, scope)
    if name in SUMMARIES:
        return _summary(node, SUMMARIES[name], scope)
    known = [*scope.functions, *categories.CALLS, *TRANSFORMS, *PLAIN, *SUMMARIES, *OTHERS]
    raise scope.error(
        node,
        f"There is no function {name!r} in a formula.",
        f"{did_you_mean(name, known)} A function of your own: functions={{{name!r}: f}}.",
    )


def _arguments(
    node: Call, scope: Scope, count: int | None = None
) -> tuple[list[Any], dict[str, Any]]:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for argument in node.args:
        value = evaluate(argument.value, scope)
        if argument.name is None:
            positional.append(value)
        else:
            named[argument.name.replace(".", "_").lower()] = value
    if count is not None and len(node.args) < 1:
        raise scope.error(node, f"{node.function}() needs an argument.")
    return positional, named


def _as_numbers(node: Call, scope: Scope) -> Result:
    """R's as.numeric: 0 and 1 of truth values, the position (from 1) of a factor's level."""
    (value,), _ = _arguments(node, scope, 1)
    if isinstance(value, Factor):
        return np.where(value.codes < 0, np.nan, value.codes + 1.0)
    number = numbers(value, node, scope)
    result: Result = np.trunc(number) if node.function == "as.integer" else number
    return result


def _combined(node: Call, scope: Scope) -> list[Any]:
    values: list[Any] = []
    for argument in node.args:
        value = evaluate(argument.value, scope)
        if isinstance(value, Factor | Logical | Matrix | np.ndarray):
            raise scope.error(argument.value, "c(...) lists constants here, not columns.")
        values.extend(value if isinstance(value, list) else [value])
    return values


def _sequence(
    node: Call, positional: list[Any], named: dict[str, Any], scope: Scope
) -> list[float]:
    keys = ["from", "to", "by"]
    given = dict(zip(keys, positional, strict=False)) | named
    length = given.pop("length_out", None)
    if not {"from", "to"} <= set(given) or set(given) - set(keys):
        raise scope.error(node, "seq() is read as seq(from, to, by) or seq(from, to, length.out=).")
    start, stop = float(given["from"]), float(given["to"])
    if length is not None:
        return [float(v) for v in np.linspace(start, stop, int(length))]
    step = float(given.get("by", 1.0 if stop >= start else -1.0))
    if step == 0 or (stop - start) / step < 0:
        raise scope.error(node, f"seq() cannot go from {start:g} to {stop:g} by {step:g}.")
    return [float(v) for v in start + step * np.arange(int((stop - start) / step + 1e-10) + 1)]


def _check_signature(node: Call, function: Callable[..., Any], args: Any, scope: Scope) -> None:
    try:
        signature = inspect.signature(function)
    except ValueError:  # numpy's own functions have none
        return
    positional, named = args
    try:
        signature.bind(*positional, **named)
    except TypeError as reason:
        raise scope.error(
            node,
            f"{node.function}() cannot be called like this: {reason}.",
            f"It is {node.function}{signature}.",
        ) from None


def _transform(node: Call, cls: type, scope: Scope) -> Value:
    positional, named = _arguments(node, scope, 1)
    if not positional:
        raise scope.error(node, f"{node.function}() needs a column first.")
    x = np.asarray(numbers(positional[0], node.args[0].value, scope), dtype=float)
    if x.ndim == 0:
        raise scope.error(node.args[0].value, f"{node.function}() needs a column, not a constant.")
    present = ~np.isnan(x) if x.ndim == 1 else ~np.isnan(x).any(axis=1)
    if scope.learning:
        if not present.any():
            raise DataError(f"{deparse(node)} has no row without missing values.")
        scope.memory[node] = cls()
    transform = scope.memory[node]
    _check_signature(node, transform, ([x, *positional[1:]], named), scope)
    if present.all():
        values = transform(x, *positional[1:], **named)
    else:
        learned = transform(x[present], *positional[1:], **named)
        values = np.full((len(x), *np.shape(learned)[1:]), np.nan)
        values[present] = learned
    return _columns_of(np.asarray(values, dtype=float), getattr(transform, "labels", ()))


def _columns_of(values: FloatArray, labels: tuple[str, ...]) -> Value:
    if values.ndim == 1:
        return values
    if values.shape[1] == 1:  # R names a single column without a suffix
        return values[:, 0]
    return Matrix(values, tuple(labels) or tuple(str(j + 1) for j in range(values.shape[1])))


def _plain(node: Call, function: Callable[..., Any], truth: bool, scope: Scope) -> Result:
    args, named = _arguments(node, scope, 1)

    def ready(value: Any, argument: Argument) -> Any:
        if truth and isinstance(value, Logical):
            return value.values
        if truth and isinstance(value, Factor):
            return value.labels()
        return numbers(value, argument.value, scope)

    named_nodes = [a for a in node.args if a.name is not None]
    plain_nodes = [a for a in node.args if a.name is None]
    positional = [ready(v, a) for v, a in zip(args, plain_nodes, strict=True)]
    keywords = {k: ready(v, a) for (k, v), a in zip(named.items(), named_nodes, strict=True)}
    try:  # these are our own wrappers: a TypeError is a wrong argument
        with np.errstate(all="ignore"):
            result = np.asarray(function(*positional, **keywords))
    except TypeError as reason:
        raise scope.error(
            node, f"{node.function}() cannot be called like this: {reason}."
        ) from None
    if result.dtype == bool:
        return Logical(result)
    return result.astype(float) if result.ndim else float(result)


def _summary(node: Call, function: Callable[..., Any], scope: Scope) -> Result:
    if scope.learning:
        args, named = _arguments(node, scope, 1)
        named.pop("na_rm", None)
        positional = [numbers(v, a.value, scope) for v, a in zip(args, node.args, strict=False)]
        _check_signature(node, function, (positional, named), scope)
        value = function(*positional, **named)
        scope.memory[node] = value if isinstance(value, list) else float(value)
    remembered: Result = scope.memory[node]
    return remembered


def _user_function(node: Call, function: Callable[..., Any], scope: Scope) -> Value:
    args, named = _arguments(node, scope)
    if isinstance(function, type):  # a class is a transform with state, as in formulae
        if scope.learning:
            scope.memory[node] = function()
        function = scope.memory[node]

    def ready(value: Any) -> Any:
        if isinstance(value, Factor):
            return value.labels()
        if isinstance(value, Logical):
            return value.values
        return value.values if isinstance(value, Matrix) else value

    _check_signature(node, function, (args, named), scope)
    result = function(*map(ready, args), **{k: ready(v) for k, v in named.items()})
    return _user_value(node, result, scope)


def _user_value(node: Call, result: Any, scope: Scope) -> Value:
    array = np.asarray(result)
    n = len(scope.frame)
    if array.ndim not in (1, 2) or len(array) != n:
        raise DataError(
            f"{deparse(node)} returned an array of shape {array.shape} for {n} rows.",
            hint="A function for formulas returns one value, or one row of values, for each row.",
        )
    if array.ndim == 2:
        return _columns_of(array.astype(float), tuple(getattr(result, "labels", ())))
    series = result if isinstance(result, pd.Series) else pd.Series(result)
    if scope.learning:
        value = read_column(series, deparse(node))
        scope.memory[(node, "levels")] = value.levels if isinstance(value, Factor) else None
        return value
    return read_column(series, deparse(node), scope.memory[(node, "levels")])
