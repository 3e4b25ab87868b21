"""Whether fixed effects leave residuals, known before all of their columns are made."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

import numpy as np

from mixwell.design.atoms.atom import Atom, FactorAtom, atom_codes
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.asked_columns import asked_columns
from mixwell.design.columns.column_plan import Plan, distinct_rows, plan_terms
from mixwell.design.columns.far_columns import shares
from mixwell.design.columns.fixed_effects import build_fixed, require_size
from mixwell.design.columns.rank import count_independent, work
from mixwell.errors import DataError
from mixwell.formula import Call, Expr, Name, Term, TermList
from mixwell.numeric.arrays import FloatArray

# Multiplications in a tenth of a second, and columns more than rows that a first look takes.
_QUICK, _MORE = 3e7, 16


def no_residuals(columns: int, rows: int, formula: str, *, at_most: bool = False) -> DataError:
    """Return the error for as many fixed-effect columns as rows, if none depends on others."""
    up_to = "up to " if at_most else ""
    return DataError(
        f"There are {up_to}{columns} fixed-effect columns for {rows} rows.",
        where=f"fixed effects of {formula}",
        hint="Take fewer terms; a factor with a level for each row is a label.",
    )


def require_residuals_at_first(terms: TermList, frame: ModelFrame, formula: str) -> None:
    """Refuse terms whose columns are too many for the rows, before all variables have values.

    Rows that columns without a gap set apart stay apart, whichever of them go. Where that would
    take long to see, the number of columns has to do, as in `require_residuals`, before any is
    made. Factors are not counted. Raises `DataError`.
    """
    rows = len(frame)
    if work(rows, rows) > _QUICK:
        columns = int(terms.intercept) + sum(_counted(term, frame) for term in terms.terms)
        if columns >= rows:
            raise no_residuals(columns, rows, formula, at_most=True)
    elif len(terms.terms) + terms.intercept >= rows:
        ones = [np.ones(rows)] * terms.intercept
        made = list(islice(_whole_columns(terms, frame), rows + _MORE))
        if len(made) + len(ones) >= rows:
            found = count_independent(np.column_stack([*ones, *made]))
            if found >= rows:
                raise no_residuals(rows, rows, formula)


def _counted(term: Term, frame: ModelFrame) -> int:
    """Return how many columns a term has, where that is known without its values; 0 where not."""
    match term.variables:
        case (Call(function) as call,) if function not in frame.functions and function != "cut":
            return asked_columns(call, frame)
    read = [v.name for v in term.variables if isinstance(v, Name) and v.name in frame.data]
    numeric = [name for name in read if frame.data[name].dtype.kind in "iuf"]
    return int(len(numeric) == len(term.variables))


def _whole_columns(terms: TermList, frame: ModelFrame) -> Iterator[FloatArray]:
    """Yield the columns, (obs,), of terms of numbers without a gap."""
    for term in terms.terms:
        values = [frame.variable(variable) for variable in term.variables]
        numbers = [value for value in values if isinstance(value, np.ndarray)]
        if len(numbers) == len(values):
            column = np.prod(numbers, axis=0)
            if np.isfinite(column).all():
                yield column


def require_residuals(
    terms: TermList, atoms: Mapping[Expr, Atom], frame: ModelFrame, formula: str
) -> None:
    """Refuse terms the first of which have as many independent columns as there are rows.

    Where that would take long to see, the number of columns has to do, of each term counted up to
    the combinations of levels that occur. Raises `DataError`.
    """
    rows = len(frame)
    for first in _beginnings(terms, atoms, rows):
        if work(rows, first.width) <= _QUICK:
            if _independent(first, frame) >= rows:
                raise no_residuals(rows, rows, formula)
            continue
        if len(first.terms) == len(terms.terms):
            require_size(first, frame)
        if (found := _most_independent(first, frame, rows)) >= rows:
            raise no_residuals(found, rows, formula, at_most=True)


def _beginnings(terms: TermList, atoms: Mapping[Expr, Atom], rows: int) -> Iterator[Plan]:
    """Yield plans of the first terms that have more columns than rows, then twice as many ..."""
    count, wanted = min(rows + _MORE, len(terms.terms)), rows
    while True:
        plan = plan_terms(replace(terms, terms=terms.terms[:count]), atoms)
        if plan.width >= wanted:
            yield plan
            wanted = 2 * plan.width
        if count == len(terms.terms):
            return
        count = min(2 * count, len(terms.terms))


def _independent(plan: Plan, frame: ModelFrame) -> int:
    if (shares(plan, frame) < 1).any():  # predictors far from zero are judged there
        return len(build_fixed(plan, frame).names)
    return count_independent(distinct_rows(plan, frame)[0])


def _most_independent(plan: Plan, frame: ModelFrame, enough: int) -> int:
    """Return how many columns can be independent at most, counted until there are `enough`."""
    if all(isinstance(atom, FactorAtom) for atom in plan.atoms.values()):
        return min(plan.width, _cells(plan.atoms.values(), frame))
    found = int(plan.intercept)
    for term in plan.terms:
        if found >= enough:
            break
        numbers = [e.width for e in term.variables if not isinstance(e.atom, FactorAtom)]
        cells = _cells([e.atom for e in term.variables], frame)
        found += min(term.width, math.prod(numbers) * cells)
    return found


def _cells(atoms: Iterable[Atom], frame: ModelFrame) -> int:
    """Return how many combinations of the levels of factors occur."""
    cell = np.zeros(len(frame), dtype=np.int64)
    for atom in atoms:
        if isinstance(atom, FactorAtom):
            combined = cell * len(atom.levels) + atom_codes(atom, frame)
            cell = np.unique(combined, return_inverse=True)[1]
    return int(cell.max(initial=-1)) + 1
