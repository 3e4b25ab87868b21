"""Draws without sampling: the PyMC model at points near its start, in the place of chains."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from mixwell.infer.settings import Settings
from mixwell.specify.spec import Spec

_SPREAD = 0.2  # of the sampler's coordinates, in which posteriors have a size of about 1


def near_start(
    model: pm.Model,
    spec: Spec,
    names: Sequence[str],
    settings: Settings,
    sampler: dict[str, Any],
    nuts: dict[str, Any],
) -> xr.DataTree:
    """Return what sampling does, of the same shape, at a thousandth of the time.

    The model is built and its density and variables are evaluated as a sampler would, slowly but
    without the seconds that compiling takes. As samplers do, it stays where the density is finite
    (means that a link lets be negative may not be); `RuntimeError`, as theirs, where it is nowhere.
    """
    names = [v.name for v in (*model.free_RVs, *model.deterministics)]
    wanted = model.replace_rvs_by_values([model[name] for name in names])
    evaluate = model.compile_fn(
        [*wanted, model.logp()], inputs=model.value_vars, mode="FAST_COMPILE", point_fn=True
    )
    rng, start = np.random.default_rng(settings.seed), model.initial_point()
    shape = (settings.chains, settings.draws)
    found = [_near(start, evaluate, rng) for _ in range(shape[0] * shape[1])]
    values = [np.reshape(own, (*shape, *np.shape(own[0]))) for own in zip(*found, strict=True)]
    lp = values.pop()
    dims = ("chain", "draw")
    posterior = xr.Dataset(
        {
            name: ((*dims, *_dims(model, name, own.ndim - 2)), own)
            for name, own in zip(names, values, strict=True)
        },
        coords={d: np.array(list(c)) for d, c in model.coords.items() if c is not None}
        | {d: np.arange(n) for d, n in zip(dims, shape, strict=True)},
    )
    never = np.zeros(shape, dtype=bool)
    statistics = xr.Dataset(
        {
            "lp": (dims, lp),
            "diverging": (dims, never),
            "energy": (dims, rng.normal(size=shape) - lp),
        },
        coords={d: posterior.coords[d] for d in dims},
    )
    data = xr.Dataset(
        {v.name: (_dims(model, v.name, v.ndim), v.get_value()) for v in model.data_vars}
    )
    groups = {"posterior": posterior, "sample_stats": statistics, "constant_data": data}
    return xr.DataTree.from_dict(groups)


def _near(start: dict[str, Any], evaluate: Any, rng: np.random.Generator) -> list[Any]:
    """Return variables and density at a point near the start, nearer where the density is 0."""
    steps = {name: _SPREAD * rng.normal(size=np.shape(at)) for name, at in start.items()}
    for halved in range(20):
        values = evaluate({name: at + steps[name] / 2**halved for name, at in start.items()})
        if np.isfinite(values[-1]):
            return list(values)
    raise RuntimeError("The density is not finite near the start.")


def _dims(model: pm.Model, name: str, ndim: int) -> tuple[str, ...]:
    own = model.named_vars_to_dims.get(name) or [f"{name}_dim_{k}" for k in range(ndim)]
    return tuple(str(dim) for dim in own)
