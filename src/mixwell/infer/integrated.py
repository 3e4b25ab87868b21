"""A gaussian specification as a target: random effects and normal coefficients integrated out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mixwell.design.common import FixedEffects
from mixwell.infer.gaussian import (
    Batch,
    FixedPrior,
    conditional_draws,
    conditional_means,
    log_marginal,
)
from mixwell.infer.parameters import Parameters, build_parameters
from mixwell.infer.prior_density import log_density_of, normal_prior, width
from mixwell.infer.reduction import Block, Reduction, Rows, reduce_rows
from mixwell.specify.priors import PriorEntry
from mixwell.specify.spec import Spec

__all__ = [
    "Drawn",
    "GaussianTarget",
    "fixed_entries",
    "gaussian_rows",
    "gaussian_target",
    "starting_point",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: From so many remaining columns on, parameter vectors are shared out to threads.
_LARGE = 200
#: A prior this many times wider than a coefficient's conditional sd is left to the weights.
_WIDE = 3.0


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of everything: `b` (n, p) at the user's predictors, `r` by label (n, levels, q).

    `log_ratio` (n,) is what the draws still have to be weighted by.
    """

    b: FloatArray
    r: dict[str, FloatArray]
    log_ratio: FloatArray


@dataclass(frozen=True, eq=False)
class GaussianTarget:
    """The marginal posterior of t = (log sigma, log sds, correlations, coefficients not normal).

    Coefficients are those of the centred predictors where `centred`. Wide priors that are not
    normal enter as flat ones; `draw` then says what the prior is at the drawn coefficients.
    """

    spec: Spec
    data: Reduction
    parameters: Parameters
    prior: FixedPrior
    centred: bool
    entries: tuple[PriorEntry, ...]

    @property
    def large(self) -> bool:
        """Whether a likelihood takes so long that few are affordable."""
        return self.data.columns >= _LARGE

    @property
    def costly(self) -> bool:
        """Whether one vector takes about half a millisecond or more."""
        return bool(self.data.columns**2 + self.data.products.shape[0] > 20_000)

    def rough(self, t: FloatArray) -> FloatArray:
        """Return the same as `log_density`, which has no cheaper form."""
        return self.log_density(t)

    def batch(self, t: FloatArray) -> Batch:
        """Return the parameter vectors that t, (batch, size), stands for."""
        values = self.parameters.values(t)
        sigma = values.scalars.get("sigma", np.ones(len(t)))
        given = [values.scalars[self.entries[j].key] for j in self.prior.given]
        stacked = np.stack(given, axis=1) if given else np.zeros((len(t), 0))
        return Batch(sigma, values.roots, stacked)

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return log p(y, t), (batch,), random and normal coefficients integrated out."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            prior = self.parameters.log_prior(t)
            batch = self.batch(t)
            likelihood = self._shared(batch) if self.large else self._one(batch)
            total = prior + likelihood
        return np.where(np.isnan(total), -np.inf, total)

    def _one(self, batch: Batch) -> FloatArray:
        return log_marginal(self.data, self.prior, batch)

    def _shared(self, batch: Batch) -> FloatArray:
        from threadpoolctl import threadpool_limits  # loaded for large models only

        parts = [batch.part(slice(i, i + 1)) for i in range(len(batch))]
        # One vector a thread: BLAS's own threads are slower, and far slower on a shared machine.
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor() as pool:
            return np.concatenate(list(pool.map(self._one, parts)))

    @cached_property
    def start(self) -> FloatArray:
        """A rough guess of t, from the residuals of the fixed effects alone."""
        rss = max(float(self.data.base[-1, -1]), 1e-12)
        weight = 1.0
        if self.spec.response.weights is not None:
            weight = float(np.exp(self.data.sum_log_weights / self.data.n))
        s = np.sqrt(rss / (self.data.n * (weight if "sigma" in self.spec.auxiliary else 1.0)))
        guesses = {"sigma": 0.8 * s}
        for found in self.parameters.factors:
            sizes = np.sqrt(np.mean(found.values**2, axis=0))
            for effect, size in zip(found.effects, sizes, strict=True):
                guesses[f"{found.sd_name}[{effect}]"] = 0.5 * s / max(float(size), 1e-12)
        if "sigma" not in self.spec.auxiliary and self.spec.response.se is not None:
            typical = float(np.median(self.spec.response.se))
            guesses = dict.fromkeys(guesses, typical)
        for j in self.prior.given:
            guesses[self.entries[j].key] = float(self.data.start[j])
        return starting_point(self.parameters, guesses)

    def draw(self, t: FloatArray, counts: IntArray, rng: np.random.Generator) -> Drawn:
        """Draw coefficients and deviations given t, `counts` independent draws for each vector."""
        if not self.large:
            b, blocks = conditional_draws(
                self.data, self.prior, self.batch(np.repeat(t, counts, axis=0)), rng
            )
        else:
            b, blocks = self._draw_shared(t, counts, rng)
        ratio = np.zeros(len(b))
        for j in self.prior.free:
            if normal_prior(self.entries[j].prior) is None:
                ratio += log_density_of(self.entries[j].prior)(b[:, j])
        names = [found.r_name for found in self.parameters.factors]
        return Drawn(self.uncentred(b), dict(zip(names, blocks, strict=True)), ratio)

    def _draw_shared(
        self, t: FloatArray, counts: IntArray, rng: np.random.Generator
    ) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        from threadpoolctl import threadpool_limits

        used = np.flatnonzero(counts)
        streams = rng.spawn(len(used))
        batch = self.batch(t)

        def one(i: int) -> tuple[FloatArray, tuple[FloatArray, ...]]:
            part = batch.part(slice(used[i], used[i] + 1))
            return conditional_draws(
                self.data, self.prior, part, streams[i], copies=int(counts[used[i]])
            )

        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor() as pool:
            parts = list(pool.map(one, range(len(used))))
        b = np.concatenate([part[0] for part in parts])
        return b, tuple(
            np.concatenate([part[1][k] for part in parts]) for k in range(len(self.data.blocks))
        )

    def uncentred(self, b: FloatArray) -> FloatArray:
        """Return coefficients at the user's own predictors."""
        if not self.centred:
            return b
        moved = b.copy()
        moved[:, 0] -= b[:, 1:] @ self.data.x_means[1:]
        return moved


def starting_point(parameters: Parameters, guesses: dict[str, float]) -> FloatArray:
    """Return t at guessed values, moved inside the priors' bounds; correlations 0."""
    start = np.zeros(parameters.size)
    for i, coordinate in enumerate(parameters.scalars):
        lower, upper = coordinate.lower, coordinate.upper
        value = guesses.get(coordinate.key, 1.0)
        if np.isfinite(upper) and np.isfinite(lower):
            value = float(
                np.clip(value, lower + 0.1 * (upper - lower), upper - 0.1 * (upper - lower))
            )
        elif np.isfinite(lower) and value <= lower:
            value = lower + 1.0
        elif np.isfinite(upper) and value >= upper:
            value = upper - 1.0
        start[i] = float(coordinate.unconstrained(np.array(value)))
    return start


def fixed_entries(spec: Spec) -> tuple[PriorEntry, ...]:
    """Return the priors of the mean's coefficients in the order of its columns."""
    fixed = spec.design.mean.fixed
    entries = spec.priors.select("slope")
    if fixed.intercept:
        entries = [*spec.priors.select("intercept"), *entries]
    place = {name: j for j, name in enumerate(fixed.names)}
    return tuple(sorted(entries, key=lambda entry: place[entry.element]))


def gaussian_rows(spec: Spec) -> Rows:
    """Return what is reduced: known standard errors and precision weights as row weights."""
    design, response = spec.design, spec.response
    y = response.values if design.offset is None else response.values - design.offset
    weights = response.weights
    if response.se is not None:
        known = 1 / response.se**2
        weights = known if weights is None else known * weights
    blocks = tuple(
        Block(found.values, found.index, len(found.levels)) for found in spec.layout.of("mean")
    )
    return Rows(blocks, _slices(design.mean.fixed), y, weights)


def _slices(fixed: FixedEffects) -> Callable[[slice], FloatArray]:
    def columns(part: slice) -> FloatArray:
        if fixed.row_cells is None:
            return fixed.distinct[part]
        return fixed.distinct[fixed.row_cells[part]]

    return columns


def gaussian_target(spec: Spec) -> GaussianTarget:
    """Reduce a gaussian specification's rows and arrange its priors.

    A coefficient whose prior is neither normal nor flat is integrated out as if it were flat, and
    its draws are weighted by the prior, where the prior is wide beside what the data say; else it
    is sampled.
    """
    entries = fixed_entries(spec)
    centred = spec.design.mean.fixed.intercept and entries[0].centred
    data = reduce_rows(gaussian_rows(spec), centre=centred)
    prior = FixedPrior(np.zeros(len(entries)), np.zeros(len(entries)))
    flat = GaussianTarget(spec, data, build_parameters(spec, ()), prior, centred, entries)
    mean, precision, given = np.zeros(len(entries)), np.zeros(len(entries)), []
    widths = None
    for j, entry in enumerate(entries):
        found = normal_prior(entry.prior)
        if found is not None:
            mean[j], precision[j] = found
            continue
        if widths is None:
            widths = _standard_errors(flat)
        scale = width(entry.prior)
        if scale is None or not scale > _WIDE * widths[j]:
            given.append(j)
    prior = FixedPrior(mean, precision, tuple(given))
    parameters = build_parameters(spec, [entries[j] for j in given])
    return GaussianTarget(spec, data, parameters, prior, centred, entries)


def _standard_errors(target: GaussianTarget) -> FloatArray:
    """Return the coefficients' conditional sds at the starting point, flat priors."""
    _, covariance = conditional_means(target.data, target.prior, target.batch(target.start[None]))
    return np.sqrt(np.diagonal(covariance[0]))
