"""Compiled loops over rows: linear predictors, scores, cross products of their columns."""

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.loops.compiled import Places, loops, sums

__all__ = [
    "add_blocks",
    "cross_dense",
    "cross_mixed",
    "cross_sparse",
    "gather",
    "leverages",
    "mixed_leverages",
    "scatter",
    "subtract_mixed",
    "subtract_quadratic",
]


@loops
def add_blocks(values: FloatArray, places: Places, block: FloatArray) -> None:
    """Add a block's upper triangle, (pairs,), at the places (level, pair)."""
    for level in range(places.shape[0]):
        for pair in range(places.shape[1]):
            values[places[level, pair]] += block[pair]


@sums
def gather(at: Places, columns: FloatArray, x: FloatArray, eta: FloatArray) -> None:
    """Add each row's random effects to its linear predictor; `at` and `columns` (row, entry)."""
    for i in range(at.shape[0]):
        value = eta[i]
        for j in range(at.shape[1]):
            value += columns[i, j] * x[at[i, j]]
        eta[i] = value


@loops
def scatter(at: Places, columns: FloatArray, score: FloatArray, out: FloatArray) -> None:
    """Add each row's score to those of its random effects."""
    for i in range(at.shape[0]):
        for j in range(at.shape[1]):
            out[at[i, j]] += columns[i, j] * score[i]


@loops
def cross_sparse(
    places: Places, columns: FloatArray, weights: FloatArray, values: FloatArray
) -> None:
    """Add Z'WZ at the places (row, pair) of each row's pairs of entries, the first one leading."""
    for i in range(columns.shape[0]):
        pair = 0
        for a in range(columns.shape[1]):
            left = weights[i] * columns[i, a]
            for b in range(a, columns.shape[1]):
                values[places[i, pair]] += left * columns[i, b]
                pair += 1


@loops
def cross_dense(
    at: Places, columns: FloatArray, weights: FloatArray, x: FloatArray, out: FloatArray
) -> None:
    """Add Z'WX, (effect, column), with X' (column, row) given."""
    for i in range(at.shape[0]):
        for a in range(at.shape[1]):
            left = weights[i] * columns[i, a]
            row = at[i, a]
            for c in range(x.shape[0]):
                out[row, c] += left * x[c, i]


@loops
def cross_mixed(
    places: Places, left: FloatArray, right: FloatArray, weights: FloatArray, values: FloatArray
) -> None:
    """Add Z1'WZ2 of two predictors at the places (row, pair) of each row's pairs of entries."""
    for i in range(left.shape[0]):
        pair = 0
        for a in range(left.shape[1]):
            own = weights[i] * left[i, a]
            for b in range(right.shape[1]):
                values[places[i, pair]] += own * right[i, b]
                pair += 1


@sums
def leverages(places: Places, columns: FloatArray, values: FloatArray, out: FloatArray) -> None:
    """Put z'Vz of every row into `out`, given the upper triangle of V by `places` (row, pair)."""
    for i in range(columns.shape[0]):
        pair, value = 0, 0.0
        for a in range(columns.shape[1]):
            own = columns[i, a]
            value += own * own * values[places[i, pair]]
            pair += 1
            for b in range(a + 1, columns.shape[1]):
                value += 2.0 * own * columns[i, b] * values[places[i, pair]]
                pair += 1
        out[i] = value


@sums
def mixed_leverages(
    places: Places, left: FloatArray, right: FloatArray, values: FloatArray, out: FloatArray
) -> None:
    """Put z1'Vz2 of every row's entries in two predictors into `out`."""
    for i in range(left.shape[0]):
        pair, value = 0, 0.0
        for a in range(left.shape[1]):
            for b in range(right.shape[1]):
                value += left[i, a] * right[i, b] * values[places[i, pair]]
                pair += 1
        out[i] = value


@sums
def subtract_quadratic(
    eta: FloatArray, pull: FloatArray, weights: FloatArray, score: FloatArray
) -> float:
    """Return the quadratic's value, sum of (pull - weights eta / 2) eta; its slope leaves score."""
    value = 0.0
    for i in range(len(eta)):
        half = weights[i] * eta[i]
        value += (pull[i] - 0.5 * half) * eta[i]
        score[i] -= pull[i] - half
    return value


@sums
def subtract_mixed(
    one: FloatArray,
    other: FloatArray,
    weights: FloatArray,
    score_one: FloatArray,
    score_other: FloatArray,
) -> float:
    """Return a quadratic's mixed part, -sum of weights one other; its slopes leave the scores."""
    value = 0.0
    for i in range(len(one)):
        left = weights[i] * one[i]
        value -= left * other[i]
        score_one[i] += weights[i] * other[i]
        score_other[i] += left
    return value
