"""A formula's expressions on a table that lies elsewhere, each made an expression of its engine.

What has to be remembered is learned by queries into the memory that a `ModelFrame` would have
filled, under the same keys: rows that are held replay it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import Any, Self

import narwhals as nw
import pandas as pd

from mixwell.design.atoms.evaluation import language
from mixwell.design.atoms.model_frame import Functions, ModelFrame, Result, is_constant
from mixwell.design.atoms.numeric_calls import SUMMARIES
from mixwell.design.atoms.transforms import TRANSFORMS
from mixwell.design.pushed.asked_statistics import AskedStatistics, NotKnown
from mixwell.design.pushed.expression_values import ExpressionValues
from mixwell.design.pushed.finite_values import (
    has_gaps,
    has_inputs,
    near_values,
    require_finite,
)
from mixwell.design.pushed.pushed_values import (
    PushedColumns,
    PushedNumbers,
    PushedTruth,
    PushedValue,
)
from mixwell.errors import FormulaError, MixwellError
from mixwell.formula import Call, Expr, Name, column_names, deparse
from mixwell.formula.trees import Tree
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["PushedFrame", "PushedResult", "plain_result"]

_INSTEAD = "Put it into a column of the table first."
_IN_MEMORY = "Rows in memory have all functions: mixwell.options.rows_in_memory is how many may be."

type PushedResult = PushedValue | float | bool | str | list[Any] | None


def plain_result(result: Result) -> PushedResult:
    """Return what held rows gave, which is no value for each row."""
    assert is_constant(result)
    return result


@dataclass(slots=True, eq=False)
class PushedFrame:
    """A table on which expressions are made those of its engine, the one owner of them.

    `language` reads one expression that has no value yet; where `learning`, `memory` is filled.
    `text` is the formula that errors point at, `functions` are the user's own, which no engine
    runs. A factor of more than `most` levels is refused while that is set, and `keys` only group
    rows. Of the rows that were learned from those are here for which `keep` is true, all where it
    is None.
    """

    table: LazyTable
    language: Callable[[Expr, "PushedFrame"], PushedResult]
    functions: Functions = field(default_factory=dict)
    learning: bool = True
    text: str = ""
    most: int | None = None
    keys: frozenset[Expr] = frozenset()
    memory: dict[Any, Any] = field(default_factory=dict)
    results: dict[Expr, PushedResult] = field(default_factory=dict)
    variables: dict[Expr, PushedValue] = field(default_factory=dict)
    keep: nw.Expr | None = None
    statistics: AskedStatistics = field(init=False)
    _learned_on: LazyTable = field(init=False)
    _gaps_of_inputs: set[Expr] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.statistics, self._learned_on = AskedStatistics(self.table), self.table

    def __len__(self) -> int:
        return self.table.count()

    @property
    def columns(self) -> list[str]:
        """The names of the table's columns, those that cannot be read included."""
        return [*self.table.kinds, *self.table.refused]

    def variable(self, expr: Expr) -> PushedValue:
        """Return a variable of a formula: an expression with a value for each row, and finite.

        Raises
        ------
        FormulaError
            For what cannot be read, or not where the data lie, with the place.
        DataError
            For values that it cannot take.
        """
        return self.values([expr])[expr]

    def values(
        self,
        exprs: Iterable[Expr],
        most: int | None = None,
        of: Collection[Expr] = (),
        keys: Collection[Expr] = (),
    ) -> dict[Expr, PushedValue]:
        """Return several variables, learned together: in as few queries as they depend on.

        Of the expressions `of` a factor of more than `most` levels is refused; `keys` only group
        rows, so that nothing is calculated with their numbers.
        """
        self.keys = frozenset(keys)
        listed = list(dict.fromkeys(exprs))

        def checked(expr: Expr) -> PushedValue:
            self.most = most if expr in of else None
            try:
                return self.checked(expr)
            finally:
                self.most = None

        return self.settled(lambda: self.each(listed, checked))

    def settled[T](self, ask: Callable[[], T]) -> T:
        """Return what asks for statistics, which are answered until all are known."""
        while True:
            try:
                return ask()
            except NotKnown:
                self.statistics.answer()

    def each[T](self, exprs: Sequence[Expr], make: Callable[[Expr], T]) -> dict[Expr, T]:
        """Return what is made of each expression, all of them asked before one waits."""
        made: dict[Expr, T] = {}
        for expr in exprs:
            try:
                self._ask_inside(expr)
                made[expr] = make(expr)
            except NotKnown:
                continue
        if len(made) < len(exprs):
            raise NotKnown
        return made

    def _ask_inside(self, expr: Expr) -> None:
        """Let all calls with memory inside an expression ask, before the first one waits."""
        pending: list[Tree] = [expr]
        while pending:
            node = pending.pop()
            if isinstance(node, Call) and (
                node.function in TRANSFORMS or node.function in SUMMARIES
            ):
                with suppress(NotKnown):
                    self.evaluate(node)
            pending += node.args[:1] if isinstance(node, Call) else node.children()

    def foresee(self, exprs: Iterable[Expr]) -> None:
        """Note what reading expressions will ask, and the gaps of their columns, for one query.

        Nothing is asked yet, and what cannot be read is refused where it is read.
        """
        names: dict[str, None] = {}
        with self.statistics.noting():
            for expr in exprs:
                names |= dict.fromkeys(column_names(expr))
                with suppress(NotKnown, MixwellError):
                    self._ask_inside(expr)
                with suppress(NotKnown, MixwellError):
                    self.checked(expr)
            for name in names:
                if name in self.table.kinds:
                    with suppress(NotKnown):
                        said = f"the gaps of {name}"
                        self.statistics.ask(("gaps", name), said, partial(self._gaps, name))

    def _gaps(self, name: str) -> dict[str, nw.Expr]:
        """Return the number of rows in which a column is missing."""
        absent = self.table.column(name).is_null()
        return {"gaps": nw.when(absent).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).sum()}

    def lacks(self, expr: Expr) -> bool:
        """Whether a variable may be missing in a row, by what was asked so far."""
        value = self.checked(expr)
        if isinstance(value, PushedNumbers | PushedColumns):
            return has_gaps(expr, value, self.table, self.statistics)
        return not isinstance(expr, Name) or self.lacks_column(expr.name)

    def lacks_column(self, name: str) -> bool:
        """Whether a column may be missing in a row, by what was asked so far."""
        found = self.statistics.known(("gaps", name))
        return found is None or bool(found["gaps"])

    def evaluate(self, expr: Expr) -> PushedResult:
        """Return an expression's value, made once; `NotKnown` where statistics have to answer."""
        if expr not in self.results:
            self.results[expr] = self.language(expr, self)
        return self.results[expr]

    def checked(self, expr: Expr) -> PushedValue:
        """Return a variable, its values checked; `NotKnown` where statistics have to answer."""
        if expr not in self.variables:
            made = self._variable(expr)
            counted = expr not in self.keys
            if require_finite(expr, made, self.table, self.statistics, counted=counted):
                self._gaps_of_inputs.add(expr)
            self.variables[expr] = made
        return self.variables[expr]

    def _variable(self, expr: Expr) -> PushedValue:
        result = self.evaluate(expr)
        if isinstance(result, bool | float | int):
            return PushedNumbers(self._in_each_row(float(result)), plain=True)
        if isinstance(result, str | list) or result is None:
            raise self.error(expr, f"{deparse(expr)} is no variable: it has no value for each row.")
        return result

    def _in_each_row(self, number: float) -> nw.Expr:
        """Return a constant as a column: of a literal no engine takes the mean."""
        known = self.table.column(next(iter(self.table.kinds))).is_null()
        return nw.when(known).then(nw.lit(number)).otherwise(nw.lit(number))

    def column(self, expr: Expr) -> nw.Expr:
        """Return a variable that is one column of numbers; `FormulaError` for any other."""
        value = self.checked(expr)
        if isinstance(value, PushedTruth):
            return value.expr.cast(nw.Float64)
        if not isinstance(value, PushedNumbers):
            raise self.error(expr, f"{deparse(expr)} must be one column of numbers here.")
        return value.expr

    def missing(self, expr: Expr) -> nw.Expr:
        """Return in which rows a variable has no value."""
        value = self.checked(expr)
        if expr in self._gaps_of_inputs and column_names(expr):  # a spline is long to reckon
            return ~has_inputs(expr, self.table)
        if isinstance(value, PushedColumns):
            return reduce(lambda one, two: one | two, (each.is_null() for each in value.exprs))
        return value.expr.is_null()

    def near(self, expr: Expr) -> list[tuple[float, float]]:
        """Return a number near the mean, and the distance to the farther end, of each column.

        They are those of all rows, and take no query of their own.
        """
        value = self.settled(lambda: self.checked(expr))
        return self.settled(lambda: near_values(expr, value, self.table, self.statistics))

    def learn(self, key: object, make: Callable[[], Any]) -> Any:
        """Return what the rows taught under a key; `make` learns it."""
        if self.learning and key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]

    def numbers_of(self, expr: Expr, x: nw.Expr) -> ExpressionValues:
        """Return the numbers of an expression as values to learn from."""
        return ExpressionValues(self._learned_on, self.statistics, expr, x)

    def constants(self, results: Mapping[Expr, Result] | None = None, rows: int = 0) -> ModelFrame:
        """Return a frame of held rows on which expressions without columns are evaluated.

        It shares the memory; `results` are values that expressions have on its rows, next to the
        constants that are known here.
        """
        known: dict[Expr, Any] = {e: v for e, v in self.results.items() if is_constant(v)}
        known |= results or {}
        data = pd.DataFrame(index=pd.RangeIndex(rows))
        return self._held(data, learning=self.learning, results=known)

    def replaying(self, data: pd.DataFrame) -> ModelFrame:
        """Return the frame of rows that are held, which replays what was learned here."""
        return self._held(data, learning=False)

    def held(self, data: pd.DataFrame) -> ModelFrame:
        """Return a frame of rows that stand for all: what is learned there is remembered here."""
        return self._held(data, learning=self.learning)

    def _held(self, data: pd.DataFrame, **fields: Any) -> ModelFrame:
        return ModelFrame(
            data, language, self.functions, text=self.text, memory=self.memory, **fields
        )

    def reading(self, text: str) -> Self:
        """Return the same frame, all shared, with the text of another formula for errors."""
        return self._shared(replace(self, text=text))

    def kept(self, rows: nw.Expr | None) -> Self:
        """Return the frame of the rows for which an expression is true, learning ended."""
        table = self.table if rows is None else self.table.filtered(rows)
        return self._shared(replace(self, table=table, learning=False, keep=rows))

    def _shared(self, made: Self) -> Self:
        made.statistics, made._learned_on = self.statistics, self._learned_on
        return made

    def error(self, node: Expr, message: str, hint: str | None = None) -> FormulaError:
        """Return a FormulaError that points at `node` in the formula's text."""
        return FormulaError.at(node.span, message, self.text, hint)

    def refused(self, node: Expr, what: str, instead: str = _INSTEAD) -> FormulaError:
        """Return the error for what no engine computes, with the way out."""
        said = f"{what} cannot be computed where the data lie ({self.table.where})."
        return self.error(node, said, f"{instead} {_IN_MEMORY}")
