"""Means, standard deviations and quantiles of many mixtures of normals, by compiled loops."""

import math

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.loops.compiled import loops
from mixwell.numeric.loops.counted_normals import normal_quantile

__all__ = ["mixture_summaries"]

#: A Newton step of this size, in standard deviations, leaves an error of its square.
_STEP, _STEPS = 1e-4, 60


@loops
def mixture_summaries(
    means: FloatArray, variances: FloatArray, probabilities: FloatArray, found: FloatArray
) -> None:
    """Summarize mixtures of as many normals each, (row, normal), all of the same weight.

    `found` (row, 3 + quantiles) gets the mean, the standard deviation, how much of the variance
    lies between the normals: that of their means and, twice as wide, of their sds; and quantiles.
    """
    n = means.shape[1]
    sds = np.empty(n)
    for row in range(len(means)):
        mean = 0.0
        within = 0.0
        sd_mean = 0.0
        for i in range(n):
            sds[i] = math.sqrt(max(variances[row, i], 0.0))
            mean += means[row, i]
            within += variances[row, i]
            sd_mean += sds[i]
        mean, within, sd_mean = mean / n, within / n, sd_mean / n
        second, third, fourth, spread = 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            away, v = means[row, i] - mean, variances[row, i]
            square = away * away
            second += square
            third += away * (square + 3.0 * v)
            fourth += square * (square + 6.0 * v) + 3.0 * v * v
            spread += (sds[i] - sd_mean) * (sds[i] - sd_mean)
        total = within + second / n
        sd = math.sqrt(total)
        found[row, 0], found[row, 1] = mean, sd
        found[row, 2] = (second + 4.0 * spread) / n / total if total > 0.0 else 0.0
        skew = third / n / (total * sd) if total > 0.0 else 0.0
        excess = fourth / n / (total * total) - 3.0 if total > 0.0 else 0.0
        for k in range(len(probabilities)):
            z = normal_quantile(probabilities[k])
            start = z + (z * z - 1.0) * skew / 6.0 + (z * z * z - 3.0 * z) * excess / 24.0
            start -= (2.0 * z * z * z - 5.0 * z) * skew * skew / 36.0
            found[row, 3 + k] = _quantile(
                probabilities[k], z, mean + sd * start, sd, means[row], sds
            )


@loops
def _quantile(
    p: float, z: float, start: float, sd: float, means: FloatArray, sds: FloatArray
) -> float:
    """Return a mixture's quantile by Newton's method between those of its normals."""
    low, high = np.inf, -np.inf
    for i in range(len(means)):
        own = means[i] + sds[i] * z
        low, high = min(low, own), max(high, own)
    if not high - low > 1e-12 * sd:
        return low
    x = min(max(start, low), high)
    for _ in range(_STEPS):
        below, density = 0.0, 0.0
        for i in range(len(means)):
            safe = max(sds[i], 1e-300)
            away = (x - means[i]) / safe
            below += 0.5 * math.erfc(-away * 0.7071067811865476)
            density += math.exp(-0.5 * away * away) * 0.3989422804014327 / safe
        excess = below / len(means) - p
        if excess > 0.0:
            high = x
        else:
            low = x
        step = -excess * len(means) / density if density > 0.0 else np.inf
        following = x + step
        if not low <= following <= high:
            following = 0.5 * (low + high)
            step = following - x
        x = following
        if abs(step) <= _STEP * sd:
            break
    return x
