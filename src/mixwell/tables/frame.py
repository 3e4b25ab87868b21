"""A user's data, whatever library they come from, as one checked pandas frame."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like

from mixwell.errors import DataError
from mixwell.package_options import options, require_memory
from mixwell.tables.arrow import arrow_to_pandas, without_arrow
from mixwell.text.names import same_letters

if TYPE_CHECKING:
    from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["read_data", "read_frame"]


def read_frame(data: object) -> pd.DataFrame:
    """Return the user's data as a pandas frame whose columns have distinct names, all texts.

    Frames of other libraries enter through narwhals, mappings of columns through pandas, files by
    their paths. No value becomes another one: whole numbers with gaps stay whole numbers. A table
    that lies elsewhere is read whole, whatever its size, where `options.memory` allows it.

    Raises
    ------
    DataError
        When the object is no table, has no rows, has two columns of one name, or is too large.

    Examples
    --------
    >>> read_frame({"x": [1, 2]}).shape
    (2, 1)
    """
    data = _opened(data)
    return _checked(data if isinstance(data, pd.DataFrame) else _held(data))


def read_data(data: object) -> "pd.DataFrame | LazyTable":
    """Return the user's data as a pandas frame, or as a lazy table where they are large.

    Files, relations and lazy frames of more rows than `options.rows_in_memory` stay where they lie.
    Raises `DataError` like `read_frame`.

    >>> read_data({"x": [1, 2]}).shape
    (2, 1)
    """
    opened = _opened(data)
    if isinstance(opened, pd.DataFrame):
        return _checked(opened)
    if opened.count() == 0:
        raise _no_rows()
    return opened


def _opened(data: object) -> "pd.DataFrame | LazyTable":
    """Return data as they are held, or as a lazy table of more rows than are to be."""
    if isinstance(data, pd.DataFrame | Mapping):
        return _as_pandas(data)
    from mixwell.tables.lazy.lazy_table import LazyTable
    from mixwell.tables.lazy.open_table import open_data

    opened = open_data(data, options.rows_in_memory)
    return opened if isinstance(opened, LazyTable) else _as_pandas(opened)


def _held(table: "LazyTable") -> pd.DataFrame:
    """Return the rows of a lazy table; `DataError` where memory does not allow it."""
    hint = "Give a model the table itself, or select rows and columns."
    require_memory(table.count() * len(table.kinds), f"{table.where} in memory", hint=hint)
    return _as_pandas(table.held())


def _no_rows() -> DataError:
    return DataError("The data have no rows.", hint="Pass a frame with rows.")


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with names that are texts, each one once; `DataError` for one without rows."""
    given = frame.columns.tolist()
    names = [same_letters(str(name)) for name in given]
    if len(set(names)) < len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise DataError(
            f"Two columns of the data have the name {repeated[0]!r}.",
            where=f"columns {', '.join(names[:12])}",
            hint="Rename one of them: a formula must mean one column by one name.",
        )
    if len(frame) == 0:
        raise _no_rows()
    named = frame if given == names else frame.set_axis(names, axis=1)
    return without_arrow(_in_own_order(named))


def _in_own_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with numbers in the machine's order of bytes, in which pandas works."""
    if all(kind.isnative for kind in set(frame.dtypes.array) if isinstance(kind, np.dtype)):
        return frame  # whose names, of which there may be thousands, are not looked at again
    kinds = {name: kind for name, kind in frame.dtypes.items() if isinstance(kind, np.dtype)}
    turned = {name: kind.newbyteorder("=") for name, kind in kinds.items() if not kind.isnative}
    return frame.astype(turned)


def _as_pandas(data: object) -> pd.DataFrame:
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, Mapping):
        return _from_columns(data)
    import narwhals as nw  # the one place where frames of other libraries are met

    try:
        native: Any = nw.from_native(data, eager_only=True)
    except TypeError:
        raise DataError(
            f"The data are a {type(data).__name__}, which is not a table.",
            hint="Pass a frame of pandas, Polars, Arrow, DuckDB or Spark, a path, or a mapping of "
            "columns.",
        ) from None
    if native.implementation.is_pandas_like():
        like_pandas: pd.DataFrame = native.to_pandas()
        return like_pandas
    if not native.implementation.is_polars():
        return arrow_to_pandas(native.to_arrow())
    # Arrow has no integers of 128 bits, and of Python's objects it would get the addresses
    alone = (nw.Int128, nw.UInt128, nw.Object)
    taken = {
        name: pd.Series(native.get_column(name).to_list(), dtype=object)
        for name, kind in native.schema.items()
        if kind in alone
    }
    others = native.drop(list(taken))
    frame = arrow_to_pandas(others.to_arrow()) if others.columns else pd.DataFrame()
    frame = frame.assign(**taken).reindex(columns=native.columns)
    # Polars orders a Categorical as text, whichever value it met first
    texts = [name for name, kind in native.schema.items() if kind == nw.Categorical]
    return frame.assign(**{name: _as_text_is_sorted(frame[name]) for name in texts})


def _from_columns(data: Mapping[Any, Any]) -> pd.DataFrame:
    """Return a frame of columns by name; single values alone make one row, else fill a column."""
    for name, column in data.items():
        if isinstance(column, range):  # a few letters of text
            rows = (column[-1] - column[0]) / column.step if column else 0.0
            require_memory(rows, f'The column "{name}" of the data', where="data")
    columns = {name: _listed(column) for name, column in data.items()}
    for name, column in columns.items():
        if getattr(column, "ndim", 1) > 1:
            said = f'"{name}" has more than one value a row.'
            raise DataError(said, where="data", hint="Give each column a name of its own.")
    lengths = {name: len(column) for name, column in columns.items() if is_list_like(column)}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name}: {count}" for name, count in lengths.items())
        raise DataError(
            f"The columns of the data differ in length ({said}).",
            where="data",
            hint="Give every column one value a row.",
        )
    single = [0] if columns and not lengths else None
    return pd.DataFrame(columns, index=single)


def _as_text_is_sorted(column: pd.Series) -> pd.Series:
    return column.cat.reorder_categories(sorted(column.cat.categories), ordered=False)


def _listed(column: Any) -> Any:
    """Keep whole numbers of a list whole where some are missing; pandas makes floats of these."""
    column = list(column) if isinstance(column, Iterator) else column
    present = [v for v in column if v is not None] if isinstance(column, list | tuple) else []
    whole = all(type(value) is int for value in present) and 0 < len(present) < len(column)
    return pd.array(list(column), dtype="Int64") if whole else column
