"""The columns of a plan on a table elsewhere, and what they are made of, as expressions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import mul

import narwhals as nw
import numpy as np
import pyarrow as pa

from mixwell.design.atoms.atom import Atom, FactorAtom, learn_atom
from mixwell.design.atoms.values import Matrix, Value
from mixwell.design.blocks.group_block import observed_levels
from mixwell.design.codings.choices import Contrast
from mixwell.design.columns.column_plan import Plan, PlannedTerm, TermVariable
from mixwell.design.predictor import ExpandedFormula
from mixwell.design.pushed.pushed_factors import factor_of
from mixwell.design.pushed.pushed_frame import PushedFrame
from mixwell.design.pushed.pushed_values import (
    PushedColumns,
    PushedDates,
    PushedFactor,
    PushedNumbers,
    PushedTruth,
    mapped,
)
from mixwell.formula import Expr, GroupTerm, deparse
from mixwell.numeric.arrays import IntArray

__all__ = [
    "GroupKeys",
    "LevelKeys",
    "learn_pushed_atoms",
    "pushed_atoms",
    "pushed_columns",
    "pushed_group",
]

#: Up to so many levels of a factor are counted by conditions, together with those of others.
_FEW = 60


@dataclass(frozen=True, slots=True, eq=False)
class LevelKeys:
    """A factor of a plan: `expr` is a row's key, `keys` has that of each level of the atom."""

    expr: nw.Expr
    keys: tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GroupKeys:
    """A grouping factor: an expression for each of its parts, and the levels that rows have.

    `keys` has the key of each part for each level; `part_levels` and `cells` are those of a
    `GroupBlock`, `counts` (level,) how many rows each level has.
    """

    exprs: tuple[nw.Expr, ...]
    keys: tuple[tuple[object, ...], ...]
    levels: tuple[str, ...]
    part_levels: tuple[tuple[str, ...], ...]
    cells: IntArray
    counts: IntArray


def learn_pushed_atoms(
    frame: PushedFrame, expanded: Sequence[ExpandedFormula], contrasts: Mapping[str, Contrast]
) -> dict[Expr, Atom]:
    """Settle each variable's kind, levels and coding from the rows that stay, as `learn_atom` does.

    `frame` is that of the rows that stay. Raises `DataError` as `learn_atom`.
    """
    exprs = list(dict.fromkeys(expr for one in expanded for expr in one.effects))
    made: dict[Expr, Atom] = {}
    values = frame.settled(lambda: frame.each(exprs, lambda expr: _sketch(expr, frame)))
    for expr, value in values.items():
        made[expr] = learn_atom(expr, value, contrasts)
    return made


def _sketch(expr: Expr, frame: PushedFrame) -> Value:
    """Return a value of held rows that has what is learned of a variable: kind, levels, labels."""
    value = frame.checked(expr)
    if isinstance(value, PushedFactor | PushedTruth):
        return _used(value, expr, frame).value
    if isinstance(value, PushedDates):
        return value.empty
    if isinstance(value, PushedColumns):
        return Matrix(np.empty((0, len(value.labels))), value.labels)
    return np.empty(0)


def _used(value: PushedFactor | PushedTruth, expr: Expr, frame: PushedFrame) -> PushedFactor:
    """Return a factor with the keys that rows that stay have."""
    factor = factor_of(value, expr, frame)
    known = [(k, c) for k, c in zip(factor.keys, factor.value.codes, strict=True) if k is not None]
    known = [(key, code) for key, code in known if code >= 0]
    if frame.keep is not None:
        counts = _counts(factor, [key for key, _ in known], expr, frame)
        known = [(key, code) for key, code in known if counts.get(key, 0)]
    codes = np.array([code for _, code in known], dtype=np.int64)
    return replace(
        factor, keys=tuple(key for key, _ in known), value=replace(factor.value, codes=codes)
    )


def _counts(
    factor: PushedFactor, keys: list[object], expr: Expr, frame: PushedFrame
) -> dict[object, int]:
    """Return how many of the rows that stay have each key."""
    name = deparse(expr)
    if len(keys) <= _FEW and frame.keep is not None:
        rows = frame.keep
        asked = {
            str(place): nw.when(rows & factor.expr.is_in([key])).then(nw.lit(1.0)).sum()
            for place, key in enumerate(keys)
        }
        found = frame.statistics.ask(
            ("used", expr), f"the rows of the levels of {name}", lambda: asked
        )
        return {key: int(found[str(place)] or 0) for place, key in enumerate(keys)}
    counted = frame.statistics.once(
        ("counted", expr),
        lambda: frame.table.grouped(
            f"count the levels of {name}", {name: factor.expr}, {"n": nw.len()}
        ),
    )
    return dict(zip(counted[name].to_pylist(), counted["n"].to_pylist(), strict=True))


def pushed_group(term: GroupTerm, frame: PushedFrame) -> GroupKeys:
    """Return the levels of a grouping factor, of several parts those combinations that occur."""
    parts = [factor_of(frame.variable(part), part, frame) for part in term.factors]
    names = [deparse(part) for part in term.factors]
    keys = {
        f"{place} {name}": part.expr
        for place, (part, name) in enumerate(zip(parts, names, strict=True))
    }
    counted = _counted_cells(term, keys, frame)
    columns = [counted[name].to_pylist() for name in keys]
    known = [None not in row for row in zip(*columns, strict=True)]
    factors = []
    for part, column in zip(parts, columns, strict=True):
        codes = dict(zip(part.keys, part.value.codes.tolist(), strict=True))
        own = np.array([codes[k] for k, there in zip(column, known, strict=True) if there])
        factors.append(replace(part.value, codes=own.astype(np.int64)).drop_unused())
    index, levels, cells = observed_levels(factors)
    rows = [row for row, there in zip(zip(*columns, strict=True), known, strict=True) if there]
    counts = np.array(counted["n"].to_pylist(), dtype=np.int64)[np.array(known, dtype=bool)]
    order = np.argsort(index, kind="stable")
    return GroupKeys(
        tuple(part.expr for part in parts),
        tuple(rows[place] for place in order.tolist()),
        levels,
        tuple(factor.levels for factor in factors),
        cells,
        counts[order],
    )


def _counted_cells(term: GroupTerm, keys: Mapping[str, nw.Expr], frame: PushedFrame) -> pa.Table:
    """Return the cells of a grouping factor that occur, and how many rows each has."""
    if len(term.factors) == 1 and frame.keep is None:  # all rows stay: as its levels were listed
        listed = frame.statistics.known(("listed", term.factors[0]))
        if listed is not None:
            return listed.rename_columns([*keys, "n"])
    return frame.statistics.once(
        ("group", *term.factors),
        lambda: frame.table.grouped(f"list the levels of {term.name}", keys, {"n": nw.len()}),
    )


def pushed_atoms(
    plan: Plan, frame: PushedFrame
) -> dict[Expr, PushedNumbers | PushedColumns | LevelKeys]:
    """Return what the columns of a plan are made of: numbers, and factors by the keys of levels."""
    made: dict[Expr, PushedNumbers | PushedColumns | LevelKeys] = {}
    for expr, atom in plan.atoms.items():
        value = frame.variable(expr)
        if isinstance(atom, FactorAtom):
            made[expr] = _level_keys(atom, frame)
        else:
            assert isinstance(value, PushedNumbers | PushedColumns)
            made[expr] = value
    return made


def _level_keys(atom: FactorAtom, frame: PushedFrame) -> LevelKeys:
    factor = factor_of(frame.variable(atom.expr), atom.expr, frame)
    place = {level: code for code, level in enumerate(factor.levels)}
    by_code = {c: k for k, c in zip(factor.keys, factor.value.codes.tolist(), strict=True)}
    return LevelKeys(factor.expr, tuple(by_code[place[level]] for level in atom.levels))


def pushed_columns(plan: Plan, frame: PushedFrame) -> list[nw.Expr]:
    """Return the columns of a plan as doubles, in the order of its names: for engines that query.

    On the rows that stay each has a value.
    """
    atoms = pushed_atoms(plan, frame)
    return [column for term in plan.all_terms for column in _term_columns(term, atoms)]


def _term_columns(
    term: PlannedTerm, atoms: Mapping[Expr, PushedNumbers | PushedColumns | LevelKeys]
) -> list[nw.Expr]:
    if not term.variables:
        return [nw.lit(1.0)]
    tables = [_entry_columns(entry, atoms[entry.atom.expr]) for entry in term.variables]
    return [
        reduce(mul, (table[k] for table, k in zip(tables, parts, strict=True)))
        for parts in term.parts()
    ]


def _entry_columns(
    entry: TermVariable, value: PushedNumbers | PushedColumns | LevelKeys
) -> list[nw.Expr]:
    if isinstance(value, PushedColumns):
        return list(value.exprs)
    if isinstance(value, PushedNumbers):
        return [value.expr]
    atom = entry.atom
    assert isinstance(atom, FactorAtom)
    matrix = atom.coding(entry.full).matrix
    return [_coded(value, column.tolist()) for column in matrix.T]


def _coded(levels: LevelKeys, numbers: list[float]) -> nw.Expr:
    """Return one column of a coding."""
    usual = max(set(numbers), key=numbers.count)
    others = {k: n for k, n in zip(levels.keys, numbers, strict=True) if n != usual}
    return mapped(levels.expr, others).fill_null(usual) if others else nw.lit(usual)
