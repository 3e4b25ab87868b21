"""R's formulas as mixwell's: read where they are literals, checked, and written as text."""

from collections.abc import Callable, Sequence

from mixwell.errors import FormulaError
from mixwell.formula import Formula, parse_formula
from mixwell.formula.refusals import COVARIANCE_KINDS, TERMS
from mixwell.r.reader import read_r
from mixwell.r.syntax import (
    Argument,
    Binary,
    Call,
    Constant,
    Index,
    Member,
    Namespaced,
    Node,
    Number,
    Paren,
    Span,
    Symbol,
    Text,
    Unary,
    deparse,
    walk,
)
from mixwell.r.translation.environment import Context, NotTranslatedError, shown
from mixwell.r.translation.families import family_of
from mixwell.r.translation.literals import literal, match
from mixwell.r.translation.pycode import Code, listing, text
from mixwell.r.translation.things import Formulas

__all__ = [
    "CALLS",
    "COVARIANCES",
    "add_terms",
    "checked",
    "formulas_code",
    "read_formulas",
    "spine",
    "transform",
]

#: Functions that mixwell's formulas know, in R's spelling.
CALLS = frozenset(
    {"abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceiling", "cos", "cosh", "exp"}
    | {"expm1", "floor", "ifelse", "is.na", "log", "log10", "log1p", "log2", "pmax", "pmin"}
    | {"round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"}
    | {"bs", "center", "cr", "ns", "poly", "scale", "standardize"}
    | {"C", "as.factor", "as.ordered", "cut", "factor", "interaction", "ordered", "relevel"}
    | {"max", "mean", "median", "min", "quantile", "sd", "sum", "var"}
    | {"I", "identity", "offset", "as.numeric", "as.integer", "c", "seq"}
    | {"contr.treatment", "contr.sum", "contr.helmert", "contr.poly", "contr.SAS", "contr.sdif"}
    | {"cbind", "trials", "se", "weights", "cens", "trunc", "subset"}
)
#: glmmTMB's names for the two covariances that there are here.
COVARIANCES = {"us": "|", "diag": "||"}
DISTRIBUTIONAL = {"sigma": "sigma", "shape": "alpha", "phi": "kappa", "nu": "nu"}
_LITERAL = "The formula is computed; write it out, or give mw.Model the text"


def transform(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Return a tree with nodes exchanged: where `change` returns one, it stands as it is."""
    found = change(node)
    if found is not None:
        return found
    match node:
        case Binary():
            left, tail = spine(node, None)
            made = transform(left, change)
            for op, right, span in tail:
                made = Binary(op, made, transform(right, change), span)
            return made
        case Unary(op, operand):
            return Unary(op, transform(operand, change), node.span)
        case Paren(inner):
            return Paren(transform(inner, change), node.span)
        case Call(function, args):
            return Call(function, _arguments(args, change), node.span)
        case Index(inner, args, double):
            return Index(transform(inner, change), _arguments(args, change), double, node.span)
        case Member(inner, name, op):
            return Member(transform(inner, change), name, op, node.span)
    return node


def _arguments(
    args: Sequence[Argument], change: Callable[[Node], Node | None]
) -> tuple[Argument, ...]:
    return tuple(
        Argument(each.name, each.value and transform(each.value, change), each.span)
        for each in args
    )


def spine(node: Node, ops: Sequence[str] | None) -> tuple[Node, list[tuple[str, Node, Span]]]:
    """Return the leftmost operand of a chain of operators and the operators with the others."""
    tail: list[tuple[str, Node, Span]] = []
    while isinstance(node, Binary) and (ops is None or node.op in ops):
        tail.append((node.op, node.right, node.span))
        node = node.left
    return node, tail[::-1]


def read_formulas(context: Context, node: Node) -> Formulas:
    """Return the formulas that a node stands for; raises `NotTranslatedError` for computed ones."""
    match node:
        case Binary(op="~") | Unary(op="~"):
            return Formulas((node,))
        case Paren(inner):
            return read_formulas(context, inner)
        case Symbol(name):
            return _of_variable(context, name)
        case Text(value):
            return _of_text(value)
        case Binary(op="+"):
            return _sum_of_formulas(context, node)
        case Call() if node.name in _READERS:
            return _READERS[node.name](context, node)
    raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")


def _of_variable(context: Context, name: str) -> Formulas:
    known = context.environment.variables.get(name)
    if known is None or not isinstance(known.thing, Formulas):
        found = literal(context, Symbol(name))
        if found is not None and len(found.values) == 1 and isinstance(found.values[0], str):
            return _of_text(found.values[0])
        raise NotTranslatedError(f"{_LITERAL}: {name}.")
    return known.thing


def _of_text(value: str) -> Formulas:
    try:
        statements = read_r(value).statements
    except FormulaError:
        statements = ()
    if len(statements) != 1 or not _is_formula(statements[0]):
        raise NotTranslatedError(f'"{value}" is no formula.')
    return Formulas((statements[0],))


def _is_formula(node: Node) -> bool:
    return isinstance(node, Binary | Unary) and node.op == "~"


def _as_formula(context: Context, node: Call) -> Formulas:
    matched = match(node, "object", "env")
    if "object" not in matched:
        raise NotTranslatedError("There is no formula in it.")
    inner = matched["object"]
    if isinstance(inner, Call) and inner.name in ("paste", "paste0", "sprintf"):
        found = literal(context, inner)
        if found is None or len(found.values) != 1 or not isinstance(found.values[0], str):
            raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")
        return _of_text(found.values[0])
    return read_formulas(context, inner)


def _reformulate(context: Context, node: Call) -> Formulas:
    matched = match(node, "termlabels", "response", "intercept", "env")
    terms = literal(context, matched.get("termlabels"))
    response = matched.get("response")
    if isinstance(response, Symbol):
        name: object = response.name
    else:
        left = literal(context, response)
        name = "" if left is None else left.values[0]
    if terms is None or not all(isinstance(term, str) for term in terms.values):
        raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")
    right = " + ".join(map(str, terms.values))
    without = matched.get("intercept")
    if isinstance(without, Constant) and without.name == "FALSE":
        right += " - 1"
    return _of_text(f"{name} ~ {right}")


def _brms_formula(context: Context, node: Call) -> Formulas:
    """Read `bf(y ~ x, sigma ~ z)`: the formula of the mean and those of other parameters."""
    given = [each for each in node.args if each.value is not None]
    options = {each.name: each.value for each in given if each.name is not None}
    for name in options:
        if name in ("nl", "loop") and not _is_false(options[name]):
            raise NotTranslatedError("Non-linear formulas (nl = TRUE) are not available.")
        if name not in ("nl", "loop", "center", "family", "formula", "flist", "cmc", "sparse"):
            raise NotTranslatedError(f"bf() with {name} = is not available.")
    nodes: list[Node] = []
    for each in given:
        if each.name in (None, "formula") and each.value is not None:
            nodes += read_formulas(context, each.value).nodes
    named = options.get("family")
    family = None if named is None else family_of(context, named)
    return Formulas(tuple(nodes), family, not _is_false(options.get("center")))


def _is_false(node: Node | None) -> bool:
    return (isinstance(node, Constant) and node.name == "FALSE") or (
        isinstance(node, Symbol) and node.name == "F"
    )


def _further(context: Context, node: Call) -> Formulas:
    """Read `lf(sigma ~ z)`, which is added to a `bf(...)`."""
    nodes = [
        inner
        for each in node.args
        if each.value is not None and each.name is None
        for inner in read_formulas(context, each.value).nodes
    ]
    return Formulas(tuple(nodes))


def _sum_of_formulas(context: Context, node: Node) -> Formulas:
    first, tail = spine(node, ("+",))
    made = read_formulas(context, first)
    for _, part, _ in tail:
        name = part.name if isinstance(part, Call) else ""
        if name in ("bf", "brmsformula", "mvbf", "mvbrmsformula", "set_rescor"):
            raise NotTranslatedError("Multivariate models are not available: fit each response.")
        if name in ("nlf", "set_nl", "acformula"):
            raise NotTranslatedError(f"{name}() is not available.")
        if name not in ("lf",):
            raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")
        made = Formulas((*made.nodes, *read_formulas(context, part).nodes), made.family)
    return made


def _update(context: Context, node: Call) -> Formulas:
    matched = match(node, "old", "new", "...")
    if "old" not in matched or "new" not in matched:
        raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")
    old, new = read_formulas(context, matched["old"]), read_formulas(context, matched["new"])
    return Formulas((add_terms(old.nodes[0], new.nodes[0]), *old.nodes[1:]), old.family)


def add_terms(old: Node, new: Node) -> Node:
    """Return R's `update(old, new)`: `.` stands for the old side; terms in bars may go, too."""
    if not isinstance(old, Binary) or not isinstance(new, Binary | Unary):
        raise NotTranslatedError("The formula has no left-hand side.")
    if isinstance(new, Unary):
        new = Binary("~", Symbol("."), new.operand, new.span)
    is_dot = isinstance(new.left, Symbol) and new.left.name == "."
    left = old.left if is_dot else new.left
    first, tail = spine(new.right, ("+", "-"))
    if not (isinstance(first, Symbol) and first.name == "."):
        return Binary("~", left, new.right, new.span)
    made = old.right
    for op, term, _ in tail:
        bars = any(isinstance(each, Binary) and each.op in ("|", "||") for each in walk(term))
        made = _without(made, term) if op == "-" and bars else Binary(op, made, term)
    return Binary("~", left, made, new.span)


def _without(right: Node, term: Node) -> Node:
    first, tail = spine(right, ("+", "-"))
    kept = [("+", first), *[(op, part) for op, part, _ in tail]]
    left = [(op, part) for op, part in kept if _inner(part) != _inner(term)]
    if len(left) == len(kept):
        raise NotTranslatedError(f"There is no term {deparse(term)} to take away.")
    made: Node = Number(1, "1")
    start = 0
    if left and left[0][0] == "+":
        made, start = left[0][1], 1
    for op, part in left[start:]:
        made = Binary(op, made, part)
    return made


def _inner(node: Node) -> Node:
    while isinstance(node, Paren):
        node = node.inner
    return node


_READERS: dict[str, Callable[[Context, Call], Formulas]] = {
    "as.formula": _as_formula,
    "formula": _as_formula,
    "brmsformula": _brms_formula,
    "bf": _brms_formula,
    "lf": _further,
    "reformulate": _reformulate,
    "update": _update,
    "update.formula": _update,
}


def checked(node: Node, frames: Sequence[str] = ()) -> Formula:
    """Return mixwell's reading of a formula; raises `NotTranslatedError` with mixwell's reason.

    `frames` are R's names of the data frame, whose `d$x` becomes `x`. glmmTMB's `us()` and `diag()`
    become bars, and package names are left out.
    """

    def change(inner: Node) -> Node | None:
        match inner:
            case Member(object=Symbol(name), name=column, op="$") if name in frames:
                return Symbol(column, inner.span)
            case Call(function=Namespaced(name=name), args=args):
                plain = Call(Symbol(name), args, inner.span)
                return transform(plain, change)
            case Call() if inner.name in COVARIANCES and len(inner.args) == 1:
                return _bars(inner, change)
        return None

    made = transform(node, change)
    _refuse_calls(made)
    try:
        return parse_formula(deparse(made))
    except FormulaError as error:
        hint = f" {error.hint}" if error.hint else ""
        raise NotTranslatedError(f"{error.message}{hint}") from None


def formulas_code(read: Formulas) -> Code:
    """Return the Python for formulas as a value: a text, or a list of texts."""
    texts = [text(checked(node).text) for node in read.nodes]
    return texts[0] if len(texts) == 1 else listing(texts)


def _bars(node: Call, change: Callable[[Node], Node | None]) -> Node | None:
    inner = _inner(node.args[0].value or node)
    if not (isinstance(inner, Binary) and inner.op == "|"):
        return None
    left, right = transform(inner.left, change), transform(inner.right, change)
    return Paren(Binary(COVARIANCES[node.name], left, right))


def _refuse_calls(node: Node) -> None:
    for inner in walk(node):
        if isinstance(inner, Call):
            name = inner.name
            if name in TERMS or name in COVARIANCE_KINDS or name in CALLS:
                continue
            if name and _known_by_the_parser(name):
                continue
            raise NotTranslatedError(
                f"{name or shown(inner)}() is no function that a formula knows here; make a column "
                f"of it, or give mw.Model functions={{...}}."
            )


def _known_by_the_parser(name: str) -> bool:
    # These it refuses itself, with a reason that says more.
    return name in ("mvbind", "mvbrmsformula", "Surv", "mi", "rate", "cat", "thres", "dec", "index")
