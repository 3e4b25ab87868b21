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
from numpy.typing import NDArray
from scipy import linalg

from mixwell.infer.reduction import Reduction, pairs_of

__all__ = [
    "Batch",
    "FixedPrior",
    "conditional_draws",
    "conditional_means",
    "draws_given_rest",
    "log_marginal",
    "marginal_and_rest",
]

FloatArray = NDArray[np.float64]
_LOG_2PI = float(np.log(2 * np.pi))
#: Numbers in one array of a batch: 32 MB.
_BLOCK = 4_000_000
#: The same of draws: 1 MB, which stays in a processor's cache, and in memory that is kept.
_DRAWN = 130_000


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

    def part(self, where: slice) -> "Batch":
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
        return _log_marginal(data, prior, part, _factor(data, prior, part), profile)

    return over_parts(data, batch, compute)


def over_parts(data: Reduction, batch: Batch, compute: Callable[[Batch], FloatArray]) -> FloatArray:
    """Go through a batch in parts that fit into memory, and put the results together."""
    width = max(data.columns**2, data.gram.size, 1)
    step = max(1, _BLOCK // width)
    parts = [compute(batch.part(slice(i, i + step))) for i in range(0, len(batch), step)]
    return np.concatenate(parts) if parts else np.zeros(0)


@dataclass(frozen=True, eq=False)
class _Factored:
    """A batch's factors: `cholesky` of N, log |A| summed over levels; `inner` (batch, C, q, q)."""

    cholesky: FloatArray
    log_determinant: FloatArray
    inner: FloatArray


def _factor(data: Reduction, prior: FixedPrior, batch: Batch) -> _Factored:
    inner, log_determinant = _eliminate(data, batch)
    crossed = _remaining(data, batch, inner)
    _scale_rest(crossed, data, batch)
    return _Factored(_cholesky(_with_prior(crossed, data, prior, batch)), log_determinant, inner)


def _eliminate(data: Reduction, batch: Batch) -> tuple[FloatArray, FloatArray]:
    """Return Lambda A^-1 Lambda' by class, and log |A| summed over levels."""
    if data.eliminated is None:
        return np.zeros((len(batch), 0, 0, 0)), np.zeros(len(batch))
    root = batch.roots[data.eliminated][:, None]
    a = _precision(data, batch)
    q = a.shape[-1]
    if q == 1:
        return root**2 / a, np.log(a[..., 0, 0]) @ data.counts
    if q == 2:
        determinant = a[..., 0, 0] * a[..., 1, 1] - a[..., 0, 1] ** 2
        flipped = np.stack([a[..., 1, 1], -a[..., 0, 1], -a[..., 0, 1], a[..., 0, 0]], axis=-1)
        inverse = flipped.reshape(a.shape) / determinant[..., None, None]
        logs = np.log(determinant)
    else:
        inverse = np.linalg.inv(a)
        logs = np.linalg.slogdet(a)[1]
    return root @ inverse @ root.swapaxes(-1, -2), logs @ data.counts


def _precision(data: Reduction, batch: Batch) -> FloatArray:
    """Return A = I + Lambda' Z'Z Lambda / sigma^2 by class, (batch, n_classes, q, q)."""
    assert data.eliminated is not None
    root = batch.roots[data.eliminated][:, None]
    variance = (batch.sigma**2)[:, None, None, None]
    q = data.gram.shape[-1]
    if q == 1:
        return np.asarray(1.0 + root**2 * data.gram / variance)
    return np.asarray(np.eye(q) + root.swapaxes(-1, -2) @ data.gram @ root / variance)


def _remaining(data: Reduction, batch: Batch, inner: FloatArray) -> FloatArray:
    """Return R'R / sigma^2 less what the eliminated factor explains, (batch, M, M)."""
    size, variance = data.columns, batch.sigma**2
    pairs = pairs_of(data.gram.shape[-1])
    weights = np.stack([inner[..., a, b] for a, b in pairs], axis=-1) if pairs else inner
    weights = weights.reshape(len(batch), -1) / (variance**2)[:, None]
    crossed = data.base / variance[:, None, None]
    if isinstance(data.products, np.ndarray):
        crossed -= (weights @ data.products).reshape(-1, size, size)
    else:
        for one, w in zip(crossed, weights, strict=True):
            one.reshape(-1)[data.positions] -= data.products @ w
        if any(data.blocks[k].effects > 1 for k in data.rest):
            lower = np.tril(crossed)  # positions are those of the lower triangle
            crossed = lower + np.tril(crossed, -1).swapaxes(1, 2)
    return crossed


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


def _log_marginal(
    data: Reduction, prior: FixedPrior, batch: Batch, found: _Factored, profile: bool
) -> FloatArray:
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


def conditional_means(
    data: Reduction, prior: FixedPrior, batch: Batch
) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients' means given each vector (batch, p), and covariances (batch, p, p).

    Given coefficients have their values and covariance 0.
    """
    found = _factor(data, prior, batch)
    m, free = data.random, prior.free
    means = np.zeros((len(batch), data.fixed))
    covariances = np.zeros((len(batch), data.fixed, data.fixed))
    for i, factor in enumerate(found.cholesky):
        inverse = linalg.solve_triangular(factor[m:-1, m:-1], np.eye(len(free)), lower=True)
        means[i, free] = inverse.T @ factor[-1, m:-1] + data.start[free]
        covariances[i][np.ix_(free, free)] = inverse.T @ inverse
    means[:, list(prior.given)] = batch.given
    return means, covariances


def conditional_draws(
    data: Reduction,
    prior: FixedPrior,
    batch: Batch,
    rng: np.random.Generator | None,
    copies: int = 1,
) -> tuple[FloatArray, tuple[FloatArray, ...]]:
    """Draw fixed effects (batch, p) and each block's deviations (batch, n_levels, q).

    One independent draw for each parameter vector, or of a single vector `copies`; `rng=None` gives
    the conditional means instead.
    """
    width = max(data.columns**2, sum(block.size for block in data.blocks), data.gram.size)
    step = max(1, _DRAWN // width)
    n = len(batch) * copies
    b = np.empty((n, data.fixed))
    blocks = tuple(np.empty((n, block.n_levels, block.effects)) for block in data.blocks)
    for i in range(0, len(batch), step):
        part = slice(i * copies, (i + step) * copies)
        b[part], drawn = _draw_part(data, prior, batch.part(slice(i, i + step)), rng, copies)
        for whole, one in zip(blocks, drawn, strict=True):
            whole[part] = one
    return b, blocks


def _draw_part(
    data: Reduction,
    prior: FixedPrior,
    batch: Batch,
    rng: np.random.Generator | None,
    copies: int,
) -> tuple[FloatArray, list[FloatArray]]:
    found = _factor(data, prior, batch)
    solved = _solve_rest(found.cholesky, rng, copies)
    if copies > 1:
        batch = batch.repeated(copies)
    return _draw_given(data, prior, batch, np.repeat(found.inner, copies, axis=0), solved, rng)


def marginal_and_rest(
    data: Reduction, prior: FixedPrior, batch: Batch, rng: np.random.Generator, copies: int
) -> tuple[float, FloatArray]:
    """Return one vector's log marginal likelihood, and draws of what is left after elimination.

    These are `copies` of the other factors' standard effects and the coefficients, (copies, m + p),
    from the factor that the likelihood needs; `draws_given_rest` completes them.
    """
    found = _factor(data, prior, batch)
    value = float(_log_marginal(data, prior, batch, found, False)[0])
    if not np.isfinite(value):
        return value, np.zeros((copies, found.cholesky.shape[1] - 1))
    return value, _solve_rest(found.cholesky, rng, copies)


def draws_given_rest(
    data: Reduction,
    prior: FixedPrior,
    batch: Batch,
    solved: FloatArray,
    rng: np.random.Generator,
) -> tuple[FloatArray, list[FloatArray]]:
    """Complete draws of `marginal_and_rest` of one vector to coefficients and deviations."""
    copies = len(solved)
    inner, _ = _eliminate(data, batch)
    repeated = np.repeat(inner, copies, axis=0)
    return _draw_given(data, prior, batch.repeated(copies), repeated, solved, rng)


def _draw_given(
    data: Reduction,
    prior: FixedPrior,
    batch: Batch,
    inner: FloatArray,
    solved: FloatArray,
    rng: np.random.Generator | None,
) -> tuple[FloatArray, list[FloatArray]]:
    m, free = data.random, prior.free
    away = np.zeros((len(batch), data.fixed))
    away[:, free] = solved[:, m:]
    away[:, list(prior.given)] = batch.given - data.start[list(prior.given)]
    deviations: list[FloatArray] = [np.zeros(0)] * len(data.blocks)
    start, unscaled = 0, [np.zeros((len(batch), 0))]
    for k in data.rest:
        block = data.blocks[k]
        u = solved[:, start : start + block.size].reshape(len(batch), block.n_levels, -1)
        deviations[k] = u @ batch.roots[k].swapaxes(1, 2)
        unscaled.append(deviations[k].reshape(len(batch), -1))
        start += block.size
    if data.eliminated is not None:
        effects = np.concatenate([*unscaled, away, np.full((len(batch), 1), -1.0)], axis=1)
        deviations[data.eliminated] = _draw_eliminated(data, batch, inner, effects, rng)
    return away + data.start, deviations


def _solve_rest(cholesky: FloatArray, rng: np.random.Generator | None, copies: int) -> FloatArray:
    """Return x with L' x = l + z for each factor, l its last row: draws from N(mean, (L L')^-1)."""
    size = cholesky.shape[1] - 1
    right = np.repeat(cholesky[:, size, :size], copies, axis=0)
    if rng is not None:
        right += rng.standard_normal(right.shape)
    if copies > 1:
        factor = cholesky[0, :size, :size]
        return linalg.solve_triangular(factor, right.T, lower=True, trans="T").T
    if size <= 40 and len(right) > 20:
        upper = cholesky[:, :size, :size].swapaxes(1, 2)
        return np.linalg.solve(upper, right[..., None])[..., 0]
    solved = [
        linalg.solve_triangular(factor[:size, :size], one, lower=True, trans="T")
        for factor, one in zip(cholesky, right, strict=True)
    ]
    return np.array(solved).reshape(right.shape)


def _draw_eliminated(
    data: Reduction,
    batch: Batch,
    inner: FloatArray,
    effects: FloatArray,
    rng: np.random.Generator | None,
) -> FloatArray:
    """Draw the eliminated factor's deviations given all others, level by level independent."""
    assert data.eliminated is not None
    q = data.gram.shape[-1]
    if isinstance(data.cross, np.ndarray):
        known = effects @ data.cross.T
    else:
        known = np.ascontiguousarray((data.cross @ effects.T).T)
    score = -known.reshape(len(batch), -1, q)
    score /= (batch.sigma**2)[:, None, None]
    if q == 1:
        draws = score
        draws *= inner[:, data.level_class, 0]
        if rng is not None:
            noise = rng.standard_normal(score.shape)
            noise *= np.sqrt(inner)[:, data.level_class, 0]
            draws += noise
        return draws
    mean = np.einsum("bjkl,bjl->bjk", inner[:, data.level_class], score)
    if rng is None:
        return np.asarray(mean)
    a = np.linalg.cholesky(_precision(data, batch))
    spread = batch.roots[data.eliminated][:, None] @ np.linalg.inv(a).swapaxes(-1, -2)
    z = rng.standard_normal(score.shape)
    return np.asarray(mean + np.einsum("bjkl,bjl->bjk", spread[:, data.level_class], z))
