"""Every link, one entry each: its functions, then the table."""

import copyreg
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mixwell.families.elementwise import (
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
    sqrt,
    tan,
    where,
)
from mixwell.families.intervals.between import (
    gompertz_log_between,
    gumbel_log_between,
    logistic_bends_between,
    logistic_log_between,
    logistic_slopes_between,
)
from mixwell.families.link import Link, LinkWords, ResponseScale, same

if TYPE_CHECKING:
    from mixwell.numeric.moments import ResponseMoments

__all__ = ["LINKS", "LINK_NAMES", "SWAPPED_BY_CLMM", "own_name"]

_ROOT_2PI = math.sqrt(2 * math.pi)
_LOG_ROOT_2PI, _LOG_PI = math.log(_ROOT_2PI), math.log(math.pi)


def _one(eta: Any) -> Any:
    return 1.0 + 0.0 * eta


def _zero(eta: Any) -> Any:
    return 0.0 * eta


def _exp(eta: Any) -> Any:
    return exp(eta)


def _log(mean: Any) -> Any:
    return log(mean)


def _reciprocal(value: Any) -> Any:
    return 1.0 / value


def _reciprocal_rise(eta: Any) -> Any:
    return -1.0 / eta**2


def _reciprocal_bend(eta: Any) -> Any:
    return 2.0 / eta**3


def _root(mean: Any) -> Any:
    return sqrt(mean)


def _square(eta: Any) -> Any:
    return eta**2


def _square_rise(eta: Any) -> Any:
    return 2.0 * eta


def _square_bend(eta: Any) -> Any:
    return 2.0 + 0.0 * eta


def _logit(mean: Any) -> Any:
    return log(mean) - log1p(-mean)


def _expit(eta: Any) -> Any:
    return expit(eta)


def _expit_rise(eta: Any) -> Any:
    small = exp(minimum(eta, -eta))  # one exponential, and all digits in both tails
    return small / (1 + small) ** 2


def _expit_bend(eta: Any) -> Any:
    return _expit_rise(eta) * (expit(-eta) - expit(eta))


def _expit_complement(eta: Any) -> Any:
    return expit(-eta)


def _expit_log(eta: Any) -> Any:
    return -softplus(-eta)


def _expit_log_complement(eta: Any) -> Any:
    return -softplus(eta)


def _logit_less_1(mean: Any) -> Any:
    return log(mean - 1.0) - log(2.0 - mean)


def _expit_and_1(eta: Any) -> Any:
    return 1.0 + expit(eta)


def _expit_log_rise(eta: Any) -> Any:
    return -softplus(eta) - softplus(-eta)


def _expit_turn(eta: Any) -> Any:
    return expit(-eta) - expit(eta)


def _probit(mean: Any) -> Any:
    return ndtri(mean)


def _normal(eta: Any) -> Any:
    return ndtr(eta)


def _normal_rise(eta: Any) -> Any:
    return exp(-0.5 * eta**2) / _ROOT_2PI


def _normal_bend(eta: Any) -> Any:
    return -eta * exp(-0.5 * eta**2) / _ROOT_2PI


def _normal_complement(eta: Any) -> Any:
    return ndtr(-eta)


def _normal_log(eta: Any) -> Any:
    return log_ndtr(eta)


def _normal_log_complement(eta: Any) -> Any:
    return log_ndtr(-eta)


def _normal_log_rise(eta: Any) -> Any:
    return -0.5 * eta**2 - _LOG_ROOT_2PI


def _normal_turn(eta: Any) -> Any:
    return -eta


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


def _cauchy_complement(eta: Any) -> Any:
    return _cauchy(-eta)


def _cauchy_log(eta: Any) -> Any:
    return log(_cauchy(eta))


def _cauchy_log_complement(eta: Any) -> Any:
    return log(_cauchy(-eta))


def _cauchy_log_rise(eta: Any) -> Any:
    return -log1p(eta**2) - _LOG_PI


def _cauchy_turn(eta: Any) -> Any:
    return -2 * eta / (1 + eta**2)


def _loglog(mean: Any) -> Any:
    return -log(-log(mean))


def _gumbel(eta: Any) -> Any:
    return exp(-exp(-eta))


def _gumbel_rise(eta: Any) -> Any:
    return _gompertz_rise(-eta)


def _gumbel_bend(eta: Any) -> Any:
    return -_gompertz_bend(-eta)


def _gumbel_complement(eta: Any) -> Any:
    return -expm1(-exp(-eta))


def _gumbel_log(eta: Any) -> Any:
    return -exp(-eta)


def _gumbel_log_complement(eta: Any) -> Any:
    return log(-expm1(-exp(-eta)))


def _gumbel_log_rise(eta: Any) -> Any:
    return _gompertz_log_rise(-eta)


def _gumbel_turn(eta: Any) -> Any:
    return -_gompertz_turn(-eta)


def _over_square(mean: Any) -> Any:
    return mean**-2.0


def _over_root(eta: Any) -> Any:
    return eta**-0.5


def _over_root_rise(eta: Any) -> Any:
    return -0.5 * eta**-1.5


def _over_root_bend(eta: Any) -> Any:
    return 0.75 * eta**-2.5


def _hard(mean: Any) -> Any:
    return mean + log(-expm1(-mean))


def _soft(eta: Any) -> Any:
    return softplus(eta)


def _log1p(mean: Any) -> Any:
    return log1p(mean)


def _expm1(eta: Any) -> Any:
    return expm1(eta)


def _half_tangent(mean: Any) -> Any:
    return tan(0.5 * mean)


def _angle(eta: Any) -> Any:
    return 2 * arctan(eta)


def _angle_rise(eta: Any) -> Any:
    return 2 / (1 + eta**2)


def _angle_bend(eta: Any) -> Any:
    return -4 * eta / (1 + eta**2) ** 2


def _gompertz_log_rise(eta: Any) -> Any:
    return eta - exp(eta)  # -inf beyond the largest number, as it is to rounding


def _gompertz_turn(eta: Any) -> Any:
    return 1.0 - exp(minimum(eta, 30.0))


def _carried_as_it_is(y: "ResponseMoments") -> ResponseScale:
    text = f"{y.word}({y.name}) = {y.width:.3g}"
    return ResponseScale(y.mean_less_offset, y.width, y.width, f"mean({y.name})", text)


def _carried_to_logs(y: "ResponseMoments") -> ResponseScale:
    return ResponseScale(y.log_rate, 1.0, y.width, "log(mean(y))", "log scale")


def _carried_to_reciprocals(y: "ResponseMoments") -> ResponseScale:
    size = abs(y.mean) or y.width
    location, text = _less_offset(1 / (y.mean or y.width), "1 / mean(y)", y)
    return ResponseScale(location, y.width / size**2, y.width, text, "sd(y)/mean(y)^2")


def _carried_to_roots(y: "ResponseMoments") -> ResponseScale:
    mean, spread = y.of_roots
    location, text = _less_offset(mean, "mean(sqrt(y))", y)
    return ResponseScale(location, spread, y.width, text, "sd(sqrt(y))")


def _carried_to_squares_below(y: "ResponseMoments") -> ResponseScale:
    size = abs(y.mean) or y.width
    location, text = _less_offset(size**-2, "1 / mean(y)^2", y)
    return ResponseScale(location, 2 * y.width / size**3, y.width, text, "2 sd(y)/mean(y)^3")


def _carried_to_softplus(y: "ResponseMoments") -> ResponseScale:
    size = y.mean if y.mean > 0 else y.width
    share = -math.expm1(-size)
    location, text = _less_offset(size + math.log(share), "softplus of it is mean(y)", y)
    return ResponseScale(location, y.width / share, y.width, text, "sd(y)/(1 - exp(-mean(y)))")


def _carried_to_log1p(y: "ResponseMoments") -> ResponseScale:
    location, text = _less_offset(math.log1p(max(y.mean, -0.9)), "log(1 + mean(y))", y)
    return ResponseScale(location, 1.0, y.width, text, "log1p scale")


def _atanh(correlation: Any) -> Any:
    return 0.5 * (log1p(correlation) - log1p(-correlation))


def _tanh(z: Any) -> Any:
    return 2.0 * expit(2.0 * z) - 1.0


def _tanh_rise(z: Any) -> Any:
    return 4.0 * expit(2.0 * z) * expit(-2.0 * z)


def _tanh_bend(z: Any) -> Any:
    return -2.0 * _tanh(z) * _tanh_rise(z)


def _standard(name: str) -> "Callable[[ResponseMoments], ResponseScale]":
    """Return the rule for links on whose scale everything is of size 1."""

    def carried(y: "ResponseMoments") -> ResponseScale:
        location, text = _less_offset(0.0, "0", y)
        return ResponseScale(location, 1.0, y.width, text, f"{name} scale")

    return carried


def _less_offset(location: float, text: str, y: "ResponseMoments") -> tuple[float, str]:
    """Return where an intercept is expected next to an offset, and the text that says so."""
    mean = y.mean_offset
    return (location - mean, f"{text} - mean(offset)") if mean else (location, text)


def _plain_words(quantity: str, rate: bool) -> LinkWords:
    return LinkWords(level=quantity, linear_level=quantity)


def _log_words(quantity: str, rate: bool) -> LinkWords:
    if rate:
        return LinkWords.logarithmic("rate", "rate ratio", "rate ratios", "on the log scale")
    of = "means" if quantity == "mean" else quantity
    return LinkWords.logarithmic(quantity, f"ratio of {of}", f"ratios of {of}", "on the log scale")


def _odds_words(quantity: str, rate: bool) -> LinkWords:
    return LinkWords.logarithmic("odds", "odds ratio", "odds ratios", "on the log odds scale")


def _named_words(name: str) -> Callable[[str, bool], LinkWords]:
    """Return the words of a scale that has a name and no reading as ratios."""

    def words(quantity: str, rate: bool) -> LinkWords:
        return LinkWords(level=quantity, linear_level=quantity, suffix=f"on the {name} scale")

    return words


LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        Link(
            name="identity",
            formula="{}",
            domain=(-math.inf, math.inf),
            forward=same,
            backward=same,
            rise=_one,
            bend=_zero,
            carry=_carried_as_it_is,
            words=_plain_words,
            linear=True,
            observed="observed means",
        ),
        Link(
            name="log",
            formula="log({})",
            domain=(0.0, math.inf),
            forward=_log,
            backward=_exp,
            rise=_exp,
            bend=_exp,
            carry=_carried_to_logs,
            words=_log_words,
            forms=(("log_mu", same),),
            null=1.0,
            exponential=True,
            comparison="ratio",
            observed="the logs of the observed means",
        ),
        Link(
            name="inverse",
            formula="1 / {}",
            domain=(-math.inf, math.inf),
            forward=_reciprocal,
            backward=_reciprocal,
            rise=_reciprocal_rise,
            bend=_reciprocal_bend,
            carry=_carried_to_reciprocals,
            words=_named_words("inverse"),
        ),
        Link(
            name="sqrt",
            formula="sqrt({})",
            domain=(0.0, math.inf),
            forward=_root,
            backward=_square,
            rise=_square_rise,
            bend=_square_bend,
            carry=_carried_to_roots,
            words=_named_words("sqrt"),
        ),
        Link(
            name="logit",
            formula="logit({})",
            domain=(0.0, 1.0),
            forward=_logit,
            backward=_expit,
            rise=_expit_rise,
            bend=_expit_bend,
            carry=_standard("logit"),
            words=_odds_words,
            forms=(
                ("log_odds", same),
                ("complement", _expit_complement),
                ("log_mu", _expit_log),
                ("log_complement", _expit_log_complement),
                ("log_rise", _expit_log_rise),
                ("turn", _expit_turn),
                ("log_between", logistic_log_between),
                ("slopes_between", logistic_slopes_between),
                ("bends_between", logistic_bends_between),
            ),
            null=0.5,
            exponential=True,
            symmetric=True,
            comparison="odds ratio",
            observed="the log odds of the observed proportions",
            latent_variance=math.pi**2 / 3,
        ),
        Link(
            name="probit",
            formula="probit({})",
            domain=(0.0, 1.0),
            forward=_probit,
            backward=_normal,
            rise=_normal_rise,
            bend=_normal_bend,
            carry=_standard("probit"),
            words=_named_words("probit"),
            forms=(
                ("complement", _normal_complement),
                ("log_mu", _normal_log),
                ("log_complement", _normal_log_complement),
                ("log_rise", _normal_log_rise),
                ("turn", _normal_turn),
            ),
            null=0.5,
            exponential=True,
            symmetric=True,
            latent_variance=1.0,
        ),
        Link(
            name="cloglog",
            formula="cloglog({})",
            domain=(0.0, 1.0),
            forward=_cloglog,
            backward=_gompertz,
            rise=_gompertz_rise,
            bend=_gompertz_bend,
            carry=_standard("cloglog"),
            words=_named_words("cloglog"),
            forms=(
                ("complement", _gompertz_complement),
                ("log_mu", _gompertz_log),
                ("log_complement", _gompertz_log_complement),
                ("log_rise", _gompertz_log_rise),
                ("turn", _gompertz_turn),
                ("log_between", gompertz_log_between),
            ),
            null=-math.expm1(-1.0),
            exponential=True,
            latent_variance=math.pi**2 / 6,
        ),
        Link(
            name="cauchit",
            formula="cauchit({})",
            domain=(0.0, 1.0),
            forward=_cauchit,
            backward=_cauchy,
            rise=_cauchy_rise,
            bend=_cauchy_bend,
            carry=_standard("cauchit"),
            words=_named_words("cauchit"),
            forms=(
                ("complement", _cauchy_complement),
                ("log_mu", _cauchy_log),
                ("log_complement", _cauchy_log_complement),
                ("log_rise", _cauchy_log_rise),
                ("turn", _cauchy_turn),
            ),
            null=0.5,
            exponential=True,
            symmetric=True,
        ),
        Link(
            name="loglog",
            formula="loglog({})",
            domain=(0.0, 1.0),
            forward=_loglog,
            backward=_gumbel,
            rise=_gumbel_rise,
            bend=_gumbel_bend,
            carry=_standard("loglog"),
            words=_named_words("loglog"),
            forms=(
                ("complement", _gumbel_complement),
                ("log_mu", _gumbel_log),
                ("log_complement", _gumbel_log_complement),
                ("log_rise", _gumbel_log_rise),
                ("turn", _gumbel_turn),
                ("log_between", gumbel_log_between),
            ),
            null=math.exp(-1.0),
            exponential=True,
            latent_variance=math.pi**2 / 6,
        ),
        Link(
            name="inverse_squared",
            formula="1 / {}^2",
            domain=(0.0, math.inf),
            forward=_over_square,
            backward=_over_root,
            rise=_over_root_rise,
            bend=_over_root_bend,
            carry=_carried_to_squares_below,
            words=_named_words("inverse squared"),
        ),
        Link(
            name="softplus",
            formula="softplus^-1({})",
            domain=(0.0, math.inf),
            forward=_hard,
            backward=_soft,
            rise=_expit,
            bend=_expit_rise,
            carry=_carried_to_softplus,
            words=_named_words("softplus"),
        ),
        Link(
            name="log1p",
            formula="log(1 + {})",
            domain=(-1.0, math.inf),
            forward=_log1p,
            backward=_expm1,
            rise=_exp,
            bend=_exp,
            carry=_carried_to_log1p,
            words=_named_words("log1p"),
        ),
        Link(
            name="fisher",
            formula="atanh({})",
            domain=(-1.0, 1.0),
            forward=_atanh,
            backward=_tanh,
            rise=_tanh_rise,
            bend=_tanh_bend,
            carry=_standard("atanh"),
            words=_named_words("atanh"),
        ),
        Link(
            name="tan_half",
            formula="tan({} / 2)",
            domain=(-math.pi, math.pi),
            forward=_half_tangent,
            backward=_angle,
            rise=_angle_rise,
            bend=_angle_bend,
            carry=_standard("tan(mu / 2)"),
            words=_named_words("tan(angle / 2)"),
        ),
        Link(
            name="logit_less_1",
            formula="logit({} - 1)",
            domain=(1.0, 2.0),
            forward=_logit_less_1,
            backward=_expit_and_1,
            rise=_expit_rise,
            bend=_expit_bend,
            carry=_standard("logit"),
            words=_named_words("logit"),
            null=1.5,
        ),
    )
}


#: Links that clmm of R's ordinal (2022.11) has the other way round than clm and polr.
SWAPPED_BY_CLMM: dict[str, str] = {"cloglog": "loglog", "loglog": "cloglog"}

#: Other spellings of a link's name.
LINK_NAMES: dict[str, str] = {
    "1/mu^2": "inverse_squared",
    "inverse.squared": "inverse_squared",
    "inversesquare": "inverse_squared",
    "inverse_square": "inverse_squared",
    "1/mu": "inverse",
    "reciprocal": "inverse",
    "squareroot": "sqrt",
}


def own_name(given: Any) -> Any:
    """Return the name that a link has here; what is no other name of one is returned as it is.

    >>> own_name("1/mu")
    'inverse'
    """
    return LINK_NAMES.get(given, given) if isinstance(given, str) else given


def _named(name: str) -> Link:
    return LINKS[name]


def _as_name(link: Link) -> tuple[Callable[[str], Link], tuple[str]]:
    return _named, (link.name,)


copyreg.pickle(Link, _as_name)  # a copy of a link is the link
