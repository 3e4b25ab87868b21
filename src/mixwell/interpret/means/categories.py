"""Estimates of a mean, or of every category's probability where responses are categories."""

from collections.abc import Callable
from dataclasses import replace

from mixwell.interpret.estimates.estimates import Estimates, side_by_side
from mixwell.interpret.means.averaging_task import Task
from mixwell.interpret.means.predictor_draws import MeanPredictor

__all__ = ["each_category", "each_category_of"]


def each_category(task: Task, estimate: Callable[[Task], Estimates]) -> Estimates:
    """Return the estimates of a task, on the response scale those of every category in one."""
    if task.options.scale == "link":
        return estimate(task)
    return each_category_of(task.source, lambda source: estimate(replace(task, source=source)))


def each_category_of(
    source: MeanPredictor, estimate: Callable[[MeanPredictor], Estimates]
) -> Estimates:
    """Return estimates of the mean, or of every category's probability with a column `category`."""
    levels = source.spec.response.levels
    if not source.spec.family.categories or levels is None:
        return estimate(source)
    parts = [estimate(replace(source, category=k)) for k in range(len(levels))]
    joined = side_by_side(parts, "category", levels)
    return replace(joined, response=f"the probability of {joined.response}")
