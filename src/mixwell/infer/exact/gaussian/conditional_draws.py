"""Draws and means of coefficients and deviations of gaussian models, given the other parameters.

What `gaussian.py` factorizes for the marginal likelihood is all that they need: the eliminated
factor's deviations come last, level by level, given everything else.
"""

from typing import Any

import numpy as np
from scipy import linalg, sparse

from mixwell.infer.exact.gaussian.cross_products import Reduction
from mixwell.infer.exact.gaussian.gaussian_likelihood import (
    Batch,
    FixedPrior,
    factorize,
    log_marginal_of,
    together,
)
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.level_covariances import level_draws
from mixwell.posterior.redrawn_levels import RedrawnLevels
from mixwell.threads import in_threads

__all__ = [
    "completed_draws",
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
    step = max(1, _DRAWN // max(data.columns**2, data.deviations))
    b, blocks = _room(data, len(batch) * copies)
    for i in range(0, len(batch), step):
        part = slice(i * copies, (i + step) * copies)
        b[part], drawn = _draw_part(data, prior, batch.part(slice(i, i + step)), rng, copies)
        for whole, one in zip(blocks, drawn, strict=True):
            whole[part] = one
    return b, blocks


def completed_draws(
    data: Reduction,
    prior: FixedPrior,
    batch: Batch,
    solved: FloatArray,
    rng: np.random.Generator,
) -> tuple[FloatArray, tuple[FloatArray, ...]]:
    """Complete draws of the rest, one for each vector, as `conditional_draws` gives them.

    Parts of the draws are shared out to threads, each with a stream of its own.
    """
    step = max(1, _DRAWN // max(1, data.deviations))
    b, blocks = _room(data, len(batch))

    def one(job: tuple[int, np.random.Generator]) -> None:
        i, stream = job
        part = slice(i, i + step)
        b[part], drawn = draws_given_rest(data, prior, batch.part(part), solved[part], stream)
        for whole, each in zip(blocks, drawn, strict=True):
            whole[part] = each

    starts = range(0, len(batch), step)
    in_threads(one, list(zip(starts, rng.spawn(len(starts)), strict=True)))
    return b, blocks


def _room(data: Reduction, n: int) -> tuple[FloatArray, tuple[FloatArray, ...]]:
    """Return arrays for n draws of the coefficients and of each block's deviations."""
    blocks = tuple(np.empty((n, block.n_levels, block.effects)) for block in data.blocks)
    return np.empty((n, data.fixed)), blocks


def draws_without_eliminated(
    data: Reduction, prior: FixedPrior, batch: Batch, solved: FloatArray, unit: FloatArray
) -> tuple[FloatArray, list[FloatArray], RedrawnLevels]:
    """Draw as `conditional_draws`, the eliminated factor's deviations left for later.

    `solved` are draws of `rest_draws`. Where the deviations would be among the blocks is an empty
    array; they are given in `unit` (q,) when they are drawn.
    """
    assert data.eliminated is not None
    b, blocks, effects = _known(data, prior, batch, solved)
    q = data.gram.shape[-1]
    blocks[data.eliminated] = np.empty((0, 0, q))
    pointers, places, values = _sparse_parts(data.cross)
    later = RedrawnLevels(
        gram=data.level_pairs,
        pointers=pointers,
        places=places,
        values=values,
        effects=np.ascontiguousarray(effects.T),
        root=np.ascontiguousarray(batch.roots[data.eliminated]),
        variance=batch.sigma**2,
        unit=unit,
    )
    return b, blocks, later


def _sparse_parts(
    cross: FloatArray | sparse.csr_array,
) -> tuple[IntArray, np.ndarray[Any, np.dtype[np.int32]], FloatArray]:
    """Return where rows begin, the columns of their elements, and these."""
    if isinstance(cross, np.ndarray):
        rows, columns = cross.shape
        places = np.tile(np.arange(columns, dtype=np.int32), rows)
        return np.arange(0, cross.size + 1, columns), places, cross.ravel()
    return cross.indptr.astype(np.int64), cross.indices.astype(np.int32), cross.data


def rest_draws(
    data: Reduction, prior: FixedPrior, batch: Batch, rng: np.random.Generator, copies: int = 1
) -> FloatArray:
    """Draw the other factors' standard effects and the coefficients, (batch * copies, m + p)."""
    step = together(data)
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
    whole = batch.repeated(copies) if copies > 1 else batch
    return draws_given_rest(data, prior, whole, solved, rng)


def marginal_and_rest(
    data: Reduction, prior: FixedPrior, batch: Batch, rng: np.random.Generator, copies: int
) -> tuple[FloatArray, FloatArray]:
    """Return log marginal likelihoods, (batch,), and draws of what is left after elimination.

    These are `copies` of the other factors' standard effects and the coefficients, (batch, copies,
    m + p), from the factor that the likelihood needs; `completed_draws` completes them. They are 0
    where there is no likelihood.
    """
    found = factorize(data, prior, batch)
    values = log_marginal_of(data, prior, batch, found, False)
    size = found.cholesky.shape[1] - 1
    solved = np.zeros((len(batch), copies, size))
    there = np.isfinite(values)
    drawn = _solve_rest(found.cholesky[there], rng, copies)
    solved[there] = drawn.reshape(-1, copies, size)
    return values, solved


def draws_given_rest(
    data: Reduction,
    prior: FixedPrior,
    batch: Batch,
    solved: FloatArray,
    rng: np.random.Generator | None,
) -> tuple[FloatArray, list[FloatArray]]:
    """Complete draws of the rest, one for each vector, to coefficients and deviations."""
    b, deviations, effects = _known(data, prior, batch, solved)
    if data.eliminated is not None:
        deviations[data.eliminated] = _draw_eliminated(data, batch, effects, rng)
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
    sides = right.reshape(len(cholesky), copies, size).swapaxes(1, 2)
    if size <= 40 and len(cholesky) > 20:
        solved = np.linalg.solve(cholesky[:, :size, :size].swapaxes(1, 2), sides)
        return solved.swapaxes(1, 2).reshape(right.shape)
    each = [
        linalg.solve_triangular(factor[:size, :size], side, lower=True, trans="T").T
        for factor, side in zip(cholesky, sides, strict=True)
    ]
    return np.array(each).reshape(right.shape)


def _draw_eliminated(
    data: Reduction, batch: Batch, effects: FloatArray, rng: np.random.Generator | None
) -> FloatArray:
    """Draw the eliminated factor's deviations given all others, level by level independent."""
    assert data.eliminated is not None
    q, n_levels = data.gram.shape[-1], len(data.level_class)
    score = np.empty((q, len(batch), n_levels))
    for a in range(q):
        own = data.cross[a::q]
        known = effects @ own.T if isinstance(own, np.ndarray) else (own @ effects.T).T
        np.divide(known, -(batch.sigma**2)[:, None], out=score[a])
    noise = None if rng is None else rng.standard_normal((len(batch), q, n_levels)).swapaxes(0, 1)
    gram, root = data.gram[data.level_class], batch.roots[data.eliminated]
    drawn = level_draws(gram, root, batch.sigma**2, score, noise)
    return np.ascontiguousarray(np.moveaxis(drawn, 0, 2))
