"""The inverse gaussian distribution (Wald's) of positive responses, by mean and shape."""

import math
from typing import Any

from mixwell.families.elementwise import exp, log, log1p, log_ndtr, maximum, sqrt
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.supports import NOT_POSITIVE

__all__ = ["INVERSE_GAUSSIAN"]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_TINY = 1e-300


def _log_density(y: Any, mu: Any, alpha: Any) -> Any:
    return 0.5 * log(alpha) - _HALF_LOG_2PI - 1.5 * log(y) - alpha * (y / mu - 1) ** 2 / (2 * y)


def _gradient(y: Any, mu: Any, alpha: Any) -> Any:
    return alpha * (y - mu) / mu**3, 0.5 / alpha - (y / mu - 1) ** 2 / (2 * y)


def _hessian(y: Any, mu: Any, alpha: Any) -> Any:
    mu_mu = alpha * (2 * mu - 3 * y) / mu**4
    return mu_mu, (y - mu) / mu**3, -0.5 / alpha**2 + 0 * mu


def _curvature(mu: Any, alpha: Any) -> Any:
    return alpha / mu**3, 0.5 / alpha**2 + 0 * mu


def _variance(mu: Any, alpha: Any) -> Any:
    return mu**3 / alpha


def _ends(y: Any, mu: Any, alpha: Any) -> Any:
    """Where the two normal distribution functions are read, and the factor of the second."""
    above = maximum(y, _TINY)
    root = sqrt(alpha / above)
    return root * (above / mu - 1), -root * (above / mu + 1), 2 * alpha / mu


def _log_below(y: Any, mu: Any, alpha: Any) -> Any:
    a, b, factor = _ends(y, mu, alpha)
    one, other = log_ndtr(a), factor + log_ndtr(b)
    more = maximum(one, other)
    return more + log(exp(one - more) + exp(other - more))


def _log_above(y: Any, mu: Any, alpha: Any) -> Any:
    a, b, factor = _ends(y, mu, alpha)
    one = log_ndtr(-a)
    return one + log1p(-exp(factor + log_ndtr(b) - one))


def _log_excess(y: Any, mu: Any, alpha: Any) -> Any:
    _, b, factor = _ends(y, mu, alpha)
    return math.log(2.0) + log(mu) + factor + log_ndtr(b)


def _of_sum(mu: Any, alpha: Any) -> Any:
    return -alpha / (2 * mu**2)


def _of_count(mu: Any, alpha: Any) -> Any:
    return alpha / mu


def _half_log(alpha: Any) -> Any:
    return 0.5 * log(alpha)


def _less_half(alpha: Any) -> Any:
    return -alpha / 2


def _over(y: Any) -> Any:
    return 1 / y


def _of_row(y: Any) -> Any:
    return -_HALF_LOG_2PI - 1.5 * log(y)


INVERSE_GAUSSIAN = Family(
    name="inverse_gaussian",
    text="Wald(mu, alpha)",
    parameters=(
        Parameter("mu", ("log", "inverse_squared", "inverse", "identity", "softplus")),
        Parameter(
            "alpha",
            unit="mean",
            prior=PriorChoice(
                "InverseGamma",
                (("alpha", 0.4), ("beta", 0.3)),
                "brms's default in units of the response: wide on both sides of its mean",
                units=(("beta", "mean"),),
            ),
            words="shape: the variance is mean^3 / alpha",
            is_spread=True,
            elsewhere={"brms": "shape", "bambi": "lam", "stats": "dispersion"},
        ),
    ),
    support=Support(
        refusals=(NOT_POSITIVE,),
        advice='The inverse gaussian family is for values above 0; for others use "gaussian".',
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler("wald", (("mean", "mu"), ("scale", "alpha"))),
    pymc=PymcDistribution("Wald", {"mu": "mu", "lam": "alpha"}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally(
        _of_sum,
        _of_count,
        rows=_of_row,
        products=((_half_log, None), (_less_half, _over)),
    ),
    aliases=("wald", "inversegaussian", "inverse.gaussian", "inv_gaussian"),
    elsewhere={"bambi": "wald"},
    r_names={"inverse.gaussian": "inverse_squared", "inverse_gaussian": ""},
    bambi_links=("identity", "log", "inverse", "inverse_squared"),
)
