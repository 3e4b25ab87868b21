"""Links whose inverse is an exponential function, or bends from one into a line."""

import math
from typing import TYPE_CHECKING, Any

from mixwell.families.elementwise import exp, expm1, log, log1p, softplus
from mixwell.families.link import Link, LinkWords, ResponseScale, same
from mixwell.families.links.distribution_links import logistic, logistic_rise
from mixwell.families.links.link_scales import less_offset, named_words

if TYPE_CHECKING:
    from mixwell.numeric.moments import ResponseMoments

__all__ = ["LOG", "LOG1P", "SOFTPLUS"]


def _exp(eta: Any) -> Any:
    return exp(eta)


def _log(mean: Any) -> Any:
    return log(mean)


def _carried_to_logs(y: "ResponseMoments") -> ResponseScale:
    return ResponseScale(y.log_rate, 1.0, y.width, "log(mean(y))", "log scale")


def _log_words(quantity: str, rate: bool) -> LinkWords:
    if rate:
        return LinkWords.logarithmic("rate", "rate ratio", "rate ratios", "on the log scale")
    of = "means" if quantity == "mean" else quantity
    return LinkWords.logarithmic(quantity, f"ratio of {of}", f"ratios of {of}", "on the log scale")


LOG = Link(
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
)


def _log1p(mean: Any) -> Any:
    return log1p(mean)


def _expm1(eta: Any) -> Any:
    return expm1(eta)


def _carried_to_log1p(y: "ResponseMoments") -> ResponseScale:
    location, text = less_offset(math.log1p(max(y.mean, -0.9)), "log(1 + mean(y))", y)
    return ResponseScale(location, 1.0, y.width, text, "log1p scale")


LOG1P = Link(
    name="log1p",
    formula="log(1 + {})",
    domain=(-1.0, math.inf),
    forward=_log1p,
    backward=_expm1,
    rise=_exp,
    bend=_exp,
    carry=_carried_to_log1p,
    words=named_words("log1p"),
)


def _hard(mean: Any) -> Any:
    return mean + log(-expm1(-mean))


def _soft(eta: Any) -> Any:
    return softplus(eta)


def _carried_to_softplus(y: "ResponseMoments") -> ResponseScale:
    size = y.mean if y.mean > 0 else y.width
    share = -math.expm1(-size)
    location, text = less_offset(size + math.log(share), "softplus of it is mean(y)", y)
    return ResponseScale(location, y.width / share, y.width, text, "sd(y)/(1 - exp(-mean(y)))")


SOFTPLUS = Link(
    name="softplus",
    formula="softplus^-1({})",
    domain=(0.0, math.inf),
    forward=_hard,
    backward=_soft,
    rise=logistic,
    bend=logistic_rise,
    carry=_carried_to_softplus,
    words=named_words("softplus"),
)
