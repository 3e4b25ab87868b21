"""The covariance of a factor's effects in every draw, put together from its blocks' matrices."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixwell.numeric.arrays import BoolArray, FloatArray

__all__ = ["FactorCovariance"]


@dataclass(frozen=True, eq=False)
class FactorCovariance:
    """Standard deviations (sample, effect) and correlations (sample, effect, effect) of effects.

    `correlated` (effect, effect) says which of them are parameters; others are constant.
    """

    effects: tuple[str, ...]
    sd: FloatArray
    correlation: FloatArray
    correlated: BoolArray

    @property
    def matrix(self) -> FloatArray:
        """The covariance matrices, (sample, effect, effect)."""
        return self.sd[:, :, None] * self.sd[:, None, :] * self.correlation

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Draw deviations of levels, (effect, level, sample)."""
        n, size = self.sd.shape
        z = rng.standard_normal((n, size, count))
        if self.correlated.any():
            z = self.correlation_root @ z
        return np.asarray(z.transpose(1, 2, 0) * self.sd.T[:, None, :])

    @cached_property
    def correlation_root(self) -> FloatArray:
        """A root of the correlation matrices, (sample, effect, effect)."""
        # an eigenvalue root exists where rounding has made a correlation of 1 and Cholesky fails
        values, vectors = np.linalg.eigh(self.correlation)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])
