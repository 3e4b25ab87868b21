"""A user's data, whatever library they come from, as one checked pandas frame."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like

from mixwell.errors import DataError
from mixwell.package_options import require_memory
from mixwell.tables.arrow import arrow_to_pandas, without_arrow
from mixwell.text.names import same_letters


def read_frame(data: object) -> pd.DataFrame:
    """Return the user's data as a pandas frame whose columns have distinct names, all texts.

    Frames of other libraries enter through narwhals, mappings of columns through pandas. No value
    becomes another one: whole numbers with gaps stay whole numbers.

    Raises
    ------
    DataError
        When the object is no table, has no rows, or has two columns of one name.

    Examples
    --------
    >>> read_frame({"x": [1, 2]}).shape
    (2, 1)
    """
    frame = _as_pandas(data)
    names = [same_letters(str(name)) for name in frame.columns]
    if len(set(names)) < len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise DataError(
            f"Two columns of the data have the name {repeated[0]!r}.",
            where=f"columns {', '.join(names[:12])}",
            hint="Rename one of them: a formula must mean one column by one name.",
        )
    if len(frame) == 0:
        raise DataError("The data have no rows.", hint="Pass a frame with rows.")
    return without_arrow(_in_own_order(_named_as_text(frame, names)))


def _named_as_text(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return frame if list(frame.columns) == names else frame.set_axis(names, axis=1)


def _in_own_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with numbers in the machine's order of bytes, in which pandas works."""
    kinds = {name: kind for name, kind in frame.dtypes.items() if isinstance(kind, np.dtype)}
    turned = {name: kind.newbyteorder("=") for name, kind in kinds.items() if not kind.isnative}
    return frame.astype(turned) if turned else frame


def _as_pandas(data: object) -> pd.DataFrame:
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, Mapping):
        return _from_columns(data)
    import narwhals as nw  # the one place where frames of other libraries are met

    try:
        native: Any = nw.from_native(data)
    except TypeError:
        raise DataError(
            f"The data are a {type(data).__name__}, which is not a table.",
            hint="Pass a pandas or polars frame, a pyarrow table, or a mapping of columns.",
        ) from None
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
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
