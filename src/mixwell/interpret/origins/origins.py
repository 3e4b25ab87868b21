"""Where the rows of a table come from: each row's number, made when it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from scipy import sparse

from mixwell.interpret.origins.made_numbers import Combination, Number, Through
from mixwell.interpret.turns import around_mean
from mixwell.numeric.arrays import FloatArray

__all__ = [
    "Alternating",
    "Listed",
    "Origin",
    "Taken",
    "Weighed",
    "alternating",
    "taken",
    "turned",
    "weighed",
]


class Origin(Protocol):
    """What the numbers of a table's rows are made of; nothing is computed before it is asked."""

    def number(self, row: int) -> Number:
        """Return what the number of a row is made of."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """Sums of weights `(row, row of another table)` times the numbers of another table's rows."""

    of: Origin
    weights: sparse.csr_array
    labels: tuple[str, ...]

    def number(self, row: int) -> Number:
        """Return the weighed sum of a row."""
        ends = self.weights.indptr[row : row + 2]
        places = self.weights.indices[slice(*ends)].tolist()
        parts = tuple(self.of.number(place) for place in places)
        own = np.asarray(self.weights.data[slice(*ends)], dtype=float)
        return Combination(parts, own, tuple(self.labels[place] for place in places))


@dataclass(frozen=True, eq=False)
class Taken:
    """What a function, which `said` names, makes of another table's numbers."""

    of: Origin
    function: Callable[[FloatArray], FloatArray]
    said: str

    def number(self, row: int) -> Number:
        """Return the function of a row's number."""
        return Through(self.of.number(row), self.function, self.said)


@dataclass(frozen=True, eq=False)
class Alternating:
    """Each row of a table followed by the same row of the others."""

    parts: tuple[Origin, ...]

    def number(self, row: int) -> Number:
        """Return the number of a row in the table that it is from."""
        return self.parts[row % len(self.parts)].number(row // len(self.parts))


@dataclass(frozen=True, eq=False)
class Listed:
    """Rows one by one: `each` makes the number of its row when it is asked."""

    each: tuple[Callable[[], Number], ...]

    def number(self, row: int) -> Number:
        """Return the number of a row."""
        return self.each[row]()


def weighed(of: Origin | None, weights: FloatArray, labels: tuple[str, ...]) -> Weighed | None:
    """Return the origin of weighed sums, None where that of what is summed is not known."""
    return None if of is None else Weighed(of, sparse.csr_array(weights), labels)


def taken(
    of: Origin | None, function: Callable[[FloatArray], FloatArray], said: str
) -> Taken | None:
    """Return the origin of what a function makes, None where that of its numbers is not known."""
    return None if of is None else Taken(of, function, said)


def turned(of: Origin | None, period: float | None, said: str = "{}") -> Origin | None:
    """Return the origin of the same numbers around their mean, as tables of angles have them."""
    return of if period is None else taken(of, partial(around_mean, period=period), said)


def alternating(parts: Sequence[Origin | None]) -> Alternating | None:
    """Return the origin of rows in turn, None where one of them is not known."""
    known = tuple(part for part in parts if part is not None)
    return Alternating(known) if len(known) == len(parts) else None
