"""Posteriors that are no distributions: a flat prior whose tail the data do not close."""

import numpy as np

from mixwell.infer.integrated import GaussianTarget
from mixwell.infer.quadrature import QuadratureTarget

__all__ = ["improper_parameter"]

#: How far out on the log scale the tail is looked at, and how fast it must fall there.
_NEAR, _FAR, _FALL = 12.0, 15.0, 0.1


def improper_parameter(target: GaussianTarget | QuadratureTarget) -> str | None:
    """Return the name of a parameter with a flat prior whose posterior cannot be normalised.

    In t = log(sd) the density of a proper posterior falls exponentially; with a flat prior on the
    standard deviation of a factor with two levels it stays level for ever (Gelman 2006).
    """
    start = target.start
    for i, coordinate in enumerate(target.parameters.scalars):
        if coordinate.prior.distribution != "HalfFlat" or coordinate.prior.native is not None:
            continue
        points = np.stack([start, start])
        points[:, i] += (_NEAR, _FAR)
        near, far = target.log_density(points)
        if np.isfinite(near) and not far < near - _FALL * (_FAR - _NEAR):
            return coordinate.key
    return None
