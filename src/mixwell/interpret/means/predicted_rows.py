"""Draws of what is predicted of rows, made in blocks: means, linear predictors, new responses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from mixwell.design.response.response import Response
from mixwell.interpret.estimates.row_draws import RowDraws
from mixwell.interpret.expected.expected_response import from_origin, own_parameters
from mixwell.interpret.expected.over_groups import over_groups, scatter_of
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.expected.taken_back import ExpectedAt
from mixwell.interpret.groups.group_draws import GroupDraws
from mixwell.interpret.origins.made_numbers import SummedRows
from mixwell.interpret.turns import around_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.likelihood import random_response
from mixwell.posterior.row_blocks import row_blocks
from mixwell.posterior.row_predictors import RowPredictors
from mixwell.specify.naming import distinct_columns

__all__ = ["PredictedOrigin", "PredictedRows", "PredictionKind"]

PredictionKind = Literal["mean", "linear", "response", "score"]


@dataclass(frozen=True, eq=False)
class PredictedRows:
    """Rows to predict with what is predicted of them; values are `(obs, sample)`.

    `streams` of random numbers are those of the blocks that start at a row.
    """

    source: MeanPredictor
    rows: RowPredictors
    response: Response | None
    streams: Mapping[int, Callable[[], np.random.Generator]] = field(default_factory=dict)
    groups: GroupDraws | None = None

    def linear(self, part: slice) -> FloatArray:
        """Return the linear predictor, counted from where the mean's scale has its zero."""
        name = self.source.parameter
        if self.source.constant:
            return self.source.link(self.mean(part))
        eta = self.rows.linear(name, part)
        if self.source.shift:
            eta = eta + self.rows.linear(self.source.shift, part)
        return from_origin(self.source, eta)

    def mean(self, part: slice) -> FloatArray:
        """Return the expected responses, or the parameter that the rows are about."""
        name = self.source.parameter
        if self.source.constant:
            found = self.source.posterior.flat(name)
            n = len(range(*part.indices(len(self.rows))))
            return np.broadcast_to(found, (n, len(found)))

        carried = None if self.response is None else self.response.rows(part)
        names = (name, *own_parameters(self.source))
        etas = {each: self.rows.linear(each, part) for each in names}

        def others(name: str) -> FloatArray:
            return self.rows.further([name], part)[name]

        response = ExpectedAt(self.source, others, carried)
        period, groups = self.source.period, self.groups
        if groups is None or not groups.scattered:
            return around_mean(response(etas), period)
        effects = {each: self._scattering(groups, each, part) for each in names}
        scatter = scatter_of(self.source.posterior, groups.scattered, effects)
        return around_mean(over_groups(scatter, etas, response, period), period)

    def _scattering(self, groups: GroupDraws, name: str, part: slice) -> dict[str, FloatArray]:
        """Return the columns of a parameter's effects whose deviations are averaged over."""
        columns = self.rows.effects(name, part)
        return groups.scattering(self.rows.predictors[name], columns, part)

    def new_responses(self, part: slice) -> FloatArray:
        """Draw new responses of a block of rows: the same ones again."""
        spec, response = self.source.spec, self.response
        assert response is not None
        (eta, parameters), rng = self.rows.by_draw(part), self.streams[part.start]()
        values = random_response(spec.family, response, eta, parameters, rng, part)
        if response.columns is not None:
            values = values[..., self.source.category]
        if self.source.back is not None:
            values = self.source.back.back(values)
        drawn = np.ascontiguousarray(np.asarray(values, dtype=float).T)
        return around_mean(drawn, self.source.period)

    def draws(self, kind: PredictionKind, rng: np.random.Generator) -> RowDraws:
        """Return what is predicted; each block of many rows has random numbers of its own."""
        n, posterior = len(self.rows), self.source.posterior
        if kind != "response":
            return RowDraws.made(n, posterior.shape, getattr(self, kind))
        blocks = row_blocks(n, posterior.samples)
        if len(blocks) == 1:
            streams: dict[int, Callable[[], np.random.Generator]] = {0: lambda: rng}
        else:
            seeds = np.random.SeedSequence(rng.integers(2**63, size=4).tolist()).spawn(len(blocks))
            streams = {
                block.start: partial(np.random.default_rng, seed)
                for block, seed in zip(blocks, seeds, strict=True)
            }
        return RowDraws.made(n, posterior.shape, replace(self, streams=streams).new_responses)


@dataclass(frozen=True)
class _PredictedValues:
    """What rows of a frame are predicted to have, by their number in its column `place`."""

    rows: PredictedRows
    kind: PredictionKind
    what: str
    place: str
    size: int = 500

    def __call__(self, frame: pd.DataFrame) -> FloatArray:
        """Return the draws of rows, `(row, sample)`."""
        make = getattr(self.rows, self.kind)
        return np.concatenate([make(slice(k, k + 1)) for k in frame[self.place]])

    @property
    def coefficients(self) -> tuple[str, ...]:
        """The coefficients that rows are sums of, none where they are no linear predictors."""
        source = self.rows.source
        plain = source.linear and source.back is None
        linear = (self.kind == "linear" or plain) and not source.shift
        known = linear and source.parameter in source.spec.predictors
        return tuple(source.predictor.fixed.names) if known else ()

    def columns(self, frame: pd.DataFrame) -> FloatArray:
        """Return the rows' columns of fixed effects, `(row, coefficient)`."""
        predictor = self.rows.rows.predictors[self.rows.source.parameter]
        return np.asarray(predictor.fixed.values[frame[self.place].to_numpy()])


@dataclass(frozen=True, eq=False)
class PredictedOrigin:
    """Predictions of the rows of a `frame`: `what` each row has by itself."""

    rows: PredictedRows
    kind: PredictionKind
    what: str
    frame: pd.DataFrame

    def number(self, row: int) -> SummedRows:
        """Return the row that a prediction is of."""
        (place,) = distinct_columns(["row"], list(map(str, self.frame.columns)))
        frame = self.frame.iloc[[row]].assign(**{place: row})
        return SummedRows(
            frame, np.ones(1), _PredictedValues(self.rows, self.kind, self.what, place)
        )
