"""Contrast codings: how the levels of a factor become columns, and what each column estimates.

A coding of ``m`` levels is a column matrix ``C`` of shape ``(n_levels, n_columns)``. With the
intercept's column beside it, ``B = [1 | C]`` is invertible, and the rows of ``B^-1``, the
hypothesis matrix, say what the coefficients estimate: row 0 the *anchor*, what the intercept
stands for; row ``j`` the weights on the level means that column ``j`` stands for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

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
    with_intercept,
)
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Coding:
    """The columns of one factor: levels, column matrix, labels and hypothesis matrix.

    ``matrix`` has shape ``(n_levels, n_columns)``; ``labels`` are mixwell's names of the columns
    (inside the brackets), ``r_labels`` what R appends to the variable's name. A full coding has one
    indicator column a level and no anchor of its own.

    >>> coding = treatment(["low", "mid", "high"])
    >>> coding.labels
    ('mid', 'high')
    >>> coding.hypothesis
    array([[ 1.,  0.,  0.],
           [-1.,  1.,  0.],
           [-1.,  0.,  1.]])
    """

    name: str
    levels: tuple[str, ...]
    matrix: FloatArray
    labels: tuple[str, ...]
    r_labels: tuple[str, ...]

    def __post_init__(self) -> None:
        self.matrix.setflags(write=False)

    @property
    def is_full(self) -> bool:
        """Whether there is one indicator column a level, so that no intercept stands beside it."""
        return self.name == "full"

    @cached_property
    def hypothesis(self) -> FloatArray:
        """Weights on the level means, ``(n_columns + 1, n_levels)``, row 0 the anchor.

        A full coding has no anchor row: its hypothesis matrix is the identity.
        """
        if self.is_full:
            rows = np.eye(len(self.levels))
        else:
            rows = _tidy(np.linalg.inv(with_intercept(self.matrix)))
        rows.setflags(write=False)
        return rows

    @cached_property
    def anchor(self) -> FloatArray:
        """Weights on the level means of what the intercept stands for, ``(n_levels,)``."""
        m = len(self.levels)
        row = np.full(m, 1 / m) if self.is_full else self.hypothesis[0].copy()
        row.setflags(write=False)
        return row

    def __eq__(self, other: object) -> bool:
        """Whether levels, columns and labels agree."""
        if not isinstance(other, Coding):
            return NotImplemented
        return self._key == other._key and np.array_equal(self.matrix, other.matrix)

    def __hash__(self) -> int:
        """Hash of everything but the numbers."""
        return hash(self._key)

    def __repr__(self) -> str:
        """Name, levels and labels in one line."""
        return f"Coding({self.name!r}, levels={self.levels}, labels={self.labels})"

    @property
    def _key(self) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        return self.name, self.levels, self.labels, self.r_labels


def treatment(levels: Sequence[str], base: str | int | None = None) -> Coding:
    """Each level against a base level: R's ``contr.treatment``.

    ``base`` is a level's name or its position counted from 1; the first level by default. Raises
    ``DataError`` for an unknown base or fewer than two levels.

    >>> treatment(["a1", "a2", "a3"], base="a2").labels
    ('a1', 'a3')
    """
    names = checked_levels(levels)
    base_at = level_position(names, base, default=0, role="base")
    kept = _without(names, base_at)
    return Coding("treatment", names, np.delete(np.eye(len(names)), base_at, axis=1), kept, kept)


def sum_to_zero(levels: Sequence[str], omit: str | int | None = None) -> Coding:
    """Each level against the grand mean, columns adding up to zero: R's ``contr.sum``.

    ``omit`` is the level without a column of its own; the last one by default. Raises ``DataError``
    for an unknown level or fewer than two levels.

    >>> sum_to_zero(["a1", "a2", "a3"]).matrix
    array([[ 1.,  0.],
           [ 0.,  1.],
           [-1., -1.]])
    """
    return _sum(levels, omit, name="sum", mark="S.")


def deviation(levels: Sequence[str], omit: str | int | None = None) -> Coding:
    """Each level minus the grand mean, in the name and the labels of UCLA's deviation coding.

    The columns are those of :func:`sum_to_zero`. Raises ``DataError`` for an unknown level or fewer
    than two levels.

    >>> deviation(["a1", "a2", "a3"]).labels
    ('D.a1', 'D.a2')
    """
    return _sum(levels, omit, name="deviation", mark="D.")


def helmert(levels: Sequence[str]) -> Coding:
    """Each level against the mean of the levels before it: R's ``contr.helmert``.

    Column ``k`` estimates ``1 / (k + 1)`` of that difference. Raises ``DataError`` for fewer than
    two levels.

    >>> helmert(["a1", "a2", "a3"]).matrix
    array([[-1., -1.],
           [ 1., -1.],
           [ 0.,  2.]])
    """
    names = checked_levels(levels)
    m = len(names)
    matrix = np.where(np.arange(m)[:, None] < np.arange(1, m), -1.0, 0.0)
    matrix[np.arange(1, m), np.arange(m - 1)] = np.arange(1, m)
    return Coding(
        "helmert", names, matrix, tuple(f"H.{n}" for n in names[1:]), numbered_labels(m - 1)
    )


def polynomial(levels: Sequence[str], scores: Sequence[float] | None = None) -> Coding:
    """Orthonormal polynomials over the levels: R's ``contr.poly``.

    ``scores`` place the levels on a line; 1, 2, ... by default. Raises ``DataError`` for scores
    that are too few, too many, equal or not finite, and for fewer than two levels.

    >>> polynomial(["low", "mid", "high"]).labels
    ('.L', '.Q')
    """
    names = checked_levels(levels)
    m = len(names)
    at = np.arange(1.0, m + 1) if scores is None else np.array(scores, dtype=float)
    if at.shape != (m,):
        raise DataError(
            f"Polynomial coding has {at.size} scores for {m} levels.", hint=list_levels(names)
        )
    if not np.isfinite(at).all() or len(np.unique(at)) < m:
        raise DataError("The scores of polynomial coding must be finite and all different.")
    labels = (".L", ".Q", ".C", *(f"^{k}" for k in range(4, m)))[: m - 1]
    return Coding("polynomial", names, _orthonormal_powers(at), labels, labels)


def successive_differences(levels: Sequence[str]) -> Coding:
    """Each level minus the level before it: ``contr.sdif`` of R's package MASS.

    Raises ``DataError`` for fewer than two levels.

    >>> successive_differences(["a1", "a2", "a3"]).labels
    ('a2-a1', 'a3-a2')
    """
    names = checked_levels(levels)
    m = len(names)
    column = np.arange(1, m)
    matrix = np.where(np.arange(m)[:, None] < column, column - m, column) / m
    labels = tuple(f"{after}-{before}" for before, after in pairwise(names))
    return Coding("sdif", names, matrix, labels, labels)


def simple(levels: Sequence[str], base: str | int | None = None) -> Coding:
    """Each level minus the base level, with the intercept at the grand mean.

    ``base`` as in :func:`treatment`. Raises ``DataError`` for an unknown base or fewer than two
    levels.

    >>> simple(["a1", "a2"]).matrix
    array([[-0.5],
           [ 0.5]])
    """
    plain = treatment(levels, base)
    centered = plain.matrix - 1 / len(plain.levels)
    return Coding("simple", plain.levels, centered, plain.labels, plain.r_labels)


def full_dummy(levels: Sequence[str]) -> Coding:
    """One indicator column a level, as where nothing in the model covers the factor's mean.

    Raises ``DataError`` for no levels or repeated ones.

    >>> full_dummy(["a1", "a2"]).labels
    ('a1', 'a2')
    """
    names = checked_levels(levels, least=1)
    return Coding("full", names, np.eye(len(names)), names, names)


def custom(levels: Sequence[str], matrix: ArrayLike, labels: Sequence[str] | None = None) -> Coding:
    """A coding by the user's own columns, shape ``(n_levels, n_levels - 1)``.

    Labels are 1, 2, ... unless given. Raises ``DataError`` for a wrong shape, columns that the
    intercept and the others already determine, and repeated labels.

    >>> custom(["a1", "a2"], [[-0.5], [0.5]], labels=["half"]).hypothesis
    array([[ 0.5,  0.5],
           [-1. ,  1. ]])
    """
    names = checked_levels(levels)
    columns = numeric_table(matrix, "A custom coding")
    check_shape(columns, (len(names), len(names) - 1), names)
    check_invertible(columns, "The columns of a custom coding")
    shown = checked_labels(labels, columns.shape[1])
    return Coding("custom", names, columns, shown, shown)


def from_hypotheses(
    levels: Sequence[str], rows: HypothesisTable, labels: Sequence[str] | None = None
) -> Coding:
    """The coding whose coefficients are the given comparisons of the level means.

    ``rows`` is an array ``(n_levels - 1, n_levels)`` or a mapping from a label to the weights of
    the levels: a sequence in the order of the levels, or a mapping in which unnamed levels get 0.
    Each row of weights adds up to 0; the intercept is the grand mean. Raises ``DataError`` for a
    wrong size, unknown levels, weights that do not add up to 0, and rows that determine each
    other.

    >>> coding = from_hypotheses(["a1", "a2", "a3"], {"up": [-1, 1, 0], "top": {"a1": -1, "a3": 1}})
    >>> coding.hypothesis[1:]
    array([[-1.,  1.,  0.],
           [-1.,  0.,  1.]])
    """
    names = checked_levels(levels)
    m = len(names)
    if isinstance(rows, Mapping):
        labels = [str(label) for label in rows] if labels is None else labels
        weights = np.array([weight_row(names, str(key), row) for key, row in rows.items()])
    else:
        weights = numeric_table(rows, "A table of hypotheses")
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
    return Coding("hypotheses", names, _tidy(inverse[:, 1:]), shown, shown)


def _sum(levels: Sequence[str], omit: str | int | None, *, name: str, mark: str) -> Coding:
    names = checked_levels(levels)
    m = len(names)
    omitted = level_position(names, omit, default=m - 1, role="omitted level")
    matrix = np.delete(np.eye(m), omitted, axis=1)
    matrix[omitted] = -1
    labels = tuple(mark + level for level in _without(names, omitted))
    return Coding(name, names, matrix, labels, numbered_labels(m - 1))


def _orthonormal_powers(at: FloatArray) -> FloatArray:
    """Orthonormal columns of the powers 1 to m - 1 with positive leading coefficients.

    Multiplies by the score and orthogonalises twice: exact where a QR of raw powers loses digits.
    """
    centered = at - at.mean()
    centered = centered / np.abs(centered).max()
    basis = np.full((len(at), 1), 1 / np.sqrt(len(at)))
    for _ in range(1, len(at)):
        new = centered * basis[:, -1]
        for _twice in range(2):
            new = new - basis @ (basis.T @ new)
        basis = np.column_stack([basis, new / np.linalg.norm(new)])
    return np.array(basis[:, 1:])


def _tidy(values: FloatArray) -> FloatArray:
    """Rounding errors of an inverse made exact: whole numbers and zeros of either sign."""
    whole = np.round(values)
    near = np.abs(values - whole) < 1e-13 * max(1.0, float(np.abs(values).max()))
    return np.array(np.where(near, whole, values) + 0.0)


def _without(names: tuple[str, ...], position: int) -> tuple[str, ...]:
    return names[:position] + names[position + 1 :]
