"""Rules for averages over the standard normal distribution."""

from functools import cache

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["even_rule", "normal_rule"]

# How far from 0 an even rule goes, and the widest step at which the normal density is resolved.
_REACH, _WIDEST = 8.5, 0.6
# The step over which inverse links are resolved whose complex poles are 1 away, as of cauchit.
_BENDS = 0.35


@cache
def normal_rule(nodes: int) -> tuple[FloatArray, FloatArray]:
    """Return the nodes and the weights, which sum to 1, of a rule of so many nodes.

    Exact for polynomials up to a degree of twice the nodes less one. Source: Golub and Welsch 1969.

    >>> z, weight = normal_rule(20)
    >>> round(float(weight @ np.exp(z) / np.exp(0.5)), 10)
    1.0
    """
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return points, weights / weights.sum()


def even_rule(scale: float) -> tuple[FloatArray, FloatArray]:
    """Return evenly spaced nodes and their weights for functions of `scale` times the normal.

    The error of such a sum falls exponentially with the step, which resolves functions that bend
    over a distance of 1, as inverse links do, however large the scale; Gauss's rule does not.
    Source: Trefethen and Weideman 2014.

    >>> z, weight = even_rule(3.0)
    >>> round(float(weight @ (1 / (1 + np.exp(-3.0 * z)))), 12)
    0.5
    """
    step = min(_WIDEST, _BENDS / max(scale, 1e-3))
    count = int(np.ceil((_REACH + min(scale, _REACH)) / step))
    points = np.asarray(step * np.arange(-count, count + 1.0), dtype=np.float64)
    weights = step * np.exp(-(points**2) / 2) / np.sqrt(2 * np.pi)
    return points, np.asarray(weights)
