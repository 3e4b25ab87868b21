"""Plain R expressions as Python: literals, arithmetic, comparisons, columns, pipes, calls."""

import operator
import string
from collections.abc import Callable, Sequence

from mixwell.r.language import nodes as r
from mixwell.r.translation.data.factors import held_all, same_level
from mixwell.r.translation.data.indexing import index, member, numeric
from mixwell.r.translation.fit.interval_widths import with_width
from mixwell.r.translation.model.model_formulas import formulas_value
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import (
    Frame,
    Plain,
    Priors,
    Series,
    Thing,
    Unknown,
    Value,
    Vector,
    computed,
)
from mixwell.r.translation.scope.shipped_datasets import shipped

_CONSTANTS = {
    "TRUE": "True",
    "FALSE": "False",
    "NULL": "None",
    "Inf": "np.inf",
    **dict.fromkeys(("NA", "NA_integer_", "NA_real_", "NA_character_", "NaN"), "np.nan"),
}
_ARITHMETIC = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "**", "%%": "%", "%/%": "//"}
_LOGICAL = {"&": "&", "|": "|", "&&": "&", "||": "|"}
_COMPARISONS = ("<", ">", "<=", ">=", "==", "!=")
_PIPES = ("|>", "%>%")
_WHY: dict[type[r.Node], str] = {
    r.For: "Loops are left to you: a Python loop over the same values does it.",
    **dict.fromkeys((r.While, r.Repeat, r.Jump), "Loops are left to you."),
    r.Function: "Functions are left to you.",
    r.If: "Branches are left to you.",
    r.Block: "Blocks are left to you.",
}
LONGEST = 200


def expression(context: Context, node: r.Node) -> Value:
    """Translate one expression; raises `NotTranslatedError` with the reason."""
    match node:
        case r.Number(value=value) | r.Text(value=value):
            return Value(py.written(value), Vector((value,)))
        case r.Constant(name=name):
            return _constant(name)
        case r.Symbol(name=name):
            return _symbol(context, name)
        case r.Paren(inner=inner):
            return context.value(inner)
        case r.Unary():
            return _unary(context, node)
        case r.Binary():
            return _binary(context, node)
        case r.Call():
            return _call(context, node)
        case r.Member():
            return member(context, node)
        case r.Index():
            return index(context, node)
        case r.Namespaced(name=name):
            found = shipped(name)
            if found is not None:
                return Value(py.call("mw.load_data", found[0]), found[1])
            return context.frame(r.Symbol(name))
        case r.Assign():
            raise NotTranslatedError("An assignment inside an expression has no counterpart.")
    raise NotTranslatedError(_WHY.get(type(node), f"{shown(node)} has no counterpart."))


def _constant(name: str) -> Value:
    if name not in _CONSTANTS:
        raise NotTranslatedError(f"{name} has no counterpart.")
    thing: Thing = Plain("null" if name == "NULL" else "number")
    if name in ("TRUE", "FALSE"):
        thing = Vector((name == "TRUE",))
    return Value(py.raw(_CONSTANTS[name]), thing)


def _symbol(context: Context, name: str) -> Value:
    if context.masks:
        mask = context.masks[-1]
        known = name in mask.frame.columns
        unknown = not mask.frame.whole and name not in context.environment.variables
        if known or (unknown and name not in ("T", "F", "pi")):
            context.need_column(mask.code, mask.frame, name)
            column = mask.frame.column(name)
            return Value(mask.code.subscript(name), Series("", name, column))
    found = context.look_up(name)
    if found is not None:
        return found
    if name in ("T", "F"):
        return Value(py.written(name == "T"), Vector((name == "T",)))
    if name == "pi":
        return Value(py.raw("np.pi"), Plain("number"))
    if name in ("letters", "LETTERS"):
        letters = string.ascii_lowercase if name == "letters" else string.ascii_uppercase
        return Value(py.listing(list(letters)), Vector(tuple(letters)))
    return context.require(name)


def _unary(context: Context, node: r.Unary) -> Value:
    if node.op == "~":
        return formulas_value(context, node)
    found = numeric(context.value(node.operand), node.operand)
    if node.op in ("-", "+"):
        numbers = found.thing.numbers if isinstance(found.thing, Vector) else None
        if numbers is not None:
            return _literal_numbers(tuple(-v if node.op == "-" else v for v in numbers))
        return Value(py.prefixed(node.op, _array(found)), _arithmetic_thing([found]))
    if node.op == "!":
        scalar = isinstance(found.thing, Vector | Plain)
        sign = "not " if scalar and not _is_array(found) else "~"
        return Value(py.prefixed(sign, found.code), found.thing)
    raise NotTranslatedError(f"{node.op} has no counterpart.")


def _binary(context: Context, node: r.Binary) -> Value:
    op = node.op
    if op in _OPERATORS:
        return _OPERATORS[op](context, node)
    if op == "+" and (priors := _sum_of_priors(context, node)) is not None:
        return priors
    if op in _ARITHMETIC:
        return _chain(context, node, tuple(_ARITHMETIC), _ARITHMETIC)
    if op in _LOGICAL:
        return _chain(context, node, tuple(_LOGICAL), _LOGICAL)
    raise NotTranslatedError(f"The operator {op} has no counterpart.")


def _comparison(context: Context, node: r.Binary) -> Value:
    left, right = (numeric(context.value(side), side) for side in (node.left, node.right))
    thing: Thing = Plain("truths" if _is_array(left) or _is_array(right) else "truth")
    if isinstance(left.thing, Series) or isinstance(right.thing, Series):
        thing = computed("truth")
    return Value(_compared(node.op, left, right), thing)


def _sum_of_priors(context: Context, node: r.Binary) -> Value | None:
    """Return brms's `prior(...) + prior(...)` as `c(prior(...), prior(...))`; None for others."""
    given = r.operands(node, ("+",))
    if not isinstance(context.value(given[0]).thing, Priors):
        return None
    return context.value(r.Call(r.Symbol("c"), tuple(r.Argument(None, each) for each in given)))


def _compared(op: str, left: Value, right: Value) -> Code:
    """Return a comparison; the level of a column is written as the column holds it."""
    alone = isinstance(right.thing, Vector) and len(right.thing.values) == 1
    if alone and isinstance(left.thing, Series) and isinstance(right.thing, Vector):
        kind, value = left.thing.column.kind, right.thing.values[0]
        if kind in ("factor", "ordered", "text") or (isinstance(value, str) and kind != "truth"):
            return same_level(left, op, value)
    return py.infix(op, left.code, right.code)


def _chain(context: Context, node: r.Binary, ops: Sequence[str], words: dict[str, str]) -> Value:
    first, tail = r.spine(node, ops)
    if len(tail) > LONGEST:
        raise NotTranslatedError(f"An expression of {len(tail)} operators is too long.")
    made = numeric(context.value(first), first)
    for op, right, _ in tail:
        other = numeric(context.value(right), right)
        folded = _folded(op, made, other)
        if folded is not None:
            made = folded
            continue
        both = [made, other]
        lists = any(isinstance(v.thing, Vector) and len(v.thing.values) > 1 for v in both)
        left = _array(made) if lists else made.code
        thing: Thing = _arithmetic_thing(both)
        if words is _LOGICAL:
            thing = computed("truth") if isinstance(thing, Series) else Plain("truth")
            scalar = all(isinstance(v.thing, Plain | Vector) and not _is_array(v) for v in both)
            if scalar and op in ("&&", "||"):
                word = "and" if op == "&&" else "or"
                made = Value(py.raw(f"({made.code.text} {word} {other.code.text})"), Plain("truth"))
                continue
        right_code = _array(other) if lists else other.code
        made = Value(py.infix(words[op], left, right_code), thing)
    return made


def _folded(op: str, left: Value, right: Value) -> Value | None:
    """Work out arithmetic of literal vectors, such as `c(-1, 2, -1) / 2`; None for all else."""
    if not (isinstance(left.thing, Vector) and isinstance(right.thing, Vector)):
        return None
    one, two = left.thing.numbers, right.thing.numbers
    if one is None or two is None or op not in _WORKED_OUT:
        return None
    size = max(len(one), len(two))
    if size == 1 or {len(one), len(two)} - {1, size} or (op == "/" and 0 in two):
        return None
    if not (left.code.text.startswith("[") or right.code.text.startswith("[")):
        return None  # a variable keeps its name
    pairs = [(one[k % len(one)], two[k % len(two)]) for k in range(size)]
    return _literal_numbers(tuple(_WORKED_OUT[op](a, b) for a, b in pairs))


_WORKED_OUT: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _arithmetic_thing(values: Sequence[Value]) -> Thing:
    if any(isinstance(value.thing, Unknown) for value in values):
        return Unknown()
    if any(isinstance(value.thing, Series) for value in values):
        return computed("number")
    return Plain("numbers" if any(_is_array(value) for value in values) else "number")


def _is_array(value: Value) -> bool:
    thing = value.thing
    return isinstance(thing, Series | Frame) or (
        isinstance(thing, Vector | Plain) and thing.several
    )


def _array(value: Value) -> Code:
    """Return an expression that arithmetic works on: lists become arrays."""
    is_list = isinstance(value.thing, Vector) and value.thing.several
    literal = is_list and value.code.text.startswith("[")
    return py.call("np.array", value.code) if literal else value.code


def _literal_numbers(values: tuple[float | int, ...]) -> Value:
    return Value(py.one_or_list(values), Vector(values))


def _range(context: Context, node: r.Binary) -> Value:
    left, right = context.value(node.left), context.value(node.right)
    ends = [v.thing.places for v in (left, right) if isinstance(v.thing, Vector)]
    if len(ends) == 2 and all(end and len(end) == 1 for end in ends):
        first, last = (end[0] for end in ends if end)
        step = 1 if last >= first else -1
        if abs(last - first) < 30:
            return _literal_numbers(tuple(range(first, last + step, step)))
        by = [step] if step == -1 else []
        return Value(py.call("np.arange", first, last + step, *by), Plain("numbers"))
    past = py.infix("+", right.code, 1)
    return Value(py.call("np.arange", left.code, past), Plain("numbers"))


def _is_in(context: Context, node: r.Binary) -> Value:
    left, right = context.value(node.left), context.value(node.right)
    values = right.thing.values if isinstance(right.thing, Vector) else ()
    inside = py.listing([right.code]) if len(values) == 1 else right.code
    if isinstance(left.thing, Series):
        if any(isinstance(value, str) for value in values):
            inside = py.listing(held_all(values, left.thing.column))
        return Value(left.code.method("isin", inside), computed("truth"))
    return Value(py.call("np.isin", left.code, inside), Plain("truths"))


def _pipe(context: Context, node: r.Binary) -> Value:
    """Translate `x |> f(y)` and `x %>% f(y)` as `f(x, y)`; `_` and `.` stand for x."""
    first, tail = r.spine(node, _PIPES)
    if len(tail) > LONGEST:
        raise NotTranslatedError("The pipe is too long.")
    made = first
    for op, right, span in tail:
        inner = right.inner if isinstance(right, r.Paren) else right
        if isinstance(inner, r.Symbol | r.Namespaced):
            made = r.Call(inner, (r.Argument(None, made),), span=span)
            continue
        if not isinstance(inner, r.Call):
            raise NotTranslatedError(f"A pipe into {shown(inner)} has no counterpart.")
        mark = r.Symbol("_" if op == "|>" else ".")
        args = tuple(r.Argument(a.name, made) if a.value == mark else a for a in inner.args)
        if not any(a.value == mark for a in inner.args):
            args = (r.Argument(None, made), *args)
        made = r.Call(inner.function, args, span=inner.span)
    return context.value(made)


_OPERATORS: dict[str, Callable[[Context, r.Binary], Value]] = {
    **{"~": formulas_value, ":": _range, "%in%": _is_in},
    **dict.fromkeys(_PIPES, _pipe),
    **dict.fromkeys(_COMPARISONS, _comparison),
}


def _call(context: Context, node: r.Call) -> Value:
    if not node.name:
        raise NotTranslatedError(f"A call of {shown(node.function)} has no counterpart.")
    if node.name in context.environment.functions:
        line = context.environment.functions[node.name]
        raise NotTranslatedError(f"{node.name}() is a function of the script (line {line}).")
    verb = present(context.verbs.get(node.name), f"{node.name}() has no counterpart here.")
    return with_width(context, node, verb(context, node))
