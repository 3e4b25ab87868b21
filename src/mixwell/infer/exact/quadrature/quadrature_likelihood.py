"""The likelihood of one grouping factor's model, its effects integrated out by quadrature.

It is a product over levels of integrals of one or two dimensions. Without random effects nothing is
integrated, and the likelihood is that of the cells. Batched over vectors.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from mixwell.infer.exact.parameters import Parameters, Values
from mixwell.infer.exact.quadrature.guide import Guide, Home, build_guide, joined
from mixwell.infer.exact.quadrature.level_integrals import Compiled, LevelIntegrals, Point
from mixwell.infer.exact.quadrature.level_peaks import Peaks, product
from mixwell.infer.exact.quadrature.tallies import Auxiliary, Tallies
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.spec import Spec
from mixwell.threads import in_threads

__all__ = ["NODES", "STEP", "QuadratureLikelihood"]

NODES = 15
#: Numbers in one array of a batch: small enough for a processor's cache.
_BLOCK = 60_000
#: From so many vectors for each parameter on, modes are predicted from those at their median.
_MANY = 5
#: The steps that show how, and how far vectors go that need no search: those of differences.
STEP, _NARROW = 0.01, 0.03
#: Pieces of data of so many cells.
_PIECE = 6_000
#: Numbers that classes have at all nodes in one batch.
_HELD = 400_000
#: How far from home predicted modes are relied on, in axes.
_REACH = 2.5


@dataclass(frozen=True, eq=False)
class QuadratureLikelihood:
    """The likelihood of t = (parameters, sds, correlation, coefficients), effects integrated out.

    Coefficients are those of predictors centered at `x_means`, where there are any; the intercept
    is the first of them, or in the vector `holder`. One of costly values has a `home`, near which
    it is asked: levels' modes are predicted from those there. `shift` is what more nodes add to the
    log likelihood. Where the tallies are of some levels only, these stand for `weight` times as
    many. A loop over their cells is `compiled` where it pays.
    """

    spec: Spec
    tallies: Tallies
    parameters: Parameters
    columns: FloatArray
    x_means: FloatArray
    keys: tuple[str, ...]
    holder: str | None = None
    nodes: int = NODES
    home: Home | None = None
    compiled: Compiled | None = None
    shift: float = 0.0
    weight: float = 1.0

    @property
    def cost(self) -> int:
        """The number of likelihoods of cells behind one vector's."""
        return len(self.tallies.s) * self._nodes

    @property
    def _nodes(self) -> int:
        """The number of nodes in all dimensions."""
        return len(self.levels.grid[0]) if self.parameters.factors else 1

    @cached_property
    def levels(self) -> LevelIntegrals:
        """The integrals over each level's effects."""
        return LevelIntegrals(self.tallies, self.nodes, self.compiled)

    def log_likelihood(self, t: FloatArray) -> FloatArray:
        """Return the log likelihood of t, (batch,), random effects integrated out."""
        values = self.parameters.values(t)
        if self.home is None:
            total = self._of_tallies(t)
        else:
            total = self.shift + np.sum(
                in_threads(lambda p: p._of_tallies(t), self._pieces), axis=0
            )
        return self.weight * total + self.tallies.constant(self._auxiliary(values))

    def _of_tallies(self, t: FloatArray) -> FloatArray:
        """Return the log likelihood less the terms that are free of the linear predictor."""
        guide = self.guide(t)

        def one(part: FloatArray) -> FloatArray:
            return np.asarray(self.tallies.counts @ self._integrals(part, guide))

        total = np.concatenate(in_threads(one, self.blocks(t)))
        total += self.coefficients(self.parameters.values(t)) @ self._linear[:, :-1].sum(axis=0)
        total += self._linear[:, -1].sum()
        return total

    @cached_property
    def _pieces(self) -> list[Self]:
        """The levels in pieces whose numbers stay near the processor."""
        return [self.of_levels(levels) for levels in self._cuts]

    @cached_property
    def _cuts(self) -> list[IntArray]:
        n = self.tallies.n_levels
        step = max(1, n * _PIECE // max(1, len(self.tallies.s)))
        places = np.arange(n)
        return [places[i : i + step] for i in range(0, n, step)]

    def by_level(self, t: FloatArray) -> FloatArray:
        """Return each level's log likelihood, (batch, n_levels), its effects integrated out."""
        guide, values = self.guide(t), self.parameters.values(t)
        parts = [self._integrals(part, guide) for part in self.blocks(t)]
        integrals = np.concatenate(parts, axis=1).T[:, self.tallies.level_class]
        linear = self.coefficients(values) @ self._linear[:, :-1].T + self._linear[:, -1]
        return np.asarray(integrals + linear + self.tallies.constants(self._auxiliary(values)))

    def blocks(self, t: FloatArray) -> list[FloatArray]:
        """Return vectors in parts whose numbers stay near the processor."""
        step = max(1, _BLOCK // max(1, len(self.tallies.s)))
        if self.levels.loop is not None:  # it holds what classes have at nodes, nothing of cells
            step = max(1, _HELD // (len(self.tallies.counts) * 2 * self._nodes))
        return [t[i : i + step] for i in range(0, len(t), step)]

    @cached_property
    def _linear(self) -> FloatArray:
        """What each level adds to its class's integral, linear in the columns' coefficients."""
        linear = self.tallies.away.copy()
        if self.x_means.size:
            linear[:, :-1] -= np.outer(linear[:, 0], self.x_means)
        return linear

    def coefficients(self, values: Values) -> FloatArray:
        """Return the coefficients, (batch, columns), out of values."""
        b = [values.scalars[key] for key in self.keys]
        batch = len(next(iter({**values.scalars, **values.vectors}.values()), ()))
        return np.stack(b, axis=1) if b else np.zeros((batch, 0))

    def _auxiliary(self, values: Values) -> Auxiliary:
        known = {**values.scalars, **values.vectors}
        return {name: known[name] for name in self.spec.auxiliary}

    def point(self, t: FloatArray) -> Point:
        """Return what the integrals over levels take of vectors, (batch, size)."""
        values = self.parameters.values(t)
        root = np.zeros((0, 0, 1, len(t)))
        if values.roots:
            root = np.moveaxis(values.roots[0], 0, -1)[:, :, None]
        own = self.coefficients(values), root, self._auxiliary(values)
        return Point(self.tallies, self.columns, *own)

    def guide(self, t: FloatArray) -> Guide | None:
        """Return what is known of modes near the middle of many vectors, or near the home."""
        if self.home is not None:
            return self.home.guide
        if len(t) < _MANY * (t.shape[1] + 1) or self.nodes == 1 or not self.parameters.factors:
            return None
        middle = np.median(t, axis=0)
        narrow = np.abs(t - middle).max() <= _NARROW
        reach = np.inf if narrow else 0.0
        return build_guide(self.peaks, middle, STEP * np.eye(len(middle)), reach)

    def guide_around(self, t: FloatArray, axes: FloatArray) -> Guide:
        """Find what is known of modes around t (size,), by steps along the axes (axis, size)."""
        guides = in_threads(lambda p: build_guide(p.peaks, t, axes, _REACH), self._pieces)
        if len(guides) == 1:
            return guides[0]
        return joined(guides, [self._classes(levels) for levels in self._cuts])

    def _classes(self, levels: slice | IntArray) -> IntArray:
        """Return the classes of some levels, in order."""
        return np.unique(self.tallies.level_class[levels])

    def peaks(self, t: FloatArray) -> Peaks:
        """Search for the modes of classes at t."""
        with np.errstate(all="ignore"):
            return replace(self.levels, nodes=1).peaks(self.point(t))

    def peaks_near(self, t: FloatArray, guide: Guide | None) -> Peaks:
        """Return what is near enough to the modes of classes at t, predicted or searched for."""
        if guide is None:
            return self.levels.peaks(self.point(t))
        found, far = guide.peaks(t), np.flatnonzero(guide.far(t))
        if far.size:
            searched = self.levels.peaks(self.point(t[far]), found.u[..., far])
            found.u[..., far], found.spread[..., far] = searched.u, searched.spread
            found.log_spread[..., far] = searched.log_spread
        return found

    def _integrals(self, t: FloatArray, guide: Guide | None) -> FloatArray:
        """Return each class's log integral, (n_classes, batch)."""
        with np.errstate(all="ignore"):  # of each thread its own
            point = self.point(t)
            if not self.parameters.factors:
                return self.levels.without_effects(point)
            return self.levels.log_integrals(point, self.peaks_near(t, guide))

    def modes(self, t: FloatArray) -> FloatArray:
        """Return each level's conditional mode given one t, (n_levels, q), on the link scale."""
        point, peaks = self.point(t[None]), self.peaks(t[None])
        return np.asarray(product(point.root, peaks.u)[:, self.tallies.level_class, 0].T)

    def of_levels(self, levels: slice | IntArray, *, weight: float = 1.0) -> Self:
        """Return the target of some levels, which stand for `weight` times as many."""
        tallies, cells = self.tallies.of_levels(levels)
        own = None if self.compiled is None else self.compiled.of(tallies, cells)
        columns = self.columns[cells]
        home = None if self.home is None else self.home.of(self._classes(levels))
        some = replace(self, tallies=tallies, columns=columns, compiled=own, home=home)
        return replace(some, weight=weight)
