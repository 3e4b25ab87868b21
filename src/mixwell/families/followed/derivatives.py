"""Derivatives of a log density that has none of its own, by following its text with jets.

A jet is a value with its slopes and second derivatives along some parameters; what is computed from
jets are jets (forward differentiation), so that derivatives are exact to rounding, whatever the
elementwise names mean. Source: Griewank and Walther 2008, chapters 3 and 13.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mixwell.families.elementwise import Elementwise, Rebound, arguments_of, bind, takes, where
from mixwell.families.family import Density

__all__ = ["differentiated"]

_ROOT_2PI = math.sqrt(2 * math.pi)
#: The step of a difference, relative to a number, where a second derivative has no name.
_STEP = 1e-4


def differentiated(log_density: Elementwise, parameters: Iterable[str]) -> Density:
    """Return a density with the derivatives of its logarithm along the parameters, in their order.

    The curvature is minus the second derivative where that is positive, else the squared slope:
    both have the information as their mean.

    >>> from mixwell.numeric.array_functions import ARRAYS
    >>> found = differentiated(lambda y, mu: -((y - mu) ** 2) / 2, ["mu"])
    >>> bind(found.gradient, ARRAYS)(3.0, 1.0), bind(found.hessian, ARRAYS)(3.0, 1.0)
    ((2.0,), (-1.0,))
    """
    names, along = arguments_of(log_density), tuple(parameters)
    slopes, bends = _Followed(log_density, along, 1), _Followed(log_density, along, 2)
    pairs = [(i, j) for i in range(len(along)) for j in range(i + 1)]

    @takes(*names)
    def gradient(*values: Any) -> Any:
        return slopes(*values).slopes

    @takes(*names)
    def hessian(*values: Any) -> Any:
        return bends(*values).bends

    @takes(*names)
    def curvature(*values: Any) -> Any:
        found = bends(*values)
        own = [found.bends[pairs.index((i, i))] for i in range(len(along))]
        return tuple(
            where(bend < 0, -bend, slope**2) for bend, slope in zip(own, found.slopes, strict=True)
        )

    return Density(log_density, gradient, hessian, curvature)


class _Followed(Rebound):
    """A function that is called with jets, along some of its arguments, up to an order."""

    def __init__(self, function: Elementwise, along: tuple[str, ...], order: int) -> None:
        self._function, self._along, self._order = function, along, order

    def bound(self, meanings: Mapping[str, Elementwise]) -> Elementwise:
        """Return the function on jets of what the names mean."""
        function, names = bind(self._function, _on_jets(meanings)), arguments_of(self._function)
        along, order = self._along, self._order
        pairs = len(along) * (len(along) + 1) // 2 if order > 1 else 0

        def followed(*values: Any) -> Jet:
            given = [
                Jet(value, tuple(int(name == own) for own in along), (0,) * pairs, meanings)
                for name, value in zip(names, values, strict=True)
            ]
            return _filled(function(*given), values)

        return followed


def _filled(found: "Jet", values: Iterable[Any]) -> "Jet":
    """Give derivatives that are the same everywhere the shape of what was given."""
    zero = sum((0.0 * value for value in values), 0.0)
    every = ([part + zero for part in parts] for parts in (found.slopes, found.bends))
    slopes, bends = (tuple(parts) for parts in every)
    return Jet(found.value, slopes, bends, found.meanings)


def _is_zero(part: Any) -> bool:
    return isinstance(part, int) and part == 0


def _times(one: Any, other: Any) -> Any:
    if _is_zero(one) or _is_zero(other):
        return 0
    if isinstance(one, int) and one == 1:
        return other
    return one if isinstance(other, int) and other == 1 else one * other


def _plus(one: Any, other: Any) -> Any:
    if _is_zero(one):
        return other
    return one if _is_zero(other) else one + other


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """A value, its slopes along parameters, its second derivatives: the lower triangle by rows.

    Derivatives that are 0 for certain are the integer 0.
    """

    value: Any
    slopes: tuple[Any, ...]
    bends: tuple[Any, ...]
    meanings: Mapping[str, Elementwise]

    def through(self, value: Any, first: Any, second: Callable[[], Any]) -> "Jet":
        """Return a function's jet, given its value and derivatives at this one."""
        slopes = tuple(_times(first, slope) for slope in self.slopes)
        if not self.bends:
            return Jet(value, slopes, (), self.meanings)
        bend = 0 if all(_is_zero(slope) for slope in self.slopes) else second()
        bends = tuple(
            _plus(_times(bend, _times(self.slopes[i], self.slopes[j])), _times(first, own))
            for (i, j), own in zip(self._pairs, self.bends, strict=True)
        )
        return Jet(value, slopes, bends, self.meanings)

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        return [(i, j) for i in range(len(self.slopes)) for j in range(i + 1)]

    def lifted(self, other: Any) -> "Jet":
        """Return a number as a jet of the same parameters."""
        if isinstance(other, Jet):
            return other
        return Jet(other, (0,) * len(self.slopes), (0,) * len(self.bends), self.meanings)

    def __add__(self, other: Any) -> "Jet":
        """Add a jet or a number."""
        other = self.lifted(other)
        slopes = tuple(map(_plus, self.slopes, other.slopes))
        bends = tuple(map(_plus, self.bends, other.bends))
        return Jet(self.value + other.value, slopes, bends, self.meanings)

    def __mul__(self, other: Any) -> "Jet":
        """Multiply by a jet or a number."""
        other = self.lifted(other)
        a, b = self.value, other.value
        slopes = tuple(
            _plus(_times(s, b), _times(a, t))
            for s, t in zip(self.slopes, other.slopes, strict=True)
        )
        bends = []
        for (i, j), own, theirs in zip(self._pairs, self.bends, other.bends, strict=False):
            mixed = _plus(
                _times(self.slopes[i], other.slopes[j]), _times(self.slopes[j], other.slopes[i])
            )
            bends.append(_plus(_plus(_times(own, b), _times(a, theirs)), mixed))
        return Jet(a * b, slopes, tuple(bends), self.meanings)

    def __pow__(self, power: Any) -> "Jet":
        """Raise to a power."""
        if isinstance(power, Jet) and any(not _is_zero(slope) for slope in power.slopes):
            return _call("exp", power * _call("log", self))
        p, x = power.value if isinstance(power, Jet) else power, self.value
        return self.through(x**p, p * x ** (p - 1), lambda: p * (p - 1) * x ** (p - 2))

    def __rpow__(self, base: Any) -> "Jet":
        """Raise a number to this power."""
        return self.lifted(base) ** self

    def __truediv__(self, other: Any) -> "Jet":
        """Divide by a jet or a number."""
        over: Jet = self * (other._reciprocal() if isinstance(other, Jet) else 1.0 / other)
        return over

    def __rtruediv__(self, other: Any) -> "Jet":
        """Divide a number by this jet."""
        over: Jet = self._reciprocal() * other
        return over

    def _reciprocal(self) -> "Jet":
        over = 1.0 / self.value
        return self.through(over, -over * over, lambda: 2.0 * over * over * over)

    def __neg__(self) -> "Jet":
        """Return its negative."""
        return self.__mul__(-1.0)

    def __sub__(self, other: Any) -> "Jet":
        """Subtract a jet or a number."""
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> "Jet":
        """Subtract this jet from a number."""
        return self.__mul__(-1.0).__add__(other)

    def __abs__(self) -> "Jet":
        """Return the absolute value."""
        size: Jet = _larger(self, -self)
        return size

    def __radd__(self, other: Any) -> "Jet":
        """Add a number."""
        return self.__add__(other)

    def __rmul__(self, other: Any) -> "Jet":
        """Multiply by a number."""
        return self.__mul__(other)

    def __lt__(self, other: Any) -> Any:
        """Compare values."""
        return self.value < self.lifted(other).value

    def __le__(self, other: Any) -> Any:
        """Compare values."""
        return self.value <= self.lifted(other).value

    def __gt__(self, other: Any) -> Any:
        """Compare values."""
        return self.value > self.lifted(other).value

    def __ge__(self, other: Any) -> Any:
        """Compare values."""
        return self.value >= self.lifted(other).value

    def __eq__(self, other: object) -> Any:
        """Compare values."""
        return self.value == self.lifted(other).value

    def __ne__(self, other: object) -> Any:
        """Compare values."""
        return self.value != self.lifted(other).value

    __hash__ = object.__hash__


type Rule = tuple[Callable[[Any, Any, Any], Any], Callable[[Any, Any, Any], Any]]


def _normal(x: Any, named: Any) -> Any:
    return named["exp"](-0.5 * x * x) / _ROOT_2PI


def _mills(x: Any, f: Any, named: Any) -> Any:
    """The slope of the logarithm of the normal distribution function."""
    return named["exp"](-0.5 * x * x - f) / _ROOT_2PI


def _third(x: Any, named: Any) -> Any:
    """The third derivative of log gamma, by a difference of the second."""
    step = _STEP * x
    return (named["trigamma"](x + step) - named["trigamma"](x - step)) / (2 * step)


#: Two derivatives of functions of one number, given it, the function's value, and the names.
_RULES: dict[str, Rule] = {
    "exp": (lambda x, f, n: f, lambda x, f, n: f),
    "expm1": (lambda x, f, n: f + 1.0, lambda x, f, n: f + 1.0),
    "log": (lambda x, f, n: 1.0 / x, lambda x, f, n: -1.0 / (x * x)),
    "log1p": (lambda x, f, n: 1.0 / (1.0 + x), lambda x, f, n: -1.0 / ((1.0 + x) * (1.0 + x))),
    "sqrt": (lambda x, f, n: 0.5 / f, lambda x, f, n: -0.25 / (f * x)),
    "expit": (
        lambda x, f, n: f * (1.0 - f),
        lambda x, f, n: f * (1.0 - f) * (1.0 - 2.0 * f),
    ),
    "softplus": (
        lambda x, f, n: n["expit"](x),
        lambda x, f, n: n["expit"](x) * n["expit"](-x),
    ),
    "lgamma": (lambda x, f, n: n["digamma"](x), lambda x, f, n: n["trigamma"](x)),
    "digamma": (lambda x, f, n: n["trigamma"](x), lambda x, f, n: _third(x, n)),
    "ndtr": (lambda x, f, n: _normal(x, n), lambda x, f, n: -x * _normal(x, n)),
    "log_ndtr": (_mills, lambda x, f, n: -_mills(x, f, n) * (x + _mills(x, f, n))),
    "ndtri": (
        lambda x, f, n: 1.0 / _normal(f, n),
        lambda x, f, n: f / (_normal(f, n) * _normal(f, n)),
    ),
    "sin": (lambda x, f, n: n["cos"](x), lambda x, f, n: -f),
    "cos": (lambda x, f, n: -n["sin"](x), lambda x, f, n: -f),
    "tan": (lambda x, f, n: 1.0 + f * f, lambda x, f, n: 2.0 * f * (1.0 + f * f)),
    "arctan": (
        lambda x, f, n: 1.0 / (1.0 + x * x),
        lambda x, f, n: -2.0 * x / ((1.0 + x * x) * (1.0 + x * x)),
    ),
    "rint": (lambda x, f, n: 0, lambda x, f, n: 0),
    "integer": (lambda x, f, n: 0, lambda x, f, n: 0),
}


def _call(name: str, x: Jet) -> Jet:
    value = x.meanings[name](x.value)
    first, second = _RULES[name]
    if all(_is_zero(slope) for slope in x.slopes):
        return Jet(value, x.slopes, x.bends, x.meanings)
    own = first(x.value, value, x.meanings)
    return x.through(value, own, lambda: second(x.value, value, x.meanings))


def _chosen(condition: Any, yes: Any, no: Any) -> Any:
    known = next((each for each in (yes, no) if isinstance(each, Jet)), None)
    if known is None:
        return condition.meanings["where"](condition.value, yes, no)
    one, other, choose = known.lifted(yes), known.lifted(no), known.meanings["where"]

    def each(a: Any, b: Any) -> Any:
        return 0 if _is_zero(a) and _is_zero(b) else choose(condition, a, b)

    slopes = tuple(map(each, one.slopes, other.slopes))
    bends = tuple(map(each, one.bends, other.bends))
    return Jet(choose(condition, one.value, other.value), slopes, bends, known.meanings)


def _larger(one: Any, other: Any) -> Any:
    return _chosen(one >= other, one, other)


def _smaller(one: Any, other: Any) -> Any:
    return _chosen(one <= other, one, other)


def _constant(name: str, meanings: Mapping[str, Elementwise]) -> Elementwise:
    """Return a function that is known of numbers that no parameter moves."""

    def call(*arguments: Any) -> Any:
        jets = [each for each in arguments if isinstance(each, Jet)]
        if any(not _is_zero(slope) for jet in jets for slope in jet.slopes):
            raise TypeError(f"No derivatives of {name}() are known.")
        values = [each.value if isinstance(each, Jet) else each for each in arguments]
        return jets[0].lifted(meanings[name](*values))

    return call


_ON_JETS: dict[int, dict[str, Elementwise]] = {}


def _on_jets(meanings: Mapping[str, Elementwise]) -> dict[str, Elementwise]:
    """Return what the elementwise names mean for jets."""

    def smooth(name: str) -> Elementwise:
        return lambda x: _call(name, x) if isinstance(x, Jet) else meanings[name](x)

    if id(meanings) not in _ON_JETS:
        _ON_JETS[id(meanings)] = {
            **{name: _constant(name, meanings) for name in meanings},
            **{name: smooth(name) for name in _RULES},
            "where": _chosen,
            "maximum": _larger,
            "minimum": _smaller,
        }
    return _ON_JETS[id(meanings)]
