"""The cumulative logistic family of ratings: which thresholds a latent response lies between.

The latent response is the linear predictor with a standard logistic error; a row is in category k
(from 0) where that lies between the thresholds k - 1 and k. The odds of being above a threshold are
exp(eta - threshold): a difference in eta multiplies the odds at every threshold alike. The
thresholds are the intercepts. Source: McCullagh 1980.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mixwell.families.elementwise import (
    count_below,
    element,
    exp,
    expit,
    expm1,
    log1p,
    softplus,
)
from mixwell.families.family import (
    Density,
    Elements,
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Sampler,
    Support,
)
from mixwell.families.link import LinkWords

__all__ = ["CUMULATIVE"]

_ENDLESS = math.inf


def _below(y: Any) -> Any:
    return y - 1


def _above(y: Any) -> Any:
    return y


def _ends(y: Any, eta: Any, threshold: Any) -> Any:
    """The ends of a category as the error sees them; those of the scale are infinite."""
    lower = element(threshold, _below(y), -_ENDLESS, _ENDLESS) - eta
    upper = element(threshold, _above(y), -_ENDLESS, _ENDLESS) - eta
    return lower, upper


def _log_density(y: Any, eta: Any, threshold: Any) -> Any:
    lower, upper = _ends(y, eta, threshold)
    return log1p(-exp(lower - upper)) - softplus(lower) - softplus(-upper)


def _shared(lower: Any, upper: Any) -> Any:
    """What both slopes of the log density have from the width of the category, 1 / expm1(width)."""
    return -exp(lower - upper) / expm1(lower - upper)


def _slope(end: Any) -> Any:
    return expit(end) * expit(-end)


def _gradient(y: Any, eta: Any, threshold: Any) -> Any:
    lower, upper = _ends(y, eta, threshold)
    shared = _shared(lower, upper)
    below, above = expit(lower), expit(-upper)
    return below - above, -below - shared, above + shared


def _hessian(y: Any, eta: Any, threshold: Any) -> Any:
    lower, upper = _ends(y, eta, threshold)
    shared, low, high = _shared(lower, upper), _slope(lower), _slope(upper)
    mixed = shared + shared**2
    return -low - high, low, -low - mixed, high, mixed, -high - mixed


def _curvature(y: Any, eta: Any, threshold: Any) -> Any:
    lower, upper = _ends(y, eta, threshold)
    shared, low, high = _shared(lower, upper), _slope(lower), _slope(upper)
    mixed = shared + shared**2
    return low + high, low + mixed, high + mixed


def _eta_lower(y: Any, eta: Any, threshold: Any) -> Any:
    return -_slope(_ends(y, eta, threshold)[0])


def _eta_upper(y: Any, eta: Any, threshold: Any) -> Any:
    return -_slope(_ends(y, eta, threshold)[1])


def _lower_upper(y: Any, eta: Any, threshold: Any) -> Any:
    shared = _shared(*_ends(y, eta, threshold))
    return -shared - shared**2


def _category(draw: Any, eta: Any, threshold: Any) -> Any:
    return count_below(draw + eta, threshold)


def _between(levels: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{low}|{high}" for low, high in pairwise(levels))


def _sentences(levels: Sequence[str]) -> tuple[str, ...]:
    first, *others = levels[:-1]
    below = (first, *(f"{level} or lower" for level in others))
    return tuple(f"log odds of {said} where every predictor is 0" for said in below)


def _typical(shares: Sequence[float]) -> tuple[float, ...]:
    """The thresholds at which the categories have these shares when eta is 0."""
    below = [sum(shares[: k + 1]) for k in range(len(shares) - 1)]
    return tuple(math.log(p) - math.log1p(-p) for p in below)


CUMULATIVE = Family(
    name="cumulative",
    text="OrderedLogistic(eta, threshold)",
    parameters=(
        Parameter("mu", ("logit",)),
        Parameter(
            "threshold",
            ("identity",),
            prior=PriorChoice(
                "StudentT",
                (("nu", 3.0), ("mu", 0.0), ("sigma", 2.5)),
                "brms's default: wide on the logit scale; at the predictors' means, in order",
            ),
            words="thresholds between neighboring ratings, on the logit scale",
            vector=Elements(_between, _sentences, (_below, _above), _typical),
            intercept=True,
            elsewhere={"brms": "Intercept"},
        ),
    ),
    support=Support(
        kind="ordered",
        whole=True,
        advice="A rating is an ordered factor, or whole numbers.",
    ),
    density=Density(
        _log_density, _gradient, _hessian, _curvature, (_eta_lower, _eta_upper, _lower_upper)
    ),
    sampler=Sampler("logistic", (), _category),
    mean=None,
    pymc=PymcDistribution(
        "OrderedLogistic", {"eta": "eta", "cutpoints": "threshold"}, options={"compute_p": False}
    ),
    mean_words="probabilities",
    words={
        "logit": LinkWords(
            "odds of a higher rating",
            "odds ratio of a higher rating",
            "odds ratios of a higher rating",
            "log odds of a higher rating",
            "log odds ratio of a higher rating",
            "log odds ratios of a higher rating",
        )
    },
    adjectives={"logit": "cumulative logistic"},
    aliases=("ordinal", "ordered_logistic"),
    elsewhere={"bambi": "cumulative"},
    r_names={"cumulative": ""},
    r_packages={"cumulative": "brms"},
)
