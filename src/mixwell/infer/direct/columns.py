"""All coefficients and effects as one vector x, and the columns by which rows read it.

x holds the random effects, unit by unit and level by level, those of most levels first (a factor
before the one that it is nested in), then the coefficients of every linear predictor, a family's
own parameters and vectors. Next to an intercept columns count from their means.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mixwell.infer.direct import row_kernels
from mixwell.infer.direct.rows import LikelihoodRows, Mixed, Vectors
from mixwell.infer.direct.sparse_factor import Pattern
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import Places
from mixwell.specify.layout import CorrelationUnit
from mixwell.specify.spec import Spec

__all__ = ["PredictorColumns", "StackedColumns", "Unit", "build_columns"]

#: A predictor's columns, their places in x, those of effects with their columns, and its offset.
type Block = tuple[FloatArray, slice, Places, FloatArray, FloatArray | None]


@dataclass(frozen=True, eq=False)
class Unit:
    """Effects that share a covariance: where they begin in x, and how many levels there are.

    `places` (level, pair) are those of each level's block in the values of the upper triangle, its
    pairs by columns.
    """

    layout: CorrelationUnit
    start: int
    levels: int
    places: Places

    @property
    def size(self) -> int:
        """The number of effects."""
        return self.layout.size

    @property
    def span(self) -> slice:
        """Where the effects are in x."""
        return slice(self.start, self.start + self.levels * self.size)


@dataclass(frozen=True, eq=False)
class PredictorColumns:
    """How one linear predictor's rows read x.

    `fixed` (row, column) are the columns of the coefficients at `span`, each in one piece, as
    products with all of them go fastest; `at` and `random`
    (row, entry) the effects and their columns; `slots` (row, pair) the places of each row's pairs
    of effects in the values of the upper triangle.
    """

    fixed: FloatArray
    span: slice
    at: Places
    random: FloatArray
    slots: Places
    offset: FloatArray | None


@dataclass(frozen=True, eq=False)
class StackedColumns:
    """The linear map from x to the rows' linear predictors, and the pattern of its cross product.

    `coefficients` are the places in x of each predictor's coefficients or a family's parameter, by
    name; `random` is where they begin. `mixed` holds the places (row, pair) of the pairs of effects
    that a row has in two predictors, where these are not orthogonal.
    """

    parts: tuple[PredictorColumns, ...]
    units: tuple[Unit, ...]
    coefficients: dict[str, slice]
    vectors: tuple[str, ...]
    random: int
    pattern: Pattern
    mixed: dict[tuple[int, int], Places]

    @property
    def size(self) -> int:
        """The length of x."""
        return self.pattern.size

    def predictors(self, x: FloatArray) -> FloatArray:
        """Return the linear predictors at x, (predictor, row)."""
        eta = np.empty((len(self.parts), len(self.parts[0].fixed)))
        for part, own in zip(self.parts, eta, strict=True):
            np.dot(part.fixed, x[part.span], out=own)
            if part.offset is not None:
                own += part.offset
            if part.at.shape[1]:
                row_kernels.gather(part.at, part.random, x, own)
        return eta

    def vectors_of(self, x: FloatArray) -> Vectors:
        """Return the vectors among the parameters, by name."""
        return {name: x[self.coefficients[name]] for name in self.vectors}

    def back(self, score: FloatArray) -> FloatArray:
        """Return the derivatives by x given those by the linear predictors."""
        out = np.zeros(self.size)
        for part, own in zip(self.parts, score, strict=True):
            out[part.span] += own @ part.fixed
            if part.at.shape[1]:
                row_kernels.scatter(part.at, part.random, own, out)
        return out

    def cross(self, weights: FloatArray, mixed: Mixed | None = None) -> FloatArray:
        """Return the values of the cross product's upper triangle, by rows' weights.

        `weights` are (predictor, row), `mixed` those of two predictors.
        """
        values = np.zeros(len(self.pattern.rows))
        first, count = self.random, self.size - self.random
        square, long = np.zeros((count, count)), np.zeros((first, count))
        spans = [slice(p.span.start - first, p.span.stop - first) for p in self.parts]
        for part, own, w in zip(self.parts, spans, weights, strict=True):
            square[own, own] += part.fixed.T @ (w[:, None] * part.fixed)
            if part.at.shape[1]:
                row_kernels.cross_sparse(part.slots, part.random, w, values)
                row_kernels.cross_dense(part.at, part.random, w, part.fixed.T, long[:, own])
        for (k, j), w in (mixed or {}).items():
            one, other = self.parts[k], self.parts[j]
            both = one.fixed.T @ (w[:, None] * other.fixed)
            square[spans[k], spans[j]] += both
            square[spans[j], spans[k]] += both.T
            for part, far, own in ((one, other, spans[j]), (other, one, spans[k])):
                if part.at.shape[1]:
                    row_kernels.cross_dense(part.at, part.random, w, far.fixed.T, long[:, own])
            if (k, j) in self.mixed:
                row_kernels.cross_mixed(self.mixed[k, j], one.random, other.random, w, values)
        self.square(values, square)
        starts = self.pattern.starts[first:]
        for j in range(count):
            values[starts[j] : starts[j] + first] += long[:, j]
        return values

    def effects_cross(self, information: FloatArray) -> FloatArray:
        """Return the values of the effects' upper triangle, mixed terms too.

        `information` is (predictor, predictor, row).
        """
        values = np.zeros(int(self.pattern.starts[self.random]))
        for k, part in enumerate(self.parts):
            if part.at.shape[1]:
                row_kernels.cross_sparse(part.slots, part.random, information[k, k], values)
        for (k, j), places in self.mixed.items():
            one, other = self.parts[k].random, self.parts[j].random
            row_kernels.cross_mixed(places, one, other, information[k, j], values)
        return values

    def effects_pattern(self) -> Pattern:
        """Return the pattern of the effects alone."""
        last = int(self.pattern.starts[self.random])
        ends = [*(unit.start for unit in self.units), self.random]
        starts, rows = self.pattern.starts[: self.random + 1], self.pattern.rows[:last]
        return Pattern(starts, rows, 0, tuple(ends))

    def square(self, values: FloatArray, matrix: FloatArray) -> None:
        """Add a symmetric matrix of all coefficients to the values of the upper triangle."""
        first, starts = self.random, self.pattern.starts
        for j in range(len(matrix)):
            begin = starts[first + j] + first
            values[begin : begin + j + 1] += matrix[: j + 1, j]


def build_columns(spec: Spec, rows: LikelihoodRows, *, mixed: bool = False) -> StackedColumns:
    """Arrange a specification's coefficients and effects, and the rows' columns for them.

    The pattern has a place for every pair of effects that meet in a row's curvature; with `mixed`
    for every pair that meet in its second derivatives.
    """
    units = sorted(spec.layout.units, key=lambda unit: -len(unit.levels) * unit.size)
    begin, starts = 0, {}
    for unit in units:
        starts[unit.name] = begin
        begin += len(unit.levels) * unit.size
    random, spans = begin, dict[str, slice]()
    blocks: list[Block] = []
    for k, label in enumerate(rows.labels):
        fixed = _fixed(spec, rows, label, sum(name == label for name in rows.labels[:k]))
        if label not in spans:
            spans[label] = slice(begin, begin + fixed.shape[1])
            begin += fixed.shape[1]
        at, columns = _random(spec, rows, label, starts)
        blocks.append((fixed, spans[label], at, columns, _offset(spec, rows, label)))
    with_effects = [k for k, block in enumerate(blocks) if block[2].shape[1]]
    pairs = [pair for pair in combinations(with_effects, 2) if mixed or pair in rows.mixed]
    keys, slots = _keys(blocks, units, starts, random, pairs)
    upper_starts, upper_rows = _upper(keys, random, begin)
    ends = [*starts.values(), random]
    pattern = Pattern(upper_starts, upper_rows, begin - random, tuple(ends))
    parts = tuple(
        PredictorColumns(np.asfortranarray(fixed), span, at, columns, slot, offset)
        for (fixed, span, at, columns, offset), slot in zip(blocks, slots[0], strict=True)
    )
    made = tuple(
        Unit(unit, starts[unit.name], len(unit.levels), places)
        for unit, places in zip(units, slots[1], strict=True)
    )
    both = dict(zip(pairs, slots[2], strict=True))
    return StackedColumns(parts, made, spans, rows.vectors, random, pattern, both)


def _used[Kind: np.generic](rows: LikelihoodRows, values: NDArray[Kind]) -> NDArray[Kind]:
    return values if rows.used is None else values[rows.used]


def _fixed(spec: Spec, rows: LikelihoodRows, label: str, number: int) -> FloatArray:
    """Return the columns of a predictor's coefficients; of a vector, marks of what rows read."""
    if label in rows.vectors:
        vector = rows.family.parameter(label).vector
        assert vector is not None
        size = len(vector.labels(spec.response.levels or ()))
        read = vector.read(spec.response.levels or ())[number]
        place = rows.family.arguments(y=rows.response.values).call(read) + np.zeros(rows.n)
        return np.asarray(place[:, None] == np.arange(size), dtype=float)
    predictor = spec.predictors.get(label)
    if predictor is None:  # a number for all rows
        return np.ones((rows.n, 1))
    x = np.array(_used(rows, predictor.fixed.near()), dtype=float)
    if predictor.fixed.around_means:
        first = int(predictor.fixed.intercept)
        x[:, first:] -= predictor.fixed.centers[first:]
    return x


def _offset(spec: Spec, rows: LikelihoodRows, label: str) -> FloatArray | None:
    predictor = spec.predictors.get(label)
    if predictor is None or predictor.offset is None:
        return None
    return _used(rows, np.asarray(predictor.offset, dtype=float))


def _random(
    spec: Spec, rows: LikelihoodRows, label: str, starts: dict[str, int]
) -> tuple[Places, FloatArray]:
    """Return where a predictor's rows read effects, and the effects' columns, (row, entry)."""
    at, columns = [], []
    for unit in spec.layout.units:
        position = 0
        for found, chosen in unit.parts:
            for column in chosen:
                if found.parameter == label:
                    place = starts[unit.name] + found.index * unit.size + position
                    at.append(_used(rows, place))
                    columns.append(_used(rows, found.values[:, column]))
                position += 1
    if not at:
        return np.zeros((rows.n, 0), np.int32), np.zeros((rows.n, 0))
    order = np.argsort([int(place[0]) for place in at])  # by units: the first ones lead in pairs
    stacked = np.stack([at[i] for i in order], axis=1).astype(np.int32)
    return stacked, np.stack([columns[i] for i in order], axis=1)


def _keys(
    blocks: list[Block],
    units: list[CorrelationUnit],
    starts: dict[str, int],
    random: int,
    mixed: list[tuple[int, int]],
) -> tuple[IntArray, tuple[list[Places], list[Places], list[Places]]]:
    """Return which effects meet, as sorted numbers column * random + row, and who is where there.

    The places are those in the values of the upper triangle: of each predictor's pairs (row, pair),
    of each unit's blocks (level, pair), and of the pairs of two predictors that are asked for.
    """
    wide = [block[2].astype(np.int64) for block in blocks]
    asked: list[IntArray] = []
    for at in wide:
        pairs = [(a, b) for a in range(at.shape[1]) for b in range(a, at.shape[1])]
        asked.append(_meeting(at, at, pairs, random))
    for unit in units:
        first = starts[unit.name] + np.arange(len(unit.levels), dtype=np.int64) * unit.size
        pairs = [(i, j) for j in range(unit.size) for i in range(j + 1)]
        asked.append(np.stack([(first + j) * random + first + i for i, j in pairs], axis=1))
    for k, j in mixed:
        pairs = [(a, b) for a in range(wide[k].shape[1]) for b in range(wide[j].shape[1])]
        asked.append(_meeting(wide[k], wide[j], pairs, random))
    flat = np.concatenate([found.ravel() for found in asked] or [np.zeros(0, np.int64)])
    keys, inverse = np.unique(flat, return_inverse=True)
    places, begin = list[Places](), 0
    for found in asked:
        own = inverse[begin : begin + found.size].reshape(found.shape)
        places.append(own.astype(np.int32))
        begin += found.size
    ends = len(blocks), len(blocks) + len(units)
    return keys, (places[: ends[0]], places[ends[0] : ends[1]], places[ends[1] :])


def _meeting(one: IntArray, other: IntArray, pairs: list[tuple[int, int]], random: int) -> IntArray:
    """Return the numbers of pairs of effects, (row, pair)."""
    found = np.empty((len(one), len(pairs)), np.int64)
    for k, (a, b) in enumerate(pairs):
        low, high = np.minimum(one[:, a], other[:, b]), np.maximum(one[:, a], other[:, b])
        found[:, k] = high * random + low
    return found


def _upper(keys: IntArray, random: int, size: int) -> tuple[IntArray, IntArray]:
    """Return the upper triangle by columns: that of effects, then full columns of coefficients."""
    column = keys // max(random, 1)
    starts = np.searchsorted(column, np.arange(random + 1))
    lengths = np.arange(random + 1, size + 1)
    full = [np.arange(length) for length in lengths]
    ends = starts[-1] + np.cumsum(lengths)
    return (
        np.concatenate([starts, ends]).astype(np.int64),
        np.concatenate([keys % max(random, 1), *full]).astype(np.int64),
    )
