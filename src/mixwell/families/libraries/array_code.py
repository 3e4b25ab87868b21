"""NumPy's, SciPy's and Python's own functions in a user's text, as elementwise names.

So a log density that is written for arrays is followed like a family's own text.
"""

import math
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

__all__ = ["in_array_code"]

type Meanings = Mapping[str, Callable[..., Any]]
_LIBRARIES = ("numpy", "math", "scipy", "scipy.special")
_KINDS = ("ufunc", "_ArrayFunctionDispatcher", "builtin_function_or_method", "MultiUFunc")
_CONSTANTS = {
    "pi": math.pi,
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "euler_gamma": 0.5772156649015329,
}
_SAME = {
    "gammaln": "lgamma",
    "loggamma": "lgamma",
    "psi": "digamma",
    "atan": "arctan",
    "round": "rint",
    "fmax": "maximum",
    "fmin": "minimum",
}
_ROOT_2 = math.sqrt(2.0)


def _log_sum(m: Meanings, a: Any, b: Any) -> Any:
    more = m["maximum"](a, b)
    return more + m["log1p"](m["exp"](m["minimum"](a, b) - more))


#: Functions that are put together from the names.
_MADE: dict[str, Callable[..., Any]] = {
    "abs": lambda m, x: m["maximum"](x, -x),
    "absolute": lambda m, x: m["maximum"](x, -x),
    "fabs": lambda m, x: m["maximum"](x, -x),
    "square": lambda m, x: x * x,
    "power": lambda m, x, p: x**p,
    "pow": lambda m, x, p: x**p,
    "exp2": lambda m, x: m["exp"](x * math.log(2.0)),
    "log2": lambda m, x: m["log"](x) / math.log(2.0),
    "log10": lambda m, x: m["log"](x) / math.log(10.0),
    "logaddexp": _log_sum,
    "tanh": lambda m, x: 2.0 * m["expit"](2.0 * x) - 1.0,
    "cosh": lambda m, x: 0.5 * (m["exp"](x) + m["exp"](-x)),
    "sinh": lambda m, x: 0.5 * (m["exp"](x) - m["exp"](-x)),
    "erf": lambda m, x: 2.0 * m["ndtr"](x * _ROOT_2) - 1.0,
    "erfc": lambda m, x: 2.0 * m["ndtr"](-x * _ROOT_2),
    "log_expit": lambda m, x: -m["softplus"](-x),
    "logit": lambda m, p: m["log"](p) - m["log1p"](-p),
    "betaln": lambda m, a, b: m["lgamma"](a) + m["lgamma"](b) - m["lgamma"](a + b),
    "xlogy": lambda m, x, y: m["where"](x == 0, 0.0, x * m["log"](m["where"](x == 0, 1.0, y))),
    "clip": lambda m, x, low, high: m["minimum"](m["maximum"](x, low), high),
}


def in_array_code(value: Any, meanings: Meanings) -> Any:
    """Return a library or one of its functions as the names mean it; other values as they are."""
    if isinstance(value, ModuleType) and value.__name__ in _LIBRARIES:
        return _Library(meanings)
    name, home = getattr(value, "__name__", ""), getattr(value, "__module__", "") or ""
    kind = type(value).__name__
    if kind in _KINDS and (kind == "ufunc" or home.partition(".")[0] in _LIBRARIES):
        return _function(name, meanings)
    return value


class _Library:
    """NumPy, SciPy or math, with the functions that have a meaning."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings

    def __getattr__(self, name: str) -> Any:
        if name == "special":
            return self
        return _CONSTANTS[name] if name in _CONSTANTS else _function(name, self._meanings)


def _function(name: str, meanings: Meanings) -> Callable[..., Any]:
    known = _SAME.get(name, name)
    if known in meanings:
        return meanings[known]
    if name not in _MADE:
        able = sorted({*meanings, *_MADE, *_SAME} - {"element", "count_below", "integer"})
        raise NameError(f"{name}() has no meaning here; choices: {', '.join(able)}.")
    made = _MADE[name]
    return lambda *arguments: made(meanings, *arguments)
