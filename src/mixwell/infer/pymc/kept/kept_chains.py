"""NUTS with its draws kept while chains run: nutpie's, or PyMC's own where that is asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import ceil
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from pymc.backends.arviz import coords_and_dims_for_inferencedata, find_constants

from mixwell.errors import SamplingError, warn
from mixwell.infer.kept_draws import require_shapes
from mixwell.infer.pymc.compiled_model import compiled_model
from mixwell.infer.pymc.kept.legs import Leg, legs
from mixwell.infer.pymc.kept.nutpie_chains import draw_in_background
from mixwell.infer.pymc.kept.watched_chains import draw_watched
from mixwell.infer.settings import Settings
from mixwell.infer.stretches import ChainStretch, Checkpoint, join, least_effective
from mixwell.infer.until import Until
from mixwell.posterior.labels import posterior_dims, posterior_labels
from mixwell.progress import shows_progress
from mixwell.specify.spec import Spec

__all__ = ["drawn_in_background", "keep_chains"]

_NUTPIE, _PYMC = "nutpie", "pymc"
#: How many times as many draws as were asked for an effective number may take.
_LONGEST = 50
#: What would take the draws elsewhere.
_AGAINST = ("callback", "discard_tuned_samples", "idata_kwargs", "initvals", "step", "trace",
            "var_names")  # fmt: skip
#: What nutpie's chains in the background take, with the options of NUTS.
_IN_BACKGROUND = ("cores", "nuts_sampler", "quiet")


def drawn_in_background(model: pm.Model, sampler: Mapping[str, Any]) -> bool:
    """Whether options of `pm.sample` leave a model to nutpie's chains in the background."""
    asked = sampler.get("nuts_sampler", _NUTPIE) == _NUTPIE
    return asked and set(sampler) <= set(_IN_BACKGROUND) and not model.discrete_value_vars


def keep_chains(
    model: pm.Model,
    spec: Spec,
    names: Sequence[str],
    settings: Settings,
    sampler: Mapping[str, Any],
    nuts: Mapping[str, Any],
    checkpoint: Checkpoint,
    until: Until,
) -> xr.DataTree:
    """Draw what is left of a run, and return all of it as `pm.sample` would.

    `names` are the variables that are wanted, `sampler` the options of `pm.sample`, `nuts` those of
    NUTS. The draws are those that `pm.sample` makes with the same seed, but for rounding, until the
    run is broken off and gone on with, or until they are not worth `settings.min_ess`: then every
    chain goes on from its last draw. Raises `SamplingError` for options with which draws cannot be
    kept.
    """
    asked = sampler.get("nuts_sampler", _NUTPIE)
    _require_keepable(sampler, asked)
    _require_own(checkpoint.earlier, model, spec, names, settings.chains)
    compiled = cache(lambda: compiled_model(model, names))

    def draw(left: list[Leg], checkpoint: Checkpoint) -> list[ChainStretch]:
        if asked == _NUTPIE:
            options = {"maxdepth" if k == "max_treedepth" else k: v for k, v in nuts.items()}
            own = (model, compiled(), names, left, options, checkpoint, settings)
            return draw_in_background(*own, until)
        bar = shows_progress(settings.progressbar, widgets=True)
        options = {**sampler, "progressbar": bar, "compute_convergence_checks": False}
        options.update(nuts=nuts)
        return draw_watched(model, names, left, options, checkpoint, until)

    found, draws = _enough(draw, settings, checkpoint, until, apart=asked == _NUTPIE)
    checkpoint.interrupted = until.early
    tree = join(found, settings.chains, draws, spec)
    tree["sample_stats"].attrs["inference_library"] = asked
    coords, dims = coords_and_dims_for_inferencedata(model)
    drawn = tree["posterior"].to_dataset()
    lacking = [str(dim) for dim in drawn.dims if dim not in drawn.coords]
    tree["posterior"] = xr.DataTree(drawn.assign_coords(_of(coords, lacking)))
    constants = {
        name: xr.DataArray(value, dims=own, coords=_of(coords, own))
        for name, value in find_constants(model).items()
        for own in [dims.get(name) or [f"{name}_dim_{k}" for k in range(np.ndim(value))]]
    }
    tree["constant_data"] = xr.DataTree(xr.Dataset(constants))
    return tree


def _enough(
    draw: Callable[[list[Leg], Checkpoint], list[ChainStretch]],
    settings: Settings,
    checkpoint: Checkpoint,
    until: Until,
    *,
    apart: bool,
) -> tuple[list[ChainStretch], int]:
    """Draw until there are as many draws as were asked for, and worth enough; returns all.

    Chains that go on do so as those of a run that was broken off.
    """
    found, now = list(checkpoint.earlier), checkpoint
    draws = max(settings.draws, *now.lengths(settings.chains))
    while True:
        if left := legs(replace(settings, draws=draws), now, apart=apart):
            found += draw(left, now)
        if settings.min_ess is None or until.early:
            return found, draws
        ess = least_effective(found, settings.chains)
        if ess >= settings.min_ess:
            return found, draws
        if draws >= _LONGEST * settings.draws:
            warn(
                f"min_ess={settings.min_ess:g} was not reached (effective sample size {ess:,.0f})."
            )
            return found, draws
        draws = ceil(draws * min(max(1.1 * settings.min_ess / ess, 1.2), 4.0))
        further = checkpoint.write, found, now.leg + 1, checkpoint.seconds
        now = Checkpoint(*further, checkpoint.engine, checkpoint.reason)


def _of(coords: Mapping[str, Any], dims: Sequence[str]) -> dict[str, Any]:
    return {dim: coords[dim] for dim in dims if dim in coords}


def _require_own(
    earlier: Sequence[ChainStretch],
    model: pm.Model,
    spec: Spec,
    names: Sequence[str],
    chains: int,
) -> None:
    """Refuse draws from before that are not of this model."""
    if not earlier:
        return
    dims, labels = posterior_dims(spec), posterior_labels(spec)
    shapes = {name: [len(labels[dim]) for dim in dims[name]] for name in names}
    place = sum(int(np.size(value)) for value in model.initial_point().values())
    require_shapes(earlier, chains, shapes, place)


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
            where="checkpoint, min_ess, max_time",
            hint="Leave these out, or the options.",
        )
