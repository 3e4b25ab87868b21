"""Steps of one variable: from what to what it goes, in which rows, and how many leave the data.

Two-valued numbers go from the one value to the other: where a column is coded 0 and 1 there is no
step from 1 to 2.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mixwell.errors import DataError, is_finite, is_number, listed_values, require_known
from mixwell.interpret.contrasts.kinds import bracketed, contrasts_of
from mixwell.interpret.contrasts.row_contrasts import level_labels
from mixwell.interpret.grids.axes import Axis, all_values, columns_of, group_columns
from mixwell.interpret.grids.reference_grid import Grid, resolve
from mixwell.interpret.means.averaging_task import Task
from mixwell.interpret.rows.weighed_rows import WeighedRows
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.text.names import quoted
from mixwell.text.numbers import show_near
from mixwell.text.phrases import and_so_on


@dataclass(frozen=True, eq=False)
class Shift:
    """One step: its label, what is averaged before and after it, and what is said of it.

    `size` is how far a number goes, 1 for levels.
    """

    label: str
    before: Task
    after: Task
    size: float = 1.0
    said: str = ""


def steps_of(task: Task, variable: str, step: object = None, sign: str = "-") -> list[Shift]:
    """Return the steps of a variable that are asked for; raises `DataError` for none.

    Without a `step` levels are compared with the first, two-valued numbers go from the lower value
    to the higher, and other numbers from x to x + 1; a `step` as long as the two values are apart
    goes from one to the other, too. `sign` stands between what is compared.
    """
    axis = axis_of(task, variable)
    task = task.moving(axis.name)
    held = axis.name in [other.name for other in task.grid.held]
    if axis.levels:
        if held:
            raise DataError(f"{variable} cannot both change and stand in by=.")
        return _between_levels(task, axis, "reference" if step is None else step, sign)
    ends = _ends(task, axis, step)
    if ends is None:
        return [_forward(task, axis, 1.0 if step is None else step)]
    if held:
        raise DataError(f"{axis.name} cannot both go from value to value and stand in by=.")
    return [_between(task, axis, ends, sign)]


def two_values(task: Task, variable: str) -> tuple[float, float] | None:
    """Return the only two values of a number, None where it has others or `at=` gives it others."""
    axis = axis_of(task, variable)
    own = all_values(task.source.design, axis.name)
    if not own.both or not set(axis.values) <= set(own.values):
        return None
    low, high = map(float, own.values)
    return low, high


def axis_of(task: Task, variable: str) -> Axis:
    """Return the axis of a variable: a column, or the one that a call such as `log(x)` reads."""
    known = list(task.grid.axes)
    given: object = variable
    on_grid = task.grid.axes.get(variable) if isinstance(given, str) else None
    read = columns_of(group_columns, task.request.read)
    groups = [name for name in read if name not in known]
    return on_grid or resolve(task.source.design, variable, known, groups, task.request)


def _ends(task: Task, axis: Axis, step: object) -> tuple[float, float] | None:
    """Return the two values that a number goes between, None where it is moved on from its own."""
    if isinstance(step, Iterable) and not isinstance(step, str):
        return _pair(task, axis, listed_values(step))
    two = two_values(task, axis.name)
    if two is None or step is None:
        return two
    gap = two[1] - two[0]
    if not is_number(step) or not np.isclose(abs(step), gap, rtol=1e-9, atol=0.0):
        return None
    return two if step > 0 else (two[1], two[0])


def _pair(task: Task, axis: Axis, step: list[object]) -> tuple[float, float]:
    if len(step) != 2 or not all(map(is_finite, step)):
        raise _no_change(axis.name, tuple(step))
    low, high = float_array(step, _no_change(axis.name, tuple(step))).tolist()
    if not np.isfinite([low, high]).all() or low == high:
        raise _no_change(axis.name, (low, high))
    if axis.name in (task.options.at or {}):
        raise DataError(
            f"{axis.name} goes from {show_near(low, abs(high - low))} to "
            f"{show_near(high, abs(high - low))}, so that at= cannot give it a value.",
            hint=f"Leave {axis.name} out of at=.",
        )
    return low, high


def _between_levels(task: Task, axis: Axis, step: object, sign: str) -> list[Shift]:
    labels = level_labels(pd.DataFrame({axis.name: list(axis.shown)}), [axis.name])
    if not isinstance(step, str):
        raise DataError(
            f"{axis.name} has levels; a step of {step!r} means nothing between them.",
            hint='step="reference", "sequential" or "pairwise".',
        )
    if len(labels) == 1:
        raise DataError(f"{axis.name} has one level here, {labels[0]}: there is none to compare.")
    made = contrasts_of(step, labels, what=f"levels of {axis.name}")
    steps = []
    for row, weights in enumerate(made.weights):
        if sorted(weights[weights != 0].tolist()) != [-1.0, 1.0]:
            raise DataError(
                f"step={step!r} does not compare two levels at a time.",
                hint=f"fit.contrasts({quoted(step)}, of={quoted(axis.name)}) takes such contrasts "
                "of means.",
            )
        before, after = (axis.values[int(place)] for place in (weights.argmin(), weights.argmax()))
        label = made.label(row, sign)
        steps.append(Shift(label, _set(task, axis, before), _set(task, axis, after)))
    return steps


def _between(task: Task, axis: Axis, ends: tuple[float, float], sign: str) -> Shift:
    low, high = ends
    names = [bracketed(show_near(end, abs(high - low))) for end in (high, low)]
    before, after = np.array([low]), np.array([high])
    if task.rows is not None:
        before, after = (np.repeat(end, len(task.rows)) for end in (before, after))
    return Shift(
        f" {sign} ".join(names),
        _set(task, axis, low),
        _set(task, axis, high),
        high - low,
        _said(task, axis, before, after),
    )


def _forward(task: Task, axis: Axis, step: object) -> Shift:
    if isinstance(step, str) and step == "sd":
        size = task.source.design.seen.column(axis.name).sd()
        label = f"+ 1 sd ({size:.4g})"
    elif is_finite(step):
        size = float(step)
        label = f"{'+' if size > 0 else '-'} {abs(size):.6g}"
    else:
        raise _no_change(axis.name, step)
    if not np.isfinite(size) or size == 0:
        raise _no_change(axis.name, step)
    further = [value + size for value in axis.values]
    if task.rows is not None:
        moved = replace(task, shifted={axis.name: size})
    else:
        moved = task.on(_replaced(task.grid, axis.with_values(further)))
    return Shift(label, task, moved, size, moved_on(task, variable=axis.name, by=size))


def moved_on(task: Task, variable: str, by: float) -> str:
    """Say from what to what a number goes that is moved on from its own values."""
    axis = axis_of(task, variable)
    values = np.array(axis.values, dtype=float)
    if task.rows is not None:
        own = _own_numbers(task.rows, axis.name)
        given = axis.name in (task.options.at or {})
        values = np.repeat(values, len(own)) if given else own
    return _said(task, axis, values, values + by)


def _own_numbers(rows: WeighedRows, name: str) -> FloatArray:
    """Return the numbers that rows have and are moved on from."""
    columns = list(rows.frame.columns)
    require_known(name, columns, f"The population has no column {name!r} to move on from.")
    return rows.frame[name].to_numpy(dtype=float)


def _said(task: Task, axis: Axis, before: FloatArray, after: FloatArray) -> str:
    """Say from what to what a number goes, and in how many rows beyond the data's range."""
    low, high = task.source.design.seen.column(axis.name).ends
    outside = (np.minimum(before, after) < low) | (np.maximum(before, after) > high)
    beyond = int(np.count_nonzero(outside))
    spread = min(high - low, float(np.abs(after - before).min()))
    low_end, high_end, start, end = (
        show_near(float(value), spread) for value in (low, high, before[0], after[0])
    )
    known = f"the data's range ({low_end} to {high_end})"
    way = f"{axis.name} goes from {start} to {end}"
    if np.ptp(before) > 0:
        size = float(after[0] - before[0])
        way = f"{axis.name} goes from x to x {'+' if size > 0 else '-'} {abs(size):.6g}"
    if task.rows is not None:
        count, beyond = task.rows.count(), task.rows.count(outside)
        share = {0: "none", count: "all"}.get(beyond, beyond)
        return f"{way} in each of the {count} rows, in {share} of them beyond {known}."
    if len(before) == 1:
        return f"{way}, {'beyond' if beyond else 'within'} {known}."
    held = axis.name in [other.name for other in task.grid.held]
    starts = and_so_on([show_near(float(value), spread) for value in before])
    where = f"{'with' if held else 'averaged over'} x = {starts}"
    share = f"{beyond or 'none'} of these {len(before)} steps"
    return f"{way}, {where}; {share} {'go' if beyond > 1 else 'goes'} beyond {known}."


def _set(task: Task, axis: Axis, value: object) -> Task:
    """Put one variable at one value, in the grid or in the data's rows."""
    if task.rows is not None:
        return replace(task, changed={axis.name: value})
    return task.on(_replaced(task.grid, axis.with_values([value])))


def _no_change(name: str, step: object) -> DataError:
    return DataError(
        f"step={step!r} says no change of {name}.", hint='A number, "sd", or (lo, hi).'
    )


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
