"""Groups of a netCDF file as datasets, read by HDF5 itself.

xarray's own reader asks HDF5 some hundred times for each variable, which takes several times as
long as a small fit; what values and notes mean is left to xarray here, too.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from xarray.conventions import decode_cf_variables

from mixwell.numeric.checksums import Summed
from mixwell.posterior.storage.structure import NO_SCALE, OWN, WITHOUT_VALUES

if TYPE_CHECKING:
    import h5py

__all__ = ["groups_below", "read_group"]

#: Attributes that netCDF keeps for itself, and those of whole files.
_HIDDEN: Final = {*OWN, "_Netcdf4Dimid", "_Netcdf4Coordinates", "_nc3_strict", "_NCProperties"}


def groups_below(group: "h5py.Group", without: str) -> "Iterator[h5py.Group]":
    """Yield a group and all groups in it, except for the one of a name in the first."""
    import h5py

    yield group
    for found in group.values():
        if isinstance(found, h5py.Group) and found.name != f"/{without}":
            yield from groups_below(found, without)


def read_group(group: "h5py.Group", known: Mapping[str, Summed]) -> xr.Dataset:
    """Read the variables of a group and its notes, as xarray does, without indexes.

    Those whose values are `known`, by their full names, are not read again. Raises what HDF5 and
    xarray raise where a file is not as netCDF makes it.
    """
    raw = {_name(found): _variable(found, known) for found in _variables(group)}
    read, notes, apart = decode_cf_variables(raw, _attributes(group))
    coords = {name: v for name, v in read.items() if name in apart or v.dims == (name,)}
    own = {name: v for name, v in read.items() if name not in coords}
    return xr.Dataset(own, coords=xr.Coordinates(coords, indexes={}), attrs=notes).load()


def _variables(group: "h5py.Group") -> "Iterator[h5py.Dataset]":
    import h5py

    for found in group.values():
        if isinstance(found, h5py.Dataset) and not _is_bare(found):
            yield found


def _is_bare(found: "h5py.Dataset") -> bool:
    """Whether it is a dimension alone, whose values mean nothing."""
    name = found.attrs.get("NAME", b"")
    return isinstance(name, bytes) and name.startswith(WITHOUT_VALUES)


def _name(found: "h5py.Dataset") -> str:
    return str(found.name).rpartition("/")[2].replace(NO_SCALE, "")


def _variable(found: "h5py.Dataset", known: Mapping[str, Summed]) -> xr.Variable:
    import h5py

    dims, notes = _dims(found), _attributes(found)
    if found.name in known:  # floats, of which those that are missing are no numbers already
        notes.pop("_FillValue", None)
        return xr.Variable(dims, known[found.name].values, notes)
    text = h5py.check_string_dtype(found.dtype)
    if text is not None and text.length is None:
        return xr.Variable(dims, found.asstr()[()], notes, {"dtype": str})
    return xr.Variable(dims, found[()], notes, {"dtype": found.dtype})


def _dims(found: "h5py.Dataset") -> tuple[str, ...]:
    """Return the names of the dimensions: those of the scales that are attached, or its own."""
    attached, scale = found.attrs.get("DIMENSION_LIST"), found.attrs.get("CLASS")
    if scale == b"DIMENSION_SCALE":
        numbers = found.attrs.get("_Netcdf4Coordinates", ())
        return (_name(found),) if len(numbers) < 2 else _numbered(found, numbers)
    if attached is not None:
        return tuple(_name(found.file[scales[-1]]) for scales in attached)
    if found.shape:
        raise ValueError(f"{found.name} has no dimensions.")
    return ()


def _numbered(found: "h5py.Dataset", numbers: Any) -> tuple[str, ...]:
    """Return the dimensions of a scale of several, which netCDF numbers."""
    scales = (each for each in found.parent.values() if "_Netcdf4Dimid" in each.attrs)
    names = {int(np.ravel(each.attrs["_Netcdf4Dimid"])[0]): _name(each) for each in scales}
    return tuple(names[int(number)] for number in numbers)


def _attributes(owner: "h5py.Group | h5py.Dataset") -> dict[str, Any]:
    return {key: _note(owner, key) for key in owner.attrs if key not in _HIDDEN}


def _note(owner: "h5py.Group | h5py.Dataset", key: str) -> Any:
    """Return a note: a text, a number or an array of more than one of them."""
    import h5py

    found = owner.attrs[key]
    if isinstance(found, h5py.Empty):
        return np.array([], found.dtype)
    if isinstance(found, bytes):
        return found.decode()
    if isinstance(found, np.ndarray):
        if found.dtype.kind in "SO":
            texts = [each.decode() if isinstance(each, bytes) else each for each in found.flat]
            return texts[0] if len(texts) == 1 else texts
        return found[0] if len(found) == 1 else found
    return found
