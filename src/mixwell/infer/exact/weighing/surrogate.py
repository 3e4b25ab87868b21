"""Importance sampling where every value of the target is costly: a fitted surrogate proposes.

A polynomial in t is fitted to a few hundred values of the log density. The Student-t proposal q,
multiplied by what the polynomial says that the target has and q has not, is a density that costs
nothing to draw from: by importance resampling of many draws from q. The target is then computed at
draws that are nearly its own, and their weights correct what the polynomial missed. The factor
stays between bounds, so that tails are those of q: where weights of draws from q are bounded, so
are these.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from math import ceil, comb

import numpy as np
from scipy import special

from mixwell.infer.exact.weighing.importance import (
    Weighted,
    pareto_smooth,
    resample,
    weighted_draws,
)
from mixwell.infer.exact.weighing.proposal import Proposal, first_proposal, matched
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.numeric.search.mode import Mode, Target, find_mode

__all__ = ["sparing_sample"]

#: Values for each coefficient of the polynomial, and its highest degree.
_VALUES, _DEGREE = 3, 4
#: Bounds of the log factor; the lower one beyond the middle 98 % of the posterior.
_LOWEST, _FAR_LOWEST, _HIGHEST, _MIDDLE = -1.5, -1.0, 3.0, 0.98
#: Rows whose monomials stay near the processor.
_ROWS = 500
#: Draws from q for each draw from the surrogate, and from that for each that is asked for.
_SURPLUS, _SPARE = 20, 1.3
#: Values far below the highest, relative to half the dimension, say nothing about the bulk.
_DEPTH = 10.0
#: The gain of a Newton step that is small enough, since no more than nearness is needed.
_TOLERANCE = 0.3
_REACH = (1.0, 2.5)
#: The largest weight relative to the mean of weights that have no tail to speak of.
_NEARLY_CONSTANT = 10.0


#: Up to this total variation from the target a surrogate is as good for all purposes, and how often
#: more values are added before it is given up.
_TRUSTED, _TRIALS = 0.01, 3
#: Values for a higher degree are asked for where they are no more than this share of those that
#: weighting takes; some lie too low to count.
_WORTH, _MARGIN = 0.5, 1.1


@dataclass(frozen=True, eq=False)
class _Values:
    """Values of the target: t (n, size), its log density, and that of what t was drawn from."""

    t: FloatArray
    log_density: FloatArray
    log_proposal: FloatArray

    def joined(self, other: "_Values") -> "_Values":
        return _Values(
            np.concatenate([self.t, other.t]),
            np.concatenate([self.log_density, other.log_density]),
            np.concatenate([self.log_proposal, other.log_proposal]),
        )


@dataclass(frozen=True, eq=False)
class _Surrogate:
    """q times the exponential of `coefficients` of a polynomial, less log q; not normalized.

    Bounds keep its tails those of q. One that is not `bounded` is, in the middle of the posterior,
    the polynomial's exponential.
    """

    proposal: Proposal
    degree: int
    coefficients: FloatArray
    level: float
    radius: float
    bounded: bool = True

    def log_factor(self, t: FloatArray) -> FloatArray:
        """Return the log of what q is multiplied by, (n,)."""
        x = self.proposal.standard(t)
        fitted = _fitted(x, self.degree, self.coefficients)
        lowest = np.where(self.far(t), _FAR_LOWEST, _LOWEST if self.bounded else -np.inf)
        extra = fitted - self.proposal.log_density(t) - self.level
        return np.asarray(np.clip(extra, lowest, _HIGHEST))

    def far(self, t: FloatArray) -> BoolArray:
        """Return which vectors, (n,), lie beyond the middle of the posterior."""
        return np.asarray((self.proposal.standard(t) ** 2).sum(axis=1) > self.radius)

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return the log density, (n,), not normalized."""
        return self.proposal.log_density(t) + self.log_factor(t)

    def error(self, known: _Values) -> float:
        """Return the total variation of target and polynomial, from values in the middle."""
        inside = ~self.far(known.t)
        log_proposal = known.log_proposal[inside]
        fitted = replace(self, bounded=False).log_density(known.t[inside]) - log_proposal
        ratio = known.log_density[inside] - log_proposal
        return float(0.5 * np.abs(special.softmax(fitted) - special.softmax(ratio)).sum())

    def draw(self, rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
        """Return draws (n, size) in random order, and the normalized log density there."""
        many = self.proposal.draw(rng, _SURPLUS * n)
        factor = self.log_factor(many)
        total = special.logsumexp(factor)
        rows = np.repeat(np.arange(len(many)), resample(factor - total, n, rng))
        rows = rng.permutation(rows)
        t = many[rows]
        log_mean = total - np.log(len(many))
        return t, self.proposal.log_density(t) + factor[rows] - log_mean


def sparing_sample(
    target: Target,
    start: FloatArray,
    rng: np.random.Generator,
    n: int,
    *,
    rough: Target | None = None,
    final: Target | None = None,
    pilot: int = 200,
    checks: int = 0,
    trusted: int = 0,
) -> Weighted:
    """Draw `n` weighted vectors from a costly target, after two pilots of about `pilot` values.

    `rough` may stand for the target in the search for the mode; `final` is called once for the
    draws themselves, in their order. With `checks`, so many values show whether the surrogate is as
    good as the target: then draws are its own, enough for `trusted` ones with equal weights, and
    the target is computed only where they lie beyond the middle of the posterior.

    Raises `SamplingError` when the target is not finite at the start.
    """
    near = target if rough is None else rough
    mode = find_mode(near, start, tolerance=_TOLERANCE)
    proposal = first_proposal(near, mode, _REACH)
    pilot = max(pilot, 2 * _VALUES * comb(len(start) + 2, 2))
    t = proposal.draw(rng, pilot)
    known = _Values(t, target(t), proposal.log_density(t))
    weights, _ = pareto_smooth(known.log_density - known.log_proposal)
    surrogate = _fit(matched(proposal, t, np.exp(weights)), known)
    t, log_proposal = surrogate.draw(rng, pilot)
    known = known.joined(_Values(t, target(t), log_proposal))
    surrogate = _fit(surrogate.proposal, known)
    for _ in range(_TRIALS if checks else 0):
        t, log_proposal = surrogate.draw(rng, checks)
        some = _Values(t, target(t), log_proposal)
        if surrogate.error(some) <= _TRUSTED:
            return _even(surrogate, target, trusted, some, mode, rng)
        known = known.joined(some)
        missing = _missing(surrogate, len(known.t))
        if 0 < missing <= _WORTH * n:
            t, log_proposal = surrogate.draw(rng, missing)
            known = known.joined(_Values(t, target(t), log_proposal))
        surrogate = _fit(surrogate.proposal, known)
    t, log_proposal = surrogate.draw(rng, n)
    found = weighted_draws(t, (final or target)(t), log_proposal, mode)
    return replace(found, k_hat=_k_hat(surrogate.proposal, found, log_proposal, rng))


def _missing(surrogate: _Surrogate, n: int) -> int:
    """Return how many more than n values the next degree needs; none beyond the highest."""
    size = len(surrogate.proposal.location)
    if surrogate.degree >= _DEGREE:
        return 0
    return ceil(_MARGIN * _VALUES * comb(size + surrogate.degree + 1, size)) - n


def _even(
    surrogate: _Surrogate,
    target: Target,
    n: int,
    some: _Values,
    mode: Mode,
    rng: np.random.Generator,
) -> Weighted:
    """Return some more than `n` draws from a surrogate that values have proven right.

    Within the middle of the posterior it stands for the target. Beyond, where few values were, a
    polynomial may be anything: there the target itself is asked, and weights correct the draws.
    """
    own = replace(surrogate, bounded=False)
    tail = pareto_smooth(own.log_factor(own.proposal.draw(rng, n)))[1]
    t, log_density = own.draw(rng, int(_SPARE * n))
    # what the draws were normalized by, and what the target has beyond that
    constant = float((own.log_density(t[:1]) - log_density[:1])[0])
    inside = ~own.far(some.t)
    fitted = own.log_density(some.t[inside]) - constant
    ratio = some.log_density[inside] - fitted
    weights = special.softmax(fitted - some.log_proposal[inside])
    evidence = float(special.logsumexp(ratio, b=weights))
    spread = np.sqrt(weights @ (ratio - weights @ ratio) ** 2 / len(ratio))
    known, far = log_density + evidence, own.far(t)
    known[far] = target(t[far])
    found = weighted_draws(t, known, log_density, mode)
    return replace(
        found,
        k_hat=tail,
        effective=min(float(n), found.effective),
        evidence_error=float(np.hypot(spread, 1 / np.sqrt(_SURPLUS * n))),
    )


def _k_hat(
    proposal: Proposal, found: Weighted, log_proposal: FloatArray, rng: np.random.Generator
) -> float:
    """Return k-hat; of weights that are nearly constant that of draws from q where it is smaller.

    From nearly constant weights k-hat is mere noise. Weights of the surrogate are at most a
    constant times those of q, so that their tail is no heavier. Draws from the surrogate are
    thinned to draws from q.
    """
    ratios = found.log_density - log_proposal
    if ratios.max() - special.logsumexp(ratios) + np.log(len(ratios)) > np.log(_NEARLY_CONSTANT):
        return found.k_hat
    log_q = proposal.log_density(found.t)
    thinned = log_q - log_proposal
    kept = np.log(rng.uniform(size=len(thinned))) < thinned - thinned.max()
    return min(found.k_hat, pareto_smooth((found.log_density - log_q)[kept])[1])


def _fit(proposal: Proposal, known: _Values) -> _Surrogate:
    """Fit the polynomial by least squares, values near the top counting more."""
    ratio = known.log_density - known.log_proposal
    level = float(special.logsumexp(ratio) - np.log(len(ratio)))
    mass = special.softmax(ratio)
    size = known.t.shape[1]
    below = known.log_density.max() - known.log_density
    kept = below < size / 2 + _DEPTH
    x, mass, below = proposal.standard(known.t[kept]), mass[kept], below[kept]
    degree = 0
    while degree < _DEGREE and _VALUES * comb(size + degree + 1, size) <= len(x):
        degree += 1
    columns, counts = _polynomial(x, degree), np.exp(-0.25 * below)
    weighted = columns * counts[:, None]
    scale = np.sqrt((weighted**2).mean(axis=0)) + 1e-12
    weighted /= scale
    products = weighted.T @ weighted + 1e-6 * len(x) * np.eye(len(scale))
    solved = np.linalg.solve(products, weighted.T @ (-below * counts)) / scale
    solved[0] += known.log_density.max()
    squares = (x**2).sum(axis=1)
    order = np.argsort(squares)
    inside = np.searchsorted(np.cumsum(mass[order]), _MIDDLE * mass.sum())
    return _Surrogate(proposal, degree, solved, level, float(squares[order][inside]))


def _polynomial(x: FloatArray, degree: int) -> FloatArray:
    """Return all monomials up to a degree, (n, n_monomials)."""
    terms, rows = list(_terms(x.shape[1], degree)), np.ascontiguousarray(x.T)
    found = np.empty((len(terms) + 1, len(x)))
    found[0] = 1.0
    places: dict[tuple[int, ...], int] = {(): 0}
    for place, term in enumerate(terms, 1):
        np.multiply(found[places[term[:-1]]], rows[term[-1]], out=found[place])
        places[term] = place
    return found.T


def _fitted(x: FloatArray, degree: int, coefficients: FloatArray) -> FloatArray:
    """Return a polynomial's values, (n,), from a part of the rows at a time."""
    parts = (x[i : i + _ROWS] for i in range(0, len(x), _ROWS))
    return np.concatenate([_polynomial(part, degree) @ coefficients for part in parts])


def _terms(size: int, degree: int) -> Iterator[tuple[int, ...]]:
    for order in range(1, degree + 1):
        yield from combinations_with_replacement(range(size), order)
