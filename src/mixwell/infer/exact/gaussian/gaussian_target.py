"""A gaussian specification as a target: random effects and normal coefficients integrated out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.exact.gaussian.conditional_draws import (
    completed_draws,
    conditional_draws,
    draws_without_eliminated,
    marginal_and_rest,
    rest_draws,
)
from mixwell.infer.exact.gaussian.cross_products import Reduction
from mixwell.infer.exact.gaussian.gaussian_likelihood import (
    Batch,
    FixedPrior,
    log_marginal,
    together,
)
from mixwell.infer.exact.gaussian.units import Units
from mixwell.infer.exact.later import HELD, Later
from mixwell.infer.exact.parameters import Parameters
from mixwell.infer.prior_density import log_density_of, normal_prior
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.priors import PriorEntry
from mixwell.specify.spec import Spec
from mixwell.threads import in_threads

__all__ = [
    "Drawn",
    "GaussianTarget",
    "Keeper",
    "fixed_entries",
    "starting_point",
]

#: From so many remaining columns on, parameter vectors are shared out to threads.
_LARGE = 200
#: Weighted vectors for each draw where they are cheap; in all, where each is a large factorization.
_SURPLUS, _LARGE_VECTORS = 3, 500
#: The cost from which on a vector is costly, and above which there are fewer than draws.
_COSTLY, _AFFORDED, _FEWEST = 20_000, 200_000, 0.25
#: Numbers that are kept of the draws of a costly model: 240 MB.
_KEPT_MAXIMUM = 30_000_000
_TINY = float(np.finfo(float).tiny)
#: Residual sds this small compared with those of groups are lost in sums of variances.
_LOST = 5e-7


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of everything: `b` (n, p) at the user's predictors, `r` by label (n, levels, q).

    `log_ratio` (n,) is what the draws still have to be weighted by. Deviations of very many levels
    are drawn where they are read.
    """

    b: FloatArray
    r: dict[str, FloatArray | Later]
    log_ratio: FloatArray


@dataclass(frozen=True, eq=False)
class GaussianTarget:
    """The marginal posterior of t = (log sigma, log sds, correlations, coefficients not normal).

    Coefficients are those of the centered predictors where `centered`. Wide priors that are not
    normal enter as flat ones; `draw` then says what the prior is at the drawn coefficients. `data`
    and `prior` are in `units`; what the methods take and return is in the user's.
    """

    spec: Spec
    data: Reduction
    parameters: Parameters
    prior: FixedPrior
    centered: bool
    entries: tuple[PriorEntry, ...]
    units: Units

    @property
    def large(self) -> bool:
        """Whether a likelihood takes so long that few are affordable."""
        return self.data.columns >= _LARGE

    @property
    def sparing(self) -> bool:
        """Whether values are so costly that a surrogate pays: a quarter of a millisecond or so."""
        return self._cost > _COSTLY

    def vectors(self, n: int) -> int:
        """Return how many vectors are weighted for `n` draws: fewer where each is costly."""
        if self.large:
            return max(_LARGE_VECTORS, n // 6)
        if not self.sparing:
            return _SURPLUS * n
        return int(n * np.clip(_AFFORDED / self._cost, _FEWEST, 1.0))

    @property
    def _cost(self) -> int:
        """What one value takes, roughly, in units of 3 to 10 nanoseconds."""
        data, q = self.data, self.data.gram.shape[-1]
        each = (data.columns * (data.columns + 1) // 2 + 24) / 40  # for each class and pair
        return data.columns**2 + int(len(data.counts) * q * (q + 1) / 2 * each)

    def refined(self) -> "GaussianTarget":
        """Return the same: nothing about it is approximate."""
        return self

    @property
    def pilot(self) -> int:
        """How many values a pilot takes."""
        return 100 if self.large else 200

    @property
    def checks(self) -> int:
        """How many values show whether a surrogate is as good as the target; 0 to compute all."""
        return 0

    def keeper(self, draws: int, vectors: int, rng: np.random.Generator) -> "Keeper":
        """Return what keeps draws while the factors behind densities are at hand."""
        size = vectors * self.data.columns
        copies = min(2 * draws // vectors + 2, max(1, _KEPT_MAXIMUM // size))
        return Keeper(self, copies, rng)

    def rough(self, t: FloatArray) -> FloatArray:
        """Return the same as `log_density`, which has no cheaper form."""
        return self.log_density(t)

    def batch(self, t: FloatArray) -> Batch:
        """Return the parameter vectors that t, (batch, size), stands for, in units."""
        values, unit = self.parameters.values(t), self.units.coefficients
        known = np.full(len(t), self.units.response * np.sqrt(self.units.weight))
        sigma = values.scalars.get("sigma", known)
        given = [values.scalars[self.entries[j].key] / unit[j] for j in self.prior.given]
        stacked = np.stack(given, axis=1) if given else np.zeros((len(t), 0))
        return self.units.batch(sigma, values.roots, stacked)

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return log p(y, t), (batch,), random and normal coefficients integrated out."""
        with np.errstate(all="ignore"):  # far out, where proposals may look, roots swallow the 1
            prior = self.parameters.log_prior(t)
            batch = self.batch(t)
            likelihood = self._shared(batch) if self.large else self._one(batch)
            total = prior + likelihood + self.units.log_density(self.data.n, self.prior)
        return np.where(np.isnan(total), -np.inf, total)

    def log_likelihood(self, t: FloatArray, *, profile: bool = False) -> FloatArray:
        """Return log p(y | t), (batch,); with `profile` coefficients are at their best values."""
        found = log_marginal(self.data, self.prior, self.batch(t), profile=profile)
        return found + self.units.log_density(self.data.n, self.prior, profile=profile)

    def _one(self, batch: Batch) -> FloatArray:
        return log_marginal(self.data, self.prior, batch)

    def _shared(self, batch: Batch) -> FloatArray:
        parts = [batch.part(slice(i, i + 1)) for i in range(len(batch))]
        return np.concatenate(in_threads(self._one, parts))

    @cached_property
    def start(self) -> FloatArray:
        """A rough guess of t, from the residuals of the fixed effects alone."""
        rss = max(self.data.residual_squares, _TINY)
        weight = 1.0
        if self.spec.response.weights is not None:
            weight = float(np.exp(self.data.sum_log_weights / self.data.n))
        s = np.sqrt(rss / (self.data.n * (weight if "sigma" in self.spec.auxiliary else 1.0)))
        size = s * self.units.response
        guesses = {"sigma": 0.8 * size * np.sqrt(self.units.weight)}
        for found in self.parameters.factors:
            sizes = found.sizes
            for key, column in zip(found.sd_keys, sizes, strict=True):
                guesses[key] = 0.5 * size / max(float(column), _TINY)
        if "sigma" not in self.spec.auxiliary and self.spec.response.se is not None:
            # s is in units of the known errors: what is more than one is between groups
            typical = self.spec.response.median_se * max(1.0, 0.5 * s)
            guesses = dict.fromkeys(guesses, typical)
        for j in self.prior.given:
            guesses[self.entries[j].key] = float(self.data.start[j] * self.units.coefficients[j])
        return starting_point(self.parameters, guesses)

    def draw(
        self,
        t: FloatArray,
        counts: IntArray,
        rng: np.random.Generator,
        kept: "Keeper | None" = None,
    ) -> Drawn:
        """Draw coefficients and deviations given t, `counts` independent draws for each vector.

        `kept` holds draws that were made with the densities of t, where these are costly.
        """
        largest, n = self.data.eliminated, int(counts.sum())
        r: dict[str, FloatArray | Later]
        if largest is not None and n * self.data.blocks[largest].size > HELD:
            b, r = self._draw_for_later(t, counts, rng, kept)
        else:
            batch = self.batch(np.repeat(t, counts, axis=0))
            if kept is None and not self.large:
                b, blocks = conditional_draws(self.data, self.prior, batch, rng)
            else:
                solved = self._rest_shared(t, counts, rng, kept)
                b, blocks = completed_draws(self.data, self.prior, batch, solved, rng)
            r = {**self.deviations(blocks)}
        ratio = np.zeros(len(b))
        unit = self.units.coefficients
        for j in self.prior.free:
            if normal_prior(self.entries[j].prior) is None:
                ratio += log_density_of(self.entries[j].prior)(b[:, j] * unit[j])
        return Drawn(self.uncentered(b), r, ratio)

    def _draw_for_later(
        self, t: FloatArray, counts: IntArray, rng: np.random.Generator, kept: "Keeper | None"
    ) -> tuple[FloatArray, dict[str, FloatArray | Later]]:
        """Draw all but the largest factor's deviations."""
        largest = self.data.eliminated
        assert largest is not None
        whole = self.batch(np.repeat(t, counts, axis=0))
        if kept is None and not self.large:
            solved = rest_draws(self.data, self.prior, whole, rng)
        else:
            solved = self._rest_shared(t, counts, rng, kept)
        unit = self.units.effects(largest)
        b, blocks, later = draws_without_eliminated(self.data, self.prior, whole, solved, unit)
        return b, {**self.deviations(blocks), self._names[largest]: later}

    def refuse_lost(self, t: FloatArray) -> None:
        """Raise `SamplingError` where residuals at t, (size,), are too small next to the groups.

        Their variances are added, and differences between groups are taken of the sums: of 16
        digits none is left.
        """
        batch = self.batch(t[None])
        sizes = [
            (np.abs(root[0]) * (found.largest / unit)[:, None]).max()
            for root, found, unit in zip(
                batch.roots, self.parameters.factors, self.units.blocks, strict=True
            )
        ]
        if sizes and batch.sigma[0] < _LOST * max(sizes) and "sigma" in self.spec.auxiliary:
            sigma = float(self.parameters.values(t[None]).scalars["sigma"][0])
            raise SamplingError(
                "The residuals are a million times smaller than the effects of groups: "
                "floating-point numbers lose them when variances are added.",
                where=f"sigma, near {sigma:.2g}",
                hint="Take the means of the groups out of the response first, or their levels as "
                "fixed effects.",
            )

    def _rest_shared(
        self, t: FloatArray, counts: IntArray, rng: np.random.Generator, kept: "Keeper | None"
    ) -> FloatArray:
        """Return `counts` draws of what is left after elimination, those that are kept first."""
        batch = self.batch(t)
        lacking = counts - (0 if kept is None else np.minimum(counts, kept.copies))

        def one(job: tuple[int, np.random.Generator]) -> FloatArray:
            i, stream = job
            part = batch.part(slice(i, i + 1))
            return rest_draws(self.data, self.prior, part, stream, int(lacking[i]))

        places = np.flatnonzero(lacking)
        jobs = list(zip(places.tolist(), rng.spawn(len(places)), strict=True))
        made = in_threads(one, jobs)
        if kept is None:
            return np.concatenate(made)
        held = np.arange(kept.copies) < counts[:, None]
        found = np.concatenate([kept.solved[held], *made])
        owners = np.concatenate([np.nonzero(held)[0], np.repeat(places, lacking[places])])
        return found[np.argsort(owners, kind="stable")]

    def deviations(self, blocks: Sequence[FloatArray]) -> dict[str, FloatArray]:
        """Return each block's deviations, (batch, n_levels, q) in units, by name in the user's."""
        for k, block in enumerate(blocks):
            if (self.units.effects(k) != 1).any():
                block *= self.units.effects(k)
        return dict(zip(self._names, blocks, strict=True))

    @property
    def _names(self) -> list[str]:
        return [found.r_name for found in self.parameters.factors]

    def uncentered(self, b: FloatArray) -> FloatArray:
        """Return coefficients at the user's own predictors, given those in units, (batch, p)."""
        moved = b.copy()
        if self.centered:
            moved[:, 0] -= b[:, 1:] @ self.data.x_means[1:]
        return self.spec.design.mean.fixed.of_near(moved * self.units.coefficients)

    def in_units(self, b: FloatArray) -> FloatArray:
        """Return coefficients of the near columns, (p,), as they are integrated, in units."""
        moved = b / self.units.coefficients
        if self.centered:
            moved[0] += moved[1:] @ self.data.x_means[1:]
        return moved


@dataclass(eq=False)
class Keeper:
    """The log density of a costly model that keeps `copies` draws for each vector on its way.

    The factor behind a density is most of the work of a draw; `solved` is (n, copies, m + p).
    """

    target: GaussianTarget
    copies: int
    rng: np.random.Generator
    solved: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 0)))

    def __call__(self, t: FloatArray) -> FloatArray:
        """Return log p(y, t), (n,); what is kept belongs to the last call."""
        target, batch = self.target, self.target.batch(t)
        step = 1 if target.large else together(target.data)

        def one(job: tuple[int, np.random.Generator]) -> tuple[FloatArray, FloatArray]:
            i, stream = job
            part = batch.part(slice(i, i + step))
            return marginal_and_rest(target.data, target.prior, part, stream, self.copies)

        starts = range(0, len(t), step)
        jobs = list(zip(starts, self.rng.spawn(len(starts)), strict=True))
        found = in_threads(one, jobs)
        self.solved = np.concatenate([solved for _, solved in found])
        likelihood = np.concatenate([values for values, _ in found])
        likelihood += target.units.log_density(target.data.n, target.prior)
        return np.asarray(target.parameters.log_prior(t) + likelihood)


def starting_point(
    parameters: Parameters,
    guesses: dict[str, float],
    vectors: Mapping[str, FloatArray] = MappingProxyType({}),
) -> FloatArray:
    """Return t at guessed values, moved inside the priors' bounds; correlations 0."""
    start = np.zeros(parameters.size)
    for i, coordinate in enumerate(parameters.scalars):
        lower, upper = coordinate.lower, coordinate.upper
        value = guesses.get(coordinate.key, 1.0)
        if np.isfinite(upper) and np.isfinite(lower):
            margin = 0.1 * (upper - lower)
            value = float(np.clip(value, lower + margin, upper - margin))
        elif np.isfinite(lower) and value <= lower:
            value = lower + 1.0
        elif np.isfinite(upper) and value >= upper:
            value = upper - 1.0
        start[i] = float(coordinate.unconstrained(np.array(value)))
    for vector, where in parameters.placed_vectors():
        start[where] = vector.unconstrained(vectors[vector.key][None])[0]
    return start


def fixed_entries(spec: Spec) -> tuple[PriorEntry, ...]:
    """Return the priors of the mean's coefficients in the order of its columns."""
    return tuple(spec.priors.coefficients())
