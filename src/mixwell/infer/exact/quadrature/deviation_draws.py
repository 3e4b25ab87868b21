"""Every level's deviations drawn given the parameters, around the peaks where they lie."""

from dataclasses import dataclass, replace

import numpy as np

from mixwell.infer.exact.later import Streamed
from mixwell.infer.exact.quadrature.guide import Guide
from mixwell.infer.exact.quadrature.level_draws import (
    draw_levels,
    highest_ratios,
    shown_vectors,
)
from mixwell.infer.exact.quadrature.level_peaks import Peaks
from mixwell.infer.exact.quadrature.level_shapes import LevelShapes, level_shapes
from mixwell.infer.exact.quadrature.quadrature_likelihood import QuadratureLikelihood
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.threads import in_threads

__all__ = ["LaterLevels", "drawn_deviations", "shapes_around"]


def drawn_deviations(
    likelihood: QuadratureLikelihood, t: FloatArray, counts: IntArray, rng: np.random.Generator
) -> FloatArray:
    """Draw the deviations given t, (n_draws, n_levels, q), `counts` independent draws for each."""
    used = np.flatnonzero(counts)
    guide, blocks = likelihood.guide(t[used]), replace(likelihood, nodes=2).blocks(t[used])
    copies = np.split(counts[used], np.cumsum([len(block) for block in blocks])[:-1])
    jobs = list(zip(blocks, copies, rng.spawn(len(blocks)), strict=True))
    shapes = shapes_around(likelihood, t[used], guide, int(counts.sum()))
    some = t[used][shown_vectors(len(used))] if shapes is None else shapes.shown
    shared = _highest_ratios(likelihood, some, guide, shapes).max(axis=1)

    def one(job: tuple[FloatArray, IntArray, np.random.Generator]) -> FloatArray:
        part, times, stream = job
        with np.errstate(all="ignore"):
            point, peaks, own = likelihood.point(part), likelihood.peaks_near(part, guide), None
            if shapes is not None:
                _search_anew(likelihood, part, guide, shapes.lost, peaks)
                drawn = np.repeat(part, times, axis=0)
                own = shapes.at(drawn, likelihood.tallies.level_class)

            def higher(rows: IntArray) -> FloatArray:
                return _highest_ratios(likelihood, part[rows], guide, shapes)

            return draw_levels(likelihood.levels, point, peaks, times, stream, shared, higher, own)

    return np.concatenate(in_threads(one, jobs))


def shapes_around(
    likelihood: QuadratureLikelihood, t: FloatArray, guide: Guide | None, n_draws: int
) -> LevelShapes | None:
    """Return the shapes of classes around many vectors, where values are costly."""
    if likelihood.levels.loop is None:
        return None

    def falls(some: FloatArray, places: FloatArray) -> FloatArray:
        nodes = np.concatenate([np.zeros((1, places.shape[1])), places])
        point, peaks = likelihood.point(some), likelihood.peaks_near(some, guide)
        middle, *others = likelihood.levels.heights(point, peaks, nodes)
        return np.stack(others) - middle

    with np.errstate(all="ignore"):
        return level_shapes(falls, t, likelihood.tallies.z.shape[1], n_draws)


def _highest_ratios(
    likelihood: QuadratureLikelihood,
    t: FloatArray,
    guide: Guide | None,
    shapes: LevelShapes | None,
) -> FloatArray:
    """Return `highest_ratios` at t, (n_classes, batch), from shapes where these are known."""
    with np.errstate(all="ignore"):
        if shapes is None:
            peaks = likelihood.peaks_near(t, guide)
            return highest_ratios(likelihood.levels, likelihood.point(t), peaks)
        found, lost = shapes.highest_ratios(t), shapes.lost
        if lost.size:
            some, own = _of_classes(likelihood, lost, guide)
            found[lost] = _highest_ratios(some, t, own, None)
        return found


def _search_anew(
    likelihood: QuadratureLikelihood,
    t: FloatArray,
    guide: Guide | None,
    classes: IntArray,
    peaks: Peaks,
) -> None:
    """Replace peaks of some classes, which may be far from where they are predicted."""
    if guide is None or not classes.size:
        return
    some, own = _of_classes(likelihood, classes, guide)
    found = some.peaks_near(t, own)
    peaks.u[:, classes], peaks.spread[:, :, classes] = found.u, found.spread
    peaks.log_spread[classes] = found.log_spread


def _of_classes(
    likelihood: QuadratureLikelihood, classes: IntArray, guide: Guide | None
) -> tuple[QuadratureLikelihood, Guide | None]:
    """Return the likelihood of some classes, and where searches for their peaks begin."""
    levels = np.unique(likelihood.tallies.level_class, return_index=True)[1][classes]
    return likelihood.of_levels(levels), None if guide is None else guide.of(classes).start_alone


@dataclass(frozen=True, eq=False)
class LaterLevels:
    """Deviations given t, (n, size): see `mixwell.infer.exact.later.Later`."""

    likelihood: QuadratureLikelihood
    t: FloatArray

    def __call__(self, levels: slice, rng: np.random.Generator) -> FloatArray:
        """Return draws of some levels, (n, n_some, q)."""
        new = np.concatenate([[True], (self.t[1:] != self.t[:-1]).any(axis=1)])
        first = np.flatnonzero(new)
        copies = np.diff([*first, len(new)])
        return drawn_deviations(self.likelihood.of_levels(levels), self.t[first], copies, rng)

    def taken(self, rows: IntArray) -> "LaterLevels":
        """Return the same for some of the n, in another order."""
        return replace(self, t=self.t[rows])

    def seeded(self, entropy: int) -> Streamed:
        """Return the draws by random numbers of this entropy."""
        return Streamed(self.taken, len(self.t), self.likelihood.tallies.n_levels, entropy)
