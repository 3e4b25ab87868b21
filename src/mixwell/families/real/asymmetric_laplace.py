"""The asymmetric Laplace distribution, whose `mu` is a quantile: regression for quantiles.

`quantile` is the probability below `mu`; given it the mode is the usual estimate of quantile
regression. Source: Yu and Moyeed 2001.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import (
    Elementwise,
    composed,
    exp,
    log,
    log1p,
    maximum,
    minimum,
    sqrt,
    where,
)
from mixwell.families.family import (
    Censorable,
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Sampler,
    Support,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.link import LinkWords
from mixwell.families.real.gaussian import SIGMA
from mixwell.package_options import require_probability

__all__ = ["ASYMMETRIC_LAPLACE", "asymmetric_laplace"]


def _log_density(y: Any, mu: Any, sigma: Any, quantile: Any) -> Any:
    z = (y - mu) / sigma
    loss = maximum(quantile * z, (quantile - 1) * z)
    return log(quantile) + log1p(-quantile) - log(sigma) - loss


def _curvature(mu: Any, sigma: Any, quantile: Any) -> Any:
    both = quantile * (1 - quantile)
    return (
        both / sigma**2 + 0 * mu,
        1 / sigma**2 + 0 * mu,
        (1 - 2 * both) / both**2 + 0 * mu,
    )


def _mu_quantile(mu: Any, sigma: Any) -> Any:
    return -1 / sigma + 0 * mu


def _sigma_quantile(mu: Any, sigma: Any, quantile: Any) -> Any:
    return (2 * quantile - 1) / (quantile * (1 - quantile) * sigma) + 0 * mu


def _mean(mu: Any, sigma: Any, quantile: Any) -> Any:
    return mu + sigma * (1 - 2 * quantile) / (quantile * (1 - quantile))


def _slope(mu: Any) -> Any:
    return 1.0 + 0.0 * mu


def _variance(sigma: Any, quantile: Any) -> Any:
    both = quantile * (1 - quantile)
    return sigma**2 * (1 - 2 * both) / both**2


def _tail(z: Any, chance: Any) -> Any:
    """The log probability below z, where `chance` is that below 0."""
    low = log(chance) + (1 - chance) * minimum(z, 0.0)
    return where(z < 0, low, log1p(-(1 - chance) * exp(-chance * maximum(z, 0.0))))


def _log_below(y: Any, mu: Any, sigma: Any, quantile: Any) -> Any:
    return _tail((y - mu) / sigma, quantile)


def _log_above(y: Any, mu: Any, sigma: Any, quantile: Any) -> Any:
    return _tail((mu - y) / sigma, 1 - quantile)


def _log_excess(y: Any, mu: Any, sigma: Any, quantile: Any) -> Any:
    # above mu an exponential with rate q, below one with 1 - q
    z, q = (y - mu) / sigma, quantile
    right = (1 - q) * exp(-q * maximum(z, 0.0)) * (maximum(z, 0.0) + 1 / (1 - q))
    below = minimum(z, 0.0)
    left = q * exp((1 - q) * below) * (1 / q - below)
    return log(sigma) + log(where(z > 0, right, left))


def _quantile(p: Any, mu: Any, sigma: Any, quantile: Any) -> Any:
    low = log(minimum(p / quantile, 1.0)) / (1 - quantile)
    high = -log(minimum((1 - p) / (1 - quantile), 1.0)) / quantile
    return mu + sigma * where(p < quantile, low, high)


def _response(draw: Any, second: Any, mu: Any, sigma: Any, quantile: Any) -> Any:
    return mu + sigma * (draw / quantile - second / (1 - quantile))


def _rate(sigma: Any, quantile: Any) -> Any:
    return sqrt(quantile * (1 - quantile)) / sigma


def _asymmetry(quantile: Any) -> Any:
    return sqrt(quantile / (1 - quantile))


def _drawn_by(response: Elementwise) -> Sampler:
    return Sampler("standard_exponential", (), response, (("second", "standard_exponential"),))


def _of_quantile(text: str) -> Family | None:
    with suppress(ValueError):
        return asymmetric_laplace(float(text))
    return None


ASYMMETRIC_LAPLACE = Family(
    name="asymmetric_laplace",
    text="AsymmetricLaplace(mu, sigma, quantile)",
    parameters=(
        Parameter("mu", ("identity", "log", "inverse", "softplus", "log1p")),
        replace(
            SIGMA,
            words="residual scale: observations scatter by sigma over the quantile's probabilities",
            moment_share=0.125,
            elsewhere={"brms": "sigma"},
        ),
        Parameter(
            "quantile",
            ("logit",),
            typical=0.5,
            prior=PriorChoice(
                "Beta", (("alpha", 1.0), ("beta", 1.0)), "every probability is equally likely"
            ),
            words="the probability of a response below mu",
            elsewhere={"brms": "quantile"},
        ),
    ),
    support=Support(),
    density=replace(
        differentiated(_log_density, ("mu", "sigma", "quantile")),
        curvature=_curvature,
        mixed=(None, _mu_quantile, _sigma_quantile),
        corner=True,
    ),
    variance_function=_variance,
    sampler=_drawn_by(_response),
    pymc=PymcDistribution("AsymmetricLaplace", {"mu": "mu", "b": _rate, "kappa": _asymmetry}),
    mean=_mean,
    mean_slope=_slope,
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    words={"identity": LinkWords(level="quantile", linear_level="quantile")},
    aliases=("asym_laplace", "asymmetriclaplace"),
    elsewhere={"bambi": "asymmetriclaplace"},
    r_names={"asym_laplace": ""},
    argument=("quantile", _of_quantile),
)


def asymmetric_laplace(quantile: float) -> Family:
    """Return the family whose `mu` is a quantile that is known: regression for that quantile.

    Raises `DataError` for a probability that is not between 0 and 1.

    >>> asymmetric_laplace(0.9)
    Family(asymmetric_laplace(quantile=0.9), link identity)
    """
    require_probability("quantile", quantile)
    whole, ends = ASYMMETRIC_LAPLACE, ASYMMETRIC_LAPLACE.censorable
    assert ends is not None

    def given(function: Elementwise) -> Elementwise:
        return composed(function, quantile=lambda: float(quantile))

    own = differentiated(given(_log_density), ("mu", "sigma"))
    return replace(
        whole,
        name=f"{whole.name}(quantile={quantile:g})",
        text=f"AsymmetricLaplace(mu, sigma, {quantile:g})",
        parameters=whole.parameters[:2],
        density=replace(own, curvature=given(_first_two), corner=True),
        variance_function=given(_variance),
        sampler=_drawn_by(given(_response)),
        pymc=PymcDistribution(
            "AsymmetricLaplace", {"mu": "mu", "b": given(_rate), "kappa": given(_asymmetry)}
        ),
        mean=given(_mean),
        censorable=Censorable(
            given(_log_below), given(_log_above), given(_log_excess), given(_quantile)
        ),
        aliases=(),
        elsewhere={},
        r_names={},
        bambi_links=(),
        argument=None,
    )


def _first_two(mu: Any, sigma: Any, quantile: Any) -> Any:
    return _curvature(mu, sigma, quantile)[:2]
