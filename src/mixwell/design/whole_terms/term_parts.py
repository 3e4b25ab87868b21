"""What a term adds to a linear predictor, as differences between levels that no coding changes.

Every column is a product, one part a variable. So is a difference of differences between levels: at
the factors of a term each level less the first, the same of every level of the other factors
(of nested ones inside what they are nested in), the term's own numbers by their columns and other
numbers at a reference.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from mixwell.design.atoms.atom import FactorAtom, NumericAtom
from mixwell.design.columns.column_plan import Plan, PlannedTerm, TermVariable
from mixwell.design.seen.seen import LevelProducts, Seen
from mixwell.design.whole_terms.level_weights import LevelWeights
from mixwell.formula import Expr
from mixwell.numeric.arrays import FloatArray

__all__ = [
    "Differences",
    "difference_labels",
    "difference_rows",
    "effect_moments",
    "term_differences",
]


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences between the levels of some `factors` in what is multiplied by `numbers`.

    `numbers` holds for each number the place of its column.
    """

    factors: tuple[FactorAtom, ...]
    numbers: tuple[tuple[NumericAtom, int], ...]


def term_differences(term: PlannedTerm) -> list[Differences]:
    """Return the differences that a term stands for.

    A factor with a column for each level holds what the term without it would have held: `a:x`
    without `x` has the slope of x, too. Only the overall level is no part of any term.
    """
    factors = [(e.atom, e.full) for e in term.variables if isinstance(e.atom, FactorAtom)]
    full = [atom for atom, is_full in factors if is_full]
    found = []
    for numbers in _number_columns(term.variables):
        for size in range(len(full) + 1):
            for without in combinations(full, size):
                left = tuple(atom for atom, _ in factors if atom not in without)
                if left or numbers:
                    found.append(Differences(left, numbers))
    return found


def _number_columns(
    variables: Sequence[TermVariable],
) -> Iterator[tuple[tuple[NumericAtom, int], ...]]:
    numbers = [e.atom for e in variables if isinstance(e.atom, NumericAtom)]
    for places in np.ndindex(*(atom.width for atom in numbers)):
        yield tuple(zip(numbers, places, strict=True))


def difference_rows(
    plan: Plan, own: Differences, references: Mapping[Expr, FloatArray], weights: LevelWeights
) -> FloatArray:
    """Return differences as weights on all columns of a plan, (difference, column).

    `references` are the values of every number's columns, `weights` say how levels count. The
    first factor's levels run fastest.
    """
    return np.hstack([_in_term(term, own, references, weights) for term in plan.all_terms])


def difference_labels(own: Differences) -> list[str]:
    """Name the differences in their order: `recipe[B-A]`, `recipe[B-A]:temp`, `poly(x, 2)[1]`."""
    levels = [
        [f"{atom.name}[{level}-{atom.levels[0]}]" for level in atom.levels[1:]]
        for atom in reversed(own.factors)
    ]
    numbers = [atom.names()[place][0] for atom, place in own.numbers]
    return [":".join([*reversed(each), *numbers]) for each in product(*levels)]


def _in_term(
    term: PlannedTerm,
    own: Differences,
    references: Mapping[Expr, FloatArray],
    weights: LevelWeights,
) -> FloatArray:
    """Return the differences in a term's columns, (difference, column)."""
    factors = [atom.expr for atom in own.factors]
    wanted = {atom.expr: place for atom, place in own.numbers}
    axes = weights.axes([e.atom.expr for e in term.variables if isinstance(e.atom, FactorAtom)])
    size = int(np.prod([len(atom.levels) - 1 for atom in own.factors]))
    here = {e.atom.expr for e in term.variables}
    averaged = weights.of([expr for expr in axes if expr not in factors])
    moved = {*here, *(expr for over, _ in averaged for expr in over)}
    if not set(wanted) <= here or not set(factors) <= moved:
        return np.zeros((size, term.width))
    operands: list[Any] = []
    for k, entry in enumerate(term.variables, len(axes)):
        expr = entry.atom.expr
        if isinstance(entry.atom, FactorAtom):
            operands += [entry.atom.coding(entry.full).matrix, [axes.index(expr), k]]
        else:
            unit = np.arange(entry.width) == wanted.get(expr)
            operands += [unit.astype(float) if expr in wanted else references[expr], [k]]
    for over, shares in averaged:
        operands += [shares, [axes.index(expr) for expr in over]]
    levels = [axes.index(expr) for expr in reversed(factors)]
    columns = [len(axes) + k for k in reversed(range(len(term.variables)))]
    table = np.einsum(*operands, levels + columns, optimize=True)
    for axis in range(len(levels)):
        first, others = np.split(table, [1], axis=axis)
        table = others - first
    return np.asarray(table.reshape(size, term.width))


def effect_moments(
    parts: Sequence[Differences],
    seen: Seen,
    references: Mapping[Expr, FloatArray],
    back: FloatArray,
) -> FloatArray:
    """Return M, (contrast, contrast): a term's contribution has the variance d'Md over rows.

    d are contrasts, of which `back`, (difference, contrast), makes the differences of `parts`, one
    after the other. The levels' effects add up to 0, and numbers count from their references.
    """
    tables = {
        atom.expr: np.eye(len(atom.levels))[:, 1:] - 1 / len(atom.levels)
        for part in parts
        for atom in part.factors
    }
    products = [
        LevelProducts(
            part.numbers,
            tuple(float(references[atom.expr][k]) for atom, k in part.numbers),
            tuple((atom, tables[atom.expr]) for atom in part.factors),
        )
        for part in parts
    ]
    return seen.covariance(products, back)
