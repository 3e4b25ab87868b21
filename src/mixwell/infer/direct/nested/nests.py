"""Which units are nested: every level of one lies within a level of the other, rows alike."""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct.columns import PredictorColumns, StackedColumns, Unit
from mixwell.infer.direct.covariances import Covariances, UnitCovariance
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["Nest", "find_nests"]


@dataclass(frozen=True, eq=False)
class Nest:
    """An inner unit whose levels each lie within a level of an outer one.

    Rows read the sum of an outer effect and the inner one at its place in `effects` (outer
    effect,). `within` (inner level,) is the outer level, `counts` (outer level,) how many inner
    ones it has.
    """

    outer: UnitCovariance
    inner: UnitCovariance
    effects: IntArray
    within: IntArray
    counts: FloatArray


def find_nests(columns: StackedColumns, covariances: Covariances) -> tuple[Nest, ...]:
    """Return the nest of every unit that lies in another, in the one with most levels."""
    parts, found = covariances.parts, list[Nest]()  # those of most levels first
    for k, inner in enumerate(parts):
        around = (_nest(columns, outer, inner) for outer in parts[k + 1 :])
        found += [nest for nest in around if nest is not None][:1]
    return tuple(found)


def _nest(columns: StackedColumns, outer: UnitCovariance, inner: UnitCovariance) -> Nest | None:
    """Return how one unit lies in another, None where it does not."""
    effects, within = np.full(outer.unit.size, -1), np.full(inner.unit.levels, -1)
    for part in columns.parts:
        theirs, ours = (_entries(part, unit) for unit in (outer.unit, inner.unit))
        for effect, (levels, column) in theirs.items():
            alike = [i for i, (_, own) in ours.items() if np.array_equal(own, column)]
            if len(alike) != 1 or alike[0] in effects:
                return None
            effects[effect] = alike[0]
            own = ours[alike[0]][0]
            if (within[own] >= 0).any() and (within[own] != levels).any():
                return None
            within[own] = levels
            if (within[own] != levels).any():
                return None
    if (effects < 0).any():
        return None
    within = np.maximum(within, 0)  # levels that no row has may lie anywhere
    counts = np.bincount(within, minlength=outer.unit.levels)
    return Nest(outer, inner, effects, within, counts.astype(float))


def _entries(part: PredictorColumns, unit: Unit) -> dict[int, tuple[IntArray, FloatArray]]:
    """Return the levels and the column (row,) of each of a unit's effects that rows read.

    None at all where rows read an effect of several levels.
    """
    read = [e for e, place in enumerate(part.at[0]) if unit.span.start <= place < unit.span.stop]
    found = {}
    for e in read:
        levels, effects = np.divmod(part.at[:, e] - unit.start, unit.size)
        found[int(effects[0])] = levels, part.random[:, e]
    return found if len(found) == len(read) else {}
