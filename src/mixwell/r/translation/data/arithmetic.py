"""R's functions of numbers: log, round, mean, sd, ifelse, scale, table and others."""

from collections.abc import Sequence
from functools import partial, reduce

from mixwell.r.dialect.signatures import SIGNATURES
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.data.indexing import numeric
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.scope.environment import (
    Context,
    NotTranslatedError,
    Verb,
    present,
    shown,
)
from mixwell.r.translation.scope.r_values import (
    Contrasted,
    Frame,
    Plain,
    Series,
    Table,
    Thing,
    Unknown,
    Value,
    Vector,
    computed,
)
from mixwell.r.translation.scope.verb_tables import verbs

_SAME = (
    *("sqrt", "exp", "abs", "floor", "sin", "cos", "tan", "sign", "log2", "log10", "log1p"),
    *("expm1", "tanh", "cumsum", "trunc", "round", "diff"),
)
_OTHER = {"ceiling": "ceil", "pmin": "minimum", "pmax": "maximum", "rev": "flip"}
#: R's functions under the names of numpy's.
_NUMPY = {**dict(zip(_SAME, _SAME, strict=True)), **_OTHER, "is.finite": "isfinite"}
#: Summaries of R's under the names of pandas' methods.
SUMMARIES = {
    **{name: name for name in ("mean", "sum", "min", "max", "prod", "median", "var")},
    "sd": "std",
    "length": "size",
}


def _arguments(context: Context, node: r.Call) -> list[Value]:
    values = []
    for each in node.args:
        if each.value is not None and each.name in (None, "x", "digits", "base", "y"):
            value = context.value(each.value)
            is_result = isinstance(value.thing, Contrasted)
            values.append(numeric(value, each.value) if is_result else value)
    return values


def _result(values: Sequence[Value]) -> Thing:
    if any(isinstance(value.thing, Series) for value in values):
        return computed("number")
    if any(isinstance(value.thing, Unknown) for value in values):
        return Unknown()
    several = any(isinstance(v.thing, Vector | Plain) and v.thing.several for v in values)
    return Plain("numbers" if several else "number")


def _only(context: Context, node: r.Call) -> Value:
    """Return the one argument of a call; raises `NotTranslatedError` for more or none."""
    values = _arguments(context, node)
    if len(values) != 1:
        raise NotTranslatedError.of(node)
    return values[0]


def _of_one(function: str, thing: Thing) -> Verb:
    """Return what calls a function of Python's with the one argument."""
    return lambda context, node: Value(py.call(function, _only(context, node).code), thing)


def _numbers(context: Context, node: r.Call) -> list[Value]:
    """Return the arguments as numbers; raises `NotTranslatedError` for none."""
    values = [numeric(value, node) for value in _arguments(context, node)]
    if not values:
        raise NotTranslatedError(f"{node.name}() of nothing.")
    return values


def _of_numbers(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if not values:
        raise NotTranslatedError.of(node)
    first, *further = values
    if node.name == "round" and isinstance(first.thing, Table | Frame):
        return Value(first.code.method("round", *[v.code for v in further]), first.thing)
    values = [numeric(value, node) for value in values]
    return Value(py.call(f"np.{_NUMPY[node.name]}", *[v.code for v in values]), _result(values))


def _log(context: Context, node: r.Call) -> Value:
    values = _numbers(context, node)
    logs = [py.call("np.log", value.code) for value in values[:2]]  # of the number, of the base
    return Value(reduce(partial(py.infix, "/"), logs), _result(values))


def _summary_number(context: Context, node: r.Call) -> Value:
    owner = _only(context, node)
    code = owner.code
    if not isinstance(owner.thing, Series | Plain | Unknown | Vector):
        raise NotTranslatedError.of(node)
    if isinstance(owner.thing, Vector) and not code.text.isidentifier():
        code = py.call("np.array", code)
    ddof = 1 if node.name in ("sd", "var") and not isinstance(owner.thing, Series) else None
    return Value(code.method(SUMMARIES[node.name], ddof=ddof), Plain("number"))


def _quantile(context: Context, node: r.Call) -> Value:
    matched = match(node)
    inner, probs = present(matched.get("x"), "quantile() of nothing."), matched.get("probs")
    quarters = py.listing([0, 0.25, 0.5, 0.75, 1])
    shares = quarters if probs is None else context.code(probs)
    return Value(py.call("np.quantile", context.code(inner), shares), Plain("numbers"))


def _range(context: Context, node: r.Call) -> Value:
    code = _only(context, node).code
    return Value(py.listing([py.call("np.min", code), py.call("np.max", code)]), Plain("numbers"))


def _length(context: Context, node: r.Call) -> Value:
    found, inner = _only(context, node), node.first
    is_column = isinstance(found.thing, Series)
    if is_column and isinstance(inner, r.Call) and inner.name == "unique" and inner.first:
        return Value(context.code(inner.first).method("nunique"), Plain("number"))
    return Value(py.call("len", found.code), Plain("number"))


def _unique(context: Context, node: r.Call) -> Value:
    found = _only(context, node)
    if not isinstance(found.thing, Series | Unknown):
        raise NotTranslatedError.of(node)
    return Value(found.code.method("unique"), Plain("texts"))


def _ifelse(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if len(matched) < 3:
        raise NotTranslatedError.of(node)
    order = SIGNATURES[node.name].parameters[:3]
    test, yes, no = (context.value(matched[name]) for name in order)
    words = any(isinstance(v.thing, Vector) and v.thing.has_words for v in (yes, no))
    # np.where would write a missing number among texts as the text "nan"
    yes_code, no_code = (
        py.raw("None") if words and value.code.text == "np.nan" else value.code
        for value in (yes, no)
    )
    made = py.call("np.where", test.code, yes_code, no_code)
    return Value(made, computed("text" if words else "number"))


def _logistic(context: Context, node: r.Call) -> Value:
    values = _numbers(context, node)
    inner = values[0].code
    if node.name in ("plogis", "inv_logit_scaled", "inv.logit"):
        below = py.infix("+", 1, py.call("np.exp", py.prefixed("-", inner)))
        return Value(py.infix("/", 1, below), _result(values))
    odds = py.infix("/", inner, py.infix("-", 1, inner))
    return Value(py.call("np.log", odds), _result(values))


def _scale(context: Context, node: r.Call) -> Value:
    matched = match(node)
    owner = context.value(present(matched.get("x"), "scale() of nothing."))
    inner = owner.code
    if not isinstance(owner.thing, Series):
        raise NotTranslatedError.of(node)
    made = inner
    if r.truth(matched.get("center")) is not False:
        made = py.infix("-", made, inner.method("mean"))
    if r.truth(matched.get("scale")) is not False:
        made = py.infix("/", made, inner.method("std"))
    return Value(made, computed("number"))


def _table(context: Context, node: r.Call) -> Value:
    values = [context.value(each) for each in node.unnamed]
    if not all(isinstance(value.thing, Series) for value in values) or not 1 <= len(values) <= 2:
        raise NotTranslatedError.of(node)
    first, *second = (value.code for value in values)
    counts = py.call("pd.crosstab", first, *second)
    return Value(counts if second else first.method("value_counts", sort=False), Table(""))


def _tapply(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if not {"X", "INDEX", "FUN"} <= set(matched):
        raise NotTranslatedError.of(node)
    name = shown(matched["FUN"])
    values, groups = context.value(matched["X"]), context.value(matched["INDEX"])
    if name not in SUMMARIES or not all(isinstance(v.thing, Series) for v in (values, groups)):
        raise NotTranslatedError.of(node)
    grouped = values.code.method("groupby", groups.code, observed=True)
    return Value(grouped.method(SUMMARIES[name]), Table(""))


VERBS = verbs(
    {
        _of_numbers: " ".join(_NUMPY),
        _log: "log",
        _summary_number: "mean sum min max sd var prod",
        _of_one("np.median", Plain("number")): "median",
        _quantile: "quantile",
        _range: "range",
        _length: "length",
        _unique: "unique",
        _ifelse: "ifelse if_else",
        _of_one("pd.isna", computed("truth")): "is.na",
        _logistic: "plogis qlogis inv_logit_scaled inv.logit logit",
        _scale: "scale",
        _table: "table xtabs",
        _tapply: "tapply",
    }
)
