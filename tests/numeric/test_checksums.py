"""Checksums are of values: files of every version hold those of zlib over the values in C order."""

import tracemalloc
from zlib import crc32

import numpy as np
import pytest

from mixwell.numeric import checksums
from mixwell.numeric.checksums import checksum, joined

VALUES = np.random.default_rng(1).normal(size=(3, 70, 400))


@pytest.mark.parametrize(
    "array",
    [
        VALUES,
        VALUES.T,
        VALUES[:, ::-2],
        VALUES.astype(">f8"),
        VALUES > 0,
        VALUES.astype(np.int8),
        np.zeros((0, 3)),
        np.float32(3),
    ],
)
def test_the_checksum_is_that_of_the_values_in_order_however_they_lie(array) -> None:
    laid = np.ascontiguousarray(array).astype(np.asarray(array).dtype.newbyteorder("="))
    head = f"{laid.dtype.str} {laid.shape} ".encode()
    expected = crc32(laid.tobytes(), crc32(head))
    assert checksum([np.asarray(array)]) == f"{expected:08x}"


def test_no_copy_is_made_of_arrays_that_lie_in_another_order() -> None:
    turned = np.zeros((2000, 1000)).T
    checksum([turned])
    tracemalloc.start()
    try:
        checksum([turned])
        assert tracemalloc.get_traced_memory()[1] < turned.nbytes / 4
    finally:
        tracemalloc.stop()


def test_one_value_that_stands_for_many_counts_as_often_as_it_stands() -> None:
    spread = np.broadcast_to(np.array([[1.0], [2.0]]), (2, 3))
    for array in (spread, spread.T, spread[:, ::-1], np.broadcast_to(np.float64(1.0), (4, 5))):
        assert checksum([array]) == checksum([np.array(array, order="C")])


@pytest.mark.parametrize("n", [1, 3, 4, 5, 8, 21])
def test_long_values_have_the_same_checksum_in_shares(n: int, monkeypatch) -> None:
    values = VALUES.ravel()[:n]
    whole = checksum([values, "and", values])
    monkeypatch.setattr(checksums, "_SHARE", 16)  # two values
    assert checksum([values, "and", values]) == whole


@pytest.mark.parametrize("length", [0, 1, 2, 5, 127, 2**20 + 3])
def test_checksums_are_joined_as_those_of_one_text(length: int) -> None:
    second = bytes(length)
    assert joined(crc32(b"first"), crc32(second), length) == crc32(b"first" + second)
