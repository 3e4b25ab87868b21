"""Links of probabilities: what takes them back is a distribution function."""

import math
from collections.abc import Callable
from typing import Any

from mixwell.families.elementwise import (
    Elementwise,
    arctan,
    exp,
    expit,
    expm1,
    log,
    log1p,
    log_ndtr,
    maximum,
    minimum,
    ndtr,
    ndtri,
    softplus,
    tan,
    where,
)
from mixwell.families.link import Link, LinkWords, same
from mixwell.families.links.between import (
    gompertz_log_between,
    gumbel_log_between,
    logistic_bends_between,
    logistic_log_between,
    logistic_slopes_between,
)
from mixwell.families.links.link_scales import named_words, standard_scale

__all__ = [
    "CAUCHIT",
    "CLOGLOG",
    "LOGIT",
    "LOGLOG",
    "PROBIT",
    "logistic",
    "logistic_bend",
    "logistic_rise",
]

_ROOT_2PI = math.sqrt(2 * math.pi)
_LOG_ROOT_2PI, _LOG_PI = math.log(_ROOT_2PI), math.log(math.pi)


def _distribution_link(
    name: str,
    functions: tuple[Elementwise, Elementwise, Elementwise, Elementwise],
    forms: dict[str, Elementwise],
    null: float = 0.5,
    words: Callable[[str, bool], LinkWords] | None = None,
    **more: Any,
) -> Link:
    """Return the link whose `functions` are forward, backward, and two derivatives of this."""
    forward, backward, rise, bend = functions
    return Link(
        name=name,
        formula=f"{name}({{}})",
        domain=(0.0, 1.0),
        forward=forward,
        backward=backward,
        rise=rise,
        bend=bend,
        carry=standard_scale(name),
        words=words or named_words(name),
        forms=tuple(forms.items()),
        null=null,
        exponential=True,
        **more,
    )


def _mirrored(function: Elementwise) -> Elementwise:
    """Return a function seen from the other side of 0."""

    def mirrored(eta: Any) -> Any:
        return function(-eta)

    return mirrored


def _turned_round(function: Elementwise) -> Elementwise:
    """Return the negative of a function seen from the other side of 0, as of an odd derivative."""

    def turned_round(eta: Any) -> Any:
        return -function(-eta)

    return turned_round


def _logit(mean: Any) -> Any:
    return log(mean) - log1p(-mean)


def logistic(eta: Any) -> Any:
    """Return the logistic distribution function."""
    return expit(eta)


def logistic_rise(eta: Any) -> Any:
    """Return its derivative."""
    small = exp(minimum(eta, -eta))  # one exponential, and all digits in both tails
    return small / (1 + small) ** 2


def logistic_bend(eta: Any) -> Any:
    """Return its second derivative."""
    return logistic_rise(eta) * (expit(-eta) - expit(eta))


def _logistic_log(eta: Any) -> Any:
    return -softplus(-eta)


def _logistic_log_complement(eta: Any) -> Any:
    return -softplus(eta)


def _logistic_log_rise(eta: Any) -> Any:
    return -softplus(eta) - softplus(-eta)


def _logistic_turn(eta: Any) -> Any:
    return expit(-eta) - expit(eta)


def _odds_words(quantity: str, rate: bool) -> LinkWords:
    return LinkWords.logarithmic("odds", "odds ratio", "odds ratios", "on the log odds scale")


LOGIT = _distribution_link(
    "logit",
    (_logit, logistic, logistic_rise, logistic_bend),
    {
        "log_odds": same,
        "complement": _mirrored(logistic),
        "log_mu": _logistic_log,
        "log_complement": _logistic_log_complement,
        "log_rise": _logistic_log_rise,
        "turn": _logistic_turn,
        "log_between": logistic_log_between,
        "slopes_between": logistic_slopes_between,
        "bends_between": logistic_bends_between,
    },
    words=_odds_words,
    symmetric=True,
    comparison="odds ratio",
    observed="the log odds of the observed proportions",
    latent_variance=math.pi**2 / 3,
)


def _probit(mean: Any) -> Any:
    return ndtri(mean)


def _normal(eta: Any) -> Any:
    return ndtr(eta)


def _normal_rise(eta: Any) -> Any:
    return exp(-0.5 * eta**2) / _ROOT_2PI


def _normal_bend(eta: Any) -> Any:
    return -eta * exp(-0.5 * eta**2) / _ROOT_2PI


def _normal_log(eta: Any) -> Any:
    return log_ndtr(eta)


def _normal_log_rise(eta: Any) -> Any:
    return -0.5 * eta**2 - _LOG_ROOT_2PI


def _normal_turn(eta: Any) -> Any:
    return -eta


PROBIT = _distribution_link(
    "probit",
    (_probit, _normal, _normal_rise, _normal_bend),
    {
        "complement": _mirrored(_normal),
        "log_mu": _normal_log,
        "log_complement": _mirrored(_normal_log),
        "log_rise": _normal_log_rise,
        "turn": _normal_turn,
    },
    symmetric=True,
    latent_variance=1.0,
)


def _cloglog(mean: Any) -> Any:
    return log(-log1p(-mean))


def _gompertz(eta: Any) -> Any:
    return -expm1(-exp(eta))


def _gompertz_rise(eta: Any) -> Any:
    # beyond 30 the slope is below the smallest number
    return exp(eta - exp(minimum(eta, 30.0)))


def _gompertz_bend(eta: Any) -> Any:
    rate = exp(minimum(eta, 30.0))
    return exp(eta - rate) * (1 - rate)


def _gompertz_complement(eta: Any) -> Any:
    return exp(-exp(eta))


def _gompertz_log(eta: Any) -> Any:
    return log(-expm1(-exp(eta)))


def _gompertz_log_complement(eta: Any) -> Any:
    return -exp(eta)


def _gompertz_log_rise(eta: Any) -> Any:
    return eta - exp(eta)  # -inf beyond the largest number, as it is to rounding


def _gompertz_turn(eta: Any) -> Any:
    return 1.0 - exp(minimum(eta, 30.0))


CLOGLOG = _distribution_link(
    "cloglog",
    (_cloglog, _gompertz, _gompertz_rise, _gompertz_bend),
    {
        "complement": _gompertz_complement,
        "log_mu": _gompertz_log,
        "log_complement": _gompertz_log_complement,
        "log_rise": _gompertz_log_rise,
        "turn": _gompertz_turn,
        "log_between": gompertz_log_between,
    },
    null=-math.expm1(-1.0),
    latent_variance=math.pi**2 / 6,
)


def _loglog(mean: Any) -> Any:
    return -log(-log(mean))


# Gumbel's distribution function is what Gompertz's leaves, seen from the other side of 0.
LOGLOG = _distribution_link(
    "loglog",
    (
        _loglog,
        _mirrored(_gompertz_complement),
        _mirrored(_gompertz_rise),
        _turned_round(_gompertz_bend),
    ),
    {
        "complement": _mirrored(_gompertz),
        "log_mu": _mirrored(_gompertz_log_complement),
        "log_complement": _mirrored(_gompertz_log),
        "log_rise": _mirrored(_gompertz_log_rise),
        "turn": _turned_round(_gompertz_turn),
        "log_between": gumbel_log_between,
    },
    null=math.exp(-1.0),
    latent_variance=math.pi**2 / 6,
)


def _cauchit(mean: Any) -> Any:
    left, right = tan(math.pi * mean), tan(math.pi * (1 - mean))  # all digits at both ends
    return where(mean < 0.5, -1 / left, 1 / right)


def _cauchy(eta: Any) -> Any:
    # far below 0 the angle of the reciprocal keeps the digits
    far = arctan(-1 / minimum(eta, -1.0)) / math.pi
    return where(eta < -1, far, 0.5 + arctan(maximum(eta, -1.0)) / math.pi)


def _cauchy_rise(eta: Any) -> Any:
    return 1 / (math.pi * (1 + eta**2))


def _cauchy_bend(eta: Any) -> Any:
    return -2 * eta / (math.pi * (1 + eta**2) ** 2)


def _cauchy_log(eta: Any) -> Any:
    return log(_cauchy(eta))


def _cauchy_log_rise(eta: Any) -> Any:
    return -log1p(eta**2) - _LOG_PI


def _cauchy_turn(eta: Any) -> Any:
    return -2 * eta / (1 + eta**2)


CAUCHIT = _distribution_link(
    "cauchit",
    (_cauchit, _cauchy, _cauchy_rise, _cauchy_bend),
    {
        "complement": _mirrored(_cauchy),
        "log_mu": _cauchy_log,
        "log_complement": _mirrored(_cauchy_log),
        "log_rise": _cauchy_log_rise,
        "turn": _cauchy_turn,
    },
    symmetric=True,
)
