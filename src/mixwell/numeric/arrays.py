"""Names for the arrays that functions take and return; shapes stand in their docstrings."""

from types import NoneType

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXACT_INTEGERS", "BoolArray", "FloatArray", "IntArray", "float_array"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: From here on floats cannot count: 2**53 and 2**53 + 1 are one number to them.
EXACT_INTEGERS = 2**53


def float_array(values: object, refusal: Exception, *, truths: bool = False) -> FloatArray:
    """Return values as floats, in an array of their own; raises `refusal` where they are none.

    Texts are no numbers, however they read, nor are truth values unless `truths` lets them count.

    >>> float_array([1, 2], ValueError("Not numbers."))
    array([1., 2.])
    """
    if not _are_numbers(values, truths=truths):
        raise refusal
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise refusal from error


def _are_numbers(values: object, *, truths: bool) -> bool:
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind in ("i", "u", "f", "b"):  # a column: its entries need not be looked at
        return truths or kind != "b"
    no_numbers = (str,) if truths else (str, bool, np.bool_, NoneType)
    try:
        entries = np.array(values, dtype=object).ravel()
    except ValueError:  # lists of unequal length, which are no array of floats either
        return True
    return not any(isinstance(entry, no_numbers) for entry in entries)
