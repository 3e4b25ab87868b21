"""The log density of a PyMC model as a graph that reads its numbers instead of holding them.

Data, whitening, the scales of priors: all that differs between two models of one structure and
shape is an input, so that what was compiled for one serves the other.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.compile import SharedVariable
from pytensor.graph import Constant, clone_replace, rewrite_graph
from pytensor.graph.basic import equal_computations
from pytensor.graph.traversal import graph_inputs

__all__ = ["LiftedGraph", "lifted_graph"]

Tensor = Any
#: Whole numbers that many in one array are data (levels, responses), fewer are shapes and places.
_DATA = 17
#: Numbers that are multiples of this are parts of formulas, which compilers know how to simplify.
_PLAIN = 0.125


@dataclass(frozen=True, eq=False)
class LiftedGraph:
    """A log density and its slopes (size,), and all variables of the draws one after the other.

    `point` (size,) holds the unconstrained coordinates of the `free` variables. `inputs` are what
    the graph reads, too, `values` the numbers that they have. `names` and `shapes` are those of
    the variables in `drawn` (length,), the free ones first.
    """

    point: Tensor
    inputs: tuple[Tensor, ...]
    values: tuple[np.ndarray, ...]
    density: tuple[Tensor, Tensor]
    drawn: Tensor
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    free: tuple[str, ...]

    @property
    def size(self) -> int:
        """The number of coordinates."""
        return int(self.point.type.shape[0])

    @property
    def length(self) -> int:
        """The number of all that is drawn."""
        return sum(map(prod, self.shapes))

    def of(self, outputs: Collection[Tensor]) -> list[int]:
        """Return which of the inputs some outputs read."""
        read = set(graph_inputs(outputs))
        return [k for k, one in enumerate(self.inputs) if one in read]

    def same(self, other: "LiftedGraph") -> bool:
        """Whether the other graph computes the same of its own inputs."""
        mine, others = (self.point, *self.inputs), (other.point, *other.inputs)
        known = self.names == other.names and self.shapes == other.shapes
        if not known or [one.type for one in mine] != [one.type for one in others]:
            return False
        outputs = [*self.density, self.drawn], [*other.density, other.drawn]
        return bool(equal_computations(*outputs, in_xs=list(mine), in_ys=list(others)))

    def emptied(self) -> "LiftedGraph":
        """Return the graph without the values of its inputs."""
        return replace(self, values=())


def lifted_graph(model: pm.Model, names: Collection[str]) -> LiftedGraph:
    """Return the log density of a model with its numbers lifted out; `names` are to be drawn."""
    start = model.initial_point()
    values = [model.rvs_to_values[variable] for variable in model.free_RVs]
    shapes = [np.shape(start[value.name]) for value in values]
    point = pt.TensorType("float64", shape=(sum(map(prod, shapes)),))("point")
    pieces, begin = {}, 0
    for value, shape in zip(values, shapes, strict=True):
        end = begin + prod(shape)
        pieces[value] = point[begin:end].reshape(shape).astype(value.dtype)
        begin = end
    density = rewrite_graph(model.logp(), include=["canonicalize", "stabilize"])
    slopes = pt.concatenate([slope.ravel() for slope in pytensor.grad(density, values)])
    free = [value.name for value in values]
    wanted = [v for v in model.unobserved_value_vars if v.name in names and v.name not in free]
    whole = [*values, *wanted]
    drawn = pt.concatenate([v.ravel().astype("float64") for v in whole])
    outputs, read = _lifted(clone_replace([density, slopes, drawn], pieces))
    return LiftedGraph(
        point=point,
        inputs=tuple(read),
        values=tuple(read.values()),
        density=(outputs[0], outputs[1]),
        drawn=outputs[2],
        names=tuple(v.name for v in whole),
        shapes=(*shapes, *_shapes(model, wanted, start)),
        free=tuple(free),
    )


def _lifted(outputs: list[Tensor]) -> tuple[list[Tensor], dict[Tensor, np.ndarray]]:
    """Put inputs in the place of data and of numbers; returns them with their values."""
    numbers: list[Constant] = []
    replaced, read = dict[Tensor, Tensor](), dict[Tensor, np.ndarray]()
    for one in graph_inputs(outputs):
        value = _number(one)
        if value is None:
            if isinstance(one, SharedVariable):
                replaced[one] = one.type.constant_type(type=one.type, data=one.get_value())
            continue
        if value.size == 1 and isinstance(one, Constant):
            numbers.append(one)
            continue
        replaced[one] = pt.TensorType(str(value.dtype), shape=value.shape)()
        read[replaced[one]] = value
    if numbers:  # one vector for all of them: compilers take long over many inputs
        vector = pt.TensorType("float64", shape=(len(numbers),))()
        read[vector] = np.array([one.data.item() for one in numbers])
        for k, one in enumerate(numbers):
            replaced[one] = vector[k].reshape(one.data.shape)
    return clone_replace(outputs, replaced, rebuild_strict=False), read


def _number(variable: Tensor) -> np.ndarray | None:
    """Return the value of what is data or a number of the model's own, else None."""
    if isinstance(variable, SharedVariable):
        value = variable.get_value()
        return value if isinstance(value, np.ndarray) and value.dtype.kind in "fi" else None
    value = getattr(variable, "data", None)
    if not isinstance(variable, Constant) or not isinstance(value, np.ndarray):
        return None
    if value.dtype == np.float64 and value.size:
        plain = value.size == 1 and (value.item() / _PLAIN) % 1 == 0
        return None if plain else value
    return value if value.dtype.kind == "i" and value.size >= _DATA else None


def _shapes(
    model: pm.Model, variables: list[Tensor], start: dict[str, np.ndarray]
) -> list[tuple[int, ...]]:
    """Return the shapes of variables, which PyTensor may know only when it computes them."""
    found: list[tuple[int, ...]] = [variable.type.shape for variable in variables]
    open_ones = [k for k, shape in enumerate(found) if None in shape]
    if open_ones:
        asked = [pt.as_tensor(variables[k].shape) for k in open_ones]
        known = {value: start[value.name] for value in model.value_vars if value.name in start}
        shapes = pytensor.function(
            [], asked, givens=known, mode="FAST_COMPILE", on_unused_input="ignore"
        )()
        for k, shape in zip(open_ones, shapes, strict=True):
            found[k] = tuple(map(int, shape))
    return found
