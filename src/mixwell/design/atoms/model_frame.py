"""The model frame: rows of data with the values of a model's expressions, each evaluated once.

What has to be remembered (levels, means, knots) is kept in a memory keyed by the expression
itself, so that `scale(log(x))` needs no other bookkeeping and two mentions share one state.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, TypeGuard

import numpy as np
import pandas as pd

from mixwell.design.atoms.values import (
    Exact,
    Factor,
    Logical,
    Matrix,
    Value,
    missing_rows,
    numbers_of,
)
from mixwell.errors import LARGEST, DataError, FormulaError
from mixwell.formula import Expr, Name, column_names, deparse
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.package_options import require_memory

type Result = Value | float | bool | str | list[Any] | None
Functions = Mapping[str, Callable[..., Any]]


def is_constant(value: object) -> TypeGuard[float | bool | str | list[Any] | None]:
    """Whether an expression's value is one for all rows: a number, a text, a list, or nothing."""
    return value is None or isinstance(value, bool | int | float | str | list)


class FormulaReader(Protocol):
    """What the functions of a formula need of a frame, wherever its rows lie."""

    learning: bool
    text: str

    def evaluate(self, expr: Expr) -> Any:
        """Return an expression's value."""

    def learn(self, key: object, make: Callable[[], Any]) -> Any:
        """Return what training learned under a key."""

    def error(self, node: Expr, message: str, hint: str | None = None) -> FormulaError:
        """Return a FormulaError that points at `node` in the formula's text."""


# What functions with several columns, such as splines, may have together.
_MOST_COLUMNS = 10_000


def refuse_columns(count: int, text: str) -> None:
    """Refuse functions of a formula that have more columns together than are made; `DataError`."""
    if count > _MOST_COLUMNS:
        raise DataError(
            f"The functions of the formula have more than {_MOST_COLUMNS:,} columns together.",
            where=f"formula {text}",
            hint="Fewer functions with several columns, or with fewer of them.",
        )


@dataclass(slots=True, eq=False)
class ModelFrame:
    """A frame of data on which expressions are evaluated, the one owner of their values.

    `language` evaluates one expression that has no value yet. Where `learning`, `memory` is
    filled; frames of other rows replay it. `functions` are the user's own, `text` is the formula
    that errors point at. Rows that are `asked` about are those of a grid or of the data at other
    values, not new data. Where a table was counted, the column `counted` says how often each row is
    there: all of them teach. Columns that are `unread` are ours, not the user's. Source of the
    term: R's `model.frame`.
    """

    data: pd.DataFrame
    language: Callable[[Expr, "ModelFrame"], Result]
    functions: Functions = field(default_factory=dict)
    learning: bool = True
    text: str = ""
    asked: bool = False
    memory: dict[Any, Any] = field(default_factory=dict)
    results: dict[Expr, Result] = field(default_factory=dict)
    variables: dict[Expr, Value] = field(default_factory=dict)
    wide: list[int] = field(default_factory=list)
    counted: str | None = None
    unread: frozenset[object] = frozenset()

    def __len__(self) -> int:
        return len(self.data)

    @property
    def columns(self) -> list[str]:
        """The names of the data's columns that formulas may read."""
        return [str(name) for name in self.data.columns if name not in self.unread]

    @property
    def counts(self) -> FloatArray | None:
        """How often each of the rows that teach is there, (row,); None where each is there once."""
        if self.counted is None or not self.learning:
            return None
        return np.asarray(self.data[self.counted], dtype=float)

    def count(self, marked: BoolArray) -> int:
        """Return how many rows are marked, each as often as it is there."""
        return int(marked.sum() if self.counts is None else self.counts[marked].sum())

    def repeated(self, expr: Expr) -> Callable[[Any], Any]:
        """Return what gives values of the rows as often as these are there, and others as they are.

        Raises `DataError` where memory does not hold them, which `expr` asks for.
        """
        counts = self.counts
        assert counts is not None
        require_memory(float(counts.sum()), f"{deparse(expr)}, which learns from all rows,")
        rows = np.repeat(np.arange(len(counts)), counts.astype(np.int64))

        def every(value: Any) -> Any:
            if isinstance(value, pd.Series):
                return value.iloc[rows]
            return value[rows] if isinstance(value, np.ndarray) and value.ndim else value

        return every

    def evaluate(self, expr: Expr) -> Result:
        """Return an expression's value on the rows; each distinct expression is evaluated once.

        Raises
        ------
        FormulaError
            For an unknown column or function and for wrong arguments, with the place.
        DataError
            For values that the expression cannot take.
        """
        if expr in self.variables:
            return self.variables[expr]
        if expr not in self.results:
            self.results[expr] = self.language(expr, self)
        return self.results[expr]

    def variable(self, expr: Expr) -> Value:
        """Return a variable of a formula: an expression with a value for each row, and finite.

        Raises
        ------
        DataError
            Where a function gives no number for a row that has its inputs, or an infinite one.
        """
        if expr not in self.variables:
            made = self._checked(expr, self.evaluate(expr))
            if self.learning and isinstance(made, Matrix):
                self._require_columns(len(made.labels))
            self.variables[expr] = made
        return self.variables[expr]

    def _require_columns(self, further: int) -> None:
        """Refuse more columns than anybody asks for, which take long to make one function each."""
        self.wide.append(further)
        refuse_columns(sum(self.wide), self.text)

    def values(self, exprs: Iterable[Expr]) -> dict[Expr, Value]:
        """Return several variables by their expressions."""
        return {expr: self.variable(expr) for expr in exprs}

    def column(self, expr: Expr) -> FloatArray:
        """Return a variable that is one column of numbers; `FormulaError` for any other."""
        numbers = numbers_of(self.variable(expr))
        if numbers is None:
            raise self.error(expr, f"{deparse(expr)} must be one column of numbers here.")
        return numbers

    def learn(self, key: object, make: Callable[[], Any]) -> Any:
        """Return what training learned under a key; `make` learns it on the training rows."""
        if self.learning:
            self.memory[key] = make()
        return self.memory[key]

    def reading(self, text: str) -> Self:
        """Return the same frame, values shared, with the text of another formula for errors."""
        return replace(self, text=text)

    def kept(self, rows: BoolArray) -> Self:
        """Return the marked rows with the values that variables have on them, learning ended."""
        if rows.all():
            return replace(self, learning=False, results={})
        values = {expr: value_at(value, rows) for expr, value in self.variables.items()}
        return replace(self, data=self.data[rows], learning=False, results={}, variables=values)

    @property
    def rows_are(self) -> str:
        """Which rows these are, in words."""
        return "that this asks about" if self.asked else "of the new data"

    def on(self, data: pd.DataFrame, *, asked: bool = False) -> Self:
        """Return a frame of other rows that replays what this one learned."""
        return replace(self, data=data, asked=asked, learning=False, results={}, variables={})

    def require_values(self, expr: Expr) -> None:
        """Refuse rows for which a variable has no value; raises `DataError` with the first.

        Either one of its inputs is missing, or has a value outside the levels or intervals.
        """
        mask = missing_rows(self.variable(expr))
        if mask is None:
            return
        outside = self.outside(expr)
        if outside is None:
            raise self.missing(deparse(expr), mask)
        rows = "a row" if outside.sum() == 1 else f"{int(outside.sum())} rows"
        row = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"{deparse(expr)} has no level for {rows} {self.rows_are}, outside those it learned.",
            where=f"first at {self.inputs_said(expr, row)} in {self.first_row(outside)}",
            hint="Give it wider intervals or more levels and fit again, or leave these rows out.",
        )

    def inputs_said(self, expr: Expr, row: int) -> str:
        """Say what the columns that an expression reads are in one row."""
        return ", ".join(f"{name} = {self.data[name].iloc[row]}" for name in column_names(expr))

    def outside(self, expr: Expr) -> BoolArray | None:
        """Return the rows whose inputs have values for which a variable has none, None if none.

        These are values outside the levels of a factor, or the intervals of `cut`.
        """
        missing = missing_rows(self.variable(expr))
        if missing is None:
            return None
        outside = missing & self._has_inputs(expr)
        return outside if outside.any() else None

    def _has_inputs(self, expr: Expr) -> BoolArray:
        """Return the rows in which no column that an expression reads is missing."""
        has = np.ones(len(self), dtype=bool)
        for name in column_names(expr):
            has &= ~self.data[name].isna().to_numpy()
        return has

    def first_row(self, marked: BoolArray) -> str:
        """Return "row" and the label of the first of the marked rows."""
        return self.row_said(int(np.flatnonzero(marked)[0]))

    def row_said(self, place: int) -> str:
        """Return "row" and the label of the row at a place, as the data show it."""
        label = self.data.index[place]
        return f"row {label.item() if isinstance(label, np.generic) else label!r}"

    def rows_said(
        self, marked: BoolArray, values: Sequence[Any] | FloatArray, most: int = 3
    ) -> str:
        """Say which rows are marked and what they have: "row 3: 7" or "2 rows (row 3: 7, ...)"."""
        places = np.flatnonzero(marked)
        each = [
            f"{self.row_said(k)}: "
            + (repr(values[k]) if isinstance(values[k], str) else f"{values[k]:g}")
            for k in places[:most].tolist()
        ]
        if len(places) == 1:
            return each[0]
        dots = ", ..." if len(places) > most else ""
        return f"{len(places)} rows ({', '.join(each)}{dots})"

    def missing(self, text: str, rows: BoolArray) -> DataError:
        """Return the error for new rows in which what a text names is missing."""
        values = "a missing value" if rows.sum() == 1 else f"{int(rows.sum())} missing values"
        return DataError(
            f"The new data have {values} in {text}.",
            where=f"first at {self.first_row(rows)}",
            hint="Fill or remove these rows.",
        )

    def error(self, node: Expr, message: str, hint: str | None = None) -> FormulaError:
        """Return a FormulaError that points at `node` in the formula's text."""
        return FormulaError.at(node.span, message, self.text, hint)

    def _checked(self, expr: Expr, result: Result) -> Value:
        if isinstance(result, str) or result is None or isinstance(result, list):
            raise self.error(expr, f"{deparse(expr)} is no variable: it has no value for each row.")
        if isinstance(result, Factor | Logical | Exact):
            return result
        if isinstance(result, Matrix):
            self.require_finite(expr, result.values)
            self._check_size(expr, result.values)
            return result
        numbers = np.asarray(result, dtype=float)
        if numbers.ndim == 0:
            numbers = np.full(len(self), float(numbers))
        self.require_finite(expr, numbers)
        self._check_size(expr, numbers)
        return numbers

    def require_finite(self, expr: Expr, values: FloatArray) -> None:
        """Refuse numbers that are infinite or undefined in rows that have the inputs of `expr`."""
        bad = ~np.isfinite(values)
        if bad.ndim > 1:
            bad = bad.any(axis=1)
        if not bad.any():
            return
        bad &= self._has_inputs(expr)  # a missing input makes a missing row: another matter
        if not bad.any():
            return
        row = int(np.flatnonzero(bad)[0])
        what = "infinite" if np.isinf(np.atleast_1d(values[row])[0]) else "not a number"
        count = int(bad.sum())
        raise DataError(
            f"{deparse(expr)} is {what} in {count} row{'s' if count > 1 else ''}.",
            where=f"{self.row_said(row)}: {self.inputs_said(expr, row)}",
            hint="Remove or correct these rows"
            + ("." if isinstance(expr, Name) else ", or choose a function that is defined there."),
        )

    def _check_size(self, expr: Expr, values: FloatArray) -> None:
        """Refuse numbers whose squares floats do not hold: of the largest it is infinite, or 0."""
        sizes = np.abs(values)
        largest = float(np.fmax.reduce(sizes, axis=None)) if sizes.size else 0.0
        tiny = self.learning and 0 < largest < 1 / LARGEST  # new rows may well be near 0
        if not (tiny or largest > LARGEST):
            return
        rows = np.flatnonzero((sizes == largest).reshape(len(sizes), -1).any(axis=1))
        size, lost = ("at most ", "0") if tiny else ("", "infinite")
        raise DataError(
            f"{deparse(expr)} is {size}{largest:g} in size, and the square of that is {lost} in "
            "floating-point numbers.",
            where=self.row_said(int(rows[0])),
            hint=f"Give it in other units, so that its largest value is between {1 / LARGEST:g} "
            f"and {LARGEST:g}.",
        )


def value_at(value: Value, rows: BoolArray) -> Value:
    """Keep the marked rows of a value."""
    match value:
        case Factor():
            return replace(value, codes=value.codes[rows])
        case Logical():
            missing = None if value.missing is None else value.missing[rows]
            return Logical(value.values[rows], missing)
        case Exact():
            numbers = None if value.numbers is None else value.numbers[rows]
            return Exact(value.column[rows], numbers)
        case Matrix():
            return Matrix(value.values[rows], value.labels)
    return value[rows]
