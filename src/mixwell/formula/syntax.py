"""The expression tree: immutable nodes that know their place in the text."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

__all__ = [
    "Argument",
    "Binary",
    "Call",
    "Constant",
    "Expr",
    "Name",
    "Node",
    "Number",
    "Paren",
    "Span",
    "Text",
    "Unary",
    "chain",
    "column_names",
    "walk",
]

type Span = tuple[int, int]
type Expr = Name | Number | Text | Constant | Call | Unary | Binary | Paren

NOWHERE: Span = (0, 0)


class Node:
    """The base of all nodes: equality by structure, blind to the place in the text.

    Comparison and hashing do not recurse, so that a sum of thousands of terms is safe.
    """

    __slots__ = ()

    OWN: ClassVar[tuple[str, ...]] = ()
    BELOW: ClassVar[tuple[str, ...]] = ()

    def _plain(self) -> tuple[object, ...]:
        """Return the node's own values, without the nodes below it."""
        return tuple(getattr(self, name) for name in self.OWN)

    def _children(self) -> tuple["Node", ...]:
        """Return the nodes directly below, left to right."""
        return tuple(getattr(self, name) for name in self.BELOW)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        pairs: list[tuple[Node, Node]] = [(self, other)]
        while pairs:
            a, b = pairs.pop()
            if a is b:
                continue
            below_a, below_b = a._children(), b._children()
            if type(a) is not type(b) or a._plain() != b._plain() or len(below_a) != len(below_b):
                return False
            pairs.extend(zip(below_a, below_b, strict=True))
        return True

    def __hash__(self) -> int:
        if not self._children():
            return hash((type(self).__name__, self._plain()))
        return hash(tuple((type(node).__name__, node._plain()) for node in walk(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A column, or ``.`` for all columns."""

    OWN = ("name",)
    name: str
    span: Span = field(default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Number(Node):
    """A number; R's ``2L`` is 2."""

    OWN = ("value",)
    value: int | float
    span: Span = field(default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Text(Node):
    """A quoted text."""

    OWN = ("value",)
    value: str
    span: Span = field(default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Node):
    """``TRUE``, ``FALSE``, ``NULL`` (None) or ``Inf``."""

    value: bool | float | None
    span: Span = field(default=NOWHERE, repr=False)

    def _plain(self) -> tuple[object, ...]:
        return (type(self.value).__name__, self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """One argument of a call, with its name where one was given."""

    OWN = ("name",)
    BELOW = ("value",)
    value: Expr
    name: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """A function of columns, by its registered name (``log``, ``np.log``)."""

    OWN = ("function",)
    function: str
    args: tuple[Argument, ...]
    span: Span = field(default=NOWHERE, repr=False)

    def _children(self) -> tuple[Node, ...]:
        return self.args


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    """A sign or ``!`` before an operand."""

    OWN = ("op",)
    BELOW = ("operand",)
    op: str
    operand: Expr
    span: Span = field(default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """An operator between two operands; the power is always ``^``."""

    OWN = ("op",)
    BELOW = ("left", "right")
    op: str
    left: Expr
    right: Expr
    span: Span = field(default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Paren(Node):
    """Round brackets as they were written."""

    BELOW = ("inner",)
    inner: Expr
    span: Span = field(default=NOWHERE, repr=False)


def walk(node: Node, *, into_calls: bool = True) -> Iterator[Node]:
    """Yield a node and all nodes below it, left to right.

    Examples
    --------
    >>> [type(node).__name__ for node in walk(Unary("-", Name("x")))]
    ['Unary', 'Name']
    """
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if into_calls or not isinstance(current, Call):
            pending.extend(reversed(current._children()))


def chain(expr: Expr, operators: Collection[str]) -> tuple[Expr, list[Binary]]:
    """Return the first operand of a chain of operators that leans to the left, and the operators.

    A sum of thousands of terms is walked this way, where recursion would go too deep.

    Examples
    --------
    >>> first, nodes = chain(Binary("+", Name("a"), Name("b")), {"+"})
    >>> first, [node.right for node in nodes]
    (Name(name='a'), [Name(name='b')])
    """
    found: list[Binary] = []
    while isinstance(expr, Binary) and expr.op in operators:
        found.append(expr)
        expr = expr.left
    return expr, found[::-1]


def column_names(expr: Node) -> tuple[str, ...]:
    """Return the data columns that an expression reads, in order, each once.

    Of ``C(a, sum)`` only ``a`` is a column: the rest names a contrast. ``.`` is no column.

    Examples
    --------
    >>> column_names(Call("log", (Argument(Name("x")),)))
    ('x',)
    """
    found: dict[str, None] = {}
    pending: list[Node] = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, Name):
            found.setdefault(node.name)
        elif isinstance(node, Call) and node.function == "C":
            pending.extend(node.args[:1])
        else:
            pending.extend(reversed(node._children()))
    found.pop(".", None)
    return tuple(found)
