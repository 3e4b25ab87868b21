"""A posterior as the direct engine sees it: rows, coefficients, effects and their covariances."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixwell.infer.direct.coefficient_priors import CoefficientPriors, build_coefficient_priors
from mixwell.infer.direct.columns import StackedColumns, build_columns
from mixwell.infer.direct.covariances import Covariances, build_covariances
from mixwell.infer.direct.nested.nests import Nest, find_nests
from mixwell.infer.direct.row_loops import RowLoop, row_loop
from mixwell.infer.direct.rows import LikelihoodRows, build_rows
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec

__all__ = ["Target", "build_target"]

#: From so many rows on a loop pays for its compilation where values are asked for some 100 times.
_MANY = 30_000


@dataclass(frozen=True, eq=False)
class Target:
    """What is drawn from: the density of x, all effects and coefficients, and t, their covariances.

    See `columns` for x and `covariances` for t; `loop` computes the rows where there is one.
    """

    spec: Spec
    rows: LikelihoodRows
    columns: StackedColumns
    priors: CoefficientPriors
    covariances: Covariances
    loop: RowLoop | None

    @cached_property
    def nests(self) -> tuple[Nest, ...]:
        """The units that are nested in others."""
        return find_nests(self.columns, self.covariances)

    def coefficients(self, x: FloatArray) -> FloatArray:
        """Return the coefficients in x."""
        return x[self.columns.random :]

    def log_likelihood(self, x: FloatArray) -> float:
        """Return the log likelihood of all rows at x."""
        eta, vectors = self.columns.predictors(x), self.columns.vectors_of(x)
        if self.loop is not None:
            return self.loop.score(eta, vectors)[0]
        return self.rows.value(eta, vectors)

    def score(self, x: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return the log likelihood at x, its slopes in the linear predictors, and these."""
        eta = self.columns.predictors(x)
        source = self.rows if self.loop is None else self.loop
        value, score = source.score(eta, self.columns.vectors_of(x))
        return value, score, eta

    def log_effects(self, x: FloatArray, t: FloatArray) -> float:
        """Return the log density of the effects in x given t, but for powers of 2 pi."""
        found = 0.0
        for part, root in zip(self.covariances.parts, self.covariances.roots(t), strict=True):
            unit = part.unit
            effects = x[unit.span].reshape(unit.levels, unit.size)
            standard = np.linalg.solve(root, effects.T)
            found -= unit.levels * float(np.log(np.diagonal(root)).sum())
            found -= 0.5 * float((standard**2).sum())
        return found

    def log_density(self, x: FloatArray, t: FloatArray) -> float:
        """Return the log posterior density of x and t, but for a constant."""
        priors = self.priors.value(self.priors.of(self.coefficients(x)))
        found = self.log_likelihood(x) + priors + self.log_effects(x, t)
        return found + self.covariances.log_prior(t)


def build_target(spec: Spec, *, observed: bool = False) -> Target:
    """Arrange a specification for the direct engine.

    `observed` is what Laplace's approximation needs: room for the observed information, and the
    priors of a family's own parameters as densities on their own scale.
    """
    rows = build_rows(spec)
    columns = build_columns(spec, rows, mixed=observed)
    priors = build_coefficient_priors(spec, rows, columns, own_scale=observed)
    covariances = build_covariances(spec, columns.units)
    loop = None if observed and rows.n < _MANY else row_loop(rows)
    return Target(spec, rows, columns, priors, covariances, loop)
