"""Compiled loops over rows of a linear gaussian model: what is left of y, and sums of products."""

from mixwell.infer.direct.compiled import Places, loops, sums
from mixwell.numeric.arrays import FloatArray

__all__ = ["contribution_products", "weighted_noise"]


@sums
def contribution_products(
    left: Places,
    right: Places,
    at: Places,
    columns: FloatArray,
    weights: FloatArray,
    x: FloatArray,
    residual: FloatArray,
    held: FloatArray,
    out: FloatArray,
) -> None:
    """Put the products of residuals and contributions, weighted, into `out`, (1 + pair, 1 + pair).

    `residual` comes as y less the coefficients' part, and effects are taken from it here. A pair's
    contribution is the column of entry `left` times the effect of entry `right`.
    """
    pairs = len(left)
    out[:] = 0.0
    for i in range(len(residual)):
        value = residual[i]
        for e in range(at.shape[1]):
            value -= columns[i, e] * x[at[i, e]]
        residual[i] = value
        held[0] = value
        for p in range(pairs):
            held[p + 1] = columns[i, left[p]] * x[at[i, right[p]]]
        for a in range(pairs + 1):
            own = weights[i] * held[a]
            for b in range(a + 1):
                out[a, b] += own * held[b]
    for a in range(pairs + 1):
        for b in range(a):
            out[b, a] = out[a, b]


@loops
def weighted_noise(
    at: Places,
    columns: FloatArray,
    roots: FloatArray,
    noise: FloatArray,
    scale: float,
    out: FloatArray,
) -> None:
    """Weight noise by row, and add what effects see of it, times a scale, to `out`."""
    for i in range(len(noise)):
        noise[i] *= scale * roots[i]
        for e in range(at.shape[1]):
            out[at[i, e]] += columns[i, e] * noise[i]
