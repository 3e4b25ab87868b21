"""The cumulative family of ratings: which thresholds a latent response lies between.

The latent response is the linear predictor with an error, whose distribution function F undoes the
link; a row is in category k (from 0) where that lies between the thresholds k - 1 and k, with the
probability F(z of the upper one) - F(z of the lower one). The thresholds are the intercepts.
Source: McCullagh 1980.
"""

from collections.abc import Sequence
from typing import Any

from mixwell.families.elementwise import exp, log, where
from mixwell.families.family import Elements
from mixwell.families.link import Link
from mixwell.families.links.between import (
    bends_between,
    chance_between,
    log_between,
    slopes_between,
)
from mixwell.families.ordered.latent import (
    LATENT_LINKS,
    Along,
    between_levels,
    chance_on,
    curvature_of,
    gradient_of,
    hessian_of,
    informative,
    latent_words,
    mixed_of,
)
from mixwell.families.ordered.rating_families import rating_families
from mixwell.families.ordered.thresholds import Rating

__all__ = ["CUMULATIVE", "CUMULATIVE_EQUIDISTANT"]

_NONE = float("inf")


def _below(y: Any) -> Any:
    return y - 1


def _above(y: Any) -> Any:
    return y


def _log_density(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    lower, upper = t
    return log_between(disc * (lower - eta), disc * (upper - eta), link)


def _along(t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Along:
    """Derivatives by both ends of a category; those of the scale are infinite."""
    lower, upper = (own - eta for own in t)
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


def _gradient(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return gradient_of(_along(t, eta, disc, link))


def _hessian(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return hessian_of(_along(t, eta, disc, link))


def _curvature(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return curvature_of(_sound(_along(t, eta, disc, link)))


def _mixed(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return mixed_of(_sound(_along(t, eta, disc, link)), apart=False)


def _of_row(s: Any, t: Sequence[Any], link: Any) -> Any:
    """Return the ends of a category; where eta is the log odds, what its odds meet of them."""
    lower, upper = t
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


def _category(draw: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    latent, count = link("forward", draw) / disc + eta, 0.0
    for own in t:
        count = count + where(latent > own, 1.0, 0.0)
    return count


def _sentences(levels: Sequence[str], link: Link) -> tuple[str, ...]:
    first, *others = levels[:-1]
    below = (first, *(f"{level} or lower" for level in others))
    return tuple(f"{chance_on(link)} of {said} where every predictor is 0" for said in below)


def _typical(shares: Sequence[float], link: Link) -> tuple[float, ...]:
    """The thresholds at which the categories have these shares when eta is 0."""
    below = [sum(shares[: k + 1]) for k in range(len(shares) - 1)]
    return tuple(float(link(p)) for p in below)


CUMULATIVE, CUMULATIVE_EQUIDISTANT = rating_families(
    Rating(
        _log_density,
        _gradient,
        _hessian,
        _curvature,
        _mixed,
        _category,
        _of_row,
        _kernel,
        _slopes,
        (_below, _above),
    ),
    Elements(between_levels, _sentences, (_below, _above), _typical, increasing=True),
    "thresholds between neighboring ratings, on the link's scale",
    name="cumulative",
    text="Cumulative(eta, {})",
    links=LATENT_LINKS,
    words=latent_words("of a higher rating"),
    adjectives={"logit": "cumulative logistic", "probit": "cumulative probit"},
    aliases=("ordinal", "ordered_logistic", "ocat"),
    elsewhere={"bambi": "cumulative"},
)
