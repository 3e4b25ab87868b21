"""The lognormal distribution of positive responses, whose logarithms are normal.

`mu` is the mean of log(y), the logarithm of the median; `sigma` the standard deviation of log(y).
The mean of y is exp(mu + sigma^2 / 2).
"""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import exp, expm1, log, log_ndtr, maximum, ndtri, where
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Parameter,
    PymcDistribution,
    Sampler,
    Support,
    Tally,
    TimeEffects,
)
from mixwell.families.link import LinkWords
from mixwell.families.positive.times import ACCELERATED
from mixwell.families.real.gaussian import SIGMA
from mixwell.families.supports import NOT_POSITIVE

__all__ = ["LOGNORMAL"]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_TINY = 1e-300


def _log_density(y: Any, mu: Any, sigma: Any) -> Any:
    z = (log(y) - mu) / sigma
    return -0.5 * z**2 - log(sigma * y) - _HALF_LOG_2PI


def _gradient(y: Any, mu: Any, sigma: Any) -> Any:
    z = (log(y) - mu) / sigma
    return z / sigma, (z**2 - 1) / sigma


def _hessian(y: Any, mu: Any, sigma: Any) -> Any:
    z = (log(y) - mu) / sigma
    return -1 / sigma**2 + 0 * z, -2 * z / sigma**2, (1 - 3 * z**2) / sigma**2


def _curvature(mu: Any, sigma: Any) -> Any:
    return 1 / sigma**2 + 0 * mu, 2 / sigma**2 + 0 * mu


def _mean(mu: Any, sigma: Any) -> Any:
    return exp(mu + sigma**2 / 2)


def _variance(mu: Any, sigma: Any) -> Any:
    return expm1(sigma**2) * exp(2 * mu + sigma**2)


def _variance_of_logs(sigma: Any) -> Any:
    return sigma**2


def _log_below(y: Any, mu: Any, sigma: Any) -> Any:
    return log_ndtr((log(y) - mu) / sigma)


def _log_above(y: Any, mu: Any, sigma: Any) -> Any:
    return log_ndtr((mu - log(y)) / sigma)


def _log_excess(y: Any, mu: Any, sigma: Any) -> Any:
    # the mean times a difference of distribution functions, or of survival functions: of those
    # that are small
    z = (log(maximum(y, _TINY)) - mu) / sigma
    right = z > sigma / 2
    more, less = where(right, sigma - z, z), where(right, -z, z - sigma)
    between = log_ndtr(more) + log(-expm1(log_ndtr(less) - log_ndtr(more)))
    return mu + sigma**2 / 2 + between


def _quantile(p: Any, mu: Any, sigma: Any) -> Any:
    return exp(mu + sigma * ndtri(p))


def _response(draw: Any, mu: Any, sigma: Any) -> Any:
    return exp(draw * sigma + mu)


def _kernel(s: Any, mu: Any, sigma: Any) -> Any:
    return -0.5 * ((log(s) - mu) / sigma) ** 2 - log(sigma)


def _less_log(y: Any) -> Any:
    return -log(y) - _HALF_LOG_2PI


def _logarithm(y: Any) -> Any:
    return log(y)


LOGNORMAL = Family(
    name="lognormal",
    text="LogNormal(mu, sigma)",
    parameters=(
        Parameter("mu", ("identity",)),
        replace(SIGMA, words="sd of log(y): how far observations scatter around their median"),
    ),
    support=Support(
        refusals=(NOT_POSITIVE,),
        advice='The lognormal family is for values above 0; for others use family="gaussian".',
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    linear_variance=_variance_of_logs,
    sampler=Sampler("standard_normal", (), _response),
    pymc=PymcDistribution("LogNormal", {"mu": "mu", "sigma": "sigma"}),
    mean=_mean,
    mean_slope=_mean,
    carried=_logarithm,
    carried_words="log",
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    tally=Tally(by_row=_kernel, rows=_less_log),
    words={
        "identity": LinkWords.logarithmic(
            "median", "ratio of medians", "ratios of medians", "on the log scale"
        )
    },
    effects=TimeEffects("identity", ACCELERATED),
    adjectives={"identity": "lognormal"},
    aliases=("log_normal",),
    elsewhere={"bambi": "lognormal"},
    r_names={"lognormal": ""},
    r_packages={"lognormal": "brms"},  # of glmmTMB it is the response's own mean and sd
    bambi_links=("identity",),
    with_zeros="hurdle_lognormal",
)
