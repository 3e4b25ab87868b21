"""The exact engine as a value: independent draws where random effects can be integrated out."""

from typing import TYPE_CHECKING

from mixwell.infer.declined import Declined
from mixwell.infer.engines.engine import Engine, left_to_nuts
from mixwell.posterior.made import Made

if TYPE_CHECKING:
    import xarray as xr

    from mixwell.infer.built_model import BuiltModel
    from mixwell.infer.settings import Settings
    from mixwell.infer.stretches import Checkpoint
    from mixwell.specify.spec import Spec

__all__ = ["EXACT"]


def _why_not(spec: "Spec", settings: "Settings", built: "BuiltModel") -> Declined | None:
    """Leave to NUTS what only NUTS has, and models that cannot be integrated."""
    if (declined := left_to_nuts(settings, built)) is not None:
        return declined
    from mixwell.infer.exact.applicable import (  # numpy: only with a model
        sooner_by_chains,
        why_not_exact,
    )

    declined = why_not_exact(spec)
    if declined is not None or settings.engine == EXACT.name:
        return declined
    return sooner_by_chains(spec, settings.draws * settings.chains)


def _draw(
    spec: "Spec", settings: "Settings", built: "BuiltModel", checkpoint: "Checkpoint | None"
) -> "tuple[xr.DataTree, Made] | Declined":
    from mixwell.infer.exact.exact_draws import (
        sample_exactly,  # scipy.sparse: only where it runs
    )

    return sample_exactly(spec, settings)


EXACT = Engine(
    name="exact",
    reason="the random effects can be integrated out",
    independent=True,
    coordinates=False,
    why_not=_why_not,
    options=tuple,  # none
    draw=_draw,
)
