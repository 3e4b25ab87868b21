"""Modes of many densities of one or two standard effects, and how wide these are there.

Where values come from a compiled loop, modes are searched for by differences of values: no slopes
need be written in arrays, and the curvature is the density's own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["STENCILS", "Peaks", "climb", "curved", "product", "solve"]

#: The places that differences are taken between, in steps: the middle, both sides, two corners.
STENCILS = {
    1: np.array([[0.0], [1.0], [-1.0]]),
    2: np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1]], dtype=float),
}
#: The step of differences in standard deviations, and the least curvature that is believed in.
_STEP, _FLATTEST = 0.02, 0.2
#: How near a mode differences can come, in squared standard deviations.
_SHARPEST = 1e-10
#: A density is no lower where it differs by what rounding does to sums.
_ROUNDED = 1e-9

#: Log densities at the stencil, (place, class, some), around u (q, class, some) with steps of that
#: shape; the last argument says for which vectors.
type Heights = Callable[[FloatArray, FloatArray, IntArray], FloatArray]
#: Bounds moves (q, class, some) of some vectors.
type Bounded = Callable[[FloatArray, IntArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Peaks:
    """Each class's mode `u` (q, n_classes, batch), `spread` the inverse root of its curvature.

    `log_spread` is the log determinant of the spread.
    """

    u: FloatArray
    spread: FloatArray
    log_spread: FloatArray

    def of(self, vectors: IntArray) -> "Peaks":
        """Return those of some parameter vectors."""
        parts = (self.u[..., vectors], self.spread[..., vectors], self.log_spread[..., vectors])
        return Peaks(*parts)


def climb(
    heights: Heights, start: FloatArray, bounded: Bounded, steps: int, enough: float
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Climb by Newton steps with differences from `start` (q, class, batch), at most `steps`.

    Returns modes, curvatures (q, q, class, batch), and which vectors' modes are near enough:
    `enough` is in squared standard deviations. A step down is taken back by halves, and
    vectors that have arrived are asked for no more.
    """
    u, move, width = start.copy(), np.zeros_like(start), np.full_like(start, _STEP)
    curvature = np.ones((len(u), *u.shape))
    best = np.full(u.shape[1:], -np.inf)
    waiting = np.arange(u.shape[2])
    for _ in range(steps):
        values = heights(u[..., waiting], width[..., waiting], waiting)
        slope, bend = _expanded(values, width[..., waiting])
        before = best[..., waiting]
        down = ~(values[0] >= before - _ROUNDED * (1 + np.abs(before)))
        step = bounded(solve(bend, slope), waiting)
        moved = np.where(down, 0.5 * move[..., waiting], step)
        u[..., waiting] += np.where(down, -moved, step)
        move[..., waiting] = moved
        best[..., waiting] = np.where(down, before, values[0])
        curvature[..., waiting] = bend
        width[..., waiting] = _STEP / np.sqrt(np.stack([row[k] for k, row in enumerate(bend)]))
        gain = np.where(down, np.inf, (step * slope).sum(axis=0))
        left = ~(gain.max(axis=0, initial=0.0) <= max(enough, _SHARPEST))
        waiting = waiting[left]
        if not len(waiting):
            break
    arrived = np.isfinite(best).all(axis=0)
    arrived[waiting] = False
    return u, curvature, arrived


def _expanded(values: FloatArray, width: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return gradient and curvature of values at the stencil; no curvature is below the least."""
    q, middle = len(width), values[0]
    up, down = values[1 : 2 * q : 2], values[2 : 2 * q + 1 : 2]
    slope = (up - down) / (2 * width)
    bend = np.empty((q, *width.shape))
    for k in range(q):
        bend[k, k] = -(up[k] + down[k] - 2 * middle) / width[k] ** 2
    if q == 2:
        corners = values[5] + values[6] - up.sum(axis=0) - down.sum(axis=0) + 2 * middle
        bend[0, 1] = bend[1, 0] = -corners / (2 * width[0] * width[1])
    slope, bend = (np.where(np.isfinite(each), each, 0.0) for each in (slope, bend))
    missing = np.maximum(_FLATTEST - _least(bend), 0.0)
    for k in range(q):
        bend[k, k] += missing
    return slope, bend


def _least(matrix: FloatArray) -> FloatArray:
    """Return the smaller eigenvalue of symmetric matrices (q, q, ...)."""
    if len(matrix) == 1:
        return np.asarray(matrix[0, 0])
    mean, half = (matrix[0, 0] + matrix[1, 1]) / 2, (matrix[0, 0] - matrix[1, 1]) / 2
    return np.asarray(mean - np.hypot(half, matrix[0, 1]))


def product(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Multiply small matrices (q, q, ...) and vectors (q, ...): sums of whole arrays are fast."""
    if len(matrix) == 1:
        return np.asarray(matrix[0] * vector)
    if not len(matrix):
        return vector
    return np.stack([row[0] * vector[0] + row[1] * vector[1] for row in matrix])


def solve(curvature: FloatArray, gradient: FloatArray) -> FloatArray:
    """Return Newton's steps, (q, ...), for curvatures (q, q, ...)."""
    if len(gradient) == 1:
        return np.asarray(gradient / curvature[0])
    (a, b), (_, c) = curvature
    solved = np.stack([c * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]])
    return np.asarray(solved / (a * c - b**2))


def curved(u: FloatArray, curvature: FloatArray) -> Peaks:
    """Return the peaks of modes with these curvatures (q, q, ...)."""
    corner = np.sqrt(curvature[0, 0])
    if len(u) == 1:
        return Peaks(u, 1 / np.sqrt(curvature), -np.log(corner))
    # the inverse of the Cholesky factor [[corner, 0], [below, last]], transposed
    below = curvature[1, 0] / corner
    last = np.sqrt(curvature[1, 1] - below**2)
    spread = np.zeros_like(curvature)
    spread[0, 0], spread[1, 1] = 1 / corner, 1 / last
    spread[0, 1] = -below / (corner * last)
    return Peaks(u, spread, -np.log(corner * last))
