"""Counts that begin at 1: the distribution of a family of counts given that they are not 0.

`mu` and the other parameters are those of the counts before zeros were left out.
"""

from dataclasses import replace
from typing import Any

from mixwell.families.combined.parts import at_zero, kernel, moments, names, one, said, triangle
from mixwell.families.elementwise import (
    Elementwise,
    composed,
    exp,
    expm1,
    log,
    maximum,
    minimum,
    where,
)
from mixwell.families.family import Censorable, Density, Family
from mixwell.families.supports import BELOW_ZERO, NOT_POSITIVE

__all__ = ["zero_truncated_family"]

_ENDLESS = float("inf")
#: What a base refuses, and what is refused in its place.
_POSITIVE = {BELOW_ZERO: NOT_POSITIVE}
#: The least share of its information that a row keeps in searches.
_LEAST = 0.05


def _log_density(base: Any, zero: Any) -> Any:
    return base - log(-expm1(zero))


def _odds(zero: Any) -> Any:
    """Return the odds of a zero, which were left out."""
    return 1 / expm1(-zero)


def _gradient(gradient: Any, zero: Any, at_zero: Any) -> Any:
    odds = _odds(zero)
    return tuple([slope + odds * less for slope, less in zip(gradient, at_zero, strict=True)])


def _hessian(hessian: Any, zero: Any, at_zero: Any, bend: Any) -> Any:
    odds = _odds(zero)
    return tuple(
        [
            hessian[place] + odds * (bend[place] + (1 + odds) * at_zero[i] * at_zero[j])
            for i, j, place in triangle(len(at_zero))
        ]
    )


def _curvature(curvature: Any, zero: Any, at_zero: Any) -> Any:
    odds = _odds(zero)
    return tuple(
        [
            (1 + odds) * maximum(known - odds * slope**2, _LEAST * known)
            for known, slope in zip(curvature, at_zero, strict=True)
        ]
    )


def _mean(mean: Any, zero: Any) -> Any:
    return mean / -expm1(zero)


def _mean_slope(mean: Any, slope: Any, zero: Any, at_zero: Any) -> Any:
    counted = -expm1(zero)
    return (slope + mean * exp(zero) * at_zero[0] / counted) / counted


def _variance(mean: Any, variance: Any, zero: Any) -> Any:
    counted = -expm1(zero)
    return (variance + mean**2 * -exp(zero) / counted) / counted


def _log_below(y: Any, below: Any, zero: Any) -> Any:
    inside = below + log(-expm1(minimum(zero - below, 0.0))) - log(-expm1(zero))
    return where(y < 1, -_ENDLESS, inside)


def _log_above(y: Any, above: Any, zero: Any) -> Any:
    return where(y < 1, 0.0, above - log(-expm1(zero)))


def _log_excess(y: Any, excess: Any, above: Any, mean: Any, zero: Any) -> Any:
    less = mean * exp(zero) / -expm1(zero)  # how much the mean is raised
    found = log(maximum(exp(excess) - less * exp(above), 0.0)) - log(-expm1(zero))
    return where(y < 1, -_ENDLESS, found)


def _kernel(row: Any, zero: Any) -> Any:
    return row - log(-expm1(zero))


def _first(y: Any) -> Any:
    return y == 1


def zero_truncated_family(base: Family) -> Family:
    """Return a family of counts without zeros, which has no sampler: draws invert its sums."""
    density, (mean, variance) = base.density, moments(base)
    zero, slopes = at_zero(density.log), at_zero(density.gradient)
    row, tally = kernel(base)
    return Family(
        **names("truncated", base),
        text=f"ZeroTruncated({base.text})",
        parameters=base.parameters,
        support=replace(
            base.support,
            refusals=tuple(_POSITIVE.get(each, each) for each in base.support.refusals),
            advice=f'Counts without zeros are 1, 2, ...; with zeros use family="{base.name}" '
            f'or "hurdle_{base.name}".',
            lowest=_first,
        ),
        density=Density(
            composed(_log_density, base=density.log, zero=zero),
            composed(_gradient, gradient=density.gradient, zero=zero, at_zero=slopes),
            composed(
                _hessian,
                hessian=density.hessian,
                zero=zero,
                at_zero=slopes,
                bend=at_zero(density.hessian),
            ),
            composed(_curvature, curvature=density.curvature, zero=zero, at_zero=slopes),
        ),
        variance_function=composed(_variance, mean=mean, variance=variance, zero=zero),
        mean=composed(_mean, mean=mean, zero=zero),
        mean_slope=composed(
            _mean_slope, mean=mean, slope=base.mean_slope or one, zero=zero, at_zero=slopes
        ),
        sampler=None,
        censorable=_censorable(base, zero),
        additions=base.additions,
        tally=None
        if tally is None
        else replace(tally, by_row=composed(_kernel, row=row, zero=zero)),
        words=said(base, "untruncated"),
        with_zeros=f"hurdle_{base.name}",
        based_on=base.name,
        searched=base.searched,
    )


def _censorable(base: Family, zero: Elementwise) -> Censorable | None:
    known, mean = base.censorable, base.mean
    if known is None or mean is None:
        return None
    return Censorable(
        composed(_log_below, below=known.log_below, zero=zero),
        composed(_log_above, above=known.log_above, zero=zero),
        composed(_log_excess, excess=known.log_excess, above=known.log_above, mean=mean, zero=zero),
    )
