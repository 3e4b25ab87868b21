"""Nested factors: whose levels mean something inside the levels of other factors alone.

Which these are, `design.columns.factor_nesting` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mixwell.design import Design, Predictor
from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.columns.factor_nesting import nested_parents, parents_by_formula
from mixwell.interpret.grids.axes import all_values, fixed_columns
from mixwell.interpret.grids.row_codes import placed_rows

__all__ = ["Nesting", "nesting_of"]


@dataclass(frozen=True)
class Nesting:
    """The factors that each nested factor stands in; `complete` where these have all its levels."""

    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = True

    def missing(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return what the nested ones among some factors stand in and that is not among them."""
        found = [parent for name in names for parent in self.parents.get(name, ())]
        return tuple(name for name in dict.fromkeys(found) if name not in names)

    def inside(self, name: str) -> tuple[str, ...]:
        """Return the factors that are nested in one."""
        return tuple(inner for inner, parents in self.parents.items() if name in parents)


def nesting_of(design: Design, predictor: Predictor) -> Nesting:
    """Return which factors of a predictor's fixed effects are nested in which."""
    # where every column could be kept every cell that a term has was seen, save those of a factor
    # that combines columns, which has columns for the cells of the data alone
    plan = predictor.fixed.plan
    combined = any(isinstance(a, FactorAtom) and a.combines for a in plan.atoms.values())
    complete = not predictor.fixed.dropped and not combined
    terms = plan.terms
    if complete and not parents_by_formula(terms, set(fixed_columns(predictor))):
        return Nesting()  # the data need not be looked at
    axes = [all_values(design, name) for name in fixed_columns(predictor)]
    factors = [axis for axis in axes if axis.counted and len(axis.values) > 1]
    if len(factors) < 2:
        return Nesting()
    names = [axis.name for axis in factors]
    codes = None if complete else placed_rows(design, factors).codes
    return Nesting(nested_parents(terms, names, codes), complete)
