"""The highest point of a marginal posterior, looked for from several starts.

The search moves in the covariances' Cholesky factors, as lme4's does (Bates et al. 2015, section
3.1): where a standard deviation is 0 or a covariance has not full rank the density is smooth in
them, and a top is a top. In log standard deviations it would lie infinitely far away.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.exact.exact_draws import Target
from mixwell.infer.exact.parameters import Correlation, Parameters
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.search.mode import Mode, find_mode

__all__ = ["Summit", "climb"]

#: How far below a rough guess the log of a standard deviation is near 0, and how far above large.
_EDGE, _WIDE = 4.0, 1.5
#: The least element of a factor's diagonal that a search starts from, in units of the rough guess.
_FULL_RANK = 0.2
#: Tops of log densities this far apart are different ones.
_SAME = 0.01
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Summit:
    """The highest point found, `t` (size,), and how far below it the lowest other top lies.

    `shortfall` is None where all starts ended at the same height.
    """

    t: FloatArray
    shortfall: float | None


def climb(target: Target, likelihood: Callable[[FloatArray], FloatArray]) -> Summit:
    """Climb from every start to a top of likelihood and priors, both on the parameters' own scales.

    `likelihood` takes vectors t, (batch, size). Large models, whose values are costly, begin once.
    """

    def density(t: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            found = likelihood(t) + _log_prior(target, t)
        return np.where(np.isnan(found), -np.inf, found)

    scale = _Factors(target.parameters, target.start)

    def in_factors(theta: FloatArray) -> FloatArray:
        return density(scale.t(theta))

    tops = _tops(in_factors, [scale.full_rank(scale.theta(start)) for start in _starts(target)])
    best = max(tops, key=lambda top: top.log_density)
    best = find_mode(in_factors, best.t, step=1e-3, tolerance=1e-11)
    shortfall = best.log_density - min(top.log_density for top in tops)
    return Summit(scale.t(best.t[None])[0], shortfall if shortfall > _SAME else None)


def _tops(density: Callable[[FloatArray], FloatArray], starts: list[FloatArray]) -> list[Mode]:
    """Climb from every start; one far away may lie where the density overflows.

    Raises `SamplingError` where all do.
    """
    tops, failed = list[Mode](), list[SamplingError]()
    for start in starts:
        try:
            tops.append(_top(density, start))
        except SamplingError as error:
            failed.append(error)
    if not tops:
        raise failed[0]
    return tops


def _top(density: Callable[[FloatArray], FloatArray], start: FloatArray) -> Mode:
    rough = find_mode(density, start)
    return find_mode(density, rough.t, step=2e-3, tolerance=1e-7)


def _starts(target: Target) -> list[FloatArray]:
    """Return where searches begin: a rough guess; each factor's sds, and each sd, near 0 or large.

    A likelihood may have a top near such an edge as well as one inside.
    """
    parameters = target.parameters
    sds = parameters.sds(*parameters.factors)
    if target.large:
        return [target.start]
    starts, groups = [target.start], [parameters.sds(factor) for factor in parameters.factors]
    moves = [(group, away) for group in groups for away in (-_EDGE, _WIDE)]
    moves += [([i], -_EDGE) for i in sds if [i] not in groups]
    for places, away in moves:
        moved = target.start.copy()
        moved[places] += away
        starts.append(moved)
    return starts


def _log_prior(target: Target, t: FloatArray) -> FloatArray:
    """Return the priors' log density on the parameters' own scales, (batch,)."""
    values = target.parameters.values(t)
    total = np.zeros(len(t))
    for coordinate in target.parameters.scalars:
        total += coordinate.log_density(values.scalars[coordinate.key])
    for vector in target.parameters.vectors:
        total += vector.log_elements(values.vectors[vector.key])
    for correlation in target.parameters.correlations:
        factor = values.correlations[correlation.unit.name]
        diagonal = np.diagonal(factor, axis1=1, axis2=2)
        total += 2 * (correlation.eta - 1) * np.log(diagonal).sum(axis=1)
    return total


class _Factors:
    """The parameters with covariances as Cholesky factors: theta, in the places of t.

    A factor's diagonal stands where its log standard deviations do, the rest where its
    correlations do, both in units of the standard deviations at a guess. Signs of columns are free.
    """

    def __init__(self, parameters: Parameters, guess: FloatArray) -> None:
        self.parameters = parameters
        keys = [coordinate.key for coordinate in parameters.scalars]
        self.blocks: list[tuple[Correlation | None, IntArray, slice]] = []
        for correlation, pairs in parameters.pairs():
            own = np.array([keys.index(key) for key in correlation.unit.sd_keys])
            self.blocks.append((correlation, own, pairs))
        inside = {int(i) for _, own, _ in self.blocks for i in own}
        for i in parameters.sds(*parameters.factors):
            if i not in inside:
                self.blocks.append((None, np.array([i]), slice(0, 0)))
        self.unit = {i: 2 * self._sd(i, guess[None])[0] for _, own, _ in self.blocks for i in own}

    def _sd(self, i: int, t: FloatArray) -> FloatArray:
        return self.parameters.scalars[i].value(t[:, i])

    def t(self, theta: FloatArray) -> FloatArray:
        """Return t, (batch, size), of theta; elements of 0 become very small ones."""
        t = theta.copy()
        for correlation, own, pairs in self.blocks:
            root = self._root(theta, own, pairs)
            sd = np.sqrt((root**2).sum(axis=2))
            sd = np.maximum(sd, _TINY * np.array([self.unit[i] for i in own]))
            for k, i in enumerate(own.tolist()):
                coordinate = self.parameters.scalars[i]
                inside = np.clip(sd[:, k], coordinate.lower + 1e-300, coordinate.upper)
                t[:, i] = coordinate.unconstrained(inside)
            if correlation is not None:
                t[:, pairs] = _partial(root / sd[:, :, None])
        return t

    def theta(self, t: FloatArray) -> FloatArray:
        """Return theta, (size,), of one t."""
        theta = t.copy()
        for correlation, own, pairs in self.blocks:
            root = np.eye(len(own))
            if correlation is not None:
                root = correlation.cholesky(t[None, pairs])[0]
            for k, i in enumerate(own.tolist()):
                root[k] *= self._sd(i, t[None])[0] / self.unit[i]
                theta[i] = root[k, k]
            theta[pairs] = root[np.tril_indices(len(own), -1)]
        return theta

    def full_rank(self, theta: FloatArray) -> FloatArray:
        """Return theta with no diagonal so small that a factor would have almost lost a rank."""
        moved = theta.copy()
        for correlation, own, _ in self.blocks:
            if correlation is not None:
                moved[own] = np.maximum(moved[own], _FULL_RANK * np.exp(-_EDGE))
        return moved

    def _root(self, theta: FloatArray, own: IntArray, pairs: slice) -> FloatArray:
        root = np.zeros((len(theta), len(own), len(own)))
        root[(slice(None), *np.tril_indices(len(own), -1))] = theta[:, pairs]
        root[:, np.arange(len(own)), np.arange(len(own))] = theta[:, own]
        signs = np.where(np.diagonal(root, axis1=1, axis2=2) < 0, -1.0, 1.0)
        units = np.array([self.unit[i] for i in own.tolist()])
        return np.asarray(root * signs[:, None, :] * units[:, None])


def _partial(factor: FloatArray) -> FloatArray:
    """Return the inverse hyperbolic tangents of partial correlations of Cholesky factors."""
    size, left, found = factor.shape[1], np.ones(factor.shape[:2]), []
    for i, j in zip(*np.tril_indices(size, -1), strict=True):
        partial = factor[:, i, j] / np.maximum(left[:, i], 1e-300)
        found.append(np.clip(partial, -1 + 1e-15, 1 - 1e-15))
        left[:, i] *= np.sqrt(1 - found[-1] ** 2)
    return np.arctanh(np.stack(found, axis=1))
