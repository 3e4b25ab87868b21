"""What an expression of a formula can be worth: numbers, truth values, a factor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mixwell.design.codings.choices import Contrast
from mixwell.errors import DataError
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray
from mixwell.text.level_labels import labels_of


@dataclass(frozen=True, slots=True, eq=False)
class Logical:
    """Truth values, one a row; `missing` marks the rows that have none."""

    values: BoolArray
    missing: BoolArray | None = None

    def numbers(self) -> FloatArray:
        """Return 0 and 1, not-a-number where missing."""
        numbers = self.values.astype(float)
        if self.missing is not None:
            numbers[self.missing] = np.nan
        return numbers

    def factor(self) -> "Factor":
        """Return the factor with levels False and True that R makes of truth values."""
        codes = self.values.astype(np.int64)
        if self.missing is not None:
            codes[self.missing] = -1
        return Factor(codes, ("False", "True"), r_levels=("FALSE", "TRUE"))


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A factor: each row's code points into `levels`; -1 is missing.

    On new data codes from `len(levels)` on point into `unknown`, the labels that training did
    not have. `r_levels` are the labels that R prints where they differ.
    """

    codes: IntArray
    levels: tuple[str, ...]
    ordered: bool = False
    contrast: Contrast | None = None
    r_levels: tuple[str, ...] = ()
    unknown: tuple[str, ...] = field(default=())

    def drop_unused(self) -> Self:
        """Drop levels that no row has, keeping the order of the others."""
        used = np.unique(self.codes[self.codes >= 0])
        if len(used) == len(self.levels):
            return self
        table = np.full(len(self.levels) + 1, -1, dtype=np.int64)
        table[used] = np.arange(len(used))
        kept = used.tolist()
        r_levels = tuple(self.r_levels[i] for i in kept) if self.r_levels else ()
        return replace(
            self,
            codes=table[self.codes],
            levels=tuple(self.levels[i] for i in kept),
            r_levels=r_levels,
        )

    def own_levels(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return levels that may be named as R prints them under their own labels."""
        own = dict(zip(self.r_levels, self.levels, strict=False))
        return tuple(name if name in self.levels else own.get(name, name) for name in names)

    def labels(self) -> NDArray[np.object_]:
        """Return each row's label, None where missing."""
        table = np.array([*self.levels, *self.unknown, None], dtype=object)
        return table[self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """A column that floats cannot hold: long whole numbers, decimals, dates and durations.

    As levels its values are themselves. Numbers can be reckoned with, if not exactly; dates and
    durations are no `numbers`.
    """

    column: pd.Series
    numbers: FloatArray | None

    def factor(self) -> Factor:
        """Return the factor whose levels are the values, in their order."""
        codes, values = pd.factorize(self.column, sort=True)
        return Factor(codes.astype(np.int64), labels_of(values))

    @property
    def missing(self) -> BoolArray:
        """Which rows have no value."""
        return np.asarray(self.column.isna(), dtype=bool)

    @property
    def no_numbers(self) -> str:
        """Why the values cannot be reckoned with, empty where they can."""
        if self.numbers is None:
            return "holds dates or times, which are no numbers."
        labels = labels_of(pd.unique(self.column[~self.missing]))
        floats: dict[float, str] = {}
        for label in labels:
            other = floats.setdefault(float(label), label)
            if other != label:
                return f"holds {other} and {label}, which are one number in calculations."
        return ""


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Several columns from one call, each with its suffix: `poly(x, 2)` gives 1 and 2."""

    values: FloatArray
    labels: tuple[str, ...]


type Value = FloatArray | Matrix | Logical | Factor | Exact


def numbers_of(value: Value) -> FloatArray | None:
    """Return a value that is one column of numbers or truth values as floats, None for others."""
    if isinstance(value, Factor | Matrix):
        return None
    if isinstance(value, Exact):
        return value.numbers
    return value.numbers() if isinstance(value, Logical) else value


def missing_rows(value: Value) -> BoolArray | None:
    """Return which rows of a value are missing, None when none is."""
    match value:
        case Factor():
            missing = value.codes < 0
        case Logical():
            if value.missing is None:
                return None
            missing = value.missing
        case Exact():
            missing = value.missing
        case Matrix():
            missing = np.isnan(value.values).any(axis=1)
        case _:
            missing = np.isnan(value)
    return missing if missing.any() else None


def combined_codes(codes: Sequence[IntArray], sizes: Sequence[int]) -> IntArray:
    """Give each combination of codes one number; the last factor runs fastest.

    `DataError` for factors of so many combinations, most of them without rows, that integers do
    not number them.
    """
    if (count := math.prod(sizes)) > np.iinfo(np.int64).max:
        listed = ", ".join(f"{size:,}" for size in sizes)
        raise DataError(
            f"Factors of {listed} levels have 1e{math.log10(count):.0f} combinations, which cannot "
            "be numbered.",
            hint="Put the combinations that there are into a column of their own.",
        )
    combined = codes[0].copy()
    for part, size in zip(codes[1:], sizes[1:], strict=True):
        combined = combined * size + part
    return combined
