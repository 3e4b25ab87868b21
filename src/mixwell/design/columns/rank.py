"""Which columns others determine: R's rule of order and tolerance, at any number of rows."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_triangular

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.phrases import and_more

# LINPACK's limited column pivoting in R's lm and lme4 uses this tolerance.
TOLERANCE = 1e-7
# Up to this many entries all rows are looked at; above, a growing set of rows is.
DIRECT_LIMIT = 2_000_000
SOME_ROWS = 2_000
BLOCK = 64


def independent_columns(
    matrix: FloatArray, names: Sequence[str]
) -> tuple[list[int], dict[str, str]]:
    """Return the columns to keep, first come first kept, and why each other one is left out.

    A column is left out when, after projection on the kept columns before it, less than 1e-7 of
    its length remains. On long matrices a subset of rows decides; a dependency found there is
    checked on all rows, and rows that contradict it join the subset, so that the answer is that
    of the whole matrix.
    """
    n, p = matrix.shape
    if p == 0:
        return [], {}
    if n * p <= DIRECT_LIMIT:
        kept, coefficients = _orthogonalize(matrix)
    else:
        kept, coefficients = _by_working_rows(matrix)
    reasons = {names[j]: _reason(j, coefficients[j], names) for j in sorted(coefficients)}
    return kept, reasons


def _orthogonalize(matrix: FloatArray) -> tuple[list[int], dict[int, dict[int, float]]]:
    """Gram-Schmidt in column order, twice each; dependent columns with their combination.

    Columns are projected on the basis block by block, as products of matrices: wide designs
    (interactions of many levels) would take minutes column by column.
    """
    n, p = matrix.shape
    most = min(n, p)
    basis = np.empty((n, most), order="F")
    triangle = np.zeros((most, p))
    kept: list[int] = []
    dependent: list[int] = []
    for start in range(0, p, BLOCK):
        block = matrix[:, start : start + BLOCK].astype(float)
        lengths = np.linalg.norm(block, axis=0)
        before = len(kept)
        for _ in range(2):
            along = basis[:, :before].T @ block
            block -= basis[:, :before] @ along
            triangle[:before, start : start + BLOCK] += along
        for i, j in enumerate(range(start, min(start + BLOCK, p))):
            rest = block[:, i]
            for _ in range(2):
                along = basis[:, before : len(kept)].T @ rest
                rest = rest - basis[:, before : len(kept)] @ along
                triangle[before : len(kept), j] += along
            remaining = float(np.linalg.norm(rest))
            if remaining < TOLERANCE * lengths[i] or lengths[i] == 0 or len(kept) == most:
                dependent.append(j)
            else:
                basis[:, len(kept)] = rest / remaining
                triangle[len(kept), j] = remaining
                kept.append(j)
    return kept, {j: _combination(triangle, kept, j) for j in dependent}


def _combination(triangle: FloatArray, kept: Sequence[int], j: int) -> dict[int, float]:
    """Return the weights on earlier kept columns that give a dependent one."""
    before = [k for k in kept if k < j]
    if not before:
        return {}
    count = len(before)
    weights = solve_triangular(triangle[:count, before], triangle[:count, j])
    scale = np.abs(weights).max(initial=0.0)
    pairs = zip(before, weights, strict=True)
    return {k: float(w) for k, w in pairs if abs(w) > 1e-8 * max(scale, 1e-300)}


def _by_working_rows(matrix: FloatArray) -> tuple[list[int], dict[int, dict[int, float]]]:
    n, p = matrix.shape
    rows = _spread_rows(matrix, min(n, max(SOME_ROWS, 4 * p)))
    while True:
        kept, coefficients = _orthogonalize(matrix[rows])
        contradicting: set[int] = set()
        for j, weights in coefficients.items():
            contradicting.update(_largest_residuals(matrix, j, weights))
        new = sorted(contradicting - set(rows.tolist()))
        if not new:
            return kept, coefficients
        rows = np.concatenate([rows, np.array(new, dtype=np.int64)])


def _spread_rows(matrix: FloatArray, count: int) -> IntArray:
    """Rows at even steps, and for each column the rows where it is largest and smallest."""
    n = len(matrix)
    even = np.linspace(0, n - 1, count).astype(np.int64)
    return np.unique(np.concatenate([even, matrix.argmax(axis=0), matrix.argmin(axis=0)]))


def _largest_residuals(matrix: FloatArray, j: int, weights: dict[int, float]) -> list[int]:
    """Rows of the whole matrix where a dependency found in some rows fails most."""
    column = matrix[:, j]
    residual = column.copy()
    for k, weight in weights.items():
        residual -= weight * matrix[:, k]
    if np.linalg.norm(residual) < TOLERANCE * max(float(np.linalg.norm(column)), 1e-300):
        return []
    size = np.abs(residual)
    count = min(20, len(size))
    worst = np.argpartition(size, -count)[-count:]
    return [int(i) for i in worst if size[i] > 0]


def _reason(j: int, weights: dict[int, float], names: Sequence[str]) -> str:
    """Say in words what determines a column."""
    if not weights:
        return "it is zero in every row used (an empty cell, or a constant 0)"
    if len(weights) == 1:
        ((k, weight),) = weights.items()
        if names[k] == "Intercept":
            return f"it is constant ({weight:.4g}), as the intercept is"
        if abs(weight - 1) < 1e-8:
            return f"it equals {names[k]}"
        return f"it is {weight:.4g} times {names[k]}"
    return f"it is a combination of {and_more([names[k] for k in weights], 4)}"
