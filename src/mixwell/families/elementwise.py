"""Names of elementwise functions, and the binding of a text written in them to what computes.

Families and links are written once, as plain functions over the names below. Bound to NumPy's
functions they take arrays, to a compiler's they are row loops, to PyTensor's they make tensors.
Nothing is imported for it here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import CellType, CodeType, FunctionType
from typing import Any

from mixwell.families.libraries.array_code import in_array_code

__all__ = [
    "ELEMENTWISE",
    "Composed",
    "Rebound",
    "arctan",
    "arguments_of",
    "betainc",
    "bind",
    "composed",
    "compound_series",
    "conway_maxwell",
    "cos",
    "count_below",
    "digamma",
    "element",
    "exp",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "i0e",
    "i1e",
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
    "sin",
    "size_of",
    "softplus",
    "sqrt",
    "stacked",
    "stdtr",
    "stdtrit",
    "takes",
    "tan",
    "trigamma",
    "where",
]

type Elementwise = Callable[..., Any]


def _unbound(name: str) -> Elementwise:
    def function(*arguments: Any) -> Any:
        raise NameError(f"{name}() is a name: bind() gives it a meaning before it is called.")

    function.__name__ = name
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
sin = _unbound("sin")
cos = _unbound("cos")
tan = _unbound("tan")
arctan = _unbound("arctan")
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
#: The modified Bessel functions of order 0 and 1, times exp(-x), for numbers above 0.
i0e = _unbound("i0e")
i1e = _unbound("i1e")
#: A vector's element at a place counted from 0, or what stands beyond its lower or upper end; and
#: how many of its elements are below a number. A vector's own axis is its last.
element = _unbound("element")
count_below = _unbound("count_below")
#: Numbers side by side as a vector, along a last axis of its own.
stacked = _unbound("stacked")
#: How many elements a vector has, a number of Python's.
size_of = _unbound("size_of")

#: The series of a compound Poisson density and its moments (see `numeric.series.compound_series`).
compound_series = _unbound("compound_series")
#: Moments of the Conway-Maxwell-Poisson distribution with a mean (see `numeric.series`).
conway_maxwell = _unbound("conway_maxwell")

#: Every name that a family or a link may be written in.
ELEMENTWISE: dict[str, Elementwise] = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, FunctionType) and value.__qualname__ == "_unbound.<locals>.function"
}


@dataclass(frozen=True)
class Composed:
    """A function of other functions' values, where families are made of families.

    An argument of `function` that one of the `parts` is named for is that part's value, or the
    argument that it names; the others, and what the parts ask for, are its own.

    >>> def doubled(inner, factor):
    ...     return 2 * inner + factor
    >>> twice = composed(doubled, inner=lambda y, mu: y - mu, factor="mu")
    >>> arguments_of(twice), twice(3.0, 1.0)
    (('y', 'mu'), 5.0)
    """

    function: Elementwise
    parts: Mapping[str, str | Elementwise] = field(hash=False)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The names of all arguments, each once."""
        asked = (self.parts.get(name, name) for name in arguments_of(self.function))
        names = (_asked(part) for part in asked)
        return tuple(dict.fromkeys(name for several in names for name in several))

    def __call__(self, *values: Any) -> Any:
        """Compute the parts, and the function of them."""
        known = dict(zip(self.arguments, values, strict=True))

        def value(part: str | Elementwise) -> Any:
            given = [known[name] for name in _asked(part)]
            return given[0] if isinstance(part, str) else part(*given)

        names = arguments_of(self.function)
        return self.function(*(value(self.parts.get(name, name)) for name in names))


def composed(function: Elementwise, **parts: str | Elementwise) -> Composed:
    """Return a function whose arguments of these names are other functions' values."""
    return Composed(function, parts)


def _asked(part: str | Elementwise) -> tuple[str, ...]:
    return (part,) if isinstance(part, str) else arguments_of(part)


class Rebound:
    """A function made of another one whose names have to mean something else than around it."""

    def bound(self, meanings: Mapping[str, Elementwise]) -> Elementwise:
        """Return the function in which the elementwise names have a meaning made of these."""
        raise NotImplementedError

    def __call__(self, *values: Any) -> Any:
        """Refuse: only what is bound can be called."""
        raise NameError("bind() gives the names of a function their meaning before it is called.")


#: Functions of these modules are bound with those that call them.
_ROOM = __name__.rpartition(".")[0]
_FOLDER = __file__.removesuffix("elementwise.py")
_BOUND: dict[tuple[Elementwise, int, object], Elementwise] = {}


def bind(
    function: Elementwise,
    meanings: Mapping[str, Elementwise],
    compiler: Callable[[Elementwise], Elementwise] | None = None,
) -> Elementwise:
    """Return a function of the same text in which the elementwise names have these meanings.

    Functions of a family that it calls, or that were around it when it was made, are bound with it,
    and each is handed to the `compiler`; other names keep their values.

    >>> def softened(x):
    ...     return log1p(exp(x))
    >>> import math
    >>> round(bind(softened, {"exp": math.exp, "log1p": math.log1p})(0.0), 4)
    0.6931
    """
    known = _BOUND.get((function, id(meanings), compiler))
    if known is not None:
        return known
    if isinstance(function, Composed):
        parts = {
            name: part if isinstance(part, str) else bind(part, meanings, compiler)
            for name, part in function.parts.items()
        }
        return _BOUND.setdefault(
            (function, id(meanings), compiler),
            Composed(bind(function.function, meanings, compiler), parts),
        )
    if not isinstance(function, FunctionType):
        return function
    named, room = function.__globals__, (_ROOM, function.__module__)

    def meant(value: Any) -> Any:
        if isinstance(value, Composed):
            return bind(value, meanings, compiler)
        if isinstance(value, tuple):
            return tuple(map(meant, value))
        if isinstance(value, Rebound):
            return value.bound(meanings)
        if not isinstance(value, FunctionType):
            own = function.__code__.co_filename.startswith(_FOLDER)  # not a user's
            return value if own else in_array_code(value, meanings)
        if ELEMENTWISE.get(value.__name__) is value:
            return meanings[value.__name__]
        return bind(value, meanings, compiler) if value.__module__.startswith(room) else value

    scope = {n: meant(named[n]) for n in _names(function.__code__) if n in named}
    around = tuple(CellType(meant(cell.cell_contents)) for cell in function.__closure__ or ())
    bound = FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, around or None
    )
    bound.__dict__.update(function.__dict__)
    made = bound if compiler is None else compiler(bound)
    _BOUND[function, id(meanings), compiler] = made
    return made


def _names(code: CodeType) -> Iterator[str]:
    """Give the global names that a function reads, those of functions inside it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def takes(*names: str) -> Callable[[Elementwise], Elementwise]:
    """Name the arguments of a function that is written for any of them.

    >>> @takes("y", "mu")
    ... def total(*values):
    ...     return sum(values)
    >>> arguments_of(total)
    ('y', 'mu')
    """

    def named(function: Elementwise) -> Elementwise:
        vars(function)["arguments"] = names
        return function

    return named


def arguments_of(function: Elementwise) -> tuple[str, ...]:
    """Return the names of a function's arguments, by which they are handed over.

    >>> arguments_of(lambda y, mu: y - mu)
    ('y', 'mu')
    """
    if isinstance(function, Composed):
        return function.arguments
    named: tuple[str, ...] | None = vars(function).get("arguments")
    if named is not None:
        return named
    code = function.__code__
    return code.co_varnames[: code.co_argcount]
