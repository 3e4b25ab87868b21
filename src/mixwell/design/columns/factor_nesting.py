"""Which factors are nested in which: by a formula, and by the levels that the data show together.

A factor is nested by the formula (`f / h`: h stands in no term without f, which has a column a
level there) or by the data (each of its levels is seen at one level of another factor only).
Source: emmeans, whose rules these are.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.columns.column_plan import PlannedTerm
from mixwell.formula import column_names
from mixwell.numeric.arrays import IntArray

__all__ = ["Parents", "nested_parents", "parents_by_formula"]

Parents = dict[str, tuple[str, ...]]


def nested_parents(
    terms: Iterable[PlannedTerm], names: Sequence[str], codes: IntArray | None
) -> Parents:
    """Return all that each nested one of some factors stands in.

    `codes` (obs, factor) are the levels that the data show; without them the formula alone counts.
    """
    found = {} if codes is None else _by_data(names, codes)
    for name, parents in parents_by_formula(terms, set(names)).items():
        found[name] = _joined([*found.get(name, ()), *parents])
    return _all_the_way_up(found)


def _by_data(names: Sequence[str], codes: IntArray) -> Parents:
    """Return the factors each of whose levels is seen at one level of others only."""
    cells = np.unique(codes, axis=0)
    found: Parents = {}
    for j, inner in enumerate(names):
        parents = [
            outer
            for k, outer in enumerate(names)
            if k != j and inner not in found.get(outer, ()) and _one_each(cells[:, [j, k]])
        ]
        if parents:
            found[inner] = tuple(parents)
    return found


def _one_each(pairs: IntArray) -> bool:
    distinct = np.unique(pairs, axis=0)
    return len(distinct) == len(np.unique(distinct[:, 0]))


def parents_by_formula(terms: Iterable[PlannedTerm], names: set[str]) -> Parents:
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
