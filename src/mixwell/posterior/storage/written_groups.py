"""Datasets as groups of a netCDF file, written by HDF5 itself.

xarray's own writer asks HDF5 some hundred times for each variable, which takes several times as
long as a small fit; what netCDF has no types for is encoded by xarray here, too.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.conventions import cf_encoder, encode_dataset_coordinates

from mixwell.posterior.storage.structure import NO_SCALE, WITHOUT_VALUES

if TYPE_CHECKING:
    import h5py

__all__ = ["GroupWriter"]


class GroupWriter:
    """Writes groups to a HDF5 file that is open, and numbers their dimensions one after the other.

    The file is to track the order in which it is written (`track_order`), as netCDF does.
    """

    def __init__(self, file: "h5py.File") -> None:
        import h5py

        self._file = file
        self._numbers: Iterator[int] = count()
        libraries = f"hdf5={h5py.version.hdf5_version},h5py={h5py.__version__}"
        file.attrs["_NCProperties"] = np.bytes_(f"version=2,{libraries}")

    def write(self, name: str, dataset: xr.Dataset) -> None:
        """Write the variables of a dataset and its notes, without its indexes.

        Raises `TypeError` for values that HDF5 has no type for.
        """
        group = self._file.create_group(name, track_order=True)
        variables, notes = cf_encoder(*encode_dataset_coordinates(dataset))
        numbers = {str(dim): next(self._numbers) for dim in dataset.sizes}
        scales = {dim: _scale(group, dim, variables, dataset.sizes[dim]) for dim in numbers}
        for dim, scale in scales.items():
            scale.attrs["_Netcdf4Dimid"] = np.int32(numbers[dim])
        for key, variable in variables.items():
            _write(group, str(key), variable, scales, numbers)
        _note(group, notes)


def _scale(
    group: "h5py.Group", dim: str, variables: Mapping[Any, xr.Variable], size: int
) -> "h5py.Dataset":
    """Return the scale of a dimension: its variable, or one that has no values."""
    own = variables.get(dim)
    if own is not None and own.dims == (dim,):
        made = _made(group, dim, own)
        made.make_scale(dim)
    else:
        room = {"maxshape": (None,)} if not size else {}
        made = group.create_dataset(dim, (size,), ">f4", track_order=True, **room)
        made.make_scale(WITHOUT_VALUES + f"{size:10}".encode())
    return made


def _write(
    group: "h5py.Group",
    name: str,
    variable: xr.Variable,
    scales: Mapping[str, "h5py.Dataset"],
    numbers: Mapping[str, int],
) -> None:
    dims = [str(dim) for dim in variable.dims]
    if dims == [name]:
        made = scales[name]
    else:
        made = _made(group, NO_SCALE + name if name in scales else name, variable)
        for axis, dim in enumerate(dims):
            made.dims[axis].attach_scale(scales[dim])
    if dims:
        made.attrs["_Netcdf4Coordinates"] = np.array([numbers[dim] for dim in dims], np.int32)
        made.attrs["_Netcdf4Dimid"] = np.int32(numbers[dims[0]])
    _note(made, variable.attrs)


def _made(group: "h5py.Group", name: str, variable: xr.Variable) -> "h5py.Dataset":
    """Write the values of a variable; a dimension without any can grow, as netCDF has it."""
    import h5py

    values = np.asarray(variable.values)
    if values.dtype.kind in "OU":
        values = values.astype(h5py.string_dtype())
    choices: dict[str, Any] = {"fillvalue": variable.attrs.get("_FillValue")}
    if not values.size and values.ndim:
        choices["maxshape"] = tuple(size or None for size in values.shape)
    return group.create_dataset(name, data=values, track_order=True, **choices)


def _note(owner: "h5py.Group | h5py.Dataset", notes: Mapping[Any, Any]) -> None:
    """Write notes: texts as they are, numbers as arrays of one, as netCDF has them."""
    for key, value in notes.items():
        owner.attrs[str(key)] = value if isinstance(value, str | bytes) else np.atleast_1d(value)
