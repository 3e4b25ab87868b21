"""Comparisons: what the mean does when one variable changes by a step or from level to level.

Source: Arel-Bundock, Greifer and Heiss 2024 (marginaleffects), whose words for steps are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.errors import DataError, require_choice
from mixwell.interpret.changes.steps import Shift, axis_of, steps_of
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.grids.axes import named_variable
from mixwell.interpret.grids.reference_grid import Grid
from mixwell.interpret.means.average_notes import average_notes, title_of
from mixwell.interpret.means.averaging_task import (
    At,
    Names,
    Options,
    Task,
    on_straight_scale,
    source_of,
    task_of,
)
from mixwell.interpret.means.categories import each_category
from mixwell.interpret.means.cell_averages import (
    CellNumbers,
    CellOrigin,
    cell_averages,
    response_numbers,
    responses_at,
    units_of,
    with_sizes,
)
from mixwell.interpret.means.row_averages import Averaged
from mixwell.interpret.means.statistics_of import statistic_of
from mixwell.interpret.origins.made_numbers import Combination, Number, Quotient
from mixwell.interpret.origins.origins import taken, turned
from mixwell.interpret.turns import SHORT_WAY, around_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.specify.naming import distinct_columns

Kind = Literal["difference", "ratio", "lift"]
WORDS = {"difference": "Differences", "ratio": "Ratios", "lift": "Lifts"}
_MADE = {"difference": "", "ratio": "ratios", "lift": "lifts"}
_SAID = {
    "ratio": ("Ratios are those of averages: after divided by before.",),
    "lift": ("A lift is the difference divided by the mean before.",),
}
_SIGNS = "In some draws a mean is 0 or the two have different signs: ratios have no logarithms."


def comparisons(
    posterior: Posterior,
    variable: str,
    by: Names = None,
    at: At = None,
    *,
    step: object = None,
    kind: Kind = "difference",
    parameter: str = "mean",
    standardized: object = None,
    **given: Any,
) -> Estimates:
    """Compare the mean after a change of one variable with the mean before, within `by`.

    For numbers `step` is what is added (1), "sd" (their standard deviation), or a pair
    `(lo, hi)` of values; a number that has two values goes from the lower to the higher. For
    factors it is a family of pairs ("reference", "sequential", "pairwise"). A line below the table
    says from what to what a number goes, and how often beyond the data's range.
    `kind` is the difference, the ratio, or the lift `(after - before) / before`, of means that are
    averaged first: over the grid, or with `over="data"` over the data's rows, everything else in
    them as it is; of a `parameter` as of the mean. `standardized` divides differences on the scale
    of the linear predictor by a standard deviation, as `by` of `Estimates.standardized`. Other
    arguments as for `means`. Raises `DataError`.
    """
    require_choice("kind", kind, WORDS)
    asked = given if standardized is None else on_straight_scale(posterior.spec, given)
    options = Options.read(comparisons, asked, at=at, average="response")
    source = source_of(posterior, parameter, options)
    if kind != "difference" and options.scale == "link" and not source.linear:
        raise DataError(
            f"Linear predictors have differences, no {kind}s.",
            hint='Take kind="difference", or scale="response".',
        )
    variable = named_variable(source.design, variable)
    about: dict[str, Any] = {"parameter": parameter, "changing": (variable,)}
    task = task_of(posterior, (), by, options, **about)
    inside = _nested_in(task.grid, axis_of(task, variable).name)
    if inside:
        task = task_of(posterior, (), [*task.request.by, *inside], options, **about)
    made = each_category(task, lambda one: _comparisons(one, variable, step, kind))
    return made if standardized is None else made.standardized(standardized, rope=options.rope)


def _comparisons(task: Task, variable: str, step: object, kind: Kind) -> Estimates:
    options, answer = task.options, statistic_of(task.source, task.options.scale)
    steps = steps_of(task, variable, step, "/" if kind == "ratio" else "-")
    parts = [compared(each, kind) for each in steps]
    values = np.concatenate([part.values for part in parts])
    residue = np.concatenate([part.residue for part in parts])
    scale = _scale_of(values, kind)
    changed, after = axis_of(task, variable).name, steps[0].after
    period = None if kind != "difference" or options.scale == "link" else task.source.period
    origin = turned(StepOrigin(tuple(steps), kind), period, SHORT_WAY)
    basis = Basis(None, values, residue, period=period, origin=origin)
    if scale == "ratio":
        logs = taken(origin, np.log, "the logarithm of {}")
        basis = Basis("ratio", np.log(values), residue, origin=logs)
    notes = average_notes(after, on_response=task.on_response, variable=changed, moved=True)
    said = [each.said for each in steps if each.said]
    made = estimates_of(
        values,
        task.source.posterior.shape,
        _labels(task.grid, steps),
        rope=options.rope,
        ci_prob=options.ci_prob,
        scale="ratio" if kind == "ratio" else options.scale,
        title=title_of(WORDS[kind], task, " by ", f" as {variable} changes", _MADE[kind]),
        notes=(*said, *notes, *_SAID.get(kind, ()), *([_SIGNS] if scale == "" else [])),
        ratios=scale,
        null=1.0 if kind == "ratio" else 0.0,
        estimand="comparison",
        response=answer.response,
        statistic=answer.statistic,
        basis=basis,
        origin=origin,
        units=units_of(task) if kind == "difference" else None,
    )
    return with_sizes(made, task)


@dataclass(frozen=True, eq=False)
class StepOrigin:
    """What is averaged after each step and before, compared cell by cell, step after step."""

    steps: tuple[Shift, ...]
    kind: str = "difference"
    per_unit: bool = False

    def number(self, row: int) -> Number:
        """Return the difference, the ratio or the lift of a row."""
        cells = len(self.steps[0].before.grid.cells)
        step = self.steps[row // cells]
        after, before = (_origin(task).number(row % cells) for task in (step.after, step.before))
        if self.kind != "difference":
            return Quotient(after, before, 1.0 if self.kind == "lift" else 0.0)
        weights = np.array([1.0, -1.0]) / (step.size if self.per_unit else 1.0)
        return Combination((after, before), weights, ("after", "before"))


def _origin(task: Task) -> CellOrigin:
    """Return what the averages of `_mean` are made of."""
    on_response = task.on_response and task.several
    if task.on_response and not on_response:
        return CellOrigin(task, response_numbers(task))
    return CellOrigin(task, CellNumbers(on_response))


def _scale_of(values: FloatArray, kind: Kind) -> str | None:
    """Return the scale on which ratios and lifts are summarized, None for differences.

    Where before and after differ in sign in some draws, there are no logarithms.
    """
    if kind == "difference":
        return None
    ratios = values if kind == "ratio" else values + 1
    return "" if (ratios <= 0).any() else kind


def _nested_in(grid: Grid, variable: str) -> list[str]:
    """Return what is averaged over of that in which a variable is nested."""
    averaged = {axis.name for axis in grid.averaged}
    nested = (parents for name, parents in grid.nesting.parents.items() if name == variable)
    return [parent for parents in nested for parent in parents if parent in averaged]


def _labels(grid: Grid, steps: Sequence[Shift]) -> pd.DataFrame:
    """Return the contrast and the held columns of every row, step after step."""
    held = [axis.name for axis in grid.held]
    named = grid.frame[held].set_axis(distinct_columns(held, ["contrast"]), axis=1)
    frame = pd.concat([named.assign(contrast=step.label) for step in steps])
    return frame[["contrast", *named.columns]].reset_index(drop=True)


def compared(step: Shift, kind: str = "difference") -> Averaged:
    """Return the difference, the ratio or the lift of what is averaged after and before a step."""
    before, after = _mean(step.before), _mean(step.after)
    period = None if step.before.options.scale == "link" else step.before.source.period
    values = around_mean(after.values - before.values, period)
    if kind != "difference":
        with np.errstate(divide="ignore", invalid="ignore"):
            values = (after.values if kind == "ratio" else values) / before.values
    both = before.residue - after.residue
    if kind != "difference" or step.before.on_response:
        both = np.abs(before.residue) + np.abs(after.residue)
    empty = ~(before.filled & after.filled)
    both = np.concatenate([both, empty[:, None].astype(float)], axis=1)
    return Averaged(values, both, ~empty)


def _mean(task: Task) -> Averaged:
    """Average responses (or linear predictors)."""
    on_response = task.on_response and task.several
    found = cell_averages(task, response=on_response)
    if task.on_response and not on_response:
        return responses_at(task, found)
    return found
