"""Where the modes of levels are, and how wide they are, predicted from those of a few vectors.

Nodes need be near a mode only. Modes are searched for at a middle and some way along each axis on
both sides of it; what a parabola through these says is near enough between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mixwell.infer.exact.quadrature.level_peaks import Peaks
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["Guide", "Home", "build_guide", "joined"]


@dataclass(frozen=True, eq=False)
class Guide:
    """What is known of peaks at the `middle` (size,), by features (feature, class) of them.

    `inverse` turns t into steps along the axes, by which features change by `slope` and `bend`
    (feature, class, axis). It is relied on up to `reach` such steps from the middle; where that is
    0, peaks are searched for from there.
    """

    middle: FloatArray
    inverse: FloatArray
    level: FloatArray
    slope: FloatArray
    bend: FloatArray
    reach: float

    def far(self, t: FloatArray) -> NDArray[np.bool_]:
        """Return which vectors, (batch,), it says nothing reliable of."""
        return np.asarray(np.abs(self._steps(t)).max(axis=1) >= self.reach)

    def peaks(self, t: FloatArray) -> Peaks:
        """Predict the peaks at t (batch, size)."""
        end = self.reach or np.inf
        steps = np.clip(self._steps(t), -end, end)
        features = self.level[..., None] + self.slope @ steps.T + self.bend @ (steps**2).T
        return _peaks(features)

    def of(self, classes: IntArray) -> "Guide":
        """Return what is known of some classes."""
        parts = self.level[:, classes], self.slope[:, classes], self.bend[:, classes]
        return Guide(self.middle, self.inverse, *parts, self.reach)

    @property
    def start_alone(self) -> "Guide":
        """The same as a mere start of searches, along straight lines."""
        return replace(self, bend=0.0 * self.bend, reach=0.0)

    def _steps(self, t: FloatArray) -> FloatArray:
        return np.asarray((t - self.middle) @ self.inverse)


@dataclass(frozen=True, eq=False)
class Home:
    """Where a target is asked: near `t` (size,), with what is known of peaks around there."""

    t: FloatArray
    guide: Guide

    def of(self, classes: IntArray) -> "Home":
        """Return the same for some classes."""
        return Home(self.t, self.guide.of(classes))


def build_guide(
    peaks: Callable[[FloatArray], Peaks], middle: FloatArray, axes: FloatArray, reach: float
) -> Guide:
    """Find the peaks at the middle, and a step to both sides along each axis (axis, size)."""
    found = _features(peaks(np.concatenate([middle[None], middle + axes, middle - axes])))
    level, size = found[..., 0], len(axes)
    up, down = found[..., 1 : size + 1], found[..., size + 1 :]
    slope, bend = 0.5 * (up - down), 0.5 * (up + down) - level[..., None]
    return Guide(middle, np.linalg.inv(axes), level, slope, bend if reach else 0.0 * bend, reach)


def joined(guides: Sequence[Guide], classes: Sequence[IntArray]) -> Guide:
    """Return one guide of those of parts, whose places in it are `classes`; parts may overlap."""
    first, n = guides[0], 1 + max(int(own.max()) for own in classes)
    level, slope, bend = (
        np.empty((each.shape[0], n, *each.shape[2:]))
        for each in (first.level, first.slope, first.bend)
    )
    for guide, own in zip(guides, classes, strict=True):
        level[:, own], slope[:, own], bend[:, own] = guide.level, guide.slope, guide.bend
    return Guide(first.middle, first.inverse, level, slope, bend, first.reach)


def _features(peaks: Peaks) -> FloatArray:
    """Return numbers that change smoothly: modes, logarithms of widths, what is next to these."""
    q, spread = len(peaks.u), peaks.spread
    diagonal = np.log(np.stack([spread[k, k] for k in range(q)]))
    across = [spread[a, b][None] for a in range(q) for b in range(a + 1, q)]
    return np.concatenate([peaks.u, diagonal, *across])


def _peaks(features: FloatArray) -> Peaks:
    """Return the peaks of features; of 2 or 5 of them there is one effect, or two."""
    q = 1 if len(features) == 2 else 2
    spread = np.zeros((q, q, *features.shape[1:]))
    for k in range(q):
        spread[k, k] = np.exp(features[q + k])
    if q == 2:
        spread[0, 1] = features[4]
    return Peaks(features[:q], spread, features[q : 2 * q].sum(axis=0))
