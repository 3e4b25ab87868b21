"""The elementwise names of families and links as compiled functions of one number.

Exponentials and logarithms have no branches, so that loops over them become vector instructions;
they are within 2 units of the last place. So have the normal distribution function, sines and
arctangents. Sources: the reductions and series of Sun's fdlibm (log, sine) and of Cephes (digamma,
arctangent), Kahan's way with expm1 and log1p, Shepherd and Laframboise 1981 (erfc).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from mixwell.numeric.loops.compiled import inlined
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
def _mills(t: float) -> float:
    """Return exp(t^2 / 2) times the normal probability above t, which is 0 or more.

    It is a polynomial in (x - 3.75) / (x + 3.75), x = t / sqrt(2), divided by 1 + 2 x.
    """
    x = min(t, 1e9) * _ROOT_HALF
    y = (x - 3.75) / (x + 3.75)
    p = -2.623107347133476e-09
    p = p * y - 1.9551358868985616e-09
    p = p * y + 3.197926671666804e-08
    p = p * y + 1.879082322370048e-08
    p = p * y - 2.4857126248016745e-07
    p = p * y - 5.084465378687302e-08
    p = p * y + 1.7419821586224816e-06
    p = p * y - 9.792625707303523e-07
    p = p * y - 1.1438048033346894e-05
    p = p * y + 2.2387565714911816e-05
    p = p * y + 5.164652974177416e-05
    p = p * y - 0.00029015535246077655
    p = p * y + 0.000293714378044958
    p = p * y + 0.0017556261651970652
    p = p * y - 0.009746579683265262
    p = p * y + 0.02836227737211114
    p = p * y - 0.05869339857664934
    p = p * y + 0.09230432116428125
    p = p * y - 0.10880393014244462
    p = p * y + 0.08227673848999506
    p = p * y + 0.0035854154854790257
    p = p * y - 0.14024059858554525
    p = p * y + 1.2375126308378275
    return 0.5 * p / (1.0 + 2.0 * x)


@inlined
def ndtr(x: float) -> float:
    """Return the normal distribution function."""
    t = abs(x)
    tail = _mills(t) * exp(-0.5 * t * t)
    found = 1.0 - tail if x > 0.0 else tail
    return found if x == x else x


@inlined
def log_ndtr(x: float) -> float:
    """Return its logarithm: log(1 - tail) with the digits that 1 - tail loses, or log(tail)."""
    t = abs(x)
    ratio, half = _mills(t), -0.5 * t * t
    tail = ratio * exp(half)
    u = 1.0 - tail if x > 0.0 else ratio
    rest = -((u - 1.0) + tail) / u if x > 0.0 else half
    found = log(u) + rest
    return found if x == x else x


@inlined
def _wave(x: float, ahead: int) -> float:
    """Return the sine, so many quarters of a turn ahead, of a number that is not very large."""
    shifted = x * 0.6366197723675814 + _ROUNDING
    k = shifted - _ROUNDING
    r = (
        (x - k * 1.57079632673412561417e00) - k * 6.07710050630396597660e-11
    ) - k * 2.02226624871116645580e-21
    z = r * r
    p = 1.58969099521155e-10
    p = p * z - 2.5050760253406863e-08
    p = p * z + 2.7557313707070068e-06
    p = p * z - 0.0001984126982985795
    p = p * z + 0.00833333333332249
    p = p * z - 0.16666666666666632
    q = -1.1359647557788195e-11
    q = q * z + 2.087572321298175e-09
    q = q * z - 2.7557314351390663e-07
    q = q * z + 2.480158728947673e-05
    q = q * z - 0.001388888888887411
    q = q * z + 0.0416666666666666
    odd, quarter = r + r * z * p, 1.0 - 0.5 * z + z * z * q
    turns = _bits(shifted) + ahead
    found = quarter if turns & 1 else odd
    return -found if turns & 2 else found


@inlined
def sin(x: float) -> float:
    """Return the sine."""
    return _wave(x, 0)


@inlined
def cos(x: float) -> float:
    """Return the cosine."""
    return _wave(x, 1)


@inlined
def tan(x: float) -> float:
    """Return the tangent."""
    return math.tan(x)


@inlined
def arctan(x: float) -> float:
    """Return the angle of a tangent: a rational function within an eighth of a turn from 0 or 1."""
    t = abs(x)
    large, middling = t > 2.41421356237309504880, t > 0.66
    above = -1.0 if large else (t - 1.0 if middling else t)
    below = t if large else (t + 1.0 if middling else 1.0)
    r = above / below
    z = r * r
    p = -0.8750608600031904
    p = p * z - 16.157537187333652
    p = p * z - 75.00855792314705
    p = p * z - 122.88666844901361
    p = p * z - 64.85021904942025
    q = 1.0
    q = q * z + 24.858464901423062
    q = q * z + 165.02700983169885
    q = q * z + 432.88106049129027
    q = q * z + 485.3903996359137
    q = q * z + 194.5506571482614
    r = r + r * (z * p / q)
    base = 1.5707963267948966 if large else (0.7853981633974483 if middling else 0.0)
    rest = 6.123233995736766e-17 if large else (3.061616997868383e-17 if middling else 0.0)
    found = base + (r + rest)
    found = -found if x < 0.0 else found
    return found if x == x else x


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
