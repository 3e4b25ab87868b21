"""Averages over the rows of a grid written out, or the data's own: for what is not linear.

A plan of rows knows how many there are and makes any stretch of them: nothing is held whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from mixwell.interpret.expected.expected_response import in_any_draw, own_parameters
from mixwell.interpret.expected.over_groups import (
    over_groups,
    scatter_of,
    slope_over_groups,
)
from mixwell.interpret.expected.predictor_draws import (
    By,
    MeanPredictor,
    PlacedRows,
    block_rows,
    differentiate,
    placed,
    read_rows,
)
from mixwell.interpret.expected.taken_back import ExpectedAt, response_at
from mixwell.interpret.groups.group_draws import GroupDraws
from mixwell.interpret.means.row_plans import RowPlan
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.progress import Progress


@dataclass(frozen=True, eq=False)
class Averaged:
    """Averages by cell: `(cell, sample)`, residues `(cell, k)`, and which cells have rows."""

    values: FloatArray
    residue: FloatArray
    filled: BoolArray


@dataclass(frozen=True)
class AveragedQuantity:
    """What is averaged: the linear predictor or the mean, itself or its derivative by `variable`.

    `offset` stands in all rows where it is given, instead of the rows' own.
    """

    groups: GroupDraws
    variable: By | None = None
    response: bool = False
    offset: float | None = None


@dataclass(frozen=True)
class RowQuantity:
    """What is averaged, as what rows have; equal ones give equal rows the same."""

    source: MeanPredictor
    ask: AveragedQuantity
    what: str

    @property
    def size(self) -> int:
        """How many rows make a block."""
        return block_rows(self.source)

    @property
    def coefficients(self) -> tuple[str, ...]:
        """The coefficients that rows are sums of, none where they are no linear predictors."""
        linear = not self.ask.response and self.ask.variable is None
        return tuple(self.source.predictor.fixed.names) if linear else ()

    @property
    def beyond(self) -> tuple[str, ...]:
        """What linear predictors have in addition to their coefficients."""
        own = ("the deviations of groups",) if self.ask.groups.treated else ()
        return own if self.source.predictor.offset is None else (*own, "the offset")

    def __call__(self, frame: pd.DataFrame) -> FloatArray:
        """Return the draws of rows, `(row, sample)`."""
        return row_values(self.source, frame, self.ask)[0]

    def columns(self, frame: pd.DataFrame) -> FloatArray:
        """Return the rows' columns of fixed effects, `(row, coefficient)`."""
        read = read_rows(self.source, frame, self.ask.groups.read)
        return read.predictors[self.source.parameter].fixed.values


def average_rows(
    source: MeanPredictor,
    plan: RowPlan,
    n_cells: int,
    ask: AveragedQuantity,
    progressbar: bool | None = None,
) -> Averaged:
    """Average over the rows of each cell in every draw, a block of rows at a time."""
    # angles are averaged as directions
    period = source.period if ask.response and ask.variable is None else None
    turn = None if period is None else period / (2 * np.pi)
    columns = source.columns if ask.response else source.posterior.samples
    total = np.zeros((n_cells, columns), float if turn is None else complex)
    residue = np.zeros((n_cells, 0))
    mass = np.zeros(n_cells)
    with Progress("Averaging", plan.n, progressbar) as progress:
        for part in plan.stretches(block_rows(source)):
            values, found = row_values(source, part.frame, ask)
            weight = np.where(found.known, part.weight, 0.0)
            present = np.unique(part.cell)
            place = np.searchsorted(present, part.cell)
            shape = (len(present), len(place))
            sums = sparse.csr_array((weight, (place, np.arange(len(place)))), shape=shape)
            total[present] += sums @ (values if turn is None else np.exp(1j * values / turn))
            mass[present] += np.bincount(place, weights=weight, minlength=len(present))
            # a mean of responses needs each of its rows: residues must not cancel
            own = np.abs(found.rows.residue) if ask.response else found.rows.residue
            if residue.shape[1] < own.shape[1]:  # the first rows say how many there are
                residue = np.zeros((n_cells, own.shape[1]))
            residue[present] += sums @ own
            progress.add(len(part.weight))
    filled = mass > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        average = total / mass[:, None] if turn is None else turn * np.angle(total)
        return Averaged(average, residue / mass[:, None], filled)


def row_values(
    source: MeanPredictor, frame: pd.DataFrame, ask: AveragedQuantity
) -> tuple[FloatArray, PlacedRows]:
    """Return what is averaged for each row, `(row, sample)`, with the rows' columns."""
    posterior, groups = source.posterior, ask.groups
    further = own_parameters(source) if ask.response else ()
    design = read_rows(source, frame, groups.read, *further)
    rows = placed(source, design, groups)
    if ask.offset is not None and source.predictor is source.design.mean:
        offset = np.full(len(rows.rows), ask.offset)
        rows = replace(rows, rows=replace(rows.rows, offset=offset))
    if not ask.response:
        if ask.variable is None:
            return rows.linear(posterior), rows
        changes = differentiate(source, frame, ask.variable, groups)
        return changes.linear(posterior), changes
    others = {name: placed(source.of(name), design, groups) for name in further}
    joined = _joined(rows, others.values())
    every = {source.parameter: rows, **others}
    if ask.variable is None:
        return _responses(source, every, groups), joined
    changed = {name: differentiate(source.of(name), frame, ask.variable, groups) for name in every}
    return _slopes(source, every, changed, groups.scattered), joined


def _responses(
    source: MeanPredictor, rows: Mapping[str, PlacedRows], groups: GroupDraws
) -> FloatArray:
    """Return the expected responses: those alone integrated whose groups scatter."""
    posterior, response = source.posterior, ExpectedAt(source)
    etas = {name: found.linear(posterior) for name, found in rows.items()}
    effects = {name: found.scattered for name, found in rows.items()}
    moved = np.full(len(etas[source.parameter]), bool(groups.integrated))
    for z in (z for own in effects.values() for z in own.values()):
        moved |= (np.nan_to_num(z) != 0).any(axis=1)
    if not moved.any():
        return response(etas)

    def part(some: BoolArray, *, still: bool) -> FloatArray:
        here = {name: eta[some] for name, eta in etas.items()}
        if still:
            return response(here)
        columns = {n: {f: z[some] for f, z in own.items()} for n, own in effects.items()}
        scatter = scatter_of(posterior, groups.scattered, columns)
        return over_groups(
            scatter, here, response, source.period, any_rows=True, any_draws=in_any_draw(source)
        )

    if moved.all():
        return part(moved, still=False)
    values = np.empty((len(moved), source.columns))
    values[moved], values[~moved] = part(moved, still=False), part(~moved, still=True)
    return values


def _slopes(
    source: MeanPredictor,
    rows: Mapping[str, PlacedRows],
    changed: Mapping[str, PlacedRows],
    integrated: Sequence[str],
) -> FloatArray:
    """Return derivatives of expected responses along those of the columns."""
    posterior, link_of = source.posterior, source.spec.family.link_of
    etas = {name: found.linear(posterior) for name, found in rows.items()}
    moves = {name: found.linear(posterior) for name, found in changed.items()}
    if integrated:
        effects, slopes = (
            {name: found.scattered for name, found in each.items()} for each in (rows, changed)
        )
        there, response = ((etas, effects), (moves, slopes)), ExpectedAt(source)
        return slope_over_groups(
            posterior, integrated, *there, response, source.period, any_draws=in_any_draw(source)
        )
    further = {n: link_of(n).slope(etas[n]) * moves[n] for n in etas if n != source.parameter}
    return response_at(source, etas).slope(etas[source.parameter], moves[source.parameter], further)


def _joined(rows: PlacedRows, others: Iterable[PlacedRows]) -> PlacedRows:
    """Return rows with what the data leave open of other predictors, too."""
    for found in others:
        residue = np.hstack([rows.rows.residue, found.rows.residue])
        rows = replace(
            rows, rows=replace(rows.rows, residue=residue), known=rows.known & found.known
        )
    return rows
