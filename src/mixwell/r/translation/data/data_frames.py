"""Data frames: subset, mutate, data.frame, expand.grid, select and others, as pandas has them."""

from collections.abc import Sequence
from functools import partial, reduce

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.data.indexing import numeric
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import (
    Frame,
    Plain,
    Series,
    Table,
    Unknown,
    Value,
    Vector,
    as_column,
)
from mixwell.r.translation.scope.verb_tables import verbs

#: Tables of a fit that are data frames of pandas.
_DATA_FRAMES = ("fixef", "ranef", "coef", "VarCorr", "results", "summary")


def frame_of(context: Context, node: r.Node | None, what: str) -> tuple[Code, Frame]:
    """Return a data frame's Python and what is known of it; raises `NotTranslatedError`."""
    node = present(node, f"{what} of nothing.")
    said = f"{what} of {shown(node)}, which is no data frame, has no counterpart."
    owner, frame = present(context.data_frame(node), said)
    return owner.code, frame


def frame_first(context: Context, node: r.Call) -> tuple[Code, Frame]:
    """Return the data frame that a call has first or as `.data`."""
    return frame_of(context, node.named.get(".data", node.first), f"{node.name}()")


class _Row:
    """Columns of `owner` by bare names: `d["x"]` for a name, a lambda for anything longer."""

    def __init__(self, context: Context, owner: Code, frame: Frame) -> None:
        self.context = context
        self.simple = owner.text.isidentifier()
        known = context.environment.variables.values()
        self.name = "frame" if any(variable.name == "d" for variable in known) else "d"
        self.mask = (owner if self.simple else py.raw(self.name), frame)

    def value(self, node: r.Node) -> Value:
        with self.context.masked(*self.mask):
            return numeric(self.context.value(node), node)

    def code(self, found: Value) -> Code:
        code = found.code
        return code if self.simple else py.raw(f"lambda {self.name}: {code.text}", 0)


def _rows(context: Context, owner: Code, frame: Frame, conditions: Sequence[r.Node]) -> Code:
    if not conditions:
        return owner
    node = reduce(partial(r.Binary, "&"), conditions)
    row = _Row(context, owner, frame)
    rows = row.code(row.value(node))
    return (owner if row.simple else owner.attribute("loc")).subscript(rows)


def _filter(context: Context, node: r.Call) -> Value:
    """Translate dplyr's `filter(d, x > 2, y == "a")`."""
    owner, frame = frame_first(context, node)
    given = [each.value for each in node.args if each.name in (None, ".data") and each.value]
    return Value(_rows(context, owner, frame, given[1:]), frame)


def _subset(context: Context, node: r.Call) -> Value:
    matched = match(node)
    owner, frame = frame_of(context, matched.get("x"), "subset()")
    made = _rows(context, owner, frame, [matched["subset"]] if matched.has("subset") else [])
    if matched.has("select"):
        return _chosen(context, made, frame, [matched["select"]])
    return Value(made, frame)


def _chosen(context: Context, owner: Code, frame: Frame, nodes: Sequence[r.Node]) -> Value:
    kept: list[str] = []
    gone: list[str] = []
    for node in nodes:
        for part in _listed(node):
            if isinstance(part, r.Unary) and part.op == "-":
                gone += map(column_name, _listed(part.operand))
            else:
                kept.append(column_name(part))
    if kept and gone:
        raise NotTranslatedError("Columns are chosen and left out in one call.")
    if gone:
        return Value(owner.method("drop", columns=list(gone)), frame.dropping(gone))
    for name in kept:
        context.need_column(owner, frame, name)
    columns = {name: frame.column(name) for name in kept}
    return Value(owner.subscript(kept), Frame(columns, frame.codings, frame.source, True))


def _listed(node: r.Node) -> list[r.Node]:
    """Return what `c(...)` puts together; anything else by itself."""
    return node.values if isinstance(node, r.Call) and node.name == "c" else [node]


def column_name(node: r.Node | None) -> str:
    """Return the column that a bare name or a text means; raises `NotTranslatedError`."""
    return present(r.bare_name(node), "The columns are computed.")


def _select(context: Context, node: r.Call) -> Value:
    if any(each.name for each in node.args[1:]):
        raise NotTranslatedError("select() with new names has no counterpart: use rename().")
    owner, frame = frame_first(context, node)
    return _chosen(context, owner, frame, node.values[1:])


def mutate(context: Context, node: r.Call) -> Value:
    """Translate `mutate(d, z = x / 2)` and `transform(d, z = x / 2)` as `d.assign(z=...)`."""
    given = [each for each in node.args if each.value is not None]
    first = next((each for each in given if each.name in (None, ".data", "_data")), None)
    owner, frame = frame_of(context, first.value if first else None, f"{node.name}()")
    pairs = [
        (each.name, each.value)
        for each in given
        if each is not first and each.name not in (".keep", ".before", ".after")
    ]
    if any(name == ".by" for name, _ in pairs):
        raise NotTranslatedError("mutate() within groups is left to you: .groupby().transform().")
    return _assigned(context, owner, frame, pairs, in_turn=node.name == "mutate")


def _assigned(
    context: Context,
    owner: Code,
    frame: Frame,
    pairs: Sequence[tuple[str | None, r.Node | None]],
    *,
    in_turn: bool = True,
) -> Value:
    """Return `d.assign(...)`; with `in_turn` later columns see the earlier ones."""
    named: list[tuple[str, Code]] = []
    made = frame
    new: set[str] = set()
    for place, (name, node) in enumerate(pairs):
        if name is None or node is None:
            raise NotTranslatedError("A column without a name is made.")
        if name in new:  # made and then changed: a second call
            return _assigned(context, _assign(owner, named), made, pairs[place:], in_turn=in_turn)
        uses = any(isinstance(each, r.Symbol) and each.name in new for each in r.walk(node))
        if uses and not in_turn:
            raise NotTranslatedError("transform() with a column that it makes is left to you.")
        row = _Row(context, py.raw("") if uses else owner, made)
        found = row.value(node)
        is_fixed = isinstance(found.thing, Vector | Plain) and not uses
        named.append((name, found.code if is_fixed else row.code(found)))
        made = made.with_column(name, as_column(found))
        new.add(name)
    return Value(_assign(owner, named), made)


def _assign(owner: Code, named: Sequence[tuple[str, Code]]) -> Code:
    if all(py.is_argument(name) for name, _ in named):
        return owner.method("assign", **dict(named))
    pairs = py.dictionary(named)
    return owner.method("assign", py.raw(f"**{pairs.text}"))


def _within(context: Context, node: r.Call) -> Value:
    """Translate `within(d, { z <- x / 2 })`."""
    matched = match(node)
    owner, frame = frame_of(context, matched.get("data"), "within()")
    body = matched.get("expr")
    steps = body.body if isinstance(body, r.Block) else (body,) if body is not None else ()
    pairs: list[tuple[str | None, r.Node | None]] = []
    for step in steps:
        if not isinstance(step, r.Assign) or not isinstance(step.target, r.Symbol):
            raise NotTranslatedError(f"{shown(step)} within within() has no counterpart.")
        pairs.append((step.target.name, step.value))
    return _assigned(context, owner, frame, pairs)


def _with(context: Context, node: r.Call) -> Value:
    matched = match(node)
    owner, frame = frame_of(context, matched.get("data"), "with()")
    body = present(matched.get("expr"), "with() has no expression.")
    with context.masked(owner, frame):
        return context.value(body)


def _head(context: Context, node: r.Call) -> Value:
    matched = match(node)
    found = context.frame(matched["x"]) if "x" in matched else None
    if found is None or isinstance(found.thing, Plain | Vector):
        raise NotTranslatedError.of(node)
    rows = context.whole(matched.get("n"))
    if isinstance(found.thing, Frame | Series | Unknown | Table):
        code = found.code.method(node.name, (6 if rows is None else rows))
    else:
        code = found.code.method("to_frame").method(node.name, rows or 6)
    return Value(code, found.thing if isinstance(found.thing, Frame | Series) else Table(""))


def _size(context: Context, node: r.Call) -> Value:
    owner, _ = frame_first(context, node)
    shape, names = owner.attribute("shape"), py.call("list", owner.attribute("columns"))
    sizes = {"nrow": py.call("len", owner), "ncol": shape.subscript(1), "dim": shape}
    kind = "number" if node.name in ("nrow", "ncol") else "texts"
    return Value(sizes.get(node.name, names), Plain(kind))


def _structure(context: Context, node: r.Call) -> Value:
    first = node.first
    found = context.frame(first) if first is not None else None
    if found and isinstance(found.thing, Table) and found.thing.role in _DATA_FRAMES:
        return Value(found.code.method("info"), Table(""), silent=True)
    owner, frame = frame_of(context, first, f"{node.name}()")
    return Value(owner.method("info"), frame, silent=True)


VERBS = verbs(
    {
        _filter: "filter",
        _subset: "subset",
        _select: "select",
        mutate: "transform",
        _within: "within",
        _with: "with",
        _head: "head tail",
        _size: "nrow ncol dim names colnames",
        _structure: "str glimpse",
    }
)
