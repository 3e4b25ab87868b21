"""Survival curves of data without a model: Kaplan and Meier's estimate, and Turnbull's.

Arrays in, arrays out; `weights` count each row so many times.
"""

from itertools import pairwise

import numpy as np

from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

__all__ = ["nonparametric_survival", "product_limit", "turnbull"]

#: Iterations and the change of a probability at which the search for Turnbull's estimate ends.
_ITERATIONS, _NEAR = 20_000, 1e-10

type Steps = tuple[FloatArray, FloatArray]


def nonparametric_survival(
    times: FloatArray,
    censoring: IntArray,
    upper: FloatArray | None = None,
    entry: FloatArray | None = None,
    weights: FloatArray | None = None,
) -> Steps | None:
    """Return where the curve of some rows steps down, and its height after each step.

    `censoring` is -1 left, 0 none, 1 right, 2 interval (up to `upper`); rows are seen from `entry`
    on. None where rows with an entry are bounded otherwise than from the right.
    """
    counted = np.ones(len(times)) if weights is None else weights
    if np.isin(censoring, (0, 1)).all():
        return product_limit(times, censoring == 0, counted, entry)
    if entry is not None and (entry > 0).any():
        return None
    low = np.where(censoring == -1, 0.0, times)
    high = np.where(censoring == 1, np.inf, times)
    if upper is not None:
        high = np.where(censoring == 2, upper, high)
    return turnbull(low, high, censoring == 0, counted)


def product_limit(
    times: FloatArray, events: BoolArray, weights: FloatArray, entry: FloatArray | None = None
) -> Steps:
    """Return the times of events and the share without one after each.

    At each a case is at risk that entered before it and has not left before it.
    Source: Kaplan and Meier (1958).

    >>> product_limit(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), np.ones(3))
    (array([1., 3.]), array([0.66666667, 0.        ]))
    """
    steps = np.unique(times[events])
    at_risk = _sum_from(times, weights, steps)
    if entry is not None:
        at_risk = at_risk - _sum_from(entry, weights, steps)
    place = np.searchsorted(steps, times[events])
    died = np.bincount(place, weights[events], minlength=len(steps))
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.where(at_risk > 0, 1.0 - died / at_risk, 1.0)
    return steps, np.cumprod(np.clip(left, 0.0, 1.0))


def _sum_from(values: FloatArray, weights: FloatArray, places: FloatArray) -> FloatArray:
    """Return at each place the sum of the weights of values there or beyond."""
    order = np.argsort(values)
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    return np.asarray(below[-1] - below[np.searchsorted(values[order], places)])


def turnbull(low: FloatArray, high: FloatArray, exact: BoolArray, weights: FloatArray) -> Steps:
    """Return the steps of the curve of times known to lie above `low` and up to `high`.

    Times that are `exact` are `low` themselves. Where the curve falls within an interval the data
    do not say; it steps down at the end of that. Source: Turnbull (1976), by self-consistency.
    """
    rows = np.stack([low, np.where(exact, 0, 2), np.where(exact, low, high)], axis=1)
    rows, place = np.unique(rows, axis=0, return_inverse=True)
    counts = np.bincount(place.ravel(), weights)
    starts, ends = _innermost(rows)
    inside = _reaches(rows, starts, ends)
    chance = np.full(len(ends), 1.0 / max(len(ends), 1))
    for _ in range(_ITERATIONS):
        own = inside * chance
        total = own.sum(axis=1)
        new = (counts / total) @ own / counts.sum()
        change = np.abs(new - chance).max(initial=0.0)
        chance = new
        if change < _NEAR:
            break
    finite = np.isfinite(ends)
    return ends[finite], np.clip(1.0 - np.cumsum(chance[finite]), 0.0, 1.0)


def _innermost(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return starts `(interval, 2)` and ends of the intervals that hold no end of a row inside.

    A start has the time, and 0 where it belongs to the interval, 2 where not; an end is 1.
    """
    starts = [(time, kind) for time, kind, _ in rows]
    marks = sorted({*starts, *((end, 1.0) for *_, end in rows)})
    found = [(one, two[0]) for one, two in pairwise(marks) if one[1] != 1.0 and two[1] == 1.0]
    return np.array([one for one, _ in found]), np.array([end for _, end in found])


def _reaches(rows: FloatArray, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return which rows `(row, interval)` an interval lies in, as 0 and 1."""
    low, kind, high = rows.T[:, :, None]
    after = (starts[:, 0] > low) | ((starts[:, 0] == low) & (starts[:, 1] >= kind))
    return np.asarray(after & (ends <= high), dtype=float)
