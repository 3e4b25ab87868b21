"""The von Mises distribution of angles in radians, the normal distribution of a circle."""

import math
from typing import Any

from mixwell.families.elementwise import cos, i0e, i1e, log, sin
from mixwell.families.family import (
    Density,
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Refusal,
    Sampler,
    Support,
    Tally,
)

__all__ = ["VON_MISES"]

_LOG_2PI = math.log(2 * math.pi)


def _log_density(y: Any, mu: Any, kappa: Any) -> Any:
    return kappa * (cos(y - mu) - 1) - log(i0e(kappa)) - _LOG_2PI


def _pull(kappa: Any) -> Any:
    """The length of the mean direction."""
    return i1e(kappa) / i0e(kappa)


def _gradient(y: Any, mu: Any, kappa: Any) -> Any:
    return kappa * sin(y - mu), cos(y - mu) - _pull(kappa)


def _hessian(y: Any, mu: Any, kappa: Any) -> Any:
    away = y - mu
    return -kappa * cos(away), sin(away), -_spread(kappa) + 0 * away


def _spread(kappa: Any) -> Any:
    """How the length of the mean direction changes with kappa."""
    pull = _pull(kappa)
    return 1 - pull / kappa - pull**2


def _curvature(mu: Any, kappa: Any) -> Any:
    return kappa * _pull(kappa) + 0 * mu, _spread(kappa) + 0 * mu


def _off_the_circle(y: Any) -> Any:
    return (y < -math.pi) | (y > math.pi)


def _kernel(s: Any, mu: Any, kappa: Any) -> Any:
    return _log_density(s, mu, kappa)


VON_MISES = Family(
    name="von_mises",
    text="VonMises(mu, kappa)",
    parameters=(
        Parameter("mu", ("tan_half", "identity")),
        Parameter(
            "kappa",
            typical=2.0,
            prior=PriorChoice(
                "Gamma",
                (("alpha", 2.0), ("beta", 0.01)),
                "brms's default: from angles of all directions to nearly one direction",
            ),
            words="concentration: 0 is every direction alike, large values one direction",
            is_spread=True,
            elsewhere={"brms": "kappa"},
        ),
    ),
    support=Support(
        refusals=(Refusal(_off_the_circle, "is not an angle between -pi and pi"),),
        advice="Give angles in radians, as np.arctan2(np.sin(y), np.cos(y)); "
        "degrees are np.deg2rad(y).",
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    sampler=Sampler("vonmises", (("mu", "mu"), ("kappa", "kappa"))),
    pymc=PymcDistribution("VonMises", {"mu": "mu", "kappa": "kappa"}),
    mean_words="angles",
    period=2 * math.pi,
    tally=Tally(by_row=_kernel),
    aliases=("vonmises",),
    elsewhere={"bambi": "vonmises"},
    r_names={"von_mises": ""},
    bambi_links=("identity",),
)
