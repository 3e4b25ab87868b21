"""Wald tests of means: F of a quadratic form, with the degrees of freedom that are behind it."""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray

__all__ = ["FTest", "WaldTests", "two_sided"]


@dataclass(frozen=True, slots=True)
class FTest:
    """An F value with its degrees of freedom: `df` of the hypothesis, `ddf` of the denominator.

    `scaling` is what a Wald statistic by `df` was multiplied by.
    """

    df: int
    ddf: float
    f: float
    scaling: float = 1.0

    @property
    def p(self) -> float:
        """The probability of a larger F, were the hypothesis true."""
        if np.isinf(self.ddf):
            return float(special.chdtrc(self.df, self.df * self.f))
        return float(special.fdtrc(self.df, self.ddf, self.f))


def two_sided(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return the probability of a larger |t|, elementwise; infinite degrees of freedom: normal."""
    finite = np.where(np.isinf(df), 1.0, df)
    return np.where(
        np.isinf(df), 2 * special.ndtr(-np.abs(t)), 2 * special.stdtr(finite, -np.abs(t))
    )


@dataclass(frozen=True, eq=False)
class WaldTests:
    """Tests of coefficients `b` (p,) with their `covariance` (p, p) as if that were known.

    A covariance of few draws has a `rank`: it tests no more combinations at once.

    >>> test = WaldTests(np.array([2.0]), np.eye(1)).test(np.eye(1))
    >>> test.f, test.ddf, round(test.p, 4)
    (4.0, inf, 0.0455)
    """

    b: FloatArray
    covariance: FloatArray
    rank: float = field(default=math.inf, kw_only=True)

    @classmethod
    def of_draws(cls, b: FloatArray) -> "WaldTests":
        """Return the tests of the mean of draws of coefficients, (p, sample), in their covariance.

        A single draw has a covariance of zeros, and tests nothing.
        """
        rank = b.shape[1] - 1
        covariance = np.atleast_2d(np.cov(b)) if rank else np.zeros((len(b), len(b)))
        return cls(b.mean(axis=1), covariance, rank=rank)

    def of(self, change: FloatArray) -> "WaldTests":
        """Return the tests of other coefficients, `change` (p', p) times these."""
        return WaldTests(change @ self.b, change @ self.covariance @ change.T, rank=self.rank)

    def df(self, weights: FloatArray) -> float:
        """Return the degrees of freedom of one combination of coefficients, (p,)."""
        return float("inf")

    def test(self, weights: FloatArray) -> FTest:
        """Test that combinations of coefficients, `weights` (q, p) of rank q, are all 0.

        Of no combination, and of more than the covariance knows, the test is one without numbers.
        """
        if 0 < len(weights) <= self.rank:
            return self._of_some(weights)
        return FTest(len(weights), float("nan"), float("nan"))

    def _of_some(self, weights: FloatArray) -> FTest:
        return FTest(len(weights), float("inf"), self.wald(weights))

    def wald(self, weights: FloatArray) -> float:
        """Return the quadratic form of some combinations in their covariance, by their number.

        Raises `DataError` where that covariance is lost in rounding.
        """
        found = weights @ self.b
        try:
            root = np.linalg.cholesky(weights @ self.covariance @ weights.T)
        except np.linalg.LinAlgError:
            raise DataError(
                "The covariance of a term's contrasts is lost in rounding: covariates are far from "
                "zero.",
                hint="Subtract a number near their mean from them first.",
            ) from None
        return float(np.sum(np.linalg.solve(root, found) ** 2)) / len(weights)
