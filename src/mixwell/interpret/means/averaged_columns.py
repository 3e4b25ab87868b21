"""Columns of a linear predictor averaged over a grid, term by term.

A term is expanded over its own variables only, so that a factorial of ten factors costs no more
than its largest term: the average of a product over independent variables needs no others.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.column_plan import Plan, wide_columns
from mixwell.formula import Expr, column_names
from mixwell.interpret.expected.predictor_draws import By, MeanPredictor, derivative_frames
from mixwell.interpret.grids.averaging_weights import Bundle, marginal
from mixwell.interpret.grids.axes import Axis
from mixwell.interpret.grids.reference_grid import Grid
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.linear_predictor import PredictorRows

ColumnMaker = Callable[[ModelFrame], FloatArray]


def axis_column(axis: Axis, codes: IntArray) -> Any:
    """Return a frame's column: an axis' values at the given positions."""
    if isinstance(axis.values[0], str):
        return pd.Categorical.from_codes(codes, categories=pd.Index(axis.values))
    return pd.Index(list(axis.values))[codes]


@dataclass(frozen=True, eq=False)
class AveragedGrid:
    """A grid with the weights of what it averages over; with `variable`, derivatives by it."""

    source: MeanPredictor
    grid: Grid
    bundles: Sequence[Bundle]
    variable: By | None = None

    def rows(self, factors: Collection[str] = ()) -> PredictorRows:
        """Return the columns of every cell, averaged.

        Fixed effects and offset are averaged, and the columns of random effects of some `factors`;
        levels of grouping factors have no part in it (each index is 0).
        """
        predictor, n = self.source.predictor, len(self.grid.cells)
        held = self.grid.offset if predictor is self.source.design.mean else None
        fixed, unseen = self._plan_columns(predictor.fixed.plan)
        residue = [fixed @ self.source.null_space, unseen]
        offset = np.full(n, 0.0 if held is None or self.variable else held)
        for expr in predictor.terms.offsets if held is None or self.variable else ():
            offset += self._averaged([expr], partial(_offset_column, expr))[:, 0]
        effects: dict[str, list[FloatArray]] = {}
        for block in (each for each in predictor.blocks if each.factor in factors):
            own, unseen = self._plan_columns(block.plan)
            effects.setdefault(block.factor, []).append(block.counted(own))
            residue.append(unseen)
        return PredictorRows(
            fixed[:, list(predictor.fixed.kept)],
            offset,
            {name: np.hstack(parts) for name, parts in effects.items()},
            {name: np.zeros(n, dtype=np.int64) for name in effects},
            np.hstack(residue),
        )

    def _plan_columns(self, plan: Plan) -> tuple[FloatArray, FloatArray]:
        """Return a plan's columns, and those that cells without data would need."""
        own, unseen = [np.empty((len(self.grid.cells), 0))], [np.empty((len(self.grid.cells), 0))]
        for term in plan.all_terms:
            exprs = [entry.atom.expr for entry in term.variables]
            columns = self._averaged(exprs, partial(wide_columns, term))
            own.append(columns[:, : len(term.names())])
            unseen.append(columns[:, len(term.names()) :])
        return np.hstack(own), np.hstack(unseen)

    def _averaged(self, exprs: Sequence[Expr], make: ColumnMaker) -> FloatArray:
        """Return one term's columns in every cell, expanded over the term's own variables."""
        grid = self.grid
        names = {name for expr in exprs for name in column_names(expr)}
        positions = [j for j, axis in enumerate(grid.held) if axis.name in names]
        unique, inverse = np.unique(grid.cells[:, positions], axis=0, return_inverse=True)
        over = marginal(self.bundles, sorted(names))
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
        values = self._made(pd.DataFrame(columns, index=pd.RangeIndex(h * m)), make)
        cube = values.reshape(h, m, values.shape[1])
        inverse = inverse.ravel()
        if over.weights.ndim == 1:
            return np.asarray(np.einsum("m,hmk->hk", over.weights, cube)[inverse])
        return np.asarray(np.einsum("cm,cmk->ck", over.weights, cube[inverse]))

    def _made(self, frame: pd.DataFrame, make: ColumnMaker) -> FloatArray:
        learned = self.source.design.frame
        on = partial(learned.on, asked=True)
        if self.variable is None:
            return make(on(frame))
        if self.variable.variable not in frame.columns:
            return np.zeros_like(make(on(frame)))
        parts = derivative_frames(self.source, frame, self.variable)
        return np.asarray(sum(w[:, None] * make(on(shifted)) for w, shifted in parts))


def _offset_column(expr: Expr, frame: ModelFrame) -> FloatArray:
    return frame.column(expr)[:, None]
