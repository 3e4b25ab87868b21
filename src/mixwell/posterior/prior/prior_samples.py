"""Draws of prior distributions, read from the specification's `Prior` values."""

from collections.abc import Callable, Mapping

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.priors import Prior

__all__ = ["samples_of"]

Arguments = Mapping[str, float]
Sampler = Callable[[Arguments, np.random.Generator, int], FloatArray]
#: So often draws outside a parameter's domain are drawn anew.
_ROUNDS = 200


def samples_of(
    prior: Prior, domain: tuple[float, float], n: int, rng: np.random.Generator
) -> FloatArray | None:
    """Return `n` draws of a prior inside a domain; None for an improper one or one of PyMC's.

    >>> draws = samples_of(
    ...     Prior("Normal", {"mu": 1.0, "sigma": 2.0}),
    ...     (-np.inf, np.inf),
    ...     10_000,
    ...     np.random.default_rng(1),
    ... )
    >>> float(draws.mean().round(1)), float(draws.std().round(1))
    (1.0, 2.0)
    """
    sampler = _SAMPLERS.get(prior.distribution)
    if prior.native is not None or sampler is None:
        return None
    values = sampler(prior.args, rng, n)
    for _ in range(_ROUNDS):
        outside = ~((values >= domain[0]) & (values <= domain[1]))
        if not outside.any():
            return values
        values[outside] = sampler(prior.args, rng, int(outside.sum()))
    return None


def _sd(args: Arguments) -> float:
    if "sigma" in args:
        return args["sigma"]
    return float(args["tau"] ** -0.5 if "tau" in args else args["lam"] ** -0.5)


def _normal(args: Arguments, rng: np.random.Generator, n: int) -> FloatArray:
    return rng.normal(args.get("mu", 0.0), _sd(args), n)


def _student(args: Arguments, rng: np.random.Generator, n: int) -> FloatArray:
    return args.get("mu", 0.0) + _sd(args) * rng.standard_t(args["nu"], n)


def _cauchy(args: Arguments, rng: np.random.Generator, n: int) -> FloatArray:
    return args.get("alpha", 0.0) + args["beta"] * rng.standard_cauchy(n)


def _half(whole: Sampler) -> Sampler:
    return lambda args, rng, n: np.abs(whole(args, rng, n))


def _exponential(args: Arguments, rng: np.random.Generator, n: int) -> FloatArray:
    return rng.exponential(args["scale"] if "scale" in args else 1.0 / args["lam"], n)


def _gamma(args: Arguments, rng: np.random.Generator, n: int) -> FloatArray:
    if "alpha" in args:
        return rng.gamma(args["alpha"], 1.0 / args["beta"], n)
    mu, sd = args["mu"], args["sigma"]
    return rng.gamma((mu / sd) ** 2, sd**2 / mu, n)


_SAMPLERS: dict[str, Sampler] = {
    "Normal": _normal,
    "StudentT": _student,
    "Cauchy": _cauchy,
    "Laplace": lambda args, rng, n: rng.laplace(args["mu"], args["b"], n),
    "Logistic": lambda args, rng, n: rng.logistic(args["mu"], args["s"], n),
    "Gumbel": lambda args, rng, n: rng.gumbel(args["mu"], args["beta"], n),
    "Uniform": lambda args, rng, n: rng.uniform(args["lower"], args["upper"], n),
    "HalfNormal": _half(_normal),
    "HalfStudentT": _half(_student),
    "HalfCauchy": _half(_cauchy),
    "Exponential": _exponential,
    "Gamma": _gamma,
    "LogNormal": lambda args, rng, n: rng.lognormal(args["mu"], _sd(args), n),
}
