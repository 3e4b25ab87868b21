"""Python expressions as values that know their precedence, and their layout in lines."""

import keyword
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LAMBDA, NOT, COMPARE, OR, AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
POWERS = {
    **dict.fromkeys(("<", ">", "<=", ">=", "==", "!=", "in", "not in"), COMPARE),
    "|": OR,
    "&": AND,
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "//": PRODUCT,
    "%": PRODUCT,
    "@": PRODUCT,
    "**": POWER,
}


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression: its text on one line, and how it may be broken over several.

    A bracketed expression is `head`, `opening`, `items` and `closing`; `items` without an
    `opening` are operands, from the second on with their operators in front. A named argument or
    a pair of a dict has a `head` and an `opening` alone. `comma` says whether the last of several
    lines of items ends with one, `joint` what stands between items on one line.
    """

    text: str
    power: int = ATOM
    head: "Code | None" = None
    opening: str = ""
    items: tuple["Code", ...] = ()
    closing: str = ""
    comma: bool = True
    joint: str = ", "

    def __str__(self) -> str:
        return self.text

    def within(self, power: int) -> "Code":
        """Return the expression as an operand of an operator of this power, in brackets if need."""
        return self if self.power >= power else Code(f"({self.text})")

    def _owner(self) -> "Code":
        """Return what stands before a dot: numbers need brackets there."""
        return Code(f"({self.text})") if self.text[:1].isdigit() else self.within(ATOM)

    def method(self, name: str, *args: "Written", **named: "Written | None") -> "Code":
        """Return a call of a method; named arguments that are None are left out."""
        return _bracketed(self._owner(), f".{name}(", _given(args, named), ")")

    def with_named(self, **named: "Written") -> "Code":
        """Return a call with further named arguments."""
        items = [*self.items, *_given((), named)]
        return _bracketed(self.head, self.opening, items, self.closing, comma=self.comma)

    def attribute(self, name: str) -> "Code":
        """Return an attribute of the expression."""
        return Code(f"{self._owner().text}.{name}")

    def subscript(self, *keys: "Written") -> "Code":
        """Return the expression with `[keys]` behind it."""
        return _bracketed(self.within(ATOM), "[", list(map(written, keys)), "]", comma=False)


#: What can be written as Python: an expression, or a value that stands for its literal.
type Written = Code | str | float | Sequence[Written]


def written(value: Written) -> Code:
    """Return an expression as it is, any other value as a literal.

    >>> written("a").text, written(2.0).text, written(True).text, written(["a", Code("b")]).text
    ('"a"', '2', 'True', '["a", b]')
    """
    if isinstance(value, Code):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return Code(str(value))
    return number(value) if isinstance(value, float | int) else listing(value)


def raw(source: str, power: int = ATOM) -> Code:
    """Return an expression from its text."""
    return Code(source, power)


def text(value: str) -> Code:
    """Return a string literal, in double quotes where that needs no escapes.

    >>> print(text("a"), text('say "a"'))
    "a" 'say "a"'
    """
    shown = repr(value)
    if shown.startswith("'") and '"' not in value:
        shown = '"' + shown[1:-1].replace("\\'", "'") + '"'
    return Code(shown)


def number(value: float | int) -> Code:
    """Return a number; whole ones without a point.

    >>> number(2.0).text, number(0.5).text, number(-1).text
    ('2', '0.5', '-1')
    """
    if value != value or value in (float("inf"), float("-inf")):
        shown = {"inf": "np.inf", "-inf": "-np.inf"}.get(str(value), "np.nan")
    elif float(value).is_integer() and abs(value) < 1e15:
        shown = str(int(value))
    else:
        shown = repr(value)
    return Code(shown, SIGN if shown.startswith("-") else ATOM)


def _bracketed(
    head: Code | None, opening: str, items: Sequence[Code], closing: str, *, comma: bool = True
) -> Code:
    inside = ", ".join(item.text for item in items)
    before = head.text if head is not None else ""
    return Code(
        f"{before}{opening}{inside}{closing}", ATOM, head, opening, tuple(items), closing, comma
    )


def _given(args: Iterable[Written], named: Mapping[str, Written | None]) -> list[Code]:
    pairs = [(name, written(value)) for name, value in named.items() if value is not None]
    keywords = [Code(f"{name}={made.text}", LAMBDA, made, f"{name}=") for name, made in pairs]
    return [*map(written, args), *keywords]


def call(function: str, *args: Written, **named: Written | None) -> Code:
    """Return a call of a function by its name; named arguments that are None are left out."""
    return _bracketed(None, f"{function}(", _given(args, named), ")")


def listing(items: Iterable[Written]) -> Code:
    """Return a list."""
    return _bracketed(None, "[", list(map(written, items)), "]")


def one_or_list(values: Sequence[Written]) -> Code:
    """Return the only one of several values, or a list of them."""
    return written(values[0]) if len(values) == 1 else listing(values)


def dictionary(items: Iterable[tuple[Written, Written]]) -> Code:
    """Return a dict of keys and values."""
    pairs = [(written(key), written(value)) for key, value in items]
    made = [Code(f"{k.text}: {v.text}", LAMBDA, v, f"{k.text}: ") for k, v in pairs]
    return _bracketed(None, "{", made, "}")


def prefixed(sign: str, operand: Code) -> Code:
    """Return `-x`, `~x` or `not x`."""
    power = NOT if sign == "not " else SIGN
    inner = operand.within(ATOM if operand.power == POWER else power)
    return Code(f"{sign}{inner.text}", power)


def infix(op: str, left: Written, right: Written) -> Code:
    """Return two operands with an operator between them, in brackets where they need them."""
    power, left, right = POWERS[op], written(left), written(right)
    # comparisons do not chain, ** binds to the right
    first = left.within(power + (op == "**" or power == COMPARE))
    second = right.within(power if op == "**" else power + 1)
    if op == "**" and _is_simple(first) and _is_simple(second):
        return Code(f"{first.text}**{second.text}", power)
    operator = Code(f"{op} {second.text}", power)
    chained = left.opening == "" and left.power == power and left.items and first is left
    items = (*left.items, operator) if chained else (first, operator)
    return Code(f"{first.text} {op} {second.text}", power, items=items)


def is_argument(name: str) -> bool:
    """Return whether a name can stand as the name of an argument in a call."""
    return name.isidentifier() and not keyword.iskeyword(name) and name != "self"


def _is_simple(code: Code) -> bool:
    return code.text.replace(".", "").replace("_", "").isalnum()


TAKEN = frozenset(
    {"mw", "pd", "np", "print", "len", "list", "float", "int", "str", "display"}
)  # that translations use


def name_for(r_name: str, used: Sequence[str] | set[str] = ()) -> str:
    """Return a Python name for a name of R's that is none of `used`.

    >>> name_for("fm.1"), name_for("lambda"), name_for("2nd try", {"x2nd_try"})
    ('fm_1', 'lambda_', 'x2nd_try_2')
    """
    made = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in r_name)
    if not made.isidentifier():
        made = f"x{made}" if f"x{made}".isidentifier() else "x"
    if keyword.iskeyword(made) or made in TAKEN:
        made += "_"
    found, count = made, 1
    while found in used:
        count += 1
        found = f"{made}_{count}"
    return found
