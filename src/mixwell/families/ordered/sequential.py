"""Families of ratings that are reached step by step: at each threshold a row stops or goes on.

`sratio` is about stopping: with the link's distribution function F, a row that reaches threshold k
stops there with probability F(z), z = disc (t - eta). `cratio` is about going on, with probability
F(-z): the same for links that are symmetric. Sources: Tutz 1990; Buerkner and Vuorre 2019.
"""

from collections.abc import Sequence
from typing import Any

from mixwell.families.elementwise import exp, log, where
from mixwell.families.family import Elements, Family
from mixwell.families.link import Link
from mixwell.families.ordered.latent import (
    LATENT_LINKS,
    Along,
    along_eta,
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

__all__ = ["CRATIO", "CRATIO_EQUIDISTANT", "SRATIO", "SRATIO_EQUIDISTANT"]


def _stays(z: Any, link: Any, stopping: bool) -> Any:
    """The log probability of stopping at a threshold."""
    return link("log_mu", z) if stopping else link("log_complement", -z)


def _goes(z: Any, link: Any, stopping: bool) -> Any:
    """The log probability of going on."""
    return link("log_complement", z) if stopping else link("log_mu", -z)


def _reached(y: Any, k: int, beyond: Any, there: Any, before: Any) -> Any:
    """Choose by whether a row goes beyond a threshold, stops there, or stopped before."""
    return where(y > k, beyond, where(y < k, before, there))


def _log_density(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any, stopping: bool) -> Any:
    total = 0.0 * eta
    for k, own in enumerate(t):
        z = disc * (own - eta)
        stays, goes = _stays(z, link, stopping), _goes(z, link, stopping)
        total = total + _reached(y, k, goes, stays, 0.0)
    return total


def _along(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any, stopping: bool) -> Along:
    away = [own - eta for own in t]
    slopes, own = [], []
    for k, each in enumerate(away):
        z = disc * each
        error = z if stopping else -z
        rise = link("log_rise", error)
        stays, goes = exp(rise - _stays(z, link, stopping)), exp(rise - _goes(z, link, stopping))
        slope = _reached(y, k, -goes, stays, 0.0)
        turn = link("turn", error)
        slopes.append(slope)
        own.append((turn if stopping else -turn) * slope - slope**2)
    bends = [[bend if i == j else 0.0 for j in range(len(own))] for i, bend in enumerate(own)]
    return Along(slopes, bends, away, disc)


def _sound(along: Along) -> Along:
    bends = [
        [informative(slope, bend) if i == j else 0.0 for j, bend in enumerate(row)]
        for i, (slope, row) in enumerate(zip(along.slopes, along.bends, strict=True))
    ]
    return Along(along.slopes, bends, along.away, along.disc)


def _beyond(draw: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any, stopping: bool) -> Any:
    """How many thresholds a row passes, given a uniform number."""
    left, count = 0.0 * eta, 0.0
    for own in t:
        left = left + _goes(disc * (own - eta), link, stopping)
        count = count + where(draw < exp(left), 1.0, 0.0)
    return count


def _seen(s: Any, t: Sequence[Any]) -> list[Any]:
    """Return the threshold at which a row stops, whether it does, and the odds of each it meets.

    Thresholds that a row does not reach have odds 0.
    """
    end, stops, met = 0.0, 0.0, []
    for k, own in enumerate(t):
        end, stops = _reached(s, k, end, own, end), _reached(s, k, stops, 1.0, stops)
        met.append(where(s < k, 0.0, exp(own)))
    return [end, stops, *met]


def _product(eta: Any, met: Sequence[Any]) -> Any:
    odds, total = exp(-eta), 1.0
    for each in met:
        total = total * (1.0 + odds * each)
    return total


def _chance(s: Any, eta: Any, thresholds: Sequence[Any], link: Any, stopping: bool) -> Any:
    """Return a row's probability."""
    total = 1.0
    stays, goes = ("backward", "complement") if stopping else ("complement", "backward")
    for k, threshold in enumerate(thresholds):
        z = threshold - eta if stopping else eta - threshold
        total = total * _reached(s, k, link(goes, z), link(stays, z), 1.0)
    return total


def _rating(stopping: bool) -> Rating:
    """Return the functions of one of the two families.

    Where eta is the log odds rows are counted by products of odds.
    """

    def log_density(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> Any:
        return _log_density(y, t, eta, disc, link, stopping)

    def gradient(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> Any:
        return gradient_of(_along(y, t, eta, disc, link, stopping))

    def hessian(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> Any:
        return hessian_of(_along(y, t, eta, disc, link, stopping))

    def curvature(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> Any:
        return curvature_of(_sound(_along(y, t, eta, disc, link, stopping)))

    def mixed(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> Any:
        return mixed_of(_sound(_along(y, t, eta, disc, link, stopping)), apart=True)

    def category(draw: Any, t: Any, eta: Any, disc: Any, link: Any) -> Any:
        return _beyond(draw, t, eta, disc, link, stopping)

    def of_row(s: Any, t: Any, link: Any) -> Any:
        return _seen(s, t) if link.has("log_odds") else [s, *t]

    def kernel(eta: Any, seen: Any, link: Any) -> Any:
        if link.has("log_odds"):
            end, stops, *met = seen
            return stops * (end - eta) - log(_product(eta, met))
        s, *thresholds = seen
        return log(_chance(s, eta, thresholds, link, stopping))

    def slopes(eta: Any, seen: Any, link: Any) -> Any:
        if not link.has("log_odds"):
            s, *thresholds = seen
            return along_eta(_sound(_along(s, thresholds, eta, 1.0, link, stopping)))
        _, stops, *met = seen
        odds, score, information = exp(-eta), -stops, 0.0
        for each in met:
            stay = odds * each / (1.0 + odds * each)
            score, information = score + stay, information + stay * (1.0 - stay)
        return score, information

    return Rating(
        log_density, gradient, hessian, curvature, mixed, category, of_row, kernel, slopes
    )


def _hazards(shares: Sequence[float]) -> list[float]:
    """Return the shares that stop at each threshold of those that reach it."""
    return [share / sum(shares[k:]) for k, share in enumerate(shares[:-1])]


def _typical_stops(shares: Sequence[float], link: Link) -> tuple[float, ...]:
    return tuple(float(link(hazard)) for hazard in _hazards(shares))


def _typical_passes(shares: Sequence[float], link: Link) -> tuple[float, ...]:
    return tuple(-float(link(1.0 - hazard)) for hazard in _hazards(shares))


def _stop_sentences(levels: Sequence[str], link: Link) -> tuple[str, ...]:
    chance = chance_on(link)
    return tuple(
        f"{chance} of stopping at {level} where it is reached and every predictor is 0"
        for level in levels[:-1]
    )


def _pass_sentences(levels: Sequence[str], link: Link) -> tuple[str, ...]:
    chance = chance_on(link)
    return tuple(
        f"minus the {chance} of going on from {level} where every predictor is 0"
        for level in levels[:-1]
    )


def _families(name: str, stopping: bool, adjective: str) -> tuple[Family, Family]:
    sentences = _stop_sentences if stopping else _pass_sentences
    typical = _typical_stops if stopping else _typical_passes
    return rating_families(
        _rating(stopping),
        Elements(between_levels, sentences, (), typical),
        "thresholds at which ratings stop or go on, on the link's scale",
        name=name,
        text=f"{adjective.capitalize()}Ratio(eta, {{}})",
        links=LATENT_LINKS,
        words=latent_words("of going on to a higher rating"),
        adjectives={"logit": f"{adjective}-ratio logistic", "probit": f"{adjective}-ratio probit"},
        elsewhere={"bambi": name} if stopping else {},
        at_threshold=lambda low, high: f"of going on beyond {low}",
    )


SRATIO, SRATIO_EQUIDISTANT = _families("sratio", True, "stopping")
CRATIO, CRATIO_EQUIDISTANT = _families("cratio", False, "continuation")
