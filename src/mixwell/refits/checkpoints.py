"""Runs whose draws are kept in a folder while they are made, and going on with them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import xarray as xr

from mixwell.errors import DataError, SamplingError, warn
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.choose import choose_engine, run
from mixwell.infer.settings import Settings
from mixwell.infer.stretches import Checkpoint
from mixwell.posterior.made import Made, require_unedited
from mixwell.posterior.storage.rows_apart import recipe_to_save
from mixwell.progress import require_progressbar
from mixwell.recipe import Recipe
from mixwell.refits.run_folder import RunFolder
from mixwell.specify.spec import Spec

__all__ = ["go_on", "kept_run"]

#: Of which rows no run is kept: those elsewhere, and those of which there are sums.
_APART = "rows that lie elsewhere is not kept: its folder would lack them", "sums is not kept"


def kept_run(
    spec: Spec, recipe: Recipe, settings: Settings, built: BuiltModel
) -> tuple[xr.DataTree, Made]:
    """Draw as `infer.choose.run` does, and keep draws in the folder `settings.checkpoint`.

    A run that fails before its first draw leaves no run in the folder. Raises `DataError` for a
    folder that holds anything and for rows that it would lack, and `SamplingError` for a model that
    was edited by hand: a folder keeps formula and priors, from which another process goes on.
    """
    recipe, apart = recipe_to_save(recipe, spec)
    if apart is not None:
        raise DataError(
            f"A run of {_APART[recipe.sums is not None]}.",
            where="checkpoint",
            hint="Leave it out: such draws are made at once; fit.save(path) keeps them.",
        )
    choose_engine(spec, settings, built)
    require_unedited("a checkpoint", built.edits.text)
    folder = RunFolder.begin(settings.checkpoint, recipe, settings)
    return _drawn(folder, spec, recipe, settings, built, Checkpoint(folder.write))


def go_on(
    path: object,
    functions: Mapping[str, Callable[..., object]] | None,
    priors: Mapping[str, object] | None,
    progressbar: bool | None,
) -> Path | tuple[Spec, xr.DataTree, Made, Recipe, BuiltModel]:
    """Return the file of a run that has ended, or the parts of a fit that is gone on with.

    Chains go on from their last draws with a short new warm-up; a run without draws begins anew,
    which a `MixwellWarning` says. Raises as `RunFolder.open`, `mixwell.load` and `run`.
    """
    require_progressbar(progressbar)
    folder = RunFolder.open(path)
    if folder.fit.exists():
        return folder.fit
    try:
        recipe, asked = folder.asked(functions, priors)
        earlier, notes = folder.read()
        spec = recipe.specify()
    except BaseException:
        folder.close()
        raise
    if progressbar is not None:
        asked = replace(asked, progressbar=progressbar)
    built = BuiltModel(spec)
    if not notes:
        warn(f'No draws were kept in "{folder.path}" yet: the run begins anew.')
        tree, made = _drawn(folder, spec, recipe, asked, built, Checkpoint(folder.write))
        return spec, tree, made, recipe, built
    seconds = {each.leg: each.seconds for each in notes}
    engine, reason = notes[-1].drawn
    before = earlier, max(seconds) + 1, sum(seconds.values()), engine, reason
    checkpoint = Checkpoint(folder.write, *before)
    tree, made = _drawn(folder, spec, recipe, asked, built, checkpoint)
    return spec, tree, made, recipe, built


def _drawn(
    folder: RunFolder,
    spec: Spec,
    recipe: Recipe,
    settings: Settings,
    built: BuiltModel,
    checkpoint: Checkpoint,
) -> tuple[xr.DataTree, Made]:
    """Draw, and write the fit."""
    try:
        tree, made = run(spec, settings, built, checkpoint)
        if checkpoint.interrupted:
            warn(f'mw.resume("{folder.path}") goes on from there.')
        else:
            folder.finish(recipe, tree, made)
    except Exception as error:
        if not folder.blocks and not checkpoint.interrupted:
            folder.discard()
        elif isinstance(error, SamplingError):
            error.add_note(f'mw.resume("{folder.path}") goes on with what was drawn until then.')
        raise
    finally:
        folder.close()
    return tree, made
