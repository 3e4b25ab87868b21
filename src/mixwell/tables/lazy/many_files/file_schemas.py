"""Columns of several files as those of one table: which fit together, and why others do not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from mixwell.tables.lazy.column_kinds import alike_names
from mixwell.text.level_labels import labels_of

__all__ = [
    "OneTable",
    "common_type",
    "cut_columns",
    "dictionaries",
    "nanosecond_instants",
    "one_table",
    "own_orders",
    "own_zones",
]

_NUMBERS = {"numbers", "whole numbers", "decimals"}
_ENUM = b"_PL_ENUM"  # the mark of a Polars Enum, whose values are listed and not ordered


@dataclass(frozen=True)
class OneTable:
    """The columns that all files have alike, those refused with a sentence, whether types differ.

    Types may differ among numbers: a file of whole numbers next to one of doubles.
    """

    names: tuple[str, ...]
    refused: Mapping[str, str]
    differ: bool


def one_table(schemas: Mapping[str, pa.Schema], *, same_case: bool = True) -> OneTable:
    r"""Compare the columns of files, which are named by how one speaks of them.

    >>> a, b = pa.schema({"x": pa.int64(), "g": pa.string()}), pa.schema({"x": pa.float64()})
    >>> one_table({'"a.parquet"': a, '"b.parquet"': b}).refused
    {'g': 'Column \'g\' is missing in "b.parquet".'}
    """
    first = next(iter(schemas.values()))
    differ = not all(schema.equals(first) for schema in schemas.values())
    names = list(dict.fromkeys(name for schema in schemas.values() for name in schema.names))
    said = {name: _why_not(name, schemas) for name in names} if differ else {}
    refused = {name: why for name, why in said.items() if why is not None}
    for schema in schemas.values():
        refused = alike_names(schema.names, same_case=same_case) | refused
    return OneTable(tuple(name for name in names if name not in refused), refused, differ)


def _why_not(name: str, schemas: Mapping[str, pa.Schema]) -> str | None:
    without = [file for file, schema in schemas.items() if name not in schema.names]
    if without:
        files = without[0]
        if len(without) > 1:
            files = f"{len(without):,} of the {len(schemas):,} files, such as {without[0]}"
        alike = [n for n in schemas[without[0]].names if n.casefold() == name.casefold()]
        return f"Column {name!r} is missing in {files}" + (f" ({alike[0]!r})." if alike else ".")
    kinds = {file: _kind(schema.field(name).type) for file, schema in schemas.items()}
    held = {kind: file for file, kind in reversed(kinds.items()) if kind != "nothing"}
    if len(held) < 2 or held.keys() <= _NUMBERS:
        return None
    (one, file), (other, second), *_ = held.items()
    return f"Column {name!r} holds {other} in {second} and {one} in {file}."


def cut_columns(own: pa.Schema, schemas: Mapping[str, pa.Schema]) -> dict[str, str]:
    """Return a sentence for columns that a schema makes whole numbers and a file has as others.

    >>> own, file = pa.schema({"x": pa.int64()}), pa.schema({"x": pa.float64()})
    >>> list(cut_columns(own, {'"b.parquet"': file}))
    ['x']
    """
    found = {}
    for name in own.names:
        for file, schema in schemas.items():
            kinds = [_kind(each.field(name).type) for each in (own, schema) if name in each.names]
            if kinds[0] == "whole numbers" and kinds[1:] in (["numbers"], ["decimals"]):
                found[name] = (
                    f"Column {name!r} holds {kinds[1]} in {file}, which the schema of the dataset "
                    "makes whole numbers. Give pyarrow.dataset.dataset() a schema with doubles."
                )
    return found


def _kind(kind: pa.DataType) -> str:
    """Return what values of a type are, in words."""
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    for is_such, said in _WORDS:
        if is_such(kind):
            return said
    if pa.types.is_timestamp(kind):
        return "dates" if kind.tz is None else f"instants of the time zone {kind.tz}"
    return f"values of the type {kind}"


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


_WORDS = (
    (pa.types.is_null, "nothing"),
    (pa.types.is_boolean, "truth values"),
    (pa.types.is_integer, "whole numbers"),
    (pa.types.is_floating, "numbers"),
    (pa.types.is_decimal, "decimals"),
    (_is_text, "texts"),
    (pa.types.is_date, "dates"),
)


def dictionaries(schema: pa.Schema) -> list[str]:
    """Return the columns whose type lists their values."""
    return [field.name for field in schema if pa.types.is_dictionary(field.type)]


def own_zones(fields: Iterable[pa.Field]) -> dict[str, str]:
    """Return the time zones of columns of instants, which engines do not keep.

    >>> own_zones(pa.schema({"t": pa.timestamp("us", "Europe/Berlin"), "x": pa.float64()}))
    {'t': 'Europe/Berlin'}
    """
    kinds = {field.name: field.type for field in fields if pa.types.is_timestamp(field.type)}
    return {name: kind.tz for name, kind in kinds.items() if kind.tz is not None}


def nanosecond_instants(fields: Iterable[pa.Field]) -> frozenset[str]:
    """Return the columns of instants in nanoseconds, for which narwhals has no type of DuckDB."""
    return frozenset(name for f in fields for name in own_zones([f]) if f.type.unit == "ns")


def common_type(kinds: Iterable[pa.DataType]) -> pa.DataType | None:
    """Return the type of a column whose files have several, as engines have it.

    None where all are one, or where Arrow itself finds one.

    >>> common_type([pa.date32(), pa.timestamp("ms")])
    TimestampType(timestamp[ms])
    >>> common_type([pa.int64(), pa.float64()])
    DataType(double)
    """
    given = {kind for kind in kinds if not pa.types.is_null(kind)}
    listed = [pa.types.is_dictionary(kind) for kind in given]
    if len(given) < 2 or all(listed):
        return None
    if any(listed):
        return pa.string()
    dates = [kind for kind in given if pa.types.is_date(kind)]
    if dates and len(dates) < len(given):
        return max(given.difference(dates), key=lambda kind: _UNITS.index(kind.unit))
    whole = [pa.types.is_integer(kind) for kind in given]
    if all(whole):
        unsigned = [kind for kind in given if pa.types.is_unsigned_integer(kind)]
        beyond = pa.uint64() in given and len(unsigned) < len(given)
        return pa.float64() if beyond else None
    numbers = any(whole) or any(map(pa.types.is_floating, given))
    return pa.float64() if numbers else None


_UNITS = ("s", "ms", "us", "ns")


def own_orders(tables: Iterable[pa.Table]) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Return the levels of columns in the order in which types list them, and which are ordered.

    The tables are beginnings of files, of those columns only; what one lists more than those before
    it follows.

    >>> column = pa.DictionaryArray.from_arrays([1], ["low", "high"])
    >>> own_orders([pa.table({"dose": column})])
    ({'dose': ('low', 'high')}, frozenset())
    """
    levels: dict[str, dict[str, None]] = {}
    ordered: dict[str, bool] = {}
    for table in tables:
        for field in table.schema:
            column = table.column(field.name).unify_dictionaries()
            listed = [chunk.dictionary.to_pylist() for chunk in column.chunks[:1]]
            labels = labels_of(listed[0]) if listed else ()
            levels.setdefault(field.name, {}).update(dict.fromkeys(labels))
            enum = any(key.startswith(_ENUM) for key in field.metadata or {})
            here = field.type.ordered and not enum
            ordered[field.name] = ordered.get(field.name, True) and here
    return (
        {name: tuple(found) for name, found in levels.items()},
        frozenset(name for name, is_so in ordered.items() if is_so),
    )
