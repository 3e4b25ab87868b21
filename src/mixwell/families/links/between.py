"""Probabilities between two numbers under the distribution functions that undo links.

Functions of a lower and an upper end, of which one may be infinite: the log probability, its two
slopes, and its bends (lower twice, both, upper twice). Closed forms are those of a link's own
(`Link.forms`); others follow from its distribution function.
"""

from typing import Any

from mixwell.families.elementwise import exp, expit, expm1, log, where

__all__ = [
    "bends_between",
    "chance_between",
    "gompertz_log_between",
    "gumbel_log_between",
    "log_between",
    "logistic_bends_between",
    "logistic_log_between",
    "logistic_slopes_between",
    "slopes_between",
]

_NONE = float("inf")


def log_between(lower: Any, upper: Any, link: Any) -> Any:
    """Return the log probability between two ends, from the tail that is smaller."""
    if link.has("log_between"):
        return link("log_between", lower, upper)
    low, high, lowest, highest = _finite(lower, upper)
    right = low > 0.0
    below, above = link("log_mu", high), link("log_complement", low)
    more = where(right, above, below)
    less = where(right, link("log_complement", high), link("log_mu", low))
    inside = more + log(-expm1(less - more))
    return where(lowest, below, where(highest, above, inside))


def chance_between(lower: Any, upper: Any, link: Any) -> Any:
    """Return the log probability by the probability itself, sooner: -inf beyond small numbers."""
    if link.has("log_between") and not link.symmetric:
        return link("log_between", lower, upper)
    right = lower + upper > 0.0
    if link.symmetric:  # seen from the nearer tail
        low, high = where(right, -upper, lower), where(right, -lower, upper)
        return log(link("backward", high) - link("backward", low))
    above = link("complement", lower) - link("complement", upper)
    return log(where(right, above, link("backward", upper) - link("backward", lower)))


def slopes_between(lower: Any, upper: Any, link: Any) -> Any:
    """Return the derivatives of the log probability by both ends."""
    if link.has("slopes_between"):
        return link("slopes_between", lower, upper)
    low, high, lowest, highest = _finite(lower, upper)
    chance = log_between(lower, upper, link)
    falls = where(lowest, 0.0, exp(link("log_rise", low) - chance))
    rises = where(highest, 0.0, exp(link("log_rise", high) - chance))
    return -falls, rises


def bends_between(lower: Any, upper: Any, link: Any) -> Any:
    """Return the second derivatives: by the lower end, both, and the upper end."""
    if link.has("bends_between"):
        return link("bends_between", lower, upper)
    low, high, _, _ = _finite(lower, upper)
    falls, rises = slopes_between(lower, upper, link)
    below = link("turn", low) * falls - falls**2
    return below, -falls * rises, link("turn", high) * rises - rises**2


def _finite(lower: Any, upper: Any) -> tuple[Any, Any, Any, Any]:
    """Return the ends, an infinite one put next to the other, and which are infinite."""
    lowest, highest = lower <= -_NONE, upper >= _NONE
    return where(lowest, upper - 1.0, lower), where(highest, lower + 1.0, upper), lowest, highest


def logistic_log_between(lower: Any, upper: Any) -> Any:
    """Return the log probability of a standard logistic number between two ends."""
    right = lower + upper > 0.0  # the distribution is symmetric: seen from the nearer tail
    low, high = where(right, -upper, lower), where(right, -lower, upper)
    return high + log((1.0 - exp(low - high)) / ((1.0 + exp(low)) * (1.0 + exp(high))))


def _shared(lower: Any, upper: Any) -> Any:
    """What both slopes have from the width, 1 / expm1(width)."""
    return -exp(lower - upper) / expm1(lower - upper)


def logistic_slopes_between(lower: Any, upper: Any) -> Any:
    """Return its derivatives by both ends."""
    shared = _shared(lower, upper)
    return -expit(lower) - shared, expit(-upper) + shared


def logistic_bends_between(lower: Any, upper: Any) -> Any:
    """Return its second derivatives."""
    shared = _shared(lower, upper)
    both = shared + shared**2
    low, high = (expit(end) * expit(-end) for end in (lower, upper))
    return -low - both, both, -high - both


def gompertz_log_between(lower: Any, upper: Any) -> Any:
    """Return the log probability between two ends where 1 - F(x) is exp(-exp(x))."""
    below, above = exp(lower), exp(upper)
    return log(-expm1(below - above)) - below


def gumbel_log_between(lower: Any, upper: Any) -> Any:
    """Return the same where F(x) is exp(-exp(-x)): turned round."""
    return gompertz_log_between(-upper, -lower)
