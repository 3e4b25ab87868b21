"""The elementwise names of families and links as compiled functions of one number.

Exponentials and logarithms have no branches, so that loops over them become vector instructions;
they are within 2 units of the last place. Sources: the reductions and series of Sun's fdlibm (log)
and of Cephes (digamma), Kahan's way with expm1 and log1p.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from mixwell.infer.loops.compiled import inlined
from mixwell.numeric.series.compound_series import DENSITY, TERMS

__all__ = ["SCALARS"]

_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
#: Added to a number it leaves the nearest whole one in the last bits.
_ROUNDING = 6755399441055744.0
_HIGHEST, _LOWEST = 709.782712893384, -708.3964185322641
_ROOT_HALF = 0.7071067811865476


@intrinsic  # type: ignore[untyped-decorator]
def _bits(context: Any, number: Any) -> Any:
    """Read the bits of a float as an integer."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), code


@intrinsic  # type: ignore[untyped-decorator]
def _float(context: Any, bits: Any) -> Any:
    """Read an integer's bits as a float."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), code


@inlined
def exp(x: float) -> float:
    """Return e^x: a power of 2 times a polynomial in what is left."""
    v = min(max(x, _LOWEST), _HIGHEST)
    shifted = v * _LOG2E + _ROUNDING
    k = shifted - _ROUNDING
    r = (v - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    # two factors: the largest power of 2 alone is no float
    half = _float(((_bits(shifted) + 1022) & 0x7FF) << 52)
    found = p * half * 2.0
    found = math.inf if x > _HIGHEST else found
    found = 0.0 if x < _LOWEST else found
    return found if x == x else x


@inlined
def log(x: float) -> float:
    """Return the natural logarithm: the exponent, and a series in f / (2 + f) for the rest."""
    tiny = x < 2.2250738585072014e-308
    bits = _bits(x * 18014398509481984.0 if tiny else x)  # 2^54
    m = _float((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000)
    # the exponent as a float: put into the last bits of 2^52
    e = _float(((bits >> 52) & 0x7FF) | 0x4330000000000000) - (4503599627370496.0 + 1023.0)
    e = e - 54.0 if tiny else e
    large = m > 2.0 * _ROOT_HALF
    m = 0.5 * m if large else m
    e = e + 1.0 if large else e
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = 1.479819860511658591e-01
    r = r * z + 1.531383769920937332e-01
    r = r * z + 1.818357216161805012e-01
    r = r * z + 2.222219843214978396e-01
    r = r * z + 2.857142874366239149e-01
    r = r * z + 3.999999999940941908e-01
    r = r * z + 6.666666666666735130e-01
    r = r * z
    square = 0.5 * f * f
    found = e * _LN2_HIGH - ((square - (s * (square + r) + e * _LN2_LOW)) - f)
    found = -math.inf if x == 0.0 else found
    found = math.nan if x < 0.0 else found
    return found if x < math.inf else x


@inlined
def log1p(x: float) -> float:
    """Return log(1 + x), with the digits that 1 + x loses."""
    u = 1.0 + x
    whole = log(u)
    found = whole - ((u - 1.0) - x) / u
    found = found if u < math.inf else whole
    return found if u > 0.0 else whole


@inlined
def expm1(x: float) -> float:
    """Return exp(x) - 1, with the digits that exp(x) loses."""
    u = exp(x)
    found = (u - 1.0) * (x / log(u))
    found = x if u == 1.0 else found
    found = -1.0 if u - 1.0 == -1.0 else found
    return found if u < math.inf else u


@inlined
def expit(x: float) -> float:
    """Return 1 / (1 + exp(-x))."""
    e = exp(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


@inlined
def softplus(x: float) -> float:
    """Return log(1 + exp(x))."""
    return max(x, 0.0) + log1p(exp(-abs(x)))


@inlined
def digamma(x: float) -> float:
    """Return the derivative of the logarithm of the gamma function, for numbers above 0."""
    found = 0.0
    if not x > 0.0:
        return math.nan
    while x < 8.0:
        found -= 1.0 / x
        x += 1.0
    z = 1.0 / (x * x)
    s = 1.0 / 12.0
    s = s * z - 691.0 / 32760.0
    s = s * z + 1.0 / 132.0
    s = s * z - 1.0 / 240.0
    s = s * z + 1.0 / 252.0
    s = s * z - 1.0 / 120.0
    s = s * z + 1.0 / 12.0
    return found + math.log(x) - 0.5 / x - s * z


@inlined
def trigamma(x: float) -> float:
    """Return its second derivative, for numbers above 0."""
    found = 0.0
    if not x > 0.0:
        return math.nan
    while x < 10.0:
        found += 1.0 / (x * x)
        x += 1.0
    z = 1.0 / (x * x)
    s = 7.0 / 6.0
    s = s * z - 691.0 / 2730.0
    s = s * z + 5.0 / 66.0
    s = s * z - 1.0 / 30.0
    s = s * z + 1.0 / 42.0
    s = s * z - 1.0 / 30.0
    s = s * z + 1.0 / 6.0
    return found + 1.0 / x + 0.5 * z + s * z / x


@inlined
def compound_series(z: float, a: float, moment: int) -> float:
    """Sum a compound Poisson density's terms (see `numeric.series.compound_series`)."""
    middle = math.exp((z - a * math.log(a)) / (1.0 + a))
    stride = max(math.sqrt(middle / (1.0 + a)) / DENSITY, 1.0)
    first = middle if stride > 1.0 else max(np.rint(middle), 1.0)
    top = first * z - math.lgamma(first + 1.0) - math.lgamma(first * a)
    total = of_n = of_square = of_g = of_both = of_bend = 0.0
    for side in (-1, 1):
        n = first if side > 0 else first - stride
        for _ in range(TERMS + 1):
            if n < 0.5:
                break
            weight = math.exp(n * z - math.lgamma(n + 1.0) - math.lgamma(n * a) - top)
            if weight < 1e-18:
                break
            away = n - first
            total += weight
            of_n += weight * away
            of_square += weight * away * away
            if moment > 2:
                g = n * digamma(n * a)
                of_g += weight * g
                of_both += weight * away * g
                if moment > 4:
                    of_bend += weight * (g * g - n * n * trigamma(n * a))
            n += side * stride
    if moment == 0:
        return top + math.log(total * stride)
    mean, pull = of_n / total, of_g / total
    if moment == 1:
        return first + mean
    if moment == 2:
        return of_square / total - mean * mean
    if moment == 3:
        return pull
    if moment == 4:
        return of_both / total - mean * pull
    return of_bend / total - pull * pull


@inlined
def lgamma(x: float) -> float:
    """Return the logarithm of the gamma function of a number above 0: Stirling's series from 8 on.

    It has no branch, so that loops over it become vector instructions.
    """
    small = x < 8.0
    s = x + 8.0 if small else x
    product = x * (x + 1.0) * (x + 2.0) * (x + 3.0)
    product *= (x + 4.0) * (x + 5.0) * (x + 6.0) * (x + 7.0)
    product = product if small else 1.0
    over = 1.0 / s
    z = over * over
    r = -3617.0 / 122400.0
    r = r * z + 1.0 / 156.0
    r = r * z - 691.0 / 360360.0
    r = r * z + 1.0 / 1188.0
    r = r * z - 1.0 / 1680.0
    r = r * z + 1.0 / 1260.0
    r = r * z - 1.0 / 360.0
    r = r * z + 1.0 / 12.0
    found = (s - 0.5) * log(s) - s + 0.9189385332046727 + r * over - log(product)
    return found if x < math.inf else x


@inlined
def sqrt(x: float) -> float:
    """Return the square root."""
    return math.sqrt(x)


@inlined
def ndtr(x: float) -> float:
    """Return the normal distribution function."""
    return 0.5 * math.erfc(-x * _ROOT_HALF)


@inlined
def log_ndtr(x: float) -> float:
    """Return its logarithm, far out by a continued fraction."""
    if x > 0.0:
        return math.log1p(-0.5 * math.erfc(x * _ROOT_HALF))
    if x > -10.0:
        return math.log(0.5 * math.erfc(-x * _ROOT_HALF))
    # the continued fraction of Mills' ratio
    t = 0.0
    for k in range(30, 0, -1):
        t = k / (-x + t)
    return -0.5 * x * x - 0.9189385332046727 - math.log(-x + t)


@inlined
def sin(x: float) -> float:
    """Return the sine."""
    return math.sin(x)


@inlined
def cos(x: float) -> float:
    """Return the cosine."""
    return math.cos(x)


@inlined
def tan(x: float) -> float:
    """Return the tangent."""
    return math.tan(x)


@inlined
def arctan(x: float) -> float:
    """Return the angle of a tangent."""
    return math.atan(x)


@inlined
def where(condition: bool, yes: float, no: float) -> float:
    """Return one of two numbers."""
    return yes if condition else no


@inlined
def maximum(x: float, y: float) -> float:
    """Return the larger number."""
    return max(x, y)


@inlined
def minimum(x: float, y: float) -> float:
    """Return the smaller number."""
    return min(x, y)


@inlined
def rint(x: float) -> float:
    """Return the nearest whole number, of two the even one."""
    return float(np.rint(x))


@inlined
def integer(x: float) -> int:
    """Return the number as an integer."""
    return int(x)


#: What is known of these; families whose densities are written in others are computed by NumPy.
SCALARS: Mapping[str, Callable[..., Any]] = {
    "arctan": arctan,
    "cos": cos,
    "compound_series": compound_series,
    "digamma": digamma,
    "exp": exp,
    "expit": expit,
    "expm1": expm1,
    "integer": integer,
    "lgamma": lgamma,
    "log": log,
    "log1p": log1p,
    "log_ndtr": log_ndtr,
    "maximum": maximum,
    "minimum": minimum,
    "ndtr": ndtr,
    "rint": rint,
    "sin": sin,
    "softplus": softplus,
    "sqrt": sqrt,
    "tan": tan,
    "trigamma": trigamma,
    "where": where,
}
