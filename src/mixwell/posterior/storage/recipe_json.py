"""The choices of a recipe as JSON and back; what is a Python object is noted by name."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.codings.choices import Custom, Hypotheses
from mixwell.design.codings.contrast_names import CONTRASTS, resolve_contrast
from mixwell.errors import DataError
from mixwell.families import Family, get_family, is_known
from mixwell.recipe import Recipe
from mixwell.text.level_labels import label_of

__all__ = ["recipe_from_json", "recipe_to_json"]


def recipe_to_json(recipe: Recipe) -> dict[str, object]:
    """Return the choices in JSON's types, without the data."""
    priors = dict(recipe.priors or {})
    weights = recipe.weights
    return {
        "formulas": list(recipe.formulas),
        "family": _family_to_json(recipe),
        "link": recipe.link or getattr(recipe.family, "link_name", None),
        "priors": {key: prior for key, prior in priors.items() if isinstance(prior, str)},
        "priors_to_give": [key for key, prior in priors.items() if not isinstance(prior, str)],
        "contrasts": {
            factor: _contrast_to_json(resolve_contrast(choice, where=factor))
            for factor, choice in (recipe.contrasts or {}).items()
        },
        "weights": weights if weights is None or isinstance(weights, str) else _plain(weights),
        "weight_kind": recipe.weight_kind,
        "counted": recipe.counted,
        "counted_at": recipe.counted_at,
        "missing": recipe.missing,
        "saturated": recipe.saturated,
        "rescor": recipe.rescor,
        "functions_to_give": list(recipe.functions or {}),
    }


def _family_to_json(recipe: Recipe) -> object:
    """Return a family's name, or names with links of those of several responses."""
    family = recipe.family
    if isinstance(family, Family):
        return family.name
    if isinstance(family, str):
        return family
    found = [get_family(each, recipe.link) for each in family]
    return [[each.name, each.link_name] for each in found]


def recipe_from_json(
    notes: dict[str, Any],
    data: pd.DataFrame,
    functions: Mapping[str, Callable[..., object]] | None,
    priors: Mapping[str, object] | None,
    family: Family | None = None,
) -> Recipe:
    """Return the recipe that was written; `DataError` where an object is not given again."""
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
    formulas = notes["formulas"]
    if not (isinstance(formulas, list) and formulas and all(isinstance(f, str) for f in formulas)):
        raise TypeError("formulas are a list of texts")
    return Recipe(
        formulas=tuple(formulas),
        data=data,
        family=_family(notes["family"], family),
        link=notes["link"],
        priors={**notes["priors"], **(priors or {})} or None,
        contrasts={
            factor: _contrast_from_json(choice) for factor, choice in notes["contrasts"].items()
        }
        or None,
        weights=notes["weights"],
        weight_kind=notes.get("weight_kind"),
        counted=_counted(notes.get("counted"), data),
        counted_at=None if notes.get("counted_at") is None else str(notes["counted_at"]),
        missing=notes["missing"],
        saturated=notes.get("saturated", "refuse"),
        rescor=notes.get("rescor", False),
        functions=functions,
    )


def _counted(noted: Any, data: pd.DataFrame) -> str | None:
    """Return the column that says how often each row was there; `TypeError` where none does."""
    if noted is None:
        return None
    counts = data[noted] if isinstance(noted, str) and noted in data.columns else None
    if counts is None or not pd.api.types.is_integer_dtype(counts.dtype) or (counts < 1).any():
        raise TypeError("rows were there so many times, which a column of whole numbers says")
    return str(noted)


def _family(noted: Any, given: Family | None) -> Any:
    """Return the family that is noted, or each response's; one of the user's own is given again."""
    if given is not None and given.name == noted:
        return given
    if isinstance(noted, str) and not is_known(noted):
        raise DataError(
            f"The fit was made with a family that is not one of mixwell's: {noted}.",
            hint="mw.load(path, family=mw.custom_family(...))",
        )
    return [get_family(*each) for each in noted] if isinstance(noted, list) else noted


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
