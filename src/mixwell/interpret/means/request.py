"""What means, slopes and comparisons share: the choices, the averages by cell, the sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from mixwell.errors import DataError
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import NOT_ESTIMABLE, Estimates, estimates_of
from mixwell.interpret.means.averages import average_over_grid
from mixwell.interpret.means.averaging import bundles_of
from mixwell.interpret.means.deviations import (
    SENTENCES,
    Deviations,
    check_groups,
    existing_levels,
    one_new_level,
)
from mixwell.interpret.means.predictor_draws import By, Rows, Source, fixed_part
from mixwell.interpret.means.reference_grid import (
    Axis,
    Grid,
    GridRequest,
    group_columns,
    offset_columns,
)
from mixwell.interpret.means.written_out import (
    Averaged,
    Question,
    RowPlan,
    Stretch,
    average_rows,
    rows_of_data,
    rows_of_grid,
)
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec
from mixwell.text.numbers import show_value

Names = str | Sequence[str] | None
At = Mapping[str, object] | None
Scale = Literal["response", "link"]
Average = Literal["link", "response"]
Over = Literal["grid", "data"]


@dataclass(frozen=True, eq=False)
class Options:
    """The choices that means, slopes and comparisons share."""

    at: At
    scale: str
    groups: str
    weights: str
    average: str
    over: str
    seed: int | None

    def check(self) -> None:
        """Refuse values that are none of the choices."""
        check_groups(self.groups)
        for name, given, choices in (
            ("scale", self.scale, ("response", "link")),
            ("average", self.average, ("link", "response")),
            ("over", self.over, ("grid", "data")),
        ):
            if given not in choices:
                raise DataError(
                    f"{name}={given!r} is unknown.", hint=f"Choices: {', '.join(choices)}."
                )

    def on_response(self, spec: Spec) -> bool:
        """Return whether responses are what is averaged."""
        return self.scale == self.average == "response" and not spec.family.mean_is_linear


def as_names(names: Names) -> tuple[str, ...]:
    """Return one or several names as a tuple; `a:b` and `a * b` name two."""
    if names is None:
        return ()
    listed = [names] if isinstance(names, str) else list(names)
    parts: list[str] = []
    for name in listed:
        plain = "(" not in name and "`" not in name
        split = [part.strip() for part in name.replace("*", ":").split(":")] if plain else [name]
        parts += split
    return tuple(parts)


@dataclass(frozen=True, eq=False)
class Task:
    """A grid with its request and options, and the deviations that all of its averages share.

    Averages over the data's rows set the columns in `changed` to a value and add to those in
    `shifted`.
    """

    source: Source
    grid: Grid
    request: GridRequest
    options: Options
    deviations: Deviations
    changed: Mapping[str, Any] = field(default_factory=dict)
    shifted: Mapping[str, float] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether a cell averages over several rows."""
        over_rows = self.options.over == "data" or self.options.groups == "existing"
        return bool(self.grid.averaged) or over_rows

    def on(self, grid: Grid) -> "Task":
        """Return the same task on another grid."""
        return replace(self, grid=grid)


def task_of(source: Source, grid: Grid, request: GridRequest, options: Options) -> Task:
    """Put a task together; new levels of groups are drawn here, once for all averages."""
    return Task(source, grid, request, options, _deviations(source, options))


def evaluate(task: Task, variable: By | None = None, *, response: bool = False) -> Averaged:
    """Return averages by cell of the linear predictor or the response, or of their slopes."""
    source, grid, options = task.source, task.grid, task.options
    if options.over == "grid" and options.groups != "existing" and not response:
        bundles = bundles_of(source.design, grid, options.weights)
        groups = bool(task.deviations.values)
        rows = average_over_grid(source, grid, bundles, variable, groups=groups)
        return _on_draws(source, rows, task.deviations)
    offset = grid.offset if options.over == "grid" else None
    ask = Question(task.deviations, variable, response, offset)
    return average_rows(source, _plan(task), len(grid.cells), ask)


def _deviations(source: Source, options: Options) -> Deviations:
    if options.groups == "population" or not source.design.mean.blocks:
        return Deviations({})
    if options.groups == "existing":
        return existing_levels(source)
    return one_new_level(source, np.random.default_rng(options.seed))


def _on_draws(source: Source, rows: Rows, deviations: Deviations) -> Averaged:
    empty = np.isnan(rows.fixed).any(axis=1)
    eta = fixed_part(source, np.where(empty[:, None], 0.0, rows.fixed), np.nan_to_num(rows.offset))
    deviations.add_to(eta, rows)
    return Averaged(eta, np.nan_to_num(rows.residue), ~empty)


def _plan(task: Task) -> RowPlan:
    source, grid, options = task.source, task.grid, task.options
    if options.over == "grid":
        bundles = bundles_of(source.design, grid, options.weights)
        return rows_of_grid(source, grid, bundles, groups=options.groups == "existing")
    asked = dict(options.at or {})
    several = [axis.name for axis in grid.averaged if axis.name in asked]
    if several:
        raise DataError(
            f"at= gives {several[0]} several values, but it is neither in of= nor in by=.",
            hint=f"Add {several[0]!r} to of= or by=.",
        )
    everywhere = [axis for axis in grid.fixed if axis.name in asked]
    chosen = [axis.name for axis in grid.held if axis.name in task.request.by]
    plan = rows_of_data(source, grid, chosen, everywhere)

    def take(start: int, stop: int) -> Stretch:
        part = plan.take(start, stop)
        frame = part.frame.assign(**task.changed)
        moved = {name: frame[name] + size for name, size in task.shifted.items()}
        return Stretch(frame.assign(**moved), part.cell, part.weight)

    return RowPlan(plan.n, take)


def finished(task: Task, found: Averaged, basis: Basis, **fields: Any) -> Estimates:
    """Label averages by cell; combinations of groups that the data do not have are left out."""
    source, grid, residue = task.source, task.grid, found.residue
    if not found.filled.all():
        grouping = {axis.name for axis in grid.held} & set(group_columns(source.design.mean))
        if grouping:
            return finished(*_without_empty(task, found, basis), **fields)
        # an empty cell gets a residue of its own, which no other cancels
        own = np.eye(len(residue))[:, ~found.filled]
        residue = np.concatenate([residue, own], axis=1)
    estimable = np.abs(residue).max(axis=1, initial=0.0) < NOT_ESTIMABLE
    return estimates_of(
        found.values,
        source.shape,
        grid.frame,
        estimable=estimable,
        response=response_name(source.spec),
        basis=Basis(basis.link, basis.linear, residue),
        **fields,
    )


def _without_empty(task: Task, found: Averaged, basis: Basis) -> tuple[Task, Averaged, Basis]:
    keep, grid = np.flatnonzero(found.filled), task.grid
    linear = None if basis.linear is None else basis.linear[keep]
    smaller = Grid(grid.held, grid.averaged, grid.fixed, grid.cells[keep], grid.notes)
    kept = Averaged(found.values[keep], found.residue[keep], found.filled[keep])
    return task.on(smaller), kept, Basis(basis.link, linear, kept.residue)


def response_name(spec: Spec) -> str:
    """Return what the response is called."""
    response = spec.design.response
    return response.name if response is not None else "the response"


def basis_of(
    spec: Spec, scale: str, linear: FloatArray | None, residue: FloatArray | None
) -> Basis:
    """Return what contrasts of means on a scale are taken of.

    Where the mean is more than the link's inverse, they are taken of the means themselves.
    """
    if scale == "response" and spec.family.mean != "mu":
        return Basis("identity", None, residue)
    return Basis(spec.link if scale == "response" else "identity", linear, residue)


def shown_scale(spec: Spec, scale: str) -> str:
    """Return the scale of estimates; a linear predictor that is the mean is on the response's."""
    return "response" if spec.family.mean_is_linear else scale


def null_of(spec: Spec, scale: str) -> float:
    """The value at linear predictor 0, beside which directions are counted."""
    return 0.0 if scale == "link" else spec.family.link.null


def scale_name(spec: Spec, scale: str) -> str:
    """Say a scale in words: "log scale", "probabilities"."""
    if scale == "link" and spec.family.linear_scale:
        return f"{spec.family.linear_scale} scale"
    return spec.family.mean_words


def title_of(what: str, spec: Spec, scale: str, request: GridRequest) -> str:
    """Say in one line what is estimated, by what, on which scale."""
    of = ", ".join(request.of)
    within = f" within {', '.join(request.by)}" if request.by else ""
    by = f" by {of}" if of else ""
    return f"{what} of {response_name(spec)}{by}{within} ({scale_name(spec, scale)})"


def sentences(task: Task, *, on_response: bool, but: str = "") -> tuple[str, ...]:
    """Say what was held, averaged over, and how; of the variable `but` nothing is said."""
    source, grid, options = task.source, task.grid, task.options
    notes = list(grid.notes)
    if options.over == "data":
        notes.append(f"Averaged over the {source.design.n} rows of the data.")
    else:
        # with the offset at its mean, columns that it alone reads have no part in the answer
        unsaid = () if grid.offset is None else offset_columns(source.design.mean)
        notes += _grid_sentences(grid, options, (*unsaid, but))
    family = source.spec.family
    if task.several and options.scale == "response" and not family.mean_is_linear:
        notes.append(
            "In every draw the responses are averaged."
            if on_response
            else f"In every draw linear predictors are averaged on the {family.linear_scale} scale "
            'and then taken to the response scale; average="response" averages the responses.'
        )
    if source.design.mean.blocks:
        notes.append(SENTENCES[options.groups])
    return tuple(notes)


def _grid_sentences(grid: Grid, options: Options, unsaid: Sequence[str]) -> list[str]:
    notes = []
    known = [axis for axis in grid.fixed if axis.name not in unsaid]
    if known:
        shown = [f"{axis.name} = {show_value(axis.shown[0])}" for axis in known]
        notes.append(f"Held at {', '.join(shown)}.")
    if grid.offset is not None:
        notes.append(f"The offset is held at its mean, {grid.offset:.6g}.")
    if grid.averaged:
        names = ", ".join(_averaged_name(axis) for axis in grid.averaged)
        how = {
            "equal": "equal weights",
            "proportional": "the data's frequencies of their combinations",
            "outer": "the data's frequencies of each",
            "cells": "the data's frequencies within each row",
        }[options.weights]
        notes.append(f"Averaged over {names} with {how}.")
    return notes


def _averaged_name(axis: Axis) -> str:
    if axis.levels:
        return axis.name
    return f"{axis.name} ({', '.join(show_value(v) for v in axis.values)})"
