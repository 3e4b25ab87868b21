"""The seam: what is asked of a design's rows that is no row, by one protocol.

Of rows in memory `RowsSeen` answers, of rows that lie elsewhere queries.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from mixwell.design.atoms.atom import Atom, FactorAtom, NumericAtom
    from mixwell.design.atoms.model_frame import ModelFrame
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.columns.fixed_effects import FixedEffects
    from mixwell.design.response.response import Response
    from mixwell.formula import Expr

__all__ = ["LevelProducts", "Numbers", "Points", "Seen", "SeenColumn", "SeenTable", "SeenTally"]


@dataclass(frozen=True, eq=False)
class SeenTable:
    """Some columns of the data in the combinations that they have.

    `frame` has a row for each row of the data, or one for each combination, which `rows`, (row,),
    rows of the data have, with the sum `weights` of their weights.
    """

    frame: pd.DataFrame
    rows: FloatArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Numbers:
    """An expression of numbers: its `values` on example rows, its mean and sd on all of the data.

    The least and the largest value are among the examples. `sd` is that of a sample.
    """

    values: FloatArray
    mean: float
    sd: float
    n: int

    @property
    def length(self) -> float:
        """The length of the numbers less their mean, over all rows."""
        return self.sd * float(np.sqrt(max(self.n - 1, 0)))


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one variable, at which rows may lie.

    They are the levels of a factor, the only one of the `atoms`. Of numbers each of the `columns`
    is a product of columns of atoms, pairs of an atom's place and one of its columns, counted from
    `origin`; a row lies at one of the points, `values` (point, column), where none of its columns
    is further from it than its `tolerance`.
    """

    atoms: "tuple[Atom, ...]"
    columns: tuple[tuple[tuple[int, int], ...], ...] = ()
    values: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    tolerance: FloatArray = field(default_factory=lambda: np.empty(0))
    origin: float = 0.0


@dataclass(frozen=True, eq=False)
class LevelProducts:
    """Columns that are products of numbers and of functions of levels, all of these with all.

    `numbers` are pairs of a variable and one of its columns, which count from `origins`; `tables`
    are pairs of a factor and its functions, (level, function). The first factor's run fastest.
    """

    numbers: "tuple[tuple[NumericAtom, int], ...]"
    origins: tuple[float, ...]
    tables: "tuple[tuple[FactorAtom, FloatArray], ...]"

    @property
    def width(self) -> int:
        """How many columns there are."""
        return math.prod(table.shape[1] for _, table in self.tables)


@dataclass(frozen=True, eq=False)
class SeenTally:
    """How many rows lie where: `codes` (place, variable), the point of each variable, -1 for none.

    `rows` (place,) are counts, `total` the sum of the responses and `below` of what these are out
    of: their trials, or one each.
    """

    codes: IntArray
    rows: FloatArray
    total: FloatArray
    below: FloatArray


class SeenColumn(Protocol):
    """What is known of one column of the data, on the rows used."""

    def distinct(self) -> list[Any]:
        """Return the values that it has, each once."""
        ...

    def two(self) -> list[float] | None:
        """Return both numbers where it has just two, in order."""
        ...

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest number."""
        ...

    @property
    def mean(self) -> float:
        """The mean of numbers; 0 where rounding is what is left of a centered column."""
        ...

    def sd(self, *, sample: bool = True) -> float:
        """Return the standard deviation, that of a `sample` or of the rows themselves."""
        ...

    def quantiles(self, probabilities: Sequence[float]) -> list[float]:
        """Return quantiles between the numbers, R's type 7."""
        ...

    def rows(self) -> pd.Series:
        """Return the column row by row."""
        ...

    def first(self) -> Any:
        """Return one value that it has."""
        ...

    def examples(self, most: int) -> list[Any]:
        """Return numbers in order, the ends among them: all of a column in memory."""
        ...


class Seen(Protocol):
    """What is known of a design's rows."""

    @property
    def n(self) -> int:
        """How many rows there are."""
        ...

    @property
    def where(self) -> str:
        """Where they lie, in words."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the data."""
        ...

    def column(self, name: str) -> SeenColumn:
        """Return what is known of a column."""
        ...

    def table(self, names: Sequence[str]) -> SeenTable:
        """Return the combinations of some columns' values, with how often there are."""
        ...

    def one_row(self, names: Sequence[str]) -> pd.DataFrame:
        """Return a row with a value of each of some columns."""
        ...

    def middles(self, atom: "FactorAtom", column: str) -> list[float]:
        """Return the median of a column in the rows of each level that a call makes of it."""
        ...

    def examples(self, atoms: "Sequence[Atom]") -> "ModelFrame":
        """Return rows that show how the columns of some numeric variables depend on the data."""
        ...

    def numbers(self, expr: "Expr", examples: "ModelFrame") -> Numbers | None:
        """Return an expression on examples; None where it is not one column of numbers."""
        ...

    def rows_like(
        self, fixed: "FixedEffects", blocks: "Sequence[GroupBlock]"
    ) -> tuple[FloatArray, FloatArray]:
        """Return rows with the data's cross-products: of near columns, and of blocks' columns."""
        ...

    def orthonormal(self, atom: "Atom") -> bool:
        """Return whether a variable's columns are orthogonal, of length one, and add up to 0."""
        ...

    def covariance(self, parts: Sequence[LevelProducts], combined: FloatArray) -> FloatArray:
        """Return the covariance over rows of combinations, (column, any), of parts' columns."""
        ...

    def means(self, atom: "NumericAtom") -> FloatArray:
        """Return the means of the columns of a numeric variable."""
        ...

    def level_totals(self, block: "GroupBlock") -> FloatArray:
        """Return the sums of a block's columns over the rows of each level, (level, effect)."""
        ...

    def spare_rows(self, block: "GroupBlock", effects: Sequence[int]) -> int:
        """Return how many rows some effects of a block leave: see `saturation.spare_rows`."""
        ...

    def occupied(self, points: Sequence[Points]) -> BoolArray:
        """Return which combinations of some variables' points have rows, one axis a variable."""
        ...

    def tally(self, points: Sequence[Points], response: "Response | None") -> SeenTally:
        """Return how many rows lie at the points of some variables, with their responses."""
        ...
