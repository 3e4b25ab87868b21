"""The elementwise names of families and links as functions of NumPy arrays."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.series.compound_series import compound_series
from mixwell.numeric.series.conway_maxwell import conway_maxwell

__all__ = ["ARRAYS"]


def _softplus(x: FloatArray) -> FloatArray:
    """Return log(1 + exp(x)), in place: it is the inner loop of logistic models."""
    with np.errstate(over="raise"):
        try:
            soft = np.asarray(np.exp(x))
        except FloatingPointError:
            return np.asarray(np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))))
    soft += 1.0
    return np.asarray(np.log(soft, out=soft))


def _trigamma(x: FloatArray) -> FloatArray:
    return np.asarray(special.zeta(2.0, x))


def _integer(x: FloatArray) -> IntArray:
    return np.asarray(x).astype(np.int64)


def _element(vector: FloatArray, place: IntArray | int, below: float, above: float) -> FloatArray:
    size = vector.shape[-1]
    if isinstance(place, int) and 0 <= place < size:
        return np.asarray(vector[..., place])
    ends = (np.full((*vector.shape[:-1], 1), end) for end in (above, below))
    padded = np.concatenate([vector, *ends], axis=-1)
    at = np.where(np.asarray(place) < 0, size + 1, np.minimum(place, size)).astype(np.int64)
    if at.ndim == 0:
        return np.asarray(padded[..., at])
    if (
        vector.ndim == 3 and len(vector) == 1 and at.ndim == 2 and at.shape[1] == 1
    ):  # of a batch, by cells
        return np.asarray(padded[0].T[at[:, 0]])
    if vector.ndim == 1 or vector.shape[-2] == 1:  # one vector for all rows
        return np.asarray(np.take(padded if vector.ndim == 1 else padded[..., 0, :], at, axis=-1))
    return np.asarray(np.take_along_axis(padded, at[..., None], axis=-1)[..., 0])


def _count_below(x: FloatArray, vector: FloatArray) -> FloatArray:
    return np.sum([x > vector[..., k] for k in range(vector.shape[-1])], axis=0, dtype=float)


def _stacked(*values: FloatArray) -> FloatArray:
    return np.stack(np.broadcast_arrays(*values), axis=-1)


def _size_of(vector: FloatArray) -> int:
    return int(vector.shape[-1])


ARRAYS: Mapping[str, Callable[..., Any]] = {
    "arctan": np.arctan,
    "betainc": special.betainc,
    "compound_series": compound_series,
    "conway_maxwell": conway_maxwell,
    "cos": np.cos,
    "count_below": _count_below,
    "digamma": special.digamma,
    "element": _element,
    "exp": np.exp,
    "expit": special.expit,
    "expm1": np.expm1,
    "gammainc": special.gammainc,
    "gammaincc": special.gammaincc,
    "i0e": special.i0e,
    "i1e": special.i1e,
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
    "sin": np.sin,
    "size_of": _size_of,
    "softplus": _softplus,
    "sqrt": np.sqrt,
    "stacked": _stacked,
    "stdtr": special.stdtr,
    "stdtrit": special.stdtrit,
    "tan": np.tan,
    "trigamma": _trigamma,
    "where": np.where,
}
