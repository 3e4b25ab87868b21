"""One variable of a formula as columns: a number, a matrix of numbers, or a factor with its coding.

An atom is learned from the training rows and holds all that is needed to make the same columns
from new rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mixwell.design.atoms.column_values import column_missing
from mixwell.design.atoms.evaluation import evaluate
from mixwell.design.atoms.factor_calls import as_factor
from mixwell.design.atoms.scope import Result, Scope
from mixwell.design.atoms.values import Factor, Logical, Matrix, Value
from mixwell.design.codings.choices import Contrast, Poly, Treatment, resolve_contrast
from mixwell.design.codings.coding import Coding, full_dummy
from mixwell.errors import DataError, did_you_mean
from mixwell.formula import Expr, Name, column_names, deparse
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class NumericAtom:
    """A variable of numbers: one column, or several with a suffix each (`poly(x, 2)`)."""

    expr: Expr
    name: str
    labels: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many columns the variable has."""
        return max(len(self.labels), 1)

    def names(self) -> tuple[tuple[str, str], ...]:
        """Return each column's name here and in R."""
        if not self.labels:
            return ((self.name, self.name),)
        return tuple((f"{self.name}[{label}]", f"{self.name}{label}") for label in self.labels)


@dataclass(frozen=True, slots=True)
class FactorAtom:
    """A variable with levels, its contrast coding and its coding with one column a level."""

    expr: Expr
    name: str
    levels: tuple[str, ...]
    ordered: bool
    contrast: Coding
    full: Coding

    def coding(self, full: bool) -> Coding:
        """Return the full dummy coding or the contrast coding."""
        return self.full if full else self.contrast

    def names(self, full: bool) -> tuple[tuple[str, str], ...]:
        """Return each column's name here and in R."""
        coding = self.coding(full)
        pairs = zip(coding.labels, coding.r_labels, strict=True)
        return tuple((f"{self.name}[{label}]", f"{self.name}{r}") for label, r in pairs)


type Atom = NumericAtom | FactorAtom


def variable_value(expr: Expr, scope: Scope) -> Value:
    """Evaluate one variable of a formula to a value with one row a row of data.

    Raises
    ------
    DataError
        Where a function gives no number for a row that has its inputs, or an infinite one.
    """
    result: Result = evaluate(expr, scope)
    n = len(scope.frame)
    if isinstance(result, str) or result is None or isinstance(result, list):
        raise scope.error(expr, f"{deparse(expr)} is no variable: it has no value for each row.")
    if isinstance(result, Factor | Logical):
        return result
    if isinstance(result, Matrix):
        _check_finite(expr, result.values, scope)
        return result
    numbers = np.asarray(result, dtype=float)
    if numbers.ndim == 0:
        numbers = np.full(n, float(numbers))
    _check_finite(expr, numbers, scope)
    return numbers


def _check_finite(expr: Expr, values: FloatArray, scope: Scope) -> None:
    bad = ~np.isfinite(values)
    if bad.ndim > 1:
        bad = bad.any(axis=1)
    if not bad.any():
        return
    for name in column_names(expr):  # a missing input makes a missing row, which is another matter
        column = scope.frame[name]
        bad &= ~column.isna().to_numpy()
    if not bad.any():
        return
    row = int(np.flatnonzero(bad)[0])
    label = scope.frame.index[row]
    value = np.atleast_1d(values[row])[0]
    what = "infinite" if np.isinf(value) else "not a number"
    inputs = ", ".join(f"{c} = {scope.frame[c].iloc[row]}" for c in column_names(expr))
    count = int(bad.sum())
    raise DataError(
        f"{deparse(expr)} is {what} in {count} row{'s' if count > 1 else ''}.",
        where=f"row {label!r}: {inputs}",
        hint="Remove or correct these rows"
        + ("." if isinstance(expr, Name) else ", or choose a function that is defined there."),
    )


def missing_rows(value: Value) -> BoolArray | None:
    """Return which rows of a variable are missing, None when none is."""
    return column_missing(value.values if isinstance(value, Matrix) else value)


def learn_atom(expr: Expr, value: Value, contrasts: Mapping[str, Contrast]) -> Atom:
    """Settle a variable's kind, levels and coding from the rows that stay in the model.

    Raises
    ------
    DataError
        For a factor with fewer than two levels and a coding that does not fit.
    """
    name = deparse(expr)
    if isinstance(value, Logical):
        value = value.factor()
    if not isinstance(value, Factor):
        if name in contrasts:
            raise DataError(
                f"contrasts= names {name!r}, which holds numbers.",
                where=f"variable {name}",
                hint=f"Write factor({name}) in the formula and in contrasts=.",
            )
        return NumericAtom(expr, name, value.labels if isinstance(value, Matrix) else ())
    used = value.drop_unused()
    if len(used.levels) < 2:
        only = repr(used.levels[0]) if used.levels else "none"
        raise DataError(
            f"The factor {name} has fewer than two levels in the rows used.",
            where=f"variable {name}, level {only}",
            hint=f"Leave {name} out of the formula.",
        )
    chosen = contrasts.get(name) or used.contrast or (Poly() if used.ordered else Treatment())
    coding = chosen.code(used.levels)
    full = full_dummy(used.levels)
    if used.r_levels:
        coding, full = _r_labeled(coding, used), _r_labeled(full, used)
    return FactorAtom(expr, name, used.levels, used.ordered, coding, full)


def _r_labeled(coding: Coding, factor: Factor) -> Coding:
    """Give a coding R's labels of the levels (TRUE for True)."""
    spelling = dict(zip(factor.levels, factor.r_levels, strict=True))
    return replace(coding, r_labels=tuple(spelling.get(r, r) for r in coding.r_labels))


def atom_codes(atom: FactorAtom, value: Value) -> tuple[IntArray, tuple[str, ...]]:
    """Return each row's level index and the labels that the atom has no level for."""
    matched = as_factor(value, atom.name, atom.levels)
    return matched.codes, matched.unknown


def atom_numbers(atom: NumericAtom, value: Value) -> FloatArray:
    """Return the columns of a numeric variable, shape `(obs, width)`.

    Raises
    ------
    DataError
        When the new rows hold levels where the model's data held numbers.
    """
    if isinstance(value, Factor):
        raise DataError(
            f"{atom.name} held numbers in the model's data and holds levels now.",
            where=f"variable {atom.name}",
            hint="Give the column the type that it had.",
        )
    if isinstance(value, Logical):
        value = value.numbers()
    array = value.values if isinstance(value, Matrix) else np.asarray(value, dtype=float)
    return array.reshape(len(array), -1)


def resolve_contrasts(
    given: Mapping[str, object] | None, variables: Sequence[str]
) -> dict[str, Contrast]:
    """Read the user's `contrasts=` and check that each names a variable of the model.

    Raises
    ------
    DataError
        For a name that is no variable of the formula, with the nearest ones.
    """
    resolved: dict[str, Contrast] = {}
    for name, choice in (given or {}).items():
        if name not in variables:
            raise DataError(
                f"contrasts= names {name!r}, which is no variable of the formula.",
                where="contrasts",
                hint=did_you_mean(name, variables),
            )
        resolved[name] = resolve_contrast(choice, where=name)
    return resolved


def subset_value(value: Value, rows: BoolArray) -> Value:
    """Keep the marked rows of a value."""
    match value:
        case Factor():
            return value.take(rows)
        case Logical():
            missing: Any = None if value.missing is None else value.missing[rows]
            return Logical(value.values[rows], missing)
        case Matrix():
            return Matrix(value.values[rows], value.labels)
    return value[rows]
