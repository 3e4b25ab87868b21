"""The nodes of an R script's tree: immutable, and they know their place in the text."""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

from mixwell.formula.trees import Tree
from mixwell.formula.trees import walk as walk


class Span(NamedTuple):
    """A place in the text: two offsets, and the line and column (from 1) of the first."""

    start: int
    stop: int
    line: int
    column: int


NOWHERE = Span(0, 0, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Node(Tree):
    """The base of a script's nodes, which know their place in the text."""

    span: Span = field(default=NOWHERE, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class Number(Node):
    """A number; ``2L`` and ``0x10L`` are whole (int), all others are float.

    ``text`` is the spelling, which takes no part in comparison.
    """

    value: int | float
    text: str = field(default="")


@dataclass(frozen=True, slots=True, eq=False)
class Text(Node):
    """A string, with its escapes resolved."""

    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Symbol(Node):
    """A name, without the backticks; also ``...``, ``..1``, ``T`` and the pipe's ``_``."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Node):
    """``TRUE``, ``FALSE``, ``NULL``, ``NA`` and its kin, ``Inf``, ``NaN``; ``2i`` as it stands."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """An argument of a call or index, or a parameter; ``value`` is None where nothing stands."""

    name: str | None
    value: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """A call. ``name`` is the plain name of its function, "" where it has none."""

    function: Node
    args: tuple[Argument, ...]

    @property
    def name(self) -> str:
        """The function's name: "lmer" for ``lmer(...)`` and ``lme4::lmer(...)``."""
        return self.function.name if isinstance(self.function, Symbol | Namespaced) else ""

    @property
    def package(self) -> str | None:
        """The package that was named: "lme4" for ``lme4::lmer(...)``."""
        return self.function.package if isinstance(self.function, Namespaced) else None

    @property
    def first(self) -> Node | None:
        """The value of the first argument, None where there is none."""
        return self.args[0].value if self.args else None

    @property
    def values(self) -> list[Node]:
        """The values of all arguments that have one, whatever their names."""
        return [each.value for each in self.args if each.value is not None]

    @property
    def unnamed(self) -> list[Node]:
        """The values of the arguments without a name."""
        return [each.value for each in self.args if each.name is None and each.value is not None]

    @property
    def named(self) -> dict[str, Node]:
        """The values of the arguments that have a name, by it."""
        return {each.name: each.value for each in self.args if each.name and each.value}


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    """One of ``- + ! ~ ?`` before its operand."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """An operator between two operands; also ``~``, ``|>`` and every ``%op%``; ``**`` is "^".

    A sum may be of any length (a formula with 500 terms): whoever walks a tree does not recurse
    into ``left``. All other nesting is bounded by ``reader.DEEPEST``.
    """

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Node):
    """An assignment, always as target and value; ``op`` is the arrow that was written."""

    target: Node
    value: Node
    op: str = "<-"


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """``x[i, j]``, or ``x[[i]]`` where ``double``."""

    object: Node
    args: tuple[Argument, ...]
    double: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Member(Node):
    """``x$name`` or ``x@name``, whether the name is plain, quoted or in backticks."""

    object: Node
    name: str
    op: str = "$"


@dataclass(frozen=True, slots=True, eq=False)
class Namespaced(Node):
    """``package::name``, or ``package:::name`` where ``internal``."""

    package: str
    name: str
    internal: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Function(Node):
    r"""``function(parameters) body``, also spelled ``\(parameters) body``."""

    parameters: tuple[Argument, ...]
    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Block(Node):
    """Statements in curly brackets."""

    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Paren(Node):
    """Round brackets as they were written."""

    inner: Node


@dataclass(frozen=True, slots=True, eq=False)
class If(Node):
    """``if (condition) then else otherwise``."""

    condition: Node
    then: Node
    otherwise: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class For(Node):
    """``for (variable in over) body``."""

    variable: str
    over: Node
    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class While(Node):
    """``while (condition) body``."""

    condition: Node
    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Repeat(Node):
    """``repeat body``."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Jump(Node):
    """``next`` or ``break``."""

    word: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its ``#``."""

    text: str
    span: Span = field(default=NOWHERE, repr=False)


@dataclass(frozen=True, slots=True)
class Script:
    """A text that was read: its statements and its comments, each in order.

    Two scripts are equal when their statements are.
    """

    text: str = field(repr=False, compare=False)
    statements: tuple[Node, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)


type Tail = list[tuple[str, Node, Span]]


def spine(node: Node, ops: Container[str] | None) -> tuple[Node, Tail]:
    """Return the leftmost operand of a chain of operators and the operators with the others.

    ``ops`` are the operators of the chain, None for all.
    """
    tail: Tail = []
    while isinstance(node, Binary) and (ops is None or node.op in ops):
        tail.append((node.op, node.right, node.span))
        node = node.left
    return node, tail[::-1]


def operands(node: Node, ops: Container[str]) -> list[Node]:
    """Return all operands of a chain of operators."""
    first, tail = spine(node, ops)
    return [first, *(part for _, part, _ in tail)]


def truth(node: Node | None) -> bool | None:
    """Return TRUE or FALSE (T and F too) as a truth value, None for anything else."""
    if isinstance(node, Constant | Symbol):
        return {"TRUE": True, "T": True, "FALSE": False, "F": False}.get(node.name)
    return None


def bare_name(node: Node | None) -> str | None:
    """Return the name that a bare name or a text means, None for anything else."""
    if isinstance(node, Symbol):
        return node.name
    return node.value if isinstance(node, Text) else None


def is_null(node: Node | None) -> bool:
    """Return whether a node is NULL."""
    return isinstance(node, Constant) and node.name == "NULL"
