"""The PyMC model of a specification, built on first use and kept."""

from functools import cached_property
from typing import TYPE_CHECKING

from mixwell.infer.coordinates.choice import resolve_geometry
from mixwell.infer.geometry import Geometry
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["BuiltModel"]


class BuiltModel:
    """What `Model.pymc` shows and NUTS samples, in the coordinates of a parameterization.

    Its properties raise as `resolve_geometry` and `build_model`.
    """

    def __init__(self, spec: Spec, parameterization: object = "auto") -> None:
        self._spec = spec
        self._parameterization = parameterization

    def within(self, parameterization: object) -> "BuiltModel":
        """Return the same model in the coordinates of another parameterization."""
        if parameterization == self._parameterization:
            return self
        return BuiltModel(self._spec, parameterization)

    @cached_property
    def geometry(self) -> Geometry:
        """The coordinates of every random effect."""
        return resolve_geometry(self._parameterization, self._spec)

    @cached_property
    def model(self) -> "pm.Model":
        """The model in PyMC."""
        from mixwell.infer.pymc.build import (
            build_model,  # PyMC costs seconds: only when a model is built
        )

        model = build_model(self._spec, self.geometry)
        self._names = tuple(model.named_vars)
        return model

    @property
    def edited(self) -> bool:
        """Whether something was added to the model since it was built."""
        return "model" in vars(self) and tuple(self.model.named_vars) != self._names
