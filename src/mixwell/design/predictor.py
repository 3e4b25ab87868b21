"""One linear predictor: its variables read, learned on the rows that stay, replayed on new rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import (
    Atom,
    FactorAtom,
    atom_codes,
    learn_atom,
    missing_rows,
    subset_value,
    variable_value,
)
from mixwell.design.atoms.scope import Scope
from mixwell.design.atoms.values import Factor, Logical, Matrix, Value
from mixwell.design.blocks.group_block import GroupBlock, build_block, merge_shared, replay_block
from mixwell.design.columns.common import FixedEffects, build_fixed, plan_terms, replay_fixed
from mixwell.errors import DataError
from mixwell.formula import Expr, Formula, TermList, deparse, expand_terms
from mixwell.numeric.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """One linear predictor on the rows of a design: fixed effects, blocks, offset."""

    formula: Formula
    terms: TermList
    fixed: FixedEffects
    blocks: tuple[GroupBlock, ...]
    offset: FloatArray | None

    def __repr__(self) -> str:
        """Say the formula, the columns and the blocks."""
        lines = [f"Predictor {self.formula}", f"  {self.fixed!r}"]
        lines += [f"  {block!r}" for block in self.blocks]
        return "\n".join(lines)


@dataclass(slots=True)
class Variables:
    """All variables of one formula on all rows."""

    formula: Formula
    terms: TermList
    group_terms: list[TermList]
    values: dict[Expr, Value]
    offsets: list[Value]


def read_variables(formula: Formula, scope: Scope) -> Variables:
    """Expand a formula's terms on the data's columns and evaluate their variables on all rows."""
    columns = [str(name) for name in scope.frame.columns]
    terms = formula.terms(columns)
    group_terms = [
        expand_terms(group.effects, text=formula.text, columns=columns) for group in formula.groups
    ]
    values: dict[Expr, Value] = {}
    for part in (terms, *group_terms):
        for term in part.terms:
            for variable in term.variables:
                values[variable] = variable_value(variable, scope)
    for group in formula.groups:
        for factor in group.factors:
            values[factor] = variable_value(factor, scope)
    offsets = [variable_value(expr, scope) for expr in terms.offsets]
    for extra in group_terms:
        if extra.offsets:
            raise scope.error(extra.offsets[0], "An offset cannot vary by group.")
    return Variables(formula, terms, group_terms, values, offsets)


def learn_predictor(
    part: Variables,
    rows: BoolArray,
    index: pd.Index,
    contrasts: Mapping[str, Any],
    atoms: dict[Expr, Atom],
) -> Predictor:
    """Learn levels, codings and columns from the rows that stay; `atoms` is shared and filled."""
    everything = bool(rows.all())
    values = {
        expr: value if everything else subset_value(value, rows)
        for expr, value in part.values.items()
    }
    for terms in (part.terms, *part.group_terms):
        for term in terms.terms:
            for variable in term.variables:
                if variable not in atoms:
                    atoms[variable] = learn_atom(variable, values[variable], contrasts)
    blocks = [
        build_block(group, plan_terms(terms, atoms), values, index)
        for group, terms in zip(part.formula.groups, part.group_terms, strict=True)
    ]
    offsets = [v if everything else subset_value(v, rows) for v in part.offsets]
    return Predictor(
        part.formula,
        part.terms,
        build_fixed(plan_terms(part.terms, atoms), values, index),
        tuple(merge_shared(blocks)),
        _sum_offsets(offsets, part.terms),
    )


def _sum_offsets(values: Sequence[Value], terms: TermList) -> FloatArray | None:
    total: FloatArray | None = None
    for value, expr in zip(values, terms.offsets, strict=True):
        if isinstance(value, Factor | Matrix):
            raise DataError(f"{deparse(expr)} must be one column of numbers.", where="offset")
        numbers = value.numbers() if isinstance(value, Logical) else np.asarray(value, dtype=float)
        total = numbers if total is None else total + numbers
    return total


def column_notes(predictor: Predictor) -> list[str]:
    """Say which columns were left out, and where a block differs from lme4's."""
    notes = []
    if predictor.fixed.dropped:
        names = predictor.fixed.dropped
        said = "; ".join(f"{name} ({reason})" for name, reason in names[:6])
        more = f"; and {len(names) - 6} more" if len(names) > 6 else ""
        one = len(names) == 1
        notes.append(
            f"{len(names)} fixed-effect column{' was' if one else 's were'} dropped because the "
            f"data cannot tell {'it' if one else 'them'} from the others: {said}{more}."
        )
    for block in predictor.blocks:
        grouped = any(isinstance(e.atom, FactorAtom) for t in block.plan.terms for e in t.entries)
        if block.covariance == "diagonal" and grouped and "||" in block.text:
            notes.append(
                f"{block.text}: the effects {', '.join(block.effects)} vary independently, "
                "as in brms; lme4 keeps the levels of a factor correlated inside ||."
            )
    return notes


def same_predictor(one: Predictor, two: Predictor) -> bool:
    """Return whether two predictors have the same columns, blocks and offsets row by row."""
    pairs = list(zip(one.blocks, two.blocks, strict=False))
    return (
        one.fixed.names == two.fixed.names
        and np.array_equal(one.fixed.values, two.fixed.values)
        and len(one.blocks) == len(two.blocks)
        and all(_same_block(a, b) for a, b in pairs)
        and (one.offset is None) == (two.offset is None)
        and (one.offset is None or np.array_equal(one.offset, np.asarray(two.offset)))
    )


def _same_block(one: GroupBlock, two: GroupBlock) -> bool:
    said = ("factor", "levels", "effects", "covariance", "new_levels", "id")
    return (
        all(getattr(one, name) == getattr(two, name) for name in said)
        and np.array_equal(one.values, two.values)
        and np.array_equal(one.index, two.index)
    )


def replay_predictor(predictor: Predictor, scope: Scope) -> Predictor:
    """Make a learned predictor's columns, blocks and offset from new rows."""
    variables = {v: None for term in predictor.terms.terms for v in term.variables}
    atoms = {
        entry.atom.expr: entry.atom
        for plan in (predictor.fixed.plan, *(b.plan for b in predictor.blocks))
        for term in plan.terms
        for entry in term.entries
    }
    needed = [*variables, *atoms, *(part for b in predictor.blocks for part in b.parts)]
    values = {expr: variable_value(expr, scope) for expr in dict.fromkeys(needed)}
    offsets = [variable_value(expr, scope) for expr in predictor.terms.offsets]
    _refuse_missing(values, scope)
    for atom in atoms.values():
        if isinstance(atom, FactorAtom):
            _refuse_unknown(atom, values[atom.expr])
    index = scope.frame.index
    return replace(
        predictor,
        fixed=replay_fixed(predictor.fixed, values, index),
        blocks=tuple(replay_block(block, values, index) for block in predictor.blocks),
        offset=_sum_offsets(offsets, predictor.terms),
    )


def _refuse_missing(values: Mapping[Expr, Value], scope: Scope) -> None:
    for expr, value in values.items():
        mask = missing_rows(value)
        if mask is not None:
            row = scope.frame.index[int(np.flatnonzero(mask)[0])]
            raise DataError(
                f"The new data have {int(mask.sum())} missing values in {deparse(expr)}.",
                where=f"first at row {row!r}",
                hint="Fill or remove these rows.",
            )


def _refuse_unknown(atom: FactorAtom, value: Value) -> None:
    _, unknown = atom_codes(atom, value)
    if unknown:
        shown = ", ".join(repr(label) for label in unknown[:8])
        raise DataError(
            f"{atom.name} has levels that the model's data did not have: {shown}.",
            where=f"column {atom.name} of the new data",
            hint=f"Its levels are {', '.join(atom.levels[:12])}"
            f"{', ...' if len(atom.levels) > 12 else ''}.",
        )
