"""Estimates of a mean, or of every category's probability where responses are categories."""

from collections.abc import Callable
from dataclasses import replace

from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.joined_estimates import side_by_side
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.means.averaging_task import Task

__all__ = ["each_category", "each_category_of", "each_location_of"]


def each_category(task: Task, estimate: Callable[[Task], Estimates]) -> Estimates:
    """Return the estimates of a task, those of every category in one.

    On the link scale they are those of every linear predictor. One that has a name is alone.
    Simultaneous intervals are those of all rows.
    """
    each = each_location_of if task.options.scale == "link" else each_category_of
    if task.source.named:
        made = estimate(task)
    else:
        made = each(task.source, lambda source: estimate(replace(task, source=source)))
    return made.with_interval(simultaneous=True) if task.options.simultaneous else made


def each_category_of(
    source: MeanPredictor, estimate: Callable[[MeanPredictor], Estimates]
) -> Estimates:
    """Return estimates of the mean, of every category's probability, or of every response's mean.

    Where there are several they have a column `category`, or `response`.
    """
    spec, levels = source.spec, source.spec.response.levels
    if source.scores is not None:
        made = estimate(source)
        return replace(made, response=f"the expected score of {made.response}")
    if spec.family.parts:
        return _each_response(source, estimate, [_measured(each) for each in source.each])
    if not spec.family.categories or levels is None:
        return estimate(source)
    parts = [estimate(replace(source, category=k)) for k in range(len(levels))]
    joined = side_by_side(parts, "category", levels)
    # several columns are named at length: cbind(fish, invertebrate, ...)
    what = joined.response if spec.response.columns is None else "each category"
    return replace(joined, response=f"the probability of {what}")


def each_location_of(
    source: MeanPredictor, estimate: Callable[[MeanPredictor], Estimates]
) -> Estimates:
    """Return estimates of the linear predictor, or of each one's where there are several.

    Where thresholds have effects of their own there is one at each threshold.
    """
    spec = source.spec
    if spec.family.specific:
        own = spec.family.specific
        parts = [estimate(replace(source, shift=p.name)) for p in own]
        return side_by_side(parts, "threshold", [p.label for p in own])
    if not spec.family.location.location:
        return estimate(source)
    labels = [p.label for p in spec.family.locations]
    if spec.family.parts:
        return _each_response(source, estimate, labels)
    return side_by_side([estimate(each) for each in source.each], "category", labels)


def _each_response(
    source: MeanPredictor, estimate: Callable[[MeanPredictor], Estimates], labels: list[str]
) -> Estimates:
    """Return the estimates of several responses in one, by what each is called."""
    if len({*labels}) < len(labels):  # log(y) and sqrt(y) are both taken back to y
        labels = [p.label for p in source.spec.family.locations]
    return side_by_side([estimate(each) for each in source.each], "response", labels)


def _measured(source: MeanPredictor) -> str:
    """Return what one of several responses is called where it is taken back."""
    parameter = source.spec.family.parameter(source.parameter)
    return parameter.label if source.back is None else source.back.source
