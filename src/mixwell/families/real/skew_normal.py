"""The skew normal distribution by its mean and standard deviation, as brms has it.

`alpha` is the slant: 0 is the normal distribution, positive values have a longer right tail.
Source: Azzalini 1985.
"""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import log, log_ndtr, maximum, sqrt
from mixwell.families.family import (
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.real.gaussian import SIGMA

__all__ = ["SKEW_NORMAL"]

_ROOT_2_PI = math.sqrt(2 / math.pi)
_CONSTANT = math.log(2.0) - 0.5 * math.log(2 * math.pi)


def _delta(alpha: Any) -> Any:
    return alpha / sqrt(1 + alpha**2)


def _width(sigma: Any, alpha: Any) -> Any:
    return sigma / sqrt(1 - (_ROOT_2_PI * _delta(alpha)) ** 2)


def _place(mu: Any, sigma: Any, alpha: Any) -> Any:
    return mu - _width(sigma, alpha) * _ROOT_2_PI * _delta(alpha)


def _log_density(y: Any, mu: Any, sigma: Any, alpha: Any) -> Any:
    width = _width(sigma, alpha)
    z = (y - _place(mu, sigma, alpha)) / width
    return _CONSTANT - log(width) - 0.5 * z**2 + log_ndtr(alpha * z)


def _variance(sigma: Any) -> Any:
    return sigma**2


def _response(draw: Any, second: Any, mu: Any, sigma: Any, alpha: Any) -> Any:
    delta = _delta(alpha)
    z = delta * maximum(draw, -draw) + sqrt(1 - delta**2) * second
    return _place(mu, sigma, alpha) + _width(sigma, alpha) * z


def _kernel(s: Any, mu: Any, sigma: Any, alpha: Any) -> Any:
    return _log_density(s, mu, sigma, alpha)


SKEW_NORMAL = Family(
    name="skew_normal",
    text="SkewNormal(mu, sigma, alpha)",
    parameters=(
        Parameter("mu", ("identity", "log", "inverse", "softplus", "log1p")),
        replace(SIGMA, elsewhere={"brms": "sigma", "glmmTMB": "dispersion"}),
        Parameter(
            "alpha",
            ("identity",),
            typical=0.0,
            prior=PriorChoice(
                "Normal",
                (("mu", 0.0), ("sigma", 4.0)),
                "brms's default: either side, up to the half-normal's shape",
            ),
            words="slant: above 0 the right tail is the longer one, at 0 both are the same",
            elsewhere={"brms": "alpha"},
        ),
    ),
    support=Support(),
    density=differentiated(_log_density, ("mu", "sigma", "alpha")),
    variance_function=_variance,
    sampler=Sampler("standard_normal", (), _response, (("second", "standard_normal"),)),
    pymc=PymcDistribution("SkewNormal", {"mu": _place, "sigma": _width, "alpha": "alpha"}),
    tally=Tally(by_row=_kernel),
    aliases=("skewnormal",),
    r_names={"skew_normal": "", "skewnormal": ""},
)
