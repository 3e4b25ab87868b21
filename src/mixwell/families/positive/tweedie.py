"""The Tweedie distribution: sums of a Poisson number of gamma amounts, so that some are exactly 0.

The variance is phi mu^power, with a power between 1 (Poisson) and 2 (gamma). Sources: Joergensen
1997; for the series of its density Dunn and Smyth 2005.
"""

from typing import Any

from mixwell.families.elementwise import compound_series, exp, log, where
from mixwell.families.family import Density, Family, Parameter, PriorChoice, Sampler, Support, Tally
from mixwell.families.supports import BELOW_ZERO, is_zero

__all__ = ["TWEEDIE"]


def _of_sum(log_mu: Any, phi: Any, power: Any) -> Any:
    return -exp((1 - power) * log_mu) / ((power - 1) * phi)


def _of_count(log_mu: Any, phi: Any, power: Any) -> Any:
    return -exp((2 - power) * log_mu) / ((2 - power) * phi)


def _series(y: Any, phi: Any, power: Any) -> tuple[Any, Any, Any]:
    """Return log(y / (phi (power - 1))), and the two arguments of the series."""
    shape = (2 - power) / (power - 1)
    size = log(where(y > 0, y, 1.0)) - log(phi) - log(power - 1)
    return size, shape * size - log(phi) - log(2 - power), shape


def _joint(y: Any, phi: Any, power: Any) -> Any:
    _, z, shape = _series(y, phi, power)
    return where(y > 0, compound_series(z, shape, 0) - log(where(y > 0, y, 1.0)), 0.0)


def _log_density(y: Any, log_mu: Any, phi: Any, power: Any) -> Any:
    inner = y * _of_sum(log_mu, phi, power) + _of_count(log_mu, phi, power)
    return inner + _joint(y, phi, power)


def _changes(size: Any, power: Any) -> tuple[Any, Any, Any, Any]:
    """Return the slopes in the power of both arguments of the series, and their slopes."""
    less, rest = power - 1, 2 - power
    shape, of_shape, bend = rest / less, -1 / less**2, 2 / less**3
    of_z = of_shape * size + 1 / rest - shape / less
    z_bend = bend * size - 2 * of_shape / less + 1 / rest**2 + shape / less**2
    return of_z, of_shape, z_bend, bend


def _of_power(y: Any, log_mu: Any, power: Any) -> Any:
    """Return the slope in the power of what depends on mu, times phi."""
    less, rest = power - 1, 2 - power
    low, high = y * exp((1 - power) * log_mu) / less, exp(rest * log_mu) / rest
    return low * (log_mu + 1 / less) + high * (log_mu - 1 / rest)


def _gradient(y: Any, mu: Any, log_mu: Any, phi: Any, power: Any) -> Any:
    size, z, shape = _series(y, phi, power)
    number, pull = compound_series(z, shape, 1), compound_series(z, shape, 3)
    of_z, of_shape, _, _ = _changes(size, power)
    inner = y * _of_sum(log_mu, phi, power) + _of_count(log_mu, phi, power)
    series_phi = where(y > 0, -number / ((power - 1) * phi), 0.0)
    series_power = where(y > 0, number * of_z - pull * of_shape, 0.0)
    return (
        (y - mu) * exp(-power * log_mu) / phi,
        series_phi - inner / phi,
        series_power + _of_power(y, log_mu, power) / phi,
    )


def _hessian(y: Any, mu: Any, log_mu: Any, phi: Any, power: Any) -> Any:
    size, z, shape = _series(y, phi, power)
    number, spread, pull, both, bent = (compound_series(z, shape, k) for k in (1, 2, 3, 4, 5))
    of_z, of_shape, z_bend, bend = _changes(size, power)
    less, rest = power - 1, 2 - power
    scaled = (y - mu) * exp(-power * log_mu) / phi
    inner = y * _of_sum(log_mu, phi, power) + _of_count(log_mu, phi, power)
    of_phi = -1 / (less * phi)
    phi_phi = 2 * inner / phi**2 + where(y > 0, number / (less * phi**2) + spread * of_phi**2, 0.0)
    series = -number * of_shape / phi + of_phi * (spread * of_z - both * of_shape)
    power_phi = where(y > 0, series, 0.0) - _of_power(y, log_mu, power) / phi**2
    low, high = y * exp((1 - power) * log_mu) / less, exp(rest * log_mu) / rest
    curved = -low * ((log_mu + 1 / less) ** 2 + 1 / less**2)
    curved = curved - high * ((log_mu - 1 / rest) ** 2 + 1 / rest**2)
    series = number * z_bend + spread * of_z**2 - 2 * both * of_z * of_shape
    series = series + bent * of_shape**2 - pull * bend
    return (
        -exp(-power * log_mu) / phi - power * scaled / mu,
        -scaled / phi,
        phi_phi,
        -log_mu * scaled,
        power_phi,
        where(y > 0, series, 0.0) + curved / phi,
    )


def _curvature(log_mu: Any, phi: Any, power: Any) -> Any:
    # of the mean what is expected; that of the others has no closed form
    of_mu = exp(-power * log_mu) / phi
    return of_mu, 0.5 / phi**2 + 0 * of_mu, 0.5 * (1 + log_mu**2)


def _variance(log_mu: Any, phi: Any, power: Any) -> Any:
    return phi * exp(power * log_mu)


def _number(log_mu: Any, phi: Any, power: Any) -> Any:
    return -_of_count(log_mu, phi, power)


def _shape(draw: Any, power: Any) -> Any:
    return draw * (2 - power) / (power - 1)


def _response(draw: Any, log_mu: Any, phi: Any, power: Any) -> Any:
    return draw * phi * (power - 1) * exp((power - 1) * log_mu)


TWEEDIE = Family(
    name="tweedie",
    text="Tweedie(mu, phi, power)",
    parameters=(
        Parameter("mu", ("log", "identity", "sqrt")),
        Parameter(
            "phi",
            prior=PriorChoice(
                "Gamma",
                (("mu", 100.0), ("sigma", 1000.0)),
                "shape 0.01 as brms has for shapes, nearly flat in log(phi): its unit depends on "
                "the power",
                units=(("mu", "root"), ("sigma", "root")),
            ),
            words="dispersion: the variance is phi x mean^power",
            is_spread=True,
            elsewhere={"glmmTMB": "dispersion"},
        ),
        Parameter(
            "power",
            ("logit_less_1",),
            typical=1.5,
            prior=PriorChoice(
                "Uniform", (("lower", 1.0), ("upper", 2.0)), "from Poisson's, 1, to gamma's, 2"
            ),
            words="power of the mean in the variance: 1 is Poisson's, 2 gamma's",
        ),
    ),
    support=Support(
        refusals=(BELOW_ZERO,),
        advice='The tweedie family is for amounts, 0 or above; for others use "gaussian".',
        atoms=is_zero,
    ),
    density=Density(_log_density, _gradient, _hessian, _curvature),
    variance_function=_variance,
    sampler=Sampler(
        "poisson",
        (("lam", _number),),
        then=Sampler("standard_gamma", (("shape", _shape),), _response),
    ),
    tally=Tally(_of_sum, _of_count, joint=_joint),
    r_names={"tweedie": ""},
    r_packages={"tweedie": "glmmTMB"},
)
