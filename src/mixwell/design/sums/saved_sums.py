"""Sums in files: written whole or not at all, and known to be what was written."""

import json
import os
import zipfile
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mixwell._version import __version__
from mixwell.design.sums.small_levels import require_large_levels
from mixwell.design.sums.summed_columns import CodedFactor, Grouping, Product, SummedColumns
from mixwell.design.sums.summed_rows import BlockSums, CrossProducts
from mixwell.design.sums.summed_source import SourceColumn, SummedSource
from mixwell.errors import DataError
from mixwell.numeric.checksums import checksum
from mixwell.whole_files import named_file, reason_of, replacing

__all__ = ["arrays_of_sums", "read_sums", "sums_of_arrays", "write_sums"]

#: What the file says that it is, and the version of its layout.
_KIND, _LAYOUT = "mixwell sums", 2

type Path = str | os.PathLike[str]
type Arrays = dict[str, NDArray[Any]]


def write_sums(sums: CrossProducts, path: Path, *, minimum: int = 1) -> None:
    """Write sums to a file, which takes the place of the old one when all of it is written.

    Raises `DataError` where a level of a grouping factor has fewer rows than `minimum`, and where
    the system refuses the file.
    """
    require_large_levels(sums, minimum)
    arrays = _arrays(sums)
    note = _note(sums)
    note["checksum"] = _checksum(note, arrays)
    with replacing(named_file(path, "sums.npz")) as file:
        np.savez(file, allow_pickle=False, **{"note": _as_bytes(note), **arrays})


def arrays_of_sums(sums: CrossProducts) -> Arrays:
    """Return sums as arrays by name, one of which, "note", is a text as bytes."""
    return {"note": _as_bytes(_note(sums)), **_arrays(sums)}


def sums_of_arrays[Summed: CrossProducts](arrays: Arrays, kind: type[Summed]) -> Summed:
    """Return sums of the arrays that `arrays_of_sums` made of them, as a value of that kind.

    Raises `ValueError` for others, as a forged file has them.
    """
    try:
        note = json.loads(bytes(arrays["note"]))
        if note["layout"] != _LAYOUT:
            raise ValueError("another layout")
        found = _read(note, arrays, kind)
        _require_sound(found)
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise ValueError("arrays that no sums have") from error
    return found


def _as_bytes(note: dict[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(note).encode(), dtype=np.uint8)


def read_sums[Summed: CrossProducts](path: Path, kind: type[Summed]) -> Summed:
    """Read sums that were written, as a value of that kind.

    Raises `DataError` for a file that is not there, is none of these, is damaged, or was written by
    a later version.
    """
    name = str(named_file(path, "sums.npz"))
    try:
        with open(name, "rb") as file, np.load(file, allow_pickle=False) as held:
            arrays: Arrays = {key: held[key] for key in held.files}
        note = json.loads(bytes(arrays.pop("note")))
    except FileNotFoundError:
        raise DataError(f'"{name}" cannot be read: there is no such file.', where="path") from None
    except OSError as error:
        if not error.errno:
            raise _no_sums(name) from None
        raise DataError(f'"{name}" cannot be read: {reason_of(error)}.', where="path") from None
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError):
        raise _no_sums(name) from None
    if not isinstance(note, dict) or note.get("kind") != _KIND:
        raise _no_sums(name)
    if note.get("layout") != _LAYOUT:
        raise DataError(
            f'"{name}" was written by version {note.get("version")} of mixwell.',
            hint=f"This is version {__version__}, which does not know its layout.",
        )
    if note.pop("checksum", None) != _checksum(note, arrays):
        raise _no_sums(name)
    try:
        return sums_of_arrays({"note": _as_bytes(note), **arrays}, kind)
    except ValueError:
        raise _no_sums(name) from None


def _no_sums(name: str) -> DataError:
    return DataError(
        f'"{name}" holds no sums, or is damaged.',
        where="path",
        hint="Write sums with model.reduction().save(path).",
    )


def _checksum(note: dict[str, Any], arrays: Arrays) -> str:
    return checksum([json.dumps(note), *(part for item in arrays.items() for part in item)])


def _note(sums: CrossProducts) -> dict[str, Any]:
    columns = sums.columns
    return {
        "kind": _KIND,
        "layout": _LAYOUT,
        "version": __version__,
        "numbers": columns.numbers,
        "names": columns.names,
        "factors": [[factor.name, factor.levels] for factor in columns.factors],
        "products": [[product.numbers, product.codes] for product in columns.products],
        "groupings": [asdict(grouping) for grouping in columns.groupings],
        "learned": columns.learned,
        "n": sums.n,
        "weighted": sums.weighted,
        "sum_log_weights": sums.sum_log_weights,
        "blocks": [[block.factor, block.levels, block.places] for block in sums.blocks],
        "between": [[i, j, *found.shape] for (i, j), found in sums.between.items()],
        "source": None if sums.source is None else asdict(sums.source),
    }


def _arrays(sums: CrossProducts) -> Arrays:
    found: Arrays = {
        name: getattr(sums, name)
        for name in ("centers", "scales", "least", "largest", "base", "plain")
    }
    for k, factor in enumerate(sums.columns.factors):
        found[f"matrix {k}"] = factor.matrix
    for k, block in enumerate(sums.blocks):
        found[f"counts {k}"], found[f"cross {k}"] = block.counts, block.cross
    for k, pairs in enumerate(sums.between.values()):
        found |= {f"{part} {k}": getattr(pairs, part) for part in ("data", "indices", "indptr")}
    return found


def _read[Summed: CrossProducts](
    note: dict[str, Any], arrays: Arrays, kind: type[Summed]
) -> Summed:
    columns = SummedColumns(
        tuple(note["numbers"]),
        tuple(
            CodedFactor(name, tuple(levels), arrays[f"matrix {k}"])
            for k, (name, levels) in enumerate(note["factors"])
        ),
        tuple(note["names"]),
        tuple(
            Product(tuple(numbers), tuple((f, c) for f, c in codes))
            for numbers, codes in note["products"]
        ),
        tuple(
            Grouping(each["factor"], tuple(each["effects"]), each["parts"])
            for each in note["groupings"]
        ),
        tuple((name, tuple(numbers)) for name, numbers in note["learned"]),
    )
    between = {}
    for k, (i, j, *shape) in enumerate(note["between"]):
        parts = tuple(arrays[f"{part} {k}"] for part in ("data", "indices", "indptr"))
        between[i, j] = sparse.csr_array(parts, shape=tuple(shape))
    return kind(
        columns=columns,
        **{name: arrays[name] for name in ("centers", "scales", "least", "largest")},
        n=note["n"],
        weighted=note["weighted"],
        sum_log_weights=note["sum_log_weights"],
        base=arrays["base"],
        plain=arrays["plain"],
        blocks=tuple(
            BlockSums(
                factor, tuple(levels), tuple(places), arrays[f"counts {k}"], arrays[f"cross {k}"]
            )
            for k, (factor, levels, places) in enumerate(note["blocks"])
        ),
        between=between,
        source=_source(note["source"]),
    )


def _require_sound(sums: CrossProducts) -> None:
    """Raise `ValueError` for parts of different sizes, and for numbers that no sums have."""
    numbers, basis = len(sums.columns.numbers), len(sums.columns.basis)
    found: list[tuple[NDArray[Any], tuple[int, ...]]] = [
        *((getattr(sums, name), (numbers,)) for name in ("centers", "scales", "least", "largest")),
        *((getattr(sums, name), (basis, basis)) for name in ("base", "plain")),
    ]
    found += [
        (factor.matrix, (len(factor.levels), *factor.matrix.shape[1:2]))
        for factor in sums.columns.factors
    ]
    for block, grouping in zip(sums.blocks, sums.columns.groupings, strict=True):
        if block.places != sums.columns.block_basis(grouping):
            raise ValueError("effects of other columns")
        found.append((block.counts, (len(block.levels),)))
        found.append((block.cross, (len(block.levels), len(block.places), basis)))
    sizes = [len(block.levels) * len(block.places) for block in sums.blocks]
    for (i, j), pairs in sums.between.items():
        pairs.check_format()
        if pairs.shape != (sizes[i], sizes[j]):
            raise ValueError("pairs of other levels")
        found.append((pairs.data, (pairs.nnz,)))
    if any(array.shape != shape for array, shape in found):
        raise ValueError("parts of different sizes")
    finite = all(np.isfinite(array).all() for array, _ in found)
    if not (finite and (sums.scales > 0).all() and sums.n > 0):
        raise ValueError("numbers that no sums have")


def _source(note: dict[str, Any] | None) -> SummedSource | None:
    if note is None:
        return None
    columns = (each | {"values": tuple(each["values"])} for each in note["columns"])
    return SummedSource(note["formula"], tuple(SourceColumn(**each) for each in columns))
