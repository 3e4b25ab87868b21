"""The steps of a transformed response: functions of one number, each with its inverse.

Inverses end where the step's values do: what lies beyond them is taken back to the end.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["CALLED", "WITH_LEFT", "WITH_RIGHT", "ResponseStep", "learned_step"]


@dataclass(frozen=True, eq=False)
class ResponseStep:
    """One step of a transformation: its inverse, and the derivative of that.

    An `affine` step is a change of origin and unit, a `proportional` one of the unit alone,
    `arithmetic` where it is written with operators.
    `comparison` is what differences after the step are before it ("ratio", "odds ratio"), of the
    number with so much `added`; None where they are nothing. `unit` times a difference is one
    of natural logarithms or of log odds. With a `pole` what is taken back is infinite in between.
    """

    back: Callable[[FloatArray], FloatArray]
    rise: Callable[[FloatArray], FloatArray]
    affine: bool = False
    proportional: bool = False
    arithmetic: bool = False
    comparison: Literal["ratio", "odds ratio"] | None = None
    added: float = 0.0
    unit: float = 1.0
    pole: bool = False


def learned_step(transform: Callable[[FloatArray], FloatArray]) -> ResponseStep:
    """Return the step of a transform with memory that changes origin and unit, as `scale`."""
    start, end = (float(value) for value in transform(np.array([0.0, 1.0])))
    unit = end - start
    return ResponseStep(lambda v: (v - start) / unit, lambda v: _one(v) / unit, affine=True)


def _one(values: FloatArray) -> FloatArray:
    return np.ones(np.shape(values))


def _plus(constant: float) -> ResponseStep:
    return ResponseStep(lambda v: v - constant, _one, affine=True, arithmetic=True)


def _times(factor: float) -> ResponseStep:
    return ResponseStep(
        lambda v: v / factor,
        lambda v: _one(v) / factor,
        affine=True,
        proportional=True,
        arithmetic=True,
    )


def _from(constant: float) -> ResponseStep:
    return ResponseStep(lambda v: constant - v, lambda v: -_one(v), affine=True, arithmetic=True)


def _over(numerator: float) -> ResponseStep:
    return ResponseStep(lambda v: numerator / v, lambda v: -numerator / v**2, pole=True)


def _power(exponent: float) -> ResponseStep:
    if exponent == -1:
        return _over(1.0)
    if exponent % 2 == 1:  # a root of a negative number
        signed = lambda v: np.sign(v) * np.abs(v) ** (1 / exponent)  # noqa: E731
        return ResponseStep(signed, lambda v: np.abs(v) ** (1 / exponent - 1) / exponent)
    return ResponseStep(
        lambda v: np.maximum(v, 0.0) ** (1 / exponent),
        lambda v: np.where(v > 0, np.maximum(v, 0.0) ** (1 / exponent - 1), 0.0) / exponent,
    )


def _exponential(base: float = np.e) -> ResponseStep:
    return ResponseStep(lambda v: np.log(v) / np.log(base), lambda v: 1 / (v * np.log(base)))


def _logarithm(base: float = np.e) -> ResponseStep:
    return ResponseStep(
        lambda v: np.exp(v * np.log(base)),
        lambda v: np.exp(v * np.log(base)) * np.log(base),
        comparison="ratio",
        unit=math.log(base),
    )


def _box_cox(power: float) -> ResponseStep:
    """Box and Cox 1964: `(y^power - 1) / power`, the logarithm at 0."""
    if power == 0:
        return _logarithm()
    return ResponseStep(
        lambda v: np.maximum(power * v + 1, 0.0) ** (1 / power),
        lambda v: np.maximum(power * v + 1, 0.0) ** (1 / power - 1),
    )


def _logit() -> ResponseStep:
    def back(v: FloatArray) -> FloatArray:
        return np.asarray(1 / (1 + np.exp(-v)))

    return ResponseStep(back, lambda v: back(v) * back(-v), comparison="odds ratio")


def _turned(values: FloatArray) -> FloatArray:
    return np.clip(values, -_HALF_TURN, _HALF_TURN)


def _call(
    back: Callable[[FloatArray], Any], rise: Callable[[FloatArray], Any], **fields: Any
) -> Callable[[], ResponseStep]:
    return lambda: ResponseStep(back, rise, **fields)


def _log_odds(values: FloatArray) -> FloatArray:
    return np.asarray(np.log(values) - np.log1p(-values))


_HALF_TURN = math.pi / 2

#: Functions by name, without their library's, of the constants that they are called with.
CALLED: Mapping[str, Callable[..., ResponseStep]] = {
    "log": _logarithm,
    "log2": lambda: _logarithm(2.0),
    "log10": lambda: _logarithm(10.0),
    "log1p": _call(np.expm1, np.exp, comparison="ratio", added=1.0),
    "exp": _exponential,
    **dict.fromkeys(("expit", "plogis"), _call(_log_odds, lambda v: 1 / (v * (1 - v)))),
    "expm1": _call(np.log1p, lambda v: 1 / (1 + v)),
    "sqrt": lambda: _power(0.5),
    "cbrt": lambda: _power(1 / 3),
    "square": lambda: _power(2.0),
    "power": _power,
    "reciprocal": lambda: _over(1.0),
    "asinh": _call(np.sinh, np.cosh),
    "sinh": _call(np.arcsinh, lambda v: 1 / np.sqrt(1 + v**2)),
    "atanh": _call(np.tanh, lambda v: 1 / np.cosh(v) ** 2),
    "asin": _call(lambda v: np.sin(_turned(v)), lambda v: np.cos(_turned(v))),
    "logit": _logit,
    "qlogis": _logit,
    **dict.fromkeys(("boxcox", "BoxCox", "bcPower"), _box_cox),
}
CALLED = {
    **CALLED,
    "arcsinh": CALLED["asinh"],
    "arctanh": CALLED["atanh"],
    "arcsin": CALLED["asin"],
}

#: Operators by their sign, of the constant on their right or on their left.
WITH_RIGHT: Mapping[str, Callable[[float], ResponseStep]] = {
    "+": _plus,
    "-": lambda c: _plus(-c),
    "*": _times,
    "/": lambda c: _times(1 / c),
    "^": _power,
    "**": _power,
}
WITH_LEFT: Mapping[str, Callable[[float], ResponseStep]] = {
    "+": _plus,
    "-": _from,
    "*": _times,
    "/": _over,
    "^": _exponential,
    "**": _exponential,
}
