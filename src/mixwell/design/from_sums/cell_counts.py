"""How many rows each combination of levels has, as far as sums of products of codes say it."""

from itertools import combinations_with_replacement

import numpy as np

from mixwell.design.sums.sums import Sums
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["cell_counts"]

#: Combinations at most whose counts are solved for; what is left of a whole number, and of a row.
_CELLS, _WHOLE, _ROUNDING = 4000, 1e-3, 1e-11


def cell_counts(sums: Sums, factors: list[int]) -> FloatArray | None:
    """Return the rows of each combination of coded factors' levels, an axis each; None if unknown.

    Sums of codes, and of products of two of them, are linear in the counts: with enough of them in
    the model these follow. `factors` are places among the coded ones.
    """
    shape = tuple(len(sums.columns.factors[f].levels) for f in factors)
    if int(np.prod(shape)) > _CELLS:
        return None
    levels = np.unravel_index(np.arange(int(np.prod(shape))), shape)
    codes = {f: sums.columns.factors[f].matrix for f in factors}
    rows, known = [], []
    basis = sums.columns.basis
    places = [k for k, p in enumerate(basis) if not p.numbers and _within(p.codes, codes)]
    made = {k: _product(basis[k].codes, codes, factors, levels) for k in places}
    for one, two in combinations_with_replacement(places, 2):
        rows.append(made[one] * made[two])
        known.append(sums.plain[one, two])
    matrix = np.array(rows)
    if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        return None
    found = np.linalg.lstsq(matrix, np.array(known), rcond=None)[0]
    whole = np.rint(found)
    near = np.abs(found - whole) <= max(_WHOLE, _ROUNDING * sums.n)
    return np.maximum(whole, 0.0).reshape(shape) if near.all() else None


def _within(codes: tuple[tuple[int, int], ...], known: dict[int, FloatArray]) -> bool:
    return all(factor in known for factor, _ in codes)


def _product(
    codes: tuple[tuple[int, int], ...],
    known: dict[int, FloatArray],
    factors: list[int],
    levels: tuple[IntArray, ...],
) -> FloatArray:
    made = np.ones(len(levels[0]) if levels else 1)
    for factor, column in codes:
        made = made * known[factor][levels[factors.index(factor)], column]
    return made
