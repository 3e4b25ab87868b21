"""Leave-one-out densities of many rows at once, by Pareto-smoothed importance sampling.

The numbers are ArviZ's `loo` (the tests hold them to it), which goes row by row. Source: Vehtari,
Simpson, Gelman, Yao and Gabry 2024; the tail's fit is that of Zhang and Stephens 2009.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["LeftOutRows", "left_out_rows", "tail_length"]

#: The weight of the prior of a tail's shape, whose mean is a half, in draws.
_PRIOR, _PRIOR_SHAPE = 10, 0.5
#: Points of the grid on which a tail's scale is integrated out have at least this weight.
_NEGLIGIBLE = 10 * np.finfo(float).eps
_TINY = np.finfo(float).tiny
#: Densities that differ by more have weights of which one over is infinite.
_FAR = 600.0
#: Factors whose logarithm is taken of their product, and what these are smaller than.
_MULTIPLIED, _LARGE = 16, 1e18


@dataclass(frozen=True, eq=False)
class LeftOutRows:
    """Log density of each row left out, the tail's shape k, and log density within; `(row,)`."""

    elpd: FloatArray
    k_hat: FloatArray
    lpd: FloatArray


def tail_length(samples: int, efficiency: float) -> int:
    """Return how many of a row's largest weights are smoothed."""
    if samples * efficiency > 225:
        return int(3 * np.sqrt(samples / efficiency))
    return samples // 5


def left_out_rows(density: FloatArray, tail: int) -> LeftOutRows:
    """Leave out each row in turn, given its log density in every draw, `(row, sample)`.

    Draws weigh as one over the row's density, their `tail` largest weights smoothed. Rows that all
    draws agree on need no smoothing, and have a k of minus infinity. The densities are overwritten.
    """
    n, samples = density.shape
    top = density.min(axis=1)  # the largest weight is that of the least density
    density -= top[:, None]
    most = density.max(axis=1)
    logs = np.negative(density, out=density)
    if tail < 5:
        k_hat, smoothed, tails = np.full(n, np.inf), np.empty((n, 0)), np.empty((n, 0))
        tail = 0
    else:
        logs.partition(samples - tail - 1, axis=1)
        tails = np.sort(logs[:, samples - tail :], axis=1)
        smoothed, k_hat = _smoothed(tails, logs[:, samples - tail - 1])
    lpd = np.empty(n)
    far = most > _FAR
    lpd[far] = np.log(np.exp(-logs[far] - most[far, None]).sum(axis=1)) + most[far]
    weights = np.exp(logs, out=logs)
    total = weights[:, : samples - tail].sum(axis=1) + np.exp(smoothed).sum(axis=1)
    near = weights[~far] if far.any() else weights
    lpd[~far] = np.log(np.reciprocal(near, out=near).sum(axis=1))
    # a draw's weight times its density is the same for all draws but those that were smoothed
    product = samples - tail + np.exp(smoothed - tails).sum(axis=1)
    elpd = top + np.log(product) - np.log(total)
    return LeftOutRows(elpd, k_hat, lpd + top - np.log(samples))


def _smoothed(tails: FloatArray, cutoff: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return tails `(row, tail)`, of log weights in order, smoothed, and their shapes `(row,)`."""
    least = np.exp(cutoff)
    shape, scale = _fit(np.exp(tails) - least[:, None])
    flat = tails[:, -1] - tails[:, 0] < _TINY
    shape = np.where(flat, -np.inf, shape)
    chance = np.arange(0.5, tails.shape[1]) / tails.shape[1]
    with np.errstate(all="ignore"):
        k = shape[:, None]
        places = np.where(
            k == 0, -np.log1p(-chance), np.expm1(-k * np.log1p(-chance)) / np.where(k == 0, 1.0, k)
        )
        made = np.log(least[:, None] + scale[:, None] * places)
    usable = np.isfinite(shape) & (scale > 0)
    made = np.minimum(np.where(usable[:, None], made, tails), tails[:, -1:])
    return made, shape


def _fit(excess: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fit generalized Pareto distributions to excesses `(row, tail)` in order: shape and scale.

    Nan where a quarter of the excesses are equal, infinite where nothing can be fitted.
    """
    n = excess.shape[1]
    grid = 30 + int(n**0.5)
    quartile, largest = excess[:, int(n / 4 + 0.5) - 1], excess[:, -1]
    with np.errstate(all="ignore"):
        spread = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
        theta = spread / (3 * quartile[:, None]) + 1 / largest[:, None]
        shapes = _mean_log1p(theta, excess)
        likelihood = n * (np.log(-theta / shapes) - shapes - 1)
        weights = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        weights = np.where(weights >= _NEGLIGIBLE, weights, 0.0)
        best = (theta * weights).sum(axis=1) / weights.sum(axis=1)
        shape = _mean_log1p(best[:, None], excess)[:, 0]
        scale = -shape / best
    shape = (n * shape + _PRIOR * _PRIOR_SHAPE) / (n + _PRIOR)
    equal = quartile <= excess[:, 0]
    shape = np.where(equal, np.nan, np.where(np.isnan(shape), np.inf, shape))
    return shape, np.where(equal | np.isnan(scale), np.nan, scale)


def _mean_log1p(theta: FloatArray, excess: FloatArray) -> FloatArray:
    """Return the mean over a row's excesses of log(1 - theta excess), `(row, theta)`.

    Some factors are multiplied before their logarithm is taken, which costs as much as twenty; none
    is so large that a product of them overflows, or small: theta is at most 1 over the largest.
    """
    far = ~(np.abs(theta).max(axis=1) * excess[:, -1] < _LARGE)
    total, product, factor = np.zeros(theta.shape), np.ones(theta.shape), np.empty(theta.shape)
    for place in range(excess.shape[1]):
        np.multiply(theta, excess[:, place, None], out=factor)
        product *= np.subtract(1.0, factor, out=factor)
        if place % _MULTIPLIED == _MULTIPLIED - 1 or place == excess.shape[1] - 1:
            total += np.log(product)
            product[:] = 1.0
    if far.any():
        total[far] = np.log1p(-theta[far, :, None] * excess[far, None, :]).sum(axis=2)
    return np.asarray(total / excess.shape[1])
