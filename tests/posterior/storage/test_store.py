"""Files are what they say: damaged and foreign ones are refused in a sentence."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.posterior.storage.changed_notes import changed

import mixwell as mw
from mixwell.infer.settings import Settings
from mixwell.numeric.checksums import checksum
from mixwell.posterior.storage import store
from mixwell.posterior.storage.recipe_json import recipe_to_json
from mixwell.recipe import Recipe


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
        newer.setattr(store, "PLAIN_FORMAT", 99)
        newer.setattr(store, "__version__", "9.1")
        mw.load(saved).save(tmp_path / "newer.nc")
    with pytest.raises(mw.DataError, match=r"written by mixwell 9.1, in a newer format"):
        mw.load(tmp_path / "newer.nc")


def arrow(folder: Path) -> bytes:
    pd.DataFrame({"x": [1.0]}).to_feather(folder / "x.arrow")
    return (folder / "x.arrow").read_bytes()


KINDS: dict[str, tuple[object, str]] = {
    "empty": (b"", "it is empty"),
    "one byte": (b"\x89", "of another kind"),
    "text": (b"x,y\n1,2\n", "of another kind"),
    "netCDF 3": (b"CDF\x01" + bytes(28), "a netCDF file of version 3"),
    "zip": (b"PK\x03\x04" + bytes(28), "a zip archive"),
    "gzip": (b"\x1f\x8b" + bytes(28), "a gzip archive"),
    "pickle": (pickle.dumps({"x": 1}), "a pickle"),
    "Arrow": (arrow, "an Arrow file"),
    "half a signature": (b"\x89HDF\r\n", "of another kind"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_named(tmp_path: Path, kind: str) -> None:
    content, said = KINDS[kind]
    path = tmp_path / "other.nc"
    path.write_bytes(content(tmp_path) if callable(content) else content)
    with pytest.raises(mw.DataError, match=r"is not a netCDF file that .fit\.save. wrote") as found:
        mw.load(path)
    assert said in str(found.value)


@pytest.mark.parametrize("rest", [b"", bytes(200), b"\xff" * 200, bytes(range(256)) * 8])
def test_a_signature_alone_is_a_damaged_file(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "other.nc"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + rest)
    with pytest.raises(mw.DataError, match="is damaged"):
        mw.load(path)


def test_draws_of_other_programs_are_no_model(tmp_path: Path) -> None:
    draws = xr.Dataset({"mu": (("chain", "draw"), np.zeros((2, 3)))})
    tree = xr.DataTree.from_dict({"posterior": draws})
    tree.to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(mw.DataError, match="holds no mixwell model"):
        mw.load(tmp_path / "other.nc")


def test_what_is_no_regular_file_is_said(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(mw.DataError, match="is a directory"):
        mw.load(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(mw.DataError, match="is a pipe or a device"):
        mw.load(tmp_path / "pipe")
    for device in ("/dev/null", "/dev/zero"):
        with pytest.raises(mw.DataError, match="is a pipe or a device"):
            mw.load(device)
    (tmp_path / "link").symlink_to(saved)
    assert mw.load(tmp_path / "link")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(mw.DataError, match="cannot be read: too many levels"):
        mw.load(tmp_path / "circle")


@pytest.mark.parametrize("name", ["nothing.nc", "no/such/place.nc", "nul\0.nc", ""])
def test_a_path_to_nothing_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(mw.DataError, match=r"There is no file|is a directory"):
        mw.load(tmp_path / name)


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(mw.DataError, match="cannot be read: file name too long"):
        mw.load(tmp_path / ("a" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_said(saved: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(saved, tmp_path / "closed.nc"))
    path.chmod(0)
    with pytest.raises(mw.DataError, match="you have no right to"):
        mw.load(path)


def with_notes(saved: Path, path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write a file with other notes, and the right checksums of these."""
    with xr.open_datatree(saved, engine="h5netcdf") as opened:
        tree = opened.load()
    own = tree["mixwell"].to_dataset()
    del own.attrs["checksum"]
    notes = json.loads(own.attrs.pop("model"))
    changed = change(notes)
    text = json.dumps(notes) if changed is None else changed
    own = own.assign_attrs(model=text)
    tree["mixwell"] = xr.DataTree(own.assign_attrs(checksum=store._checksum(own)))
    tree.to_netcdf(path, engine="h5netcdf")
    return path


def test_the_same_notes_are_read_again(saved: Path, tmp_path: Path) -> None:
    assert mw.load(with_notes(saved, tmp_path / "same.nc", lambda notes: None))


NOTES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no notes": lambda notes: "",
    "no JSON": lambda notes: "{",
    "a number": lambda notes: "3",
    "a list": lambda notes: "[]",
    "a million brackets": lambda notes: "[" * 1_000_000,
    "no recipe": lambda notes: notes.pop("recipe") and None,
    "no formulas": lambda notes: notes["recipe"].pop("formulas") and None,
    "a number for formulas": lambda notes: notes["recipe"].update(formulas=3),
    "numbers for formulas": lambda notes: notes["recipe"].update(formulas=[3]),
    "no engine": lambda notes: notes.pop("engine") and None,
    "a list for the engine": lambda notes: notes.update(engine=[1]),
    "an unknown family": lambda notes: notes["recipe"].update(family="no such"),
    "a list for the family": lambda notes: notes["recipe"].update(family=["gaussian"]),
    "an unknown coding": lambda notes: notes["recipe"].update(
        contrasts={"g": {"contrast": "os.system", "values": {}}}
    ),
    "a coding without values": lambda notes: notes["recipe"].update(contrasts={"g": {}}),
    "an unknown prior": lambda notes: notes["recipe"].update(priors={"x": "exit()"}),
    "a prior of nothing": lambda notes: notes["recipe"].update(priors={"nothing": "normal(0, 1)"}),
    "too few weights": lambda notes: notes["recipe"].update(weights=[1.0]),
    "a mapping for weights": lambda notes: notes["recipe"].update(weights={"a": 1}),
    "a text for a format": lambda notes: notes.update(format="2"),
    "a broken format": lambda notes: notes.update(format=1.5),
    "no number for a format": lambda notes: notes.update(format=float("nan")),
    "format 0": lambda notes: notes.update(format=0),
    "a list of checksums": lambda notes: notes.update(checksums=[1]),
    "a number of checksums": lambda notes: notes.update(checksums=3),
    "no checksum of a group": lambda notes: notes["checksums"].update(posterior=None),
    "a checksum of a variable": lambda notes: notes["checksums"].update({"posterior/sigma": "0"}),
    "a checksum of all groups": lambda notes: notes["checksums"].update({"/": "0"}),
    "a checksum of nothing": lambda notes: notes["checksums"].update({"": "0", "..": "0"}),
    "a checksum of no group": lambda notes: notes.update(checksums={"more": "0"}),
}


@pytest.mark.parametrize("name", NOTES)
def test_notes_that_no_version_wrote_are_refused_in_a_sentence(
    saved: Path, tmp_path: Path, name: str
) -> None:
    path = with_notes(saved, tmp_path / "changed.nc", NOTES[name])
    with pytest.raises(mw.DataError, match=r"is damaged|make no model|not one of mixwell's"):
        mw.load(path)


def test_nothing_in_the_notes_can_be_changed_to_an_error_of_pythons(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever checksums say: notes, and what is noted of the draws, are refused or read."""
    notes, choices = store.read_choices(saved)
    tree = store.read_draws(saved, notes)
    attributes = dict(tree["posterior"].attrs)
    forged = [(what, new, attributes) for what, new in changed(notes)]
    forged += [(what, notes, new) for what, new in changed(attributes)]
    found = {}
    for what, new, noted in forged:
        tree["posterior"].attrs = noted
        monkeypatch.setattr(store, "read_choices", lambda _, notes=new: (notes, choices))
        monkeypatch.setattr(store, "read_draws", lambda *_: tree)
        try:
            fit = mw.load(saved)
        except mw.MixwellError as error:
            found[what] = str(error)
            continue
        found[what] = "read"
        assert fit.engine
        assert fit.diagnose()
        with suppress(mw.DataError):
            Settings.read(fit.made.settings)
    assert "damaged" in found["('recipe', 'formulas'): []"]
    assert "damaged" in found["('seed',): 'x'"]
    assert found["('seed',): 1000000000000000000000000000000"] == "read"


def test_a_seed_longer_than_a_number_of_a_file_is_kept(saved: Path, tmp_path: Path) -> None:
    read = store.load(saved)
    made = replace(read.made, seed=10**30)
    made.write(read.idata)
    read.idata["posterior"].attrs |= {"odd": True, "several": np.array([True, False])}
    back = store.load(store.save(tmp_path / "seed.nc", read.recipe, read.idata, made))
    assert back.made.seed == 10**30
    assert back.idata["posterior"].attrs["odd"] == "True"


@pytest.mark.parametrize("number", [0, -200, 2**62 + 1, 2**63 - 1, -(2**63)])
def test_whole_numbers_are_noted_as_numbers_where_files_have_them(number, tmp_path: Path) -> None:
    attributes = {"a": number, "b": 2**63, "c": -(2**63) - 1, "d": True, "e": np.array([True])}
    group = xr.Dataset({"x": ("n", [1.0])}, attrs=attributes)
    store.write_groups(tmp_path / "notes.nc", {"posterior": group}, {})
    _, tree = store.read_groups(tmp_path / "notes.nc")
    read = tree["posterior"].attrs
    noted = read.pop("a")
    assert noted == number
    assert not isinstance(noted, str)
    assert read.pop("e") == "[ True]"
    assert read == {"b": str(2**63), "c": str(-(2**63) - 1), "d": "True"}


def test_a_file_cut_short_is_refused_at_every_length(saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    path = tmp_path / "short.nc"
    lengths = {*range(0, 100, 7), *range(0, len(whole), 499), *range(len(whole) - 30, len(whole))}
    for length in sorted(lengths):
        path.write_bytes(whole[:length])
        with pytest.raises(mw.DataError, match=r"is damaged|is not a netCDF file"):
            mw.load(path)


@pytest.mark.parametrize("more", [b"\n", bytes(100), b"mixwell\n"])
def test_a_file_with_more_behind_its_end_is_refused(
    saved: Path, tmp_path: Path, more: bytes
) -> None:
    path = tmp_path / "long.nc"
    path.write_bytes(saved.read_bytes() + more)
    with pytest.raises(mw.DataError, match="is damaged"):
        mw.load(path)


def test_every_choice_of_a_recipe_is_written(small: mw.Fit) -> None:
    written = set(recipe_to_json(small.recipe))
    further = {"formulas", "priors_to_give", "functions_to_give", "counted", "counted_at"}
    assert written == {*Recipe.names(), *further} - {"data", "functions"}


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


LABELS = ["plain", "nul\0 inside", "\0", "back\\slash", "\\x00", "new\nline", "é", "\U0001f41d"]


@pytest.mark.parametrize("labels", [LABELS, [name for name in LABELS if "\0" not in name]])
def test_labels_of_all_signs_come_back(tmp_path: Path, labels: list[str]) -> None:
    coords = {"g": np.array(labels, dtype=object)}
    group = xr.Dataset({"r": (("draw", "g"), np.ones((2, len(labels))))}, coords=coords)
    store.write_groups(tmp_path / "labels.nc", {"posterior": group}, {})
    _, tree = store.read_groups(tmp_path / "labels.nc")
    read = store._indexed(tree["posterior"].to_dataset())
    assert read["g"].values.tolist() == labels


def test_a_changed_note_of_a_group_is_found(saved: Path, tmp_path: Path) -> None:
    with xr.open_datatree(saved, engine="h5netcdf") as opened:
        tree = opened.load()
    tree["posterior"].attrs["k_hat"] = 0.0
    tree.to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
    with pytest.raises(mw.DataError, match="group posterior"):
        mw.load(tmp_path / "changed.nc")


def test_a_file_of_today_without_the_checksum_of_its_notes_is_damaged(
    saved: Path, tmp_path: Path
) -> None:
    with xr.open_datatree(saved, engine="h5netcdf") as opened:
        tree = opened.load()
    del tree["mixwell"].attrs["checksum"]
    tree.to_netcdf(tmp_path / "less.nc", engine="h5netcdf")
    with pytest.raises(mw.DataError, match="group mixwell"):
        mw.load(tmp_path / "less.nc")


def test_a_name_with_a_null_character_is_shown_without_it(tmp_path: Path) -> None:
    with pytest.raises(mw.DataError, match=r"nul\?\.nc"):
        mw.load(tmp_path / "nul\0.nc")
