"""The log-logistic distribution of times, whose logarithms are logistic.

`mu` is the mean of log(y), the logarithm of the median; `sigma` the scale of log(y), survreg's
(1 over the shape of other texts). The odds of an event by a time are in proportion: they change by
exp(-coefficient / sigma). The mean of y is infinite from sigma = 1 on, its variance from 1 / 2 on.
"""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import (
    betainc,
    exp,
    expit,
    log,
    log1p,
    maximum,
    minimum,
    sin,
    softplus,
    where,
)
from mixwell.families.family import (
    Censorable,
    Family,
    Parameter,
    Sampler,
    Support,
    Tally,
    TimeEffects,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.link import LinkWords
from mixwell.families.positive.lognormal import LOGNORMAL
from mixwell.families.positive.times import ACCELERATED
from mixwell.families.real.gaussian import SIGMA
from mixwell.families.supports import NOT_POSITIVE

__all__ = ["LOGLOGISTIC"]

_TINY = 1e-300
#: The largest sigma at which what is finite below 1 is computed.
_BELOW_ONE = 1 - 1e-12


def _z(y: Any, mu: Any, sigma: Any) -> Any:
    return (log(maximum(y, _TINY)) - mu) / sigma


def _log_density(y: Any, mu: Any, sigma: Any) -> Any:
    z = (log(y) - mu) / sigma
    return z - 2 * softplus(z) - log(sigma) - log(y)


def _curvature(mu: Any, sigma: Any) -> Any:
    return 1 / (3 * sigma**2) + 0 * mu, (3 + math.pi**2) / (9 * sigma**2) + 0 * mu


def _over_sine(x: Any) -> Any:
    """Return pi x / sin(pi x): the mean of the power x of odds."""
    return math.pi * x / sin(math.pi * x)


def _mean(mu: Any, sigma: Any) -> Any:
    return where(sigma < 1, exp(mu) * _over_sine(minimum(sigma, _BELOW_ONE)), math.inf)


def _variance(mu: Any, sigma: Any) -> Any:
    s = minimum(sigma, 0.5 * _BELOW_ONE)
    return where(sigma < 0.5, exp(2 * mu) * (_over_sine(2 * s) - _over_sine(s) ** 2), math.inf)


def _variance_of_logs(sigma: Any) -> Any:
    return (math.pi * sigma) ** 2 / 3


def _log_below(y: Any, mu: Any, sigma: Any) -> Any:
    return -softplus(-_z(y, mu, sigma))


def _log_above(y: Any, mu: Any, sigma: Any) -> Any:
    return -softplus(_z(y, mu, sigma))


def _log_excess(y: Any, mu: Any, sigma: Any) -> Any:
    # of odds with a power below 1, whose partial means are those of a beta distribution
    z, s = _z(y, mu, sigma), minimum(sigma, _BELOW_ONE)
    below, above = expit(z), expit(-z)
    right = z > 0
    share = where(right, betainc(1 - s, 1 + s, above) - above, below - betainc(1 + s, 1 - s, below))
    return log(_mean(mu, sigma)) + log(maximum(share, _TINY))


def _quantile(p: Any, mu: Any, sigma: Any) -> Any:
    return exp(mu + sigma * (log(p) - log1p(-p)))


def _response(draw: Any, mu: Any, sigma: Any) -> Any:
    return exp(mu + sigma * draw)


def _kernel(s: Any, mu: Any, sigma: Any) -> Any:
    z = (log(s) - mu) / sigma
    return z - 2 * softplus(z) - log(sigma)


def _less_log(y: Any) -> Any:
    return -log(y)


LOGLOGISTIC = Family(
    name="loglogistic",
    text="LogLogistic(mu, sigma)",
    parameters=(
        Parameter("mu", ("identity",)),
        replace(
            SIGMA,
            words="residual scale of log(y): its sd is 1.81 times that; other texts' 1 / shape",
            is_scale=False,
            is_spread=True,
            moment_share=3 / math.pi**2,
            elsewhere={"survival": "scale"},
        ),
    ),
    support=Support(
        refusals=(NOT_POSITIVE,),
        advice="Times lie above 0; leave rows at 0 out, or count from an earlier moment.",
    ),
    density=replace(differentiated(_log_density, ("mu", "sigma")), curvature=_curvature),
    variance_function=_variance,
    linear_variance=_variance_of_logs,
    sampler=Sampler("logistic", (), _response),
    mean=_mean,
    mean_slope=_mean,
    carried=LOGNORMAL.carried,
    carried_words="log",
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    tally=Tally(by_row=_kernel, rows=_less_log),
    words={
        "identity": LinkWords.logarithmic("median", "time ratio", "time ratios", "on the log scale")
    },
    effects=TimeEffects("identity", ACCELERATED),
    adjectives={"identity": "log-logistic"},
    aliases=("log_logistic", "llogis", "fisk"),
    r_names={"loglogistic": ""},
    r_packages={"loglogistic": "survival"},
)
