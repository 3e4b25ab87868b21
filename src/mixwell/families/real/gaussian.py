"""The normal distribution."""

import math
from typing import Any

from mixwell.families.elementwise import log, log_ndtr, ndtri
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

__all__ = ["GAUSSIAN", "SIGMA"]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def _log_density(y: Any, mu: Any, sigma: Any) -> Any:
    z = (y - mu) / sigma
    return -0.5 * z**2 - log(sigma) - _HALF_LOG_2PI


def _gradient(y: Any, mu: Any, sigma: Any) -> Any:
    z = (y - mu) / sigma
    return z / sigma, (z**2 - 1) / sigma


def _hessian(y: Any, mu: Any, sigma: Any) -> Any:
    z = (y - mu) / sigma
    return -1 / sigma**2 + 0 * z, -2 * z / sigma**2, (1 - 3 * z**2) / sigma**2


def _curvature(mu: Any, sigma: Any) -> Any:
    return 1 / sigma**2 + 0 * mu, 2 / sigma**2 + 0 * mu


def _variance(sigma: Any) -> Any:
    return sigma**2


def _log_below(y: Any, mu: Any, sigma: Any) -> Any:
    return log_ndtr((y - mu) / sigma)


def _log_above(y: Any, mu: Any, sigma: Any) -> Any:
    return log_ndtr((mu - y) / sigma)


def _log_excess(y: Any, mu: Any, sigma: Any) -> Any:
    return log(sigma) - 0.5 * ((y - mu) / sigma) ** 2 - _HALF_LOG_2PI


def _quantile(p: Any, mu: Any, sigma: Any) -> Any:
    return mu + sigma * ndtri(p)


def _response(draw: Any, mu: Any, sigma: Any) -> Any:
    return draw * sigma + mu


def _kernel(s: Any, mu: Any, sigma: Any) -> Any:
    return -0.5 * ((s - mu) / sigma) ** 2 - log(sigma)


def _constant(y: Any) -> Any:
    return -_HALF_LOG_2PI + 0.0 * y


#: The residual sd; its typical value is the response's spread.
SIGMA = Parameter(
    "sigma",
    typical=None,
    prior=PriorChoice("HalfStudentT", (("nu", 3.0), ("sigma", 2.5)), "", scaled=True),
    words="residual sd: how far observations scatter around their mean",
    is_scale=True,
    elsewhere={
        "brms": "sigma",
        "glmmTMB": "dispersion",
        "rstanarm": "aux",
        "survival": "scale",
    },
)

GAUSSIAN = Family(
    name="gaussian",
    text="Normal(mu, sigma)",
    parameters=(Parameter("mu", ("identity", "log", "inverse", "softplus", "log1p")), SIGMA),
    symmetric=True,
    support=Support(),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler("standard_normal", (), _response),
    pymc=PymcDistribution("Normal", {"mu": "mu", "sigma": "sigma"}),
    additions=("weights", "se", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    tally=Tally(by_row=_kernel, rows=_constant),
    conjugate="identity",
    adjectives={"identity": "linear"},
    aliases=("normal",),
    elsewhere={"bambi": "gaussian", "emmeans": "response"},
    r_names={"gaussian": ""},
    bambi_links=("identity", "log", "inverse"),
)
