"""What a term adds to a linear predictor, as differences between levels that no coding changes.

Every column is a product, one part a variable. So is a difference of differences between levels: at
the factors of a term each level less the first, equally many of every level of the other factors,
the term's own numbers by their columns and other numbers at a reference.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np

from mixwell.design.atoms.atom import FactorAtom, NumericAtom, atom_codes, atom_numbers
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.column_plan import Plan, PlannedTerm, TermVariable
from mixwell.formula import Expr
from mixwell.numeric.arrays import FloatArray

__all__ = ["Differences", "difference_rows", "effect_moments", "term_differences"]

#: Numbers in one block of rows: 16 MB.
_BLOCK = 2_000_000


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
    plan: Plan, own: Differences, references: Mapping[Expr, FloatArray]
) -> FloatArray:
    """Return differences as weights on all columns of a plan, (difference, column).

    `references` are the values of every number's columns. The first factor's levels run fastest.
    """
    columns = [
        _column(term, parts, own, references) for term in plan.all_terms for parts in term.parts()
    ]
    return np.stack(columns, axis=1)


def _column(
    term: PlannedTerm,
    parts: Sequence[int],
    own: Differences,
    references: Mapping[Expr, FloatArray],
) -> FloatArray:
    """Return the differences in one column, (difference,)."""
    placed = {e.atom.expr: (e, k) for e, k in zip(term.variables, parts, strict=True)}
    factors = {atom.expr for atom in own.factors}
    wanted = {atom.expr: place for atom, place in own.numbers}
    size = int(np.prod([len(atom.levels) - 1 for atom in own.factors]))
    there = all(expr in placed and placed[expr][1] == k for expr, k in wanted.items())
    if not there or not factors <= set(placed):
        return np.zeros(size)
    other = 1.0
    for expr, (entry, k) in placed.items():
        if isinstance(entry.atom, NumericAtom):
            other *= 1.0 if expr in wanted else float(references[expr][k])
        elif expr not in factors:
            other *= float(_levels(entry, k).mean())
    changes = []
    for atom in own.factors:
        at_levels = _levels(*placed[atom.expr])
        changes.append(at_levels[1:] - at_levels[0])
    return other * reduce(_first_fastest, changes, np.ones(1))


def _levels(entry: TermVariable, k: int) -> FloatArray:
    """Return a factor's column at its levels, (level,)."""
    assert isinstance(entry.atom, FactorAtom)
    return entry.atom.coding(entry.full).matrix[:, k]


def _first_fastest(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return all products of two vectors, or of rows of two tables, the left's running fastest."""
    made: FloatArray = (right[..., :, None] * left[..., None, :]).reshape(*left.shape[:-1], -1)
    return made


def effect_moments(
    parts: Sequence[Differences], frame: ModelFrame, references: Mapping[Expr, FloatArray]
) -> FloatArray:
    """Return M, (difference, difference): a term's contribution has the variance d'Md over rows.

    d are the differences of `parts`, one after the other. The levels' effects add up to 0, and
    numbers count from their references.
    """
    tables = {
        atom.expr: np.eye(len(atom.levels))[:, 1:] - 1 / len(atom.levels)
        for part in parts
        for atom in part.factors
    }
    codes = {a.expr: atom_codes(a, frame) for part in parts for a in part.factors}
    values = {a.expr: atom_numbers(a, frame) for part in parts for a, _ in part.numbers}

    def rows(part: Differences, where: slice) -> FloatArray:
        number = np.ones((len(range(*where.indices(len(frame)))), 1))
        for atom, k in part.numbers:
            number *= values[atom.expr][where, k : k + 1] - references[atom.expr][k]
        own = [tables[atom.expr][codes[atom.expr][where]] for atom in part.factors]
        return reduce(_first_fastest, own, number)

    size = sum(int(np.prod([len(a.levels) - 1 for a in part.factors])) for part in parts)
    step = max(1, _BLOCK // max(size, 1))
    total, squares = np.zeros(size), np.zeros((size, size))
    for start in range(0, len(frame), step):
        block = np.hstack([rows(part, slice(start, start + step)) for part in parts])
        total += block.sum(axis=0)
        squares += block.T @ block
    n = len(frame)
    return np.asarray((squares - np.outer(total, total) / n) / max(n - 1, 1))
