"""Student's t distribution, for responses with outliers."""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import (
    digamma,
    lgamma,
    log,
    log1p,
    stdtr,
    stdtrit,
    trigamma,
    where,
)
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
from mixwell.families.real.gaussian import SIGMA

__all__ = ["STUDENT"]

_HALF_LOG_PI = 0.5 * math.log(math.pi)
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
#: From here on the first terms in 1 / nu have more digits than differences of gamma functions.
_LARGE = 1e5


def _constant_of(nu: Any) -> Any:
    near = lgamma((nu + 1) / 2) - lgamma(nu / 2) - 0.5 * log(nu) - _HALF_LOG_PI
    return where(nu > _LARGE, -1 / (4 * nu) - _HALF_LOG_2PI, near)


def _constant_slope(nu: Any) -> Any:
    """Return twice the slope of the constant in nu."""
    near = digamma((nu + 1) / 2) - digamma(nu / 2) - 1 / nu
    return where(nu > _LARGE, 1 / (2 * nu**2), near)


def _constant_bend(nu: Any) -> Any:
    """Return twice the second derivative of the constant in nu."""
    near = (trigamma((nu + 1) / 2) - trigamma(nu / 2)) / 2 + 1 / nu**2
    return where(nu > _LARGE, -1 / nu**3, near)


def _log_density(y: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    z = (y - mu) / sigma
    return _constant_of(nu) - log(sigma) - (nu + 1) / 2 * log1p(z**2 / nu)


def _gradient(y: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    z = (y - mu) / sigma
    q = nu + z**2
    pull = (nu + 1) / q
    of_nu = _constant_slope(nu) - log1p(z**2 / nu) + pull * z**2 / nu
    return pull * z / sigma, of_nu / 2, (pull * z**2 - 1) / sigma


def _hessian(y: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    z = (y - mu) / sigma
    square = z**2
    q = nu + square
    mu_mu = -(nu + 1) * (nu - square) / (sigma * q) ** 2
    nu_mu = z * (square - 1) / (sigma * q**2)
    nu_nu = (
        _constant_bend(nu)
        + square / (nu * q)
        + square * (nu * q - (nu + 1) * (nu + q)) / (nu * q) ** 2
    ) / 2
    sigma_mu = -2 * nu * (nu + 1) * z / (sigma * q) ** 2
    sigma_nu = square * (square - 1) / (sigma * q**2)
    sigma_sigma = (1 - (nu + 1) * square / q - 2 * nu * (nu + 1) * square / q**2) / sigma**2
    return mu_mu, nu_mu, nu_nu, sigma_mu, sigma_nu, sigma_sigma


def _curvature(mu: Any, nu: Any, sigma: Any) -> Any:
    of_nu = (trigamma(nu / 2) - trigamma((nu + 1) / 2)) / 4 - (nu + 5) / (
        2 * nu * (nu + 1) * (nu + 3)
    )
    of_mu = (nu + 1) / ((nu + 3) * sigma**2)
    return of_mu + 0 * mu, of_nu + 0 * mu, 2 * nu / ((nu + 3) * sigma**2) + 0 * mu


def _nu_sigma(mu: Any, nu: Any, sigma: Any) -> Any:
    return -2 / (sigma * (nu + 1) * (nu + 3)) + 0 * mu


def _variance(nu: Any, sigma: Any) -> Any:
    return sigma**2 * where(nu > 2, nu / where(nu > 2, nu - 2, 1.0), math.inf)


def _log_below(y: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    return log(stdtr(nu, (y - mu) / sigma))


def _log_above(y: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    return log(stdtr(nu, (mu - y) / sigma))


def _log_excess(y: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    square = ((y - mu) / sigma) ** 2
    tail = _constant_of(nu) - (nu + 1) / 2 * log1p(square / nu)
    has_mean = nu > 1
    found = log(sigma) + tail + log((nu + square) / where(has_mean, nu - 1, 1.0))
    return where(has_mean, found, math.inf)


def _quantile(p: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    return mu + sigma * stdtrit(nu, p)


def _response(draw: Any, mu: Any, sigma: Any) -> Any:
    return draw * sigma + mu


def _kernel(s: Any, mu: Any, nu: Any, sigma: Any) -> Any:
    return -(nu + 1) / 2 * log1p(((s - mu) / sigma) ** 2 / nu) - log(sigma)


NU = Parameter(
    "nu",
    typical=20.0,
    prior=PriorChoice(
        "Gamma",
        (("alpha", 2.0), ("beta", 0.1)),
        "Juarez and Steel (2010): from heavy tails to nearly normal",
    ),
    words="degrees of freedom of the residuals: small values mean heavy tails",
    elsewhere={"brms": "nu", "survival": "parms"},
)

STUDENT = Family(
    name="student",
    text="StudentT(nu, mu, sigma)",
    parameters=(
        Parameter("mu", ("identity", "log", "inverse", "softplus", "log1p")),
        NU,
        replace(
            SIGMA,
            words="residual scale: the sd of observations is sigma x sqrt(nu / (nu - 2))",
            moment_share=0.6,
            elsewhere={"brms": "sigma", "glmmTMB": "dispersion", "survival": "scale"},
        ),
    ),
    symmetric=True,
    support=Support(),
    density=Density(_log_density, _gradient, _hessian, _curvature, (None, None, _nu_sigma)),
    variance_function=_variance,
    sampler=Sampler("standard_t", (("df", "nu"),), _response),
    pymc=PymcDistribution("StudentT", {"nu": "nu", "mu": "mu", "sigma": "sigma"}),
    additions=("weights", "se", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    tally=Tally(by_row=_kernel, products=((_constant_of, None),)),
    aliases=("t", "studentt", "student_t"),
    elsewhere={"bambi": "t"},
    r_names={"student": "", "t_family": ""},
    bambi_links=("identity", "log", "inverse"),
)
