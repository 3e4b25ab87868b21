"""Rows of a generalized model in cells: equal predictors within a level are counted together.

In most families a cell's log likelihood depends on the linear predictor through two sums only, so
that nothing is lost: s (successes, counts, amounts) and m (trials, rows); others keep their rows
(see `families.family.Tally`). Levels whose cells are alike form one *class* and are integrated
once. With a canonical link their responses need agree in the sums of s z only: what else differs is
linear in the coefficients.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.families.elementwise import Elementwise
from mixwell.families.family import Tally
from mixwell.infer.exact.quadrature.row_constants import RowConstants
from mixwell.infer.exact.quadrature.whole_rows import whole_log_density
from mixwell.numeric.array_functions import ARRAYS
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.spec import Spec

__all__ = ["Auxiliary", "Seen", "Tallies", "tally_of"]

#: The family's own parameters: (batch,), or one number for each cell that is looked at.
type Auxiliary = dict[str, FloatArray]
#: What was seen of rows before their linear predictors are known (see `Tally.of_row`).
type Seen = tuple[FloatArray, ...]
_TINY = 1e-290
#: The step of differences along a linear predictor, in units of its scale.
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class Tallies:
    """Cells sorted by class: predictors `x` (n_cells, p), `z` (n_cells, q), `offset`, sums s, m.

    `index` gives each cell's class, `level_class` each level's. A level's s times [x, offset] less
    that of its class's cells is `away` (n_levels, p + 1). What is free of the linear predictor is
    made of `rows`; rows that stay rows have standard errors `known` and numbers of `trials`. Of
    rows that are whole, `cut` says where they are cut off (see `whole_rows`); nothing of these is
    left to constants.
    """

    spec: Spec
    x: FloatArray
    z: FloatArray
    offset: FloatArray
    s: FloatArray
    m: FloatArray
    index: IntArray
    level_class: IntArray
    away: FloatArray
    rows: RowConstants | None
    known: FloatArray | None = None
    trials: FloatArray | None = None
    cut: dict[str, FloatArray] | None = None

    @property
    def family(self) -> Family:
        """The family."""
        return self.spec.family

    @property
    def of_rows(self) -> bool:
        """Whether cells have densities of their own, and no sums that stand for many."""
        return self.cut is not None or tally_of(self.family).by_row is not None

    @property
    def n_levels(self) -> int:
        """The number of levels."""
        return len(self.level_class)

    @cached_property
    def counts(self) -> IntArray:
        """The number of levels in each class."""
        return np.bincount(self.level_class)

    @cached_property
    def starts(self) -> IntArray:
        """Where each class's cells begin, and the number of cells."""
        return np.searchsorted(self.index, np.arange(len(self.counts) + 1))

    def of_levels(self, levels: slice | IntArray) -> "tuple[Tallies, IntArray]":
        """Return the tallies of some levels, and which cells these are."""
        used, level_class = np.unique(self.level_class[levels], return_inverse=True)
        sizes = self.starts[used + 1] - self.starts[used]
        ends = np.cumsum(sizes)
        cells = np.arange(ends[-1]) + np.repeat(self.starts[used] - ends + sizes, sizes)
        some = replace(
            self,
            x=self.x[cells],
            z=self.z[cells],
            offset=self.offset[cells],
            s=self.s[cells],
            m=self.m[cells],
            index=np.repeat(np.arange(len(used)), sizes),
            level_class=level_class,
            away=self.away[levels],
            rows=None if self.rows is None else self.rows.of_levels(levels),
            known=None if self.known is None else self.known[cells],
            trials=None if self.trials is None else self.trials[cells],
            cut=None if self.cut is None else {n: v[cells] for n, v in self.cut.items()},
        )
        return some, cells

    @cached_property
    def sums(self) -> sparse.csr_array:
        """The matrix that adds up cells by class, (n_classes, n_cells)."""
        return self.weighted_sums(np.ones(len(self.s)))

    @cached_property
    def sums_of_responses(self) -> sparse.csr_array:
        """The same, with each cell's sum of responses as its weight."""
        return self.weighted_sums(self.s)

    @cached_property
    def sums_of_counts(self) -> sparse.csr_array:
        """The same, with each cell's number of trials or rows as its weight."""
        return self.weighted_sums(self.m)

    def weighted_sums(self, weights: FloatArray) -> sparse.csr_array:
        """Return the matrix that adds up weighted cells by class."""
        shape = (len(self.counts), len(self.s))
        return sparse.csr_array((weights, np.arange(len(self.s)), self.starts), shape=shape)

    def seen(self, auxiliary: Auxiliary) -> Seen:
        """Return what rows are without the linear predictor, to be asked for once a vector.

        Arrays that broadcast with (n_cells, batch); nothing where the family has no such thing.
        """
        if self.cut is not None:
            return ()
        tally = tally_of(self.family)
        if tally.of_row is None:
            return ()
        found = self.family.arguments(s=self.s[:, None], **_by_batch(auxiliary))
        return tuple(np.asarray(each) for each in found.call(tally.of_row))

    def log_likelihood(
        self,
        eta: FloatArray,
        auxiliary: Auxiliary,
        which: IntArray | None = None,
        seen: Seen = (),
    ) -> FloatArray:
        """Return each cell's part that depends on eta, (n_cells, batch).

        With `which` eta is (n,), of those cells, and so are the auxiliaries and what was `seen` of
        them. It is -inf where the mean lies outside its domain.
        """
        if self.cut is not None:
            return self._of_whole(eta, auxiliary, which)
        found, tally = self._arguments(eta, auxiliary, which), tally_of(self.family)
        if tally.by_row is not None:
            result = found.given(seen=seen).call(tally.by_row)
            if seen and not np.isfinite(result.sum()):  # numbers too large for the short way
                exact = found.given(y=found["s"]).call(self.family.density.log)
                result = np.where(np.isfinite(result), result, exact)
            result = self._inside(found, result, np.where)
            return np.asarray(result * self._weight(which))
        return np.asarray(self._counted(found, np.where))

    def _inside(self, found: Arguments, value: Any, where: Elementwise) -> Any:
        """Return a log density, -inf where the link has left the domain of the mean."""
        if self.family.link.exponential or self.family.location.domain[0] < 0:
            return value
        return where(found["mu"] > 0, value, -np.inf)

    def _counted(self, found: Arguments, where: Elementwise) -> Any:
        """Return what sums of responses and counts stand for; -inf beyond the mean's domain."""
        tally = tally_of(self.family)
        result = found["s"] * found.value(tally.of_sum) + found["m"] * found.value(tally.of_count)
        return self._inside(found, result, where)

    def _of_whole(
        self, eta: FloatArray, auxiliary: Auxiliary, which: IntArray | None
    ) -> FloatArray:
        known = {name: self._of(values, which) for name, values in self.known_of_cells.items()}
        own = auxiliary if which is not None else _by_batch(auxiliary)
        found = np.asarray(self.log_density_of({**known, **own, "eta": eta}, ARRAYS))
        return found if found.shape == eta.shape else found + np.zeros(eta.shape)

    @property
    def known_of_cells(self) -> dict[str, FloatArray]:
        """What is known of cells, by the names that `log_density_of` reads."""
        known = {"s": self.s, "m": self.m, "known": self.known, "trials": self.trials}
        found = {name: values for name, values in known.items() if values is not None}
        return found if self.cut is None else found | self.cut

    def log_density_of(self, given: dict[str, Any], meanings: Mapping[str, Elementwise]) -> Any:
        """Return the same of one cell, whatever its numbers are and the elementwise names mean.

        `given` are what is known of it, its `eta`, and the family's own parameters.
        """
        scale, whole = self.family.scale, self.cut is not None
        tally = None if whole else tally_of(self.family)
        if tally is not None and tally.by_row is None:
            return self._counted(self.family.bound(meanings, **given), meanings["where"])
        if scale is not None:
            variance = given[scale.name] ** 2 if scale.name in given else 0.0
            if "known" in given:
                own = variance if self.spec.response.se_sigma else 0.0
                variance = given["known"] ** 2 + own
            given = given | {scale.name: meanings["sqrt"](variance / given["m"])}
        found = self.family.bound(meanings, **given)
        if tally is None:
            value = whole_log_density(self.family, found.given(y=given["s"]), meanings)
        else:
            if tally.of_row is not None:
                found = found.given(seen=found.call(tally.of_row))
            value = found.value(tally.by_row)
        value = self._inside(found, value, meanings["where"])
        return value if scale is not None else value * given["m"]

    def by_class(self, eta: FloatArray, auxiliary: Auxiliary, seen: Seen = ()) -> FloatArray:
        """Return the sum over each class's cells of `log_likelihood`, (n_classes, batch).

        Sums of products where there are any: the inner loop of every integral.
        """
        by_cell = self.cut is not None or tally_of(self.family).by_row is not None
        if by_cell or not self.family.link.exponential:
            return np.asarray(self.sums @ self.log_likelihood(eta, auxiliary, seen=seen))
        found, tally = self._arguments(eta, auxiliary), tally_of(self.family)
        total = self.sums_of_responses @ found.value(tally.of_sum)
        total += self.sums_of_counts @ found.value(tally.of_count)
        return np.asarray(total)

    def _arguments(
        self, eta: FloatArray, auxiliary: Auxiliary, which: IntArray | None = None
    ) -> Arguments:
        s, m = self._of(self.s, which), self._of(self.m, which)
        own = auxiliary if which is not None else _by_batch(auxiliary)
        given: dict[str, FloatArray] = {"eta": eta, "s": s, "m": m, **own}
        if tally_of(self.family).by_row is not None and self.family.scale is not None:
            given[self.family.scale.name] = self._scale(auxiliary, which)
        if self.trials is not None:
            given["trials"] = self._of(self.trials, which)
        return self.family.arguments(**given)

    def _weight(self, which: IntArray | None = None) -> FloatArray | float:
        """Return what rows' log densities are multiplied by; a scale holds weights itself."""
        return 1.0 if self.family.scale is not None else self._of(self.m, which)

    @staticmethod
    def _of(sums: FloatArray, which: IntArray | None) -> FloatArray:
        return np.asarray(sums[:, None] if which is None else sums[which])

    def _scale(self, auxiliary: Auxiliary, which: IntArray | None = None) -> FloatArray:
        """Return rows' standard deviations; m holds their weights."""
        scale = self.family.scale
        own = None if scale is None else auxiliary.get(scale.name)
        weights = self._of(self.m, which)
        if self.known is None:
            return np.asarray(own / np.sqrt(weights))
        variance = self._of(self.known, which) ** 2
        if self.spec.response.se_sigma and own is not None:
            variance = variance + own**2
        return np.asarray(np.sqrt(variance / weights))

    def slopes(
        self, eta: FloatArray, auxiliary: Auxiliary, seen: Seen = ()
    ) -> tuple[FloatArray, FloatArray]:
        """Return each cell's score in eta and its Fisher information, (n_cells, batch)."""
        if self.cut is not None:
            return self._differences(eta, auxiliary)
        found = self._arguments(eta, auxiliary)
        tally = tally_of(self.family)
        if tally.slopes is not None:
            score, information = found.given(seen=seen).call(tally.slopes)
            return score * self._weight(), information * self._weight()
        change = self.family.link.slope(eta)
        s, m, mu = found["s"], found["m"], found["mu"]
        if self.family.canonical == self.spec.link:
            return s - m * mu, m * change
        if tally.by_row is not None:
            rows = found.given(y=s)
            score = rows.call(self.family.density.gradient)[0] * self._weight()
            information = rows.call(self.family.density.curvature)[0] * self._weight()
            return score * change, information * change**2
        # of one trial or row: the families of sums are exponential ones
        variance = found.given(trials=1.0).value(self.family.variance_function)
        ratio = change / np.maximum(variance, _TINY)
        return (s - m * mu) * ratio, m * change * ratio

    def _differences(self, eta: FloatArray, auxiliary: Auxiliary) -> tuple[FloatArray, FloatArray]:
        """Return the same by differences: minus the bend, or the squared slope where that is none.

        They say where nodes are; the integral does not hang on them.
        """
        unit = self.spec.response.values.std() if self.family.link.linear else 1.0
        step = _STEP * (float(unit) or 1.0)
        down, middle, up = (
            self._of_whole(eta + away, auxiliary, None) for away in (-step, 0.0, step)
        )
        score, bend = (up - down) / (2 * step), (up - 2 * middle + down) / step**2
        bend, score = (np.where(np.isfinite(each), each, 0.0) for each in (bend, score))
        return score, np.where(bend < 0, -bend, score**2)

    def constant(self, auxiliary: Auxiliary) -> FloatArray:
        """Return the part of all rows' log likelihood that is free of the predictor, (batch,)."""
        return np.zeros(1) if self.rows is None else self.rows.total(auxiliary)

    def constants(self, auxiliary: Auxiliary) -> FloatArray:
        """Return the same part level by level, (batch, n_levels) or (1, n_levels)."""
        if self.rows is None:
            return np.zeros((1, self.n_levels))
        return self.rows.by_level(auxiliary)


def _by_batch(auxiliary: Auxiliary) -> Auxiliary:
    """Return parameters so that they broadcast with (n_cells, batch), vectors with a last axis."""
    return {n: values if values.ndim == 1 else values[None] for n, values in auxiliary.items()}


def tally_of(family: Family) -> Tally:
    """Return how a family's rows are counted; the engine takes no family without it."""
    if family.tally is None:
        raise ValueError(f"The family {family.name} cannot be integrated by quadrature.")
    return family.tally
