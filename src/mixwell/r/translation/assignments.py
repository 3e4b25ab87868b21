"""Assignments to parts: `d$x <- ...`, `levels(d$x) <- ...`, `contrasts(d$x) <- ...`."""

from collections.abc import Iterator
from dataclasses import replace

from mixwell.r.language import nodes as r
from mixwell.r.translation.data.factors import as_held, literal_items, renamed
from mixwell.r.translation.data.indexing import column_of, numeric
from mixwell.r.translation.model.contrast_codings import coding
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.python.statement_lines import Part
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, shown
from mixwell.r.translation.scope.r_values import (
    Column,
    Frame,
    Series,
    Unknown,
    Value,
    Vector,
    as_column,
)


def replacement(context: Context, target: r.Node, value: r.Node) -> Iterator[Part]:
    """Translate an assignment whose target is no plain name."""
    match target:
        case r.Member(object=r.Symbol(name=owner), name=column, op="$"):
            yield from _column(context, owner, column, value)
        case r.Index(object=r.Call() as inner, args=args, double=False) if inner.name == "levels":
            yield from _one_level(context, inner, args, value)
        case r.Index(object=r.Call() as inner, args=args, double=False) if (
            _CALLS.get(inner.name) is _names
        ):
            yield from _one_name(context, inner, args, value)
        case r.Index(object=r.Symbol(name=owner), args=args) if (
            args and isinstance(args[-1].value, r.Text) and all(a.value is None for a in args[:-1])
        ):
            yield from _column(context, owner, args[-1].value.value, value)
        case r.Index():
            yield from _cells(context, target, value)
        case r.Call() if target.name in _CALLS and target.args and target.args[0].value is not None:
            yield from _CALLS[target.name](context, target.args[0].value, value)
        case _:
            raise NotTranslatedError(f"An assignment to {shown(target)} has no counterpart.")


def _frame(context: Context, name: str) -> tuple[Value, Frame]:
    owner = context.frame(r.Symbol(name))
    if isinstance(owner.thing, Frame):
        return owner, owner.thing
    if isinstance(owner.thing, Unknown):
        return owner, Frame()
    raise NotTranslatedError(f"{name} is no data frame here.")


def _keep(context: Context, name: str, frame: Frame) -> None:
    known = context.environment.variables.get(name)
    if known is not None:
        context.environment.variables[name] = replace(known, thing=frame)


def _column(context: Context, name: str, column: str, node: r.Node) -> Iterator[Part]:
    owner, frame = _frame(context, name)
    if r.is_null(node):
        yield Part(owner.code.method("drop", columns=column), f"{owner.code.text} = ")
        kept = {key: known for key, known in frame.columns.items() if key != column}
        _keep(context, name, replace(frame, columns=kept))
        return
    found = numeric(context.value(node), node)
    if isinstance(found.thing, Frame):
        raise NotTranslatedError("A data frame is put into a column.")
    yield Part(found.code, f"{owner.code.subscript(column).text} = ")
    _keep(context, name, frame.with_column(column, as_column(found)))


def _cells(context: Context, target: r.Index, node: r.Node) -> Iterator[Part]:
    """Translate `d$x[rows] <- v` and `d[rows, "x"] <- v` as `d.loc[rows, "x"] = v`."""
    match target:
        case r.Index(
            object=r.Member(object=r.Symbol(name=name), name=column, op="$"), args=args
        ) if len(args) == 1 and args[0].value is not None:
            rows = args[0].value
        case r.Index(object=r.Symbol(name=name), args=args) if (
            len(args) == 2 and args[0].value is not None and isinstance(args[1].value, r.Text)
        ):
            rows, column = args[0].value, args[1].value.value
        case _:
            raise NotTranslatedError(f"An assignment to {shown(target)} has no counterpart.")
    owner, _ = _frame(context, name)
    chosen = context.value(rows)
    if not isinstance(chosen.thing, Series):
        raise NotTranslatedError(f"{shown(target)}: the rows are no condition.")
    place = owner.code.attribute("loc").subscript(chosen.code, column)
    yield Part(numeric(context.value(node), node).code, f"{place.text} = ")


def _owner_of(context: Context, node: r.Node) -> tuple[str, str, Value]:
    """Return the frame's name, the column and its value, of `d$x` or `d[["x"]]`."""
    match node:
        case r.Member(object=r.Symbol(name=name), name=column, op="$"):
            pass
        case r.Index(object=r.Symbol(name=name), args=args, double=True) if len(
            args
        ) == 1 and isinstance(args[0].value, r.Text):
            column = args[0].value.value
        case _:
            raise NotTranslatedError(f"{shown(node)} is no column of a data frame.")
    owner, _ = _frame(context, name)
    return name, column, column_of(context, owner, column)


def _levels(context: Context, target: r.Node, node: r.Node) -> Iterator[Part]:
    name, column, owner = _owner_of(context, target)
    labels = context.texts(node, "The levels")
    code = renamed(py.call("pd.Categorical", owner.code), labels)
    yield Part(code, f"{owner.code.text} = ")
    _, frame = _frame(context, name)
    kind = "ordered" if frame.kind(column) == "ordered" else "factor"
    _keep(context, name, frame.with_column(column, Column(kind, labels, "texts")))


def _one_level(
    context: Context, target: r.Call, args: tuple[r.Argument, ...], node: r.Node
) -> Iterator[Part]:
    """Translate `levels(d$x)[2] <- "b"` and `levels(d$x)[levels(d$x) == "a"] <- "b"`."""
    inner = target.first
    key = args[0].value if len(args) == 1 else None
    if inner is None or key is None:
        raise NotTranslatedError(f"An assignment to {shown(target)}[...] has no counterpart.")
    name, column, owner = _owner_of(context, inner)
    _, frame = _frame(context, name)
    (new,) = context.texts(node, "The level")[:1] or ("",)
    column_ = frame.columns.get(column, Column())
    levels, place = column_.levels, context.whole(key)
    if isinstance(key, r.Binary) and key.op == "==" and key.left == target:
        old = context.text(key.right, "The level")
    elif levels is not None and place is not None and 0 < place <= len(levels):
        old = levels[place - 1]
    else:
        raise NotTranslatedError(f"Which level {shown(key)} is cannot be told.")
    names = py.dictionary([(as_held(old, column_), new)])
    code = py.call("pd.Categorical", owner.code).method("rename_categories", names)
    yield Part(code, f"{owner.code.text} = ")
    kind = "ordered" if frame.kind(column) == "ordered" else "factor"
    now = None if levels is None else tuple(new if one == old else one for one in levels)
    _keep(context, name, frame.with_column(column, Column(kind, now, column_.held)))


def _contrasts(context: Context, target: r.Node, node: r.Node) -> Iterator[Part]:
    name, column, owner = _owner_of(context, target)
    _, frame = _frame(context, name)
    made: Code = coding(context, node)
    _keep(context, name, frame.with_coding(column, made))
    said = f"The coding of {owner.code.text} is given to each model below: "
    yield Part(py.raw(f'{said}contrasts={{"{column}": {made.text}}}.'), style="comment")


def _names(context: Context, target: r.Node, node: r.Node) -> Iterator[Part]:
    if not isinstance(target, r.Symbol):
        raise NotTranslatedError(f"The names of {shown(target)} have no counterpart.")
    owner, frame = _frame(context, target.name)
    if isinstance(node, r.Call) and node.name in _CASES and _are_names_of(node, target):
        lower = node.name == "tolower"
        change = owner.code.attribute("columns").attribute("str").text
        yield Part(py.raw(f"{change}.{_CASES[node.name]}()"), f"{owner.code.text}.columns = ")
        renamed_ = {
            (name.lower() if lower else name.upper()): column
            for name, column in frame.columns.items()
        }
        _keep(context, target.name, replace(frame, columns=renamed_))
        return
    found = context.literal(node)
    if found is None or not isinstance(found, Vector):
        raise NotTranslatedError("The names are computed.")
    names = [str(value) for value in found.values]
    kinds = list(frame.columns.values()) if frame.whole else []
    known = dict(zip(names, kinds, strict=False)) if len(kinds) == len(names) else {}
    yield Part(py.listing(literal_items(found)), f"{owner.code.text}.columns = ")
    _keep(context, target.name, Frame(known, {}, frame.source, bool(known)))


def _are_names_of(node: r.Call, target: r.Symbol) -> bool:
    """Return whether a call is one of names(target)."""
    inner = node.args[0].value if len(node.args) == 1 else None
    return (
        isinstance(inner, r.Call)
        and inner.name in ("names", "colnames")
        and [each.value for each in inner.args] == [target]
    )


def _one_name(
    context: Context, target: r.Call, args: tuple[r.Argument, ...], node: r.Node
) -> Iterator[Part]:
    """Translate `names(d)[2] <- "x"` and `names(d)[names(d) == "a"] <- "x"`."""
    inner = target.first
    key = args[0].value if len(args) == 1 else None
    if not isinstance(inner, r.Symbol) or key is None:
        raise NotTranslatedError(f"An assignment to {shown(target)}[...] has no counterpart.")
    owner, frame = _frame(context, inner.name)
    new, place = context.text(node, "The name"), context.whole(key)
    if isinstance(key, r.Binary) and key.op == "==" and key.left == target:
        old = context.text(key.right, "The name")
        key_code = py.text(old)
    elif place is not None and place > 0:
        old = list(frame.columns)[place - 1] if frame.whole and place <= len(frame.columns) else ""
        columns = owner.code.attribute("columns")
        key_code = py.text(old) if old else columns.subscript(place - 1)
    else:
        raise NotTranslatedError(f"Which column {shown(key)} is cannot be told.")
    code = owner.code.method("rename", columns=py.dictionary([(key_code, new)]))
    yield Part(code, f"{owner.code.text} = ")
    known = {new if name == old else name: kind for name, kind in frame.columns.items()}
    _keep(context, inner.name, replace(frame, columns=known))


_CASES = {"tolower": "lower", "toupper": "upper"}
_CALLS = {
    "levels": _levels,
    "contrasts": _contrasts,
    "names": _names,
    "colnames": _names,
}
