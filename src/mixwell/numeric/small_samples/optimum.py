"""A linear mixed model at the very top of its likelihood, from close to it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.small_samples.restricted_likelihood import LinearMixed, linear_mixed
from mixwell.numeric.small_samples.satterthwaite import inverse_where_curved
from mixwell.numeric.small_samples.variance_moments import LevelEffects

__all__ = ["at_optimum"]

#: Steps at most, the change of minus twice the log-likelihood that is none, and the largest that
#: one who starts close expects.
_STEPS, _NONE, _CLOSE = 4, 1e-14, 0.1


def at_optimum(
    x: FloatArray,
    y: FloatArray,
    effects: Sequence[LevelEffects],
    sigma: float,
    *,
    reml: bool,
    scale: bool,
) -> tuple[LinearMixed, float]:
    """Return the model at its best variances and its residual sd, by Newton's steps.

    Degrees of freedom follow from second derivatives there, and lose the digits that a search
    leaves open.
    """
    model = linear_mixed(x, y / sigma, effects, scale=scale)
    for _ in range(_STEPS):
        curvature, change = model.by_roots(reml=reml)
        gradient = change @ model.gradient(reml=reml)
        step = -inverse_where_curved(curvature) @ gradient
        if not _NONE < -float(gradient @ step) < _CLOSE:
            break
        grown = 1.0 + (step[0] if scale else 0.0)
        roots = [
            replace(each, root=each.root + move)
            for each, move in zip(model.effects, _moves(model, step), strict=True)
        ]
        sigma *= float(np.sqrt(grown))
        model = linear_mixed(x, y / sigma, roots, scale=scale)
    return model, sigma


def _moves(model: LinearMixed, step: FloatArray) -> list[FloatArray]:
    """Return the step of each factor's root, in the order of `LinearMixed.by_roots`."""
    found, start = [], 1 - model.first
    for each in model.effects:
        move = np.zeros_like(each.root)
        for a, b in each.elements:
            move[a, b] = step[start]
            start += 1
        found.append(move)
    return found
