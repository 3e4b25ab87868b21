"""A fit on disk: one netCDF file with the draws, the data and the choices behind them."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mixwell._version import __version__
from mixwell.errors import DataError, FormulaError, PriorError, require_mapping
from mixwell.families import Family
from mixwell.numeric.checksums import Summed, checksum
from mixwell.posterior.labels import coordinates
from mixwell.posterior.made import Made
from mixwell.posterior.storage.agreement import require_agreement
from mixwell.posterior.storage.kept_levels import REDRAWN, draws_apart, with_redrawn
from mixwell.posterior.storage.kept_sums import kept_sums, variables_of_sums
from mixwell.posterior.storage.opening import (
    ENGINE,
    FORMAT,
    GROUP,
    PLAIN_FORMAT,
    REDRAWN_FORMAT,
    as_written,
    choices_of,
    damaged,
    draws_of,
    require_file,
)
from mixwell.posterior.storage.recipe_json import recipe_from_json, recipe_to_json
from mixwell.posterior.storage.rows_apart import RowsApart, recipe_to_save, with_given_rows
from mixwell.posterior.storage.seal import seal
from mixwell.recipe import Recipe
from mixwell.specify.spec import Spec
from mixwell.tables.stored import (
    frame_from_bytes,
    frame_to_bytes,
    require_storable,
)
from mixwell.whole_files import named_file, replacing

__all__ = [
    "Stored",
    "load",
    "read_choices",
    "read_draws",
    "read_groups",
    "save",
    "stored_recipe",
    "why_not_saved",
    "write_groups",
]

#: The note on rows that lie elsewhere.
_APART = "rows_apart"
#: Marks texts in which signs that HDF5 has not are written out.
_ESCAPED = "escaped"


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What a file holds: the recipe and what it specifies, the draws, and how they were made."""

    recipe: Recipe
    spec: Spec
    idata: xr.DataTree
    made: Made


def save(
    path: str | PathLike[str],
    recipe: Recipe,
    idata: xr.DataTree,
    made: Made,
    spec: Spec | None = None,
) -> Path:
    """Write draws, data columns and choices to one netCDF file and return its path.

    Choices that are Python objects (functions, PyMC distributions) are noted by name: `load` then
    asks for them, and for rows that lie elsewhere, of which the `spec` knows what is noted. Raises
    `DataError` when the data cannot be stored.
    """
    apart: RowsApart | None = None
    if spec is not None:
        recipe, apart = recipe_to_save(recipe, spec)
    target = named_file(path, "fit.nc")
    if target.is_dir():
        raise DataError(f'"{target}" is a directory.', hint='Name a file in it: "fit.nc".')
    if not target.parent.is_dir():
        raise DataError(f'There is no directory "{target.parent}" to save into.')
    groups = {str(name): node.to_dataset() for name, node in idata.children.items()}
    notes: dict[str, object] = {"engine": made.summary}
    if apart is not None:
        notes[_APART] = apart.noted()
    if "posterior" in groups:
        groups["posterior"], kept = draws_apart(groups["posterior"])
        if kept is not None:
            groups[REDRAWN] = kept
            notes["format"] = REDRAWN_FORMAT
    write_groups(target, groups, notes, recipe)
    return target


def write_groups(
    target: Path,
    groups: Mapping[str, xr.Dataset],
    notes: Mapping[str, object],
    recipe: Recipe | None = None,
) -> None:
    """Write groups of variables to one file, with notes, checksums, and the recipe if it is given.

    Raises `DataError` for what cannot be stored.
    """
    written = {name: _writable(group) for name, group in groups.items()}
    own: dict[str, Any] = {"format": PLAIN_FORMAT, "version": __version__, **notes}
    data, variables = b"", dict[str, Any]()
    if recipe is not None:
        if recipe.sums is not None:
            own["format"], variables = FORMAT, variables_of_sums(recipe.sums)
        own["recipe"] = recipe_to_json(recipe)
        data = frame_to_bytes(recipe.data[recipe.columns()])
    with replacing(target) as file:
        with ThreadPoolExecutor(1) as pool:  # checksums leave the interpreter to HDF5
            sums = {name: pool.submit(_checksum, group) for name, group in written.items()}
            xr.DataTree.from_dict(written).to_netcdf(file, engine=ENGINE)
        file.require_written()
        own["checksums"] = {name: made.result() for name, made in sums.items()}
        last = xr.Dataset(
            {"data": ("byte", np.frombuffer(data, dtype=np.uint8)), **variables},
            attrs={"model": json.dumps(own)},
        )
        last = last.assign_attrs(checksum=_checksum(last))
        last.to_netcdf(file, mode="a", group=GROUP, engine=ENGINE)
        file.require_written()
        seal(file)


def load(
    path: str | PathLike[str],
    *,
    functions: Mapping[str, Callable[..., object]] | None = None,
    priors: Mapping[str, object] | None = None,
    family: Family | None = None,
    data: object = None,
) -> Stored:
    """Read a file that `save` wrote; raises `DataError` when it is not one.

    `functions` and `priors` give again what could not be written: Python functions used in the
    formula and PyMC distributions used as priors; `family` a family of the user's own, `data` the
    rows that lie elsewhere.
    """
    source = named_file(path, "fit.nc")
    notes, choices = read_choices(source)
    recipe = stored_recipe(source, notes, choices, functions, priors, family)
    with as_written(source):
        apart = RowsApart.read(notes[_APART]) if _APART in notes else None
    recipe = with_given_rows(source, recipe, apart, data)
    given = bool(functions or priors) or data is not None
    spec = _specified(source, recipe, str(notes.get("version")), given=given)
    if apart is not None:
        apart.require_same(source, spec)
    groups = {
        str(name): _indexed(node.to_dataset().drop_encoding())
        for name, node in read_draws(source, notes).children.items()
    }
    with as_written(source):
        kept = groups.pop(REDRAWN, None)
        if kept is not None:
            groups["posterior"] = with_redrawn(groups["posterior"], kept)
        made = _made(notes, groups)
    draws = xr.DataTree.from_dict(groups)
    spec = spec.with_notes(made.notes)
    whole = not made.edited and "var_names" not in made.settings
    require_agreement(source, spec, draws, whole=whole, apart=apart)
    return Stored(recipe, spec, draws, made)


def read_choices(source: Path) -> tuple[dict[str, Any], xr.Dataset]:
    """Read what a file notes of its model, and the rows next to that, but none of the draws.

    Raises `DataError` for a file that `write_groups` did not write, or that was changed since.
    """
    require_file(source)
    stored = choices_of(source)
    written = stored.attrs.pop("checksum", None)
    notes: dict[str, Any] = json.loads(stored.attrs["model"])
    if written is None if notes.get("format", 1) > 1 else False:
        raise damaged(source, f"group {GROUP}")
    if written is not None and written != _checksum(stored):
        raise damaged(source, f"group {GROUP}")
    if not isinstance(notes.get("checksums", {}), dict):
        raise damaged(source, f"group {GROUP}")
    return notes, stored


def read_draws(source: Path, notes: Mapping[str, Any]) -> xr.DataTree:
    """Read all else that a file holds; `DataError` where that is not what its notes have sums of.

    They are read after the choices, so that what these refuse is refused before.
    """
    tree, long = draws_of(source)
    for name, expected in notes.get("checksums", {}).items():
        if name not in tree or _checksum(tree[name].to_dataset(), f"/{name}/", long) != expected:
            raise damaged(source, f"group {name}")
    return tree


def read_groups(source: Path) -> tuple[dict[str, Any], xr.DataTree]:
    """Read notes and groups that `write_groups` wrote; `DataError` for any other file."""
    notes, _ = read_choices(source)
    return notes, read_draws(source, notes)


def stored_recipe(
    source: Path,
    notes: Mapping[str, Any],
    choices: xr.Dataset,
    functions: Mapping[str, Callable[..., object]] | None,
    priors: Mapping[str, object] | None,
    family: Family | None = None,
) -> Recipe:
    """Return the recipe that a file holds; raises `DataError` where objects are to be given."""
    require_mapping("functions", functions, '{"f": f}')
    require_mapping("priors", priors, '{"b": pm.Normal.dist(0, 1)}')
    with as_written(source):
        data = frame_from_bytes(choices["data"].values.astype(np.uint8).tobytes())
        recipe = recipe_from_json(notes["recipe"], data, functions, priors, family)
        return replace(recipe, sums=kept_sums(choices))


def _made(notes: Mapping[str, Any], groups: Mapping[str, xr.Dataset]) -> Made:
    text = {name: str(notes["engine"].get(name, "")) for name in ("label", "settings")}
    attributes = groups["posterior"].attrs if "posterior" in groups else {}
    return Made.read(attributes, **text)


def _specified(source: Path, recipe: Recipe, version: str, *, given: bool) -> Spec:
    """Return what the recipe specifies; where nothing was `given`, the file itself is at fault."""
    try:
        return recipe.specify()
    except (DataError, FormulaError, PriorError) as error:
        if given:
            raise
        raise DataError(
            f'The formula and the data in "{source}" make no model.',
            where=" ".join(str(error).split()),
            hint=f"Take another copy of the file, or the version that wrote it: mixwell {version}.",
        ) from error


def _indexed(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset with the indexes of its dims, made as those of draws are."""
    present = [str(dim) for dim in dataset.dims if dim in dataset.variables]
    labels = {dim: _read_texts(dataset.variables[dim]) for dim in present}
    return dataset.drop_vars(labels).assign_coords(coordinates(labels))


def _checksum(
    dataset: xr.Dataset, place: str = "", summed: Mapping[str, Summed] | None = None
) -> str:
    """Return the checksum of a group: names, dims and values of its variables, and its notes.

    Of values that are `summed` already, by the name of the group and their own, that is taken.
    """
    parts: list[Any] = []
    for name in sorted(map(str, dataset.variables)):
        variable, known = dataset.variables[name], (summed or {}).get(place + name)
        values = np.asarray(variable.values)
        own = known if known is not None and known.values is values else values
        parts += [name, " ".join(map(str, variable.dims)), own]
    for key in sorted(map(str, dataset.attrs)):
        parts += [key, np.asarray(dataset.attrs[key])]
    return checksum(parts)


def _writable(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset in types that netCDF has, without indexes.

    xarray would make those anew, and load numba to ask whether the values are sparse arrays.
    """
    nested = [name for name, index in dataset.indexes.items() if isinstance(index, pd.MultiIndex)]
    dataset = dataset.drop_encoding().drop_vars(nested)
    made = {
        str(name): _texts(found) if found.dtype.kind in "OUT" else found.to_base_variable()
        for name, found in dataset.variables.items()
    }
    coords = {name: found for name, found in made.items() if name in dataset.coords}
    notes = {
        str(key): value if _is_plain(value) else str(value)
        for key, value in dataset.attrs.items()
        if value is not None
    }
    own = {name: found for name, found in made.items() if name not in coords}
    return xr.Dataset(own, coords=xr.Coordinates(coords, indexes={}), attrs=notes)


def _is_plain(value: object) -> bool:
    """Whether a note is written as it is; all others are as texts."""
    if isinstance(value, int):
        return not isinstance(value, bool) and -(2**63) <= value < 2**63
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "iufSU"
    return isinstance(value, str | float)


def _texts(variable: xr.Variable) -> xr.Variable:
    """Return a variable of texts; those of HDF5 end at a null character."""
    texts = [str(value) for value in variable.values.ravel().tolist()]
    if not any("\0" in text for text in texts):
        return variable.astype(str)
    escaped = [text.encode("unicode_escape").decode("ascii") for text in texts]
    values = np.array(escaped, dtype=object).reshape(variable.shape)
    return xr.Variable(variable.dims, values, {**variable.attrs, _ESCAPED: 1})


def _read_texts(variable: xr.Variable) -> Any:
    """Return the values of a variable; texts that were escaped as they were."""
    if _ESCAPED not in variable.attrs:
        return variable.values
    written = map(str, variable.values.ravel().tolist())
    texts = [text.encode("ascii").decode("unicode_escape") for text in written]
    return np.array(texts, dtype=object).reshape(variable.shape)


def why_not_saved(recipe: Recipe) -> str | None:
    """Return why a fit of this recipe could not be saved; None where it can."""
    try:
        json.dumps(recipe_to_json(replace(recipe, weights=None)))
        require_storable(recipe.data[recipe.columns()])
    except (DataError, TypeError, ValueError) as error:
        return " ".join(str(error).split())
    return None
