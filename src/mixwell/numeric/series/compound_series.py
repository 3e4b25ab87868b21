"""The series of a compound Poisson density, and the moments of the number that it sums over.

Terms are exp(n z) / (n! Gamma(n a)) for n = 1, 2, ... (Dunn and Smyth 2005). They are summed around
the largest, as far as they count; where that is wide, at numbers that lie apart: a smooth bell's
sum is its integral.
"""

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy import special

__all__ = ["DENSITY", "TERMS", "compound_series"]

type FloatArray = NDArray[np.float64]

#: How many terms are summed on each side, and how many of them make a standard deviation.
TERMS, DENSITY = 72, 8.0
#: Entries of one block of terms.
_BLOCK = 2_000_000
#: Many sums with one a are interpolated between so many, in a z that goes no further than this.
_NODES, _WIDEST = 64, 40.0


def compound_series(z: FloatArray, a: FloatArray, moment: int) -> FloatArray:
    """Return the log of the sum, or a moment of n given the terms as weights, elementwise.

    `moment` 0 is the log of the sum; 1 and 2 mean and variance of n; with g = n digamma(n a), 3 is
    its mean, 4 its covariance with n, and 5 its variance less the mean of n^2 trigamma(n a).
    """
    z, a = np.asarray(z, dtype=float), np.asarray(a, dtype=float)
    if moment == 0 and z.ndim == 2 and a.shape == (len(z), 1) and z.shape[1] > 2 * _NODES:
        found = _interpolated(z, a)
        if found is not None:
            return found
    return _summed(z, a, moment)


def _summed(z: FloatArray, a: FloatArray, moment: int) -> FloatArray:
    z, a = np.broadcast_arrays(z, a)
    flat, shapes = z.ravel(), a.ravel()
    step = max(1, _BLOCK // (2 * TERMS + 1))
    parts = [
        _moment(flat[i : i + step, None], shapes[i : i + step, None], moment)
        for i in range(0, flat.size, step)
    ]
    return np.concatenate(parts).reshape(z.shape) if parts else np.zeros(z.shape)


def _interpolated(z: FloatArray, a: FloatArray) -> FloatArray | None:
    """Return the logs of sums (row, column) by polynomials, where rows of z differ by units alone.

    What is interpolated is the log less the leading term of its asymptote. None for other rows.
    """
    low, high = z.min(axis=1, keepdims=True), z.max(axis=1, keepdims=True)
    half, middle = (high - low) / 2, (high + low) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        x = (z - middle) / half
    if not (half < _WIDEST / 2).all() or not (np.abs(x - x[0]) < 1e-9).all():
        return None
    nodes = chebyshev.chebpts1(_NODES)
    at = middle + half * nodes
    rest = _summed(at, a, 0) - _leading(at, a)
    coefficients = rest @ np.linalg.pinv(chebyshev.chebvander(nodes, _NODES - 1)).T
    return _leading(z, a) + coefficients @ chebyshev.chebvander(x[0], _NODES - 1).T


def _leading(z: FloatArray, a: FloatArray) -> FloatArray:
    return np.asarray((1 + a) * np.exp((z - a * np.log(a)) / (1 + a)))


def _moment(z: FloatArray, a: FloatArray, moment: int) -> FloatArray:
    with np.errstate(all="ignore"):
        middle = np.exp((z - a * np.log(a)) / (1 + a))
        sd = np.sqrt(middle / (1 + a))
        stride = np.maximum(sd / DENSITY, 1.0)
        first = np.where(stride > 1, middle, np.maximum(np.rint(middle), 1.0))
        reach = int(np.nan_to_num(np.minimum(12 * sd.max(initial=0.0) + 16, TERMS), nan=TERMS))
        n = first + stride * np.arange(-reach, reach + 1, dtype=float)
        known = n > 0.5
        n = np.asarray(np.where(known, n, 1.0), dtype=float)
        terms = np.where(known, n * z - special.gammaln(n + 1) - special.gammaln(n * a), -np.inf)
        top = terms.max(axis=1, keepdims=True)
        weights = np.exp(terms - top)
        total = weights.sum(axis=1, keepdims=True)
        if moment == 0:
            return np.asarray((top + np.log(total * stride))[:, 0])
        weights /= total

        def mean(values: FloatArray) -> FloatArray:
            return np.asarray((weights * values).sum(axis=1, keepdims=True))

        away = n - mean(n)
        if moment == 1:
            return np.asarray(mean(n)[:, 0])
        if moment == 2:
            return np.asarray(mean(away**2)[:, 0])
        g = n * special.digamma(n * a)
        if moment == 3:
            return np.asarray(mean(g)[:, 0])
        if moment == 4:
            return np.asarray(mean(away * g)[:, 0])
        bend = n**2 * special.zeta(2.0, n * a)
        return np.asarray(mean((g - mean(g)) ** 2 - bend)[:, 0])
