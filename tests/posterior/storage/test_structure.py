"""What leads out of a file, or would take more room than there is, is refused before it is read."""

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

import mixwell as mw


def other(folder: Path) -> Path:
    """A HDF5 file with values of its own, to which links can lead."""
    path = folder / "secret.h5"
    with h5py.File(path, "w") as file:
        file["sigma"] = np.ones((2, 40))
    return path


def replace_link(kind: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        del file["posterior/sigma"]
        links = {
            "external": h5py.ExternalLink(str(other(folder)), "/sigma"),
            "soft": h5py.SoftLink("/sample_stats/lp"),
            "dangling": h5py.SoftLink("/nothing"),
        }
        file["posterior/sigma"] = links[kind]

    return change


def hard_link(file: h5py.File, folder: Path) -> None:
    del file["posterior/sigma"]
    file["posterior/sigma"] = file["sample_stats/lp"]


def circle(file: h5py.File, folder: Path) -> None:
    file["posterior/again"] = file["/"]


def link_to_group(file: h5py.File, folder: Path) -> None:
    file["more"] = h5py.ExternalLink(str(other(folder)), "/")


def link_for_own_group(file: h5py.File, folder: Path) -> None:
    file.move("mixwell", "mine")
    file["mixwell"] = h5py.SoftLink("/mine")


def raw_storage(file: h5py.File, folder: Path) -> None:
    del file["posterior/sigma"]
    raw = folder / "secret.bin"
    raw.write_bytes(bytes(640))
    file["posterior"].create_dataset("sigma", (2, 40), "f8", external=[(str(raw), 0, 640)])


def virtual(file: h5py.File, folder: Path) -> None:
    del file["posterior/sigma"]
    layout = h5py.VirtualLayout((2, 40), "f8")
    layout[:] = h5py.VirtualSource(str(other(folder)), "sigma", (2, 40))
    file["posterior"].create_virtual_dataset("sigma", layout)


def with_variable(kind: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        group = file["posterior"]
        if kind == "reference":
            group.create_dataset("more", data=file["posterior"].ref, dtype=h5py.ref_dtype)
        elif kind == "sequences":
            group.create_dataset("more", (2,), dtype=h5py.vlen_dtype(np.float64))
        elif kind == "pairs":
            group["more"] = np.zeros(3, dtype=[("a", "f8"), ("b", "i4")])
        elif kind == "opaque":
            group["more"] = np.zeros(3, dtype="V7")
        elif kind == "a type":
            file["posterior/more"] = np.dtype("f8")
        elif kind == "a list of texts":
            group.attrs["more"] = np.array(["a", "b"], dtype=object)
        elif kind == "a reference noted":
            group.attrs["more"] = group.ref
        elif kind == "a reference noted of a variable":
            file["posterior/sigma"].attrs["more"] = group.ref  # behind those of netCDF

    return change


WAYS: dict[str, tuple[Callable[[h5py.File, Path], None], str]] = {
    "an external link": (replace_link("external"), "/posterior/sigma: it is a link"),
    "a soft link": (replace_link("soft"), "/posterior/sigma: it is a link"),
    "a link to nothing": (replace_link("dangling"), "/posterior/sigma: it is a link"),
    "an external link to a group": (link_to_group, "/more: it is a link"),
    "another name": (hard_link, "under another name"),
    "a circle": (circle, "under another name"),
    "raw values elsewhere": (raw_storage, "lie in other files"),
    "values put together": (virtual, "lie in other files"),
    "references": (with_variable("reference"), "type that fits have not"),
    "sequences": (with_variable("sequences"), "type that fits have not"),
    "pairs": (with_variable("pairs"), "type that fits have not"),
    "opaque": (with_variable("opaque"), "type that fits have not"),
    "a type": (with_variable("a type"), "it is a type"),
    "a list of texts": (with_variable("a list of texts"), "list of texts"),
    "a reference noted": (with_variable("a reference noted"), "type that fits have not"),
    "a reference noted of a variable": (
        with_variable("a reference noted of a variable"),
        "/posterior/sigma@more: it is of a type that fits have not",
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_what_no_fit_has_is_refused_before_it_is_read(
    saved: Path, tmp_path: Path, name: str
) -> None:
    change, said = WAYS[name]
    path = Path(shutil.copy(saved, tmp_path / "changed.nc"))
    with h5py.File(path, "r+") as file:
        change(file, tmp_path)
    with pytest.raises(mw.DataError, match="is not made as") as found:
        mw.load(path)
    assert said in str(found.value)


def test_a_link_in_the_place_of_the_model_is_not_followed(saved: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(saved, tmp_path / "changed.nc"))
    with h5py.File(path, "r+") as file:
        link_for_own_group(file, tmp_path)
    with pytest.raises(mw.DataError, match="holds no mixwell model"):
        mw.load(path)


def zeros(**how: object) -> Callable[[h5py.Group], None]:
    def change(group: h5py.Group) -> None:
        group.create_dataset("more", (2, 40, 10**7), "f8", **how)

    return change


BOMBS: dict[str, Callable[[h5py.Group], None]] = {
    "never written": zeros(),
    "packed": zeros(chunks=(2, 40, 1000), compression="gzip"),
    "shuffled": zeros(chunks=(2, 40, 1000), compression="gzip", shuffle=True),
    "a large piece": lambda group: group.create_dataset(
        "more", (1,), "f8", chunks=(10**8,), maxshape=(None,)
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_too_much_memory_is_refused_before_it_is_read(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(mw.options, "memory", "20 MB")
    path = Path(shutil.copy(saved, tmp_path / "changed.nc"))
    with h5py.File(path, "r+") as file:
        BOMBS[name](file["posterior"])
    with pytest.raises(mw.DataError, match=r"read into memory, would take [\d.,]+ GB") as found:
        mw.load(path)
    assert "mixwell.options.memory" in str(found.value)
    assert f" has {path.stat().st_size / 1e6:,.1f} MB and, read into" in str(found.value)


def test_one_text_that_many_labels_share_counts_as_often_as_it_is_read(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(saved, tmp_path / "changed.nc"))
    with h5py.File(path, "r+") as file:
        texts = file["posterior"].create_dataset("more", (2000,), h5py.string_dtype())
        texts[0] = "a" * 50_000
        place = texts.id.get_offset()
    whole = bytearray(path.read_bytes())
    whole[place : place + 16 * 2000] = whole[place : place + 16] * 2000
    path.write_bytes(bytes(whole))
    monkeypatch.setattr(mw.options, "memory", "20 MB")
    with pytest.raises(mw.DataError, match=r"read into memory, would take 0.1 GB"):
        mw.load(path)
    monkeypatch.setattr(mw.options, "memory", "200 MB")
    with pytest.raises(mw.DataError, match="damaged"):  # it is read, and is along no dimension
        mw.load(path)


@pytest.mark.parametrize("how", [{"compression": "lzf"}, {"scaleoffset": 3}])
def test_packed_as_netcdf_does_not_pack_is_refused(saved: Path, tmp_path: Path, how: dict) -> None:
    path = Path(shutil.copy(saved, tmp_path / "changed.nc"))
    with h5py.File(path, "r+") as file:
        file["posterior"].create_dataset("more", data=np.ones((2, 40)), chunks=(2, 40), **how)
    with pytest.raises(mw.DataError, match="is not made as"):
        mw.load(path)


def test_a_large_fit_is_no_bomb(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mw.options, "_memory", 1000)
    assert mw.load(saved)


def test_a_fit_that_was_packed_by_another_program_is_read(saved: Path, tmp_path: Path) -> None:
    with xr.open_datatree(saved, engine="h5netcdf") as opened:
        tree = opened.load()
    packed = {
        f"/{name}": {
            v: {"zlib": True, "shuffle": True, "complevel": 4, "fletcher32": True}
            for v in node.data_vars
        }
        for name, node in tree.children.items()
    }
    tree.to_netcdf(tmp_path / "packed.nc", engine="h5netcdf", encoding=packed)
    one, two = (mw.load(path).posterior for path in (saved, tmp_path / "packed.nc"))
    xr.testing.assert_identical(one, two)


def noise(group: h5py.Group) -> None:
    values = np.random.default_rng(1).normal(size=1_000)
    made = group.create_dataset("more", data=values, chunks=(1_000,), compression="gzip")
    made.attrs["packed"] = made.id.get_storage_size()


#: What is added to a file, and the megabytes that reading it takes: 1,032 times a packed piece.
ADDED: dict[str, tuple[Callable[[h5py.Group], object], float]] = {
    "numbers": (lambda group: group.create_dataset("more", (2, 40, 25_000), "f8"), 16.0),
    "short numbers": (lambda group: group.create_dataset("more", (2, 40, 25_000), "i2"), 4.0),
    "a piece": (
        lambda group: group.create_dataset("more", (1,), "f8", chunks=(10**6,), maxshape=(None,)),
        8.0,
    ),
    "packed noise": (noise, 1032 * 0.0077),
    "no texts": (lambda group: group.create_dataset("more", (0,), h5py.string_dtype()), 0.0),
}


@pytest.mark.parametrize("name", ADDED)
def test_the_room_that_reading_takes_is_counted_in_bytes(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    add, needed = ADDED[name]
    path = Path(shutil.copy(saved, tmp_path / "changed.nc"))
    with h5py.File(path, "r+") as file:
        add(file["posterior"])
    monkeypatch.setattr(mw.options, "_memory", int(1e6 * (1.04 * needed + 0.3)))
    with pytest.raises(mw.DataError, match="damaged"):  # it is read, and of no fit
        mw.load(path)
    if needed:
        monkeypatch.setattr(mw.options, "_memory", int(0.96e6 * needed))
        with pytest.raises(mw.DataError, match="read into memory, would take"):
            mw.load(path)


@pytest.mark.parametrize("name", ["variable.", "variable", "variables."])
def test_only_what_h5netcdf_does_not_read_takes_no_room(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It takes a dimension for one without values by its whole name, up to the period."""
    path = Path(shutil.copy(saved, tmp_path / "changed.nc"))
    with h5py.File(path, "r+") as file:
        made = file["posterior"].create_dataset("more", (10**9,), "f4")
        made.make_scale(f"This is a netCDF dimension but not a netCDF {name}{10**9:10}")
    monkeypatch.setattr(mw.options, "memory", "20 MB")
    if name == "variable.":
        assert mw.load(path)
    else:
        with pytest.raises(mw.DataError, match="read into memory, would take"):
            mw.load(path)
