"""Means over groups as smooth functions, known by a few of their points.

What groups make of a mean depends on a linear predictor and on how far it is scattered. Many rows
in many draws need no integral each: polynomials through few integrals reach all of them.
"""

from collections.abc import Callable

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.integrals.chebyshev import (
    chebyshev_points,
    chebyshev_series,
    series_at,
)
from mixwell.numeric.integrals.chebyshev_surface import Surface, surface_of

__all__ = ["by_a_surface", "by_lines"]

type Mean = Callable[[FloatArray, FloatArray], FloatArray]

# Points of a draw's line, by how many rows each has to serve, and its largest error.
_POINTS, _ROWS_A_POINT, _NEAR = (32, 64, 128), 3, 1e-9
# Numbers that each point of a surface has to serve.
_NUMBERS_A_POINT = 4


def by_lines(mean: Mean, eta: FloatArray, variance: FloatArray) -> FloatArray | None:
    """Return the mean of rows that scatter the same in a draw, by a polynomial for each draw.

    `mean` takes linear predictors and their variances, `(row, sample)`. None where rows are few or
    differ in their scatter, or where a polynomial does not reach the mean of some row to all digits
    but the last.
    """
    if len(eta) < _ROWS_A_POINT * _POINTS[0] or not _alike(variance):
        return None
    low, high = eta.min(axis=0), eta.max(axis=0)
    for count in (c for c in _POINTS if _ROWS_A_POINT * c <= len(eta)):
        at = chebyshev_points(low, high, count)
        values = mean(at, np.repeat(variance[:1], count, axis=0))
        if values.shape != at.shape or not np.isfinite(values).all():
            return None
        series, size = chebyshev_series(values), np.abs(values)
        rounding = count * np.finfo(float).eps * size.max(axis=0)
        error, bound = np.abs(series[-4:]).max(axis=0), _NEAR * size.min(axis=0)
        if (rounding > bound).any():
            return None
        if (error <= bound).all():
            return series_at(series, low, high, eta)
    return None


def by_a_surface(mean: Mean, eta: FloatArray, variance: FloatArray) -> FloatArray | None:
    """Return the mean of rows by one polynomial in the linear predictor and its scatter.

    For a `mean` that is the same function of these in all draws. The polynomial is that of the
    logarithm, which keeps the digits of small means, in the root of 1 and the variance: near no
    scatter a mean is smooth in the variance, far from there in its root. None where numbers are
    few, where some mean is not positive, or where no polynomial reaches them all to nearly all
    digits.
    """
    scatter = np.sqrt(1.0 + np.maximum(variance, 0.0))
    ends = _ends(eta), _ends(scatter)
    if not np.isfinite(ends).all():
        return None

    def logarithm(at: FloatArray, root: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(mean(at, root**2 - 1.0)))

    surface = surface_of(logarithm, *ends, eta.size / _NUMBERS_A_POINT)
    if surface is None:
        return None
    alike = _alike(scatter) and len(eta) > _ROWS_A_POINT * len(surface.coefficients)
    found = (_along_lines if alike else Surface.at)(surface, eta, scatter)
    return np.asarray(np.exp(found, out=found))


def _along_lines(surface: Surface, eta: FloatArray, scatter: FloatArray) -> FloatArray:
    """Return a surface at rows that scatter the same, by the line of each draw between its ends."""
    low, high, whole = eta.min(axis=0), eta.max(axis=0), surface.lines(scatter[0])
    at = chebyshev_points(low, high, len(whole))
    left, right = (np.full(len(low), end) for end in surface.ends[0])
    return series_at(chebyshev_series(series_at(whole, left, right, at)), low, high, eta)


def _alike(rows: FloatArray) -> bool:
    return bool((rows == rows[0]).all())


def _ends(values: FloatArray) -> tuple[float, float]:
    return float(values.min()), float(values.max())
