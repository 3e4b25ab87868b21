"""The negative binomial distribution whose variance is proportional to the mean.

`phi` is how many times the mean the variance is above it: mu (1 + phi); at 0 it is Poisson's. It is
the negative binomial distribution with alpha = mu / phi. Source: Hardin and Hilbe 2018.
"""

from typing import Any

from mixwell.families.counts.negative_binomial import NEGATIVE_BINOMIAL, within_pymc
from mixwell.families.counts.rising import rising, rising_bend, rising_slope
from mixwell.families.elementwise import betainc, lgamma, log, log1p
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Sampler,
    Tally,
)

__all__ = ["NBINOM1"]


def _kernel(s: Any, mu: Any, log_mu: Any, phi: Any) -> Any:
    return rising(s, mu / phi) + s * log_mu - mu / phi * log1p(phi)


def _log_density(y: Any, mu: Any, log_mu: Any, phi: Any) -> Any:
    return _kernel(y, mu, log_mu, phi) - y * log1p(phi) - lgamma(y + 1)


def _of_size(y: Any, size: Any, phi: Any) -> Any:
    """The slope in mu / phi where phi stays."""
    return rising_slope(y, size) - log1p(phi)


def _gradient(y: Any, mu: Any, phi: Any) -> Any:
    size = mu / phi
    slope = _of_size(y, size, phi)
    return slope / phi, (y / phi - size) / (1 + phi) - slope * size / phi


def _hessian(y: Any, mu: Any, phi: Any) -> Any:
    size, more = mu / phi, 1 + phi
    slope, bend = _of_size(y, size, phi), rising_bend(y, size)
    mixed = -(slope + size * bend + phi / more) / phi**2
    phi_phi = (
        2 * slope * size + size**2 * bend + mu / more + (mu - y) * (1 + 2 * phi) / more**2
    ) / phi**2
    return bend / phi**2, mixed, phi_phi


def _excess(mu: Any, phi: Any) -> Any:
    """What a response says of mu / phi beyond its mean: between few counts and many.

    The expected information has no closed form. This is half the harmonic mean of its limits.
    """
    size, share = mu / phi, phi / (1 + phi)
    many, few = (share / size) ** 2 / 2, (log1p(phi) - share) / size
    return many * few / (many + few)


def _curvature(mu: Any, phi: Any) -> Any:
    excess = _excess(mu, phi) / phi**2
    return 1 / (mu * (1 + phi)) + excess, excess * (mu / phi) ** 2


def _mu_phi(mu: Any, phi: Any) -> Any:
    return -_excess(mu, phi) / phi**2 * mu / phi


def _variance(mu: Any, phi: Any) -> Any:
    return mu * (1 + phi)


def _size(mu: Any, phi: Any) -> Any:
    return mu / phi


def _chance(phi: Any) -> Any:
    return 1 / (1 + phi)


def _log_below(y: Any, mu: Any, phi: Any) -> Any:
    return log(betainc(mu / phi, y + 1, 1 / (1 + phi)))


def _log_above(y: Any, mu: Any, phi: Any) -> Any:
    return log(betainc(y + 1, mu / phi, phi / (1 + phi)))


def _log_excess(y: Any, mu: Any, log_mu: Any, phi: Any) -> Any:
    return log_mu + log1p(y * phi / mu) + _log_density(y, mu, log_mu, phi)


def _of_counts(phi: Any) -> Any:
    return -log1p(phi)


def _count(y: Any) -> Any:
    return y


def _constant(y: Any) -> Any:
    return -lgamma(y + 1)


def _size_within_pymc(mu: Any, phi: Any) -> Any:
    return within_pymc(_size(mu, phi))


NBINOM1 = Family(
    name="nbinom1",
    text="NegativeBinomial(mu, mu / phi)",
    parameters=(
        Parameter("mu", ("log", "identity", "sqrt")),
        Parameter(
            "phi",
            prior=PriorChoice(
                "HalfStudentT",
                (("nu", 3.0), ("sigma", 2.5)),
                "from Poisson's variance, at 0, to many times that",
            ),
            words="dispersion: the variance is mean x (1 + phi)",
            elsewhere={"glmmTMB": "dispersion"},
        ),
    ),
    support=NEGATIVE_BINOMIAL.support,
    density=Density(_log_density, _gradient, _hessian, _curvature, (_mu_phi,)),
    variance_function=_variance,
    sampler=Sampler("negative_binomial", (("n", _size), ("p", _chance))),
    pymc=PymcDistribution("NegativeBinomial", {"mu": "mu", "alpha": _size_within_pymc}),
    additions=("weights", "cens", "trunc"),
    censorable=Censorable(_log_below, _log_above, _log_excess),
    tally=Tally(by_row=_kernel, rows=_constant, products=((_of_counts, _count),)),
    aliases=("negative_binomial_1",),
    r_names={"nbinom1": ""},
    with_zeros="zero_inflated_nbinom1",
)
