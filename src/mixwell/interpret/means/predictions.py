"""Predictions for rows: the mean, the linear predictor, new responses; for known and new groups."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from mixwell.design import Design, Response
from mixwell.errors import DataError
from mixwell.families import Family
from mixwell.formula import Binary, Call, column_names
from mixwell.interpret.estimates.estimates import NOT_ESTIMABLE, Estimates, Rope, estimates_of
from mixwell.interpret.means.average_notes import basis_of, null_of, response_name, scale_name
from mixwell.interpret.means.averaging_task import GROUPS, check_groups
from mixwell.interpret.means.axes import effect_columns, fixed_columns, group_columns
from mixwell.interpret.means.expected_response import ExpectedResponse
from mixwell.interpret.means.predictor_draws import MeanPredictor, filled, rows_of
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.linear_predictor import LevelDraws, linear_predictor, predictor_rows
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec
from mixwell.tables.frame import read_frame

PredictionKind = Literal["mean", "linear", "response"]
KINDS = ("mean", "linear", "response")
# Draws responses from: family, response, linear predictor (sample, obs), parameters, generator.
Sampler = Callable[
    [Family, Response, FloatArray, Mapping[str, FloatArray], np.random.Generator], FloatArray
]


def predictions(
    posterior: Posterior,
    data: object = None,
    kind: PredictionKind = "mean",
    *,
    groups: str = "population",
    sampler: Sampler | None = None,
    rope: Rope | None = None,
    seed: int | None = None,
) -> Estimates:
    """Predict every row of `data`, without it the rows of the model's own data.

    `kind` is the "mean" on the response scale (a probability for binomial), the "linear" predictor,
    or new "response" values, drawn by `sampler` with all of the family's parameters (counts out of
    the rows' trials for binomial). `groups="population"` leaves deviations of groups out,
    "existing" takes those of the levels in the rows, "new" draws every level anew from the fitted
    covariance, one draw a level shared by its rows. Columns that only groups read may then be
    absent: all rows are of one new level. Raises `DataError` for unknown levels and columns that
    are needed.
    """
    if kind not in KINDS:
        raise DataError(f"kind={kind!r} is unknown.", hint=f"Choices: {', '.join(KINDS)}.")
    check_groups(groups)
    spec, source, rng = posterior.spec, MeanPredictor(posterior), np.random.default_rng(seed)
    given = spec.design.data if data is None else read_frame(data)
    design = spec.design
    if data is not None:
        design = _design_on(source, given, groups, response=kind == "response")
    rows = rows_of(source, design)
    deviations = _all_deviations(source, design, groups, rng)
    eta = _linear(source, design, "mean", deviations)
    values = eta
    if kind == "mean":
        values = _means(source, design, eta, deviations)
    if kind == "response":
        values = _responses(source, design, eta, deviations, sampler, rng)
    scale = "link" if kind == "linear" else "response"
    said = {"mean": "Predicted means", "linear": "Linear predictor", "response": "New values"}[kind]
    where = "counts" if kind == "response" and _has_trials(spec) else scale_name(spec, scale)
    notes = () if not spec.design.mean.blocks else (_SAID[groups],)
    return estimates_of(
        values,
        posterior.shape,
        _columns(source, given, groups),
        estimable=np.abs(rows.residue).max(axis=1, initial=0.0) < NOT_ESTIMABLE,
        rope=rope,
        scale=scale,
        title=f"{said} of {response_name(spec)} ({where})",
        notes=notes,
        null=0.0 if kind == "response" else null_of(spec, scale),
        estimand="prediction" if kind != "response" else "response",
        response=response_name(spec),
        basis=basis_of(spec, "response" if kind == "mean" else "link", None, rows.residue),
    )


_SAID = {
    **GROUPS,
    "existing": "With the deviations of each row's groups.",
    "new": "For new groups: each level in the rows drawn from its factor's fitted covariance.",
}


def _has_trials(spec: Spec) -> bool:
    response = spec.design.response
    return response is not None and response.trials is not None


def _design_on(
    source: MeanPredictor, frame: pd.DataFrame, groups: str, *, response: bool
) -> Design:
    design = source.design
    if groups != "existing":
        frame = filled(source, frame)
    if response:
        frame = _with_response(design, frame)
    made = design.replay(frame, response=response)
    if (
        response
        and _has_trials(source.spec)
        and (made.response is None or made.response.trials is None)
    ):
        raise DataError(
            "New responses of a binomial family need the trials of every row.",
            hint="Write the model with y | trials(n), and give the column n.",
        )
    return made


def _with_response(design: Design, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the response's own columns, whose values are not read, where the new rows lack them."""
    expr = design.mean.formula.response
    if expr is None:
        return frame
    unread = set(column_names(expr))
    if isinstance(expr, Call) and expr.function == "cbind":
        one, two = (set(column_names(argument.value)) for argument in expr.args[:2])
        unread = one & two
    elif isinstance(expr, Call) and expr.function in ("p", "prop", "proportion"):
        unread = set(column_names(expr.args[0].value))
    elif isinstance(expr, Binary) and expr.op == "/":
        unread = set(column_names(expr.left))
    absent = [name for name in unread if name not in frame.columns]
    zero = design.response is not None and design.response.kind == "trials"
    known = {name: 0 if zero else design.data[name].iloc[0] for name in absent}
    return frame.assign(**known)


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
                shown = ", ".join(repr(level) for level in block.new_levels[:8])
                more = len(block.new_levels) - 8
                raise DataError(
                    f"{block.factor} has levels that the model's data did not have: {shown}"
                    f"{f' and {more} more' if more > 0 else ''}.",
                    where=f"column {block.factor} of the new data",
                    hint='groups="new" draws new levels, groups="population" leaves groups out.',
                )


def _linear(
    source: MeanPredictor, design: Design, parameter: str, deviations: Mapping[str, LevelDraws]
) -> FloatArray:
    """Return the linear predictor of one parameter, `(row, sample)`."""
    rows = predictor_rows(design.predictors[parameter])
    coefficients = source.posterior.coefficients(parameter)
    return linear_predictor(coefficients, rows, deviations[parameter])


def _parameters(
    source: MeanPredictor,
    design: Design,
    names: Sequence[str],
    deviations: Mapping[str, LevelDraws],
) -> dict[str, FloatArray]:
    """Return further parameters on their own scale, `(row, sample)` or `(1, sample)`."""
    family, found = source.spec.family, {}
    for name in names:
        if name in source.spec.predictors:
            found[name] = family.link_of(name).inverse(_linear(source, design, name, deviations))
        else:
            found[name] = source.posterior.flat(name)[None, :]
    return found


def _means(
    source: MeanPredictor, design: Design, eta: FloatArray, deviations: Mapping[str, LevelDraws]
) -> FloatArray:
    family = source.spec.family
    parameters = _parameters(source, design, family.mean_parameters, deviations)
    return ExpectedResponse(family, parameters).of(eta)


def _responses(
    source: MeanPredictor,
    design: Design,
    eta: FloatArray,
    deviations: Mapping[str, LevelDraws],
    sampler: Sampler | None,
    rng: np.random.Generator,
) -> FloatArray:
    if sampler is None or design.response is None:
        raise DataError(
            "New responses need a function that draws from the family.",
            hint='fit.predictions(kind="response") brings it along.',
        )
    spec = source.spec
    parameters = _parameters(source, design, spec.auxiliary, deviations)
    turned = {name: values.T for name, values in parameters.items()}
    values = sampler(spec.family, design.response, eta.T, turned, rng)
    return np.ascontiguousarray(np.asarray(values, dtype=float).T)


def _columns(source: MeanPredictor, given: pd.DataFrame, groups: str) -> pd.DataFrame:
    """Return the columns that say which row is which: those that the prediction reads."""
    mean = source.design.mean
    names = [*fixed_columns(mean), *(effect_columns(mean) if groups != "population" else ())]
    names += group_columns(mean) if groups != "population" else ()
    kept = [name for name in dict.fromkeys(names) if name in given.columns]
    return given[kept]
