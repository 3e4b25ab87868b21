"""What of a response's distribution an answer is about, where it is not the mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.numeric.arrays import FloatArray

__all__ = ["Quantity"]


@dataclass(frozen=True, eq=False)
class Quantity:
    """A function of a response's distribution at each of some `points`, such as times.

    `of` gives it from a family, its arguments and the points, which broadcast with each other.
    `column` is what the points are called, `words` what the numbers are, `null` the value from
    which directions are counted, None where they say nothing. `instead` says what answers for
    many groups where theirs is not the mean of each, as it is of probabilities and means.
    """

    of: Callable[[Family, Arguments, FloatArray], FloatArray]
    points: FloatArray
    column: str
    words: str
    null: float | None = None
    instead: str = ""

    def values(
        self, family: Family, eta: FloatArray, parameters: Mapping[str, FloatArray]
    ) -> FloatArray:
        """Return it at linear predictors `(row, sample)`: the points side by side, as columns.

        `parameters` are the family's others, each `(sample,)` or `(row, sample)`.
        """
        own = {name: np.atleast_2d(values)[:, None, :] for name, values in parameters.items()}
        rows = family.arguments(eta=eta[:, None, :], **own)
        found = self.of(family, rows, self.points[None, :, None])
        shape = (len(eta), len(self.points), eta.shape[1])
        return np.asarray(found + np.zeros(shape)).reshape(len(eta), -1)

    def rows(self, values: FloatArray) -> FloatArray:
        """Return columns of points `(row, point * sample)` as rows `(row * point, sample)`."""
        return values.reshape(len(values) * len(self.points), -1)
