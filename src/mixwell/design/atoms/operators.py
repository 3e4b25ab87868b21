"""Arithmetic, comparisons and logic on the values of a formula's expressions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mixwell.design.atoms.scope import Result, Scope
from mixwell.design.atoms.values import Factor, Logical, Matrix
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


def numbers(value: Result, node: Expr, scope: Scope) -> Any:
    """Return a value as numbers (an array or a scalar), refusing factors and text."""
    if isinstance(value, Logical):
        return value.numbers()
    if isinstance(value, Matrix):
        return value.values
    if value is None or isinstance(value, Factor | str):
        what = "a factor" if isinstance(value, Factor) else "not a number"
        raise scope.error(
            node,
            f"{deparse(node)} is {what}; arithmetic needs numbers.",
            'Compare it with a level, as in I(a == "x"), or use it as a term of its own.',
        )
    return np.asarray(value, dtype=float) if isinstance(value, list) else value


def truth(value: Result, node: Expr, scope: Scope) -> Logical:
    """Return a value as truth values; numbers other than 0 are true."""
    if isinstance(value, Logical):
        return value
    array = np.asarray(numbers(value, node, scope), dtype=float)
    missing = np.isnan(array)
    return Logical((array != 0) & ~missing, missing if missing.any() else None)


def compare(node: Binary, left: Result, right: Result, scope: Scope) -> Logical:
    """Compare two values row by row; a missing side makes a missing row."""
    missing = None
    sides: list[Any] = []
    for value, side in ((left, node.left), (right, node.right)):
        if isinstance(value, Factor):
            absent = value.codes < 0
            sides.append(value.labels())
        elif isinstance(value, str):
            sides.append(value)
            continue
        else:
            sides.append(numbers(value, side, scope))
            absent = np.isnan(np.asarray(sides[-1], dtype=float))
        if np.any(absent):
            missing = absent if missing is None else missing | absent
    _check_comparable(node, left, right, scope)
    result = np.asarray(COMPARISONS[node.op](sides[0], sides[1]), dtype=bool)
    return Logical(result & ~missing if missing is not None else result, missing)


def _check_comparable(node: Binary, left: Result, right: Result, scope: Scope) -> None:
    """Refuse a factor compared with a number, and a level that the factor does not have."""
    for value, other, side in ((left, right, node.right), (right, left, node.left)):
        if not isinstance(value, Factor):
            continue
        if node.op not in ("==", "!="):
            raise scope.error(node, "Levels can be compared with == and != only.")
        if isinstance(other, str) and other not in value.levels + value.unknown:
            raise scope.error(
                side, f"There is no level {other!r}.", did_you_mean(other, value.levels)
            )
        if not isinstance(other, str | Factor):
            raise scope.error(side, "A factor is compared with a level in quotes.")


def combine(node: Binary, left: Result, right: Result, scope: Scope) -> Logical:
    """Join two conditions with & or |."""
    one, two = truth(left, node.left, scope), truth(right, node.right, scope)
    missing = one.missing if two.missing is None else two.missing
    if one.missing is not None and two.missing is not None:
        missing = one.missing | two.missing
    return Logical(LOGICAL[node.op](one.values, two.values), missing)
