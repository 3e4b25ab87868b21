"""Averages over the rows of a grid written out, or the data's own: for what is not linear.

A plan of rows knows how many there are and makes any stretch of them: nothing is held whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from mixwell.interpret.expected.expected_response import own_parameters
from mixwell.interpret.expected.predictor_draws import (
    By,
    MeanPredictor,
    PlacedRows,
    block_rows,
    differentiate,
    placed,
    read_rows,
)
from mixwell.interpret.expected.taken_back import measured_response
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


@dataclass(frozen=True, eq=False)
class AveragedQuantity:
    """What is averaged: the linear predictor or the mean, itself or its derivative by `variable`.

    `offset` stands in all rows where it is given, instead of the rows' own.
    """

    groups: GroupDraws
    variable: By | None = None
    response: bool = False
    offset: float | None = None


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
    design = read_rows(source, frame, groups.treated, *further)
    rows = placed(source, design, groups)
    if ask.offset is not None:
        offset = np.full(len(rows.rows), ask.offset)
        rows = replace(rows, rows=replace(rows.rows, offset=offset))
    expected = None
    others = {name: placed(source.of(name), design, groups) for name in further}
    if ask.response:
        link_of = source.spec.family.link_of
        own = {name: found.linear(posterior) for name, found in others.items()}
        expected = measured_response(source, lambda name: link_of(name).inverse(own[name]))
    if ask.variable is None:
        eta = rows.linear(posterior)
        return (eta if expected is None else expected.of(eta)), _joined(rows, others.values())
    changes = differentiate(source, frame, ask.variable, groups)
    slope = changes.linear(posterior)
    if expected is None:
        return slope, changes
    moves = {
        name: link_of(name).slope(own[name])
        * differentiate(source.of(name), frame, ask.variable, groups).linear(posterior)
        for name in further
    }
    return expected.slope(rows.linear(posterior), slope, moves), _joined(rows, others.values())


def _joined(rows: PlacedRows, others: Iterable[PlacedRows]) -> PlacedRows:
    """Return rows with what the data leave open of other predictors, too."""
    for found in others:
        residue = np.hstack([rows.rows.residue, found.rows.residue])
        rows = replace(
            rows, rows=replace(rows.rows, residue=residue), known=rows.known & found.known
        )
    return rows
