"""Draws and means of coefficients and deviations of gaussian models, given the other parameters.

What `gaussian.py` factorizes for the marginal likelihood is all that they need: the eliminated
factor's deviations come last, level by level, given everything else.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg

from mixwell.infer.exact.gaussian.cross_products import Reduction
from mixwell.infer.exact.gaussian.gaussian_likelihood import (
    Batch,
    FixedPrior,
    eliminate,
    factorize,
    level_precision,
    log_marginal_of,
)
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = [
    "LaterDeviations",
    "conditional_draws",
    "conditional_means",
    "draws_given_rest",
    "draws_without_eliminated",
    "marginal_and_rest",
    "rest_draws",
]

#: Numbers in one array of draws: 1 MB stays in a processor's cache, and in memory that is kept.
_DRAWN = 130_000


def conditional_means(
    data: Reduction, prior: FixedPrior, batch: Batch
) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients' means given each vector (batch, p), and covariances (batch, p, p).

    Given coefficients have their values and covariance 0.
    """
    found = factorize(data, prior, batch)
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


@dataclass(frozen=True, eq=False)
class LaterDeviations:
    """The eliminated factor's deviations given all else; `effects` (n, M) is what `_known` gives.

    They are given in `unit` (q,). See `mixwell.infer.exact.later.Later`.
    """

    data: Reduction
    batch: Batch
    effects: FloatArray
    unit: FloatArray | None = None

    def __call__(self, levels: slice, rng: np.random.Generator) -> FloatArray:
        """Return draws of some levels, (n, n_some, q)."""
        some = self.data.of_levels(levels)
        inner, _ = eliminate(some, self.batch)
        draws = _draw_eliminated(some, self.batch, inner, self.effects, rng)
        return draws if self.unit is None else np.asarray(draws * self.unit)

    def taken(self, rows: IntArray) -> "LaterDeviations":
        """Return the same for some of the n, in another order."""
        return replace(self, batch=self.batch.part(rows), effects=self.effects[rows])


def draws_without_eliminated(
    data: Reduction, prior: FixedPrior, batch: Batch, solved: FloatArray
) -> tuple[FloatArray, list[FloatArray], LaterDeviations]:
    """Draw as `conditional_draws`, the eliminated factor's deviations left for later.

    `solved` are draws of `rest_draws`. Where the deviations would be among the blocks is an empty
    array.
    """
    assert data.eliminated is not None
    b, blocks, effects = _known(data, prior, batch, solved)
    blocks[data.eliminated] = np.empty((0, 0, data.gram.shape[-1]))
    return b, blocks, LaterDeviations(data, batch, effects)


def rest_draws(
    data: Reduction, prior: FixedPrior, batch: Batch, rng: np.random.Generator, copies: int = 1
) -> FloatArray:
    """Draw the other factors' standard effects and the coefficients, (batch * copies, m + p)."""
    step = max(1, _DRAWN // max(data.columns**2, data.gram.size))
    parts = [batch.part(slice(i, i + step)) for i in range(0, len(batch), step)]
    drawn = [_solve_rest(factorize(data, prior, p).cholesky, rng, copies) for p in parts]
    return np.concatenate(drawn)


def _draw_part(
    data: Reduction,
    prior: FixedPrior,
    batch: Batch,
    rng: np.random.Generator | None,
    copies: int,
) -> tuple[FloatArray, list[FloatArray]]:
    found = factorize(data, prior, batch)
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
    found = factorize(data, prior, batch)
    value = float(log_marginal_of(data, prior, batch, found, False)[0])
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
    inner, _ = eliminate(data, batch)
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
    b, deviations, effects = _known(data, prior, batch, solved)
    if data.eliminated is not None:
        deviations[data.eliminated] = _draw_eliminated(data, batch, inner, effects, rng)
    return b, deviations


def _known(
    data: Reduction, prior: FixedPrior, batch: Batch, solved: FloatArray
) -> tuple[FloatArray, list[FloatArray], FloatArray]:
    """Return coefficients, the other factors' deviations, and what the eliminated one's depend on.

    That is both and -1, for y: what is multiplied by the rows of `cross`.
    """
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
    effects = np.concatenate([*unscaled, away, np.full((len(batch), 1), -1.0)], axis=1)
    return away + data.start, deviations, effects


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
    a = np.linalg.cholesky(level_precision(data, batch))
    spread = batch.roots[data.eliminated][:, None] @ np.linalg.inv(a).swapaxes(-1, -2)
    z = rng.standard_normal(score.shape)
    return np.asarray(mean + np.einsum("bjkl,bjl->bjk", spread[:, data.level_class], z))
