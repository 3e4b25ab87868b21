"""R's functions of numbers: log, round, mean, sd, ifelse, scale, table and kin."""

from collections.abc import Sequence

from mixwell.r.dialect.signatures import SIGNATURES
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.data.indexing import numeric
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, shown
from mixwell.r.translation.scope.r_values import (
    Column,
    Contrasted,
    Frame,
    Plain,
    Series,
    Table,
    Thing,
    Unknown,
    Value,
    Vector,
)
from mixwell.r.translation.scope.verb_tables import verbs

_NUMPY = {
    **{name: f"np.{name}" for name in ("sqrt", "exp", "abs", "floor", "sin", "cos", "tan", "sign")},
    **{name: f"np.{name}" for name in ("log2", "log10", "log1p", "expm1", "tanh", "cumsum")},
    "ceiling": "np.ceil",
    "trunc": "np.trunc",
    "round": "np.round",
    "pmin": "np.minimum",
    "pmax": "np.maximum",
    "rev": "np.flip",
    "diff": "np.diff",
    "is.finite": "np.isfinite",
}
_METHODS = {
    "mean": "mean",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "sd": "std",
    "var": "var",
    "prod": "prod",
}


def _arguments(context: Context, node: r.Call) -> list[Value]:
    nodes = [
        each.value
        for each in node.args
        if each.value is not None and each.name in (None, "x", "digits", "base", "y")
    ]
    values = [context.value(inner) for inner in nodes]
    return [
        numeric(value, inner) if isinstance(value.thing, Contrasted) else value
        for value, inner in zip(values, nodes, strict=True)
    ]


def _result(values: Sequence[Value]) -> Thing:
    if any(isinstance(value.thing, Series) for value in values):
        return Series("", "", Column("number"))
    if any(isinstance(value.thing, Unknown) for value in values):
        return Unknown()
    several = any(
        (isinstance(v.thing, Vector) and len(v.thing.values) > 1)
        or (isinstance(v.thing, Plain) and v.thing.kind.endswith("s"))
        for v in values
    )
    return Plain("numbers" if several else "number")


def _of_numbers(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if not values:
        raise NotTranslatedError.of(node)
    first = values[0]
    if node.name == "round" and isinstance(first.thing, Table | Frame):
        return Value(first.code.method("round", *[v.code for v in values[1:]]), first.thing)
    values = [numeric(value, node) for value in values]
    return Value(py.call(_NUMPY[node.name], *[v.code for v in values]), _result(values))


def _log(context: Context, node: r.Call) -> Value:
    values = [numeric(value, node) for value in _arguments(context, node)]
    if not values:
        raise NotTranslatedError("log() of nothing.")
    made = py.call("np.log", values[0].code)
    if len(values) > 1:
        made = py.infix("/", made, py.call("np.log", values[1].code))
    return Value(made, _result(values))


def _summary_number(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if len(values) != 1:
        raise NotTranslatedError.of(node)
    (owner,) = values
    if isinstance(owner.thing, Vector):
        named = owner.code.text.isidentifier()
        code = owner.code if named else py.call("np.array", owner.code)
    elif isinstance(owner.thing, Series | Plain | Unknown):
        code = owner.code
    else:
        raise NotTranslatedError.of(node)
    spread = {"ddof": py.number(1)} if node.name in ("sd", "var") else {}
    if isinstance(owner.thing, Series):
        spread = {}
    return Value(code.method(_METHODS[node.name], **spread), Plain("number"))


def _median(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if len(values) != 1:
        raise NotTranslatedError.of(node)
    return Value(py.call("np.median", values[0].code), Plain("number"))


def _quantile(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if "x" not in matched:
        raise NotTranslatedError("quantile() of nothing.")
    probs = (
        context.code(matched["probs"]) if "probs" in matched else py.raw("[0, 0.25, 0.5, 0.75, 1]")
    )
    return Value(py.call("np.quantile", context.code(matched["x"]), probs), Plain("numbers"))


def _range(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if len(values) != 1:
        raise NotTranslatedError.of(node)
    code = values[0].code
    return Value(py.listing([py.call("np.min", code), py.call("np.max", code)]), Plain("numbers"))


def _length(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if len(values) != 1:
        raise NotTranslatedError.of(node)
    inner = node.args[0].value
    if isinstance(inner, r.Call) and inner.name == "unique" and isinstance(values[0].thing, Series):
        owner = inner.args[0].value
        if owner is not None:
            return Value(context.code(owner).method("nunique"), Plain("number"))
    return Value(py.call("len", values[0].code), Plain("number"))


def _unique(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if len(values) != 1 or not isinstance(values[0].thing, Series | Unknown):
        raise NotTranslatedError.of(node)
    return Value(values[0].code.method("unique"), Plain("texts"))


def _ifelse(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if len(matched) < 3:
        raise NotTranslatedError.of(node)
    order = SIGNATURES[node.name].parameters[:3]
    test, yes, no = (context.value(matched[name]) for name in order)
    words = any(
        isinstance(value.thing, Vector) and isinstance(value.thing.values[0], str)
        for value in (yes, no)
    )
    # np.where would write a missing number beside texts as the text "nan"
    yes_code, no_code = (
        py.raw("None") if words and value.code.text == "np.nan" else value.code
        for value in (yes, no)
    )
    column = Column("text" if words else "number")
    return Value(py.call("np.where", test.code, yes_code, no_code), Series("", "", column))


def _missing(context: Context, node: r.Call) -> Value:
    values = _arguments(context, node)
    if len(values) != 1:
        raise NotTranslatedError.of(node)
    return Value(py.call("pd.isna", values[0].code), Series("", "", Column("truth")))


def _logistic(context: Context, node: r.Call) -> Value:
    values = [numeric(value, node) for value in _arguments(context, node)]
    if not values:
        raise NotTranslatedError(f"{node.name}() of nothing.")
    inner = values[0].code
    if node.name in ("plogis", "inv_logit_scaled", "inv.logit"):
        code = py.infix(
            "/",
            py.number(1),
            py.infix("+", py.number(1), py.call("np.exp", py.prefixed("-", inner))),
        )
    else:
        code = py.call("np.log", py.infix("/", inner, py.infix("-", py.number(1), inner)))
    return Value(code, _result(values))


def _scale(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if "x" not in matched:
        raise NotTranslatedError("scale() of nothing.")
    owner = context.value(matched["x"])
    inner = owner.code
    if not isinstance(owner.thing, Series):
        raise NotTranslatedError.of(node)
    made = inner
    if r.truth(matched.get("center")) is not False:
        made = py.infix("-", made, inner.method("mean"))
    if r.truth(matched.get("scale")) is not False:
        made = py.infix("/", made, inner.method("std"))
    return Value(made, Series("", "", Column("number")))


def _table(context: Context, node: r.Call) -> Value:
    values = [context.value(e.value) for e in node.args if e.value is not None and e.name is None]
    if not all(isinstance(value.thing, Series) for value in values) or not 1 <= len(values) <= 2:
        raise NotTranslatedError.of(node)
    if len(values) == 1:
        return Value(values[0].code.method("value_counts", sort=False), Table(""))
    return Value(py.call("pd.crosstab", values[0].code, values[1].code), Table(""))


def _tapply(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if not {"X", "INDEX", "FUN"} <= set(matched):
        raise NotTranslatedError.of(node)
    name = shown(matched["FUN"])
    word = {"mean": "mean", "sd": "std", "sum": "sum", "median": "median", "length": "size"}
    values, groups = context.value(matched["X"]), context.value(matched["INDEX"])
    if name not in word or not all(isinstance(v.thing, Series) for v in (values, groups)):
        raise NotTranslatedError.of(node)
    grouped = values.code.method("groupby", groups.code, observed=True)
    return Value(grouped.method(word[name]), Table(""))


VERBS = verbs(
    {
        _of_numbers: " ".join(_NUMPY),
        _log: "log",
        _summary_number: " ".join(_METHODS),
        _median: "median",
        _quantile: "quantile",
        _range: "range",
        _length: "length",
        _unique: "unique",
        _ifelse: "ifelse if_else",
        _missing: "is.na",
        _logistic: "plogis qlogis inv_logit_scaled inv.logit logit",
        _scale: "scale",
        _table: "table xtabs",
        _tapply: "tapply",
    }
)
