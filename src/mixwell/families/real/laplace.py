"""Laplace's distribution: errors that are exponential on both sides, whose median is the mean."""

import math
from dataclasses import replace
from typing import Any

from mixwell.families.elementwise import exp, log, log1p, maximum, minimum, where
from mixwell.families.family import (
    Censorable,
    Family,
    Parameter,
    PymcDistribution,
    Sampler,
    Support,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.real.gaussian import SIGMA

__all__ = ["LAPLACE"]

_LOG_2 = math.log(2.0)


def _distance(y: Any, mu: Any, sigma: Any) -> Any:
    return maximum(y - mu, mu - y) / sigma


def _log_density(y: Any, mu: Any, sigma: Any) -> Any:
    return -_distance(y, mu, sigma) - log(sigma) - _LOG_2


def _curvature(mu: Any, sigma: Any) -> Any:
    return 1 / sigma**2 + 0 * mu, 1 / sigma**2 + 0 * mu


def _variance(sigma: Any) -> Any:
    return 2 * sigma**2


def _tail(z: Any) -> Any:
    """The log probability of what lies below z, in units of the scale from the middle."""
    return where(z < 0, minimum(z, 0.0) - _LOG_2, log1p(-exp(-maximum(z, 0.0)) / 2))


def _log_below(y: Any, mu: Any, sigma: Any) -> Any:
    return _tail((y - mu) / sigma)


def _log_above(y: Any, mu: Any, sigma: Any) -> Any:
    return _tail((mu - y) / sigma)


def _log_excess(y: Any, mu: Any, sigma: Any) -> Any:
    z = _distance(y, mu, sigma)
    return log(sigma) + log1p(z) - z - _LOG_2


def _quantile(p: Any, mu: Any, sigma: Any) -> Any:
    low = p < 0.5
    return mu + sigma * where(low, log(2 * minimum(p, 0.5)), -log(2 * minimum(1 - p, 0.5)))


def _response(draw: Any, mu: Any, sigma: Any) -> Any:
    return draw * sigma + mu


LAPLACE = Family(
    name="laplace",
    text="Laplace(mu, sigma)",
    parameters=(
        Parameter("mu", ("identity", "log", "inverse", "softplus", "log1p")),
        replace(
            SIGMA,
            words="residual scale: the mean distance of observations from their mean",
            moment_share=0.5,
            elsewhere={"bambi": "b"},
        ),
    ),
    symmetric=True,
    support=Support(),
    density=replace(
        differentiated(_log_density, ("mu", "sigma")), curvature=_curvature, corner=True
    ),
    variance_function=_variance,
    sampler=Sampler("laplace", (), _response),
    pymc=PymcDistribution("Laplace", {"mu": "mu", "b": "sigma"}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess, _quantile),
    aliases=("double_exponential",),
    elsewhere={"bambi": "laplace"},
    bambi_links=("identity", "log", "inverse"),
)
