"""Means and contrasts of a fitted model, on a reference grid or over the data's rows."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mixwell.errors import DataError
from mixwell.interpret.contrasts.comparison_scales import Compare
from mixwell.interpret.estimates.estimates import Estimates, Rope
from mixwell.interpret.estimates.summaries import elementwise
from mixwell.interpret.means.average_notes import (
    average_notes,
    basis_of,
    null_of,
    title_of,
)
from mixwell.interpret.means.averaging_task import (
    At,
    Names,
    Options,
    Task,
    as_names,
    require_options,
    task_of,
)
from mixwell.interpret.means.categories import each_category
from mixwell.interpret.means.cell_averages import cell_averages, finished
from mixwell.interpret.means.expected_response import expected_response, from_origin
from mixwell.interpret.means.predictor_draws import MeanPredictor
from mixwell.interpret.means.row_averages import Averaged
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior


def means(
    posterior: Posterior,
    of: Names,
    by: Names = None,
    at: At = None,
    *,
    bias_adjust: float | None = None,
    **given: Any,
) -> Estimates:
    """Return estimated marginal means of the variables `of`, within `by`.

    On a reference grid: numbers at their mean in the rows used, factors and truth values at all
    levels, unless `at` gives values, a list, a function of the column or one of "mean", "median",
    "minmax", "quartiles", "terciles", "sd", "unique". Factors that are not asked for are averaged
    over, with `weights` "equal", "proportional", "outer" or "cells" as in emmeans. With
    `average="link"` (emmeans' way) linear predictors are averaged and then taken to the response
    scale, with "response" the responses are. `over="data"` averages over the data's rows, the
    variables `of` set to each value and those in `by` as they are. `groups` is "population"
    (deviation 0), "existing" or "new". Binomial means are probabilities. Rows that the data do not
    determine are not-a-number. `bias_adjust`, the sd of the groups' deviations on the link scale,
    corrects means on the response scale for its curvature to second order, as emmeans does;
    `groups="new"` averages over drawn deviations instead. `scale` is "response" or "link", `rope` a
    region of practical equivalence, `seed` that of drawn deviations, `ci_prob` the probability of
    the intervals. Raises `DataError`.

    Source: Searle, Speed and Milliken 1980; emmeans.
    """
    options = Options.read(means, given, at=at)
    task = task_of(posterior, as_names(of), by, options)
    return each_category(task, lambda one: _means(one, bias_adjust))


def _means(task: Task, bias_adjust: float | None) -> Estimates:
    spec, scale = task.spec, task.options.scale
    on_response = task.on_response and task.several
    found = cell_averages(task, response=on_response)
    values = found.values if scale == "response" else from_origin(task.source, found.values)
    if scale == "response" and not on_response:
        values = _back(task.source, bias_adjust)(values)
    elif bias_adjust is not None:
        raise DataError(
            "bias_adjust= is for means averaged on the link scale and shown as responses.",
            hint='Use scale="response" and average="link", or leave it out.',
        )
    return finished(
        task,
        Averaged(values, found.residue, found.filled),
        basis_of(spec, scale, None if on_response else found.values, found.residue),
        title=title_of("Means", task, " within "),
        notes=average_notes(task, on_response=on_response),
        by=tuple(axis.name for axis in task.grid.held[len(task.request.of) :]),
        null=null_of(spec, scale),
        estimand="mean",
    )


def _back(source: MeanPredictor, sd: float | None) -> Callable[[FloatArray], FloatArray]:
    """Return the way from the linear predictor to the response, corrected for curvature or not."""
    if sd is None:
        return expected_response(source).of
    if not np.isfinite(sd) or sd < 0:
        raise DataError("bias_adjust= is a standard deviation: a number from 0 on.")
    if source.spec.family.categories:
        raise DataError("bias_adjust= is for means, and responses are categories here.")
    link = source.spec.family.link
    return partial(elementwise, lambda eta: link.inverse(eta) + sd**2 / 2 * link.curvature(eta))


def contrasts(
    posterior: Posterior,
    kind: object = "pairwise",
    of: Names = None,
    by: Names = None,
    at: At = None,
    *,
    interaction: object = None,
    compare: Compare = "auto",
    rope: Rope | None = None,
    **options: Any,
) -> Estimates:
    """Compare the marginal means of `of` within `by`.

    `kind`, `interaction` and `compare` are those of `Estimates.contrasts`, the other options those
    of `means`. Raises `DataError`.
    """
    if not as_names(of):
        raise DataError(
            "contrasts() compares the means of a factor, which of= names.",
            hint='For example contrasts("pairwise", of="block", by="direction").',
        )
    require_options(contrasts, options, [*Options.names(), "bias_adjust"])
    made = means(posterior, of, by, at, **options)
    return made.contrasts(kind, interaction=interaction, compare=compare, rope=rope)
