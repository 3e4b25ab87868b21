"""Functions of a time's distribution: survival, hazard, the mean up to a time, quantiles.

Each takes a family, its arguments and points, broadcast with each other (see `Quantity`).
"""

from collections.abc import Callable

import numpy as np

from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.likelihood import quantiles, tail

__all__ = ["cumulative_hazard", "hazard", "quantile", "restricted_mean", "survival_after"]

#: Above so many times the horizon a mean leaves few digits to what lies below it.
_FAR = 1e6
#: Nodes of the integral of a survival curve, and the power that spreads them near zero.
_NODES, _POWER = 96, 8


def survival_after(
    start: float,
) -> Callable[[Family, Arguments, FloatArray], FloatArray]:
    """Return the probability to be without an event at times, of those that are at `start`."""

    def of(family: Family, rows: Arguments, times: FloatArray) -> FloatArray:
        found = _log_survival(family, rows, times)
        if start > 0:
            found = found - _log_survival(family, rows, np.asarray(start))
        return np.exp(found)

    return of


def hazard(family: Family, rows: Arguments, times: FloatArray) -> FloatArray:
    """Return the rate of events at times above 0 among those without one so far."""
    density = np.asarray(rows.given(y=times).call(family.density.log))
    return np.exp(density - _log_survival(family, rows, times))


def cumulative_hazard(family: Family, rows: Arguments, times: FloatArray) -> FloatArray:
    """Return minus the logarithm of the survival probability."""
    return -_log_survival(family, rows, times)


def quantile(family: Family, rows: Arguments, shares: FloatArray) -> FloatArray:
    """Return the times by which shares have had their event."""
    shape = np.broadcast_shapes(np.shape(rows["eta"]), shares.shape)
    found = quantiles(rows, family, np.broadcast_to(shares, shape))
    if family.support.atoms is None:
        return found
    at_zero = np.exp(tail(rows.given(y=np.zeros(1)), family.distribution.log_below))
    return np.where(at_zero >= shares, 0.0, found)


def restricted_mean(family: Family, rows: Arguments, horizon: FloatArray) -> FloatArray:
    """Return the mean time up to a horizon, E[min(Y, horizon)]: the area under the curve.

    With E[(Y - E Y) 1(Y > horizon)] it has a closed form; where the mean is infinite, or so far
    beyond the horizon that digits are lost, the curve is integrated.
    """
    known = family.distribution
    at = rows.given(y=horizon)
    mean = np.asarray(rows.value(family.mean))
    with np.errstate(invalid="ignore", over="ignore"):
        below, above = np.exp(tail(at, known.log_below)), np.exp(tail(at, known.log_above))
        found = mean * below - np.exp(at.call(known.log_excess)) + horizon * above
    usable = np.isfinite(found) & (mean < _FAR * horizon)
    if usable.all():
        return np.asarray(found)
    return np.where(usable, found, _area(family, rows, horizon))


def _area(family: Family, rows: Arguments, horizon: FloatArray) -> FloatArray:
    """Integrate a survival curve, which may fall steeply at 0, by Gauss and Legendre's nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    total: FloatArray = np.zeros(1)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        height = np.exp(_log_survival(family, rows, horizon * node**_POWER))
        total = total + weight * _POWER * node ** (_POWER - 1) * height
    return np.asarray(horizon * total)


def _log_survival(family: Family, rows: Arguments, times: FloatArray) -> FloatArray:
    known = family.distribution
    # a time may be 0 where zeros have a probability
    started = times > 0 if family.support.atoms is None else times >= 0
    found = tail(rows.given(y=np.where(started, times, 1.0)), known.log_above)
    return np.asarray(np.where(started, found, 0.0))
