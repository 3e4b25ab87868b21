"""What the likelihood of a linear mixed model says of its variances, in sums over groups of rows.

With V = I + Z D Z' in units of the residual variance and G_i the derivative of V in an element of
D, degrees of freedom need traces and products of V^-1 G_i. Rows that share no level, directly or
through others, are independent: V is block diagonal in such *components*, and each needs W = Z'
V^-1 Z of its own levels alone. Components of the same shape go side by side. The derivative in the
scale of V is V itself: it stands first, and costs nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["LevelEffects", "VarianceMoments", "numbers_held", "variance_moments"]


@dataclass(frozen=True, eq=False)
class LevelEffects:
    """The effects of one grouping factor.

    `values` is (n, k), `index` each row's level, `root` (k, k) the lower triangular root of the
    effects' covariance in units of the residual standard deviation; effects of one of the `units`
    are correlated, others are not.
    """

    values: FloatArray
    index: IntArray
    n_levels: int
    root: FloatArray
    units: tuple[tuple[int, ...], ...]

    @property
    def effects(self) -> int:
        """The number of effects, k."""
        return int(self.values.shape[1])

    @property
    def covariance(self) -> FloatArray:
        """The effects' covariance, (k, k), in units of the residual variance."""
        return self.root @ self.root.T

    @property
    def elements(self) -> list[tuple[int, int]]:
        """The elements (a, c), a >= c, of the covariance that are parameters, unit by unit."""
        return [(a, c) for unit in self.units for i, a in enumerate(unit) for c in unit[: i + 1]]


@dataclass(frozen=True, eq=False)
class VarianceMoments:
    """Sums over all rows, for K directions: the scale of V, then every element of every D.

    With A (n, m) the columns given, `products` is A'V^-1 A, `slopes` (K, m, m) are the
    A'V^-1 G_i V^-1 A, `bends` (K, K, m, m) the A'V^-1 G_i V^-1 G_j V^-1 A, `trace` (K,) and
    `traces` (K, K) those of V^-1 G_i and of V^-1 G_i V^-1 G_j.
    """

    products: FloatArray
    slopes: FloatArray
    bends: FloatArray
    trace: FloatArray
    traces: FloatArray

    def of(self, change: FloatArray) -> "VarianceMoments":
        """Return the same of the columns A C, with C (m, m')."""
        return VarianceMoments(
            change.T @ self.products @ change,
            change.T @ self.slopes @ change,
            change.T @ self.bends @ change,
            self.trace,
            self.traces,
        )


@dataclass(frozen=True, eq=False)
class _Shape:
    """Components with as many levels of each factor: where these stand in their columns of Z.

    `starts` is each factor's first column, `rows` and `slots` say which rows are whose; `places`
    holds for each factor the first column of each of these rows' level.
    """

    starts: tuple[int, ...]
    levels: tuple[int, ...]
    size: int
    count: int
    rows: IntArray
    slots: IntArray
    places: tuple[IntArray, ...]


def numbers_held(effects: Sequence[LevelEffects]) -> float:
    """Return how many numbers `variance_moments` holds at a time, roughly."""
    return max((8.0 * shape.count * shape.size**2 for shape in _shapes(effects)), default=0.0)


def variance_moments(columns: FloatArray, effects: Sequence[LevelEffects]) -> VarianceMoments:
    """Return the moments of `columns` (n, m) at the effects' covariances.

    >>> moments = variance_moments(np.ones((4, 1)), [])
    >>> moments.products.tolist(), moments.traces.tolist()
    ([[4.0]], [[4.0]])
    """
    n, m = columns.shape
    elements = [(k, pair) for k, each in enumerate(effects) for pair in each.elements]
    size = len(elements) + 1
    made = VarianceMoments(
        columns.T @ columns,
        np.zeros((size, m, m)),
        np.zeros((size, size, m, m)),
        np.zeros(size),
        np.zeros((size, size)),
    )
    for shape in _shapes(effects):
        _add(made, shape, columns, effects, elements)
    made.slopes[0] = made.products
    made.bends[0, 0] = made.products
    made.bends[0], made.bends[:, 0] = made.slopes, made.slopes
    made.trace[0] = n
    made.traces[0], made.traces[:, 0] = made.trace, made.trace
    return made


def _components(effects: Sequence[LevelEffects]) -> tuple[IntArray, list[IntArray]]:
    """Return the component of every row, and of every level of each factor."""
    n = len(effects[0].index)
    starts = n + np.cumsum([0, *(e.n_levels for e in effects)])
    links = np.concatenate([start + e.index for start, e in zip(starts, effects, strict=False)])
    rows = np.tile(np.arange(n), len(effects))
    graph = sparse.coo_array((np.ones(len(rows), bool), (rows, links)), shape=(starts[-1],) * 2)
    _, found = csgraph.connected_components(graph, directed=False)
    _, component = np.unique(found, return_inverse=True)
    own = [component[a:b] for a, b in pairwise(starts.tolist())]
    return component[:n], own


def _shapes(effects: Sequence[LevelEffects]) -> Iterator[_Shape]:
    """Yield the components, those with as many levels of each factor together."""
    if not effects:
        return
    of_row, of_level = _components(effects)
    count = int(of_row.max()) + 1
    levels = np.stack([np.bincount(own, minlength=count) for own in of_level], axis=1)
    shapes, shape_of = np.unique(levels, axis=0, return_inverse=True)
    slot = np.zeros(count, dtype=np.int64)
    for s in range(len(shapes)):
        members = np.flatnonzero(shape_of == s)
        slot[members] = np.arange(len(members))
    by_shape = np.argsort(shape_of[of_row], kind="stable")
    ends = np.cumsum(np.bincount(shape_of[of_row], minlength=len(shapes)))
    ranks = [_rank_within(own) for own in of_level]
    for s, own in enumerate(shapes):
        rows = by_shape[ends[s - 1] if s else 0 : ends[s]]
        widths = [int(c) * e.effects for c, e in zip(own, effects, strict=True)]
        starts = np.cumsum([0, *widths])
        places = tuple(
            start + rank[e.index[rows]] * e.effects
            for start, rank, e in zip(starts, ranks, effects, strict=False)
        )
        yield _Shape(
            tuple(starts[:-1].tolist()),
            tuple(own.tolist()),
            int(starts[-1]),
            int((shape_of == s).sum()),
            rows,
            slot[of_row[rows]],
            places,
        )


def _rank_within(groups: IntArray) -> IntArray:
    """Return for each member how many of its group come before it."""
    order = np.argsort(groups, kind="stable")
    first = np.cumsum(np.bincount(groups)) - np.bincount(groups)
    rank = np.empty(len(groups), dtype=np.int64)
    rank[order] = np.arange(len(groups)) - first[groups[order]]
    return rank


def _add(
    made: VarianceMoments,
    shape: _Shape,
    columns: FloatArray,
    effects: Sequence[LevelEffects],
    elements: Sequence[tuple[int, tuple[int, int]]],
) -> None:
    """Add what components of one shape contribute."""
    q = shape.size
    z = _level_columns(shape, effects)
    own = columns[shape.rows]
    crossed = (z @ own).reshape(shape.count, q, -1)
    gram = _blocks(z, shape)
    moved = _times_covariance(gram, shape, effects)
    moved[:, np.arange(q), np.arange(q)] += 1.0
    solved = np.linalg.solve(moved, np.concatenate([gram, crossed], axis=2))
    w, u = solved[:, :, :q], solved[:, :, q:]
    w = 0.5 * (w + w.transpose(0, 2, 1))
    spread = _times_covariance(crossed.transpose(0, 2, 1), shape, effects)
    made.products[...] -= np.einsum("cmq,cqn->mn", spread, u)
    pairs = [_pairs(shape, effects[k].effects, k, *pair) for k, pair in elements]
    for i, (to_i, from_i) in enumerate(pairs, start=1):
        made.trace[i] += w[:, to_i, from_i].sum()
        left = u[:, from_i]
        made.slopes[i] += np.einsum("cum,cun->mn", left, u[:, to_i])
        for j, (to_j, from_j) in enumerate(pairs[:i], start=1):
            here, there = w[:, to_j[:, None], from_i], w[:, to_i[:, None], from_j]
            traces = np.einsum("cuv,cvu->", here, there)
            between = w[:, to_i[:, None], to_j] @ u[:, from_j]
            bend = np.einsum("cum,cun->mn", left, between)
            made.traces[i, j] += traces
            made.bends[i, j] += bend
            if i != j:
                made.traces[j, i] += traces
                made.bends[j, i] += bend.T


def _level_columns(shape: _Shape, effects: Sequence[LevelEffects]) -> sparse.csr_array:
    """Return Z' of the components, one below the other: (count * size, rows)."""
    values, places, rows = [], [], []
    for e, place in zip(effects, shape.places, strict=True):
        for a in range(e.effects):
            values.append(e.values[shape.rows, a])
            places.append(shape.slots * shape.size + place + a)
            rows.append(np.arange(len(shape.rows)))
    data = (np.concatenate(values), (np.concatenate(places), np.concatenate(rows)))
    return sparse.csr_array(data, shape=(shape.count * shape.size, len(shape.rows)))


def _blocks(z: sparse.csr_array, shape: _Shape) -> FloatArray:
    """Return Z'Z of each component, (count, size, size)."""
    whole = (z @ z.T).tocoo()
    row, column = whole.coords
    gram = np.zeros((shape.count, shape.size, shape.size))
    gram[row // shape.size, row % shape.size, column % shape.size] = whole.data
    return gram


def _times_covariance(
    left: FloatArray, shape: _Shape, effects: Sequence[LevelEffects]
) -> FloatArray:
    """Return a (count, rows, size) array times D, which is block diagonal."""
    made = np.empty_like(left)
    for start, levels, e in zip(shape.starts, shape.levels, effects, strict=True):
        span = slice(start, start + levels * e.effects)
        own = left[:, :, span].reshape(*left.shape[:2], levels, e.effects)
        made[:, :, span] = (own @ e.covariance).reshape(*left.shape[:2], -1)
    return made


def _pairs(shape: _Shape, k: int, factor: int, a: int, c: int) -> tuple[IntArray, IntArray]:
    """Return the places that the derivative of D in an element is 1 at: (rows, columns)."""
    first = shape.starts[factor] + k * np.arange(shape.levels[factor])
    if a == c:
        return first + a, first + a
    return np.concatenate([first + a, first + c]), np.concatenate([first + c, first + a])
