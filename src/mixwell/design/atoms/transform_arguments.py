"""What transforms are given: checked arguments, and the values that they learn from."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from mixwell.errors import DataError, is_number
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.numeric.intervals.counted_quantiles import quantiles_of_counted
from mixwell.numeric.orthogonal_powers import recurrence
from mixwell.package_options import require_memory

#: Loss of orthogonality beyond which the columns of poly() are no longer those of R.
ORTHOGONALITY_LIMIT = 1e-8
#: Of one transform. More make tables of columns by columns that nothing needs.
MOST_COLUMNS = 1_000


def as_numbers(x: ArrayLike, name: str) -> FloatArray:
    """One column of numbers as floats; ``DataError`` names the transform otherwise."""
    values = float_array(x, DataError(f"{name}() takes a numeric variable."), truths=True)
    if values.ndim != 1:
        raise DataError(f"{name}() takes one variable, not a table of {values.ndim} dimensions.")
    return values


def known_values(values: FloatArray, name: str) -> FloatArray:
    """The values that are not missing; ``DataError`` where there are none."""
    known = values[~np.isnan(values)]
    if not known.size:
        raise DataError(f"{name}() has no values to learn from.")
    return known


def finite_numbers(values: ArrayLike, argument: str, name: str) -> FloatArray:
    """A list of finite numbers given as an argument; ``DataError`` otherwise."""
    refusal = DataError(f"{argument} of {name}() must be numbers.")
    numbers = np.atleast_1d(float_array(values, refusal))
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise DataError(f"{argument} of {name}() must be one list of finite numbers.")
    return numbers


def whole_number(value: object, argument: str, name: str, least: int) -> int:
    """A whole number given as an argument, ``least`` or more; ``DataError`` otherwise."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        number = float(value)
        if number.is_integer() and number >= least:
            return int(number)
    raise DataError(f"{argument} of {name}() must be a whole number, {least} or more.")


def truth_argument(value: object, argument: str, name: str) -> bool:
    """TRUE or FALSE given as an argument, or R's 1 and 0 for them; ``DataError`` otherwise."""
    if isinstance(value, bool | np.bool_) or (is_number(value) and value in (0, 1)):
        return bool(value)
    raise DataError(f"{argument} of {name}() is TRUE or FALSE.")


def require_columns(count: int, rows: int, said: str) -> None:
    """Refuse columns that memory cannot hold, and more than anybody uses; ``DataError``."""
    require_memory(float(rows) * count, said)
    if count > MOST_COLUMNS:
        raise DataError(f"{said} has {count:,} columns, and at most {MOST_COLUMNS:,} are made.")


class TrainingValues(Protocol):
    """The numbers that a transform learns from, wherever they lie: what can be asked of them.

    Missing values are none of them, but count among the `rows`.
    """

    @property
    def rows(self) -> int:
        """How many rows there are."""

    @property
    def low(self) -> float:
        """The least value."""

    @property
    def high(self) -> float:
        """The greatest value."""

    def mean(self) -> float:
        """Return the mean."""

    def spread(self, around: float) -> float:
        """Return the root of the mean squared distance from a number, over n - 1."""

    def total(self) -> float:
        """Return the sum."""

    def deviation(self) -> float:
        """Return the standard deviation, over n."""

    def distinct(self, most: int) -> int:
        """Return how many different values there are; of more than `most`, any number above it."""

    def quantiles(self, shares: FloatArray, low: float, high: float) -> FloatArray:
        """Return R's quantiles (type 7) of the values from `low` to `high`, both included."""

    def distinct_quantiles(self, shares: FloatArray) -> FloatArray:
        """Return the same quantiles of the different values."""

    def recurrence(
        self, mean: float, unit: float, degree: int
    ) -> tuple[FloatArray, FloatArray, bool]:
        """Return centers and lengths of `recurrence`, and whether its columns are orthonormal.

        Its points are the values less `mean`, over `unit`.
        """


class ArrayValues:
    """Training values that are an array, (n,); `DataError` names the transform if all are missing.

    >>> ArrayValues(np.array([1.0, 3.0, np.nan]), "scale").mean()
    2.0
    """

    def __init__(self, values: FloatArray, name: str) -> None:
        self.rows = len(values)
        self.known = known_values(values, name)

    @property
    def low(self) -> float:
        """The least value."""
        return float(self.known.min())

    @property
    def high(self) -> float:
        """The greatest value."""
        return float(self.known.max())

    def mean(self) -> float:
        """Return the mean."""
        return float(self.known.mean())

    def spread(self, around: float) -> float:
        """Return the root of the mean squared distance from a number, over n - 1."""
        away = self.known - around
        return float(np.sqrt(away @ away / max(1, len(away) - 1)))

    def deviation(self) -> float:
        """Return the standard deviation, over n."""
        return float(self.known.std())

    def total(self) -> float:
        """Return the sum."""
        return float(self.known.sum())

    def distinct(self, most: int) -> int:
        """Return how many different values there are."""
        return len(np.unique(self.known))

    def quantiles(self, shares: FloatArray, low: float, high: float) -> FloatArray:
        """Return R's quantiles (type 7) of the values from `low` to `high`."""
        within = self.known[(self.known >= low) & (self.known <= high)]
        return np.asarray(np.quantile(within, shares))

    def distinct_quantiles(self, shares: FloatArray) -> FloatArray:
        """Return the same quantiles of the different values."""
        return np.asarray(np.quantile(np.unique(self.known), shares))

    def recurrence(
        self, mean: float, unit: float, degree: int
    ) -> tuple[FloatArray, FloatArray, bool]:
        """Return centers and lengths of `recurrence`, and whether its columns are orthonormal."""
        centers, lengths, columns = recurrence((self.known - mean) / unit, degree)
        return centers, lengths, _are_orthonormal(columns)


class CountedValues:
    """Training values that are there so many times each: two arrays, (n,).

    They teach what `ArrayValues` would of all of them.

    >>> CountedValues(np.array([1.0, 3.0]), np.array([3.0, 1.0]), "scale").mean()
    1.5
    """

    def __init__(self, values: FloatArray, counts: FloatArray, name: str) -> None:
        self.rows = len(values)
        known = known_values(values, name)
        self.known, places = np.unique(known, return_inverse=True)
        self.counts = np.bincount(places, weights=counts[~np.isnan(values)])

    @property
    def low(self) -> float:
        """The least value."""
        return float(self.known[0])

    @property
    def high(self) -> float:
        """The greatest value."""
        return float(self.known[-1])

    @property
    def count(self) -> float:
        """How many values there are."""
        return float(self.counts.sum())

    def mean(self) -> float:
        """Return the mean."""
        near = float(self.known.mean())
        if not np.isfinite(near):
            return near
        return near + float(self.counts @ (self.known - near)) / self.count

    def total(self) -> float:
        """Return the sum."""
        return float(self.counts @ self.known)

    def spread(self, around: float) -> float:
        """Return the root of the mean squared distance from a number, over n - 1."""
        squares = float(self.counts @ (self.known - around) ** 2)
        return float(np.sqrt(squares / max(1.0, self.count - 1)))

    def deviation(self) -> float:
        """Return the standard deviation, over n."""
        return float(np.sqrt(self.counts @ (self.known - self.mean()) ** 2 / self.count))

    def distinct(self, most: int) -> int:
        """Return how many different values there are."""
        return len(self.known)

    def quantiles(self, shares: FloatArray, low: float, high: float) -> FloatArray:
        """Return R's quantiles (type 7) of the values from `low` to `high`."""
        within = (self.known >= low) & (self.known <= high)
        return quantiles_of_counted(self.known[within], np.cumsum(self.counts[within]), shares)

    def distinct_quantiles(self, shares: FloatArray) -> FloatArray:
        """Return the same quantiles of the different values."""
        return np.asarray(np.quantile(self.known, shares))

    def recurrence(
        self, mean: float, unit: float, degree: int
    ) -> tuple[FloatArray, FloatArray, bool]:
        """Return centers and lengths of `recurrence`, and whether its columns are orthonormal."""
        at = (self.known - mean) / unit
        centers, lengths, columns = recurrence(at, degree, self.counts)
        return centers, lengths, _are_orthonormal(columns)


def _are_orthonormal(columns: FloatArray) -> bool:
    error = columns.T @ columns - np.eye(columns.shape[1])
    return bool(np.abs(error).max() < ORTHOGONALITY_LIMIT)
