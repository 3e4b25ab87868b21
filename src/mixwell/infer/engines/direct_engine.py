"""The direct engine as a value: chains in a gaussian reference, without a compiled model."""

from typing import TYPE_CHECKING

from mixwell.infer.declined import Declined
from mixwell.infer.engines.engine import Engine
from mixwell.posterior.made import Made

if TYPE_CHECKING:
    import xarray as xr

    from mixwell.infer.built_model import BuiltModel
    from mixwell.infer.settings import Settings
    from mixwell.infer.stretches import Checkpoint
    from mixwell.specify.spec import Spec

__all__ = ["DIRECT"]


def _why_not(spec: "Spec", settings: "Settings", built: "BuiltModel") -> Declined | None:
    """Leave to NUTS what only NUTS has."""
    if edits := built.edits:
        reason = "model.pymc was edited, and that model is sampled"
        return Declined(reason, by_choice=not edits.text)
    if settings.parameterization != "auto":
        return Declined("a parameterization was asked for", by_choice=True)
    if settings.options:
        verb = "is an option" if len(settings.options) == 1 else "are options"
        return Declined(f"{', '.join(settings.options)} {verb} of NUTS", by_choice=True)
    native = [entry.key for entry in spec.priors if entry.prior.native is not None]
    if native:
        return Declined(f"the prior of {native[0]} is one that only PyMC can evaluate")
    return None


def _draw(
    spec: "Spec", settings: "Settings", built: "BuiltModel", checkpoint: "Checkpoint | None"
) -> "tuple[xr.DataTree, Made] | Declined":
    from mixwell.infer.direct.rounds.direct_draws import (
        sample_directly,
    )  # Numba: only where it runs

    # draws that were asked for by name are not thrown away: diagnose() says what is wrong with them
    insist = settings.engine == DIRECT.name
    return sample_directly(spec, settings, checkpoint, insist=insist)


DIRECT = Engine(
    name="direct",
    reason="its chains need no compiled model",
    independent=False,
    coordinates=False,
    why_not=_why_not,
    options=tuple,  # none
    draw=_draw,
)
