"""Moves of covariances with the standard form of the effects as it is: no row is read for them.

Effects x = L w of a unit become L' w = M x with M = L' L^-1, the same for every level, so that
residuals are linear in M and their sum of squares is a quadratic in its entries.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct.covariances import UnitCovariance
from mixwell.infer.direct.linear import contribution_kernels
from mixwell.infer.direct.linear.linear_target import LinearTarget
from mixwell.numeric.arrays import FloatArray

__all__ = ["StandardMoves"]

#: How often every number of t moves, the share of moves that are to be accepted, and the first
#: steps: of standard deviations as shares of them, and of correlations.
_SWEEPS, _ACCEPTED, _FIRST = 2, 0.44, 0.3


@dataclass(frozen=True, eq=False)
class _Pairs:
    """A unit's entries of M that may differ from those of 1: rows, columns, and where they stand."""

    part: UnitCovariance
    rows: list[int]
    columns: list[int]
    span: slice


class StandardMoves:
    """One chain's moves, and the steps that they take: as long as warm-up has found best."""

    def __init__(self, linear: LinearTarget, rng: np.random.Generator) -> None:
        self._linear, self._rng = linear, rng
        covariances, mean = linear.target.covariances, linear.mean
        self._units, left, right = list[_Pairs](), list[int](), list[int]()
        for part in covariances.parts:
            size, unit = part.unit.size, part.unit
            rows, columns = np.tril_indices(size)
            if part.correlation is None:
                rows, columns = np.arange(size), np.arange(size)
            first = int(
                np.flatnonzero((mean.at[0] >= unit.start) & (mean.at[0] < unit.span.stop))[0]
            )
            span = slice(len(left), len(left) + len(rows))
            self._units.append(_Pairs(part, rows.tolist(), columns.tolist(), span))
            left += (first + rows).tolist()
            right += (first + columns).tolist()
        self._left, self._right = np.array(left, np.int32), np.array(right, np.int32)
        self._products = np.empty((len(left) + 1, len(left) + 1))
        self._held = np.empty(len(left) + 1)
        self._seen = 0
        self.log_steps = np.full(covariances.size, np.log(_FIRST))

    def read_rows(self, x: FloatArray) -> float:
        """Go through all rows once; returns the residuals' weighted sum of squares."""
        linear, mean = self._linear, self._linear.mean
        residual = linear.y - mean.fixed @ x[mean.span]
        contribution_kernels.contribution_products(
            self._left, self._right, mean.at, mean.random, linear.weights, x, residual, self._held,
            self._products,
        )  # fmt: skip
        return float(self._products[0, 0])

    def move(self, x: FloatArray, t: FloatArray, *, adapt: bool) -> tuple[FloatArray, float]:
        """Move t, and x along with it, in x; returns t and the residuals' sum of squares.

        The rows must have been read at x. With `adapt` steps become longer or shorter.
        """
        rng, covariances = self._rng, self._linear.target.covariances
        precision = self._linear.sigma(x) ** -2
        inverses = [np.linalg.inv(root) for root in covariances.roots(t)]
        squares, prior = float(self._products[0, 0]), covariances.log_prior(t)
        for k in np.tile(np.arange(len(t)), _SWEEPS).tolist():
            step = np.exp(self.log_steps[k]) * rng.standard_normal()
            if k < len(covariances.coordinates):
                step *= self._linear.spreads[k]
            found, accepted = covariances.walked(t, k, float(step)), 0.0
            if found is not None:
                new, jacobian = found
                squares_new, prior_new = self._squares(new, inverses), covariances.log_prior(new)
                change = prior_new - prior + jacobian - 0.5 * precision * (squares_new - squares)
                accepted = float(np.exp(min(0.0, change))) if np.isfinite(change) else 0.0
                if rng.random() < accepted:
                    t, squares, prior = new, squares_new, prior_new
            if adapt:
                self._seen += 1
                rate = min(1.0, 4.0 * len(t) / self._seen)
                self.log_steps[k] += rate * (accepted - _ACCEPTED)
        for pairs, root, inverse in zip(self._units, covariances.roots(t), inverses, strict=True):
            unit = pairs.part.unit
            effects = x[unit.span].reshape(unit.levels, unit.size)
            x[unit.span] = (effects @ (root @ inverse).T).ravel()
        return t, squares

    def _squares(self, t: FloatArray, inverses: list[FloatArray]) -> float:
        """Return the sum of squares at another t: a quadratic in what M is off from 1."""
        off = np.empty(len(self._left))
        roots = self._linear.target.covariances.roots(t)
        for pairs, root, inverse in zip(self._units, roots, inverses, strict=True):
            m = root @ inverse
            off[pairs.span] = m[pairs.rows, pairs.columns]
            off[pairs.span] -= np.equal(pairs.rows, pairs.columns)
        products = self._products
        return float(products[0, 0] - 2 * off @ products[0, 1:] + off @ products[1:, 1:] @ off)
