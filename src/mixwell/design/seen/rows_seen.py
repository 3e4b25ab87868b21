"""What is known of rows that are in memory: whatever is asked is computed of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import Atom, FactorAtom, NumericAtom, atom_codes, atom_numbers
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Exact, Factor, Logical, Matrix
from mixwell.design.seen.seen import LevelProducts, Numbers, Points, SeenTable, SeenTally
from mixwell.formula import Expr
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray
from mixwell.numeric.intervals.counted_quantiles import quantiles_of_counted
from mixwell.numeric.saturation import spare_rows

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.columns.fixed_effects import FixedEffects
    from mixwell.design.response.response import Response

__all__ = [
    "ColumnSeen",
    "RowsSeen",
    "are_orthonormal",
    "numbers_on",
    "plain_mean",
    "point_count",
]

#: Numbers in one block of rows: 16 MB.
_BLOCK = 2_000_000


def plain_mean(mean: float, largest: float) -> float:
    """Return a mean, 0 where rounding errors are what is left of a centered column."""
    return mean if abs(mean) > 1e-13 * largest else 0.0


@dataclass(frozen=True, eq=False)
class ColumnSeen:
    """What is known of one column whose rows are in memory.

    Rows may stand for several equal ones, `counts` (row,).
    """

    series: pd.Series
    counts: FloatArray | None = None

    @property
    def _numbers(self) -> FloatArray:
        return np.asarray(self.series.to_numpy(dtype=float), dtype=np.float64)

    def distinct(self) -> list[Any]:
        """Return the values that it has, each once."""
        found: list[Any] = self.series.unique().tolist()
        return found

    def two(self) -> list[float] | None:
        """Return both numbers where it has just two, in order."""
        found: list[float] = np.unique(self._numbers).tolist()
        return found if len(found) == 2 else None

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest number."""
        numbers = self._numbers
        return float(numbers.min()), float(numbers.max())

    @property
    def mean(self) -> float:
        """The mean of numbers."""
        numbers = self._numbers
        mean = np.average(numbers, weights=self.counts)
        return plain_mean(float(mean), float(np.abs(numbers).max()))

    def sd(self, *, sample: bool = True) -> float:
        """Return the standard deviation."""
        numbers, counts = self._numbers, self.counts
        if counts is None:
            return float(numbers.std(ddof=int(sample)))
        away = numbers - np.average(numbers, weights=counts)
        return float(np.sqrt(counts @ away**2 / max(counts.sum() - int(sample), 1)))

    def quantiles(self, probabilities: Sequence[float]) -> list[float]:
        """Return quantiles, R's type 7."""
        if self.counts is None:
            return [float(q) for q in np.quantile(self._numbers, probabilities)]
        order = np.argsort(self._numbers)
        upto = np.cumsum(self.counts[order])
        found: list[float] = quantiles_of_counted(
            self._numbers[order], upto, probabilities
        ).tolist()
        return found

    def rows(self) -> pd.Series:
        """Return the column."""
        return self.series

    def first(self) -> Any:
        """Return the first value."""
        return self.series.iloc[0]

    def examples(self, most: int) -> list[Any]:
        """Return all numbers that it has, in order."""
        found: list[Any] = np.unique(self._numbers).tolist()
        return found


@dataclass(frozen=True, eq=False)
class RowsSeen:
    """What is known of the rows of a frame that are in memory, with the response's weights."""

    frame: ModelFrame
    response: "Response | None" = None
    _codes: dict[Points, IntArray] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.frame)

    @property
    def where(self) -> str:
        """Where they lie."""
        return "in memory"

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the data."""
        return [str(name) for name in self.frame.data.columns]

    def column(self, name: str) -> ColumnSeen:
        """Return what is known of a column."""
        return ColumnSeen(self.frame.data[name], self._counts)

    @property
    def _counts(self) -> FloatArray | None:
        return None if self.response is None else self.response.counts

    @property
    def _times(self) -> FloatArray:
        """How many equal rows each stands for."""
        return np.ones(self.n) if self._counts is None else self._counts

    def table(self, names: Sequence[str]) -> SeenTable:
        """Return the rows themselves, with how many equal ones each stands for."""
        ones, response = self._times, self.response
        weighted = response is not None and response.weights is not None
        weights = np.asarray(response.weights, dtype=float) if response and weighted else ones
        return SeenTable(self.frame.data[list(names)], ones, weights)

    def one_row(self, names: Sequence[str]) -> pd.DataFrame:
        """Return the first row of some columns."""
        return self.frame.data[list(names)].head(1)

    def middles(self, atom: FactorAtom, column: str) -> list[float]:
        """Return the median of a column in the rows of each level that a call makes of it."""
        codes = atom_codes(atom, self.frame)
        numbers = self.frame.data[column].to_numpy(dtype=float)
        values = []
        for code in range(len(atom.levels)):
            order = np.argsort(own := numbers[codes == code], kind="stable")
            below = np.cumsum(self._times[codes == code][order])
            values.append(float(own[order][np.searchsorted(below, below[-1] // 2, "right")]))
        return values

    def examples(self, atoms: Sequence[Atom]) -> ModelFrame:
        """Return all rows."""
        return self.frame

    def numbers(self, expr: Expr, examples: ModelFrame) -> Numbers | None:
        """Return an expression on all rows; None where it is not one column of numbers."""
        values = numbers_on(expr, examples)
        if values is None:
            return None
        times = self._times
        mean = float(np.average(values, weights=times))
        sd = float(np.sqrt(times @ (values - mean) ** 2 / max(times.sum() - 1, 1)))
        return Numbers(values, mean, sd, int(times.sum()))

    def rows_like(
        self, fixed: "FixedEffects", blocks: "Sequence[GroupBlock]"
    ) -> tuple[FloatArray, FloatArray]:
        """Return the rows themselves."""
        return fixed.near(), np.hstack([block.values for block in blocks])

    def orthonormal(self, atom: Atom) -> bool:
        """Return whether a variable's columns are orthogonal, of length one, and add up to 0."""
        assert isinstance(atom, NumericAtom)
        columns = atom_numbers(atom, self.frame)
        return are_orthonormal(columns.T @ columns, columns.sum(axis=0), len(columns))

    def covariance(self, parts: Sequence[LevelProducts], combined: FloatArray) -> FloatArray:
        """Return the covariance over rows of combinations, (column, any), of parts' columns."""
        numbers = {a.expr: atom_numbers(a, self.frame) for part in parts for a, _ in part.numbers}
        codes = {a.expr: atom_codes(a, self.frame) for part in parts for a, _ in part.tables}

        def columns(part: LevelProducts, rows: slice) -> FloatArray:
            found: FloatArray = np.ones((len(range(*rows.indices(self.n))), 1))
            for (atom, column), origin in zip(part.numbers, part.origins, strict=True):
                found = found * (numbers[atom.expr][rows, column, None] - origin)
            for factor, table in part.tables:
                right = table[codes[factor.expr][rows]]
                found = (right[:, :, None] * found[:, None, :]).reshape(len(found), -1)
            return found

        step, times = max(1, _BLOCK // max(len(combined), 1)), self._times
        size, n = combined.shape[1], float(times.sum())
        total, squares = np.zeros(size), np.zeros((size, size))
        for start in range(0, self.n, step):
            rows = slice(start, start + step)
            block = np.hstack([columns(part, rows) for part in parts]) @ combined
            counted = block * times[rows, None]
            total += counted.sum(axis=0)
            squares += counted.T @ block
        return np.asarray((squares - np.outer(total, total) / n) / max(n - 1, 1))

    def means(self, atom: NumericAtom) -> FloatArray:
        """Return the means of the columns of a numeric variable."""
        return np.average(atom_numbers(atom, self.frame), axis=0, weights=self._counts)

    def level_totals(self, block: "GroupBlock") -> FloatArray:
        """Return the sums of a block's columns over the rows of each level, (level, effect)."""
        found = np.zeros((block.n_levels, len(block.effects)))
        np.add.at(found, block.index, block.values * self._times[:, None])
        return found

    def spare_rows(self, block: "GroupBlock", effects: Sequence[int]) -> int:
        """Return how many rows some effects of a block leave; those of weight 0 do not count."""
        weights = None if self.response is None else self.response.weights
        counted = slice(None) if weights is None else weights > 0
        return spare_rows(block.values[counted][:, list(effects)], block.index[counted])

    def occupied(self, points: Sequence[Points]) -> BoolArray:
        """Return which combinations of some variables' points have rows, one axis a variable."""
        sizes = [point_count(each) for each in points]
        seen = np.zeros(prod(sizes), dtype=bool)
        place: IntArray = np.zeros(self.n, dtype=np.int64)
        inside = np.ones(self.n, dtype=bool)
        for each, size in zip(points, sizes, strict=True):
            codes = self.codes(each)
            place = place * size + codes
            inside &= codes >= 0
        seen[place[inside]] = True
        return seen.reshape(sizes)

    def tally(self, points: Sequence[Points], response: "Response | None") -> SeenTally:
        """Return how many rows lie at the points of some variables, with their responses."""
        member: IntArray = np.zeros(self.n, dtype=np.int64)
        distinct: IntArray = np.zeros((1, 0), dtype=np.int64)
        if points:
            codes = np.column_stack([self.codes(each) for each in points])
            distinct, member = np.unique(codes, axis=0, return_inverse=True)
            member = member.reshape(-1)
        times, size = self._times, len(distinct)
        rows = np.bincount(member, weights=times, minlength=size)
        total, below = np.full(size, np.nan), rows
        if response is not None:
            total = np.bincount(member, weights=response.values * times, minlength=size)
            if response.trials is not None:
                below = np.bincount(member, weights=response.trials * times, minlength=size)
        return SeenTally(distinct, rows, total, below)

    def codes(self, points: Points) -> IntArray:
        """Return at which of a variable's points each row lies, -1 for none."""
        if points not in self._codes:
            self._codes[points] = self._codes_of(points)
        return self._codes[points]

    def _codes_of(self, points: Points) -> IntArray:
        first = points.atoms[0]
        if isinstance(first, FactorAtom):
            return atom_codes(first, self.frame)
        numbers = [atom_numbers(a, self.frame) for a in points.atoms if isinstance(a, NumericAtom)]
        codes = np.full(self.n, -1, dtype=np.int64)
        columns = np.ones((self.n, len(points.columns)))
        for k, parts in enumerate(points.columns):
            for place, column in parts:
                columns[:, k] *= numbers[place][:, column]
        columns -= points.origin
        for i, row in enumerate(points.values):
            codes[(np.abs(columns - row) < points.tolerance).all(axis=1)] = i
        return codes


def point_count(points: Points) -> int:
    """Return how many points a variable has."""
    first = points.atoms[0]
    return len(first.levels) if isinstance(first, FactorAtom) else len(points.values)


def are_orthonormal(gram: FloatArray, sums: FloatArray, n: int) -> bool:
    """Return whether columns with these products and sums over n rows are those of `poly`."""
    close = np.abs(gram - np.eye(len(gram))).max() < 1e-6
    return bool(close and np.abs(sums).max() < 1e-6 * n**0.5)


def numbers_on(expr: Expr, frame: ModelFrame) -> FloatArray | None:
    """Return an expression that is one column of numbers, finite or not, None for any other."""
    value = frame.evaluate(expr)
    if isinstance(value, Factor | Logical | Matrix):
        return None
    if isinstance(value, Exact):
        return value.numbers
    return np.broadcast_to(np.asarray(value, dtype=float), (len(frame),))
