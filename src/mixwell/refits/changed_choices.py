"""A model's choices with some changed: what is read again, and what stays as it was."""

from collections.abc import Mapping
from typing import Any

from mixwell.errors import SamplingError
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.choose import require_options_of_fit
from mixwell.infer.settings import Settings
from mixwell.posterior.made import Made
from mixwell.recipe import Recipe
from mixwell.specify.spec import Spec

__all__ = ["changed_choices", "edited_model"]


def changed_choices(
    recipe: Recipe, spec: Spec, made: Made, changes: Mapping[str, Any]
) -> tuple[Spec, Recipe, Settings]:
    """Return specification, recipe and settings with some of a model's choices changed.

    Changes are arguments of `Model` or of `Model.fit`; the specification is made anew where one of
    the former is among them. Raises as `Model`, and `SamplingError` for a name that neither has.
    """
    own, further = recipe.changes(changes)
    require_options_of_fit(further, ["formula", *recipe.names()])
    settings = Settings.read(made.settings).changed(further)
    return own.specify() if own is not recipe else spec, own, settings


def edited_model(built: BuiltModel | None, edited: str, same: bool) -> BuiltModel:
    """Return the PyMC model with the edits that a fit was made with, to be sampled again.

    `same` says that no argument of `Model` changes. Raises `SamplingError` where one does, where
    the model was edited further, and where there is none: a file holds draws, not edits.
    """
    if not same:
        reason = "these changes make another model, which would lack them"
    elif built is None:
        reason = "the file holds the draws, not these edits"
    elif built.edits.text != edited:
        reason = f"now it differs otherwise ({built.edits.text or 'no edits'})"
    else:
        return built
    raise SamplingError(
        f"This fit is of a model.pymc that was edited by hand ({edited}), and {reason}.",
        where="refit",
        hint="Make the Model anew, edit its .pymc, and fit that.",
    )
