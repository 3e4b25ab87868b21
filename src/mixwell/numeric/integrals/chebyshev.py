"""Smooth functions known at Chebyshev's points, and everywhere between them by their polynomial.

Each column has an interval and a function of its own. Source: Trefethen 2013, Approximation Theory
and Approximation Practice, chapters 2 to 4.
"""

from functools import cache

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.threads import in_threads

__all__ = ["chebyshev_points", "chebyshev_series", "series_at"]

# Numbers that are worked on together: they stay in the processor's cache.
_TOGETHER = 40_000
# Groups of columns by how many terms these need.
_GROUPS = 8
# What counts as rounding, in the largest coefficient.
_ROUNDING = 1e-14


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
    """Return the polynomials at values `(row, column)` of their intervals, by Clenshaw's rule.

    Columns that need few terms for all of their digits are taken apart from those of many.
    """
    terms, middle, half = _terms(series), (low + high) / 2, (high - low) / 2
    order = np.argsort(terms, kind="stable")
    unit, back, found = np.where(half > 0, half, 1.0), np.argsort(order), np.empty(at.shape)
    width = -(-len(order) // _GROUPS)
    groups = [order[start : start + width] for start in range(0, len(order), width)]
    taken = [(slice(None, terms[own].max()), own) for own in groups]
    parts = [(series[used, own], middle[own], unit[own]) for used, own in taken]

    def work(rows: slice) -> None:
        in_order, sums = np.take(at[rows], order, axis=1, mode="clip"), []
        for k, (used, center, size) in enumerate(parts):
            x = in_order[:, k * width : (k + 1) * width] - center
            x /= size
            sums.append(_clenshaw(used, x))
        np.take(np.hstack(sums), back, axis=1, out=found[rows], mode="clip")

    step = max(1, _TOGETHER // max(1, width))
    in_threads(work, [slice(start, start + step) for start in range(0, len(at), step)])
    return found


def _clenshaw(series: FloatArray, x: FloatArray) -> FloatArray:
    twice, one, other, spare = 2 * x, np.zeros(x.shape), np.zeros(x.shape), np.empty(x.shape)
    for coefficients in series[:0:-1]:
        np.multiply(twice, one, out=spare)
        spare -= other
        spare += coefficients
        one, other, spare = spare, one, other
    return np.asarray(x * one - other + series[0])


def _terms(series: FloatArray) -> IntArray:
    """Return how many coefficients each column has, rounding errors at its end left out."""
    size = np.abs(series)
    matters = size > _ROUNDING * size.max(axis=0)
    return np.asarray(len(series) - np.argmax(matters[::-1], axis=0))
