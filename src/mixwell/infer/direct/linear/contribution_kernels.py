"""Compiled loops over a linear gaussian model: products of what effects add to rows, and noise."""

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import Places, loops

__all__ = ["contribution_products", "weighted_noise"]


@loops
def contribution_products(
    starts: IntArray,
    rows: IntArray,
    values: FloatArray,
    first: Places,
    begin: Places,
    count: Places,
    x: FloatArray,
    out: FloatArray,
) -> None:
    """Put half the products of contributions, weighted, into `out`: with its transpose it is all.

    Z'WZ of effects comes as the columns of its upper triangle. An effect's column takes part in the
    contributions from `first` on, of which there are `count`, each times one of the effects from
    `begin` on.
    """
    out[:] = 0.0
    for c in range(len(first)):
        for e in range(starts[c], starts[c + 1]):
            r = rows[e]
            value = values[e] if r < c else 0.5 * values[e]
            for a in range(count[r]):
                left = value * x[begin[r] + a]
                for b in range(count[c]):
                    out[first[r] + a, first[c] + b] += left * x[begin[c] + b]


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
