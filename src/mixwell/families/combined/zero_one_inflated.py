"""Proportions with zeros and ones: a response is at an end with probability `zoi`.

It is 1 rather than 0 there with probability `coi`; between the ends it follows the beta family.
Source: Ospina and Ferrari 2010.
"""

from typing import Any

from mixwell.families.combined.parts import chance, moments, responding, said
from mixwell.families.elementwise import Composed, composed, exp, log, log1p, where
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Refusal,
    Requirement,
    Support,
    Tally,
    Value,
)
from mixwell.families.proportions.beta import BETA
from mixwell.families.supports import at_an_end

__all__ = ["ZERO_ONE_INFLATED_BETA"]

_ENDLESS = float("inf")


def _inside(y: Any) -> Any:
    return (y > 0) & (y < 1)


def _outside(y: Any) -> Any:
    return (y < 0) | (y > 1)


def _between(y: Any) -> Any:
    return where(at_an_end(y), 0.5, y)


def _log_density(y: Any, base: Any, zoi: Any, coi: Any) -> Any:
    at_end = log(zoi) + where(y >= 1, log(coi), log1p(-coi))
    return where(at_an_end(y), at_end, log1p(-zoi) + base)


def _slopes(y: Any, zoi: Any, coi: Any) -> Any:
    end = at_an_end(y)
    of_coi = where(y >= 1, 1 / coi, -1 / (1 - coi))
    return where(end, 1 / zoi, -1 / (1 - zoi)), where(end, of_coi, 0.0)


def _gradient(y: Any, gradient: Any, zoi: Any, coi: Any) -> Any:
    end = at_an_end(y)
    return (*[where(end, 0.0, slope) for slope in gradient], *_slopes(y, zoi, coi))


def _hessian(y: Any, hessian: Any, zoi: Any, coi: Any) -> Any:
    end = at_an_end(y)
    of_zoi, of_coi = _slopes(y, zoi, coi)
    none = 0.0 * zoi
    inner = [where(end, 0.0, bend) for bend in hessian]
    return (*inner, none, none, -(of_zoi**2), none, none, none, -(of_coi**2))


def _curvature(curvature: Any, zoi: Any, coi: Any) -> Any:
    own = 1 / (zoi * (1 - zoi)), zoi / (coi * (1 - coi))
    return (*[(1 - zoi) * known for known in curvature], *own)


def _share(value: Any, zoi: Any) -> Any:
    return (1 - zoi) * value


def _slope(zoi: Any) -> Any:
    return 1 - zoi


def _mean(mean: Any, zoi: Any, coi: Any) -> Any:
    return (1 - zoi) * mean + zoi * coi


def _variance(mean: Any, variance: Any, zoi: Any, coi: Any) -> Any:
    return (1 - zoi) * variance + zoi * coi * (1 - coi) + zoi * (1 - zoi) * (mean - coi) ** 2


def _response(response: Any, u: Any, zoi: Any, coi: Any) -> Any:
    return where(u < zoi, where(u < zoi * coi, 1.0, 0.0), response)


def _log_below(y: Any, below: Any, zoi: Any, coi: Any) -> Any:
    own = where(y > 0, (1 - zoi) * exp(below), 0.0)
    return where(y < 0, -_ENDLESS, where(y < 1, log(zoi * (1 - coi) + own), 0.0))


def _log_above(y: Any, above: Any, zoi: Any, coi: Any) -> Any:
    own = where(y > 0, (1 - zoi) * exp(above), 1 - zoi)
    return where(y < 0, 0.0, where(y < 1, log(zoi * coi + own), -_ENDLESS))


def _log_excess(y: Any, excess: Any, above: Any, mean: Any, whole: Any, zoi: Any, coi: Any) -> Any:
    own = where(y > 0, exp(excess) + (mean - whole) * exp(above), mean - whole)
    return where(y < 1, log(zoi * coi * (1 - whole) + (1 - zoi) * own), -_ENDLESS)


def _between_ends(function: Any) -> Any:
    return composed(function, y=_between)


def _density() -> Density:
    inner = BETA.density
    (mixed,) = inner.mixed
    assert mixed is not None
    return Density(
        composed(_log_density, base=_between_ends(inner.log)),
        composed(_gradient, gradient=_between_ends(inner.gradient)),
        composed(_hessian, hessian=_between_ends(inner.hessian)),
        composed(_curvature, curvature=inner.curvature),
        (composed(_share, value=mixed), *(None,) * 5),
    )


def _censorable(mean: Value, whole: Composed) -> Censorable:
    known = BETA.censorable
    assert known is not None
    return Censorable(
        composed(_log_below, below=_between_ends(known.log_below)),
        composed(_log_above, above=_between_ends(known.log_above)),
        composed(
            _log_excess,
            excess=_between_ends(known.log_excess),
            above=_between_ends(known.log_above),
            mean=mean,
            whole=whole,
        ),
    )


_SUPPORT = Support(
    refusals=(Refusal(_outside, "is not between 0 and 1"),),
    advice="Proportions lie between 0 and 1.",
    needs=(
        Requirement(_inside, "is 0 or 1 in every row", 'Use family="bernoulli".'),
        Requirement(
            at_an_end,
            "is never 0 or 1, so that nothing is known of zoi and coi",
            'Use family="beta".',
        ),
    ),
    atoms=at_an_end,
)


def _family() -> Family:
    mean, variance = moments(BETA)
    whole, density = composed(_mean, mean=mean), _density()
    assert BETA.sampler is not None
    return Family(
        name="zero_one_inflated_beta",
        text=f"ZeroOneInflated(zoi, coi, {BETA.text})",
        parameters=(
            *BETA.parameters,
            chance("zoi", "0 or 1"),
            chance("coi", "1 rather than 0"),
        ),
        support=_SUPPORT,
        density=density,
        variance_function=composed(_variance, mean=mean, variance=variance),
        mean=whole,
        mean_slope=_slope,
        sampler=responding(BETA.sampler, _response),
        censorable=_censorable(mean, whole),
        tally=Tally(by_row=composed(density.log, y="s")),
        apart=at_an_end,
        words=said(BETA, "inner"),
        r_names={"zero_one_inflated_beta": ""},
        r_packages={"zero_one_inflated_beta": "brms"},
        based_on=BETA.name,
    )


ZERO_ONE_INFLATED_BETA = _family()
