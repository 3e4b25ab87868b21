"""The fixed-effect columns X: R's coding rule, R's order, mixwell's names.

A `Plan` says, for every term, how each variable enters it; it knows no rows. Values are made from
a plan and the variables' values, so that training and new data take the same way.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import Atom, FactorAtom, atom_codes, atom_numbers
from mixwell.design.atoms.values import Factor, Value, combined_codes
from mixwell.design.columns.rank import independent_columns
from mixwell.errors import DataError
from mixwell.formula import Expr, Term, TermList
from mixwell.numeric.arrays import FloatArray, IntArray

INTERCEPT = "Intercept"
R_INTERCEPT = "(Intercept)"
# Terms of factors only are looked up in a table of cells; above this size columns are multiplied.
CELL_LIMIT = 1_000_000
# From this many rows on a design of factors only is made once a distinct row.
LONG = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """How one variable enters one term: as numbers, contrast-coded, or one column a level."""

    atom: Atom
    full: bool = False

    def names(self) -> tuple[tuple[str, str], ...]:
        """Return each column's name here and in R."""
        if isinstance(self.atom, FactorAtom):
            return self.atom.names(self.full)
        return self.atom.names()


@dataclass(frozen=True, slots=True)
class PlannedTerm:
    """One term with the way each of its variables enters; no entries: the intercept."""

    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """The term as text, `a:b`."""
        return ":".join(entry.atom.name for entry in self.entries) or INTERCEPT

    def parts(self) -> list[tuple[int, ...]]:
        """Return for each column which column of each variable it multiplies, the first fastest."""
        widths = [range(len(entry.names())) for entry in self.entries]
        return [parts[::-1] for parts in product(*widths[::-1])]

    def names(self) -> list[tuple[str, str]]:
        """Return each column's name here and in R."""
        if not self.entries:
            return [(INTERCEPT, R_INTERCEPT)]
        tables = [entry.names() for entry in self.entries]
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

    def names(self) -> list[tuple[str, str]]:
        """Return each column's name here and in R."""
        return [name for term in self.all_terms for name in term.names()]


@dataclass(frozen=True, eq=False)
class FixedEffects:
    """The fixed-effect columns of one linear predictor.

    `columns` says for each column which term of the plan it is of and which column of each
    variable; `dropped` names columns left out with the reason. A long design of factors only keeps
    its distinct rows and, in `row_cells`, which one each row is.
    """

    names: tuple[str, ...]
    r_names: tuple[str, ...]
    distinct: FloatArray
    row_cells: IntArray | None
    intercept: bool
    plan: Plan
    columns: tuple[tuple[int, tuple[int, ...]], ...]
    dropped: tuple[tuple[str, str], ...]
    index: pd.Index
    kept: tuple[int, ...]

    def __repr__(self) -> str:
        """Say how many rows, and the columns by name."""
        shown = ", ".join(self.names[:12]) + (", ..." if len(self.names) > 12 else "")
        return f"FixedEffects: {len(self.index)} rows; {len(self.names)} columns {shown}"

    @cached_property
    def values(self) -> FloatArray:
        """The columns, `(obs, effect)`."""
        if self.row_cells is None:
            return self.distinct
        return _spread(self.distinct, self.row_cells)

    @property
    def frame(self) -> pd.DataFrame:
        """The columns by name, rows labeled as the data's."""
        return pd.DataFrame(self.values, columns=list(self.names), index=self.index, copy=True)

    @property
    def matrix(self) -> pd.DataFrame:
        """The columns by name; the same as `frame`."""
        return self.frame

    @property
    def dropped_names(self) -> tuple[str, ...]:
        """The names of the columns left out."""
        return tuple(name for name, _ in self.dropped)


def plan_terms(terms: TermList, atoms: Mapping[Expr, Atom]) -> Plan:
    """Settle how each variable enters each term, by R's rule.

    In a term, a factor is contrast-coded when the rest of the term is empty or contained in an
    earlier term, else it gets one column a level; without an intercept the first factor of the
    first term that has one gets one column a level (R's `terms.formula` and `model.matrix`).
    """
    sets = [frozenset(term.variables) for term in terms.terms]
    first_factor = None if terms.intercept else _first_factor(terms.terms, atoms)
    planned = []
    for t, term in enumerate(terms.terms):
        entries = []
        for variable in term.variables:
            rest = sets[t] - {variable}
            contrast = not rest or any(rest <= earlier for earlier in sets[:t])
            full = not contrast or (t, variable) == first_factor
            entries.append(Entry(atoms[variable], isinstance(atoms[variable], FactorAtom) and full))
        planned.append(PlannedTerm(tuple(entries)))
    return Plan(terms.intercept, tuple(planned))


def _first_factor(terms: Sequence[Term], atoms: Mapping[Expr, Atom]) -> tuple[int, Expr] | None:
    for t, term in enumerate(terms):
        for variable in term.variables:
            if isinstance(atoms[variable], FactorAtom):
                return t, variable
    return None


def term_columns(term: PlannedTerm, values: Mapping[Expr, Value], n: int) -> FloatArray:
    """Return the columns of one term, shape `(obs, columns)`."""
    if not term.entries:
        return np.ones((n, 1))
    factors = [e for e in term.entries if isinstance(e.atom, FactorAtom)]
    cells = int(np.prod([len(e.atom.levels) for e in factors if isinstance(e.atom, FactorAtom)]))
    if len(factors) == len(term.entries) and cells <= CELL_LIMIT:
        return _cell_columns(factors, values)
    result = _entry_columns(term.entries[0], values)
    for entry in term.entries[1:]:
        result = _products(result, _entry_columns(entry, values))
    return result


def _entry_columns(entry: Entry, values: Mapping[Expr, Value]) -> FloatArray:
    atom = entry.atom
    if isinstance(atom, FactorAtom):
        codes, _ = atom_codes(atom, values[atom.expr])
        return atom.coding(entry.full).matrix[codes]
    return atom_numbers(atom, values[atom.expr])


def _products(left: FloatArray, right: FloatArray) -> FloatArray:
    """All products of two sets of columns, the left's running fastest."""
    products: FloatArray = right[:, :, None] * left[:, None, :]
    return products.reshape(len(left), -1)


def _cell_columns(entries: Sequence[Entry], values: Mapping[Expr, Value]) -> FloatArray:
    """Columns of a term of factors only, looked up by cell instead of multiplied row by row."""
    cell = None
    table: FloatArray = np.ones((1, 1), dtype=np.float64)
    width = 1
    for entry in entries:
        atom = entry.atom
        assert isinstance(atom, FactorAtom)
        codes, _ = atom_codes(atom, values[atom.expr])
        cell = codes if cell is None else cell + width * codes
        width *= len(atom.levels)
        coded: FloatArray = atom.coding(entry.full).matrix
        table = np.asarray(np.kron(coded, table), dtype=np.float64)
    assert cell is not None
    return _spread(table, cell)


def _spread(table: FloatArray, row_cells: IntArray) -> FloatArray:
    """Copy each row's cell out of a table of cells.

    Contiguous rows and no bounds check on each copy make this several times faster.
    """
    return np.take(np.ascontiguousarray(table), row_cells, axis=0, mode="clip")


def plan_values(plan: Plan, values: Mapping[Expr, Value], n: int) -> FloatArray:
    """Return all columns of a plan, shape `(obs, columns)`."""
    cells = _cells(plan, values, n)
    if cells is not None:
        return _spread(*cells)
    terms = plan.all_terms
    result = np.empty((n, len(plan.names())))
    start = 0
    for term in terms:
        block = term_columns(term, values, n)
        result[:, start : start + block.shape[1]] = block
        start += block.shape[1]
    return result


def _cells(plan: Plan, values: Mapping[Expr, Value], n: int) -> tuple[FloatArray, IntArray] | None:
    """Return the distinct rows of a long design of factors only, and which one each row is.

    A million rows of a 20 by 20 factorial are 400 distinct rows: they are made, and looked at for
    rank, once.
    """
    entries = {e.atom.expr: e.atom for term in plan.terms for e in term.entries}
    atoms = [atom for atom in entries.values() if isinstance(atom, FactorAtom)]
    count = math.prod(len(atom.levels) for atom in atoms)
    if n <= LONG or not atoms or len(atoms) < len(entries) or count > CELL_LIMIT:
        return None
    codes = [atom_codes(atom, values[atom.expr])[0] for atom in atoms]
    combined = combined_codes(codes, [len(atom.levels) for atom in atoms])
    present = np.zeros(count, dtype=bool)
    present[combined] = True
    place = np.cumsum(present) - 1
    cells: dict[Expr, Value] = {}
    rest = np.flatnonzero(present)
    for atom in reversed(atoms):
        cells[atom.expr] = Factor(rest % len(atom.levels), atom.levels)
        rest = rest // len(atom.levels)
    return plan_values(plan, cells, int(present.sum())), place[combined]


def build_fixed(plan: Plan, values: Mapping[Expr, Value], index: pd.Index) -> FixedEffects:
    """Make the fixed-effect columns, leaving out those that others determine.

    Raises
    ------
    DataError
        When two columns get one name.
    """
    names = plan.names()
    _refuse_repeated([name for name, _ in names])
    cells = _cells(plan, values, len(index))
    matrix = plan_values(plan, values, len(index)) if cells is None else cells[0]
    kept, reasons = independent_columns(matrix, [name for name, _ in names])
    columns = [(t, parts) for t, term in enumerate(plan.all_terms) for parts in term.parts()]
    if len(kept) < len(names):
        matrix = matrix[:, kept]
    return FixedEffects(
        names=tuple(names[j][0] for j in kept),
        r_names=tuple(names[j][1] for j in kept),
        distinct=matrix,
        row_cells=None if cells is None else cells[1],
        intercept=plan.intercept and 0 in kept,
        plan=plan,
        columns=tuple(columns[j] for j in kept),
        dropped=tuple(reasons.items()),
        index=index,
        kept=tuple(kept),
    )


def _refuse_repeated(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        name = next(n for n in names if list(names).count(n) > 1)
        raise DataError(
            f"Two fixed-effect columns would both be called {name!r}.",
            where="fixed effects",
            hint="Rename a variable or a level.",
        )


def replay_fixed(
    trained: FixedEffects, values: Mapping[Expr, Value], index: pd.Index
) -> FixedEffects:
    """Make the same columns from new rows."""
    cells = _cells(trained.plan, values, len(index))
    matrix = plan_values(trained.plan, values, len(index)) if cells is None else cells[0]
    return replace(
        trained,
        distinct=matrix[:, list(trained.kept)] if trained.dropped else matrix,
        row_cells=None if cells is None else cells[1],
        index=index,
    )
