"""Kenward and Roger's tests: a covariance without its bias in small samples, F scaled to match.

Source: Kenward and Roger 1997; Halekoh and Hojsgaard 2014 (pbkrtest).
"""

from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.small_samples.f_tests import FTest, WaldTests
from mixwell.numeric.small_samples.restricted_likelihood import LinearMixed

__all__ = ["KenwardRoger", "kenward_roger"]

#: As good as 0, in pbkrtest's formulas.
_NONE = 1e-10


@dataclass(frozen=True, eq=False)
class KenwardRoger(WaldTests):
    """Tests with the adjusted `covariance`; `plain` (p, p) is that of REML.

    `changes` (K, p, p) are the derivatives of the plain covariance in the variances, `uncertainty`
    (K, K) the asymptotic covariance of these.
    """

    plain: FloatArray
    changes: FloatArray
    uncertainty: FloatArray

    def of(self, change: FloatArray) -> "KenwardRoger":
        """Return the tests of other coefficients, `change` (p', p) times these."""
        return KenwardRoger(
            change @ self.b,
            change @ self.covariance @ change.T,
            change @ self.plain @ change.T,
            change @ self.changes @ change.T,
            self.uncertainty,
        )

    def df(self, weights: FloatArray) -> float:
        """Return the degrees of freedom of one combination of coefficients, (p,)."""
        return self._approximation(weights[None])[0]

    def _of_some(self, weights: FloatArray) -> FTest:
        """Test that combinations of coefficients, `weights` (q, p) of rank q, are all 0."""
        ddf, scaling = self._approximation(weights)
        return FTest(len(weights), ddf, scaling * self.wald(weights), scaling)

    def _approximation(self, weights: FloatArray) -> tuple[float, float]:
        """Return the degrees of freedom and the factor of F that match its first two moments."""
        q = len(weights)
        turned = np.linalg.solve(
            weights @ self.plain @ weights.T, weights @ self.changes @ weights.T
        )
        trace = np.einsum("iaa->i", turned)
        a1 = float(trace @ self.uncertainty @ trace)
        a2 = float(np.einsum("ij,iab,jba->", self.uncertainty, turned, turned))
        if a2 <= 0:
            return float("inf"), 1.0
        b = (a1 + 6 * a2) / (2 * q)
        g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
        c1, c2, c3 = (c / (3 * q + 2 * (1 - g)) for c in (g, q - g, q + 2 - g))
        v0, v1, v2 = 1 + c1 * b, 1 - c2 * b, 1 - c3 * b
        v0 = 0.0 if abs(v0) < _NONE else v0
        kept = 1 - a2 / q
        share = 1.0 if abs(kept) < _NONE and abs(v1) < _NONE else kept / v1
        rho = share**2 * v0 / (q * v2)
        ddf = 4 + (q + 2) / (q * rho - 1)
        return ddf, 1.0 if abs(ddf - 2) < 0.01 else ddf * kept / (ddf - 2)


def kenward_roger(model: LinearMixed, sigma: float) -> KenwardRoger:
    """Return the tests of a model at its REML estimates, in units of the response."""
    first = model.first
    slopes = model.slopes[first:]
    bends = model.moments.bends[first:, first:, :-1, :-1]
    uncertainty = 2 * np.linalg.pinv(model.expected[first:, first:], rcond=1e-12, hermitian=True)
    bias = np.einsum("ij,ijab->ab", uncertainty, bends)
    bias -= np.einsum("ij,iab,bc,jcd->ad", uncertainty, slopes, model.phi, slopes, optimize=True)
    adjusted = model.phi + 2 * model.phi @ bias @ model.phi
    back = model.back * sigma
    return KenwardRoger(
        model.b * sigma,
        back @ (0.5 * (adjusted + adjusted.T)) @ back.T,
        back @ model.phi @ back.T,
        back @ (model.phi @ slopes @ model.phi) @ back.T,
        uncertainty,
    )
