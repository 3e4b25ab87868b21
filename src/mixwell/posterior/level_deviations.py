"""Deviations of a factor's levels as a value that is asked for what is needed of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["Deviations"]


@dataclass(frozen=True, eq=False)
class Deviations:
    """How far each level of a factor lies from the fixed effects, on the link scale.

    `labels` are the levels', `effects` the effects' names. Whoever wants a mean or a quantile asks
    for that, not for draws: here these are in memory, `values` (chain, draw, level, effect).
    """

    labels: tuple[str, ...]
    effects: tuple[str, ...]
    values: FloatArray

    def draws(self) -> FloatArray:
        """Return all draws, (chain, draw, level, effect)."""
        return self.values

    def samples(self) -> FloatArray:
        """Return all draws as linear predictors take them, (effect, level, sample)."""
        return self.values.reshape(-1, *self.values.shape[2:]).transpose(2, 1, 0)

    def mean(self) -> FloatArray:
        """Return the posterior means, (level, effect)."""
        return np.asarray(self.values.mean(axis=(0, 1)))

    def sd(self) -> FloatArray:
        """Return the posterior standard deviations, (level, effect)."""
        return np.asarray(self.values.std(axis=(0, 1), ddof=1))

    def quantiles(self, probabilities: Sequence[float]) -> FloatArray:
        """Return quantiles, (probability, level, effect)."""
        return np.asarray(np.quantile(self.values, probabilities, axis=(0, 1)))

    def levels(self, which: Sequence[str]) -> "Deviations":
        """Return the deviations of some levels, in the order that is asked for."""
        if tuple(which) == self.labels:
            return self
        place = {label: i for i, label in enumerate(self.labels)}
        chosen = self.values[:, :, [place[label] for label in which]]
        return replace(self, labels=tuple(which), values=chosen)
