"""Importance sampling of a few parameters: mode, curvature, Student-t proposal, smoothed weights.

The target is a log density of a batch of vectors, (batch, size) to (batch,). Source: Vehtari,
Simpson, Gelman, Yao and Gabry 2024 (Pareto smoothing, k-hat).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from mixwell.infer.exact.weighing.proposal import first_proposal, matched
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.search.mode import Mode, Target, find_top

__all__ = ["Weighted", "importance_sample", "pareto_smooth", "resample", "weighted_draws"]


@dataclass(frozen=True, eq=False)
class Weighted:
    """Weighted draws: `t` (n, size), `log_weights` (n,) smoothed and summing to 1.

    `log_evidence` is the log of the target's integral, `evidence_error` its Monte Carlo standard
    error; `effective` the number of independent draws that these are worth.
    """

    t: FloatArray
    log_density: FloatArray
    log_weights: FloatArray
    k_hat: float
    effective: float
    log_evidence: float
    evidence_error: float
    mode: Mode


def importance_sample(
    target: Target,
    start: FloatArray,
    rng: np.random.Generator,
    n: int,
    *,
    pilot: int = 1000,
    rounds: int = 2,
    rough: Target | None = None,
) -> Weighted:
    """Draw `n` weighted vectors from a target; `rounds` pilots of `pilot` draws shape the proposal.

    `rough` may stand for the target where only the proposal's shape depends on it.

    Raises `SamplingError` when the target is not finite at the start.
    """
    near = target if rough is None else rough
    mode = find_top(near, start)
    if not len(start):
        top, even = mode.log_density, np.full(n, -np.log(n))
        held = np.zeros((n, 0)), np.full(n, top), even
        return Weighted(*held, -np.inf, float(n), top, 0.0, mode)
    proposal = first_proposal(near, mode)
    for _ in range(rounds):
        t = proposal.draw(rng, pilot)
        weights, _ = pareto_smooth(near(t) - proposal.log_density(t))
        proposal = matched(proposal, t, np.exp(weights))
    t = proposal.draw(rng, n)
    return weighted_draws(t, target(t), proposal.log_density(t), mode)


def weighted_draws(
    t: FloatArray, log_density: FloatArray, log_proposal: FloatArray, mode: Mode
) -> Weighted:
    """Weight draws from a normalized proposal by the target's density there."""
    ratios = log_density - log_proposal
    weights, k_hat = pareto_smooth(ratios)
    effective = float(1 / np.exp(2 * weights).sum())
    top = ratios.max()
    evidence = float(top + np.log(np.exp(ratios - top).mean()))
    error = float(np.sqrt(max(1 / effective - 1 / len(t), 0.0)))
    return Weighted(t, log_density, weights, k_hat, effective, evidence, error, mode)


def pareto_smooth(log_ratios: FloatArray) -> tuple[FloatArray, float]:
    """Return smoothed log weights that sum to 1, and k-hat, the tail's generalized Pareto shape.

    Up to 0.7 averages with these weights can be relied on (Vehtari et al. 2024).
    """
    finite = np.where(np.isfinite(log_ratios), log_ratios, -np.inf)
    shifted = finite - finite.max()
    n = len(shifted)
    tail = int(np.ceil(min(0.2 * n, 3 * np.sqrt(n))))
    k_hat = np.inf
    if tail >= 5:
        order = np.argsort(shifted, kind="stable")
        largest = float(shifted[order[-tail - 1]])
        cutoff = max(largest, np.log(np.finfo(float).tiny))
        above = order[shifted[order] > cutoff]
        if len(above) > 4:
            excess = np.exp(shifted[above]) - np.exp(cutoff)
            shape, scale = _fit_pareto(excess)
            k_hat = shape
            if np.isfinite(shape):
                chance = (np.arange(len(above)) + 0.5) / len(above)
                quantiles = _pareto_quantile(chance, shape, scale) + np.exp(cutoff)
                shifted = shifted.copy()
                shifted[above] = np.minimum(np.log(quantiles), 0.0)
        elif largest > -1.0:
            k_hat = -np.inf  # all ratios alike, not a few that are everything
    return np.asarray(shifted - special.logsumexp(shifted)), float(k_hat)


def _pareto_quantile(chance: FloatArray, shape: float, scale: float) -> FloatArray:
    if abs(shape) < 1e-12:
        return -scale * np.log1p(-chance)
    with np.errstate(over="ignore"):  # a tail this heavy is declined, whatever lies at its end
        return np.asarray(scale * np.expm1(-shape * np.log1p(-chance)) / shape)


def _fit_pareto(excess: FloatArray) -> tuple[float, float]:
    """Fit a generalized Pareto distribution to sorted excesses (Zhang and Stephens 2009)."""
    n = len(excess)
    if excess[-1] <= 1e-12:
        return -np.inf, 0.0
    grid = 30 + int(np.sqrt(n))
    quartile = excess[int(n / 4 + 0.5) - 1]
    theta = 1 / excess[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quartile)
    shape = np.log1p(-theta[:, None] * excess).mean(axis=1)
    likelihood = n * (np.log(-theta / shape) - shape - 1)
    weights = special.softmax(likelihood)
    best = float((theta * weights).sum() / weights.sum())
    k = float(np.log1p(-best * excess).mean())
    scale = -k / best
    return (k * n + 5) / (n + 10), scale


def resample(log_weights: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """Return how often each draw is taken, summing to `n`, by systematic resampling."""
    cumulative = np.cumsum(np.exp(log_weights))
    points = (np.arange(n) + rng.uniform()) / n * cumulative[-1]
    return np.bincount(np.searchsorted(cumulative, points), minlength=len(log_weights))
