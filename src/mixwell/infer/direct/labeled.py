"""Draws of x and t as the variables of a posterior."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import xarray as xr

from mixwell.infer.direct.columns import Unit
from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.labels import (
    by_variable,
    coordinates,
    observed_data,
    posterior_dims,
    posterior_labels,
)
from mixwell.posterior.level_deviations import MEAN, lazy_variable
from mixwell.specify.held_intercepts import above_means
from mixwell.specify.layout import FactorEffects

__all__ = ["GroupDeviations", "coefficient_values", "labeled_draws"]


class EffectReader(Protocol):
    """Draws of all effects of one chain; read (draw, effect). `later` are read when asked for."""

    later: bool

    @property
    def mean(self) -> FloatArray:
        """The mean of every effect."""
        ...

    def read(self, columns: slice, draws: slice) -> FloatArray:
        """Return some draws of some effects."""
        ...


def labeled_draws(
    target: Target,
    t: FloatArray,
    coefficients: FloatArray,
    effects: Sequence[EffectReader],
    draws: slice,
) -> xr.DataTree:
    """Return a tree of draws (chain, draw, ...) under the names and coords of the posterior.

    Of `effects`, one value a chain, the `draws` are taken.
    """
    spec, dims = target.spec, posterior_dims(target.spec)
    own = {"chain": np.arange(len(t)), "draw": np.arange(draws.stop)}
    own_values = coefficient_values(target, coefficients)
    named = {**by_variable(spec, own_values), **_covariances(target, t)}
    found: dict[str, Any] = {
        name: (("chain", "draw", *dims[name]), values) for name, values in named.items()
    }
    for group in spec.layout.factors:
        deviations = GroupDeviations(group, target.columns.units, effects, draws)
        found[group.r_name] = deviations.variable(("chain", "draw", *dims[group.r_name]))
    ordered = {name: found[name] for name in (*spec.variables, *spec.vectors) if name in found}
    labels = coordinates({**posterior_labels(spec), **own})
    observed, row_dim = observed_data(spec), spec.layout.row_dim
    index = {f.index_name: (row_dim, np.array(f.index)) for f in spec.layout.factors}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(ordered, coords=labels),
            "observed_data": observed,
            "constant_data": xr.Dataset(index, coords=observed.coords),
        }
    )


def coefficient_values(target: Target, x: FloatArray) -> dict[str, FloatArray]:
    """Return what each parameter has: its formula's coefficients, its value, or its elements.

    Coefficients are at the user's predictors, values on the parameters' own scale.
    """
    spec, found, first = target.spec, dict[str, FloatArray](), target.columns.random
    spans = {
        name: slice(span.start - first, span.stop - first)
        for name, span in target.columns.coefficients.items()
    }
    for name, span in spans.items():
        own = x[..., span]
        if name in spec.predictors:
            fixed = spec.predictors[name].fixed
            if not fixed.names:
                continue
            if fixed.intercept:
                own = own.copy()
                own[..., 0] -= own[..., 1:] @ fixed.centers[1:]
            found[name] = fixed.of_near(own)
        elif name in spec.vectors:
            found[name] = own
        else:
            found[name] = spec.family.link_of(name).inverse(own[..., 0])
    holder = spec.family.holds_intercept
    if holder is not None and holder.name in found:
        found[holder.name] = found[holder.name] + above_means(spec, lambda n: x[..., spans[n]])
    return found


def _covariances(target: Target, t: FloatArray) -> dict[str, FloatArray]:
    """Return standard deviations by factor, and correlation matrices."""
    spec, parts = target.spec, target.covariances.parts
    coordinates = target.covariances.coordinates
    sds = {c.key: c.value(t[..., k]) for k, c in enumerate(coordinates)}
    found = {
        group.sd_name: np.stack([sds[key] for key in group.sd_keys], axis=-1)
        for group in spec.layout.factors
    }
    flat = t.reshape(t.shape[0] * t.shape[1], t.shape[2])
    roots = {
        part.unit.layout.name: part.correlation.cholesky(flat[:, part.pairs])
        for part in parts
        if part.correlation is not None
    }
    for matrix in spec.layout.correlations:
        whole = np.tile(np.eye(len(matrix.labels)), (len(flat), 1, 1))
        for unit, where in matrix.units:
            root = roots[unit.name]
            whole[np.ix_(range(len(whole)), where, where)] = root @ root.swapaxes(1, 2)
        found[matrix.name] = whole.reshape(*t.shape[:-1], *whole.shape[1:])
    return found


@dataclass(frozen=True, eq=False)
class GroupDeviations:
    """A factor's deviations as they are read from draws of the effects that they are in."""

    group: FactorEffects
    units: Sequence[Unit]
    effects: Sequence[EffectReader]
    draws: slice

    def __call__(self, levels: slice, block: int = 0) -> FloatArray:
        """Return the draws of some levels, (chain, draw, level, effect), in whichever block."""
        chains, count = len(self.effects), self.draws.stop
        some = levels.stop - levels.start
        found = np.empty((chains, count, some, len(self.group.effects)))
        for unit, places in self._places():
            begin, end = (unit.start + unit.size * level for level in (levels.start, levels.stop))
            for chain, own in enumerate(self.effects):
                read = own.read(slice(begin, end), self.draws).reshape(count, some, unit.size)
                for place, effect in places:
                    found[chain, ..., effect] = read[..., place]
        return found

    def _places(self) -> Iterator[tuple[Unit, list[tuple[int, int]]]]:
        """Go through the units that hold the factor's effects: places there, and the effects."""
        for unit in self.units:
            every = [(member, effect) for member, own in unit.layout.parts for effect in own]
            places = [(k, effect) for k, (member, effect) in enumerate(every)
                      if member is self.group]  # fmt: skip
            if places:
                yield unit, places

    def _means(self, x: FloatArray) -> list[float]:
        """Return the means over levels of each effect of the factor."""
        found = np.empty(len(self.group.effects))
        for unit, places in self._places():
            means = x[unit.span].reshape(-1, unit.size).mean(axis=0)
            for place, effect in places:
                found[effect] = means[place]
        return [float(mean) for mean in found]

    def variable(self, dims: tuple[str, ...]) -> xr.Variable:
        """Return all levels' draws as a variable, made where it is read if they lie elsewhere."""
        n_levels, n_effects = len(self.group.levels), len(self.group.effects)
        if not any(own.later for own in self.effects):
            return xr.Variable(dims, self(slice(0, n_levels)))
        shape = len(self.effects), self.draws.stop, n_levels, n_effects
        variable = lazy_variable(dims, shape, self)
        variable.attrs[MEAN] = self._means(np.mean([own.mean for own in self.effects], axis=0))
        return variable
