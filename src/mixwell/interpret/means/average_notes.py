"""What is said of averages: the title, and what was held and averaged over."""

from collections.abc import Sequence

from mixwell.design.design import Design
from mixwell.interpret.expected.named_parts import meaning_of
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.expected.scores import said_of_scores
from mixwell.interpret.grids.averaging_weights import WEIGHTS
from mixwell.interpret.grids.axes import (
    Axis,
    columns_of,
    columns_read,
    group_columns,
    offset_columns,
)
from mixwell.interpret.grids.reference_grid import Grid
from mixwell.interpret.means.averaging_task import GROUPS, OF_ROWS, Options, Task
from mixwell.interpret.means.statistics_of import given_bounds, statistic_of
from mixwell.specify.spec import Spec
from mixwell.text.numbers import show_near, show_value, show_values
from mixwell.text.phrases import listed

_TYPICAL = GROUPS["population"].removesuffix(".")


def title_of(what: str, task: Task, within: str, detail: str = "", of: str = "") -> str:
    """Say in one line what is estimated, by and `within` what, on which scale.

    `of` says what is made of the numbers on that scale, as "ratios".
    """
    request, answer = task.request, statistic_of(task.source, task.options.scale)
    by = f" by {', '.join(request.of)}" if request.of else ""
    inside = f"{within}{', '.join(request.by)}" if request.by else ""
    scale, named = answer.scale_words, answer.quantity
    if what == "Means":
        what, named = answer.statistics, answer.response
    if of:
        scale = f"{of} on the {scale}" if "scale" in scale else f"{of} of {scale}"
    return f"{what} of {named}{by}{detail}{inside} ({scale})"


def average_notes(
    task: Task,
    *,
    on_response: bool,
    variable: str = "",
    moved: bool = False,
    as_they_are: bool = False,
) -> tuple[str, ...]:
    """Say what was held, averaged over, and how.

    `variable` is what changes, where something does; where it is `moved` from value to value, those
    that it has on the grid are not said. Averages over rows `as_they_are` do not mislead where
    variables interact.
    """
    source, grid, options = task.source, task.grid, task.options
    but = variable if moved else ""
    notes = [*_nesting_sentences(grid, but, options.over), *grid.notes]
    if task.rows is not None:
        notes += _said_of_given_rows(task)
    else:
        # with the offset at its mean, columns that it alone reads have no part in the answer
        unsaid = () if grid.offset is None else offset_columns(source.design.mean)
        notes += _grid_sentences(task.source.design, grid, options, (*unsaid, but))
    if not as_they_are and (task.rows is None or not task.rows.table):
        notes += _interaction_sentence(task, variable)
    spec = task.spec
    if source.itself:
        notes += _said_of_parameter(task, on_response)
    elif source.quantity is not None:
        notes += _said_of_quantity(task, on_response)
    elif _averages(task) and options.scale == "response" and not source.linear:
        slopes = bool(variable) and not moved
        notes += _said_of_averages(task, on_response=on_response, slopes=slopes)
    if source.integrated:
        notes.append(
            f"In every draw means are over the residuals of {source.modeled_response.name}."
        )
    notes += said_of_scores(source)
    if source.quantity is None and not source.itself:
        notes += [*_said_of_bounds(spec, options.scale), *_said_of_response(source, options.scale)]
    return (*notes, *_said_of_groups(task))


def _said_of_given_rows(task: Task) -> list[str]:
    """Say which rows are averaged, what is set in them, and which of them each cell has."""
    rows, request = task.rows, task.request
    assert rows is not None
    own = [*request.of, *(name for name in task.changed if name not in request.of)]
    everywhere = [axis for axis in task.grid.fixed if axis.name in (task.options.at or {})]
    design = task.source.design
    fixed = [f"{axis.name} set to {_held_value(design, axis)}" for axis in everywhere]
    each = [f"{listed(own)} set to each value"] if own else []
    set_to = f", {listed([*each, *fixed])} in all of them" if each or fixed else ""
    chosen = f", for each {' and '.join(request.by)} over its own" if request.by else ""
    return list(rows.said(chosen + set_to))


def _averages(task: Task) -> bool:
    """Return whether a cell stands for several rows, or groups that are averaged."""
    held = {axis.name for axis in task.grid.held}
    grouping = set(columns_of(group_columns, task.request.read, task.groups.treatments.known))
    return bool(task.grid.averaged) or task.rows is not None or not grouping <= held


def _said_of_groups(task: Task) -> tuple[str, ...]:
    """Say what groups have to do with the numbers, and which other mean there is."""
    source, treatments = task.source, task.groups.treatments
    of_table = task.rows is not None and task.rows.table
    words = {**OF_ROWS, "new": GROUPS["new"]} if of_table else dict(GROUPS)
    held = {axis.name for axis in task.grid.held}
    if task.rows is not None:
        words["existing"] = OF_ROWS["existing"]
    elif not set(columns_of(group_columns, task.request.read, treatments.known)) <= held:
        words["existing"] = "Averaged over the groups in the data, each with its own deviations."
    curved = task.options.scale == "response" and not source.linear
    expected = source.back is None or source.integrated
    if curved and expected and not (source.quantity and source.quantity.instead):
        words["population"] = f'{_TYPICAL}; groups="integrated" has the mean of all groups.'
    return treatments.said(words)


def _said_of_quantity(task: Task, on_response: bool) -> list[str]:
    """Say how a quantity of the response's distribution is averaged, and of which responses."""
    notes = _said_of_rows(task, on_response) if task.several else []
    if task.spec.response.truncated:
        notes.append("Before truncation: of all responses, beyond the bounds too.")
    return notes


def _said_of_parameter(task: Task, on_response: bool) -> list[str]:
    """Say what a parameter is, and how it is averaged."""
    source, notes = task.source, [meaning_of(task.source)]
    if source.constant:
        return [*notes, f"It has no formula: {source.named} is the same in all rows."]
    if task.several and task.options.scale == "response" and not source.linear:
        notes += _said_of_rows(task, on_response)
    return notes


def _said_of_rows(task: Task, on_response: bool) -> list[str]:
    """Say what is averaged in every draw: the rows' own numbers, or linear predictors."""
    source = task.source
    what = source.named if source.quantity is None else source.quantity.words
    if on_response:
        return [f"In every draw each row's {what} is averaged."]
    return [
        "In every draw linear predictors are averaged first; "
        f'average="response" averages each row\'s {what}.'
    ]


def _nesting_sentences(grid: Grid, but: str, over: str) -> list[str]:
    notes = []
    for name, parents in grid.nesting.parents.items():
        where = f"{name} is nested in {listed(parents)}"
        if name == but:
            notes.append(f"{where}: its levels are compared inside each.")
        elif any(axis.name == name for axis in grid.averaged) and over == "data":
            notes.append(f"{where}: each row keeps its own level of {name}.")
        elif any(axis.name == name for axis in grid.averaged):
            notes.append(f"{where}: the levels that there are in each are averaged.")
        elif any(axis.name == name for axis in grid.held):
            notes.append(f"{where}: the levels that there are in each are shown.")
    return notes


def _interaction_sentence(task: Task, variable: str) -> list[str]:
    """Warn of means of what interacts with something that they average over or hold, as emmeans."""
    grid = task.grid
    asked = [*(axis.name for axis in grid.held), *([variable] if variable else [])]
    inside = {name for name in asked for name in grid.nesting.inside(name)}
    given = {*asked, *inside, *(task.options.at or {})}
    involved, others = [], []
    for term in () if task.source.constant else task.source.predictor.fixed.plan.terms:
        names = columns_read(entry.atom.expr for entry in term.variables)
        own = [name for name in names if name in asked]
        rest = [name for name in names if name in grid.axes and name not in given]
        if own and rest:
            involved += own
            others += rest
    if not others:
        return []
    over_rows = task.rows is not None
    averaged = set(others) if over_rows else {axis.name for axis in grid.averaged}
    ways = {True: "by= keeps levels apart", False: "at= takes other values"}
    said = [ways[each] for each in (True, False) if each in {name in averaged for name in others}]
    how = [f"{n} ({'averaged over' if n in averaged else 'held'})" for n in dict.fromkeys(others)]
    who = list(dict.fromkeys(involved))
    verb = "interact" if len(who) > 1 else "interacts"
    return [f"Results may mislead: {listed(who)} {verb} with {listed(how)}; {listed(said)}."]


def _said_of_bounds(spec: Spec, scale: str) -> list[str]:
    """Say which means of truncated responses these are, and where the others are."""
    if not spec.response.truncated:
        return []
    if given_bounds(spec, scale, rows=False):
        return ["Means are those of responses between the truncation bounds."]
    if spec.shared_bounds is not None:
        return ['Before truncation; scale="response" gives means between the bounds.']
    return ["Before truncation; fit.predictions() gives each row's mean between its own bounds."]


def _said_of_averages(task: Task, *, on_response: bool, slopes: bool = False) -> list[str]:
    """Say what is averaged in every draw: linear predictors, or what they are taken to."""
    family, back = task.source.family, task.source.back
    if back is not None and back.affine and family.mean_is_linear:
        return []
    what = "responses" if back is None else f"{statistic_of(task.source, 'response').statistic}s"
    if on_response:
        return [f"In every draw the {'slopes' if slopes else what} are averaged."]
    on = f" on the {family.linear_scale} scale" if family.linear_scale else ""
    first = f"linear predictors are averaged{on} and then taken to the response scale"
    if back is not None:
        first = f"averages on the scale of {task.source.modeled_response.name} are taken back"
    return [f'In every draw {first}; average="response" averages the {what}.']


def _said_of_response(source: MeanPredictor, scale: str) -> list[str]:
    """Say that a function of the response cannot be undone, where one stands there."""
    own = source.modeled_response
    if scale == "link" or not own.called or own.back is not None:
        return []
    return [f"Means are on the scale of {own.name}, which cannot be taken back on these data."]


def _grid_sentences(
    design: Design, grid: Grid, options: Options, unsaid: Sequence[str]
) -> list[str]:
    notes = []
    known = [axis for axis in grid.fixed if axis.name not in unsaid]
    if known:
        shown = [f"{axis.name} = {_held_value(design, axis)}" for axis in known]
        notes.append(f"Held at {', '.join(shown)}.")
    if grid.offset is not None:
        notes.append(f"The offset is held at its mean, {grid.offset:.6g}.")
    averaged = [axis for axis in grid.averaged if axis.name not in unsaid]
    if averaged:
        names = ", ".join(map(_averaged_name, averaged))
        notes.append(f"Averaged over {names} with {WEIGHTS[options.weights]}.")
    return notes


def _held_value(design: Design, axis: Axis) -> str:
    if axis.levels:
        return show_value(axis.shown[0])
    low, high = design.seen.column(axis.name).ends
    return show_near(axis.shown[0], high - low)


def _averaged_name(axis: Axis) -> str:
    if axis.levels:
        return axis.name
    return f"{axis.name} ({', '.join(show_values(axis.values))})"
