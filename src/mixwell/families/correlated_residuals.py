"""Two normal responses whose residuals correlate: the bivariate normal distribution."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mixwell.errors import DataError
from mixwell.families.elementwise import Elementwise, log, log1p, sqrt, stacked, takes
from mixwell.families.family import (
    Density,
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Sampler,
    column_name,
)
from mixwell.families.followed.derivatives import differentiated

__all__ = ["correlated"]

_LOG_2PI = math.log(2 * math.pi)


def correlated(family: Family) -> Family:
    """Return a family of two normal responses with a correlation of their residuals, `rescor`.

    Raises `DataError` for others than two normal responses with the identity link.
    """
    if len(family.parts) != 2 or not all(part.closed_form for part in family.parts):
        raise DataError(
            "Residuals correlate between two normal responses with the identity link.",
            where="rescor",
            hint="Leave rescor out; effects of groups correlate by an ID: (1 | i | g).",
        )
    one, two, *sigmas = (p.name for p in family.parameters)
    rescor = Parameter(
        "rescor",
        ("fisher",),
        typical=0.0,
        prior=PriorChoice(
            "Uniform", (("lower", -1.0), ("upper", 1.0)), "every correlation is equally likely"
        ),
        words=f"correlation between the residuals of {one} and {two}",
        elsewhere={"brms": "rescor"},
    )
    names = ("eta", two, *sigmas, rescor.name)
    return replace(
        family,
        parameters=(*family.parameters, rescor),
        text=f"{', '.join(family.levels)} ~ "
        f"BivariateNormal({one}, {two}, {', '.join(sigmas)}, rescor)",
        density=_density(names),
        sampler=Sampler("standard_normal", (), _of(("draw", *names), _responses), numbers=2),
        pymc=PymcDistribution(
            "MvNormal",
            {"mu": _of(("eta", two), _means), "cov": _of((*sigmas, "rescor"), _covariance)},
        ),
    )


def _of(names: Sequence[str], function: Elementwise) -> Elementwise:
    """Return a function of arguments by these names."""

    @takes(*names)
    def call(*values: Any) -> Any:
        return function(*values)

    return call


def _log_density(y1: Any, y2: Any, m1: Any, m2: Any, s1: Any, s2: Any, r: Any) -> Any:
    z1, z2, rest = (y1 - m1) / s1, (y2 - m2) / s2, 1.0 - r**2
    square = (z1**2 - 2.0 * r * z1 * z2 + z2**2) / rest
    return -_LOG_2PI - log(s1) - log(s2) - 0.5 * log1p(-(r**2)) - 0.5 * square


def _density(names: Sequence[str]) -> Density:
    """Return the density with its expected information."""
    log_density = _of((column_name(0), column_name(1), *names), _log_density)
    read = (*names[2:], names[0])

    def entry(function: Elementwise) -> Elementwise:
        return _of(read, function)

    found = differentiated(log_density, names)
    mixed = (
        entry(lambda s1, s2, r, eta: -r / ((1.0 - r**2) * s1 * s2) + 0.0 * eta),
        None,
        None,
        None,
        None,
        entry(lambda s1, s2, r, eta: -(r**2) / ((1.0 - r**2) * s1 * s2) + 0.0 * eta),
        None,
        None,
        entry(lambda s1, s2, r, eta: -r / ((1.0 - r**2) * s1) + 0.0 * eta),
        entry(lambda s1, s2, r, eta: -r / ((1.0 - r**2) * s2) + 0.0 * eta),
    )
    return replace(found, curvature=entry(_curvature), mixed=mixed)


def _curvature(s1: Any, s2: Any, r: Any, eta: Any) -> Any:
    rest, zero = 1.0 - r**2, 0.0 * eta
    return (
        1.0 / (rest * s1**2) + zero,
        1.0 / (rest * s2**2) + zero,
        (2.0 - r**2) / (rest * s1**2) + zero,
        (2.0 - r**2) / (rest * s2**2) + zero,
        (1.0 + r**2) / rest**2 + zero,
    )


def _responses(draw: Any, m1: Any, m2: Any, s1: Any, s2: Any, r: Any) -> Any:
    first, second = draw[..., 0], draw[..., 1]
    return stacked(m1 + s1 * first, m2 + s2 * (r * first + sqrt(1.0 - r**2) * second))


def _means(m1: Any, m2: Any) -> Any:
    return stacked(m1, m2)


def _covariance(s1: Any, s2: Any, r: Any) -> Any:
    both = r * s1 * s2
    return stacked(stacked(s1**2, both), stacked(both, s2**2))
