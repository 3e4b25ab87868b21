"""Draws of all effects of one chain: in memory, or on disk where they would not have room there."""

import os
import shutil
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from weakref import finalize

import numpy as np

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import require_memory

__all__ = ["DrawsFolder", "EffectDraws", "GrownRows", "HeldEffects", "StoredEffects"]

#: Draws that are written at once, and how they are: to seven digits.
_AT_ONCE, _STORED = 32, np.float32


class GrownRows:
    """Rows of numbers in memory, one added after the other."""

    def __init__(self, width: int, room: int) -> None:
        self._room, self._n = np.empty((room, width)), 0

    @property
    def values(self) -> FloatArray:
        """All rows, (row, number)."""
        return self._room[: self._n]

    def add(self, row: FloatArray) -> None:
        """Add a row."""
        if self._n == len(self._room):
            wider = np.empty((max(8, 2 * self._n), self._room.shape[1]))
            wider[: self._n] = self._room
            self._room = wider
        self._room[self._n] = row
        self._n += 1

    def halve(self) -> None:
        """Keep every second row, and the room of all."""
        half = self._n // 2
        self._room[:half] = self._room[1 : self._n : 2].copy()
        self._n = half


class EffectDraws(Protocol):
    """Draws of effects, (draw, effect), added one after the other and read by columns.

    `later` says that they are not in memory.
    """

    later: bool

    def add(self, effects: FloatArray) -> None:
        """Add a draw."""
        ...

    def halve(self) -> None:
        """Keep every second draw."""
        ...

    @property
    def mean(self) -> FloatArray:
        """The mean of every effect over all draws that were added."""
        ...

    def read(self, columns: slice | IntArray, draws: slice) -> FloatArray:
        """Return some draws of some effects."""
        ...


class HeldEffects:
    """Draws of effects in memory."""

    later = False

    def __init__(self, effects: int, room: int) -> None:
        self._rows = GrownRows(effects, room)
        self.add, self.halve = self._rows.add, self._rows.halve

    @property
    def mean(self) -> FloatArray:
        """The mean of every effect over the draws."""
        return np.asarray(self._rows.values.mean(axis=0))

    def read(self, columns: slice | IntArray, draws: slice) -> FloatArray:
        """Return some draws of some effects."""
        return self._rows.values[draws][:, columns]


class DrawsFolder:
    """A folder for draws, which goes when nothing refers to it any more.

    Raises `DataError` where the disk has not so many bytes.
    """

    def __init__(self, size: float) -> None:
        at = tempfile.gettempdir()
        free = shutil.disk_usage(at).free
        if size > 0.9 * free:
            raise DataError(
                f"Draws of the deviations would take {size / 1e9:,.2g} GB on disk, where "
                f"{free / 1e9:,.2g} GB are free.",
                where=at,
                hint="Ask for fewer draws or chains, or set TMPDIR to a larger place.",
            )
        self.path = Path(tempfile.mkdtemp(prefix="mixwell-draws-"))
        self._end = finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class StoredEffects:
    """Draws of effects in a file: blocks of draws, in each effect after effect.

    So a few effects of all draws are read in few pieces. `folder` goes with the last of its files.
    """

    later = True

    def __init__(self, effects: int, folder: DrawsFolder, number: int) -> None:
        self._effects, self._folder = effects, folder
        self._file = os.open(folder.path / f"chain-{number}", os.O_RDWR | os.O_CREAT)
        self._end = finalize(self, os.close, self._file)
        self._block = np.empty((effects, _AT_ONCE), dtype=_STORED)
        self._added, self._blocks, self._total = 0, 0, np.zeros(effects)
        self._kept, self._lock = list[int](), Lock()

    def add(self, effects: FloatArray) -> None:
        """Add a draw."""
        with self._lock:  # another thread may read
            self._block[:, self._added % _AT_ONCE] = effects
            self._total += effects
            self._kept.append(self._added)
            self._added += 1
            if self._added % _AT_ONCE == 0:
                self._write()

    @property
    def mean(self) -> FloatArray:
        """The mean of every effect over all draws that were added."""
        return np.asarray(self._total / max(self._added, 1))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the draws themselves: a file of this process is none of another's."""
        every = slice(None)
        require_memory(
            2.0 * len(self._kept) * self._effects,
            f"{len(self._kept):,} draws of {self._effects:,} deviations",
            hint="fit.save() writes them to a file that mw.load() reads.",
        )
        return _held, (self.read(every, every).astype(_STORED),)

    def _write(self) -> None:
        begin = self._blocks * self._block.nbytes
        whole = memoryview(self._block).cast("B")
        while len(whole):
            done = os.pwrite(self._file, whole, begin)
            whole, begin = whole[done:], begin + done
        self._blocks += 1

    def halve(self) -> None:
        """Keep every second draw."""
        self._kept = self._kept[1::2]

    def read(self, columns: slice | IntArray, draws: slice) -> FloatArray:
        """Return some draws of some effects."""
        kept = np.array(self._kept[draws], dtype=np.int64)
        chosen = np.arange(self._effects)[columns]
        found = np.empty((len(kept), len(chosen)))
        if not len(chosen):
            return found
        runs = np.split(np.arange(len(chosen)), np.flatnonzero(np.diff(chosen) != 1) + 1)
        for block in np.unique(kept // _AT_ONCE).tolist():
            inside = np.flatnonzero(kept // _AT_ONCE == block)
            for run in runs:
                values = self._piece(block, int(chosen[run[0]]), len(run))
                found[np.ix_(inside, run)] = values[:, kept[inside] % _AT_ONCE].T
        return found

    def _piece(self, block: int, first: int, count: int) -> np.ndarray:
        with self._lock:
            if block == self._blocks:
                return self._block[first : first + count].copy()
        width = _AT_ONCE * np.dtype(_STORED).itemsize
        place = block * self._block.nbytes + first * width
        read = os.pread(self._file, count * width, place)
        return np.frombuffer(read, dtype=_STORED).reshape(count, _AT_ONCE)


def _held(values: np.ndarray) -> HeldEffects:
    """Return draws in memory."""
    held = HeldEffects(values.shape[1], len(values))
    for row in values:
        held.add(row)
    return held
