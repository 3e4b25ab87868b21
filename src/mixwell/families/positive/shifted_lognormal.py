"""The lognormal distribution of what responses have beyond a least time: reaction times.

`ndt` is the time that no response falls below (non-decision time); `mu` and `sigma` are mean and
standard deviation of log(y - ndt).
"""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import exp, expm1, log, log_ndtr, maximum, ndtri, where
from mixwell.families.family import (
    Censorable,
    Family,
    Parameter,
    PriorChoice,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.link import LinkWords
from mixwell.families.positive.lognormal import LOGNORMAL
from mixwell.families.supports import NOT_POSITIVE

__all__ = ["NDT", "SHIFTED_LOGNORMAL"]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_TINY = 1e-300


def _beyond(y: Any, ndt: Any) -> Any:
    """What a response has beyond the least time; 1, to compute with, where it has nothing."""
    return where(y > ndt, y - ndt, 1.0)


def _log_density(y: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    beyond = _beyond(y, ndt)
    z = (log(beyond) - mu) / sigma
    return where(y > ndt, -0.5 * z**2 - log(sigma * beyond) - _HALF_LOG_2PI, -math.inf)


def _curvature(mu: Any, sigma: Any) -> Any:
    of_ndt = exp(2 * sigma**2 - 2 * mu) * (1 + 1 / sigma**2)
    return 1 / sigma**2 + 0 * mu, 2 / sigma**2 + 0 * mu, of_ndt


def _mu_ndt(mu: Any, sigma: Any) -> Any:
    return exp(sigma**2 / 2 - mu) / sigma**2


def _sigma_ndt(mu: Any, sigma: Any) -> Any:
    return -2 * exp(sigma**2 / 2 - mu) / sigma


def _mean(mu: Any, sigma: Any, ndt: Any) -> Any:
    return ndt + exp(mu + sigma**2 / 2)


def _slope(mu: Any, sigma: Any) -> Any:
    return exp(mu + sigma**2 / 2)


def _variance(mu: Any, sigma: Any) -> Any:
    return expm1(sigma**2) * exp(2 * mu + sigma**2)


def _z(y: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    return (log(maximum(y - ndt, _TINY)) - mu) / sigma


def _log_below(y: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    return log_ndtr(_z(y, mu, sigma, ndt))


def _log_above(y: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    return log_ndtr(-_z(y, mu, sigma, ndt))


def _log_excess(y: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    z = _z(y, mu, sigma, ndt)
    right = z > sigma / 2
    more, less = where(right, sigma - z, z), where(right, -z, z - sigma)
    between = log_ndtr(more) + log(-expm1(log_ndtr(less) - log_ndtr(more)))
    return mu + sigma**2 / 2 + between


def _quantile(p: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    return ndt + exp(mu + sigma * ndtri(p))


def _response(draw: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    return ndt + exp(draw * sigma + mu)


def _kernel(s: Any, mu: Any, sigma: Any, ndt: Any) -> Any:
    return _log_density(s, mu, sigma, ndt)


#: The time that no response falls below.
NDT = Parameter(
    "ndt",
    typical=0.5,
    unit="least",
    prior=PriorChoice(
        "Uniform",
        (("lower", 0.0), ("upper", 1.0)),
        "brms's default: anywhere below the least response",
        units=(("upper", "least"),),
    ),
    words="the time that no response falls below (non-decision time)",
    elsewhere={"brms": "ndt"},
)

SHIFTED_LOGNORMAL = Family(
    name="shifted_lognormal",
    text="ndt + LogNormal(mu, sigma)",
    parameters=(
        Parameter("mu", ("identity",)),
        replace(
            LOGNORMAL.further[0],
            words="sd of log(y - ndt): how far observations scatter around their median",
        ),
        NDT,
    ),
    support=Support(
        refusals=(NOT_POSITIVE,),
        advice='Times lie above 0; for other values use family="gaussian" or "exgaussian".',
    ),
    density=replace(
        differentiated(_log_density, ("mu", "sigma", "ndt")),
        curvature=_curvature,
        mixed=(None, _mu_ndt, _sigma_ndt),
    ),
    variance_function=_variance,
    linear_variance=LOGNORMAL.linear_variance,
    sampler=Sampler("standard_normal", (), _response),
    mean=_mean,
    mean_slope=_slope,
    carried=LOGNORMAL.carried,
    carried_words="log",
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    tally=Tally(by_row=_kernel),
    words={
        "identity": replace(
            LinkWords.logarithmic(
                "median beyond ndt",
                "ratio of medians beyond ndt",
                "ratios of medians beyond ndt",
                "on the log scale",
            ),
            linear_levels="log medians beyond ndt",
        )
    },
    r_names={"shifted_lognormal": ""},
)
