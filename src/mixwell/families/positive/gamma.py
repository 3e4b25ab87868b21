"""The gamma distribution of positive responses, by its mean and shape."""

from typing import Any

from mixwell.families.elementwise import digamma, gammainc, gammaincc, lgamma, log, trigamma
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
from mixwell.families.positive.times import ACCELERATED
from mixwell.families.shapes import SHAPE_PRIOR
from mixwell.families.supports import NOT_POSITIVE

__all__ = ["GAMMA"]


def _log_density(y: Any, mu: Any, log_mu: Any, alpha: Any) -> Any:
    return _shape_term(alpha) - alpha * (log_mu + y / mu) + (alpha - 1) * log(y)


def _gradient(y: Any, mu: Any, alpha: Any) -> Any:
    return alpha * (y - mu) / mu**2, log(alpha * y / mu) + 1 - digamma(alpha) - y / mu


def _hessian(y: Any, mu: Any, alpha: Any) -> Any:
    mu_mu = alpha * (mu - 2 * y) / mu**3
    return mu_mu, (y - mu) / mu**2, 1 / alpha - trigamma(alpha) + 0 * mu


def _curvature(mu: Any, alpha: Any) -> Any:
    return alpha / mu**2, trigamma(alpha) - 1 / alpha + 0 * mu


def _log_below(y: Any, mu: Any, alpha: Any) -> Any:
    return log(gammainc(alpha, alpha * y / mu))


def _log_above(y: Any, mu: Any, alpha: Any) -> Any:
    return log(gammaincc(alpha, alpha * y / mu))


def _log_excess(y: Any, mu: Any, log_mu: Any, alpha: Any) -> Any:
    return log(y) + _log_density(y, mu, log_mu, alpha) + log_mu - log(alpha)


def _variance(mu: Any, alpha: Any) -> Any:
    return mu**2 / alpha


def _response(draw: Any, mu: Any, alpha: Any) -> Any:
    return draw * (mu / alpha)


def _rate(mu: Any, alpha: Any) -> Any:
    return alpha / mu


def _of_sum(mu: Any, alpha: Any) -> Any:
    return -alpha / mu


def _of_count(log_mu: Any, alpha: Any) -> Any:
    return -alpha * log_mu


def _shape_term(alpha: Any) -> Any:
    return alpha * log(alpha) - lgamma(alpha)


def _less_one(alpha: Any) -> Any:
    return alpha - 1


def _log_response(y: Any) -> Any:
    return log(y)


GAMMA = Family(
    name="gamma",
    text="Gamma(alpha, alpha / mu)",
    parameters=(
        Parameter("mu", ("log", "inverse", "identity", "softplus")),
        Parameter(
            "alpha",
            prior=SHAPE_PRIOR,
            words="shape: the sd is mean / sqrt(alpha)",
            is_spread=True,
            elsewhere={"brms": "shape", "rstanarm": "aux", "stats": "dispersion"},
        ),
    ),
    support=Support(
        refusals=(NOT_POSITIVE,),
        advice='The gamma family is for values above 0; for others use family="gaussian".',
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler("standard_gamma", (("shape", "alpha"),), _response),
    pymc=PymcDistribution("Gamma", {"alpha": "alpha", "beta": _rate}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally(_of_sum, _of_count, products=((_shape_term, None), (_less_one, _log_response))),
    effects=TimeEffects("log", ACCELERATED),
    elsewhere={"bambi": "gamma"},
    r_names={"Gamma": "inverse", "gamma": "", "ziGamma": "inverse"},
    r_packages={"ziGamma": "glmmTMB"},
    bambi_links=("identity", "log", "inverse"),
    with_zeros="hurdle_gamma",
)
