"""Link functions as values: the map from a mean to the linear predictor, and back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mixwell.numeric.arrays import FloatArray

__all__ = ["LINKS", "Link"]


@dataclass(frozen=True)
class Link:
    """A link function: `link(mean)` is the linear predictor and `inverse(eta)` the mean.

    Works elementwise on arrays of any shape.

    >>> LINKS["logit"].inverse(0.0)
    array(0.5)
    >>> LINKS["log"].formula
    'log(mu)'
    """

    name: str
    formula: str
    forward: Callable[[FloatArray], FloatArray]
    backward: Callable[[FloatArray], FloatArray]
    bend: Callable[[FloatArray], FloatArray]

    def __call__(self, mean: ArrayLike) -> FloatArray:
        """Map a mean to the linear predictor."""
        return np.asarray(self.forward(np.asarray(mean, dtype=float)))

    def inverse(self, eta: ArrayLike) -> FloatArray:
        """Map the linear predictor to a mean."""
        return np.asarray(self.backward(np.asarray(eta, dtype=float)))

    def curvature(self, eta: ArrayLike) -> FloatArray:
        """Return the second derivative of the mean along the linear predictor."""
        return np.asarray(self.bend(np.asarray(eta, dtype=float)))

    def __repr__(self) -> str:
        """Show the link by its formula."""
        return f"Link({self.formula})"


def _identity(value: FloatArray) -> FloatArray:
    return value


def _reciprocal(value: FloatArray) -> FloatArray:
    return 1.0 / value


def _cloglog(mean: FloatArray) -> FloatArray:
    return np.log(-np.log1p(-mean))


def _inverse_cloglog(eta: FloatArray) -> FloatArray:
    return -np.expm1(-np.exp(eta))


def _bend_logit(eta: FloatArray) -> FloatArray:
    mean = special.expit(eta)
    return np.asarray(mean * (1 - mean) * (1 - 2 * mean))


def _bend_probit(eta: FloatArray) -> FloatArray:
    return np.asarray(-eta * np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi))


def _bend_cloglog(eta: FloatArray) -> FloatArray:
    return np.asarray(np.exp(eta - np.exp(eta)) * (1 - np.exp(eta)))


def _bend_reciprocal(eta: FloatArray) -> FloatArray:
    return 2.0 / eta**3


LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        Link("identity", "mu", _identity, _identity, np.zeros_like),
        Link("log", "log(mu)", np.log, np.exp, np.exp),
        Link("inverse", "1 / mu", _reciprocal, _reciprocal, _bend_reciprocal),
        Link("sqrt", "sqrt(mu)", np.sqrt, np.square, lambda eta: np.full_like(eta, 2.0)),
        Link("logit", "logit(mu)", special.logit, special.expit, _bend_logit),
        Link("probit", "probit(mu)", special.ndtri, special.ndtr, _bend_probit),
        Link("cloglog", "cloglog(mu)", _cloglog, _inverse_cloglog, _bend_cloglog),
    )
}
