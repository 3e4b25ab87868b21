"""Answers of engines as Arrow tables of few types, and as plain Python values."""

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa
from pyarrow import compute as pc

__all__ = ["plain_batch", "plain_row", "plain_table"]


def plain_table(table: pa.Table) -> pa.Table:
    """Return a table of 64-bit numbers, truth values, texts and dates, without dictionaries.

    Sums of whole numbers are decimals in some engines; they are whole numbers here where they have
    64 bits, else doubles. Instants are in UTC, where no two have one name when clocks are set back,
    and in microseconds, as Python has them, where that loses nothing.

    >>> plain_table(pa.table({"n": pa.array([Decimal(3)], pa.decimal128(38, 0))}))["n"].type
    DataType(int64)
    """
    made = table
    for place, field in enumerate(table.schema):
        column = _instants(_plain(table.column(place)))
        if column.type != field.type:
            made = made.set_column(place, field.name, column)
    return made


def plain_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch of rows of the same few types."""
    if all(_is_plain(kind) for kind in batch.schema.types):
        return batch
    columns = [_plain(pa.chunked_array([column])).combine_chunks() for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def plain_row(table: pa.Table) -> dict[str, object]:
    """Return the one row of a table as Python values: None where missing, also for NaN.

    >>> plain_row(pa.table({"m": [float("nan")], "n": [2]}))
    {'m': None, 'n': 2}
    """
    (row,) = plain_table(table).to_pylist()
    return {name: None if _is_nan(value) else value for name, value in row.items()}


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and value != value


def _is_plain(kind: pa.DataType) -> bool:
    return kind in (pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.date32())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if _is_plain(kind):
        return column
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_decimal(kind):
        whole = kind.scale == 0 and _has_64_bits(column)
        return column.cast(pa.int64() if whole else pa.float64())
    if pa.types.is_integer(kind):
        return column if kind == pa.uint64() else column.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    return column


def _instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if not pa.types.is_timestamp(kind):
        return column
    zone = None if kind.tz is None else "UTC"
    try:
        return column.cast(pa.timestamp("us", zone))
    except pa.ArrowInvalid:
        return column.cast(pa.timestamp(kind.unit, zone))


def _has_64_bits(column: pa.ChunkedArray) -> bool:
    ends: Mapping[str, Decimal | None] = pc.min_max(column).as_py()
    least, most = ends["min"], ends["max"]
    return least is None or most is None or (least >= -(2**63) and most < 2**63)
