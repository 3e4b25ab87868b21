"""Links of correlations, angles, and shares counted from 1: what lies between two other numbers."""

import math
from typing import Any

from mixwell.families.elementwise import arctan, expit, log, log1p, tan
from mixwell.families.link import Link
from mixwell.families.links.distribution_links import logistic_bend, logistic_rise
from mixwell.families.links.link_scales import named_words, standard_scale

__all__ = ["FISHER", "LOGIT_LESS_1", "TAN_HALF"]


def _atanh(correlation: Any) -> Any:
    return 0.5 * (log1p(correlation) - log1p(-correlation))


def _tanh(z: Any) -> Any:
    return 2.0 * expit(2.0 * z) - 1.0


def _tanh_rise(z: Any) -> Any:
    return 4.0 * expit(2.0 * z) * expit(-2.0 * z)


def _tanh_bend(z: Any) -> Any:
    return -2.0 * _tanh(z) * _tanh_rise(z)


FISHER = Link(
    name="fisher",
    formula="atanh({})",
    domain=(-1.0, 1.0),
    forward=_atanh,
    backward=_tanh,
    rise=_tanh_rise,
    bend=_tanh_bend,
    carry=standard_scale("atanh"),
    words=named_words("atanh"),
)


def _half_tangent(mean: Any) -> Any:
    return tan(0.5 * mean)


def _angle(eta: Any) -> Any:
    return 2 * arctan(eta)


def _angle_rise(eta: Any) -> Any:
    return 2 / (1 + eta**2)


def _angle_bend(eta: Any) -> Any:
    return -4 * eta / (1 + eta**2) ** 2


TAN_HALF = Link(
    name="tan_half",
    formula="tan({} / 2)",
    domain=(-math.pi, math.pi),
    forward=_half_tangent,
    backward=_angle,
    rise=_angle_rise,
    bend=_angle_bend,
    carry=standard_scale("tan(mu / 2)"),
    words=named_words("tan(angle / 2)"),
)


def _logit_less_1(mean: Any) -> Any:
    return log(mean - 1.0) - log(2.0 - mean)


def _expit_and_1(eta: Any) -> Any:
    return 1.0 + expit(eta)


LOGIT_LESS_1 = Link(
    name="logit_less_1",
    formula="logit({} - 1)",
    domain=(1.0, 2.0),
    forward=_logit_less_1,
    backward=_expit_and_1,
    rise=logistic_rise,
    bend=logistic_bend,
    carry=standard_scale("logit"),
    words=named_words("logit"),
    null=1.5,
)
