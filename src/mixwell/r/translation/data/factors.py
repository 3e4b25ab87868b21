"""Columns: factor, relevel, levels, as.numeric, cut and others, as pandas has them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import (
    Column,
    Plain,
    Series,
    Unknown,
    Value,
    Vector,
    computed,
    level_at,
    level_text,
)
from mixwell.r.translation.scope.verb_tables import verbs


def _series(context: Context, node: r.Node | None, what: str) -> Value:
    found = context.value(present(node, f"{what} of nothing."))
    if isinstance(found.thing, Series | Unknown | Vector | Plain):
        return found
    raise NotTranslatedError(f"{what} of {shown(node)} has no counterpart.")


def _column(value: Value) -> Column:
    return value.thing.column if isinstance(value.thing, Series) else Column()


def _factor(context: Context, node: r.Call) -> Value:
    """Translate `factor(x, levels=, labels=, ordered=)` as pd.Categorical."""
    matched = match(node)
    owner = _series(context, matched.get("x"), node.name)
    was = _column(owner).kind == "ordered"
    ordered = context.flag(matched, "ordered", was or node.name in ("ordered", "as.ordered"))
    chosen: Code | None = None
    levels: tuple[str, ...] | None = None
    held = _held(_column(owner))
    if matched.has("levels"):
        chosen, found = context.code(matched["levels"]), context.literal(matched["levels"])
        if found is not None:
            levels = tuple(map(level_text, found.values))
            held = held or ("numbers" if all(map(_is_number, levels)) else "texts")
            chosen = py.listing(held_all(found.values, _column(owner)))
    args = [owner.code] if chosen is None else [owner.code, chosen]
    # without levels pandas keeps the order that there is, as R does
    said = ordered != was or (ordered and chosen is not None) or "ordered" in matched
    code = py.call("pd.Categorical", *args, ordered=py.raw(str(ordered)) if said else None)
    if matched.has("labels"):
        levels, held = context.texts(matched["labels"], "The labels"), "texts"
        code = renamed(code, levels)
    kind = "ordered" if ordered else "factor"
    return Value(code, computed(kind, levels, held))


def as_held(value: float | int | str | bool, column: Column) -> Code:
    """Return a level as pandas holds it: levels that look like numbers were read as numbers.

    >>> as_held("2", Column("factor")).text, as_held("2", Column("text")).text
    ('2', '"2"')
    """
    written = value if isinstance(value, str) else level_text(value)
    if _held(column) != "texts" and _is_number(written):
        return py.number(float(written))
    if isinstance(value, bool) and _held(column) != "texts":
        return py.raw(str(value))
    return py.text(written)


def held_all(values: Sequence[float | int | str | bool], column: Column) -> list[Code]:
    """Return levels as pandas holds them: numbers where all of them look like numbers."""
    texts = any(isinstance(v, str) and not _is_number(v) for v in values)
    known = replace(column, held="texts") if texts and not _held(column) else column
    return [as_held(value, known) for value in values]


def _held(column: Column) -> str:
    return {"number": "numbers", "text": "texts"}.get(column.kind, column.held)


def _is_number(value: str) -> bool:
    """Return whether a text is a number as R writes it, so 2 and 0.5 but not 007."""
    try:
        return level_text(float(value)) == value and value == value.strip()
    except (ValueError, OverflowError):
        return False


def same_level(owner: Value, op: str, value: float | int | str | bool) -> Code:
    """Return the comparison of a column with one level.

    Where it is not known whether pandas holds numbers or texts, both are compared as text.
    """
    column = _column(owner)
    unsure = not _held(column) and column.kind in ("", "factor", "ordered")
    if unsure and isinstance(value, str) and _is_number(value) and op in ("==", "!="):
        return py.infix(op, owner.code.method("astype", py.raw("str")), py.text(value))
    return py.infix(op, owner.code, as_held(value, column))


def renamed(categorical: Code, labels: tuple[str, ...]) -> Code:
    """Return a Categorical with its levels renamed."""
    return categorical.method("rename_categories", list(labels))


def categories(owner: Value) -> Code:
    """Return the levels of a column."""
    column = _column(owner)
    if column.levels is not None:
        return py.listing([as_held(level, column) for level in column.levels])
    return py.call("pd.Categorical", owner.code).attribute("categories")


def relevel(context: Context, node: r.Call) -> Value:
    """Translate `relevel(x, ref = "b")` as a Categorical whose first level is `ref`."""
    matched = match(node)
    owner = _series(context, matched.get("x"), "relevel()")
    ref = present(matched.get("ref"), "relevel() names no level.")
    column = _column(owner)
    base = level_at(context.whole(ref), column.levels)
    base = context.text(ref, "The level") if base is None else base
    if column.levels is not None:
        if base not in column.levels:
            raise NotTranslatedError(f"There is no level {base}.")
        levels = (base, *(level for level in column.levels if level != base))
        order = py.listing([as_held(level, column) for level in levels])
        made = computed("factor", levels, _held(column))
        return Value(py.call("pd.Categorical", owner.code, order), made)
    inner = owner.code
    if inner.opening == "pd.Categorical(" and len(inner.items) == 1:
        inner = inner.items[0]
    known = py.call("pd.Categorical", inner).text
    first = as_held(base, column).text
    order = py.raw(f"[{first}, *{known}.categories.drop({first})]")
    code = py.call("pd.Categorical", inner, order)
    return Value(code, computed("factor", None, _held(column)))


def _levels(context: Context, node: r.Call) -> Value:
    owner = _series(context, node.first, "levels()")
    column = _column(owner)
    if node.name == "nlevels":
        return Value(py.call("len", categories(owner)), Plain("number"))
    thing = Plain("texts") if column.levels is None else Vector(column.levels)
    return Value(categories(owner), thing)


def _categorical(code: Code) -> Code:
    return code if code.opening == "pd.Categorical(" else py.call("pd.Categorical", code)


def _as_number(context: Context, node: r.Call) -> Value:
    inner = node.first
    through_text = isinstance(inner, r.Call) and inner.name == "as.character"
    owner = _series(context, inner, node.name)
    if isinstance(owner.thing, Vector | Plain):
        return Value(py.call("float", owner.code), Plain("number"))
    kind = _column(owner).kind
    if through_text:
        return Value(owner.code.method("astype", py.raw("float")), computed("number"))
    if kind == "number" and node.name != "as.integer":
        return owner
    if kind in ("factor", "ordered"):
        place = py.raw(f"{_categorical(owner.code).attribute('codes').text} + 1", 5)
        missing = py.call("pd.isna", owner.code)  # pandas gives missing levels the code -1
        made = py.call("np.where", missing, py.raw("np.nan"), place)
        return Value(made, computed("number"))
    word = "int" if node.name == "as.integer" else "float"
    if kind in ("", "text"):
        said = f"of a factor R's {node.name}() gives the positions of levels"
        context.note("as.numeric", f"{said}; here the values are read as numbers.")
    return Value(owner.code.method("astype", py.raw(word)), computed("number"))


def _as_text_column(context: Context, node: r.Call) -> Value:
    owner = _series(context, node.first, node.name)
    if isinstance(owner.thing, Vector | Plain):
        return Value(py.call("str", owner.code), Plain("text"))
    return Value(owner.code.method("astype", py.raw("str")), computed("text"))


def _cut(context: Context, node: r.Call) -> Value:
    matched = match(node)
    owner = _series(context, matched.get("x"), "cut()")
    breaks = present(matched.get("breaks"), "cut() has no breaks.")
    ordered = context.flag(matched, "ordered_result", False)
    right = context.flag(matched, "right", True)
    lowest = context.flag(matched, "include.lowest", False)
    labels: Code | None = None
    if matched.has("labels"):
        given = context.literal(matched["labels"])
        labels = context.code(matched["labels"]) if given is None else py.listing(given.values)
    else:
        plain = right and not lowest and "dig.lab" not in matched
        given = _intervals(context.literal(breaks)) if plain else None
        if given is not None:
            labels = py.listing(given.values)
    if given is not None and given.values == (False,):
        labels = py.raw("False")
    numbers = labels is not None and labels.text == "False"  # of the intervals, from 0
    code = py.call(
        "pd.cut",
        owner.code,
        context.code(breaks),
        labels=labels,
        right=None if right else False,
        include_lowest=True if lowest else None,
        ordered=False if labels is not None and not numbers and not ordered else None,
    )
    if numbers:
        return Value(py.infix("+", code, py.number(1)), computed("number"))
    if labels is None and not ordered:  # pandas orders intervals without labels
        code = py.call("pd.Categorical", code, ordered=False)
    levels = None if given is None else tuple(map(str, given.values))
    kind = "ordered" if ordered else "factor"
    return Value(code, computed(kind, levels, "texts" if levels else ""))


def _intervals(breaks: Vector | None) -> Vector | None:
    """Return R's labels "(0,35]" of intervals between literal breaks of up to three digits."""
    values = () if breaks is None else breaks.values
    if len(values) < 2 or any(isinstance(value, str) for value in values):
        return None
    numbers = sorted(map(float, values))
    ends = [f"{value:.3g}".replace("inf", "Inf") for value in numbers]
    if any(float(end) != value for end, value in zip(ends, numbers, strict=True)):
        return None
    return Vector(tuple(f"({low},{high}]" for low, high in pairwise(ends)))


def _with_unused(context: Context, node: r.Call) -> Value:
    """Translate droplevels(): mixwell drops unused levels itself."""
    return context.value(present(node.first, "droplevels() of nothing."))


def _interaction(context: Context, node: r.Call) -> Value:
    """Translate `interaction()` as joined texts, their levels in R's order: the first fastest."""
    sep = "."
    parts: list[Code] = []
    for each in node.args:
        if each.name == "sep" and each.value is not None:
            sep = context.text(each.value, "sep")
        elif each.name is None and each.value is not None:
            owner = _series(context, each.value, node.name)
            if not isinstance(owner.thing, Series | Unknown):
                raise NotTranslatedError.of(node)
            parts.append(owner.code)
    if len(parts) < 2:
        raise NotTranslatedError.of(node)
    names = "abcdefghijkl"[: len(parts)]
    between = f" + {py.text(sep).text} + "
    joined = between.join(part.method("astype", py.raw("str")).text for part in parts)
    loops = [
        f"for {name} in {py.call('pd.Categorical', part).attribute('categories').text}"
        for name, part in zip(names, parts, strict=True)
    ]
    levels = f"[{between.join(f'str({name})' for name in names)} {' '.join(loops[::-1])}]"
    return Value(py.call("pd.Categorical", py.raw(joined, 5), py.raw(levels)), computed("factor"))


VERBS = verbs(
    {
        _factor: "factor as.factor ordered as.ordered as_factor",
        relevel: "relevel",
        _levels: "levels nlevels",
        _as_number: "as.numeric as.integer as.double",
        _as_text_column: "as.character",
        _cut: "cut",
        _with_unused: "droplevels",
        _interaction: "interaction",
    }
)
