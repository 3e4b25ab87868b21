"""What a HDF5 file may be made of: plain arrays that lie in it, each under one name."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mixwell.errors import DataError
from mixwell.package_options import require_memory

if TYPE_CHECKING:
    import h5py

__all__ = ["require_plain"]

#: Attributes that netCDF keeps for itself: references within the file, and what dimensions are.
_OWN: Final = ("REFERENCE_LIST", "DIMENSION_LIST", "CLASS", "NAME")
#: A dimension of this name has no values: nothing reads them.
_WITHOUT_VALUES: Final = b"This is a netCDF dimension but not a netCDF variable."
#: What HDF5 calls the filters of netCDF: deflate, shuffle, Fletcher's checksum.
_DEFLATE: Final = 1
_FILTERS: Final = (_DEFLATE, 2, 3)
#: Deflate makes at most so many bytes of one, and makes them whatever length is promised.
_INFLATION: Final = 1032
#: A text is kept as its length (4 bytes), the place of its heap and its number there.
_TEXT_REFERENCE: Final = 16


def require_plain(source: Path, group: "h5py.Group") -> None:
    """Refuse what no fit has, before it is read; raises `DataError`.

    That are links (to other files, too), values that lie in other files, objects and nested types,
    filters that netCDF has not, and what takes more room than the file and
    `mixwell.options.memory` have together.
    """
    size = source.stat().st_size
    held = 0
    for name, kept, passing in _parts(source, group):
        held += kept
        what = f'"{source}" has {size / 1e6:,.1f} MB and, read into memory,'
        require_memory((held + passing - size) / 8, what, where=name)


def _parts(source: Path, start: "h5py.Group") -> Iterator[tuple[str, int, int]]:
    """Yield the name of each thing in a group, the bytes that it takes and those while reading."""
    import h5py

    waiting, seen = [start], {h5py.h5o.get_info(start.id).addr}
    while waiting:
        group = waiting.pop()
        yield from _attributes(source, group)
        for key in group:
            name = f"{group.name.rstrip('/')}/{key}"
            if group.id.links.get_info(key.encode(errors="surrogateescape")).type:
                raise _refused(source, name, "it is a link")
            found = group[key]
            place = h5py.h5o.get_info(found.id).addr
            if place in seen:
                raise _refused(source, name, "it stands in the file under another name, too")
            seen.add(place)
            if isinstance(found, h5py.Group):
                waiting.append(found)
            elif isinstance(found, h5py.Dataset):
                yield from _attributes(source, found)
                yield name, *_size(source, found)
            else:
                raise _refused(source, name, "it is a type")


def _attributes(source: Path, owner: "h5py.Group | h5py.Dataset") -> Iterator[tuple[str, int, int]]:
    import h5py

    for key in owner.attrs:
        found, name = owner.attrs.get_id(key), f"{owner.name}@{key}"
        if key in _OWN:
            continue
        text = h5py.check_string_dtype(found.dtype)
        if text is None or text.length is not None:
            if found.dtype.kind not in "biufS":
                raise _refused(source, name, "it is of a type that fits have not")
            yield name, found.get_storage_size(), 0
        elif prod(found.shape) != 1:
            raise _refused(source, name, "it is a list of texts")
        else:
            yield name, len(owner.attrs[key]), 0


def _size(source: Path, found: "h5py.Dataset") -> tuple[int, int]:
    """Return how many bytes a variable takes when it is read, and how many more meanwhile."""
    import h5py

    how = found.id.get_create_plist()
    if how.get_layout() == h5py.h5d.VIRTUAL or how.get_external_count():
        raise _refused(source, found.name, "its values lie in other files")
    filters = [how.get_filter(k)[0] for k in range(how.get_nfilters())]
    if not {*filters} <= {*_FILTERS} or len({*filters}) < len(filters):
        raise _refused(source, found.name, "its values are packed in a way that netCDF has not")
    text = h5py.check_string_dtype(found.dtype)
    if text is not None and text.length is None:
        return _size_of_texts(source, found), 0
    if found.dtype.kind not in "biufS":
        raise _refused(source, found.name, "it is of a type that fits have not")
    if not found.id.get_storage_size() and _named(found).startswith(_WITHOUT_VALUES):
        return 0, 0
    meanwhile = 0
    if found.chunks is not None:
        meanwhile = prod(found.chunks) * found.dtype.itemsize
        if _DEFLATE in filters:
            meanwhile = max(meanwhile, _INFLATION * _largest_chunk(found))
    return prod(found.shape) * found.dtype.itemsize, meanwhile


def _named(found: "h5py.Dataset") -> bytes:
    name = found.attrs.get("NAME", b"")
    return bytes(name) if isinstance(name, bytes) else b""


def _largest_chunk(found: "h5py.Dataset") -> int:
    sizes: list[int] = [0]
    found.id.chunk_iter(lambda chunk: sizes.append(chunk.size))
    return max(sizes)


def _size_of_texts(source: Path, found: "h5py.Dataset") -> int:
    """Return the bytes of all texts: many may refer to one and the same in the file."""
    import numpy as np

    count, place = prod(found.shape), found.id.get_offset()
    if not count:
        return 0
    if place is None or found.id.get_storage_size() != count * _TEXT_REFERENCE:
        raise _refused(source, found.name, "its texts are kept in a way that fits have not")
    with source.open("rb") as file:
        file.seek(place)
        references = np.frombuffer(file.read(count * _TEXT_REFERENCE), dtype="<u4")
    return int(references[:: _TEXT_REFERENCE // 4].sum(dtype=np.uint64))


def _refused(source: Path, name: str, said: str) -> DataError:
    return DataError(
        f'"{source}" is not made as `fit.save` makes files.',
        where=f"{name}: {said}",
        hint="mixwell reads nothing but plain values that lie in the file itself.",
    )
