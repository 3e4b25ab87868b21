"""The elementwise names of families and links as functions of PyTensor's tensors."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from mixwell.errors import SamplingError
from mixwell.numeric.series.compound_series import DENSITY, TERMS

__all__ = ["TENSORS"]


def _ndtr(x: Any) -> Any:
    return 0.5 * pt.erfc(-x / np.sqrt(2.0))


def _log_ndtr(x: Any) -> Any:
    # PyMC's own has eight digits: its root of 2 is one of short floats
    left = pt.log(0.5 * pt.erfcx(-pt.minimum(x, 0.0) / np.sqrt(2.0))) - 0.5 * x**2
    return pt.switch(pt.lt(x, -1.0), left, pt.log1p(-0.5 * pt.erfc(x / np.sqrt(2.0))))


def _ndtri(x: Any) -> Any:
    return np.sqrt(2.0) * pt.erfinv(2 * x - 1)


def _stdtr(nu: Any, x: Any) -> Any:
    return pt.exp(pm.logcdf(pm.StudentT.dist(nu=nu), x))


def _i0e(x: Any) -> Any:
    return pt.ive(0.0, x)


def _i1e(x: Any) -> Any:
    return pt.ive(1.0, x)


def _integer(x: Any) -> Any:
    return pt.cast(x, "int64")


def _element(vector: Any, place: Any, below: float, above: float) -> Any:
    if isinstance(place, int):
        return vector[place]
    padded = pt.concatenate([vector, [above, below]])
    size = vector.shape[0]
    return padded[pt.cast(pt.switch(pt.lt(place, 0), size + 1, pt.minimum(place, size)), "int64")]


def _count_below(x: Any, vector: Any) -> Any:
    return pt.gt(pt.as_tensor(x)[..., None], vector).sum(-1)


def _stacked(*values: Any) -> Any:
    return pt.stack(pt.broadcast_arrays(*map(pt.as_tensor, values)), axis=-1)


def _compound_series(z: Any, a: Any, moment: int) -> Any:
    """The log of the sum alone, which PyTensor derives; terms as `numeric.series` has them."""
    z, a = pt.broadcast_arrays(pt.as_tensor(z), pt.as_tensor(a))
    middle = pt.exp((z - a * pt.log(a)) / (1 + a))
    stride = pt.maximum(pt.sqrt(middle / (1 + a)) / DENSITY, 1.0)
    first = pt.switch(pt.gt(stride, 1), middle, pt.maximum(pt.round(middle), 1.0))
    first, stride = disconnected_grad(first)[..., None], disconnected_grad(stride)[..., None]
    n = first + stride * np.arange(-TERMS, TERMS + 1)
    known, counted = pt.gt(n, 0.5), pt.maximum(n, 1.0)
    terms = counted * z[..., None] - pt.gammaln(counted + 1) - pt.gammaln(counted * a[..., None])
    return pt.logsumexp(pt.switch(known, terms, -np.inf), axis=-1) + pt.log(stride[..., 0])


def _size_of(vector: Any) -> int:
    return int(vector.type.shape[-1])


def _conway_maxwell(mu: Any, nu: Any, moment: int) -> Any:
    raise SamplingError(
        "A Conway-Maxwell-Poisson model has no counterpart in PyMC: its rate is found by a search.",
        where="family",
        hint='The engine "direct" takes it; "genpois" scatters alike and is taken by all.',
    )


TENSORS: Mapping[str, Callable[..., Any]] = {
    "arctan": pt.arctan,
    "betainc": pt.betainc,
    "compound_series": _compound_series,
    "conway_maxwell": _conway_maxwell,
    "cos": pt.cos,
    "count_below": _count_below,
    "digamma": pt.digamma,
    "element": _element,
    "exp": pt.exp,
    "expit": pt.sigmoid,
    "expm1": pt.expm1,
    "gammainc": pt.gammainc,
    "gammaincc": pt.gammaincc,
    "i0e": _i0e,
    "i1e": _i1e,
    "integer": _integer,
    "lgamma": pt.gammaln,
    "log": pt.log,
    "log1p": pt.log1p,
    "log_ndtr": _log_ndtr,
    "maximum": pt.maximum,
    "minimum": pt.minimum,
    "ndtr": _ndtr,
    "ndtri": _ndtri,
    "rint": pt.round,
    "sin": pt.sin,
    "size_of": _size_of,
    "softplus": pt.softplus,
    "sqrt": pt.sqrt,
    "stacked": _stacked,
    "stdtr": _stdtr,
    "tan": pt.tan,
    "trigamma": pt.tri_gamma,
    "where": pt.switch,
}
