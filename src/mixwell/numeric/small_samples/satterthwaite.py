"""Satterthwaite's degrees of freedom: how well the variance of an estimate is known.

Source: Fai and Cornelius 1996; Kuznetsova, Brockhoff and Christensen 2017 (lmerTest).
"""

from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.small_samples.f_tests import FTest, WaldTests
from mixwell.numeric.small_samples.restricted_likelihood import LinearMixed

__all__ = ["Satterthwaite", "inverse_where_curved", "satterthwaite"]

#: Eigenvalues of a curvature with ones on its diagonal that are as good as 0.
_LEVEL = 1e-8


@dataclass(frozen=True, eq=False)
class Satterthwaite(WaldTests):
    """Tests whose degrees of freedom match the mean and the variance of the estimates' variances.

    `changes` (parameter, p, p) are the derivatives of the covariance in the variances' parameters,
    `uncertainty` (parameter, parameter) the asymptotic covariance of these.
    """

    changes: FloatArray
    uncertainty: FloatArray

    def of(self, change: FloatArray) -> "Satterthwaite":
        """Return the tests of other coefficients, `change` (p', p) times these."""
        turned = change @ self.changes @ change.T
        covariance = change @ self.covariance @ change.T
        return Satterthwaite(change @ self.b, covariance, turned, self.uncertainty)

    def df(self, weights: FloatArray) -> float:
        """Return the degrees of freedom of one combination of coefficients, (p,)."""
        slope = np.einsum("a,iab,b->i", weights, self.changes, weights)
        spread = float(slope @ self.uncertainty @ slope)
        variance = float(weights @ self.covariance @ weights)
        return 2 * variance**2 / spread if spread > 0 else float("inf")

    def _of_some(self, weights: FloatArray) -> FTest:
        """Test that combinations of coefficients, `weights` (q, p) of rank q, are all 0.

        The degrees of freedom are those of independent combinations, put together as the mean of
        their squares would have it.
        """
        spread = weights @ self.covariance @ weights.T
        _, vectors = np.linalg.eigh(0.5 * (spread + spread.T))
        own = np.array([self.df(row) for row in vectors.T @ weights])
        return FTest(len(weights), together(own), self.wald(weights))


def together(df: FloatArray) -> float:
    """Return the degrees of freedom of a mean of squared t values of these, (q,).

    >>> together(np.array([10.0, 10.0])), round(together(np.array([8.0, 20.0])), 2)
    (10.0, 11.0)
    """
    if len(df) == 1 or np.ptp(df) < 1e-8 or np.isinf(df).all():
        return float(df.mean())
    if (df <= 2).any():
        return 2.0
    finite = df[~np.isinf(df)]
    total = float((finite / (finite - 2)).sum()) + len(df) - len(finite)
    return 2 * total / (total - len(df))


def satterthwaite(model: LinearMixed, sigma: float, *, reml: bool) -> Satterthwaite:
    """Return the tests of a model at its estimates, in units of the response."""
    curvature, change = model.by_roots(reml=reml)
    turned = model.phi @ model.slopes @ model.phi
    changes = np.einsum("ki,iab->kab", change, turned)
    back = model.back * sigma
    return Satterthwaite(
        model.b * sigma,
        back @ model.phi @ back.T,
        back @ changes @ back.T,
        2 * inverse_where_curved(curvature),
    )


def inverse_where_curved(matrix: FloatArray) -> FloatArray:
    """Return the inverse of a curvature, of what is level in no direction."""
    size = np.sqrt(np.abs(np.diag(matrix)))
    size = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    curved = values > _LEVEL
    inverse = (vectors[:, curved] / values[curved]) @ vectors[:, curved].T
    return np.asarray(inverse / np.outer(size, size))
