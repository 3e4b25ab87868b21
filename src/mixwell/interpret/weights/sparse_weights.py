"""Weights on cells that give single coefficients, as few cells as possible.

For designs in which the product of the variables' own weights is not enough: columns were dropped
because others determine them, cells are empty, or a factor has one column a level next to the
intercept.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import qr

from mixwell.numeric.arrays import FloatArray

TOLERANCE = 1e-8
# Beyond these sizes the sparsest weights are not searched for; those on a basis of cells are used.
MOST_CELLS, MOST_TARGETS = 600, 60
MOST_ENTRIES = 100_000
# An empty cell costs more than an observed one, a later cell a little more than an earlier one.
LATER = 1e-4


def solve_weights(
    matrix: FloatArray, targets: Sequence[int], costs: FloatArray
) -> list[FloatArray | None]:
    """Return for each target column k weights w `(cells,)` with `w @ matrix = e_k`, or None.

    `matrix` is `(cells, columns)`; among several solutions that with the least sum of
    `costs * |w|` is taken, which is zero on most cells (Chen, Donoho and Saunders 1998).
    """
    wanted = np.zeros((matrix.shape[1], len(targets)))
    wanted[list(targets), range(len(targets))] = 1.0
    some, _, rank, _ = np.linalg.lstsq(matrix.T, wanted, rcond=None)
    solved = np.abs(matrix.T @ some - wanted).max(axis=0, initial=0.0) < TOLERANCE
    if not solved.any():
        return [None for _ in targets]
    if rank < len(matrix):
        some = _sparse(matrix, wanted, solved, costs, int(rank))
    return [_tidy(w) if ok else None for w, ok in zip(some.T, solved, strict=True)]


def _sparse(
    matrix: FloatArray, wanted: FloatArray, solved: np.ndarray, costs: FloatArray, rank: int
) -> FloatArray:
    basic = _on_few_cells(matrix, wanted, costs, rank)
    few = len(matrix) <= MOST_CELLS and int(solved.sum()) <= MOST_TARGETS
    if not few or matrix.size > MOST_ENTRIES:
        return basic
    from scipy.optimize import linprog

    later = 1 + LATER * np.arange(len(matrix)) / len(matrix)
    both = np.hstack([matrix.T, -matrix.T])
    cost = np.tile(costs * later, 2)
    for k in np.flatnonzero(solved):
        found = linprog(cost, A_eq=both, b_eq=wanted[:, k], method="highs")
        if found.x is None:
            continue
        weights = found.x[: len(matrix)] - found.x[len(matrix) :]
        if np.abs(weights @ matrix - wanted[:, k]).max() < TOLERANCE:
            basic[:, k] = weights
    return basic


def _on_few_cells(
    matrix: FloatArray, wanted: FloatArray, costs: FloatArray, rank: int
) -> FloatArray:
    """Solve on as many cells as the matrix has rank: cheap ones, chosen by a pivoted QR."""
    _, _, pivots = qr((matrix / costs[:, None]).T, mode="economic", pivoting=True)
    cells = pivots[:rank]
    weights = np.zeros((len(matrix), wanted.shape[1]))
    weights[cells] = np.linalg.lstsq(matrix[cells].T, wanted, rcond=None)[0]
    return weights


def _tidy(weights: FloatArray) -> FloatArray:
    """Remove rounding errors: zeros and whole numbers made exact."""
    size = max(1.0, float(np.abs(weights).max(initial=0.0)))
    whole = np.round(weights)
    near = np.abs(weights - whole) < 1e-9 * size
    return np.array(np.where(near, whole, weights) + 0.0)
