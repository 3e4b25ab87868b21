"""The mode of a log density of which nothing but values is known, and its curvature there.

The target is a log density of a batch of vectors, (batch, size) to (batch,): gradients are
differences, taken together in one batch.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixwell.errors import SamplingError
from mixwell.numeric.arrays import FloatArray

__all__ = ["Mode", "NotFiniteError", "Target", "find_mode", "find_top"]

Target = Callable[[FloatArray], FloatArray]
_STEPS = np.array([0.0, 0.5, 0.25, 0.1, 0.03, 2.0])
#: The least curvature that a Newton step believes in, and that a proposal does, per unit of t.
_LEAST, _FLATTEST = 1e-4, 0.02
#: How far around a mode it is asked whether it is one, in standard deviations, and how often a
#: search begins anew; by how much values must be higher there.
_AROUND, _ANEW, _HIGHER = (0.15, 0.4, 1.0, 2.0), 5, 1.0


class NotFiniteError(SamplingError):
    """A density that is not finite near where its mode is looked for."""


@dataclass(frozen=True, eq=False)
class Mode:
    """Where a log density is highest: `t` (size,), its value there, minus the Hessian."""

    t: FloatArray
    log_density: float
    precision: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """The inverse of the precision, directions of no curvature cut off."""
        values, vectors = np.linalg.eigh(self.precision)
        return np.asarray((vectors / np.maximum(values, _FLATTEST)) @ vectors.T)


def find_mode(
    target: Target, start: FloatArray, *, step: float = 0.01, tolerance: float = 1e-5
) -> Mode:
    """Climb to the mode by Newton steps with differences, several step lengths tried at once.

    Raises `NotFiniteError` when the target is not finite near where the search is.
    """
    t, width = np.array(start, dtype=float), np.full(len(start), step)
    if not len(t):
        return Mode(t, float(target(t[None])[0]), np.zeros((0, 0)))
    for _ in range(60):
        value, gradient, precision = _expand(target, t, width)
        values, vectors = np.linalg.eigh(precision)
        size = np.maximum(np.abs(values), _LEAST)
        move = vectors @ ((vectors.T @ gradient) / size)
        gain = 0.5 * float(gradient @ move)
        move *= min(1.0, 3.0 / max(float(np.abs(move).max()), 1e-12))
        t, climbed = _climbed(target, t, move, value + 0.25 * gain)
        if gain < tolerance or not climbed:
            break
    return Mode(t, value, precision)


def find_top(
    target: Target, start: FloatArray, *, step: float = 0.01, tolerance: float = 1e-5
) -> Mode:
    """Climb to a mode that nothing exceeds some way along its axes.

    Slope and curvature may vanish where the density is no higher than elsewhere: that of a skewed
    distribution's slant does so at 0.

    Raises `NotFiniteError` when the target is not finite near where the search is.
    """
    mode = find_mode(target, start, step=step, tolerance=tolerance)
    for _ in range(_ANEW if len(start) else 0):
        values, vectors = np.linalg.eigh(mode.covariance)
        axes = np.sqrt(values) * vectors
        away = (np.array(_AROUND)[:, None, None] * axes.T).reshape(-1, len(start))
        around = mode.t + np.concatenate([away, -away])
        found = target(around)
        best = int(np.argmax(np.where(np.isfinite(found), found, -np.inf)))
        if not found[best] > mode.log_density + _HIGHER:
            break
        try:
            other = find_mode(target, around[best], step=step, tolerance=tolerance)
        except NotFiniteError:
            break
        if not other.log_density > mode.log_density:
            break
        mode = other
    return mode


def _climbed(
    target: Target, t: FloatArray, move: FloatArray, enough: float
) -> tuple[FloatArray, bool]:
    """Take the whole step where that is good enough, else the best of several lengths."""
    whole = target((t + move)[None])[0]
    if whole >= enough:
        return t + move, True
    tried = target(t + _STEPS[:, None] * move)
    best = int(np.argmax(np.where(np.isfinite(tried), tried, -np.inf)))
    return (t + _STEPS[best] * move, True) if _STEPS[best] > 0 else (t, False)


def _expand(
    target: Target, t: FloatArray, width: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Return value, gradient and minus the Hessian by central differences, in one batch."""
    size = len(t)
    one = np.eye(size) * width
    first, second = np.tril_indices(size, -1)
    points = [t[None], t + one, t - one, t + one[first] + one[second], t - one[first] - one[second]]
    values = target(np.concatenate(points))
    if not np.isfinite(values).all():
        raise NotFiniteError(
            "The posterior density is not finite near where the search for its mode is.",
            hint="Look at the priors' bounds, and at the data for extreme values.",
        )
    value, up, down = values[0], values[1 : size + 1], values[size + 1 : 2 * size + 1]
    both = values[2 * size + 1 :].reshape(2, -1)
    gradient = (up - down) / (2 * width)
    hessian = np.diag((up + down - 2 * value) / width**2)
    mixed = both[0] + both[1] - up[first] - up[second] - down[first] - down[second] + 2 * value
    hessian[first, second] = hessian[second, first] = mixed / (2 * width[first] * width[second])
    return float(value), gradient, -hessian
