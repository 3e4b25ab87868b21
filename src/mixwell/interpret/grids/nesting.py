"""Nested factors: whose levels mean something inside the levels of other factors alone.

A factor is nested by the formula (`f / h`: h stands in no term without f, which has a column a
level there) or by the data (each of its levels is seen at one level of another factor only).
Source: emmeans, whose rules these are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mixwell.design import Design, Predictor
from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.columns.column_plan import PlannedTerm
from mixwell.formula import column_names
from mixwell.interpret.grids.axes import Axis, all_values, fixed_columns
from mixwell.interpret.grids.row_codes import codes_table
from mixwell.numeric.arrays import IntArray

__all__ = ["Nesting", "nesting_of"]

Parents = dict[str, tuple[str, ...]]


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
    if complete and not _by_formula(terms, set(fixed_columns(predictor))):
        return Nesting()  # the data need not be looked at
    axes = [all_values(design, name) for name in fixed_columns(predictor)]
    factors = [axis for axis in axes if axis.counted and len(axis.values) > 1]
    if len(factors) < 2:
        return Nesting()
    found = {} if complete else _by_data(factors, codes_table(design, factors))
    for name, parents in _by_formula(terms, {axis.name for axis in factors}).items():
        found[name] = _joined([*found.get(name, ()), *parents])
    return Nesting(_all_the_way_up(found), complete)


def _by_data(factors: Sequence[Axis], codes: IntArray) -> Parents:
    """Return the factors each of whose levels is seen at one level of others only."""
    cells = np.unique(codes, axis=0)
    found: Parents = {}
    for j, inner in enumerate(factors):
        parents = [
            outer.name
            for k, outer in enumerate(factors)
            if k != j
            and inner.name not in found.get(outer.name, ())
            and _one_each(cells[:, [j, k]])
        ]
        if parents:
            found[inner.name] = tuple(parents)
    return found


def _one_each(pairs: IntArray) -> bool:
    distinct = np.unique(pairs, axis=0)
    return len(distinct) == len(np.unique(distinct[:, 0]))


def _by_formula(terms: Iterable[PlannedTerm], names: set[str]) -> Parents:
    """Return the factors that have no term of their own, with those that have all columns there."""
    inside = [entries for term in terms if (entries := _entries(term, names))]
    alone = {name for entries in inside if len(entries) == 1 for name in entries}
    found: Parents = {}
    for name in dict.fromkeys(name for entries in inside for name in entries):
        having = [entries for entries in inside if name in entries]
        coded = [entries for entries in having if not entries[name]] or having
        sets = [frozenset(n for n, full in e.items() if full and n != name) for e in coded]
        smallest = [one for one in sets if not any(other < one for other in sets)]
        parents = _joined(n for one in smallest for n in sorted(one))
        if parents and name not in alone:
            found[name] = parents
    return found


def _entries(term: PlannedTerm, names: set[str]) -> dict[str, bool]:
    """Return a term's factors, each with whether it has a column a level there."""
    found = {}
    for entry in term.variables:
        columns = column_names(entry.atom.expr)
        if isinstance(entry.atom, FactorAtom) and len(columns) == 1 and columns[0] in names:
            found[columns[0]] = entry.full
    return found


def _all_the_way_up(found: Parents) -> Parents:
    """Add what parents are nested in; factors nested in each other are nested in none."""
    whole: Parents = {}
    for name in found:
        reached: list[str] = []
        waiting = list(found[name])
        while waiting:
            parent = waiting.pop(0)
            if parent not in reached:
                reached.append(parent)
                waiting += found.get(parent, ())
        whole[name] = tuple(reached)
    return {name: parents for name, parents in whole.items() if name not in parents}


def _joined(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
