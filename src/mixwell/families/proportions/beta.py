"""The beta distribution of proportions strictly between 0 and 1, by its mean and precision."""

from typing import Any

from mixwell.families.elementwise import betainc, composed, digamma, lgamma, log, log1p, trigamma
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
from mixwell.families.proportions.binomial import CHANCE
from mixwell.families.shapes import SHAPE_PRIOR
from mixwell.families.supports import AT_AN_END

__all__ = ["BETA", "precision"]


def _log_density(y: Any, mu: Any, kappa: Any) -> Any:
    a, b = mu * kappa, (1 - mu) * kappa
    constant = lgamma(kappa) - lgamma(a) - lgamma(b)
    return constant + (a - 1) * log(y) + (b - 1) * log1p(-y)


def _gradient(y: Any, mu: Any, kappa: Any) -> Any:
    at_a, at_b = digamma(mu * kappa), digamma((1 - mu) * kappa)
    log_y, log_rest = log(y), log1p(-y)
    of_kappa = digamma(kappa) + mu * (log_y - at_a) + (1 - mu) * (log_rest - at_b)
    return kappa * (log_y - log_rest - at_a + at_b), of_kappa


def _hessian(y: Any, mu: Any, kappa: Any) -> Any:
    a, b = mu * kappa, (1 - mu) * kappa
    bend_a, bend_b = trigamma(a), trigamma(b)
    mixed = log(y) - log1p(-y) - digamma(a) + digamma(b) + kappa * ((1 - mu) * bend_b - mu * bend_a)
    kappa_kappa = trigamma(kappa) - mu**2 * bend_a - (1 - mu) ** 2 * bend_b
    return -(kappa**2) * (bend_a + bend_b), mixed, kappa_kappa


def _curvature(mu: Any, kappa: Any) -> Any:
    bend_a, bend_b = trigamma(mu * kappa), trigamma((1 - mu) * kappa)
    of_kappa = mu**2 * bend_a + (1 - mu) ** 2 * bend_b - trigamma(kappa)
    return kappa**2 * (bend_a + bend_b), of_kappa


def _mu_kappa(mu: Any, kappa: Any) -> Any:
    return kappa * (mu * trigamma(mu * kappa) - (1 - mu) * trigamma((1 - mu) * kappa))


def _log_below(y: Any, mu: Any, kappa: Any) -> Any:
    return log(betainc(mu * kappa, (1 - mu) * kappa, y))


def _log_above(y: Any, mu: Any, kappa: Any) -> Any:
    return log(betainc((1 - mu) * kappa, mu * kappa, 1 - y))


def _log_excess(y: Any, mu: Any, kappa: Any) -> Any:
    return log(y) + log1p(-y) + _log_density(y, mu, kappa) - log(kappa)


def _variance(mu: Any, kappa: Any) -> Any:
    return mu * (1 - mu) / (1 + kappa)


def _a(mu: Any, kappa: Any) -> Any:
    return mu * kappa


def _b(mu: Any, kappa: Any) -> Any:
    return (1 - mu) * kappa


def precision(words: str) -> Parameter:
    """Return the precision of a beta distribution."""
    return Parameter(
        "kappa",
        typical=10.0,
        prior=SHAPE_PRIOR,
        words=words,
        is_spread=True,
        elsewhere={"brms": "phi", "glmmTMB": "dispersion"},
    )


BETA = Family(
    name="beta",
    text="Beta(mu * kappa, (1 - mu) * kappa)",
    parameters=(
        Parameter("mu", CHANCE.links),
        precision("precision: the variance is mean x (1 - mean) / (1 + kappa)"),
    ),
    support=Support(
        refusals=(AT_AN_END,),
        advice="The beta family is for proportions strictly between 0 and 1.",
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature, (_mu_kappa,)),
    variance_function=_variance,
    sampler=Sampler("beta", (("a", _a), ("b", _b))),
    pymc=PymcDistribution("Beta", {"alpha": _a, "beta": _b}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally(by_row=composed(_log_density, y="s")),
    aliases=("beta_family",),
    elsewhere={"bambi": "beta"},
    r_names={"Beta": "", "beta": "", "beta_family": ""},
    bambi_links=("logit", "probit", "cloglog"),
    with_zeros="zero_inflated_beta",
)
