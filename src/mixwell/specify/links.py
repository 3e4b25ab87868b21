"""Link functions as values: the map from a mean to the linear predictor, and back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["LINKS", "Link"]

FloatArray = NDArray[np.float64]


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

    def __call__(self, mean: ArrayLike) -> FloatArray:
        """Map a mean to the linear predictor."""
        return np.asarray(self.forward(np.asarray(mean, dtype=float)))

    def inverse(self, eta: ArrayLike) -> FloatArray:
        """Map the linear predictor to a mean."""
        return np.asarray(self.backward(np.asarray(eta, dtype=float)))

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


LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        Link("identity", "mu", _identity, _identity),
        Link("log", "log(mu)", np.log, np.exp),
        Link("inverse", "1 / mu", _reciprocal, _reciprocal),
        Link("sqrt", "sqrt(mu)", np.sqrt, np.square),
        Link("logit", "logit(mu)", special.logit, special.expit),
        Link("probit", "probit(mu)", special.ndtri, special.ndtr),
        Link("cloglog", "cloglog(mu)", _cloglog, _inverse_cloglog),
    )
}
