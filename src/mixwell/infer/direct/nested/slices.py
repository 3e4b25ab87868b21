"""Draws of one number in a slice of a density, without a length of steps to tune."""

from collections.abc import Callable

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["drawn_in_slice"]

#: The most widths that an interval may have, and its least share of one.
_WIDEST, _NARROWEST = 50, 1e-9


def drawn_in_slice(
    log_density: Callable[[FloatArray], float],
    place: FloatArray,
    k: int,
    value: float,
    width: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, float]:
    """Draw number `k` of a place, whose log density is `value`; returns the new place with its own.

    An interval grows by `width` until its ends are outside of the slice, and shrinks again to
    what is tried. Source: Neal (2003), "Slice sampling", figures 3 and 5.

    >>> rng, x, value = np.random.default_rng(1), np.zeros(1), 0.0
    >>> found = []
    >>> for _ in range(4000):
    ...     x, value = drawn_in_slice(lambda x: -0.5 * float(x @ x), x, 0, value, 2.0, rng)
    ...     found.append(x[0])
    >>> bool(abs(np.mean(found)) < 0.1 and abs(np.std(found) - 1) < 0.1)
    True
    """

    def at(number: float) -> tuple[FloatArray, float]:
        new = place.copy()
        new[k] = number
        return new, log_density(new)

    level, now = value - rng.standard_exponential(), float(place[k])
    low = now - width * rng.random()
    high = low + width
    left = int(_WIDEST * rng.random())
    right = _WIDEST - 1 - left
    while left > 0 and at(low)[1] > level:
        low, left = low - width, left - 1
    while right > 0 and at(high)[1] > level:
        high, right = high + width, right - 1
    while high - low > _NARROWEST * width:
        number = low + (high - low) * rng.random()
        new, found = at(number)
        if found > level:
            return new, found
        low, high = (number, high) if number < now else (low, number)
    return place, value
