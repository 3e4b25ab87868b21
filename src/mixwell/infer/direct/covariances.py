"""The standard deviations and correlations of all random effects as one unconstrained vector t."""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct.columns import Unit
from mixwell.infer.exact.parameters import Coordinate, Correlation
from mixwell.infer.prior_density import log_density_of, support
from mixwell.infer.sampling_units import effect_steps
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec

__all__ = ["Covariances", "UnitCovariance", "build_covariances"]


@dataclass(frozen=True, eq=False)
class UnitCovariance:
    """One unit's part of t: `sds` (effect,) places of its sds, `pairs` those of correlations.

    `correlation` is None where effects are independent.
    """

    unit: Unit
    sds: slice
    correlation: Correlation | None
    pairs: slice

    @property
    def places(self) -> list[int]:
        """The places of all its numbers in t."""
        return [k for own in (self.sds, self.pairs) for k in range(own.start, own.stop)]


@dataclass(frozen=True, eq=False)
class Covariances:
    """All of t: the standard deviations of every unit, then the correlations.

    `units` are in the order of x; `starts` (sds,) are sds to begin a search with.
    """

    coordinates: tuple[Coordinate, ...]
    parts: tuple[UnitCovariance, ...]
    size: int
    starts: FloatArray

    def log_prior(self, t: FloatArray) -> float:
        """Return the log prior density of t, in t."""
        return sum(self.log_prior_of(part, t) for part in self.parts)

    def log_prior_of(self, part: UnitCovariance, t: FloatArray) -> float:
        """Return the log prior density of one unit's numbers of t."""
        each = zip(self.coordinates[part.sds], t[part.sds], strict=True)
        found = sum(float(c.log_prior(v)) for c, v in each)
        if part.correlation is not None:
            found += float(part.correlation.log_prior(t[None, part.pairs])[0])
        return found

    def sds(self, t: FloatArray) -> FloatArray:
        """Return the standard deviations, (sds,)."""
        return np.array([float(c.value(v)) for c, v in zip(self.coordinates, t, strict=False)])

    def walked(self, t: FloatArray, k: int, stride: float) -> tuple[FloatArray, float] | None:
        """Take a step from t: of a standard deviation on its own scale, reflected at its bound.

        Returns the place with the log Jacobian of a symmetric walk there, None out of bounds.
        """
        new = t.copy()
        if k >= len(self.coordinates):
            new[k] += stride
            return new, 0.0
        c = self.coordinates[k]
        value = float(c.value(t[k])) + stride
        value = c.lower + abs(value - c.lower)
        if not c.lower < value < c.upper:
            return None
        new[k] = float(c.unconstrained(np.asarray(value)))
        return new, float(np.log(c.slope(float(t[k]))) - np.log(c.slope(float(new[k]))))

    def carried(self, x: FloatArray, t: FloatArray, new: FloatArray) -> FloatArray:
        """Return x at another t with the standard form of the effects as it is."""
        x = x.copy()
        for part, before, after in zip(self.parts, self.roots(t), self.roots(new), strict=True):
            if (change := after @ np.linalg.inv(before)).shape == (1, 1):
                x[part.unit.span] *= change[0, 0]
            else:
                effects = x[part.unit.span].reshape(part.unit.levels, part.unit.size)
                x[part.unit.span] = (effects @ change.T).ravel()
        return x

    def drawn_given(
        self, x: FloatArray, t: FloatArray, rng: np.random.Generator
    ) -> FloatArray | None:
        """Draw each unit's covariance given its effects, of which sums of products are enough.

        Returns the new t, None where nothing moved.
        """
        now, t = t, t.copy()
        for part in self.parts:
            effects = x[part.unit.span].reshape(part.unit.levels, part.unit.size)
            if part.correlation is None:
                self._draw_variances(part, (effects**2).sum(axis=0), t, rng)
            else:
                self._draw_covariance(part, effects.T @ effects, t, rng)
        return None if (t == now).all() else t

    def _draw_variances(
        self, part: UnitCovariance, squares: FloatArray, t: FloatArray, rng: np.random.Generator
    ) -> None:
        """Propose independent sds as under a flat prior, accepted by their priors."""
        levels = part.unit.levels
        degrees = max(levels - 1, 1)
        for k, square in zip(range(part.sds.start, part.sds.stop), squares, strict=True):
            c = self.coordinates[k]
            old, new = float(c.value(t[k])), float(np.sqrt(square / rng.chisquare(degrees)))
            if not c.lower < new < c.upper:
                continue
            # given the squares an sd has density sd^-levels exp(-square / (2 sd^2)), the proposal
            # the same with the power degrees + 1
            change = (degrees + 1 - levels) * (np.log(new) - np.log(old))
            change += float(c.log_density(new) - c.log_density(old))
            if np.log(rng.random()) < change:
                t[k] = float(c.unconstrained(np.asarray(new)))

    def _draw_covariance(
        self, part: UnitCovariance, products: FloatArray, t: FloatArray, rng: np.random.Generator
    ) -> None:
        """Propose a covariance from the inverse Wishart of a flat prior, accepted by its own."""
        levels, size, correlation = part.unit.levels, part.unit.size, part.correlation
        assert correlation is not None
        degrees = max(levels - size - 1, size)
        try:
            root = np.linalg.cholesky(products)
        except np.linalg.LinAlgError:
            return
        # Bartlett: products^-1's Wishart, inverted
        bartlett = np.tril(rng.standard_normal((size, size)), -1)
        pivots = np.sqrt(rng.chisquare(degrees - np.arange(size)))
        np.fill_diagonal(bartlett, pivots)
        half = np.linalg.solve(bartlett, root.T)
        sds = np.sqrt((half**2).sum(axis=0))
        coordinates = self.coordinates[part.sds]
        if not all(c.lower < sd < c.upper for c, sd in zip(coordinates, sds, strict=True)):
            return
        own = [float(c.unconstrained(np.asarray(v))) for c, v in zip(coordinates, sds, strict=True)]
        try:
            pairs = correlation.unconstrained(half.T @ half / np.outer(sds, sds))
        except np.linalg.LinAlgError:  # a correlation of 1 to rounding, which no t stands for
            return

        def against_proposal(sds: FloatArray, diagonal: FloatArray) -> float:
            """The prior density of a covariance and what the proposal's power leaves over.

            `diagonal` is that of a root of it.
            """
            log_determinant, log_sds = 2 * np.log(diagonal).sum(), np.log(sds).sum()
            found = 0.5 * (degrees + size + 1 - levels) * log_determinant
            found += (correlation.eta - 1) * (log_determinant - 2 * log_sds) - size * log_sds
            each = zip(coordinates, sds.tolist(), strict=True)
            return float(found) + sum(float(c.log_density(v)) for c, v in each)

        old = np.array([float(c.value(v)) for c, v in zip(coordinates, t[part.sds], strict=True)])
        before = old * np.diagonal(correlation.cholesky(t[None, part.pairs])[0])
        change = against_proposal(sds, np.diagonal(root) / pivots) - against_proposal(old, before)
        if np.log(rng.random()) < change:
            t[part.sds], t[part.pairs] = own, pairs

    def roots(self, t: FloatArray) -> list[FloatArray]:
        """Return each unit's covariance root (effect, effect), which is lower triangular."""
        return [self.root(part, t) for part in self.parts]

    def root(self, part: UnitCovariance, t: FloatArray) -> FloatArray:
        """Return one unit's covariance root."""
        each = zip(self.coordinates[part.sds], t[part.sds], strict=True)
        sds = np.array([float(c.value(v)) for c, v in each])
        if part.correlation is None:
            return np.diag(sds) if len(sds) > 1 else sds[:, None]
        root: FloatArray = sds[:, None] * part.correlation.cholesky(t[None, part.pairs])[0]
        return root


def build_covariances(spec: Spec, units: tuple[Unit, ...]) -> Covariances:
    """Arrange the parameters of all units' covariances."""
    concentration = {
        unit.name: spec.priors[matrix.name].args["eta"]
        for matrix in spec.layout.correlations
        for unit, _ in matrix.units
    }
    keys = [key for unit in units for key in unit.layout.sd_keys]
    parts, sd, pair = list[UnitCovariance](), 0, len(keys)
    for unit in units:
        correlation = None
        if unit.layout.correlated:
            correlation = Correlation(unit.layout, concentration[unit.layout.name])
        count = 0 if correlation is None else correlation.pairs
        pairs = slice(pair, pair + count)
        parts.append(UnitCovariance(unit, slice(sd, sd + unit.size), correlation, pairs))
        sd, pair = sd + unit.size, pair + count
    steps = [
        effect_steps(spec, found)[list(chosen)]
        for unit in units
        for found, chosen in unit.layout.parts
    ]
    starts = np.concatenate(steps) if steps else np.zeros(0)
    coordinates = tuple(_coordinate(spec, key) for key in keys)
    return Covariances(coordinates, tuple(parts), pair, starts)


def _coordinate(spec: Spec, key: str) -> Coordinate:
    prior = spec.priors[key]
    lower, upper = support(prior)
    return Coordinate(key, prior, max(lower, 0.0), upper, log_density_of(prior))
