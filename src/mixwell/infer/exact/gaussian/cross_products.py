"""Cross-products of a gaussian model's rows: all that its likelihood needs, collected once.

Rows are read in chunks, in one pass; afterward the cost of a likelihood does not depend on their
number. The factor with most columns is *eliminated*: its effects given the rest are independent
level by level. What remains, R = [Z of the other factors, X, y], is kept as one cross-product.
Levels of the eliminated factor with the same Z'Z form one class: their contributions to the
likelihood add up before any parameter is known, so that its cost depends on classes, not levels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.level_covariances import pairs_of

__all__ = ["DENSE", "Block", "Reduction", "Rows", "reduce_rows", "with_classes"]

#: Rows read at a time: their columns stay in a processor's cache, and in memory that is kept.
CHUNK = 131_072
#: Up to so many remaining columns cross-products are dense.
DENSE = 120
#: Levels of a class from which on their products are added up by a matrix product of their own.
_MANY_LEVELS = 32
#: Numbers in one array of products before they are added up: 8 MB.
_BLOCK = 1_000_000
#: Numbers that are kept as products, 200 MB; and columns from which on they are not worth it.
_KEPT_MAXIMUM, _WIDE = 25_000_000, 60
#: Elements of levels' matrices from which on compiled loops are worth a second of loading.
COMPILED = 90_000
#: So many times fewer classes than levels are worth being gone through instead.
_FEWER = 3


@dataclass(frozen=True, eq=False)
class Block:
    """The columns of one grouping factor: `values` (n, n_effects) and each row's level."""

    values: FloatArray
    index: IntArray
    n_levels: int

    @property
    def effects(self) -> int:
        """The number of effects."""
        return int(self.values.shape[1])

    @property
    def size(self) -> int:
        """The number of columns of Z."""
        return self.n_levels * self.effects


@dataclass(frozen=True, eq=False)
class Rows:
    """What is reduced: blocks, X by slices of rows, the response, row weights 1 / variance."""

    blocks: tuple[Block, ...]
    x: Callable[[slice], FloatArray]
    y: FloatArray
    weights: FloatArray | None


@dataclass(frozen=True, eq=False)
class Reduction:
    """The cross-products.

    `eliminated` is the position of the eliminated block, `rest` those of the others. With m columns
    of Z in the rest, p of X and one of y, M = m + p + 1: `base` is R'R; `cross` Z'R of the
    eliminated block, rows level by level, (n_levels * n_effects, M); both sparse where m is large.
    `gram` is Z'Z by class, (n_classes, n_effects, n_effects), `counts` the levels in each class,
    `level_class` each level's. `products` holds for each pair of effects a >= b and class the sum
    over its levels of g_a g_b' + g_b g_a' (g_a g_a' on the diagonal) with g the rows of `cross`, of
    which the lower triangle: (pairs, n_classes, M (M + 1) / 2), or sparse (positions, pairs *
    n_classes) with `positions` in M x M; None where that is not worth it. y is measured from
    X `start`; `x_means` are unweighted means of X's columns.
    """

    n: int
    sum_log_weights: float
    eliminated: int | None
    rest: tuple[int, ...]
    blocks: tuple[Block, ...]
    base: FloatArray
    cross: FloatArray | sparse.csr_array
    gram: FloatArray
    counts: FloatArray
    level_class: IntArray
    products: FloatArray | sparse.csr_array | None
    positions: IntArray | None
    start: FloatArray
    x_means: FloatArray

    @property
    def random(self) -> int:
        """How many columns of Z are left in the rest, m."""
        return sum(self.blocks[k].size for k in self.rest)

    @property
    def fixed(self) -> int:
        """The number of columns of X, p."""
        return len(self.start)

    @property
    def columns(self) -> int:
        """M = m + p + 1."""
        return self.random + self.fixed + 1

    @property
    def residual_squares(self) -> float:
        """The squares that the columns of X leave of y, without random effects."""
        corner = self.base[self.random :, self.random :]
        sizes = np.sqrt(np.diagonal(corner)[:-1])
        sizes[sizes == 0] = 1.0
        along = corner[:-1, -1] / sizes
        solved = np.linalg.lstsq(corner[:-1, :-1] / np.outer(sizes, sizes), along, rcond=None)[0]
        return float(corner[-1, -1] - along @ solved)

    @property
    def deviations(self) -> int:
        """How many deviations there are, of all blocks."""
        return sum(block.size for block in self.blocks)

    @cached_property
    def level_pairs(self) -> FloatArray:
        """Each level's Z'Z by pairs of effects, (n_levels, pairs)."""
        pairs = [self.gram[:, a, b] for a, b in pairs_of(self.gram.shape[1])]
        return np.ascontiguousarray(np.stack(pairs, axis=1)[self.level_class])

    @property
    def compiled(self) -> bool:
        """Whether levels are gone through by compiled loops: many, with few alike."""
        many = self.gram[:, 0].size * (self.gram.shape[1] + 1) // 2 >= COMPILED
        few_alike = _FEWER * len(self.counts) > len(self.level_class)
        return many and few_alike and isinstance(self.cross, np.ndarray)

    def of_levels(self, levels: slice) -> "Reduction":
        """Return what the deviations of some of the eliminated factor's levels depend on."""
        q = self.gram.shape[-1]
        used, level_class = np.unique(self.level_class[levels], return_inverse=True)
        return replace(
            self,
            cross=self.cross[levels.start * q : levels.stop * q],
            gram=self.gram[used],
            counts=np.bincount(level_class, minlength=len(used)).astype(np.float64),
            level_class=level_class,
        )


def reduce_rows(rows: Rows, *, center: bool = False, chunk: int = CHUNK) -> Reduction:
    """Collect the cross-products of rows in one pass.

    With `center` the first column of X is the constant and the others are measured from their
    means, in the cross-products only.
    """
    sizes = [block.size for block in rows.blocks]
    eliminated = int(np.argmax(sizes)) if sizes else None
    rest = tuple(k for k in range(len(sizes)) if k != eliminated)
    collected = _collect(rows, eliminated, rest, chunk)
    if center and collected.x_means.size > 1:
        collected = _centered(collected)
    return with_classes(collected)


def _collect(rows: Rows, eliminated: int | None, rest: tuple[int, ...], chunk: int) -> Reduction:
    n = len(rows.y)
    start = _start(rows, slice(0, min(chunk, n)))
    p, m = len(start), sum(rows.blocks[k].size for k in rest)
    size = m + p + 1
    base: FloatArray = np.zeros((size, size))
    lead = rows.blocks[eliminated] if eliminated is not None else _no_block(n)
    dense = m <= DENSE
    cross = np.zeros((lead.size, size if dense else p + 1))
    between: sparse.csr_array | None = None
    gram = np.zeros((lead.n_levels, lead.effects, lead.effects))
    sums = np.zeros(p)
    for begin in range(0, n, chunk):
        part = slice(begin, min(begin + chunk, n))
        x = rows.x(part)
        sums += np.ones(len(x)) @ x  # many times faster than a sum over the rows' axis
        xy = np.empty((p + 1, len(x))).T  # column by column in memory, as it is summed
        xy[:, :p] = x
        np.subtract(rows.y[part], x @ start, out=xy[:, p])
        w = None if rows.weights is None else rows.weights[part]
        _add_base(base, rows, rest, xy, w, part)
        _add_lead(gram, cross[:, -(p + 1) :], lead, xy, w, part)
        if rest:
            z = _columns(rows, rest, part)
            added = _columns(rows, (int(eliminated or 0),), part, w).T @ z
            between = added if between is None else between + added
    if between is not None and dense:
        cross[:, :m] = between.toarray()
    joined: FloatArray | sparse.csr_array = cross
    if between is not None and not dense:
        joined = sparse.csr_array(sparse.hstack([between, sparse.csr_array(cross)]))
    return Reduction(
        n=n,
        sum_log_weights=0.0 if rows.weights is None else float(np.log(rows.weights).sum()),
        eliminated=eliminated,
        rest=rest,
        blocks=rows.blocks,
        base=base,
        cross=joined,
        gram=gram,
        counts=np.ones(lead.n_levels),
        level_class=np.arange(lead.n_levels),
        products=np.zeros((0, 0, 0)),
        positions=None,
        start=start,
        x_means=sums / n,
    )


def _no_block(n: int) -> Block:
    return Block(np.zeros((n, 0)), np.zeros(n, dtype=np.int64), 0)


def _start(rows: Rows, part: slice) -> FloatArray:
    """Return coefficients near the solution, so that sums of squares keep their digits."""
    x, y = rows.x(part), rows.y[part]
    if x.shape[1] == 0:
        return np.zeros(0)
    return np.asarray(np.linalg.lstsq(x.T @ x, x.T @ y, rcond=None)[0])


def _columns(
    rows: Rows, which: Sequence[int], part: slice, w: FloatArray | None = None
) -> sparse.csr_array:
    """Return Z of some blocks on some rows, sparse, its rows multiplied by weights."""
    n = part.stop - part.start
    data, indices, offset = [], [], 0
    for k in which:
        block = rows.blocks[k]
        z = block.values[part]
        data.append(z if w is None else z * w[:, None])
        first = offset + block.index[part][:, None] * block.effects
        indices.append(first + np.arange(block.effects))
        offset += block.size
    width = sum(rows.blocks[k].effects for k in which)
    pointers = np.arange(0, n * width + 1, width)
    flat = np.concatenate(data, axis=1).ravel(), np.concatenate(indices, axis=1).ravel()
    return sparse.csr_array((*flat, pointers), shape=(n, offset))


def _add_base(
    base: FloatArray,
    rows: Rows,
    rest: tuple[int, ...],
    xy: FloatArray,
    w: FloatArray | None,
    part: slice,
) -> None:
    m = len(base) - xy.shape[1]
    weighted = xy if w is None else xy * w[:, None]
    base[m:, m:] += xy.T @ weighted
    if rest:
        z = _columns(rows, rest, part)
        corner = z.T @ weighted
        base[:m, m:] += corner
        base[m:, :m] += corner.T
        own = sparse.csr_array(z.T @ (z if w is None else _columns(rows, rest, part, w)))
        base[:m, :m] += own.toarray()


def _add_lead(
    gram: FloatArray,
    cross: FloatArray,
    lead: Block,
    xy: FloatArray,
    w: FloatArray | None,
    part: slice,
) -> None:
    """Add the eliminated block's Z'Z and Z'[X y], by counting where columns are constant."""
    levels, z, n_levels = lead.index[part], lead.values[part], lead.n_levels
    counted: list[FloatArray] = []

    def total(column: FloatArray, other: FloatArray) -> FloatArray:
        """Add up a product by level; columns of one value are single numbers."""
        if column.size == 1 and other.size == 1:
            if not counted:
                counted.append(np.bincount(levels, minlength=n_levels).astype(float))
            return np.asarray(counted[0] * (column[0] * other[0]))
        if column.size == 1 and column[0] == 1:
            return np.bincount(levels, other, n_levels)
        return np.bincount(levels, column * other, n_levels)

    columns = [_shortened(column) for column in z.T]
    others = [_shortened(column) for column in xy.T]
    for a, column in enumerate(columns):
        weighted = column if w is None else column * w
        for b, other in enumerate(columns[: a + 1]):
            found = total(other, weighted)
            gram[:, a, b] += found
            if a != b:
                gram[:, b, a] += found
        for j, other in enumerate(others):
            cross[a :: len(columns), j] += total(weighted, other)


def _shortened(column: FloatArray) -> FloatArray:
    """Return a column, or its one value where it has no other."""
    same = column[0] == column[-1] and bool((column == column[0]).all())
    return column[:1] if same else column


def _centered(found: Reduction) -> Reduction:
    """Measure X's columns after the first from their means: R becomes R T."""
    m, p = found.random, found.fixed
    base = found.base.copy()
    shift = found.x_means[1:]
    columns = slice(m + 1, m + p)
    base[:, columns] -= np.outer(base[:, m], shift)
    base[columns, :] -= np.outer(shift, base[m, :])
    change = np.eye(found.columns)
    change[m, columns] = -shift
    if isinstance(found.cross, np.ndarray):
        cross: FloatArray | sparse.csr_array = found.cross @ change
    else:
        cross = sparse.csr_array(found.cross @ sparse.csr_array(change))
    start = found.start.copy()
    if p:
        start[0] += shift @ start[1:]
    return replace(found, base=base, cross=cross, start=start)


def with_classes(found: Reduction) -> Reduction:
    """Sort levels into classes with the same Z'Z and add up their products."""
    n_levels, q = found.gram.shape[:2]
    if n_levels == 0:
        return found
    flat = np.stack([found.gram[:, a, b] for a, b in pairs_of(q)], axis=1)
    scale = np.abs(flat).max(axis=0)
    rounded = np.round(flat / np.where(scale > 0, scale, 1.0), 12)
    if found.compiled and _FEWER * len(np.unique(rounded[:, -1])) > n_levels:
        return replace(found, products=None)  # every level is as good as a class of its own
    if q == 1:
        rounded = rounded[:, 0]
    _, first, of_level, counts = np.unique(
        rounded, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    sorted_in = replace(
        found,
        gram=found.gram[first],
        counts=counts.astype(float),
        level_class=of_level.ravel().astype(np.int64),
    )
    if isinstance(found.cross, np.ndarray):
        kept = _dense_products(sorted_in, found.cross) if _worth_keeping(sorted_in) else None
        return replace(sorted_in, products=kept)
    products, positions = _sparse_products(sorted_in, found.cross)
    return replace(sorted_in, products=products, positions=positions)


def _worth_keeping(found: Reduction) -> bool:
    """Whether products of classes cost less, of time or room, than a pass over the levels."""
    if found.compiled:
        return False
    size, classes = found.columns, len(found.counts)
    numbers = len(pairs_of(found.gram.shape[1])) * classes * size * (size + 1) // 2
    narrow = size <= _WIDE or 2 * classes <= len(found.level_class)
    return numbers <= _KEPT_MAXIMUM and narrow


def _dense_products(found: Reduction, cross: FloatArray) -> FloatArray:
    q, size = found.gram.shape[1], found.columns
    lower = np.tril_indices(size)
    order = np.argsort(found.level_class, kind="stable")
    g = cross.reshape(-1, q, size)
    counts = found.counts.astype(np.int64)
    ends = np.cumsum(counts)
    result = np.empty((len(pairs_of(q)), len(counts), len(lower[0])))
    for c in np.flatnonzero(counts > _MANY_LEVELS):
        own = g[order[ends[c] - counts[c] : ends[c]]]
        for one, (a, b) in zip(result, pairs_of(q), strict=True):
            product = own[:, a].T @ own[:, b]
            one[c] = (product if a == b else product + product.T)[lower]
    few = np.flatnonzero(counts <= _MANY_LEVELS)
    step = max(1, _BLOCK // (_MANY_LEVELS * len(lower[0])))
    for classes in (few[i : i + step] for i in range(0, len(few), step)):
        sizes = counts[classes]
        starts = np.cumsum(sizes) - sizes
        places = np.repeat(ends[classes] - sizes - starts, sizes) + np.arange(sizes.sum())
        own = g[order[places]]
        for one, (a, b) in zip(result, pairs_of(q), strict=True):
            each = own[:, a, lower[0]] * own[:, b, lower[1]]
            if a != b:
                each += own[:, b, lower[0]] * own[:, a, lower[1]]
            one[classes] = each if (sizes == 1).all() else np.add.reduceat(each, starts)
    return result


def _sparse_products(
    found: Reduction, cross: sparse.csr_array
) -> tuple[sparse.csr_array, IntArray]:
    """Return products of the lower triangle only, as a matrix from classes to positions."""
    q, size = found.gram.shape[1], found.columns
    pairs = pairs_of(q)
    where, column, value = [], [], []
    for c in range(len(found.counts)):
        levels = np.flatnonzero(found.level_class == c)
        own = [cross[levels * q + a] for a in range(q)]
        for k, (a, b) in enumerate(pairs):
            product = own[a].T @ own[b]
            both = sparse.tril(product if a == b else product + product.T).tocoo()
            where.append(both.row.astype(np.int64) * size + both.col)
            column.append(np.full(both.nnz, k * len(found.counts) + c))
            value.append(both.data)
    flat = np.concatenate(where)
    positions, rows = np.unique(flat, return_inverse=True)
    shape = (len(positions), len(found.counts) * len(pairs))
    parts = (np.concatenate(value), (rows, np.concatenate(column)))
    return sparse.csr_array(sparse.coo_array(parts, shape=shape)), positions
