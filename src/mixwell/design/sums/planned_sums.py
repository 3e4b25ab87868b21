"""From the plans of a model's predictors to the columns that are summed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.columns.column_plan import Plan
from mixwell.design.sums.summed_columns import (
    CodedFactor,
    Grouping,
    Product,
    SummedColumns,
    plan_products,
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

    `numbers` are the places of each numeric variable's columns among the numbers, of which further
    ones and the response are the last; `factors` the places of coded factors, by expression and
    whether they have a column a level. `x` are the places of X's columns, before any is dropped,
    among the summed ones.
    """

    columns: SummedColumns
    numbers: Mapping[Expr, tuple[int, ...]]
    factors: Mapping[tuple[Expr, bool], int]
    x: tuple[int, ...]


def plan_sums(
    fixed: Plan,
    blocks: Sequence[PlannedBlock],
    response: str,
    learned: Sequence[tuple[str, tuple[float, ...]]] = (),
    further: Sequence[str] = (),
) -> PlannedSums:
    """Plan the sums of a linear predictor's columns and the response, which has that name.

    `learned` is what variables took from the rows that they were learned on, by name; `further`
    names numbers that are columns of their own, such as an offset.
    """
    plans = [fixed, *(plan for block in blocks for plan in block.plans)]
    numbers: dict[Expr, tuple[int, ...]] = {}
    titles: list[str] = []
    factors: dict[tuple[Expr, bool], int] = {}
    coded: list[CodedFactor] = []
    for entry in (e for plan in plans for term in plan.terms for e in term.variables):
        atom = entry.atom
        if isinstance(atom, FactorAtom):
            if (atom.expr, entry.full) not in factors:
                factors[atom.expr, entry.full] = len(coded)
                coded.append(CodedFactor(atom.name, atom.levels, atom.coding(entry.full).matrix))
        elif atom.expr not in numbers:
            numbers[atom.expr] = tuple(range(len(titles), len(titles) + atom.width))
            titles += [name for name, _ in atom.names()]
    names: dict[Product, str] = {Product(): "1"}

    def places(plan: Plan) -> list[int]:
        made = plan_products(plan, numbers, factors)
        for product, (name, _) in zip(made, plan.names(), strict=True):
            names.setdefault(product, name)
        known = {product: place for place, product in enumerate(names)}
        return [known[product] for product in made]

    x = tuple(places(fixed))
    groupings = tuple(
        Grouping(b.factor, tuple(p for plan in b.plans for p in places(plan)), b.parts)
        for b in blocks
    )
    last = (*further, response)
    columns = SummedColumns(
        (*titles, *last),
        tuple(coded),
        (*names.values(), *last),
        (*names, *(Product((len(titles) + k,)) for k in range(len(last)))),
        groupings,
        tuple(learned),
    )
    return PlannedSums(columns, numbers, factors, x)
