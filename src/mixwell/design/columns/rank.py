"""Which columns others determine: R's rule of order and tolerance, at any number of rows."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_triangular

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.phrases import and_more

# LINPACK's limited column pivoting in R's lm and lme4 uses this tolerance.
TOLERANCE = 1e-7
# What is left of a column far from zero counts from here on, as a share of all that it is the
# difference of: of float's 16 digits three are left.
ROUNDING = 1e-13
# Up to this many entries all rows are looked at; above, a growing set of rows is.
DIRECT_LIMIT = 2_000_000
SOME_ROWS = 2_000
BLOCK = 64


def work(rows: int, columns: int) -> float:
    """Return about how many multiplications the search for dependent columns takes."""
    if rows * columns > DIRECT_LIMIT:
        rows = _some(rows, columns)
    return float(rows) * columns * min(rows, columns)


def independent_columns(
    matrix: FloatArray, names: Sequence[str], shares: FloatArray | None = None
) -> tuple[list[int], dict[str, str]]:
    """Return the columns to keep, first come first kept, and why each other one is left out.

    A column is left out when, after projection on the kept columns before it, less than 1e-7 of
    its length remains. `shares` (n_columns,) say how much of a length the spread of predictors is
    that are far from zero, 1 where there are none: then it is 1e-7 of that, where floats hold it.

    On long matrices a subset of rows decides; a dependency found there is checked on all rows, and
    rows that contradict it join the subset, so that the answer is that of the whole matrix.
    """
    n, p = matrix.shape
    if p == 0:
        return [], {}
    own: FloatArray = np.ones(p) if shares is None else shares
    if n * p <= DIRECT_LIMIT:
        kept, coefficients = _explained(matrix, own)
    else:
        kept, coefficients = _by_working_rows(matrix, own)
    reasons = {names[j]: _reason(coefficients[j], names) for j in sorted(coefficients)}
    return kept, reasons


def count_independent(matrix: FloatArray) -> int:
    """Return how many columns are kept, all rows looked at, without saying why others are not."""
    return len(_orthogonalize(matrix, np.ones(matrix.shape[1]))[0])


def _explained(
    matrix: FloatArray, shares: FloatArray
) -> tuple[list[int], dict[int, dict[int, float]]]:
    """Return the columns to keep, and each other one's combination of these."""
    kept, dependent, triangle = _orthogonalize(matrix, shares)
    return kept, _combinations(triangle, kept, dependent)


def _orthogonalize(
    matrix: FloatArray, shares: FloatArray
) -> tuple[list[int], list[int], FloatArray]:
    """Gram-Schmidt in column order, twice each: independent and dependent columns, the triangle.

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
            most_left = TOLERANCE * lengths[i]
            if shares[j] < 1 and remaining < most_left:
                most_left = max(most_left * shares[j], ROUNDING * _held(triangle, kept, j, matrix))
            if remaining < most_left or lengths[i] == 0 or len(kept) == most:
                dependent.append(j)
            else:
                basis[:, len(kept)] = rest / remaining
                triangle[len(kept), j] = remaining
                kept.append(j)
    return kept, dependent, triangle


def _held(triangle: FloatArray, kept: list[int], j: int, matrix: FloatArray) -> float:
    """Return the lengths of all that a column's remainder is the difference of, added up."""
    parts = {**_combinations(triangle, kept, [j])[j], j: 1.0}
    return float(sum(abs(w) * np.linalg.norm(matrix[:, k]) for k, w in parts.items()))


def _combinations(
    triangle: FloatArray, kept: Sequence[int], dependent: Sequence[int]
) -> dict[int, dict[int, float]]:
    """Return the weights on earlier kept columns that give each dependent one.

    Those after the same kept columns, as thousands are once there are as many as rows, are solved
    for at once.
    """
    basis, columns = np.array(kept, dtype=np.int64), np.array(dependent, dtype=np.int64)
    lengths = np.linalg.norm(triangle[:, basis], axis=0)
    counts = np.searchsorted(basis, columns)
    found: dict[int, dict[int, float]] = {}
    for count in np.unique(counts).tolist():
        own = columns[counts == count]
        weights = np.zeros((count, len(own)))
        if count:
            before = triangle[:count, basis[:count]]
            weights = solve_triangular(before, triangle[:count, own])
        parts = np.abs(weights) * lengths[:count, None]
        counted = parts > np.maximum(ROUNDING * parts.max(axis=0, initial=0.0), 1e-300)
        for j, some, weight in zip(own.tolist(), counted.T, weights.T, strict=True):
            found[j] = dict(zip(basis[:count][some].tolist(), weight[some].tolist(), strict=True))
    return found


def _some(n: int, p: int) -> int:
    return min(n, max(SOME_ROWS, 4 * p))


def _by_working_rows(
    matrix: FloatArray, shares: FloatArray
) -> tuple[list[int], dict[int, dict[int, float]]]:
    n, p = matrix.shape
    rows = _spread_rows(matrix, _some(n, p))
    while True:
        kept, coefficients = _explained(matrix[rows], shares)
        contradicting: set[int] = set()
        for j, weights in coefficients.items():
            contradicting.update(_largest_residuals(matrix, j, weights, float(shares[j])))
        new = sorted(contradicting - set(rows.tolist()))
        if not new:
            return kept, coefficients
        rows = np.concatenate([rows, np.array(new, dtype=np.int64)])


def _spread_rows(matrix: FloatArray, count: int) -> IntArray:
    """Rows at even steps, and for each column the rows where it is largest and smallest."""
    n = len(matrix)
    even = np.linspace(0, n - 1, count).astype(np.int64)
    return np.unique(np.concatenate([even, matrix.argmax(axis=0), matrix.argmin(axis=0)]))


def _largest_residuals(
    matrix: FloatArray, j: int, weights: dict[int, float], share: float
) -> list[int]:
    """Rows of the whole matrix where a dependency found in some rows fails most."""
    column = matrix[:, j]
    residual = column.copy()
    for k, weight in weights.items():
        residual -= weight * matrix[:, k]
    tolerance = max(TOLERANCE * share, ROUNDING) if share < 1 else TOLERANCE
    if np.linalg.norm(residual) <= tolerance * float(np.linalg.norm(column)):
        return []
    size = np.abs(residual)
    count = min(20, len(size))
    worst = np.argpartition(size, -count)[-count:]
    return [int(i) for i in worst if size[i] > 0]


def _reason(weights: dict[int, float], names: Sequence[str]) -> str:
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
