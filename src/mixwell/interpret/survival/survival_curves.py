"""Survival curves, restricted means and quantiles of times, averaged as means are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from mixwell.errors import DataError, is_finite, listed_values, require_choice, shown
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.joined_estimates import without_sides
from mixwell.interpret.expected.quantities import Quantity
from mixwell.interpret.grids.axes import all_columns
from mixwell.interpret.means.average_notes import average_notes
from mixwell.interpret.means.averaging_task import At, Names, Options, Task, as_names, task_of
from mixwell.interpret.means.categories import each_category
from mixwell.interpret.means.cell_averages import (
    CellNumbers,
    cell_averages,
    finished,
    response_numbers,
    responses_at,
)
from mixwell.interpret.survival.time_quantities import (
    cumulative_hazard,
    hazard,
    quantile,
    restricted_mean,
    survival_after,
)
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.specify.naming import distinct_columns
from mixwell.specify.spec import Spec

__all__ = [
    "CURVES",
    "CurveKind",
    "even_times",
    "require_time",
    "require_times",
    "restricted_means",
    "survival",
    "time_quantiles",
]

CurveKind = Literal["survival", "hazard", "cumulative hazard"]
#: What each kind of curve is called.
CURVES = {
    "survival": "Survival",
    "hazard": "Hazard",
    "cumulative hazard": "Cumulative hazard",
}
_OVER_GROUPS = "Survival curves from the start and restricted means are known over groups."


def survival(
    posterior: Posterior,
    by: Names = None,
    times: object = None,
    at: At = None,
    *,
    kind: CurveKind = "survival",
    after: float = 0.0,
    **given: Any,
) -> Estimates:
    """Return survival curves: the probability to be without an event at `times`, within `by`.

    On a reference grid or over the data's rows, as `means`: with its options `groups`, `weights`,
    `over`, `average`, `rope`, `seed`, `ci_prob` and `progressbar`; where a curve stands for several
    rows these are averaged (with `average="link"` their linear predictors). `times` are one or
    several numbers, without them five up to the longest in the data. `kind` is "survival",
    "hazard", the rate of events among those without one so far, or "cumulative hazard"; `after`
    makes curves those of cases without an event at that time. With `groups="integrated"` survival
    is that of the population of groups. Rows are a cell and a time;
    `contrasts()` compares cells at each time. Of truncated responses curves are those of all
    times, not only of those between the bounds. Raises `DataError`, also for families of other
    responses than times.
    """
    require_choice("kind", kind, CURVES)
    require_times(posterior.spec)
    start = require_time("after", after)
    chosen = even_times(posterior.spec, start) if times is None else _numbers("times", times)
    least = np.nextafter(start, np.inf) if kind == "hazard" else start
    if (chosen < least).any():
        above = "above" if kind == "hazard" else "at or above"
        raise DataError(
            f"times= has {chosen.min():g}; a {kind} has values {above} {start:g}.",
            where="times",
        )
    if after and kind != "survival":
        raise DataError(
            f"after= is for survival curves; a {kind} at a later time is the same without it.",
            where="after",
        )
    since = f" after {start:g}" if start else ""
    name = posterior.spec.design.response_name
    words = {
        "survival": f"probability that {name} is longer{since and f', once it is above {start:g}'}",
        "hazard": f"hazard of {name}",
        "cumulative hazard": f"cumulative hazard of {name}",
    }
    quantity = Quantity(
        {
            "survival": survival_after(start),
            "hazard": hazard,
            "cumulative hazard": cumulative_hazard,
        }[kind],
        chosen,
        "time",
        words[kind],
        0.5 if kind == "survival" else None,
        "" if kind == "survival" and not start else _OVER_GROUPS,
    )
    options = _options(survival, given, at, average="response")
    chance = " (probability of a longer time)" if kind == "survival" else ""
    return _estimates(posterior, by, quantity, options, f"{CURVES[kind]} of {name}{since}", chance)


def restricted_means(
    posterior: Posterior,
    until: object,
    by: Names = None,
    at: At = None,
    **given: Any,
) -> Estimates:
    """Return restricted mean survival times within `by`: the mean time up to each of `until`.

    That is the area under the survival curve, in the units of the times, also where the mean
    itself is far beyond the data or infinite. Options are those of `survival`;
    `contrasts(compare="ratio")` of the result gives ratios. Raises `DataError`.
    """
    require_times(posterior.spec)
    chosen = _numbers("until", until)
    if (chosen <= 0).any():
        raise DataError("until= takes times above 0.", where="until")
    name = posterior.spec.design.response_name
    quantity = Quantity(restricted_mean, chosen, "until", f"restricted mean of {name}")
    options = _options(restricted_means, given, at, average="response")
    return _estimates(posterior, by, quantity, options, f"Restricted means of {name}")


def time_quantiles(
    posterior: Posterior,
    shares: object = 0.5,
    by: Names = None,
    at: At = None,
    **given: Any,
) -> Estimates:
    """Return the times by which `shares` of cases have had their event, within `by`.

    0.5 is the median time. Options are those of `survival`; where a quantile stands for several
    rows, linear predictors are averaged (with `average="response"` the quantiles are).
    `contrasts(compare="ratio")` of the result gives time ratios. Raises `DataError`.
    """
    require_times(posterior.spec)
    chosen = _numbers("shares", shares)
    if not ((chosen > 0) & (chosen < 1)).all():
        raise DataError("shares= takes probabilities between 0 and 1.", where="shares")
    name = posterior.spec.design.response_name
    words = f"quantile of {name}"
    quantity = Quantity(quantile, chosen, "share", words, instead=_OVER_GROUPS)
    options = _options(time_quantiles, given, at, average="link")
    return _estimates(posterior, by, quantity, options, f"Quantiles of {name}")


def require_times(spec: Spec) -> None:
    """Refuse responses that are no times: that may be below 0, or are counts or categories."""
    for family in spec.family.parts or (spec.family,):
        if not family.of_times:
            hint = 'For example "weibull", "exponential", "gamma", "lognormal" or "loglogistic".'
            if spec.transformed:
                hint = 'Fit the times themselves: family="lognormal" takes their logarithms.'
            raise DataError(
                f"Survival is of times above 0; responses of the family {family.name} are others.",
                where=f"family {family.name}",
                hint=hint,
            )


def even_times(spec: Spec, start: float = 0.0, count: int = 5) -> FloatArray:
    """Return about so many round times after `start`, up to the longest of the data."""
    longest = float(np.max(spec.response.values))
    room = longest - start
    if room <= 0:
        return np.array([start])
    raw = room / count
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(k * size for k in (1.0, 2.0, 2.5, 5.0, 10.0) if k * size >= raw * (1 - 1e-9))
    first = np.floor(start / step) + 1
    return np.asarray(step * np.arange(first, np.floor(longest / step) + 1))


def _numbers(argument: str, given: object) -> FloatArray:
    found = [require_time(argument, each) for each in listed_values(given)]
    if not found:
        raise DataError(f"{argument}= has no values.", where=argument)
    return np.array(found)


def require_time(argument: str, given: object) -> float:
    """Return a number that is not negative; raises `DataError` for what is none."""
    if not is_finite(given) or given < 0:
        raise DataError(f"{argument}= takes numbers from 0 on, not {shown(given)}.", where=argument)
    return float(given)


def _options(
    verb: Callable[..., object], given: dict[str, Any], at: At, *, average: str
) -> Options:
    return Options.read(verb, {"average": average, **given}, at=at, scale="response")


def _estimates(
    posterior: Posterior,
    by: Names,
    quantity: Quantity,
    options: Options,
    title: str,
    said: str = "",
) -> Estimates:
    spec, names = posterior.spec, as_names(by, "by")
    taken = [name for predictor in spec.predictors.values() for name in all_columns(predictor)]
    (column,) = distinct_columns([quantity.column], taken)
    quantity = replace(quantity, column=column)
    task = task_of(posterior, names, None, options, quantity=quantity)
    of = f" by {', '.join(task.request.of)}" if task.request.of else ""
    made = each_category(task, lambda one: _of_cells(one, quantity, f"{title}{of}{said}"))
    return made if quantity.null is not None else without_sides(made)


def _of_cells(task: Task, quantity: Quantity, title: str) -> Estimates:
    on_response = task.on_response and task.several
    found = cell_averages(task, response=on_response)
    found = found if on_response else responses_at(task, found)
    made = finished(
        task,
        found,
        Basis(residue=found.residue),
        CellNumbers(response=True) if on_response else response_numbers(task),
        title=title,
        notes=average_notes(task, on_response=on_response),
        by=(quantity.column,),
        null=quantity.null or 0.0,
        estimand="response",
    )
    return replace(made, response=quantity.words)
