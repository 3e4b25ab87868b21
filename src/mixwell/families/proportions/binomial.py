"""The binomial distribution: successes out of a known number of trials."""

from typing import Any

from mixwell.families.elementwise import integer, lgamma, rint
from mixwell.families.family import (
    Density,
    Family,
    Parameter,
    PymcDistribution,
    Refusal,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.supports import BELOW_ZERO, NOT_WHOLE, is_zero

__all__ = ["BINOMIAL", "CHANCE", "number_of", "ways"]


def ways(y: Any, trials: Any) -> Any:
    """Return the log of the ways in which so many of the trials succeed."""
    return lgamma(trials + 1) - lgamma(y + 1) - lgamma(trials - y + 1)


def _log_density(y: Any, trials: Any, log_odds: Any, log_complement: Any) -> Any:
    return ways(y, trials) + y * log_odds + trials * log_complement


def _gradient(y: Any, trials: Any, mu: Any, complement: Any) -> Any:
    return (y / mu - (trials - y) / complement,)


def _hessian(y: Any, trials: Any, mu: Any, complement: Any) -> Any:
    return (-y / mu**2 - (trials - y) / complement**2,)


def _curvature(trials: Any, mu: Any, complement: Any) -> Any:
    return (trials / (mu * complement),)


def _variance(trials: Any, mu: Any, complement: Any) -> Any:
    return trials * mu * complement


def number_of(trials: Any) -> Any:
    """Return the number of trials as generators take it."""
    return integer(trials)


def _trials_not_whole(trials: Any) -> Any:
    return trials != rint(trials)


def _too_many(y: Any, trials: Any) -> Any:
    return trials < y


def _all(y: Any, trials: Any) -> Any:
    return y == trials


#: The probability of an outcome.
CHANCE = Parameter(
    "mu", ("logit", "probit", "cloglog", "cauchit", "loglog"), elsewhere={"bambi": "p"}
)

BINOMIAL = Family(
    name="binomial",
    text="Binomial(trials, mu)",
    parameters=(CHANCE,),
    support=Support(
        kind="trials",
        whole=True,
        refusals=(
            BELOW_ZERO,
            Refusal(NOT_WHOLE.where, "is not a whole number of successes"),
            Refusal(_trials_not_whole, "has trials that are not whole"),
            Refusal(_too_many, "has fewer trials than successes"),
        ),
        advice="Successes are whole counts, trials whole and at least as many.",
        lowest=is_zero,
        highest=_all,
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler("binomial", (("n", number_of), ("p", "mu"))),
    pymc=PymcDistribution(
        "Binomial",
        {"n": "trials", "p": "mu"},
        by_link={"logit": {"n": "trials", "logit_p": "eta"}},
    ),
    additions=("weights", "trials"),
    tally=Tally("log_odds", "log_complement", rows=ways),
    single="bernoulli",
    canonical="logit",
    mean_words="probabilities",
    adjectives={"logit": "logistic"},
    elsewhere={"bambi": "binomial", "emmeans": "prob"},
    r_names={"binomial": ""},
    bambi_links=("logit", "probit", "cloglog"),
    with_zeros="zero_inflated_binomial",
)
