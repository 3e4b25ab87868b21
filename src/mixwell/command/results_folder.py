"""The folder of `--out`: one run at a time, and no file of others is overwritten.

A file counts as ours as long as it is what a run put there: each run notes the SHA-256 of its
files in `.mixwell`, before they get their place. What was edited since is the user's own.
"""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mixwell.errors import DataError
from mixwell.file_locks import lock
from mixwell.whole_files import keep_name, reason_of, replacing

__all__ = ["DRAWS", "SUMMARY", "ResultsFolder", "results_folder"]

DRAWS, SUMMARY = "draws.nc", "summary.csv"
RECORD = ".mixwell"
# The names that runs give: a record that says others, as one from a stranger may, is not followed.
_OUR_NAMES = re.compile(r"draws\.nc|summary\.csv|[\w.-]+\.png")
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_UNFINISHED = ".unfinished-"


class ResultsFolder:
    """A folder that this run alone writes to; `put` places one file, whole or not at all."""

    def __init__(self, folder: Path, record: int, force: bool) -> None:
        self.folder = folder
        self._record = record
        self._force = force
        for left in folder.glob(f"{_UNFINISHED}*"):  # of a run that was killed: we hold the lock
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
        self._unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))

    def require(self, names: Iterable[str], size: float) -> None:
        """Refuse, before anything is computed, names that are taken and too little space."""
        taken = [name for name in names if not self._is_free(name)]
        if taken:
            raise self._taken(taken)
        self._require_space(size)

    def put(self, name: str, write: Callable[[Path], object]) -> None:
        """Have a file written next to its place, note it as ours, and put it in its place."""
        made, place = self._unfinished / name, self.folder / name
        if not made.parent.is_dir():
            raise DataError(f'"{self.folder}" was removed while the model was fitted.')
        try:
            write(made)
        except DataError as error:
            raise DataError(error.message.replace(str(made), str(place))) from None
        if not self._is_free(name):  # it may have come while we computed
            raise self._taken([name])
        if self._is_ours(name):
            made.chmod(stat.S_IMODE(place.stat().st_mode))
        os.write(self._record, f"{_digest(made)}  {name}\n".encode())
        os.fsync(self._record)
        made.replace(place)
        keep_name(self.folder)

    def remove_others(self, kept: str) -> None:
        """Remove what earlier runs wrote here, except for one file: it is not of this fit."""
        for name in {name for _, name in self._written()} - {kept}:
            if self._is_ours(name):
                (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Leave nothing unfinished behind, and no record of nothing."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        if os.fstat(self._record).st_size == 0:
            (self.folder / RECORD).unlink(missing_ok=True)

    def _is_free(self, name: str) -> bool:
        place = self.folder / name
        if not os.path.lexists(place):
            return True
        return not place.is_dir() and (self._force or self._is_ours(name))

    def _is_ours(self, name: str) -> bool:
        place = self.folder / name
        if place.is_symlink() or not place.is_file():
            return False
        noted = {digest for digest, known in self._written() if known == name}
        return bool(noted) and _digest(place) in noted

    def _written(self) -> list[tuple[str, str]]:
        """Return what the record holds: digests with names, those that no run gives left out."""
        text = (self.folder / RECORD).read_text(encoding="utf-8", errors="replace")
        found = [match.groups() for match in map(_LINE.fullmatch, text.splitlines()) if match]
        return [(digest, name) for digest, name in found if _OUR_NAMES.fullmatch(name)]

    def _taken(self, names: list[str]) -> DataError:
        folders = [name for name in names if (self.folder / name).is_dir()]
        if folders:
            said = f'"{self.folder}" holds a directory of the name {folders[0]}.'
            return DataError(said, where="--out", hint="Give another directory.")
        return DataError(
            f'"{self.folder}" holds files that mixwell did not write, or that were changed since: '
            f"{', '.join(names)}.",
            where="--out",
            hint="Give another directory, or --force to overwrite them.",
        )

    def _require_space(self, size: float) -> None:
        """Refuse a folder without space for so many bytes: try it, without writing them all."""
        free = shutil.disk_usage(self.folder).free
        if free < size:
            said = f'The draws do not fit into "{self.folder}": {_megabytes(size)} are needed, '
            raise DataError(f"{said}{_megabytes(free)} are free.", where="--out")
        tried = self._unfinished / DRAWS
        try:
            with replacing(tried) as file:
                file.write(bytes(4096))
                file.truncate(int(size))
        except DataError as error:
            said = f'The draws, {_megabytes(size)}, do not fit into "{self.folder}": '
            reason = error.message.rpartition(": ")[2]
            raise DataError(said + reason, where="--out") from None
        tried.unlink()


@contextmanager
def results_folder(folder: Path, *, force: bool) -> Iterator[ResultsFolder]:
    """Make a folder where there is none, and hold it for this run; `DataError` if it is held."""
    try:
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        record = _locked(folder)
    except OSError as error:
        said = f'"{folder}" cannot be written to: {reason_of(error)}.'
        raise DataError(said, where="--out") from None
    try:
        held = ResultsFolder(folder, record, force)
        try:
            yield held
        finally:
            held.close()
    finally:
        os.close(record)
        if made:
            with suppress(OSError):  # there is something in it, or it is gone
                folder.rmdir()


def _locked(folder: Path) -> int:
    """Open the record of a folder, locked; never through a link that someone put there."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    while True:
        record = os.open(folder / RECORD, flags, 0o666)
        if lock(record) is False:  # without locks, files are still placed whole
            os.close(record)
            raise DataError(
                f'Another run of mixwell is writing to "{folder}".',
                where="--out",
                hint="Wait for its end, or give another directory.",
            )
        if os.fstat(record).st_nlink:  # not one that the run before us has just removed
            return record
        os.close(record)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"
