"""Names of elementwise functions, and the binding of a text written in them to what computes.

Families and links are written once, as plain functions over the names below. Bound to NumPy's
functions they take arrays, to a compiler's they are row loops, to PyTensor's they make tensors.
Nothing is imported for it here.
"""

from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

__all__ = [
    "ELEMENTWISE",
    "arguments_of",
    "betainc",
    "bind",
    "count_below",
    "digamma",
    "element",
    "exp",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "integer",
    "lgamma",
    "log",
    "log1p",
    "log_ndtr",
    "maximum",
    "minimum",
    "ndtr",
    "ndtri",
    "rint",
    "softplus",
    "sqrt",
    "stdtr",
    "stdtrit",
    "trigamma",
    "where",
]

type Elementwise = Callable[..., Any]


def _unbound(name: str) -> Elementwise:
    def function(*arguments: Any) -> Any:
        raise NameError(f"{name}() is a name: bind() gives it a meaning before it is called.")

    return function


exp = _unbound("exp")
expm1 = _unbound("expm1")
log = _unbound("log")
log1p = _unbound("log1p")
sqrt = _unbound("sqrt")
rint = _unbound("rint")
integer = _unbound("integer")
where = _unbound("where")
maximum = _unbound("maximum")
minimum = _unbound("minimum")
#: 1 / (1 + exp(-x)), and log(1 + exp(x)).
expit = _unbound("expit")
softplus = _unbound("softplus")
#: The logarithm of the gamma function and its two derivatives.
lgamma = _unbound("lgamma")
digamma = _unbound("digamma")
trigamma = _unbound("trigamma")
#: The normal distribution function, its logarithm and its inverse; Student's by degrees of freedom.
ndtr = _unbound("ndtr")
log_ndtr = _unbound("log_ndtr")
ndtri = _unbound("ndtri")
stdtr = _unbound("stdtr")
stdtrit = _unbound("stdtrit")
#: The regularized incomplete gamma functions, lower and upper, and the incomplete beta function.
gammainc = _unbound("gammainc")
gammaincc = _unbound("gammaincc")
betainc = _unbound("betainc")
#: A vector's element at a place counted from 0, or what stands beyond its lower or upper end; and
#: how many of its elements are below a number. A vector's own axis is its last.
element = _unbound("element")
count_below = _unbound("count_below")

#: Every name that a family or a link may be written in.
ELEMENTWISE: dict[str, Elementwise] = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, FunctionType) and value.__qualname__ == "_unbound.<locals>.function"
}

#: Functions of these modules are bound with those that call them.
_ROOM = __name__.rpartition(".")[0]
_BOUND: dict[tuple[Elementwise, int, object], Elementwise] = {}


def bind(
    function: Elementwise,
    meanings: Mapping[str, Elementwise],
    compiler: Callable[[Elementwise], Elementwise] | None = None,
) -> Elementwise:
    """Return a function of the same text in which the elementwise names have these meanings.

    Functions of a family that it calls are bound with it, and each is handed to the `compiler`;
    other names keep their values.

    >>> def softened(x):
    ...     return log1p(exp(x))
    >>> import math
    >>> round(bind(softened, {"exp": math.exp, "log1p": math.log1p})(0.0), 4)
    0.6931
    """
    known = _BOUND.get((function, id(meanings), compiler))
    if known is not None:
        return known
    if not isinstance(function, FunctionType):
        return function
    scope: dict[str, Any] = {}
    for name in _names(function.__code__):
        if name not in function.__globals__:
            continue
        value = function.__globals__[name]
        if ELEMENTWISE.get(name) is value:
            value = meanings[name]
        elif isinstance(value, FunctionType) and value.__module__.startswith(_ROOM):
            value = bind(value, meanings, compiler)
        scope[name] = value
    bound: Elementwise = FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
    )
    if compiler is not None:
        bound = compiler(bound)
    _BOUND[function, id(meanings), compiler] = bound
    return bound


def _names(code: CodeType) -> Iterator[str]:
    """Give the global names that a function reads, those of functions inside it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def arguments_of(function: Elementwise) -> tuple[str, ...]:
    """Return the names of a function's arguments, by which they are handed over.

    >>> arguments_of(lambda y, mu: y - mu)
    ('y', 'mu')
    """
    code = function.__code__
    return code.co_varnames[: code.co_argcount]
