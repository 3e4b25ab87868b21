"""Generalized mixed models with one grouping factor, its effects integrated out by quadrature.

The likelihood is a product over levels of integrals of one or two dimensions. Without random
effects nothing is integrated, and the likelihood is that of the cells. Batched over vectors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product as pairs
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.exact.gaussian.gaussian_target import (
    Drawn,
    Keeper,
    fixed_entries,
    starting_point,
)
from mixwell.infer.exact.later import HELD, Later, Streamed
from mixwell.infer.exact.parameters import Parameters, Values, build_parameters
from mixwell.infer.exact.quadrature.counted_rows import build_tallies, is_whole
from mixwell.infer.exact.quadrature.guide import Guide, Home, build_guide, joined
from mixwell.infer.exact.quadrature.level_draws import (
    draw_levels,
    highest_ratios,
    shown_vectors,
)
from mixwell.infer.exact.quadrature.level_integrals import Compiled, LevelIntegrals, Point
from mixwell.infer.exact.quadrature.level_peaks import Peaks, product
from mixwell.infer.exact.quadrature.level_shapes import LevelShapes, level_shapes
from mixwell.infer.exact.quadrature.tallies import Auxiliary, Tallies
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.search.mode import find_top
from mixwell.specify.scales import response_units, typical_vector
from mixwell.specify.spec import Spec
from mixwell.threads import in_threads

if TYPE_CHECKING:
    from mixwell.infer.exact.quadrature.cell_loops import CellLoop

__all__ = ["NODES", "LaterLevels", "QuadratureTarget", "quadrature_target"]

NODES = 15
_PILOT_NODES, _FEWEST_NODES = 5, 3
#: Nodes where 15 are too few, and the error of a log likelihood that calls for more.
_FINER, _ERROR = (25, 41, 61), 0.05
#: Numbers in one array of a batch: small enough for a processor's cache.
_BLOCK = 60_000
#: From so many vectors for each parameter on, modes are predicted from those at their median.
_MANY = 5
#: The steps that show how, and how far vectors go that need no search: those of differences.
_STEP, _NARROW = 0.01, 0.03
#: Weighted vectors for each draw where they are cheap; of costly ones the least share.
_SURPLUS, _FEWEST = 3, 0.25
#: From so many cells times nodes on a vector is costly; above these there are fewer than draws.
_COSTLY, _AFFORDED = 5_000, 20_000
#: From so many on little is computed that need not be: data in pieces of so many cells, few nodes.
_VAST, _PIECE = 20_000, 6_000
#: Numbers that classes have at all nodes in one batch.
_HELD = 400_000
#: How far from home predicted modes are relied on, in axes.
_REACH = 2.5
#: Nodes that may be enough there, and how far their error may differ between parameters.
_FEW, _UNEVEN = (3, 4, 5, 7, 9, 11), 0.02
#: Nodes that are right for all purposes there, of one effect and of two.
_RIGHT = {1: 25, 2: 17}
#: Cells that stand for all: of so many levels.
_SAMPLE, _LEAST = 15_000, 100
#: Values that show whether a surrogate is as good as the target.
_CHECKS = 64


@dataclass(frozen=True, eq=False)
class QuadratureTarget:
    """The marginal posterior of t = (parameters, sds, correlation, coefficients).

    Coefficients are those of predictors centered at `x_means`, where there are any; the intercept
    is the first of them, or in the vector `holder`. A target of costly values has a
    `home`, near which it is asked: levels' modes are predicted from those there. `shift` is what
    more nodes add to the log likelihood. Where the tallies are of some levels only, these stand for
    `weight` times as many. A loop over their cells is `compiled` where it pays.
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
    def sparing(self) -> bool:
        """Whether values are so costly that a surrogate pays: a tenth of a millisecond or more."""
        return self._cost > _COSTLY

    def vectors(self, n: int) -> int:
        """Return how many vectors are weighted for `n` draws: fewer where each is costly."""
        if not self.sparing:
            return _SURPLUS * n
        return int(n * np.clip(_AFFORDED / self._cost, _FEWEST, 1.0))

    @property
    def large(self) -> bool:
        """Whether it is asked near its home, and searches begin there alone."""
        return self.home is not None

    @property
    def dear(self) -> bool:
        """Whether values are so costly that a search should begin near its end."""
        return bool(self.parameters.factors) and self._cost > _VAST

    def near(self, t: FloatArray) -> "QuadratureTarget":
        """Return the same to be asked near t: modes of levels are searched for from those there."""
        guide = self._guide_around(t, _STEP * np.eye(len(t)))
        return replace(self, home=Home(t, guide.start_alone))

    @property
    def _cost(self) -> int:
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

    @cached_property
    def _coarse(self) -> "QuadratureTarget":
        few = _PILOT_NODES if self.compiled is None else _FEWEST_NODES
        return replace(self, nodes=min(self.nodes, few))

    @property
    def pilot(self) -> int:
        """How many values a pilot takes."""
        return 200 if self.home is None else 60

    @property
    def checks(self) -> int:
        """How many values show whether a surrogate is as good as the target; 0 to compute all."""
        return 0 if self.home is None else _CHECKS

    def refined(self) -> "QuadratureTarget":
        """Return the same with nodes enough to be right to 0.05 around the mode, at least as many.

        What matters is looked at: the mode, and standard deviations larger than there.
        """
        if not self.parameters.factors or self.nodes < NODES:
            return self
        if self._cost > _VAST:
            return self._economical()
        mode = find_top(self.rough, self.start, tolerance=0.3)
        points = [mode.t]
        for i in self.parameters.sds(*self.parameters.factors):
            wider = mode.t.copy()
            wider[i] += np.sqrt(mode.covariance[i, i])
            points.append(wider)
        chosen, t = self, np.array(points)
        values = chosen.log_likelihood(t)
        for nodes in (n for n in _FINER if n > self.nodes):
            finer = replace(self, nodes=nodes)
            found = finer.log_likelihood(t)
            if not np.abs(found - values).max() > _ERROR:
                break
            chosen, values = finer, found
        return chosen

    def _economical(self) -> "QuadratureTarget":
        """Return the same with a home, and with no more nodes than make the error even around it.

        What nodes miss is a sum over so many levels that it hardly depends on the parameters: it is
        computed once, at the home.
        """
        n = self.tallies.n_levels
        count = max(_LEAST, n * _SAMPLE // len(self.tallies.s))
        levels = np.sort(np.random.default_rng(0).permutation(n)[:count])
        some = self if count >= n else self.of_levels(levels, weight=n / len(levels))
        mode = find_top(some.rough, self.start, tolerance=0.3)
        away = 1.5 * np.linalg.cholesky(mode.covariance).T
        points = np.concatenate([mode.t[None], mode.t + away, mode.t - away])
        guide, most = some._guide_around(mode.t, away), _RIGHT[self.tallies.z.shape[1]]
        searching = Home(mode.t, guide.start_alone)
        right = replace(some, nodes=most, home=searching).log_likelihood(points)
        for home, nodes in pairs((Home(mode.t, guide), searching), (*_FEW, self.nodes, most)):
            error = replace(some, nodes=nodes, home=home).log_likelihood(points) - right
            if np.ptp(error) <= _UNEVEN:
                break
        if some is self:
            return replace(self, nodes=nodes, home=home, shift=-float(error[0]))
        guide = self._guide_around(mode.t, away)
        home = Home(mode.t, guide if home.guide.reach else guide.start_alone)
        found = replace(self, nodes=nodes, home=home)
        at_home = mode.t[None]
        more = replace(found, nodes=most).log_likelihood(at_home) - found.log_likelihood(at_home)
        return replace(found, shift=float(more[0]))

    def keeper(self, draws: int, vectors: int, rng: np.random.Generator) -> None:
        """Keep nothing of a density for the draws: modes are found again soon."""

    def rough(self, t: FloatArray) -> FloatArray:
        """Return the log density with few nodes, for shaping the proposal."""
        return self._coarse.log_density(t)

    @cached_property
    def start(self) -> FloatArray:
        """A rough guess of t: the coefficients at their priors' centers, sds at 0.5."""
        if self.home is not None:
            return self.home.t
        guesses = {}
        units = response_units(self.spec.family, self.spec.response)
        scale = units["spread"] if self.spec.family.link.linear else 1.0
        for name in (n for n in self.spec.auxiliary if n not in self.spec.vectors):
            guesses[name] = self.spec.family.parameter(name).start(units)
        for found in self.parameters.factors:
            sizes = np.sqrt(np.mean(found.values**2, axis=0))
            for key, size in zip(found.sd_keys, sizes, strict=True):
                guesses[key] = 0.5 * scale / (float(size) or 1.0)
        for key in self.keys:
            location = self.spec.priors[key].location
            guesses[key] = 0.0 if location is None else location
        response, link = self.spec.response, self.spec.family.link
        vectors = {n: typical_vector(response, v, link) for n, v in self.spec.vectors.items()}
        return starting_point(self.parameters, guesses, vectors)

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return log p(y, t), (batch,), random effects integrated out."""
        with np.errstate(all="ignore"):
            total = self.parameters.log_prior(t) + self.log_likelihood(t)
        return np.where(total < np.inf, total, -np.inf)

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
        guide = self._guide(t)

        def one(part: FloatArray) -> FloatArray:
            return np.asarray(self.tallies.counts @ self._integrals(part, guide))

        total = np.concatenate(in_threads(one, self._blocks(t)))
        total += self._coefficients(self.parameters.values(t)) @ self._linear[:, :-1].sum(axis=0)
        total += self._linear[:, -1].sum()
        return total

    @cached_property
    def _pieces(self) -> list["QuadratureTarget"]:
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
        guide, values = self._guide(t), self.parameters.values(t)
        parts = [self._integrals(part, guide) for part in self._blocks(t)]
        integrals = np.concatenate(parts, axis=1).T[:, self.tallies.level_class]
        linear = self._coefficients(values) @ self._linear[:, :-1].T + self._linear[:, -1]
        return np.asarray(integrals + linear + self.tallies.constants(self._auxiliary(values)))

    def _blocks(self, t: FloatArray) -> list[FloatArray]:
        step = max(1, _BLOCK // max(1, len(self.tallies.s)))
        if (
            self.levels.loop is not None
        ):  # which holds what classes have at nodes, and nothing of cells
            step = max(1, _HELD // (len(self.tallies.counts) * 2 * self._nodes))
        return [t[i : i + step] for i in range(0, len(t), step)]

    @cached_property
    def _linear(self) -> FloatArray:
        """What each level adds to its class's integral, linear in the columns' coefficients."""
        linear = self.tallies.away.copy()
        if self.x_means.size:
            linear[:, :-1] -= np.outer(linear[:, 0], self.x_means)
        return linear

    def _coefficients(self, values: Values) -> FloatArray:
        b = [values.scalars[key] for key in self.keys]
        batch = len(next(iter({**values.scalars, **values.vectors}.values()), ()))
        return np.stack(b, axis=1) if b else np.zeros((batch, 0))

    def _auxiliary(self, values: Values) -> Auxiliary:
        known = {**values.scalars, **values.vectors}
        return {name: known[name] for name in self.spec.auxiliary}

    def _point(self, t: FloatArray) -> Point:
        values = self.parameters.values(t)
        root = np.zeros((0, 0, 1, len(t)))
        if values.roots:
            root = np.moveaxis(values.roots[0], 0, -1)[:, :, None]
        own = self._coefficients(values), root, self._auxiliary(values)
        return Point(self.tallies, self.columns, *own)

    def _guide(self, t: FloatArray) -> Guide | None:
        """Return what is known of modes near the middle of many vectors, or near the home."""
        if self.home is not None:
            return self.home.guide
        if len(t) < _MANY * (t.shape[1] + 1) or self.nodes == 1 or not self.parameters.factors:
            return None
        middle = np.median(t, axis=0)
        narrow = np.abs(t - middle).max() <= _NARROW
        reach = np.inf if narrow else 0.0
        return build_guide(self._peaks, middle, _STEP * np.eye(len(middle)), reach)

    def _guide_around(self, t: FloatArray, axes: FloatArray) -> Guide:
        """Find what is known of modes around t (size,), by steps along the axes (axis, size)."""
        guides = in_threads(lambda p: build_guide(p._peaks, t, axes, _REACH), self._pieces)
        if len(guides) == 1:
            return guides[0]
        return joined(guides, [self._classes(levels) for levels in self._cuts])

    def _classes(self, levels: slice | IntArray) -> IntArray:
        """Return the classes of some levels, in order."""
        return np.unique(self.tallies.level_class[levels])

    def _peaks(self, t: FloatArray) -> Peaks:
        """Search for the modes of classes at t."""
        with np.errstate(all="ignore"):
            return replace(self.levels, nodes=1).peaks(self._point(t))

    def _near(self, t: FloatArray, guide: Guide | None) -> Peaks:
        """Return what is near enough to the modes of classes at t, predicted or searched for."""
        if guide is None:
            return self.levels.peaks(self._point(t))
        found, far = guide.peaks(t), np.flatnonzero(guide.far(t))
        if far.size:
            searched = self.levels.peaks(self._point(t[far]), found.u[..., far])
            found.u[..., far], found.spread[..., far] = searched.u, searched.spread
            found.log_spread[..., far] = searched.log_spread
        return found

    def _integrals(self, t: FloatArray, guide: Guide | None) -> FloatArray:
        """Return each class's log integral, (n_classes, batch)."""
        with np.errstate(all="ignore"):  # of each thread its own
            point = self._point(t)
            if not self.parameters.factors:
                return self.levels.without_effects(point)
            return self.levels.log_integrals(point, self._near(t, guide))

    def modes(self, t: FloatArray) -> FloatArray:
        """Return each level's conditional mode given one t, (n_levels, q), on the link scale."""
        point, peaks = self._point(t[None]), self._peaks(t[None])
        return np.asarray(product(point.root, peaks.u)[:, self.tallies.level_class, 0].T)

    def vectors_at_zero(self, t: FloatArray) -> dict[str, FloatArray]:
        """Return the family's vectors, (batch, size), at the user's own predictors.

        One that holds the intercept is that of the centered ones in t.
        """
        values = self.parameters.values(t)
        found = dict(values.vectors)
        if self.holder is not None:
            between = self._coefficients(values) @ self.x_means
            found[self.holder] = found[self.holder] + between[:, None]
        return found

    def centered(
        self, b: FloatArray, vectors: Mapping[str, FloatArray]
    ) -> tuple[dict[str, float], dict[str, FloatArray]]:
        """Return coefficients, and the family's vectors, in t of those at the users' predictors."""
        b, vectors = self.spec.design.mean.fixed.to_near(b).copy(), dict(vectors)
        if self.holder is not None:
            vectors[self.holder] = vectors[self.holder] - b @ self.x_means
        elif self.x_means.size:
            b[0] += b[1:] @ self.x_means[1:]
        return dict(zip(self.keys, b.tolist(), strict=True)), vectors

    def draw(
        self, t: FloatArray, counts: IntArray, rng: np.random.Generator, kept: Keeper | None = None
    ) -> Drawn:
        """Draw every level's deviations given t, `counts` independent draws for each vector."""
        b = self._coefficients(self.parameters.values(np.repeat(t, counts, axis=0)))
        if self.holder is None and self.x_means.size:
            b[:, 0] -= b[:, 1:] @ self.x_means[1:]
        b = self.spec.design.mean.fixed.of_near(b)
        r: dict[str, FloatArray | Later] = {}
        for found in self.parameters.factors:
            held = len(b) * self.tallies.n_levels * len(found.effects) <= HELD
            later = LaterLevels(self, np.repeat(t, counts, axis=0))
            r[found.r_name] = self.deviations(t, counts, rng) if held else later
        return Drawn(b, r, np.zeros(len(b)))

    def of_levels(self, levels: slice | IntArray, *, weight: float = 1.0) -> "QuadratureTarget":
        """Return the target of some levels, which stand for `weight` times as many."""
        tallies, cells = self.tallies.of_levels(levels)
        own = None if self.compiled is None else self.compiled.of(tallies, cells)
        columns = self.columns[cells]
        home = None if self.home is None else self.home.of(self._classes(levels))
        some = replace(self, tallies=tallies, columns=columns, compiled=own, home=home)
        return replace(some, weight=weight)

    def deviations(self, t: FloatArray, counts: IntArray, rng: np.random.Generator) -> FloatArray:
        """Draw the deviations given t, (n_draws, n_levels, q)."""
        used = np.flatnonzero(counts)
        guide, blocks = self._guide(t[used]), replace(self, nodes=2)._blocks(t[used])
        copies = np.split(counts[used], np.cumsum([len(block) for block in blocks])[:-1])
        jobs = list(zip(blocks, copies, rng.spawn(len(blocks)), strict=True))
        shapes = self._shapes(t[used], guide, int(counts.sum()))
        some = t[used][shown_vectors(len(used))] if shapes is None else shapes.shown
        shared = self._highest_ratios(some, guide, shapes).max(axis=1)

        def one(job: tuple[FloatArray, IntArray, np.random.Generator]) -> FloatArray:
            part, times, stream = job
            with np.errstate(all="ignore"):
                point, peaks, own = self._point(part), self._near(part, guide), None
                if shapes is not None:
                    self._search_anew(part, guide, shapes.lost, peaks)
                    drawn = np.repeat(part, times, axis=0)
                    own = shapes.at(drawn, self.tallies.level_class)

                def higher(rows: IntArray) -> FloatArray:
                    return self._highest_ratios(part[rows], guide, shapes)

                return draw_levels(self.levels, point, peaks, times, stream, shared, higher, own)

        return np.concatenate(in_threads(one, jobs))

    def _shapes(self, t: FloatArray, guide: Guide | None, n_draws: int) -> LevelShapes | None:
        """Return the shapes of classes around many vectors, where values are costly."""
        if self.levels.loop is None:
            return None

        def falls(some: FloatArray, places: FloatArray) -> FloatArray:
            nodes = np.concatenate([np.zeros((1, places.shape[1])), places])
            heights = self.levels.heights(self._point(some), self._near(some, guide), nodes)
            middle, *others = heights
            return np.stack(others) - middle

        with np.errstate(all="ignore"):
            return level_shapes(falls, t, self.tallies.z.shape[1], n_draws)

    def _highest_ratios(
        self, t: FloatArray, guide: Guide | None, shapes: LevelShapes | None
    ) -> FloatArray:
        """Return `highest_ratios` at t, (n_classes, batch), from shapes where these are known."""
        with np.errstate(all="ignore"):
            if shapes is None:
                return highest_ratios(self.levels, self._point(t), self._near(t, guide))
            found, lost = shapes.highest_ratios(t), shapes.lost
            if lost.size:
                some, own = self._of_classes(lost, guide)
                found[lost] = some._highest_ratios(t, own, None)
            return found

    def _search_anew(
        self, t: FloatArray, guide: Guide | None, classes: IntArray, peaks: Peaks
    ) -> None:
        """Replace peaks of some classes, which may be far from where they are predicted."""
        if guide is None or not classes.size:
            return
        some, own = self._of_classes(classes, guide)
        found = some._near(t, own)
        peaks.u[:, classes], peaks.spread[:, :, classes] = found.u, found.spread
        peaks.log_spread[classes] = found.log_spread

    def _of_classes(
        self, classes: IntArray, guide: Guide | None
    ) -> tuple["QuadratureTarget", Guide | None]:
        """Return the target of some classes, and where searches for their peaks begin."""
        levels = np.unique(self.tallies.level_class, return_index=True)[1][classes]
        return self.of_levels(levels), None if guide is None else guide.of(classes).start_alone


@dataclass(frozen=True, eq=False)
class LaterLevels:
    """Deviations given t, (n, size): see `mixwell.infer.exact.later.Later`."""

    target: QuadratureTarget
    t: FloatArray

    def __call__(self, levels: slice, rng: np.random.Generator) -> FloatArray:
        """Return draws of some levels, (n, n_some, q)."""
        new = np.concatenate([[True], (self.t[1:] != self.t[:-1]).any(axis=1)])
        first = np.flatnonzero(new)
        copies = np.diff([*first, len(new)])
        return self.target.of_levels(levels).deviations(self.t[first], copies, rng)

    def taken(self, rows: IntArray) -> "LaterLevels":
        """Return the same for some of the n, in another order."""
        return replace(self, t=self.t[rows])

    def seeded(self, entropy: int) -> Streamed:
        """Return the draws by random numbers of this entropy."""
        return Streamed(self.taken, len(self.t), self.target.tallies.n_levels, entropy)


#: More than R's lme4 takes (25), and than any integral here gains by.
_MOST_NODES = 200


def quadrature_target(spec: Spec, nodes: int = NODES) -> QuadratureTarget:
    """Collapse rows and arrange parameters; one factor with one or two effects, or none.

    Raises `SamplingError` for more nodes a dimension than make a difference.
    """
    if nodes > _MOST_NODES:
        said = f"nodes is {nodes:,}, and at most {_MOST_NODES} a dimension are taken."
        raise SamplingError(said, where="nodes", hint="25 are many; 1 is Laplace's approximation.")
    entries = fixed_entries(spec)
    fixed = spec.design.mean.fixed
    parameters = build_parameters(spec, entries)
    tallies = build_tallies(spec, next(iter(parameters.factors), None))
    columns, means = tallies.x, np.zeros(0)
    holder = spec.family.holds_intercept
    if holder is not None or (fixed.intercept and entries[0].centered):
        means = fixed.centers.copy()
        if holder is None:
            means[0] = 0.0
        columns = tallies.x - means
    keys = tuple(entry.key for entry in entries)
    exact = spec.family.closed_form and not is_whole(spec)
    if exact:
        nodes = 1  # Laplace is exact
    held = None if holder is None else holder.name
    target = QuadratureTarget(spec, tallies, parameters, columns, means, keys, held, nodes)
    if target._cost <= _VAST or exact:
        return target
    return replace(target, compiled=Compiled(lambda: _compiled(tallies, columns)))


def _compiled(tallies: Tallies, columns: FloatArray) -> "CellLoop | None":
    from mixwell.infer.exact.quadrature.cell_loops import cell_loop  # Numba: only where it runs

    return cell_loop(tallies, columns)
