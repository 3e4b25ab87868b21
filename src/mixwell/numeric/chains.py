"""Convergence of chains: rank-normalized R-hat, effective sample sizes, Monte Carlo errors.

Numeric cores on draws ``(chain, draw, parameter)``, all parameters at once, without missing or
constant ones. The numbers are ArviZ's (the tests hold them to it); they are computed here because
loading `arviz_stats` takes longer than most exact fits with their summaries.

Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), "Rank-normalization, folding, and
localization: an improved R-hat", https://arxiv.org/abs/1903.08008.
"""

import numpy as np
from scipy import special

from mixwell.numeric.arrays import FloatArray

# Normal scores are taken at (rank - 3/8) / (n + 1/4) (Blom 1958).
BLOM = 3 / 8


def rhat(draws: FloatArray) -> FloatArray:
    """Return the larger of the R-hats of location and of spread, ``(parameter,)``.

    >>> still = np.random.default_rng(1).normal(size=(4, 500, 1))
    >>> moved = still + np.arange(4.0)[:, None, None]
    >>> bool(rhat(still)[0] < 1.01 < rhat(moved)[0])
    True
    """
    halves = split(draws)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    # Draws at two values only are all equally far from a median between them: fmax passes over nan.
    return np.asarray(np.fmax(_rhat(normal_scores(halves)), _rhat(normal_scores(folded))))


def ess_bulk(draws: FloatArray) -> FloatArray:
    """Return the effective number for the center of the distribution, ``(parameter,)``."""
    return effective(normal_scores(split(draws)))


def ess_mean(draws: FloatArray) -> FloatArray:
    """Return the effective number for the mean, ``(parameter,)``."""
    return effective(split(draws))


def ess_tail(draws: FloatArray, probabilities: tuple[float, float]) -> FloatArray:
    """Return the lesser of the effective numbers for two quantiles, ``(parameter,)``."""
    low, high = np.quantile(draws, probabilities, axis=(0, 1))
    return np.minimum(_ess_below(draws, low), _ess_below(draws, high))


def _ess_below(draws: FloatArray, values: FloatArray) -> FloatArray:
    return effective(split((draws <= values).astype(np.float64)))


def mcse_mean(draws: FloatArray) -> FloatArray:
    """Return the Monte Carlo standard error of the mean, ``(parameter,)``."""
    return np.asarray(draws.std(axis=(0, 1), ddof=1) / np.sqrt(ess_mean(draws)))


def split(draws: FloatArray) -> FloatArray:
    """Return the halves of each chain as chains of their own; a middle draw is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def normal_scores(draws: FloatArray) -> FloatArray:
    """Return the normal quantiles of each parameter's ranks; equal draws share their mean rank."""
    flat = np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)  # a row a parameter
    n = flat.shape[1]
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    new = np.ones(flat.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=new[:, 1:])
    starts = np.flatnonzero(new)  # of runs of equal draws, which are of one parameter each
    lengths = np.diff(starts, append=new.size)
    # the first and the last rank of a run, from 0, are added: halves of ranks are in a table, too
    table = special.ndtri((np.arange(2 * n - 1) / 2 + 1 - BLOM) / (n - 2 * BLOM + 1))
    found = np.repeat(table[2 * (starts % n) + lengths - 1], lengths).reshape(flat.shape)
    scores = np.empty_like(flat)
    np.put_along_axis(scores, order, found, axis=1)
    return scores.T.reshape(draws.shape)


def effective(draws: FloatArray) -> FloatArray:
    """Return the effective number of draws for the mean, ``(parameter,)``.

    Sums autocorrelations in pairs while these are positive, made decreasing (Geyer 1992); the
    number is at most n log10(n), that of antithetic draws. Constant parameters keep all.
    """
    chains, n, parameters = draws.shape
    covariance = _autocovariance(draws)
    within = covariance[0] * n / (n - 1)
    between = draws.mean(axis=1).var(axis=0, ddof=1) if chains > 1 else 0.0
    total = within * (n - 1) / n + between
    varies = np.ptp(draws, axis=(0, 1)) > np.finfo(float).resolution
    rho = 1 - (within - covariance) / np.where(varies, total, 1.0)
    rho[0] = 1.0
    even, odd = rho[0 : n - n % 2 : 2], rho[1::2]
    pairs = even + odd
    goes_on = (pairs > 0) & (2 * np.arange(len(pairs))[:, None] + 1 < n - 3)
    stop = np.argmin(goes_on, axis=0)  # there is one: the last pair never goes on
    counted = np.arange(len(pairs))[:, None] < stop
    summed = np.where(counted, np.minimum.accumulate(pairs, axis=0), 0.0).sum(axis=0)
    column = np.arange(parameters)
    last = even[stop, column]
    kept = (last > 0) | (pairs[stop, column] >= 0)
    time = np.maximum(-1 + 2 * summed + np.where(kept, last, 0.0), 1 / np.log10(chains * n))
    return np.asarray(np.where(varies, chains * n / time, chains * n))


def _autocovariance(draws: FloatArray) -> FloatArray:
    """Return the mean over chains of the autocovariances, ``(lag, parameter)``, by FFT."""
    n = draws.shape[1]
    length = 1 << (2 * n - 1).bit_length()  # no lag wraps round
    series = np.moveaxis(draws - draws.mean(axis=1, keepdims=True), 1, -1)
    power = (np.abs(np.fft.rfft(series, n=length, axis=-1)) ** 2).mean(axis=0)
    return np.asarray(np.fft.irfft(power, n=length, axis=-1)[:, :n].T / n)


def _rhat(draws: FloatArray) -> FloatArray:
    n = draws.shape[1]
    between = n * draws.mean(axis=1).var(axis=0, ddof=1)
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    return np.asarray(np.sqrt((between / within + n - 1) / n))
