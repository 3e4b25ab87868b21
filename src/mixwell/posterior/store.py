"""A fit on disk: one netCDF file with the draws, the data and the choices behind them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from mixwell._version import __version__
from mixwell.design.codings.choices import Custom, Hypotheses
from mixwell.design.codings.contrast_names import CONTRASTS, resolve_contrast
from mixwell.errors import DataError, require_mapping
from mixwell.families import Family
from mixwell.numeric.checksums import checksum
from mixwell.posterior.labels import coordinates
from mixwell.posterior.made import Made
from mixwell.recipe import Recipe
from mixwell.tables.stored import frame_from_bytes, frame_to_bytes
from mixwell.text.level_labels import label_of
from mixwell.whole_files import replacing

ENGINE: Final = "h5netcdf"
GROUP = "mixwell"
#: The format of files: 2 has checksums.
FORMAT = 2
#: How HDF5 files begin.
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What a file holds: the recipe of the model, the draws, and how they were made."""

    recipe: Recipe
    idata: xr.DataTree
    made: Made


def save(path: str | PathLike[str], recipe: Recipe, idata: xr.DataTree, made: Made) -> Path:
    """Write draws, data columns and choices to one netCDF file and return its path.

    Choices that are Python objects (functions, PyMC distributions) are noted by name: `load` then
    asks for them. Raises `DataError` when the data cannot be stored.
    """
    target = _path(path)
    if target.is_dir():
        raise DataError(f'"{target}" is a directory.', hint='Name a file in it: "fit.nc".')
    if not target.parent.is_dir():
        raise DataError(f'There is no directory "{target.parent}" to save into.')
    groups = {str(name): _writable(node.to_dataset()) for name, node in idata.children.items()}
    notes = {
        "format": FORMAT,
        "version": __version__,
        "recipe": _recipe_to_json(recipe),
        "engine": made.summary,
        "checksums": {name: _checksum(group) for name, group in groups.items()},
    }
    stored = frame_to_bytes(recipe.data[recipe.columns()])
    own = xr.Dataset(
        {"data": ("byte", np.frombuffer(stored, dtype=np.uint8))},
        attrs={"model": json.dumps(notes)},
    )
    groups[GROUP] = own.assign_attrs(checksum=_checksum(own))
    tree = xr.DataTree.from_dict(groups)
    with replacing(target) as file:
        tree.to_netcdf(file, engine=ENGINE)
    return target


def _path(path: object) -> Path:
    if not isinstance(path, str | PathLike):
        raise DataError(
            f"path= takes the name of a file, not a {type(path).__name__}.",
            where="path",
            hint='For example "fit.nc".',
        )
    return Path(path)


def load(
    path: str | PathLike[str],
    *,
    functions: Mapping[str, Callable[..., object]] | None = None,
    priors: Mapping[str, object] | None = None,
) -> Stored:
    """Read a file that `save` wrote; raises `DataError` when it is not one.

    `functions` and `priors` give again what could not be written: Python functions used in the
    formula and PyMC distributions used as priors.
    """
    require_mapping("functions", functions, '{"f": f}')
    require_mapping("priors", priors, '{"b": pm.Normal.dist(0, 1)}')
    source = _path(path)
    if not source.is_file():
        raise DataError(f'There is no file "{source}".')
    tree = _read(source)
    if GROUP not in tree:
        raise DataError(
            f'"{source}" holds no mixwell model.',
            hint="xarray.open_datatree reads the draws of any netCDF file.",
        )
    stored = tree[GROUP].to_dataset()
    notes = _notes(source, stored)
    _require_whole(source, tree, notes)
    data = frame_from_bytes(stored["data"].values.astype(np.uint8).tobytes())
    recipe = _recipe_from_json(notes["recipe"], data, functions, priors)
    groups = {
        str(name): _indexed(node.to_dataset().drop_encoding())
        for name, node in tree.children.items()
        if name != GROUP
    }
    text = {name: notes["engine"].get(name, "") for name in ("label", "settings")}
    made = Made.read(groups["posterior"].attrs, **text)
    return Stored(recipe, xr.DataTree.from_dict(groups), made)


def _indexed(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset with the indexes of its dims, made as those of draws are."""
    labels = {str(d): dataset.variables[d].values for d in dataset.dims if d in dataset.variables}
    return dataset.drop_vars(labels).assign_coords(coordinates(labels))


def _read(source: Path) -> xr.DataTree:
    """Read all groups of a file; `DataError` for one that is none, or damaged."""
    try:
        with source.open("rb") as file:
            is_one = file.read(len(_SIGNATURE)) == _SIGNATURE
        with xr.open_datatree(source, engine=ENGINE, create_default_indexes=False) as opened:
            return opened.load()
    except PermissionError:
        raise DataError(f'"{source}" cannot be read: you have no right to.') from None
    except Exception as error:  # HDF5 and its readers raise whatever a damaged file makes them
        if is_one:
            raise _damaged(source, "unknown: it cannot be read") from error
        raise DataError(f'"{source}" is not a netCDF file.') from error


def _notes(source: Path, stored: xr.Dataset) -> dict[str, Any]:
    """Return what is said of the model; `DataError` where that is damaged or of a newer format."""
    written = stored.attrs.pop("checksum", None)
    if written is not None and written != _checksum(stored):
        raise _damaged(source, GROUP)
    try:
        notes: dict[str, Any] = json.loads(stored.attrs["model"])
    except (KeyError, TypeError, ValueError):
        raise _damaged(source, GROUP) from None
    if notes.get("format", 1) > FORMAT:
        raise DataError(
            f'"{source}" was written by mixwell {notes["version"]}, in a newer format.',
            where=f"format {notes['format']}, and this version reads up to {FORMAT}",
            hint="Install that version or a newer one.",
        )
    if notes.get("format", 1) > 1 and written is None:
        raise _damaged(source, GROUP)
    return notes


def _require_whole(source: Path, tree: xr.DataTree, notes: Mapping[str, Any]) -> None:
    """Refuse a file of which a group is absent or not as it was written."""
    for name, written in notes.get("checksums", {}).items():
        if name not in tree or _checksum(tree[name].to_dataset()) != written:
            raise _damaged(source, name)


def _damaged(source: Path, group: str) -> DataError:
    return DataError(
        f'"{source}" is damaged, or was changed since it was written.',
        where=f"group {group}",
        hint="Take another copy of it; the draws in this one cannot be relied on.",
    )


def _checksum(dataset: xr.Dataset) -> str:
    """Return the checksum of a group: names, dims and values of its variables, and its notes."""
    parts: list[Any] = []
    for name in sorted(map(str, dataset.variables)):
        variable = dataset.variables[name]
        parts += [name, " ".join(map(str, variable.dims)), np.asarray(variable.values)]
    for key in sorted(map(str, dataset.attrs)):
        parts += [key, np.asarray(dataset.attrs[key])]
    return checksum(parts)


def _writable(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset in types that netCDF has."""
    dataset = dataset.drop_encoding()
    for name, variable in dataset.variables.items():
        if isinstance(dataset.indexes.get(name), pd.MultiIndex):
            dataset = dataset.drop_vars([name, *dataset.indexes[name].names])
        elif variable.dtype == object:
            dataset[name] = variable.astype(str)
    plain = (str, int, float, np.ndarray, np.number)
    dataset.attrs = {
        str(key): value if isinstance(value, plain) else str(value)
        for key, value in dataset.attrs.items()
        if value is not None
    }
    return dataset


def _recipe_to_json(recipe: Recipe) -> dict[str, object]:
    priors = dict(recipe.priors or {})
    weights = recipe.weights
    return {
        "formulas": list(recipe.formulas),
        "family": recipe.family.name if isinstance(recipe.family, Family) else recipe.family,
        "link": recipe.link or getattr(recipe.family, "link_name", None),
        "priors": {key: prior for key, prior in priors.items() if isinstance(prior, str)},
        "priors_to_give": [key for key, prior in priors.items() if not isinstance(prior, str)],
        "contrasts": {
            factor: _contrast_to_json(resolve_contrast(choice, where=factor))
            for factor, choice in (recipe.contrasts or {}).items()
        },
        "weights": weights if weights is None or isinstance(weights, str) else _plain(weights),
        "missing": recipe.missing,
        "saturated": recipe.saturated,
        "functions_to_give": list(recipe.functions or {}),
    }


def _recipe_from_json(
    notes: dict[str, Any],
    data: pd.DataFrame,
    functions: Mapping[str, Callable[..., object]] | None,
    priors: Mapping[str, object] | None,
) -> Recipe:
    given: dict[str, tuple[list[str], Mapping[str, object]]] = {
        "priors": (notes["priors_to_give"], priors or {}),
        "functions": (notes["functions_to_give"], functions or {}),
    }
    for argument, (wanted, offered) in given.items():
        absent = [name for name in wanted if name not in offered]
        if absent:
            raise DataError(
                f"The fit was made with {argument} that are Python objects and were not stored: "
                f"{', '.join(absent)}.",
                hint=f'mw.load(path, {argument}={{"{absent[0]}": ...}})',
            )
    return Recipe(
        formulas=tuple(notes["formulas"]),
        data=data,
        family=notes["family"],
        link=notes["link"],
        priors={**notes["priors"], **(priors or {})} or None,
        contrasts={
            factor: _contrast_from_json(choice) for factor, choice in notes["contrasts"].items()
        }
        or None,
        weights=notes["weights"],
        missing=notes["missing"],
        saturated=notes.get("saturated", "refuse"),
        functions=functions,
    )


def _contrast_to_json(contrast: object) -> dict[str, object]:
    if not is_dataclass(contrast):
        raise DataError(f"A contrast of type {type(contrast).__name__} cannot be stored.")
    values = {field.name: _plain(getattr(contrast, field.name)) for field in fields(contrast)}
    return {"contrast": type(contrast).__name__, "values": values}


def _contrast_from_json(notes: dict[str, Any]) -> object:
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in notes["values"].items()
    }
    kinds = {kind.__name__: kind for kind in (*CONTRASTS.values(), Custom, Hypotheses)}
    return kinds[notes["contrast"]](**values)


def _plain(value: object) -> Any:
    """Return a value in JSON's types: arrays as lists, numpy scalars as numbers."""
    if isinstance(value, Mapping):
        return {label_of(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    listed: Any = np.asarray(value).tolist()
    return listed
