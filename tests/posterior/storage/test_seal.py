"""The seal behind a file: every byte that HDF5 reads of itself is known, long values are not."""

import json
import shutil
import struct
from pathlib import Path
from zlib import crc32

import h5py
import numpy as np
import pytest

from mixwell.posterior.storage.seal import is_broken, seal

#: A run of values, long enough to be left out of the seal, that is found again in the file.
LONG = np.arange(20_000, dtype=np.float64) + 0.123
END = struct.Struct("<QI8s")


def made(path: Path, libver: object = None) -> Path:
    with h5py.File(path, "w", libver=libver) as file:
        file["group/long"] = LONG
        file["group/short"] = np.arange(10.0)
        file["texts"] = [b"one", b"two"]
    return path


def sealed(path: Path) -> Path:
    with made(path).open("r+b") as file:
        seal(file)
    return path


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return sealed(tmp_path / "whole.h5")


def broken_with(whole: Path, content: bytes) -> bool:
    other = whole.with_name("other.h5")
    other.write_bytes(content)
    return is_broken(other)


def test_a_sealed_file_is_read_as_it_was(whole: Path) -> None:
    assert not is_broken(whole)
    with h5py.File(whole) as file:
        assert np.array_equal(file["group/long"][:], LONG)


def test_every_byte_is_sealed_but_those_of_long_runs_of_values(whole: Path) -> None:
    content = whole.read_bytes()
    begin = content.index(LONG.tobytes())
    long = range(begin, begin + LONG.nbytes)
    outside = [*range(begin), *range(long.stop, len(content))]
    places = [0, 1, begin - 1, long.stop, len(content) - 1]
    places += np.random.default_rng(1).choice(outside, 60).tolist()
    for place in places:
        assert broken_with(
            whole, content[:place] + b"%c" % (content[place] ^ 4) + content[place + 1 :]
        )
    for place in (begin, begin + 1_000, long.stop - 1):
        changed = content[:place] + b"%c" % (content[place] ^ 4) + content[place + 1 :]
        assert not broken_with(whole, changed)


@pytest.mark.parametrize("length", [0, 1, 8, 19, 20, 21])
def test_a_few_bytes_have_no_seal(whole: Path, length: int) -> None:
    assert not broken_with(whole, b"\xff" * length)


@pytest.mark.parametrize("libver", ["earliest", ("v108", "v108"), "latest"])
def test_a_file_without_a_seal_may_end_where_hdf5_ends_it_only(tmp_path: Path, libver) -> None:
    path = made(tmp_path / "plain.h5", libver)
    content = path.read_bytes()
    assert content[8] == {"earliest": 0, "latest": 3}.get(libver, 2)  # the version of its start
    assert not is_broken(path)
    assert broken_with(path, content + b"\0")
    assert broken_with(path, content + END.pack(0, 0, b"mixwell\n"))


@pytest.mark.parametrize("cut", [1, 5, 20, 25])
def test_a_part_of_a_seal_is_found(whole: Path, cut: int) -> None:
    assert broken_with(whole, whole.read_bytes()[:-cut])


@pytest.mark.parametrize(
    "text",
    [b"{}", b"[]", b"{", b"3", b'{"length": 1}', b'{"length": 1, "apart": 3, "crc": 2}', b"\xff"],
)
def test_a_note_that_says_nothing_is_no_seal(tmp_path: Path, text: bytes) -> None:
    path = made(tmp_path / "plain.h5")
    content = path.read_bytes()
    assert broken_with(path, content + text + END.pack(len(text), crc32(text), b"mixwell\n"))


def test_the_checksum_is_that_of_all_bytes_but_long_runs_of_values(whole: Path) -> None:
    """So that files of today are known to be whole by later versions."""
    content = whole.read_bytes()
    (length, _, _) = END.unpack(content[-20:])
    note = json.loads(content[-20 - length : -20])
    begin = content.index(LONG.tobytes())
    assert note["apart"] == [[begin, begin + LONG.nbytes]]
    rest = content[:begin] + content[begin + LONG.nbytes : note["length"]]
    assert note["crc"] == crc32(rest)


def test_a_seal_is_of_the_length_of_its_file(whole: Path) -> None:
    content = whole.read_bytes()
    (length, _, _) = END.unpack(content[-20:])
    note = json.loads(content[-20 - length : -20])
    assert note["length"] == len(content) - 20 - length
    text = json.dumps({**note, "length": note["length"] + 1}).encode()
    end = END.pack(len(text), crc32(text), b"mixwell\n")
    assert broken_with(whole, content[: -20 - length] + text + end)
    assert broken_with(whole, content[:100] + content[99:])
    far = END.pack(len(content), crc32(b""), b"mixwell\n")
    assert broken_with(whole, content[:-20] + far)


def test_a_copy_is_as_good(whole: Path, tmp_path: Path) -> None:
    assert not is_broken(Path(shutil.copy(whole, tmp_path / "copy.h5")))
