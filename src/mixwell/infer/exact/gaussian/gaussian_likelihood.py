"""The marginal likelihood of gaussian mixed models, random and fixed effects integrated out.

With b = Lambda u, u ~ N(0, I), and the eliminated factor's columns Z, A = I + Lambda' Z'Z Lambda /
sigma^2 is block diagonal; the rest R = [Z2, X, y] has the cross-product N = R'R / sigma^2 - (Z'R)'
K (Z'R), K = Lambda A^-1 Lambda' / sigma^4. The Cholesky factor of N, with the other factors' own
Lambda and identity and the fixed effects' prior put in, holds everything at once: determinants on
its diagonal, the conditional means in its last row, the weighted sum of squares in its last entry
(Bates et al. 2015, section 3; here batched over parameter vectors).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from mixwell.infer.exact.gaussian.cross_products import Reduction
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.level_covariances import level_covariances, level_roots
from mixwell.threads import every_blas_thread, in_threads

__all__ = [
    "Batch",
    "Factored",
    "FixedPrior",
    "factorize",
    "log_marginal",
    "log_marginal_of",
]

_LOG_2PI = float(np.log(2 * np.pi))
#: Numbers in one array of a batch: 32 MB.
_BLOCK = 4_000_000
#: Levels' covariances at a time, which stay in a processor's cache, and vectors that share them.
_CACHED, _TOGETHER = 32_768, 32
#: Columns from which on a matrix is worth all threads of BLAS.
_WIDE = 400
#: Levels in a run of a compiled loop.
_RUN = 20_000
#: So many classes' covariances, of 32 vectors, are worth a thread.
_WORTH_THREADS = 2_000


@dataclass(frozen=True, eq=False)
class FixedPrior:
    """Independent normal priors of the fixed effects: `mean` and `precision` (p,), 0 for flat.

    `given` are the positions of coefficients whose values come with each batch instead.
    """

    mean: FloatArray
    precision: FloatArray
    given: tuple[int, ...] = ()

    @property
    def free(self) -> list[int]:
        """The positions of the coefficients that are integrated out."""
        return [j for j in range(len(self.mean)) if j not in self.given]


@dataclass(frozen=True, eq=False)
class Batch:
    """Parameter vectors: `sigma` (batch,), each block's covariance root (batch, q, q).

    `given` are values of the coefficients that the prior names as given, (batch, n_given).
    """

    sigma: FloatArray
    roots: tuple[FloatArray, ...]
    given: FloatArray

    def part(self, where: slice | IntArray) -> "Batch":
        """Return some of the vectors."""
        return Batch(self.sigma[where], tuple(r[where] for r in self.roots), self.given[where])

    def repeated(self, copies: int) -> "Batch":
        """Return every vector several times."""
        roots = tuple(np.repeat(root, copies, axis=0) for root in self.roots)
        return Batch(np.repeat(self.sigma, copies), roots, np.repeat(self.given, copies, axis=0))

    def __len__(self) -> int:
        """Count the vectors."""
        return len(self.sigma)


def log_marginal(
    data: Reduction, prior: FixedPrior, batch: Batch, *, profile: bool = False
) -> FloatArray:
    """Return the log marginal likelihood of each parameter vector, (batch,).

    Flat coefficients are integrated over with density 1, which gives the REML log-likelihood; with
    `profile` coefficients are at their best values instead, which gives that of ML. It is -inf
    where the numbers are too extreme to be computed with.
    """

    def compute(part: Batch) -> FloatArray:
        return log_marginal_of(data, prior, part, factorize(data, prior, part), profile)

    return over_parts(data, batch, compute)


def over_parts(data: Reduction, batch: Batch, compute: Callable[[Batch], FloatArray]) -> FloatArray:
    """Go through a batch in parts that fit into memory, and put the results together."""
    step = together(data)
    parts = [batch.part(slice(i, i + step)) for i in range(0, len(batch), step)]
    if len(data.counts) >= _WORTH_THREADS:
        found = in_threads(compute, parts)
    elif data.columns >= _WIDE:
        with every_blas_thread():
            found = [compute(part) for part in parts]
    else:
        found = [compute(part) for part in parts]
    return np.concatenate(found) if found else np.zeros(0)


def together(data: Reduction) -> int:
    """Return how many vectors are gone through at a time."""
    most = max(1, _BLOCK // data.columns**2)
    return min(most, max(_TOGETHER, _CACHED // max(1, len(data.counts))))


@dataclass(frozen=True, eq=False)
class Factored:
    """A batch's factors: `cholesky` of N, and log |A| summed over levels."""

    cholesky: FloatArray
    log_determinant: FloatArray


def factorize(
    data: Reduction, prior: FixedPrior, batch: Batch, *, response: bool = True
) -> Factored:
    """Eliminate one factor's effects and factorize what is left, for each parameter vector.

    Without the `response` its row is left out, the last one.
    """
    crossed, log_determinant = _remaining(data, batch)
    _scale_rest(crossed, data, batch)
    whole = _with_prior(crossed, data, prior, batch)
    part = whole if response else whole[:, :-1, :-1]
    return Factored(_cholesky(part), log_determinant)


def _remaining(data: Reduction, batch: Batch) -> tuple[FloatArray, FloatArray]:
    """Return R'R / sigma^2 less what the eliminated factor explains, (batch, M, M), and log |A|."""
    variance = batch.sigma**2
    crossed = data.base / variance[:, None, None]
    if data.eliminated is None:
        return crossed, np.zeros(len(batch))
    squared = (variance**2)[:, None]
    if isinstance(data.cross, np.ndarray):
        if data.compiled:
            explained, log_determinant = _explained_by_loops(data, batch, data.cross)
        elif data.products is None:
            explained, log_determinant = _explained_by_levels(data, batch, data.cross)
        else:
            explained, log_determinant = _explained(data, batch)
        explained /= squared
        crossed -= explained[:, _lower_places(data.columns)]
        return crossed, log_determinant
    assert isinstance(data.products, sparse.csr_array)
    covariances, logs = level_covariances(data.gram, batch.roots[data.eliminated], variance)
    weights = (covariances / squared).swapaxes(0, 1).reshape(len(batch), -1)
    for one, w in zip(crossed, weights, strict=True):
        one.reshape(-1)[data.positions] -= data.products @ w
    if any(data.blocks[k].effects > 1 for k in data.rest):
        lower = np.tril(crossed)  # positions are those of the lower triangle
        crossed = lower + np.tril(crossed, -1).swapaxes(1, 2)
    return crossed, logs @ data.counts


def _explained(data: Reduction, batch: Batch) -> tuple[FloatArray, FloatArray]:
    """Return (Z'R)' K (Z'R), its lower triangle, and log |A|, summed over the levels."""
    assert data.eliminated is not None
    assert isinstance(data.products, np.ndarray)
    products, root, variance = data.products, batch.roots[data.eliminated], batch.sigma**2
    explained = np.zeros((len(batch), products.shape[2]))
    log_determinant = np.zeros(len(batch))
    step = max(1, _CACHED // len(batch))
    for i in range(0, len(data.counts), step):
        part = slice(i, i + step)
        covariances, logs = level_covariances(data.gram[part], root, variance)
        log_determinant += logs @ data.counts[part]
        for weights, product in zip(covariances, products[:, part], strict=True):
            explained += weights @ product
    return explained, log_determinant


def _explained_by_levels(
    data: Reduction, batch: Batch, cross: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the same of products that are not kept: of each level H'H, with H = F'(Z'R)."""
    assert data.eliminated is not None
    q, size = data.gram.shape[-1], data.columns
    g, lower = cross.reshape(-1, q, size), np.tril_indices(size)
    explained = np.zeros((len(batch), len(lower[0])))
    log_determinant = np.zeros(len(batch))
    step = max(1, _CACHED // size)
    for i in range(len(batch)):
        root, variance = batch.roots[data.eliminated][i : i + 1], batch.sigma[i : i + 1] ** 2
        total = np.zeros((size, size))
        for start in range(0, len(g), step):
            part = slice(start, start + step)
            roots, logs = level_roots(data.gram[data.level_class[part]], root, variance)
            log_determinant[i] += logs.sum()
            for j in range(q):
                rows = roots[j, j][0, :, None] * g[part, j]
                for a in range(j + 1, q):
                    rows += roots[a, j][0, :, None] * g[part, a]
                total += rows.T @ rows
        explained[i] = total[lower]
    return explained, log_determinant


def _explained_by_loops(
    data: Reduction, batch: Batch, cross: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the same by compiled loops; runs of levels are shared out to threads."""
    from mixwell.numeric.loops.level_eliminations import eliminated  # Numba: only where it runs

    assert data.eliminated is not None
    root, variance = batch.roots[data.eliminated], batch.sigma**2
    pairs = data.level_pairs
    g = cross.reshape(len(pairs), data.gram.shape[-1], data.columns)

    def one(start: int) -> tuple[FloatArray, FloatArray]:
        part = slice(start, start + _RUN)
        return eliminated(pairs[part], g[part], root, variance)

    found = in_threads(one, list(range(0, len(pairs), _RUN)))
    explained, logs = (np.sum(each, axis=0) for each in zip(*found, strict=True))
    return explained, logs


def _lower_places(size: int) -> IntArray:
    """Return where each element of a symmetric matrix stands in its lower triangle by rows."""
    row, column = np.indices((size, size))
    high, low = np.maximum(row, column), np.minimum(row, column)
    return np.asarray(high * (high + 1) // 2 + low)


def _scale_rest(crossed: FloatArray, data: Reduction, batch: Batch) -> None:
    """Change the rest's random effects to standard ones: Lambda' N Lambda + I, in place."""
    start = 0
    for k in data.rest:
        root, block = batch.roots[k], data.blocks[k]
        q, stop = block.effects, start + block.size
        if q == 1:
            crossed[:, start:stop, :] *= root
            crossed[:, :, start:stop] *= root
        else:
            shape = (len(batch), block.n_levels, q, -1)
            rows = root[:, None].swapaxes(-1, -2) @ crossed[:, start:stop].reshape(shape)
            crossed[:, start:stop] = rows.reshape(len(batch), block.size, -1)
            columns = crossed[:, :, start:stop].reshape(len(batch), -1, block.n_levels, q)
            mixed = np.einsum("bijk,bkl->bijl", columns, root)
            crossed[:, :, start:stop] = mixed.reshape(len(batch), -1, block.size)
        start = stop
    diagonal = np.arange(start)
    crossed[:, diagonal, diagonal] += 1.0


def _with_prior(
    crossed: FloatArray, data: Reduction, prior: FixedPrior, batch: Batch
) -> FloatArray:
    """Subtract the given coefficients' part from y, leave their columns out, add the prior."""
    m, last = data.random, data.columns - 1
    if prior.given:
        columns = [m + j for j in prior.given]
        away = batch.given - data.start[list(prior.given)]
        lower = np.tril(crossed) if data.positions is not None else None
        whole = crossed if lower is None else lower + np.tril(lower, -1).swapaxes(1, 2)
        change = np.einsum("bij,bj->bi", whole[:, :, columns], away)
        corner = np.einsum("bj,bj->b", change[:, columns], away)
        crossed = whole
        crossed[:, :, last] -= change
        crossed[:, last, :] -= change
        crossed[:, last, last] += corner
        kept = [*range(m), *(m + j for j in prior.free), last]
        crossed = crossed[np.ix_(range(len(batch)), kept, kept)]
        last = len(kept) - 1
    free = prior.free
    where = m + np.arange(len(free))
    precision = prior.precision[free]
    away_from_start = prior.mean[free] - data.start[free]
    crossed[:, where, where] += precision
    crossed[:, last, where] += precision * away_from_start
    crossed[:, where, last] += precision * away_from_start
    crossed[:, last, last] += float(precision @ away_from_start**2)
    return crossed


def _cholesky(crossed: FloatArray) -> FloatArray:
    """Return Cholesky factors, not-a-number where there is none."""
    try:
        return np.linalg.cholesky(crossed)
    except np.linalg.LinAlgError:
        if len(crossed) == 1:
            return np.full(crossed.shape, np.nan)
        return np.concatenate([_cholesky(one[None]) for one in crossed])


def log_marginal_of(
    data: Reduction, prior: FixedPrior, batch: Batch, found: Factored, profile: bool
) -> FloatArray:
    """Return the log marginal likelihood, (batch,), from factors that are there already."""
    diagonal = np.diagonal(found.cholesky, axis1=1, axis2=2)
    precision = prior.precision[prior.free]
    proper = precision[precision > 0]
    constant = data.n * _LOG_2PI - data.sum_log_weights - np.log(proper).sum()
    last = data.random if profile else diagonal.shape[1] - 1
    constant += len(proper) * _LOG_2PI if profile else -(precision == 0).sum() * _LOG_2PI
    with np.errstate(invalid="ignore", divide="ignore"):
        total = constant + 2 * data.n * np.log(batch.sigma) + found.log_determinant
        total = total + 2 * np.log(diagonal[:, :last]).sum(axis=1) + diagonal[:, -1] ** 2
    return np.where(np.isfinite(total), -0.5 * total, -np.inf)
