"""Weibull's distribution of times by its mean and shape; log(y) is linear in what moves the mean.

With the log link a coefficient is the logarithm of a ratio of times (accelerated failure time);
the ratio of hazards is exp(-alpha x coefficient).
"""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import (
    digamma,
    exp,
    expm1,
    gammaincc,
    lgamma,
    log,
    log1p,
    maximum,
)
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
from mixwell.families.shapes import SHAPE_PRIOR
from mixwell.families.supports import NOT_POSITIVE

__all__ = ["WEIBULL"]

_EULER = 0.5772156649015329
_TINY = 1e-300


def _log_scale(mu: Any, alpha: Any) -> Any:
    return log(mu) - lgamma(1 + 1 / alpha)


def _log_hazard(y: Any, mu: Any, alpha: Any) -> Any:
    """The logarithm of the cumulative hazard."""
    return alpha * (log(maximum(y, _TINY)) - _log_scale(mu, alpha))


def _log_density(y: Any, mu: Any, alpha: Any) -> Any:
    h = alpha * (log(y) - _log_scale(mu, alpha))
    return log(alpha) - log(y) + h - exp(h)


def _turn(alpha: Any) -> Any:
    """How the logarithm of the scale changes with the shape, the mean the same."""
    return digamma(1 + 1 / alpha) / alpha**2


def _curvature(mu: Any, alpha: Any) -> Any:
    d, rest = _turn(alpha), 1 - _EULER
    of_alpha = (alpha * d) ** 2 - 2 * d * rest + (math.pi**2 / 6 + rest**2) / alpha**2
    return (alpha / mu) ** 2, of_alpha + 0 * mu


def _mu_alpha(mu: Any, alpha: Any) -> Any:
    return (alpha**2 * _turn(alpha) - (1 - _EULER)) / mu


def _variance(mu: Any, alpha: Any) -> Any:
    return mu**2 * expm1(lgamma(1 + 2 / alpha) - 2 * lgamma(1 + 1 / alpha))


def _log_below(y: Any, mu: Any, alpha: Any) -> Any:
    return log_risk(exp(_log_hazard(y, mu, alpha)))


def _log_above(y: Any, mu: Any, alpha: Any) -> Any:
    return -exp(_log_hazard(y, mu, alpha))


def _log_excess(y: Any, mu: Any, alpha: Any) -> Any:
    h = exp(_log_hazard(y, mu, alpha))
    return log(mu) + log(maximum(gammaincc(1 + 1 / alpha, h) - exp(-h), _TINY))


def _quantile(p: Any, mu: Any, alpha: Any) -> Any:
    return exp(_log_scale(mu, alpha) + log(-log1p(-p)) / alpha)


def _response(draw: Any, mu: Any, alpha: Any) -> Any:
    return draw * _scale(mu, alpha)


def _scale(mu: Any, alpha: Any) -> Any:
    return exp(_log_scale(mu, alpha))


def _kernel(s: Any, mu: Any, alpha: Any) -> Any:
    h = alpha * (log(s) - _log_scale(mu, alpha))
    return h - exp(h)


def _log_shape(alpha: Any) -> Any:
    return log(alpha)


def _less_log(y: Any) -> Any:
    return -log(y)


def _less_shape(alpha: Any) -> Any:
    return -alpha


WEIBULL = Family(
    name="weibull",
    text="Weibull(alpha, mu / gamma(1 + 1 / alpha))",
    parameters=(
        Parameter("mu", ("log", "inverse", "identity", "softplus")),
        Parameter(
            "alpha",
            prior=SHAPE_PRIOR,
            words="shape: above 1 the hazard rises with time, below 1 it falls",
            is_spread=True,
            elsewhere={"brms": "shape", "survival": "1 / scale"},
        ),
    ),
    support=Support(
        refusals=(NOT_POSITIVE,),
        advice="Times lie above 0; leave rows at 0 out, or count from an earlier moment.",
    ),
    density=replace(
        differentiated(_log_density, ("mu", "alpha")), curvature=_curvature, mixed=(_mu_alpha,)
    ),
    variance_function=_variance,
    sampler=Sampler("weibull", (("a", "alpha"),), _response),
    pymc=PymcDistribution("Weibull", {"alpha": "alpha", "beta": _scale}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    tally=Tally(by_row=_kernel, rows=_less_log, products=((_log_shape, None),)),
    words=TIME_WORDS,
    effects=TimeEffects("log", IN_PROPORTION.format(power="-alpha"), _less_shape),
    elsewhere={"bambi": "weibull"},
    r_names={"weibull": ""},
    bambi_links=("identity", "log", "inverse"),
)
