"""Slopes: the change of the mean per unit of one variable."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.design import Design
from mixwell.design.atoms.atom import NumericAtom
from mixwell.design.atoms.values import numbers_of
from mixwell.errors import DataError, is_finite, require_choice
from mixwell.formula import Expr, deparse
from mixwell.interpret.changes.comparisons import StepOrigin, compared
from mixwell.interpret.changes.steps import Shift, moved_on, steps_of, two_values
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.expected.predictor_draws import By, MeanPredictor, reading
from mixwell.interpret.grids.axes import Axis, named_variable
from mixwell.interpret.grids.reference_grid import GridRequest, build_grid
from mixwell.interpret.means.average_notes import average_notes, title_of
from mixwell.interpret.means.averaging_task import (
    At,
    Names,
    Options,
    Scale,
    Task,
    grid_predictors,
    source_of,
    task_of,
)
from mixwell.interpret.means.categories import each_category
from mixwell.interpret.means.cell_averages import CellNumbers, cell_averages, finished
from mixwell.interpret.means.row_averages import Averaged
from mixwell.interpret.origins.origins import taken
from mixwell.posterior.posterior import Posterior
from mixwell.text.names import quoted


def slopes(
    posterior: Posterior,
    variable: str,
    by: Names = None,
    at: At = None,
    *,
    scale: Scale = "link",
    delta: float | None = None,
    parameter: str = "mean",
    per: Literal["unit", "sd"] = "unit",
    standardized: object = None,
    **given: Any,
) -> Estimates:
    """Return the slope of a variable: the change of the mean per unit, within `by`.

    On the link scale by default, as emmeans' emtrends; with `scale="response"` the derivative of
    the mean, averaged as responses. Exact where the model's columns are linear in the variable; a
    five-point central difference where it stands inside a call; `delta` asks for a forward
    difference over that distance instead, as emtrends takes over a thousandth of the range. A
    number that has two values has no other slope than the difference between them, by their
    distance.
    `per="sd"` gives the change per standard deviation of the variable in the data's rows, and
    `standardized` divides changes on the scale of the linear predictor by a standard deviation, as
    `by` of `Estimates.standardized`: both, with "response", are standardized coefficients.
    `over="data"` averages the slopes of the data's rows; of a `parameter` as of the mean. Other
    arguments as for `means`. Raises `DataError`.
    """
    require_choice("per", per, ("unit", "sd"))
    options = Options.read(slopes, given, at=at, scale=scale, average="response")
    source = source_of(posterior, parameter, options)
    variable = named_variable(source.design, variable)
    by_what = derivative_by(source, variable, delta)
    if delta is not None and not (is_finite(delta) and delta != 0):
        raise DataError("delta= is the distance of a difference: a number that is not 0.")
    task = task_of(posterior, (), by, options, parameter=parameter).moving(by_what.variable)
    size = None if per == "unit" else _sd_of(source.design, variable)
    made = each_category(task, lambda one: _slopes(one, variable, by_what, size))
    return made if standardized is None else made.standardized(standardized, rope=options.rope)


def _sd_of(design: Design, variable: str) -> float:
    """Return the standard deviation that a variable has in the data's rows."""
    known = {deparse(expr): expr for expr in design.atoms}
    if variable in design.seen.columns:
        sd = design.seen.column(variable).sd()
    else:
        examples = design.seen.examples([design.atoms[known[variable]]])
        found = design.seen.numbers(known[variable], examples)
        sd = 0.0 if found is None else found.sd
    if not sd > 0:
        raise DataError(f"{variable} has no standard deviation to go by.", where='per="sd"')
    return sd


def _slopes(task: Task, variable: str, by_what: By, size: float | None) -> Estimates:
    found, said, step = _found(task, by_what)
    made = CellNumbers(task.on_response, by_what)
    per = f"unit of {variable}"
    if size is not None:
        found, per = replace(found, values=found.values * size), f"sd of {variable} ({size:.4g})"
    notes = average_notes(
        task, on_response=True, variable=by_what.variable, moved=bool(step or by_what.ends)
    )
    table = finished(
        task,
        found,
        Basis(None, found.values, found.residue),
        made,
        made,
        title=title_of("Slopes", task, " by ", f" per {per}"),
        notes=(*said, *notes),
        estimand="slope",
    )
    if step is None and size is None:
        return table
    origin = table.origin if step is None else StepOrigin((step,), per_unit=True)
    if size is not None:
        origin = taken(origin, lambda own: own * size, f"{{}} times {size:.4g}")
    return replace(table, origin=origin, basis=replace(table.basis, origin=origin))


def _found(task: Task, by_what: By) -> tuple[Averaged, list[str], Shift | None]:
    """Return the slopes, what is said of them, and the step where the variable goes between two."""
    variable, delta = by_what.variable, by_what.delta
    two = two_values(task, variable)
    if two is not None and delta in (None, two[1] - two[0]):
        [step] = steps_of(task, variable)
        change = compared(step)
        size = f", by their distance, {step.size:.6g}" if step.size != 1 else ""
        both = f"{variable} has two values: its slope is the difference between them{size}."
        return replace(change, values=change.values / step.size), [step.said, both], step
    found = cell_averages(task, by_what, response=task.on_response)
    return found, [] if delta is None else [moved_on(task, variable, delta)], None


def derivative_by(source: MeanPredictor, variable: str, delta: float | None = None) -> By:
    """Return what the slope of a variable is taken by; raises `DataError` for levels."""
    design, read = source.design, grid_predictors(source)
    request = GridRequest((variable,), read=read, about=source.named or "The mean")
    axis = build_grid(design, request).held[0]
    counted = {deparse(e): e for each in read[:1] for e in reading(each, axis.name)}
    if axis.levels and list(counted) == [variable]:
        found = _between_levels(design, axis, counted[variable])
        if found is not None and delta is not None:
            raise DataError(f"delta= moves numbers, and {axis.name} has levels.")
        if found is not None:
            return found
    if axis.levels or axis.name != variable:
        numbers = [name for name in counted if name.startswith("as.")]
        if not axis.levels:
            raise DataError(
                f"{variable} is computed from {axis.name}; slopes are taken by {axis.name} itself.",
                hint=f"Name it: fit.slopes({quoted(axis.name)}).",
            )
        raise DataError(
            f"{variable} has levels, and levels have no slope.",
            hint=f"fit.slopes({quoted(numbers[0])}) counts them."
            if numbers and variable not in numbers
            else f"fit.comparisons({quoted(variable)}) compares its levels.",
        )
    return By(variable, delta)


def _between_levels(design: Design, axis: Axis, expr: Expr) -> By | None:
    """Return the two levels that a call such as `as.numeric(f)` sets furthest apart as numbers."""
    if not isinstance(design.atoms[expr], NumericAtom):
        return None
    levels = pd.DataFrame({axis.name: list(axis.values)})
    numbers = numbers_of(design.frame.on(levels).variable(expr))
    if numbers is None or not np.ptp(numbers) > 0:
        return None
    low, high = int(np.argmin(numbers)), int(np.argmax(numbers))
    ends = axis.values[low], axis.values[high]
    return By(axis.name, ends=ends, distance=float(numbers[high] - numbers[low]))
