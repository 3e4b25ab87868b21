"""The folder of a run: what was asked for, blocks of finished draws, and at the end the fit.

`run.nc` is written first and holds the choices; `draws-00001.nc` and so on hold what was drawn
since the block before; `fit.nc`, the fit that has ended, takes their place. Each file has
checksums and is put in place whole; a block names the run that it belongs to.
"""

import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from mixwell.errors import DataError, is_finite, warn
from mixwell.file_locks import lock, unlock
from mixwell.infer.engines.table import ENGINES
from mixwell.infer.settings import Settings
from mixwell.infer.stretches import ChainStretch
from mixwell.posterior.made import Made
from mixwell.posterior.storage import store
from mixwell.posterior.storage.opening import as_written
from mixwell.recipe import Recipe
from mixwell.whole_files import sweep

__all__ = ["RunFolder"]

_RUN, _FIT, _LOCK = "run.nc", "fit.nc", ".lock"
#: The groups of a block with the places where chains ended, before the number of the chain.
_ENDS = "position_"
_BLOCK = re.compile(r"draws-(\d{5,})\.nc")
_GOES_ON = 'mw.resume("{}") goes on with it; a new run needs another folder.'


@dataclass(frozen=True, slots=True)
class BlockNotes:
    """What is noted of a block of draws.

    `leg` is how often the run was begun before, `seconds` how long it took since then, and `drawn`
    which engine drew, and why.
    """

    leg: int
    seconds: float
    drawn: tuple[str, str]

    @classmethod
    def read(cls, notes: Mapping[str, Any]) -> "BlockNotes":
        """Read the notes of a file; raises whatever comes of others than `Checkpoint` makes."""
        leg, seconds, (engine, reason) = notes["leg"], notes["seconds"], notes["drawn"]
        if not (type(leg) is int and leg >= 0 and is_finite(seconds) and seconds >= 0):
            raise ValueError("a leg and its seconds are counted from 0 on")
        if engine not in [known.name for known in ENGINES] or not isinstance(reason, str):
            raise ValueError("an engine and why it was chosen")
        return cls(leg, seconds, (engine, reason))


@dataclass(slots=True, eq=False)
class RunFolder:
    """A folder that this process alone writes to, until it is closed.

    `run` names the run, and `blocks` are the files of its draws; `failed` says that the last one
    could not be written, `begun` that the run begins now.
    """

    path: Path
    run: str = ""
    blocks: list[Path] = field(default_factory=list)
    failed: bool = False
    begun: bool = False
    _lock: int | None = None

    @property
    def fit(self) -> Path:
        """The file of the fit, once the run has ended."""
        return self.path / _FIT

    @classmethod
    def begin(cls, path: object, recipe: Recipe, settings: Settings) -> "RunFolder":
        """Make the folder of a new run and note what was asked for.

        Raises `DataError` for a folder that holds anything, and for choices that cannot be kept.
        """
        folder = cls(_folder(path, "checkpoint"))
        known = Settings.read(settings.text)
        lost = [name for name, value in settings.sampler.items() if name not in known.sampler]
        if lost:
            raise DataError(
                f"A folder cannot keep {', '.join(lost)}, with which resume would have to go on.",
                where="checkpoint",
                hint="Leave out checkpoint= or these options.",
            )
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(
                f'"{folder.path}" cannot be made a folder: {(error.strerror or "").lower()}.',
                where="checkpoint",
            ) from None
        try:
            folder._take()
            folder._require_empty()
            made = Made(settings=settings.text)
            folder.run, folder.begun = secrets.token_hex(8), True
            notes = {"engine": made.summary, "run": folder.run}
            store.write_groups(folder.path / _RUN, {}, notes, recipe)
        except BaseException:
            folder.close()
            raise
        return folder

    @classmethod
    def open(cls, path: object) -> "RunFolder":
        """Open the folder of a run to go on with it.

        Raises `DataError` for a folder without a run, or one to which another process writes.
        """
        folder = cls(_folder(path, "path"))
        if folder.path.is_file():
            hint = f'mw.load("{folder.path}") reads a fit.'
            raise DataError(f'"{folder.path}" is a file, not the folder of a run.', hint=hint)
        if not folder.path.is_dir():
            raise DataError(f'There is no folder "{folder.path}".', where="path")
        if not (folder.path / _RUN).exists():
            what = "is empty" if not folder._others() else f"holds no run: there is no {_RUN} in it"
            hint = 'model.fit(checkpoint="run/") makes such a folder.'
            raise DataError(f'"{folder.path}" {what}.', where="path", hint=hint)
        if not folder.fit.exists():
            folder._take()
        return folder

    def asked(
        self, functions: Mapping[str, Any] | None, priors: Mapping[str, object] | None
    ) -> tuple[Recipe, Settings]:
        """Return what was asked for; raises `DataError` as `mixwell.load` does."""
        path = self.path / _RUN
        notes, choices = store.read_choices(path)
        if "run" not in notes:
            raise DataError(
                f'"{path}" is a saved fit, not what a run begins with.',
                hint=f'mw.load("{path}") reads it.',
            )
        with as_written(path):
            self.run, settings = str(notes["run"]), Settings.read(notes["engine"]["settings"])
        return store.stored_recipe(path, notes, choices, functions, priors), settings

    def read(self) -> tuple[list[ChainStretch], list[BlockNotes]]:
        """Read the draws of all blocks, and the notes of each; of several engines the last one's.

        Raises `DataError` for one that is damaged, absent, or of another run.
        """
        found = sorted(
            (int(matched[1]), Path(entry.path))
            for entry in os.scandir(self.path)
            if (matched := _BLOCK.fullmatch(entry.name))
        )
        made: list[ChainStretch] = []
        seen: dict[tuple[int, int], int] = {}
        every: list[BlockNotes] = []
        for place, (number, path) in enumerate(found, 1):
            if number != place:
                raise DataError(
                    f'"{self.path}" lacks a block of draws: draws-{place:05}.nc.',
                    where=path.name,
                    hint="Put it back; or remove those after it, and resume goes on before it.",
                )
            notes, parts = self._read(path)
            if every and notes.drawn[0] != every[-1].drawn[0]:  # the one before gave up
                made.clear()
                seen.clear()
            every.append(notes)
            for part in parts:  # one that was written while it was interrupted is written again
                before = seen.get((notes.leg, part.chain), 0)
                made.append(part.after(before - part.first))
                seen[notes.leg, part.chain] = before + len(made[-1])
            self.blocks.append(path)
        return made, every

    def _read(self, path: Path) -> tuple[BlockNotes, list[ChainStretch]]:
        try:
            notes, tree = store.read_groups(path)
        except DataError as error:
            hint = "Remove it and those after it: resume goes on from the last draws before it."
            raise DataError(error.message, where=error.where, hint=hint) from None
        if notes.get("run") != self.run:
            raise DataError(
                f'"{path}" is a block of another run.',
                where=path.name,
                hint="Remove what does not belong into this folder.",
            )
        with as_written(path):
            return BlockNotes.read(notes), list(_parts(tree))

    def write(self, stretches: Sequence[ChainStretch], notes: Mapping[str, object]) -> bool:
        """Write a block of draws; where that fails, say so once: the next block has them again."""
        path = self.path / f"draws-{len(self.blocks) + 1:05}.nc"
        groups = {}
        for part in stretches:
            position = xr.Dataset(
                {"position": ("coordinate", part.position), "first": ((), part.first)}
            )
            groups[f"posterior_{part.chain}"] = part.draws
            groups[f"sample_stats_{part.chain}"] = part.statistics
            groups[f"{_ENDS}{part.chain}"] = position
        try:
            store.write_groups(path, groups, {"run": self.run, **notes})
        except DataError as error:
            if not self.failed:
                warn(f"{error.message} Sampling goes on; the draws are tried again with the next.")
            self.failed = True
            return False
        self.blocks.append(path)
        self.failed = False
        return True

    def finish(self, recipe: Recipe, idata: xr.DataTree, made: Made) -> None:
        """Write the fit of a run that has ended, in place of its blocks."""
        try:
            store.save(self.fit, recipe, idata, made)
        except DataError as error:
            rest = "Save the fit elsewhere."
            if self.blocks and not self.failed:
                rest = f'mw.resume("{self.path}") makes it of the blocks of draws.'
            warn(f"{error.message} {rest}")
            return
        for path in self.blocks:
            path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what a run that has just begun, without draws, has written."""
        if self.begun:
            (self.path / _RUN).unlink(missing_ok=True)

    def close(self) -> None:
        """Let other processes write to the folder."""
        if self._lock is not None:
            (self.path / _LOCK).unlink(missing_ok=True)
            unlock(self._lock)
            os.close(self._lock)
            self._lock = None

    def _take(self) -> None:
        """Be the only one that writes to the folder; `DataError` where another process is."""
        path = self.path / _LOCK
        while True:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise DataError(f'"{self.path}" cannot be written to: {reason}.') from None
            if lock(descriptor) is False:
                writer = os.read(descriptor, 20).decode(errors="replace").strip()
                os.close(descriptor)
                raise DataError(
                    f'Another run writes to "{self.path}".',
                    where=f"process {writer}" if writer else None,
                    hint="Wait until it has ended, or name another folder.",
                )
            if os.path.exists(path) and os.path.samestat(os.fstat(descriptor), path.stat()):
                break
            unlock(descriptor)
            os.close(descriptor)  # the one before it has just closed the folder
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._lock = descriptor
        sweep(self.path)

    def _others(self) -> list[str]:
        return sorted(name for name in os.listdir(self.path) if not name.startswith("."))

    def _require_empty(self) -> None:
        others = self._others()
        if _RUN in others:
            notes, _ = store.read_choices(self.path / _RUN)
            with as_written(self.path / _RUN):
                formula = notes["recipe"]["formulas"][0]
            raise DataError(
                f'"{self.path}" holds a run already: {formula}.',
                where="checkpoint",
                hint=_GOES_ON.format(self.path),
            )
        if others:
            raise DataError(
                f'"{self.path}" holds other files: {", ".join(others[:3])}.',
                where="checkpoint",
                hint="Name an empty or a new folder.",
            )


def _folder(path: object, argument: str) -> Path:
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise DataError(
            f"{argument}= takes the name of a folder, not {path!r}.",
            where=argument,
            hint='For example "run/".',
        )
    return Path(path)


def _parts(tree: xr.DataTree) -> Iterator[ChainStretch]:
    names = map(str, tree.children)
    for chain in sorted(int(n.removeprefix(_ENDS)) for n in names if n.startswith(_ENDS)):
        draws, known, position = (
            tree[f"{name}{chain}"].to_dataset().drop_encoding()
            for name in ("posterior_", "sample_stats_", _ENDS)
        )
        first, ends = int(position["first"]), np.asarray(position["position"].values)
        yield ChainStretch(chain, draws, known, ends, first)
