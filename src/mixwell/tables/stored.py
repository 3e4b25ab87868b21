"""A frame as bytes and back: categories and their order, intervals, dates, gaps and the index."""

import io
import json

import pandas as pd
from pandas.api.extensions import ExtensionDtype

from mixwell.errors import DataError

# Where the first stream says which columns are codes into categories that follow in streams of
# their own: Arrow writes intervals and periods as categories but cannot read them, and forgets the
# time zone of such dates.
_APART = b"mixwell_categories"


def frame_to_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame as Arrow streams; raises `DataError` for values that Arrow does not have.

    >>> frame = pd.DataFrame({"x": pd.cut([1.0, 2.5, 4.0], [0, 2, 5])})
    >>> frame_from_bytes(frame_to_bytes(frame)).equals(frame)
    True
    """
    import pyarrow as pa

    frame = _plain(frame)
    kinds = {name: kind for name, kind in frame.dtypes.items() if _is_apart(kind)}
    codes = frame.assign(**{str(name): frame[name].cat.codes for name in kinds})
    categories = [pd.DataFrame({"categories": kind.categories}) for kind in kinds.values()]
    try:
        first, *others = (pa.Table.from_pandas(part) for part in (codes, *categories))
    except (pa.ArrowException, OverflowError, TypeError) as error:
        reason = ": ".join(map(str, error.args))
        hint = "Turn the column into text or numbers of one type."
        raise DataError(f"The data cannot be stored: {reason}.", hint=hint) from error
    said = json.dumps({str(name): bool(kind.ordered) for name, kind in kinds.items()})
    first = first.replace_schema_metadata({**(first.schema.metadata or {}), _APART: said})
    buffer = io.BytesIO()
    for table in (first, *others):
        with pa.ipc.new_stream(buffer, table.schema) as writer:
            writer.write_table(table)
    return buffer.getvalue()


def frame_from_bytes(stored: bytes) -> pd.DataFrame:
    """Return the frame that `frame_to_bytes` wrote."""
    import pyarrow as pa

    source = pa.BufferReader(stored)
    table = pa.ipc.open_stream(source).read_all()
    frame: pd.DataFrame = table.to_pandas()
    for name, ordered in json.loads((table.schema.metadata or {}).get(_APART, b"{}")).items():
        categories = pd.Index(pa.ipc.open_stream(source).read_pandas()["categories"].array)
        frame[name] = pd.Categorical.from_codes(frame[name], categories, ordered=ordered)
    return frame


def _is_apart(kind: object) -> bool:
    if not isinstance(kind, pd.CategoricalDtype):
        return False
    own = kind.categories.dtype
    return isinstance(own, ExtensionDtype) and not isinstance(own, pd.StringDtype)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without what Arrow has no words for: sparse columns, categories as index."""
    kinds = frame.dtypes.items()
    dense = {name: kind.subtype for name, kind in kinds if isinstance(kind, pd.SparseDtype)}
    index, kind = frame.index, frame.index.dtype
    if isinstance(kind, pd.CategoricalDtype) and _is_apart(kind):
        index = index.astype(kind.categories.dtype)
    return frame.astype(dense).set_axis(index)
