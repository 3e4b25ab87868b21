"""Log densities of priors in numpy, read from the specification's `Prior` values.

PyMC has its own for the models that it samples, and evaluates priors that are its variables.
"""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import special

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.priors import Prior

__all__ = ["log_density_of", "normal_prior", "support", "width"]

Arguments = Mapping[str, float]
_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


def log_density_of(prior: Prior) -> Callable[[FloatArray], FloatArray]:
    """Return the function that gives a prior's log density at values of any shape.

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

    def density(value: FloatArray) -> FloatArray:
        inside = (value >= lower) & (value <= upper)
        with np.errstate(all="ignore"):
            found = _DENSITIES[prior.distribution](np.asarray(value, dtype=float), prior.args)
        return np.where(inside, found, -np.inf)

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


def _normal(x: FloatArray, args: Arguments) -> FloatArray:
    sd = _scale(args)
    return np.asarray(-0.5 * ((x - args.get("mu", 0.0)) / sd) ** 2 - np.log(sd) - _HALF_LOG_2PI)


def _student(x: FloatArray, args: Arguments) -> FloatArray:
    nu, sd = args["nu"], _scale(args)
    z = (x - args.get("mu", 0.0)) / sd
    constant = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2) - np.log(sd)
    return np.asarray(constant - 0.5 * np.log(nu * np.pi) - (nu + 1) / 2 * np.log1p(z**2 / nu))


def _cauchy(x: FloatArray, args: Arguments) -> FloatArray:
    z = (x - args.get("alpha", 0.0)) / args["beta"]
    return np.asarray(-np.log(np.pi * args["beta"]) - np.log1p(z**2))


def _upper_half(
    density: Callable[[FloatArray, Arguments], FloatArray],
) -> Callable[[FloatArray, Arguments], FloatArray]:
    def half(x: FloatArray, args: Arguments) -> FloatArray:
        return np.asarray(np.log(2.0) + density(x, args))

    return half


def _laplace(x: FloatArray, args: Arguments) -> FloatArray:
    return np.asarray(-np.log(2 * args["b"]) - np.abs(x - args["mu"]) / args["b"])


def _logistic(x: FloatArray, args: Arguments) -> FloatArray:
    z = (x - args["mu"]) / args["s"]
    return np.asarray(-z - np.log(args["s"]) - 2 * np.logaddexp(0.0, -z))


def _gumbel(x: FloatArray, args: Arguments) -> FloatArray:
    z = (x - args["mu"]) / args["beta"]
    return np.asarray(-z - np.exp(-z) - np.log(args["beta"]))


def _skew_normal(x: FloatArray, args: Arguments) -> FloatArray:
    z = (x - args["mu"]) / _scale(args)
    return np.asarray(np.log(2.0) + _normal(x, args) + special.log_ndtr(args["alpha"] * z))


def _uniform(x: FloatArray, args: Arguments) -> FloatArray:
    return np.full(x.shape, -np.log(args["upper"] - args["lower"]))


def _truncated_normal(x: FloatArray, args: Arguments) -> FloatArray:
    sd = _scale(args)
    low, high = ((args[end] - args["mu"]) / sd for end in ("lower", "upper"))
    if low > 0:  # the same probability from the other tail, where it has digits
        low, high = -high, -low
    above, below = special.log_ndtr(high), special.log_ndtr(low)
    inside = above + np.log(-np.expm1(below - above))
    return np.asarray(_normal(x, args) - inside)


def _exponential(x: FloatArray, args: Arguments) -> FloatArray:
    rate = args["lam"] if "lam" in args else 1 / args["scale"]
    return np.asarray(np.log(rate) - rate * x)


def _gamma(x: FloatArray, args: Arguments) -> FloatArray:
    if "mu" in args:
        alpha, beta = (args["mu"] / args["sigma"]) ** 2, args["mu"] / args["sigma"] ** 2
    else:
        alpha, beta = args["alpha"], args["beta"]
    constant = alpha * np.log(beta) - special.gammaln(alpha)
    return np.asarray(constant + special.xlogy(alpha - 1, x) - beta * x)


def _inverse_gamma(x: FloatArray, args: Arguments) -> FloatArray:
    if "mu" in args:
        alpha = (args["mu"] / args["sigma"]) ** 2 + 2
        beta = args["mu"] * (alpha - 1)
    else:
        alpha, beta = args["alpha"], args["beta"]
    constant = alpha * np.log(beta) - special.gammaln(alpha)
    return np.where(x > 0, constant - (alpha + 1) * np.log(x) - beta / x, -np.inf)


def _log_normal(x: FloatArray, args: Arguments) -> FloatArray:
    return np.where(x > 0, _normal(np.log(x), args) - np.log(x), -np.inf)


def _weibull(x: FloatArray, args: Arguments) -> FloatArray:
    alpha, z = args["alpha"], x / args["beta"]
    return np.asarray(np.log(alpha / args["beta"]) + special.xlogy(alpha - 1, z) - z**alpha)


def _beta(x: FloatArray, args: Arguments) -> FloatArray:
    if "mu" in args:
        size = args["mu"] * (1 - args["mu"]) / args["sigma"] ** 2 - 1
        alpha, beta = args["mu"] * size, (1 - args["mu"]) * size
    else:
        alpha, beta = args["alpha"], args["beta"]
    shape = special.xlogy(alpha - 1, x) + special.xlog1py(beta - 1, -x)
    return shape - special.betaln(alpha, beta)


def _flat(x: FloatArray, args: Arguments) -> FloatArray:
    return np.zeros(x.shape)


_DENSITIES: dict[str, Callable[[FloatArray, Arguments], FloatArray]] = {
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
