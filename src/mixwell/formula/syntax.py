"""The expression tree: immutable nodes that know their place in the text."""

from collections.abc import Collection
from dataclasses import dataclass, field

from mixwell.formula.trees import Tree
from mixwell.formula.trees import walk as walk

type Span = tuple[int, int]
type Expr = Name | Number | Text | Constant | Call | Unary | Binary | Paren

NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Node(Tree):
    """The base of a formula's nodes, which know their place in the text."""

    span: Span = field(default=NOWHERE, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A column, or ``.`` for all columns."""

    name: str

    # The way of all trees, without the walk: terms by the thousand are mostly names.
    def __eq__(self, other: object) -> bool:
        if isinstance(other, Name):
            return self.name == other.name
        return False if isinstance(other, Tree) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def children(self) -> list[Tree]:
        """Return no node: there is none below a name."""
        return []


@dataclass(frozen=True, slots=True, eq=False)
class Number(Node):
    """A number; R's ``2L`` is 2."""

    value: int | float

    def _mark(self, value: object) -> object:
        return value  # 2 is 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Text(Node):
    """A quoted text."""

    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Node):
    """``TRUE``, ``FALSE``, ``NULL`` (None) or ``Inf``."""

    value: bool | float | None


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """One argument of a call, with its name where one was given."""

    value: Expr
    name: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """A function of columns, by its registered name (``log``, ``np.log``)."""

    function: str
    args: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    """A sign or ``!`` before an operand."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """An operator between two operands; the power is always ``^``."""

    op: str
    left: Expr
    right: Expr

    def children(self) -> list[Tree]:
        """Return the operands, as all trees do, without a look at the fields."""
        return [self.left, self.right]


@dataclass(frozen=True, slots=True, eq=False)
class Paren(Node):
    """Round brackets as they were written."""

    inner: Expr


def chain(expr: Expr, operators: Collection[str] | None) -> tuple[Expr, list[Binary]]:
    """Return the first operand of a chain of operators that leans to the left, and the operators.

    ``operators`` are those of the chain, None for all.
    A sum of thousands of terms is walked this way, where recursion would go too deep.

    Examples
    --------
    >>> first, nodes = chain(Binary("+", Name("a"), Name("b")), {"+"})
    >>> first, [node.right for node in nodes]
    (Name(name='a'), [Name(name='b')])
    """
    found: list[Binary] = []
    while isinstance(expr, Binary) and (operators is None or expr.op in operators):
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
    pending: list[Tree] = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, Name):
            found.setdefault(node.name)
        elif isinstance(node, Call) and node.function == "C":
            pending.extend(node.args[:1])
        else:
            pending += node.children()[::-1]
    found.pop(".", None)
    return tuple(found)
