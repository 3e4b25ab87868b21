"""The Conway-Maxwell-Poisson distribution with a given mean: its rate, and moments at that rate.

Probabilities are proportional to exp(j l - nu log j!); l is where their mean is the one that is
given (Huang 2017), found by Newton's method for the logarithm of the mean.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["MOMENTS", "conway_maxwell"]

type FloatArray = NDArray[np.float64]

#: What is asked for by its place: l, the log of the sum, and with L = log Y! the variance of Y, the
#: mean of L, Cov(Y, L), the third central moments of (Y, Y, Y), (Y, Y, L), (Y, L, L), and Var(L).
MOMENTS = ("rate", "sum", "yy", "mean_l", "yl", "yyy", "yyl", "yll", "ll")
#: Terms so much smaller than the largest, in logs, do not count; entries of a block of them.
_NEGLIGIBLE, _BLOCK = 40.0, 2_000_000
_STEPS, _NEAR, _LONGEST, _FLAT = 80, 1e-13, 2.0, 1e-100
#: Means for which more terms than these would be summed have no answer.
_MOST = 1_000_000

_last: dict[str, tuple[bytes, FloatArray]] = {}


def conway_maxwell(mu: FloatArray, nu: FloatArray, moment: int) -> FloatArray:
    """Return one of `MOMENTS` by its place, elementwise; not-a-number where mu is no mean."""
    mu, nu = np.broadcast_arrays(np.asarray(mu, dtype=float), np.asarray(nu, dtype=float))
    key = mu.tobytes() + nu.tobytes()  # a row's derivatives ask for several at the same place
    known = _last.get("moments")
    if known is None or known[0] != key:
        known = key, _all_moments(mu.ravel(), nu.ravel())
        _last["moments"] = known
    return np.asarray(known[1][moment].reshape(mu.shape))


def _all_moments(mu: FloatArray, nu: FloatArray) -> FloatArray:
    """Return all moments, (moment, place), each pair of parameters worked on once."""
    found = np.full((len(MOMENTS), mu.size), np.nan)
    possible = np.isfinite(mu) & (mu > 0) & np.isfinite(nu) & (nu > 0)
    possible[possible] = _terms(mu[possible], nu[possible]) <= _MOST
    stacked = np.stack([mu[possible], nu[possible]])
    pairs, where = np.unique(stacked, axis=1, return_inverse=True)
    sizes = _terms(*pairs)
    order, made = np.argsort(sizes), np.empty((len(MOMENTS), pairs.shape[1]))
    start = 0
    while start < order.size:
        fits = np.arange(1, order.size - start + 1) * sizes[order[start:]] <= _BLOCK
        part = order[start : start + max(int(fits.sum()), 1)]
        made[:, part] = _moments(pairs[0, part], pairs[1, part], int(sizes[part[-1]]))
        start += part.size
    found[:, possible] = made[:, where.ravel()]
    return found


def _terms(mu: FloatArray, nu: FloatArray) -> FloatArray:
    """Return how many terms count: no tail is longer than that of a geometric distribution."""
    size = mu * np.minimum(nu, 1.0)
    normal = mu * (1 + 16 / np.sqrt(size) + 60 / size)
    return np.asarray(np.minimum(_NEGLIGIBLE * (1 + mu), normal) + _NEGLIGIBLE)


def _moments(mu: FloatArray, nu: FloatArray, terms: int) -> FloatArray:
    j = np.arange(terms + 1.0)
    factorial = special.gammaln(j + 1)
    penalty = nu[:, None] * factorial
    shifted = mu + (nu - 1) / (2 * nu)
    rate = np.where(shifted > 0, nu * np.log(np.maximum(shifted, 1e-300)), np.log(mu / (1 + mu)))
    # the mean falls as nu rises, and is exp(l) where nu is 1
    rate = np.where(nu > 1, np.maximum(rate, np.log(mu)), np.minimum(rate, np.log(mu)))
    for _ in range(_STEPS):
        logs = rate[:, None] * j - penalty
        top = logs.max(axis=1)
        weights = np.exp(logs - top[:, None])
        total = weights.sum(axis=1)
        weights /= total[:, None]
        mean = weights @ j
        away = j - mean[:, None]
        variance = (weights * away**2).sum(axis=1)
        gap = np.log(mu / mean)
        if (np.abs(gap) < _NEAR).all():
            break
        slope = np.maximum(variance / mean, _FLAT)  # where one count has all of the probability
        rate = rate + np.clip(gap / slope, -_LONGEST, _LONGEST)
    mean_l = weights @ factorial
    apart = factorial - mean_l[:, None]
    products = (away * apart, away**3, away**2 * apart, away * apart**2, apart**2)
    others = [(weights * each).sum(axis=1) for each in products]
    return np.stack([rate, top + np.log(total), variance, mean_l, *others])
