"""Values that Arrow has no type for, as texts and back: long integers, pairs, mixed labels."""

import datetime
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pandas as pd

from mixwell.errors import DataError

__all__ = ["value_from_text", "value_to_text"]

#: How values of a type are written: a mark, the way there, and the way back.
_WAYS: Final[dict[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    float: ("float", repr, float),
    Decimal: ("decimal", str, Decimal),
    Fraction: ("fraction", str, Fraction),
    bytes: ("bytes", bytes.hex, bytes.fromhex),
    uuid.UUID: ("uuid", str, uuid.UUID),
    datetime.date: ("date", str, datetime.date.fromisoformat),
    datetime.time: ("time", str, datetime.time.fromisoformat),
    datetime.datetime: ("datetime", str, datetime.datetime.fromisoformat),
    datetime.timedelta: (
        "timedelta",
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: datetime.timedelta(*parts),
    ),
    pd.Timestamp: ("timestamp", pd.Timestamp.isoformat, pd.Timestamp),
    pd.Timedelta: ("duration", pd.Timedelta.isoformat, pd.Timedelta),
    pd.Period: (
        "period",
        lambda value: [value.ordinal, value.freqstr],
        lambda parts: pd.Period(ordinal=parts[0], freq=parts[1]),
    ),
    pd.Interval: (
        "interval",
        lambda value: [_plain(value.left), _plain(value.right), value.closed],
        lambda parts: pd.Interval(_made(parts[0]), _made(parts[1]), parts[2]),
    ),
    pd.DateOffset: (  # Arrow's intervals of months and days, too
        "offset",
        lambda value: [value.n, value.normalize, value.kwds],
        lambda parts: pd.DateOffset(n=parts[0], normalize=parts[1], **parts[2]),
    ),
    tuple: ("tuple", lambda value: [_plain(v) for v in value], lambda v: tuple(map(_made, v))),
    type(pd.NA): ("NA", lambda _: None, lambda _: pd.NA),
    type(pd.NaT): ("NaT", lambda _: None, lambda _: pd.NaT),
}
_BACK: Final = {mark: back for mark, _, back in _WAYS.values()}


def value_to_text(value: object) -> str:
    """Return a value as a text; raises `DataError` for one of a type that no text stands for.

    >>> value_to_text((10**20, "a"))
    '["tuple", [100000000000000000000, "a"]]'
    """
    return json.dumps(_plain(value))


def value_from_text(text: str) -> object:
    """Return the value that `value_to_text` wrote; `DataError` for a text that it did not write.

    >>> value_from_text('["tuple", [100000000000000000000, "a"]]')
    (100000000000000000000, 'a')
    """
    try:
        return _made(json.loads(text))
    except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError):
        raise DataError(f"{text[:40]!r} stands for no value.") from None


def _plain(value: object) -> object:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str) and str(value) == str.__str__(value):  # names are texts, too
        return str.__str__(value)
    kind = type(value)
    if value is None or kind in (bool, int):
        return value
    if kind not in _WAYS:
        raise DataError(f"{kind.__name__} is a type that no file keeps.")
    mark, way, _ = _WAYS[kind]
    return [mark, way(value)]


def _made(written: Any) -> object:
    if isinstance(written, list):
        mark, rest = written
        return _BACK[mark](rest)
    if isinstance(written, dict):
        raise TypeError("no value is written so")
    return written
