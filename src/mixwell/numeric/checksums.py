"""Checksums of arrays and texts: what was written is what is read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mixwell.threads import in_threads

__all__ = ["Summed", "checksum", "joined"]

#: Values that are read at once where they do not lie in their order.
_AT_ONCE: Final = 2**16
#: Bytes that a thread takes at once, of data that have many times as many.
_SHARE: Final = 2**22
#: The polynomial of CRC-32, its terms from the lowest power on, and the one without x.
_POLYNOMIAL: Final = 0xEDB88320
_ONE: Final = 1 << 31


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """Numbers in C order with CRC-32 of their bytes, which whoever made them has at hand."""

    values: NDArray[Any]
    crc: int


def checksum(parts: Iterable[str | NDArray[np.generic] | Summed]) -> str:
    """Return a checksum of texts and arrays in their order: of values, types and shapes.

    It finds damage, not forgery (CRC-32). Texts in arrays count by what they
    say, dates by the nanosecond, whatever their type has become in a file.

    >>> import numpy as np
    >>> checksum(["b", np.array([1.0, 2.0])]) == checksum(["b", np.array([1.0, 2.5])])
    False
    """
    total = 0
    for part in parts:
        for piece in _pieces(part):
            total = _extended(total, piece)
    return f"{total:08x}"


def joined(first: int, second: int, length: int) -> int:
    """Return CRC-32 of two texts, one behind the other, from those of each.

    `length` is the number of bytes of the second one. Source: `crc32_combine` of zlib.

    >>> joined(crc32(b"check"), crc32(b"sum"), 3) == crc32(b"checksum")
    True
    """
    return _product(_power(8 * length), first) ^ second


def _extended(total: int, piece: bytes | NDArray[np.generic] | Summed) -> int:
    """Return the checksum with a piece more; long pieces are shared out to threads."""
    if isinstance(piece, Summed):
        return joined(total, piece.crc, piece.values.nbytes)
    if isinstance(piece, bytes) or piece.nbytes < 2 * _SHARE:
        return crc32(piece, total)
    data = piece.reshape(-1).view(np.uint8)
    shares = [data[start : start + _SHARE] for start in range(0, data.size, _SHARE)]
    for share, own in zip(shares, in_threads(crc32, shares), strict=True):
        total = joined(total, own, share.size)
    return total


@cache
def _power(exponent: int) -> int:
    """Return that power of x, modulo the polynomial."""
    if exponent < 2:
        return _ONE >> exponent
    half = _power(exponent // 2)
    return _product(_product(half, half), _power(exponent % 2))


def _product(a: int, b: int) -> int:
    """Return the product of two polynomials over the bits 0 and 1, modulo the polynomial."""
    product = 0
    for power in range(31, -1, -1):
        if a >> power & 1:
            product ^= b
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product


def _pieces(
    part: str | NDArray[np.generic] | Summed,
) -> Iterator[bytes | NDArray[np.generic] | Summed]:
    if isinstance(part, str):
        text = part.encode(errors="surrogatepass")
        yield f"text {len(text)} ".encode()
        yield text
        return
    if isinstance(part, Summed):
        yield _head(part.values, part.values.dtype.str)
        yield part
        return
    kind: str = part.dtype.kind
    name = part.dtype.newbyteorder("=").str
    if kind in "mM":
        part, name = part.astype(f"{kind}8[ns]").astype(np.int64), kind
    elif kind in "OUST":
        written = [str(value).encode(errors="surrogatepass") for value in part.ravel().tolist()]
        lengths = ",".join(str(len(text)) for text in written)
        yield f"texts {part.shape} {lengths} ".encode()
        yield b"".join(written)
        return
    part = np.atleast_1d(part)
    yield _head(part, name)
    if part.flags.c_contiguous and part.dtype.isnative:
        yield part
        return
    # without a copy of the whole, however the values lie
    pieces = np.nditer(
        part,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_dtypes=[part.dtype.newbyteorder("=")],
        order="C",
        buffersize=_AT_ONCE,
    )
    yield from map(np.ascontiguousarray, pieces)  # one value for many has no stride


def _head(part: NDArray[np.generic], name: str) -> bytes:
    return f"{name} {part.shape} ".encode()
