"""How a linear predictor's terms become columns: R's coding rule, R's order, mixwell's names.

A `Plan` says, for every term, how each variable enters it; it knows no rows. Columns are made from
a plan and a model frame, so that training and new data take the same way.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from operator import and_

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import (
    Atom,
    FactorAtom,
    atom_codes,
    atom_numbers,
    matched_levels,
)
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor, Value, combined_codes
from mixwell.formula import Expr, Term, TermList
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.checksums import checksum

INTERCEPT = "Intercept"
R_INTERCEPT = "(Intercept)"
# Terms of factors only are looked up in a table of cells; above this size columns are multiplied.
CELL_LIMIT = 1_000_000
# From this many rows on a design of factors only is made once a distinct row.
LONG = 5_000


@dataclass(frozen=True, slots=True)
class TermVariable:
    """How one variable enters one term: as numbers, contrast-coded, or one column a level."""

    atom: Atom
    full: bool

    def names(self) -> tuple[tuple[str, str], ...]:
        """Return each column's name here and in R."""
        return self.atom.names(self.full)

    @property
    def width(self) -> int:
        """The number of its columns."""
        atom = self.atom
        return len(atom.coding(self.full).labels) if isinstance(atom, FactorAtom) else atom.width


@dataclass(frozen=True, slots=True)
class PlannedTerm:
    """One term with the way each of its variables enters; no variable: the intercept."""

    variables: tuple[TermVariable, ...]

    @property
    def name(self) -> str:
        """The term as text, `a:b`."""
        return ":".join(entry.atom.name for entry in self.variables) or INTERCEPT

    @property
    def width(self) -> int:
        """The number of its columns."""
        return math.prod(entry.width for entry in self.variables)

    def parts(self) -> list[tuple[int, ...]]:
        """Return for each column which column of each variable it multiplies, the first fastest."""
        widths = [range(entry.width) for entry in self.variables]
        return [parts[::-1] for parts in product(*widths[::-1])]

    def names(self) -> list[tuple[str, str]]:
        """Return each column's name here and in R."""
        if not self.variables:
            return [(INTERCEPT, R_INTERCEPT)]
        tables = [entry.names() for entry in self.variables]
        chosen = [[t[i] for t, i in zip(tables, parts, strict=True)] for parts in self.parts()]
        return [(":".join(n for n, _ in c), ":".join(r for _, r in c)) for c in chosen]


@dataclass(frozen=True, slots=True)
class Plan:
    """The terms of one linear predictor, in R's order, ready to make columns from any rows."""

    intercept: bool
    terms: tuple[PlannedTerm, ...]

    @property
    def all_terms(self) -> tuple[PlannedTerm, ...]:
        """The terms with the intercept in front, where there is one."""
        return (PlannedTerm(()), *self.terms) if self.intercept else self.terms

    @property
    def atoms(self) -> dict[Expr, Atom]:
        """The variables that the columns are made of, by their expressions."""
        return {entry.atom.expr: entry.atom for term in self.terms for entry in term.variables}

    @property
    def width(self) -> int:
        """The number of columns, which may be too many to be named."""
        return sum(term.width for term in self.all_terms)

    @property
    def one_factor(self) -> bool:
        """Whether the columns are those of one factor, with or without the intercept."""
        entries = [entry for term in self.terms for entry in term.variables]
        return len(entries) == 1 and isinstance(entries[0].atom, FactorAtom)

    def names(self) -> list[tuple[str, str]]:
        """Return each column's name here and in R."""
        return [name for term in self.all_terms for name in term.names()]


def plan_terms(terms: TermList, atoms: Mapping[Expr, Atom]) -> Plan:
    """Settle how each variable enters each term, by R's rule.

    In a term, a factor is contrast-coded when the rest of the term is empty or contained in an
    earlier term, else it gets one column a level; without an intercept the first factor of the
    first term that has one gets one column a level (R's `terms.formula` and `model.matrix`).
    """
    first_factor = None if terms.intercept else _first_factor(terms.terms, atoms)
    numbers: dict[Expr, int] = {}  # expressions are long to compare, and terms may be thousands
    holding: dict[int, int] = {}  # which terms have a variable, as the bits of a number
    planned = []
    for t, term in enumerate(terms.terms):
        entries = []
        own = [numbers.setdefault(variable, len(numbers)) for variable in term.variables]
        for number, variable in zip(own, term.variables, strict=True):
            atom, full = atoms[variable], False
            if isinstance(atom, FactorAtom):
                rest = [holding.get(other, 0) for other in own if other != number]
                contrast = not rest or bool(reduce(and_, rest))
                full = not contrast or (t, variable) == first_factor
            entries.append(TermVariable(atom, full))
        for number in own:
            holding[number] = holding.get(number, 0) | (1 << t)
        planned.append(PlannedTerm(tuple(entries)))
    return Plan(terms.intercept, tuple(planned))


def _first_factor(terms: Sequence[Term], atoms: Mapping[Expr, Atom]) -> tuple[int, Expr] | None:
    for t, term in enumerate(terms):
        for variable in term.variables:
            if isinstance(atoms[variable], FactorAtom):
                return t, variable
    return None


def term_columns(term: PlannedTerm, frame: ModelFrame) -> FloatArray:
    """Return the columns of one term, shape `(obs, columns)`."""
    if frame.asked and any(map(_combines, term.variables)):
        return wide_columns(term, frame)[:, : len(term.names())]
    if not term.variables:
        return np.ones((len(frame), 1))
    factors = [e.atom for e in term.variables if isinstance(e.atom, FactorAtom)]
    cells = math.prod(len(atom.levels) for atom in factors)
    if len(factors) == len(term.variables) and cells <= CELL_LIMIT:
        return _cell_columns(term, factors, frame)
    return reduce(_products, (_entry_columns(entry, frame) for entry in term.variables))


def _entry_columns(entry: TermVariable, frame: ModelFrame) -> FloatArray:
    atom = entry.atom
    if isinstance(atom, FactorAtom):
        return atom.coding(entry.full).matrix[atom_codes(atom, frame)]
    return atom_numbers(atom, frame)


def _products(left: FloatArray, right: FloatArray) -> FloatArray:
    """All products of two sets of columns, the left's running fastest."""
    products: FloatArray = right[:, :, None] * left[:, None, :]
    return products.reshape(len(left), -1)


def wide_columns(term: PlannedTerm, frame: ModelFrame) -> FloatArray:
    """Return the columns of one term, and after them those that cells without data would need.

    A factor that combines columns, `interaction(a, b)`, has no level where the data lack a
    combination. A row of that cell is zero in the term's own columns, and not zero in the further
    ones: what has a part in these the data do not determine.
    """
    if not any(map(_combines, term.variables)):
        return term_columns(term, frame)
    own: FloatArray = np.ones((1, 1))
    wide = np.ones((len(frame), 1))
    for entry in term.variables:
        combines = _combines(entry)
        columns = (_with_unseen if combines else _entry_columns)(entry, frame)
        is_own = np.ones((1, columns.shape[1]))
        is_own[0, columns.shape[1] - combines :] = 0.0
        own, wide = _products(own, is_own), _products(wide, columns)
    return np.hstack([wide[:, own[0] > 0], wide[:, own[0] == 0]])


def unseen_values(plan: Plan, frame: ModelFrame) -> FloatArray:
    """Return the columns that a plan would need for cells without data: see `wide_columns`."""
    terms = [term for term in plan.terms if any(map(_combines, term.variables))]
    further = [wide_columns(term, frame)[:, len(term.names()) :] for term in terms]
    return np.hstack([np.empty((len(frame), 0)), *further])


def _combines(entry: TermVariable) -> bool:
    return isinstance(entry.atom, FactorAtom) and entry.atom.combines


def _with_unseen(entry: TermVariable, frame: ModelFrame) -> FloatArray:
    """Return a factor's columns, and one in which each level without data has a number of its own.

    The numbers follow from the names alone: between any grids the same levels cancel, and others do
    not.
    """
    atom = entry.atom
    assert isinstance(atom, FactorAtom)
    matched, matrix = matched_levels(atom, frame), atom.coding(entry.full).matrix
    numbers = [0.5 + int(checksum([label]), 16) / 2**32 for label in matched.unknown]
    table = np.zeros((len(matrix) + len(numbers), matrix.shape[1] + 1))
    table[: len(matrix), :-1] = matrix
    table[len(matrix) :, -1] = numbers
    return table[matched.codes]


def _cell_columns(
    term: PlannedTerm, factors: Sequence[FactorAtom], frame: ModelFrame
) -> FloatArray:
    """Columns of a term of factors only, looked up by cell instead of multiplied row by row."""
    # the first factor runs fastest, over the rows of the table and over its columns
    table: FloatArray = np.ones((1, 1))
    for entry, atom in zip(term.variables, factors, strict=True):
        table = np.asarray(np.kron(atom.coding(entry.full).matrix, table), dtype=np.float64)
    codes, sizes = _codes(factors[::-1], frame)
    return take_cells(table, combined_codes(codes, sizes))


def _codes(atoms: Sequence[FactorAtom], frame: ModelFrame) -> tuple[list[IntArray], list[int]]:
    """Return each factor's level in every row, and its number of levels."""
    return [atom_codes(atom, frame) for atom in atoms], [len(atom.levels) for atom in atoms]


def take_cells(table: FloatArray, row_cells: IntArray) -> FloatArray:
    """Copy each row's cell out of a table of cells.

    Contiguous rows and no bounds check on each copy make this several times faster.
    """
    return np.take(np.ascontiguousarray(table), row_cells, axis=0, mode="clip")


def plan_values(plan: Plan, frame: ModelFrame) -> FloatArray:
    """Return all columns of a plan, shape `(obs, columns)`."""
    values, row_cells = distinct_rows(plan, frame)
    return values if row_cells is None else take_cells(values, row_cells)


def distinct_rows(plan: Plan, frame: ModelFrame) -> tuple[FloatArray, IntArray | None]:
    """Return all columns of a plan, of a long design of factors only its distinct rows.

    A million rows of a 20 by 20 factorial are 400 distinct rows: they are made, and looked at for
    rank, once. The second value says which of them each row is, None where all rows are there.
    """
    atoms = [atom for atom in plan.atoms.values() if isinstance(atom, FactorAtom)]
    count = math.prod(len(atom.levels) for atom in atoms)
    lacking = frame.asked and any(atom.combines for atom in atoms)
    few = len(frame) <= LONG or count > CELL_LIMIT
    if few or lacking or not atoms or len(atoms) < len(plan.atoms):
        return _all_rows(plan, frame), None
    codes, sizes = _codes(atoms, frame)
    combined = combined_codes(codes, sizes)
    present = np.zeros(count, dtype=bool)
    present[combined] = True
    place = np.cumsum(present) - 1
    own = np.unravel_index(np.flatnonzero(present), sizes)
    cells: dict[Expr, Value] = {
        atom.expr: Factor(code, atom.levels) for atom, code in zip(atoms, own, strict=True)
    }
    empty = pd.DataFrame(index=pd.RangeIndex(int(present.sum())))
    return _all_rows(plan, replace(frame, data=empty, variables=cells)), place[combined]


def _all_rows(plan: Plan, frame: ModelFrame) -> FloatArray:
    result = np.empty((len(frame), len(plan.names())))
    start = 0
    for term in plan.all_terms:
        columns = term_columns(term, frame)
        result[:, start : start + columns.shape[1]] = columns
        start += columns.shape[1]
    return result
