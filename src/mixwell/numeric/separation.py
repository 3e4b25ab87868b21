"""Directions of coefficients along which a likelihood only rises: separation.

Source: Albert and Anderson 1984; found by linear programming as in Konis 2007.
"""

from typing import Any

import numpy as np

from mixwell.numeric.arrays import BoolArray, FloatArray

__all__ = ["separating_direction"]

#: What counts as zero in units of the columns' largest numbers.
_MOVED = 1e-6
#: The most steps of Newton's method, and the largest number of a step or a linear predictor.
_NEWTON, _FAR = 12, 500.0
#: How many rows enter a linear program at first, and at a time.
_SOME = 2_000


def separating_direction(x: FloatArray, up: BoolArray, down: BoolArray) -> FloatArray | None:
    """Return the direction d with x d >= 0 at `up` rows, <= 0 at `down` rows, 0 at the others.

    `x` is (n, p). The direction moves as many rows as can be moved, and coefficients that are not
    needed for it are 0. Rows that are both `up` and `down` say nothing. None where no row can be
    moved.
    """
    size = np.abs(x).max(axis=0, initial=0.0)
    scaled = x / np.where(size > 0, size, 1.0)
    basis = _null_space(scaled[~(up | down)])
    sign = up.astype(float) - down.astype(float)
    signed = scaled[sign != 0] * sign[sign != 0, None]
    if not basis.shape[1] or not len(signed) or _clearly_none(signed @ basis):
        return None
    signed = np.unique(np.round(signed, 12), axis=0)
    moved = _moved(signed @ basis)
    if not moved.any():
        return None
    found = _sparse(signed, moved.astype(float), basis)
    return None if found is None else np.where(size > 0, found / np.where(size > 0, size, 1.0), 0.0)


def _null_space(rows: FloatArray) -> FloatArray:
    """Return an orthonormal basis, (p, k), of the directions that move none of the rows."""
    values, vectors = np.linalg.eigh(rows.T @ rows)
    return vectors[:, values <= 1e-12 * max(1.0, float(values.max(initial=0.0)))]


def _clearly_none(rows: FloatArray) -> bool:
    """Whether no direction moves a row of (n, k): positive weights are found that cancel all rows.

    Then what moves one ahead moves another one back (Stiemke). A logistic regression that has an
    estimate finds them: its residuals there.
    """
    square, v = rows.T @ rows, np.zeros(rows.shape[1])
    rounding = rows.size * float(np.finfo(float).eps)
    for _ in range(_NEWTON):
        weights = 1 / (1 + np.exp(np.minimum(rows @ v, _FAR)))
        left = rows.T @ weights
        rest = weights - rows @ np.linalg.lstsq(square, left)[0]
        # a direction within (-1, 1) moves no row farther than what is left over and rounding allow
        if np.abs(rows.T @ rest).sum() + rounding < 0.1 * _MOVED * rest.min():
            return True
        curvature = (rows * (weights * (1 - weights))[:, None]).T @ rows
        step = np.linalg.lstsq(curvature, left)[0]
        if not np.abs(step).max() < _FAR:
            return False
        v = v + step
    return False


def _moved(rows: FloatArray) -> BoolArray:
    """Return which rows some direction moves that moves none of them back."""
    moved, left, box = np.zeros(len(rows), dtype=bool), rows, np.ones(rows.shape[1])
    while len(left):
        v = _least_cost(-left.sum(axis=0), rows, np.zeros(len(rows)), (-box, box))
        gained = np.zeros(len(rows), dtype=bool) if v is None else rows @ v > _MOVED
        if not (gained & ~moved).any():
            break
        moved |= gained
        left = rows[~moved]
    return moved


def _sparse(signed: FloatArray, by: FloatArray, basis: FloatArray) -> FloatArray | None:
    """Return a direction that moves rows at least so far, without what is not needed for it."""
    best = _smallest(signed, by, basis)
    if best is None:
        return None
    for j in np.argsort(np.abs(best)).tolist():
        if best[j] != 0.0:
            fewer = basis @ _null_space(basis[j][None])
            found = _smallest(signed, by, fewer) if fewer.shape[1] else None
            if found is not None:
                basis, best = fewer, found
    return best


def _smallest(signed: FloatArray, by: FloatArray, basis: FloatArray) -> FloatArray | None:
    """Return the direction in the basis with the smallest sum of |d| that moves rows so far."""
    p, k = basis.shape
    sizes = np.eye(p)  # of the direction's elements: next to it among the unknowns
    rows = np.vstack(
        [
            np.hstack([basis, sizes]),
            np.hstack([-basis, sizes]),
            np.hstack([signed @ basis, np.zeros((len(signed), p))]),
        ]
    )
    cost = np.concatenate([np.zeros(k), np.ones(p)])
    lower = np.concatenate([np.full(k, -np.inf), np.zeros(p)])
    least = np.concatenate([np.zeros(2 * p), by])
    found = _least_cost(cost, rows, least, (lower, np.full(k + p, np.inf)), always=2 * p)
    if found is None:
        return None
    direction = basis @ found[:k]
    return np.where(np.abs(direction) > _MOVED * np.abs(direction).max(), direction, 0.0)


def _least_cost(
    cost: FloatArray,
    rows: FloatArray,
    least: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    always: int = 0,
) -> FloatArray | None:
    """Solve a linear program with rows @ v >= least; None where there is no solution.

    Of many rows only those enter that the solution without them breaks, and the first `always`.
    """
    from scipy.optimize import linprog  # only where a model can be separated

    within: Any = np.stack(bounds, axis=1)
    step = max(1, len(rows) // _SOME)
    active = np.arange(len(rows)) % step == 0
    active[:always] = True
    while True:
        found = linprog(cost, A_ub=-rows[active], b_ub=-least[active], bounds=within)
        if found.x is None:
            return None
        short = least - rows @ found.x
        broken = np.flatnonzero((short > 0.1 * _MOVED) & ~active)
        if not len(broken):
            return np.asarray(found.x)
        active[broken[np.argsort(-short[broken])[:_SOME]]] = True
