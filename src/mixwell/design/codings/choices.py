"""Contrasts as a user chooses them: small values that become a coding once the levels are known.

The names under which users choose them are in ``contrast_names``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mixwell.design.codings.coding import Coding, tidy
from mixwell.design.codings.coding_checks import (
    HypothesisTable,
    check_invertible,
    check_shape,
    check_sums,
    checked_labels,
    checked_levels,
    level_position,
    list_levels,
    numbered_labels,
    numeric_table,
    weight_row,
)
from mixwell.errors import DataError, require_texts, require_truth
from mixwell.numeric.arrays import float_array
from mixwell.numeric.orthogonal_powers import orthonormal_powers
from mixwell.public_calls import public_methods
from mixwell.text.level_labels import labels_of

#: R's contr.poly stops there, too.
_MOST_OF_A_POLYNOMIAL = 95


@runtime_checkable
class Contrast(Protocol):
    """A way of coding a factor, before the factor's levels are known."""

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels; raises ``DataError`` where the choice does not fit them."""
        ...


@public_methods
@dataclass(frozen=True, slots=True)
class Treatment:
    """Each level against a base level: R's ``contr.treatment``.

    ``base`` is a level's name or its position counted from 1, the first one by default.
    ``numbered`` makes R's names end in positions, as R does for ``contr.treatment(3)``.

    >>> Treatment("a2").code(["a1", "a2", "a3"]).labels
    ('a1', 'a3')
    """

    base: str | int | None = None
    numbered: bool = False

    def __post_init__(self) -> None:
        require_truth("numbered", self.numbered)

    def code(self, levels: Sequence[str]) -> Coding:
        """Treatment coding of these levels."""
        names = checked_levels(levels)
        base_at = level_position(names, self.base, default=0, role="base")
        kept = _without(names, base_at)
        matrix = np.delete(np.eye(len(names)), base_at, axis=1)
        numbered = tuple(str(k + 1) for k in range(len(names)) if k != base_at)
        return Coding("treatment", names, matrix, kept, numbered if self.numbered else kept)


@public_methods
@dataclass(frozen=True, slots=True)
class SAS:
    """Each level against the last one: R's ``contr.SAS``.

    >>> SAS().code(["a1", "a2"]).matrix
    array([[1.],
           [0.]])
    """

    numbered: bool = False

    def __post_init__(self) -> None:
        require_truth("numbered", self.numbered)

    def code(self, levels: Sequence[str]) -> Coding:
        """Treatment coding of these levels with the last as base."""
        return Treatment(max(len(levels), 1), self.numbered).code(levels)


@public_methods
@dataclass(frozen=True, slots=True)
class Sum:
    """Each level against the grand mean, columns adding up to zero: R's ``contr.sum``.

    ``omit`` is the level without a column of its own, the last one by default.

    >>> Sum().code(["a1", "a2", "a3"]).matrix
    array([[ 1.,  0.],
           [ 0.,  1.],
           [-1., -1.]])
    """

    omit: str | int | None = None
    name: ClassVar[str] = "sum"

    def code(self, levels: Sequence[str]) -> Coding:
        """Coding of these levels by columns that add up to zero."""
        names = checked_levels(levels)
        m = len(names)
        omitted = level_position(names, self.omit, default=m - 1, role="omitted level")
        matrix = np.delete(np.eye(m), omitted, axis=1)
        matrix[omitted] = -1
        mark = self.name[0].upper()
        labels = tuple(f"{mark}.{level}" for level in _without(names, omitted))
        return Coding(self.name, names, matrix, labels, numbered_labels(m - 1))


@public_methods
@dataclass(frozen=True, slots=True)
class Helmert:
    """Each level against the mean of the levels before it: R's ``contr.helmert``.

    Column ``k`` estimates ``1 / (k + 1)`` of that difference.

    >>> Helmert().code(["a1", "a2", "a3"]).matrix
    array([[-1., -1.],
           [ 1., -1.],
           [ 0.,  2.]])
    """

    def code(self, levels: Sequence[str]) -> Coding:
        """Helmert coding of these levels."""
        names = checked_levels(levels)
        m = len(names)
        matrix = np.where(np.arange(m)[:, None] < np.arange(1, m), -1.0, 0.0)
        matrix[np.arange(1, m), np.arange(m - 1)] = np.arange(1, m)
        labels = tuple(f"H.{name}" for name in names[1:])
        return Coding("helmert", names, matrix, labels, numbered_labels(m - 1))


@public_methods
@dataclass(frozen=True, slots=True)
class Poly:
    """Orthonormal polynomials over the levels: R's ``contr.poly``.

    ``scores`` place the levels on a line; 1, 2, ... by default.

    >>> Poly().code(["low", "mid", "high"]).labels
    ('.L', '.Q')
    """

    scores: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.scores is not None:
            wrong = DataError("The scores of polynomial coding are a list of numbers.")
            flat = np.ravel(float_array(self.scores, wrong)).tolist()
            object.__setattr__(self, "scores", tuple(flat))

    def code(self, levels: Sequence[str]) -> Coding:
        """Polynomial coding of these levels."""
        names = checked_levels(levels)
        m = len(names)
        at = np.arange(1.0, m + 1) if self.scores is None else np.array(self.scores, dtype=float)
        if m > _MOST_OF_A_POLYNOMIAL:
            raise DataError(
                f"Polynomials of degree {m - 1:,} over {m:,} levels cannot be computed accurately.",
                hint='Use numbers, poly(x, 3), or another coding: contrasts={"f": "treatment"}.',
            )
        if at.shape != (m,):
            raise DataError(
                f"Polynomial coding has {at.size} scores for {m} levels.", hint=list_levels(names)
            )
        if not np.isfinite(at).all() or len(np.unique(at)) < m:
            raise DataError("The scores of polynomial coding must be finite and all different.")
        labels = (".L", ".Q", ".C", *(f"^{k}" for k in range(4, m)))[: m - 1]
        return Coding("polynomial", names, orthonormal_powers(at, m - 1), labels, labels)


@public_methods
@dataclass(frozen=True, slots=True)
class SuccessiveDifferences:
    """Each level minus the level before it: ``contr.sdif`` of R's package MASS.

    ``numbered`` as in :class:`Treatment`.

    >>> SuccessiveDifferences().code(["a1", "a2", "a3"]).labels
    ('a2-a1', 'a3-a2')
    """

    numbered: bool = False

    def __post_init__(self) -> None:
        require_truth("numbered", self.numbered)

    def code(self, levels: Sequence[str]) -> Coding:
        """Successive differences of these levels."""
        names = checked_levels(levels)
        m = len(names)
        column = np.arange(1, m)
        matrix = np.where(np.arange(m)[:, None] < column, column - m, column) / m
        labels = tuple(f"{after}-{before}" for before, after in pairwise(names))
        numbered = tuple(f"{k + 1}-{k}" for k in range(1, m))
        return Coding("sdif", names, matrix, labels, numbered if self.numbered else labels)


@public_methods
@dataclass(frozen=True, slots=True)
class Simple:
    """Each level minus the base level, the intercept at the grand mean.

    >>> Simple().code(["a1", "a2"]).matrix
    array([[-0.5],
           [ 0.5]])
    """

    base: str | int | None = None

    def code(self, levels: Sequence[str]) -> Coding:
        """Simple coding of these levels."""
        plain = Treatment(self.base).code(levels)
        return replace(plain, name="simple", matrix=plain.matrix - 1 / len(plain.levels))


@public_methods
@dataclass(frozen=True, slots=True)
class Deviation(Sum):
    """Each level minus the grand mean, in the name and the labels of UCLA's deviation coding.

    The columns are those of :class:`Sum`.

    >>> Deviation().code(["a1", "a2", "a3"]).labels
    ('D.a1', 'D.a2')
    """

    name: ClassVar[str] = "deviation"


@public_methods
@dataclass(frozen=True, slots=True)
class Full:
    """One indicator column a level.

    >>> Full().code(["a1", "a2"]).matrix
    array([[1., 0.],
           [0., 1.]])
    """

    def code(self, levels: Sequence[str]) -> Coding:
        """Indicator columns of these levels."""
        names = checked_levels(levels, least=1)
        return Coding("full", names, np.eye(len(names)), names, names)


@public_methods
@dataclass(frozen=True, slots=True)
class Custom:
    """The user's own columns, ``(n_levels, n_levels - 1)``: an array, rows or a DataFrame.

    A DataFrame's column names are the labels, which are 1, 2, ... unless given; an index of level
    names puts its rows in order.

    >>> Custom([[-0.5], [0.5]], labels=("half",)).code(["a1", "a2"]).hypothesis
    array([[ 0.5,  0.5],
           [-1. ,  1. ]])
    """

    matrix: ArrayLike | pd.DataFrame
    labels: tuple[str, ...] | None = None
    row_levels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        table, labels, rows = _read_table(self.matrix)
        object.__setattr__(self, "matrix", table)
        if self.labels is not None:
            labels = tuple(require_texts("labels", self.labels))
        if self.row_levels is not None:
            rows = tuple(require_texts("row_levels", self.row_levels))
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "row_levels", rows)

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels by the given columns."""
        given = np.array(self.matrix, dtype=float)
        order = _row_order(self.row_levels, levels, len(given))
        names = checked_levels(levels)
        columns = numeric_table(given[order], "A custom coding")
        check_shape(columns, (len(names), len(names) - 1), names)
        check_invertible(columns, "The columns of a custom coding")
        shown = checked_labels(self.labels, columns.shape[1])
        return Coding("custom", names, columns, shown, shown)


@public_methods
@dataclass(frozen=True, slots=True)
class Hypotheses:
    """Comparisons of the level means that the coefficients are, the intercept at the grand mean.

    ``rows`` is a table ``(n_levels - 1, n_levels)`` or a mapping from a label to the weights of the
    levels: a sequence in the order of the levels, or a mapping in which unnamed levels get 0. Each
    row of weights adds up to 0.

    >>> made = Hypotheses({"up": [-1, 1, 0], "top": {"a1": -1, "a3": 1}}).code(["a1", "a2", "a3"])
    >>> made.hypothesis[1:]
    array([[-1.,  1.,  0.],
           [-1.,  0.,  1.]])
    """

    rows: HypothesisTable
    labels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.labels is not None:
            object.__setattr__(self, "labels", tuple(require_texts("labels", self.labels)))
        if isinstance(self.rows, pd.DataFrame):
            weights = {str(k): dict(row.items()) for k, row in self.rows.iterrows()}
            object.__setattr__(self, "rows", weights)

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels whose coefficients are the comparisons."""
        names = checked_levels(levels)
        m = len(names)
        labels = self.labels
        if isinstance(self.rows, Mapping):
            labels = tuple(map(str, self.rows)) if labels is None else labels
            weights = np.array([weight_row(names, str(key), row) for key, row in self.rows.items()])
        else:
            weights = numeric_table(self.rows, "A table of hypotheses")
        if weights.shape != (m - 1, m):
            raise DataError(
                f"{m} levels need {m - 1} hypotheses with {m} weights each, but the table has the "
                f"shape {weights.shape}.",
                hint=list_levels(names),
            )
        shown = checked_labels(labels, m - 1)
        check_sums(weights, shown)
        check_invertible(weights.T, "The hypotheses")
        inverse = np.linalg.inv(np.vstack([np.full(m, 1 / m), weights]))
        return Coding("hypotheses", names, tidy(inverse[:, 1:].T).T, shown, shown)


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
                hint=list_levels(tuple(map(str, levels))),
            )
        return self.contrast.code(levels)


def _read_table(
    table: object,
) -> tuple[tuple[tuple[float, ...], ...], tuple[str, ...] | None, tuple[str, ...] | None]:
    """The numbers of a table, with the column labels and row names that a DataFrame has."""
    labels = rows = None
    if isinstance(table, pd.DataFrame):
        labels = tuple(str(column) for column in table.columns)
        if not isinstance(table.index, pd.RangeIndex):
            rows = labels_of(table.index)
        table = table.to_numpy()
    values = float_array(
        table, DataError("A custom coding must be a table of numbers."), truths=True
    )
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
            f"{', '.join(names)}.",
            hint=list_levels(tuple(wanted)),
        )
    return [names.index(level) for level in wanted]


def _without(names: tuple[str, ...], position: int) -> tuple[str, ...]:
    return names[:position] + names[position + 1 :]
