"""Means and contrasts of a fitted model, on a reference grid or over the data's rows."""

from dataclasses import replace
from functools import partial
from typing import Any

from mixwell.errors import DataError, is_truth
from mixwell.interpret.contrasts.comparison_scales import Basis, Compare
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.joined_estimates import without_sides
from mixwell.interpret.estimates.practical_equivalence import Rope
from mixwell.interpret.expected.expected_response import from_origin
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.means.average_notes import average_notes, title_of
from mixwell.interpret.means.averaging_task import (
    At,
    Names,
    Options,
    Task,
    as_names,
    on_straight_scale,
    require_options,
    task_of,
)
from mixwell.interpret.means.categories import each_category
from mixwell.interpret.means.cell_averages import (
    CellNumbers,
    cell_averages,
    finished,
    response_numbers,
    responses_at,
)
from mixwell.interpret.means.curvature import curvature_of
from mixwell.interpret.means.row_averages import Averaged
from mixwell.interpret.means.statistics_of import basis_of, has_sides, null_of
from mixwell.interpret.turns import around_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior


def means(
    posterior: Posterior,
    of: Names = None,
    by: Names = None,
    at: At = None,
    *,
    parameter: str = "mean",
    bias_adjust: float | bool | None = None,
    **given: Any,
) -> Estimates:
    """Return estimated marginal means of the variables `of`, within `by`.

    On a reference grid: numbers at their mean in the rows used, factors and truth values at all
    levels, unless `at` gives values, a list, a function of the column or one of "mean", "median",
    "minmax", "quartiles", "terciles", "sd", "unique". Factors that are not asked for are averaged
    over, with `weights` "equal", "proportional", "outer", "cells" or "flat" as in emmeans. With
    `average="link"` (emmeans' way) linear predictors are averaged and then taken to the response
    scale, with "response" the responses are. `over="data"` averages over the data's rows, the
    variables `of` set to each value and those in `by` as they are, each row with its own offset and
    further parameters and `weights` (a column of the data, or "trials"). A `population` is a table
    with a row for each kind of person, `weights` its column of counts: its rows are averaged over,
    in the cells of its own columns `by`, which the model need not have, and of `of`; responses are
    averaged, in each row's own groups, and a column `size` has what the rows of a cell add up to.
    `groups` is "population" (deviation 0), "existing", "new", "mixed" (the groups in the data, and
    levels that `at` or a population adds, drawn), "completed" (the same, with the mean over the
    population of groups for the added ones), "integrated" (responses averaged over the population
    of groups in every draw), or a dict with one of these a grouping factor, the others left out.
    Binomial means are probabilities. Rows that the data do not determine are not-a-number. Of
    truncated responses means are those between the bounds, where all rows have the same; else, and
    on the link scale, they are those before truncation, and the title says so.
    Transformed responses (`log(y)`) are taken back to what was measured: medians, with
    `center="mean"` means over the residuals, with "transformed" not at all.
    With the name of a `parameter` of the family ("sigma", "zi", "phi", ...) they are of that: on
    its own scale, with `scale="link"` on that of its link, over the columns and the groups that its
    formula reads; the name of a category stands for its probability, that of one of several
    responses for its mean.
    `bias_adjust` corrects means on the response scale for its curvature to second order, as emmeans
    does: True takes the standard deviation that the groups' deviations have on the link scale in
    each draw, a number is that standard deviation; `groups="new"` averages over drawn deviations
    instead. `scale` is "response", "link", or of ordered categories "score": the expected one, each
    category counting as its number, those that are no numbers as 1, 2, ..., or as `scores` say (a
    list, or a dict by category). `rope` is a region of practical equivalence, `seed` that of drawn
    deviations, `ci_prob` the probability of the intervals. Rows are averaged in blocks
    within `mixwell.options.memory`; `progressbar` is as for `Model.fit`. Raises `DataError`.

    Source: Searle, Speed and Milliken 1980; emmeans.
    """
    options = Options.read(means, given, at=at)
    if is_truth(bias_adjust):
        bias_adjust = bool(bias_adjust)
    about: dict[str, Any] = {"parameter": parameter, "effects": bias_adjust is True}
    task = task_of(posterior, as_names(of), by, options, **about)
    return each_category(task, lambda one: _means(one, bias_adjust))


def _means(task: Task, bias_adjust: float | bool | None) -> Estimates:
    scale = task.options.scale
    curvature = curvature_of(task, bias_adjust)
    on_response = task.on_response and task.several
    averaged = found = cell_averages(task, response=on_response)
    bent = on_response or task.groups.integrated
    linear = None if bent or curvature is not None else found.values
    notes = average_notes(task, on_response=on_response)
    numbers = CellNumbers(on_response)
    if curvature is not None:
        # what is compared are the corrected means: a difference of linear predictors is no such
        notes = (*notes, curvature.said)
        corrected = partial(_corrected, bias_adjust)
        numbers = CellNumbers(taken=corrected, said="{}, corrected for curvature")
        found = replace(found, values=curvature.of(found.values))
    elif scale == "link":
        numbers = _counted(task.source)
        found = replace(found, values=from_origin(task.source, found.values))
    elif not on_response:
        numbers = response_numbers(task)
        found = responses_at(task, found)
    period = None if scale == "link" else task.source.period
    asked = len(task.request.of)  # where nothing else is asked of, cells of by= are compared
    basis = basis_of(task.source, scale, linear, found.residue)
    made = finished(
        task,
        replace(found, values=around_mean(found.values, period)),
        replace(basis, period=period),
        numbers,
        _compared(task.source, basis, averaged),
        title=title_of("Means", task, " within "),
        notes=notes,
        by=tuple(axis.name for axis in task.grid.held[asked:]) if asked else (),
        null=null_of(task.source, scale),
        estimand="mean",
    )
    return made if has_sides(task.source, scale) else without_sides(made)


def _corrected(bias_adjust: float | bool | None, task: Task, found: Averaged) -> FloatArray:
    curvature = curvature_of(task, bias_adjust)
    assert curvature is not None
    return curvature.of(found.values)


def _counted(source: MeanPredictor) -> CellNumbers:
    """Say how linear predictors are made: of ratings they are counted from their scale's zero."""
    if not source.shift and source.spec.family.origin is None:
        return CellNumbers()
    zero = lambda task, found: from_origin(task.source, found.values)  # noqa: E731
    return CellNumbers(taken=zero, said="{}, counted from the scale's zero")


def _compared(source: MeanPredictor, basis: Basis, averaged: Averaged) -> CellNumbers | None:
    """Say how what contrasts are taken of is made, where that are not the means themselves."""
    if basis.linear is None:
        return None
    if basis.linear is averaged.values or source.back is None:
        return CellNumbers()
    logs = source.back.logs
    return CellNumbers(taken=lambda _, found: logs(found.values), said="{}, as a natural logarithm")


def contrasts(
    posterior: Posterior,
    kind: object = "pairwise",
    of: Names = None,
    by: Names = None,
    at: At = None,
    *,
    interaction: object = None,
    compare: Compare = "auto",
    standardized: object = None,
    rope: Rope | None = None,
    **options: Any,
) -> Estimates:
    """Compare the marginal means of `of` within `by`.

    `kind`, `interaction` and `compare` are those of `Estimates.contrasts`; `standardized` divides
    differences on the scale of the linear predictor by a standard deviation, as `by` of
    `Estimates.standardized`. The other options are those of `means`. Raises `DataError`.
    """
    if not as_names(of):
        raise DataError(
            "contrasts() compares the means of a factor, which of= names.",
            hint='For example contrasts("pairwise", of="block", by="direction").',
        )
    require_options(contrasts, options, [*Options.names(), "bias_adjust", "parameter"])
    if standardized is None:
        made = means(posterior, of, by, at, **options)
        return made.contrasts(kind, interaction=interaction, compare=compare, rope=rope)
    made = means(posterior, of, by, at, **on_straight_scale(posterior.spec, options))
    compared = made.contrasts(kind, interaction=interaction, compare=compare)
    return compared.standardized(standardized, rope=rope)
