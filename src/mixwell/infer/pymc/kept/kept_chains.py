"""NUTS with its draws kept while chains run: nutpie's, or PyMC's own where that is asked for."""

from collections.abc import Mapping
from typing import Any

import pymc as pm
import xarray as xr
from pymc.backends.arviz import coords_and_dims_for_inferencedata, find_constants

from mixwell.errors import SamplingError
from mixwell.infer.pymc.kept.legs import legs
from mixwell.infer.pymc.kept.nutpie_chains import draw_in_background
from mixwell.infer.pymc.kept.stretches import Checkpoint, join
from mixwell.infer.pymc.kept.watched_chains import draw_watched
from mixwell.infer.settings import Settings
from mixwell.progress import shows_progress
from mixwell.specify.spec import Spec

__all__ = ["keep_chains"]

_NUTPIE, _PYMC = "nutpie", "pymc"
#: What would take the draws elsewhere.
_AGAINST = ("callback", "discard_tuned_samples", "idata_kwargs", "initvals", "step", "trace",
            "var_names")  # fmt: skip
#: What nutpie's chains in the background take, with the options of NUTS.
_IN_BACKGROUND = ("cores", "nuts_sampler", "quiet")


def keep_chains(
    model: pm.Model,
    spec: Spec,
    settings: Settings,
    sampler: Mapping[str, Any],
    nuts: Mapping[str, Any],
    checkpoint: Checkpoint,
) -> xr.DataTree:
    """Draw what is left of a run, and return all of it as `pm.sample` would.

    `sampler` are the options of `pm.sample`, `nuts` those of NUTS. The draws are those that
    `pm.sample` makes with the same seed, until the run is broken off and gone on with. Raises
    `SamplingError` for options with which draws cannot be kept.
    """
    asked = sampler.get("nuts_sampler", _NUTPIE)
    _require_keepable(sampler, asked)
    names = [name for name in spec.variables if name in model.named_vars]
    left = legs(settings, checkpoint, apart=asked == _NUTPIE)
    made = []
    if left and asked == _NUTPIE:
        cores, bar = sampler.get("cores"), settings.progressbar
        options = {"maxdepth" if k == "max_treedepth" else k: v for k, v in nuts.items()}
        made = draw_in_background(model, names, left, options, cores, checkpoint, bar)
    elif left:
        bar = shows_progress(settings.progressbar, widgets=True)
        options = {**sampler, "progressbar": bar, "compute_convergence_checks": False}
        options.update(nuts=nuts)
        made = draw_watched(model, names, left, options, checkpoint)
    tree = join([*checkpoint.earlier, *made], settings.chains, settings.draws, spec)
    tree["sample_stats"].attrs["inference_library"] = asked
    coords, dims = coords_and_dims_for_inferencedata(model)
    constants = {
        name: xr.DataArray(value, dims=dims.get(name), coords=_of(coords, dims.get(name)))
        for name, value in find_constants(model).items()
    }
    tree["constant_data"] = xr.DataTree(xr.Dataset(constants))
    return tree


def _of(coords: Mapping[str, Any], dims: Any) -> dict[str, Any]:
    return {dim: coords[dim] for dim in dims or () if dim in coords}


def _require_keepable(sampler: Mapping[str, Any], asked: object) -> None:
    """Refuse options with which draws are made out of reach."""
    against = [name for name in sampler if name in _AGAINST]
    if asked == _NUTPIE:
        against = [name for name in sampler if name not in _IN_BACKGROUND]
    if asked not in (_NUTPIE, _PYMC):
        against = ["nuts_sampler"]
    if against:
        raise SamplingError(
            f"Draws cannot be kept while they are made with {', '.join(against)}.",
            where="checkpoint",
            hint="Leave out checkpoint= or these options.",
        )
