"""Which variables the columns left out of a design involve."""

import numpy as np

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.interpret.weights.point_grid import PointGrid, column_parts

NEGLIGIBLE = 1e-6


def find_aliases(grid: PointGrid, fixed: FixedEffects, frame: ModelFrame) -> list[frozenset[int]]:
    """Return for each dropped column the grid's variables that it cannot be separated from.

    These are the variables of its own term and those of the kept columns that it is a combination
    of; each different set once.
    """
    if not fixed.dropped:
        return []
    columns = column_parts(fixed.plan)
    matrix = fixed.all_columns(frame)
    dropped = sorted(set(range(len(columns))) - set(fixed.kept))
    size = np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)
    kept = matrix[:, list(fixed.kept)] / size[list(fixed.kept)]
    weights = np.linalg.lstsq(
        kept.T @ kept, kept.T @ (matrix[:, dropped] / size[dropped]), rcond=None
    )[0]
    found: dict[frozenset[int], None] = {}
    for k, j in enumerate(dropped):
        own = {entry.atom for entry, _ in columns[j][1]}
        members = {v for v, variable in enumerate(grid.variables) if variable.atoms & own}
        for used in np.flatnonzero(np.abs(weights[:, k]) > NEGLIGIBLE):
            members.update(grid.own(int(used)))
        found.setdefault(frozenset(members))
    return list(found)
