"""What sums say of the rows that they are of, wherever these lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design.atoms.atom import Atom, NumericAtom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.blocks.group_block import GroupBlock
from mixwell.design.columns.column_plan import Plan
from mixwell.design.columns.far_columns import FarShift
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design
from mixwell.design.elsewhere.column_sums import ColumnSums, rows_like, spare_rows_of
from mixwell.design.elsewhere.level_columns import LevelColumns
from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.design.seen.rows_seen import are_orthonormal
from mixwell.design.seen.seen import LevelProducts, Seen
from mixwell.design.sums.summed_columns import Product, plan_products
from mixwell.design.sums.sums import Sums
from mixwell.errors import DataError
from mixwell.formula import Expr
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.column_moments import KnownMoments

__all__ = ["SummedSeen", "sums_of_rows"]

#: Squares this small compared with those that they are left of are rounding errors.
_SUMMED = 1e-14


@dataclass(frozen=True, eq=False, kw_only=True)
class SummedSeen(Seen):
    """What is known of rows from their `sums`.

    `places` are those of numeric variables among the numbers of the sums, `factors` of coded ones
    by expression and whether they have a column a level. `rows` replay the formula on frames.
    """

    rows: ModelFrame
    sums: Sums
    atoms: Mapping[Expr, Atom]
    places: Mapping[Expr, tuple[int, ...]]
    factors: Mapping[tuple[Expr, bool], int]

    @property
    def has_offset(self) -> bool:
        """Whether there are numbers of no variable next to the response: those of an offset."""
        variables = sum(len(own) for own in self.places.values())
        return len(self.sums.columns.numbers) > variables + 1

    @property
    def n(self) -> int:
        """How many rows there are."""
        return self.sums.n

    def products(self, plan: Plan) -> list[Product]:
        """Return the columns of a plan as products of what was summed."""
        return plan_products(plan, self.places, self.factors)

    def near_columns(
        self, plan: Plan, shift: FarShift | None, kept: Sequence[int] | None = None
    ) -> FloatArray:
        """Return columns of a plan that are kept, as they count, by the sums' basis, (basis, k)."""
        products = self.products(plan)
        chosen = products if kept is None else [products[k] for k in kept]
        combined = ColumnSums.of(self.sums, chosen).combined
        return combined if shift is None else np.asarray(combined @ shift.change)

    def rows_like(
        self, fixed: FixedEffects, blocks: Sequence[GroupBlock]
    ) -> tuple[FloatArray, FloatArray]:
        """Return a few rows with the data's cross-products: near columns, and blocks' columns."""
        parts = [self.near_columns(fixed.plan, fixed.shift, fixed.kept)]
        parts += [self.near_columns(block.plan, block.shift) for block in blocks]
        combined, sums = np.hstack(parts), self.sums
        around = sums.around_means(combined)
        central = around.T @ sums.plain @ around / sums.n
        ends = np.where(np.sqrt(np.maximum(central.diagonal(), 0.0)) > 0, 1.0, 0.0)
        known = KnownMoments(sums.n, sums.means @ combined, central, -ends, ends)
        rows, count = rows_like(known), len(fixed.names)
        return rows[:, :count], rows[:, count:]

    def orthonormal(self, atom: Atom) -> bool:
        """Return whether a variable's columns are orthogonal, of length one, and add up to 0."""
        found = ColumnSums.of(self.sums, [Product((k,)) for k in self.places[atom.expr]]).moments()
        return are_orthonormal(found.squares * self.n, found.means * self.n, self.n)

    def covariance(self, parts: Sequence[LevelProducts], combined: FloatArray) -> FloatArray:
        """Return the covariance over rows of combinations, (column, any), of parts' columns."""
        levels = LevelColumns(self.sums, self.places, self.factors, self.where)
        found = levels.combinations(parts) @ combined
        around = self.sums.around_means(found)
        products = around.T @ self.sums.plain @ around / max(self.n - 1, 1)
        return np.asarray((products + products.T) / 2)

    def means(self, atom: NumericAtom) -> FloatArray:
        """Return the means of the columns of a numeric variable."""
        return ColumnSums.of(self.sums, [Product((k,)) for k in self.places[atom.expr]]).means

    def level_totals(self, block: GroupBlock) -> FloatArray:
        """Return the sums of a block's columns over the rows of each level, (level, effect)."""
        [own] = [each for each in self.sums.blocks if each.factor == block.factor]
        if self.sums.weighted and block.effects == ("Intercept",):
            return own.counts[:, None]
        if self.sums.weighted:
            said = "fit.icc() is made from the sums."
            require_rows(self, f"How weighted groups of {block.text} widen a mean goes", said)
        near = self.near_columns(block.plan, block.shift)[list(own.places)]
        return np.asarray(own.cross[:, :, 0] @ near)

    def within_levels(self, block: GroupBlock) -> float | None:
        """Return how far responses are from the mean of their level: the root mean square.

        None where the sums do not say: without an intercept by level, and with an offset.
        """
        [own] = [each for each in self.sums.blocks if each.factor == block.factor]
        if self.has_offset or 0 not in own.places:
            return None
        cross = own.cross[:, own.places.index(0)]
        between = float(np.sum(cross[:, -1] ** 2 / cross[:, 0]))
        total = float(self.sums.base[-1, -1])
        left = total - between
        if left <= _SUMMED * total:
            left = 0.0
        return float(np.sqrt(left / cross[:, 0].sum()) * self.sums.scales[-1])

    def determined(self, fixed: FixedEffects) -> bool:
        """Return whether columns leave nothing of the response less its offset but rounding."""
        sums, count = self.sums, len(fixed.names)
        if not count or count >= sums.n:
            return False
        x = self.near_columns(fixed.plan, fixed.shift, fixed.kept)
        both = np.column_stack([x, np.eye(len(sums.base))[:, -1]])
        if fixed.intercept:
            both = sums.around_means(both[:, 1:])
        gram = both.T @ sums.plain @ both
        sizes = np.sqrt(gram.diagonal())
        sizes[sizes == 0] = 1.0
        gram = gram / np.outer(sizes, sizes)
        left = 1.0 - gram[-1, :-1] @ np.linalg.lstsq(gram[:-1, :-1], gram[:-1, -1], rcond=None)[0]
        return bool(left <= _SUMMED * (1 + count))

    def spare_rows(self, block: GroupBlock, effects: Sequence[int]) -> int:
        """Return how many rows some effects of a block leave, by the sums of each level."""
        [own] = [each for each in self.sums.blocks if each.factor == block.factor]
        near = self.near_columns(block.plan, block.shift)[:, list(effects)]
        return spare_rows_of(own, near[list(own.places)])


def sums_of_rows(design: Design) -> Sums:
    """Return the sums of a design's rows; `DataError` where none were made of them."""
    if isinstance(design.elsewhere, SummedSeen):
        return design.elsewhere.sums
    if design.cells is not None:
        raise DataError(
            f"The distinct rows of {design.cells.where} were counted, and no sums were made of "
            "them.",
            where="the data",
            hint="Sums are all that is needed for gaussian models of a mean. Of other models "
            "distinct rows with their numbers can be shared: a table, its numbers as weights, "
            'weight_kind="frequency".',
        )
    raise DataError(
        "The rows of this model are in memory, and no sums were made of them.",
        where="the data",
        hint="Give the table as a file, and set mixwell.options.rows_in_memory to less than its "
        "rows.",
    )
