"""A frame as bytes and back: categories and their order, intervals, dates, gaps and the index."""

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from mixwell.errors import DataError
from mixwell.tables.object_values import value_from_text, value_to_text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["frame_from_bytes", "frame_to_bytes", "require_storable"]

# Where the first stream says which columns are codes into categories that follow in streams of
# their own: Arrow writes intervals and periods as categories but cannot read them, and forgets the
# time zone of such dates.
_APART = b"mixwell_categories"
# Where a stream says which of its columns are texts that stand for values of many types.
_VALUES = b"mixwell_values"
#: What pandas calls columns of objects that Arrow keeps as they are.
_KEPT = (
    "empty",
    "bytes",
    "floating",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "time",
    "timedelta",
)


def frame_to_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame as Arrow streams; raises `DataError` for values that cannot be kept.

    >>> frame = pd.DataFrame({"x": pd.cut([1.0, 2.5, 4.0], [0, 2, 5])})
    >>> frame_from_bytes(frame_to_bytes(frame)).equals(frame)
    True
    """
    import pyarrow as pa

    frame = _plain(frame)
    kinds = {name: kind for name, kind in frame.dtypes.items() if _is_apart(kind)}
    codes = frame.assign(**{str(name): frame[name].cat.codes for name in kinds})
    said = json.dumps({str(name): bool(kind.ordered) for name, kind in kinds.items()})
    tables = [_table(codes, {_APART: said.encode()})]
    tables += [_table(pd.DataFrame({"categories": kind.categories})) for kind in kinds.values()]
    buffer = io.BytesIO()
    for table in tables:
        with pa.ipc.new_stream(buffer, table.schema) as writer:
            writer.write_table(table)
    return buffer.getvalue()


def frame_from_bytes(stored: bytes) -> pd.DataFrame:
    """Return the frame that `frame_to_bytes` wrote."""
    import pyarrow as pa

    source = pa.BufferReader(stored)
    frame, metadata = _frame(source)
    for name, ordered in json.loads(metadata.get(_APART, b"{}")).items():
        categories = pd.Index(_frame(source)[0]["categories"].array)
        frame[name] = pd.Categorical.from_codes(frame[name], categories, ordered=ordered)
    return frame


def require_storable(frame: pd.DataFrame) -> None:
    """Refuse a frame with values that no file keeps; raises `DataError` with the column.

    >>> require_storable(pd.DataFrame({"x": [object()]}))
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: Column 'x' cannot be stored: object is a type that no file keeps.
    Turn the column into text or numbers of one type.
    """
    for name, column in frame.items():
        kind = column.dtype
        values = kind.categories if isinstance(kind, pd.CategoricalDtype) else column
        if not _is_kept(values):
            _texts(str(name), values)


def _table(frame: pd.DataFrame, metadata: dict[bytes, bytes] | None = None) -> "pa.Table":
    import pyarrow as pa

    others = [name for name in frame.columns if not _is_kept(frame[name])]
    frame = frame.assign(**{name: _texts(name, frame[name]) for name in others})
    try:
        table = pa.Table.from_pandas(frame)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        reason = ": ".join(map(str, error.args))
        hint = "Turn the column into text or numbers of one type."
        raise DataError(f"The data cannot be stored: {reason}.", hint=hint) from error
    own = {**(metadata or {}), _VALUES: json.dumps(others).encode()}
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **own})


def _frame(source: Any) -> tuple[pd.DataFrame, dict[bytes, bytes]]:
    import pyarrow as pa

    table = pa.ipc.open_stream(source).read_all()
    table.validate(full=True)
    metadata = table.schema.metadata or {}
    frame: pd.DataFrame = table.to_pandas()
    for name in json.loads(metadata.get(_VALUES, b"[]")):
        values = np.empty(len(frame), dtype=object)
        values[:] = [value_from_text(text) for text in frame[name]]
        frame[name] = values
    return frame, metadata


def _is_kept(values: Any) -> bool:
    """Whether Arrow keeps each value: of objects not all, though it takes some for others."""
    if values.dtype != object:
        return True
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in ("integer", "floating", "boolean"):
        present = [value for value in values if not pd.isna(value)]
        alike = len({type(value) for value in present}) == 1  # Arrow mixes no types of NumPy
        return alike and (kind != "integer" or _has_64_bits(present))
    return kind in _KEPT


def _has_64_bits(numbers: list[int]) -> bool:
    return min(numbers) >= -(2**63) and max(numbers) < 2**63


def _texts(name: str, values: Any) -> list[str]:
    try:
        return [value_to_text(value) for value in values]
    except DataError as error:
        hint = "Turn the column into text or numbers of one type."
        raise DataError(f"Column {name!r} cannot be stored: {error}", hint=hint) from None


def _is_apart(kind: object) -> bool:
    if not isinstance(kind, pd.CategoricalDtype):
        return False
    own = kind.categories.dtype
    if isinstance(own, ExtensionDtype):
        return not isinstance(own, pd.StringDtype)
    return not _is_kept(kind.categories)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without what Arrow has no words for.

    That are sparse columns, categories as index, long doubles.
    """
    made: dict[Any, Any] = {}
    for name, kind in frame.dtypes.items():
        if isinstance(kind, pd.SparseDtype):
            made[name] = kind.subtype
        elif isinstance(kind, np.dtype) and kind.char == "g":
            made[name] = np.dtype(np.float64)
    index, kind = frame.index, frame.index.dtype
    if isinstance(kind, pd.CategoricalDtype) and _is_apart(kind):
        index = index.astype(kind.categories.dtype)
    return frame.astype(made).set_axis(index)
