"""Compiled loops of a sparse LDL' with a dense tail: factors, solutions, parts of the inverse.

Source: Davis 2006, Direct Methods for Sparse Linear Systems, section 4.8.
"""

import math

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import loops, sums

__all__ = [
    "column_counts",
    "factorize",
    "half_solve",
    "half_solve_transposed",
    "inverse_entries",
    "times_half_transposed",
]

#: A dense tail of more columns goes to LAPACK.
_SMALL = 64


@loops
def column_counts(starts: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return each column's parent in the elimination tree, and how many entries of L are below."""
    n = len(starts) - 1
    parent = np.full(n, -1, np.int64)
    seen = np.full(n, -1, np.int64)
    counts = np.zeros(n, np.int64)
    for k in range(n):
        seen[k] = k
        for p in range(starts[k], starts[k + 1]):
            i = rows[p]
            while i < k and seen[i] != k:
                if parent[i] == -1:
                    parent[i] = k
                counts[i] += 1
                seen[i] = k
                i = parent[i]
    return parent, counts


@sums
def _subtract_square(tail: FloatArray, column: FloatArray, pivot: float) -> None:
    for a in range(len(column)):
        value = column[a] * pivot
        for b in range(a + 1):
            tail[a, b] -= value * column[b]


@sums
def _dense_cholesky(a: FloatArray) -> bool:
    n = len(a)
    for j in range(n):
        pivot = a[j, j]
        for t in range(j):
            pivot -= a[j, t] * a[j, t]
        if not pivot > 0.0:
            return False
        a[j, j] = math.sqrt(pivot)
        for i in range(j + 1, n):
            value = a[i, j]
            for t in range(j):
                value -= a[i, t] * a[j, t]
            a[i, j] = value / a[j, j]
    return True


@loops
def _tail_cholesky(tail: FloatArray) -> bool:
    """Factorize the tail, whose lower triangle is filled, in its place."""
    r = len(tail)
    if r <= _SMALL:
        return _dense_cholesky(tail)
    for j in range(r):
        if not tail[j, j] > 0.0:
            return False
        for i in range(j):
            tail[i, j] = tail[j, i]
    tail[:, :] = np.linalg.cholesky(tail)
    return True


@loops
def _subtract_columns(
    split: int,
    below: IntArray,
    filled: IntArray,
    at: IntArray,
    entries: FloatArray,
    pivots: FloatArray,
    tail: FloatArray,
) -> None:
    """Take from the tail what the sparse columns have of it."""
    r = len(tail)
    for j in range(split):
        first, end = below[j], below[j] + filled[j]
        while first < end and at[first] < split:
            first += 1
        if end - first == r:
            _subtract_square(tail, entries[first:end], pivots[j])
        else:
            for p in range(first, end):
                value = entries[p] * pivots[j]
                row = at[p] - split
                for t in range(first, p + 1):
                    tail[row, at[t] - split] -= value * entries[t]


@loops
def factorize(
    starts: IntArray,
    rows: IntArray,
    values: FloatArray,
    parent: IntArray,
    below: IntArray,
    split: int,
    at: IntArray,
    entries: FloatArray,
    pivots: FloatArray,
    tail: FloatArray,
) -> bool:
    """Factorize a symmetric matrix, given by the columns of its upper triangle.

    The first `split` columns become those of a sparse L, in `at` and `entries` from `below` on,
    with their `pivots`; what is left for the others is factorized densely, in `tail`. Returns
    whether the matrix is positive definite.
    """
    n = len(starts) - 1
    work = np.zeros(n)
    order = np.empty(n, np.int64)
    path = np.empty(n, np.int64)
    seen = np.full(n, -1, np.int64)
    filled = np.zeros(split, np.int64)
    alone = parent[:split] >= split  # columns that meet none but those of the tail
    for i in range(split):
        if parent[i] < split:
            alone[parent[i]] = False
    tail[:, :] = 0.0
    for k in range(n):
        top = n
        seen[k] = k
        pivot = 0.0
        for p in range(starts[k], starts[k + 1]):
            i = rows[p]
            if i >= split:
                tail[k - split, i - split] += values[p]
                continue
            if i == k:
                pivot += values[p]
                continue
            if alone[i]:
                end = below[i] + filled[i]
                at[end] = k
                entries[end] = values[p] / pivots[i]
                filled[i] += 1
                continue
            work[i] += values[p]
            length = 0
            while i < split and seen[i] != k:
                path[length] = i
                length += 1
                seen[i] = k
                i = parent[i]
            while length > 0:
                top -= 1
                length -= 1
                order[top] = path[length]
        while top < n:
            i = order[top]
            top += 1
            value = work[i]
            work[i] = 0.0
            end = below[i] + filled[i]
            for p in range(below[i], end):
                if at[p] >= split:
                    break
                work[at[p]] -= entries[p] * value
            scaled = value / pivots[i]
            pivot -= scaled * value
            at[end] = k
            entries[end] = scaled
            filled[i] += 1
        if k < split:
            # what is left of a difference that rounding alone makes is no pivot
            if not pivot > 0.0:
                return False
            pivots[k] = pivot
    _subtract_columns(split, below, filled, at, entries, pivots, tail)
    return _tail_cholesky(tail)


@sums
def half_solve(
    split: int,
    below: IntArray,
    at: IntArray,
    entries: FloatArray,
    pivots: FloatArray,
    tail: FloatArray,
    b: FloatArray,
) -> None:
    """Put K^-1 b in the place of b, K K' being what was factorized."""
    for j in range(split):
        value = b[j]
        for p in range(below[j], below[j + 1]):
            b[at[p]] -= entries[p] * value
        b[j] = value / math.sqrt(pivots[j])
    for i in range(len(tail)):
        value = b[split + i]
        for t in range(i):
            value -= tail[i, t] * b[split + t]
        b[split + i] = value / tail[i, i]


@sums
def half_solve_transposed(
    split: int,
    below: IntArray,
    at: IntArray,
    entries: FloatArray,
    pivots: FloatArray,
    tail: FloatArray,
    b: FloatArray,
) -> None:
    """Put K'^-1 b in the place of b."""
    for i in range(len(tail) - 1, -1, -1):
        value = b[split + i] / tail[i, i]
        b[split + i] = value
        for t in range(i):
            b[split + t] -= tail[i, t] * value
    for j in range(split - 1, -1, -1):
        value = b[j] / math.sqrt(pivots[j])
        for p in range(below[j], below[j + 1]):
            value -= entries[p] * b[at[p]]
        b[j] = value


@sums
def times_half_transposed(
    split: int,
    below: IntArray,
    at: IntArray,
    entries: FloatArray,
    pivots: FloatArray,
    tail: FloatArray,
    v: FloatArray,
    out: FloatArray,
) -> None:
    """Put K' v into `out`."""
    for j in range(split):
        value = v[j]
        for p in range(below[j], below[j + 1]):
            value += entries[p] * v[at[p]]
        out[j] = value * math.sqrt(pivots[j])
    r = len(tail)
    for i in range(r):
        out[split + i] = 0.0
    for k in range(r):
        value = v[split + k]
        for i in range(k + 1):
            out[split + i] += tail[k, i] * value


@loops
def inverse_entries(
    starts: IntArray,
    rows: IntArray,
    split: int,
    below: IntArray,
    at: IntArray,
    entries: FloatArray,
    pivots: FloatArray,
    rest: FloatArray,
    values: FloatArray,
) -> None:
    """Put entries of the inverse into `values`, at the places of the upper triangle by columns.

    `rest` is the whole inverse of what the dense tail factorizes. Source: Takahashi, Fagan and Chin
    1973: the entries where L has any follow from those to the right.
    """
    n = split + len(rest)
    weight, total = np.zeros(n), np.zeros(n)
    inside = np.zeros(n, np.bool_)
    diagonal, found = np.empty(split), np.empty(below[split])
    for j in range(split - 1, -1, -1):
        for p in range(below[j], below[j + 1]):
            weight[at[p]], total[at[p]], inside[at[p]] = entries[p], 0.0, True
        for p in range(below[j], below[j + 1]):
            k, own = at[p], entries[p]
            if k < split:
                total[k] -= own * diagonal[k]
                for s in range(below[k], below[k + 1]):
                    if inside[at[s]]:
                        total[at[s]] -= own * found[s]
                        total[k] -= weight[at[s]] * found[s]
            else:
                for s in range(below[j + 1] - 1, below[j] - 1, -1):
                    if at[s] < split:
                        break
                    total[at[s]] -= own * rest[k - split, at[s] - split]
        value = 1.0 / pivots[j]
        for p in range(below[j], below[j + 1]):
            found[p] = total[at[p]]
            value -= entries[p] * found[p]
            inside[at[p]] = False
        diagonal[j] = value
    for k in range(n):
        for p in range(starts[k], starts[k + 1]):
            i = rows[p]
            if i >= split:
                values[p] = rest[k - split, i - split]
            elif i == k:
                values[p] = diagonal[k]
            else:
                first, last = below[i], below[i + 1] - 1
                while first < last:
                    middle = (first + last) // 2
                    if at[middle] < k:
                        first = middle + 1
                    else:
                        last = middle
                values[p] = found[first]
