"""The fixed coefficients of a linear predictor as they are sampled: at centered predictors."""

from dataclasses import dataclass
from typing import Any

from mixwell.infer.pymc.variables import Source, scalar_variable, vector_variable
from mixwell.infer.sampling_units import coefficient_steps
from mixwell.numeric.arrays import IntArray
from mixwell.specify.spec import Spec

__all__ = ["Coefficients", "coefficients"]

Tensor = Any


@dataclass(frozen=True, eq=False)
class Coefficients:
    """An intercept at the predictors' means and what lies between it and the user's; the slopes.

    `intercept` is None where the predictor has none, `slopes` where it has no others.
    """

    intercept: Tensor | None
    between: Tensor
    slopes: Tensor | None


def coefficients(spec: Spec, parameter: str, source: Source, where: IntArray) -> Coefficients:
    """Make a predictor's coefficients; `where` are their places (n_coefficients,)."""
    fixed, names = spec.predictors[parameter].fixed, spec.names(parameter)
    priors = [entry.prior for entry in spec.priors.select("slope", parameter)]
    steps = coefficient_steps(spec, parameter)
    name, dim, first, slopes = names.coefficients, names.effect_dim, 0, None
    if fixed.intercept:
        name, dim, first = names.slopes, names.slope_dim, 1
    elif fixed.shift is not None:
        name = names.slopes
    if priors:
        labels, own, units = fixed.names[first:], where[first:], steps[first:]
        slopes = vector_variable(name, priors, labels, dim, source, own, units)
    if not fixed.intercept:
        return Coefficients(None, 0.0, slopes)
    return _intercept(spec, parameter, slopes, source, where)


def _intercept(
    spec: Spec, parameter: str, slopes: Tensor | None, source: Source, where: IntArray
) -> Coefficients:
    """Make the intercept at the predictors' means.

    A prior on the intercept at the predictors' own zero moves with the shift where it has a
    location, so that the sampled variable is the centered one in any case but the last.
    """
    entry, names = spec.priors.select("intercept", parameter)[0], spec.names(parameter)
    name, prior, place = names.intercept, entry.prior, where[0, ...]
    step = coefficient_steps(spec, parameter)[0]
    fixed = spec.predictors[parameter].fixed
    between = 0.0 if slopes is None else (fixed.centers[1:] * slopes).sum()
    to_zero = between  # from the predictors' own zero, where near columns count from elsewhere
    if fixed.shift is not None and slopes is not None:
        far = fixed.values[:, 1:].mean(axis=0) @ fixed.shift.change[1:, 1:]
        to_zero = (far * slopes).sum()
    if entry.centered or prior.distribution == "Flat":
        intercept = scalar_variable(name, prior, None, source, place, step)
    elif prior.location is not None:
        shift = None if slopes is None else to_zero
        intercept = scalar_variable(name, prior, shift, source, place, step)
    else:
        own = scalar_variable(names.own_intercept, prior, None, source, place)
        intercept = source.derived(name, own + to_zero)
    return Coefficients(intercept, between, slopes)
