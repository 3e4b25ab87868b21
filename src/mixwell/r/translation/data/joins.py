"""Putting tables together and choosing values: merge, rbind, case_when, fct_relevel."""

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.data.data_frames import frame_of
from mixwell.r.translation.data.factors import relevel
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, shown
from mixwell.r.translation.scope.r_values import Column, Frame, Value, as_column, computed
from mixwell.r.translation.scope.verb_tables import verbs

_HOW = {"left_join": "left", "right_join": "right", "full_join": "outer"}


def _join(context: Context, node: r.Call) -> Value:
    """Translate `merge(a, b, by = "id")` and dplyr's joins as `a.merge(b, on="id")`."""
    matched = match(node)
    if not {"x", "y"} <= set(matched):
        raise NotTranslatedError(f"{node.name}() takes two tables.")
    if any(each.name not in ("sort", "suffix") for each in matched.rest):
        raise NotTranslatedError(f"{shown(node)}: pd.merge() has these choices under other names.")
    (first, one), (second, two) = (
        frame_of(context, matched[name], f"{node.name}()") for name in ("x", "y")
    )
    by = matched["by"] if matched.has("by") else None
    keys = None if by is None else py.one_or_list(context.texts(by, "The keys"))
    code = first.method("merge", second, on=keys, how=_HOW.get(node.name))
    columns = {**two.columns, **one.columns}
    return Value(code, Frame(columns, one.codings, one.source, one.whole and two.whole))


def _stack(context: Context, node: r.Call) -> Value:
    """Translate `rbind(a, b)` of tables as pd.concat."""
    given = node.unnamed
    if len(given) < 2 or len(given) < len(node.args):
        raise NotTranslatedError.of(node)
    frames = [frame_of(context, each, f"{node.name}()") for each in given]
    codes = py.listing([code for code, _ in frames])
    first = frames[0][1]
    kinds = {name: Column(column.kind) for name, column in first.columns.items()}
    code = py.call("pd.concat", codes, ignore_index=True)
    return Value(code, Frame(kinds, {}, first.source, first.whole))


def _cases(context: Context, node: r.Call) -> Value:
    """Translate `case_when(x > 1 ~ "a", TRUE ~ "b")` as np.select."""
    conditions, choices, default = [], [], None
    for each in node.args:
        if each.name == ".default" and each.value is not None:
            default = context.value(each.value)
            continue
        if not isinstance(each.value, r.Binary) or each.value.op != "~":
            raise NotTranslatedError.of(node)
        left, right = each.value.left, context.value(each.value.right)
        if r.truth(left):
            default = right
            break
        conditions.append(context.code(left))
        choices.append(right)
    if not conditions:
        raise NotTranslatedError.of(node)
    kind = as_column(choices[0]).kind
    otherwise = default.code if default else py.raw("None" if kind == "text" else "np.nan")
    codes = py.listing([choice.code for choice in choices])
    code = py.call("np.select", conditions, codes, default=otherwise)
    return Value(code, computed(kind))


def _first_level(context: Context, node: r.Call) -> Value:
    """Translate `fct_relevel(f, "b")` as relevel."""
    if len(node.args) != 2 or any(each.name for each in node.args):
        raise NotTranslatedError(f"{shown(node)}: give pd.Categorical() the levels in order.")
    return relevel(context, r.Call(r.Symbol("relevel"), node.args, span=node.span))


VERBS = verbs(
    {
        _join: "merge left_join inner_join right_join full_join",
        _stack: "rbind bind_rows",
        _cases: "case_when",
        _first_level: "fct_relevel",
    }
)
