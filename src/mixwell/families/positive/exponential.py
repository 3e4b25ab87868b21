"""The exponential distribution of times with a constant hazard, which is 1 over their mean.

With the log link exp() of a coefficient is a ratio of times; over 1 it is a ratio of hazards.
"""

from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import log, log1p, maximum
from mixwell.families.family import (
    Censorable,
    Family,
    Parameter,
    PymcDistribution,
    Sampler,
    Support,
    Tally,
    TimeEffects,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.positive.times import IN_PROPORTION, TIME_WORDS, log_risk
from mixwell.families.supports import BELOW_ZERO

__all__ = ["EXPONENTIAL"]

_TINY = 1e-300


def _log_density(y: Any, mu: Any) -> Any:
    return -log(mu) - y / mu


def _curvature(mu: Any) -> Any:
    return (1 / mu**2,)


def _variance(mu: Any) -> Any:
    return mu**2


def _log_below(y: Any, mu: Any) -> Any:
    return log_risk(maximum(y, 0.0) / mu)


def _log_above(y: Any, mu: Any) -> Any:
    return -maximum(y, 0.0) / mu


def _log_excess(y: Any, mu: Any) -> Any:
    return log(maximum(y, _TINY)) - y / mu


def _quantile(p: Any, mu: Any) -> Any:
    return -mu * log1p(-p)


def _response(draw: Any, mu: Any) -> Any:
    return draw * mu


def _of_sum(mu: Any) -> Any:
    return -1 / mu


def _of_count(mu: Any) -> Any:
    return -log(mu)


def _inverse() -> Any:
    return -1.0


EXPONENTIAL = Family(
    name="exponential",
    text="Exponential(1 / mu)",
    parameters=(Parameter("mu", ("log", "inverse", "identity", "softplus")),),
    support=Support(
        refusals=(BELOW_ZERO,), advice="Times are not negative; count from an earlier moment."
    ),
    density=replace(differentiated(_log_density, ("mu",)), curvature=_curvature),
    variance_function=_variance,
    sampler=Sampler("standard_exponential", (), _response),
    pymc=PymcDistribution("Exponential", {"scale": "mu"}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    tally=Tally(_of_sum, _of_count),
    words=TIME_WORDS,
    effects=TimeEffects("log", IN_PROPORTION.format(power="-1"), _inverse),
    elsewhere={"bambi": "exponential"},
    r_names={"exponential": ""},
    bambi_links=("identity", "log", "inverse"),
)
