"""Very many small levels eliminated, for several parameter vectors side by side.

A level's q effects have the covariance K = Lambda A^-1 Lambda' given all else, where A = I +
Lambda' G Lambda / sigma^2 and G is its Z'Z. What the levels explain of the rest R is the sum of
(Z'R)' K (Z'R). No array of levels by vectors is made: vectors are the lanes of the innermost loops.
"""

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.loops.compiled import sums

__all__ = ["eliminated"]

#: Vectors that are worked at side by side: their number is made a multiple of the first.
_LANES, _TOGETHER = 16, 32
#: The largest power of ten that a product of determinants may reach before its log is taken.
_POWER = 280.0


def eliminated(
    gram: FloatArray, cross: FloatArray, root: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return what levels explain, (batch, M (M + 1) / 2), and the sums of log |A|, (batch,).

    `gram` are the levels' G by pairs of effects a >= b, (n_levels, pairs), `cross` their Z'R,
    (n_levels, q, M), `root` is Lambda, (batch, q, q), lower triangular, `variance` sigma^2,
    (batch,). What is explained is the lower triangle, row by row.

    >>> import numpy as np
    >>> gram, cross = np.ones((3, 1)), np.ones((3, 1, 1))
    >>> found, logs = eliminated(gram, cross, np.ones((1, 1, 1)), np.ones(1))
    >>> found.tolist(), np.exp(logs).round(9).tolist()
    ([[1.5]], [8.0])
    """
    size, columns = len(variance), cross.shape[2]
    explained = np.empty((size, columns * (columns + 1) // 2))
    logs = np.empty(size)
    for start in range(0, size, _TOGETHER):
        part = slice(start, start + _TOGETHER)
        explained[part], logs[part] = _together(gram, cross, root[part], variance[part])
    return explained, logs


def _together(
    gram: FloatArray, cross: FloatArray, root: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    size, q, columns = len(variance), cross.shape[1], cross.shape[2]
    lanes = -(-size // _LANES) * _LANES
    places = np.minimum(np.arange(lanes), size - 1)
    root, variance = root[places], variance[places]
    found = np.zeros((columns * (columns + 1) // 2, lanes))
    logs = np.zeros(lanes)
    every = _until_log(gram, root, variance)
    work = _KERNELS.get(q, _more_effects)
    work(gram, cross, _factors(root, variance), every, found, logs)
    return found.T[:size], logs[:size]


def _until_log(gram: FloatArray, root: FloatArray, variance: FloatArray) -> int:
    """Return of how many levels determinants can be multiplied: |A| is at most its diagonal's."""
    q = root.shape[1]
    diagonal = np.array([a * (a + 1) // 2 + a for a in range(q)])
    size = np.sqrt(gram[:, diagonal].max(axis=0))
    widest = ((np.abs(root) * size[:, None]).sum(axis=1) ** 2 / variance[:, None]).max(axis=0)
    power = float(np.log10(1.0 + widest).sum())
    return int(np.clip(_POWER / power, 1, 1_000)) if power > 0 else 1_000


def _factors(root: FloatArray, variance: FloatArray) -> FloatArray:
    """Return what a level's K is computed from, (number, batch).

    Of one or two effects K = (Sigma + |Sigma| adj(G) / sigma^2) / |A|, |A| = 1 + tr(Sigma G) /
    sigma^2 + |Sigma| |G| / sigma^4; of more the entries of Lambda / sigma, and last sigma^2.
    """
    q = root.shape[1]
    if q > 2:
        scaled = root / np.sqrt(variance)[:, None, None]
        return np.stack([*(scaled[:, a, b] for a in range(q) for b in range(a + 1)), variance])
    sigma = root @ root.swapaxes(1, 2)
    if q == 1:
        return np.stack([sigma[:, 0, 0], sigma[:, 0, 0] / variance])
    area = (root[:, 0, 0] * root[:, 1, 1]) ** 2
    own = [sigma[:, 0, 0], sigma[:, 1, 0], sigma[:, 1, 1]]
    each = [own[0] / variance, 2 * own[1] / variance, own[2] / variance]
    return np.stack([*own, area / variance, *each, area / variance / variance])


@sums
def _add_logs(product: FloatArray, logs: FloatArray) -> None:
    for t in range(len(logs)):
        logs[t] += np.log(product[t])
        product[t] = 1.0


@sums
def _one_effect(
    gram: FloatArray,
    cross: FloatArray,
    factors: FloatArray,
    every: int,
    found: FloatArray,
    logs: FloatArray,
) -> None:
    lanes, columns = len(logs), cross.shape[2]
    product, weight = np.ones(lanes), np.empty(lanes)
    for level in range(len(gram)):
        own = gram[level, 0]
        for t in range(lanes):
            determinant = 1.0 + factors[1, t] * own
            weight[t] = factors[0, t] / determinant
            product[t] *= determinant
        if level % every == every - 1:
            _add_logs(product, logs)
        k = 0
        for u in range(columns):
            for v in range(u + 1):
                squared = cross[level, 0, u] * cross[level, 0, v]
                for t in range(lanes):
                    found[k, t] += weight[t] * squared
                k += 1
    _add_logs(product, logs)


@sums
def _two_effects(
    gram: FloatArray,
    cross: FloatArray,
    factors: FloatArray,
    every: int,
    found: FloatArray,
    logs: FloatArray,
) -> None:
    lanes, columns = len(logs), cross.shape[2]
    product, g = np.ones(lanes), np.empty((2, lanes))
    k00, k10, k11 = np.empty(lanes), np.empty(lanes), np.empty(lanes)
    for level in range(len(gram)):
        g00, g10, g11 = gram[level, 0], gram[level, 1], gram[level, 2]
        area = max(g00 * g11 - g10 * g10, 0.0)
        for t in range(lanes):
            determinant = 1.0 + factors[4, t] * g00 + factors[5, t] * g10 + factors[6, t] * g11
            determinant += factors[7, t] * area
            inverse = 1.0 / determinant
            k00[t] = (factors[0, t] + factors[3, t] * g11) * inverse
            k10[t] = (factors[1, t] - factors[3, t] * g10) * inverse
            k11[t] = (factors[2, t] + factors[3, t] * g00) * inverse
            product[t] *= determinant
        if level % every == every - 1:
            _add_logs(product, logs)
        k = 0
        for u in range(columns):
            a, b = cross[level, 0, u], cross[level, 1, u]
            for t in range(lanes):
                g[0, t] = k00[t] * a + k10[t] * b
                g[1, t] = k10[t] * a + k11[t] * b
            for v in range(u + 1):
                a, b = cross[level, 0, v], cross[level, 1, v]
                for t in range(lanes):
                    found[k, t] += g[0, t] * a + g[1, t] * b
                k += 1
    _add_logs(product, logs)


@sums
def _three_covariances(
    own: FloatArray, factors: FloatArray, covariance: FloatArray, product: FloatArray
) -> None:
    """Put K by pairs of three effects into `covariance`; multiply by |A|.

    A = U D U' with U unit upper triangular, and K = F D^-1 F' with F = Lambda U'^-1.
    """
    for t in range(len(product)):
        l00, l10, l11 = factors[0, t], factors[1, t], factors[2, t]
        l20, l21, l22 = factors[3, t], factors[4, t], factors[5, t]
        h00 = own[0] * l00 + own[1] * l10 + own[3] * l20
        h10 = own[1] * l00 + own[2] * l10 + own[4] * l20
        h20 = own[3] * l00 + own[4] * l10 + own[5] * l20
        h11, h21 = own[2] * l11 + own[4] * l21, own[4] * l11 + own[5] * l21
        a20, a21, d2 = l22 * h20, l22 * h21, 1.0 + l22 * own[5] * l22
        i2 = 1.0 / d2
        u02, u12 = a20 * i2, a21 * i2
        d1 = 1.0 + l11 * h11 + l21 * h21 - u12 * a21
        i1 = 1.0 / d1
        a10 = l11 * h10 + l21 * h20 - u02 * a21
        u01 = a10 * i1
        d0 = 1.0 + l00 * h00 + l10 * h10 + l20 * h20 - u02 * a20 - u01 * a10
        i0 = 1.0 / d0
        f21, f10 = l21 - l22 * u12, l10 - l11 * u01
        f20 = l20 - f21 * u01 - l22 * u02
        i0, i1, i2 = i0 * factors[6, t], i1 * factors[6, t], i2 * factors[6, t]
        covariance[0, t] = l00 * l00 * i0
        covariance[1, t] = f10 * l00 * i0
        covariance[2, t] = f10 * f10 * i0 + l11 * l11 * i1
        covariance[3, t] = f20 * l00 * i0
        covariance[4, t] = f20 * f10 * i0 + f21 * l11 * i1
        covariance[5, t] = f20 * f20 * i0 + f21 * f21 * i1 + l22 * l22 * i2
        product[t] *= d0 * d1 * d2


@sums
def _three_effects(
    gram: FloatArray,
    cross: FloatArray,
    factors: FloatArray,
    every: int,
    found: FloatArray,
    logs: FloatArray,
) -> None:
    lanes, columns = len(logs), cross.shape[2]
    product, w, g = np.ones(lanes), np.empty((6, lanes)), np.empty((3, lanes))
    for level in range(len(gram)):
        _three_covariances(gram[level], factors, w, product)
        if level % every == every - 1:
            _add_logs(product, logs)
        k = 0
        for u in range(columns):
            a, b, c = cross[level, 0, u], cross[level, 1, u], cross[level, 2, u]
            for t in range(lanes):
                g[0, t] = w[0, t] * a + w[1, t] * b + w[3, t] * c
                g[1, t] = w[1, t] * a + w[2, t] * b + w[4, t] * c
                g[2, t] = w[3, t] * a + w[4, t] * b + w[5, t] * c
            for v in range(u + 1):
                a, b, c = cross[level, 0, v], cross[level, 1, v], cross[level, 2, v]
                for t in range(lanes):
                    found[k, t] += g[0, t] * a + g[1, t] * b + g[2, t] * c
                k += 1
    _add_logs(product, logs)


@sums
def _many_roots(
    own: FloatArray, factors: FloatArray, upper: FloatArray, roots: FloatArray, product: FloatArray
) -> None:
    """Put the entries of F, lower triangular with F F' = K, into `roots`; multiply by |A|.

    A = U U' with U upper triangular, and F = Lambda U'^-1.
    """
    q, lanes = upper.shape[0], len(product)
    half = np.empty((q, lanes))
    for j in range(q - 1, -1, -1):
        half[:] = 0.0  # column j of G Lambda / sigma
        for a in range(q):
            for b in range(j, q):
                g = own[a * (a + 1) // 2 + b if a >= b else b * (b + 1) // 2 + a]
                for t in range(lanes):
                    half[a, t] += g * factors[b * (b + 1) // 2 + j, t]
        for i in range(j, -1, -1):
            entry = upper[i, j]
            for t in range(lanes):
                entry[t] = 1.0 if i == j else 0.0
            for a in range(i, q):
                for t in range(lanes):
                    entry[t] += factors[a * (a + 1) // 2 + i, t] * half[a, t]
            for k in range(j + 1, q):
                for t in range(lanes):
                    entry[t] -= upper[i, k, t] * upper[j, k, t]
            for t in range(lanes):
                if i == j:
                    product[t] *= entry[t]
                    entry[t] = np.sqrt(entry[t])
                else:
                    entry[t] /= upper[j, j, t]
    for a in range(q):
        for i in range(a, -1, -1):
            for t in range(lanes):
                roots[a, i, t] = factors[a * (a + 1) // 2 + i, t] * np.sqrt(factors[-1, t])
            for k in range(i + 1, a + 1):
                for t in range(lanes):
                    roots[a, i, t] -= roots[a, k, t] * upper[i, k, t]
            for t in range(lanes):
                roots[a, i, t] /= upper[i, i, t]


@sums
def _more_effects(
    gram: FloatArray,
    cross: FloatArray,
    factors: FloatArray,
    every: int,
    found: FloatArray,
    logs: FloatArray,
) -> None:
    q, columns, lanes = cross.shape[1], cross.shape[2], len(logs)
    upper, roots = np.empty((q, q, lanes)), np.empty((q, q, lanes))
    rows, product = np.empty((columns, q, lanes)), np.ones(lanes)
    for level in range(len(gram)):
        _many_roots(gram[level], factors, upper, roots, product)
        if level % every == every - 1:
            _add_logs(product, logs)
        k = 0
        for u in range(columns):
            for j in range(q):
                for t in range(lanes):
                    rows[u, j, t] = roots[j, j, t] * cross[level, j, u]
                for a in range(j + 1, q):
                    for t in range(lanes):
                        rows[u, j, t] += roots[a, j, t] * cross[level, a, u]
            for v in range(u + 1):
                for j in range(q):
                    for t in range(lanes):
                        found[k, t] += rows[u, j, t] * rows[v, j, t]
                k += 1
    _add_logs(product, logs)


_KERNELS = {1: _one_effect, 2: _two_effects, 3: _three_effects}
