"""Where every coefficient and every random effect stands in one vector."""

from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import IntArray
from mixwell.specify.spec import Spec

__all__ = ["Places", "modeled", "places"]


@dataclass(frozen=True, eq=False)
class Places:
    """Where every coefficient and every effect stands in one vector of `size` numbers.

    `fixed` holds positions (n_coefficients,) by predictor, `units` (n_levels, size) by unit. The
    predictors that are not modeled (`modeled`) stand behind all others.
    """

    fixed: dict[str, IntArray]
    units: dict[str, IntArray]
    size: int


def modeled(spec: Spec) -> tuple[str, ...]:
    """Return the linear predictors that have working weights: those of locations and the scale."""
    family = spec.family
    own = ["mean", *(p.name for p in family.further if p.location or p is family.scale)]
    return tuple(name for name in spec.predictors if name in own)


def places(spec: Spec) -> Places:
    """Number the coefficients of modeled predictors, all units' effects, other coefficients."""
    fixed: dict[str, IntArray] = {}
    units: dict[str, IntArray] = {}
    begin, first = 0, modeled(spec)
    for name in first:
        fixed[name] = begin + np.arange(len(spec.predictors[name].fixed.names))
        begin += len(fixed[name])
    for unit in spec.layout.units:
        shape = len(unit.levels), unit.size
        units[unit.name] = begin + np.arange(shape[0] * shape[1]).reshape(shape)
        begin += units[unit.name].size
    for name in [name for name in spec.predictors if name not in first]:
        fixed[name] = begin + np.arange(len(spec.predictors[name].fixed.names))
        begin += len(fixed[name])
    return Places(fixed, units, begin)
