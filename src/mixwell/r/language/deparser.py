"""The text of R code from its tree, as R writes it."""

from mixwell.r.language.nodes import (
    Argument,
    Assign,
    Binary,
    Block,
    Call,
    Constant,
    For,
    Function,
    If,
    Index,
    Jump,
    Member,
    Namespaced,
    Node,
    Number,
    Paren,
    Repeat,
    Symbol,
    Text,
    Unary,
    While,
)
from mixwell.r.language.tokens import is_name

TIGHT = frozenset({"^", ":", "/", "%%", "%/%"})  # written without spaces around them

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def deparse(node: Node | None) -> str:
    """Return R's text of a node on one line, as R lays it out; reading it gives the node back.

    Numbers keep their spelling. TypeError for what is no node of a script.

    Examples
    --------
    >>> deparse(Assign(Symbol("odd name"), Binary("+", Number(1, "1L"), Symbol("x"))))
    '`odd name` <- 1L + x'
    """
    match node:
        case None:
            return ""
        case Number():
            return node.text or _number(node.value)
        case Text():
            return _quoted(node.value, '"')
        case Symbol():
            return "_" if node.name == "_" else quote_name(node.name)
        case Constant():
            return node.name
        case Jump():
            return node.word
        case Argument(name, value):
            return deparse(value) if name is None else f"{quote_name(name)} = {deparse(value)}"
        case Namespaced():
            colons = ":::" if node.internal else "::"
            return f"{quote_name(node.package)}{colons}{quote_name(node.name)}"
        case Function() | Block() | If() | For() | While() | Repeat():
            return _control(node)
    return _expression(node)


def _expression(node: Node) -> str:
    match node:
        case Call():
            return f"{deparse(node.function)}({_listed(node.args)})"
        case Index():
            left, right = ("[[", "]]") if node.double else ("[", "]")
            return f"{deparse(node.object)}{left}{_listed(node.args)}{right}"
        case Member():
            return f"{deparse(node.object)}{node.op}{quote_name(node.name)}"
        case Paren():
            return f"({deparse(node.inner)})"
        case Unary():
            return f"{node.op}{deparse(node.operand)}"
        case Binary():
            return _binary(node)
        case Assign():
            left, right = deparse(node.target), deparse(node.value)
            turned = node.op.startswith("-")
            return f"{right} {node.op} {left}" if turned else f"{left} {node.op} {right}"
    raise TypeError(f"{type(node).__name__} is no node of an R script.")


def _binary(node: Binary) -> str:
    # A long sum leans to the left: its spine is walked instead of recursed into.
    tail: list[str] = []
    left: Node = node
    while isinstance(left, Binary):
        op = left.op if left.op in TIGHT else f" {left.op} "
        tail.append(op + deparse(left.right))
        left = left.left
    return deparse(left) + "".join(reversed(tail))


def _control(node: Function | Block | If | For | While | Repeat) -> str:
    match node:
        case Function():
            listed = (
                deparse(each) if each.value else quote_name(each.name or "")
                for each in node.parameters
            )
            return f"function({', '.join(listed)}) {deparse(node.body)}"
        case Block():
            return f"{{ {'; '.join(map(deparse, node.body))} }}" if node.body else "{}"
        case If():
            tail = f" else {deparse(node.otherwise)}" if node.otherwise else ""
            return f"if ({deparse(node.condition)}) {deparse(node.then)}{tail}"
        case For():
            head = f"for ({quote_name(node.variable)} in {deparse(node.over)})"
            return f"{head} {deparse(node.body)}"
        case While():
            return f"while ({deparse(node.condition)}) {deparse(node.body)}"
        case Repeat():
            return f"repeat {deparse(node.body)}"


def _listed(arguments: tuple[Argument, ...]) -> str:
    return ", ".join(map(deparse, arguments))


def quote_name(name: str) -> str:
    """Return a name as it stands in R code: in backticks where it needs them.

    Examples
    --------
    >>> quote_name("x.1"), quote_name("odd name"), quote_name("..1")
    ('x.1', '`odd name`', '..1')
    """
    return name if is_name(name) else _quoted(name, "`")


def _quoted(value: str, mark: str) -> str:
    return mark + "".join(_escaped(c, mark) for c in value) + mark


def _escaped(character: str, mark: str) -> str:
    if character == mark:
        return "\\" + mark
    if character in _ESCAPES:
        return _ESCAPES[character]
    is_plain = character.isprintable() or "\ud800" <= character <= "\udfff"
    return character if is_plain else f"\\U{{{ord(character):x}}}"


def _number(value: int | float) -> str:
    if isinstance(value, int):
        return f"{value}L"
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)
