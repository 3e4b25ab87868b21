"""Integrals over the effects of each level of one factor: adaptive Gauss-Hermite quadrature.

Each is taken at nodes around the level's own mode, scaled by its curvature (Pinheiro and Chao
2006). One node is Laplace's approximation. Standard effects u ~ N(0, I) with b = Lambda u. Arrays
are (n_cells, batch) and (n_classes, batch), the batch last: sums over cells are then sparse
products that run along it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mixwell.infer.exact.quadrature.level_peaks import (
    STENCILS,
    Peaks,
    climb,
    curved,
    product,
    solve,
)
from mixwell.infer.exact.quadrature.tallies import Auxiliary, Seen, Tallies
from mixwell.numeric.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from mixwell.infer.exact.quadrature.cell_loops import CellLoop

__all__ = ["Compiled", "LevelIntegrals", "Point"]

#: The longest step of a level's linear predictor on the log or logit scale.
_FARTHEST = 1.5
#: How far from their mode nodes may be centered, in squared standard deviations; for Laplace.
_NEAR, _NEAREST = 0.01, 1e-18
#: Steps from a start that is thought to be near, and from none.
_HASTY, _PATIENT = 12, 100
#: Numbers in one array of pairs.
_FLAT = 400_000


@dataclass(frozen=True, eq=False)
class Point:
    """Vectors at work: coefficients (batch, p), root (q, q, 1, batch), auxiliaries (batch,).

    The coefficients are those of `columns` (n_cells, p) of the cells.
    """

    tallies: Tallies
    columns: FloatArray
    coefficients: FloatArray
    root: FloatArray
    auxiliary: Auxiliary

    @cached_property
    def fixed(self) -> FloatArray:
        """The part of linear predictors that is the same for all effects, (n_cells, batch)."""
        return np.asarray(self.columns @ self.coefficients.T + self.tallies.offset[:, None])

    @cached_property
    def seen(self) -> Seen:
        """What broadcasts with (n_cells, batch): see `Tallies.seen`."""
        return self.tallies.seen(self.auxiliary)

    def part(self, where: IntArray) -> "Point":
        """Return some of the vectors."""
        auxiliary = {name: value[where] for name, value in self.auxiliary.items()}
        return replace(
            self,
            coefficients=self.coefficients[where],
            root=self.root[..., where],
            auxiliary=auxiliary,
        )

    def seen_of(self, cells: IntArray, vectors: IntArray) -> Seen:
        """Return what was seen of pairs of a cell and a vector, (n_pairs,)."""
        whole = (np.broadcast_to(each, self.fixed.shape) for each in self.seen)
        return tuple(each[cells, vectors] for each in whole)

    def __len__(self) -> int:
        """Count the vectors."""
        return len(self.coefficients)


class Compiled:
    """A loop that is made when it is first asked for."""

    def __init__(self, make: "Callable[[], CellLoop | None]") -> None:
        self._make = make

    @cached_property
    def loop(self) -> "CellLoop | None":
        """The loop, None where there is none."""
        return self._make()

    def of(self, tallies: Tallies, cells: IntArray) -> "Compiled":
        """Return that of some of the cells, which these tallies hold."""

        def make() -> "CellLoop | None":
            return None if self.loop is None else self.loop.of(tallies, cells)

        return Compiled(make)


@dataclass(frozen=True, eq=False)
class LevelIntegrals:
    """The integrals of some cells' classes, at `nodes` nodes a dimension.

    What is computed at given places is computed by a loop that is `compiled`, where there is one.
    """

    tallies: Tallies
    nodes: int
    compiled: Compiled | None = None

    @property
    def loop(self) -> "CellLoop | None":
        """The loop over cells, None for arrays in its place."""
        return None if self.compiled is None else self.compiled.loop

    @cached_property
    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Nodes (n_nodes, q) and log weights; those of no weight in two dimensions are left out."""
        x, w = np.polynomial.hermite.hermgauss(self.nodes)
        log_w = np.log(w) + x**2
        if self.tallies.z.shape[1] == 1:
            return x[:, None], log_w
        both = np.stack(np.meshgrid(x, x, indexing="ij")[::-1], axis=-1).reshape(-1, 2)
        weights = (log_w[:, None] + log_w[None, :]).ravel()
        mass = weights - (both**2).sum(axis=1)
        kept = mass > mass.max() - 21.0
        return both[kept], weights[kept]

    def log_integrals(self, point: Point, peaks: Peaks) -> FloatArray:
        """Return each class's log integral, (n_classes, batch)."""
        nodes, weights = self.grid
        constant = 0.5 * nodes.shape[1] * np.log(np.pi)
        if self.loop is not None:
            each = self._at_all(self.loop, point, peaks, np.sqrt(2.0) * nodes)
            each += weights[:, None, None]
            top = each.max(axis=0)
            each -= top
            summed = np.log(np.exp(each, out=each).sum(axis=0))
            return np.asarray(top + summed + peaks.log_spread - constant)
        middle = next(self.heights(point, peaks, np.zeros((1, nodes.shape[1]))))
        total = np.zeros_like(middle)
        heights = self.heights(point, peaks, np.sqrt(2.0) * nodes)
        for height, weight in zip(heights, weights, strict=True):
            height -= middle - weight
            total += np.exp(height, out=height)
        return np.asarray(middle + np.log(total) + peaks.log_spread - constant)

    def without_effects(self, point: Point) -> FloatArray:
        """Return each class's log likelihood where nothing is integrated, (n_classes, batch)."""
        if self.loop is None:
            each = self.tallies.log_likelihood(point.fixed, point.auxiliary, seen=point.seen)
            return np.asarray(self.tallies.sums @ each)
        nothing = np.zeros((0, len(self.tallies.counts), len(point)))
        width = np.zeros((0, *nothing.shape))
        peaks = Peaks(nothing, width, nothing.sum(axis=0))
        return np.asarray(self._at_all(self.loop, point, peaks, np.zeros((1, 0)))[0])

    def heights(self, point: Point, peaks: Peaks, nodes: FloatArray) -> Iterator[FloatArray]:
        """Give the log density of data and u by class at each node (n_nodes, q) in turn.

        u is the mode plus spread times node; the density lacks (2 pi)^(-q / 2). Linear predictors
        are linear in the nodes: nothing but the likelihood itself is computed for every cell.
        """
        if self.loop is not None:
            yield from self._at_all(self.loop, point, peaks, nodes)
            return
        columns = np.moveaxis(peaks.spread, 1, 0)
        lines = [self._by_cell(product(point.root, column)) for column in columns]
        at_mode = self._by_cell(product(point.root, peaks.u)) + point.fixed
        last: float | None = None
        for node in nodes:
            if node[-1] != last:
                last = float(node[-1])
                u = [one + row[-1] * last for one, row in zip(peaks.u, peaks.spread, strict=True)]
                eta_last, squares = at_mode + lines[-1] * last, 0.5 * u[-1] ** 2
            if len(node) == 1:
                eta, square = eta_last, squares
            else:
                eta = lines[0] * node[0]
                eta += eta_last
                square = squares + 0.5 * (u[0] + peaks.spread[0, 0] * node[0]) ** 2
            yield self.tallies.by_class(eta, point.auxiliary, point.seen) - square

    def _at_all(
        self, loop: "CellLoop", point: Point, peaks: Peaks, nodes: FloatArray
    ) -> FloatArray:
        """Return the same of all nodes, (n_nodes, n_classes, batch)."""
        q = len(peaks.u)
        columns = [peaks.u, *np.moveaxis(peaks.spread, 1, 0)]
        moved = np.stack([product(point.root, column) for column in columns])
        lines = np.column_stack([np.ones(len(nodes)), nodes])
        effects = np.tensordot(lines, moved, 1)
        found = loop.at_nodes(effects, point.coefficients, point.auxiliary)
        lost = np.flatnonzero(~np.isfinite(found).all(axis=(0, 1)))
        # u'u is quadratic in the nodes
        pairs = [(a, b) for a in range(q + 1) for b in range(a + 1)]
        terms = np.stack([(columns[a] * columns[b]).sum(axis=0) for a, b in pairs])
        shares = [lines[:, a] * lines[:, b] * (0.5 if a == b else 1.0) for a, b in pairs]
        found -= np.tensordot(np.stack(shares, axis=1), terms, 1)
        if lost.size:  # beyond a domain, or too large for the short way
            some = Peaks(peaks.u[..., lost], peaks.spread[..., lost], peaks.log_spread[..., lost])
            plain = replace(self, compiled=None)
            part = point.part(lost)
            own = plain.heights(part, some, nodes) if q else [plain.without_effects(part)]
            found[..., lost] = list(own)
        return np.asarray(found)

    def _by_cell(self, effects: FloatArray) -> FloatArray:
        """Return what effects (q, n_classes, batch) add to the linear predictors of the cells."""
        total: FloatArray | None = None
        for k, values in enumerate(effects):
            part = np.take(values, self.tallies.index, axis=0, mode="clip")
            if not self._constant[k]:
                part *= self.tallies.z[:, k, None]
            total = part if total is None else np.add(total, part, out=total)
        assert total is not None
        return total

    @cached_property
    def _constant(self) -> list[bool]:
        return [bool((column == 1).all()) for column in self.tallies.z.T]

    def heights_of(
        self, point: Point, classes: IntArray, vectors: IntArray, u: FloatArray
    ) -> FloatArray:
        """Return the same for pairs of a class and a vector, (n, n_pairs), at u (n, q, n_pairs)."""
        if self.loop is not None:
            return self._of_pairs(self.loop, point, classes, vectors, u)
        sizes = np.diff(self.tallies.starts)[classes]
        ends = np.cumsum(sizes)
        cuts = np.searchsorted(ends, np.arange(_FLAT, ends[-1], _FLAT))
        result = np.empty((len(u), len(classes)))
        for begin, stop in zip([0, *cuts], [*cuts, len(classes)], strict=True):
            for k in range(len(u) if begin < stop else 0):
                part = slice(begin, stop)
                own = classes[part], vectors[part], u[k, :, part]
                result[k, part] = self._heights_of(point, *own)
        return result

    def _of_pairs(
        self,
        loop: "CellLoop",
        point: Point,
        classes: IntArray,
        vectors: IntArray,
        u: FloatArray,
    ) -> FloatArray:
        order = np.argsort(classes, kind="stable")
        ends = np.searchsorted(classes[order], np.arange(len(self.tallies.counts) + 1))
        root = point.root[:, :, 0, vectors]
        effects = np.stack([product(root, each)[:, order] for each in u])
        found = np.empty((len(u), len(classes)))
        given = vectors[order], ends, point.coefficients, point.auxiliary
        found[:, order] = loop.sums(effects, *given)
        found -= 0.5 * (u**2).sum(axis=1)
        lost = np.flatnonzero(~np.isfinite(found).all(axis=0))
        if lost.size:
            some = classes[lost], vectors[lost], u[..., lost]
            found[:, lost] = replace(self, compiled=None).heights_of(point, *some)
        return found

    def _heights_of(
        self, point: Point, classes: IntArray, vectors: IntArray, u: FloatArray
    ) -> FloatArray:
        starts = self.tallies.starts
        sizes = starts[classes + 1] - starts[classes]
        before = np.cumsum(sizes) - sizes
        which = np.arange(sizes.sum()) + np.repeat(starts[classes] - before, sizes)
        of = np.repeat(vectors, sizes)
        eta = point.fixed[which, of]
        for k, effects in enumerate(product(point.root[:, :, 0, vectors], u)):
            eta += self.tallies.z[which, k] * np.repeat(effects, sizes)
        auxiliary = {name: value[of] for name, value in point.auxiliary.items()}
        seen = point.seen_of(which, of)
        each = self.tallies.log_likelihood(eta, auxiliary, which, seen)
        return np.asarray(np.add.reduceat(each, before) - 0.5 * (u**2).sum(axis=0))

    def peaks(self, point: Point, start: FloatArray | None = None) -> Peaks:
        """Climb to every class's mode, from `start` or from the first vector's.

        With more than one node near it is enough. Where there is a loop it is asked for values
        alone; what is not found so is by Fisher scoring.
        """
        shape = (self.tallies.z.shape[1], len(self.tallies.counts))
        search = self._climb if self.loop is None else self._climb_by_values
        if start is None:
            first = search(point.part(np.arange(1)), np.zeros((*shape, 1)), _PATIENT)[0]
            start = np.repeat(first, len(point), axis=2)
        u, curvature, arrived = search(point, start, _HASTY)
        lost = np.flatnonzero(~arrived)
        if lost.size:
            at_zero = np.zeros((*shape, lost.size))
            again = self._climb(point.part(lost), at_zero, _PATIENT)
            u[..., lost], curvature[..., lost] = again[0], again[1]
        return curved(u, curvature)

    @property
    def _enough(self) -> float:
        return _NEAR if self.nodes > 1 else _NEAREST

    def _climb_by_values(
        self, point: Point, start: FloatArray, steps: int
    ) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        """Return the same as `_climb`, by differences of what the loop gives."""
        loop, q = self.loop, len(start)
        assert loop is not None

        def heights(u: FloatArray, width: FloatArray, vectors: IntArray) -> FloatArray:
            spread = np.zeros((q, *u.shape))
            for k in range(q):
                spread[k, k] = width[k]
            return self._at_all(loop, point.part(vectors), Peaks(u, spread, u[0]), STENCILS[q])

        def bounded(move: FloatArray, vectors: IntArray) -> FloatArray:
            return self._bounded(point.part(vectors), move)

        return climb(heights, start, bounded, steps, self._enough)

    def _climb(
        self, point: Point, u: FloatArray, steps: int
    ) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        """Return modes, curvatures, and which vectors' modes are near enough."""
        for _ in range(steps):
            gradient, curvature = self._slopes(point, u)
            move = solve(curvature, gradient)
            u = u + self._bounded(point, move)
            arrived = (move * gradient).sum(axis=0).max(axis=0, initial=0.0) <= self._enough
            if arrived.all():
                break
        if self.nodes == 1:
            curvature = self._slopes(point, u)[1]
        return u, curvature, arrived

    def _bounded(self, point: Point, move: FloatArray) -> FloatArray:
        """Shorten steps that change a linear predictor so much that the curvature is another."""
        if not self.tallies.family.link.exponential:
            return np.clip(move, -2.0, 2.0)
        change = (np.abs(product(point.root, move)) * self._reach).sum(axis=0)
        return np.asarray(move * np.minimum(1.0, _FARTHEST / np.maximum(change, 1e-12)))

    @cached_property
    def _reach(self) -> FloatArray:
        """Each class's largest absolute z, (q, n_classes, 1)."""
        size = np.abs(self.tallies.z)
        return np.maximum.reduceat(size, self.tallies.starts[:-1], axis=0).T[..., None]

    @cached_property
    def _scores(self) -> list[sparse.csr_array]:
        """For each effect the sums of cells times its z."""
        return [self.tallies.weighted_sums(column) for column in self.tallies.z.T]

    @cached_property
    def _products(self) -> dict[tuple[int, int], sparse.csr_array]:
        """For each pair of effects the sums of cells times both z."""
        z = self.tallies.z
        pairs = [(a, b) for a in range(z.shape[1]) for b in range(a + 1)]
        return {(a, b): self.tallies.weighted_sums(z[:, a] * z[:, b]) for a, b in pairs}

    def _slopes(self, point: Point, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return gradient (q, n_classes, batch) and curvature (q, q, n_classes, batch) in u."""
        q = len(u)
        score, information = self.tallies.slopes(
            self._by_cell(product(point.root, u)) + point.fixed, point.auxiliary, point.seen
        )
        gradient = np.stack([one @ score for one in self._scores])
        inner = np.empty((q, *u.shape))
        for (a, b), one in self._products.items():
            inner[a, b] = inner[b, a] = one @ information
        root = point.root
        rooted = np.stack([(root[:, a] * gradient).sum(axis=0) for a in range(q)])
        curvature = np.empty_like(inner)
        for a in range(q):
            for b in range(q):
                pairs = [root[c, a] * inner[c, d] * root[d, b] for c in range(q) for d in range(q)]
                curvature[a, b] = sum(pairs) + float(a == b)
        return rooted - u, curvature
