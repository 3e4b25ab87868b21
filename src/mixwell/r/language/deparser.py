"""The text of R code from its tree, as R writes it."""

from mixwell.formula.deparse import spaced
from mixwell.r.language import nodes as r
from mixwell.r.language.tokens import is_name

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def deparse(node: r.Node | None) -> str:
    """Return R's text of a node on one line, as R lays it out; reading it gives the node back.

    Numbers keep their spelling. TypeError for what is no node of a script.

    Examples
    --------
    >>> deparse(r.Assign(r.Symbol("odd name"), r.Binary("+", r.Number(1, "1L"), r.Symbol("x"))))
    '`odd name` <- 1L + x'
    """
    match node:
        case None:
            return ""
        case r.Number():
            return node.text or _number(node.value)
        case r.Text():
            return _quoted(node.value, '"')
        case r.Symbol():
            return "_" if node.name == "_" else quote_name(node.name)
        case r.Constant():
            return node.name
        case r.Jump():
            return node.word
        case r.Argument(name, value):
            return deparse(value) if name is None else f"{quote_name(name)} = {deparse(value)}"
        case r.Namespaced():
            colons = ":::" if node.internal else "::"
            return f"{quote_name(node.package)}{colons}{quote_name(node.name)}"
        case r.Function() | r.Block() | r.If() | r.For() | r.While() | r.Repeat():
            return _control(node)
    return _expression(node)


def _expression(node: r.Node) -> str:
    match node:
        case r.Call():
            return f"{deparse(node.function)}({_listed(node.args)})"
        case r.Index():
            left, right = ("[[", "]]") if node.double else ("[", "]")
            return f"{deparse(node.object)}{left}{_listed(node.args)}{right}"
        case r.Member():
            return f"{deparse(node.object)}{node.op}{quote_name(node.name)}"
        case r.Paren():
            return f"({deparse(node.inner)})"
        case r.Unary():
            return f"{node.op}{deparse(node.operand)}"
        case r.Binary():
            return _binary(node)
        case r.Assign():
            left, right = deparse(node.target), deparse(node.value)
            turned = node.op.startswith("-")
            return f"{right} {node.op} {left}" if turned else f"{left} {node.op} {right}"
    raise TypeError(f"{type(node).__name__} is no node of an R script.")


def _binary(node: r.Binary) -> str:
    first, tail = r.spine(node, None)  # of any length: it is not recursed into
    return deparse(first) + "".join(f"{spaced(op)}{deparse(right)}" for op, right, _ in tail)


def _control(node: r.Function | r.Block | r.If | r.For | r.While | r.Repeat) -> str:
    match node:
        case r.Function():
            listed = (
                deparse(each) if each.value else quote_name(each.name or "")
                for each in node.parameters
            )
            return f"function({', '.join(listed)}) {deparse(node.body)}"
        case r.Block():
            return f"{{ {'; '.join(map(deparse, node.body))} }}" if node.body else "{}"
        case r.If():
            tail = f" else {deparse(node.otherwise)}" if node.otherwise else ""
            return f"if ({deparse(node.condition)}) {deparse(node.then)}{tail}"
        case r.For():
            head = f"for ({quote_name(node.variable)} in {deparse(node.over)})"
            return f"{head} {deparse(node.body)}"
        case r.While():
            return f"while ({deparse(node.condition)}) {deparse(node.body)}"
        case r.Repeat():
            return f"repeat {deparse(node.body)}"


def _listed(arguments: tuple[r.Argument, ...]) -> str:
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
