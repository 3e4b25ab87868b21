"""The posterior's one owner: draws, read by the names that the specification gave them."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import options
from mixwell.posterior.covariance import FactorCovariance
from mixwell.posterior.draws import (
    Stack,
    draws_of,
    join_stacks,
    labels_of,
    scalar_draws,
    stack_labels,
    stack_variable,
)
from mixwell.posterior.level_deviations import Deviations, made_when_read
from mixwell.posterior.linear_predictor import LevelDraws
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import GroupNames, predictor_names, read_name, vector_dim
from mixwell.specify.spec import Spec

__all__ = ["NamedDraws", "Posterior"]

#: Deviations of up to so many numbers (32 MB) are put in the order in which rows read them.
_COPIED = 4_000_000


@dataclass(frozen=True, eq=False)
class NamedDraws:
    """Draws of which the model need not be known: what their variables' names alone say."""

    draws: xr.Dataset

    @property
    def shape(self) -> tuple[int, int]:
        """The number of chains and of draws a chain."""
        return int(self.draws.sizes["chain"]), int(self.draws.sizes["draw"])

    @property
    def samples(self) -> int:
        """The number of draws of all chains."""
        return self.shape[0] * self.shape[1]

    @property
    def fixed(self) -> tuple[str, ...]:
        """The variables of coefficients, the mean's first."""
        return tuple(sorted(self._of_kind("b"), key=lambda name: read_name(name)[1] != "mean"))

    @property
    def scalars(self) -> tuple[str, ...]:
        """The family's own parameters that are numbers: variables without a dimension."""
        return tuple(name for name in self.further if self.draws[name].ndim == 2)

    @property
    def further(self) -> tuple[str, ...]:
        """The family's own parameters: numbers, and vectors along a dimension of their own."""
        own = predictor_names("mean").intercept
        return tuple(
            str(name)
            for name, variable in self.draws.data_vars.items()
            if {*variable.dims} <= {"chain", "draw", vector_dim(str(name))} and name != own
        )

    def _of_kind(self, kind: Literal["b", "sd"]) -> dict[str, str]:
        """Return what the names say of variables of one kind, by name."""
        found = ((str(name), read_name(str(name))) for name in self.draws.data_vars)
        return {name: rest for name, (own, rest) in found if own == kind}

    def flat(self, name: str) -> FloatArray:
        """Return a variable's draws with chains after one another, (sample, ...)."""
        values = draws_of(self.draws[name])
        return values.reshape(self.samples, *values.shape[2:])

    def stack(self, names: Iterable[str]) -> Stack:
        """Return variables side by side, in the order of `names`; no two labels are the same."""
        parts = [stack_variable(self.draws[n], self._taken(n)) for n in names]
        return join_stacks(parts, self.draws)

    def scalar_places(self) -> dict[str, tuple[str, int]]:
        """Return where the draws of every scalar are, by its label: a variable, and a place."""
        found: dict[str, tuple[str, int]] = {}
        for name in map(str, self.draws.data_vars):
            if {"chain", "draw"} <= set(self.draws[name].dims):
                labels = stack_labels(self.draws[name], self._taken(name))
                found |= {label: (name, k) for k, label in enumerate(labels)}
        return found

    def scalar(self, name: str, place: int) -> FloatArray:
        """Return the draws (chain, draw) at one of the places of `scalar_places`."""
        return scalar_draws(self.draws[name], place)

    def _taken(self, name: str) -> Container[str]:
        """Return the labels that the mean's coefficients may not have."""
        of_mean = predictor_names("mean").coefficients
        if name != of_mean:
            return ()
        others = [other for other in self.fixed if other != of_mean]
        return {*self.scalars, *(x for n in others for x in stack_labels(self.draws[n]))}

    def standard_deviations(self) -> Iterator[tuple[GroupNames, str, FloatArray]]:
        """Go through the groups' standard deviations: group, effect, draws (chain, draw)."""
        for name, label in self._of_kind("sd").items():
            values = draws_of(self.draws[name])
            for k, effect in enumerate(labels_of(self.draws[name])[0]):
                yield GroupNames(label), effect, values[..., k]

    def deviations(self, group: GroupNames) -> Deviations:
        """Return the deviations of a group's levels; raises `DataError` where none were kept."""
        name = group.r_name
        if name not in self.draws:
            raise DataError(f"The posterior has no {name}, so that levels cannot be predicted.")
        levels, effects = labels_of(self.draws[name])
        return Deviations(tuple(levels), tuple(effects), self.draws[name])


@dataclass(frozen=True, eq=False)
class Posterior(NamedDraws):
    """The draws of a model with its specification."""

    spec: Spec

    @property
    def groups(self) -> list[FactorEffects]:
        """The random effects whose standard deviations were kept, in the order of the model."""
        return [found for found in self.spec.layout.factors if found.sd_name in self.draws]

    def coefficients(self, parameter: str = "mean") -> FloatArray:
        """Return the coefficients of one linear predictor, (effect, sample), on the link scale."""
        if not self.spec.predictors[parameter].fixed.names:
            return np.empty((0, self.samples))
        naming = self.spec.layout.naming
        values, row = self.flat(naming.variable(parameter)), naming.row(parameter)
        return np.ascontiguousarray((values if row is None else values[:, row]).T)

    def thinned(self, draws: int) -> "Posterior":
        """Return so many of the draws, evenly spaced in every chain (at least one of each)."""
        chains, whole = self.shape
        each = min(max(1, draws // chains), whole)
        chosen = np.linspace(0, whole - 1, each).round().astype(int)
        return replace(self, draws=self.draws.isel(draw=chosen))

    def correlations(self, group: GroupNames) -> tuple[list[tuple[str, str]], FloatArray]:
        """Return pairs of effects, with their correlations, (chain, draw, pair).

        Effects of different blocks have a constant correlation of zero, which is no parameter.
        """
        if group.corr_name not in self.draws:
            return [], np.empty((*self.shape, 0))
        effects = labels_of(self.draws[group.corr_name])[0]
        row, column = np.tril_indices(len(effects), -1)
        pairs = draws_of(self.draws[group.corr_name])[:, :, row, column]
        keep = np.flatnonzero(np.ptp(pairs, axis=(0, 1)) > 0)
        return [(effects[column[i]], effects[row[i]]) for i in keep], pairs[:, :, keep]

    def covariance(self, *members: FactorEffects) -> FactorCovariance:
        """Return the covariance of one factor's effects, those of several parameters together.

        Raises `DataError` where their standard deviations were not kept.
        """
        for name in (found.sd_name for found in members if found.sd_name not in self.draws):
            raise DataError(
                f"The posterior has no {name}, so that new levels cannot be drawn.",
                hint='Ask with groups="population".',
            )
        sd = np.concatenate([self.flat(found.sd_name) for found in members], axis=1)
        size = sd.shape[1]
        correlation = np.broadcast_to(np.eye(size), (len(sd), size, size)).copy()
        correlated = np.zeros((size, size), dtype=bool)
        own = [(found.label, c) for found in members for c in range(len(found.effects))]
        for matrix in self.spec.layout.correlations:
            for unit, places in matrix.units:
                parts = [(found.label, c) for found, columns in unit.parts for c in columns]
                inside = [k for k, part in enumerate(parts) if part in own]
                if inside:
                    at, where = [own.index(parts[k]) for k in inside], [places[k] for k in inside]
                    drawn = self.flat(matrix.name)[(slice(None), *np.ix_(where, where))]
                    correlation[(slice(None), *np.ix_(at, at))] = drawn
                    correlated[np.ix_(at, at)] = True
        effects = tuple(effect for found in members for effect in found.full_effects)
        return FactorCovariance(effects, sd, correlation, correlated)

    def existing_levels(self, parameter: str = "mean") -> LevelDraws:
        """Return the deviations of the levels that the data have from one linear predictor.

        `(effect, level, sample)` by factor; those of many levels are views of the draws, no copies.
        """
        found = {f.factor: self.deviations(f).samples() for f in self.spec.layout.of(parameter)}
        return {
            factor: np.ascontiguousarray(values) if values.size <= _COPIED else values
            for factor, values in found.items()
        }

    def some_levels(self, factor: str, parameter: str, which: IntArray) -> FloatArray | None:
        """Return the deviations of some levels, `(effect, level, sample)`.

        None where the draws of all levels are held, or may be: those are read at once.
        """
        [found] = [f for f in self.spec.layout.of(parameter) if f.factor == factor]
        own = self.deviations(found)
        if not self.beyond_memory(own):
            return None
        return replace(own, variable=own.variable.isel({own.variable.dims[2]: which})).samples()

    @staticmethod
    def beyond_memory(deviations: Deviations) -> bool:
        """Return whether draws that are made where they are read are too many to be held."""
        variable = deviations.variable
        return made_when_read(variable) and 8.0 * variable.size > options.memory

    def new_levels(self, factor: str, labels: Sequence[str], entropy: int) -> dict[str, FloatArray]:
        """Draw deviations of new levels of a factor in every draw of its covariance.

        Returns `(effect, level, sample)` by linear predictor: effects that correlate across these
        are drawn together. The draws of a level depend on `entropy`, the factor's place in the
        model and the label alone, whichever others are drawn with it.
        """
        members = [found for found in self.spec.layout.factors if found.factor == factor]
        covariance = self.covariance(*members)
        place = list(self.spec.layout.factor_levels).index(factor)
        streams = ([entropy, place, *label.encode()] for label in labels)
        drawn = [covariance.draw(1, np.random.default_rng(stream)) for stream in streams]
        ends = np.cumsum([len(found.effects) for found in members])
        parts = np.split(np.concatenate(drawn, axis=1), ends[:-1])
        return {
            found.parameter: np.ascontiguousarray(part)
            for found, part in zip(members, parts, strict=True)
        }
