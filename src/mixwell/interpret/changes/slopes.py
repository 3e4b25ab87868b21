"""Slopes: the change of the mean per unit of one variable."""

from dataclasses import replace
from typing import Any

import numpy as np

from mixwell.errors import DataError, is_number
from mixwell.interpret.changes.comparisons import compared
from mixwell.interpret.changes.steps import moved_on, steps_of, two_values
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.grids.reference_grid import GridRequest, build_grid
from mixwell.interpret.means.average_notes import average_notes, title_of
from mixwell.interpret.means.averaging_task import At, Names, Options, Scale, Task, task_of
from mixwell.interpret.means.categories import each_category
from mixwell.interpret.means.cell_averages import cell_averages, finished
from mixwell.interpret.means.predictor_draws import By
from mixwell.interpret.means.row_averages import Averaged
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec


def slopes(
    posterior: Posterior,
    variable: str,
    by: Names = None,
    at: At = None,
    *,
    scale: Scale = "link",
    delta: float | None = None,
    **given: Any,
) -> Estimates:
    """Return the slope of a variable: the change of the mean per unit, within `by`.

    On the link scale by default, as emmeans' emtrends; with `scale="response"` the derivative of
    the mean, averaged as responses. Exact where the model's columns are linear in the variable; a
    five-point central difference where it stands inside a call; `delta` asks for a forward
    difference over that distance instead, as emtrends takes over a thousandth of the range. A
    number that has two values has no other slope than the difference between them, by their
    distance.
    `over="data"` averages the slopes of the data's rows. Other arguments as for `means`. Raises
    `DataError`.
    """
    options = Options.read(slopes, given, at=at, scale=scale, average="response")
    require_number(posterior.spec, variable)
    if delta is not None and not (is_number(delta) and np.isfinite(delta) and delta != 0):
        raise DataError("delta= is the distance of a difference: a number that is not 0.")
    task = task_of(posterior, (), by, options)
    return each_category(task, lambda one: _slopes(one, variable, delta))


def _slopes(task: Task, variable: str, delta: float | None) -> Estimates:
    found, said, but = _found(task, variable, delta)
    notes = average_notes(task, on_response=True, but=but)
    return finished(
        task,
        found,
        Basis("identity", found.values, found.residue),
        title=title_of("Slopes", task, " by ", f" per unit of {variable}"),
        notes=(*said, *notes),
        estimand="slope",
    )


def _found(task: Task, variable: str, delta: float | None) -> tuple[Averaged, list[str], str]:
    """Return the slopes, what is said of them, and a variable that is not averaged over."""
    two = two_values(task, variable)
    if two is not None and delta in (None, two[1] - two[0]):
        [step] = steps_of(task, variable)
        change = compared(step)
        size = f", by their distance, {step.size:.6g}" if step.size != 1 else ""
        both = f"{variable} has two values: its slope is the difference between them{size}."
        return replace(change, values=change.values / step.size), [step.said, both], variable
    found = cell_averages(task, By(variable, delta), response=task.on_response)
    return found, [] if delta is None else [moved_on(task, variable, delta)], ""


def require_number(spec: Spec, variable: str) -> None:
    """Refuse a variable that has no slope."""
    axis = build_grid(spec.design, GridRequest((variable,))).held[0]
    if axis.levels or axis.name != variable:
        raise DataError(
            f"{variable} has levels, and levels have no slope.",
            hint=f'fit.comparisons("{variable}") compares its levels.',
        )
