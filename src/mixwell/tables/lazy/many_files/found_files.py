"""Files that a path, a pattern or a folder means, and what they hold by their first bytes."""

import glob
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mixwell.errors import DataError, did_you_mean
from mixwell.tables.contents import FEATHER, PARQUET
from mixwell.tables.files import tables_near
from mixwell.tables.lazy.many_files.folder_columns import MISSING

__all__ = ["FoundFiles", "find_files"]

_HIDDEN = (".", "_")  # what Spark and others put next to their files
_SAID = {"parquet": "Parquet", "arrow": "Arrow", "text": "text"}


@dataclass(frozen=True)
class FoundFiles:
    """Files that hold one table: `kind` is "parquet", "arrow", "text" or "pipe".

    `where` says in words which they are. `parts` has for each file what its folders say of it, as
    in `year=2024/`, None where they say that it is missing.
    """

    kind: str
    paths: tuple[Path, ...]
    where: str
    parts: tuple[Mapping[str, str | None], ...]

    @property
    def said(self) -> list[str]:
        """The files as one speaks of them: by their names, where each has one of its own."""
        names = [path.name for path in self.paths]
        short = names if len(set(names)) == len(names) else map(str, self.paths)
        return [f'"{each}"' for each in short]

    @property
    def part_names(self) -> tuple[str, ...]:
        """The columns that folders stand for, in their order."""
        return tuple(self.parts[0])


def find_files(data: Any) -> FoundFiles:
    """Return the files of a path, a pattern such as `trips/*.parquet`, a folder, or several.

    Raises `DataError` where there is none, and where some hold another kind of table than others.
    """
    given = [data] if isinstance(data, str | os.PathLike) else list(data)
    found = [each for one in given for each in _meant(_text(one))]
    if len(found) == 1 and not stat.S_ISREG(found[0][0].stat().st_mode):
        return FoundFiles("pipe", (found[0][0],), f'"{found[0][0]}"', ({},))
    paths = tuple(path for path, _ in found)
    named = _text(given[0]) if len(given) == 1 else f"{_text(given[0])} and others"
    where = f'"{named}"' + (f" ({len(paths):,} files)" if len(paths) > 1 else "")
    parts = tuple(parts for _, parts in found)
    _require_same_parts(paths, parts)
    return FoundFiles(_one_kind(paths), paths, where, parts)


def _text(path: Any) -> str:
    try:
        text = os.fspath(path)
    except TypeError:
        raise DataError(f"{path!r} is no path.") from None
    if not isinstance(text, str):
        text = os.fsdecode(text)
    if "://" in text:
        raise DataError(
            f'"{text}" is an address, and files are read from this machine.',
            hint="Pass it through a library that reads there: polars.scan_parquet(address), "
            "a relation of DuckDB, a dataset of pyarrow.",
        )
    return text


def _meant(text: str) -> list[tuple[Path, dict[str, str | None]]]:
    """Return the files that one path means, each with what the folders below it say."""
    path = Path(text).expanduser()
    if _exists(path):
        if path.is_dir():
            return _of_folder(path, path)
        return [(path, {})]
    if not glob.has_magic(text):
        hint = did_you_mean(path.name, tables_near(path))
        raise DataError(f'There is no file "{path}".', hint=hint)
    root = _plain_part(path)
    matches = [Path(each) for each in sorted(glob.glob(str(path), recursive=True))]
    files = [match for match in matches if not match.is_dir()]
    if not files:
        files = sorted(file for match in matches for file in _below(match))
    found = [_placed(file, root) for file in files]
    if not found:
        raise DataError(f'No file matches "{text}".', hint=_nearby(root))
    return found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _plain_part(path: Path) -> Path:
    """Return the folder in which a pattern begins."""
    plain = []
    for part in path.parts[:-1]:
        if glob.has_magic(part):
            break
        plain.append(part)
    return Path(*plain)


def _of_folder(folder: Path, root: Path) -> list[tuple[Path, dict[str, str | None]]]:
    files = sorted(_below(folder))
    if not files:
        raise DataError(f'The folder "{folder}" has no files.')
    return [_placed(file, root) for file in files]


def _below(folder: Path) -> Iterator[Path]:
    """Go through the files of a folder and those in it, without what is hidden."""
    try:
        held = list(folder.iterdir())
    except OSError as error:
        raise DataError(f'The folder "{folder}" cannot be read: {error.strerror}.') from None
    for each in held:
        if each.name.startswith(_HIDDEN) or each.name.endswith(".crc"):
            continue
        if each.is_dir():
            yield from _below(each)
        else:
            yield each


def _placed(file: Path, root: Path) -> tuple[Path, dict[str, str | None]]:
    """Return a file with the values that the folders between it and the root are named by."""
    inner = file.relative_to(root).parts[:-1] if file.is_relative_to(root) else ()
    pairs = (part.partition("=") for part in inner if "=" in part)
    return file, {
        unquote(name): None if value == MISSING else unquote(value) for name, _, value in pairs
    }


def _nearby(folder: Path) -> str:
    if not folder.is_dir():
        return f'There is no folder "{folder}".'
    near = tables_near(folder / "x")
    listed = ", ".join(near[:8]) + (f" and {len(near) - 8} more" if len(near) > 8 else "")
    return f'Tables in "{folder}": {listed}.' if near else f'"{folder}" holds no tables itself.'


def _require_same_parts(
    paths: tuple[Path, ...], parts: tuple[Mapping[str, str | None], ...]
) -> None:
    for path, each in zip(paths, parts, strict=True):
        if list(each) != list(parts[0]):
            said, first = (", ".join(each) or "no column" for each in (each, parts[0]))
            raise DataError(
                f'The folders of "{path}" stand for {said}, those of "{paths[0]}" for {first}.',
                hint="Give files whose folders are named alike.",
            )


def _one_kind(paths: tuple[Path, ...]) -> str:
    kinds = {path: _kind(path) for path in paths}
    first = kinds[paths[0]]
    other = next((path for path in paths if kinds[path] != first), None)
    if other is None:
        return first
    raise DataError(
        f'"{paths[0]}" is {_SAID[first]}, and "{other}" is {_SAID[kinds[other]]}.',
        hint="Give files of one kind, as by the pattern folder/*.parquet.",
    )


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            begin = stream.read(8)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f'"{path}" cannot be read: {reason}.') from None
    if begin.startswith(PARQUET):
        return "parquet"
    return "arrow" if begin.startswith(FEATHER) else "text"
