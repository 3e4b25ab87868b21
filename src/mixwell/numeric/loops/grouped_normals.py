"""Densities of whole groups of rows given parameters, by compiled loops over draws.

A group's residuals e have the covariance V = Z Lambda Lambda' Z' + sigma^2 W^-1, Z the columns of
the effects that are integrated out. With A = I + Lambda' Z'WZ Lambda / sigma^2 = L L' and u = L^-1
Lambda' Z'We / sigma^2 the quadratic form is e'We / sigma^2 - u'u, and |V| = |sigma^2 W^-1| |A|: no
row is gone through. A is kept between the first element of each row that is not 0 and its diagonal,
which takes little where inner levels come before the outer ones that they are nested in.
"""

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import Places, loops

__all__ = ["group_log_densities"]

#: Draws at a time, and numbers in what is kept of A in these.
_DRAWS, _KEPT = 256, 400_000
#: Diagonal elements of L whose logarithm is taken of their product.
_MULTIPLIED = 8


@loops
def _add(found: FloatArray, value: float, added: FloatArray) -> None:
    """Add a multiple of some numbers to others."""
    for d in range(found.size):
        found[d] += value * added[d]


@loops
def _multiply(found: FloatArray, factors: FloatArray) -> None:
    """Multiply some numbers by others."""
    for d in range(found.size):
        found[d] *= factors[d]


@loops
def _add_products(found: FloatArray, value: float, one: FloatArray, two: FloatArray) -> None:
    """Add a multiple of products."""
    for d in range(found.size):
        found[d] += value * (one[d] * two[d])


@loops
def _squares(
    draws: tuple[int, int],
    begin: int,
    end: int,
    one: Places,
    two: Places,
    values: FloatArray,
    effects: FloatArray,
    inner: FloatArray,
    found: FloatArray,
) -> None:
    """Put e'We in some draws into `found`: a sum over pairs of effects."""
    first, last = draws
    found[:] = 0.0
    k = begin
    while k < end:
        row = one[k]
        inner[:] = 0.0
        while k < end and one[k] == row:
            _add(inner, values[k], effects[two[k], first:last])
            k += 1
        _add_products(found, 1.0, inner, effects[row, first:last])


@loops
def _scores(
    draws: tuple[int, int],
    begin: int,
    end: int,
    heads: Places,
    roots: Places,
    pointers: IntArray,
    places: Places,
    values: FloatArray,
    effects: FloatArray,
    root: FloatArray,
    precision: FloatArray,
    found: FloatArray,
) -> None:
    """Put Lambda' Z'We / sigma^2 of a group's slots in some draws into `found`."""
    first, last = draws
    n = last - first
    for s in range(begin, end):
        own = found[s - begin, :n]
        own[:] = 0.0
        for k in range(pointers[s], pointers[s + 1]):
            _add(own, -values[k], effects[places[k], first:last])
        _multiply(own, precision[first:last])
    for s in range(begin, end):  # Lambda is lower triangular: what comes later is still whole
        column, own = s - heads[s], found[s - begin, :n]
        at = roots[s] + column * (column + 1) // 2 + column
        _multiply(own, root[at, first:last])
        for a in range(s + 1, end):
            if heads[a] != heads[s]:
                break
            row = a - heads[a]
            at = roots[s] + row * (row + 1) // 2 + column
            _add_products(own, 1.0, root[at, first:last], found[a - begin, :n])


@loops
def _coupled(
    draws: tuple[int, int],
    i: int,
    j: int,
    end: int,
    heads: Places,
    roots: Places,
    lows: Places,
    at: IntArray,
    gram: FloatArray,
    root: FloatArray,
    precision: FloatArray,
    found: FloatArray,
) -> None:
    """Put the element of A of two slots, i >= j, in some draws into `found`."""
    first, last = draws
    found[:] = 0.0
    for a in range(i, end):
        if heads[a] != heads[i]:
            break
        row = a - heads[a]
        left = roots[i] + row * (row + 1) // 2 + i - heads[i]
        for b in range(j, end):
            if heads[b] != heads[j]:
                break
            high, low = max(a, b), min(a, b)
            value = gram[at[high] + low - lows[high]]
            if value != 0.0:
                row = b - heads[b]
                right = roots[j] + row * (row + 1) // 2 + j - heads[j]
                _add_products(found, value, root[left, first:last], root[right, first:last])
    _multiply(found, precision[first:last])
    if i == j:
        found += 1.0


@loops
def group_log_densities(
    rows: FloatArray,
    log_weights: FloatArray,
    slots: IntArray,
    heads: Places,
    roots: Places,
    lows: Places,
    at: IntArray,
    gram: FloatArray,
    pointers: IntArray,
    places: Places,
    cross: FloatArray,
    pairs: IntArray,
    one: Places,
    two: Places,
    squares: FloatArray,
    effects: FloatArray,
    root: FloatArray,
    precision: FloatArray,
    found: FloatArray,
) -> None:
    """Put the log density of some groups in every draw into `found` (group, draw).

    `rows` and `log_weights` (group,) count a group's rows and add up the logarithms of their
    weights. A group's *slots* are the effects of its levels that are integrated out, between
    `slots`: of each slot `heads` is the first of its level's, `roots` where its factor's root
    begins in `root` (pairs, draw), `lows` the first slot of a level that it shares rows with, `at`
    where the elements of Z'WZ from that one on begin in `gram`. Rows of Z'R are between `pointers`:
    their columns `places`, elements `cross`. Elements of R'WR of a group are between `pairs`: their
    rows `one`, columns `two`, `squares`. What the rows are away from their mean is -R `effects`
    (M, draw), that of the response being -1; `precision` (draw,) is 1 / sigma^2.
    """
    widest, longest = 1, 1
    for g in range(len(rows)):
        begin, end = slots[g], slots[g + 1]
        widest = max(widest, end - begin)
        if end > begin:
            longest = max(longest, at[end - 1] + end - lows[end - 1] - at[begin])
    step = min(_DRAWS, max(8, _KEPT // longest))
    lower, u = np.empty((longest, step)), np.empty((widest, step))
    product = np.empty(step)
    spread = np.log(2.0 * np.pi / precision)
    for g in range(len(rows)):
        begin, end = slots[g], slots[g + 1]
        for first in range(0, len(precision), step):
            last = min(first + step, len(precision))
            draws, n = (first, last), last - first
            own, left = found[g, first:last], product[:n]
            _squares(draws, pairs[g], pairs[g + 1], one, two, squares, effects, left, own)
            _multiply(own, precision[first:last])
            parts = (pointers, places, cross, effects, root, precision)
            _scores(draws, begin, end, heads, roots, *parts, u)
            left[:] = 1.0
            for i in range(begin, end):
                row = at[i] - at[begin] - lows[i]
                score = u[i - begin, :n]
                for j in range(lows[i], i + 1):
                    element = lower[row + j, :n]
                    kept = (heads, roots, lows, at, gram, root, precision)
                    _coupled(draws, i, j, end, *kept, element)
                    other = at[j] - at[begin] - lows[j]
                    for k in range(max(lows[i], lows[j]), j):
                        _add_products(element, -1.0, lower[row + k, :n], lower[other + k, :n])
                    if j < i:  # the diagonal is kept as one over it
                        _multiply(element, lower[other + j, :n])
                        _add_products(score, -1.0, element, u[j - begin, :n])
                    else:
                        for d in range(n):
                            element[d] = 1.0 / np.sqrt(element[d])
                        _multiply(left, element)
                        _multiply(score, element)
                        _add_products(own, -1.0, score, score)
                if (i - begin) % _MULTIPLIED == _MULTIPLIED - 1 or i == end - 1:
                    for d in range(n):
                        own[d] -= 2.0 * np.log(left[d])
                    left[:] = 1.0
            _add(own, rows[g], spread[first:last])
            for d in range(n):
                own[d] = -0.5 * (own[d] - log_weights[g])
