"""Averages over the rows of a grid written out, or the data's own: for what is not linear.

A plan of rows knows how many there are and makes any stretch of them: nothing is held whole.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from mixwell.interpret.means.expected_response import expected_response
from mixwell.interpret.means.predictor_draws import (
    By,
    MeanPredictor,
    block_rows,
    differentiate,
    read_rows,
)
from mixwell.interpret.means.row_plans import RowPlan
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.posterior.linear_predictor import LevelDraws, PredictorRows, linear_predictor


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

    deviations: LevelDraws
    variable: By | None = None
    response: bool = False
    offset: float | None = None


def average_rows(
    source: MeanPredictor, plan: RowPlan, n_cells: int, ask: AveragedQuantity
) -> Averaged:
    """Average over the rows of each cell in every draw, a block of rows at a time."""
    total = np.zeros((n_cells, source.posterior.samples))
    residue = np.zeros((n_cells, source.null_space.shape[1]))
    mass = np.zeros(n_cells)
    for part in plan.stretches(block_rows(source)):
        values, rows = row_values(source, part.frame, ask)
        weight = np.where(_known(rows, ask.deviations), part.weight, 0.0)
        present = np.unique(part.cell)
        place = np.searchsorted(present, part.cell)
        shape = (len(present), len(place))
        sums = sparse.csr_array((weight, (place, np.arange(len(place)))), shape=shape)
        total[present] += sums @ values
        mass[present] += np.bincount(place, weights=weight, minlength=len(present))
        # a mean of responses needs each of its rows: residues must not cancel
        own = np.abs(rows.residue) if ask.response else rows.residue
        residue[present] += sums @ own
    filled = mass > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        return Averaged(total / mass[:, None], residue / mass[:, None], filled)


def _known(rows: PredictorRows, deviations: LevelDraws) -> BoolArray:
    """Return which rows have levels that the deviations have."""
    known = np.ones(len(rows), dtype=bool)
    for factor, values in deviations.items():
        known &= rows.index[factor] < values.shape[1]
    return known


def row_values(
    source: MeanPredictor, frame: pd.DataFrame, ask: AveragedQuantity
) -> tuple[FloatArray, PredictorRows]:
    """Return what is averaged for each row, `(row, sample)`, with the rows' columns."""
    rows = read_rows(source, frame, ask.deviations)
    rows = _within_range(rows, ask.deviations)
    if ask.offset is not None:
        rows = replace(rows, offset=np.full(len(rows), ask.offset))
    if ask.variable is None:
        eta = _eta(source, rows, ask.deviations)
        return (expected_response(source).of(eta) if ask.response else eta), rows
    changes = differentiate(source, frame, ask.variable, ask.deviations)
    changes = _within_range(changes, ask.deviations)
    slope = _eta(source, changes, ask.deviations)
    if ask.response:
        slope *= expected_response(source).slope(_eta(source, rows, ask.deviations))
    return slope, rows if ask.response else changes


def _within_range(rows: PredictorRows, deviations: LevelDraws) -> PredictorRows:
    """Point rows of one-level deviations at that level; unknown levels keep their numbers."""
    index = dict(rows.index)
    for factor, values in deviations.items():
        if values.shape[1] == 1:
            index[factor] = np.zeros(len(rows), dtype=np.int64)
    return replace(rows, index=index)


def _eta(source: MeanPredictor, rows: PredictorRows, deviations: LevelDraws) -> FloatArray:
    inside = _known(rows, deviations)
    if not inside.all():
        index = {name: np.where(inside, i, 0) for name, i in rows.index.items()}
        rows = replace(rows, index=index)
    return linear_predictor(source.posterior.coefficients(), rows, deviations)
