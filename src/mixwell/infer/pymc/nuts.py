"""NUTS through `pm.sample` (nutpie), its draws under the names and statistics of the house."""

import inspect
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from numpy.typing import NDArray

from mixwell.errors import SamplingError, warn
from mixwell.infer.geometry import LOW_RANK_AT_MOST, Geometry
from mixwell.infer.pymc.kept.kept_chains import drawn_in_background, keep_chains
from mixwell.infer.pymc.kept.legs import NEW_TUNE
from mixwell.infer.pymc.left_workers import wait_for_workers
from mixwell.infer.settings import Settings
from mixwell.infer.stretches import STATISTICS, Checkpoint
from mixwell.infer.until import Until, drawing
from mixwell.posterior.labels import FURTHER, observed_data
from mixwell.posterior.made import Made
from mixwell.posterior.screened import note_screened
from mixwell.progress import shows_progress
from mixwell.specify.spec import Spec

__all__ = ["sample", "sampler_options"]

_TYPES = {"diverging": bool, "reached_max_treedepth": bool, "tree_depth": int, "n_steps": int}
#: A higher rate than the usual 0.8 costs little and leaves the necks of funnels fewer divergences.
TARGET_ACCEPT = 0.95
_LOW_RANK = "low_rank"
_LATE = " when max_time was over"
#: What `pm.sample` is given here in any case, under another name or with a value that must be.
_SETTLED = ("random_seed", "model", "compute_convergence_checks", "return_inferencedata")
#: Options of NUTS itself, which `pm.sample` takes in a dictionary of its own.
_NUTS_OPTIONS = ("target_accept", "max_treedepth", "maxdepth", "adaptation", "init_mean")


def sample(
    model: pm.Model,
    spec: Spec,
    settings: Settings,
    geometry: Geometry,
    edited: bool = False,
    checkpoint: Checkpoint | None = None,
) -> tuple[xr.DataTree, Made]:
    """Draw from the posterior of a model that `build_model` made in the coordinates of `geometry`.

    The tree has `posterior` (variables of DESIGN.md with dims chain, draw, ...), `sample_stats`
    under ArviZ's names, `observed_data` and `constant_data`. The same seed gives the same draws.
    Of an `edited` model its own variables are kept too, as `further_variables`: nothing else knows
    them.
    After an interrupt the draws so far are returned and a `MixwellWarning` says how many.
    With a `checkpoint` they are kept while chains run, and its earlier ones are gone on with.

    Raises `SamplingError` when there is no draw to return.
    """
    sampler = dict(settings.sampler)
    chosen = "adaptation" in {**sampler, **dict(sampler.get("nuts", {}))}
    nuts = _nuts_options(sampler, settings.target_accept, model)
    with drawing(settings.max_time) as until:
        raw = _drawn(model, spec, settings, sampler, nuts, edited, checkpoint, until)
        until.held.begin()
        draws = max(settings.draws, raw["posterior"].sizes.get("draw", 0))
        late = _LATE if until.late else ""
        tree = _normalized(raw, spec, (settings.chains, draws), edited, late)
        if geometry.whitening is not None:  # in the geometry already
            data = tree["constant_data"].to_dataset()
            tree["constant_data"] = xr.DataTree(data.drop_vars(geometry.whitening.arrays))
        note_screened(tree["posterior"].dataset)
        resumed = _resumed(settings, checkpoint)
        adaptation = str(nuts.get("adaptation", ""))
        low_rank = ", low-rank adaptation" if adaptation == _LOW_RANK else ""
        made = Made(
            parameterization=geometry.name,
            geometry=geometry.text,
            geometry_by="rule" if geometry.by_rule else "user",
            adaptation=adaptation,
            adaptation_by="user" if chosen else "rule",
            target_accept=float(nuts["target_accept"]),
            seed=settings.seed,
            sampling_time=until.seconds + (checkpoint.seconds if checkpoint else 0.0),
            tuning_steps=int(settings.tune),
            inference_library=str(raw["sample_stats"].attrs.get("inference_library", "pymc")),
            label=f"NUTS, {geometry.name}{low_rank}, after {settings.tune} warmup draws a chain"
            + (f", resumed {resumed}" if resumed else "")
            + (f", stopped{late}" if late else ""),
            resumed=resumed,
        )
        until.say_unheeded()
    return tree, made


def _drawn(
    model: pm.Model,
    spec: Spec,
    settings: Settings,
    sampler: dict[str, Any],
    nuts: dict[str, Any],
    edited: bool,
    checkpoint: Checkpoint | None,
    until: Until,
) -> xr.DataTree:
    """Draw, and return what `pm.sample` does."""
    ends = settings.min_ess is not None or settings.max_time is not None
    background = drawn_in_background(model, sampler)
    kept = checkpoint
    if kept is None and (ends or background):
        kept = Checkpoint(lambda *_: True)
    try:
        with _quiet(), model:
            names = _names(model, spec, edited)
            if kept is not None:
                return keep_chains(model, spec, names, settings, sampler, nuts, kept, until)
            return _all_at_once(model, settings, sampler, nuts)
    except Exception:
        wait_for_workers()
        raise


def _names(model: pm.Model, spec: Spec, edited: bool) -> list[str]:
    """Return the variables that are wanted; of an `edited` model all of them."""
    own = [name for name in spec.variables if name in model.named_vars]
    if not edited:
        return own
    return own + [v.name for v in (*model.free_RVs, *model.deterministics) if v.name not in own]


def _all_at_once(
    model: pm.Model, settings: Settings, sampler: dict[str, Any], nuts: dict[str, Any]
) -> xr.DataTree:
    """Have PyMC sample the model, which is on the stack."""
    own = {"step", "nuts_sampler"} & set(sampler) or model.discrete_value_vars
    tree: xr.DataTree = pm.sample(
        draws=int(settings.draws),
        tune=int(settings.tune),
        chains=int(settings.chains),
        random_seed=settings.seed,
        progressbar=shows_progress(settings.progressbar, widgets=bool(own)),
        compute_convergence_checks=False,
        **({} if "step" in sampler else {"nuts": nuts}),  # a user's own steppers
        **sampler,
    )
    return tree


def _resumed(settings: Settings, checkpoint: Checkpoint | None) -> str | None:
    """Say where chains went on and how; None where they were drawn in one go."""
    after = checkpoint.gone_on(settings.chains) if checkpoint else None
    return after and f"{after} with {min(settings.tune, NEW_TUNE)} new warmup draws"


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
    # PyMC samples whole numbers, which an edited model may have, by its own steps
    others = {"nuts_sampler", "step"} & set(sampler) or model.discrete_value_vars
    if others or "adaptation" in nuts or "low_rank_modified_mass_matrix" in nuts:
        return nuts
    coordinates = sum(int(np.size(v)) for v in model.initial_point().values())
    return nuts | {"adaptation": _LOW_RANK if coordinates <= LOW_RANK_AT_MOST else "diag"}


def sampler_options() -> tuple[str, ...]:
    """Return the names of the options that `pm.sample` or NUTS knows and mixwell leaves open."""
    named = inspect.signature(pm.sample).parameters.values()
    own = (each.name for each in named if each.kind is not each.VAR_KEYWORD)
    return (*(name for name in own if name not in _SETTLED), *_NUTS_OPTIONS, "nuts")


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
    raw: xr.DataTree, spec: Spec, asked: tuple[int, int], edited: bool, late: str = ""
) -> xr.DataTree:
    """Return what is kept, under the names of the house; `asked` are chains and draws.

    `late` says when sampling was ended, where the user did not do it. Of an `edited` model
    everything is kept: only it can say what its other variables are.
    """
    if "posterior" not in raw.children or not raw["posterior"].sizes.get("draw", 0):
        raise SamplingError(
            f"Sampling was {_word(late)} before the first draw after tuning.",
            hint="Give it more time: a larger max_time."
            if late
            else "Run it again, with fewer tuning steps if it takes long.",
        )
    posterior = raw["posterior"].to_dataset()
    own = [name for name in spec.variables if name in posterior]
    kept, further = posterior[own], posterior.drop_vars(own)
    statistics = _statistics(raw["sample_stats"].to_dataset())
    rows = _complete(statistics["lp"].values) if "lp" in statistics else None
    if rows is not None:
        which, n = rows
        parts = (kept, statistics, further)
        kept, statistics, further = (p.isel(chain=which, draw=slice(0, n)) for p in parts)
    kept, statistics, further = (_renumbered(part) for part in (kept, statistics, further))
    found = kept.sizes["chain"], kept.sizes["draw"]
    if found != asked:
        warn(
            f"Sampling was {_word(late)}: {found[0]} of {asked[0]} chains with {found[1]} of "
            f"{asked[1]} draws each are kept."
        )
    kept = kept.astype(np.float64)
    tree = xr.DataTree.from_dict({"posterior": kept, "sample_stats": statistics})
    tree["observed_data"] = xr.DataTree(observed_data(spec))
    if "constant_data" in raw.children:
        tree["constant_data"] = xr.DataTree(raw["constant_data"].to_dataset())
    if edited:
        tree[FURTHER] = xr.DataTree(further)
    return tree


def _word(late: str) -> str:
    return f"stopped{late}" if late else "interrupted"


def _statistics(raw: xr.Dataset) -> xr.Dataset:
    """Keep the known statistics, under ArviZ's names; the trees' depth limit becomes a flag."""
    kept = {}
    for name, new in STATISTICS.items():
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
