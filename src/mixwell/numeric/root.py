"""Where an increasing function of one number reaches a value."""

from collections.abc import Callable

__all__ = ["increasing_root"]

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
