"""Exact draws of each level's effects given the parameters, by rejection.

The proposal is a Student-t around the level's mode, scaled by its curvature. Its ratio to the
density is largest near the middle; it is looked for at a few distances in every direction, and a
margin is left. About one proposal in five is rejected.
"""

import numpy as np

from mixwell.infer.exact.quadrature.level_integrals import LevelIntegrals, Peaks, Point, product
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["draw_levels"]

_DF = 5.0
#: Where the largest ratio is looked for, in standard deviations, and the margin left for between.
_DISTANCES, _MARGIN = (0.0, 0.5, 1.0, 1.5, 2.1, 3.0, 4.5), 0.2
_DIRECTIONS = 8
#: Proposals made at most for one level: a density that is not a number never accepts.
_TRIES = 1_000


def draw_levels(
    levels: LevelIntegrals,
    point: Point,
    peaks: Peaks,
    copies: IntArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Return deviations, (n_draws, n_levels, q), `copies` (batch,) draws for each vector."""
    q, of_level = len(peaks.u), levels.tallies.level_class
    highest = _log_bound(levels, point, peaks)
    n_draws, n_levels = int(copies.sum()), len(of_level)
    vectors = np.repeat(np.repeat(np.arange(len(copies)), copies), n_levels)
    classes = np.tile(of_level, n_draws)
    u = np.empty((q, n_draws * n_levels))
    waiting = np.arange(n_draws * n_levels)
    for _ in range(_TRIES):
        c, v = classes[waiting], vectors[waiting]
        z = rng.standard_normal((q, len(waiting)))
        z /= np.sqrt(rng.chisquare(_DF, len(waiting)) / _DF)
        tried = peaks.u[:, c, v] + product(peaks.spread[:, :, c, v], z)
        u[:, waiting] = tried
        ratio = levels.heights_of(point, c, v, tried) - _log_student(z)
        accepted = np.log(rng.uniform(size=len(waiting))) < ratio - highest[c, v]
        waiting = waiting[~accepted]
        if not len(waiting):
            break
    deviations = product(point.root[:, :, 0, vectors], u)
    return np.ascontiguousarray(deviations.reshape(q, n_draws, n_levels).transpose(1, 2, 0))


def _log_student(z: FloatArray) -> FloatArray:
    """Return the log density of z (q, ...), up to its constant."""
    return np.asarray(-0.5 * (_DF + len(z)) * np.log1p((z**2).sum(axis=0) / _DF))


def _log_bound(levels: LevelIntegrals, point: Point, peaks: Peaks) -> FloatArray:
    """Return the largest log ratio of density and proposal by class, (n_classes, batch)."""
    if len(peaks.u) == 1:
        turns = np.array([[-1.0], [1.0]])
    else:
        angle = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
        turns = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    turned = (np.array(_DISTANCES)[:, None, None] * turns).reshape(-1, len(peaks.u))
    nodes = turned[len(turns) - 1 :]  # the middle once
    highest = np.full(peaks.u.shape[1:], -np.inf)
    for node, height in zip(nodes, levels.heights(point, peaks, nodes), strict=True):
        np.fmax(highest, height - float(_log_student(node)), out=highest)
    return highest + _MARGIN
