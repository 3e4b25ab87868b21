"""Zeros and what is above them, each with a law of its own: a response is 0 with probability `hu`.

What is above zero follows a family of positive responses, or one of counts given that they are not
0. The two say nothing of each other. Source: Mullahy 1986.
"""

from dataclasses import replace
from typing import Any

from mixwell.families.combined.parts import (
    SOME_ABOVE,
    chance,
    kernel,
    lifted,
    moments,
    names,
    one,
    responding,
    said,
    some_zeros,
    without_zeros,
)
from mixwell.families.combined.zero_truncated import zero_truncated_family
from mixwell.families.elementwise import Elementwise, composed, exp, log, log1p, where
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Parameter,
    Support,
    Tally,
)
from mixwell.families.supports import AT_AN_END, BELOW_ZERO, NOT_POSITIVE, OUTSIDE, is_zero

__all__ = ["hurdle_family"]

_ENDLESS = float("inf")


def _log_density(y: Any, base: Any, p: Any) -> Any:
    return where(y > 0, log1p(-p) + base, log(p))


def _gradient(y: Any, gradient: Any, p: Any) -> Any:
    own = where(y > 0, -1 / (1 - p), 1 / p)
    return (*[where(y > 0, slope, 0.0) for slope in gradient], own)


def _hessian(y: Any, gradient: Any, hessian: Any, p: Any) -> Any:
    own = where(y > 0, -1 / (1 - p) ** 2, -1 / p**2)
    inner = [where(y > 0, bend, 0.0) for bend in hessian]
    return (*inner, *[0.0 * p for _ in gradient], own)


def _curvature(curvature: Any, p: Any) -> Any:
    return (*[(1 - p) * known for known in curvature], 1 / (p * (1 - p)))


def _share(value: Any, p: Any) -> Any:
    return (1 - p) * value


def _variance(mean: Any, variance: Any, p: Any) -> Any:
    return (1 - p) * (variance + p * mean**2)


def _response(response: Any, u: Any, p: Any) -> Any:
    return where(u < p, 0.0, response)


def _log_below(y: Any, below: Any, p: Any) -> Any:
    above_zero = log(p + (1 - p) * exp(below))
    return where(y < 0, -_ENDLESS, where(y < 1e-300, log(p), above_zero))


def _log_above(y: Any, above: Any, p: Any) -> Any:
    return where(y < 0, 0.0, log1p(-p) + where(y < 1e-300, 0.0, above))


def _log_excess(y: Any, excess: Any, above: Any, mean: Any, p: Any) -> Any:
    beyond = where(y < 1e-300, 0.0, exp(excess))
    return log1p(-p) + log(beyond + p * mean * where(y < 1e-300, 1.0, exp(above)))


def _kernel(s: Any, row: Any) -> Any:
    return where(s > 0, row, 0.0)


def _above_zero(s: Any) -> Any:
    return where(s > 0, s, 0.5)


def _log_chance(p: Any) -> Any:
    return log(p)


def _log_other(p: Any) -> Any:
    return log1p(-p)


def _product(first: Any, second: Any) -> Any:
    return first * second


def hurdle_family(base: Family, name: str = "hu", prefix: str = "hurdle") -> Family:
    """Return a family of zeros and of what a base has above them; `name` is the zeros' parameter.

    Counts of the base are truncated at zero.
    """
    inner = zero_truncated_family(base) if base.support.whole else base
    density, (mean, variance) = inner.density, moments(inner)
    slopes = lifted(density.gradient)
    size = len(inner.parameters)
    of_base = density.mixed or (None,) * (size * (size - 1) // 2)
    shared = tuple(None if one is None else composed(_share, value=one, p=name) for one in of_base)
    return Family(
        **names(prefix, base),
        text=f"Hurdle({name}, {inner.text})",
        parameters=(*map(_plain, inner.parameters), chance(name, "a zero")),
        support=_support(base, name),
        density=Density(
            composed(_log_density, base=lifted(density.log), p=name),
            composed(_gradient, gradient=slopes, p=name),
            composed(_hessian, gradient=slopes, hessian=lifted(density.hessian), p=name),
            composed(_curvature, curvature=density.curvature, p=name),
            (*shared, *(None,) * size),
        ),
        variance_function=composed(_variance, mean=mean, variance=variance, p=name),
        mean=composed(_share, value=mean, p=name),
        mean_slope=composed(_share, value=inner.mean_slope or one, p=name),
        sampler=inner.sampler and responding(inner.sampler, _response, p=name),
        censorable=_censorable(inner, name),
        tally=_tally(inner, name),
        additions=_additions(base),
        carried=without_zeros(inner.carried),
        carried_words=inner.carried_words,
        apart=is_zero,
        mean_words=base.mean_words,
        words=said(base, "untruncated" if base.support.whole else "nonzero"),
        based_on=base.name,
        searched=base.searched,
    )


def _plain(parameter: Parameter) -> Parameter:
    """Return a base's parameter; weights do not divide a variance where zeros have none."""
    return replace(parameter, is_scale=False, is_spread=parameter.is_scale or parameter.is_spread)


def _support(base: Family, name: str) -> Support:
    """Return the base's support with zeros."""
    positive = {NOT_POSITIVE: BELOW_ZERO, AT_AN_END: OUTSIDE}
    return Support(
        whole=base.support.whole,
        atoms=None if base.support.whole else is_zero,
        refusals=tuple(positive.get(refusal, refusal) for refusal in base.support.refusals),
        advice=f'Zeros aside, responses are those of family="{base.name}".',
        needs=(SOME_ABOVE, some_zeros(base, name)),
    )


def _additions(base: Family) -> tuple[str, ...]:
    """Return what may stand with a response: no bounds where one may be a zero with a share."""
    without = () if base.support.whole else ("trunc",)
    return tuple(name for name in base.additions if name not in ("se", *without))


def _censorable(inner: Family, name: str) -> Censorable | None:
    known, mean = inner.censorable, inner.mean
    if known is None or mean is None:
        return None
    below, above, excess = map(lifted, (known.log_below, known.log_above, known.log_excess))
    return Censorable(
        composed(_log_below, below=below, p=name),
        composed(_log_above, above=above, p=name),
        composed(_log_excess, excess=excess, above=above, mean=mean, p=name),
    )


def _tally(inner: Family, name: str) -> Tally | None:
    """Count zeros apart: they say nothing of the linear predictor, and others nothing of `hu`."""
    row, tally = kernel(inner)
    if tally is None:
        return None
    of_zeros: tuple[Elementwise, Elementwise] = (composed(_log_chance, p=name), is_zero)
    of_others = (composed(_log_other, p=name), without_zeros(None))
    inside = tuple((own, without_zeros(of_row)) for own, of_row in tally.products)
    return Tally(
        by_row=composed(_kernel, row=composed(row, s=_above_zero)),
        rows=None if tally.rows is None else without_zeros(tally.rows),
        products=(*inside, of_zeros, of_others),
        joint=None if tally.joint is None else without_zeros(tally.joint),
    )
