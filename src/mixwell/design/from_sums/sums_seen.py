"""What is known of rows of which there are sums alone: nothing is asked of a table any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import Atom, FactorAtom, atom_codes
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.elsewhere.column_sums import ColumnSums
from mixwell.design.elsewhere.summed_seen import SummedSeen
from mixwell.design.from_sums.cell_counts import cell_counts
from mixwell.design.response.known_response import KnownResponse
from mixwell.design.response.response import Response
from mixwell.design.seen.rows_elsewhere import rows_elsewhere
from mixwell.design.seen.rows_seen import numbers_on, plain_mean
from mixwell.design.seen.seen import Numbers, Points, SeenTable, SeenTally
from mixwell.design.sums.summed_columns import Product
from mixwell.design.sums.summed_source import SourceColumn, SummedSource
from mixwell.errors import DataError
from mixwell.formula import Expr, Name, column_names
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.numeric.column_moments import KnownMoments
from mixwell.text.names import quoted, require_column
from mixwell.text.phrases import listed

__all__ = ["SumsSeen"]

#: Numbers that stand for a column whose ends are known.
_EXAMPLES = 400
#: What the mean square is off by where a number has two values, in units of their distance squared.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class SumsSeen(SummedSeen):
    """What sums say of their rows; `source` says what data they are of."""

    source: SummedSource
    offset: bool

    @property
    def where(self) -> str:
        """Where the rows lie: with whoever made the sums."""
        return f"sums of {self.sums.n:,} rows"

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the data that the formula reads."""
        return [column.name for column in self.source.columns]

    def refuse(self, what: str, hint: str = "") -> NoReturn:
        """Refuse what sums do not have."""
        raise DataError(
            f"The sums do not have {what}.",
            where=f"the data: {self.where}",
            hint=hint or "Ask where the table lies, or sum a formula that has it as a term.",
        )

    def response(self) -> Response:
        """Return the response, of which statistics are known."""
        last = len(self.sums.centers) - 1
        less = ColumnSums.of(self.sums, [Product((last,))]).moments()
        y, offset = less, 0.0
        if self.offset:  # the ends of a sum lie within the sums of ends
            both = ColumnSums.of(self.sums, [Product((last,)), Product((last - 1,))]).moments()
            ends = (np.array([each.sum()]) for each in (both.low, both.high))
            y, offset = both.changed(np.ones((2, 1)), *ends), float(both.means[1])
        known = KnownResponse(
            self.sums.n,
            float(y.means[0]),
            float(y.central[0, 0]),
            float(y.low[0]),
            float(y.high[0]),
            offset,
            float(less.central[0, 0]),
        )
        values = rows_elsewhere("values of the response", self.where)
        return Response(self.sums.columns.numbers[-1], values, "numeric", known=known)

    def source_of(self, name: str) -> SourceColumn:
        """Return what is known of a column; `DataError` for one that was not read."""
        require_column(name, self.columns, f"The formula reads no column {name!r}.")
        return next(column for column in self.source.columns if column.name == name)

    def column(self, name: str) -> "SummedColumn":
        """Return what is known of a column."""
        return SummedColumn(self, self.source_of(name))

    def moments_of(self, expr: Expr) -> KnownMoments | None:
        """Return the moments of a numeric variable of one column, None where it was not summed."""
        places = self.places.get(expr, ())
        return ColumnSums.of(self.sums, [Product(places)]).moments() if len(places) == 1 else None

    def table(self, names: Sequence[str]) -> SeenTable:
        """Return the combinations of some factors' levels, with how often there are."""
        known = {name: self._coded(name) for name in names}
        factors = [place for place, _ in known.values() if place is not None]
        if len(factors) < len(names):
            return self._level_table(names)
        levels = [values for _, values in known.values()]
        counts = cell_counts(self.sums, factors)
        if counts is None:
            self.refuse(
                f"how many rows each combination of {listed(list(names))} has",
                'weights="equal" does not ask for it.',
            )
        there = np.argwhere(counts > 0)
        frame = pd.DataFrame(
            {
                n: np.array(own, dtype=object)[there[:, k]]
                for k, (n, own) in enumerate(zip(names, levels, strict=True))
            }
        )
        rows = counts[tuple(there.T)]
        return SeenTable(frame, rows, rows)

    def _coded(self, name: str) -> tuple[int | None, list[Any]]:
        """Return the coded factor that is made of a column alone, and a value for each level."""
        for atom in self.atoms.values():
            if isinstance(atom, FactorAtom) and set(column_names(atom.expr)) == {name}:
                place = next(k for (own, _), k in self.factors.items() if own == atom.expr)
                values = self.column(name).distinct()
                codes = atom_codes(atom, self.rows.on(pd.DataFrame({name: values}))).tolist()
                if sorted(codes) == list(range(len(atom.levels))):
                    return place, [values[codes.index(k)] for k in range(len(codes))]
        return None, []

    def _level_table(self, names: Sequence[str]) -> SeenTable:
        """Return the levels of columns that group rows together, with how many rows each has."""
        for block, grouping in zip(self.sums.blocks, self.sums.columns.groupings, strict=True):
            parts = block.factor.split(":") if grouping.parts > 1 else [block.factor]
            if set(names) == set(parts) and len(parts) == grouping.parts:
                split = [lev.split(":") if grouping.parts > 1 else [lev] for lev in block.levels]
                columns = dict(zip(parts, zip(*split, strict=True), strict=True))
                values = {name: self.source_of(name).read(columns[name]) for name in names}
                return SeenTable(pd.DataFrame(values), block.counts, block.counts)
        self.refuse(f"how many rows each combination of {listed(list(names))} has")

    def levels_of(self, name: str) -> list[Any]:
        """Return the values of a column that groups rows, none of another one."""
        for block in self.sums.blocks:
            if block.factor == name:
                return self.source_of(name).read(block.levels)
        return []

    def one_row(self, names: Sequence[str]) -> pd.DataFrame:
        """Return a row with a value of each of some columns, which may not be together."""
        return pd.DataFrame({name: [self.column(name).first()] for name in names})

    def middles(self, atom: FactorAtom, column: str) -> list[float]:
        """Refuse the median of a column in the rows of each level."""
        self.refuse(f"the median of {column} in the levels of {atom.name}")

    def examples(self, atoms: Sequence[Atom]) -> ModelFrame:
        """Return rows between the ends of the columns that some numeric variables read."""
        names = list(dict.fromkeys(n for atom in atoms for n in column_names(atom.expr)))
        if len(names) == 1:
            values = self.column(names[0]).examples(_EXAMPLES)
            return self.rows.on(pd.DataFrame({names[0]: values}))
        rng = np.random.default_rng(0)
        columns = {name: self.column(name).examples(_EXAMPLES) for name in names}
        mixed = {name: rng.permutation(np.resize(own, _EXAMPLES)) for name, own in columns.items()}
        return self.rows.on(pd.DataFrame(mixed))

    def numbers(self, expr: Expr, examples: ModelFrame) -> Numbers | None:
        """Return an expression on examples; None where it is not one column of numbers."""
        values = numbers_on(expr, examples)
        if values is None:
            return None
        if expr not in self.places and isinstance(expr, Name):
            own = self.column(expr.name)
            return Numbers(values, own.mean, own.sd(), self.n)
        found = self.moments_of(expr)
        if found is None:
            self.refuse("the mean of an expression that is no term of the formula")
        mean, sd = float(found.means[0]), float(np.sqrt(found.covariance[0, 0]))
        return Numbers(values, mean, sd, self.n)

    def occupied(self, points: Sequence[Points]) -> BoolArray:
        """Return which combinations of some variables' points have rows, one axis a variable."""
        return np.asarray(self._counts(points) > 0)

    def tally(self, points: Sequence[Points], response: Response | None) -> SeenTally:
        """Return how many rows lie at the levels of some factors; responses are not known."""
        counts = self._counts(points)
        there = np.argwhere(counts > 0)
        rows = counts[tuple(there.T)]
        return SeenTally(there, rows, np.full(len(rows), np.nan), rows)

    def _counts(self, points: Sequence[Points]) -> FloatArray:
        factors = []
        for each in points:
            expr = each.atoms[0].expr
            place = next((k for (own, _), k in self.factors.items() if own == expr), None)
            if place is None:
                self.refuse("how many rows lie where, but for combinations of factors' levels")
            factors.append(place)
        counts = cell_counts(self.sums, factors)
        if counts is None:
            self.refuse("how many rows each combination of levels has")
        return counts


@dataclass(frozen=True, eq=False)
class SummedColumn:
    """What sums say of one column of the data."""

    seen: SumsSeen
    known: SourceColumn

    @property
    def _mean_and_square(self) -> tuple[float, float]:
        """The mean, and the mean square around it."""
        found = self.seen.moments_of(Name(self.known.name))
        if found is not None:
            return float(found.means[0]), float(found.central[0, 0])
        if self.known.mean is None or self.known.central is None:
            self.seen.refuse(
                f"the mean and the spread of {self.known.name}",
                f"Say where it stands: at={{{quoted(self.known.name)}: ...}}.",
            )
        return self.known.mean, self.known.central

    def distinct(self) -> list[Any]:
        """Return the values that it has, each once."""
        if self.known.kind == "truth":
            return [False, True]
        if (levels := self.seen.levels_of(self.known.name)) and not self.known.listed:
            return levels
        if self.known.kind != "text" and not self.known.listed:
            both = self.two()
            if both is None:
                self.seen.refuse(f"the single values of {self.known.name}")
            return list(both)
        return list(self.known.values)

    def two(self) -> list[float] | None:
        """Return both numbers where it has just two: then nothing varies more between these."""
        (low, high), (mean, square) = self.ends, self._mean_and_square
        lacking = (mean - low) * (high - mean) - square
        both = low < high and abs(lacking) <= _ROUNDING * (high - low) ** 2
        return [low, high] if both else None

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest number."""
        values = [float(value) for value in self.known.values]
        return min(values), max(values)

    @property
    def mean(self) -> float:
        """The mean of numbers."""
        low, high = self.ends
        return plain_mean(self._mean_and_square[0], max(abs(low), abs(high)))

    def sd(self, *, sample: bool = True) -> float:
        """Return the standard deviation."""
        n = self.seen.n
        square = self._mean_and_square[1]
        return float(np.sqrt(max(square, 0.0) * n / max(n - int(sample), 1)))

    def quantiles(self, probabilities: Sequence[float]) -> list[float]:
        """Refuse quantiles, but for the ends."""
        if {0.0, 1.0} >= set(probabilities):
            return [self.ends[int(p)] for p in probabilities]
        self.seen.refuse(
            f"the quantiles of {self.known.name}",
            f"Say at which values: at={{{quoted(self.known.name)}: [...]}}.",
        )

    def rows(self) -> pd.Series:
        """Refuse the column row by row, where it is read."""
        rows: pd.Series = rows_elsewhere(f"the values of {self.known.name}", self.seen.where)
        return rows

    def first(self) -> Any:
        """Return a value of the column's kind."""
        if self.known.kind in ("text", "truth"):
            return self.distinct()[0]
        return self.ends[0]

    def examples(self, most: int) -> list[Any]:
        """Return numbers between the ends, these included, in order."""
        if self.known.listed:
            return list(self.known.values)
        between = np.linspace(*self.ends, most)
        if self.known.kind == "whole":
            between = np.unique(np.rint(between))
        found: list[Any] = between.tolist()
        return found
