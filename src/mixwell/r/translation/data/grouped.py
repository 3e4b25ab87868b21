"""dplyr's group_by(): summarise() and mutate() within groups, as pandas' groupby has them."""

from collections.abc import Sequence

from mixwell.r.language import nodes as r
from mixwell.r.translation.data.arithmetic import SUMMARIES
from mixwell.r.translation.data.data_frames import column_name, frame_first, mutate
from mixwell.r.translation.model.model_formulas import transform
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import Column, Frame, Value, computed
from mixwell.r.translation.scope.verb_tables import verbs

_SUMMARIES = SUMMARIES | {"n": "size", "n_distinct": "nunique"}


def _summarize(context: Context, node: r.Call) -> Value:
    """Translate `summarise(group_by(d, g), m = mean(x))` as a grouped aggregation."""
    inner = node.first
    if not (isinstance(inner, r.Call) and inner.name == "group_by"):
        raise NotTranslatedError(f"{node.name}() without group_by() has no counterpart.")
    owner, frame = frame_first(context, inner)
    names = [column_name(each) for each in inner.values[1:]]
    for name in names:
        context.need_column(owner, frame, name)
    made = {e.name or "": e.value for e in node.args[1:] if e.value and e.name != ".groups"}
    cells = {name: py.raw(_aggregate(value, names)) for name, value in made.items()}
    if not names or not cells or not all(map(py.is_argument, cells)):
        raise NotTranslatedError.of(node)
    columns = {**dict.fromkeys(names, Column()), **dict.fromkeys(cells, Column("number"))}
    grouped = owner.method("groupby", py.one_or_list(names), as_index=False, observed=True)
    return Value(grouped.method("agg", **cells), Frame(columns, {}, "here", True))


def _aggregate(node: r.Node, names: Sequence[str]) -> str:
    if not isinstance(node, r.Call) or node.name not in _SUMMARIES:
        raise NotTranslatedError("That summary has no counterpart.")
    given = node.unnamed
    column = names[0] if node.name == "n" else column_name(given[0]) if given else ""
    return f"({py.text(column).text}, {py.text(_SUMMARIES[node.name]).text})"


_WITHIN = ".within"
#: Functions that treat each row by itself, so that groups make no difference to them.
_ROW_BY_ROW = frozenset(
    {"abs", "as.factor", "as.integer", "as.numeric", "exp", "factor", "if_else", "ifelse", "is.na"}
    | {"log", "log10", "log2", "round", "sqrt", "c", _WITHIN}
)


def _mutate(context: Context, node: r.Call) -> Value:
    """Translate mutate(); after group_by() summaries are those of each row's group."""
    inner = node.first
    if not (isinstance(inner, r.Call) and inner.name == "group_by"):
        return mutate(context, node)
    groups = [column_name(each.value) for each in inner.args[1:]]
    owner = inner.args[0] if inner.args else None
    if not groups or owner is None or any(each.name for each in inner.args):
        raise NotTranslatedError.of(inner)

    def within(part: r.Node) -> r.Node | None:
        if not (isinstance(part, r.Call) and part.name in _SUMMARIES):
            return None
        given = [each.value for each in part.args if each.name is None]
        column = groups[0] if part.name == "n" else column_name(given[0] if given else None)
        words = [r.Text(_SUMMARIES[part.name]), r.Symbol(column), *map(r.Text, groups)]
        return r.Call(
            r.Symbol(_WITHIN), tuple(r.Argument(None, word) for word in words), span=part.span
        )

    args = [owner]
    for each in node.args[1:]:
        made = None if each.value is None else transform(each.value, within)
        for part in () if made is None else r.walk(made):
            if isinstance(part, r.Call) and part.name not in _ROW_BY_ROW:
                raise NotTranslatedError(f"{part.name}() within groups is left to you: .groupby().")
        args.append(r.Argument(each.name, made, span=each.span))
    return mutate(context, r.Call(node.function, tuple(args), span=node.span))


def _within(context: Context, node: r.Call) -> Value:
    """Write a summary of each row's group: `d.groupby("g")["x"].transform("mean")`."""
    match [each.value for each in node.args]:
        case [r.Text(value=word), r.Symbol(name=column), *groups] if groups and context.masks:
            names = [py.text(each.value) for each in groups if isinstance(each, r.Text)]
        case _:  # a script's own function of this name
            raise NotTranslatedError.of(node)
    owner = context.masks[-1].code
    grouped = owner.method("groupby", py.one_or_list(names), observed=True)
    code = grouped.subscript(column).method("transform", word)
    return Value(code, computed("number"))


VERBS = verbs({_summarize: "summarise summarize", _mutate: "mutate", _within: _WITHIN})
