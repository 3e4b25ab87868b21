"""Log densities of priors in numpy, read from the specification's `Prior` values.

PyMC has its own for the models that it samples, and evaluates priors that are its variables.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.priors import Prior

__all__ = ["Density", "log_density_of", "normal_prior", "support", "width"]

Arguments = Mapping[str, float]
#: A log density of values of any shape, or of a number.
type Density = Callable[[Any], FloatArray]
#: The same for values inside the support.
type Inside = Callable[[Any], Any]
_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


def log_density_of(prior: Prior) -> Density:
    """Return the function that gives a prior's log density at values of any shape, or at a number.

    It is -inf outside the prior's support. Improper priors have density 1.

    >>> log_density_of(Prior("Normal", {"mu": 0.0, "sigma": 1.0}))(np.zeros(1)).round(4)
    array([-0.9189])
    """
    if prior.native is not None:
        from mixwell.infer.pymc.custom_prior import (
            compiled,  # PyMC costs seconds: only where needed
        )

        return compiled(prior)
    lower, upper = support(prior)
    with np.errstate(all="ignore"):
        own = _DENSITIES[prior.distribution](prior.args)

    everywhere = (lower, upper) == (-np.inf, np.inf)

    def density(value: Any) -> FloatArray:
        with np.errstate(all="ignore"):
            if everywhere:
                return np.asarray(own(np.asarray(value, dtype=float)))
            if isinstance(value, float):  # np.where takes longer than all the rest
                return np.asarray(own(np.float64(value)) if lower <= value <= upper else -np.inf)
            inside = (value >= lower) & (value <= upper)
            return np.where(inside, own(np.asarray(value, dtype=float)), -np.inf)

    return density


def support(prior: Prior) -> tuple[float, float]:
    """Return between which values a prior has a density; the whole line for PyMC variables."""
    known = prior.known
    match known.support if known is not None else "real":
        case "positive":
            return 0.0, np.inf
        case "unit":
            return 0.0, 1.0
        case "interval":
            return prior.args["lower"], prior.args["upper"]
    return -np.inf, np.inf


def normal_prior(prior: Prior) -> tuple[float, float] | None:
    """Return mean and precision of a normal prior, precision 0 for a flat one, else None."""
    match "" if prior.native is not None else prior.distribution:
        case "Flat":
            return 0.0, 0.0
        case "Normal":
            return prior.args["mu"], _scale(prior.args) ** -2
    return None


def width(prior: Prior) -> float | None:
    """Return the scale of a prior with a location and a bounded density on the whole line."""
    if prior.location is None:
        return None
    for name in ("beta", "b", "s"):
        if name in prior.args:
            return prior.args[name]
    return _scale(prior.args)


def _scale(args: Arguments) -> float:
    if "sigma" in args:
        return args["sigma"]
    return float(args["tau"] ** -0.5 if "tau" in args else args["lam"] ** -0.5)


def _normal(args: Arguments) -> Inside:
    mu, sd = args.get("mu", 0.0), _scale(args)
    constant = -np.log(sd) - _HALF_LOG_2PI
    return lambda x: constant - 0.5 * ((x - mu) / sd) ** 2


def _student(args: Arguments) -> Inside:
    nu, mu, sd = args["nu"], args.get("mu", 0.0), _scale(args)
    constant = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2) - np.log(sd)
    constant = constant - 0.5 * np.log(nu * np.pi)
    return lambda x: constant - (nu + 1) / 2 * np.log1p(((x - mu) / sd) ** 2 / nu)


def _cauchy(args: Arguments) -> Inside:
    alpha, beta = args.get("alpha", 0.0), args["beta"]
    constant = -np.log(np.pi * beta)
    return lambda x: constant - np.log1p(((x - alpha) / beta) ** 2)


def _upper_half(density: Callable[[Arguments], Inside]) -> Callable[[Arguments], Inside]:
    def half(args: Arguments) -> Inside:
        whole, constant = density(args), np.log(2.0)
        return lambda x: constant + whole(x)

    return half


def _laplace(args: Arguments) -> Inside:
    mu, b = args["mu"], args["b"]
    constant = -np.log(2 * b)
    return lambda x: constant - np.abs(x - mu) / b


def _logistic(args: Arguments) -> Inside:
    mu, s = args["mu"], args["s"]
    constant = -np.log(s)

    def density(x: Any) -> Any:
        z = (x - mu) / s
        return constant - z - 2 * np.logaddexp(0.0, -z)

    return density


def _gumbel(args: Arguments) -> Inside:
    mu, beta = args["mu"], args["beta"]
    constant = -np.log(beta)

    def density(x: Any) -> Any:
        z = (x - mu) / beta
        return constant - z - np.exp(-z)

    return density


def _skew_normal(args: Arguments) -> Inside:
    mu, sd, alpha, normal = args["mu"], _scale(args), args["alpha"], _normal(args)
    return lambda x: np.log(2.0) + normal(x) + special.log_ndtr(alpha * ((x - mu) / sd))


def _uniform(args: Arguments) -> Inside:
    constant = -np.log(args["upper"] - args["lower"])
    return lambda x: constant + 0.0 * x


def _truncated_normal(args: Arguments) -> Inside:
    sd, normal = _scale(args), _normal(args)
    low, high = ((args[end] - args["mu"]) / sd for end in ("lower", "upper"))
    if low > 0:  # the same probability from the other tail, where it has digits
        low, high = -high, -low
    above, below = special.log_ndtr(high), special.log_ndtr(low)
    inside = above + np.log(-np.expm1(below - above))
    return lambda x: normal(x) - inside


def _exponential(args: Arguments) -> Inside:
    rate = args["lam"] if "lam" in args else 1 / args["scale"]
    constant = np.log(rate)
    return lambda x: constant - rate * x


def _gamma(args: Arguments) -> Inside:
    if "mu" in args:
        alpha, beta = (args["mu"] / args["sigma"]) ** 2, args["mu"] / args["sigma"] ** 2
    else:
        alpha, beta = args["alpha"], args["beta"]
    constant = alpha * np.log(beta) - special.gammaln(alpha)
    return lambda x: constant + special.xlogy(alpha - 1, x) - beta * x


def _inverse_gamma(args: Arguments) -> Inside:
    if "mu" in args:
        alpha = (args["mu"] / args["sigma"]) ** 2 + 2
        beta = args["mu"] * (alpha - 1)
    else:
        alpha, beta = args["alpha"], args["beta"]
    constant = alpha * np.log(beta) - special.gammaln(alpha)
    return lambda x: np.where(x > 0, constant - (alpha + 1) * np.log(x) - beta / x, -np.inf)


def _log_normal(args: Arguments) -> Inside:
    normal = _normal(args)
    return lambda x: np.where(x > 0, normal(np.log(x)) - np.log(x), -np.inf)


def _weibull(args: Arguments) -> Inside:
    alpha, beta = args["alpha"], args["beta"]
    constant = np.log(alpha / beta)
    return lambda x: constant + special.xlogy(alpha - 1, x / beta) - (x / beta) ** alpha


def _beta(args: Arguments) -> Inside:
    if "mu" in args:
        size = args["mu"] * (1 - args["mu"]) / args["sigma"] ** 2 - 1
        alpha, beta = args["mu"] * size, (1 - args["mu"]) * size
    else:
        alpha, beta = args["alpha"], args["beta"]
    constant = special.betaln(alpha, beta)
    return lambda x: special.xlogy(alpha - 1, x) + special.xlog1py(beta - 1, -x) - constant


def _flat(args: Arguments) -> Inside:
    return lambda x: 0.0 * x


#: By distribution: what gives a log density for arguments, with all that no value changes.
_DENSITIES: dict[str, Callable[[Arguments], Inside]] = {
    "Normal": _normal,
    "StudentT": _student,
    "Cauchy": _cauchy,
    "Laplace": _laplace,
    "Logistic": _logistic,
    "Gumbel": _gumbel,
    "SkewNormal": _skew_normal,
    "Flat": _flat,
    "HalfFlat": _flat,
    "Uniform": _uniform,
    "TruncatedNormal": _truncated_normal,
    "HalfNormal": _upper_half(_normal),
    "HalfStudentT": _upper_half(_student),
    "HalfCauchy": _upper_half(_cauchy),
    "Exponential": _exponential,
    "Gamma": _gamma,
    "InverseGamma": _inverse_gamma,
    "LogNormal": _log_normal,
    "Weibull": _weibull,
    "Beta": _beta,
}
