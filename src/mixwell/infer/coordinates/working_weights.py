"""Working weights and scores of iteratively reweighted least squares, for every family.

Each linear predictor is read as a weighted least-squares problem around its current value: a row's
information is what it knows about its own linear predictor, the score the slope of its log
likelihood. Source: McCullagh and Nelder 1989, section 2.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from mixwell.design.response.response import Response
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.infer.places import modeled
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.root import increasing_root
from mixwell.posterior.likelihood import row_scale
from mixwell.specify.scales import (
    carried_spread,
    carried_values,
    part_of,
    response_units,
    typical_vector,
)
from mixwell.specify.spec import Spec

__all__ = ["Working", "dispersion", "start", "working"]

#: The family's further parameters: numbers, and vectors.
type Parameters = Mapping[str, float | FloatArray]

#: How near probabilities are let to 0 and 1, and means to 0 where all counts are.
_LEAST = 1e-8
_TINY = float(np.finfo(float).tiny)
#: What residuals can be divided by.
_LEAST_VARIANCE = 1e-100
#: Between which logarithms a parameter of the variance is looked for.
_SMALLEST, _LARGEST = float(np.log(1e-2)), float(np.log(1e6))


@dataclass(frozen=True, eq=False)
class Working:
    """One linear predictor's rows: information and score, each (n,)."""

    information: FloatArray
    score: FloatArray


def start(spec: Spec) -> dict[str, FloatArray]:
    """Return a value of every linear predictor to begin at, each (n,)."""
    response, family = spec.response, spec.family
    if family.parts:
        parts = {name: part_of(family, response, name) for name in spec.locations}
        return {name: own[0].link(_first_mean(*own)) for name, own in parts.items()}
    if family.in_predictor:  # around the vector that holds the intercept, or all alike
        return {name: np.zeros(response.values.size) for name in modeled(spec)}
    eta = {"mean": family.link(_first_mean(family, response))}
    if family.scale is not None:
        spread = carried_spread(family, response)
        eta[family.scale.name] = np.full(response.values.size, float(family.scale.link(spread)))
    return eta


def _first_mean(family: Family, response: Response) -> FloatArray:
    """Return a mean of every row to begin at."""
    y = carried_values(family, response)
    if family.linear:
        return np.full(y.size, y.mean())
    if family.support.kind != "number":
        trials = np.ones(y.size) if response.trials is None else response.trials
        return np.asarray((y + 0.5) / (trials + 1.0))
    mean = (y + y.mean()) / 2
    if np.isinf(family.link.domain[1]) and y.min() >= 0:
        mean = np.maximum(mean, 0.05 * carried_spread(family, response))
    return np.asarray(mean)


def working(spec: Spec, eta: Mapping[str, FloatArray], extra: Parameters) -> dict[str, Working]:
    """Return each modeled predictor's information and score at `eta`; `extra` are parameters.

    Censored and truncated rows count as observed: only their size of information is asked for.
    """
    family = spec.family
    rows, slopes = _rows(spec, eta, extra)
    with np.errstate(all="ignore"):
        gradient = rows.call(family.density.gradient)
        curvature = rows.call(family.density.curvature)
    weights = spec.response.weights
    factor = 1.0 if weights is None or family.scale is not None else weights
    names = family.entries(spec.response.levels)
    return {
        name: Working(factor * w * slopes[name] ** 2, factor * g * slopes[name])
        for name, g, w in zip(names, gradient, curvature, strict=True)
        if name in modeled(spec)
    }


def _rows(
    spec: Spec, eta: Mapping[str, FloatArray], extra: Parameters
) -> tuple[Arguments, dict[str, FloatArray]]:
    """Return the family's arguments, and how much its parameters change with their predictors."""
    family, response = spec.family, spec.response
    if family.in_predictor:
        others = {name: values for name, values in eta.items() if name != "mean"}
        found = family.arguments(eta=eta["mean"], **response.read, **others, **extra)
        return found, dict.fromkeys(eta, np.ones(response.values.size))
    y, mean, slope = _mean(spec, eta["mean"])
    given = {name: np.asarray(value) for name, value in extra.items()}
    slopes = {"mean": slope}
    scale = family.scale
    if scale is not None:
        if scale.name in spec.design.parameters:
            given[scale.name] = scale.link.inverse(np.clip(eta[scale.name], -30.0, 30.0))
        joined = np.maximum(row_scale(response, given.get(scale.name), y.size), _TINY)
        given[scale.name] = slopes[scale.name] = joined
    if response.trials is not None:
        given["trials"] = response.trials
    return family.arguments(y=response.values, mu=mean, **given), slopes


def dispersion(
    spec: Spec, eta: Mapping[str, FloatArray], degrees: float, before: Parameters
) -> Parameters:
    """Estimate the family's parameters that have no formula, by moments of Pearson residuals.

    `degrees` is how many degrees of freedom the coefficients take; `before` the values so far.
    """
    response, family = spec.response, spec.family
    if family.parts:
        own = [p for p in family.further if not p.location]
        return {p.name: p.start(response_units(*part_of(family, response, p.name))) for p in own}
    if family.in_predictor:  # shares that are observed say where a vector lies
        link = family.link
        vectors = {n: typical_vector(response, p, link) for n, p in spec.vectors.items()}
        own = [p for p in family.further if not p.location and p.name not in vectors]
        return {**vectors, **{p.name: p.start({"spread": 1.0}) for p in own}}
    y, mean, _ = _mean(spec, eta["mean"])
    left = max(y.size - degrees, 0.1 * y.size)
    units = response_units(family, response)
    known = {p.name: p for p in family.further if p.name in spec.auxiliary}
    extra = {name: before.get(name, p.start(units)) for name, p in known.items()}
    squares = (y - (mean if response.trials is None else response.trials * mean)) ** 2
    scale = family.scale
    if scale is not None:
        if scale.name in extra:
            weights = np.ones(y.size) if response.weights is None else response.weights
            error = 0.0 if response.se is None else float(np.mean(np.asarray(response.se) ** 2))
            excess = float((weights * squares).sum() / left) * scale.moment_share - error
            extra[scale.name] = float(np.sqrt(max(excess, 1e-4 * float(np.var(y)), 1e-300)))
        return extra
    # of a family without a scale the variance has one at most, next to chances of zeros
    of_variance = [name for name in extra if np.isinf(known[name].domain[1])]
    known_rows = {} if response.trials is None else {"trials": response.trials}
    known_mean = family.mean == "mu" and family.variance_function is not None
    for name in of_variance if known_mean else ():

        def excess_at(logarithm: float, name: str = name, sign: float = 1.0) -> float:
            given = {**known_rows, **extra, name: np.exp(logarithm)}
            variance = np.maximum(family.variance(mean, **given), _LEAST_VARIANCE)
            return sign * float(np.log((squares / variance).sum() / left))

        # a shape makes responses scatter less, a dispersion more
        sign = 1.0 if excess_at(_LARGEST) > excess_at(_SMALLEST) else -1.0
        found = increasing_root(partial(excess_at, sign=sign), _SMALLEST, _LARGEST, 1e-6)
        extra[name] = float(np.exp(found))
    return extra


def _mean(spec: Spec, eta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the response, the family's first parameter, and its slope in eta, away from edges."""
    family, link = spec.family, spec.family.link
    y = carried_values(family, spec.response)
    with np.errstate(all="ignore"):
        mean, slope = link.inverse(eta), link.slope(eta)
    low, high = link.domain
    if np.isfinite(high):
        return y, np.clip(mean, low + _LEAST, high - _LEAST), slope
    if family.scale is None and y.min() >= 0:
        mean = np.maximum(mean, 1e-3 * float(np.abs(y).mean()) or _LEAST)
    return y, mean, slope
