"""A seal behind a HDF5 file: HDF5's own bytes are known to be as written before HDF5 reads them.

HDF5 is not made for altered files: some of them it cannot survive. Long runs of plain values are
left out, since nothing is read out of them but numbers, which have checksums of their own.
"""

import io
import json
import struct
from math import inf
from pathlib import Path
from typing import Any, BinaryIO, Final
from zlib import crc32

__all__ = ["is_broken", "seal"]

#: How a sealed file ends: the length of the note, its checksum, and this mark.
_MARK: Final = b"mixwell\n"
_END: Final = struct.Struct(f"<QI{len(_MARK)}s")
#: Values of so many bytes and more are left out.
_LONG: Final = 2**16
_AT_ONCE: Final = 2**20
#: Where the end of the file is written at its start, by the version of what is written there.
_ENDS: Final = {b"\x00": 40, b"\x02": 28, b"\x03": 28}


def seal(file: Any) -> None:
    """Write the seal to the end of a HDF5 file that is open for reading and writing."""
    apart = _values(file)
    length = file.seek(0, io.SEEK_END)
    note = json.dumps({"length": length, "apart": apart, "crc": _checksum(file, length, apart)})
    text = note.encode()
    file.seek(length)
    file.write(text + _END.pack(len(text), crc32(text), _MARK))


def is_broken(source: Path) -> bool:
    """Whether a file has a seal that is not true of it, or a part of one.

    Files without any are of earlier versions, or were written anew by other programs.
    """
    with source.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _END.size))
        end = file.read()
        if not end.endswith(_MARK) or len(end) < _END.size:
            return size > _end_of_hdf5(file)
        long, checksum, _ = _END.unpack(end)
        if long > size - _END.size:
            return True
        file.seek(size - _END.size - long)
        text = file.read(long)
        if crc32(text) != checksum:
            return True
        try:
            note = json.loads(text)
            length, apart = note["length"], note["apart"]
            whole = bool(length == size - _END.size - long)
            return not whole or note["crc"] != _checksum(file, length, apart)
        except (KeyError, TypeError, ValueError, OSError, RecursionError):
            return True


def _end_of_hdf5(file: BinaryIO) -> float:
    """Return where HDF5 says that its file ends."""
    file.seek(0)
    start = file.read(48)
    place = _ENDS.get(start[8:9])
    return int.from_bytes(start[place : place + 8], "little") if place else inf


def _values(file: Any) -> list[tuple[int, int]]:
    """Return where long runs of plain values begin and end, in the order of the file."""
    import h5py

    found: list[tuple[int, int]] = []

    def note(_: str, part: object) -> None:
        if not isinstance(part, h5py.Dataset) or part.dtype.kind not in "biuf":
            return
        place, size = part.id.get_offset(), part.id.get_storage_size()
        if place is not None and size >= _LONG:
            found.append((place, place + size))

    with h5py.File(file, "r") as opened:
        opened.visititems(note)
    return sorted(found)


def _checksum(file: BinaryIO, length: int, apart: list[tuple[int, int]]) -> int:
    """Return the checksum of all bytes up to a length but those apart."""
    total, place = 0, 0
    for start, stop in (*apart, (length, length)):
        file.seek(place)
        left = start - place
        while left > 0 and (piece := file.read(min(left, _AT_ONCE))):
            total = crc32(piece, total)
            left -= len(piece)
        place = stop
    return total
