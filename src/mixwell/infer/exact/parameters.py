"""A specification's parameters on an unconstrained scale: t, its priors, and what it stands for.

t holds, in this order, the family's own parameters (`sigma`, ...), the random effects' standard
deviations, the coefficients that are sampled, the family's vectors (`threshold`), and canonical
partial correlations. Positive parameters are on the log scale, those between bounds on the logit
scale between them; coefficients are in the units of the linear predictor, so that the search for
the mode does not depend on theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from mixwell.infer.prior_density import Density, log_density_of, support
from mixwell.infer.sampling_units import coefficient_steps
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.layout import CorrelationUnit, FactorEffects
from mixwell.specify.priors import Prior, PriorEntry
from mixwell.specify.spec import Spec

__all__ = ["Coordinate", "Correlation", "Parameters", "Values", "VectorParts", "build_parameters"]


@dataclass(frozen=True, eq=False)
class Coordinate:
    """One scalar parameter: its key, prior, and the interval that it is free in.

    `unit` is what one step of t changes in a parameter that has no bounds.
    """

    key: str
    prior: Prior
    lower: float
    upper: float
    log_density: Density
    unit: float = 1.0

    @property
    def _unbounded(self) -> bool:
        return self.lower == -np.inf and self.upper == np.inf

    def value(self, t: FloatArray) -> FloatArray:
        """Return the parameter at t, elementwise."""
        if self._unbounded:
            return t * self.unit
        if self.upper == np.inf:
            return self.lower + np.exp(t)
        if self.lower == -np.inf:
            return self.upper - np.exp(-t)
        return self.lower + (self.upper - self.lower) * special.expit(t)

    def unconstrained(self, value: FloatArray) -> FloatArray:
        """Return t at values of the parameter that lie inside its interval."""
        if self._unbounded:
            return value / self.unit
        if self.upper == np.inf:
            return np.asarray(np.log(value - self.lower))
        if self.lower == -np.inf:
            return np.asarray(-np.log(self.upper - value))
        return np.asarray(special.logit((value - self.lower) / (self.upper - self.lower)))

    def slope(self, t: float) -> float:
        """Return how much the parameter changes with t."""
        return float(np.exp(self._log_slope(np.array(t))))

    def log_prior(self, t: FloatArray) -> FloatArray:
        """Return the prior's log density in t, the Jacobian included."""
        return np.asarray(self.log_density(self.value(t)) + self._log_slope(t))

    def _log_slope(self, t: FloatArray) -> FloatArray:
        if self._unbounded:
            return np.full(t.shape, np.log(self.unit))
        if self.upper == np.inf:
            return t
        if self.lower == -np.inf:
            return -t
        width = np.log(self.upper - self.lower)
        return np.asarray(width + special.log_expit(t) + special.log_expit(-t))


@dataclass(frozen=True, eq=False)
class VectorParts:
    """A vector of `size` elements with one prior: as they are, or `increasing`.

    Increasing ones are the lowest element and the logarithms of the steps to the others.
    """

    key: str
    size: int
    increasing: bool
    log_density: Density

    def value(self, t: FloatArray) -> FloatArray:
        """Return the elements at t, (batch, size) both."""
        if not self.increasing:
            return t
        return np.cumsum(np.concatenate([t[:, :1], np.exp(t[:, 1:])], axis=1), axis=1)

    def unconstrained(self, elements: FloatArray) -> FloatArray:
        """Return t, (batch, size), at elements that increase where they have to."""
        if not self.increasing:
            return elements
        with np.errstate(divide="ignore"):
            return np.concatenate([elements[:, :1], np.log(np.diff(elements, axis=1))], axis=1)

    def changes(self, t: FloatArray) -> FloatArray:
        """Return how the elements change with one t, (element, t)."""
        if not self.increasing:
            return np.eye(self.size)
        below = np.tril(np.ones((self.size, self.size)))
        return np.asarray(below * np.append(1.0, np.exp(t[1:])))

    def log_elements(self, elements: FloatArray) -> FloatArray:
        """Return the prior's log density of elements, (batch, size) to (batch,).

        Of independent ones, all orders but one are left out.
        """
        constant = special.gammaln(self.size + 1) if self.increasing else 0.0
        return np.asarray(self.log_density(elements).sum(axis=1) + constant)

    def log_prior(self, t: FloatArray) -> FloatArray:
        """Return the log density of t, the Jacobian included, (batch,)."""
        change = t[:, 1:].sum(axis=1) if self.increasing else 0.0
        return np.asarray(self.log_elements(self.value(t)) + change)


@dataclass(frozen=True, eq=False)
class Correlation:
    """The correlations of one covariance unit: LKJ(eta) as independent partial correlations.

    tanh(t) is the partial correlation of a pair; pairs are those of `np.tril_indices`. Source:
    Lewandowski, Kurowicka and Joe 2009.
    """

    unit: CorrelationUnit
    eta: float

    @property
    def pairs(self) -> int:
        """The number of pairs of effects."""
        return self.unit.size * (self.unit.size - 1) // 2

    def log_prior(self, t: FloatArray) -> FloatArray:
        """Return the log density of t, (batch, pairs), the Jacobian included; shape (batch,)."""
        shape, constant = self._shapes
        # log(1 - tanh(t)^2), without cancellation
        remaining = 2 * (np.log(2.0) - np.abs(t) - np.log1p(np.exp(-2 * np.abs(t))))
        return np.asarray((shape * remaining - constant).sum(axis=-1))

    @cached_property
    def _shapes(self) -> tuple[FloatArray, FloatArray]:
        """Each partial correlation's shape, and the constant of its log density."""
        _, columns = np.tril_indices(self.unit.size, -1)
        shape = self.eta + (self.unit.size - 2 - columns) / 2
        return shape, special.betaln(shape, shape) + (2 * shape - 1) * np.log(2.0)

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        """The rows and columns of pairs."""
        rows, columns = np.tril_indices(self.unit.size, -1)
        return list(zip(rows.tolist(), columns.tolist(), strict=True))

    def cholesky(self, t: FloatArray) -> FloatArray:
        """Return the correlation matrix's Cholesky factor, (batch, size, size)."""
        size, partial = self.unit.size, np.tanh(t)
        factor = np.zeros((len(t), size, size))
        left = np.ones((len(t), size))
        for pair, (i, j) in enumerate(self._places):
            factor[:, i, j] = partial[:, pair] * left[:, i]
            left[:, i] *= np.sqrt(np.maximum(1 - partial[:, pair] ** 2, 1e-300))
        diagonal = range(size)
        factor[:, diagonal, diagonal] = left
        return factor

    def unconstrained(self, matrix: FloatArray) -> FloatArray:
        """Return t, (pairs,), of a positive definite correlation matrix."""
        factor = np.linalg.cholesky(matrix)
        t = []
        for i, j in self._places:
            left = np.sqrt(1 - np.sum(factor[i, :j] ** 2))
            t.append(np.arctanh(np.clip(factor[i, j] / left, -1 + 1e-12, 1 - 1e-12)))
        return np.array(t)


@dataclass(frozen=True, eq=False)
class Values:
    """What a batch of t stands for: parameters by key and each factor's covariance root.

    `scalars` are (batch,); `vectors` (batch, size); `correlations` Cholesky factors by unit,
    (batch, size, size); `roots` (batch, n_effects, n_effects) in the order of the layout's factors,
    with covariance root root'.
    """

    scalars: dict[str, FloatArray]
    vectors: dict[str, FloatArray]
    correlations: dict[str, FloatArray]
    roots: tuple[FloatArray, ...]


@dataclass(frozen=True, eq=False)
class Parameters:
    """All coordinates of t; `factors` are the grouping factors of the mean."""

    scalars: tuple[Coordinate, ...]
    vectors: tuple[VectorParts, ...]
    correlations: tuple[Correlation, ...]
    factors: tuple[FactorEffects, ...]

    @property
    def size(self) -> int:
        """The number of unconstrained parameters."""
        return self._end_of_vectors + sum(c.pairs for c in self.correlations)

    @property
    def _end_of_vectors(self) -> int:
        return len(self.scalars) + sum(vector.size for vector in self.vectors)

    def place(self, key: str) -> int:
        """Return where a scalar parameter stands in t."""
        return [coordinate.key for coordinate in self.scalars].index(key)

    def sds(self, *factors: FactorEffects) -> list[int]:
        """Return where the standard deviations of factors stand in t."""
        keys = {key for found in factors for key in found.sd_keys}
        return [i for i, coordinate in enumerate(self.scalars) if coordinate.key in keys]

    def log_prior(self, t: FloatArray) -> FloatArray:
        """Return the log prior density of t, (batch, size), in t; shape (batch,)."""
        total = np.zeros(len(t))
        for i, coordinate in enumerate(self.scalars):
            total += coordinate.log_prior(t[:, i])
        for vector, where in self.placed_vectors():
            total += vector.log_prior(t[:, where])
        for correlation, where in self.pairs():
            total += correlation.log_prior(t[:, where])
        return total

    def values(self, t: FloatArray) -> Values:
        """Return what t, (batch, size), stands for."""
        scalars = {c.key: c.value(t[:, i]) for i, c in enumerate(self.scalars)}
        vectors = {v.key: v.value(t[:, where]) for v, where in self.placed_vectors()}
        factors = {c.unit.name: c.cholesky(t[:, where]) for c, where in self.pairs()}
        return Values(scalars, vectors, factors, self.roots(scalars, factors))

    def unconstrained(
        self,
        scalars: Mapping[str, float],
        vectors: Mapping[str, FloatArray],
        correlations: Mapping[str, FloatArray],
    ) -> FloatArray:
        """Return t, (size,), of values by key; correlation matrices by unit. 0 for what lacks."""
        t = np.zeros(self.size)
        for i, coordinate in enumerate(self.scalars):
            if coordinate.key in scalars:
                t[i] = float(coordinate.unconstrained(np.array(scalars[coordinate.key])))
        for vector, where in self.placed_vectors():
            if vector.key in vectors:
                t[where] = vector.unconstrained(vectors[vector.key][None])[0]
        for correlation, where in self.pairs():
            if correlation.unit.name in correlations:
                t[where] = correlation.unconstrained(correlations[correlation.unit.name])
        return t

    def roots(
        self, scalars: dict[str, FloatArray], factors: dict[str, FloatArray]
    ) -> tuple[FloatArray, ...]:
        """Put each factor's covariance root together from sds and correlation factors."""
        made = []
        for found in self.factors:
            sd = np.stack([scalars[key] for key in found.sd_keys], axis=-1)
            root = sd[:, :, None] * np.eye(len(found.effects))
            for unit in (c.unit for c in self.correlations):
                if unit.name in factors and unit.parts[0][0] is found:
                    where = np.ix_(range(len(sd)), unit.parts[0][1], unit.parts[0][1])
                    root[where] = sd[:, list(unit.parts[0][1]), None] * factors[unit.name]
            made.append(root)
        return tuple(made)

    def placed_vectors(self) -> list[tuple[VectorParts, slice]]:
        """Return the vectors with their places in t."""
        start, placed = len(self.scalars), []
        for vector in self.vectors:
            placed.append((vector, slice(start, start + vector.size)))
            start += vector.size
        return placed

    def pairs(self) -> list[tuple[Correlation, slice]]:
        """Return each unit's correlations with their places in t."""
        start, placed = self._end_of_vectors, []
        for correlation in self.correlations:
            placed.append((correlation, slice(start, start + correlation.pairs)))
            start += correlation.pairs
        return placed


def build_parameters(spec: Spec, sampled: Sequence[PriorEntry]) -> Parameters:
    """Arrange a specification's parameters; `sampled` are the coefficients that are part of t."""
    entries = [entry for entry in spec.priors if entry.role == "auxiliary"]
    entries += spec.priors.select("sd")
    scalars = [_coordinate(entry) for entry in entries]
    if sampled:  # a pass over all rows
        steps = coefficient_steps(spec, "mean").tolist()
        units = dict(zip(spec.design.mean.fixed.names, steps, strict=True))
        scalars += [_coordinate(entry, units[entry.element]) for entry in sampled]
    vectors = [
        VectorParts(
            name,
            len(vector.labels(spec.response.levels or ())),
            vector.increasing,
            log_density_of(spec.priors[name]),
        )
        for name, vector in spec.vectors.items()
    ]
    correlations = [
        Correlation(unit, spec.priors[matrix.name].args["eta"])
        for matrix in spec.layout.correlations
        for unit, _ in matrix.units
    ]
    factors = tuple(spec.layout.of("mean"))
    return Parameters(tuple(scalars), tuple(vectors), tuple(correlations), factors)


def _coordinate(entry: PriorEntry, unit: float = 1.0) -> Coordinate:
    (lower, upper), (least, most) = support(entry.prior), entry.domain
    lower, upper = max(lower, least), min(upper, most)
    return Coordinate(entry.key, entry.prior, lower, upper, log_density_of(entry.prior), unit)
