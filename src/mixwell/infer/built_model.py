"""The PyMC model of a specification, built on first use and kept."""

from functools import cached_property
from typing import TYPE_CHECKING

from mixwell.errors import SamplingError
from mixwell.infer.coordinates.choice import resolve_geometry
from mixwell.infer.edits import Edits
from mixwell.infer.geometry import Geometry
from mixwell.specify.naming import WHITENED, element
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["BuiltModel"]


class BuiltModel:
    """What `Model.pymc` shows and NUTS samples, in the coordinates of a parameterization.

    Its properties raise as `resolve_geometry` and `build_model`.
    """

    def __init__(self, spec: Spec, parameterization: object = "auto") -> None:
        self.spec = spec
        self._parameterization = parameterization
        self._lost = Edits()

    def within(self, parameterization: object) -> "BuiltModel":
        """Return the same model in the coordinates of another parameterization.

        Raises `SamplingError` where the model was edited by hand: it is in its own coordinates.
        """
        own = self._parameterization
        if isinstance(parameterization, str) and isinstance(own, str) and own == parameterization:
            return self
        if self.edits:
            raise SamplingError(
                "model.pymc was edited by hand, and stays in the coordinates that it was built in.",
                where="parameterization",
                hint=f"Use parameterization={self._parameterization!r}, or a new Model.",
            )
        return BuiltModel(self.spec, parameterization)

    @cached_property
    def geometry(self) -> Geometry:
        """The coordinates of every random effect."""
        return resolve_geometry(self._parameterization, self.spec)

    @cached_property
    def model(self) -> "pm.Model":
        """The model in PyMC."""
        if self._lost:
            raise SamplingError(
                f"The edits of model.pymc ({self._lost.text}) were lost in a copy of the model.",
                where="model.pymc",
                hint="Make the Model anew, and edit its .pymc.",
            )
        # PyMC costs seconds: only when a model is built
        from mixwell.infer.pymc.build import build_model
        from mixwell.infer.pymc.snapshot import Snapshot

        model = build_model(self.spec, self.geometry)
        self._snapshot = Snapshot(model, _coordinates(self.spec))
        return model

    @property
    def edits(self) -> Edits:
        """What was changed in the model by hand since it was built."""
        return self._snapshot.edits(self.model) if "model" in vars(self) else self._lost

    def __getstate__(self) -> dict[str, object]:
        """Leave the model itself to be built again: PyMC can neither pickle nor copy it."""
        state = {k: v for k, v in vars(self).items() if k not in ("model", "_snapshot")}
        return {**state, "_lost": self.edits}


def _coordinates(spec: Spec) -> set[str]:
    """Return the names of free variables that are no parameters but make up random effects."""
    names = {WHITENED}
    for unit in spec.layout.units:
        names |= {unit.standard_name, unit.centered_name}
        each = (element(unit.centered_name, f"{k}: {e}") for k, e in enumerate(unit.effects))
        names.update(each)
    return names
