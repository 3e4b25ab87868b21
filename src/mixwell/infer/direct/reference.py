"""The gaussian reference: a quadratic in place of the log likelihood, and x given any t with it.

With the quadratic at a mode, x given t is normal with mean m(t) and precision H(t) = K K', and what
is left of the log density, U, is flat where the posterior lies. Source: METHODS 5; Shahbaba, Lan,
Johnson and Neal 2014.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct import row_kernels
from mixwell.infer.direct.rows import Mixed
from mixwell.infer.direct.sparse_factor import Factorization
from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray

__all__ = ["Conditional", "Expansion", "Reference", "build_reference"]


@dataclass(frozen=True, eq=False)
class Reference:
    """The quadratic of a target's log likelihood and of the priors that are not normal.

    Of rows, `pull` eta - `weights` eta^2 / 2, (predictor, row), less `mixed` eta eta' where two
    predictors are not orthogonal; of priors `prior_pull` v - `prior_weights` v^2 / 2, where they
    are not normal themselves. `values` are those of H without the effects' precision, `right` is
    H m, which no t changes.
    """

    target: Target
    weights: FloatArray
    mixed: Mixed
    pull: FloatArray
    prior_weights: FloatArray
    prior_pull: FloatArray
    values: FloatArray
    right: FloatArray

    def rest(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return U, the log likelihood and priors less their quadratic, with its slope in x."""
        target = self.target
        value, score, eta = target.score(x)
        value -= row_kernels.subtract_quadratic(
            eta.ravel(), self.pull.ravel(), self.weights.ravel(), score.ravel()
        )
        for (k, j), w in self.mixed.items():
            value -= row_kernels.subtract_mixed(eta[k], eta[j], w, score[k], score[j])
        slope = target.columns.back(score)
        priors = target.priors
        if priors.others:
            v = priors.of(target.coefficients(x))
            own, by_v = priors.further(v)
            value += own - float(((self.prior_pull - 0.5 * self.prior_weights * v) * v).sum())
            by_v -= self.prior_pull - self.prior_weights * v
            slope[target.columns.random :] += priors.back(by_v)
        return value, slope


class Conditional:
    """x given t in the reference: its mean, K, and the log marginal density of t.

    There is room for one t; `move` writes over what there was.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.factor = Factorization(reference.target.columns.pattern)
        self.t = np.zeros(0)
        self.mean = np.zeros(0)
        self.log_marginal = -np.inf
        self.log_determinant = 0.0

    def move(self, t: FloatArray) -> bool:
        """Go to another t; False where H is not positive definite there."""
        reference = self.reference
        target = reference.target
        values = reference.values.copy()
        log_precision = 0.0
        covariances = target.covariances
        self.t, self.log_marginal = t, -np.inf
        with np.errstate(all="ignore"):
            for part, root in zip(covariances.parts, covariances.roots(t), strict=True):
                diagonal = np.diagonal(root)
                if not (diagonal > 0).all():
                    return False
                log_precision -= 2 * part.unit.levels * float(np.log(diagonal).sum())
                row_kernels.add_blocks(values, part.unit.places, _upper_of_inverse(root))
            if not np.isfinite(values).all() or not self.factor.factorize(values):
                return False
            mean = self.factor.half_solve(reference.right.copy())
            quadratic = float(mean @ mean)
            self.mean = self.factor.half_solve_transposed(mean)
            self.log_determinant = self.factor.log_determinant
            found = 0.5 * (log_precision - self.log_determinant + quadratic)
            self.log_marginal = found + covariances.log_prior(t)
        return bool(np.isfinite(self.log_marginal))

    def place(self, z: FloatArray) -> FloatArray:
        """Return x = m + K'^-1 z."""
        return self.mean + self.factor.half_solve_transposed(z.copy())

    def standard(self, x: FloatArray) -> FloatArray:
        """Return z of x."""
        return self.factor.times_half_transposed(x - self.mean)

    def slope(self, by_x: FloatArray) -> FloatArray:
        """Return derivatives by z given those by x."""
        return self.factor.half_solve(by_x.copy())


def _upper_of_inverse(root: FloatArray) -> FloatArray:
    """Return the upper triangle, by columns, of (L L')^-1."""
    if len(root) == 1:
        return np.array([root[0, 0] ** -2.0])
    inverse = np.linalg.inv(root)
    precision = inverse.T @ inverse
    return np.array([precision[i, j] for j in range(len(root)) for i in range(j + 1)])


def build_reference(target: Target, x: FloatArray) -> Reference:
    """Expand the log likelihood and priors around x."""
    expansion = Expansion(target)
    expansion.add(x)
    return expansion.reference()


class Expansion:
    """Slopes and curvatures of rows at some x, and the quadratic that has their means."""

    def __init__(self, target: Target) -> None:
        self.target, self.count = target, 0.0
        self._x = np.zeros(target.columns.size)
        shape = len(target.columns.parts), target.rows.n
        self._score, self._eta, self._weights = (np.zeros(shape) for _ in range(3))
        self._mixed = {pair: np.zeros(target.rows.n) for pair in target.rows.mixed}

    def add(self, x: FloatArray) -> None:
        """Take another x."""
        _, score, eta = self.target.score(x)
        rows, vectors = self.target.rows, self.target.columns.vectors_of(x)
        weights = rows.curvature(eta, vectors)
        for pair, own in rows.mixed_curvature(eta, vectors, weights).items():
            self._mixed[pair] += own
        self._x += x
        self._score += np.nan_to_num(score)
        self._eta += eta
        self._weights += weights
        self.count += 1

    def fade(self) -> None:
        """Let all x so far count half."""
        self.count *= 0.5
        for own in (self._x, self._score, self._eta, self._weights, *self._mixed.values()):
            own *= 0.5

    @property
    def x(self) -> FloatArray:
        """The mean of x."""
        return self._x / self.count

    def reference(self) -> Reference:
        """Return the quadratic of rows, and that of priors at the mean of x."""
        score, eta, weights = (v / self.count for v in (self._score, self._eta, self._weights))
        mixed = {pair: own / self.count for pair, own in self._mixed.items()}
        return _quadratic(self.target, self.x, score + _times(weights, mixed, eta), weights, mixed)


def _quadratic(
    target: Target, x: FloatArray, pull: FloatArray, weights: FloatArray, mixed: Mixed
) -> Reference:
    columns, priors = target.columns, target.priors
    v = priors.of(target.coefficients(x))
    curvature = priors.curvature(v)
    own_pull = priors.slope(v) + curvature * v
    values = columns.cross(weights, mixed)
    columns.square(values, priors.square(curvature))
    offsets = np.zeros_like(pull)
    for part, own in zip(columns.parts, offsets, strict=True):
        if part.offset is not None:
            own += part.offset
    right = columns.back(pull - _times(weights, mixed, offsets))
    right[columns.random :] += priors.back(own_pull)
    extra = np.zeros(len(v), dtype=bool)
    for other in priors.others:
        extra[other.positions] = True
    return Reference(
        target=target,
        weights=np.ascontiguousarray(weights),
        mixed=mixed,
        pull=np.ascontiguousarray(pull),
        prior_weights=np.where(extra, curvature, 0.0),
        prior_pull=np.where(extra, own_pull, 0.0),
        values=values,
        right=right,
    )


def _times(weights: FloatArray, mixed: Mixed, eta: FloatArray) -> FloatArray:
    """Return each row's curvature times a vector of its predictors."""
    found = weights * eta
    for (k, j), w in mixed.items():
        found[k] += w * eta[j]
        found[j] += w * eta[k]
    return found
