"""The elementwise names of families and links as functions of NumPy arrays."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["ARRAYS"]

#: Where exp(x) is still a number.
_HIGHEST = 700.0


def _softplus(x: FloatArray) -> FloatArray:
    """Return log(1 + exp(x)), in place: it is the inner loop of logistic models."""
    soft = np.asarray(np.exp(np.minimum(x, _HIGHEST)))
    soft += 1.0
    np.log(soft, out=soft)
    if np.max(x, initial=0.0) > _HIGHEST:
        soft += np.maximum(x - _HIGHEST, 0.0)
    return soft


def _trigamma(x: FloatArray) -> FloatArray:
    return np.asarray(special.zeta(2.0, x))


def _integer(x: FloatArray) -> IntArray:
    return np.asarray(x).astype(np.int64)


ARRAYS: Mapping[str, Callable[..., Any]] = {
    "betainc": special.betainc,
    "digamma": special.digamma,
    "exp": np.exp,
    "expit": special.expit,
    "expm1": np.expm1,
    "gammaincc": special.gammaincc,
    "integer": _integer,
    "lgamma": special.gammaln,
    "log": np.log,
    "log1p": np.log1p,
    "log_ndtr": special.log_ndtr,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "ndtr": special.ndtr,
    "ndtri": special.ndtri,
    "rint": np.rint,
    "softplus": _softplus,
    "sqrt": np.sqrt,
    "stdtr": special.stdtr,
    "stdtrit": special.stdtrit,
    "trigamma": _trigamma,
    "where": np.where,
}
