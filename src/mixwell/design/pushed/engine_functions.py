"""The plain functions of a formula as expressions of an engine, by the names of `PLAIN`.

Outside its domain a function is NaN, as in memory, and infinite where it is so there. What engines
lack is made of what they have, by formulas that keep the digits.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial, reduce
from types import MappingProxyType
from typing import Any

import narwhals as nw

from mixwell.errors import DataError

__all__ = ["ENGINE_FUNCTIONS", "floor_divide", "modulo", "power"]

type Number = nw.Expr | float

_LARGE, _LOG_2 = 1e100, math.log(2.0)


def _expr(value: Any) -> nw.Expr:
    """Return an expression or a constant as an expression, of doubles."""
    return value if isinstance(value, nw.Expr) else nw.lit(float(value))


def _choose(condition: nw.Expr, yes: nw.Expr, no: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(yes).otherwise(no)


def log(x: nw.Expr, base: float = math.e) -> nw.Expr:
    """Return logarithms, natural ones by default; the base is a constant."""
    root = float(base)
    if not root > 0 or root == 1:
        raise DataError(f"The base of log() is a positive number other than 1, not {base}.")
    natural = _expr(x).log()
    return natural if root == math.e else natural / math.log(root)


def _log1p(x: nw.Expr) -> nw.Expr:
    """Source: Goldberg 1991, theorem 4: what 1 + x loses of x is lost in both factors alike."""
    whole = x + 1.0
    near = whole.log() * x / (whole - 1.0)
    return _choose(x.abs() > 0.5, whole.log(), _choose(whole == 1.0, x, near))


def _expm1(x: nw.Expr) -> nw.Expr:
    """Source: Higham 2002, 1.14.1, by W. Kahan."""
    grown = x.exp()
    near = (grown - 1.0) * x / grown.log()
    return _choose(x.abs() > 0.5, grown - 1.0, _choose(grown == 1.0, x, near))


def _sinh(x: nw.Expr) -> nw.Expr:
    rise = _expm1(x)
    return _choose(
        x.abs() > 0.5, (x.exp() - (-1.0 * x).exp()) / 2.0, (rise + rise / (rise + 1.0)) / 2.0
    )


def _cosh(x: nw.Expr) -> nw.Expr:
    return (x.exp() + (-1.0 * x).exp()) / 2.0


def _tanh(x: nw.Expr) -> nw.Expr:
    rise = _expm1(x * 2.0)
    return _choose(x.abs() > 0.5, 1.0 - 2.0 / ((x * 2.0).exp() + 1.0), rise / (rise + 2.0))


def _asinh(x: nw.Expr) -> nw.Expr:
    size = x.abs()
    near = _log1p(size + size * size / ((size * size + 1.0).sqrt() + 1.0))
    return _sign(x) * _choose(size > _LARGE, size.log() + _LOG_2, near)


def _acosh(x: nw.Expr) -> nw.Expr:
    above = x - 1.0
    near = _log1p(above + (above * (above + 2.0)).sqrt())
    return _choose(x < 1.0, nw.lit(math.nan), _choose(x > _LARGE, x.log() + _LOG_2, near))


def _atanh(x: nw.Expr) -> nw.Expr:
    return _log1p(x * 2.0 / (1.0 - x)) * 0.5


def _sign(x: nw.Expr) -> nw.Expr:
    return _choose(x > 0.0, nw.lit(1.0), _choose(x < 0.0, nw.lit(-1.0), x * 0.0))


def _truncated(x: nw.Expr) -> nw.Expr:
    return _choose(x < 0.0, x.ceil(), x.floor())


def _rint(x: nw.Expr) -> nw.Expr:
    """Return the nearest whole number, of two the even one: engines differ in that."""
    below = x.floor()
    above = x - below
    odd = (below / 2.0).floor() * 2.0 < below
    return _choose((above > 0.5) | ((above == 0.5) & odd), below + 1.0, below)


def _round(x: nw.Expr, digits: float = 0) -> nw.Expr:
    """Return what `round_to_digits` returns."""
    places = int(digits)
    if places == 0:
        return _rint(x)
    size, unit = x.abs(), 10.0 ** abs(places)
    scaled = size * unit if places > 0 else size / unit
    below, above = (
        whole / unit if places > 0 else whole * unit for whole in (scaled.floor(), scaled.ceil())
    )
    down, up = size - below, above - size
    odd = (scaled.floor() / 2.0).floor() * 2.0 < scaled.floor()
    nearest = _choose((down < up) | ((down == up) & ~odd), below, above)
    return _choose(x < 0.0, nearest * -1.0, nearest)


def _logit(p: nw.Expr) -> nw.Expr:
    return p.log() - _log1p(p * -1.0)


def _expit(x: nw.Expr) -> nw.Expr:
    return 1.0 / ((x * -1.0).exp() + 1.0)


def _box_cox(x: nw.Expr, *exponents: float, **named: float) -> nw.Expr:
    given = (*exponents, *named.values())
    if len(given) != 1:
        raise DataError("A Box-Cox transformation takes numbers and one power.")
    exponent, positive = float(given[0]), _choose(x > 0.0, x, nw.lit(math.nan))
    return positive.log() if exponent == 0 else (positive**exponent - 1.0) / exponent


def _pairwise(one: Number, two: Number, *, least: bool, gaps: bool = False) -> nw.Expr:
    left, right = _expr(one), _expr(two)
    chosen = _choose(left <= right if least else left >= right, left, right)
    if gaps:  # R's na.rm = TRUE
        return _choose(_missing(left), right, _choose(_missing(right), left, chosen))
    return _choose(_missing(left) | _missing(right), nw.lit(math.nan), chosen)


def _missing(x: nw.Expr) -> nw.Expr:
    return x.is_null() | x.is_nan()


def _extreme(least: bool, *values: Number, na_rm: bool = False) -> nw.Expr:
    fold = partial(_pairwise, least=least, gaps=bool(na_rm))
    return _expr(reduce(fold, values))


def _extreme_of_two(least: bool, one: Number, two: Number) -> nw.Expr:
    return _pairwise(one, two, least=least)


def _clip(x: Number, low: Number, high: Number) -> nw.Expr:
    return _extreme(True, _extreme(False, x, low), high)


def power(x: Number, exponent: Number) -> nw.Expr:
    """Return powers of doubles: NaN for a root of a negative number."""
    if isinstance(exponent, nw.Expr):
        return _expr(x) ** exponent
    return _whole_power(_expr(x), exponent)


def _whole_power(x: nw.Expr, exponent: float) -> nw.Expr:
    """Return a constant power; small whole ones are products, in which engines agree."""
    if exponent in (2, 3):
        return x * x if exponent == 2 else x * x * x
    return x ** float(exponent)


def modulo(x: Number, y: Number) -> nw.Expr:
    """Return what is left of a division, with the sign of the divisor; NaN where that is 0."""
    divisor = _expr(y)
    safe = _choose(divisor == 0.0, nw.lit(1.0), divisor)
    return _choose(divisor == 0.0, nw.lit(math.nan), _expr(x) % safe)


def floor_divide(x: Number, y: Number) -> nw.Expr:
    """Return whole quotients, rounded down, which fit `modulo`; infinite or NaN by 0."""
    one, two = _expr(x), _expr(y)
    whole = _rint((one - modulo(one, two)) / two)
    return _choose(two == 0.0, one / two, whole)


def _cube_root(x: nw.Expr) -> nw.Expr:
    return _sign(x) * x.abs() ** (1.0 / 3.0)


_BOTH_SPELLINGS: Mapping[str, Callable[..., nw.Expr]] = {
    "log2": lambda x: log(x, 2.0),
    "log10": lambda x: log(x, 10.0),
    "log1p": _log1p,
    "exp": lambda x: x.exp(),
    "expm1": _expm1,
    "sqrt": lambda x: x.sqrt(),
    "abs": lambda x: x.abs(),
    "sign": _sign,
    "floor": lambda x: x.floor(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": lambda x: x.sin() / x.cos(),
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "trunc": _truncated,
}

#: By R's and numpy's names; those of `PLAIN` that are not here no engine computes for us.
ENGINE_FUNCTIONS: Mapping[str, Callable[..., nw.Expr]] = MappingProxyType(
    {
        **_BOTH_SPELLINGS,
        **{f"np.{name}": function for name, function in _BOTH_SPELLINGS.items()},
        **dict.fromkeys(("log", "np.log"), log),
        **dict.fromkeys(("asinh", "np.arcsinh"), _asinh),
        **dict.fromkeys(("acosh", "np.arccosh"), _acosh),
        **dict.fromkeys(("atanh", "np.arctanh"), _atanh),
        **dict.fromkeys(("ceiling", "np.ceil"), lambda x: x.ceil()),
        **dict.fromkeys(("logit", "qlogis"), _logit),
        **dict.fromkeys(("expit", "plogis"), _expit),
        **dict.fromkeys(("boxcox", "BoxCox", "bcPower"), _box_cox),
        "round": _round,
        "pmin": partial(_extreme, True),
        "pmax": partial(_extreme, False),
        "np.minimum": partial(_extreme_of_two, True),
        "np.maximum": partial(_extreme_of_two, False),
        "np.clip": _clip,
        "np.power": power,
        "np.absolute": lambda x: x.abs(),
        "np.square": lambda x: x * x,
        "np.reciprocal": lambda x: 1.0 / x,
        "np.cbrt": _cube_root,
    }
)
