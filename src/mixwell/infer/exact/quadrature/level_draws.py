"""Exact draws of each level's effects given the parameters, by rejection.

The proposal is a Student-t around the level's mode, scaled by its curvature. Its ratio to the
density is largest near the middle; it is looked for at a few distances in every direction, and a
margin is left. How much larger it is there than in the middle hardly depends on the parameters:
some vectors show it, and a vector whose proposals show more has bounds of its own. About one
proposal in four is rejected.
"""

from collections.abc import Callable

import numpy as np

from mixwell.infer.exact.quadrature.level_integrals import LevelIntegrals, Point
from mixwell.infer.exact.quadrature.level_peaks import Peaks, product
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["draw_levels", "highest_ratios", "shown_vectors"]

_DF = 5.0
#: Where the largest ratio is looked for, in standard deviations, and the margin left for between.
_DISTANCES, _MARGIN = (0.0, 0.5, 1.0, 1.5, 2.1, 3.0, 4.5), 0.2
_DIRECTIONS = 8
#: Vectors that show how large the ratio is.
_SHOWN = 32
#: Proposals made at most for one level: a density that is not a number never accepts.
_TRIES = 1_000


def draw_levels(
    levels: LevelIntegrals,
    point: Point,
    peaks: Peaks,
    copies: IntArray,
    rng: np.random.Generator,
    higher: FloatArray,
    own: Callable[[IntArray], FloatArray],
) -> FloatArray:
    """Return deviations, (n_draws, n_levels, q), `copies` (batch,) draws for each vector.

    `higher` (n_classes,) are the `highest_ratios` of some vectors, `own` gives those of others,
    (n_classes, some).
    """
    q, of_level = len(peaks.u), levels.tallies.level_class
    n_draws, n_levels = int(copies.sum()), len(of_level)
    vectors = np.repeat(np.repeat(np.arange(len(copies)), copies), n_levels)
    classes = np.tile(of_level, n_draws)
    u = np.empty((q, n_draws * n_levels))
    waiting = np.arange(n_draws * n_levels)
    bounds = np.repeat(higher[:, None], len(copies), axis=1)
    known = np.zeros(len(copies), dtype=bool)
    at_middle = np.full(len(waiting), np.nan)
    for _ in range(_TRIES):
        c, v = classes[waiting], vectors[waiting]
        z = rng.standard_normal((q, len(waiting)))
        z /= np.sqrt(rng.chisquare(_DF, len(waiting)) / _DF)
        middle = peaks.u[:, c, v]
        tried = middle + product(peaks.spread[:, :, c, v], z)
        u[:, waiting] = tried
        first = len(waiting) == len(at_middle)
        places = np.stack([tried, middle]) if first else tried[None]
        height, *others = levels.heights_of(point, c, v, places)
        if first:
            (at_middle,) = others
        above = height - _log_student(z) - at_middle[waiting]
        wrong = np.unique(v[(above > bounds[c, v]) & ~known[v]])
        if len(wrong):
            bounds[:, wrong] = np.fmax(bounds[:, wrong], own(wrong))
            known[wrong] = True
        accepted = np.log(rng.uniform(size=len(waiting))) < above - bounds[c, v]
        waiting = waiting[~accepted]
        if not len(waiting):
            break
    deviations = product(point.root[:, :, 0, vectors], u)
    return np.ascontiguousarray(deviations.reshape(q, n_draws, n_levels).transpose(1, 2, 0))


def _log_student(z: FloatArray) -> FloatArray:
    """Return the log density of z (q, ...), up to its constant."""
    return np.asarray(-0.5 * (_DF + len(z)) * np.log1p((z**2).sum(axis=0) / _DF))


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
        highest = np.fmax(highest, height - middle - float(_log_student(nodes[k])))
    return highest + _MARGIN
