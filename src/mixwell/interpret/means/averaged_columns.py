"""Columns of a linear predictor averaged over a grid, term by term.

A term is expanded over its own variables only, so that a factorial of ten factors costs no more
than its largest term: the average of a product over independent variables needs no others.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.column_plan import Plan, term_columns
from mixwell.formula import Expr, column_names
from mixwell.interpret.means.averaging_weights import Bundle, marginal
from mixwell.interpret.means.axes import Axis
from mixwell.interpret.means.predictor_draws import By, MeanPredictor, derivative_frames
from mixwell.interpret.means.reference_grid import Grid
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.linear_predictor import PredictorRows

ColumnMaker = Callable[[ModelFrame], FloatArray]


def axis_column(axis: Axis, codes: IntArray) -> Any:
    """Return a frame's column: an axis' values at the given positions."""
    if isinstance(axis.values[0], str):
        return pd.Categorical.from_codes(codes, categories=pd.Index(axis.values))
    return np.array(axis.values)[codes]


def average_over_grid(
    source: MeanPredictor,
    grid: Grid,
    bundles: Sequence[Bundle],
    variable: By | None = None,
    *,
    groups: bool = False,
) -> PredictorRows:
    """Return the columns of every cell, averaged; with `variable`, their derivatives by it.

    Fixed effects and offset are averaged, and the columns of random effects where `groups` asks for
    them; levels of grouping factors have no part in it (each index is 0).
    """
    predictor = source.design.mean
    fixed = _plan_columns(source, grid, bundles, predictor.fixed.plan, variable)
    offset = np.zeros(len(grid.cells))
    if grid.offset is not None and variable is None:
        offset += grid.offset
    for expr in predictor.terms.offsets if grid.offset is None or variable else ():
        column = partial(_offset_column, expr)
        offset += _averaged(source, grid, bundles, [expr], column, variable)[:, 0]
    effects = _effect_columns(source, grid, bundles, variable) if groups else {}
    return PredictorRows(
        fixed[:, list(predictor.fixed.kept)],
        offset,
        effects,
        {name: np.zeros(len(grid.cells), dtype=np.int64) for name in effects},
        fixed @ source.null_space,
    )


def _effect_columns(
    source: MeanPredictor, grid: Grid, bundles: Sequence[Bundle], variable: By | None
) -> dict[str, FloatArray]:
    made: dict[str, list[FloatArray]] = {}
    for block in source.design.mean.blocks:
        columns = _plan_columns(source, grid, bundles, block.plan, variable)
        made.setdefault(block.factor, []).append(columns)
    return {name: np.hstack(parts) for name, parts in made.items()}


def _plan_columns(
    source: MeanPredictor, grid: Grid, bundles: Sequence[Bundle], plan: Plan, variable: By | None
) -> FloatArray:
    blocks = [
        _averaged(
            source,
            grid,
            bundles,
            [entry.atom.expr for entry in term.variables],
            partial(term_columns, term),
            variable,
        )
        for term in plan.all_terms
    ]
    return np.hstack(blocks) if blocks else np.empty((len(grid.cells), 0))


def _offset_column(expr: Expr, frame: ModelFrame) -> FloatArray:
    return frame.column(expr)[:, None]


def _averaged(
    source: MeanPredictor,
    grid: Grid,
    bundles: Sequence[Bundle],
    exprs: Sequence[Expr],
    make: ColumnMaker,
    variable: By | None,
) -> FloatArray:
    """Return one term's columns in every cell, expanded over the term's own variables."""
    names = {name for expr in exprs for name in column_names(expr)}
    positions = [j for j, axis in enumerate(grid.held) if axis.name in names]
    unique, inverse = np.unique(grid.cells[:, positions], axis=0, return_inverse=True)
    over = marginal(bundles, sorted(names))
    h, m = len(unique), len(over.codes)
    columns = {
        grid.held[j].name: axis_column(grid.held[j], np.repeat(unique[:, i], m))
        for i, j in enumerate(positions)
    }
    for i, axis in enumerate(over.axes):
        columns[axis.name] = axis_column(axis, np.tile(over.codes[:, i], h))
    for axis in grid.fixed:
        if axis.name in names:
            columns[axis.name] = axis_column(axis, np.zeros(h * m, dtype=np.int64))
    frame = pd.DataFrame(columns, index=pd.RangeIndex(h * m))
    values = _made(source, frame, make, variable)
    cube = values.reshape(h, m, values.shape[1])
    inverse = inverse.ravel()
    if over.weights.ndim == 1:
        return np.asarray(np.einsum("m,hmk->hk", over.weights, cube)[inverse])
    return np.asarray(np.einsum("cm,cmk->ck", over.weights, cube[inverse]))


def _made(
    source: MeanPredictor, frame: pd.DataFrame, make: ColumnMaker, variable: By | None
) -> FloatArray:
    learned = source.design.frame
    if variable is None:
        return make(learned.on(frame))
    if variable.variable not in frame.columns:
        return np.zeros_like(make(learned.on(frame)))
    parts = derivative_frames(source, frame, variable)
    return np.asarray(sum(w[:, None] * make(learned.on(shifted)) for w, shifted in parts))
