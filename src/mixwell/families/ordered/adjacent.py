"""The adjacent-category family of ratings: odds of each rating against the one below.

The log odds of category k + 1 against k are -z = disc (eta - t), for every threshold t. Source:
Agresti 2010, chapter 4.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mixwell.families.elementwise import exp, log, maximum, where
from mixwell.families.family import Elements
from mixwell.families.link import Link
from mixwell.families.ordered.latent import (
    Along,
    between_levels,
    curvature_of,
    gradient_of,
    hessian_of,
    mixed_of,
    ratio_words,
)
from mixwell.families.ordered.rating_families import rating_families
from mixwell.families.ordered.thresholds import Rating

__all__ = ["ACAT", "ACAT_EQUIDISTANT"]


def _scores(away: Sequence[Any], disc: Any) -> tuple[list[Any], Any]:
    """Return the log odds of each category against the lowest, and log of the sum of all odds."""
    scores = [0.0 * away[0]]
    for each in away:
        scores.append(scores[-1] - disc * each)
    most = scores[0]
    for score in scores[1:]:
        most = maximum(most, score)
    total = exp(scores[0] - most)
    for score in scores[1:]:
        total = total + exp(score - most)
    return scores, most + log(total)


def _beyond(scores: Sequence[Any], total: Any) -> list[Any]:
    """Return the probabilities of a category above each threshold."""
    above = [exp(scores[-1] - total)]
    for score in reversed(scores[1:-1]):
        above.append(above[-1] + exp(score - total))
    return above[::-1]


def _log_density(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    scores, total = _scores([each - eta for each in t], disc)
    own = scores[0]
    for k, score in enumerate(scores[1:]):
        own = where(y > k, score, own)
    return own - total


def _along(y: Any, t: Sequence[Any], eta: Any, disc: Any) -> Along:
    away = [each - eta for each in t]
    above = _beyond(*_scores(away, disc))
    slopes = [chance - where(y > k, 1.0, 0.0) for k, chance in enumerate(above)]
    bends = [
        [above[i] * above[j] - above[max(i, j)] for j in range(len(above))]
        for i in range(len(above))
    ]
    return Along(slopes, bends, away, disc)


def _gradient(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return gradient_of(_along(y, t, eta, disc))


def _hessian(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return hessian_of(_along(y, t, eta, disc))


def _curvature(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return curvature_of(_along(y, t, eta, disc))


def _mixed(y: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    return mixed_of(_along(y, t, eta, disc), apart=False)


def _of_row(s: Any, t: Sequence[Any], link: Any) -> Any:
    """Return a row's category, its score where eta is 0, and all categories' odds there."""
    scores, own = [0.0], 0.0
    for k, each in enumerate(t):
        scores.append(scores[-1] - each)
        own = where(s > k, scores[-1], own)
    return s, own, *(exp(score) for score in scores[1:])


def _kernel(eta: Any, seen: Any) -> Any:
    category, own, *each = seen
    odds, total = exp(eta), each[-1]
    for below in reversed(each[:-1]):
        total = below + odds * total
    return own + category * eta - log(1.0 + odds * total)


def _slopes(eta: Any, seen: Any) -> Any:
    """Return the category less its mean, and its variance."""
    category, _, *each = seen
    odds, power = exp(eta), 1.0
    total, mean, square = 1.0, 0.0, 0.0
    for k, own in enumerate(each, 1):
        power = power * odds
        total, mean = total + power * own, mean + k * power * own
        square = square + k * k * power * own
    mean = mean / total
    return category - mean, square / total - mean**2


def _category(draw: Any, t: Sequence[Any], eta: Any, disc: Any, link: Any) -> Any:
    """How many thresholds are passed, given a uniform number."""
    count = 0.0
    for chance in _beyond(*_scores([each - eta for each in t], disc)):
        count = count + where(draw < chance, 1.0, 0.0)
    return count


def _sentences(levels: Sequence[str], link: Link) -> tuple[str, ...]:
    return tuple(
        f"log odds of {low} rather than {high} where every predictor is 0"
        for low, high in pairwise(levels)
    )


def _typical(shares: Sequence[float], link: Link) -> tuple[float, ...]:
    return tuple(math.log(low / high) for low, high in pairwise(shares))


ACAT, ACAT_EQUIDISTANT = rating_families(
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
    ),
    Elements(between_levels, _sentences, (), _typical),
    "log odds of each rating against the next higher one",
    name="acat",
    text="AdjacentCategory(eta, {})",
    links=("logit",),
    words={"logit": ratio_words("of the higher of two neighboring ratings")},
    adjectives={"logit": "adjacent-category logistic"},
    aliases=("adjacent",),
    at_threshold=lambda low, high: f"of {high} rather than {low}",
)
