"""The Conway-Maxwell-Poisson distribution by its mean: counts that scatter more or less.

Probabilities are proportional to lambda^y / (y!)^nu, with the lambda at which `mu` is the mean;
with `nu` = 1 they are Poisson's, with less they scatter more. Source: Huang 2017.
"""

from dataclasses import replace
from typing import Any

from mixwell.families.counts.generalized_poisson import NEAR_POISSON
from mixwell.families.counts.negative_binomial import NEGATIVE_BINOMIAL
from mixwell.families.elementwise import conway_maxwell, lgamma
from mixwell.families.family import Density, Family, Parameter, Refusal

__all__ = ["CONWAY_MAXWELL_POISSON"]


def _log_density(y: Any, mu: Any, nu: Any) -> Any:
    return y * conway_maxwell(mu, nu, 0) - nu * lgamma(y + 1) - conway_maxwell(mu, nu, 1)


def _gradient(y: Any, mu: Any, nu: Any) -> Any:
    variance, both = conway_maxwell(mu, nu, 2), conway_maxwell(mu, nu, 4)
    of_nu = conway_maxwell(mu, nu, 3) - lgamma(y + 1) + (y - mu) * both / variance
    return (y - mu) / variance, of_nu


def _hessian(y: Any, mu: Any, nu: Any) -> Any:
    variance, both = conway_maxwell(mu, nu, 2), conway_maxwell(mu, nu, 4)
    cubed, twice, once = (conway_maxwell(mu, nu, k) for k in (5, 6, 7))
    pull = both / variance  # how much the log of lambda changes with nu
    away = y - mu
    mu_mu = -1 / variance - away * cubed / variance**3
    of_variance = cubed * pull - twice
    of_both = twice * pull - once
    of_pull = (of_both - pull * of_variance) / variance
    return (
        mu_mu,
        -away * of_variance / variance**2,
        both * pull - conway_maxwell(mu, nu, 8) + away * of_pull,
    )


def _curvature(mu: Any, nu: Any) -> Any:
    variance, both = conway_maxwell(mu, nu, 2), conway_maxwell(mu, nu, 4)
    return 1 / variance, conway_maxwell(mu, nu, 8) - both**2 / variance


def _variance(mu: Any, nu: Any) -> Any:
    return conway_maxwell(mu, nu, 2)


def _too_many(y: Any) -> Any:
    return y > _MOST


#: Each row's probabilities are a sum of about as many terms as its count is large.
_MOST = 10_000
_COUNTS = NEGATIVE_BINOMIAL.support

CONWAY_MAXWELL_POISSON = Family(
    name="compois",
    text="ConwayMaxwellPoisson(mu, nu)",
    parameters=(
        Parameter("mu", ("log", "identity", "sqrt")),
        Parameter(
            "nu",
            prior=NEAR_POISSON,
            words="1 is Poisson's scatter, less is more: the variance is about mean / nu",
        ),
    ),
    support=replace(
        _COUNTS,
        refusals=(
            *_COUNTS.refusals,
            Refusal(_too_many, f"is above {_MOST:,}, where this family's sums take too long"),
        ),
        advice='Counts are 0, 1, 2, ...; large ones are for "nbinom1" or "negativebinomial".',
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    aliases=("com_poisson", "conway_maxwell_poisson"),
    r_names={"compois": ""},
    with_zeros="zero_inflated_compois",
    searched=True,
)
