"""NUTS as a value: chains for every model."""

from typing import TYPE_CHECKING

from mixwell.errors import SamplingError, require_whole
from mixwell.infer.declined import Declined
from mixwell.infer.engines.engine import Engine, needs_rows
from mixwell.package_options import require_memory
from mixwell.posterior.made import Made

if TYPE_CHECKING:
    import xarray as xr

    from mixwell.infer.built_model import BuiltModel
    from mixwell.infer.settings import Settings
    from mixwell.infer.stretches import Checkpoint
    from mixwell.specify.spec import Spec

__all__ = ["NUTS"]

#: What PyMC and nutpie raise for options with values that they cannot take.
_OF_OPTIONS = (TypeError, ValueError, AttributeError, KeyError, ImportError)
#: Options of the sampler that are whole numbers.
_WHOLE = ("cores", "max_treedepth", "maxdepth")


def _why_not(spec: "Spec", settings: "Settings", built: "BuiltModel") -> Declined | None:
    return needs_rows(spec)


def _options() -> tuple[str, ...]:
    from mixwell.infer.pymc.nuts import sampler_options  # PyMC costs seconds

    return sampler_options()


def _draw(
    spec: "Spec", settings: "Settings", built: "BuiltModel", checkpoint: "Checkpoint | None"
) -> "tuple[xr.DataTree, Made] | Declined":
    from mixwell.infer.pymc.nuts import sample  # PyMC costs seconds

    for name in _WHOLE:
        if settings.sampler.get(name) is not None:
            require_whole(name, settings.sampler[name], 1, SamplingError)
    _require_memory_for_draws(spec, settings)
    chosen = built.within(settings.parameterization)
    try:
        asked = (chosen.model, spec, settings, chosen.geometry, bool(chosen.edits))
        return sample(*asked, checkpoint)
    except _OF_OPTIONS as error:
        if not settings.sampler or isinstance(error, SamplingError):
            raise
        raise SamplingError(
            f"The sampler cannot be run with {', '.join(settings.sampler)} as given.",
            where=f"{type(error).__name__}: {str(error).strip().split(chr(10))[0]}",
            hint="These options go to pm.sample and nutpie as they are; their pages say more.",
        ) from error
    except RuntimeError as error:  # what nutpie and PyMC raise when no draw can be made
        raise SamplingError(
            "The sampler failed.",
            where=str(error).strip().split("\n")[0],
            hint="Look at print(model.spec): priors or data may give no finite density.",
        ) from error


def _require_memory_for_draws(spec: "Spec", settings: "Settings") -> None:
    """Refuse draws that memory cannot hold, before anything is compiled."""
    effects = sum(len(found.levels) * len(found.effects) for found in spec.layout.factors)
    pairs = sum(len(matrix.labels) ** 2 for matrix in spec.layout.correlations)
    numbers = effects + pairs + len(spec.priors)
    draws = settings.draws * settings.chains
    require_memory(
        float(draws) * numbers,
        f"{draws:,} draws of {numbers:,} parameters and deviations",
        where="draws",
        hint="Ask for fewer draws or chains.",
    )


NUTS = Engine(
    name="nuts",
    reason="it takes every model",
    independent=False,
    coordinates=True,
    why_not=_why_not,
    options=_options,
    draw=_draw,
)
