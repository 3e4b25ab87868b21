"""Making and reshaping tables: data.frame, expand.grid, arrange, rename, summarize."""

from dataclasses import replace

from mixwell.r.language import nodes as r
from mixwell.r.translation.data.data_frames import column_name, frame_first
from mixwell.r.translation.data.indexing import numeric, sorted_by
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import (
    Column,
    Contrasted,
    FittedModel,
    Frame,
    Means,
    Plain,
    Series,
    Table,
    Thing,
    Unknown,
    Value,
    Vector,
    as_column,
    computed,
    written_out,
)
from mixwell.r.translation.scope.verb_tables import verbs


def _data_frame(context: Context, node: r.Call) -> Value:
    pairs: list[tuple[str, Code]] = []
    columns: dict[str, Column] = {}
    several = False
    for each in node.args:
        if each.name in ("stringsAsFactors", "check.names", "row.names"):
            continue
        own = each.value.name if isinstance(each.value, r.Symbol | r.Member) else None
        name = each.name or own
        if name is None or each.value is None:
            raise NotTranslatedError("A column of the data frame has no name.")
        found = context.value(each.value)
        if isinstance(found.thing, Contrasted):
            found = numeric(found, each.value)
        if isinstance(found.thing, Frame | Table):
            raise NotTranslatedError("Data frames are put together: pd.concat() does it.")
        pairs.append((name, found.code))
        columns[name] = as_column(found)
        several = several or not isinstance(found.thing, Vector | Plain) or found.thing.several
    if not several:  # pandas wants a row where all columns are single values
        pairs = [(name, py.listing([code])) for name, code in pairs]
    return Value(py.call("pd.DataFrame", py.dictionary(pairs)), Frame(columns, {}, "here", True))


def _expand_grid(context: Context, node: r.Call) -> Value:
    """Translate `expand.grid(a = ..., b = ...)`; its first column runs fastest."""
    columns = {
        name: context.value(value)
        for name, value in node.named.items()
        if name not in ("stringsAsFactors", "KEEP.OUT.ATTRS")
    }
    if not columns:
        raise NotTranslatedError(f"{node.name}() has no columns.")
    names = list(columns)
    order = names[::-1] if node.name == "expand.grid" else names
    values = [written_out(columns[name]) for name in order]
    made = py.call("pd.MultiIndex.from_product", values, names=order)
    made = made.method("to_frame", index=False)
    if order != names:
        made = made.subscript(names)
    kinds = {name: as_column(value) for name, value in columns.items()}
    return Value(made, Frame(kinds, {}, "here", True))


def _arrange(context: Context, node: r.Call) -> Value:
    owner, frame = frame_first(context, node)
    rising: dict[str, bool] = {}
    for each in node.values[1:]:
        falling = isinstance(each, r.Call) and each.name == "desc"
        inner = each.first if isinstance(each, r.Call) and falling else each
        rising[column_name(inner)] = not falling
    return Value(sorted_by(owner, rising), frame)


def _rename(context: Context, node: r.Call) -> Value:
    owner, frame = frame_first(context, node)
    if len(node.named) < len(node.values) - 1:
        raise NotTranslatedError("rename() gives no new name.")
    pairs = [(column_name(value), new) for new, value in node.named.items()]
    columns = dict(frame.columns)
    for old, new in pairs:
        columns[new] = columns.pop(old, Column())
    code = owner.method("rename", columns=py.dictionary(pairs))
    return Value(code, replace(frame, columns=columns))


def _complete(context: Context, node: r.Call) -> Value:
    owner, frame = frame_first(context, node)
    if node.name == "complete.cases":
        return Value(owner.method("notna").method("all", axis=1), computed("truth"))
    names = list(map(column_name, node.values[1:]))
    return Value(owner.method("dropna", subset=names or None), frame)


def same(context: Context, node: r.Call) -> Value:
    """Translate as.data.frame(), as_tibble(), ungroup() and others: the thing itself."""
    found = context.value(context.first(node))
    thing: Thing = found.thing
    if isinstance(thing, Frame | Unknown | Table):
        return found
    if isinstance(thing, FittedModel) and thing.bayesian:
        return Value(found.code.attribute("posterior"), Table("draws", thing))
    if not isinstance(thing, Series | Means | Contrasted):
        raise NotTranslatedError.of(node)
    return Value(found.code.method("to_frame"), Table("results"))


VERBS = verbs(
    {
        _data_frame: "data.frame tibble data_frame",
        _expand_grid: "expand.grid expand_grid crossing",
        _arrange: "arrange",
        _rename: "rename",
        _complete: "na.omit drop_na complete.cases",
        same: "ungroup tbl_df",
    }
)
