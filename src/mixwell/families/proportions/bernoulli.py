"""The Bernoulli distribution of two outcomes."""

from typing import Any

from mixwell.families.family import (
    Density,
    Family,
    PymcDistribution,
    Refusal,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.proportions.binomial import CHANCE
from mixwell.families.supports import is_zero

__all__ = ["BERNOULLI"]


def _log_density(y: Any, log_odds: Any, log_complement: Any) -> Any:
    return y * log_odds + log_complement


def _gradient(y: Any, mu: Any, complement: Any) -> Any:
    return (y / mu - (1 - y) / complement,)


def _hessian(y: Any, mu: Any, complement: Any) -> Any:
    return (-y / mu**2 - (1 - y) / complement**2,)


def _curvature(mu: Any, complement: Any) -> Any:
    return (1 / (mu * complement),)


def _variance(mu: Any, complement: Any) -> Any:
    return mu * complement


def _single() -> Any:
    return 1


def _neither(y: Any) -> Any:
    return (y != 0.0) & (y != 1.0)


def _success(y: Any) -> Any:
    return y == 1


BERNOULLI = Family(
    name="bernoulli",
    text="Bernoulli(mu)",
    parameters=(CHANCE,),
    support=Support(
        kind="outcomes",
        whole=True,
        refusals=(Refusal(_neither, "is neither 0 nor 1"),),
        advice="A response in 0..1 with trials is binomial: y | trials(n) ~ ...",
        lowest=is_zero,
        highest=_success,
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler("binomial", (("n", _single), ("p", "mu"))),
    pymc=PymcDistribution("Bernoulli", {"p": "mu"}, by_link={"logit": {"logit_p": "eta"}}),
    tally=Tally("log_odds", "log_complement"),
    canonical="logit",
    mean_words="probabilities",
    adjectives={"logit": "logistic"},
    aliases=("bernouilli",),
    elsewhere={"bambi": "bernoulli", "emmeans": "prob"},
    r_names={"bernoulli": ""},
    bambi_links=("logit", "probit", "cloglog"),
)
