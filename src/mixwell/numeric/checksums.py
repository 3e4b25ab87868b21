"""Checksums of arrays and texts: what was written is what is read."""

from collections.abc import Iterable, Iterator
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["checksum"]

#: Values that are read at once.
_AT_ONCE: Final = 2**16


def checksum(parts: Iterable[str | NDArray[np.generic]]) -> str:
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
            total = crc32(piece, total)
    return f"{total:08x}"


def _pieces(part: str | NDArray[np.generic]) -> Iterator[bytes | NDArray[np.generic]]:
    if isinstance(part, str):
        text = part.encode(errors="surrogatepass")
        yield f"text {len(text)} ".encode()
        yield text
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
    yield f"{name} {part.shape} ".encode()
    # without a copy of the whole, however the values lie
    pieces = np.nditer(
        part,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_dtypes=[part.dtype.newbyteorder("=")],
        order="C",
        buffersize=_AT_ONCE,
    )
    yield from map(np.ascontiguousarray, pieces)  # one value for many has no stride
