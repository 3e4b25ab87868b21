"""Contrasts as a user chooses them: small values that become a coding once the levels are known.

The names under which users choose them are in ``contrast_names``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mixwell.design.codings import coding
from mixwell.design.codings.coding import Coding
from mixwell.design.codings.coding_checks import HypothesisTable
from mixwell.errors import DataError


@runtime_checkable
class Contrast(Protocol):
    """A way of coding a factor, before the factor's levels are known."""

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels; raises ``DataError`` where the choice does not fit them."""
        ...


@dataclass(frozen=True, slots=True)
class Treatment:
    """Each level against a base level, the first one unless named or numbered from 1.

    ``numbered`` makes R's names end in positions, as R does for ``contr.treatment(3)``.
    """

    base: str | int | None = None
    numbered: bool = False

    def code(self, levels: Sequence[str]) -> Coding:
        """Treatment coding of these levels."""
        made = coding.treatment(levels, self.base)
        return _numbered(made) if self.numbered else made


@dataclass(frozen=True, slots=True)
class SAS:
    """Each level against the last one: R's ``contr.SAS``."""

    numbered: bool = False

    def code(self, levels: Sequence[str]) -> Coding:
        """Treatment coding of these levels with the last as base."""
        made = coding.treatment(levels, base=max(len(levels), 1))
        return _numbered(made) if self.numbered else made


@dataclass(frozen=True, slots=True)
class Sum:
    """Each level against the grand mean, the last level left out unless another is named."""

    omit: str | int | None = None

    def code(self, levels: Sequence[str]) -> Coding:
        """Sum coding of these levels."""
        return coding.sum_to_zero(levels, self.omit)


@dataclass(frozen=True, slots=True)
class Helmert:
    """Each level against the mean of the levels before it."""

    def code(self, levels: Sequence[str]) -> Coding:
        """Helmert coding of these levels."""
        return coding.helmert(levels)


@dataclass(frozen=True, slots=True)
class Poly:
    """Orthonormal polynomials over the levels, placed at ``scores`` (1, 2, ... by default)."""

    scores: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.scores is not None:
            flat = np.ravel(np.asarray(self.scores, dtype=float)).tolist()
            object.__setattr__(self, "scores", tuple(flat))

    def code(self, levels: Sequence[str]) -> Coding:
        """Polynomial coding of these levels."""
        return coding.polynomial(levels, self.scores)


@dataclass(frozen=True, slots=True)
class SuccessiveDifferences:
    """Each level minus the level before it; ``numbered`` as in :class:`Treatment`."""

    numbered: bool = False

    def code(self, levels: Sequence[str]) -> Coding:
        """Successive differences of these levels."""
        made = coding.successive_differences(levels)
        if not self.numbered:
            return made
        return replace(made, r_labels=tuple(f"{k + 1}-{k}" for k in range(1, len(made.levels))))


@dataclass(frozen=True, slots=True)
class Simple:
    """Each level minus the base level, the intercept at the grand mean."""

    base: str | int | None = None

    def code(self, levels: Sequence[str]) -> Coding:
        """Simple coding of these levels."""
        return coding.simple(levels, self.base)


@dataclass(frozen=True, slots=True)
class Deviation:
    """Each level minus the grand mean, the last level left out unless another is named."""

    omit: str | int | None = None

    def code(self, levels: Sequence[str]) -> Coding:
        """Deviation coding of these levels."""
        return coding.deviation(levels, self.omit)


@dataclass(frozen=True, slots=True)
class Full:
    """One indicator column a level."""

    def code(self, levels: Sequence[str]) -> Coding:
        """Indicator columns of these levels."""
        return coding.full_dummy(levels)


@dataclass(frozen=True, slots=True)
class Custom:
    """The user's own columns, ``(n_levels, n_levels - 1)``: an array, rows or a DataFrame.

    A DataFrame's column names are the labels; an index of level names puts its rows in order.
    """

    matrix: ArrayLike | pd.DataFrame
    labels: tuple[str, ...] | None = None
    row_levels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        table, labels, rows = _read_table(self.matrix)
        object.__setattr__(self, "matrix", table)
        object.__setattr__(self, "labels", labels if self.labels is None else tuple(self.labels))
        object.__setattr__(self, "row_levels", rows if self.row_levels is None else self.row_levels)

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels by the given columns."""
        table = np.array(self.matrix, dtype=float)
        order = _row_order(self.row_levels, levels, len(table))
        return coding.custom(levels, table[order], self.labels)


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """Comparisons of the level means, as weights that add up to 0, one row a coefficient."""

    rows: HypothesisTable
    labels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.rows, pd.DataFrame):
            weights = {str(k): dict(row.items()) for k, row in self.rows.iterrows()}
            object.__setattr__(self, "rows", weights)

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels whose coefficients are the comparisons."""
        return coding.from_hypotheses(levels, self.rows, self.labels)


@dataclass(frozen=True, slots=True)
class Sized:
    """A contrast made for a number of levels, as ``contr.sum(3)``; it fits no other number."""

    contrast: Contrast
    n_levels: int

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels, refused where their number is another one."""
        if len(levels) != self.n_levels:
            raise DataError(
                f"The contrast is made for {self.n_levels} levels, but there are {len(levels)}.",
                hint="The levels are " + ", ".join(str(level) for level in levels) + ".",
            )
        return self.contrast.code(levels)


def _numbered(made: Coding) -> Coding:
    positions = tuple(str(made.levels.index(label) + 1) for label in made.r_labels)
    return replace(made, r_labels=positions)


def _read_table(
    table: object,
) -> tuple[tuple[tuple[float, ...], ...], tuple[str, ...] | None, tuple[str, ...] | None]:
    """The numbers of a table, with the column labels and row names that a DataFrame has."""
    labels = rows = None
    if isinstance(table, pd.DataFrame):
        labels = tuple(str(column) for column in table.columns)
        if not isinstance(table.index, pd.RangeIndex):
            rows = tuple(str(row) for row in table.index)
        table = table.to_numpy()
    try:
        values = np.array(table, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError("A custom coding must be a table of numbers.") from error
    if values.ndim != 2:
        raise DataError(
            "A custom coding must be a table of rows and columns.",
            hint="A single column for two levels is [[-0.5], [0.5]].",
        )
    return tuple(tuple(row) for row in values.tolist()), labels, rows


def _row_order(names: tuple[str, ...] | None, levels: Sequence[str], count: int) -> list[int]:
    if names is None:
        return list(range(count))
    wanted = [str(level) for level in levels]
    if sorted(names) != sorted(wanted):
        raise DataError(
            "The row names of a custom coding are not the levels of the factor: "
            + ", ".join(names)
            + ".",
            hint="The levels are " + ", ".join(wanted) + ".",
        )
    return [names.index(level) for level in wanted]
