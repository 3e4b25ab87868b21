"""A family's functions followed once with symbols, and written down as lines of a loop over rows.

Functions of families are straight lines of arithmetic over names (see `families.elementwise`), so
that one pass with symbols in place of numbers finds all of it: equal expressions once, and those
that are the same for many rows, or for many parameters, apart from the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mixwell.families.elementwise import ELEMENTWISE
from mixwell.numeric.array_functions import ARRAYS

__all__ = ["MOVES", "ROW", "SYMBOLS", "VECTOR", "Symbol", "SymbolVector", "Trace"]

#: What a number hangs on, added up: its row, the vector of parameters, and what moves all the time.
ROW, VECTOR, MOVES = 1, 2, 4
#: How names of lines begin, by what they hang on.
_NAMES = {0: "f", ROW: "f", VECTOR: "p", ROW + VECTOR: "h"}


@dataclass(slots=True)
class Trace:
    """What was computed so far, a line for each name, `written` by the letter that it begins with.

    They are "f" for what hangs on rows alone, "p" for what hangs on parameters alone, "h" for both,
    and "v" for all that moves. Of `functions` those are noted that these last two ask for: the
    others are computed by arrays.
    """

    written: dict[str, list[str]] = field(
        default_factory=lambda: {letter: [] for letter in (*_NAMES.values(), "v")}
    )
    names: dict[str, "Symbol"] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)

    @property
    def fixed(self) -> list[str]:
        """The lines that are computed once for all parameters."""
        return self.written["f"]

    @property
    def lines(self) -> list[str]:
        """The lines that are computed again and again."""
        return self.written["v"]

    def symbol(self, text: str, of: int) -> "Symbol":
        """Return a symbol for what stands in the loop already, with what it hangs on."""
        return Symbol(self, text, of)

    def line(self, text: str, parts: tuple[Any, ...]) -> "Symbol":
        """Return the symbol of an expression, of the line that was written for it before if any."""
        if text not in self.names:
            of = 0
            for part in parts:
                of |= part.of if isinstance(part, Symbol) else 0
            letter = _NAMES.get(of, "v")
            mine = self.written[letter]
            name = f"{letter}{len(mine)}"
            mine.append(f"{name} = {text}")
            self.names[text] = Symbol(self, name, of)
        return self.names[text]


def _binary(operator: str) -> tuple[Callable[..., "Symbol"], Callable[..., "Symbol"]]:
    def left(self: "Symbol", other: Any) -> "Symbol":
        return self.trace.line(f"({self.text} {operator} {_text(other)})", (self, other))

    def right(self: "Symbol", other: Any) -> "Symbol":
        return self.trace.line(f"({_text(other)} {operator} {self.text})", (self, other))

    return left, right


@dataclass(frozen=True, eq=False)
class Symbol:
    """A number that is not known yet: its name in the loop, and what it hangs on (`of`)."""

    trace: Trace
    text: str
    of: int

    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")
    __pow__, __rpow__ = _binary("**")
    __lt__, _ = _binary("<")
    __le__, _ = _binary("<=")
    __gt__, _ = _binary(">")
    __ge__, _ = _binary(">=")
    __and__, __rand__ = _binary("&")
    __or__, __ror__ = _binary("|")

    def __eq__(self, other: object) -> Any:
        """Compare with another number, in the loop."""
        return self.trace.line(f"({self.text} == {_text(other)})", (self, other))

    def __ne__(self, other: object) -> Any:
        """Compare with another number, in the loop."""
        return self.trace.line(f"({self.text} != {_text(other)})", (self, other))

    def __neg__(self) -> "Symbol":
        """Return its negative."""
        return self.trace.line(f"(-{self.text})", (self,))

    def __abs__(self) -> "Symbol":
        """Return the absolute value."""
        return self.trace.line(f"abs({self.text})", (self,))

    def __bool__(self) -> bool:
        """Refuse to decide: the same lines have to do for all rows."""
        raise TypeError("A family's functions cannot ask which number is larger; use where.")

    __hash__ = object.__hash__


def _text(value: Any) -> str:
    if isinstance(value, Symbol):
        return value.text
    number = float(value) if not isinstance(value, int) else value
    if number != number or number in (float("inf"), float("-inf")):
        return {"inf": "inf", "-inf": "(-inf)"}.get(repr(number), "nan")
    return f"({number!r})" if number < 0 else repr(number)


def _function(name: str) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        trace = next((a.trace for a in arguments if isinstance(a, Symbol)), None)
        if trace is None:  # of numbers that are known
            return ARRAYS[name](*arguments).item()
        found = trace.line(f"{name}({', '.join(map(_text, arguments))})", arguments)
        if found.of not in (ROW, VECTOR):
            trace.functions.add(name)
        return found

    return call


@dataclass(frozen=True, eq=False)
class SymbolVector:
    """A vector that rows read: what stands in the loop at each of their places, by its text.

    A loop that looked elements up row by row would be no vector instruction. `size` is how many
    elements there are.
    """

    elements: Mapping[str, Symbol]
    size: Symbol

    def __len__(self) -> int:
        """Count the elements that rows read: all of them, where their number is asked for."""
        return len(self.elements)

    def at(self, place: Symbol | int, below: Any, above: Any) -> Any:
        """Return the element at a place, or what stands beyond the first and the last."""
        if isinstance(place, int):
            return self.elements[str(place)]
        where = SYMBOLS["where"]
        return where(place < 0, below, where(place < self.size, self.elements[place.text], above))


#: The elementwise names as functions of symbols.
SYMBOLS: Mapping[str, Callable[..., Any]] = {
    **{name: _function(name) for name in ELEMENTWISE},
    "element": SymbolVector.at,
    "size_of": SymbolVector.__len__,
}
