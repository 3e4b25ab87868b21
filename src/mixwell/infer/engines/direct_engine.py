"""The direct engine as a value: chains in a gaussian reference, without a compiled model."""

from typing import TYPE_CHECKING

from mixwell.infer.declined import Declined
from mixwell.infer.engines.engine import Engine, left_to_nuts, needs_rows
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
    if (declined := left_to_nuts(settings, built)) is not None:
        return declined
    if (declined := needs_rows(spec)) is not None:
        return declined
    native = [entry.key for entry in spec.priors if entry.prior.native is not None]
    if native:
        return Declined(f"the prior of {native[0]} is one that only PyMC can evaluate")
    return None


def _draw(
    spec: "Spec", settings: "Settings", built: "BuiltModel", checkpoint: "Checkpoint | None"
) -> "tuple[xr.DataTree, Made] | Declined":
    # Numba: only where it runs
    from mixwell.infer.direct.rounds.direct_draws import sample_directly

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
