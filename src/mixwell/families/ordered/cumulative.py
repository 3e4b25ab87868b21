"""The cumulative family of ratings: which thresholds a latent response lies between.

The latent response is the linear predictor with an error, whose distribution function F undoes the
link; a row is in category k (from 0) where that lies between the thresholds k - 1 and k, with the
probability F(z of the upper one) - F(z of the lower one). The thresholds are the intercepts.
Source: McCullagh 1980.
"""

from collections.abc import Sequence
from typing import Any

from mixwell.families.elementwise import count_below, element, exp, log, where
from mixwell.families.family import Density, Elements, Family, Parameter, Sampler, Tally
from mixwell.families.intervals.between import (
    bends_between,
    chance_between,
    log_between,
    slopes_between,
)
from mixwell.families.link import Link
from mixwell.families.ordered.latent import (
    DISC,
    LATENT_LINKS,
    RATINGS,
    Along,
    between_levels,
    chance_on,
    curvature_of,
    gradient_of,
    hessian_of,
    informative,
    latent_words,
    mixed_of,
    threshold_parameter,
)

__all__ = ["CUMULATIVE"]

_NONE = float("inf")


def _below(y: Any) -> Any:
    return y - 1


def _above(y: Any) -> Any:
    return y


def _ends(y: Any, eta: Any, threshold: Any) -> tuple[Any, Any]:
    """Both ends of a category less eta; those of the scale are infinite."""
    lower = element(threshold, _below(y), -_NONE, _NONE)
    upper = element(threshold, _above(y), -_NONE, _NONE)
    return lower - eta, upper - eta


def _log_density(y: Any, eta: Any, threshold: Any, disc: Any, link: Any) -> Any:
    lower, upper = _ends(y, eta, threshold)
    return log_between(disc * lower, disc * upper, link)


def _along(y: Any, eta: Any, threshold: Any, disc: Any, link: Any) -> Along:
    lower, upper = _ends(y, eta, threshold)
    low, high = disc * lower, disc * upper
    below, both, above = bends_between(low, high, link)
    # an infinite end has no slope, wherever it is put
    away = (where(lower <= -_NONE, 0.0, lower), where(upper >= _NONE, 0.0, upper))
    slopes = slopes_between(low, high, link)
    return Along(slopes, ((below, both), (both, above)), away, disc)


def _sound(along: Along) -> Along:
    """Bends without a wrong sign: those observed, or minus the slopes' products.

    Errors with heavy tails, as Cauchy's, have places where a log density is bent upward; the mean
    of the products of its slopes is that of minus its bends.
    """
    (below, both), (_, above) = along.bends
    one, other = along.slopes
    right = (below <= 0) & (above <= 0) & (below * above >= both**2)
    low, middle, high = (
        where(right, own, -product)
        for own, product in ((below, one**2), (both, one * other), (above, other**2))
    )
    return Along(along.slopes, ((low, middle), (middle, high)), along.away, along.disc)


def _gradient(y: Any, eta: Any, threshold: Any, disc: Any, link: Any) -> Any:
    return gradient_of(_along(y, eta, threshold, disc, link))


def _hessian(y: Any, eta: Any, threshold: Any, disc: Any, link: Any) -> Any:
    return hessian_of(_along(y, eta, threshold, disc, link))


def _curvature(y: Any, eta: Any, threshold: Any, disc: Any, link: Any) -> Any:
    return curvature_of(_sound(_along(y, eta, threshold, disc, link)))


def _mixed(y: Any, eta: Any, threshold: Any, disc: Any, link: Any) -> Any:
    return mixed_of(_sound(_along(y, eta, threshold, disc, link)), apart=False)


def _of_row(s: Any, threshold: Any, link: Any) -> Any:
    """Return the ends of a category; where eta is the log odds, what its odds meet of them."""
    lower, upper = _ends(s, 0.0, threshold)
    if not link.has("log_odds"):
        return lower, upper
    return exp(lower), exp(-upper), log(1.0 - exp(lower - upper))


def _kernel(eta: Any, seen: Any, link: Any) -> Any:
    if not link.has("log_odds"):
        lower, upper = seen
        return chance_between(lower - eta, upper - eta, link)
    below, above, width = seen
    odds = exp(eta)
    return eta + width - log((1.0 + odds * above) * (below + odds))


def _slopes(eta: Any, seen: Any, link: Any) -> Any:
    if not link.has("log_odds"):
        lower, upper = seen
        falls, rises = slopes_between(lower - eta, upper - eta, link)
        below, both, above = bends_between(lower - eta, upper - eta, link)
        slope, bend = -falls - rises, below + 2.0 * both + above
        return slope, -informative(slope, bend)
    below, above, _ = seen
    odds = exp(eta)
    low, high = below / (below + odds), odds * above / (1.0 + odds * above)
    return low - high, low * (1.0 - low) + high * (1.0 - high)


def _category(draw: Any, eta: Any, threshold: Any, disc: Any, link: Any) -> Any:
    return count_below(link("forward", draw) / disc + eta, threshold)


def _sentences(levels: Sequence[str], link: Link) -> tuple[str, ...]:
    first, *others = levels[:-1]
    below = (first, *(f"{level} or lower" for level in others))
    return tuple(f"{chance_on(link)} of {said} where every predictor is 0" for said in below)


def _typical(shares: Sequence[float], link: Link) -> tuple[float, ...]:
    """The thresholds at which the categories have these shares when eta is 0."""
    below = [sum(shares[: k + 1]) for k in range(len(shares) - 1)]
    return tuple(float(link(p)) for p in below)


CUMULATIVE = Family(
    name="cumulative",
    text="Cumulative(eta, threshold)",
    parameters=(
        Parameter("mu", LATENT_LINKS),
        threshold_parameter(
            Elements(between_levels, _sentences, (_below, _above), _typical, increasing=True),
            "thresholds between neighboring ratings, on the link's scale",
        ),
        DISC,
    ),
    support=RATINGS,
    density=Density(_log_density, _gradient, _hessian, _curvature, pairs=_mixed),
    sampler=Sampler("random", (), _category),
    tally=Tally(by_row=_kernel, slopes=_slopes, of_row=_of_row),
    mean=None,
    mean_words="probabilities",
    words=latent_words("of a higher rating"),
    adjectives={"logit": "cumulative logistic", "probit": "cumulative probit"},
    aliases=("ordinal", "ordered_logistic"),
    elsewhere={"bambi": "cumulative"},
    r_names={"cumulative": ""},
    r_packages={"cumulative": "brms"},
)
