"""What the bytes of a file are, whatever its name says: compressed, a table, or something else."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from mixwell.errors import DataError
from mixwell.package_options import options

__all__ = ["FEATHER", "PARQUET", "read_all", "refuse_foreign", "unpacked", "unpacking"]

PARQUET, FEATHER = b"PAR1", (b"ARROW1", b"FEA1")

_PIECE = 2**24
_IN_R = 'In R: write.csv(x, "x.csv", row.names = FALSE).'
_IN_PANDAS = 'In Python: pandas.{}("{}").to_csv("x.csv", index=False).'
_STATA = range(110, 116)  # versions of its format that begin with their number
_TAR, _AT = b"ustar", 257
#: How files of other kinds begin, what they are, and how they become one that is read.
_FOREIGN: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"RDX2\n", b"RDX3\n", b"X\n\x00", b"RDA2\n", b"RDA3\n"), "a file of R's own format", _IN_R),
    (
        (b"\xd0\xcf\x11\xe0",),
        "an Excel workbook",
        "Save the sheet as CSV.",
    ),
    (
        (b"$FL2", b"$FL3"),
        "a file of SPSS",
        _IN_PANDAS.format("read_spss", "x.sav"),
    ),
    (
        (
            b"<stata_dta>",
            *(bytes((version, order, 1, 0)) for version in _STATA for order in (1, 2)),
        ),
        "a file of Stata",
        _IN_PANDAS.format("read_stata", "x.dta"),
    ),
    (
        (b"\x80\x04\x95", b"\x80\x05\x95"),
        "a pickle of Python",
        _IN_PANDAS.format("read_pickle", "x.pkl"),
    ),
    ((b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a"), "an archive", "Unpack it, and give the table in it."),
    (
        (bytes(12) + b"\xc2\xea\x81\x60",),
        "a file of SAS",
        _IN_PANDAS.format("read_sas", "x.sas7bdat"),
    ),
    ((b"\x89HDF\r\n",), "an HDF5 file", "A saved fit is read by mw.load(), in Python."),
    ((b"SQLite format 3",), "a database", "Export the table as CSV."),
    ((b"%PDF",), "a PDF document", "Export the table as CSV."),
    ((b"\x28\xb5\x2f\xfd",), "compressed by zstd", "zstd -dc FILE | mixwell fit - ..."),
    ((b"[{", b'{"'), "JSON", "In Python: pandas.read_json(...).to_csv(...)."),
    (
        (b"<!DOCTYPE", b"<!doctype", b"<html", b"<HTML"),
        "a web page",
        "Download the file behind the page, not the page that shows it.",
    ),
    ((b"version https://git-lfs",), "a pointer of Git LFS", "Fetch the file: git lfs pull."),
)

#: What the libraries complain of in compressed bytes that are damaged: all of them, and gzip's.
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
_DAMAGED_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)


def read_all(stream: IO[bytes], name: str) -> bytes:
    """Return all bytes of a stream; `DataError` for more than `mixwell.options.memory`."""
    most = options.memory
    held, size = io.BytesIO(), 0
    while piece := stream.read(_PIECE):
        held.write(piece)
        size += len(piece)
        if size > most:
            said = (
                f"{name} has more than the {most / 1e9:.2g} GB that mixwell.options.memory allows."
            )
            raise DataError(said, hint="Keep the columns and rows that the model needs.")
    return held.getvalue()


def unpacked(data: bytes, name: str) -> bytes:
    """Return what was compressed by gzip, bzip2, xz or zip, or the bytes as they are."""
    unpack = next((each for begin, each in _PACKED.items() if data.startswith(begin)), None)
    if unpack is None:
        return data
    with unpacking(name, _DAMAGED), unpack(io.BytesIO(data)) as stream:
        return read_all(stream, f"{name}, unpacked,")


@contextmanager
def unpacking(name: str, damaged: tuple[type[Exception], ...] = _DAMAGED_GZIP) -> Iterator[None]:
    """Turn what libraries say of compressed bytes that are `damaged` into a `DataError`."""
    try:
        yield
    except damaged as error:
        raise DataError(
            f"{name} is compressed and cannot be unpacked: it is cut off or damaged.",
            where=str(error).strip().splitlines()[0] if str(error).strip() else None,
        ) from error


def refuse_foreign(data: bytes, name: str) -> None:
    """Refuse what is not a table that is read, and say how it becomes one."""
    if data.startswith(_TAR, _AT):
        hint = "tar -xOf ARCHIVE FILE | mixwell fit - ..."
        raise DataError(f"{name} is an archive of tar, which is not read.", hint=hint)
    for begins, what, hint in _FOREIGN:
        if data.lstrip(b"\n\r \xef\xbb\xbf").startswith(begins) or data.startswith(begins):
            raise DataError(f"{name} is {what}, which is not read.", hint=hint)


def _open_zip(data: io.BytesIO) -> IO[bytes]:
    """Open the one file of an archive; `DataError` for none, several and workbooks."""
    archive = zipfile.ZipFile(data)
    names = [each for each in archive.namelist() if not each.endswith("/")]
    if "[Content_Types].xml" in names or "content.xml" in names:
        hint = "Save the sheet as CSV."
        raise DataError("A workbook or document is not read.", hint=hint)
    names = [each for each in names if not each.startswith("__MACOSX/")]
    if len(names) != 1:
        hint = "unzip -p ARCHIVE FILE | mixwell fit - ..."
        raise DataError(f"An archive of {len(names)} files is not read, one of one is.", hint=hint)
    return archive.open(names[0])


_PACKED: dict[bytes, Callable[[io.BytesIO], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"PK\x03\x04": _open_zip,
    b"PK\x05\x06": _open_zip,  # an empty one
}
