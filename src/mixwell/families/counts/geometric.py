"""The geometric distribution of counts: negative binomial with the shape 1, by its mean."""

from typing import Any

from mixwell.families.counts.negative_binomial import NEGATIVE_BINOMIAL
from mixwell.families.elementwise import expm1, log, log1p
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Parameter,
    PymcDistribution,
    Sampler,
    Tally,
)

__all__ = ["GEOMETRIC"]


def _log_density(y: Any, mu: Any, log_mu: Any) -> Any:
    return y * log_mu - (y + 1) * log1p(mu)


def _gradient(y: Any, mu: Any) -> Any:
    return ((y - mu) / (mu * (1 + mu)),)


def _hessian(y: Any, mu: Any) -> Any:
    return ((y + 1) / (1 + mu) ** 2 - y / mu**2,)


def _curvature(mu: Any) -> Any:
    return (1 / (mu * (1 + mu)),)


def _variance(mu: Any) -> Any:
    return mu * (1 + mu)


def _chance(mu: Any) -> Any:
    return 1 / (1 + mu)


def _failures(draw: Any) -> Any:
    return draw - 1.0


def _log_above(y: Any, mu: Any, log_mu: Any) -> Any:
    return (y + 1) * (log_mu - log1p(mu))


def _log_below(y: Any, mu: Any, log_mu: Any) -> Any:
    return log(-expm1(_log_above(y, mu, log_mu)))


def _log_excess(y: Any, mu: Any, log_mu: Any) -> Any:
    return log_mu + log1p(y) + _log_density(y, mu, log_mu)


def _of_sum(mu: Any, log_mu: Any) -> Any:
    return log_mu - log1p(mu)


def _of_count(mu: Any) -> Any:
    return -log1p(mu)


def _one() -> Any:
    return 1.0


GEOMETRIC = Family(
    name="geometric",
    text="Geometric(mu)",
    parameters=(Parameter("mu", ("log", "identity", "sqrt")),),
    support=NEGATIVE_BINOMIAL.support,
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler("geometric", (("p", _chance),), _failures),
    pymc=PymcDistribution("NegativeBinomial", {"mu": "mu", "alpha": _one}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally(_of_sum, _of_count),
    adjectives={"log": "geometric"},
    r_names={"geometric": ""},
    r_packages={"geometric": "brms"},
    with_zeros="zero_inflated_geometric",
)
