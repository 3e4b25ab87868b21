"""The climb to the top of a function that has slopes, and its curvature there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["Top", "ascend", "curvature", "polish"]

#: The most steps; what a step must gain to go on; halvings of a step; a step of differences.
_STEPS, _GAIN, _HALVES, _DIFFERENCE = 150, 1e-8, 25, 2e-3
#: The share of a predicted gain that is enough.
_ENOUGH = 1e-4
#: The most that an element moves in a step, in standard deviations of the first guess.
_LONGEST = 8.0
#: The least curvature along an axis that is believed in, in those units.
_FLATTEST = 1e-6

#: Value and slopes; the value is -inf where there is none.
type Sloped = Callable[[FloatArray], tuple[float, FloatArray]]


@dataclass(frozen=True, eq=False)
class Top:
    """A place (size,), the value there, its slopes, and an inverse of minus the curvature."""

    place: FloatArray
    value: float
    slope: FloatArray
    inverse: FloatArray


def ascend(function: Sloped, start: FloatArray, inverse: FloatArray) -> Top:
    """Climb by quasi-Newton steps (Broyden, Fletcher, Goldfarb, Shanno).

    `inverse` (size, size) is a guess of the inverse of minus the curvature.
    """
    value, slope = function(start)
    top = Top(start, value, slope, inverse)
    if not len(start) or not np.isfinite(value):
        return top
    widths = np.sqrt(np.diagonal(inverse))
    fresh = True
    for _ in range(_STEPS):
        step = top.inverse @ top.slope
        longest = float(np.abs(step / widths).max())
        gain = float(top.slope @ step)
        if gain < _GAIN:
            break
        step *= min(1.0, _LONGEST / longest)
        moved = _searched(function, top, step)
        if moved is None and fresh:
            break
        if moved is None:  # the curvature is forgotten
            top, fresh = Top(top.place, top.value, top.slope, inverse), True
            continue
        change, turn = moved.place - top.place, top.slope - moved.slope
        top, fresh = Top(moved.place, moved.value, moved.slope, top.inverse), False
        if float(change @ turn) > 1e-10 * np.linalg.norm(change) * np.linalg.norm(turn):
            top = Top(top.place, top.value, top.slope, _updated(top.inverse, change, turn))
    return top


def _searched(function: Sloped, top: Top, step: FloatArray) -> Top | None:
    """Return the first of ever shorter steps that gains enough."""
    rise, length = float(top.slope @ step), 1.0
    for _ in range(_HALVES):
        place = top.place + length * step
        value, slope = function(place)
        if np.isfinite(value) and value >= top.value + _ENOUGH * length * rise:
            return Top(place, value, slope, top.inverse)
        shorter = 0.1
        if np.isfinite(value):  # the top of the parabola through what is known
            shorter = 0.5 * rise * length / max(rise * length - (value - top.value), 1e-300)
        length *= min(0.5, max(0.1, shorter))
    return None


def _updated(inverse: FloatArray, change: FloatArray, turn: FloatArray) -> FloatArray:
    along = inverse @ turn
    product = float(change @ turn)
    both = np.outer(along, change)
    more = (1 + float(turn @ along) / product) / product
    return np.asarray(inverse + more * np.outer(change, change) - (both + both.T) / product)


def curvature(function: Sloped, place: FloatArray, widths: FloatArray) -> FloatArray:
    """Return minus the second derivatives by differences of slopes, steps in units of widths."""
    found = np.empty((len(place), len(place)))
    for j, width in enumerate(widths):
        step = np.zeros(len(place))
        step[j] = _DIFFERENCE * width
        up, down = function(place + step)[1], function(place - step)[1]
        found[:, j] = (down - up) / (2 * step[j])
    return np.asarray((found + found.T) / 2)


def polish(function: Sloped, top: Top) -> Top:
    """Measure the curvature at a top, and take Newton's step there where that still gains."""
    if not len(top.place):
        return top
    for _ in range(3):
        widths = np.sqrt(np.maximum(np.diagonal(top.inverse), 1e-20))
        inverse = _inverted(curvature(function, top.place, widths), widths)
        top = Top(top.place, top.value, top.slope, inverse)
        step = inverse @ top.slope
        if float(top.slope @ step) < _GAIN:
            break
        value, slope = function(top.place + step)
        if not value > top.value:
            break
        top = Top(top.place + step, value, slope, inverse)
    return top


def _inverted(matrix: FloatArray, widths: FloatArray) -> FloatArray:
    """Invert a matrix whose axes in units of widths are cut off where they are flat."""
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num(matrix * np.outer(widths, widths))
    sizes, axes = np.linalg.eigh(scaled)
    inverse = (axes / np.maximum(np.abs(sizes), _FLATTEST)) @ axes.T
    return np.asarray(inverse * np.outer(widths, widths))
