"""Fixed effects and blocks whose columns were summed where the rows lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design.atoms.atom import Atom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.blocks.group_block import (
    GroupBlock,
    merge_shared,
    refuse_lost_predictors,
    require_effects,
    require_levels,
    require_size,
)
from mixwell.design.columns.column_plan import Plan, plan_values
from mixwell.design.columns.far_columns import far_predictors, near_shift
from mixwell.design.columns.fixed_effects import FixedEffects, refuse_repeated, separate_columns
from mixwell.design.elsewhere.column_sums import ColumnSums, rows_like
from mixwell.design.elsewhere.stand_in_rows import stand_in_rows
from mixwell.design.predictor import ExpandedFormula, Predictor, refuse_two_intercepts
from mixwell.design.pushed.pushed_columns import GroupKeys
from mixwell.design.seen.rows_elsewhere import rows_elsewhere
from mixwell.design.sums.planned_sums import PlannedSums
from mixwell.design.sums.summed_columns import Product, plan_products
from mixwell.design.sums.sums import Sums
from mixwell.formula import Expr, GroupTerm
from mixwell.numeric.arrays import FloatArray

__all__ = ["PlannedPredictor", "SummedColumnsOf", "summed_block", "summed_fixed"]


@dataclass(frozen=True, eq=False)
class SummedColumnsOf:
    """What columns of plans are made of: the sums, and stand-in rows that show how they count."""

    sums: Sums
    stand_in: ModelFrame
    places: Mapping[Expr, tuple[int, ...]]
    where: str

    def columns(
        self, plan: Plan, products: Sequence[Product], far: Sequence[int] | None = None
    ) -> ColumnSums:
        """Return columns of a plan; those that are not `far` count predictors from their means."""
        origins = np.zeros((len(products), len(self.sums.centers)))
        if far is not None:
            for expr, (means, _) in far_predictors(plan, self.stand_in).items():
                origins[:, list(self.places[expr])] = means
            origins[list(far)] = 0.0
        return ColumnSums.of(self.sums, products, origins)


_NAMES = "Their names are model.design.names."


def summed_fixed(plan: Plan, products: Sequence[Product], of: SummedColumnsOf) -> FixedEffects:
    """Return the fixed-effect columns, leaving out those that others determine."""
    names = plan.names()
    refuse_repeated([name for name, _ in names])
    like = rows_like(of.columns(plan, products).moments())
    matrix = plan_values(plan, of.stand_in)
    found = separate_columns(plan, of.stand_in, matrix, [name for name, _ in names], like)
    kept = found.kept
    near = of.columns(plan, products, None if found.shift is None else found.far).part(kept)
    columns = [(t, parts) for t, term in enumerate(plan.all_terms) for parts in term.parts()]
    return FixedEffects(
        names=tuple(names[j][0] for j in kept),
        r_names=tuple(names[j][1] for j in kept),
        distinct=rows_elsewhere("the columns of the fixed effects", of.where, _NAMES),
        row_cells=None,
        intercept=plan.intercept and 0 in kept,
        plan=plan,
        columns=tuple(columns[j] for j in kept),
        dropped=tuple(found.reasons.items()),
        index=rows_elsewhere("the labels of rows", of.where),
        kept=tuple(kept),
        shift=found.shift,
        known=near.moments(),
        like=like,
    )


def summed_block(
    term: GroupTerm,
    plan: Plan,
    products: Sequence[Product],
    grouped: GroupKeys,
    of: SummedColumnsOf,
) -> GroupBlock:
    """Return the block of a random-effects term; raises as `build_block`."""
    require_levels(term, grouped.levels)
    require_size(term, plan.width, 1)
    names = plan.names()
    require_effects(term, names)
    columns = plan_values(plan, of.stand_in)
    refuse_lost_predictors(term, plan, of.stand_in)
    shift, far = near_shift(plan, of.stand_in, columns, range(len(names)))
    near = of.columns(plan, products, None if shift is None else far)
    rows = rows_elsewhere(f"the columns and levels of {term.text}", of.where)
    return GroupBlock(
        factor=term.name,
        levels=grouped.levels,
        effects=tuple(name for name, _ in names),
        covariance=term.covariance,
        values=rows,
        index=rows,
        r_effects=tuple(r for _, r in names),
        id=term.id,
        text=term.text,
        plan=plan,
        parts=term.factors,
        part_levels=grouped.part_levels,
        rows=rows,
        cells=grouped.cells,
        shift=shift,
        known=near.moments(),
    )


@dataclass(frozen=True, eq=False)
class PlannedPredictor:
    """A formula's plans, that of each group term after the fixed one's, with what is summed.

    `levels` are those of each grouping factor by name; `offset` says whether there is one.
    """

    expanded: ExpandedFormula
    atoms: Mapping[Expr, Atom]
    plan: Plan
    plans: Sequence[Plan]
    levels: Mapping[str, GroupKeys]
    planned: PlannedSums
    offset: bool
    where: str

    def predictor(self, sums: Sums, rows: ModelFrame) -> Predictor:
        """Return the linear predictor of summed rows; `rows` replay what was learned."""
        places, factors = self.planned.numbers, self.planned.factors
        moments = {expr: _mean_and_sd(sums, own) for expr, own in places.items()}
        stand_in = stand_in_rows(rows, self.atoms, moments)
        of = SummedColumnsOf(sums, stand_in, places, self.where)
        groups = self.expanded.formula.groups
        blocks = [
            summed_block(
                group, plan, plan_products(plan, places, factors), self.levels[group.name], of
            )
            for group, plan in zip(groups, self.plans, strict=True)
        ]
        fixed = summed_fixed(self.plan, plan_products(self.plan, places, factors), of)
        refuse_two_intercepts([self.plan, *self.plans], stand_in)
        offset = rows_elsewhere("the offset's values", self.where) if self.offset else None
        merged = tuple(merge_shared(blocks))
        return Predictor(self.expanded.formula, self.expanded.terms, fixed, merged, offset)


def _mean_and_sd(sums: Sums, places: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Return means and sds of some numbers, (number,); the sd of equal values is 0."""
    combined = sums.combinations([Product((place,)) for place in places])
    around = sums.around_means(combined)
    squares = np.einsum("ij,ij->j", around, sums.plain @ around) / sums.n
    same = sums.least[list(places)] == sums.largest[list(places)]
    sds = np.where(same, 0.0, np.sqrt(np.maximum(squares, 0.0)))
    return np.where(same, sums.least[list(places)], sums.means @ combined), sds
