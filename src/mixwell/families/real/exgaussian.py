"""The exponentially modified normal distribution: a normal number and an exponential one.

`mu` is the mean of their sum, as brms has it; `sigma` the standard deviation of the normal part,
`beta` the mean of the exponential one.
"""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import exp, log, log1p, log_ndtr, maximum, minimum, ndtr, where
from mixwell.families.family import (
    Censorable,
    Family,
    Parameter,
    PymcDistribution,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.real.gaussian import SIGMA

__all__ = ["EXGAUSSIAN"]

_ROOT_2PI = math.sqrt(2 * math.pi)
_LOG_ROOT_2PI = math.log(_ROOT_2PI)
_TINY = 1e-300
#: Below it a series in 1 / w^2 has all digits of the normal distribution function over its density.
_LOW = -30.0


def _parts(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    """A response in units of the normal part, and these in units of the exponential one."""
    return (y - mu + beta) / sigma, sigma / beta


def _far(x: Any, v: Any) -> Any:
    return 0.5 * v**2 - x * v


def _log_tail(x: Any, v: Any) -> Any:
    """The logarithm of exp(v^2 / 2 - x v) ndtr(x - v).

    As the exponential part gets small against the normal one both factors leave the range of
    numbers, and their product is the normal density over -w = v - x.
    """
    w = x - v
    low = minimum(w, _LOW)
    normal = -0.5 * x**2 - _LOG_ROOT_2PI - log(-low) + log(_ratio(low))
    return where(w < _LOW, normal, _far(x, v) + log_ndtr(maximum(w, _LOW)))


def _ratio(w: Any) -> Any:
    """Return -w ndtr(w) over the normal density at w, for w below `_LOW`."""
    u = w**-2
    return 1 - u * (1 - u * (3 - u * (15 - u * 105)))


def _log_density(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    return _log_tail(*_parts(y, mu, sigma, beta)) - log(beta)


def _variance(sigma: Any, beta: Any) -> Any:
    return sigma**2 + beta**2


def _log_below(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    x, v = _parts(y, mu, sigma, beta)
    whole = log_ndtr(x)
    return whole + log1p(-exp(_log_tail(x, v) - whole))


def _log_above(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    x, v = _parts(y, mu, sigma, beta)
    one, other = log_ndtr(-x), _log_tail(x, v)
    more = maximum(one, other)
    return more + log(exp(one - more) + exp(other - more))


def _log_excess(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    x, v = _parts(y, mu, sigma, beta)
    w = x - v
    low, high = minimum(w, _LOW), maximum(w, _LOW)
    # of an exponential number twice as long
    twice = high * ndtr(high) + exp(-0.5 * high**2) / _ROOT_2PI
    usual = _far(x, v) + log(maximum(v * ndtr(high) + twice, _TINY))
    normal = -0.5 * x**2 - _LOG_ROOT_2PI + log(1 + (v / -low - 1) * _ratio(low))
    return log(sigma) + where(w < _LOW, normal, usual)


def _response(draw: Any, second: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    return mu - beta + sigma * draw + beta * second


def _place(mu: Any, beta: Any) -> Any:
    return mu - beta


def _kernel(s: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    return _log_density(s, mu, sigma, beta)


EXGAUSSIAN = Family(
    name="exgaussian",
    text="ExGaussian(mu - beta, sigma, beta)",
    parameters=(
        Parameter("mu", ("identity", "log", "inverse", "softplus", "log1p")),
        replace(
            SIGMA,
            words="sd of the normal part of a response",
            is_scale=False,
            is_spread=True,
            moment_share=0.5,
            elsewhere={"brms": "sigma"},
        ),
        replace(
            SIGMA,
            name="beta",
            words="mean of the exponential part of a response: how long the right tail is",
            is_scale=False,
            moment_share=0.5,
            elsewhere={"brms": "beta", "bambi": "nu"},
        ),
    ),
    support=Support(),
    density=differentiated(_log_density, ("mu", "sigma", "beta")),
    variance_function=_variance,
    sampler=Sampler("standard_normal", (), _response, (("second", "standard_exponential"),)),
    pymc=PymcDistribution("ExGaussian", {"mu": _place, "sigma": "sigma", "nu": "beta"}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally(by_row=_kernel),
    aliases=("ex_gaussian",),
    r_names={"exgaussian": ""},
)
