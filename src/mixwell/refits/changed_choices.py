"""A model's choices with some changed: what is read again, and what stays as it was."""

from collections.abc import Mapping
from typing import Any

from mixwell.infer.choose import require_options_of_fit
from mixwell.infer.settings import Settings
from mixwell.posterior.made import Made
from mixwell.recipe import Recipe
from mixwell.specify.spec import Spec

__all__ = ["changed_choices"]


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
