"""Moves of nested factors' effects with the sums of them that rows read as they are.

Effects u of an outer unit and v of one nested in it enter rows as sums s = v + u of the level
around. Given all s no row is read, and u integrates out: the outer covariance is drawn from what
sums alone say of it, then u given them. Where few levels lie within another, means of v and u are
hard to separate, and moves with either as it is are short.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct.covariances import Covariances
from mixwell.infer.direct.nested.nests import Nest
from mixwell.infer.direct.nested.slices import drawn_in_slice
from mixwell.numeric.arrays import FloatArray

__all__ = ["move_nested"]

#: The width in which a number is sought first, in standard errors of a log sd of so many levels.
_WIDE = 3.0


@dataclass(frozen=True, slots=True)
class _Given:
    """u given sums, at one outer covariance: normal and independent along `axes` (effect, axis).

    `precisions` and `pulls` are (outer level, axis); `log_density` is that of the sums.
    """

    axes: FloatArray
    precisions: FloatArray
    pulls: FloatArray

    @property
    def log_density(self) -> float:
        return 0.5 * float((self.pulls**2 / self.precisions - np.log(self.precisions)).sum())

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return u, (outer level, effect)."""
        noise = rng.standard_normal(self.pulls.shape)
        return (self.pulls / self.precisions + noise / np.sqrt(self.precisions)) @ self.axes.T


def _turned(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the eigenvalues and eigenvectors of a symmetric matrix, most often of a number."""
    return np.linalg.eigh(matrix) if len(matrix) > 1 else (matrix[0], np.ones((1, 1)))


def move_nested(
    nest: Nest, covariances: Covariances, x: FloatArray, t: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Move the effects of both units and the outer covariance; returns the new x and t."""
    x = x.copy()
    outer, inner = nest.outer, nest.inner.unit
    u = x[outer.unit.span].reshape(outer.unit.levels, outer.unit.size)
    v = x[inner.span].reshape(inner.levels, inner.size)
    sums = v.copy()
    sums[:, nest.effects] += u[nest.within]
    half = np.linalg.inv(covariances.root(nest.inner, t))
    weights = half.T @ half[:, nest.effects]  # of an inner level's sums for what is around it
    precision, columns = weights[nest.effects], (sums @ weights).T
    by_level = [np.bincount(nest.within, own, outer.unit.levels) for own in columns]
    pulls, counts = np.stack(by_level, axis=1), nest.counts[:, None]

    def given(t: FloatArray) -> _Given:
        root = covariances.root(outer, t)
        values, turn = _turned(root.T @ precision @ root)
        axes = root @ turn
        return _Given(axes, 1.0 + counts * np.maximum(values, 0.0), pulls @ axes)

    def log_density(t: FloatArray) -> float:
        found = given(t).log_density + covariances.log_prior_of(outer, t)
        return found if found < np.inf else -np.inf

    with np.errstate(all="ignore"):  # far out
        value, width = log_density(t), _WIDE / np.sqrt(2 * outer.unit.levels)
        for k in outer.places:
            t, value = drawn_in_slice(log_density, t, k, value, width, rng)
    u = given(t).draw(rng)
    sums[:, nest.effects] -= u[nest.within]
    x[outer.unit.span], x[inner.span] = u.ravel(), sums.ravel()
    return x, t
