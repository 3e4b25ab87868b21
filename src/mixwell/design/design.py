"""A formula and data to the design: response, fixed effects and blocks, learned once, replayed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms import (
    Atom,
    FactorAtom,
    atom_codes,
    learn_atom,
    missing_rows,
    resolve_contrasts,
    subset_value,
    variable_value,
)
from mixwell.design.common import FixedEffects, build_fixed, plan_terms, replay_fixed
from mixwell.design.frame import read_frame
from mixwell.design.groups import GroupBlock, build_block, merge_shared, replay_block
from mixwell.design.response import Pieces, Response, build_response, read_response
from mixwell.design.scope import Scope
from mixwell.design.values import BoolArray, Factor, FloatArray, Logical, Matrix, Value
from mixwell.errors import DataError
from mixwell.formula import Expr, Formula, TermList, deparse, expand_terms

Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """One linear predictor on the rows of a design: fixed effects, blocks, offset."""

    formula: Formula
    terms: TermList
    fixed: FixedEffects
    blocks: tuple[GroupBlock, ...]
    offset: FloatArray | None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a design has learned and replays: levels, knots and means by expression."""

    memory: Mapping[Any, Any]
    functions: Functions
    atoms: Mapping[Expr, Atom]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The design of a model on some rows: response, mean and distributional predictors.

    Examples
    --------
    >>> from mixwell.formula import parse_formula
    >>> data = {"y": [1.0, 2.0, 4.0], "x": [0.0, 1.0, 3.0]}
    >>> design = build_design([parse_formula("y ~ x")], data)
    >>> list(design.common.columns), design.n
    (['Intercept', 'x'], 3)
    >>> design.evaluate({"x": [10.0]}).common["x"].tolist()
    [10.0]
    """

    response: Response | None
    mean: Predictor
    parameters: Mapping[str, Predictor]
    index: pd.Index
    notes: tuple[str, ...]
    learned: Learned
    data: pd.DataFrame

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.index)

    @property
    def common(self) -> pd.DataFrame:
        """The fixed-effect columns of the mean by name, `(obs, effect)`."""
        return self.mean.fixed.frame

    @property
    def blocks(self) -> list[GroupBlock]:
        """The random-effects blocks of the mean, one a term."""
        return list(self.mean.blocks)

    @property
    def offset(self) -> FloatArray | None:
        """The offset of the mean, `(obs,)`, on the link scale."""
        return self.mean.offset

    @property
    def predictors(self) -> dict[str, Predictor]:
        """All linear predictors: `mean` and those of distributional parameters."""
        return {"mean": self.mean, **self.parameters}

    @property
    def atoms(self) -> Mapping[Expr, Atom]:
        """The variables of the model, learned."""
        return self.learned.atoms

    @property
    def dropped(self) -> tuple[tuple[str, str], ...]:
        """The fixed-effect columns left out of the mean, each with its reason."""
        return self.mean.fixed.dropped

    def evaluate(self, data: object, *, response: bool = False) -> "Design":
        """Replay the design on new rows: the same columns, with what training learned.

        The response is read where `response` is set. Levels of grouping factors that training
        did not have are numbered after the known ones (see `GroupBlock.new_levels`).

        Raises
        ------
        DataError
            For unknown levels of a fixed factor, missing values, absent columns.
        """
        return replay_design(self, data, response=response)

    def __repr__(self) -> str:
        """Say the size of the design in a few lines."""
        lines = [f"Design: {self.n} rows, {len(self.mean.fixed.names)} fixed-effect columns"]
        lines += [f"  {block!r}" for block in self.mean.blocks]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


@dataclass(slots=True)
class _Variables:
    """All variables of one formula on all rows."""

    formula: Formula
    terms: TermList
    group_terms: list[TermList]
    values: dict[Expr, Value]
    offsets: list[Value]


def build_design(
    formulas: Sequence[Formula],
    data: object,
    *,
    contrasts: Mapping[str, object] | None = None,
    weights: object = None,
    missing: str = "drop",
    functions: Functions | None = None,
    counts: bool = False,
) -> Design:
    """Build the design of one or several formulas, the first for the mean.

    Variables are evaluated on all rows, then rows with a missing value in any of them go, as in
    R's `model.frame`; levels without a row go after that. `counts` says that the response of a
    binomial family is meant.

    Raises
    ------
    FormulaError
        For unknown columns and functions, with the place.
    DataError
        For data that the formula cannot be read on.
    """
    if missing not in ("drop", "error"):
        raise DataError(f"missing={missing!r} is unknown.", hint='Use "drop" or "error".')
    frame = read_frame(data)
    memory: dict[Any, Any] = {}
    functions = functions or {}
    read: list[_Variables] = []
    for formula in formulas:
        scope = Scope(frame, memory, functions, formula.text, learning=True)
        read.append(_read_variables(formula, scope))
    main = formulas[0]
    scope = Scope(frame, memory, functions, main.text, learning=True)
    pieces = read_response(main, scope, weights, counts=counts)
    rows, notes = _rows_used(frame, formulas, read, pieces, missing)
    names = list(dict.fromkeys(deparse(expr) for part in read for expr in part.values))
    chosen = resolve_contrasts(contrasts, names)
    index = frame.index[rows]
    atoms: dict[Expr, Atom] = {}
    predictors = {}
    for part in read:
        predictors[part.formula.parameter or "mean"] = _learn(part, rows, index, chosen, atoms)
    mean = predictors.pop(formulas[0].parameter or "mean")
    notes += [note for p in (mean, *predictors.values()) for note in _column_notes(p)]
    return Design(
        build_response(pieces, rows) if pieces.arrays else None,
        mean,
        predictors,
        index,
        tuple(notes),
        Learned(memory, functions, atoms),
        frame if rows.all() else frame[rows],
    )


def _columns_for_dot(formula: Formula, frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns]


def _read_variables(formula: Formula, scope: Scope) -> _Variables:
    columns = _columns_for_dot(formula, scope.frame)
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
    return _Variables(formula, terms, group_terms, values, offsets)


def _rows_used(
    frame: pd.DataFrame,
    formulas: Sequence[Formula],
    read: Sequence[_Variables],
    pieces: Pieces,
    missing: str,
) -> tuple[BoolArray, list[str]]:
    """Return the rows that stay, and a sentence for those that go."""
    notes: list[str] = []
    keep = np.ones(len(frame), dtype=bool)
    if pieces.subset is not None:
        keep &= pieces.subset
        notes.append(f"subset() keeps {int(keep.sum())} of {len(frame)} rows.")
    masks = [pieces.missing()]
    masks += [missing_rows(v) for part in read for v in (*part.values.values(), *part.offsets)]
    gone = np.zeros(len(frame), dtype=bool)
    for mask in masks:
        if mask is not None:
            gone |= mask
    gone &= keep
    if gone.any():
        counts = _missing_counts(frame, formulas, read, keep)
        if missing == "error":
            row = frame.index[int(np.flatnonzero(gone)[0])]
            raise DataError(
                f"{int(gone.sum())} rows have missing values ({counts}).",
                where=f"first at row {row!r}",
                hint='Fill or remove them, or pass missing="drop".',
            )
        one = gone.sum() == 1
        notes.append(
            f"{int(gone.sum())} row{' was' if one else 's were'} dropped for missing values "
            f"({counts})."
        )
    keep &= ~gone
    if not keep.any():
        raise DataError(
            "No row is left: every row has a missing value in a column of the formula.",
            where=f"columns {counts}" if gone.any() else "subset()",
            hint="Leave the emptiest column out of the formula.",
        )
    return keep, notes


def _missing_counts(
    frame: pd.DataFrame, formulas: Sequence[Formula], read: Sequence[_Variables], keep: BoolArray
) -> str:
    names = list(dict.fromkeys(name for formula in formulas for name in formula.columns))
    counts = {
        n: int((frame[n].isna().to_numpy() & keep).sum()) for n in names if n in frame.columns
    }
    for part in read:
        for expr, value in part.values.items():
            mask = missing_rows(value)
            if mask is not None and deparse(expr) not in counts:
                counts[deparse(expr)] = int((mask & keep).sum())
    return ", ".join(f"{name}: {count}" for name, count in counts.items() if count)


def _learn(
    part: _Variables,
    rows: BoolArray,
    index: pd.Index,
    contrasts: Mapping[str, Any],
    atoms: dict[Expr, Atom],
) -> Predictor:
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


def _column_notes(predictor: Predictor) -> list[str]:
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


def replay_design(trained: Design, data: object, *, response: bool = False) -> Design:
    """Evaluate a trained design on new rows; see `Design.evaluate`."""
    frame = read_frame(data)
    learned = trained.learned
    predictors = {}
    for name, predictor in trained.predictors.items():
        scope = Scope(
            frame, dict(learned.memory), learned.functions, predictor.formula.text, learning=False
        )
        predictors[name] = _replay(predictor, scope)
    made: Response | None = None
    if response and trained.response is not None:
        scope = Scope(
            frame,
            dict(learned.memory),
            learned.functions,
            trained.mean.formula.text,
            learning=False,
        )
        pieces = read_response(
            trained.mean.formula, scope, counts=trained.response.kind == "trials"
        )
        made = build_response(pieces, np.ones(len(frame), dtype=bool))
    mean = predictors.pop("mean")
    return replace(
        trained,
        response=made,
        mean=mean,
        parameters=predictors,
        index=frame.index,
        notes=(),
        data=frame,
    )


def _replay(predictor: Predictor, scope: Scope) -> Predictor:
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
