"""New rows of a column in the type that the model's data had."""

from typing import Any

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_float_dtype, is_integer_dtype

# How a text ends that says its distance from UTC; without it an instant is not known.
OFFSET = r"(?:[+-]\d\d:?\d\d|Z)$"


def as_typed(column: pd.Series, kind: Any) -> pd.Series:
    """Return a column in another type where that writes the same values otherwise, else as it is.

    Texts become dates where there were dates, one time zone another, and intervals between whole
    numbers intervals between floats.

    >>> as_typed(pd.Series(["2026-03-01"]), pd.Series([pd.Timestamp(0)]).dtype)[0].month
    3
    """
    if is_datetime64_any_dtype(kind):
        return _as_dates(column, getattr(kind, "tz", None))
    if isinstance(kind, pd.CategoricalDtype) and isinstance(column.dtype, pd.CategoricalDtype):
        listed = _as_intervals(column.cat.categories, kind.categories.dtype)
        if listed.dtype == column.cat.categories.dtype:
            return column
        made = pd.Categorical.from_codes(column.cat.codes, listed, column.cat.ordered)
        return pd.Series(made, column.index)
    wanted = kind.categories.dtype if isinstance(kind, pd.CategoricalDtype) else kind
    plain: pd.Series = _as_intervals(column, wanted)
    return plain


def _as_dates(column: pd.Series, zone: Any) -> pd.Series:
    if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
        placed = zone is not None and column.astype("str").str.contains(OFFSET).all()
        try:
            column = pd.to_datetime(column, format="ISO8601", utc=bool(placed))
        except (ValueError, TypeError):
            return column
    if zone is not None and isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert(zone)
    return column


def _as_intervals(values: Any, kind: Any) -> Any:
    own = values.dtype
    both = isinstance(own, pd.IntervalDtype) and isinstance(kind, pd.IntervalDtype)
    if both and own.closed == kind.closed and is_integer_dtype(own.subtype):
        return values.astype(kind) if is_float_dtype(kind.subtype) else values
    return values
