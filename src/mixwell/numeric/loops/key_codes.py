"""Codes of keys: whole numbers in a dense range by place, others and texts by a table of hashes.

A table has at least twice as many slots as keys, a power of two; a key lies at the slot of its hash
or at the next that is free. The code of an
unknown key is -1.
"""

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.loops.compiled import Places, inlined, loops

__all__ = ["code_dense", "code_texts", "code_whole", "slot_texts", "slot_whole"]

type Whole = NDArray[np.int64]
type Bytes = NDArray[np.uint8]


@loops
def code_dense(keys: Whole, least: int, table: Places, out: Places) -> None:
    """Look keys up by their distance from the least one."""
    for i in range(keys.size):
        place = keys[i] - least
        code = -1
        if 0 <= place < table.size:
            code = table[place]
        out[i] = code


@inlined
def _mixed(value: int | np.int64) -> np.int64:
    """Spread a number's bits over 63: the finalizer of MurmurHash3."""
    h = np.uint64(value)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    h ^= h >> np.uint64(33)
    return np.int64(h >> np.uint64(1))


@loops
def slot_whole(keys: Whole, slots: Places) -> None:
    """Put the number of each key into the slots, which are -1."""
    last = slots.size - 1
    for code in range(keys.size):
        slot = _mixed(keys[code]) & last
        while slots[slot] >= 0:
            slot = (slot + 1) & last
        slots[slot] = code


@loops
def code_whole(keys: Whole, known: Whole, slots: Places, out: Places) -> None:
    """Look whole numbers up among the `known` ones."""
    last = slots.size - 1
    for i in range(keys.size):
        slot = _mixed(keys[i]) & last
        while slots[slot] >= 0 and known[slots[slot]] != keys[i]:
            slot = (slot + 1) & last
        out[i] = slots[slot]


@inlined
def _text_hash(data: Bytes, start: int, stop: int) -> np.int64:
    """Return a hash of some bytes: FNV-1a, its bits spread."""
    h = np.uint64(0xCBF29CE484222325)
    for place in range(start, stop):
        h = (h ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
    return _mixed(np.int64(h))


@loops
def slot_texts(offsets: Whole, data: Bytes, slots: Places) -> None:
    """Put the number of each text into the slots; text i is the bytes between its offsets."""
    last = slots.size - 1
    for code in range(offsets.size - 1):
        slot = _text_hash(data, offsets[code], offsets[code + 1]) & last
        while slots[slot] >= 0:
            slot = (slot + 1) & last
        slots[slot] = code


@inlined
def _same(data: Bytes, start: int, size: int, known: Bytes, other: int) -> bool:
    same, place = True, 0
    while same and place < size:
        same = data[start + place] == known[other + place]
        place += 1
    return same


@loops
def code_texts(
    offsets: Whole,
    data: Bytes,
    known_offsets: Whole,
    known: Bytes,
    slots: Places,
    out: Places,
) -> None:
    """Look texts up among the known ones, byte by byte."""
    last = slots.size - 1
    for i in range(out.size):
        start, size = offsets[i], offsets[i + 1] - offsets[i]
        slot = _text_hash(data, start, start + size) & last
        found = -1
        while slots[slot] >= 0:
            code = slots[slot]
            other = known_offsets[code]
            same = known_offsets[code + 1] - other == size
            if same and _same(data, start, size, known, other):
                found = code
                break
            slot = (slot + 1) & last
        out[i] = found
