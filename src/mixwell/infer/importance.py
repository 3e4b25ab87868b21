"""Importance sampling of a few parameters: mode, curvature, Student-t proposal, smoothed weights.

The target is a log density of a batch of vectors, (batch, size) to (batch,). Nothing else is known
of it: gradients are differences, taken together in one batch. Sources: Geweke 1989 (a proposal with
a scale of its own on each side of the mode); Vehtari, Simpson, Gelman, Yao and Gabry 2024 (Pareto
smoothing, k-hat); Paananen, Piironen, Bürkner and Vehtari 2021 (moment matching).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mixwell.errors import SamplingError

__all__ = [
    "Mode",
    "Weighted",
    "find_mode",
    "importance_sample",
    "pareto_smooth",
    "resample",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Target = Callable[[FloatArray], FloatArray]
_STEPS = np.array([0.0, 0.5, 0.25, 0.1, 0.03, 2.0])
_REACH = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
#: The least curvature that a Newton step believes in, and that a proposal does, per unit of t.
_LEAST, _FLATTEST = 1e-4, 0.02


@dataclass(frozen=True, eq=False)
class Mode:
    """Where a log density is highest: `t` (size,), its value there, minus the Hessian."""

    t: FloatArray
    log_density: float
    precision: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """The inverse of the precision, directions of no curvature cut off."""
        values, vectors = np.linalg.eigh(self.precision)
        return np.asarray((vectors / np.maximum(values, _FLATTEST)) @ vectors.T)


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


def find_mode(
    target: Target, start: FloatArray, *, step: float = 0.01, tolerance: float = 1e-5
) -> Mode:
    """Climb to the mode by Newton steps with differences, several step lengths tried at once.

    Raises `SamplingError` when the target is not finite at the start.
    """
    t, width = np.array(start, dtype=float), np.full(len(start), step)
    if not len(t):
        return Mode(t, float(target(t[None])[0]), np.zeros((0, 0)))
    for _ in range(60):
        value, gradient, precision = _expand(target, t, width)
        values, vectors = np.linalg.eigh(precision)
        size = np.maximum(np.abs(values), _LEAST)
        move = vectors @ ((vectors.T @ gradient) / size)
        gain = 0.5 * float(gradient @ move)
        move *= min(1.0, 3.0 / max(float(np.abs(move).max()), 1e-12))
        t, climbed = _climbed(target, t, move, value + 0.25 * gain)
        if gain < tolerance or not climbed:
            break
    return Mode(t, value, precision)


def _climbed(
    target: Target, t: FloatArray, move: FloatArray, enough: float
) -> tuple[FloatArray, bool]:
    """Take the whole step where that is good enough, else the best of several lengths."""
    whole = target((t + move)[None])[0]
    if whole >= enough:
        return t + move, True
    tried = target(t + _STEPS[:, None] * move)
    best = int(np.argmax(np.where(np.isfinite(tried), tried, -np.inf)))
    return (t + _STEPS[best] * move, True) if _STEPS[best] > 0 else (t, False)


def _expand(
    target: Target, t: FloatArray, width: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Return value, gradient and minus the Hessian by central differences, in one batch."""
    size = len(t)
    one = np.eye(size) * width
    first, second = np.tril_indices(size, -1)
    points = [t[None], t + one, t - one, t + one[first] + one[second], t - one[first] - one[second]]
    values = target(np.concatenate(points))
    if not np.isfinite(values).all():
        raise SamplingError(
            "The posterior density is not finite near where the search for its mode is.",
            hint="Look at the priors' bounds, and at the data for extreme values.",
        )
    value, up, down = values[0], values[1 : size + 1], values[size + 1 : 2 * size + 1]
    both = values[2 * size + 1 :].reshape(2, -1)
    gradient = (up - down) / (2 * width)
    hessian = np.diag((up + down - 2 * value) / width**2)
    mixed = both[0] + both[1] - up[first] - up[second] - down[first] - down[second] + 2 * value
    hessian[first, second] = hessian[second, first] = mixed / (2 * width[first] * width[second])
    return float(value), gradient, -hessian


@dataclass(frozen=True, eq=False)
class _Proposal:
    """A Student-t around a location whose axes have a scale of their own below and above it."""

    location: FloatArray
    root: FloatArray
    below: FloatArray
    above: FloatArray
    df: float

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        size = len(self.location)
        z = np.abs(rng.standard_normal((n, size)))
        z /= np.sqrt(rng.chisquare(self.df, (n, 1)) / self.df)
        down = rng.uniform(size=(n, size)) < self.below / (self.below + self.above)
        signed = np.where(down, -self.below, self.above) * z
        return np.asarray(self.location + signed @ self.root.T)

    def standard(self, t: FloatArray) -> FloatArray:
        return np.linalg.solve(self.root, (t - self.location).T).T

    def log_density(self, t: FloatArray) -> FloatArray:
        size, x = len(self.location), self.standard(t)
        z = x / np.where(x < 0, self.below, self.above)
        constant = special.gammaln((self.df + size) / 2) - special.gammaln(self.df / 2)
        constant -= 0.5 * size * np.log(self.df * np.pi) + np.linalg.slogdet(self.root)[1]
        constant += np.log(2 / (self.below + self.above)).sum()
        body = np.log1p((z**2).sum(axis=1) / self.df)
        return np.asarray(constant - 0.5 * (self.df + size) * body)


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
    mode = find_mode(near, start)
    if not len(start):
        return Weighted(
            np.zeros((n, 0)),
            np.full(n, mode.log_density),
            np.full(n, -np.log(n)),
            -np.inf,
            float(n),
            mode.log_density,
            0.0,
            mode,
        )
    proposal = _first_proposal(near, mode)
    for _ in range(rounds):
        t = proposal.draw(rng, pilot)
        weights, _ = pareto_smooth(near(t) - proposal.log_density(t))
        proposal = _matched(proposal, t, np.exp(weights))
    t = proposal.draw(rng, n)
    density = target(t)
    ratios = density - proposal.log_density(t)
    weights, k_hat = pareto_smooth(ratios)
    relative = np.exp(weights)
    effective = float(1 / (relative**2).sum())
    top = ratios.max()
    evidence = float(top + np.log(np.exp(ratios - top).mean()))
    error = float(np.sqrt(max(1 / effective - 1 / n, 0.0)))
    return Weighted(t, density, weights, k_hat, effective, evidence, error, mode)


def _first_proposal(target: Target, mode: Mode) -> _Proposal:
    """Scale each side of each axis by how far the density falls along it (Geweke 1989)."""
    size = len(mode.t)
    root = np.linalg.cholesky(mode.covariance)
    sides = []
    for sign in (-1.0, 1.0):
        points = mode.t + sign * _REACH[:, None, None] * root.T
        fall = mode.log_density - target(points.reshape(-1, size)).reshape(len(_REACH), size)
        fall = np.maximum(np.where(np.isfinite(fall), fall, np.inf), 1e-3)
        sides.append(np.clip((_REACH[:, None] / np.sqrt(2 * fall)).max(axis=0), 0.5, 4.0))
    return _Proposal(mode.t, root, sides[0], sides[1], 4.0 if size <= 6 else 6.0)


def _matched(proposal: _Proposal, t: FloatArray, weights: FloatArray) -> _Proposal:
    """Match the proposal's covariance and its sides to weighted draws, the location kept."""
    effective = 1 / (weights**2).sum()
    size = t.shape[1]
    if effective < 3 * size + 10:
        return proposal
    mean = weights @ t
    away = t - mean
    root = np.linalg.cholesky((away * weights[:, None]).T @ away + 1e-10 * np.eye(size))
    x = np.linalg.solve(root, (t - proposal.location).T).T
    sides = []
    for sign in (-1, 1):
        inside = (np.sign(x) == sign) * weights[:, None]
        size_of = (inside * x**2).sum(axis=0) / np.maximum(inside.sum(axis=0), 1e-12)
        sides.append(np.clip(np.sqrt(size_of), 0.3, 4.0))
    return _Proposal(proposal.location, root, sides[0], sides[1], proposal.df)


def pareto_smooth(log_ratios: FloatArray) -> tuple[FloatArray, float]:
    """Return smoothed log weights that sum to 1, and k-hat, the tail's generalised Pareto shape.

    Up to 0.7 averages with these weights can be relied on (Vehtari et al. 2024).
    """
    finite = np.where(np.isfinite(log_ratios), log_ratios, -np.inf)
    shifted = finite - finite.max()
    n = len(shifted)
    tail = int(np.ceil(min(0.2 * n, 3 * np.sqrt(n))))
    k_hat = np.inf
    if tail >= 5:
        order = np.argsort(shifted, kind="stable")
        cutoff = max(float(shifted[order[-tail - 1]]), np.log(np.finfo(float).tiny))
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
        else:
            k_hat = -np.inf  # all ratios alike
    return np.asarray(shifted - special.logsumexp(shifted)), float(k_hat)


def _pareto_quantile(chance: FloatArray, shape: float, scale: float) -> FloatArray:
    if abs(shape) < 1e-12:
        return -scale * np.log1p(-chance)
    return np.asarray(scale * np.expm1(-shape * np.log1p(-chance)) / shape)


def _fit_pareto(excess: FloatArray) -> tuple[float, float]:
    """Fit a generalised Pareto distribution to sorted excesses (Zhang and Stephens 2009)."""
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
