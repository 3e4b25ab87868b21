"""Derivatives of the likelihood of a linear mixed model in its variances, at their estimates.

Directions are those of `variance_moments`: the scale of V, then every element of the effects'
covariances. Everything is in units of the residual standard deviation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.small_samples.variance_moments import (
    LevelEffects,
    VarianceMoments,
    variance_moments,
)

__all__ = ["LinearMixed", "linear_mixed"]


@dataclass(frozen=True, eq=False)
class LinearMixed:
    """A linear mixed model at its variances: `b` (p,) are the best coefficients given these.

    The moments are those of p orthonormal columns and of what they leave of the response; `back`
    (p, p) takes their coefficients to those of the model's columns. The `scale` is a parameter, or
    residual variances are known.
    """

    moments: VarianceMoments
    back: FloatArray
    b: FloatArray
    effects: tuple[LevelEffects, ...]
    scale: bool

    @property
    def p(self) -> int:
        """The number of coefficients."""
        return len(self.b)

    @cached_property
    def phi(self) -> FloatArray:
        """The covariance of the orthonormal columns' coefficients, (p, p)."""
        return _inverse(self.moments.products[:-1, :-1])

    @property
    def slopes(self) -> FloatArray:
        """X'V^-1 G_i V^-1 X, (K, p, p)."""
        return self.moments.slopes[:, :-1, :-1]

    @property
    def first(self) -> int:
        """The first direction that is a parameter's."""
        return 0 if self.scale else 1

    @cached_property
    def expected(self) -> FloatArray:
        """The trace of P G_i P G_j, (K, K): twice the expected information of REML."""
        bent = np.einsum("ab,ijba->ij", self.phi, self.moments.bends[:, :, :-1, :-1])
        turned = self.phi @ self.slopes
        found = self.moments.traces - 2 * bent + np.einsum("iab,jba->ij", turned, turned)
        return np.asarray(found)

    def gradient(self, *, reml: bool) -> FloatArray:
        """The derivative of minus twice the log-likelihood in each direction, (K,)."""
        found = self.moments.trace - self.moments.slopes[:, -1, -1]
        return found - np.einsum("ab,iba->i", self.phi, self.slopes) if reml else found

    def observed(self, *, reml: bool) -> FloatArray:
        """The second derivatives of minus twice the log-likelihood, (K, K)."""
        crossed = self.moments.slopes[:, :-1, -1]
        squares = self.moments.bends[:, :, -1, -1] - crossed @ self.phi @ crossed.T
        return 2 * squares - (self.expected if reml else self.moments.traces)

    def by_roots(self, *, reml: bool) -> tuple[FloatArray, FloatArray]:
        """Return the curvature in roots of covariances, and how directions follow from these.

        Where a variance is estimated as 0 the likelihood is level in its root, though not in
        itself: roots have an estimate inside of their range. The curvature is that of minus twice
        the log-likelihood, (parameter, parameter), the change (parameter, K).
        """
        gradient = self.gradient(reml=reml)
        change = [np.eye(len(gradient))[0]] if self.scale else []
        bends: list[tuple[int, int, float]] = []
        start = 1
        for each in self.effects:
            place = {pair: start + i for i, pair in enumerate(each.elements)}
            start += len(place)
            for unit in each.units:
                first = len(change)
                entries = [(a, b) for a, b in each.elements if a in unit]
                for i, (a, b) in enumerate(entries):
                    row = np.zeros(len(gradient))
                    for c in unit:
                        row[place[max(a, c), min(a, c)]] += each.root[c, b] * (1 + (a == c))
                    change.append(row)
                    for j, (c, other) in enumerate(entries):
                        if other == b:
                            slope = gradient[place[max(a, c), min(a, c)]]
                            bends.append((first + i, first + j, float(slope) * (1 + (a == c))))
        map_ = np.array(change).reshape(len(change), len(gradient))
        curvature = map_ @ self.observed(reml=reml) @ map_.T
        for i, j, bend in bends:
            curvature[i, j] += bend
        return curvature, map_


def linear_mixed(
    x: FloatArray, y: FloatArray, effects: Sequence[LevelEffects], *, scale: bool = True
) -> LinearMixed:
    """Return a model of the response (n,) on independent columns (n, p), both in residual sds."""
    q, r = np.linalg.qr(x)
    inside = q.T @ y
    moments = variance_moments(np.column_stack([q, y - q @ inside]), effects)
    p = x.shape[1]
    products = moments.products
    beyond = np.linalg.solve(products[:p, :p], products[:p, p])
    change = np.eye(p + 1)
    change[:p, p] = -beyond
    back = linalg.solve_triangular(r, np.eye(p))
    return LinearMixed(moments.of(change), back, back @ (inside + beyond), tuple(effects), scale)


def _inverse(matrix: FloatArray) -> FloatArray:
    found = np.linalg.inv(matrix)
    return 0.5 * (found + found.T)
