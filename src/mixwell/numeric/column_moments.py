"""What is known of columns of numbers without a look at their rows: means, spreads, ends, products.

Columns in memory are measured where they are asked; of rows that lie elsewhere queries measured
them once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.moments import counted_spread, root_mean_square, spread_of

__all__ = ["ColumnMoments", "KnownMoments", "RowMoments", "joined_moments"]


class ColumnMoments(Protocol):
    """Statistics of k columns over their rows, each (k,) but where it says otherwise."""

    @property
    def means(self) -> FloatArray:
        """The means."""
        ...

    @property
    def sds(self) -> FloatArray:
        """The standard deviations, the sum of squares divided by the number of rows."""
        ...

    @property
    def low(self) -> FloatArray:
        """The least values."""
        ...

    @property
    def high(self) -> FloatArray:
        """The largest values."""
        ...

    @property
    def covariance(self) -> FloatArray:
        """Covariances, (k, k), sums divided by one less than the number of rows."""
        ...

    @property
    def squares(self) -> FloatArray:
        """Means of products from zero, (k, k)."""
        ...

    def spread(self, column: int) -> float:
        """Return one column's standard deviation, or a size that is not 0: see `moments.spread`."""
        ...

    def root_mean_square(self, column: int) -> float:
        """Return one column's root mean square, 1 for zeros."""
        ...


@dataclass(frozen=True, eq=False)
class RowMoments:
    """The statistics of columns that are there row by row, `(row, column)`.

    Where rows stand for several equal ones, `counts` (row,) say for how many.
    """

    columns: FloatArray
    counts: FloatArray | None = None

    @property
    def means(self) -> FloatArray:
        """The means."""
        if self.counts is None:  # of no columns, too, which NumPy's average refuses
            return np.asarray(self.columns.mean(axis=0))
        return np.asarray(self.counts @ self.columns / self.counts.sum())

    @property
    def sds(self) -> FloatArray:
        """The standard deviations."""
        if self.counts is None:
            return np.asarray(self.columns.std(axis=0))
        away = self.columns - self.means
        return np.asarray(np.sqrt(self.counts @ away**2 / self.counts.sum()))

    @property
    def low(self) -> FloatArray:
        """The least values."""
        return np.asarray(self.columns.min(axis=0))

    @property
    def high(self) -> FloatArray:
        """The largest values."""
        return np.asarray(self.columns.max(axis=0))

    @property
    def covariance(self) -> FloatArray:
        """Covariances, (k, k)."""
        away = self.columns - self.means
        return self._products(away) * (self._total / max(self._total - 1, 1))

    @property
    def squares(self) -> FloatArray:
        """Means of products, (k, k)."""
        return self._products(self.columns)

    @property
    def _total(self) -> float:
        return float(len(self.columns) if self.counts is None else self.counts.sum())

    def _products(self, columns: FloatArray) -> FloatArray:
        weighted = columns if self.counts is None else columns * self.counts[:, None]
        return np.asarray(columns.T @ weighted / self._total)

    def spread(self, column: int) -> float:
        """Return one column's standard deviation, or a size that is not 0."""
        return counted_spread(self.columns[:, column], self.counts)

    def root_mean_square(self, column: int) -> float:
        """Return one column's root mean square, 1 for zeros."""
        return root_mean_square(self.columns[:, column], self.counts)


@dataclass(frozen=True, eq=False)
class KnownMoments:
    """The statistics of columns over `n` rows that were measured where the rows lie.

    `central` (k, k) are means of products of what columns are away from their `means`.
    """

    n: int
    means: FloatArray
    central: FloatArray
    low: FloatArray
    high: FloatArray

    @cached_property
    def sds(self) -> FloatArray:
        """The standard deviations; of a column of one value 0, whatever rounding leaves."""
        return np.where(self.high > self.low, np.sqrt(np.maximum(self.central.diagonal(), 0)), 0.0)

    @property
    def covariance(self) -> FloatArray:
        """Covariances, (k, k)."""
        return np.asarray(self.central * (self.n / max(self.n - 1, 1)))

    @property
    def squares(self) -> FloatArray:
        """Means of products, (k, k)."""
        return np.asarray(self.central + np.outer(self.means, self.means))

    @property
    def sizes(self) -> FloatArray:
        """The largest size of each column."""
        return np.maximum(self.high, -self.low)

    def spread(self, column: int) -> float:
        """Return one column's standard deviation, or a size that is not 0."""
        sd = float(self.sds[column]) * float(np.sqrt(self.n / max(self.n - 1, 1)))
        return spread_of(sd, float(self.sizes[column]))

    def root_mean_square(self, column: int) -> float:
        """Return one column's root mean square, 1 for zeros."""
        size = float(np.sqrt(self.squares[column, column]))
        return size if size > 0 else 1.0

    def part(self, chosen: Sequence[int]) -> "KnownMoments":
        """Return the statistics of some of the columns, in the order that is given."""
        columns = list(chosen)
        return replace(
            self,
            means=self.means[columns],
            central=self.central[np.ix_(columns, columns)],
            low=self.low[columns],
            high=self.high[columns],
        )

    def changed(self, change: FloatArray, low: FloatArray, high: FloatArray) -> "KnownMoments":
        """Return those of the columns times a matrix (k, l), whose ends are given."""
        central = change.T @ self.central @ change
        return KnownMoments(self.n, self.means @ change, central, low, high)


def joined_moments(parts: Sequence[ColumnMoments]) -> ColumnMoments:
    """Return the statistics of several sets of columns of the same rows, side by side.

    Products of columns of different sets that were measured elsewhere are not known: they are 0.
    """
    if len(parts) == 1:
        return parts[0]
    known = [part for part in parts if isinstance(part, KnownMoments)]
    if not known:
        rows = [part for part in parts if isinstance(part, RowMoments)]
        return RowMoments(np.hstack([part.columns for part in rows]), rows[0].counts)
    ends = np.cumsum([0, *(len(part.means) for part in known)])
    central = np.zeros((ends[-1], ends[-1]))
    for part, start, end in zip(known, ends, ends[1:], strict=False):
        central[start:end, start:end] = part.central
    return KnownMoments(
        known[0].n,
        np.concatenate([part.means for part in known]),
        central,
        np.concatenate([part.low for part in known]),
        np.concatenate([part.high for part in known]),
    )
