"""Predictions for rows: the mean, the linear predictor, new responses; for known and new groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from mixwell.design import Design
from mixwell.errors import DataError, require_choice, require_seed
from mixwell.interpret.estimates.estimates import Estimates, Rope, estimates_of, rope_ends
from mixwell.interpret.grids.axes import effect_columns, fixed_columns, group_columns
from mixwell.interpret.means.average_notes import basis_of, null_of, scale_name
from mixwell.interpret.means.averaging_task import GROUPS
from mixwell.interpret.means.categories import each_category_of
from mixwell.interpret.means.expected_response import ExpectedResponse, from_origin
from mixwell.interpret.means.predictor_draws import MeanPredictor, filled, rows_of
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.likelihood import random_response
from mixwell.posterior.linear_predictor import LevelDraws, linear_predictor, predictor_rows
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec
from mixwell.tables.frame import read_frame
from mixwell.text.phrases import and_more

PredictionKind = Literal["mean", "linear", "response"]
WORDS = {"mean": "Predicted means", "linear": "Linear predictor", "response": "New values"}


def predictions(
    posterior: Posterior,
    data: object = None,
    kind: PredictionKind = "mean",
    *,
    groups: str = "population",
    rope: Rope | None = None,
    seed: int | None = None,
    ci_prob: float | None = None,
) -> Estimates:
    """Predict every row of `data`, without it the rows of the model's own data.

    `kind` is the "mean" on the response scale (a probability for binomial), the "linear" predictor,
    or new "response" values, drawn with all of the family's parameters (counts out of
    the rows' trials for binomial). `groups="population"` leaves deviations of groups out,
    "existing" takes those of the levels in the rows, "new" draws every level anew from the fitted
    covariance, one draw a level shared by its rows. Columns that only groups read may then be
    absent: all rows are of one new level. New responses need what stands with the response on the
    formula's left side, and `weights=`: trials, standard errors, limits. Raises `DataError` or
    `FormulaError` for unknown levels, missing values, and columns that are needed and absent.
    """
    require_choice("kind", kind, WORDS)
    require_choice("groups", groups, GROUPS)
    require_seed(seed)
    interval_settings(ci_prob)
    if rope is not None:
        rope_ends(rope, 0.0)
    spec, source, rng = posterior.spec, MeanPredictor(posterior), np.random.default_rng(seed)
    given = spec.design.data if data is None else read_frame(data)
    design = spec.design
    if data is not None:
        design = _design_on(source, given, kind, groups)
    rows = rows_of(source, design)
    asked = PredictedRows(source, design, _all_deviations(source, design, groups, rng))
    eta = asked.linear() if kind != "response" else asked.responses(rng)
    scale = "link" if kind == "linear" else "response"
    where = _COUNTED.get(spec.response.kind, "") if kind == "response" else ""
    where = where or scale_name(spec, scale)
    notes = () if not spec.design.mean.blocks else (_SAID[groups],)

    def shown(one: MeanPredictor) -> FloatArray:
        if kind == "mean":
            return replace(asked, source=one).means(eta)
        return from_origin(one, eta) if kind == "linear" else eta

    def table(one: MeanPredictor) -> Estimates:
        return estimates_of(
            shown(one),
            posterior.shape,
            _columns(source, given, kind, groups),
            rope=rope,
            ci_prob=ci_prob,
            scale=scale,
            title=f"{WORDS[kind]} of {spec.design.response_name} ({where})",
            notes=notes,
            null=0.0 if kind == "response" else null_of(spec, scale),
            estimand="prediction" if kind != "response" else "response",
            response=spec.design.response_name,
            basis=basis_of(spec, "response" if kind == "mean" else "link", None, rows.residue),
        )

    return each_category_of(source, table) if kind == "mean" else table(source)


#: What new values are, where they are not on the response's own scale.
_COUNTED = {"trials": "counts", "ordered": "categories, numbered from 0"}
_SAID = {
    **GROUPS,
    "existing": "With the deviations of each row's groups.",
    "new": "For new groups: each level in the rows drawn from its factor's fitted covariance.",
}


def _design_on(
    source: MeanPredictor, frame: pd.DataFrame, kind: PredictionKind, groups: str
) -> Design:
    """Replay the design on new rows, which need what the prediction reads."""
    spec = source.spec
    factors = () if groups == "population" else None
    needed: list[str] = []
    for name in ("mean", *_parameters(spec, kind)):
        if name in spec.predictors:
            predictor = spec.predictors[name]
            needed += fixed_columns(predictor) + effect_columns(predictor, factors)
            needed += group_columns(predictor) if groups == "existing" else ()
    return source.design.replay(filled(source, frame, needed), carried=kind == "response")


def _parameters(spec: Spec, kind: PredictionKind) -> tuple[str, ...]:
    """Return the family's further parameters that a kind of prediction depends on."""
    known = {"linear": (), "mean": spec.family.mean_parameters, "response": spec.auxiliary}
    return known[kind]


def _all_deviations(
    source: MeanPredictor, design: Design, groups: str, rng: np.random.Generator
) -> Mapping[str, LevelDraws]:
    """Return the deviations of the rows' levels, by linear predictor and factor."""
    names = list(source.spec.predictors)
    if groups == "population":
        return {name: {} for name in names}
    if groups == "existing":
        _refuse_unknown(design)
        return {name: source.posterior.existing_levels(name) for name in names}
    by_parameter: dict[str, dict[str, FloatArray]] = {name: {} for name in names}
    counts = {
        block.factor: int(block.index.max()) + 1
        for predictor in design.predictors.values()
        for block in predictor.blocks
    }
    for factor, count in counts.items():
        for parameter, drawn in source.posterior.new_levels(factor, count, rng).items():
            by_parameter[parameter][factor] = drawn
    return by_parameter


def _refuse_unknown(design: Design) -> None:
    for predictor in design.predictors.values():
        for block in predictor.blocks:
            if block.new_levels:
                shown = and_more(list(map(repr, block.new_levels)), 8)
                raise DataError(
                    f"{block.factor} has levels that the model's data did not have: {shown}.",
                    where=f"column {block.factor} of the new data",
                    hint='groups="new" draws new levels, groups="population" leaves groups out.',
                )


@dataclass(frozen=True, eq=False)
class PredictedRows:
    """Rows with the deviations of their groups for every parameter; values are `(obs, sample)`."""

    source: MeanPredictor
    design: Design
    deviations: Mapping[str, LevelDraws]

    def linear(self, parameter: str = "mean") -> FloatArray:
        """Return the linear predictor of a parameter."""
        rows = predictor_rows(self.design.predictors[parameter])
        coefficients = self.source.posterior.coefficients(parameter)
        return linear_predictor(coefficients, rows, self.deviations[parameter])

    def means(self, eta: FloatArray) -> FloatArray:
        """Return the expected responses at a linear predictor of the mean."""
        family = self.source.spec.family
        parameters = self._values(_parameters(self.source.spec, "mean"))
        return ExpectedResponse(family, parameters, self.source.category).of(eta)

    def responses(self, rng: np.random.Generator) -> FloatArray:
        """Draw new responses."""
        spec, response = self.source.spec, self.design.response
        assert response is not None
        found = self._values(_parameters(spec, "response"))
        parameters = {name: values.swapaxes(0, 1) for name, values in found.items()}
        values = random_response(spec.family, response, self.linear().T, parameters, rng)
        return np.ascontiguousarray(np.asarray(values, dtype=float).T)

    def _values(self, names: Sequence[str]) -> dict[str, FloatArray]:
        """Return further parameters, with rows where they have a formula of their own."""
        spec, found = self.source.spec, {}
        for name in names:
            if name in spec.predictors:
                found[name] = spec.family.link_of(name).inverse(self.linear(name))
            else:
                found[name] = self.source.posterior.flat(name)[None, :]
        return found


def _columns(
    source: MeanPredictor, given: pd.DataFrame, kind: PredictionKind, groups: str
) -> pd.DataFrame:
    """Return the columns that say which row is which: those that the prediction reads."""
    mean = source.design.mean
    names = [*fixed_columns(mean), *(effect_columns(mean) if groups != "population" else ())]
    names += group_columns(mean) if groups != "population" else ()
    names += source.design.carried if kind == "response" else ()
    kept = [name for name in dict.fromkeys(names) if name in given.columns]
    return given[kept]
