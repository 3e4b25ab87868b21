"""Vectors and texts: c, list, seq, rep, paste."""

from collections.abc import Sequence

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, shown
from mixwell.r.translation.scope.r_values import (
    FittedModel,
    Frame,
    Means,
    Plain,
    Priors,
    Series,
    Table,
    Thing,
    Value,
    Vector,
    computed,
    level_text,
)
from mixwell.r.translation.scope.verb_tables import verbs


def _combine(context: Context, node: r.Call) -> Value:
    """Translate `c(...)`: literals become a list; priors are put together."""
    given = [each for each in node.args if each.value is not None]
    values = [context.value(each.value) for each in given if each.value is not None]
    if values and all(isinstance(value.thing, Priors) for value in values):
        items = tuple(i for v in values if isinstance(v.thing, Priors) for i in v.thing.items)
        return Value(py.listing([item.prior for item in items]), Priors(items))
    names = tuple(each.name or "" for each in given)
    if values and all(isinstance(value.thing, Vector) for value in values):
        flat = tuple(x for v in values if isinstance(v.thing, Vector) for x in v.thing.values)
        if any(isinstance(x, str) for x in flat):
            flat = tuple(map(level_text, flat))
        thing = Vector(flat, names if any(names) and len(flat) == len(names) else ())
        return Value(py.listing(flat), thing)
    if any(isinstance(v.thing, Series | Frame | FittedModel | Means | Table) for v in values):
        raise NotTranslatedError(f"{shown(node)} puts together more than literals.")
    kind = "numbers" if all(_is_number(v.thing) for v in values) else ""
    return Value(py.listing([value.code for value in values]), Plain(kind))


def _is_number(thing: Thing) -> bool:
    if isinstance(thing, Vector):
        return not thing.has_words
    return thing == Plain("number")


def _list(context: Context, node: r.Call) -> Value:
    """Translate `list(a = fit1, b = fit2)` as a dict, without names as a list."""
    given = [(each.name, context.code(each.value)) for each in node.args if each.value is not None]
    if given and all(name for name, _ in given):
        kind = "weights" if _are_weights(context, node) else "list"
        return Value(py.dictionary([(str(n), code) for n, code in given]), Plain(kind))
    return Value(py.listing([code for _, code in given]), Plain("list"))


def _are_weights(context: Context, node: r.Call) -> bool:
    """Return whether a list holds vectors of numbers alone, as contrast() takes them."""
    things = [context.value(each).thing for each in node.values]
    return all(isinstance(t, Vector) and len(t.values) > 1 and _is_number(t) for t in things)


def _seq(context: Context, node: r.Call) -> Value:
    matched = match(node)
    values = {name: context.value(inner) for name, inner in matched.items()}
    if not {"from", "to"} <= set(values):
        raise NotTranslatedError.of(node)
    first, last = values["from"].code, values["to"].code
    if "length.out" in values:
        code = py.call("np.linspace", first, last, values["length.out"].code)
        return Value(code, Plain("numbers"))
    given = [_one_number(values[name]) for name in ("from", "to", "by") if name in values]
    known = [float(number) for number in given if number is not None]
    made = _worked_out(known) if len(known) == len(given) else None
    if made is not None:
        return made
    step = values["by"].code if "by" in values else py.number(1)
    half = py.infix("+", last, py.infix("/", step, 2))
    return Value(py.call("np.arange", first, half, step), Plain("numbers"))


def _worked_out(ends: Sequence[float]) -> Value | None:
    """Return a short sequence as a list, a long one as an evenly spaced array."""
    first, last = ends[:2]
    step = ends[2] if len(ends) > 2 else (1.0 if last >= first else -1.0)
    if not step or not (abs(first) < 1e12 and abs(last) < 1e12) or (last - first) / step > 1e6:
        return None
    count = int((last - first) / step + 1e-10) + 1 if (last - first) / step >= 0 else 0
    values = tuple(round(first + k * step, 12) for k in range(min(count, 31)))
    if 0 < count <= 12:
        return Value(py.listing(values), Vector(values))
    if all(float(x).is_integer() for x in (first, step)):
        by = [step] if step != 1 else []
        return Value(py.call("np.arange", first, first + count * step, *by), Plain("numbers"))
    end = round(first + (count - 1) * step, 12)
    return Value(py.call("np.linspace", first, end, count), Plain("numbers"))


def _one_number(value: Value) -> float | None:
    thing = value.thing
    numbers = thing.numbers if isinstance(thing, Vector) and not thing.several else None
    return numbers[0] if numbers and numbers[0] == numbers[0] else None


def _counted(context: Context, node: r.Call) -> Value:
    inner = context.code(context.first(node))
    last = inner if node.name == "seq_len" else py.call("len", inner)
    return Value(py.call("np.arange", 1, py.infix("+", last, 1)), Plain("numbers"))


def _rep(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if "x" not in matched or "length.out" in matched:
        raise NotTranslatedError.of(node)
    made = context.value(matched["x"])
    code = made.code
    words = isinstance(made.thing, Vector) and isinstance(made.thing.values[0], str)
    if "each" in matched:
        code = py.call("np.repeat", code, context.code(matched["each"]))
    if "times" in matched:
        times = context.value(matched["times"])
        several = isinstance(times.thing, Vector) and len(times.thing.values) > 1
        code = py.call("np.repeat" if several else "np.tile", code, times.code)
    return Value(code, Plain("texts" if words else "numbers"))


def _paste(context: Context, node: r.Call) -> Value:
    """Translate `paste()` of literals and columns; of literals the text itself."""
    glue = {n: context.text(v, n) for n, v in node.named.items() if n in ("sep", "collapse")}
    sep = glue.get("sep", "" if node.name == "paste0" else " ")
    collapse = glue.get("collapse")
    parts = [context.value(e.value) for e in node.args if e.value and e.name not in glue]
    literals = [part.thing.values for part in parts if isinstance(part.thing, Vector)]
    if parts and len(literals) == len(parts):
        return _pasted(literals, sep, collapse)
    if collapse is not None or not parts:
        raise NotTranslatedError.of(node)
    pieces = []
    for part in parts:
        if isinstance(part.thing, Vector) and len(part.thing.values) == 1:
            pieces.append(py.text(level_text(part.thing.values[0])).text)
        elif isinstance(part.thing, Series):
            pieces.append(part.code.method("astype", py.raw("str")).text)
        else:
            pieces.append(py.call("str", part.code).text)
    between = f" + {py.text(sep).text} + " if sep else " + "
    columns = any(isinstance(part.thing, Series) for part in parts)
    return Value(py.raw(between.join(pieces), 5), computed("text") if columns else Plain("text"))


def _pasted(
    columns: Sequence[Sequence[float | int | str | bool]], sep: str, collapse: str | None
) -> Value:
    longest = max(map(len, columns))
    if any(not column for column in columns):
        raise NotTranslatedError("paste() of nothing.")
    rows = [[level_text(column[k % len(column)]) for column in columns] for k in range(longest)]
    made = tuple(map(sep.join, rows))
    if collapse is not None:
        made = (collapse.join(made),)
    return Value(py.one_or_list(made), Vector(made))


def _sprintf(context: Context, node: r.Call) -> Value:
    """Translate `sprintf("%s ~ x", "y")` of literals with %s and %d as the text itself."""
    given = [context.value(each).thing for each in node.values]
    texts = [thing.values[0] for thing in given if isinstance(thing, Vector) and thing.values]
    if not texts or len(texts) != len(given) or not isinstance(texts[0], str):
        raise NotTranslatedError(f"{shown(node)}: what it makes is computed.")
    first, *rest = texts[0].replace("%d", "%s").split("%s")
    if len(rest) != len(texts) - 1 or any("%" in piece for piece in (first, *rest)):
        raise NotTranslatedError(f"{shown(node)}: only %s and %d of literals are understood.")
    filled = zip(map(level_text, texts[1:]), rest, strict=True)
    made = first + "".join(value + piece for value, piece in filled)
    return Value(py.text(made), Vector((made,)))


VERBS = verbs(
    {
        _combine: "c",
        _list: "list",
        _seq: "seq seq.int",
        _counted: "seq_len seq_along",
        _rep: "rep",
        _paste: "paste paste0",
        _sprintf: "sprintf",
    }
)
