"""Which transformed responses emmeans takes back to what was measured, and which it leaves.

Source: emmeans 1.8.4, which reads the functions of the response's text.
"""

from dataclasses import dataclass

from mixwell.formula import Binary, Call, Expr, Name, Number, deparse

__all__ = ["EmmeansReading", "emmeans_reading", "is_transformed"]

_COLUMNS = frozenset({"cbind", "mvbind", "Surv", "p", "prop", "proportion"})
#: Functions, and one inside another, that emmeans has an inverse of; True where it has ratios.
_KNOWN = {
    "log": True,
    "log2": True,
    "log10": True,
    "logit": True,
    "log1p": False,
    "sqrt": False,
    "scale": False,
    "asin.sqrt": False,
    "asinh.sqrt": False,
}


def is_transformed(response: Expr | None) -> bool:
    """Return whether a response is computed from columns; `cbind()` and its like are columns."""
    if isinstance(response, Call) and response.function == "I" and len(response.args) == 1:
        response = response.args[0].value
    columns = isinstance(response, Call) and response.function in _COLUMNS
    return response is not None and not isinstance(response, Name) and not columns


@dataclass(frozen=True)
class EmmeansReading:
    """What emmeans makes of a response: whether it takes means back, and differences to ratios.

    `transformation` is its name of it, nothing where it reads none.
    """

    transformation: str = ""
    takes_back: bool = False
    ratios: bool = False


def emmeans_reading(response: Expr | None) -> EmmeansReading:
    """Return how emmeans reads a response.

    >>> from mixwell.formula.parser import parse_expression
    >>> emmeans_reading(parse_expression("2 * sqrt(y)"))
    EmmeansReading(transformation='sqrt', takes_back=True, ratios=False)
    >>> emmeans_reading(parse_expression("1 / y"))
    EmmeansReading(transformation='', takes_back=False, ratios=False)
    """
    response = response if is_transformed(response) else None
    if isinstance(response, Binary) and response.op == "*" and isinstance(response.left, Number):
        response = response.right
    names: list[str] = []
    inner = response
    while isinstance(inner, Call) and inner.args:
        names.append(inner.function)
        inner = inner.args[0].value
    name = ".".join(names)
    plain = isinstance(inner, Name | Binary) and "(" not in deparse(inner)
    known = name in _KNOWN and plain
    return EmmeansReading(name, known, known and _KNOWN[name])
