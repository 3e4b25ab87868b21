"""The region of values that are as good as none, as `rope=` gives it."""

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.numeric.arrays import float_array

__all__ = ["Rope", "decisions", "decisions_said", "either_way", "rope_ends"]

Rope = float | tuple[float, float]


def rope_ends(rope: Rope, null: float) -> tuple[float, float]:
    """Return the two ends of a region of practical equivalence; `DataError` for others.

    One number is how far differences from `null` may be; of ratios (`null` 1) by how much one may
    be larger, whichever it is: 0.2 is from 1 / 1.2 to 1.2. Two ends of ratios have 1 between them.

    >>> rope_ends(0.2, 0.0), rope_ends(0.25, 1.0)
    ((-0.2, 0.2), (0.8, 1.25))
    """
    wrong = DataError(
        "rope= takes two numbers, the lower one first.",
        hint="For example rope=(-0.1, 0.1), or rope=0.1.",
    )
    if isinstance(rope, str):
        raise wrong
    ends = float_array(rope, wrong)
    if ends.shape == () and not np.isnan(ends):
        size = abs(float(ends))
        return (1.0 / (1.0 + size), 1.0 + size) if null == 1.0 else (null - size, null + size)
    if ends.shape != (2,) or not ends[0] < ends[1]:
        raise wrong
    if null == 1.0 and not ends[0] < 1.0 < ends[1]:
        raise DataError(
            f"The rope from {ends[0]:g} to {ends[1]:g} leaves out 1, which is no difference: these "
            "are ratios.",
            where="rope",
            hint='For example rope=(0.9, 1.1); compare="difference" has differences.',
        )
    return float(ends[0]), float(ends[1])


def either_way(region: tuple[float, float], null: float) -> tuple[float, float]:
    """Return the smallest region that has a rope both ways round: of a and b, and of b and a.

    Differences (`null` 0) change their sign when they are turned around, ratios (`null` 1) become
    their inverse. Raises `DataError` where nothing would lie beyond it.

    >>> either_way((-0.2, 0.5), 0.0), either_way((0.8, 1.2), 1.0)
    ((-0.5, 0.5), (0.8, 1.25))
    """
    (low, high), ratios = region, null == 1.0
    if low <= (0.0 if ratios else -np.inf) or high == np.inf:
        what, such = ("ratio", "(0.8, 1.25)") if ratios else ("difference", "0.2")
        raise DataError(
            f"Letters have a rope both ways round, and no {what} lies beyond {low:g} to {high:g} "
            "and what that is turned around.",
            where="rope",
            hint=f"Give it two finite ends{' above 0' if ratios else ''}: for example rope={such}.",
        )
    turned = (1.0 / high, 1.0 / low) if ratios else (-high, -low)
    return min(low, turned[0]), max(high, turned[1])


def decisions(frame: pd.DataFrame, region: tuple[float, float]) -> "pd.Series[str]":
    """Return in a word where each interval lies, which has all, none or a part in the region.

    >>> ends = pd.DataFrame({"lower": [-0.1, 0.3, 0.1], "upper": [0.1, 0.5, 0.3]})
    >>> decisions(ends, (-0.2, 0.2)).tolist()
    ['equivalent', 'different', 'undecided']
    """
    (low, high), lower, upper = region, frame["lower"], frame["upper"]
    inside, beyond = (lower >= low) & (upper <= high), (lower > high) | (upper < low)
    cases = [lower.isna() | upper.isna(), inside, beyond]
    words = np.select(cases, ["unknown", "equivalent", "different"], "undecided")
    return pd.Series(words, frame.index, dtype="str")


def decisions_said(region: tuple[float, float]) -> str:
    """Say what the columns of a table that was held against a region are."""
    return (
        f"p_rope: share of draws between {region[0]:g} and {region[1]:g}, the rope. decision: "
        "equivalent where the interval lies within the rope, different where it lies beyond it, "
        "else undecided."
    )
