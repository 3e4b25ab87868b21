"""The fixed coefficients of a linear predictor as they are sampled: at centered predictors."""

from dataclasses import dataclass
from typing import Any

from mixwell.infer.pymc.variables import Source, scalar_variable, vector_variable
from mixwell.infer.sampling_units import coefficient_steps
from mixwell.numeric.arrays import IntArray
from mixwell.specify.layout import prefix
from mixwell.specify.spec import Spec

__all__ = ["Coefficients", "coefficient_name", "coefficients"]

Tensor = Any


@dataclass(frozen=True, eq=False)
class Coefficients:
    """An intercept at the predictors' means and what lies between it and the user's; the slopes.

    `intercept` is None where the predictor has none, `slopes` where it has no others.
    """

    intercept: Tensor | None
    between: Tensor
    slopes: Tensor | None


def coefficient_name(parameter: str) -> str:
    """Return the name of a predictor's coefficients: `b`, or `b_sigma`."""
    return "b" if parameter == "mean" else f"b_{parameter}"


def coefficients(spec: Spec, parameter: str, source: Source, where: IntArray) -> Coefficients:
    """Make a predictor's coefficients; `where` are their places (n_coefficients,)."""
    fixed, before = spec.predictors[parameter].fixed, prefix(parameter)
    name = coefficient_name(parameter)
    priors = [entry.prior for entry in spec.priors.select("slope", parameter)]
    steps = coefficient_steps(spec, parameter)
    if not fixed.intercept:
        if not priors:
            return Coefficients(None, 0.0, None)
        made = vector_variable(name, priors, fixed.names, f"{before}effect", source, where, steps)
        return Coefficients(None, 0.0, made)
    if not priors:
        return _intercept(spec, parameter, None, source, where)
    labels, dim = fixed.names[1:], f"{before}slope"
    own = f"{name}_slopes"
    slopes = vector_variable(own, priors, labels, dim, source, where[1:], steps[1:])
    return _intercept(spec, parameter, slopes, source, where)


def _intercept(
    spec: Spec, parameter: str, slopes: Tensor | None, source: Source, where: IntArray
) -> Coefficients:
    """Make the intercept at the predictors' means.

    A prior on the intercept at the predictors' own zero moves with the shift where it has a
    location, so that the sampled variable is the centered one in any case but the last.
    """
    entry, before = spec.priors.select("intercept", parameter)[0], prefix(parameter)
    name, prior, place = f"{before}Intercept_centered", entry.prior, where[0, ...]
    step = coefficient_steps(spec, parameter)[0]
    means = spec.predictors[parameter].fixed.values[:, 1:].mean(axis=0)
    between = 0.0 if slopes is None else (means * slopes).sum()
    if entry.centered or prior.distribution == "Flat":
        intercept = scalar_variable(name, prior, None, source, place, step)
    elif prior.location is not None:
        shift = None if slopes is None else between
        intercept = scalar_variable(name, prior, shift, source, place, step)
    else:
        own = scalar_variable(f"{before}Intercept", prior, None, source, place)
        intercept = source.derived(name, own + between)
    return Coefficients(intercept, between, slopes)
