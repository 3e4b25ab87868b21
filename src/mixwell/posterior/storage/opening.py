"""From a path to the groups of a file: what is no fit is refused before it is read."""

import errno
import json
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xarray as xr

from mixwell.errors import DataError, MixwellError
from mixwell.interrupts import held_interrupts
from mixwell.numeric.checksums import Summed
from mixwell.posterior.storage.long_values import read_long_values
from mixwell.posterior.storage.seal import is_broken
from mixwell.posterior.storage.structure import require_plain

if TYPE_CHECKING:
    import h5py

__all__ = [
    "ENGINE",
    "FORMAT",
    "GROUP",
    "PLAIN_FORMAT",
    "REDRAWN_FORMAT",
    "as_written",
    "choices_of",
    "damaged",
    "draws_of",
    "require_file",
]

ENGINE: Final = "h5netcdf"
#: The group of the choices and the data.
GROUP: Final = "mixwell"
#: The formats of files: 2 has checksums, 3 deviations that are redrawn, 4 sums in the place of
#: rows; the newest, and that of files without such.
FORMAT: Final = 4
REDRAWN_FORMAT: Final = 3
PLAIN_FORMAT: Final = 2
#: How HDF5 files begin, and some others.
_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_KINDS: Final = {
    b"CDF": "a netCDF file of version 3",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x80": "a pickle",
    b"ARROW1": "an Arrow file",
    b"PAR1": "a Parquet file",
}


def require_file(source: Path) -> None:
    """Refuse a path at which there is no file that can be a fit; raises `DataError`."""
    try:
        mode, start = source.stat().st_mode, b""
        if stat.S_ISREG(mode):
            with source.open("rb") as file:
                start = file.read(len(_SIGNATURE))
    except (OSError, ValueError) as error:
        raise _unread(source, error) from None
    if stat.S_ISDIR(mode):
        raise DataError(f'"{source}" is a directory.', hint="Name the file in it.")
    if not stat.S_ISREG(mode):
        said = f'"{source}" is a pipe or a device, and a fit is read from a file.'
        raise DataError(said, hint="Write what comes through it to a file first.")
    if start != _SIGNATURE:
        raise DataError(
            f'"{source}" is not a netCDF file that `fit.save` wrote.',
            where=f"it is {_kind(start)}",
            hint="mw.load reads fits; mw.Model takes data.",
        )


def _unread(source: Path, error: OSError | ValueError) -> DataError:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOENT, errno.ENOTDIR, None):
        return DataError(f'There is no file "{str(source).replace(chr(0), "?")}".')
    if number in (errno.EACCES, errno.EPERM):
        return DataError(f'"{source}" cannot be read: you have no right to.')
    reason = error.strerror if isinstance(error, OSError) else None
    return DataError(f'"{source}" cannot be read: {(reason or str(error)).lower()}.')


def _kind(start: bytes) -> str:
    if not start:
        return "empty"
    found = (kind for begin, kind in _KINDS.items() if start.startswith(begin))
    return next(found, "of another kind")


def choices_of(source: Path) -> xr.Dataset:
    """Read the group of choices and data of a file, and none of its draws.

    Raises `DataError` for one that is damaged, holds no fit, is of a newer format, or is made in
    a way in which `fit.save` makes none.
    """
    with _readable(source, GROUP), held_interrupts():  # HDF5 and xarray have locks
        found = xr.open_dataset(source, group=GROUP, engine=ENGINE, create_default_indexes=False)
        with found:
            return found.load()


def draws_of(source: Path) -> tuple[xr.DataTree, Mapping[str, Summed]]:
    """Read all other groups of a file; long values come by their full names, too, with CRC-32.

    Raises as `choices_of`.
    """
    with _readable(source, "/") as file:
        with held_interrupts():
            long = read_long_values(source, file)
        with held_interrupts():
            opened = xr.open_datatree(source, engine=ENGINE, create_default_indexes=False)
            with opened:
                own = [node for node in opened.subtree if node.path != f"/{GROUP}"]
                return xr.DataTree.from_dict({n.path: _group(n, long).load() for n in own}), long


@contextmanager
def _readable(source: Path, part: str) -> Iterator["h5py.File"]:
    """Open a file of which a part is as `fit.save` makes it, and say what is not in a sentence."""
    import h5py

    try:
        if is_broken(source):
            raise damaged(source, "the file as a whole")
        with h5py.File(source, "r") as file:
            own = _own_group(source, file)
            require_plain(source, own if part == GROUP else file[part])
            _require_known(source, _format(source, own.attrs.get("model")))
            yield file
    except DataError:
        raise
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise _unread(source, error) from None
        raise damaged(source, "unknown: it cannot be read") from error
    except Exception as error:  # HDF5 and its readers raise whatever a damaged file makes them
        raise damaged(source, "unknown: it cannot be read") from error


def _group(node: xr.DataTree, long: Mapping[str, Summed]) -> xr.Dataset:
    """Return the variables of a group, those that were read already with their values."""
    own = node.to_dataset(inherit=False)
    known = {name: long.get(f"{node.path.rstrip('/')}/{name}") for name in own.variables}
    return own.assign(
        {name: own.variables[name].copy(data=k.values) for name, k in known.items() if k}
    )


def _own_group(source: Path, file: "h5py.File") -> "h5py.Group":
    """Return the group of choices and data, which nothing leads to but the file itself."""
    import h5py

    names = [name for name in file if name == GROUP]
    if names and not file.id.links.get_info(GROUP.encode()).type:
        found = file[GROUP]
        if isinstance(found, h5py.Group):
            return found
    raise DataError(
        f'"{source}" holds no mixwell model.',
        hint="xarray.open_datatree reads the draws of any netCDF file.",
    )


def _format(source: Path, model: object) -> tuple[int, str]:
    """Return the number of the format and the version that wrote the file."""
    try:
        notes: dict[str, Any] = json.loads(model)  # type: ignore[arg-type]
        number, version = notes.get("format", 1), notes.get("version", "")
    except (TypeError, ValueError, AttributeError, RecursionError):
        raise damaged(source, f"group {GROUP}") from None
    if type(number) is not int or number < 1:
        raise damaged(source, f"group {GROUP}")
    return number, str(version)


def _require_known(source: Path, written: tuple[int, str]) -> None:
    number, version = written
    if number > FORMAT:
        raise DataError(
            f'"{source}" was written by mixwell {version}, in a newer format.',
            where=f"format {number}, and this version reads up to {FORMAT}",
            hint="Install that version or a newer one.",
        )


@contextmanager
def as_written(source: Path) -> Iterator[None]:
    """Have a file refused whose notes are such that no version wrote them.

    Their checksums may be right: whatever reading them raises is said of the file.
    """
    try:
        yield
    except MixwellError:
        raise
    except Exception as error:
        raise damaged(source, f"group {GROUP}") from error


def damaged(source: Path, where: str) -> DataError:
    """Return the error for a file that is not as it was written."""
    return DataError(
        f'"{source}" is damaged, or was changed since it was written.',
        where=where,
        hint="Take another copy of it; the draws in this one cannot be relied on.",
    )
