"""Long runs of plain values, read by all processors and summed up while they are at hand."""

from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.checksums import Summed, joined
from mixwell.threads import in_threads

if TYPE_CHECKING:
    import h5py

__all__ = ["read_long_values"]

#: Values of so many bytes and more are read here.
_LONG: Final = 2**23
#: Bytes that a thread takes at once, and how many of these it reads before it sums them up: so
#: many are still in the processor's own memory then.
_SHARE: Final = 2**24
_PIECE: Final = 2**20
#: Attributes by which netCDF's values are computed from those of the file.
_COMPUTED: Final = {"scale_factor", "add_offset", "missing_value", "units", "dtype", "_Unsigned"}


def read_long_values(source: Path, file: "h5py.File") -> Mapping[str, Summed]:
    """Read the variables whose values lie in one long piece of the file, by their full names.

    Raises `OSError` where the file ends before they do.
    """
    return {found.name: _read(source, found) for found in _long_ones(file)}


def _long_ones(group: "h5py.Group") -> Iterator["h5py.Dataset"]:
    import h5py

    for found in group.values():
        if isinstance(found, h5py.Group):
            yield from _long_ones(found)
        elif isinstance(found, h5py.Dataset) and _is_long(found):
            yield found


def _is_long(found: "h5py.Dataset") -> bool:
    """Whether values lie in one piece, as the processor has them, and say what they are."""
    kind = found.dtype
    if kind.kind != "f" or not kind.isnative or found.nbytes < _LONG:
        return False
    whole = found.id.get_offset() is not None and found.id.get_storage_size() == found.nbytes
    attributes = dict(found.attrs) if whole else {}
    absent = attributes.get("_FillValue", np.nan)
    return whole and not _COMPUTED & {*attributes} and bool(np.isnan(absent).all())


def _read(source: Path, found: "h5py.Dataset") -> Summed:
    values: NDArray[Any] = np.empty(found.shape, found.dtype)
    data, place = values.reshape(-1).view(np.uint8), found.id.get_offset()

    def of_share(start: int) -> int:
        total = 0
        with source.open("rb", buffering=0) as file:
            for begin in range(start, min(start + _SHARE, data.size), _PIECE):
                piece = data[begin : min(begin + _PIECE, start + _SHARE)]
                _fill(file, place + begin, piece)
                total = crc32(piece, total)
        return total

    starts = range(0, data.size, _SHARE)
    sizes = (min(_SHARE, data.size - start) for start in starts)
    shares = zip(in_threads(of_share, list(starts)), sizes, strict=True)
    return Summed(values, reduce(lambda total, share: joined(total, *share), shares, 0))


def _fill(file: Any, place: int, piece: NDArray[np.uint8]) -> None:
    """Fill a piece from a place on: the system may give less than it is asked for."""
    file.seek(place)
    left = memoryview(piece)
    while len(left):
        count = file.readinto(left)
        if not count:
            raise OSError("the file ends before its values do")
        left = left[count:]
