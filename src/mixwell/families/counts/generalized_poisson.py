"""The generalized Poisson distribution: counts whose variance is `phi` times their mean.

Responses are Poisson-like with theta = mu / sqrt(phi) and lambda = 1 - 1 / sqrt(phi). With `phi`
below 1 counts end where theta + lambda y is 0, and their probabilities add up to 1 nearly: within
1 % from phi = 0.35 on where mu is above 1. Sources: Consul and Jain 1973; glmmTMB's `genpois`.
"""

import math
from typing import Any

from mixwell.families.counts.negative_binomial import NEGATIVE_BINOMIAL
from mixwell.families.elementwise import lgamma, log, maximum, sqrt, where
from mixwell.families.family import Density, Family, Parameter, PriorChoice, Tally

__all__ = ["GENERALIZED_POISSON", "NEAR_POISSON"]

#: Of a dispersion that is 1 where counts are Poisson's.
NEAR_POISSON = PriorChoice(
    "LogNormal", (("mu", 0.0), ("sigma", 1.0)), "around Poisson's, at 1, wide on both sides"
)


def _rate(y: Any, mu: Any, phi: Any) -> Any:
    """Return theta + lambda y."""
    return y + (mu - y) / sqrt(phi)


def _kernel(s: Any, mu: Any, log_mu: Any, phi: Any) -> Any:
    rate = _rate(s, mu, phi)
    inside = where(rate > 0, rate, 1.0)
    found = log_mu - 0.5 * log(phi) + (s - 1) * log(inside) - rate
    return where(rate > 0, found, -math.inf)


def _log_density(y: Any, mu: Any, log_mu: Any, phi: Any) -> Any:
    return _kernel(y, mu, log_mu, phi) - lgamma(y + 1)


def _slope(y: Any, mu: Any, phi: Any) -> Any:
    """Return the derivative in 1 / sqrt(phi)."""
    return sqrt(phi) + (mu - y) * ((y - 1) / _rate(y, mu, phi) - 1)


def _gradient(y: Any, mu: Any, phi: Any) -> Any:
    root = 1 / sqrt(phi)
    of_mu = 1 / mu + root * ((y - 1) / _rate(y, mu, phi) - 1)
    return of_mu, -0.5 * root**3 * _slope(y, mu, phi)


def _hessian(y: Any, mu: Any, phi: Any) -> Any:
    root, rate = 1 / sqrt(phi), _rate(y, mu, phi)
    change = -0.5 * root**3
    bend = -phi - (y - 1) * ((mu - y) / rate) ** 2
    mixed = change * ((y - 1) * y / rate**2 - 1)
    phi_phi = bend * change**2 + _slope(y, mu, phi) * 0.75 * root**5
    return -1 / mu**2 - (y - 1) * (root / rate) ** 2, mixed, phi_phi


def _parts(mu: Any, phi: Any) -> tuple[Any, Any, Any]:
    """Return 1 / sqrt(phi), lambda, and theta + 2 lambda, which stays above 0."""
    root = 1 / sqrt(phi)
    theta = mu * root
    return root, 1 - root, maximum(theta + 2 * (1 - root), 0.1 * theta)


def _curvature(mu: Any, phi: Any) -> Any:
    root, extra, rate = _parts(mu, phi)
    of_mu = root / mu - root**2 * extra / rate
    return maximum(of_mu, root**2 / mu), mu * root**5 / (2 * rate)


def _mu_phi(mu: Any, phi: Any) -> Any:
    root, extra, rate = _parts(mu, phi)
    return where(extra > 0, -extra * root**3 / rate, 0.0)


def _variance(mu: Any, phi: Any) -> Any:
    return mu * phi


def _constant(y: Any) -> Any:
    return -lgamma(y + 1)


GENERALIZED_POISSON = Family(
    name="genpois",
    text="GeneralizedPoisson(mu, phi)",
    parameters=(
        Parameter("mu", ("log", "identity", "sqrt")),
        Parameter(
            "phi",
            prior=NEAR_POISSON,
            words="dispersion: the variance is mean x phi",
            is_spread=True,  # counts that are all as expected have a density without bound
            elsewhere={"glmmTMB": "dispersion"},
        ),
    ),
    support=NEGATIVE_BINOMIAL.support,
    density=Density(_log_density, _gradient, _hessian, _curvature, (_mu_phi,)),
    variance_function=_variance,
    tally=Tally(by_row=_kernel, rows=_constant),
    aliases=("generalized_poisson", "generalised_poisson"),
    r_names={"genpois": ""},
    with_zeros="zero_inflated_genpois",
)
