"""Where a model's variables come from: PyMC's own, one by one, or parts of one joint vector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.shape_utils import change_dist_size
from pymc.distributions.transforms import log, ordered
from pymc.logprob.transforms import Transform

from mixwell.infer.pymc.custom_prior import is_positive
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.distributions import DISTRIBUTIONS
from mixwell.specify.naming import element
from mixwell.specify.priors import Prior, grouped

__all__ = [
    "REGISTERED",
    "Law",
    "Registered",
    "Source",
    "elements",
    "scalar_variable",
    "vector_variable",
]

# PyTensor's variables carry no static shapes that a type checker could use
Tensor = Any


class InUnits(Transform):
    """Samples a variable in a unit of its own, which broadcasts against it."""

    name = "in_units"

    def __init__(self, step: FloatArray) -> None:
        self.step = step

    def forward(self, value: Tensor, *inputs: Tensor) -> Tensor:
        """Return the value in units."""
        return value / self.step

    def backward(self, value: Tensor, *inputs: Tensor) -> Tensor:
        """Return the value on its own scale."""
        return value * self.step

    def log_jac_det(self, value: Tensor, *inputs: Tensor) -> Tensor:
        """Return the log of the unit, for each element."""
        return pt.log(self.step) + pt.zeros_like(value)


@dataclass(frozen=True, eq=False)
class Law:
    """A distribution by its PyMC name with arguments, or a PyMC variable that stands for it.

    `step`, where it is given, is the unit in which the variable is sampled; `start` a positive
    value at which chains start, in place of the distribution's middle; `positive` says that only
    values above 0 count, whatever the distribution allows.
    """

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)
    native: Tensor = None
    positive: bool = False
    step: FloatArray | None = None
    start: FloatArray | None = None

    @property
    def _support(self) -> str:
        """The support of a distribution that is known without PyMC."""
        known = None if self.native is not None else DISTRIBUTIONS.get(self.kind)
        return "" if known is None else known.support

    @property
    def initial(self) -> dict[str, Any]:
        """The argument that makes chains start at `start`, for positive variables."""
        given = self.start is not None and self._support == "positive"
        return {"initval": self.start} if given else {}

    @property
    def transform(self) -> dict[str, Any]:
        """The argument that makes PyMC sample in units of `step`, for unbounded variables."""
        if self.step is None or self._support != "real" or (self.step == 1).all():
            return {}
        return {"default_transform": InUnits(self.step)}

    def bounds(self, shape: tuple[int, ...]) -> dict[str, Any]:
        """Return what keeps a PyMC variable positive where it must be and would not be itself."""
        if not self.positive or is_positive(self.native):
            return {}
        start = 1.0 if self.start is None else self.start
        return {"default_transform": log, "initval": np.broadcast_to(start, shape)}

    def dist(self, shape: tuple[int, ...]) -> Tensor:
        """Return a variable of a shape that no model has."""
        if self.native is not None:
            return change_dist_size(self.native, shape)
        return getattr(pm, self.kind).dist(**self.args, shape=shape)


class Source(Protocol):
    """What makes variables; `where` are their places (see `Places`), in the variable's shape."""

    def variable(
        self, name: str, law: Law, where: IntArray, dims: tuple[str, ...] | None = None
    ) -> Tensor:
        """Return a variable with a distribution."""

    def derived(self, name: str, value: Tensor, dims: tuple[str, ...] | None = None) -> Tensor:
        """Give a name to what is computed from variables."""


class Registered:
    """Makes every variable one of the model on the stack."""

    def variable(
        self, name: str, law: Law, where: IntArray, dims: tuple[str, ...] | None = None
    ) -> Tensor:
        """Register a random variable."""
        if law.native is None:
            kind = getattr(pm, law.kind)
            size = {"shape": where.shape} if dims is None else {"dims": dims}
            return kind(name, **law.args, **law.transform, **law.initial, **size)
        return pm.modelcontext(None).register_rv(
            law.dist(where.shape), name, dims=dims, **law.bounds(where.shape)
        )

    def derived(self, name: str, value: Tensor, dims: tuple[str, ...] | None = None) -> Tensor:
        """Register a deterministic variable."""
        return pm.Deterministic(name, value, dims=dims)


REGISTERED = Registered()


def scalar_variable(
    name: str,
    prior: Prior,
    shift: Tensor | None = None,
    source: Source = REGISTERED,
    where: IntArray | None = None,
    step: FloatArray | None = None,
    *,
    positive: bool = False,
) -> Tensor:
    """Make a scalar random variable with a prior, its location moved by `shift`."""
    args: dict[str, Any] = dict(prior.args)
    known = prior.known
    if shift is not None and known is not None and known.location is not None:
        args[known.location] = args[known.location] + shift
    place = np.array(0) if where is None else where
    law = Law(prior.distribution, args, prior.native, positive, step)
    return source.variable(name, law, place)


def elements(name: str, prior: Prior, dim: str, start: FloatArray, *, increasing: bool) -> Tensor:
    """Make a vector whose elements have one prior, and may increase, from where chains start."""
    law = Law(prior.distribution, dict(prior.args), prior.native)
    transform = {"transform": ordered} if increasing else {}
    return pm.modelcontext(None).register_rv(
        law.dist(start.shape), name, dims=(dim,), initval=start, **transform
    )


def vector_variable(
    name: str,
    priors: list[Prior],
    labels: tuple[str, ...],
    dim: str,
    source: Source = REGISTERED,
    where: IntArray | None = None,
    steps: FloatArray | None = None,
    starts: FloatArray | None = None,
) -> Tensor:
    """Make a vector of random variables: one variable for all that share a distribution.

    With several distributions the parts are named by their elements and `name` is put together.
    `steps` are the units in which they are sampled, `starts`, those of positive variables, where
    chains start.
    """
    places = np.arange(len(priors)) if where is None else where

    def law(members: list[int], prior: Prior, args: Mapping[str, FloatArray]) -> Law:
        step, start = (None if units is None else units[members] for units in (steps, starts))
        positive = starts is not None
        return Law(prior.distribution, args, prior.native, positive, step, start)

    groups = grouped(priors)
    if len(groups) == 1:
        return source.variable(name, law(*groups[0]), places, (dim,))
    parts = [
        source.variable(
            element(name, *(labels[i] for i in group[0])), law(*group), places[group[0]]
        )
        for group in groups
    ]
    order = np.argsort(np.concatenate([members for members, _, _ in groups]))
    return source.derived(name, pt.concatenate(parts)[order], dims=(dim,))
