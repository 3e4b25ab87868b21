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
        found = sum(float(c.log_prior(v)) for c, v in zip(self.coordinates, t, strict=False))
        for part in self.parts:
            if part.correlation is not None:
                found += float(part.correlation.log_prior(t[None, part.pairs])[0])
        return found

    def sds(self, t: FloatArray) -> FloatArray:
        """Return the standard deviations, (sds,)."""
        return np.array([float(c.value(v)) for c, v in zip(self.coordinates, t, strict=False)])

    def roots(self, t: FloatArray) -> list[FloatArray]:
        """Return each unit's covariance root (effect, effect), which is lower triangular."""
        sds, found = self.sds(t), []
        for part in self.parts:
            own = sds[part.sds]
            if part.correlation is None:
                found.append(np.diag(own))
            else:
                found.append(own[:, None] * part.correlation.cholesky(t[None, part.pairs])[0])
        return found


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
