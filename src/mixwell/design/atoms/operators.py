"""Arithmetic, comparisons and logic on the values of a formula's expressions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mixwell.design.atoms.model_frame import ModelFrame, Result
from mixwell.design.atoms.values import Exact, Factor, Logical, Matrix
from mixwell.errors import did_you_mean
from mixwell.formula import Binary, Expr, deparse

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "**": np.power,
    "%%": np.mod,
    "%/%": np.floor_divide,
}
LOGICAL: dict[str, Callable[[Any, Any], Any]] = {
    "&": np.logical_and,
    "&&": np.logical_and,
    "|": np.logical_or,
    "||": np.logical_or,
}


AS_NUMBERS = "A slope takes short numbers, such as days since the start; factor() makes levels."


def arithmetic_value(value: Result, node: Expr, frame: ModelFrame) -> Any:
    """Return a value as numbers (an array or a scalar), refusing factors and text."""
    if isinstance(value, Logical):
        return value.numbers()
    if isinstance(value, Matrix):
        return value.values
    if isinstance(value, Exact):
        if value.no_numbers and (value.numbers is None or frame.learning):
            raise frame.error(node, f"{deparse(node)} {value.no_numbers}", AS_NUMBERS)
        return value.numbers
    if value is None or isinstance(value, Factor | str):
        what = "a factor" if isinstance(value, Factor) else "not a number"
        raise frame.error(
            node,
            f"{deparse(node)} is {what}; arithmetic needs numbers.",
            'Compare it with a level, as in I(a == "x"), or use it as a term of its own.',
        )
    return np.asarray(value, dtype=float) if isinstance(value, list) else value


def truth_value(value: Result, node: Expr, frame: ModelFrame) -> Logical:
    """Return a value as truth values; numbers other than 0 are true."""
    if isinstance(value, Logical):
        return value
    array = np.asarray(arithmetic_value(value, node, frame), dtype=float)
    missing = np.isnan(array)
    return Logical((array != 0) & ~missing, missing if missing.any() else None)


def compare_rows(node: Binary, left: Result, right: Result, frame: ModelFrame) -> Logical:
    """Compare two values row by row; a missing side makes a missing row."""
    _check_comparable(node, left, right, frame)
    missing = None
    sides: list[Any] = []
    for value, side in ((left, node.left), (right, node.right)):
        if isinstance(value, Factor):
            absent = value.codes < 0
            sides.append(value.labels())
        elif isinstance(value, Exact) and value.numbers is not None:
            absent = value.missing
            sides.append(value.column.astype(object).where(~absent, 0).to_numpy())
        elif isinstance(value, str):
            sides.append(value)
            continue
        else:
            sides.append(arithmetic_value(value, side, frame))
            absent = np.isnan(np.asarray(sides[-1], dtype=float))
        if np.any(absent):
            missing = absent if missing is None else missing | absent
    result = np.asarray(COMPARISONS[node.op](sides[0], sides[1]), dtype=bool)
    return Logical(result & ~missing if missing is not None else result, missing)


def _check_comparable(node: Binary, left: Result, right: Result, frame: ModelFrame) -> None:
    """Refuse a factor compared with a number, and a level that the factor does not have."""
    for value, other, side in ((left, right, node.right), (right, left, node.left)):
        if not isinstance(value, Factor):
            if isinstance(other, str) and not isinstance(value, str):
                hint = "Write the number without quotes."
                raise frame.error(side, "A number is compared with a text.", hint)
            continue
        if node.op not in ("==", "!="):
            raise frame.error(node, "Levels can be compared with == and != only.")
        if isinstance(other, str) and other not in value.levels + value.unknown:
            raise frame.error(
                side, f"There is no level {other!r}.", did_you_mean(other, value.levels)
            )
        if not isinstance(other, str | Factor):
            raise frame.error(side, "A factor is compared with a level in quotes.")


def join_conditions(node: Binary, left: Result, right: Result, frame: ModelFrame) -> Logical:
    """Join two conditions with & or |."""
    one, two = truth_value(left, node.left, frame), truth_value(right, node.right, frame)
    missing = one.missing if two.missing is None else two.missing
    if one.missing is not None and two.missing is not None:
        missing = one.missing | two.missing
    return Logical(LOGICAL[node.op](one.values, two.values), missing)
