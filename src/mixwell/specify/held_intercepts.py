"""Intercepts that a vector of the family holds: its elements at the predictors' means and at 0."""

from collections.abc import Callable

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec

__all__ = ["above_means", "marks", "near_means"]


def near_means(spec: Spec, parameter: str) -> FloatArray:
    """Return the means of a predictor's near columns, (effect,)."""
    return np.asarray(spec.predictors[parameter].fixed.centers)


def marks(spec: Spec, place: int | None) -> FloatArray:
    """Return 1 for the elements that a predictor is about, one or all of them, (element,)."""
    levels, held = spec.response.levels or (), spec.family.holds_intercept
    size = 1 if held is None or held.vector is None else len(held.vector.labels(levels))
    return np.ones(size) if place is None else np.asarray(np.arange(size) == place, dtype=float)


def above_means(spec: Spec, near: Callable[[str], FloatArray]) -> FloatArray:
    """Return by how much elements at the predictors' own zero lie above those at their means.

    `near` gives the coefficients of a predictor's near columns, (..., effect); the answer is
    (..., element).
    """
    total: FloatArray = np.zeros(1)
    for parameter, place in spec.held.items():
        between = np.asarray(near(parameter) @ near_means(spec, parameter))
        total = total + between[..., None] * marks(spec, place)
    return total
