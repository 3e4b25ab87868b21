"""Files put in place whole: written next to the old one, which stands until the new is there."""

import errno
import io
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from mixwell.errors import DataError
from mixwell.file_locks import lock, unlock
from mixwell.interrupts import Interrupts, held_interrupts

__all__ = [
    "WholeFile",
    "keep_name",
    "named_file",
    "reason_of",
    "replacing",
    "sweep",
    "write_text",
]

#: Names of files that are being written.
_PART = re.compile(r"\.[0-9a-f]{12}\.part")
#: Data of so many bytes and more are given their room before they are written.
_LONG = 2**24
#: Bytes after which the disk is set to work, while more is written.
_PIECE = 2**26
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "files may not become so large here",
    errno.EACCES: "you have no right to write there",
    errno.EPERM: "you have no right to write there",
    errno.ELOOP: "it is a link",
    errno.EEXIST: "there is a file of that name",
    errno.EROFS: "the disk can only be read",
    errno.ENOENT: "there is no such directory",
    errno.ENOTDIR: "there is no such directory",
    errno.EISDIR: "it is a directory",
    errno.ENAMETOOLONG: "the name is too long",
}


def named_file(path: object, example: str) -> Path:
    """Return what a user names a file by as a path; `DataError` for what is no name.

    >>> named_file("fit.nc", "fit.nc").suffix
    '.nc'
    """
    if not isinstance(path, str | os.PathLike):
        raise DataError(
            f"path= takes the name of a file, not a {type(path).__name__}.",
            where="path",
            hint=f'For example "{example}".',
        )
    return Path(os.fspath(path))


class WholeFile(io.RawIOBase):
    """A binary file for writers that cannot go on after a failure, as HDF5 cannot.

    A write that fails is kept in `failure`, and all after it are dropped: the writer ends as it
    would and closes what it has open; whoever made the file asks then. An interrupt that is `held`
    back is such a failure.
    """

    def __init__(self, descriptor: int, held: Interrupts | None = None) -> None:
        self._file = os.fdopen(descriptor, "r+b", buffering=0)
        self._held = held or Interrupts()
        self._flushing: Thread | None = None
        self.failure: OSError | None = None

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def writable(self) -> bool:
        """Whether it can be written: always."""
        return True

    def seekable(self) -> bool:
        """Whether it has places: always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, with zeros where nothing was written."""
        found = self._file.readinto(buffer) or 0
        if self.failure is not None and found < len(buffer):
            buffer[found:] = bytes(len(buffer) - found)
            return len(buffer)
        return found

    def write(self, data: Any) -> int:
        """Write all of the data; after a failure, nothing."""
        view = memoryview(data).cast("B")
        if self._held.came:
            self.failure = self.failure or InterruptedError(errno.EINTR, "interrupted")
        self._reserve(len(view))
        left = view
        while len(left) and self.failure is None:
            try:
                done = self._file.write(left[:_PIECE]) or 0
            except OSError as error:
                self.failure = error
            else:
                left = left[done:]
                self._flush_meanwhile(done)
        return len(view)

    def _flush_meanwhile(self, written: int) -> None:
        """After a long piece, have the disk take what there is: less is to be waited for then."""
        busy = self._flushing is not None and self._flushing.is_alive()
        if written == _PIECE and not busy:
            self._flushing = Thread(target=self._flush)
            self._flushing.start()

    def _flush(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self.failure = self.failure or error

    def _reserve(self, size: int) -> None:
        """Ask for the room of long data at once: the system then writes it with less work."""
        if size >= _LONG and self.failure is None and hasattr(os, "posix_fallocate"):
            with suppress(OSError):  # not every disk can; a full one refuses the write, too
                os.posix_fallocate(self._file.fileno(), self.tell(), size)

    def seek(self, offset: int, origin: int = os.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, origin)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Make the file as long as it should be; after a failure, nothing."""
        length = self.tell() if size is None else size
        if self.failure is None:
            try:
                self._file.truncate(length)
            except OSError as error:
                self.failure = error
        return length

    def require_written(self) -> None:
        """Raise what failed: what is in the file then is not what was written, nor to be read."""
        if self.failure is not None:
            raise self.failure

    def finish(self) -> None:
        """Raise what failed, and leave nothing in the system's memory only."""
        self._wait()
        if self.failure is None:
            self._flush()
        self.require_written()

    def _wait(self) -> None:
        if self._flushing is not None:
            self._flushing.join()

    def close(self) -> None:
        """Close the file."""
        self._wait()
        if not self._file.closed:
            unlock(self._file.fileno())
        self._file.close()
        super().close()


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[WholeFile]:
    """Give a file to write, which takes the place of the one at `path` when all of it is written.

    Where anything fails, or the process is killed, the old file stands as it was. A link is
    followed, and a pipe gets the whole at once. Raises `DataError` with the reason for what the
    system refuses. What writers that were killed left in the folder is removed. Interrupts are
    held back: they end the writing at its next piece, and in a block that holds them not at all.
    """
    with held_interrupts() as held, _replacing(path, held) as file:
        yield file


@contextmanager
def _replacing(path: str | os.PathLike[str], held: Interrupts) -> Iterator[WholeFile]:
    target = Path(os.path.realpath(path))
    try:
        old = target.stat()
    except OSError:
        old = None
    device = old is not None and not stat.S_ISREG(old.st_mode) and not target.is_dir()
    folder = Path(tempfile.gettempdir()) if device else target.parent
    sweep(folder)
    try:
        fresh, file = _begun(folder, held)
    except OSError as error:
        raise _refused(path, error, old is not None) from None
    try:
        try:
            yield file
        except Exception as error:
            if file.failure is not None:
                raise file.failure from error
            raise
        file.finish()
        if os.name == "nt":  # open files cannot be renamed there
            file.close()
        if device:
            with fresh.open("rb") as made, target.open("wb") as out:
                shutil.copyfileobj(made, out)
        else:
            if old is not None:
                fresh.chmod(stat.S_IMODE(old.st_mode))
            fresh.replace(target)
            keep_name(target.parent)
        file.close()
    except OSError as error:
        raise _refused(path, error, old is not None) from None
    finally:
        file.close()
        fresh.unlink(missing_ok=True)


def sweep(folder: str | os.PathLike[str]) -> None:
    """Remove the files in a folder whose writers were killed before they had finished.

    A writer holds the lock of its file until it is in place, and the system takes it from a dead
    one: a file that cannot be locked is left alone, so that without locks none is removed.
    """
    try:
        with os.scandir(folder) as entries:
            left = [Path(entry.path) for entry in entries if _PART.fullmatch(entry.name)]
    except OSError:
        return
    for path in left:
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            continue
        try:
            if lock(descriptor) and _is_at(descriptor, path):
                path.unlink()
        except OSError:
            pass
        finally:
            unlock(descriptor)
            os.close(descriptor)


def _begun(folder: Path, held: Interrupts) -> tuple[Path, WholeFile]:
    """Make a new file with a name of its own, locked before anyone can take it for a dead one's."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        path = folder / f".{secrets.token_hex(6)}.part"
        descriptor = os.open(path, flags, 0o666)
        lock(descriptor, wait=True)
        if _is_at(descriptor, path):
            return path, WholeFile(descriptor, held)
        unlock(descriptor)
        os.close(descriptor)  # swept before it was locked


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text, as UTF-8, whole or not at all; raises `DataError` as `replacing` does."""
    with replacing(path) as file:
        file.write(text.encode())


def keep_name(folder: Path) -> None:
    """Have the folder's new entry written too, where the system lets folders be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def reason_of(error: OSError) -> str:
    """Return in a few words why the system refuses a file."""
    return _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()


def _refused(path: str | os.PathLike[str], error: OSError, stands: bool) -> DataError:
    return DataError(
        f'"{os.fspath(path)}" cannot be written: {reason_of(error)}.',
        where="path",
        hint="The file that was there is unchanged." if stands else "Nothing was written.",
    )
