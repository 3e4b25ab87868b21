"""Covariances of the effects of many small levels, for many parameter vectors at once.

Given all else, a level's q effects have the covariance K = Lambda A^-1 Lambda', where A = I +
Lambda' G Lambda / sigma^2 and G is the level's Z'Z. With one or two effects K's numerator and |A|
are linear in G and |G|, so that a matrix product gives them for all levels; with more, A is
factorized entry by entry. Each entry of the levels' matrices is one array, (batch, n): small
matrices one by one would cost a hundred times as much.
"""

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["level_covariances", "level_draws", "level_roots", "pairs_of"]

_TINY = float(np.finfo(float).tiny)


def pairs_of(q: int) -> list[tuple[int, int]]:
    """Return the pairs of effects a >= b, in the order in which symmetric matrices are kept."""
    return [(a, b) for a in range(q) for b in range(a + 1)]


def level_covariances(
    gram: FloatArray, root: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return each level's K by pairs of effects, (pairs, batch, n), and log |A|, (batch, n).

    `gram` are the levels' G, (n, q, q), `root` is Lambda, (batch, q, q), lower triangular,
    `variance` sigma^2, (batch,).
    """
    q = gram.shape[-1]
    if q <= 2:
        found, determinant = _closed(gram, root, variance)
        return found, np.log(determinant)
    roots, log_determinant = _roots(gram, root, variance)
    found = np.zeros((len(pairs_of(q)), *log_determinant.shape))
    for entry, (a, b) in zip(found, pairs_of(q), strict=True):
        for i in range(b + 1):
            entry += roots[a, i] * roots[b, i]
    return found, log_determinant


def level_roots(
    gram: FloatArray, root: FloatArray, variance: FloatArray
) -> tuple[dict[tuple[int, int], FloatArray], FloatArray]:
    """Return the entries (row, column) of each level's F, and log |A|, all (batch, n).

    F is lower triangular and F F' = K.
    """
    if gram.shape[-1] > 2:
        return _roots(gram, root, variance)
    found, determinant = _closed(gram, root, variance)
    return _closed_roots(found, determinant, root), np.log(determinant)


def level_draws(
    gram: FloatArray,
    root: FloatArray,
    variance: FloatArray,
    score: FloatArray,
    noise: FloatArray | None,
) -> FloatArray:
    """Return draws from N(K score, K) for standard normal `noise`; means where that is None.

    `score`, `noise` and what is returned are (q, batch, n).
    """
    q = len(score)
    if q <= 2:
        roots = _closed_roots(*_closed(gram, root, variance), root)
    else:
        roots, _ = _roots(gram, root, variance)
    standard = np.zeros_like(score) if noise is None else noise.copy()
    drawn = np.zeros_like(score)
    for a, i in pairs_of(q):
        standard[i] += roots[a, i] * score[a]
    for a, i in pairs_of(q):
        drawn[a] += roots[a, i] * standard[i]
    return drawn


def _closed(
    gram: FloatArray, root: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return K by pairs and |A| for one or two effects.

    K = (Sigma + |Sigma| adj(G) / sigma^2) / |A|, |A| = 1 + tr(Sigma G) / sigma^2 + |Sigma| |G| /
    sigma^4.
    """
    sigma, v = root @ root.swapaxes(1, 2), variance
    if gram.shape[-1] == 1:
        covariance = sigma[:, :, 0]
        determinant = 1.0 + covariance / v[:, None] * gram[:, 0, 0]
        return (covariance / determinant)[None], determinant
    s00, s10, s11 = sigma[:, 0, 0], sigma[:, 1, 0], sigma[:, 1, 1]
    g00, g10, g11 = gram[:, 0, 0], gram[:, 1, 0], gram[:, 1, 1]
    area = (root[:, 0, 0] * root[:, 1, 1]) ** 2
    zero, one = np.zeros_like(v), np.ones_like(v)
    factors = [
        [s00, zero, zero, area / v, zero],
        [s10, zero, -area / v, zero, zero],
        [s11, area / v, zero, zero, zero],
        [one, s00 / v, 2 * s10 / v, s11 / v, area / v / v],
    ]
    basis = np.stack([np.ones_like(g00), g00, g10, g11, np.maximum(g00 * g11 - g10**2, 0.0)])
    found = np.array(factors).swapaxes(1, 2).reshape(-1, 5) @ basis
    found = found.reshape(4, len(v), -1)
    found[:3] *= 1 / found[3]
    return found[:3], found[3]


def _closed_roots(
    found: FloatArray, determinant: FloatArray, root: FloatArray
) -> dict[tuple[int, int], FloatArray]:
    """Return the lower triangular F with F F' = K by entries; |K| = |Lambda|^2 / |A|."""
    first = np.sqrt(found[0])
    if len(found) == 1:
        return {(0, 0): first}
    safe = np.maximum(first, _TINY)
    area = (root[:, 0, 0] * root[:, 1, 1])[:, None]
    return {(0, 0): first, (1, 0): found[1] / safe, (1, 1): area / np.sqrt(determinant) / safe}


def _roots(
    gram: FloatArray, root: FloatArray, variance: FloatArray
) -> tuple[dict[tuple[int, int], FloatArray], FloatArray]:
    """Return the lower triangular F with F F' = K by entries, and log |A|.

    A = U U' with U upper triangular, so that F = Lambda U'^-1 is lower triangular.
    """
    q, n = gram.shape[-1], len(gram)
    both = np.einsum("xai,xbj->xijab", root, root) / variance[:, None, None, None, None]
    flat = gram.reshape(n, -1).T
    upper: dict[tuple[int, int], FloatArray] = {}
    for j in reversed(range(q)):
        for i in reversed(range(j + 1)):
            entry = both[:, i, j].reshape(-1, q * q) @ flat
            for k in range(j + 1, q):
                entry -= upper[i, k] * upper[j, k]
            upper[i, j] = np.sqrt(1.0 + entry) if i == j else entry / upper[j, j]
    found: dict[tuple[int, int], FloatArray] = {}
    for a in range(q):
        for i in reversed(range(a + 1)):
            entry = np.repeat(root[:, a, i, None], n, axis=1)
            for k in range(i + 1, a + 1):
                entry -= found[a, k] * upper[i, k]
            found[a, i] = entry / upper[i, i]
    return found, 2 * np.log([upper[i, i] for i in range(q)]).sum(axis=0)
