"""Assignments to parts: `d$x <- ...`, `levels(d$x) <- ...`, `contrasts(d$x) <- ...`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mixwell.r.language import nodes as r
from mixwell.r.translation.data.factors import as_held, renamed
from mixwell.r.translation.data.indexing import column_of, numeric
from mixwell.r.translation.model.contrast_codings import coding
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.python.statement_lines import PythonLine, remark
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import Column, Frame, Series, Value, as_column, level_at
from mixwell.text.names import quoted


def replacement(context: Context, target: r.Node, value: r.Node) -> Iterator[PythonLine]:
    """Translate an assignment whose target is no plain name."""
    match target:
        case r.Member(object=r.Symbol(name=owner), name=column, op="$"):
            yield from _column(context, owner, column, value)
        case r.Index(object=r.Call() as inner, args=args, double=False) if inner.name in _ONE:
            yield from _ONE[inner.name](context, inner, args, value)
        case r.Index(object=r.Symbol(name=owner), args=args) if (
            args and isinstance(args[-1].value, r.Text) and all(a.value is None for a in args[:-1])
        ):
            yield from _column(context, owner, args[-1].value.value, value)
        case r.Index():
            yield from _cells(context, target, value)
        case r.Call(first=r.Node() as inner) if target.name in _CALLS:
            yield from _CALLS[target.name](context, inner, value)
        case _:
            raise NotTranslatedError(f"An assignment to {shown(target)} has no counterpart.")


def _frame(context: Context, name: str) -> tuple[Value, Frame]:
    return present(context.data_frame(r.Symbol(name)), f"{name} is no data frame here.")


def _keep(context: Context, name: str, frame: Frame) -> None:
    known = context.environment.variables.get(name)
    if known is not None:
        context.environment.variables[name] = replace(known, thing=frame)


def _column(context: Context, name: str, column: str, node: r.Node) -> Iterator[PythonLine]:
    owner, frame = _frame(context, name)
    if r.is_null(node):
        yield PythonLine(owner.code.method("drop", columns=column), f"{owner.code.text} = ")
        _keep(context, name, frame.dropping((column,)))
        return
    found = numeric(context.value(node), node)
    if isinstance(found.thing, Frame):
        raise NotTranslatedError("A data frame is put into a column.")
    yield PythonLine(found.code, f"{owner.code.subscript(column).text} = ")
    _keep(context, name, frame.with_column(column, as_column(found)))


def _cells(context: Context, target: r.Index, node: r.Node) -> Iterator[PythonLine]:
    """Translate `d$x[rows] <- v` and `d[rows, "x"] <- v` as `d.loc[rows, "x"] = v`."""
    match target:
        case r.Index(r.Member(r.Symbol(name), column, "$"), (r.Argument(value=r.Node() as rows),)):
            pass
        case r.Index(
            r.Symbol(name), (r.Argument(value=r.Node() as rows), r.Argument(value=r.Text(column)))
        ):
            pass
        case _:
            raise NotTranslatedError(f"An assignment to {shown(target)} has no counterpart.")
    owner, _ = _frame(context, name)
    chosen = context.value(rows)
    if not isinstance(chosen.thing, Series):
        raise NotTranslatedError(f"{shown(target)}: the rows are no condition.")
    place = owner.code.attribute("loc").subscript(chosen.code, column)
    yield PythonLine(numeric(context.value(node), node).code, f"{place.text} = ")


@dataclass(frozen=True, slots=True)
class _ColumnOfFrame:
    """A column that is changed in place: its frame's name in R, and what is known of both."""

    name: str
    column: str
    owner: Value
    frame: Frame

    @property
    def categorical(self) -> Code:
        """The column as pandas' Categorical."""
        return py.call("pd.Categorical", self.owner.code)

    def changed(self, code: Code) -> PythonLine:
        """Return the line that writes the column anew."""
        return PythonLine(code, f"{self.owner.code.text} = ")

    def with_levels(self, levels: tuple[str, ...] | None, held: str) -> Frame:
        """Return the frame with other levels of the column."""
        kind = "ordered" if self.frame.kind(self.column) == "ordered" else "factor"
        return self.frame.with_column(self.column, Column(kind, levels, held))


def _target(context: Context, node: r.Node) -> _ColumnOfFrame:
    """Return the column that `d$x` or `d[["x"]]` means."""
    match node:
        case r.Member(r.Symbol(name), column, "$"):
            pass
        case r.Index(r.Symbol(name), (r.Argument(value=r.Text(column)),), True):
            pass
        case _:
            raise NotTranslatedError(f"{shown(node)} is no column of a data frame.")
    owner, frame = _frame(context, name)
    return _ColumnOfFrame(name, column, column_of(context, owner, column), frame)


def _levels(context: Context, target: r.Node, node: r.Node) -> Iterator[PythonLine]:
    found = _target(context, target)
    labels = context.texts(node, "The levels")
    yield found.changed(renamed(found.categorical, labels))
    _keep(context, found.name, found.with_levels(labels, "texts"))


def _one_level(
    context: Context, target: r.Call, args: tuple[r.Argument, ...], node: r.Node
) -> Iterator[PythonLine]:
    """Translate `levels(d$x)[2] <- "b"` and `levels(d$x)[levels(d$x) == "a"] <- "b"`."""
    inner = target.first
    key = args[0].value if len(args) == 1 else None
    if inner is None or key is None:
        raise NotTranslatedError(f"An assignment to {shown(target)}[...] has no counterpart.")
    found = _target(context, inner)
    (new,) = context.texts(node, "The level")[:1] or ("",)
    known = found.frame.column(found.column)
    levels = known.levels
    old = _meant(context, target, key, levels or (), "level")
    old = present(old, f"Which level {shown(key)} means is not known.")
    names = py.dictionary([(as_held(old, known), new)])
    yield found.changed(found.categorical.method("rename_categories", names))
    now = None if levels is None else tuple(new if one == old else one for one in levels)
    _keep(context, found.name, found.with_levels(now, known.held))


def _contrasts(context: Context, target: r.Node, node: r.Node) -> Iterator[PythonLine]:
    found = _target(context, target)
    made = coding(context, node)
    _keep(context, found.name, found.frame.with_coding(found.column, made))
    said = f"The coding of {found.owner.code.text} is given to each model below: "
    yield remark(f"{said}contrasts={{{quoted(found.column)}: {made.text}}}.")


def _names(context: Context, target: r.Node, node: r.Node) -> Iterator[PythonLine]:
    if not isinstance(target, r.Symbol):
        raise NotTranslatedError(f"The names of {shown(target)} have no counterpart.")
    owner, frame = _frame(context, target.name)
    if isinstance(node, r.Call) and node.name in _CASES and _are_names_of(node, target):
        word, change = _CASES[node.name]
        code = owner.code.attribute("columns").attribute("str").method(word)
        yield PythonLine(code, f"{owner.code.text}.columns = ")
        columns = {change(name): column for name, column in frame.columns.items()}
        _keep(context, target.name, replace(frame, columns=columns))
        return
    found = present(context.literal(node), "The names are computed.")
    names = [str(value) for value in found.values]
    kinds = list(frame.columns.values()) if frame.whole else []
    known = dict(zip(names, kinds, strict=False)) if len(kinds) == len(names) else {}
    yield PythonLine(py.listing(found.values), f"{owner.code.text}.columns = ")
    _keep(context, target.name, Frame(known, {}, frame.source, bool(known)))


def _are_names_of(node: r.Call, target: r.Symbol) -> bool:
    """Return whether a call is one of names(target)."""
    inner = node.first if len(node.args) == 1 else None
    if not isinstance(inner, r.Call) or inner.name not in ("names", "colnames"):
        return False
    return inner.values == [target]


def _one_name(
    context: Context, target: r.Call, args: tuple[r.Argument, ...], node: r.Node
) -> Iterator[PythonLine]:
    """Translate `names(d)[2] <- "x"` and `names(d)[names(d) == "a"] <- "x"`."""
    inner = target.first
    key = args[0].value if len(args) == 1 else None
    if not isinstance(inner, r.Symbol) or key is None:
        raise NotTranslatedError(f"An assignment to {shown(target)}[...] has no counterpart.")
    owner, frame = _frame(context, inner.name)
    new, place = context.text(node, "The name"), context.whole(key)
    old = _meant(context, target, key, list(frame.columns) if frame.whole else [], "name")
    if old is None and (place is None or place < 1):
        raise NotTranslatedError(f"Which column {shown(key)} means is not known.")
    columns = owner.code.attribute("columns")
    written = columns.subscript((place or 1) - 1) if old is None else py.text(old)
    code = owner.code.method("rename", columns=py.dictionary([(written, new)]))
    yield PythonLine(code, f"{owner.code.text} = ")
    _keep(context, inner.name, frame.renamed({old: new}))


def _meant(
    context: Context, target: r.Call, key: r.Node, names: Sequence[str], what: str
) -> str | None:
    """Return the name that `[levels(x) == "a"]` or a place from 1 means, where it is known."""
    if isinstance(key, r.Binary) and key.op == "==" and key.left == target:
        return context.text(key.right, f"The {what}")
    return level_at(context.whole(key), names)


_ONE = {"levels": _one_level, "names": _one_name, "colnames": _one_name}
_CASES = {"tolower": ("lower", str.lower), "toupper": ("upper", str.upper)}
_CALLS = {"levels": _levels, "contrasts": _contrasts, "names": _names, "colnames": _names}
