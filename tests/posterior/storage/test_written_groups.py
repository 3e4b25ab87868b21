"""Groups written and read by HDF5 itself are those that xarray's own writer and reader make."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from mixwell.posterior.storage.stored_groups import groups_below, read_group
from mixwell.posterior.storage.written_groups import GroupWriter

#: One thing that files of fits have each, and each differently from plain numbers.
GROUPS = {
    "numbers": xr.Dataset({"a": (("x", "y"), np.arange(6.0).reshape(2, 3)), "b": 7}),
    "whole numbers": xr.Dataset({"a": ("x", np.array([2**62, -1])), "u": ("x", np.uint8([1, 2]))}),
    "numbers that are missing": xr.Dataset({"a": ("x", [1.0, np.nan])}),
    "single precision": xr.Dataset({"a": ("x", np.float32([0.1, 0.2]))}),
    "truths": xr.Dataset({"a": ("x", [True, False])}),
    "texts": xr.Dataset({"a": ("x", np.array(["grö", "", "日"]))}),
    "dates": xr.Dataset({"a": ("x", np.array(["2026-01-01", "2026-03-02"], "M8[ns]"))}),
    "times that pass": xr.Dataset({"a": ("x", np.array([1, 90], "m8[s]").astype("m8[ns]"))}),
    "names of levels": xr.Dataset({"a": ("g", [1.0, 2.0])}, {"g": ["u", "v"]}),
    "coordinates of another name": xr.Dataset({"a": ("x", [1.0])}, {"b": ("x", ["p"])}),
    "coordinates of two dimensions": xr.Dataset(
        {"a": ("x", [1.0])}, {"x": [1], "s": (("x", "y"), [[1, 2]])}
    ),
    "a variable called as a dimension of others": xr.Dataset(
        {"x": ("y", [1, 2]), "a": (("x", "y"), [[1, 2], [3, 4], [5, 6]])}
    ),
    "nothing in a dimension": xr.Dataset({"a": (("x", "y"), np.zeros((0, 2)))}),
    "a dimension of nothing and one of names": xr.Dataset(
        {"a": (("x", "g"), np.zeros((0, 1)))}, {"g": ["u"]}
    ),
    "notes": xr.Dataset(attrs={"t": "grö", "i": 3, "f": 0.5, "many": np.array([1.0, 2.0])}),
    "notes of variables": xr.Dataset({"a": ("x", [1.0], {"t": "of it", "i": np.int64(3)})}),
}


def assert_same(made: xr.Dataset, expected: xr.Dataset) -> None:
    """Hold names in their order, dimensions, types, values, coordinates and notes to be equal."""
    assert list(made.variables) == list(expected.variables)
    assert set(made.coords) == set(expected.coords)
    for name, variable in expected.variables.items():
        assert made.variables[name].dtype == variable.dtype
        assert made.variables[name].dims == variable.dims
    xr.testing.assert_identical(made, expected)


def by_xarray(path: Path, group: str) -> xr.Dataset:
    choices = {"engine": "h5netcdf", "create_default_indexes": False, "decode_timedelta": True}
    with xr.open_dataset(path, group=group, **choices) as opened:
        return opened.load()


def by_us(path: Path, group: str) -> xr.Dataset:
    with h5py.File(path) as file:
        return read_group(file[group], {})


@pytest.mark.parametrize("name", GROUPS)
def test_what_is_written_is_read_by_xarray_as_what_xarray_writes(tmp_path: Path, name: str) -> None:
    path, other = tmp_path / "ours.nc", tmp_path / "xarray.nc"
    with h5py.File(path, "w", track_order=True) as file:
        GroupWriter(file).write("group", GROUPS[name])
    GROUPS[name].to_netcdf(other, group="group", engine="h5netcdf")
    assert_same(by_xarray(path, "group"), by_xarray(other, "group"))


@pytest.mark.parametrize("name", GROUPS)
def test_what_xarray_writes_is_read_as_xarray_reads_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "xarray.nc"
    GROUPS[name].to_netcdf(path, group="group", engine="h5netcdf")
    assert_same(by_us(path, "group"), by_xarray(path, "group"))


def test_groups_of_a_file_have_dimensions_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "ours.nc"
    with h5py.File(path, "w", track_order=True) as file:
        writer = GroupWriter(file)
        for name, group in GROUPS.items():
            writer.write(name, group)
    with h5py.File(path) as file:
        assert [group.name for group in groups_below(file, without="notes")] == [
            "/",
            *(f"/{name}" for name in GROUPS if name != "notes"),
        ]
        numbers = [
            int(found.attrs["_Netcdf4Dimid"])
            for group in file.values()
            for found in group.values()
            if found.attrs.get("CLASS") == b"DIMENSION_SCALE"
        ]
    assert sorted(numbers) == list(range(sum(len(group.sizes) for group in GROUPS.values())))
    for name, group in GROUPS.items():
        assert dict(by_us(path, name).sizes) == dict(group.sizes)


def test_values_that_hdf5_has_no_type_for_are_an_error(tmp_path: Path) -> None:
    dataset = xr.Dataset({"a": ("x", np.array([object(), 1], dtype=object))})
    with h5py.File(tmp_path / "a.nc", "w") as file, pytest.raises(TypeError):
        GroupWriter(file).write("group", dataset)


def test_a_variable_without_dimensions_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nc", "w") as file:
        file.create_dataset("a", data=[1.0])
        with pytest.raises(ValueError, match="/a has no dimensions"):
            read_group(file, {})
