"""The likelihood of all rows along their linear predictors: value, score, curvature.

A row has one linear predictor for each number that its density reads: the first parameter's, each
further parameter's on its link scale, and the elements of a vector that the row reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from mixwell.design.response.response import Response
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.infer.equal_rows import equal_rows
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.likelihood import log_density, row_arguments
from mixwell.specify.spec import Spec

__all__ = ["LikelihoodRows", "Mixed", "Vectors", "build_rows"]

#: The step of differences along a linear predictor, where no derivative is known; that of second
#: differences, in units of the predictor's scale.
_STEP, _LONG_STEP = 1e-4, 1e-2
#: The least curvature, as a share of the largest.
_LEAST = 1e-10
#: From so many rows on equal ones become one, if at most this share of them is left: fewer take
#: less time than everything else that a chain does (benchmarks/equal_rows.py).
_MANY, _SHARE = 1_000, 0.8

#: Parameters that are vectors, by name.
type Vectors = dict[str, FloatArray]
#: What rows have for two of their predictors, (row,), by the numbers of both, the lower one first.
type Mixed = Mapping[tuple[int, int], FloatArray]


@dataclass(frozen=True, eq=False)
class LikelihoodRows:
    """The rows that say something, and the parameter that each of their predictors is for.

    `labels` are in the order of the family's parameters, `mean` first; a vector's name stands once
    for each of its elements that a row reads. `used` says which rows of the data these are, None
    where it is all of them: of equal ones the first, whose weight is that of all.
    """

    family: Family
    response: Response
    labels: tuple[str, ...]
    used: IntArray | None

    @property
    def n(self) -> int:
        """The number of rows."""
        return self.response.values.size

    @property
    def vectors(self) -> tuple[str, ...]:
        """The parameters that are vectors."""
        further = dict.fromkeys(self.labels[1:])
        return tuple(n for n in further if self.family.parameter(n).vector is not None)

    def value(self, eta: FloatArray, vectors: Vectors) -> float:
        """Return the log likelihood at linear predictors (predictor, row) and vectors by name."""
        with np.errstate(all="ignore"):
            return float(self._density(eta, vectors).sum())

    def score(self, eta: FloatArray, vectors: Vectors) -> tuple[float, FloatArray]:
        """Return the log likelihood, and each row's derivatives (predictor, row)."""
        with np.errstate(all="ignore"):
            value = float(self._density(eta, vectors).sum())
            if self.response.censoring is not None or self.response.truncated:
                return value, self._differences(eta, vectors)
            arguments, slopes = self._arguments(eta, vectors)
            return value, self._stacked(arguments.call(self.family.density.gradient), slopes)

    def curvature(self, eta: FloatArray, vectors: Vectors) -> FloatArray:
        """Return a positive number for minus each second derivative, (predictor, row).

        LikelihoodRows that are cut off count as observed.
        """
        with np.errstate(all="ignore"):
            arguments, slopes = self._arguments(eta, vectors)
            parts = arguments.call(self.family.density.curvature)
            found = self._stacked(parts, [slope**2 for slope in slopes])
        found = np.where(np.isfinite(found) & (found > 0), found, 0.0)
        return np.asarray(np.maximum(found, _LEAST * found.max(axis=1, keepdims=True)))

    def mixed_curvature(self, eta: FloatArray, vectors: Vectors, curvature: FloatArray) -> Mixed:
        """Return what a `curvature` has for two predictors that are not orthogonal."""
        if not self.mixed:
            return {}
        response, found = self.response, dict[tuple[int, int], FloatArray]()
        outside = self.family.scale is None and response.weights is not None
        with np.errstate(all="ignore"):
            arguments, slopes = self._arguments(eta, vectors)
            entries = _mixed_entries(self.family, arguments)
            for (k, j), place in self.mixed.items():
                own = entries[place] * slopes[k] * slopes[j]
                own = own * response.weights if outside else own
                most = np.sqrt(curvature[k] * curvature[j])  # rounding may exceed it
                found[k, j] = np.clip(np.where(np.isfinite(own), own, 0.0), -most, most)
        return found

    @cached_property
    def mixed(self) -> dict[tuple[int, int], int]:
        """Pairs of predictors that are not orthogonal, with their place among the family's."""
        known = [k for k, name in enumerate(self._names) if name in self.labels]
        places = {name: place for place, name in enumerate(known)}
        below = ((j, k) for k in range(len(self._names)) for j in range(k))
        return {
            (places[j], places[k]): place
            for place, ((j, k), there) in enumerate(zip(below, self._mixed_known, strict=False))
            if there and j in places and k in places
        }

    @property
    def _mixed_known(self) -> list[bool]:
        """Which of the family's mixed curvatures there are, whatever the parameters."""
        if self.family.density.pairs is None:
            return [function is not None for function in self.family.density.mixed]
        levels = self.response.levels or ()
        known = {p.name: p.vector for p in self.family.further if p.vector is not None}
        vectors = {n: np.arange(1.0 * len(v.labels(levels))) for n, v in known.items()}
        with np.errstate(all="ignore"):  # at any numbers
            arguments, _ = self._arguments(np.zeros((len(self.labels), self.n)), vectors)
            return [found is not None for found in _mixed_entries(self.family, arguments)]

    def information(self, eta: FloatArray, vectors: Vectors) -> FloatArray:
        """Return minus each row's second derivatives, mixed ones too: (predictor, predictor, row).

        They are those observed, which may have either sign.
        """
        with np.errstate(all="ignore"):
            if self.response.censoring is not None or self.response.truncated:
                return self._second_differences(eta, vectors)
            arguments, slopes = self._arguments(eta, vectors)
            parts = arguments.call(self.family.density.hessian)
            gradient = arguments.call(self.family.density.gradient)
            bends = self._bends(eta, vectors, arguments)
        names = self._names
        known = [k for k, name in enumerate(names) if name in self.labels]
        found = np.empty((len(slopes), len(slopes), self.n))
        for i, a in enumerate(known):
            for j, b in enumerate(known[: i + 1]):
                second = parts[a * (a + 1) // 2 + b] * slopes[i] * slopes[j]
                if i == j and bends[i] is not None:
                    second = second + gradient[a] * bends[i]
                found[i, j] = found[j, i] = -second
        if self.family.scale is None and self.response.weights is not None:
            found *= self.response.weights
        return found

    @property
    def _names(self) -> list[str]:
        """The parameter of each entry of the density's gradient."""
        return self.family.entries(self.response.levels)

    def _bends(
        self, eta: FloatArray, vectors: Vectors, arguments: Arguments
    ) -> list[FloatArray | None]:
        """Return second derivatives of arguments along their linear predictors, None where 0."""
        family, weights = self.family, self.response.weights
        first = family.in_predictor or family.link.linear
        bends: list[FloatArray | None] = [None if first else family.link.curvature(eta[0])]
        for k, name in enumerate(self.labels[1:], 1):
            if name in vectors:
                bends.append(None)
                continue
            link = family.link_of(name)
            bend = link.curvature(eta[k])
            if family.scale is not None and name == family.scale.name:
                share = 1.0 if weights is None else weights
                own, whole, slope = link.inverse(eta[k]), arguments[name], link.slope(eta[k])
                over = share * whole
                bend = own / over * bend + (1 - own**2 / (over * whole)) / over * slope**2
            bends.append(bend)
        return bends

    def _second_differences(self, eta: FloatArray, vectors: Vectors) -> FloatArray:
        """Return minus second differences of the fourth order, mixed ones of the second."""
        steps = _LONG_STEP * self.scales(eta)
        found = np.empty((len(eta), len(eta), self.n))

        def moved(*moves: tuple[int, float]) -> FloatArray:
            at = eta.copy()
            for k, times in moves:
                at[k] += times * steps[k]
            return self._density(at, vectors)

        middle = self._density(eta, vectors)
        for k in range(len(eta)):
            near = moved((k, 1.0)) + moved((k, -1.0))
            far = moved((k, 2.0)) + moved((k, -2.0))
            found[k, k] = (far - 16 * near + 30 * middle) / (12 * steps[k] ** 2)
            for j in range(k):
                same = moved((k, 1.0), (j, 1.0)) + moved((k, -1.0), (j, -1.0))
                other = moved((k, 1.0), (j, -1.0)) + moved((k, -1.0), (j, 1.0))
                found[k, j] = found[j, k] = (other - same) / (4 * steps[k] * steps[j])
        return found

    def scales(self, eta: FloatArray) -> FloatArray:
        """Return how far each linear predictor goes before a density changes much, (predictor,)."""
        found = np.ones(len(eta))
        scale = self.family.scale
        if self.family.linear and scale is not None:
            known = scale.name in self.labels
            own = (
                self.family.link_of(scale.name).inverse(eta[self.labels.index(scale.name)])
                if (known)
                else np.asarray(self.response.se)
            )
            found[0] = float(np.median(own))
        return found

    def _stacked(self, parts: tuple[FloatArray, ...], slopes: list[FloatArray]) -> FloatArray:
        known = [part for name, part in zip(self._names, parts, strict=True) if name in self.labels]
        found = np.empty((len(slopes), self.n))
        for k, (part, slope) in enumerate(zip(known, slopes, strict=True)):
            np.multiply(part, slope, out=found[k])
            if self.family.scale is None and self.response.weights is not None:
                found[k] *= self.response.weights
        return found

    def _parameters(self, eta: FloatArray, vectors: Vectors) -> dict[str, FloatArray]:
        """Return the further parameters on their own scale."""
        own = {name: k for k, name in enumerate(self.labels) if k and name not in vectors}
        return {n: self.family.link_of(n).inverse(eta[k]) for n, k in own.items()} | vectors

    def _density(self, eta: FloatArray, vectors: Vectors) -> FloatArray:
        return log_density(self.family, self.response, eta[0], self._parameters(eta, vectors))

    def _arguments(self, eta: FloatArray, vectors: Vectors) -> tuple[Arguments, list[FloatArray]]:
        """Return the family's arguments, and how much each changes with its linear predictor."""
        family, response = self.family, self.response
        given = self._parameters(eta, vectors)
        arguments = row_arguments(family, response, eta[0], given)
        one = np.ones(eta.shape[1])
        slopes = [one if family.in_predictor else family.link.slope(eta[0])]
        for k, name in enumerate(self.labels[1:], 1):
            slope = one if name in vectors else family.link_of(name).slope(eta[k])
            if family.scale is not None and name == family.scale.name:
                # sqrt((se^2 + sigma^2) / weight) changes with sigma by sigma / weight over itself
                weights = 1.0 if response.weights is None else response.weights
                slope = slope * given[name] / (weights * arguments[name])
            slopes.append(slope)
        return arguments, slopes

    def _differences(self, eta: FloatArray, vectors: Vectors) -> FloatArray:
        """Return derivatives by differences, where distribution functions have none of their own.

        They are the same at the same place, so that trajectories along them can be reversed.
        """
        found = np.empty_like(eta)
        for k in range(len(eta)):
            moved = eta.copy()
            moved[k] += _STEP
            above = self._density(moved, vectors)
            moved[k] = eta[k] - _STEP
            found[k] = (above - self._density(moved, vectors)) / (2 * _STEP)
        return found


def _mixed_entries(family: Family, arguments: Arguments) -> list[Any]:
    """Return the family's mixed curvatures, None where two parameters are orthogonal."""
    known = family.density
    if known.pairs is not None:
        return list(arguments.call(known.pairs))
    return [None if function is None else arguments.call(function) for function in known.mixed]


def build_rows(spec: Spec) -> LikelihoodRows:
    """Leave rows of weight 0 out of a specification's likelihood, and name the predictors.

    Rows that are equal become one, where weights multiply log densities and it pays.
    """
    response, used = spec.response, None
    if response.weights is not None and not (response.weights > 0).all():
        used = np.flatnonzero(response.weights > 0)
        response = response.rows(used)
    if spec.family.scale is None and response.values.size >= _MANY:
        found = equal_rows(_columns(spec, response, used), int(_SHARE * response.values.size))
        if found is not None:
            first, group = found
            weights = np.bincount(group, response.weights)
            response = replace(response.rows(first), weights=weights.astype(np.float64))
            used = first if used is None else used[first]
    own = spec.auxiliary
    labels = (n for n in spec.family.entries(response.levels) if n == "mean" or n in own)
    return LikelihoodRows(spec.family, response, tuple(labels), used)


def _columns(spec: Spec, response: Response, used: IntArray | None) -> Iterator[np.ndarray]:
    """Yield all that the likelihood reads of rows, but for their weights."""
    held = (getattr(response, each.name) for each in fields(response) if each.name != "weights")
    yield from (value for value in held if isinstance(value, np.ndarray))
    rows = slice(None) if used is None else used
    for predictor in spec.predictors.values():
        fixed = predictor.fixed
        yield (fixed.distinct if fixed.row_cells is None else fixed.row_cells)[rows]
        if predictor.offset is not None:
            yield np.asarray(predictor.offset)[rows]
    for factor in spec.layout.factors:
        yield factor.index[rows]
        yield factor.values[rows]
