"""R's formulas as mixwell's: read where they are literals, checked, and written as text."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mixwell.errors import FormulaError
from mixwell.formula import Formula, parse_formula
from mixwell.formula.refusals import COVARIANCE_KINDS, TERMS
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.language.deparser import deparse
from mixwell.r.language.reader import read_r
from mixwell.r.translation.model.family_calls import family_of
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import Formulas, Value

#: Functions that mixwell's formulas know, in R's spelling.
CALLS = frozenset(
    {"abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceiling", "cos", "cosh", "exp"}
    | {"expm1", "floor", "ifelse", "is.na", "log", "log10", "log1p", "log2", "pmax", "pmin"}
    | {"round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"}
    | {"logit", "qlogis", "expit", "plogis", "boxcox", "BoxCox", "bcPower"}
    | {"bs", "center", "cr", "ns", "poly", "scale", "standardize"}
    | {"C", "as.factor", "as.ordered", "cut", "factor", "interaction", "ordered", "relevel"}
    | {"levels", "nlevels"}
    | {"max", "mean", "median", "min", "quantile", "sd", "sum", "var"}
    | {"I", "identity", "offset", "as.numeric", "as.integer", "c", "seq"}
    | {"contr.treatment", "contr.sum", "contr.helmert", "contr.poly", "contr.SAS", "contr.sdif"}
    | {"Surv", "cbind", "trials", "se", "weights", "cens", "trunc", "subset"}
)
#: Those that the parser refuses itself, with a reason that says more.
_EXPLAINED = frozenset(
    {*TERMS, *COVARIANCE_KINDS, "mvbind", "mvbrmsformula", "mi", "rate", "cat", "thres"}
    | {"dec", "index"}
    | {f"resp_{name}" for name in ("trials", "se", "weights", "cens", "trunc", "subset", "rate")}
)
#: glmmTMB's names for the two covariances that there are here.
COVARIANCES = {"us": "|", "diag": "||"}
_BRMS_FORMULAS = ("bf", "brmsformula", "mvbf", "mvbrmsformula")
SEVERAL_RESPONSES = (
    "Of several responses each bf() has one formula here; that of a parameter names its response: "
    '"sigma_y2 ~ x".'
)
_LITERAL = "The formula is computed; write it out, or give mw.Model the text"


def transform(node: r.Node, change: Callable[[r.Node], r.Node | None]) -> r.Node:
    """Return a tree with nodes exchanged: where `change` returns one, it stands as it is."""
    found = change(node)
    if found is not None:
        return found
    match node:
        case r.Binary():
            left, tail = r.spine(node, None)
            made = transform(left, change)
            for op, right, span in tail:
                made = r.Binary(op, made, transform(right, change), span=span)
            return made
        case r.Unary(op, operand):
            return r.Unary(op, transform(operand, change), span=node.span)
        case r.Paren(inner):
            return r.Paren(transform(inner, change), span=node.span)
        case r.Call(function, args):
            return r.Call(function, _arguments(args, change), span=node.span)
        case r.Index(inner, args, double):
            return r.Index(
                transform(inner, change), _arguments(args, change), double, span=node.span
            )
        case r.Member(inner, name, op):
            return r.Member(transform(inner, change), name, op, span=node.span)
    return node


def _arguments(
    args: Sequence[r.Argument], change: Callable[[r.Node], r.Node | None]
) -> tuple[r.Argument, ...]:
    return tuple(
        r.Argument(each.name, each.value and transform(each.value, change), span=each.span)
        for each in args
    )


def read_formulas(context: Context, node: r.Node) -> Formulas:
    """Return the formulas that a node stands for; raises `NotTranslatedError` for computed ones."""
    match node:
        case r.Binary(op="~") | r.Unary(op="~"):
            return Formulas((node,))
        case r.Paren(inner):
            return read_formulas(context, inner)
        case r.Symbol(name):
            return _of_variable(context, name)
        case r.Text(value):
            return _of_text(value)
        case r.Binary(op="+"):
            return _sum_of_formulas(context, node)
        case r.Call() if node.name in _READERS:
            return _READERS[node.name](context, node)
    raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")


def _of_variable(context: Context, name: str) -> Formulas:
    known = context.environment.variables.get(name)
    if known is None or not isinstance(known.thing, Formulas):
        return _of_text(present(context.word(r.Symbol(name)), f"{_LITERAL}: {name}."))
    return known.thing


def _of_text(value: str) -> Formulas:
    try:
        statements = read_r(value).statements
    except FormulaError:
        statements = ()
    if len(statements) != 1 or not _is_formula(statements[0]):
        raise NotTranslatedError(f'"{value}" is no formula.')
    return Formulas((statements[0],))


def _is_formula(node: r.Node) -> bool:
    return isinstance(node, r.Binary | r.Unary) and node.op == "~"


def _as_formula(context: Context, node: r.Call) -> Formulas:
    matched = match(node)
    inner = present(matched.get("object"), "There is no formula in it.")
    if isinstance(inner, r.Call) and inner.name in ("paste", "paste0", "sprintf"):
        return _of_text(present(context.word(inner), f"{_LITERAL}: {shown(node)}."))
    return read_formulas(context, inner)


def _reformulate(context: Context, node: r.Call) -> Formulas:
    matched = match(node)
    terms = present(context.words(matched.get("termlabels")), f"{_LITERAL}: {shown(node)}.")
    response = matched.get("response")
    name = response.name if isinstance(response, r.Symbol) else context.only(response)
    without = " - 1" if r.truth(matched.get("intercept")) is False else ""
    return _of_text(f"{'' if name is None else name} ~ {' + '.join(terms)}{without}")


def _brms_formula(context: Context, node: r.Call) -> Formulas:
    """Read `bf(y ~ x, sigma ~ z)`: the formula of the mean and those of other parameters."""
    given = [each for each in node.args if each.value is not None]
    options = {each.name: each.value for each in given if each.name is not None}
    constants = tuple(
        (str(each.name), shown(each.value))
        for each in given
        if isinstance(each.value, r.Number) and each.name not in (None, "formula")
    )
    for name in options:
        if name in dict(constants):
            continue
        if name in ("nl", "loop") and r.truth(options[name]) is not False:
            raise NotTranslatedError("Non-linear formulas (nl = TRUE) are not available.")
        if name not in ("nl", "loop", "center", "family", "formula", "flist", "cmc", "sparse"):
            raise NotTranslatedError(f"bf() with {name} = is not available.")
    parts = [each.value for each in given if each.name in (None, "formula") and each.value]
    nodes = [inner for part in parts for inner in read_formulas(context, part).nodes]
    named = options.get("family")
    family = None if named is None else family_of(context, named)
    centered = r.truth(options.get("center")) is not False
    return Formulas(tuple(nodes), family, centered, constants=constants)


def _further(context: Context, node: r.Call) -> Formulas:
    """Read `lf(sigma ~ z)`, which is added to a `bf(...)`."""
    nodes = [inner for part in node.unnamed for inner in read_formulas(context, part).nodes]
    return Formulas(tuple(nodes))


def _sum_of_formulas(context: Context, node: r.Node) -> Formulas:
    first, tail = r.spine(node, ("+",))
    made = read_formulas(context, first)
    for _, part, _ in tail:
        name = part.name if isinstance(part, r.Call) else ""
        if name == "set_rescor":
            given = next(iter(part.values), None) if isinstance(part, r.Call) else None
            made = replace(made, rescor=r.truth(given) is not False)
            continue
        if name in _BRMS_FORMULAS:
            made = _beside(made, read_formulas(context, part))
            continue
        if name in ("nlf", "set_nl", "acformula"):
            raise NotTranslatedError(f"{name}() is not available.")
        if name not in ("lf",):
            raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")
        further = read_formulas(context, part).nodes
        made = replace(made, nodes=(*made.nodes, *further), centered=True)
    return made


def _several_formulas(context: Context, node: r.Call) -> Formulas:
    """Read `mvbf(bf(y1 ~ x), bf(y2 ~ x), rescor = TRUE)`."""
    first, *rest = (read_formulas(context, part) for part in node.unnamed)
    for other in rest:
        first = _beside(first, other)
    asked = (each.value for each in node.args if each.name == "rescor")
    return replace(first, rescor=r.truth(next(asked, None)) is True)


def _beside(first: Formulas, other: Formulas) -> Formulas:
    """Put the formula of another response next to others; raises where it has more than one."""
    further = len(other.nodes) > 1 or (len(first.nodes) > 1 and not first.several)
    own = first.family is not None or other.family is not None
    if further or own or first.constants or other.constants:
        raise NotTranslatedError(SEVERAL_RESPONSES)
    nodes = (*first.nodes, *other.nodes)
    return Formulas(nodes, None, first.centered, several=True, rescor=first.rescor)


def _update(context: Context, node: r.Call) -> Formulas:
    matched = match(node, "update.formula")
    if "old" not in matched or "new" not in matched:
        raise NotTranslatedError(f"{_LITERAL}: {shown(node)}.")
    old, new = read_formulas(context, matched["old"]), read_formulas(context, matched["new"])
    return Formulas((add_terms(old.nodes[0], new.nodes[0]), *old.nodes[1:]), old.family)


def add_terms(old: r.Node, new: r.Node) -> r.Node:
    """Return R's `update(old, new)`: `.` stands for the old side; terms in bars may go, too."""
    if not isinstance(old, r.Binary) or not isinstance(new, r.Binary | r.Unary):
        raise NotTranslatedError("The formula has no left-hand side.")
    if isinstance(new, r.Unary):
        new = r.Binary("~", r.Symbol("."), new.operand, span=new.span)
    is_dot = isinstance(new.left, r.Symbol) and new.left.name == "."
    left = old.left if is_dot else new.left
    first, tail = r.spine(new.right, ("+", "-"))
    if not (isinstance(first, r.Symbol) and first.name == "."):
        return r.Binary("~", left, new.right, span=new.span)
    made = old.right
    for op, term, _ in tail:
        bars = any(isinstance(each, r.Binary) and each.op in ("|", "||") for each in r.walk(term))
        made = _without(made, term) if op == "-" and bars else r.Binary(op, made, term)
    return r.Binary("~", left, made, span=new.span)


def _without(right: r.Node, term: r.Node) -> r.Node:
    first, tail = r.spine(right, ("+", "-"))
    kept = [("+", first), *[(op, part) for op, part, _ in tail]]
    left = [(op, part) for op, part in kept if _inner(part) != _inner(term)]
    if len(left) == len(kept):
        raise NotTranslatedError(f"There is no term {deparse(term)} to take away.")
    made = left.pop(0)[1] if left and left[0][0] == "+" else r.Number(1, "1")
    for op, part in left:
        made = r.Binary(op, made, part)
    return made


def _inner(node: r.Node) -> r.Node:
    while isinstance(node, r.Paren):
        node = node.inner
    return node


_READERS: dict[str, Callable[[Context, r.Call], Formulas]] = {
    "as.formula": _as_formula,
    "formula": _as_formula,
    "brmsformula": _brms_formula,
    "bf": _brms_formula,
    "lf": _further,
    "mvbf": _several_formulas,
    "mvbrmsformula": _several_formulas,
    "reformulate": _reformulate,
    "update": _update,
    "update.formula": _update,
}


def checked(node: r.Node, frames: Sequence[str] = ()) -> Formula:
    """Return mixwell's reading of a formula; raises `NotTranslatedError` with mixwell's reason.

    `frames` are R's names of the data frame, whose `d$x` becomes `x`. glmmTMB's `us()` and `diag()`
    become bars, and package names are left out.
    """

    def change(inner: r.Node) -> r.Node | None:
        match inner:
            case r.Member(object=r.Symbol(name), name=column, op="$") if name in frames:
                return r.Symbol(column, span=inner.span)
            case r.Call(function=r.Namespaced(name=name), args=args):
                plain = r.Call(r.Symbol(name), args, span=inner.span)
                return transform(plain, change)
            case r.Call() if inner.name in COVARIANCES and len(inner.args) == 1:
                return _bars(inner, change)
        return None

    made = transform(node, change)
    _refuse_calls(made)
    try:
        return parse_formula(deparse(made))
    except FormulaError as error:
        hint = f" {error.hint}" if error.hint else ""
        raise NotTranslatedError(f"{error.message}{hint}") from None


def formulas_value(context: Context, node: r.Node) -> Value:
    """Translate a formula, or a call that makes one: its text, and the formulas in it."""
    read = read_formulas(context, node)
    return Value(formulas_code(read), read)


def formulas_code(read: Formulas) -> Code:
    """Return the Python for formulas as a value: a text, or a list of texts."""
    return py.one_or_list([checked(node).text for node in read.nodes])


def _bars(node: r.Call, change: Callable[[r.Node], r.Node | None]) -> r.Node | None:
    inner = _inner(node.args[0].value or node)
    if not (isinstance(inner, r.Binary) and inner.op == "|"):
        return None
    left, right = transform(inner.left, change), transform(inner.right, change)
    return r.Paren(r.Binary(COVARIANCES[node.name], left, right))


def _refuse_calls(node: r.Node) -> None:
    for inner in r.walk(node):
        if isinstance(inner, r.Call):
            if inner.name in CALLS or inner.name in _EXPLAINED:
                continue
            raise NotTranslatedError(
                f"{inner.name or shown(inner)}() is no function that a formula knows here; make a "
                "column of it, or give mw.Model functions={...}."
            )
