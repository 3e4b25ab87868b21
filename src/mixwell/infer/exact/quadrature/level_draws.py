"""Exact draws of each level's effects given the parameters, by rejection.

The proposal is a Student-t around the level's mode, scaled by its curvature. Its ratio to the
density is largest near the middle; it is looked for at a few distances in every direction, and a
margin is left. How much larger it is there than in the middle hardly depends on the parameters:
some vectors show it, and a vector whose proposals show more has bounds of its own. Where the shapes
of densities are known well enough to decide (see `level_shapes`), these are not computed. About
one proposal in four is rejected.
"""

from collections.abc import Callable

import numpy as np

from mixwell.infer.exact.quadrature.level_integrals import LevelIntegrals, Point
from mixwell.infer.exact.quadrature.level_peaks import Peaks, product
from mixwell.infer.exact.quadrature.level_shapes import (
    VectorShapes,
    log_student,
    student_radius,
)
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["draw_levels", "highest_ratios", "shown_vectors"]

#: Where the largest ratio is looked for, in standard deviations, and the margin left for between.
_DISTANCES, _MARGIN = (0.0, 0.5, 1.0, 1.5, 2.1, 3.0, 4.5), 0.2
_DIRECTIONS = 8
#: Vectors that show how large the ratio is.
_SHOWN = 32
#: Proposals made at most for one level: a density that is not a number never accepts.
_TRIES = 1_000
#: After so many proposals bounds that others have shown are likely to be too high.
_SOON = 4


def draw_levels(
    levels: LevelIntegrals,
    point: Point,
    peaks: Peaks,
    copies: IntArray,
    rng: np.random.Generator,
    higher: FloatArray,
    own: Callable[[IntArray], FloatArray],
    shapes: VectorShapes | None = None,
) -> FloatArray:
    """Return deviations, (n_draws, n_levels, q), `copies` (batch,) draws for each vector.

    `higher` (n_classes,) are the `highest_ratios` of some vectors, `own` gives those of others,
    (n_classes, some). `shapes` are those of pairs of a draw and a level, draws one after another.
    """
    q, of_level = len(peaks.u), levels.tallies.level_class
    n_draws, n_levels = int(copies.sum()), len(of_level)
    vectors = np.repeat(np.repeat(np.arange(len(copies)), copies), n_levels)
    classes = np.tile(of_level, n_draws)
    middle = _Middles(levels, point, peaks, classes, vectors)
    kept = np.empty((q, n_draws * n_levels))
    waiting = np.arange(n_draws * n_levels)
    bounds = _Bounds(higher, own, classes, vectors)
    for turn in range(_TRIES):
        if shapes is not None and turn == _SOON:
            bounds.lower(waiting, shapes.of(waiting).highest_ratios())
        z, chance = _proposals(rng, q, len(waiting)), np.log(rng.uniform(size=len(waiting)))
        kept[:, waiting] = z
        student = log_student(z)
        needed = chance + bounds.of(waiting) + student
        above, error = middle.falls(shapes, waiting, z, needed)
        above -= student
        bounds.raise_to_own(waiting[above - error > bounds.of(waiting)])
        waiting = waiting[~(chance < above - bounds.of(waiting))]
        if not len(waiting):
            break
    deviations = product(point.root[:, :, 0, vectors], middle.places(kept, slice(None)))
    return np.ascontiguousarray(deviations.reshape(q, n_draws, n_levels).transpose(1, 2, 0))


class _Bounds:
    """How much larger than in the middle the ratios of pairs may be: what others have shown first.

    A vector whose proposals show more has bounds of its `own`.
    """

    def __init__(
        self,
        higher: FloatArray,
        own: Callable[[IntArray], FloatArray],
        classes: IntArray,
        vectors: IntArray,
    ) -> None:
        n = int(vectors.max(initial=-1)) + 1
        self._classes, self._vectors, self._own = classes, vectors, own
        self._bounds = np.repeat(higher[:, None], n, axis=1)
        self._known = np.zeros(n, dtype=bool)

    def of(self, pairs: IntArray) -> FloatArray:
        """Return the bounds of pairs, (some,)."""
        return np.asarray(self._bounds[self._classes[pairs], self._vectors[pairs]])

    def raise_to_own(self, pairs: IntArray) -> None:
        """Give the vectors of pairs that are above their bounds others, once each."""
        wrong = np.unique(self._vectors[pairs])
        wrong = wrong[~self._known[wrong]]
        if len(wrong):
            self._bounds[:, wrong] = np.fmax(self._bounds[:, wrong], self._own(wrong))
            self._known[wrong] = True

    def lower(self, pairs: IntArray, highest: FloatArray) -> None:
        """Replace the bounds of pairs by what is `highest` in them, where that is finite."""
        some, found = pairs[highest < np.inf], highest[highest < np.inf]
        self._bounds[self._classes[some], self._vectors[some]] = found


class _Middles:
    """Pairs of a class and a vector, with what is known of the log density in their middles."""

    def __init__(
        self,
        levels: LevelIntegrals,
        point: Point,
        peaks: Peaks,
        classes: IntArray,
        vectors: IntArray,
    ) -> None:
        self._levels, self._point, self._peaks = levels, point, peaks
        self._classes, self._vectors = classes, vectors
        self._known = np.full(len(classes), np.nan)

    def places(self, z: FloatArray, pairs: IntArray | slice) -> FloatArray:
        """Return the standard effects (q, some) that lie z (q, some) from the modes of pairs."""
        c, v = self._classes[pairs], self._vectors[pairs]
        return np.asarray(self._peaks.u[:, c, v] + product(self._peaks.spread[:, :, c, v], z))

    def falls(
        self, shapes: VectorShapes | None, pairs: IntArray, z: FloatArray, needed: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the log density of pairs at z less that in the middle, and its error, (some,).

        The error is 0, or so small that there is no doubt on which side of `needed` the value is.
        """
        if shapes is None:
            return self._computed(pairs, z), np.zeros(len(pairs))
        value, error = shapes.of(pairs).falls(z)
        doubtful = np.flatnonzero(~(np.abs(value - needed) > error))
        value[doubtful], error[doubtful] = self._computed(pairs[doubtful], z[:, doubtful]), 0.0
        return value, error

    def _computed(self, pairs: IntArray, z: FloatArray) -> FloatArray:
        c, v = self._classes[pairs], self._vectors[pairs]
        tried = self.places(z, pairs)
        new = np.isnan(self._known[pairs])
        if new.all():
            both = np.stack([tried, self._peaks.u[:, c, v]])
            height, self._known[pairs] = self._levels.heights_of(self._point, c, v, both)
            return np.asarray(height - self._known[pairs])
        if new.any():
            own = c[new], v[new], self._peaks.u[:, c[new], v[new]][None]
            self._known[pairs[new]] = self._levels.heights_of(self._point, *own)[0]
        height = self._levels.heights_of(self._point, c, v, tried[None])[0]
        return np.asarray(height - self._known[pairs])


def _proposals(rng: np.random.Generator, q: int, n: int) -> FloatArray:
    """Return draws from a Student-t distribution of q dimensions, (q, n)."""
    radius, turn = student_radius(1.0 - rng.uniform(size=n)), 2 * np.pi * rng.uniform(size=n)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)][:q])


def shown_vectors(n: int) -> IntArray:
    """Return which of n vectors show how large ratios are."""
    return np.unique(np.linspace(0, n - 1, _SHOWN).astype(np.int64))


def highest_ratios(levels: LevelIntegrals, point: Point, peaks: Peaks) -> FloatArray:
    """Return how much larger than in the middle log ratios may be, (n_classes, batch).

    They are those of density and proposal.
    """
    q = len(peaks.u)
    if q == 1:
        turns = np.array([[-1.0], [1.0]])
    else:
        angle = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
        turns = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    turned = (np.array(_DISTANCES)[:, None, None] * turns).reshape(-1, q)
    nodes = turned[len(turns) - 1 :]  # the middle once and first
    highest = np.zeros(peaks.u.shape[1:])
    middle = np.copy(highest)
    for k, height in enumerate(levels.heights(point, peaks, nodes)):
        middle = height if k == 0 else middle
        highest = np.fmax(highest, height - middle - float(log_student(nodes[k])))
    return highest + _MARGIN
