"""Columns of a lazy table by one typing, whichever engine holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from mixwell.text.names import same_letters

__all__ = ["KINDS", "Typed", "alike_names", "typed"]

#: What a column can be; others are refused where a formula reads them.
KINDS = ("number", "whole", "decimal", "truth", "text", "date")


@dataclass(frozen=True)
class Typed:
    """A frame whose columns have few types, what each of them is, and which cannot be read.

    `refused` has a sentence for each column that is not in the frame, `inner` the name within the
    frame of those that have another one there, `zones` the time zone of instants.
    """

    frame: nw.LazyFrame[Any]
    kinds: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    ordered: frozenset[str]
    refused: Mapping[str, str]
    inner: Mapping[str, str]
    zones: Mapping[str, str]


def typed(
    frame: nw.LazyFrame[Any],
    *,
    texts: frozenset[str] = frozenset(),
    levels: Mapping[str, tuple[str, ...]] | None = None,
    ordered: frozenset[str] = frozenset(),
    refused: Mapping[str, str] | None = None,
    same_case: bool = True,
    carried: bool = False,
    names: Mapping[str, str] | None = None,
) -> Typed:
    """Return a frame with our types: doubles that are null where missing, whole numbers, texts.

    A NaN is a missing value like a null. Whole numbers have 64 bits (unsigned ones of 64 bits stay
    so): who computes with them turns them into doubles first, so that nothing overflows. Decimals
    are doubles. `texts` are columns that are to be texts whatever narwhals makes of them, `levels`
    the order of levels that a type of the engine does not say. With `same_case` the engine takes
    names for one that differ in case alone. Columns that no formula reads stay in the frame where
    they are `carried`. `names` are those of columns that have others within
    the frame.
    """
    known = names or {}
    whys = {same_letters(name): why for name, why in (refused or {}).items()}
    schema = {
        given: (same_letters(known.get(given, given)), kind)
        for given, kind in frame.collect_schema().items()
        if same_letters(known.get(given, given)) not in whys
    }
    whys |= alike_names([name for name, _ in schema.values()], same_case=same_case)
    kinds: dict[str, str] = {}
    listed: dict[str, tuple[str, ...]] = {}
    zones: dict[str, str] = {}
    columns: list[nw.Expr] = []
    for given, (name, kind) in schema.items():
        if name in whys:
            continue
        found = "text" if given in texts else _kind(kind)
        inner = given if given in known else name
        if found is None:
            whys[name] = f"Column {name!r} holds {_said(kind)}, which no formula reads."
            columns += [nw.col(given).alias(inner)] if carried else []
            continue
        kinds[name] = found
        if isinstance(kind, nw.Datetime) and kind.time_zone is not None:
            zones[name] = kind.time_zone
        columns.append(_expression(nw.col(given), found, kind).alias(inner))
        own = tuple(map(str, kind.categories)) if isinstance(kind, nw.Enum) else None
        if (order := (levels or {}).get(given, own)) is not None:
            listed[name] = order
    kept = frozenset(map(same_letters, ordered)) & kinds.keys()
    chosen = frame.select(*columns) if columns else frame
    inside = {same_letters(name): inner for inner, name in known.items()}
    return Typed(chosen, kinds, listed, kept, whys, inside, zones)


def _kind(kind: nw.dtypes.DType) -> str | None:
    if isinstance(kind, nw.Decimal) or kind in (nw.Int128, nw.UInt128):
        return "decimal"
    if kind.is_float():
        return "number"
    if kind.is_integer():
        return "whole"
    if kind == nw.Boolean:
        return "truth"
    if kind in (nw.String, nw.Categorical) or isinstance(kind, nw.Enum):
        return "text"
    return "date" if isinstance(kind, nw.Date | nw.Datetime) else None


def _expression(column: nw.Expr, found: str, kind: nw.dtypes.DType) -> nw.Expr:
    if found == "number":
        double = column.cast(nw.Float64)
        return nw.when(~double.is_nan()).then(double)
    if found == "decimal":
        return column.cast(nw.Float64)
    if found == "whole" and kind not in (nw.Int64, nw.UInt64):
        return column.cast(nw.Int64)
    return column.cast(nw.String) if found == "text" and kind != nw.String else column


def alike_names(names: Sequence[str], *, same_case: bool) -> dict[str, str]:
    """Return a sentence for each of the names that an engine takes for one.

    >>> alike_names(["x", "y", "X"], same_case=True)["X"]
    "The columns 'x', 'X' differ in case alone, and are taken for one."
    """
    places: dict[str, list[str]] = {}
    for name in names:
        places.setdefault(name.casefold() if same_case else name, []).append(name)
    found = {}
    for alike in (each for each in places.values() if len(each) > 1):
        for name in alike:
            if len(set(alike)) == 1:
                found[name] = f"Two columns of the data have the name {name!r}."
            else:
                others = ", ".join(repr(each) for each in alike)
                found[name] = f"The columns {others} differ in case alone, and are taken for one."
    return found


def _said(kind: nw.dtypes.DType) -> str:
    """Return a type in words: `lists`, or as the engine calls it."""
    name = type(kind).__name__
    return _WORDS.get(name, f"values of the type {name}")


_WORDS = {
    "List": "lists",
    "Array": "arrays",
    "Struct": "records of several values",
    "Binary": "bytes",
    "Time": "times of day",
    "Duration": "durations",
    "Object": "Python objects",
    "Unknown": "values of a type that is not known here",
}
