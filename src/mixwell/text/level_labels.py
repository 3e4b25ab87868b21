"""Levels as text: one value has one label, and no two values share one."""

import datetime
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np

#: Whole numbers below it are written out by all their digits, whatever type they have.
WRITTEN_OUT = 10**22
#: Below it every whole number is a float.
_EXACT = 2**53


def label_of(value: Hashable) -> str:
    """Write one level as text, so that equal values of any type are written alike.

    Numbers have as many digits as set them apart from every other, 15 or fewer where these do, as R
    writes them; a time of day is left out at midnight.

    Examples
    --------
    >>> label_of(0.3), label_of(0.1 + 0.2), label_of(2.0), label_of(2**53 + 1), label_of(True)
    ('0.3', '0.30000000000000004', '2', '9007199254740993', 'True')
    >>> label_of(datetime.datetime(2026, 3, 1)), label_of(datetime.datetime(2026, 3, 1, 12))
    ('2026-03-01', '2026-03-01 12:00:00')
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return _float_label(float(value))
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime.datetime):
        return str(value).removesuffix(" 00:00:00")
    return str(value)


def _float_label(value: float) -> str:
    if value.is_integer() and abs(value) < WRITTEN_OUT:
        return str(int(value))
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)


def labels_of(values: Iterable[Any]) -> tuple[str, ...]:
    """Write levels as text; see :func:`label_of`."""
    listed = list(values)
    kinds = set(map(type, listed))
    if kinds == {str}:
        return tuple(listed)
    if kinds == {float}:  # thousands of levels that are whole numbers
        numbers = np.array(listed)
        if (np.abs(numbers) < _EXACT).all() and (numbers == np.rint(numbers)).all():
            return tuple(map(str, numbers.astype(np.int64).tolist()))
    return tuple(map(label_of, listed))
