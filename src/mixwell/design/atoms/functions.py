"""Plain functions of a formula: elementwise, without memory, under R's and numpy's names.

Only what is registered here, or given by the user, can be called in a formula. Where a function
leaves its domain the result is not finite, without a warning: the caller finds the rows and says
so.
"""

from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray

type PlainFunction = Callable[..., NDArray[Any]]


def log(x: ArrayLike, base: float = np.e) -> FloatArray:
    """Logarithm to ``base``, natural by default, as R's ``log``.

    >>> log(np.array([1.0, 100.0]), 10)
    array([0., 2.])
    """
    values = np.asarray(x, dtype=float)
    root = float(base)
    if not root > 0 or root == 1:
        raise DataError(f"The base of log() is a positive number other than 1, not {base}.")
    if root == np.e:
        return np.asarray(np.log(values))
    if root == 2:
        return np.asarray(np.log2(values))
    if root == 10:
        return np.asarray(np.log10(values))
    return np.asarray(np.log(values) / np.log(root))


def round_to_digits(x: ArrayLike, digits: int = 0) -> FloatArray:
    """Values rounded to ``digits`` decimal places: R's ``round`` since its version 4.

    The nearer of the two neighboring decimal numbers, which is not always what rounding the
    value times ``10 ** digits`` gives; halves go to the even digit.

    >>> round_to_digits(np.array([0.15, 0.25, 0.35]), 1)
    array([0.1, 0.2, 0.3])
    """
    values = np.asarray(x, dtype=float)
    places = int(digits)
    if places == 0:
        return np.asarray(np.rint(values))
    size = np.abs(values)
    unit = 10.0 ** abs(places)
    scaled = size * unit if places > 0 else size / unit
    below, above = (
        whole / unit if places > 0 else whole * unit
        for whole in (np.floor(scaled), np.ceil(scaled))
    )
    down, up = size - below, above - size
    even = np.floor(scaled) % 2 == 0
    nearest = np.where((down < up) | ((down == up) & even), below, above)
    return np.asarray(np.copysign(nearest, values))


def parallel_minimum(*values: ArrayLike, na_rm: bool = False) -> FloatArray:
    """Row by row the least of the values: R's ``pmin``.

    >>> parallel_minimum([1.0, 7.0], 5)
    array([1., 5.])
    """
    return _fold(np.fmin if na_rm else np.minimum, values, "pmin")


def parallel_maximum(*values: ArrayLike, na_rm: bool = False) -> FloatArray:
    """Row by row the greatest of the values: R's ``pmax``."""
    return _fold(np.fmax if na_rm else np.maximum, values, "pmax")


def if_else(test: ArrayLike, yes: ArrayLike, no: ArrayLike) -> NDArray[Any]:
    """Row by row ``yes`` where ``test`` is true and ``no`` elsewhere: R's ``ifelse``.

    A missing test gives a missing result.

    >>> if_else([True, False], 1, 0)
    array([1, 0])
    """
    condition = np.asarray(test)
    chosen = np.where(condition.astype(bool), yes, no)
    if condition.dtype.kind != "f" or not np.isnan(condition).any():
        return chosen
    return np.where(np.isnan(condition), np.nan, chosen)


def is_missing(x: ArrayLike) -> NDArray[np.bool]:
    """Whether each value is missing: R's ``is.na``."""
    values = np.asarray(x)
    if values.dtype.kind == "O":
        return np.array([value is None or value != value for value in values.flat], dtype=bool)
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)


def power(x: ArrayLike, exponent: ArrayLike) -> FloatArray:
    """Powers in floating point, so that whole numbers neither overflow nor refuse ``-1``."""
    return np.asarray(np.power(np.asarray(x, dtype=float), np.asarray(exponent, dtype=float)))


def logit(p: ArrayLike) -> FloatArray:
    """Log odds of a share between 0 and 1: R's ``qlogis``.

    >>> logit([0.5])
    array([0.])
    """
    shares = np.asarray(p, dtype=float)
    return np.asarray(np.log(shares) - np.log1p(-shares))


def expit(x: ArrayLike) -> FloatArray:
    """The share that has the log odds ``x``: R's ``plogis``.

    >>> expit([0.0])
    array([0.5])
    """
    return np.asarray(1 / (1 + np.exp(-np.asarray(x, dtype=float))))


def box_cox(x: ArrayLike, *power: float, **named: float) -> FloatArray:
    """Powers of positive numbers, ``(x ** power - 1) / power``, and logarithms at a power of 0.

    The power is the second argument, whatever it is called (``lambda`` in R, ``lmbda`` in SciPy).

    Source: Box and Cox 1964; ``car::bcPower``.

    >>> box_cox([1.0, 4.0], 0.5)
    array([0., 2.])
    """
    values, given = np.asarray(x, dtype=float), (*power, *named.values())
    if len(given) != 1:
        raise DataError("A Box-Cox transformation takes numbers and one power.")
    exponent = float(given[0])
    positive = np.where(values > 0, values, np.nan)
    if exponent == 0:
        return np.asarray(np.log(positive))
    return np.asarray((positive**exponent - 1) / exponent)


def _fold(
    pairwise: Callable[[Any, Any], Any], values: tuple[ArrayLike, ...], name: str
) -> FloatArray:
    if not values:
        raise DataError(f"{name}() needs one or more values.")
    columns = (np.asarray(value, dtype=float) for value in values)
    return np.asarray(reduce(pairwise, columns))


def _elementwise(function: Callable[..., Any]) -> PlainFunction:
    """A numpy function on floats."""

    def apply(*args: Any, **kwargs: Any) -> NDArray[Any]:
        return np.asarray(function(*map(_as_float, args), **kwargs))

    return _quiet(apply)


def _as_float(value: Any) -> Any:
    array = np.asarray(value)
    return array.astype(float) if array.dtype.kind in "iub" else value


def _quiet(function: PlainFunction) -> PlainFunction:
    """A function that marks what lies outside its domain without a warning."""

    @wraps(function)
    def apply(*args: Any, **kwargs: Any) -> NDArray[Any]:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return apply


# Under both spellings one numpy function of the same name.
_SHARED = (
    *("log2", "log10", "log1p", "exp", "expm1", "sqrt", "abs", "sign", "floor"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh"),
)
_R_NAMES = {
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "ceiling": np.ceil,
    "trunc": np.trunc,
}
_NUMPY_NAMES = (
    *("log", "absolute", "square", "cbrt", "reciprocal", "minimum", "maximum", "clip"),
    *("ceil", "trunc", "round", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"),
)

PLAIN: dict[str, PlainFunction] = {
    **{name: _elementwise(getattr(np, name)) for name in _SHARED},
    **{name: _elementwise(function) for name, function in _R_NAMES.items()},
    "log": _quiet(log),
    "round": _quiet(round_to_digits),
    **dict.fromkeys(("logit", "qlogis"), _quiet(logit)),
    **dict.fromkeys(("expit", "plogis"), _quiet(expit)),
    **dict.fromkeys(("boxcox", "BoxCox", "bcPower"), _quiet(box_cox)),
    "pmin": parallel_minimum,
    "pmax": parallel_maximum,
    "ifelse": if_else,
    "is.na": is_missing,
    **{f"np.{name}": _elementwise(getattr(np, name)) for name in (*_SHARED, *_NUMPY_NAMES)},
    "np.where": if_else,
    "np.power": _quiet(power),
}
