"""Compiled loops over a precision matrix whose largest block is eliminated level by level.

x is (s, r): s the effects of the unit with most levels, of which no two levels meet, and r the
rest. The cross terms of a level are kept together: `at` (entry,) places in r, `cross`
(entry, effect); those of r as an upper triangle by columns.
"""

from mixwell.infer.direct.factor_kernels import half_solve, half_solve_transposed
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import Places, loops, sums

__all__ = ["back_to_levels", "conjugate_gradients", "eliminate", "invert_blocks"]

#: The least and largest rate at which steps are taken to gain less and less: what is left follows.
_FAST, _SLOW = 0.1, 0.99


@loops
def invert_blocks(
    own: FloatArray, precision: FloatArray, scale: float, root: FloatArray, out: FloatArray
) -> bool:
    """Put the inverses of scale own + precision into `out`, (level, effect, effect).

    False where one is not positive definite; `root` is room, (effect, effect).
    """
    size = precision.shape[0]
    for level in range(own.shape[0]):
        inverse = out[level]
        for j in range(size):
            for i in range(j, size):
                value = scale * own[level, i, j] + precision[i, j]
                for k in range(j):
                    value -= root[i, k] * root[j, k]
                if i == j:
                    if not value > 0.0:
                        return False
                    root[j, j] = value**0.5
                else:
                    root[i, j] = value / root[j, j]
        for j in range(size):  # the root's inverse into the upper triangle, then its product
            for i in range(j, size):
                value = 1.0 if i == j else 0.0
                for k in range(j, i):
                    value -= root[i, k] * inverse[j, k]
                inverse[j, i] = value / root[i, i]
        for i in range(size):
            for j in range(i, size):
                value = 0.0
                for k in range(j, size):
                    value += inverse[i, k] * inverse[j, k]
                inverse[i, j] = value  # what of this row is left to read lies behind
        for i in range(size):
            for j in range(i):
                inverse[i, j] = inverse[j, i]
    return True


@loops
def eliminate(
    starts: IntArray,
    at: Places,
    cross: FloatArray,
    inverses: FloatArray,
    scale: float,
    level_side: FloatArray,
    rest_side: FloatArray,
) -> None:
    """Take the levels out of a right-hand side of r."""
    size = cross.shape[1]
    for level in range(len(starts) - 1):
        for i in range(size):
            moved = 0.0
            for j in range(size):
                moved += inverses[level, i, j] * level_side[level * size + j]
            moved *= scale
            for e in range(starts[level], starts[level + 1]):
                rest_side[at[e]] -= cross[e, i] * moved


@sums
def _product(
    starts: IntArray,
    at: Places,
    cross: FloatArray,
    inverses: FloatArray,
    square: float,
    columns: IntArray,
    rows: Places,
    values: FloatArray,
    x: FloatArray,
    held: FloatArray,
    out: FloatArray,
) -> None:
    """Put the Schur complement's product with x into `out`."""
    size = cross.shape[1]
    out[:] = 0.0
    for j in range(len(columns) - 1):
        own, total = x[j], 0.0
        for e in range(columns[j], columns[j + 1]):
            i, value = rows[e], values[e]
            total += value * x[i]
            if i != j:
                out[i] += value * own
        out[j] += total
    if size == 1:  # most models: nothing but sums
        for level in range(len(starts) - 1):
            value = 0.0
            for e in range(starts[level], starts[level + 1]):
                value += cross[e, 0] * x[at[e]]
            value *= square * inverses[level, 0, 0]
            for e in range(starts[level], starts[level + 1]):
                out[at[e]] -= value * cross[e, 0]
        return
    for level in range(len(starts) - 1):
        first, moved = held[0], held[1]
        first[:] = 0.0
        for e in range(starts[level], starts[level + 1]):
            for i in range(size):
                first[i] += cross[e, i] * x[at[e]]
        for i in range(size):
            value = 0.0
            for j in range(size):
                value += inverses[level, i, j] * first[j]
            moved[i] = square * value
        for e in range(starts[level], starts[level + 1]):
            value = 0.0
            for i in range(size):
                value += moved[i] * cross[e, i]
            out[at[e]] -= value


@loops
def conjugate_gradients(
    starts: IntArray,
    at: Places,
    cross: FloatArray,
    inverses: FloatArray,
    scale: float,
    columns: IntArray,
    rows: Places,
    values: FloatArray,
    split: int,
    below: IntArray,
    places: IntArray,
    entries: FloatArray,
    pivots: FloatArray,
    tail: FloatArray,
    right: FloatArray,
    x: FloatArray,
    work: FloatArray,
    tolerance: float,
    most: int,
) -> int:
    """Solve the Schur complement's equations for x, from the x given; returns the steps taken.

    They end when what is left, to judge by the last three steps, is below `tolerance` in the
    matrix's norm, in which a posterior standard deviation of any combination of x is 1; `most` + 1
    where that never comes. What is
    factorized in `split`, ..., `tail` is a matrix near it; `work` is room for rows of x.
    """
    count, size = len(x), cross.shape[1]
    residual, direction, product = work[0, :count], work[1, :count], work[2, :count]
    near, held, square = work[3, :count], work[4:6, :size], scale * scale
    _product(starts, at, cross, inverses, square, columns, rows, values, x, held, product)
    power, before = 0.0, 1.0
    gain, last, earlier = 0.0, 0.0, 0.0
    direction[:] = 0.0
    for j in range(count):
        residual[j] = right[j] - product[j]
    for step in range(most):
        near[:] = residual
        half_solve(split, below, places, entries, pivots, tail, near)
        half_solve_transposed(split, below, places, entries, pivots, tail, near)
        power = 0.0
        for j in range(count):
            power += residual[j] * near[j]
        if not power > 0.0:
            return step
        turn = power / before if step else 0.0
        for j in range(count):
            direction[j] = near[j] + turn * direction[j]
        _product(
            starts, at, cross, inverses, square, columns, rows, values, direction, held, product
        )
        bend = 0.0
        for j in range(count):
            bend += direction[j] * product[j]
        if not bend > 0.0:
            return most + 1
        share = power / bend
        for j in range(count):
            x[j] += share * direction[j]
            residual[j] -= share * product[j]
        gain = share * power
        if step > 1:
            rate = min(max((gain / earlier) ** 0.5, _FAST), _SLOW)
            if gain * rate / (1.0 - rate) <= tolerance * tolerance:
                return step + 1
        earlier, last = last, gain
        before = power
    return most + 1


@loops
def back_to_levels(
    starts: IntArray,
    at: Places,
    cross: FloatArray,
    inverses: FloatArray,
    scale: float,
    level_side: FloatArray,
    x: FloatArray,
    held: FloatArray,
    out: FloatArray,
) -> None:
    """Put the levels' effects, given those of the rest, into `out`."""
    size = cross.shape[1]
    for level in range(len(starts) - 1):
        for i in range(size):
            held[i] = level_side[level * size + i]
        for e in range(starts[level], starts[level + 1]):
            own = scale * x[at[e]]
            for i in range(size):
                held[i] -= cross[e, i] * own
        for i in range(size):
            value = 0.0
            for j in range(size):
                value += inverses[level, i, j] * held[j]
            out[level * size + i] = value
