"""A formula and sums to the design of the rows that were summed, of which none is at hand."""

from collections.abc import Mapping, Sequence

import numpy as np

from mixwell.design.atoms.atom import Atom, learn_atom, resolve_contrasts
from mixwell.design.atoms.evaluation import training_frame
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.blocks.group_block import refuse_shared_ids
from mixwell.design.columns.column_plan import plan_terms
from mixwell.design.design import Design
from mixwell.design.elsewhere.summed_effects import PlannedPredictor
from mixwell.design.from_sums.sketch import sketched_rows
from mixwell.design.from_sums.sums_seen import SumsSeen
from mixwell.design.predictor import (
    ExpandedFormula,
    column_notes,
    expand_formula,
    own_response_note,
)
from mixwell.design.pushed.learned_numbers import put_learned
from mixwell.design.pushed.pushed_columns import GroupKeys
from mixwell.design.seen.rows_elsewhere import rows_elsewhere
from mixwell.design.sums.planned_sums import PlannedBlock, PlannedSums, plan_sums
from mixwell.design.sums.summed_source import SummedSource
from mixwell.design.sums.sums import Sums
from mixwell.errors import DataError
from mixwell.formula import Expr, Formula, Name, deparse, parse_formula
from mixwell.text.phrases import and_so_on

__all__ = ["learn_from_sums"]


def learn_from_sums(
    formula: Formula, sums: Sums, *, contrasts: Mapping[str, object] | None = None
) -> Design:
    """Build the design of the formula that sums were made with; its rows lie where they were.

    Raises `DataError` for sums that were made with another formula or other codings, for weighted
    ones, and for variables that cannot be made again without rows.
    """
    source = _source(formula, sums)
    levels = {
        grouping.factor: _levels(sums, k) for k, grouping in enumerate(sums.columns.groupings)
    }
    parts = {
        part.name: levels[group.name].part_levels[place]
        for group in formula.groups
        if group.name in levels
        for place, part in enumerate(group.factors)
        if isinstance(part, Name) and place < len(levels[group.name].part_levels)
    }
    everything = training_frame(sketched_rows(source, parts), None, formula.text)
    own_note = own_response_note(formula, formula.response, everything)
    assert formula.response is not None
    everything.evaluate(formula.response)
    expanded = expand_formula(formula, everything)
    frame = everything.kept(np.ones(len(everything), dtype=bool))
    _put_learned(frame, sums)
    chosen = resolve_contrasts(contrasts, [deparse(expr) for expr in expanded.variables])
    atoms = {expr: learn_atom(expr, frame.variable(expr), chosen) for expr in expanded.effects}
    where = f"sums of {sums.n:,} rows"
    made = _planned(expanded, atoms, levels, sums, where)
    rows = frame.on(rows_elsewhere("the data", where))
    mean = made.predictor(sums, rows)
    refuse_shared_ids(mean.blocks)
    seen = SumsSeen(
        rows=rows,
        sums=sums,
        atoms=atoms,
        places=made.planned.numbers,
        factors=made.planned.factors,
        source=source,
        offset=made.offset,
    )
    notes = (*own_note, *column_notes(mean))
    return Design(seen.response(), mean, {}, rows, atoms, notes, None, (formula.text,), seen)


def _source(formula: Formula, sums: Sums) -> SummedSource:
    if sums.source is None:
        raise DataError(
            "The sums do not say what data they are of.",
            where="data",
            hint="Make them with model.reduction().",
        )
    if sums.weighted:
        raise DataError(
            "The sums are of weighted rows, and default priors ask for the weights themselves.",
            where="data",
            hint="Sum rows without weights and known errors, or fit where the table lies.",
        )
    known = parse_formula(sums.source.formula)
    if (formula.response, formula.additions) != (known.response, known.additions):
        raise DataError(
            "The sums are of another response.",
            where=f"formula {formula.text}",
            hint=f'They were made with "{sums.source.formula}".',
        )
    return sums.source


def _levels(sums: Sums, place: int) -> GroupKeys:
    """Return the levels of a grouping factor; those of several parts are taken apart."""
    block, grouping = sums.blocks[place], sums.columns.groupings[place]
    many = grouping.parts > 1
    own = [tuple(level.split(":")) if many else (level,) for level in block.levels]
    odd = [":".join(parts) for parts in own if len(parts) != grouping.parts]
    if odd:
        raise DataError(
            f"Levels of {grouping.factor} cannot be taken apart into {grouping.parts} parts.",
            where=f"level {odd[0]}",
            hint="Rename levels that hold a colon, and merge no small levels of such a factor.",
        )
    columns = [tuple(dict.fromkeys(column)) for column in zip(*own, strict=True)]
    codes = [
        np.array([{level: k for k, level in enumerate(known)}[part] for part in column])
        for known, column in zip(columns, zip(*own, strict=True), strict=True)
    ]
    cells = np.ravel_multi_index(codes, [len(known) for known in columns]).astype(np.int64)
    counts = block.counts.astype(np.int64)
    return GroupKeys((), (), block.levels, tuple(columns), cells, counts)


def _put_learned(frame: ModelFrame, sums: Sums) -> None:
    lost = put_learned(frame.memory, sums.columns.learned)
    if lost:
        raise DataError(
            f"{and_so_on(lost)} cannot be made again from sums.",
            where="formula",
            hint="Write numbers that hold everywhere into the formula: I((x - 50) / 10) in place "
            "of scale(x), ns(x, knots = c(20, 40)) in place of ns(x, df = 3).",
        )


def _planned(
    expanded: ExpandedFormula,
    atoms: Mapping[Expr, Atom],
    levels: Mapping[str, GroupKeys],
    sums: Sums,
    where: str,
) -> PlannedPredictor:
    """Plan the formula's columns; `DataError` where they are not those that were summed."""
    plan = plan_terms(expanded.terms, atoms)
    plans = [plan_terms(terms, atoms) for terms in expanded.group_terms]
    groups = {group.name: group for group in expanded.formula.groups}
    pairs = list(zip(expanded.formula.groups, plans, strict=True))
    blocks = [
        PlannedBlock(name, tuple(p for own, p in pairs if own.name == name), len(group.factors))
        for name, group in groups.items()
    ]
    columns = sums.columns
    offset = bool(expanded.terms.offsets)
    further = columns.numbers[-2:-1] if offset else ()
    planned = plan_sums(plan, blocks, columns.numbers[-1], columns.learned, further)
    _require_summed(planned, sums)
    return PlannedPredictor(expanded, atoms, plan, plans, levels, planned, offset, where)


def _require_summed(planned: PlannedSums, sums: Sums) -> None:
    mine, theirs = planned.columns, sums.columns
    made = f'The sums were made with "{sums.source.formula if sums.source else ""}".'
    odd = sorted({*_named(mine.names, mine.groupings)} ^ {*_named(theirs.names, theirs.groupings)})
    if odd or mine.products != theirs.products or mine.numbers != theirs.numbers:
        raise DataError(
            "The sums are not of this formula's columns.",
            where=f"in one of them only: {and_so_on(odd)}" if odd else "their columns",
            hint=made,
        )
    for one, two in zip(mine.factors, theirs.factors, strict=True):
        if one.levels != two.levels or not np.allclose(one.matrix, two.matrix, atol=1e-12):
            raise DataError(
                f"{one.name} has other levels or another coding here than in the sums.",
                where=f"levels {and_so_on(two.levels)}",
                hint="Give the contrasts= with which the sums were made.",
            )


def _named(names: Sequence[str], groupings: Sequence[object]) -> list[str]:
    effects = [(g.factor, names[k]) for g in groupings for k in g.effects]  # type: ignore[attr-defined]
    return [*names, *(f"({effect} | {factor})" for factor, effect in effects)]
