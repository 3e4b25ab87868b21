"""Moves of covariances with the standard form of the effects as it is: no row is read for them.

Effects x = L w of a unit become L' w = M x with M = L' L^-1, the same for every level, so that
residuals are linear in M and their sum of squares is a quadratic in its entries.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct.covariances import UnitCovariance
from mixwell.infer.direct.linear import contribution_kernels
from mixwell.infer.direct.linear.linear_target import LinearTarget
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["StandardMoves"]

#: How often every number of t moves; the share of walks of correlations that are to be accepted,
#: and their first steps.
_SWEEPS, _ACCEPTED, _FIRST = 2, 0.44, 0.3


@dataclass(frozen=True, eq=False)
class _Pairs:
    """A unit's entries of M that may differ from those of 1, and where they stand among all."""

    part: UnitCovariance
    rows: IntArray
    columns: IntArray
    span: slice


class StandardMoves:
    """One chain's moves, and the steps that they take: as long as warm-up has found best."""

    def __init__(self, linear: LinearTarget, rng: np.random.Generator) -> None:
        self._linear, self._rng = linear, rng
        covariances, random = linear.target.covariances, linear.target.columns.random
        self._units, count = list[_Pairs](), 0
        self._first, self._begin, self._count = (np.empty(random, np.int32) for _ in range(3))
        for part in covariances.parts:
            size, unit, effect = part.unit.size, part.unit, np.arange(part.unit.size)
            level = unit.start + size * np.arange(unit.levels)[:, None]
            full = part.correlation is not None
            rows, columns = np.tril_indices(size) if full else (effect, effect)
            span = slice(count, count + len(rows))
            first = effect * (effect + 1) // 2 if full else effect
            self._first[unit.span] = np.tile(count + first, unit.levels)
            self._begin[unit.span] = (level + (0 * effect if full else effect)).ravel()
            self._count[unit.span] = np.tile(effect + 1 if full else 1 + 0 * effect, unit.levels)
            self._units.append(_Pairs(part, rows, columns, span))
            count = span.stop
        self._products = np.empty((count + 1, count + 1))
        self._half = np.empty((count, count))
        self._seen = 0
        self.log_steps = np.full(covariances.size, np.log(_FIRST))

    def look(self, x: FloatArray) -> float:
        """Find the products of residuals and contributions at x; returns the residuals' own.

        A contribution is a column of effects times one of the effects of its level.
        """
        linear, columns = self._linear, self._linear.target.columns
        pattern, random, span = columns.pattern, columns.random, linear.mean.span
        contribution_kernels.contribution_products(
            pattern.starts, pattern.rows, linear.values, self._first, self._begin, self._count, x,
            self._half,
        )  # fmt: skip
        both = self._half + self._half.T
        coefficients = x[span] - linear.x[span]
        left = linear.near[:random] - coefficients @ linear.crossing
        total = linear.squares - float(
            coefficients @ (2 * linear.near[span] - linear.square @ coefficients)
        )
        own, pulls = np.zeros(len(both)), np.empty(len(both))
        for pairs in self._units:
            unit = pairs.part.unit
            shape = unit.levels, unit.size
            products = left[unit.span].reshape(shape).T @ x[unit.span].reshape(shape)
            pulls[pairs.span] = products[pairs.rows, pairs.columns]
            own[pairs.span] = pairs.rows == pairs.columns
        found = self._products
        found[1:, 1:] = both
        found[0, 1:] = found[1:, 0] = pulls - both @ own
        found[0, 0] = total - 2 * own @ pulls + own @ both @ own
        return float(found[0, 0])

    def move(self, x: FloatArray, t: FloatArray, *, adapt: bool) -> tuple[FloatArray, float]:
        """Move t, and x along with it, in x; returns t and the residuals' sum of squares.

        The products must be those at x. With `adapt` steps become longer or shorter.
        """
        covariances = self._linear.target.covariances
        inverses = [np.linalg.inv(root) for root in covariances.roots(t)]
        off = np.zeros(len(self._half))
        for k in np.tile(np.arange(len(t)), _SWEEPS).tolist():
            if k < len(covariances.coordinates):
                t, off = self._scaled(k, x, t, off)
            else:
                t, off = self._walked(k, x, t, inverses, adapt=adapt)
        for pairs, root, inverse in zip(self._units, covariances.roots(t), inverses, strict=True):
            unit = pairs.part.unit
            effects = x[unit.span].reshape(unit.levels, unit.size)
            x[unit.span] = (effects @ (root @ inverse).T).ravel()
        return t, self._squares(off)

    def _scaled(
        self, k: int, x: FloatArray, t: FloatArray, off: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Draw a standard deviation: the factor times which it is has a normal likelihood."""
        rng, linear, products = self._rng, self._linear, self._products
        c, along = linear.target.covariances.coordinates[k], np.zeros(len(off))
        for pairs in self._units:
            own = pairs.part.sds
            if own.start <= k < own.stop:
                row = pairs.rows == k - own.start
                along[pairs.span] = row * (off[pairs.span] + (pairs.rows == pairs.columns))
        bend = float(along @ products[1:, 1:] @ along)
        if not bend > 0.0:
            return t, off
        pull = float(along @ (products[0, 1:] - products[1:, 1:] @ off))
        gained = pull / bend + rng.standard_normal() * linear.sigma(x) / np.sqrt(bend)
        old = float(c.value(t[k]))
        new = old * (1.0 + gained)
        if not c.lower < new < c.upper:
            return t, off
        if not np.log(rng.random()) < c.log_density(new) - c.log_density(old):
            return t, off
        t = t.copy()
        t[k] = float(c.unconstrained(np.asarray(new)))
        return t, off + gained * along

    def _walked(
        self, k: int, x: FloatArray, t: FloatArray, inverses: list[FloatArray], *, adapt: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Walk a number of the correlations."""
        rng, linear, off = self._rng, self._linear, self._off(t, inverses)
        covariances, accepted = linear.target.covariances, 0.0
        new = t.copy()
        new[k] += np.exp(self.log_steps[k]) * rng.standard_normal()
        there = self._off(new, inverses)
        change = covariances.log_prior(new) - covariances.log_prior(t)
        change -= 0.5 * linear.sigma(x) ** -2 * (self._squares(there) - self._squares(off))
        accepted = float(np.exp(min(0.0, change))) if np.isfinite(change) else 0.0
        if adapt:
            self._seen += 1
            rate = min(1.0, 4.0 * len(t) / self._seen)
            self.log_steps[k] += rate * (accepted - _ACCEPTED)
        return (new, there) if rng.random() < accepted else (t, off)

    def _off(self, t: FloatArray, inverses: list[FloatArray]) -> FloatArray:
        """Return what M is off from 1 at another t."""
        off = np.empty(len(self._half))
        roots = self._linear.target.covariances.roots(t)
        for pairs, root, inverse in zip(self._units, roots, inverses, strict=True):
            m = root @ inverse
            off[pairs.span] = m[pairs.rows, pairs.columns]
            off[pairs.span] -= pairs.rows == pairs.columns
        return off

    def _squares(self, off: FloatArray) -> float:
        """Return the sum of squares, a quadratic in what M is off from 1."""
        products = self._products
        return float(products[0, 0] - 2 * off @ products[0, 1:] + off @ products[1:, 1:] @ off)
