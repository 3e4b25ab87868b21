"""What is known of the rows of a table that stays where it lies: by queries, and from its sums."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import Atom, FactorAtom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.column_plan import Plan, PlannedTerm, TermVariable
from mixwell.design.elsewhere.column_sums import ColumnSums
from mixwell.design.elsewhere.row_numbers import RowNumbersElsewhere
from mixwell.design.elsewhere.summed_seen import SummedSeen
from mixwell.design.elsewhere.table_column import TableColumn, most_rows
from mixwell.design.pushed.pushed_columns import LevelKeys, pushed_atoms
from mixwell.design.pushed.pushed_frame import PushedFrame
from mixwell.design.pushed.pushed_response import PushedResponse
from mixwell.design.pushed.pushed_values import PushedColumns, PushedNumbers
from mixwell.design.response.known_response import KnownResponse
from mixwell.design.response.response import Response
from mixwell.design.seen.rows_elsewhere import rows_elsewhere
from mixwell.design.seen.rows_seen import numbers_on, point_count
from mixwell.design.seen.seen import Numbers, Points, SeenTable, SeenTally
from mixwell.design.sums.scan.sums_program import SumsProgram
from mixwell.design.sums.summed_columns import Product
from mixwell.formula import Expr, Name, column_names
from mixwell.numeric.arrays import BoolArray, IntArray

__all__ = ["TableSeen"]

#: Combinations of values that are listed at most, and values of a column that are looked at.
_COMBINATIONS, _EXAMPLES = 1_000_000, 400


@dataclass(frozen=True, eq=False, kw_only=True)
class TableSeen(SummedSeen):
    """What is known of a table's rows that are used, by queries and from their sums.

    `frame` has their expressions, `program` says what was read for the sums.
    """

    frame: PushedFrame
    expressions: PushedResponse
    row_numbers: RowNumbersElsewhere
    offset: nw.Expr | None
    program: SumsProgram
    _columns: dict[str, TableColumn] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Where the table lies."""
        return self.frame.table.where

    @property
    def _weights(self) -> nw.Expr | None:
        return self.expressions.exprs.get("weights")

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the data."""
        return list(self.frame.table.kinds)

    def response(self) -> Response:
        """Return the response, of which statistics are known."""
        sums, own = self.sums, self.expressions
        less = Product((len(sums.centers) - 1,))
        found = ColumnSums.of(sums, [less]).moments()
        y, offset = found, 0.0
        if self.offset is not None:
            both = ColumnSums.of(sums, [less, Product((len(sums.centers) - 2,))])
            y_expr = own.exprs["values"]
            ends = self.frame.table.aggregate(
                "look at the response's ends", {"low": y_expr.min(), "high": y_expr.max()}
            )
            low, high = (np.array([float(str(ends[name]))]) for name in ("low", "high"))
            y = both.moments().changed(np.ones((2, 1)), low, high)
            offset = float(both.moments().means[1])
        known = KnownResponse(
            sums.n,
            float(y.means[0]),
            float(y.central[0, 0]),
            float(y.low[0]),
            float(y.high[0]),
            offset,
            float(found.central[0, 0]),
        )
        return Response(
            own.name,
            rows_elsewhere("values of the response", self.where),
            "numeric",
            weights=None if self._weights is None else rows_elsewhere("weights", self.where),
            weight_unit=own.unit,
            survey=own.survey,
            se=rows_elsewhere("known errors", self.where) if "se" in own.exprs else None,
            known=self.row_numbers.joined(known),
        )

    def column(self, name: str) -> TableColumn:
        """Return what is known of a column."""
        if name not in self._columns:
            self._columns[name] = TableColumn(self.frame.table, name)
        return self._columns[name]

    def table(self, names: Sequence[str]) -> SeenTable:
        """Return the combinations of some columns' values, with how often there are."""
        weights = self._weights
        found = self.frame.table.grouped(
            f"count the rows by {', '.join(names)}",
            {name: self.frame.table.column(name) for name in names},
            {"rows": nw.len(), **({} if weights is None else {"weights": weights.sum()})},
            most=_COMBINATIONS,
        )
        frame = pd.DataFrame({name: self.frame.table.values(name, found[name]) for name in names})
        rows = np.asarray(found["rows"].to_numpy(), dtype=float)
        weighed = rows if weights is None else np.asarray(found["weights"].to_numpy(), dtype=float)
        return SeenTable(frame, rows, weighed)

    def one_row(self, names: Sequence[str]) -> pd.DataFrame:
        """Return a row with a value of each of some columns, which may not be together."""
        return pd.DataFrame({name: [self.column(name).first()] for name in names})

    def middles(self, atom: FactorAtom, column: str) -> list[float]:
        """Return the median of a column in the rows of each level that a call makes of it."""
        pushed = self._keys(atom)
        number = self.frame.table.number(column)
        found = self.frame.table.grouped(
            f"count {column} by {atom.name}",
            {"key": pushed.expr, "value": number},
            {"rows": nw.len()},
            most=_COMBINATIONS,
        ).to_pandas()
        middles = []
        for key in pushed.keys:
            own = found[found["key"] == key].sort_values("value")
            below = own["rows"].cumsum().to_numpy()
            middles.append(
                float(own["value"].iloc[np.searchsorted(below, below[-1] // 2, "right")])
            )
        return middles

    def examples(self, atoms: Sequence[Atom]) -> ModelFrame:
        """Return rows that show how the columns of some numeric variables depend on the data."""
        names = list(dict.fromkeys(n for atom in atoms for n in column_names(atom.expr)))
        if len(names) == 1:
            values = self.column(names[0]).examples(_EXAMPLES)
            return self.rows.on(pd.DataFrame({names[0]: values}))
        return self.rows.on(most_rows(self.frame.table, names, _EXAMPLES))

    def numbers(self, expr: Expr, examples: ModelFrame) -> Numbers | None:
        """Return an expression on examples; None where it is not one column of numbers."""
        values = numbers_on(expr, examples)
        if values is None:
            return None
        if expr in self.places:
            found = ColumnSums.of(self.sums, [Product(self.places[expr])]).moments()
            mean, sd = float(found.means[0]), float(np.sqrt(found.covariance[0, 0]))
        elif isinstance(expr, Name):
            mean, sd = self.column(expr.name).mean, self.column(expr.name).sd()
        else:
            mean, sd = self._measured(expr)
        return Numbers(values, mean, sd, self.n)

    def _measured(self, expr: Expr) -> tuple[float, float]:
        pushed = self.frame.variable(expr)
        assert isinstance(pushed, PushedNumbers)
        return TableColumn(self.frame.table, "an expression", pushed.expr).mean_and_sd

    def occupied(self, points: Sequence[Points]) -> BoolArray:
        """Return which combinations of some variables' points have rows, one axis a variable."""
        seen = np.zeros([point_count(each) for each in points], dtype=bool)
        codes = self.tally(points, None).codes
        inside = codes[(codes >= 0).all(axis=1)]
        seen[tuple(inside.T)] = True
        return seen

    def tally(self, points: Sequence[Points], response: Response | None) -> SeenTally:
        """Return how many rows lie at the points of some variables, with their responses."""
        named = {f"variable {k}": self._place(each) for k, each in enumerate(points)}
        exprs = {"rows": nw.len(), "total": self.expressions.exprs["values"].sum()}
        purpose = "count the rows of cells"
        if not named:
            answer = self.frame.table.aggregate(purpose, exprs)
            rows, total = (np.array([float(str(answer[name]))]) for name in exprs)
            return SeenTally(np.zeros((1, 0), dtype=np.int64), rows, total, rows)
        found = self.frame.table.grouped(purpose, named, exprs, most=_COMBINATIONS)
        keys = zip(named, points, strict=True)
        codes = [self._coded(found[name].to_pylist(), each) for name, each in keys]
        rows, total = (np.asarray(found[name].to_numpy(), dtype=float) for name in exprs)
        return SeenTally(np.column_stack(codes).astype(np.int64), rows, total, rows)

    def _place(self, points: Points) -> nw.Expr:
        """Return the expression of a factor's key, or of the point at which numbers lie."""
        first = points.atoms[0]
        if isinstance(first, FactorAtom):
            return self._keys(first).expr
        columns = [self._numbers_of(atom) for atom in points.atoms]
        made = []
        for parts in points.columns:
            product = nw.lit(1.0)
            for place, column in parts:
                product = product * columns[place][column]
            made.append(product - points.origin)
        code: nw.Expr = nw.lit(-1)
        for i, row in enumerate(points.values):
            near = [
                (own - float(at)).abs() < float(room)
                for own, at, room in zip(made, row, points.tolerance, strict=True)
            ]
            code = (
                nw.when(nw.all_horizontal(*near, ignore_nulls=True)).then(nw.lit(i)).otherwise(code)
            )
        return code

    def _numbers_of(self, atom: Atom) -> list[nw.Expr]:
        found = self.frame.variable(atom.expr)
        assert isinstance(found, PushedNumbers | PushedColumns)
        return list(found.exprs) if isinstance(found, PushedColumns) else [found.expr]

    def _keys(self, atom: FactorAtom) -> LevelKeys:
        """Return a factor's key, and that of each level."""
        plan = Plan(False, (PlannedTerm((TermVariable(atom, full=True),)),))
        found = pushed_atoms(plan, self.frame)[atom.expr]
        assert isinstance(found, LevelKeys)
        return found

    def _coded(self, values: list[Any], points: Points) -> IntArray:
        first = points.atoms[0]
        if not isinstance(first, FactorAtom):
            return np.array(values, dtype=np.int64)
        pushed = self._keys(first)
        place = {key: i for i, key in enumerate(pushed.keys)}
        return np.array([place[value] for value in values], dtype=np.int64)
