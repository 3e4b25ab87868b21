"""Tables are known by their contents, in files and in pipes."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import mixwell as mw
from mixwell.tables.files import read_stream, read_table

TEXT = b"y,x\n1.5,2\n2.5,3\n"
SHAPE = (
    "import sys; from mixwell.command.given_texts import table_of; "
    "print(table_of(sys.argv[1]).shape)"
)


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), TEXT)
    return made.getvalue()


def arrow(kind: str) -> bytes:
    made = io.BytesIO()
    getattr(pd.read_csv(io.BytesIO(TEXT)), f"to_{kind}")(made)
    return made.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        gzip.compress(TEXT, mtime=0),
        bz2.compress(TEXT),
        lzma.compress(TEXT),
        archive("a.csv"),
        archive("a.csv", "__MACOSX/a.csv"),
        arrow("parquet"),
        arrow("feather"),
        gzip.compress(arrow("parquet"), mtime=0),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "dat"])
def test_a_table_is_known_by_its_contents(data: bytes, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(data)
    assert read_table(path).to_dict("list") == {"y": [1.5, 2.5], "x": [2, 3]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(TEXT * 100, mtime=0)[:-20], "cut off or damaged"),
        (lzma.compress(TEXT * 100)[:-20], "cut off or damaged"),
        (archive("a.csv")[:-30], "cut off or damaged"),
        (arrow("parquet")[:-20], "cut off or damaged"),
        (arrow("feather")[:-20], "cut off or damaged"),
        (archive("a.csv", "b.csv"), "archive of 2 files"),
        (archive(), "archive of 0 files"),
        (archive("[Content_Types].xml", "xl/sheet"), "workbook"),
        (gzip.compress(b"X\n\0\0\0\3", mtime=0), r"R's own format(.|\n)*write\.csv"),
        (gzip.compress(b"RDX3\nX\n", mtime=0), "R's own format"),
        (b"$FL2@(#) SPSS", "file of SPSS"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"<!DOCTYPE html>\n", "web page"),
        (b"<stata_dta><header>", "file of Stata"),
        (b"r\x02\x01\0\4\0", "file of Stata"),
        (b"\x80\x04\x95\0\0", "pickle of Python"),
        (b"7z\xbc\xaf\x27\x1c\0", "is an archive, which"),
        (gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar\x00", mtime=0), "archive of tar"),
        (b'[{"y": 1}]', "JSON"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\x28\xb5\x2f\xfd\0", "zstd -dc"),
        (b"\x89PNG\r\n\x1a\n\0", "byte 0"),
    ],
)
def test_what_is_no_table_is_refused_and_named(data: bytes, said: str) -> None:
    with pytest.raises(mw.DataError, match=said):
        read_stream(io.BytesIO(data), "a.csv")


def test_what_unpacks_to_more_than_memory_allows_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(mw.options, "memory", 20_000_000)
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(mw.DataError, match=r"more than the 0\.02 GB"):
        read_stream(io.BytesIO(bomb), "a.csv")


def test_directories_and_files_that_are_not_there_are_said(tmp_path: Path) -> None:
    (tmp_path / "nights.csv").write_bytes(TEXT)
    with pytest.raises(mw.DataError, match=r'no file(.|\n)*Did you mean "nights.csv"'):
        read_table(tmp_path / "nigths.csv")
    with pytest.raises(mw.DataError, match=r"is a directory(.|\n)*nights.csv"):
        read_table(tmp_path)


def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(TEXT),))
    writer.start()
    assert read_table(pipe).shape == (2, 2)
    writer.join()


@pytest.mark.parametrize(
    ("before", "data", "after"),
    [
        ("cat a.csv |", "-", ""),
        ("cat a.csv.gz |", "/dev/stdin", ""),
        ("", "<(zcat a.csv.gz)", ""),
        ("", "-", "< a.csv"),
    ],
)
def test_pipes_of_the_shell_are_data(tmp_path: Path, before: str, data: str, after: str) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TEXT))
    command = f"{before} {sys.executable} -c '{SHAPE}' {data} {after}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("(2, 2)\n", "")
