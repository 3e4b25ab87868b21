"""Calls whose value is numbers: elementwise functions, transforms, summaries, sequences."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.call_arguments import (
    BoundArguments,
    check_signature,
    evaluated_arguments,
    require_list,
)
from mixwell.design.atoms.column_values import refuse_unknown
from mixwell.design.atoms.functions import PLAIN
from mixwell.design.atoms.model_frame import FormulaReader, ModelFrame, Result, is_constant
from mixwell.design.atoms.operators import arithmetic_value
from mixwell.design.atoms.transform_arguments import CountedValues, TrainingValues, as_numbers
from mixwell.design.atoms.transforms import TRANSFORMS, Transform
from mixwell.design.atoms.values import Factor, Logical, Matrix, Value
from mixwell.errors import DataError
from mixwell.formula import Argument, Call, deparse
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
#: The same of values that are counted, or that lie elsewhere.
LEARNED_SUMMARIES: Mapping[str, Callable[..., Any]] = {
    "mean": lambda values: values.mean(),
    "median": lambda values: _quantile(values, 0.5),
    "min": lambda values: values.low,
    "max": lambda values: values.high,
    "sum": lambda values: values.total(),
    "sd": lambda values: values.spread(values.mean()),
    "var": lambda values: values.spread(values.mean()) ** 2,
    "quantile": lambda values, probs=(0, 0.25, 0.5, 0.75, 1): _quantile(values, probs),
}
TAKES_TRUTH = frozenset({"ifelse", "np.where", "is.na"})


def _quantile(values: TrainingValues, probs: Any) -> Any:
    shares = np.atleast_1d(np.asarray(probs, dtype=float))
    found = values.quantiles(shares, values.low, values.high).tolist()
    return found if np.ndim(probs) else found[0]


def itself(node: Call, frame: FormulaReader) -> Any:
    """Return the one argument as it is: I(), offset()."""
    positional, named = evaluated_arguments(node, frame, least=1)
    if named or len(positional) != 1:
        raise frame.error(node, f"{node.function}() takes one expression.")
    return positional[0]


def to_numbers(node: Call, frame: ModelFrame) -> Result:
    """R's as.numeric: 0 and 1 of truth values, the position (from 1) of a factor's level.

    Text that reads as numbers gives these, as in R.
    """
    value = BoundArguments(node, ("x",), frame).value("x")
    if isinstance(value, Factor):
        number: Any = np.append(_numbers_of_levels(node, value, frame), np.nan)[value.codes]
    else:
        number = arithmetic_value(value, node, frame)
    result: Result = np.trunc(number) if node.function == "as.integer" else number
    return result


def _numbers_of_levels(node: Call, factor: Factor, frame: ModelFrame) -> FloatArray:
    kind = frame.memory.get((node.args[0].value, "type"))
    if kind is not None and not isinstance(kind, pd.CategoricalDtype):
        try:
            return np.array(factor.levels + factor.unknown, dtype=float)
        except ValueError:
            pass
    refuse_unknown(factor, deparse(node))
    return np.arange(1.0, len(factor.levels) + 1)


def concatenate(node: Call, frame: FormulaReader) -> list[Any]:
    """R's c() of constants."""
    values: list[Any] = []
    for argument in node.args:
        value = frame.evaluate(argument.value)
        if not is_constant(value):
            raise frame.error(argument.value, "c(...) lists constants here, not columns.")
        values.extend(value if isinstance(value, list) else [value])
        require_list(node, len(values), frame)
    return values


def sequence(node: Call, frame: FormulaReader) -> list[float]:
    """R's seq(from, to, by) or seq(from, to, length.out=)."""
    keys = ["from", "to", "by"]
    positional, named = evaluated_arguments(node, frame)
    given = dict(zip(keys, positional, strict=False)) | named
    length = given.pop("length_out", None)
    if not {"from", "to"} <= set(given) or set(given) - set(keys):
        raise frame.error(node, "seq() is read as seq(from, to, by) or seq(from, to, length.out=).")
    start, stop = float(given["from"]), float(given["to"])
    if length is not None:
        require_list(node, float(length), frame)
        return [float(v) for v in np.linspace(start, stop, int(length))]
    step = float(given.get("by", 1.0 if stop >= start else -1.0))
    if step == 0 or (stop - start) / step < 0:
        raise frame.error(node, f"seq() cannot go from {start:g} to {stop:g} by {step:g}.")
    require_list(node, (stop - start) / step, frame)
    return [float(v) for v in start + step * np.arange(int((stop - start) / step + 1e-10) + 1)]


def transformed(cls: type[Transform], node: Call, frame: ModelFrame) -> Value:
    """Columns of a transform with state, which learns from the rows without missing values."""
    positional, named = evaluated_arguments(node, frame, least=1)
    if not positional:
        raise frame.error(node, f"{node.function}() needs a column first.")
    first = node.args[0].value
    x = np.asarray(arithmetic_value(positional[0], first, frame), dtype=float)
    if x.ndim == 0:
        raise frame.error(first, f"{node.function}() needs a column, not a constant.")
    present = ~np.isnan(x) if x.ndim == 1 else ~np.isnan(x).any(axis=1)
    if frame.learning and not present.any():
        raise DataError(f"{deparse(node)} has no row without missing values.")
    if frame.learning:  # a mean, knots: one infinite number among them leaves nothing
        frame.require_finite(node, x)
    transform: Transform = frame.learn(node, cls)
    check_signature(node, transform, [x, *positional[1:]], named, frame)
    if frame.counts is not None:
        values = as_numbers(x, node.function)
        counted = CountedValues(values, frame.counts, node.function)
        transform.learn(counted, *positional[1:], **named)
    with np.errstate(all="ignore"):  # what is no number is said of the columns, with its rows
        learned = transform(x[present], *positional[1:], **named)
    if present.all():
        values = learned
    else:
        values = np.full((len(x), *np.shape(learned)[1:]), np.nan)
        values[present] = learned
    return as_columns(np.asarray(values, dtype=float), getattr(transform, "labels", ()))


def as_columns(values: FloatArray, labels: tuple[str, ...]) -> Value:
    """Return numbers as one column or as several with a label each, 1, 2, ... by default."""
    if values.ndim == 1:
        return values
    if values.shape[1] == 1:  # R names a single column without a suffix
        return values[:, 0]
    return Matrix(values, tuple(labels) or tuple(str(j + 1) for j in range(values.shape[1])))


def elementwise_value(function: Callable[..., Any], node: Call, frame: ModelFrame) -> Result:
    """The value of a function without memory, row by row."""
    takes_truth = node.function.replace("numpy.", "np.", 1) in TAKES_TRUTH

    def ready(argument: Argument) -> Any:
        value = frame.evaluate(argument.value)
        if takes_truth and isinstance(value, Logical):
            return value.values if value.missing is None else value.numbers()
        if takes_truth and isinstance(value, Factor):
            return value.labels()
        return arithmetic_value(value, argument.value, frame)

    if not node.args:
        raise frame.error(node, f"{node.function}() needs an argument.")
    positional = [ready(a) for a in node.args if a.name is None]
    keywords = {a.name.replace(".", "_").lower(): ready(a) for a in node.args if a.name}
    try:  # these are our own wrappers: a TypeError is a wrong argument
        with np.errstate(all="ignore"):
            result = np.asarray(function(*positional, **keywords))
    except (TypeError, ValueError) as reason:
        raise frame.error(
            node, f"{node.function}() cannot be called like this: {reason}."
        ) from None
    if result.dtype == bool:
        return Logical(result)
    return result.astype(float) if result.ndim else float(result)


def summarized(function: Callable[..., Any], node: Call, frame: ModelFrame) -> Result:
    """The mean or another summary of a column's training rows."""

    def summary() -> Result:
        args, named = evaluated_arguments(node, frame, least=1)
        named.pop("na_rm", None)
        pairs = zip(args, node.args, strict=False)
        columns = [arithmetic_value(value, a.value, frame) for value, a in pairs]
        check_signature(node, function, columns, named, frame)
        counts, own = frame.counts, function
        if counts is not None and columns and not is_constant(args[0]):
            columns[0] = CountedValues(columns[0], counts, node.function)
            own = LEARNED_SUMMARIES[node.function]
        try:
            value = own(*columns, **named)
        except (TypeError, ValueError) as reason:
            said = f"{node.function}() cannot be called like this: {reason}."
            raise frame.error(node, said) from None
        return value if isinstance(value, list) else float(value)

    learned: Result = frame.learn(node, summary)
    return learned


NUMERIC_CALLS: dict[str, Callable[[Call, ModelFrame], Result]] = {
    **{name: partial(transformed, cls) for name, cls in TRANSFORMS.items()},
    **{name: partial(elementwise_value, function) for name, function in PLAIN.items()},
    **{name: partial(summarized, function) for name, function in SUMMARIES.items()},
    "I": itself,
    "identity": itself,
    "offset": itself,
    "as.numeric": to_numbers,
    "as.integer": to_numbers,
    "c": concatenate,
    "seq": sequence,
}
