"""The exponentially modified normal distribution: a normal number and an exponential one.

`mu` is the mean of their sum, as brms has it; `sigma` the standard deviation of the normal part,
`beta` the mean of the exponential one.
"""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import exp, log, log1p, log_ndtr, maximum, ndtr
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
_TINY = 1e-300


def _parts(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    """A response in units of the normal part, less what the exponential one moves it."""
    x, v = (y - mu + beta) / sigma, sigma / beta
    return x, v, 0.5 * v**2 - x * v


def _log_density(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    x, v, far = _parts(y, mu, sigma, beta)
    return far + log_ndtr(x - v) - log(beta)


def _variance(sigma: Any, beta: Any) -> Any:
    return sigma**2 + beta**2


def _log_below(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    x, v, far = _parts(y, mu, sigma, beta)
    whole = log_ndtr(x)
    return whole + log1p(-exp(far + log_ndtr(x - v) - whole))


def _log_above(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    x, v, far = _parts(y, mu, sigma, beta)
    one, other = log_ndtr(-x), far + log_ndtr(x - v)
    more = maximum(one, other)
    return more + log(exp(one - more) + exp(other - more))


def _log_excess(y: Any, mu: Any, sigma: Any, beta: Any) -> Any:
    x, v, far = _parts(y, mu, sigma, beta)
    w = x - v
    twice = w * ndtr(w) + exp(-0.5 * w**2) / _ROOT_2PI  # of an exponential number twice as long
    return far + log(sigma) + log(maximum(v * ndtr(w) + twice, _TINY))


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
