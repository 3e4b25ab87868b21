"""Smooth functions known at Chebyshev's points, and everywhere between them by their polynomial.

Each column has an interval and a function of its own. Source: Trefethen 2013, Approximation Theory
and Approximation Practice, chapters 2 to 4.
"""

from functools import cache

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["chebyshev_points", "chebyshev_series", "series_at"]

# Numbers that are worked on together: they stay in the processor's cache.
_TOGETHER = 40_000


def chebyshev_points(low: FloatArray, high: FloatArray, count: int) -> FloatArray:
    """Return so many points between the ends of each column's interval, `(point, column)`."""
    at = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    return np.asarray((low + high) / 2 + at[:, None] * (high - low) / 2)


def chebyshev_series(values: FloatArray) -> FloatArray:
    """Return the coefficients of the polynomials through values at Chebyshev's points.

    >>> x = chebyshev_points(np.array([0.0]), np.array([2.0]), 20)
    >>> series = chebyshev_series(np.exp(x))
    >>> found = series_at(series, np.array([0.0]), np.array([2.0]), np.array([[0.3], [1.7]]))
    >>> np.allclose(found, np.exp([[0.3], [1.7]]), rtol=1e-13)
    True
    """
    return np.asarray(_cosines(len(values)) @ values)


@cache
def _cosines(count: int) -> FloatArray:
    angles = np.pi * (np.arange(count) + 0.5) / count
    table = 2 / count * np.cos(np.outer(np.arange(count), angles))
    table[0] /= 2
    return np.asarray(table)


def series_at(series: FloatArray, low: FloatArray, high: FloatArray, at: FloatArray) -> FloatArray:
    """Return the polynomials at values `(row, column)` of their intervals, by Clenshaw's rule."""
    half = (high - low) / 2
    unit = np.where(half > 0, half, 1.0)
    found = np.empty(at.shape)
    step = max(1, _TOGETHER // at.shape[1])
    for start in range(0, len(at), step):
        x = (at[start : start + step] - (low + high) / 2) / unit
        twice, one, other, spare = 2 * x, np.zeros(x.shape), np.zeros(x.shape), np.empty(x.shape)
        for coefficients in series[:0:-1]:
            np.multiply(twice, one, out=spare)
            spare -= other
            spare += coefficients
            one, other, spare = spare, one, other
        found[start : start + step] = x * one - other + series[0]
    return found
