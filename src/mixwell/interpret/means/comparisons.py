"""Comparisons: what the mean does when one variable changes by a step or from level to level.

Source: Arel-Bundock, Greifer and Heiss 2024 (marginaleffects), whose words for steps are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.errors import DataError, require_choice
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.contrasts.kinds import family
from mixwell.interpret.contrasts.row_contrasts import level_labels
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.means.average_notes import average_notes, title_of
from mixwell.interpret.means.averaging_task import At, Names, Options, Task, task_of
from mixwell.interpret.means.axes import Axis
from mixwell.interpret.means.cell_averages import cell_averages
from mixwell.interpret.means.expected_response import expected_response
from mixwell.interpret.means.reference_grid import Grid, resolve
from mixwell.interpret.means.row_averages import Averaged
from mixwell.posterior.posterior import Posterior
from mixwell.specify.naming import distinct_columns

Kind = Literal["difference", "ratio", "lift"]
WORDS = {"difference": "Differences", "ratio": "Ratios", "lift": "Lifts"}
_SAID = {
    "ratio": ("Ratios are those of averages: after divided by before.",),
    "lift": ("A lift is the difference divided by the mean before.",),
}


@dataclass(frozen=True, eq=False)
class Comparison:
    """One comparison: its label, and what is averaged before and after the change."""

    label: str
    before: Task
    after: Task


def comparisons(
    posterior: Posterior,
    variable: str,
    by: Names = None,
    at: At = None,
    *,
    step: object = 1,
    kind: Kind = "difference",
    **given: Any,
) -> Estimates:
    """Compare the mean after a change of one variable with the mean before, within `by`.

    For numbers `step` is what is added (1), "sd" (their standard deviation), or a pair
    `(lo, hi)` of values; for factors a family of pairs ("reference", "sequential", "pairwise").
    `kind` is the difference, the ratio, or the lift `(after - before) / before`, of means that are
    averaged first: over the grid, or with `over="data"` over the data's rows, everything else in
    them as it is. Other arguments as for `means`. Raises `DataError`.
    """
    require_choice("kind", kind, WORDS)
    options = Options.read(comparisons, given, at=at, average="response")
    task = task_of(posterior, (), by, options)
    changes = _changes(task, variable, step, "/" if kind == "ratio" else "-")
    parts = [_compared(change, kind) for change in changes]
    values = np.concatenate([part.values for part in parts])
    residue = np.concatenate([part.residue for part in parts])
    logs = kind == "ratio" and bool((values > 0).all())
    notes = average_notes(changes[0].after, on_response=task.on_response, but=variable)
    return estimates_of(
        values,
        posterior.shape,
        _labels(task.grid, changes),
        rope=options.rope,
        scale="ratio" if kind == "ratio" and options.scale == "response" else options.scale,
        title=title_of(WORDS[kind], task, " by ", f" as {variable} changes"),
        notes=(*notes, *_SAID.get(kind, ())),
        null=1.0 if kind == "ratio" else 0.0,
        estimand="comparison",
        response=posterior.spec.design.response_name,
        basis=Basis("log", np.log(values), residue) if logs else Basis("identity", values, residue),
    )


def _labels(grid: Grid, changes: Sequence[Comparison]) -> pd.DataFrame:
    """Return the contrast and the held columns of every row, change after change."""
    held = [axis.name for axis in grid.held]
    named = grid.frame[held].set_axis(distinct_columns(held, ["contrast"]), axis=1)
    frame = pd.concat([named.assign(contrast=change.label) for change in changes])
    return frame[["contrast", *named.columns]].reset_index(drop=True)


def _changes(task: Task, variable: str, step: object, sign: str) -> list[Comparison]:
    design = task.source.design
    known = list(task.grid.axes)
    on_grid = next((axis for name, axis in task.grid.axes.items() if name == variable), None)
    axis = on_grid or resolve(design, variable, known, [], task.request)
    held = axis.name in [other.name for other in task.grid.held]
    if axis.levels:
        if held:
            raise DataError(f"{variable} cannot both change and stand in by=.")
        return _level_changes(task, axis, "reference" if step == 1 else step, sign)
    if isinstance(step, Sequence) and not isinstance(step, str):
        if held:
            raise DataError(f"{axis.name} cannot both go from value to value and stand in by=.")
        return [_between(task, axis, step, sign)]
    return [_forward(task, axis, step)]


def _level_changes(task: Task, axis: Axis, step: object, sign: str) -> list[Comparison]:
    labels = level_labels(pd.DataFrame({axis.name: list(axis.shown)}), [axis.name])
    if not isinstance(step, str):
        raise DataError(
            f"{axis.name} has levels; a step of {step!r} means nothing between them.",
            hint='step="reference", "sequential" or "pairwise".',
        )
    made = family(step, labels, what=f"levels of {axis.name}")
    changes = []
    for row, weights in enumerate(made.weights):
        if sorted(weights[weights != 0].tolist()) != [-1.0, 1.0]:
            raise DataError(
                f"step={step!r} does not compare two levels at a time.",
                hint=f'fit.contrasts("{step}", of="{axis.name}") takes such contrasts of means.',
            )
        before, after = (axis.values[int(place)] for place in (weights.argmin(), weights.argmax()))
        label = made.label(row, sign)
        changes.append(Comparison(label, _set(task, axis, before), _set(task, axis, after)))
    return changes


def _between(task: Task, axis: Axis, step: Sequence[Any], sign: str) -> Comparison:
    try:
        low, high = (float(value) for value in step)
    except (TypeError, ValueError):
        raise _bad_step(axis.name, step) from None
    label = f"{high:.6g} {sign} {low:.6g}"
    return Comparison(label, _set(task, axis, low), _set(task, axis, high))


def _forward(task: Task, axis: Axis, step: object) -> Comparison:
    if step == "sd":
        size = float(task.source.design.data[axis.name].to_numpy(dtype=float).std(ddof=1))
        label = f"+ 1 sd ({size:.4g})"
    elif isinstance(step, int | float) and np.isfinite(step) and step != 0:
        size = float(step)
        label = f"{'+' if size > 0 else '-'} {abs(size):.6g}"
    else:
        raise _bad_step(axis.name, step)
    further = [value + size for value in axis.values]
    if task.options.over == "data":
        moved = replace(task, shifted={axis.name: further[0] - axis.values[0]})
    else:
        moved = task.on(_replaced(task.grid, axis.with_values(further)))
    return Comparison(label, task, moved)


def _set(task: Task, axis: Axis, value: object) -> Task:
    """Put one variable at one value, in the grid or in the data's rows."""
    if task.options.over == "data":
        return replace(task, changed={axis.name: value})
    return task.on(_replaced(task.grid, axis.with_values([value])))


def _bad_step(name: str, step: object) -> DataError:
    return DataError(
        f"step={step!r} says no change of {name}.", hint='A number, "sd", or (lo, hi).'
    )


def _compared(change: Comparison, kind: str) -> Averaged:
    before, after = _mean(change.before), _mean(change.after)
    values = after.values - before.values
    if kind != "difference":
        with np.errstate(divide="ignore", invalid="ignore"):
            values = (after.values if kind == "ratio" else values) / before.values
    both = before.residue - after.residue
    if kind != "difference" or change.before.on_response:
        both = np.abs(before.residue) + np.abs(after.residue)
    empty = ~(before.filled & after.filled)
    both = np.concatenate([both, empty[:, None].astype(float)], axis=1)
    return Averaged(values, both, ~empty)


def _mean(task: Task) -> Averaged:
    """Average responses (or linear predictors)."""
    on_response = task.on_response and task.several
    found = cell_averages(task, response=on_response)
    if task.on_response and not on_response:
        return replace(found, values=expected_response(task.source).of(found.values))
    return found


def _replaced(grid: Grid, axis: Axis) -> Grid:
    """Put an axis in the place of the one of its name; a single value is fixed."""
    if axis.name in [other.name for other in grid.held]:
        held = tuple(axis if other.name == axis.name else other for other in grid.held)
        return replace(grid, held=held)
    averaged = tuple(other for other in grid.averaged if other.name != axis.name)
    fixed = tuple(other for other in grid.fixed if other.name != axis.name)
    if len(axis.values) > 1:
        return replace(grid, averaged=(*averaged, axis), fixed=fixed)
    return replace(grid, averaged=averaged, fixed=(*fixed, axis))
