"""Fits out of files: those that were saved, and those that are gone on with."""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path

from mixwell.families import Family
from mixwell.fit import Fit
from mixwell.posterior.storage import store
from mixwell.public_calls import public
from mixwell.refits.checkpoints import go_on

__all__ = ["load", "resume"]


@public
def load(
    path: str | PathLike[str],
    *,
    functions: Mapping[str, Callable[..., object]] | None = None,
    priors: Mapping[str, object] | None = None,
    family: Family | None = None,
    data: object = None,
) -> Fit:
    """Read a fit that `Fit.save` wrote; nothing is sampled or compiled.

    `functions` and `priors` give again what cannot be written to a file: Python functions used in
    the formula, PyMC distributions used as priors; `family` a `custom_family`. Of a fit whose rows
    stayed where they lie `data` gives these again: the same table, from anywhere, or its rows in
    memory. Raises `DataError` when the file is not one of mixwell's, and for other rows.

    >>> import tempfile
    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    >>> fit = model.fit(draws=100, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mw.load(fit.save(f"{folder}/sleep.nc")).posterior.equals(fit.posterior)
    True
    """
    stored = store.load(path, functions=functions, priors=priors, family=family, data=data)
    return Fit(stored.spec, stored.idata, stored.made, stored.recipe)


@public
def resume(
    path: str | PathLike[str],
    *,
    functions: Mapping[str, Callable[..., object]] | None = None,
    priors: Mapping[str, object] | None = None,
    progressbar: bool | None = None,
) -> Fit:
    """Go on with a run that `Model.fit(checkpoint=...)` kept in a folder, and return its fit.

    Chains go on from the last draws that were kept, after a short new warm-up, which `print(fit)`
    says; draws that were kept stay as they are. A run that has ended is loaded; one that had no
    draws yet begins anew, with a warning. `functions` and `priors` as for `mixwell.load`.

    Raises `DataError` for a folder that holds no run, to which another process writes, or of which
    a file is damaged or of a newer format, and `SamplingError` when sampling fails.

    >>> import tempfile
    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fit = model.fit(draws=100, seed=1, checkpoint=f"{folder}/run")
    ...     mw.resume(f"{folder}/run").posterior.equals(fit.posterior)
    True
    """
    found = go_on(path, functions, priors, progressbar)
    if isinstance(found, Path):
        return load(found, functions=functions, priors=priors)
    spec, tree, made, recipe, built = found
    return Fit(spec.with_notes(made.notes), tree, made, recipe, built)
