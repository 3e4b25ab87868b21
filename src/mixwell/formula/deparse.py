"""Expression tree to text, in the layout of R's ``deparse``."""

from decimal import Decimal

from mixwell.formula.syntax import (
    Binary,
    Call,
    Constant,
    Expr,
    Name,
    Number,
    Paren,
    Text,
    Unary,
    chain,
)
from mixwell.text.names import quote_name

EXACT_INTEGERS = 2**53  # above this a float cannot count
TIGHT = frozenset({"^", ":", "/", "%%", "%/%"})  # written without spaces around them

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def deparse(expr: Expr) -> str:
    """Return the text of an expression as R writes it.

    Examples
    --------
    >>> from mixwell.formula.parser import parse_expression
    >>> deparse(parse_expression("cut(x,[0,3.0], right = True)"))
    'cut(x, c(0, 3), right = TRUE)'
    """
    match expr:
        case Name():
            return quote_name(expr.name)
        case Number():
            return _number(expr.value)
        case Text():
            return '"' + "".join(_ESCAPES.get(c, c) for c in expr.value) + '"'
        case Constant():
            return _constant(expr.value)
        case Call():
            return f"{expr.function}({', '.join(_argument(a.name, a.value) for a in expr.args)})"
        case Paren():
            return f"({deparse(expr.inner)})"
        case Unary():
            return f"{expr.op}{deparse(expr.operand)}"
        case Binary():
            return _binary(expr)


def _binary(expr: Binary) -> str:
    first, rest = chain(expr, None)  # of any length: it is not recursed into
    tail = (f"{spaced(node.op)}{deparse(node.right)}" for node in rest)
    return deparse(first) + "".join(tail)


def spaced(op: str) -> str:
    """Return an operator with the blanks that R writes around it.

    Examples
    --------
    >>> spaced("+"), spaced("^")
    (' + ', '^')
    """
    return op if op in TIGHT else f" {op} "


def _argument(name: str | None, value: Expr) -> str:
    return deparse(value) if name is None else f"{quote_name(name)} = {deparse(value)}"


def _constant(value: bool | float | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "Inf"


def _number(value: int | float) -> str:
    """Write a number with R's rule: 15 digits, and the shorter of fixed and scientific.

    A number that 15 digits cannot hold keeps the digits that it needs; a whole number beyond those
    that floats can count is written out only where it is exact.
    """
    if value == 0:
        return "0"
    long = abs(value) > EXACT_INTEGERS
    if long and isinstance(value, int):
        return str(value)
    digits15 = Decimal(f"{value:.14e}")
    exact = digits15 if float(digits15) == value else Decimal(repr(float(value)))
    _, digits, _ = exact.normalize().as_tuple()
    exponent = exact.adjusted()
    decimals = max(len(digits) - 1 - exponent, 0)
    head, *tail = map(str, digits)
    mantissa = f"{head}.{''.join(tail)}" if tail else head
    scientific = f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    fixed = f"{exact:.{decimals}f}"
    return scientific if long or len(fixed) > len(scientific) else fixed
