"""Long values are read in pieces, by several threads, and summed up: the same values and sums."""

from pathlib import Path
from zlib import crc32

import h5py
import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.numeric.checksums import Summed, checksum
from mixwell.posterior.storage import long_values
from mixwell.posterior.storage.long_values import read_long_values

VALUES = np.random.default_rng(1).normal(size=(3, 1000))


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values of 160 bytes and more are read here, in pieces that fit neither rows nor values."""
    monkeypatch.setattr(long_values, "_LONG", 160)
    monkeypatch.setattr(long_values, "_SHARE", 4001)
    monkeypatch.setattr(long_values, "_PIECE", 357)


def read(path: Path) -> dict[str, Summed]:
    with h5py.File(path) as file:
        return dict(read_long_values(path, file))


@pytest.mark.usefixtures("in_pieces")
def test_values_and_their_sums_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "values.h5"
    with h5py.File(path, "w") as file:
        file["short"] = VALUES[0, :19]
        file["here"], file["a/b/there"] = VALUES, VALUES[0, :60].astype(np.float32)
    found = read(path)
    assert {*found} == {"/here", "/a/b/there"}
    np.testing.assert_array_equal(found["/here"].values, VALUES)
    assert found["/here"].crc == crc32(VALUES.tobytes())
    assert checksum(["x", found["/here"], "y"]) == checksum(["x", VALUES, "y"])
    other = found["/a/b/there"]
    assert other.values.dtype == np.float32
    assert checksum([other]) == checksum([VALUES[0, :60].astype(np.float32)])


@pytest.mark.usefixtures("in_pieces")
def test_values_that_are_to_be_computed_or_lie_otherwise_are_left_to_others(tmp_path: Path) -> None:
    path = tmp_path / "values.h5"
    with h5py.File(path, "w") as file:
        file["whole numbers"] = np.arange(1000)
        file["turned"] = VALUES.astype(">f8")
        file.create_dataset("chunked", data=VALUES, chunks=(1, 10))
        file.create_dataset("empty", shape=(3, 1000), dtype="f8")
        file["filled"], file["scaled"], file["absent"] = VALUES, VALUES, VALUES
        file["scaled"].attrs["scale_factor"] = 2.0
        file["filled"].attrs["_FillValue"] = VALUES[0, 0]
        file["absent"].attrs["_FillValue"] = np.nan
    assert {*read(path)} == {"/absent"}


@pytest.mark.usefixtures("in_pieces")
def test_a_file_that_ends_before_its_values_do_is_said_to(tmp_path: Path) -> None:
    path = tmp_path / "values.h5"
    with h5py.File(path, "w") as file:
        file["here"] = VALUES
    with h5py.File(path) as file:
        end = file["here"].id.get_offset() + VALUES.nbytes
        with path.open("r+b") as cut:
            cut.truncate(end - 1)
        with pytest.raises(OSError, match="ends before"):
            read_long_values(path, file)


@pytest.mark.usefixtures("in_pieces")
def test_a_fit_is_the_same_and_each_altered_draw_is_found(saved: Path, tmp_path: Path) -> None:
    tree = mw.load(saved).idata
    for name, group in tree.children.items():
        with xr.open_dataset(saved, group=name, engine="h5netcdf") as plain:
            for variable in plain.data_vars:
                np.testing.assert_array_equal(group[variable].values, plain[variable].values)
    whole = saved.read_bytes()
    with h5py.File(saved) as file:
        draws = {name: value for name, value in file["posterior"].items() if value.nbytes >= 160}
        spans = [(one.id.get_offset(), one.nbytes) for one in draws.values()]
    assert len(spans) > 2
    path, rng = tmp_path / "altered.nc", np.random.default_rng(2)
    for begin, size in spans:
        for place in (begin, begin + size - 1, begin + int(rng.integers(size))):
            path.write_bytes(whole[:place] + b"%c" % (whole[place] ^ 1) + whole[place + 1 :])
            with pytest.raises(mw.DataError, match="is damaged"):
                mw.load(path)
