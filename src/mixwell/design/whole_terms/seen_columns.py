"""What the data determine of combinations of a design's columns, some of which were left out."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.sparse import csr_array

from mixwell.design.columns.column_plan import distinct_rows
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design
from mixwell.numeric.arrays import FloatArray

__all__ = ["SeenColumns", "seen_columns"]

#: Combinations this much smaller than the largest are rounding errors.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class SeenColumns:
    """Columns that were `kept`, and what those left out, `dropped`, are of them in every row.

    `made` is (kept, dropped): most of it is 0, as of cells that no row is in.
    """

    kept: list[int]
    dropped: list[int]
    made: FloatArray

    def lacking(self, rows: FloatArray) -> FloatArray:
        """Return what the data do not determine of weights on all columns, (row, dropped)."""
        left = rows[:, self.dropped]
        some = np.flatnonzero(self.made.any(axis=0))
        left[:, some] -= rows[:, self.kept] @ self.made[:, some]
        return left

    def determined(self, rows: FloatArray) -> FloatArray:
        """Return combinations (q, row) of independent rows that the data determine.

        They are all rows where they can be. Else they are what rows have in common with the columns
        in the data, where both span spaces: of the data's, which is the smaller one, those
        directions that the rows reach.
        """
        size = np.abs(rows).max(axis=1, initial=1.0)[:, None]
        if not self.dropped or not (np.abs(self.lacking(rows)) > _ROUNDING * size).any():
            return np.eye(len(rows))
        known = np.zeros((len(self.kept), rows.shape[1]))
        known[range(len(known)), self.kept] = 1.0
        known[:, self.dropped] = self.made
        known = np.linalg.qr(known.T)[0].T
        reached, beyond = _through(rows, known)
        left, values, _ = np.linalg.svd(beyond @ beyond.T)
        inside = np.sqrt(np.maximum(values, 0.0)) <= _ROUNDING**0.75
        return np.asarray(np.linalg.qr((left[:, inside].T @ reached).T)[0].T)


def _through(rows: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the combinations of rows that are nearest to others, and what is left of these."""
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = csr_array(rows / size)  # differences are of few columns, most of them
    factor = cho_factor((unit @ unit.T).toarray(), overwrite_a=True, check_finite=False)
    found, left = np.zeros((len(wanted), len(rows))), wanted
    for _ in range(2):  # what rounding left is solved for again
        found = found + cho_solve(factor, unit @ left.T, check_finite=False).T
        left = wanted - found @ unit
    return found / size.T, left


def seen_columns(design: Design, fixed: FixedEffects) -> SeenColumns:
    """Return which columns of a plan the data have, and what the others are of these."""
    held = fixed.elsewhere  # the intercept, by thresholds
    kept = [0, *fixed.kept] if held else list(fixed.kept)
    have = set(kept)
    dropped = [j for j in range(fixed.plan.width) if j not in have]
    made = np.zeros((len(kept), len(dropped)))
    if not dropped:
        return SeenColumns(kept, dropped, made)
    values = distinct_rows(fixed.plan, design.frame)[0] if fixed.like is None else fixed.like
    others = values[:, dropped]
    some = np.flatnonzero(others.any(axis=0))
    if len(some):
        base, root = np.linalg.qr(values[:, kept])
        made[:, some] = solve_triangular(root, base.T @ others[:, some])
    largest = np.maximum(1.0, np.abs(made).max(axis=0, initial=0.0))
    return SeenColumns(kept, dropped, np.where(np.abs(made) < _ROUNDING * largest, 0.0, made))
