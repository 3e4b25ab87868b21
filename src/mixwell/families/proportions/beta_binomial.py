"""The beta-binomial distribution: successes out of trials that scatter more than binomial ones.

The probability of a row is beta distributed with mean `mu` and precision `kappa`, as in the beta
family; as `kappa` grows the distribution is the binomial one.
"""

from dataclasses import replace
from typing import Any

from mixwell.families.counts.rising import capped, rising, rising_bend, rising_slope
from mixwell.families.elementwise import maximum
from mixwell.families.family import Density, Family, Parameter, PymcDistribution, Sampler, Tally
from mixwell.families.proportions.beta import precision
from mixwell.families.proportions.binomial import BINOMIAL, number_of, ways

__all__ = ["BETA_BINOMIAL"]


def _kernel(
    s: Any, trials: Any, mu: Any, complement: Any, log_mu: Any, log_complement: Any, kappa: Any
) -> Any:
    rest = trials - s
    overdispersed = rising(s, mu * kappa) + rising(rest, complement * kappa)
    return s * log_mu + rest * log_complement + overdispersed - rising(trials, kappa)


def _log_density(
    y: Any, trials: Any, mu: Any, complement: Any, log_mu: Any, log_complement: Any, kappa: Any
) -> Any:
    inner = _kernel(y, trials, mu, complement, log_mu, log_complement, kappa)
    return ways(y, trials) + inner


def _gradient(y: Any, trials: Any, mu: Any, complement: Any, kappa: Any) -> Any:
    hits, misses = rising_slope(y, mu * kappa), rising_slope(trials - y, complement * kappa)
    of_kappa = mu * hits + complement * misses - rising_slope(trials, kappa)
    return kappa * (hits - misses), of_kappa


def _hessian(y: Any, trials: Any, mu: Any, complement: Any, kappa: Any) -> Any:
    hits, misses = rising_slope(y, mu * kappa), rising_slope(trials - y, complement * kappa)
    more, less = rising_bend(y, mu * kappa), rising_bend(trials - y, complement * kappa)
    mixed = hits - misses + kappa * (mu * more - complement * less)
    of_kappa = mu**2 * more + complement**2 * less - rising_bend(trials, kappa)
    return kappa**2 * (more + less), mixed, of_kappa


def _curvature(trials: Any, mu: Any, complement: Any, kappa: Any) -> Any:
    # of mu what the mean and variance say; of kappa its limit where that is large
    of_mu = trials * (1 + kappa) / (mu * complement * (trials + kappa))
    pairs = maximum(trials * (trials - 1), 1e-3)
    return of_mu, pairs / (2 * (kappa * (kappa + trials)) ** 2) + 0 * mu


def _variance(trials: Any, mu: Any, complement: Any, kappa: Any) -> Any:
    return trials * mu * complement * (trials + kappa) / (1 + kappa)


def _a(mu: Any, kappa: Any) -> Any:
    return mu * kappa


def _b(complement: Any, kappa: Any) -> Any:
    return complement * kappa


def _capped_a(trials: Any, mu: Any, kappa: Any) -> Any:
    return mu * capped(trials, kappa)


def _capped_b(trials: Any, complement: Any, kappa: Any) -> Any:
    return complement * capped(trials, kappa)


BETA_BINOMIAL = Family(
    name="beta_binomial",
    text="BetaBinomial(trials, mu * kappa, (1 - mu) * kappa)",
    parameters=(
        Parameter("mu", BINOMIAL.links),
        replace(
            precision("precision: the variance is binomial x (trials + kappa) / (1 + kappa)"),
            is_spread=False,
        ),
    ),
    support=BINOMIAL.support,
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler(
        "beta", (("a", _a), ("b", _b)), then=Sampler("binomial", (("n", number_of), ("p", "draw")))
    ),
    pymc=PymcDistribution("BetaBinomial", {"n": "trials", "alpha": _capped_a, "beta": _capped_b}),
    additions=("weights", "trials"),
    tally=Tally(by_row=_kernel, rows=ways),
    mean_words="probabilities",
    aliases=("betabinomial",),
    elsewhere={"bambi": "beta_binomial", "emmeans": "prob"},
    r_names={"beta_binomial": "", "betabinomial": ""},
    bambi_links=("logit", "probit", "cloglog"),
    with_zeros="zero_inflated_beta_binomial",
)
