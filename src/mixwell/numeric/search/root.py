"""Where an increasing function of one number reaches a value."""

from collections.abc import Callable

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["increasing_root", "reached"]

_STEPS = 60


def increasing_root(
    function: Callable[[float], float], low: float, high: float, tolerance: float = 1e-9
) -> float:
    """Return where an increasing function is 0, the nearer end where it is not in the interval.

    Regula falsi with the Illinois rule (Dowell and Jarratt 1971): each step costs one value.

    >>> round(increasing_root(lambda x: x**3 - 2.0, 0.0, 2.0) ** 3, 6)
    2.0
    """
    below, above = function(low), function(high)
    if below >= 0:
        return low
    if above <= 0:
        return high
    side = 0
    for _ in range(_STEPS):
        middle = (low * above - high * below) / (above - below)
        value = function(middle)
        if value == 0 or high - low <= tolerance * max(1.0, abs(middle)):
            return middle
        if value < 0:
            low, below = middle, value
            above = above / 2 if side < 0 else above
            side = -1
        else:
            high, above = middle, value
            below = below / 2 if side > 0 else below
            side = 1
        if abs(value) < tolerance:
            return middle
    return (low + high) / 2


def reached(
    function: Callable[[FloatArray], FloatArray],
    values: FloatArray,
    middle: FloatArray,
    width: FloatArray,
) -> FloatArray:
    """Return where an increasing function of each element reaches a value, by bisection.

    The search begins `width` around the `middle`. What is not a number lies below every value.

    >>> reached(np.tanh, np.array([0.5]), np.zeros(1), np.ones(1)).round(6)
    array([0.549306])
    """
    low, high = middle - width, middle + width
    for _ in range(_STEPS):
        far, near = function(low) >= values, ~(function(high) >= values)
        if not (far.any() or near.any()):
            break
        width = 2 * width
        low, high = np.where(far, low - width, low), np.where(near, high + width, high)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        above = function(middle) >= values
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return high
