"""What rows add to a log likelihood free of the linear predictor, level by level."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mixwell.families import Family
from mixwell.families.family import Tally
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.spec import Spec

__all__ = ["RowConstants"]


@dataclass(frozen=True, eq=False)
class RowConstants:
    """The rows of a model, each of one of `n_levels` levels: the numbers `levels` (n,) say which.

    `known` are responses `y` (n,) and numbers of `trials`; where weights are part of the scale
    `weights` are 1. Of some levels, `chosen` says which of those of `all_rows` they are.
    """

    family: Family
    tally: Tally
    known: Mapping[str, FloatArray]
    weights: FloatArray
    levels: IntArray
    n_levels: int
    chosen: IntArray | None = None
    all_rows: "RowConstants | None" = None

    @classmethod
    def of(cls, spec: Spec, tally: Tally, levels: IntArray, n_levels: int) -> "RowConstants":
        """Return the rows of a specification."""
        response = spec.response
        known = {"y": response.values}
        if response.trials is not None:
            known["trials"] = response.trials
        weights = np.ones(len(response.values))
        if response.weights is not None and spec.family.scale is None:
            weights = np.asarray(response.weights)
        return cls(spec.family, tally, known, weights, levels, n_levels)

    def of_levels(self, levels: slice | IntArray) -> "RowConstants":
        """Return the rows of some levels, in their order; they are taken out when they are read."""
        own = np.arange(self.n_levels) if self.chosen is None else self.chosen
        return replace(self, chosen=own[levels], all_rows=self.all_rows or self)

    def total(self, auxiliary: Mapping[str, FloatArray]) -> FloatArray:
        """Return the sum over all rows, whichever levels were chosen, (batch,)."""
        rows = self if self.all_rows is None else self.all_rows._as_one
        return rows.by_level(auxiliary).sum(axis=1)

    @cached_property
    def _as_one(self) -> "RowConstants":
        """The same rows, all of one level."""
        return replace(self, levels=np.zeros_like(self.levels), n_levels=1)

    def by_level(self, auxiliary: Mapping[str, FloatArray]) -> FloatArray:
        """Return the sums of the chosen levels, (batch, levels) or (1, levels)."""
        if self.all_rows is not None:
            return self._taken.by_level(auxiliary)
        total = np.zeros((1, self.n_levels))
        rows = self.family.arguments(**self.known)
        if self.tally.rows is not None:
            total = total + self._added(rows.call(self.tally.rows))
        columns = {name: values[:, None] for name, values in auxiliary.items()}
        for of_parameters, of_row in self.tally.products:
            each = self.family.arguments(**columns).call(of_parameters)
            total = total + each * self._added(1.0 if of_row is None else rows.call(of_row))
        if self.tally.joint is not None:
            values, counts = self._distinct
            each = self.family.arguments(y=values, **columns).call(self.tally.joint)
            total = total + each @ counts
        return np.asarray(total)

    @cached_property
    def _taken(self) -> "RowConstants":
        """The rows of the chosen levels, which are all there are."""
        assert self.all_rows is not None
        assert self.chosen is not None
        order, starts = self.all_rows._by_levels
        sizes = np.diff(starts)[self.chosen]
        before = np.cumsum(sizes) - sizes
        rows = order[np.arange(int(sizes.sum())) + np.repeat(starts[self.chosen] - before, sizes)]
        return replace(
            self,
            known={name: values[rows] for name, values in self.known.items()},
            weights=self.weights[rows],
            levels=np.repeat(np.arange(len(sizes)), sizes),
            n_levels=len(sizes),
            chosen=None,
            all_rows=None,
        )

    @cached_property
    def _by_levels(self) -> tuple[IntArray, IntArray]:
        """The rows in the order of their levels, and where each level begins."""
        order = np.argsort(self.levels, kind="stable")
        return order, np.searchsorted(self.levels[order], np.arange(self.n_levels + 1))

    def _added(self, rows: FloatArray | float) -> FloatArray:
        return np.bincount(self.levels, self.weights * rows, self.n_levels)[None]

    @cached_property
    def _distinct(self) -> tuple[FloatArray, FloatArray]:
        """Return the response's distinct values and their weights by level."""
        values, where = np.unique(self.known["y"], return_inverse=True)
        counts = np.zeros((len(values), self.n_levels))
        np.add.at(counts, (where, self.levels), self.weights)
        return values, counts
