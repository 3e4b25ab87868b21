"""Predictions for rows: the mean, the linear predictor, new responses; for known and new groups."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design import Design, Predictor
from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.errors import DataError, require_choice, require_seed
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.estimates.joined_estimates import without_sides
from mixwell.interpret.estimates.practical_equivalence import Rope, rope_ends
from mixwell.interpret.estimates.row_draws import RowDraws
from mixwell.interpret.expected.expected_response import predictors_read
from mixwell.interpret.expected.named_parts import predicted_title
from mixwell.interpret.expected.predictor_draws import MeanPredictor, filled, rows_of
from mixwell.interpret.expected.scores import said_of_scores, with_scores
from mixwell.interpret.grids.axes import effect_columns, fixed_columns, group_columns
from mixwell.interpret.groups.group_draws import group_draws
from mixwell.interpret.groups.levels_beyond_data import refuse_unknown_levels, said_of_new_levels
from mixwell.interpret.groups.treatments import Groups, Treatments
from mixwell.interpret.means.averaging_task import (
    OF_ROWS,
    Options,
    require_expected,
    source_of,
    treatments_of,
)
from mixwell.interpret.means.categories import each_category_of, each_location_of
from mixwell.interpret.means.predicted_rows import PredictedOrigin, PredictedRows, PredictionKind
from mixwell.interpret.means.statistics_of import (
    Statistic,
    basis_of,
    has_sides,
    null_of,
    statistic_of,
)
from mixwell.interpret.origins.origins import turned
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_predictors import RowPredictors
from mixwell.progress import require_progressbar
from mixwell.specify.spec import Spec
from mixwell.tables.frame import read_frame

WORDS = {
    "mean": "Predicted means",
    "linear": "Linear predictor",
    "response": "New values",
    "score": "Predicted scores",
}


def predictions(
    posterior: Posterior,
    data: object = None,
    kind: PredictionKind = "mean",
    *,
    parameter: str = "mean",
    scores: object = None,
    groups: Groups = "population",
    center: str = "median",
    rope: Rope | None = None,
    seed: int | None = None,
    ci_prob: float | None = None,
    progressbar: bool | None = None,
) -> Estimates:
    """Predict every row of `data`, without it the rows of the model's own data.

    `kind` is the "mean" on the response scale (a probability for binomial), the "linear" predictor,
    or new "response" values, drawn with all of the family's parameters (counts out of the rows'
    trials for binomial); of ordered categories the "score" is the expected one, as for `means` with
    `scores`. With the name of a further `parameter`, such as "sigma" or "zi", it is that on its own
    scale, or its "linear" predictor; the name of a category stands for its probability, that of one
    of several responses for its mean. `groups="population"` leaves deviations of groups out,
    "existing" takes those of the levels in the rows, "new" draws every level anew from the fitted
    covariance, one draw a level shared by its rows, "mixed" draws levels that the fit does not know
    and takes the deviations of the others; a dict says it by grouping factor, those that it does
    not name left out. Where all are new, columns that only groups read may be absent: all rows are
    of one new level. New responses need what stands with the response on the formula's left side,
    and `weights=`: trials, standard errors, limits; so do means of truncated responses, which are
    those between the bounds.

    Of a transformed response (`log(y)`) means are medians of what was measured, with center="mean"
    means over the residuals, with "transformed" those of the response as the formula has it.

    Many rows are worked on in blocks within `mixwell.options.memory`, with a progress bar for long
    work; their draws are not kept but made again where `draws` is asked for. New responses of each
    block have random numbers of their own: the same seed gives the same ones. Raises `DataError` or
    `FormulaError` for unknown levels, missing values, columns that are needed and absent, and a
    parameter that the model has not.
    """
    return predicted(
        posterior,
        data,
        kind,
        parameter=parameter,
        scores=scores,
        groups=groups,
        center=center,
        rope=rope,
        seed=seed,
        ci_prob=ci_prob,
        progressbar=progressbar,
    )


def predicted(
    posterior: Posterior,
    data: object = None,
    kind: PredictionKind = "mean",
    *,
    parameter: str = "mean",
    scores: object = None,
    groups: Groups = "population",
    center: str = "median",
    rope: Rope | None = None,
    seed: int | None = None,
    ci_prob: float | None = None,
    progressbar: bool | None = None,
    rng: np.random.Generator | None = None,
) -> Estimates:
    """Predict rows as `predictions` does; new responses are drawn with a generator of their own."""
    require_choice("kind", kind, WORDS)
    options = Options(scale="link" if kind == "linear" else "response", center=center)
    source = _source(posterior, kind, parameter, scores, options)
    require_seed(seed)
    interval_settings(ci_prob)
    require_progressbar(progressbar)
    if rope is not None:
        rope_ends(rope, 0.0)
    kind = "mean" if kind == "score" else kind
    asked = _Asked.of(source, data, kind, groups)
    rows, rng = asked.rows(seed), np.random.default_rng(seed) if rng is None else rng

    def table(one: MeanPredictor, rng: np.random.Generator = rng) -> Estimates:
        own = replace(rows, source=one)
        shown = {"rope": rope, "ci_prob": ci_prob, "progressbar": progressbar}
        return asked.table(own, own.draws(kind, rng), **shown)

    several = kind != "response" or posterior.spec.response.columns is not None
    if source.named or not several:
        return table(source)
    if kind == "response":
        return _same_in_each(source, table, rng)
    return (each_category_of if kind == "mean" else each_location_of)(source, table)


def _same_in_each(
    source: MeanPredictor,
    table: Callable[[MeanPredictor, np.random.Generator], Estimates],
    rng: np.random.Generator,
) -> Estimates:
    """Return new responses of every category, those of one draw from the same random numbers."""
    own = np.random.default_rng(rng.integers(2**63, size=4))
    state = own.bit_generator.state

    def again(one: MeanPredictor) -> Estimates:
        own.bit_generator.state = state
        return table(one, own)

    return each_category_of(source, again)


@dataclass(frozen=True, eq=False)
class _Asked:
    """Which rows are predicted: what of them, which predictors read them, with which groups.

    `given` are the rows, `design` what the model's formulas make of them.
    """

    source: MeanPredictor
    kind: PredictionKind
    read: Sequence[Predictor]
    treatments: Treatments
    given: pd.DataFrame
    design: Design

    @classmethod
    def of(
        cls, source: MeanPredictor, data: object, kind: PredictionKind, groups: Groups
    ) -> "_Asked":
        """Read the data and the groups; raises `DataError` and `FormulaError`."""
        spec = source.spec
        read = _predictors(source, kind)
        treatments = treatments_of(source, groups, read)
        if kind == "mean":
            require_expected(source, treatments)
        if data is None:
            said = 'fit.predictions(table, out="pred.parquet") goes through a table\'s rows.'
            require_rows(spec.design.elsewhere, "Predictions of the data's own rows go", said)
        given = spec.design.data if data is None else read_frame(data)
        design = spec.design
        if data is not None:
            design = _design_on(source, given, kind, treatments, read)
        refuse_unknown_levels(design, treatments.having("existing"), "the new data")
        if treatments.scattered and kind == "response":
            raise DataError(
                "New responses are of some group; over all groups there are means.",
                where=f'groups="{treatments.by_factor[treatments.scattered[0]]}"',
                hint='groups="new" draws responses of new groups.',
            )
        return cls(source, kind, read, treatments, given, design)

    def rows(self, seed: int | None) -> "PredictedRows":
        """Return the rows with the deviations of their groups, those of new ones drawn."""
        posterior, treatments = self.source.posterior, self.treatments
        drawn = group_draws(posterior, treatments, seed, open=treatments.open)
        predictors = self.design.predictors
        linear = RowPredictors(posterior, predictors, drawn.of_rows(predictors))
        return PredictedRows(self.source, linear, self.design.response, groups=drawn)

    @cached_property
    def said(self) -> "_Said":
        """What a table of them is called."""
        constant = self.source.constant
        residue = None if constant else rows_of(self.source, self.design).residue
        carried = self.design.response  # new cases are not seen from a later start on
        bounded = carried is None or carried.truncated
        return _Said.of(self.source, self.kind, residue, bounded)

    def table(self, rows: PredictedRows, draws: RowDraws, **shown: Any) -> Estimates:
        """Return draws of the rows as a table; `shown` are options of `estimates_of`."""
        source, kind, said = self.source, self.kind, self.said
        columns = _columns(source.spec, self.given, kind, self.treatments, self.read)
        what = "linear predictor" if kind == "linear" else source.named or said.answer.statistic
        made_of = None if kind == "response" else PredictedOrigin(rows, kind, what, columns)
        origin = turned(made_of, said.basis.period)
        notes = (*said_of_scores(source), *self.treatments.said(OF_ROWS))
        scale = "link" if kind == "linear" else "response"
        made = estimates_of(
            draws,
            source.posterior.shape,
            columns,
            scale=scale,
            title=said.title,
            notes=(*notes, *said_of_new_levels(self.design, self.treatments)),
            null=said.null,
            estimand="prediction" if kind != "response" else "response",
            response=said.answer.response,
            statistic=said.answer.statistic,
            basis=said.basis,
            origin=origin,
            **shown,
        )
        return made if has_sides(source, scale) else without_sides(made)


def _source(
    posterior: Posterior, kind: PredictionKind, parameter: str, scores: object, options: Options
) -> MeanPredictor:
    """Return what is predicted of a kind: the mean, that of scores, or a parameter."""
    source = source_of(posterior, parameter, options)
    if source.named and kind in ("response", "score"):
        what = {"response": "New responses are drawn", "score": "Scores are expected"}[kind]
        raise DataError(
            f"{what} with all parameters; {parameter} is one of them.",
            where=f'kind="{kind}"',
            hint=f'Ask for kind="mean", {parameter} itself, or leave parameter= out.',
        )
    if kind == "score":
        return with_scores(source, scores)
    if scores is not None:
        raise DataError("scores= is for the expected score.", hint='With kind="score".')
    return source


@dataclass(frozen=True, eq=False)
class _Said:
    """What a table of predictions is called, from where directions count, and what rows are."""

    title: str
    null: float
    basis: Basis
    answer: Statistic

    @classmethod
    def of(
        cls,
        source: MeanPredictor,
        kind: PredictionKind,
        residue: FloatArray | None,
        bounded: bool,
    ) -> "_Said":
        scale = "link" if kind == "linear" else "response"
        answer = statistic_of(source, scale, rows=bounded)
        on = "response" if kind == "mean" else "link"
        basis = basis_of(source, on, None, residue, rows=bounded)
        basis = replace(basis, period=None if kind == "linear" else source.period)
        null = 0.0 if kind == "response" else null_of(source, scale)
        if source.named and (source.back is None or kind == "linear"):
            return cls(predicted_title(source, linear=kind == "linear"), null, basis, answer)
        where = answer.scale_words
        if kind == "response":
            spec = source.spec
            counted = _COUNTED.get(spec.response.kind) or _COUNTED.get(spec.family.support.kind)
            where = counted or where
        what = f"Predicted {answer.statistic}s" if kind == "mean" else WORDS[kind]
        return cls(f"{what} of {answer.response} ({where})", null, basis, answer)


_NUMBERED = "categories, numbered from 0"
#: What new values are, where they are not on the response's own scale.
_COUNTED = {
    **dict.fromkeys(("trials", "counts"), "counts"),
    **dict.fromkeys(("ordered", "categories"), _NUMBERED),
    "outcomes": "0 or 1",
}


def _design_on(
    source: MeanPredictor,
    frame: pd.DataFrame,
    kind: PredictionKind,
    treatments: Treatments,
    read: Sequence[Predictor],
) -> Design:
    """Replay the design on new rows, which need what the prediction reads."""
    spec = source.spec
    needed = list(spec.design.carried) if _carries(spec, kind) else []
    for predictor in read:
        needed += fixed_columns(predictor) + effect_columns(predictor, treatments.read)
        needed += group_columns(predictor, treatments.known)
    return source.design.replay(filled(source, frame, needed), carried=_carries(spec, kind))


def _carries(spec: Spec, kind: PredictionKind) -> bool:
    """Return whether a kind of prediction needs what stands with the response."""
    return kind == "response" or (kind == "mean" and spec.response.truncated)


def _predictors(source: MeanPredictor, kind: PredictionKind) -> Sequence[Predictor]:
    """Return the linear predictors that a kind of prediction depends on, the mean's first."""
    spec = source.spec
    if source.named:
        return predictors_read(source)
    of_mean = spec.auxiliary if spec.response.truncated else spec.mean_parameters
    known = {"linear": spec.in_predictors, "mean": of_mean, "response": spec.auxiliary}
    return [spec.predictors[name] for name in ("mean", *known[kind]) if name in spec.predictors]


def _columns(
    spec: Spec,
    given: pd.DataFrame,
    kind: PredictionKind,
    treatments: Treatments,
    read: Sequence[Predictor],
) -> pd.DataFrame:
    """Return the columns that say which row is which: those that the prediction reads."""
    names = list[str]()
    for predictor in read:
        names += fixed_columns(predictor) + effect_columns(predictor, treatments.read)
        names += group_columns(predictor, treatments.treated)
    names += spec.design.carried if _carries(spec, kind) else ()
    kept = [name for name in dict.fromkeys(names) if name in given.columns]
    return given[kept]
