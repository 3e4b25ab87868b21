"""Files are what they say: damaged and foreign ones are refused in a sentence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.numeric.checksums import checksum
from mixwell.posterior import store


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"y": rng.normal(size=24), "g": np.repeat(list("abcd"), 6)})
    data.index = pd.date_range("2020-01-01", periods=24)
    fit = mw.Model("y ~ 1 + (1 | g)", data).fit(engine="exact", draws=40, chains=2, seed=1)
    return fit.save(tmp_path_factory.mktemp("store") / "fit.nc")


# h5netcdf complains once more when a file that it could not open is forgotten
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_altered_byte_changes_what_is_loaded_without_a_word(saved: Path, tmp_path: Path) -> None:
    whole, original = saved.read_bytes(), mw.load(saved)
    rng, refused = np.random.default_rng(7), 0
    for place in rng.integers(0, len(whole), 60):
        altered = bytearray(whole)
        altered[place] ^= 1 << int(rng.integers(8))
        path = tmp_path / "altered.nc"
        path.write_bytes(bytes(altered))
        try:
            read = mw.load(path)
        except mw.DataError:
            refused += 1
            continue
        xr.testing.assert_identical(
            read.idata["posterior"].to_dataset(), original.idata["posterior"].to_dataset()
        )
    assert refused > 20


@pytest.mark.parametrize("group", ["posterior", "observed_data", "mixwell"])
def test_a_changed_value_is_found_in_every_group(saved: Path, tmp_path: Path, group: str) -> None:
    with xr.open_datatree(saved, engine="h5netcdf") as opened:
        tree = opened.load()
    changed = tree[group].to_dataset()
    name = next(iter(changed.data_vars))
    values = changed[name].values.copy()
    values.flat[3] = 1 if values.flat[3] == 0 else 0
    tree[group] = xr.DataTree(changed.assign({name: (changed[name].dims, values)}))
    tree.to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
    with pytest.raises(mw.DataError, match="damaged, or was changed") as found:
        mw.load(tmp_path / "changed.nc")
    assert group in str(found.value)


def test_a_file_without_one_of_its_groups_is_damaged(saved: Path, tmp_path: Path) -> None:
    with xr.open_datatree(saved, engine="h5netcdf") as opened:
        tree = opened.load()
    del tree["posterior"]
    tree.to_netcdf(tmp_path / "less.nc", engine="h5netcdf")
    with pytest.raises(mw.DataError, match="group posterior"):
        mw.load(tmp_path / "less.nc")


def test_a_newer_format_is_refused_by_name(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(store, "FORMAT", 99)
        newer.setattr(store, "__version__", "9.1")
        mw.load(saved).save(tmp_path / "newer.nc")
    with pytest.raises(mw.DataError, match=r"written by mixwell 9.1, in a newer format"):
        mw.load(tmp_path / "newer.nc")


@pytest.mark.parametrize("content", [b"", b"not netCDF", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_what_is_no_file_of_draws_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.nc"
    path.write_bytes(content)
    with pytest.raises(mw.DataError, match=r"is not a netCDF file|is damaged"):
        mw.load(path)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_a_file_cut_short_is_refused_in_a_sentence(
    saved: Path, tmp_path: Path, share: float
) -> None:
    whole = saved.read_bytes()
    path = tmp_path / "short.nc"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(mw.DataError):
        mw.load(path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        ([np.array([1, 2])], [np.array([1.0, 2.0])]),
        ([np.zeros((2, 3))], [np.zeros((3, 2))]),
        ([np.array(["a", "bc"])], [np.array(["ab", "c"])]),
        ([np.array([0.0])], [np.array([-0.0])]),
    ],
)
def test_a_checksum_differs_for_other_values_types_and_shapes(one: list, other: list) -> None:
    assert checksum(one) != checksum(other)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (np.array(["a", "é"]), np.array(["a", "é"], dtype=object)),
        (np.array(["2020-01-01"], "M8[s]"), np.array(["2020-01-01"], "M8[ns]")),
        (np.array([1.5], ">f8"), np.array([1.5], "<f8")),
    ],
)
def test_a_checksum_is_that_of_what_a_file_gives_back(written, read) -> None:
    assert checksum([written]) == checksum([read])
