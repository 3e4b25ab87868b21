"""NUTS through `pm.sample` (nutpie), its draws under the names and statistics of the house."""

import inspect
import logging
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from numpy.typing import NDArray

from mixwell._version import __version__
from mixwell.errors import MixwellWarning, SamplingError, did_you_mean
from mixwell.infer.geometry import LOW_RANK_AT_MOST
from mixwell.posterior.labels import observed_data
from mixwell.specify.spec import Spec

__all__ = ["sample"]

#: Names of nutpie and PyMC for the statistics that are kept, and ArviZ's names for them.
_STATISTICS = {
    "diverging": "diverging",
    "energy": "energy",
    "depth": "tree_depth",
    "tree_depth": "tree_depth",
    "maxdepth_reached": "reached_max_treedepth",
    "reached_max_treedepth": "reached_max_treedepth",
    "mean_tree_accept": "acceptance_rate",
    "acceptance_rate": "acceptance_rate",
    "step_size": "step_size",
    "n_steps": "n_steps",
    "logp": "lp",
    "lp": "lp",
}
_TYPES = {"diverging": bool, "reached_max_treedepth": bool, "tree_depth": int, "n_steps": int}
#: A higher rate than the usual 0.8 costs little and leaves the necks of funnels fewer divergences.
TARGET_ACCEPT = 0.95
#: Options of NUTS itself, which `pm.sample` takes in a dictionary of its own.
_NUTS_OPTIONS = ("target_accept", "max_treedepth", "maxdepth", "adaptation", "init_mean")


def sample(
    model: pm.Model,
    spec: Spec,
    *,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    seed: int | None = None,
    progressbar: bool | None = None,
    target_accept: float | None = None,
    parameterization: str = "noncentered",
    geometry: str = "",
    by_rule: bool = False,
    **sampler: Any,
) -> xr.DataTree:
    """Draw from the posterior of a model that `build_model` made.

    The tree has `posterior` (variables of DESIGN.md with dims chain, draw, ...), `sample_stats`
    under ArviZ's names, `observed_data` and `constant_data`. The same seed gives the same draws.
    After an interrupt the draws so far are returned and a `MixwellWarning` says how many.

    Raises `SamplingError` for settings that cannot be, and when there is no draw to return.
    """
    _check_settings(draws, tune, chains, target_accept)
    _check_options(sampler)
    shown = shows_progress() if progressbar is None else progressbar
    chosen = "adaptation" in {**sampler, **dict(sampler.get("nuts", {}))}
    nuts = _nuts_options(sampler, target_accept, model)
    started = time.perf_counter()
    with _quiet(), model:
        raw = pm.sample(
            draws=int(draws),
            tune=int(tune),
            chains=int(chains),
            random_seed=seed,
            progressbar=shown,
            compute_convergence_checks=False,
            **({} if "step" in sampler else {"nuts": nuts}),  # a user's own steppers
            **sampler,
        )
    attributes = {
        "engine": "nuts",
        "parameterization": parameterization,
        "geometry": geometry,
        "geometry_by": "rule" if by_rule else "user",
        "adaptation": str(nuts.get("adaptation", "")),
        "adaptation_by": "user" if chosen else "rule",
        "target_accept": float(nuts["target_accept"]),
        "seed": -1 if seed is None else int(seed),
        "sampling_time": time.perf_counter() - started,
        "tuning_steps": int(tune),
        "inference_library": str(raw["sample_stats"].attrs.get("inference_library", "pymc")),
        "mixwell_version": __version__,
    }
    return _normalized(raw, spec, attributes, draws=draws, chains=chains)


def _nuts_options(
    sampler: dict[str, Any], target_accept: float | None, model: pm.Model
) -> dict[str, Any]:
    """Take NUTS's own options out of the sampler's and add those that the user did not choose.

    A low-rank mass matrix follows the correlations between intercept, deviations and crossed
    effects; its cost grows with the cube of the number of coordinates.
    """
    nuts = {name: sampler.pop(name) for name in _NUTS_OPTIONS if name in sampler}
    nuts |= dict(sampler.pop("nuts", {}))
    if target_accept is not None:
        nuts["target_accept"] = float(target_accept)
    nuts.setdefault("target_accept", TARGET_ACCEPT)
    others = {"nuts_sampler", "step"} & set(sampler)
    if others or "adaptation" in nuts or "low_rank_modified_mass_matrix" in nuts:
        return nuts
    coordinates = sum(int(np.size(v)) for v in model.initial_point().values())
    return nuts | {"adaptation": "low_rank" if coordinates <= LOW_RANK_AT_MOST else "diag"}


def shows_progress() -> bool:
    """Whether a progress bar can be seen: standard output is a terminal or a notebook's."""
    if sys.stdout.isatty():
        return True
    return type(sys.stdout).__module__.startswith("ipykernel")


def _check_settings(draws: int, tune: int, chains: int, target_accept: float | None) -> None:
    for name, value in (("draws", draws), ("tune", tune), ("chains", chains)):
        if int(value) != value or value < 1:
            raise SamplingError(
                f"{name} is {value!r}.", where="fit", hint="Give a whole number from 1 on."
            )
    if target_accept is not None and not 0 < target_accept < 1:
        raise SamplingError(
            f"target_accept is {target_accept!r}.", where="fit", hint="Give a number such as 0.95."
        )


def _check_options(sampler: Mapping[str, Any]) -> None:
    """Refuse an option that neither `pm.sample` nor NUTS knows, before anything is compiled."""
    known = [*inspect.signature(pm.sample).parameters, *_NUTS_OPTIONS, "nuts"]
    for name in sampler:
        if name not in known:
            raise SamplingError(
                f"There is no sampler option {name!r}.",
                where="fit",
                hint=did_you_mean(name, known),
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence PyMC's log and the warnings that a user can do nothing about."""
    logger = logging.getLogger("pymc")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning)
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", message=".*BLAS.*")
            warnings.filterwarnings("ignore", message=".*[Nn]umba.*")
            # a grouping factor may be called "sample", as that of penicillin is
            warnings.filterwarnings("ignore", message="Found dimension named")
            yield
    finally:
        logger.setLevel(level)


def _normalized(
    raw: xr.DataTree, spec: Spec, attributes: Mapping[str, Any], *, draws: int, chains: int
) -> xr.DataTree:
    if "posterior" not in raw.children or not raw["posterior"].sizes.get("draw", 0):
        raise SamplingError(
            "Sampling was interrupted before the first draw after tuning.",
            hint="Run it again, with fewer tuning steps if it takes long.",
        )
    posterior = raw["posterior"].to_dataset()
    kept = posterior[[name for name in spec.variables if name in posterior]]
    statistics = _statistics(raw["sample_stats"].to_dataset())
    rows = _complete(statistics["lp"].values) if "lp" in statistics else None
    if rows is not None:
        which, n = rows
        kept, statistics = (part.isel(chain=which, draw=slice(0, n)) for part in (kept, statistics))
    kept, statistics = (_renumbered(part) for part in (kept, statistics))
    found = kept.sizes["chain"], kept.sizes["draw"]
    if found != (chains, draws):
        warnings.warn(
            f"Sampling was interrupted: {found[0]} of {chains} chains with {found[1]} of {draws} "
            "draws each are kept.",
            MixwellWarning,
            stacklevel=4,
        )
    kept = kept.astype(np.float64)
    kept.attrs = dict(attributes)
    statistics.attrs = dict(attributes)
    tree = xr.DataTree.from_dict({"posterior": kept, "sample_stats": statistics})
    tree["observed_data"] = xr.DataTree(observed_data(spec))
    if "constant_data" in raw.children:
        tree["constant_data"] = xr.DataTree(raw["constant_data"].to_dataset())
    return tree


def _statistics(raw: xr.Dataset) -> xr.Dataset:
    """Keep the known statistics, under ArviZ's names; the trees' depth limit becomes a flag."""
    kept = {}
    for name, new in _STATISTICS.items():
        if name in raw and raw[name].dims == ("chain", "draw"):
            kept[new] = raw[name].variable
    return xr.Dataset(kept, coords={d: raw.coords[d] for d in ("chain", "draw")})


def _complete(lp: NDArray[np.float64]) -> tuple[list[int], int] | None:
    """Choose chains and a number of draws that have no gaps; None where nothing is missing.

    An interrupted run has chains of different lengths. Of all numbers of chains the one that
    keeps most draws is taken, so that a chain that had not begun does not empty the others; two
    where there are two, since one alone cannot be judged.
    """
    lengths = np.isfinite(lp).sum(axis=1)
    if (lengths == lp.shape[1]).all():
        return None
    order = np.argsort(-lengths, kind="stable")
    total = lengths[order] * np.arange(1, len(order) + 1)
    if total[1:].any():
        total[0] = 0
    n_chains = int(np.flatnonzero(total == total.max())[-1]) + 1
    n = int(lengths[order[n_chains - 1]])
    if n == 0:
        raise SamplingError("Sampling was interrupted before the first draw after tuning.")
    return sorted(int(i) for i in order[:n_chains]), n


def _renumbered(part: xr.Dataset) -> xr.Dataset:
    numbered = part.assign_coords(
        chain=np.arange(part.sizes["chain"]), draw=np.arange(part.sizes["draw"])
    )
    types = {name: kind for name, kind in _TYPES.items() if name in numbered}
    return numbered.assign({name: numbered[name].astype(kind) for name, kind in types.items()})
