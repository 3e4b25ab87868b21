"""Numbers as sums of weights times what rows have, and functions of such sums.

They hold frames, weights and functions, no draws: these are made when they are asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from mixwell.numeric.arrays import FloatArray

__all__ = [
    "Combination",
    "Number",
    "Quotient",
    "Spread",
    "SummedRows",
    "Through",
    "Undetermined",
    "Valued",
]

# Weights of this share of the largest are rounding errors of others that cancel.
_NEGLIGIBLE = 1e-12


class Valued(Protocol):
    """What rows of a frame have: `what` it is, and the draws of it, `(row, sample)`.

    `size` rows are worked on at a time. Those of one frame row are the same for equal values.
    """

    @property
    def what(self) -> str:
        """What it is, in the singular."""

    @property
    def size(self) -> int:
        """How many rows make a block."""

    def __call__(self, frame: pd.DataFrame) -> FloatArray:
        """Return the draws of rows."""


class Number(Protocol):
    """One number of a table, as what it is made of."""

    def draws(self) -> FloatArray:
        """Return the number in every draw, made anew, `(sample,)`."""

    def simplified(self) -> "Number":
        """Return the same number, sums of sums as one sum."""


@dataclass(frozen=True, eq=False)
class SummedRows:
    """The sum of `weights` times what the rows of a frame have.

    With a `period` it is the direction of the sum of angles as directions.
    """

    frame: pd.DataFrame
    weights: FloatArray
    values: Valued
    period: float | None = None

    def draws(self) -> FloatArray:
        """Return the weighed sum in every draw, a block of rows at a time."""
        turn = None if self.period is None else self.period / (2 * np.pi)
        total: FloatArray | float = 0.0
        for start in range(0, len(self.frame), self.values.size):
            part = slice(start, start + self.values.size)
            own = self.values(self.frame.iloc[part])
            total = total + self.weights[part] @ (own if turn is None else np.exp(1j * own / turn))
        return np.asarray(total if turn is None else turn * np.angle(total))

    def size(self) -> float:
        """Return how large its terms are, which may cancel."""
        step = self.values.size
        blocks = [slice(start, start + step) for start in range(0, len(self.frame), step)]
        each = (np.abs(self.weights[b]) @ np.abs(self.values(self.frame.iloc[b])) for b in blocks)
        return float(np.nanmax(np.add.reduce(list(each))))

    def simplified(self) -> "SummedRows":
        """Return equal rows as one, and those without weight left out."""
        frame, weights = self.frame.reset_index(drop=True), self.weights
        if self.period is None and len(frame.columns):
            keys = list(frame.columns)
            group = frame.groupby(keys, sort=False, dropna=False, observed=True).ngroup()
            codes = group.to_numpy()
            _, first = np.unique(codes, return_index=True)
            weights = np.bincount(codes, weights=weights)
            frame = frame.iloc[first]
        kept = np.abs(weights) > _NEGLIGIBLE * np.abs(weights).max(initial=0.0)
        return replace(self, frame=frame[kept].reset_index(drop=True), weights=weights[kept])

    def joins(self, other: Number) -> bool:
        """Whether a sum with another number is one of rows, too."""
        same = isinstance(other, SummedRows) and self.period is None and other.period is None
        return same and self.values == other.values  # type: ignore[attr-defined]

    def joined(self, others: Sequence["SummedRows"], weights: Sequence[float]) -> "SummedRows":
        """Return the weighed sum of this and others as one of all their rows."""
        parts = (self, *others)
        frame = pd.concat([part.frame for part in parts], ignore_index=True)
        own = [w * part.weights for w, part in zip(weights, parts, strict=True)]
        return replace(self, frame=frame, weights=np.concatenate(own))


@dataclass(frozen=True, eq=False)
class Combination:
    """The sum of weights times numbers, which go by their labels in a table."""

    parts: tuple[Number, ...]
    weights: FloatArray
    labels: tuple[str, ...]

    def draws(self) -> FloatArray:
        """Return the weighed sum in every draw."""
        each = zip(self.weights, self.parts, strict=True)
        return np.asarray(np.add.reduce([weight * part.draws() for weight, part in each]))

    def simplified(self) -> Number:
        """Return sums of sums as one sum, those over rows of one kind as rows."""
        parts: list[Number] = []
        weights: list[float] = []
        labels: list[str] = []
        for own, weight, label in zip(self.parts, self.weights, self.labels, strict=True):
            part = own.simplified()
            inner = isinstance(part, Combination)
            parts += part.parts if inner else [part]  # type: ignore[attr-defined]
            weights += list(weight * part.weights) if inner else [float(weight)]  # type: ignore[attr-defined]
            labels += part.labels if inner else [label]  # type: ignore[attr-defined]
        first = parts[0]
        if isinstance(first, SummedRows) and all(map(first.joins, parts)):
            others = [part for part in parts[1:] if isinstance(part, SummedRows)]
            return first.joined(others, weights).simplified()
        if len(parts) == 1 and weights[0] == 1:
            return first
        return Combination(tuple(parts), np.array(weights), tuple(labels))


@dataclass(frozen=True, eq=False)
class Through:
    """What a function makes of a number in every draw; `said` names it, as "exp() of {}"."""

    part: Number
    function: Callable[[FloatArray], FloatArray]
    said: str

    def draws(self) -> FloatArray:
        """Return the function of the number in every draw."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return np.asarray(self.function(self.part.draws()))

    def simplified(self) -> Number:
        """Return the same of the simplified number."""
        return replace(self, part=self.part.simplified())


@dataclass(frozen=True, eq=False)
class Quotient:
    """A number divided by another one in every draw, `less` a number."""

    over: Number
    under: Number
    less: float = 0.0

    def draws(self) -> FloatArray:
        """Return the quotient in every draw."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.over.draws() / self.under.draws() - self.less)

    def simplified(self) -> Number:
        """Return the quotient of the simplified numbers."""
        return replace(self, over=self.over.simplified(), under=self.under.simplified())


@dataclass(frozen=True, eq=False)
class Spread:
    """How far numbers spread in every draw: the root of their quadratic form in `moments`."""

    parts: tuple[Number, ...]
    moments: FloatArray
    labels: tuple[str, ...]

    def draws(self) -> FloatArray:
        """Return the root in every draw."""
        each = np.stack([part.draws() for part in self.parts])
        squares = np.einsum("is,ij,js->s", each, self.moments, each, optimize=True)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)))

    def simplified(self) -> "Spread":
        """Return the same of the simplified numbers."""
        return replace(self, parts=tuple(part.simplified() for part in self.parts))


@dataclass(frozen=True)
class Undetermined:
    """A number of which the data say nothing, in any of so many `samples`."""

    samples: int

    def draws(self) -> FloatArray:
        """Return not-a-number in every draw."""
        return np.full(self.samples, np.nan)

    def simplified(self) -> "Undetermined":
        """Return the same."""
        return self
