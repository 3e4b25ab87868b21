"""Rows that are equal in every column, found by one number for each row."""

from collections.abc import Iterable

import numpy as np

from mixwell.numeric.arrays import IntArray

__all__ = ["equal_rows"]

#: An odd number whose multiples spread over all bits (the golden ratio), and half of the bits.
_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)


def equal_rows(columns: Iterable[np.ndarray], most: int) -> tuple[IntArray, IntArray] | None:
    """Return the first row of every group of equal rows, in their order, and each row's group.

    None where there are more groups than `most`. Columns are (row,) or (row, column), of numbers,
    which are equal where their bits are.

    >>> equal_rows([np.array([3, 3, 1, 3]), np.array([0.5, 0.5, 0.5, 2.0])], 3)
    (array([0, 2, 3]), array([0, 0, 1, 2]))
    """
    bits = [part for column in columns for part in _bits(column)]
    numbers = np.zeros(len(bits[0]), np.uint64)
    for part in bits:
        numbers ^= part
        numbers *= _SPREAD
        numbers ^= numbers >> _HALF
    _, first, group = np.unique(numbers, return_index=True, return_inverse=True)
    if len(first) > most:
        return None
    if any((part[first][group] != part).any() for part in bits):
        return None  # two rows that differ have one number: one chance in billions
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[group]


def _bits(column: np.ndarray) -> list[np.ndarray]:
    """Return the bits of each column as whole numbers, (row,) each."""
    wide = column.reshape(len(column), -1)
    wide = wide.astype(np.float64 if wide.dtype.kind == "f" else np.int64, copy=False)
    return [np.ascontiguousarray(wide[:, k]).view(np.uint64) for k in range(wide.shape[1])]
