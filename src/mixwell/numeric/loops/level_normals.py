"""Levels' effects given all else, by compiled loops: their normal distributions, and draws of them.

Given a draw of everything else, a level's q effects are normal with covariance K and mean K s, s =
(Z'y - Z'R c) / sigma^2: K = Lambda A^-1 Lambda', A = I + Lambda' G Lambda / sigma^2, G the level's
Z'Z. Each number hangs on its level and its draw alone, by the same operations in the same order
whichever others are asked for: nothing is reordered, and draws have the same bits.
"""

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import Places, loops
from mixwell.numeric.loops.counted_normals import normals_of

__all__ = ["level_draws_by", "level_moments"]


@loops
def _scores(
    first: int,
    last: int,
    level: int,
    q: int,
    pointers: IntArray,
    places: Places,
    values: FloatArray,
    effects: FloatArray,
    variance: FloatArray,
    found: FloatArray,
) -> None:
    """Put a level's s in draws `first` to `last` into `found` (effect, draw)."""
    n = last - first
    for a in range(q):
        for i in range(n):
            found[a, i] = 0.0
        for k in range(pointers[level * q + a], pointers[level * q + a + 1]):
            value, row = -values[k], places[k]
            for i in range(n):
                found[a, i] += value * effects[row, first + i]
        for i in range(n):
            found[a, i] /= variance[first + i]


@loops
def _closed(
    first: int, n: int, own: FloatArray, root: FloatArray, variance: FloatArray, k: FloatArray
) -> None:
    """Put K by pairs of one or two effects in n draws into `k` (pair, draw), then |A|."""
    if len(own) == 1:
        for i in range(n):
            square = root[0, first + i] * root[0, first + i]
            k[1, i] = 1.0 + square * own[0] / variance[first + i]
            k[0, i] = square / k[1, i]
        return
    g00, g10, g11 = own[0], own[1], own[2]
    gram_area = max(g00 * g11 - g10 * g10, 0.0)
    for i in range(n):
        l00, l10, l11 = root[0, first + i], root[1, first + i], root[2, first + i]
        s00, s10, s11 = l00 * l00, l10 * l00, l10 * l10 + l11 * l11
        v = variance[first + i]
        area = (l00 * l11) * (l00 * l11) / v
        determinant = 1.0 + (s00 * g00 + 2.0 * s10 * g10 + s11 * g11 + area * gram_area) / v
        k[0, i] = (s00 + area * g11) / determinant
        k[1, i] = (s10 - area * g10) / determinant
        k[2, i] = (s11 + area * g00) / determinant
        k[3, i] = determinant


@loops
def _roots(
    first: int, n: int, own: FloatArray, root: FloatArray, variance: FloatArray, f: FloatArray
) -> None:
    """Put F, lower triangular with F F' = K, by pairs in n draws into `f` (pair, draw)."""
    q = int((np.sqrt(8.0 * len(own) + 1.0) - 1.0) / 2.0 + 0.5)
    if q <= 2:
        _closed(first, n, own, root, variance, f)
        for i in range(n):
            determinant = f[len(own), i]
            f[0, i] = np.sqrt(f[0, i])
            if q == 2:
                safe = max(f[0, i], 2.3e-308)
                f[1, i] = f[1, i] / safe
                area = abs(root[0, first + i] * root[2, first + i])
                f[2, i] = area / np.sqrt(determinant) / safe
        return
    lower, upper = np.zeros((q, q)), np.zeros((q, q))
    for i in range(n):
        for a in range(q):
            for b in range(a + 1):
                lower[a, b] = root[a * (a + 1) // 2 + b, first + i]
        for j in range(q - 1, -1, -1):  # A = U U' with U upper triangular
            for r in range(j, -1, -1):
                entry = 0.0
                for a in range(r, q):
                    for b in range(j, q):
                        g = own[a * (a + 1) // 2 + b if a >= b else b * (b + 1) // 2 + a]
                        entry += lower[a, r] * g * lower[b, j]
                entry = entry / variance[first + i] + (1.0 if r == j else 0.0)
                for c in range(j + 1, q):
                    entry -= upper[r, c] * upper[j, c]
                upper[r, j] = np.sqrt(entry) if r == j else entry / upper[j, j]
        for a in range(q):  # F = Lambda U'^-1
            for r in range(a, -1, -1):
                entry = lower[a, r]
                for c in range(r + 1, a + 1):
                    entry -= f[a * (a + 1) // 2 + c, i] * upper[r, c]
                f[a * (a + 1) // 2 + r, i] = entry / upper[r, r]


#: Draws at a time: what is read of them stays near the processor.
_DRAWS = 256


@loops
def level_draws_by(
    levels: IntArray,
    draws: IntArray,
    gram: FloatArray,
    pointers: IntArray,
    places: Places,
    values: FloatArray,
    effects: FloatArray,
    root: FloatArray,
    variance: FloatArray,
    entropy: int,
    found: FloatArray,
) -> None:
    """Draw the effects of some levels, `found` (level, effect, draw).

    `draws` say by which numbers the columns of `effects` (M, draw), `root` (pair, draw) and
    `variance` (draw,) are drawn with; `gram` (n_levels, pairs) and the rows of Z'R, level by level
    and effect by effect between `pointers`, are those of all levels.
    """
    pairs, q = gram.shape[1], found.shape[1]
    score, noise = np.empty((q, _DRAWS)), np.empty((q, _DRAWS))
    f = np.empty((pairs + 1, _DRAWS))
    for row in range(len(levels)):
        level = levels[row]
        for first in range(0, len(draws), _DRAWS):
            last = min(first + _DRAWS, len(draws))
            n = last - first
            _scores(first, last, level, q, pointers, places, values, effects, variance, score)
            _roots(first, n, gram[level], root, variance, f)
            normals_of(noise, level, draws[first:last], entropy)
            for a in range(q):
                for b in range(a + 1):
                    for i in range(n):
                        noise[b, i] += f[a * (a + 1) // 2 + b, i] * score[a, i]
            for a in range(q):
                for i in range(n):
                    found[row, a, first + i] = 0.0
                for b in range(a + 1):
                    for i in range(n):
                        found[row, a, first + i] += f[a * (a + 1) // 2 + b, i] * noise[b, i]


@loops
def level_moments(
    levels: IntArray,
    gram: FloatArray,
    pointers: IntArray,
    places: Places,
    values: FloatArray,
    effects: FloatArray,
    root: FloatArray,
    variance: FloatArray,
    means: FloatArray,
    covariances: FloatArray,
) -> None:
    """Put K s of some levels into `means` (level, effect, draw), K into `covariances` by pairs."""
    pairs, q, n_draws = gram.shape[1], means.shape[1], len(variance)
    score, f = np.empty((q, n_draws)), np.empty((pairs + 1, n_draws))
    for row in range(len(levels)):
        level = levels[row]
        _scores(0, n_draws, level, q, pointers, places, values, effects, variance, score)
        if q <= 2:
            _closed(0, n_draws, gram[level], root, variance, f)
            for k in range(pairs):
                for i in range(n_draws):
                    covariances[row, k, i] = f[k, i]
        else:
            _roots(0, n_draws, gram[level], root, variance, f)
            for a in range(q):
                for b in range(a + 1):
                    for i in range(n_draws):
                        total = 0.0
                        for c in range(b + 1):
                            total += f[a * (a + 1) // 2 + c, i] * f[b * (b + 1) // 2 + c, i]
                        covariances[row, a * (a + 1) // 2 + b, i] = total
        for a in range(q):
            for i in range(n_draws):
                means[row, a, i] = 0.0
            for b in range(q):
                k = a * (a + 1) // 2 + b if a >= b else b * (b + 1) // 2 + a
                for i in range(n_draws):
                    means[row, a, i] += covariances[row, k, i] * score[b, i]
