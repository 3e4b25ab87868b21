"""Coefficients and effects as one random vector, sampled in whitened coordinates.

The vector has the distribution that its parts have one by one, so that the prior can be drawn from;
a linear transform, as PyMC has for bounded variables, gives the sampler's coordinates.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from mixwell.infer.geometry import Whitening
from mixwell.infer.places import modeled, places
from mixwell.infer.pymc.coefficients import coefficients
from mixwell.infer.pymc.random_effects import Covariance, deviations
from mixwell.infer.pymc.variables import REGISTERED, Law, Source
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.naming import WHITENED
from mixwell.specify.spec import Spec

__all__ = ["joint_source"]

Tensor = Any
Dims = tuple[str, ...] | None
#: Up to so many numbers a sum of products compiles faster than `dot` and runs about as fast.
_FEW_PRODUCTS = 3_000


def joint_source(
    spec: Spec,
    weights: Mapping[str, FloatArray],
    whitening: Whitening,
    shared: Sequence[Covariance],
) -> Source:
    """Put the joint vector into the model on the stack; return the source of its parts.

    Coefficients that are not in the vector become variables of their own.
    """
    held = _Held(whitening.index)
    _ask(spec, weights, shared, held)
    inputs = _inputs(shared, held.made)
    arrays = _shared(whitening)

    def arguments(values: Sequence[Tensor]) -> tuple[list[Covariance], dict[str, Tensor]]:
        rest = iter(values)
        copies = [
            Covariance(c.unit, next(rest), None if c.cholesky is None else next(rest))
            for c in shared
        ]
        return copies, dict(zip(held.made, rest, strict=False))

    def effects(name: str, x: Tensor, values: Sequence[Tensor]) -> Tensor:
        made = next(c for c in arguments(values)[0] if c.unit.name == name)
        return deviations(made, weights[name], _Split(x, whitening.index, {}), places(spec))

    def dist(*values: Tensor) -> Tensor:
        copies, known = arguments(values)
        drawn = _Drawn(whitening.index, known)
        _ask(spec, weights, copies, drawn)
        return drawn.joined()

    def log_density(value: Tensor, *values: Tensor) -> Tensor:
        copies, known = arguments(values)
        split = _Split(value, whitening.index, known)
        _ask(spec, weights, copies, split)
        return sum(split.log_densities[1:], split.log_densities[0])

    transform = _Whitened(whitening, len(inputs), effects)
    joint = pm.CustomDist(
        WHITENED,
        *inputs,
        *arrays,
        dist=dist,
        logp=log_density,
        support_point=lambda _, *values: transform.backward(pt.zeros(whitening.size), *values),
        signature=_signature([*inputs, *arrays]),
        transform=transform,
    )
    return _Split(joint, whitening.index, held.made)


def _ask(
    spec: Spec, weights: Mapping[str, FloatArray], shared: Sequence[Covariance], source: Source
) -> None:
    """Ask a source for everything that is whitened, as the model does."""
    where = places(spec)
    for made in shared:
        deviations(made, weights[made.unit.name], source, where)
    for name in modeled(spec):
        coefficients(spec, name, source, where.fixed[name])


def _inputs(shared: Sequence[Covariance], held: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the variables that the vector's distribution depends on."""
    inputs: list[Tensor] = []
    for made in shared:
        inputs += [made.sd] if made.cholesky is None else [made.sd, made.cholesky]
    return [*inputs, *held.values()]


def _shared(whitening: Whitening) -> list[Tensor]:
    """Put the map's arrays into the model as data: compilers take long over large constants."""
    return [
        pm.Data(name, value, shape=value.shape, borrow=True)
        for name, value in whitening.arrays.items()
    ]


def _signature(inputs: Sequence[Tensor]) -> str:
    dims = [",".join(f"a{k}_{axis}" for axis in range(v.ndim)) for k, v in enumerate(inputs)]
    return ",".join(f"({found})" for found in dims) + "->(n)"


class _Unnamed:
    """A source that leaves without a name what is computed from its variables."""

    def derived(self, name: str, value: Tensor, dims: Dims = None) -> Tensor:
        return value


class _Held(_Unnamed):
    """Registers what is not in the joint vector, and gives zeros for the rest."""

    def __init__(self, index: IntArray) -> None:
        self.index = index
        self.made: dict[str, Tensor] = {}

    def variable(self, name: str, law: Law, where: IntArray, dims: Dims = None) -> Tensor:
        if (self.index[where] < 0).any():
            self.made[name] = REGISTERED.variable(name, law, where, dims)
            return self.made[name]
        return pt.zeros(where.shape)


class _Drawn(_Unnamed):
    """Makes variables that are in no model, and puts them into one vector."""

    def __init__(self, index: IntArray, held: Mapping[str, Tensor]) -> None:
        self.index, self.held = index, held
        self.positions: list[IntArray] = []
        self.parts: list[Tensor] = []

    def variable(self, name: str, law: Law, where: IntArray, dims: Dims = None) -> Tensor:
        if name in self.held:
            return self.held[name]
        made = law.dist(where.shape)
        self.positions.append(self.index[where].ravel())
        self.parts.append(made.ravel())
        return made

    def joined(self) -> Tensor:
        """Return the vector."""
        return pt.concatenate(self.parts)[np.argsort(np.concatenate(self.positions))]


class _Split(_Unnamed):
    """Cuts variables out of the joint vector; `log_densities` has what each of them adds."""

    def __init__(self, whole: Tensor, index: IntArray, held: Mapping[str, Tensor]) -> None:
        self.whole, self.index, self.held = whole, index, held
        self.log_densities: list[Tensor] = []

    def variable(self, name: str, law: Law, where: IntArray, dims: Dims = None) -> Tensor:
        if name in self.held:
            return self.held[name]
        value = _cut(self.whole, self.index[where])
        self.log_densities.append(pm.logp(law.dist(where.shape), value).sum())
        return value


def _cut(whole: Tensor, positions: IntArray) -> Tensor:
    """Return the elements at positions; as a slice where they are one, which compiles faster."""
    flat = positions.ravel()
    gaps = np.diff(flat)
    gap = int(gaps[0]) if flat.size > 1 else 1
    if gap < 1 or (gaps != gap).any():
        return whole[positions]
    return whole[int(flat[0]) : int(flat[-1]) + 1 : gap].reshape(positions.shape)


class _Whitened:
    """Standard coordinates z of the vector (see `Whitening`): what PyMC asks of a `Transform`.

    `effects` computes a unit's deviations from the vector and `count` variables. They and the
    map's arrays are the inputs of the vector's distribution, behind its size.
    """

    name = "z"
    ndim_supp = 1

    def __init__(
        self,
        whitening: Whitening,
        count: int,
        effects: Callable[[str, Tensor, Sequence[Tensor]], Tensor],
    ) -> None:
        self.units = [step.unit for step in whitening.steps]
        ends = np.cumsum([step.size for step in whitening.steps]).tolist()
        self.spans = list(zip([0, *ends[:-1]], ends, strict=True))
        self.first = self.spans[0][1] if self.units[0] == "" else 0
        self.log_determinant = whitening.log_determinant
        self.variables = slice(1, 1 + count)
        self.arrays = slice(1 + count, 3 + count + 3 * len(whitening.steps))
        self.effects = effects

    def backward(self, value: Tensor, *inputs: Tensor) -> Tensor:
        """Return x, and mark it with its z."""
        x = self._walk(value, inputs, back=True)
        x.tag.standard = value
        return x

    def forward(self, value: Tensor, *inputs: Tensor) -> Tensor:
        """Return z: of what `backward` made, such as the start at the mode, without computing."""
        known = getattr(value.tag, "standard", None) if hasattr(value, "tag") else None
        return self._walk(value, inputs, back=False) if known is None else known

    def _walk(self, value: Tensor, inputs: Sequence[Tensor], *, back: bool) -> Tensor:
        """Take the steps from the last on, from z to x (`back`) or from x to z."""
        center, at_mode, *matrices = inputs[self.arrays]
        result, away = pt.zeros(0), pt.zeros(0)
        for k in reversed(range(len(self.units))):
            begin, end = self.spans[k]
            own, inverse, pull = matrices[3 * k : 3 * k + 3]
            middle = center[begin:end]
            if k + 1 < len(self.units):
                middle = middle - _times(pull, away)
            if back:
                x = made = middle + _times(own, value[begin:end])
            else:
                x = value[begin:end]
                made = _times(inverse, x - middle)
            result = pt.concatenate([made, result])
            if begin >= self.first:
                here = slice(begin - self.first, end - self.first)
                away = pt.concatenate([self._effects(k, x, inputs) - at_mode[here], away])
        return result

    def log_jac_det(self, value: Tensor, *inputs: Tensor) -> Tensor:
        """Return log |det dx / dz|."""
        return pt.as_tensor(self.log_determinant)

    def _effects(self, k: int, x: Tensor, inputs: Sequence[Tensor]) -> Tensor:
        """Return the coefficients, or a unit's deviations, of one step."""
        unit = self.units[k]
        if unit is None:
            return x
        whole = pt.concatenate([np.zeros(self.spans[k][0]), x])
        return self.effects(unit, whole, inputs[self.variables]).ravel()


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    """Multiply a matrix (n, m), or one a level (n_levels, q, q), with a vector."""
    if matrix.ndim == 3:
        levels, _, q = matrix.type.shape
        return (matrix * vector.reshape((levels, 1, q))).sum(-1).ravel()
    if np.prod(matrix.type.shape) <= _FEW_PRODUCTS:
        return (matrix * vector).sum(-1)
    return pt.dot(matrix, vector)
