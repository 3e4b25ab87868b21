"""Counts with more zeros than their distribution has: with probability `zi` a response is 0 anyway.

The mean of all responses is (1 - zi) times the mean of the family below. A zero is one of that
family with a probability, its *share*; derivatives and information follow from it. Source: Lambert
1992.
"""

from dataclasses import replace
from typing import Any

from mixwell.families.combined.parts import (
    SOME_ABOVE,
    at_zero,
    chance,
    kernel,
    moments,
    names,
    one,
    responding,
    said,
    some_zeros,
    triangle,
)
from mixwell.families.elementwise import composed, exp, expm1, log, log1p, maximum, where
from mixwell.families.family import Censorable, Density, Family

__all__ = ["zero_inflated_family"]

_ENDLESS = float("inf")
#: The least share of its information that a row of the family below keeps in searches.
_LEAST = 0.05


def _log_density(y: Any, base: Any, zi: Any) -> Any:
    return where(y > 0, log1p(-zi) + base, log(zi + (1 - zi) * exp(base)))


def _gradient(y: Any, base: Any, gradient: Any, zi: Any) -> Any:
    share = _share(y, base, zi)
    return (*[share * slope for slope in gradient], _of_zi(y, base, zi))


def _hessian(y: Any, base: Any, gradient: Any, hessian: Any, zi: Any) -> Any:
    share, of_zi, size = _share(y, base, zi), _of_zi(y, base, zi), len(gradient)
    inner = [
        share * (hessian[place] + (1 - share) * gradient[i] * gradient[j])
        for i, j, place in triangle(size)
    ]
    zero = zi + (1 - zi) * exp(base)
    mixed = [where(y > 0, 0.0, -exp(base) * slope / zero**2) for slope in gradient]
    return (*inner, *mixed, -(of_zi**2))


def _share(y: Any, base: Any, zi: Any) -> Any:
    """Return the probability that a response is of the family below: 1 of those above 0."""
    own = (1 - zi) * exp(base)
    return where(y > 0, 1.0, own / (zi + own))


def _of_zi(y: Any, base: Any, zi: Any) -> Any:
    return where(y > 0, -1 / (1 - zi), -expm1(base) / (zi + (1 - zi) * exp(base)))


def _curvature(curvature: Any, base: Any, gradient: Any, zi: Any) -> Any:
    # at a zero: what it says less what it would say, were it known to be of the family below
    own = exp(base)
    zero = zi + (1 - zi) * own
    unknown = own * zi / zero
    inner = [
        (1 - zi) * maximum(known - unknown * slope**2, _LEAST * known)
        for known, slope in zip(curvature, gradient, strict=True)
    ]
    return (*inner, -expm1(base) / (zero * (1 - zi)))


def _mixed(base: Any, gradient: Any, zi: Any) -> Any:
    own = exp(base)
    return own * gradient[0] / (zi + (1 - zi) * own)


def _mean(mean: Any, zi: Any) -> Any:
    return (1 - zi) * mean


def _variance(mean: Any, variance: Any, trials: Any, zi: Any) -> Any:
    return (1 - zi) * (variance + zi * (trials * mean) ** 2)


def _response(response: Any, u: Any, zi: Any) -> Any:
    return where(u < zi, 0.0, response)


def _log_below(y: Any, below: Any, zi: Any) -> Any:
    return where(y < 0, -_ENDLESS, log(zi + (1 - zi) * exp(below)))


def _log_above(y: Any, above: Any, zi: Any) -> Any:
    return where(y < 0, 0.0, log1p(-zi) + above)


def _log_excess(excess: Any, above: Any, mean: Any, zi: Any) -> Any:
    return log1p(-zi) + log(exp(excess) + zi * mean * exp(above))


def _kernel(s: Any, row: Any, zi: Any) -> Any:
    return where(s > 0, log1p(-zi) + row, log(zi + (1 - zi) * exp(row)))


def zero_inflated_family(base: Family) -> Family:
    """Return a family of counts with extra zeros."""
    density, (mean, variance) = base.density, moments(base)
    zero, slopes = at_zero(density.log), at_zero(density.gradient)
    row, tally = kernel(base)
    size = len(base.parameters)
    below = (None,) * (size * (size - 1) // 2)
    zi = chance("zi", "an extra zero")
    support = replace(base.support, needs=(SOME_ABOVE, some_zeros(base, "zi")))
    return Family(
        **names("zero_inflated", base),
        text=f"ZeroInflated(zi, {base.text})",
        parameters=(*base.parameters, zi),
        support=support,
        density=Density(
            composed(_log_density, base=density.log),
            composed(_gradient, base=density.log, gradient=density.gradient),
            composed(
                _hessian, base=density.log, gradient=density.gradient, hessian=density.hessian
            ),
            composed(_curvature, curvature=density.curvature, base=zero, gradient=slopes),
            (*below, composed(_mixed, base=zero, gradient=slopes), *(None,) * (size - 1)),
        ),
        variance_function=composed(_variance, mean=mean, variance=variance),
        mean=composed(_mean, mean=mean),
        mean_slope=composed(_mean, mean=base.mean_slope or one),
        sampler=base.sampler and responding(base.sampler, _response),
        censorable=_censorable(base),
        tally=None if tally is None else replace(tally, by_row=composed(_kernel, row=row)),
        additions=base.additions,
        mean_words=base.mean_words,
        words=said(base, "uninflated"),
        based_on=base.name,
        searched=base.searched,
    )


def _censorable(base: Family) -> Censorable | None:
    known, mean = base.censorable, base.mean
    if known is None or mean is None:
        return None
    return Censorable(
        composed(_log_below, below=known.log_below),
        composed(_log_above, above=known.log_above),
        composed(_log_excess, excess=known.log_excess, above=known.log_above, mean=mean),
    )
