"""Priors of coefficients and of a family's own parameters: normal ones, and what others add.

v holds the numbers that priors are about: the coefficients as they are sampled, but an intercept
with a prior where predictors are 0 is put there. A family's parameter is on its link's scale.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mixwell.families.link import Link
from mixwell.infer.direct.columns import StackedColumns
from mixwell.infer.direct.rows import LikelihoodRows
from mixwell.infer.prior_density import log_density_of, normal_prior, width
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.priors import Prior, grouped
from mixwell.specify.spec import Spec

__all__ = ["CoefficientPriors", "build_coefficient_priors"]

#: Steps of differences, as shares of a prior's width: for slopes, and for curvatures.
_STEP, _LONG_STEP = 1e-4, 1e-2
_AROUND = np.array([[-1.0], [0.0], [1.0]])
#: The least curvature of a stand-in, as a share of a normal prior's of that width.
_LEAST = 0.1

type Density = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Others:
    """Priors of one distribution that is not normal: which of v, the log density, their widths."""

    positions: IntArray
    log_density: Density
    widths: FloatArray


@dataclass(frozen=True, eq=False)
class CoefficientPriors:
    """The priors of all coefficients c: `change` c is v, None where they are the same.

    `means` and `precisions` are those of normal priors, precision 0 for flat and other ones.
    """

    change: FloatArray | None
    means: FloatArray
    precisions: FloatArray
    others: tuple[Others, ...]

    def of(self, c: FloatArray) -> FloatArray:
        """Return v, (size,)."""
        return c if self.change is None else self.change @ c

    def back(self, slope: FloatArray) -> FloatArray:
        """Return derivatives by the coefficients given those by v."""
        return slope if self.change is None else self.change.T @ slope

    def square(self, precisions: FloatArray) -> FloatArray:
        """Return the precision matrix of coefficients given precisions of v."""
        if self.change is None:
            return np.diag(precisions)
        return self.change.T @ (precisions[:, None] * self.change)

    def value(self, v: FloatArray) -> float:
        """Return the log density, but for constants of normal priors."""
        found = -0.5 * float((self.precisions * (v - self.means) ** 2).sum())
        return found + sum(float(o.log_density(v[o.positions]).sum()) for o in self.others)

    def further(self, v: FloatArray) -> tuple[float, FloatArray]:
        """Return the log density of what is not normal, and its slopes in v."""
        value, slope = 0.0, np.zeros(len(v))
        for other in self.others:
            step = _STEP * other.widths
            below, at, above = other.log_density(v[other.positions] + _AROUND * step)
            value += float(at.sum())
            with np.errstate(invalid="ignore"):
                own = (above - below) / (2 * step)
            slope[other.positions] = own if np.isfinite(own).all() else np.nan_to_num(own)
        return value, slope

    def slope(self, v: FloatArray) -> FloatArray:
        """Return the derivatives of all priors in v."""
        return self.further(v)[1] - self.precisions * (v - self.means)

    def curvature(self, v: FloatArray) -> FloatArray:
        """Return a positive number for minus each second derivative."""
        found = self.precisions.copy()
        for other in self.others:
            step = _LONG_STEP * other.widths
            below, at, above = other.log_density(v[other.positions] + _AROUND * step)
            with np.errstate(invalid="ignore"):
                bend = np.nan_to_num((2 * at - above - below) / step**2)
            found[other.positions] = np.maximum(bend, _LEAST / other.widths**2)
        return found


def build_coefficient_priors(
    spec: Spec, rows: LikelihoodRows, columns: StackedColumns, *, own_scale: bool = False
) -> CoefficientPriors:
    """Arrange the priors of a specification's coefficients in the order of x.

    Those of a family's own parameters are densities on their link's scale, or on their `own_scale`.
    """
    size = columns.size - columns.random
    change, priors = np.eye(size), list[tuple[int, Prior]]()
    carried: list[tuple[int, Prior, Link]] = []
    for name, span in columns.coefficients.items():
        first = span.start - columns.random
        if name in spec.predictors:
            entries = spec.priors.coefficients(name)
            priors += [(first + j, entry.prior) for j, entry in enumerate(entries)]
            if entries and entries[0].role == "intercept" and not entries[0].centered:
                row = change[first, first + 1 : first + len(entries)]
                row -= _means_at_zero(spec, name)
        elif name in rows.vectors:
            own = spec.priors[name]
            priors += [(first + j, own) for j in range(span.stop - span.start)]
        else:
            carried.append((first, spec.priors[name], rows.family.link_of(name)))
    means, precisions = np.zeros(size), np.zeros(size)
    free: list[tuple[int, Prior]] = []
    for position, prior in priors:
        normal = normal_prior(prior)
        if normal is None:
            free.append((position, prior))
        else:
            means[position], precisions[position] = normal
    others = [*_together(free), *(_carried(*each, own_scale) for each in carried)]
    plain = bool((change == np.eye(size)).all())
    return CoefficientPriors(None if plain else change, means, precisions, tuple(others))


def _means_at_zero(spec: Spec, parameter: str) -> FloatArray:
    """Return how far slopes move an intercept on the way from the predictors' zero to the rows."""
    fixed = spec.predictors[parameter].fixed
    if fixed.shift is None:
        return fixed.centers[1:]
    return np.asarray(fixed.values[:, 1:].mean(axis=0) @ fixed.shift.change[1:, 1:])


def _together(free: list[tuple[int, Prior]]) -> list[Others]:
    """Put priors of one distribution together, so that one call evaluates them."""
    positions, found = np.array([p for p, _ in free], dtype=np.int64), []
    for members, prior, args in grouped([prior for _, prior in free]):
        each = [free[i][1] for i in members]
        widths = np.array([width(one) or 1.0 for one in each])
        if len(members) == 1 or _needs_numbers(prior):
            for i, one, wide in zip(members, each, widths, strict=True):
                found.append(Others(positions[[i]], log_density_of(one), np.array([wide])))
        else:
            many = replace(prior, args=args)  # type: ignore[arg-type]
            found.append(Others(positions[members], log_density_of(many), widths))
    return found


def _needs_numbers(prior: Prior) -> bool:
    """Whether a density asks which of its arguments is larger, one by one."""
    return prior.native is not None or "lower" in prior.args


def _carried(position: int, prior: Prior, link: Link, own_scale: bool) -> Others:
    """Carry the prior of a family's parameter to its link's scale, where its width is about 1."""
    own = log_density_of(prior)

    def log_density(v: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            change = 0.0 if own_scale else np.log(np.abs(link.slope(v)))
            return np.asarray(own(link.inverse(v)) + change)

    return Others(np.array([position]), log_density, np.ones(1))
