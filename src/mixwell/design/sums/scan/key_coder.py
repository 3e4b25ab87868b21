"""Keys of Arrow batches as codes of levels, whatever type they have."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mixwell.errors import DataError
from mixwell.numeric.loops import key_codes

__all__ = ["KeyCoder", "WholeCodes"]

#: A range of whole numbers is looked up by place where it is at most so many times the keys ...
_SPARSE = 16
#: ... or so long: 4 MB.
_SHORT = 1_000_000

type Codes = NDArray[np.int32]


class KeyCoder:
    """The codes of one factor's keys; tables are made for the first type of Arrow that comes."""

    def __init__(self, name: str, keys: tuple[object, ...]) -> None:
        self.name = name
        self.keys = keys
        self._texts: TextCodes | None = None
        self._whole: WholeCodes | None = None

    def codes(self, array: pa.Array) -> Codes:
        """Return the place of each row's key among the keys, (rows,).

        Raises `DataError` for a key that is unknown, or missing.
        """
        if array.null_count:
            raise self.changed("a missing value")
        found = self._found(array)
        if (found < 0).any():
            raise self.changed(repr(array[int(np.argmin(found))].as_py()))
        return found

    def _found(self, array: pa.Array) -> Codes:
        """Return the codes, -1 for what is no key."""
        if pa.types.is_dictionary(array.type):  # which may hold what no row has
            own = np.append(self._found(array.dictionary), np.int32(-1))
            return np.ascontiguousarray(own[array.indices.to_numpy()])
        if _is_text(array.type):
            if self._texts is None:
                self._texts = TextCodes(self.keys)
            return self._texts.codes(array)
        if self._whole is None:
            self._whole = WholeCodes(_whole(pa.array(self.keys, type=array.type)))
        return self._whole.codes(_whole(array))

    def changed(self, said: str) -> DataError:
        """Return the error of a table that has something that it did not have."""
        return DataError(
            f"{self.name} has {said}, which it did not have when levels were read.",
            where=f"variable {self.name}",
            hint="Let nothing write to the table while a model is made of it.",
        )


def _is_text(kind: pa.DataType) -> bool:
    kinds = pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view
    return any(is_kind(kind) for is_kind in kinds)


def _whole(array: pa.Array) -> NDArray[np.int64]:
    """Return keys that are no texts as whole numbers: what is equal is equal."""
    kind = array.type
    if pa.types.is_floating(kind):
        values = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.asarray(values + 0.0).view(np.int64)  # -0 is 0
    if pa.types.is_temporal(kind):
        array = array.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    return np.asarray(array.cast(pa.int64()).to_numpy(zero_copy_only=False))


class WholeCodes:
    """Whole numbers as places among keys: in a range that they nearly fill, or by hash."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self.keys = keys
        self.least = int(keys.min(initial=0)) if keys.size else 0
        width = int(keys.max()) - self.least + 1 if keys.size else 0
        self.dense = width <= max(_SPARSE * keys.size, _SHORT)
        if self.dense:
            self.table = np.full(width, -1, dtype=np.int32)
            self.table[keys - self.least] = np.arange(keys.size, dtype=np.int32)
        else:
            self.table = _slots(keys.size)
            key_codes.slot_whole(keys, self.table)

    def codes(self, values: NDArray[np.int64]) -> Codes:
        """Return the place of each value, -1 for what is no key."""
        out = np.empty(len(values), dtype=np.int32)
        if self.dense:
            key_codes.code_dense(values, self.least, self.table, out)
        else:
            key_codes.code_whole(values, self.keys, self.table, out)
        return out


class TextCodes:
    """Texts by hash of their bytes."""

    def __init__(self, keys: tuple[object, ...]) -> None:
        self.offsets, self.data = _bytes_of(pa.array(keys, type=pa.large_string()))
        self.slots = _slots(len(keys))
        key_codes.slot_texts(self.offsets, self.data, self.slots)

    def codes(self, array: pa.Array) -> Codes:
        offsets, data = _bytes_of(array.cast(pa.large_string()))
        out = np.empty(len(array), dtype=np.int32)
        key_codes.code_texts(offsets, data, self.offsets, self.data, self.slots, out)
        return out


def _slots(keys: int) -> Codes:
    return np.full(2 ** int(np.ceil(np.log2(max(2 * keys, 2)))), -1, dtype=np.int32)


def _bytes_of(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where texts begin and end, and their bytes."""
    _, offsets, data = array.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    return places, np.frombuffer(data or b"", dtype=np.uint8)
