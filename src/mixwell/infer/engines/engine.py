"""What an engine is: a name, what speaks against it, and how it draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mixwell.infer.declined import Declined
from mixwell.posterior.made import Made

if TYPE_CHECKING:
    import xarray as xr

    from mixwell.infer.built_model import BuiltModel
    from mixwell.infer.settings import Settings
    from mixwell.infer.stretches import Checkpoint
    from mixwell.specify.spec import Spec

    type Drawn = tuple[xr.DataTree, Made]

__all__ = ["Engine", "left_to_nuts", "needs_rows"]


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to draw from posteriors, which `choose` takes from its table.

    `why_not` says, before anything is computed, why it should not take a specification with these
    settings and this PyMC model of the user's, None where nothing speaks against it. `draw` gives
    the draws under the names of the posterior with the record of how they were made, or declines
    them; those that are made one after the other are kept at a checkpoint, if there is one.
    `reason` is why it is taken where nothing speaks against it. `independent` says that its
    draws are no chains, `coordinates` that it takes a parameterization. `options` gives the names
    of what it takes on top of the arguments of `Model.fit`. The functions import what they need:
    the command line reads the names.
    """

    name: str
    reason: str
    independent: bool
    coordinates: bool
    why_not: "Callable[[Spec, Settings, BuiltModel], Declined | None]"
    options: "Callable[[], Sequence[str]]"
    draw: "Callable[[Spec, Settings, BuiltModel, Checkpoint | None], Drawn | Declined]"


def left_to_nuts(settings: "Settings", built: "BuiltModel") -> Declined | None:
    """Say what was asked for that only NUTS has; None where that is nothing."""
    if edits := built.edits:
        reason = "model.pymc was edited, and that model is sampled"
        return Declined(reason, by_choice=not edits.text)
    if settings.parameterization != "auto":
        return Declined("a parameterization was asked for", by_choice=True)
    if settings.options:
        verb = "is an option" if len(settings.options) == 1 else "are options"
        return Declined(f"{', '.join(settings.options)} {verb} of NUTS", by_choice=True)
    return None


def needs_rows(spec: "Spec") -> Declined | None:
    """Return why an engine that goes through rows cannot take a model whose rows lie elsewhere."""
    if spec.design.elsewhere is None:
        return None
    return Declined(
        "it goes through the rows, and these are not in memory",
        remedy="mixwell.options.rows_in_memory is how many rows may be read into memory, for all "
        "engines.",
    )
