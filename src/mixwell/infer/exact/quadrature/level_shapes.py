"""How levels' log densities fall from their middles, as polynomials that decide most proposals.

Where what is nearly a log density leaves no doubt whether a proposal is taken, the density itself
need not be computed. Around a level's peak it is a polynomial of low degree in the steps z from
there, measured in standard deviations, and its coefficients change smoothly with the parameters.
Values at some vectors show them; others, which are not fitted, show how far off they are.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Self

import numpy as np

from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

__all__ = ["LevelShapes", "VectorShapes", "level_shapes", "log_student", "student_radius"]

#: Degrees of freedom of the Student-t distribution that proposals for a level come from.
_DF = 5.0
#: The polynomial's degree; up to which degree its coefficients are quadratic in t, and linear.
_DEGREE, _QUADRATIC, _LINEAR = 5, 2, 3
#: How far from the middle, in standard deviations, it is relied on; the distances between which
#: its error is taken as one.
_REACH, _RINGS = 4.5, (1.0, 2.0, 3.0)
#: Vectors at least that show it, and for each term in t; places at each, for so many in common.
_VECTORS, _FOR_EACH, _PLACES, _GROUPS = 64, 2, 16, 8
#: Vectors, and places at each, that show how far off it is, and the margin left.
_TESTS, _TEST_PLACES, _WIDER = 32, 8, 1.25
#: At least so many draws are made for each vector that shows shapes.
_WORTH = 16
#: A class whose error is larger anywhere but in the last ring has no shape; how much of an error
#: bounds of ratios have room for.
_ROUGH, _ROOM = 0.5, 0.2
#: How much less values count the further out they are, per square of a standard deviation.
_LESS = 0.125
#: Where the largest ratio of density and proposal is looked for, and the margin left for between.
_DISTANCES = (0.4, 0.8, 1.2, 1.6, 2.1, 2.6, 3.2, 3.8, 4.5)
_DIRECTIONS, _MARGIN = 16, 0.1
_TINY = 1e-9

#: Log densities of classes less those in their middles, (place, class, vector), at some vectors
#: (vector, size) and places (place, q).
type Falls = Callable[[FloatArray, FloatArray], FloatArray]


def student_radius(chance: FloatArray, df: float = _DF) -> FloatArray:
    """Return how far from its middle a Student-t of two dimensions is with this chance to exceed.

    The Student-t of one dimension is what such a step has along one axis (Bailey 1994).
    """
    return np.asarray(np.sqrt(df * np.expm1(-2.0 / df * np.log(chance))))


def log_student(z: FloatArray) -> FloatArray:
    """Return the log density of z (q, ...), up to its constant."""
    return np.asarray(-0.5 * (_DF + len(z)) * np.log1p((z**2).sum(axis=0) / _DF))


@dataclass(frozen=True, eq=False)
class VectorShapes:
    """The polynomials of pairs of a vector and a level: `coefficients` (monomial, n_pairs).

    `errors` (ring, n_pairs) say how far off they are, by distance from the middle.
    """

    coefficients: FloatArray
    errors: FloatArray

    def of(self, pairs: IntArray) -> Self:
        """Return those of some pairs."""
        return type(self)(self.coefficients[:, pairs], self.errors[:, pairs])

    def falls(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the log density at z (q, n_pairs) lacks of the middle's, and its error.

        The error is infinite beyond where polynomials are relied on.
        """
        value = np.zeros(z.shape[1])
        for coefficient, monomial in zip(self.coefficients, _monomials(z), strict=True):
            value += coefficient * monomial
        distance = np.sqrt((z**2).sum(axis=0))
        ring = np.searchsorted(_RINGS, distance)
        error = np.take_along_axis(self.errors, ring[None], axis=0)[0]
        return value, np.where(distance < _REACH, error, np.inf)

    def highest_ratios(self) -> FloatArray:
        """Return how much larger than in the middle ratios to the proposal may be, (n_pairs,).

        It is infinite where no polynomial describes a level.
        """
        q = 1 if len(self.coefficients) == _DEGREE else 2
        z = np.array(_DISTANCES)[:, None] * _turns(q, _DIRECTIONS)[:, None, :]
        z = z.reshape(q, -1)
        ratios = _stacked(z).T @ self.coefficients  # (place, pair)
        ratios -= log_student(z)[:, None]
        ring = np.searchsorted(_RINGS, np.sqrt((z**2).sum(axis=0)))
        ratios += np.where(self.errors < np.inf, np.minimum(self.errors, _ROOM), np.inf)[ring]
        return np.asarray(np.maximum(ratios.max(axis=0), 0.0) + _MARGIN)


@dataclass(frozen=True, eq=False)
class LevelShapes:
    """The polynomials of classes, with coefficients that change with t.

    `coefficients` (term, monomial, class) belong to terms in steps from the `middle` (size,), which
    `inverse` (size, size) makes of t; `errors` (ring, class) are infinite for a class that no
    polynomial describes. `shown` (vector, size) are the vectors that they were learned from.
    """

    middle: FloatArray
    inverse: FloatArray
    coefficients: FloatArray
    errors: FloatArray
    shown: FloatArray

    @property
    def lost(self) -> IntArray:
        """The classes that no polynomial describes."""
        return np.flatnonzero(np.isinf(self.errors[0]))

    def at(self, t: FloatArray, of_level: IntArray) -> VectorShapes:
        """Return the shapes of pairs of t (vector, size) and a level, whose classes are given."""
        found = self._at(t)[:, :, of_level].transpose(1, 0, 2)
        errors = np.tile(self.errors[:, of_level], (1, len(t)))
        return VectorShapes(found.reshape(found.shape[0], -1), errors)

    def highest_ratios(self, t: FloatArray) -> FloatArray:
        """Return how much larger than in the middle ratios to the proposal may be, (class, vector).

        It is infinite where no polynomial describes a class.
        """
        classes = np.arange(self.errors.shape[1])
        return self.at(t, classes).highest_ratios().reshape(len(t), len(classes)).T

    def _at(self, t: FloatArray) -> FloatArray:
        """Return coefficients at t (vector, size): (vector, monomial, class)."""
        terms = _terms((t - self.middle) @ self.inverse)
        return np.asarray(np.tensordot(terms, self.coefficients, 1))


def level_shapes(falls: Falls, t: FloatArray, n_effects: int, n_draws: int) -> LevelShapes | None:
    """Learn the shapes of classes around the vectors t (n, size), for so many draws.

    None where that does not pay.
    """
    n, size = t.shape
    n_terms = (size + 1) * (size + 2) // 2
    n_shown = _GROUPS * -(-max(_VECTORS, _FOR_EACH * n_terms) // _GROUPS)
    if (n_shown + _TESTS) * _WORTH > n_draws or n_shown + _TESTS > n:
        return None
    middle = t.mean(axis=0)
    root = np.linalg.cholesky(np.cov(t.T).reshape(size, size) + _TINY**2 * np.eye(size))
    inverse = np.linalg.inv(root).T
    order = np.linspace(0, n - 1, n_shown + _TESTS).astype(np.int64)
    tested = np.zeros(len(order), dtype=bool)
    tested[np.linspace(0, len(order) - 1, _TESTS).astype(np.int64)] = True
    shown, others = t[order[~tested]], t[order[tested]]
    z, steps, values = _values(falls, shown, n_effects, _GROUPS, _PLACES)
    lost = ~np.isfinite(values).all(axis=0)
    columns, places = _columns(z, (steps - middle) @ inverse)
    weights = np.exp(-_LESS * (z**2).sum(axis=0))[:, None]
    solved = _least_squares(columns * weights, np.where(lost, 0.0, values) * weights)
    coefficients = np.zeros((n_terms, len(_orders(n_effects)), values.shape[1]))
    coefficients[places] = solved
    shapes = LevelShapes(middle, inverse, coefficients, np.zeros((1, 1)), shown)
    return _tested(shapes, lost, _values(falls, others, n_effects, _GROUPS // 2, _TEST_PLACES))


def _values(
    falls: Falls, t: FloatArray, n_effects: int, groups: int, places: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return places z (q, n), their vectors (n, size), and values (n, class) at all of them."""
    z, steps, values = [], [], []
    for group in range(groups):
        some, where = t[group::groups], _places(n_effects, group, groups, places)
        found = falls(some, where.T)
        z.append(np.repeat(where, len(some), axis=1))
        steps.append(np.tile(some, (places, 1)))
        values.append(found.transpose(0, 2, 1).reshape(-1, found.shape[1]))
    return np.concatenate(z, axis=1), np.concatenate(steps), np.concatenate(values)


def _places(n_effects: int, group: int, groups: int, places: int) -> FloatArray:
    """Return places spread as proposals are, (q, place): each group has others."""
    k = np.arange(places)
    chances = (k + (group + 0.5) / groups) / places
    radius = np.minimum(student_radius(chances), _REACH)
    turn = (1 - np.sqrt(5)) / 2 * (k * groups + group) * 2 * np.pi  # never the same one twice
    if n_effects == 1:
        return np.asarray((radius * np.where((k + group) % 2, 1.0, -1.0))[None])
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)])


def _tested(
    shapes: LevelShapes, lost: BoolArray, test: tuple[FloatArray, FloatArray, FloatArray]
) -> LevelShapes:
    """Return shapes with their errors: each class's largest, relative to what a ring's usually is.

    How errors grow with the distance from the middle is learned from all classes together.
    """
    z, steps, values = test
    columns, places = _columns(z, (steps - shapes.middle) @ shapes.inverse)
    off = np.abs(columns @ shapes.coefficients[places] - values)
    lost = np.asarray(lost | ~np.isfinite(off).all(axis=0))
    ring = np.searchsorted(_RINGS, np.sqrt((z**2).sum(axis=0)))
    usual = np.full(len(_RINGS) + 1, _TINY)
    for k in range(len(usual) if not lost.all() else 0):
        own = off[ring == k][:, ~lost]
        usual[k] = max(np.sqrt(np.mean(own**2)) if own.size else 0.0, usual[k - 1] if k else _TINY)
    largest = np.where(lost, np.inf, _WIDER * (off / usual[ring][:, None]).max(axis=0))
    errors = usual[:, None] * largest
    errors[:, errors[-2] > _ROUGH] = np.inf
    return replace(shapes, errors=errors)


def _least_squares(columns: FloatArray, values: FloatArray) -> FloatArray:
    scale = np.sqrt((columns**2).mean(axis=0)) + _TINY
    scaled = columns / scale
    products = scaled.T @ scaled + 1e-8 * len(scaled) * np.eye(len(scale))
    return np.asarray(np.linalg.solve(products, scaled.T @ values) / scale[:, None])


def _columns(z: FloatArray, steps: FloatArray) -> tuple[FloatArray, tuple[IntArray, IntArray]]:
    """Return products of terms and monomials, (n, column), and which (term, monomial) each is."""
    terms, monomials, orders = _terms(steps), _stacked(z), _orders(len(z))
    size, n_terms = steps.shape[1], terms.shape[1]
    used = [n_terms if d <= _QUADRATIC else size + 1 if d <= _LINEAR else 1 for d in orders]
    of_term = np.concatenate([np.arange(n) for n in used])
    of_monomial = np.repeat(np.arange(len(used)), used)
    return terms[:, of_term] * monomials[of_monomial].T, (of_term, of_monomial)


def _terms(steps: FloatArray) -> FloatArray:
    """Return 1, the steps (n, size), and their products: (n, term)."""
    first, second = np.tril_indices(steps.shape[1])
    parts = [np.ones((len(steps), 1)), steps, steps[:, first] * steps[:, second]]
    return np.concatenate(parts, axis=1)


def _powers(n_effects: int) -> list[tuple[int, ...]]:
    """Return the monomials without the constant, each by the effects that it multiplies."""
    degrees = range(1, _DEGREE + 1)
    return [m for d in degrees for m in combinations_with_replacement(range(n_effects), d)]


def _orders(n_effects: int) -> list[int]:
    return [len(power) for power in _powers(n_effects)]


def _monomials(z: FloatArray) -> list[FloatArray]:
    """Return all monomials of z (q, n) but the constant."""
    found: dict[tuple[int, ...], FloatArray] = {}
    for power in _powers(len(z)):
        before = found.get(power[:-1])
        found[power] = z[power[-1]] if before is None else before * z[power[-1]]
    return list(found.values())


def _stacked(z: FloatArray) -> FloatArray:
    return np.stack(_monomials(z))


def _turns(n_effects: int, directions: int) -> FloatArray:
    """Return unit vectors in all directions, (q, direction)."""
    if n_effects == 1:
        return np.array([[-1.0, 1.0]])
    angle = 2 * np.pi * np.arange(directions) / directions
    return np.stack([np.cos(angle), np.sin(angle)])
