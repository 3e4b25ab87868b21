"""The negative binomial distribution: counts that scatter more than Poisson's.

`alpha` is its shape, often called size or theta: the variance is mu + mu^2 / alpha.
"""

from typing import Any

from mixwell.families.counts.rising import rising, rising_bend, rising_slope
from mixwell.families.elementwise import betainc, lgamma, log, log1p, minimum
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
from mixwell.families.shapes import SHAPE_PRIOR
from mixwell.families.supports import BELOW_ZERO, NOT_WHOLE, is_zero

__all__ = ["NEGATIVE_BINOMIAL", "within_pymc"]

#: Above 1e10 PyMC takes the Poisson density, and from 1e16 on none.
_POISSON = 1e12


def _log_density(y: Any, mu: Any, log_mu: Any, alpha: Any) -> Any:
    return y * _of_sum(mu, log_mu, alpha) + _of_count(mu, alpha) + _joint(y, alpha)


def _gradient(y: Any, mu: Any, alpha: Any) -> Any:
    both = alpha + mu
    of_alpha = (
        rising_slope(y, alpha) - y / alpha - log1p(mu / alpha) + (y + alpha) * mu / (alpha * both)
    )
    return alpha * (y - mu) / (mu * both), of_alpha


def _hessian(y: Any, mu: Any, alpha: Any) -> Any:
    both = alpha + mu
    alpha_alpha = (
        rising_bend(y, alpha)
        + y / alpha**2
        + mu / (alpha * both)
        + mu * (alpha * both - (y + alpha) * (alpha + both)) / (alpha * both) ** 2
    )
    return (y + alpha) / both**2 - y / mu**2, (y - mu) / both**2, alpha_alpha


def _curvature(mu: Any, alpha: Any) -> Any:
    # of alpha the leading term of the expected information, which is a series
    return alpha / (mu * (alpha + mu)), (mu / (alpha * (alpha + mu))) ** 2 / 2


def _variance(mu: Any, alpha: Any) -> Any:
    return mu + mu**2 / alpha


def _log_below(y: Any, mu: Any, alpha: Any) -> Any:
    return log(betainc(alpha, y + 1, alpha / (alpha + mu)))


def _log_above(y: Any, mu: Any, alpha: Any) -> Any:
    return log(betainc(y + 1, alpha, mu / (alpha + mu)))


def _log_excess(y: Any, mu: Any, log_mu: Any, alpha: Any) -> Any:
    return log_mu + log1p(y / alpha) + _log_density(y, mu, log_mu, alpha)


def _chance(mu: Any, alpha: Any) -> Any:
    return alpha / (alpha + mu)


def _of_sum(mu: Any, log_mu: Any, alpha: Any) -> Any:
    return log_mu - log1p(mu / alpha)


def _of_count(mu: Any, alpha: Any) -> Any:
    return -alpha * log1p(mu / alpha)


def _joint(y: Any, alpha: Any) -> Any:
    return rising(y, alpha) - lgamma(y + 1)


def within_pymc(alpha: Any) -> Any:
    """Return alpha where PyMC's density has numbers: far out it is Poisson's, then nothing."""
    return minimum(alpha, _POISSON)


NEGATIVE_BINOMIAL = Family(
    name="negativebinomial",
    text="NegativeBinomial(mu, alpha)",
    parameters=(
        Parameter("mu", ("log", "identity", "sqrt")),
        Parameter(
            "alpha",
            prior=SHAPE_PRIOR,
            words="dispersion: the variance is mean + mean^2 / alpha",
            elsewhere={"brms": "shape", "glmmTMB": "dispersion", "rstanarm": "aux"},
        ),
    ),
    support=Support(
        whole=True,
        refusals=(BELOW_ZERO, NOT_WHOLE),
        advice='Counts are 0, 1, 2, ...; for other numbers use "gaussian" or "gamma".',
        lowest=is_zero,
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler("negative_binomial", (("n", "alpha"), ("p", _chance))),
    pymc=PymcDistribution("NegativeBinomial", {"mu": "mu", "alpha": within_pymc}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally(_of_sum, _of_count, joint=_joint),
    aliases=("negbinomial", "negative_binomial", "negbin", "nbinom", "nbinom2", "neg_binomial_2"),
    elsewhere={"bambi": "negativebinomial"},
    r_names={
        "negbinomial": "",
        "nbinom2": "",
        "neg_binomial_2": "",
        "negative.binomial": "",
        "neg_binomial": "",
    },
    bambi_links=("identity", "log"),
    with_zeros="zero_inflated_negativebinomial",
)
