"""Which variables the columns left out of a design involve."""

import numpy as np

from mixwell.design.atoms.values import Value
from mixwell.design.columns.common import FixedEffects, plan_values
from mixwell.formula import Expr
from mixwell.interpret.weights.variables import Grid, Rows, plan_columns

NEGLIGIBLE = 1e-6


def find_aliases(grid: Grid, fixed: FixedEffects, rows: Rows) -> list[frozenset[int]]:
    """Return for each dropped column the grid's variables that it cannot be told apart from.

    These are the variables of its own term and those of the kept columns that it is a combination
    of; each different set once.
    """
    if not fixed.dropped:
        return []
    columns = plan_columns(fixed.plan)
    exprs = {entry.atom.expr for _, parts in columns for entry, _ in parts}
    values: dict[Expr, Value] = {expr: rows.value(expr) for expr in exprs}
    matrix = plan_values(fixed.plan, values, rows.n)
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
