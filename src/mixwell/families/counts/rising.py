"""Ratios of gamma functions, the rising factorials, that keep their digits in large arguments."""

from typing import Any

from mixwell.families.elementwise import digamma, lgamma, log, maximum, minimum, trigamma, where

__all__ = ["capped", "rising", "rising_bend", "rising_slope"]

#: From here on, beyond the count, differences of gamma functions lose more digits than a series.
_LARGE = 1e6


def rising(y: Any, alpha: Any) -> Any:
    """Return the sum of log(1 + k / alpha) for k below the count.

    Where differences of gamma functions have no digits left, by the first two terms in 1 / alpha:
    the error is below (y / alpha)^3 y / 12, less than 1e-19 y there.
    """
    each = lgamma(y + alpha) - lgamma(alpha) - y * log(alpha)
    short = y * (y - 1) / (2 * alpha) * (1 - (2 * y - 1) / (6 * alpha))
    return where(alpha > _LARGE * maximum(y, 1), short, each)


def rising_slope(y: Any, alpha: Any) -> Any:
    """Return the sum of 1 / (alpha + k) for k below the count: digamma's difference."""
    short = y / alpha * (1 - (y - 1) / (2 * alpha))
    return where(alpha > _LARGE * maximum(y, 1), short, digamma(y + alpha) - digamma(alpha))


def rising_bend(y: Any, alpha: Any) -> Any:
    """Return minus the sum of 1 / (alpha + k)^2 for k below the count: trigamma's difference."""
    short = -y / alpha**2 * (1 - (y - 1) / alpha)
    return where(alpha > _LARGE * maximum(y, 1), short, trigamma(y + alpha) - trigamma(alpha))


def capped(count: Any, alpha: Any) -> Any:
    """Return alpha, or what counts cannot be distinguished by from one that is larger still.

    For densities of other libraries, which are differences of gamma functions wherever alpha is:
    from 1e14 on these are off by more than a row's log density, so that chains stay there.
    """
    return minimum(alpha, _LARGE * maximum(count, 1))
