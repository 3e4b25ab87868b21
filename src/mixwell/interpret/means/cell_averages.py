"""Averages by cell of a grid: of linear predictors, of responses, or of their slopes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.estimates.standardized import Divisors
from mixwell.interpret.expected.expected_response import in_any_draw, own_parameters
from mixwell.interpret.expected.over_groups import over_groups, scatter_of
from mixwell.interpret.expected.predictor_draws import (
    By,
    MeanPredictor,
    block_rows,
    derivative_frames,
    linear_in,
    read_rows,
)
from mixwell.interpret.expected.quantities import Quantity
from mixwell.interpret.expected.taken_back import ExpectedAt
from mixwell.interpret.grids.averaging_weights import bundles_of
from mixwell.interpret.grids.axes import (
    columns_of,
    effect_columns,
    fixed_columns,
    group_columns,
)
from mixwell.interpret.means.averaged_columns import AveragedGrid
from mixwell.interpret.means.averaging_task import Task
from mixwell.interpret.means.row_averages import (
    Averaged,
    AveragedQuantity,
    RowQuantity,
    average_rows,
    row_values,
)
from mixwell.interpret.means.row_plans import RowPlan, rows_as_they_are, rows_of_grid
from mixwell.interpret.means.statistics_of import statistic_of
from mixwell.interpret.origins.made_numbers import Combination, Number, SummedRows, Through
from mixwell.interpret.origins.origins import turned
from mixwell.interpret.rows.row_cells import rows_of_cells
from mixwell.interpret.sizes.divisors import divisor_of
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.linear_predictor import (
    LevelDraws,
    PredictorRows,
    linear_predictor,
    predictor_rows,
)


def cell_averages(task: Task, variable: By | None = None, *, response: bool = False) -> Averaged:
    """Return averages by cell of the linear predictor or the response, or of their slopes."""
    source, grid, options = task.source, task.grid, task.options
    if source.constant:
        return _same_everywhere(source, len(grid.cells), response=response)
    if source.shift:
        parts = (source.parameter, source.shift)
        return _sum(*(cell_averages(task.about(name), variable) for name in parts))
    if not task.over_rows and not response:
        bundles, drawn = bundles_of(source.design, grid, options.weights), task.groups
        averaged = AveragedGrid(source, grid, bundles, variable)
        return _on_draws(
            source, averaged.rows(drawn.read), drawn.of_one_new_level(source.parameter)
        )
    ask = _asked(task, variable, response)
    return average_rows(source, plan_of(task), len(grid.cells), ask, options.progressbar)


def _asked(task: Task, variable: By | None, response: bool) -> AveragedQuantity:
    held = task.rows is None and task.source.parameter == "mean"
    offset = task.grid.offset if held else None
    return AveragedQuantity(task.groups, variable, response, offset)


@dataclass(frozen=True, eq=False)
class CellNumbers:
    """How the numbers of cells are made: what is averaged, and `taken` through which function.

    `said` names the function; without one averages are the numbers themselves.
    """

    response: bool = False
    variable: By | None = None
    taken: Callable[[Task, Averaged], FloatArray] | None = None
    said: str = ""


@dataclass(frozen=True, eq=False)
class CellOrigin:
    """The cells of a task as averages of their rows, each written out; see `CellNumbers`."""

    task: Task
    numbers: CellNumbers

    def number(self, row: int) -> Number:
        """Return what the number of a cell, or of one of its points, is made of."""
        quantity, made, task = self.task.source.quantity, self.numbers, self.task
        count = 1 if quantity is None else len(quantity.points)
        grid = replace(task.grid, cells=task.grid.cells[[row // count]])
        cell = task.on(grid)
        found = self._average(cell)
        if made.taken is not None:
            taken, shown = made.taken, found

            def through(draws: FloatArray) -> FloatArray:
                nothing = np.zeros((1, 0))
                one = Averaged(draws[None], nothing, np.ones(1, dtype=bool))
                return np.asarray(taken(cell, one)[0])

            found = Through(shown, through, made.said)
        if quantity is None:
            return found
        place = row % count
        said = f"{{}} (at {quantity.column} = {quantity.points[place]:g})"
        return Through(found, lambda draws: draws.reshape(count, -1)[place], said)

    def _average(self, cell: Task) -> Number:
        source = cell.source
        if source.constant:
            return SummedRows(
                cell.grid.frame, np.ones(1), _OneForAll(source, self.numbers.response)
            )
        if source.shift:
            names = (source.parameter, source.shift)
            parts = tuple(self._average(cell.about(name)) for name in names)
            return Combination(parts, np.ones(2), names)
        made, plan = self.numbers, plan_of(cell)
        rows = plan.take(0, plan.n)
        ask = _asked(cell, made.variable, made.response)
        weight = rows.weight * _known(source, rows.frame, ask)
        weight = weight / weight.sum()
        frame = rows.frame[[name for name in rows.frame if name in _read(cell)]]
        by = made.variable
        if (
            by is not None
            and not made.response
            and (by.ends or linear_in(source.predictor, by.variable))
        ):
            ends = derivative_frames(source, rows.frame, by)
            frame = pd.concat([end[frame.columns] for _, end in ends], ignore_index=True)
            weight = np.concatenate([weight * own for own, _ in ends])
            ask = replace(ask, variable=None)
        period = source.period if ask.response and ask.variable is None else None
        return SummedRows(frame, weight, RowQuantity(source, ask, _what(cell, ask)), period)


@dataclass(frozen=True)
class _OneForAll:
    """A parameter without a formula: it is the same in all rows."""

    source: MeanPredictor
    response: bool
    size: int = 1

    @property
    def what(self) -> str:
        """The parameter's name."""
        return self.source.parameter

    def __call__(self, frame: pd.DataFrame) -> FloatArray:
        """Return the draws of rows, `(row, sample)`."""
        return _same_everywhere(self.source, len(frame), response=self.response).values


def _known(source: MeanPredictor, frame: pd.DataFrame, ask: AveragedQuantity) -> FloatArray:
    """Return 1 for rows all of whose groups have draws, else 0."""
    if not ask.groups.treated:
        return np.ones(len(frame))
    size = block_rows(source)
    blocks = (frame.iloc[start : start + size] for start in range(0, len(frame), size))
    return np.concatenate([row_values(source, part, ask)[1].known for part in blocks]).astype(float)


def _read(task: Task) -> set[str]:
    """Return the columns that averages of a task depend on."""
    source, groups = task.source, task.groups
    names = {source.parameter, *(own_parameters(source) if not source.shift else ())}
    read = [source.design.predictors[name] for name in names]
    found = {*columns_of(fixed_columns, read), *columns_of(effect_columns, read, groups.read)}
    return found | {*columns_of(group_columns, read, groups.treatments.known)}


def _what(task: Task, ask: AveragedQuantity) -> str:
    """Say what rows have."""
    if ask.variable is not None:
        return "slope"
    if ask.response and task.source.quantity is not None:
        return task.source.quantity.words
    source = task.source
    if ask.response or (source.linear and source.back is None):
        return source.named or statistic_of(source, "response").statistic
    return "linear predictor"


def responses_at(task: Task, linear: Averaged) -> Averaged:
    """Return the expected responses at averages by cell of the linear predictor.

    Parameters with a formula that the mean depends on are averaged by cell on their own link scale.
    """
    source, integrated = task.source, task.groups.integrated
    further = {name: cell_averages(task.about(name)) for name in own_parameters(source)}
    etas = {source.parameter: linear.values, **{n: f.values for n, f in further.items()}}
    effects = {n: averaged_effects(task.about(n), integrated) for n in etas} if integrated else {}
    scatter = scatter_of(source.posterior, integrated, effects)
    residue = np.hstack([linear.residue, *(found.residue for found in further.values())])
    response = ExpectedAt(source)
    values = over_groups(
        scatter, etas, response, source.period, any_rows=True, any_draws=in_any_draw(source)
    )
    return replace(linear, values=values, residue=residue)


def response_numbers(task: Task) -> CellNumbers:
    """Say how `responses_at` makes responses of averages, which may be what they are."""
    source = task.source
    if source.linear and source.back is None:
        return CellNumbers()
    over = " and averaged over groups" if task.groups.integrated else ""
    said = f"{{}}, taken to the response scale{over}"
    return CellNumbers(taken=lambda one, found: responses_at(one, found).values, said=said)


def averaged_effects(task: Task, factors: Collection[str]) -> dict[str, FloatArray]:
    """Return the columns of factors' effects, averaged over every cell, `(cell, effect)`.

    They are not-a-number where a cell needs one that the data lack.
    """
    source, grid = task.source, task.grid
    own = [b.factor for b in source.design.predictors[source.parameter].blocks]
    factors = [factor for factor in dict.fromkeys(own) if factor in factors]
    if task.rows is None:
        bundles = bundles_of(source.design, grid, task.options.weights)
        averaged = AveragedGrid(source, grid, bundles)
        rows, known = averaged.rows(factors), averaged.rows().residue.shape[1]
        lacking = (np.nan_to_num(rows.residue[:, known:]) != 0).any(axis=1)
        effects = {name: rows.effects[name] for name in factors}
        return {name: np.where(lacking[:, None], np.nan, z) for name, z in effects.items()}
    total: dict[str, FloatArray] = {}
    for part in plan_of(task).stretches(block_rows(source)):
        rows = predictor_rows(read_rows(source, part.frame, factors).predictors[source.parameter])
        for factor in factors:
            z = rows.effects[factor]
            sums = total.setdefault(factor, np.zeros((len(grid.cells), z.shape[1])))
            np.add.at(sums, part.cell, part.weight[:, None] * z)
    return total


def _same_everywhere(source: MeanPredictor, cells: int, *, response: bool) -> Averaged:
    """Return the one value of a parameter without a formula, in every cell."""
    values = source.posterior.flat(source.parameter)[None, :]
    values = np.repeat(values if response else source.link(values), cells, axis=0)
    return Averaged(values, np.zeros((cells, 0)), np.ones(cells, dtype=bool))


def _sum(one: Averaged, other: Averaged) -> Averaged:
    residue = np.hstack([one.residue, other.residue])
    return Averaged(one.values + other.values, residue, one.filled & other.filled)


def _on_draws(source: MeanPredictor, rows: PredictorRows, deviations: LevelDraws) -> Averaged:
    empty = np.isnan(rows.fixed).any(axis=1)
    fixed, offset = np.where(empty[:, None], 0.0, rows.fixed), np.nan_to_num(rows.offset)
    known = replace(rows, fixed=fixed, offset=offset)
    coefficients = source.posterior.coefficients(source.parameter)
    eta = linear_predictor(coefficients, known, deviations)
    return Averaged(eta, np.nan_to_num(rows.residue), ~empty)


def plan_of(task: Task) -> RowPlan:
    """Return the rows that a task averages over: those of its grid, or given ones."""
    source, grid, options = task.source, task.grid, task.options
    if task.rows is None:
        bundles = bundles_of(source.design, grid, options.weights)
        return rows_of_grid(source, grid, bundles, task.request.groups)
    asked = dict(options.at or {})
    several = [axis.name for axis in grid.averaged if axis.name in asked]
    if several:
        raise DataError(
            f"at= gives {several[0]} several values, but it is neither in of= nor in by=.",
            hint=f"Add {several[0]!r} to of= or by=.",
        )
    everywhere = [axis for axis in grid.fixed if axis.name in asked]
    at = (everywhere, task.changed, task.shifted)
    return rows_as_they_are(task.rows, grid, task.request.by, *at)


def with_sizes(made: Estimates, task: Task) -> Estimates:
    """Add `size`, what the rows of each cell add up to, where they are those of a population.

    The estimates of a task may be several for each cell, one after another.
    """
    if task.rows is None or not task.rows.table:
        return made
    return replace(made, frame=made.frame.assign(size=np.resize(sizes_of(task), len(made))))


def sizes_of(task: Task) -> FloatArray:
    """Return what the weights of the rows in each cell add up to."""
    assert task.rows is not None
    rows, cells = rows_of_cells(task.rows, task.grid, task.request.by)
    return np.bincount(cells, task.rows.weight[rows], len(task.grid.cells))


def units_of(task: Task) -> Divisors | None:
    """Return what differences of a task's estimates can be standardized by, None for nothing."""
    source, linked = task.source, task.options.scale == "link"
    if source.quantity is not None or not source.of_mean or (source.back and not linked):
        return None
    straight = linked or task.spec.mean_is_linear
    return Divisors(partial(divisor_of, source.posterior, source.parameter), straight)


def finished(
    task: Task,
    found: Averaged,
    basis: Basis,
    numbers: CellNumbers | None = None,
    compared: CellNumbers | None = None,
    **fields: Any,
) -> Estimates:
    """Label averages by cell; combinations of groups that the data do not have are left out.

    `numbers` says how they are made, and `compared` how what contrasts are taken of.
    """
    source, grid, residue = task.source, task.grid, found.residue
    if not found.filled.all():
        grouping = columns_of(group_columns, task.request.read)
        if any(axis.name in grouping for axis in grid.held):
            return finished(*_without_empty(task, found, basis), numbers, compared, **fields)
        # an empty cell gets a residue of its own, which no other cancels
        own = np.eye(len(residue))[:, ~found.filled]
        residue = np.concatenate([residue, own], axis=1)
    values, frame = found.values, grid.frame
    if source.quantity is not None:
        values, frame, residue = _by_point(source.quantity, found.values, frame, residue)
    answer = statistic_of(source, task.options.scale)
    origin = None if numbers is None else turned(CellOrigin(task, numbers), basis.period)
    linear = None if compared is None else CellOrigin(task, compared)
    made = estimates_of(
        values,
        source.posterior.shape,
        frame,
        rope=task.options.rope,
        ci_prob=task.options.ci_prob,
        scale=answer.scale,
        response=answer.response,
        statistic=answer.statistic,
        basis=replace(basis, residue=residue, origin=linear),
        origin=origin,
        units=units_of(task),
        **fields,
    )
    return made if source.quantity is not None else with_sizes(made, task)


def _by_point(
    quantity: Quantity, values: FloatArray, cells: pd.DataFrame, residue: FloatArray
) -> tuple[FloatArray, pd.DataFrame, FloatArray]:
    """Return a row for each cell and point of a quantity, which a last column names."""
    count, points = len(quantity.points), quantity.points
    frame = cells.loc[cells.index.repeat(count)].reset_index(drop=True)
    column = {quantity.column: np.tile(points, len(cells))}
    return quantity.rows(values), frame.assign(**column), residue.repeat(count, axis=0)


def _without_empty(task: Task, found: Averaged, basis: Basis) -> tuple[Task, Averaged, Basis]:
    keep, grid = np.flatnonzero(found.filled), task.grid
    linear = None if basis.linear is None else basis.linear[keep]
    smaller = replace(grid, cells=grid.cells[keep])
    kept = Averaged(found.values[keep], found.residue[keep], found.filled[keep])
    return task.on(smaller), kept, replace(basis, linear=linear)
