"""The marginal posterior of a generalized mixed model with one grouping factor, or with none.

Its likelihood is that of `QuadratureLikelihood`. Where values are costly, there is a home near
which few nodes are as good as many.
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
from mixwell.infer.exact.later import HELD, Later
from mixwell.infer.exact.parameters import build_parameters
from mixwell.infer.exact.quadrature.counted_rows import build_tallies, is_whole
from mixwell.infer.exact.quadrature.deviation_draws import LaterLevels, drawn_deviations
from mixwell.infer.exact.quadrature.guide import Home
from mixwell.infer.exact.quadrature.level_integrals import Compiled
from mixwell.infer.exact.quadrature.quadrature_likelihood import NODES, STEP, QuadratureLikelihood
from mixwell.infer.exact.quadrature.tallies import Tallies
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.search.mode import find_top
from mixwell.specify.scales import response_units, typical_vector
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    from mixwell.infer.exact.quadrature.cell_loops import CellLoop

__all__ = ["QuadratureTarget", "quadrature_target"]

_PILOT_NODES, _FEWEST_NODES = 5, 3
#: Nodes where 15 are too few, and the error of a log likelihood that calls for more.
_FINER, _ERROR = (25, 41, 61), 0.05
#: Weighted vectors for each draw where they are cheap; of costly ones the least share.
_SURPLUS, _FEWEST = 3, 0.25
#: From so many cells times nodes on a vector is costly; above these there are fewer than draws.
_COSTLY, _AFFORDED = 5_000, 20_000
#: From so many on little is computed that need not be: few nodes.
_VAST = 20_000
#: Nodes that may be enough there, and how far their error may differ between parameters.
_FEW, _UNEVEN = (3, 4, 5, 7, 9, 11), 0.02
#: Nodes that are right for all purposes there, of one effect and of two.
_RIGHT = {1: 25, 2: 17}
#: Cells that stand for all: of so many levels.
_SAMPLE, _LEAST = 15_000, 100
#: Values that show whether a surrogate is as good as the target.
_CHECKS = 64


@dataclass(frozen=True, eq=False)
class QuadratureTarget(QuadratureLikelihood):
    """The marginal posterior of t = (parameters, sds, correlation, coefficients)."""

    @property
    def sparing(self) -> bool:
        """Whether values are so costly that a surrogate pays: a tenth of a millisecond or more."""
        return self.cost > _COSTLY

    def vectors(self, n: int) -> int:
        """Return how many vectors are weighted for `n` draws: fewer where each is costly."""
        if not self.sparing:
            return _SURPLUS * n
        return int(n * np.clip(_AFFORDED / self.cost, _FEWEST, 1.0))

    @property
    def large(self) -> bool:
        """Whether it is asked near its home, and searches begin there alone."""
        return self.home is not None

    @property
    def dear(self) -> bool:
        """Whether values are so costly that a search should begin near its end."""
        return bool(self.parameters.factors) and self.cost > _VAST

    def near(self, t: FloatArray) -> "QuadratureTarget":
        """Return the same to be asked near t: modes of levels are searched for from those there."""
        guide = self.guide_around(t, STEP * np.eye(len(t)))
        return replace(self, home=Home(t, guide.start_alone))

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
        if self.cost > _VAST:
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
        guide, most = some.guide_around(mode.t, away), _RIGHT[self.tallies.z.shape[1]]
        searching = Home(mode.t, guide.start_alone)
        right = replace(some, nodes=most, home=searching).log_likelihood(points)
        for home, nodes in pairs((Home(mode.t, guide), searching), (*_FEW, self.nodes, most)):
            error = replace(some, nodes=nodes, home=home).log_likelihood(points) - right
            if np.ptp(error) <= _UNEVEN:
                break
        if some is self:
            return replace(self, nodes=nodes, home=home, shift=-float(error[0]))
        guide = self.guide_around(mode.t, away)
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

    def vectors_at_zero(self, t: FloatArray) -> dict[str, FloatArray]:
        """Return the family's vectors, (batch, size), at the user's own predictors.

        One that holds the intercept is that of the centered ones in t.
        """
        values = self.parameters.values(t)
        found = dict(values.vectors)
        if self.holder is not None:
            between = self.coefficients(values) @ self.x_means
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
        b = self.coefficients(self.parameters.values(np.repeat(t, counts, axis=0)))
        if self.holder is None and self.x_means.size:
            b[:, 0] -= b[:, 1:] @ self.x_means[1:]
        b = self.spec.design.mean.fixed.of_near(b)
        r: dict[str, FloatArray | Later] = {}
        for found in self.parameters.factors:
            held = len(b) * self.tallies.n_levels * len(found.effects) <= HELD
            later = LaterLevels(self, np.repeat(t, counts, axis=0))
            r[found.r_name] = drawn_deviations(self, t, counts, rng) if held else later
        return Drawn(b, r, np.zeros(len(b)))


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
    if target.cost <= _VAST or exact:
        return target
    return replace(target, compiled=Compiled(lambda: _compiled(tallies, columns)))


def _compiled(tallies: Tallies, columns: FloatArray) -> "CellLoop | None":
    from mixwell.infer.exact.quadrature.cell_loops import cell_loop  # Numba: only where it runs

    return cell_loop(tallies, columns)
