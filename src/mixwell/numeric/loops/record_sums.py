"""Sums of products of rows' numbers, one record of sums for each group of rows.

A record is the count of its rows and then the sums. Each counts up to `PART` rows, is added to the
record of the same place in `full` and begins anew: an addition loses half a unit of the last place
of what it is added to, and of so many parts and so many rows none loses more than 1e-11 of itself.
"""

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.loops.compiled import Places, loops
from mixwell.numeric.loops.prefetch import prefetch

__all__ = ["PART", "add_pairs", "add_products", "add_triangle", "merge_pairs", "monomials"]

#: Rows that are added up one by one.
PART = 65536.0
#: Records of so many rows ahead are fetched; and numbers in a line of memory.
_AHEAD, _LINE = 12, 8


@loops
def monomials(
    numbers: FloatArray,
    start: int,
    centers: FloatArray,
    factors: FloatArray,
    parents: Places,
    atoms: Places,
    out: FloatArray,
) -> None:
    """Fill `out`, (rows, monomials), from `numbers`, (number, all rows), its rows from `start` on.

    The first monomial is 1; each other is the one at `parents` times a number counted from its
    center, times its factor.
    """
    for i in range(out.shape[0]):
        out[i, 0] = 1.0
        for m in range(1, out.shape[1]):
            a = atoms[m]
            out[i, m] = out[i, parents[m]] * ((numbers[a, start + i] - centers[a]) * factors[a])


@loops
def add_products(
    values: FloatArray,
    records: Places,
    weights: FloatArray,
    left: Places,
    first: int,
    sums: FloatArray,
    full: FloatArray,
) -> None:
    """Add each row's products of its values at `left` with those from `first` on to its record.

    `values` is (rows, width), `sums` and `full` (records, at least 1 + len(left) * (width -
    first)); no weights are weights 1.
    """
    k = values.shape[1] - first
    size = 1 + left.size * k
    for i in range(values.shape[0]):
        if i + _AHEAD < values.shape[0]:
            for place in range(0, size, _LINE):
                prefetch(sums, records[i + _AHEAD], place)
        r = records[i]
        sums[r, 0] += 1.0
        w = weights[i] if weights.size else 1.0
        for a in range(left.size):
            own = w * values[i, left[a]]
            place = 1 + a * k
            for b in range(k):
                sums[r, place + b] += own * values[i, first + b]
        if sums[r, 0] >= PART:
            for b in range(size):
                full[r, b] += sums[r, b]
                sums[r, b] = 0.0


@loops
def add_triangle(
    values: FloatArray,
    records: Places,
    weights: FloatArray,
    chosen: Places,
    sums: FloatArray,
    full: FloatArray,
) -> None:
    """Add each row's products of pairs of its values at `chosen`, (a, b >= a), to its record."""
    for i in range(values.shape[0]):
        r = records[i]
        sums[r, 0] += 1.0
        w = weights[i] if weights.size else 1.0
        place = 1
        for a in range(chosen.size):
            own = w * values[i, chosen[a]]
            for b in range(a, chosen.size):
                sums[r, place] += own * values[i, chosen[b]]
                place += 1
        if sums[r, 0] >= PART:
            for b in range(place):
                full[r, b] += sums[r, b]
                sums[r, b] = 0.0


@loops
def add_pairs(
    keys: NDArray[np.int64],
    products: FloatArray,
    order: NDArray[np.int64],
    own_keys: NDArray[np.int64],
    own: FloatArray,
) -> int:
    """Add up rows of equal keys, read in an `order` that sorts them; return how many keys differ.

    `products` is (rows, k); the first places of `own_keys` and `own` are filled.
    """
    made = -1
    last = np.int64(-1)
    for place in range(order.size):
        i = order[place]
        if keys[i] != last:
            made += 1
            last = keys[i]
            own_keys[made] = last
            for b in range(products.shape[1]):
                own[made, b] = products[i, b]
        else:
            for b in range(products.shape[1]):
                own[made, b] += products[i, b]
    return made + 1


@loops
def merge_pairs(
    one_keys: NDArray[np.int64],
    one: FloatArray,
    two_keys: NDArray[np.int64],
    two: FloatArray,
    keys: NDArray[np.int64],
    sums: FloatArray,
) -> int:
    """Merge two sorted runs of keys with their sums; return how many keys there are."""
    i, j, made = 0, 0, 0
    while i < one_keys.size or j < two_keys.size:
        first = j >= two_keys.size or (i < one_keys.size and one_keys[i] <= two_keys[j])
        second = i >= one_keys.size or (j < two_keys.size and two_keys[j] <= one_keys[i])
        keys[made] = one_keys[i] if first else two_keys[j]
        for b in range(sums.shape[1]):
            sums[made, b] = (one[i, b] if first else 0.0) + (two[j, b] if second else 0.0)
        i += first
        j += second
        made += 1
    return made
