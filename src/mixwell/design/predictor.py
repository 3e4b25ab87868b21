"""One linear predictor: its variables read, learned on the rows that stay, replayed on new rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from mixwell.design.atoms.atom import Atom, FactorAtom, NumericAtom, atom_codes, learn_atom
from mixwell.design.atoms.model_frame import FormulaReader, ModelFrame
from mixwell.design.blocks.group_block import (
    GroupBlock,
    build_block,
    merge_shared,
    replay_block,
    require_size,
)
from mixwell.design.codings.choices import Contrast
from mixwell.design.columns.asked_columns import require_few_columns
from mixwell.design.columns.column_plan import INTERCEPT, Plan, plan_terms
from mixwell.design.columns.fixed_effects import FixedEffects, build_fixed, replay_fixed
from mixwell.design.columns.rank import independent_columns
from mixwell.design.columns.residuals_left import (
    require_residuals,
    require_residuals_at_first,
)
from mixwell.errors import DataError
from mixwell.formula import (
    Call,
    Expr,
    Formula,
    Name,
    TermList,
    column_names,
    deparse,
    expand_terms,
)
from mixwell.formula.syntax import chain
from mixwell.formula.trees import Tree
from mixwell.numeric.arrays import FloatArray
from mixwell.package_options import require_memory
from mixwell.text.phrases import and_more

#: Fewer rows have few levels, whatever they are; so many have as many levels as can be held.
_SEVERAL, _SOME_ROWS = 10_000, 100_000
_KEEPS_LEVELS = ("factor", "ordered", "as.factor", "as.ordered", "C")


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """One linear predictor on the rows of a design: fixed effects, blocks, offset."""

    formula: Formula
    terms: TermList
    fixed: FixedEffects
    blocks: tuple[GroupBlock, ...]
    offset: FloatArray | None

    @property
    def variables(self) -> list[Expr]:
        """The variables of the fixed effects, term by term."""
        return [variable for term in self.terms.terms for variable in term.variables]

    def counted(self, counts: FloatArray) -> "Predictor":
        """Return the predictor of rows that stand for so many equal ones each, `(obs,)`."""
        return replace(
            self,
            fixed=replace(self.fixed, counts=counts),
            blocks=tuple(replace(block, counts=counts) for block in self.blocks),
        )

    def with_thresholds(self) -> "Predictor":
        """Return the predictor without the column of its intercept, which other parameters hold.

        Raises `DataError` for a formula that says that there is none.
        """
        if not self.fixed.plan.intercept:
            raise DataError(
                "The thresholds are the intercepts of an ordered response.",
                where=f"formula {self.formula.text}",
                hint="Write the formula without 0 + or - 1.",
            )
        return replace(self, fixed=self.fixed.without_intercept(elsewhere=True))

    def with_fixed_level(self, parameter: str) -> "Predictor":
        """Return the predictor of a parameter that is known where every predictor is 0.

        Raises `DataError` for a formula with nothing but an intercept, and for columns that add up
        to one, which are as good as an intercept.
        """
        where, said = f"formula for {parameter}", f"{parameter} is 1 where every predictor is 0"
        if not self.fixed.plan.intercept:
            columns = self.fixed.distinct
            one = np.ones(len(columns))
            if np.allclose(columns @ np.linalg.lstsq(columns, one, rcond=None)[0], 1.0):
                raise DataError(
                    f"{said}, and with a column for every level it is so nowhere.",
                    where=where,
                    hint="Write the formula without 0 + or - 1: the first level has 1.",
                )
            return self
        if len(self.fixed.names) < 2 and not self.blocks and self.offset is None:
            raise DataError(
                f"{said}, and its formula has no predictor.",
                where=where,
                hint=f"Write {parameter} ~ x, or leave the formula out.",
            )
        return replace(self, fixed=self.fixed.without_intercept(elsewhere=False))

    def __repr__(self) -> str:
        """Say the formula, the columns and the blocks."""
        lines = [f"Predictor {self.formula}", f"  {self.fixed!r}"]
        lines += [f"  {block!r}" for block in self.blocks]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ExpandedFormula:
    """A formula with its terms on the data's columns: fixed ones, and those of each group term."""

    formula: Formula
    terms: TermList
    group_terms: tuple[TermList, ...]

    @property
    def effects(self) -> list[Expr]:
        """The variables of all terms, fixed and group-level, each once."""
        lists = (self.terms, *self.group_terms)
        terms = [term for terms in lists for term in terms.terms]
        return list(dict.fromkeys(v for term in terms for v in term.variables))

    @property
    def variables(self) -> dict[Expr, None]:
        """The variables of all terms and the grouping factors, in order, each once."""
        factors = [factor for group in self.formula.groups for factor in group.factors]
        return dict.fromkeys([*self.effects, *factors])


def expand_formula(
    formula: Formula, frame: ModelFrame, *, residuals: bool = False
) -> ExpandedFormula:
    """Expand a formula's terms on the data's columns and evaluate their variables on all rows.

    With `residuals` terms whose first columns leave none are refused before that.
    """
    expanded = expanded_terms(formula, frame.columns)
    held = set(frame.data.columns)
    for expr in expanded.variables:
        if isinstance(expr, Name) and expr.name not in held:
            frame.variable(expr)  # which says so, before thousands of others have values
    for expr in expanded.effects:
        _refuse_many_levels(expr, frame)
    require_few_columns(expanded.variables, frame, frame.functions)
    if residuals:
        require_residuals_at_first(expanded.terms, frame, formula.text)
    for expr in (*expanded.variables, *expanded.terms.offsets):
        frame.variable(expr)
    refuse_offsets(expanded, frame)
    return expanded


def expanded_terms(formula: Formula, columns: Sequence[str]) -> ExpandedFormula:
    """Expand a formula's terms on the names of the data's columns."""
    group_terms = tuple(
        expand_terms(group.effects, text=formula.text, columns=columns) for group in formula.groups
    )
    return ExpandedFormula(formula, formula.terms(columns), group_terms)


def refuse_offsets(expanded: ExpandedFormula, frame: FormulaReader) -> None:
    """Refuse offsets inside of group terms; raises `FormulaError`."""
    for extra in expanded.group_terms:
        if extra.offsets:
            raise frame.error(extra.offsets[0], "An offset cannot vary by group.")


def _refuse_many_levels(expr: Expr, frame: ModelFrame) -> None:
    """Refuse a column of levels whose columns memory cannot hold, before its levels are read.

    The first rows have as many levels or fewer: that is known at once.
    """
    name = _column_of_levels(expr)
    if name is None or name not in frame.data or len(frame) < _SEVERAL:
        return
    column = frame.data[name]
    if column.dtype.kind in ("biufcMm" if isinstance(expr, Name) else "fcMm"):
        return
    try:
        levels = column.iloc[:_SOME_ROWS].nunique()
    except TypeError:  # values that are no levels are refused when they are read
        return
    require_memory(
        float(len(frame)) * levels,
        f"The columns of {deparse(expr)}, a factor of {levels:,} levels or more, in "
        f"{len(frame):,} rows",
        where=f"variable {deparse(expr)}",
        hint=f"A factor of many levels belongs into a group: (1 | {deparse(expr)}).",
    )


def _column_of_levels(expr: Expr) -> str | None:
    """Return the column whose levels a factor has, all of them, as `C(g, contr.sum)` those of g."""
    if isinstance(expr, Call) and expr.function in _KEEPS_LEVELS and expr.args:
        alone = len(expr.args) == 1 or expr.function == "C"
        relabeled = any(argument.name == "levels" for argument in expr.args)
        expr = expr.args[0].value if alone and not relabeled else expr
    return expr.name if isinstance(expr, Name) else None


def own_response_note(formula: Formula, response: Expr | None, frame: ModelFrame) -> list[str]:
    """Refuse a right-hand side that reads the one column that the response is made of.

    A term that is the response itself is dropped as in R, which the note that is returned says. A
    function of the user's own may well read it: a lag does.
    """
    own = () if response is None else column_names(response)
    if response is None or len(own) != 1:
        return []
    terms = _added(formula.fixed)
    pending: list[Tree] = [term for term in terms if term != formula.response]
    pending += [part for group in formula.groups for part in (group.effects, *group.factors)]
    while pending:
        node = pending.pop()
        if isinstance(node, Name) and node.name == own[0]:
            message = f"The response {own[0]} is on the right-hand side too."
            raise frame.error(node, message, "Leave it out there.")
        if not (isinstance(node, Call) and node.function in frame.functions):
            pending += node.children()
    return [f"{deparse(response)} was dropped: it is the response."] if response in terms else []


def _added(expr: Expr) -> list[Expr]:
    """Return the terms of a sum without those that are subtracted: `. - y` does not read y."""
    first, rest = chain(expr, {"+", "-"})
    return [first, *(node.right for node in rest if node.op == "+")]


def learn_predictor(
    expanded: ExpandedFormula,
    frame: ModelFrame,
    contrasts: Mapping[str, Contrast],
    atoms: dict[Expr, Atom],
    *,
    residuals: bool = False,
) -> Predictor:
    """Learn levels, codings and columns from the rows that stay; `atoms` is shared and filled.

    With `residuals` as many independent columns as rows are refused, which their first ones show.
    """
    for variable in expanded.effects:
        if variable not in atoms:
            atoms[variable] = learn_atom(variable, frame.variable(variable), contrasts)
    groups = list(zip(expanded.formula.groups, expanded.group_terms, strict=True))
    for group, terms in groups:
        require_size(group, len(terms.terms) + terms.intercept, len(frame))
    blocks = [build_block(group, plan_terms(terms, atoms), frame) for group, terms in groups]
    if residuals:
        require_residuals(expanded.terms, atoms, frame, expanded.formula.text)
    plan = plan_terms(expanded.terms, atoms)
    fixed = build_fixed(plan, frame)
    refuse_two_intercepts([plan, *(block.plan for block in blocks)], frame)
    return Predictor(
        expanded.formula,
        expanded.terms,
        fixed,
        tuple(merge_shared(blocks)),
        _offset(expanded.terms, frame),
    )


def refuse_two_intercepts(plans: Sequence[Plan], frame: ModelFrame) -> None:
    """Refuse a column of the intercept's name, by which fixed and group-level effects are joined.

    A column of ones is the intercept, as in brms's `0 + Intercept`.
    """
    if not any(plan.intercept for plan in plans):
        return
    for term in (term for plan in plans for term in plan.terms if term.name == INTERCEPT):
        atom = term.variables[0].atom
        if isinstance(atom, NumericAtom) and not (frame.column(atom.expr) == 1).all():
            raise DataError(
                "The model has an intercept and a column that is called Intercept, too.",
                where=f"column {INTERCEPT}",
                hint="Rename the column.",
            )


def refuse_shared_columns(mean: Predictor, specific: Predictor) -> None:
    """Refuse effects at each threshold that add up to an effect at all thresholds, and no effects.

    Raises `DataError`.
    """
    where = f"formula {mean.formula.text}"
    if not specific.fixed.names:
        raise DataError("cs() has no predictor.", where=where, hint="Write cs(x), or leave it out.")
    names = [INTERCEPT, *mean.fixed.names, *(f"cs({name})" for name in specific.fixed.names)]
    columns = [np.ones((len(mean.fixed.index), 1)), mean.fixed.near(), specific.fixed.near()]
    _, reasons = independent_columns(np.hstack(columns), names)
    for name, reason in reasons.items():
        raise DataError(
            f"{name} is not separate from the effects outside of cs(): {reason}.",
            where=where,
            hint="cs(x) holds the effect of x at every threshold: leave x out of the others.",
        )


def _offset(terms: TermList, frame: ModelFrame) -> FloatArray | None:
    columns = [frame.column(expr) for expr in terms.offsets]
    return reduce(np.add, columns) if columns else None


def column_notes(predictor: Predictor) -> list[str]:
    """Say which columns were left out, and where a block differs from lme4's."""
    notes = []
    if predictor.fixed.dropped:
        names = predictor.fixed.dropped
        said = and_more([f"{name} ({reason})" for name, reason in names], 6, "; ")
        one = len(names) == 1
        notes.append(
            f"{len(names)} fixed-effect column{' was' if one else 's were'} dropped because the "
            f"data cannot separate {'it' if one else 'them'} from the others: {said}."
        )
    shift = predictor.fixed.shift
    if shift is not None:
        first = int(predictor.fixed.intercept)
        pairs = zip(predictor.fixed.names[first:], shift.change[first:], strict=True)
        held = [name for name, row in pairs if np.count_nonzero(row) > 1]
        if held:
            notes.append(f"The priors of {and_more(held, 4)} are those where {shift.said}.")
    for block in predictor.blocks:
        notes += _shift_notes(block)
        grouped = any(isinstance(e.atom, FactorAtom) for t in block.plan.terms for e in t.variables)
        if block.covariance == "diagonal" and grouped and "||" in block.text:
            notes.append(
                f"{block.text}: the effects {', '.join(block.effects)} vary independently, "
                "as in brms; lme4 keeps the levels of a factor correlated inside ||."
            )
    return notes


def _shift_notes(block: GroupBlock) -> list[str]:
    """Say which effects by group count from means, and what that makes of the others."""
    if block.shift is None:
        return []
    return [
        f"{block.text}: {block.shift.said}. The other effects of {block.factor}, their standard "
        "deviations and their correlations are those at that mean."
    ]


def replay_predictor(predictor: Predictor, frame: ModelFrame) -> Predictor:
    """Make a learned predictor's columns, blocks and offset from new rows."""
    atoms: dict[Expr, Atom] = {}
    for plan in (predictor.fixed.plan, *(block.plan for block in predictor.blocks)):
        atoms |= plan.atoms
    factors = [part for block in predictor.blocks for part in block.parts]
    read = [*predictor.variables, *predictor.terms.offsets, *atoms, *factors]
    for expr in frame.values(read):
        frame.require_values(expr)
    for atom in atoms.values():
        if isinstance(atom, FactorAtom) and not (frame.asked and atom.combines):
            atom_codes(atom, frame)
    return replace(
        predictor,
        fixed=replay_fixed(predictor.fixed, frame),
        blocks=tuple(replay_block(block, frame) for block in predictor.blocks),
        offset=_offset(predictor.terms, frame),
    )
