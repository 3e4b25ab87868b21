"""The Poisson distribution of counts."""

from typing import Any

from mixwell.families.elementwise import gammainc, gammaincc, lgamma, log
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Parameter,
    PymcDistribution,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.supports import BELOW_ZERO, NOT_WHOLE, is_zero

__all__ = ["POISSON"]


def _log_density(y: Any, mu: Any, log_mu: Any) -> Any:
    return y * log_mu - mu - lgamma(y + 1)


def _gradient(y: Any, mu: Any) -> Any:
    return (y / mu - 1,)


def _hessian(y: Any, mu: Any) -> Any:
    return (-y / mu**2,)


def _curvature(mu: Any) -> Any:
    return (1 / mu,)


def _log_below(y: Any, mu: Any) -> Any:
    return log(gammaincc(y + 1, mu))


def _log_above(y: Any, mu: Any) -> Any:
    return log(gammainc(y + 1, mu))


def _log_excess(y: Any, mu: Any, log_mu: Any) -> Any:
    return log_mu + _log_density(y, mu, log_mu)


def _of_count(mu: Any) -> Any:
    return -mu


def _constant(y: Any) -> Any:
    return -lgamma(y + 1)


POISSON = Family(
    name="poisson",
    text="Poisson(mu)",
    parameters=(Parameter("mu", ("log", "identity", "sqrt")),),
    support=Support(
        whole=True,
        refusals=(BELOW_ZERO, NOT_WHOLE),
        advice='Counts are 0, 1, 2, ...; for other numbers use family="gaussian" or "gamma".',
        lowest=is_zero,
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function="mu",
    sampler=Sampler("poisson", (("lam", "mu"),)),
    pymc=PymcDistribution("Poisson", {"mu": "mu"}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally("log_mu", _of_count, rows=_constant),
    canonical="log",
    adjectives={"log": "Poisson"},
    elsewhere={"bambi": "poisson"},
    r_names={"poisson": ""},
    bambi_links=("identity", "log"),
    with_zeros="zero_inflated_poisson",
)
