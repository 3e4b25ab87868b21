"""Making and reshaping tables: data.frame, expand.grid, arrange, rename, summarize."""

from mixwell.r.language import nodes as r
from mixwell.r.translation.data.data_frames import column_name, frame_of
from mixwell.r.translation.data.factors import literal_items
from mixwell.r.translation.data.indexing import numeric
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import (
    Column,
    Contrasted,
    Fitted,
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
)
from mixwell.r.translation.scope.verb_tables import verbs


def _data_frame(context: Context, node: r.Call) -> Value:
    pairs: list[tuple[Code, Code]] = []
    columns: dict[str, Column] = {}
    single = True
    for each in node.args:
        if each.name in ("stringsAsFactors", "check.names", "row.names"):
            continue
        name = each.name or (
            each.value.name if isinstance(each.value, r.Symbol | r.Member) else None
        )
        if name is None or each.value is None:
            raise NotTranslatedError("A column of the data frame has no name.")
        found = context.value(each.value)
        if isinstance(found.thing, Contrasted):
            found = numeric(found, each.value)
        if isinstance(found.thing, Frame | Table):
            raise NotTranslatedError("Data frames are put together: pd.concat() does it.")
        pairs.append((py.text(name), found.code))
        columns[name] = as_column(found)
        single = single and _is_single(found.thing)
    if single:  # pandas wants a row where all columns are single values
        pairs = [(name, py.listing([value])) for name, value in pairs]
    return Value(py.call("pd.DataFrame", py.dictionary(pairs)), Frame(columns, {}, "here", True))


def _is_single(thing: Thing) -> bool:
    if isinstance(thing, Vector):
        return len(thing.values) == 1
    return isinstance(thing, Plain) and thing.kind in ("number", "text", "truth")


def _expand_grid(context: Context, node: r.Call) -> Value:
    """Translate `expand.grid(a = ..., b = ...)`; its first column runs fastest."""
    named = [
        (each.name, context.value(each.value))
        for each in node.args
        if each.name not in (None, "stringsAsFactors", "KEEP.OUT.ATTRS") and each.value is not None
    ]
    if not named:
        raise NotTranslatedError(f"{node.name}() has no columns.")
    names = [str(name) for name, _ in named]
    order = named[::-1] if node.name == "expand.grid" else named
    values = py.listing([_iterable(value) for _, value in order])
    labels = py.listing([str(name) for name, _ in order])
    made = py.call("pd.MultiIndex.from_product", values, names=labels)
    made = made.method("to_frame", index=False)
    if len(names) > 1 and node.name == "expand.grid":
        made = made.subscript(list(names))
    columns = {str(name): as_column(value) for name, value in named}
    return Value(made, Frame(columns, {}, "here", True))


def _iterable(value: Value) -> Code:
    if isinstance(value.thing, Vector):
        return py.listing(literal_items(value.thing))
    return value.code


def _arrange(context: Context, node: r.Call) -> Value:
    given = node.values
    owner, frame = frame_of(context, given[0] if given else None, "arrange()")
    names, rising = [], []
    for node_ in given[1:]:
        falling = isinstance(node_, r.Call) and node_.name == "desc"
        inner = node_.args[0].value if isinstance(node_, r.Call) and node_.args else node_
        names.append(column_name(inner if falling else node_))
        rising.append(not falling)
    by = py.listing(names) if len(names) > 1 else py.text(*names)
    order = None if all(rising) else py.listing([py.raw(str(up)) for up in rising])
    return Value(owner.method("sort_values", by, ascending=order), frame)


def _rename(context: Context, node: r.Call) -> Value:
    given = [each for each in node.args if each.value is not None]
    owner, frame = frame_of(context, given[0].value if given else None, "rename()")
    pairs = []
    columns = dict(frame.columns)
    for each in given[1:]:
        old = column_name(each.value)
        if each.name is None:
            raise NotTranslatedError("rename() gives no new name.")
        pairs.append((py.text(old), py.text(each.name)))
        columns[each.name] = columns.pop(old, Column())
    code = owner.method("rename", columns=py.dictionary(pairs))
    return Value(code, Frame(columns, frame.codings, frame.source, frame.whole))


def _complete(context: Context, node: r.Call) -> Value:
    given = node.values
    owner, frame = frame_of(context, given[0] if given else None, f"{node.name}()")
    if node.name == "complete.cases":
        code = owner.method("notna").method("all", axis=1)
        return Value(code, Series("", "", Column("truth")))
    names = [column_name(each) for each in given[1:]]
    only = py.listing(names) if names else None
    return Value(owner.method("dropna", subset=only), frame)


def same(context: Context, node: r.Call) -> Value:
    """Translate as.data.frame(), as_tibble(), ungroup() and the like: the thing itself."""
    if not node.args or node.args[0].value is None:
        raise NotTranslatedError(f"{node.name}() of nothing.")
    found = context.value(node.args[0].value)
    thing: Thing = found.thing
    if isinstance(thing, Frame | Unknown | Table):
        return found
    if isinstance(thing, Fitted) and thing.bayesian:
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
