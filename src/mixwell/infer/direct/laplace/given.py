"""Values that a user gives, as coefficients and covariance roots of a target."""

from collections.abc import Mapping

import numpy as np

from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.held_intercepts import above_means
from mixwell.specify.layout import FactorEffects

__all__ = ["coefficients_of", "roots_of"]

#: An sd that stands for 0, in units of a rough guess: the likelihood is the same.
_ZERO = 1e-6


def coefficients_of(target: Target, given: Mapping[str, FloatArray]) -> FloatArray:
    """Return the coefficients in x of those at the user's predictors, by parameter.

    Numbers of a family's own are on their own scale.
    """
    spec, columns = target.spec, target.columns
    found = np.zeros(columns.size - columns.random)
    for name, span in columns.coefficients.items():
        own = np.array(given[name], dtype=float)
        if name in spec.predictors:
            fixed = spec.predictors[name].fixed
            own = fixed.to_near(own) if fixed.names else own
            if fixed.intercept:
                own[0] += own[1:] @ fixed.centers[1:]
        elif name not in spec.vectors:
            own = np.atleast_1d(spec.family.link_of(name)(own))
        found[span.start - columns.random : span.stop - columns.random] = own
    holder = spec.family.holds_intercept
    if holder is not None and holder.name in columns.coefficients:
        span = columns.coefficients[holder.name]
        found[span.start - columns.random : span.stop - columns.random] -= above_means(
            spec,
            lambda name: spec.predictors[name].fixed.to_near(np.array(given[name], dtype=float)),
        )
    return found


def roots_of(
    target: Target,
    sds: Mapping[FactorEffects, FloatArray],
    correlations: Mapping[str, FloatArray],
) -> list[FloatArray]:
    """Return the units' covariance roots of standard deviations and correlation matrices."""
    places = {
        unit.name: (matrix.name, where)
        for matrix in target.spec.layout.correlations
        for unit, where in matrix.units
    }
    roots = []
    for part in target.covariances.parts:
        unit, least = part.unit.layout, _ZERO * target.covariances.starts[part.sds]
        own = np.concatenate([sds[found][list(chosen)] for found, chosen in unit.parts])
        root = np.diag(np.maximum(own, least))
        name, where = places.get(unit.name, ("", ()))
        if name in correlations:
            root = root @ np.linalg.cholesky(correlations[name][np.ix_(where, where)])
        roots.append(root)
    return roots
