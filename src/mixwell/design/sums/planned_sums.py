"""From the plans of a model's predictors to the columns that are summed."""

from collections.abc import Sequence
from dataclasses import dataclass

from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.columns.column_plan import Plan
from mixwell.design.sums.summed_columns import (
    CodedFactor,
    Grouping,
    Product,
    SummedColumns,
    term_products,
)
from mixwell.formula import Expr

__all__ = ["PlannedBlock", "PlannedSums", "plan_sums"]


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """A grouping factor, of `parts` variables, with the plans of its blocks in their order."""

    factor: str
    plans: tuple[Plan, ...]
    parts: int = 1


@dataclass(frozen=True, eq=False)
class PlannedSums:
    """What is summed, and of which variables.

    `numbers` are the expressions of the numbers with the column of each, but for the response,
    which is the last number; `factors` those of the coded factors. `x` are the places of X's
    columns, before any is dropped, among the summed ones.
    """

    columns: SummedColumns
    numbers: tuple[tuple[Expr, int], ...]
    factors: tuple[Expr, ...]
    x: tuple[int, ...]


def plan_sums(
    fixed: Plan,
    blocks: Sequence[PlannedBlock],
    response: str,
    learned: Sequence[tuple[str, tuple[float, ...]]] = (),
) -> PlannedSums:
    """Plan the sums of a linear predictor's columns and the response, which has that name.

    `learned` is what variables took from the rows that they were learned on, by name.
    """
    plans = [fixed, *(plan for block in blocks for plan in block.plans)]
    numbers: dict[Expr, list[int]] = {}
    order: list[tuple[Expr, int, str]] = []
    factors: dict[tuple[Expr, bool], int] = {}
    coded: list[CodedFactor] = []
    for entry in (e for plan in plans for term in plan.terms for e in term.variables):
        atom = entry.atom
        if isinstance(atom, FactorAtom):
            if (atom.expr, entry.full) not in factors:
                factors[atom.expr, entry.full] = len(coded)
                coded.append(CodedFactor(atom.name, atom.levels, atom.coding(entry.full).matrix))
        elif atom.expr not in numbers:
            numbers[atom.expr] = list(range(len(order), len(order) + atom.width))
            order += [(atom.expr, k, name) for k, (name, _) in enumerate(atom.names())]
    names: dict[Product, str] = {Product(): "1"}

    def places(plan: Plan) -> list[int]:
        made = [p for term in plan.all_terms for p in term_products(term, numbers, factors)]
        for product, (name, _) in zip(made, plan.names(), strict=True):
            names.setdefault(product, name)
        known = {product: place for place, product in enumerate(names)}
        return [known[product] for product in made]

    x = tuple(places(fixed))
    groupings = tuple(
        Grouping(b.factor, tuple(p for plan in b.plans for p in places(plan)), b.parts)
        for b in blocks
    )
    columns = SummedColumns(
        (*(name for _, _, name in order), response),
        tuple(coded),
        (*names.values(), response),
        (*names, Product((len(order),))),
        groupings,
        tuple(learned),
    )
    return PlannedSums(columns, tuple((e, k) for e, k, _ in order), tuple(e for e, _ in factors), x)
