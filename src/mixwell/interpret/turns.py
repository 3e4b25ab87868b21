"""Angles and other numbers that are the same a period apart."""

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["SHORT_WAY", "around_mean"]

#: What is said of differences of angles.
SHORT_WAY = "{}, the short way round"


def around_mean(values: FloatArray, period: float | None) -> FloatArray:
    """Return draws `(row, sample)` within half a period of their row's mean direction.

    That lies within half a period of 0. Without a `period` nothing changes.

    >>> import math
    >>> around_mean(np.array([[3.0, -3.2, 3.1]]), 2 * math.pi).round(2).tolist()
    [[3.0, 3.08, 3.1]]
    """
    if period is None:
        return values
    turn = period / (2 * np.pi)
    middle = turn * np.angle(np.exp(1j * values / turn).mean(axis=-1, keepdims=True))
    away = np.mod(values - middle + period / 2, period) - period / 2
    return np.asarray(middle + away)
