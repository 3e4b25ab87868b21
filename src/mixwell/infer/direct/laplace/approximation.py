"""The log likelihood with all effects integrated out by Laplace's approximation, and its slopes.

With b at its conditional mode it is log p(y, b) - log |H| / 2, but for powers of 2 pi, which
cancel; H is minus the observed second derivative in b, mixed terms of a row's predictors included.
In gaussian models it is exact. Slopes are those of an adjoint: how H changes with the linear
predictors, and b with all parameters. Source: METHODS 9; Kristensen et al. 2016 (TMB).
"""

import numpy as np

from mixwell.infer.direct import row_kernels
from mixwell.infer.direct.columns import Unit
from mixwell.infer.direct.sparse_factor import Factorization, Pattern
from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray
from mixwell.package_options import require_memory

__all__ = ["Laplace"]

#: The most steps of Newton's method, and the decrease of the log density that ends them.
_STEPS, _TOLERANCE = 100, 1e-12
#: Below this it may be rounding that keeps it from decreasing, as where counts are of 1e9.
_ROUNDED = 1e-5
#: A factorization serves again while it makes what is left this much smaller.
_SHRINKS = 0.1
#: The step of differences along a linear predictor, in units of its scale.
_DIFFERENCE = 3e-4


class Laplace:
    """The approximation at one set of parameters, which `move` changes.

    `x` holds the effects at their conditional modes, then the coefficients; `roots` are the units'
    covariance roots (effect, effect). Each search for the modes begins at those found last. Raises
    `DataError` where factors would take more than `mixwell.options.memory`.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        columns = target.columns
        self.random = columns.random
        self.factor = _room(columns.effects_pattern()) if self.random else None
        self.x = np.zeros(columns.size)
        self.roots: list[FloatArray] = []
        self.value = -np.inf
        self.concave = True
        self._precisions: list[FloatArray] = []

    def move(self, coefficients: FloatArray, roots: list[FloatArray]) -> float:
        """Go to other parameters; return the log likelihood, -inf where there is none."""
        self.roots, start = roots, self.x
        self.x = np.concatenate([start[: self.random], coefficients])
        self.value = -np.inf
        with np.errstate(all="ignore"):
            inverses = [np.linalg.inv(root) for root in roots]
            self._precisions = [inverse.T @ inverse for inverse in inverses]
            if not all(np.isfinite(p).all() for p in self._precisions):
                return self.value
            if not np.isfinite(self._objective(self.x)):
                self.x[: self.random] = 0.0
            if self.factor is None:
                self._look()
                self.value = self._likelihood
            elif self._climb():
                determinant = self.factor.log_determinant
                for unit, root in zip(self._units, roots, strict=True):
                    determinant += 2 * unit.levels * np.log(np.abs(np.diagonal(root))).sum()
                self.value = self._height - 0.5 * float(determinant)
        if not np.isfinite(self.value):
            self.x, self.value = start, -np.inf
        return self.value

    @property
    def _units(self) -> tuple[Unit, ...]:
        return self.target.columns.units

    def _objective(self, x: FloatArray) -> float:
        found = self.target.log_likelihood(x) - self._penalty(x)
        return found if np.isfinite(found) else -np.inf

    def _penalty(self, x: FloatArray) -> float:
        """Return half of b'Pb."""
        found = 0.0
        for unit, precision in zip(self._units, self._precisions, strict=True):
            effects = x[unit.span].reshape(unit.levels, unit.size)
            found += 0.5 * float(((effects @ precision) * effects).sum())
        return found

    def _look(self) -> None:
        """Take the likelihood with its slopes, and those of the log density in the effects."""
        columns = self.target.columns
        self._likelihood, self._score, self._eta = self.target.score(self.x)
        self._height = self._likelihood - self._penalty(self.x)
        slope = columns.back(self._score)[: self.random]
        for unit, precision in zip(self._units, self._precisions, strict=True):
            effects = self.x[unit.span].reshape(unit.levels, unit.size)
            slope[unit.span] -= (effects @ precision).ravel()
        self._slope = slope

    def _climb(self) -> bool:
        """Find the modes of the effects, and factorize H there; False where that fails."""
        self._look()
        left = np.inf
        for _ in range(_STEPS):
            if not self._factorize():
                return False
            while True:
                step = self._solve(self._slope)
                before, left = left, float(self._slope @ step)
                rounded = left < _ROUNDED and left > 0.5 * before
                if rounded or not self._step(step):
                    return left < _ROUNDED and self._factorize() and self._observed
                if left < _TOLERANCE or left > _SHRINKS * before:
                    break
            if left < _TOLERANCE:
                return self._factorize() and self._observed
        return False

    def _step(self, step: FloatArray) -> bool:
        """Take a step, or a shorter one that climbs."""
        start, height, length = self.x.copy(), self._height, 1.0
        while length > 1e-8:
            self.x[: self.random] = start[: self.random] + length * step
            if self._objective(self.x) >= height - 1e-10 * (1 + abs(height)):
                self._look()
                return True
            length /= 2
        self.x = start
        return False

    def _solve(self, b: FloatArray) -> FloatArray:
        assert self.factor is not None
        return self.factor.solve(b.copy())

    def _factorize(self) -> bool:
        """Factorize H, or where that is not positive definite one of positive curvatures."""
        rows, columns = self.target.rows, self.target.columns
        vectors = columns.vectors_of(self.x)
        self._information = rows.information(self._eta, vectors)
        self._observed = self._factorized(self._information)
        if self._observed:
            return True
        self.concave = False
        positive = np.zeros_like(self._information)
        curvature = rows.curvature(self._eta, vectors)
        for k, weights in enumerate(curvature):
            positive[k, k] = weights
        for (k, j), weights in rows.mixed_curvature(self._eta, vectors, curvature).items():
            positive[k, j] = positive[j, k] = weights
        return self._factorized(positive)

    def _factorized(self, information: FloatArray) -> bool:
        assert self.factor is not None
        values = self.target.columns.effects_cross(information)
        for unit, precision in zip(self._units, self._precisions, strict=True):
            block = [precision[i, j] for j in range(unit.size) for i in range(j + 1)]
            row_kernels.add_blocks(values, unit.places, np.array(block))
        return bool(np.isfinite(values).all()) and self.factor.factorize(values)

    def slopes(self) -> tuple[FloatArray, list[FloatArray]]:
        """Return the derivatives by the coefficients, and by the roots' elements, where it is."""
        columns = self.target.columns
        if self.factor is None:
            return columns.back(self._score), []
        with np.errstate(all="ignore"):
            inverse = self.factor.inverse()
            bend = self._bend(inverse)
            adjoint = self._solve(columns.back(bend)[: self.random])
            pulled = self.pulled(self._along(adjoint))
            by_coefficients = columns.back(self._score + bend - pulled)[self.random :]
        by_roots = []
        parts = zip(self._units, self.roots, self._precisions, strict=True)
        for unit, root, precision in parts:
            b, v = (z[unit.span].reshape(unit.levels, unit.size) for z in (self.x, adjoint))
            by_precision = unit.levels * root @ root.T - b.T @ b - v.T @ b - b.T @ v
            by_precision = 0.5 * (by_precision - _whole(inverse[unit.places].sum(axis=0), unit))
            by_roots.append(-2 * precision @ by_precision @ precision @ root)
        return by_coefficients, by_roots

    def _along(self, effects: FloatArray) -> FloatArray:
        """Return what effects add to the linear predictors, (predictor, row)."""
        found = np.zeros_like(self._eta)
        for part, own in zip(self.target.columns.parts, found, strict=True):
            if part.at.shape[1]:
                row_kernels.gather(part.at, part.random, effects, own)
        return found

    def pulled(self, along: FloatArray) -> FloatArray:
        """Return what the scores lose where linear predictors move, (predictor, row)."""
        return np.asarray(np.einsum("kln,ln->kn", self._information, along))

    def _bend(self, inverse: FloatArray) -> FloatArray:
        """Return the derivatives of -log |H| / 2 by the linear predictors, (predictor, row)."""
        columns, eta = self.target.columns, self._eta
        levers: list[tuple[int, int, FloatArray]] = []
        for k, part in enumerate(columns.parts):
            if part.at.shape[1]:
                own = np.empty(eta.shape[1])
                row_kernels.leverages(part.slots, part.random, inverse, own)
                levers.append((k, k, own))
        for (k, j), places in columns.mixed.items():
            own = np.empty(eta.shape[1])
            one, other = columns.parts[k].random, columns.parts[j].random
            row_kernels.mixed_leverages(places, one, other, inverse, own)
            levers.append((k, j, 2 * own))
        steps = _DIFFERENCE * self.target.rows.scales(eta)
        found = np.zeros_like(eta)

        def turned(moved: FloatArray, x: FloatArray) -> FloatArray:
            own = self.target.rows.information(moved, columns.vectors_of(x))
            return np.sum([own[k, j] * lever for k, j, lever in levers], axis=0)

        for m, label in enumerate(self.target.rows.labels):
            if label in columns.vectors:
                continue
            up, down = eta.copy(), eta.copy()
            up[m] += steps[m]
            down[m] -= steps[m]
            found[m] = (turned(up, self.x) - turned(down, self.x)) / (-4 * steps[m])
        for name in columns.vectors:
            span = columns.coefficients[name]
            read = [m for m, label in enumerate(self.target.rows.labels) if label == name]
            for j in range(span.stop - span.start):
                up, down = self.x.copy(), self.x.copy()
                up[span.start + j] += _DIFFERENCE
                down[span.start + j] -= _DIFFERENCE
                change = (turned(eta, up) - turned(eta, down)) / (-4 * _DIFFERENCE)
                for m in read:
                    found[m] += columns.parts[m].fixed[:, j] * change
        return found


def _room(pattern: Pattern) -> Factorization:
    """Return room for factors and inverses, and refuse what memory does not hold."""
    tail = pattern.size - pattern.split
    require_memory(
        3.0 * float(pattern.below[pattern.split]) + 5.0 * tail**2,
        f"Second derivatives in {pattern.size:,} effects, factorized,",
        hint="fit() draws chains, which take less.",
    )
    return Factorization(pattern)


def _whole(pairs: FloatArray, unit: Unit) -> FloatArray:
    """Return the symmetric matrix whose upper triangle is given by columns."""
    found, pair = np.empty((unit.size, unit.size)), 0
    for j in range(unit.size):
        for i in range(j + 1):
            found[i, j] = found[j, i] = pairs[pair]
            pair += 1
    return found
