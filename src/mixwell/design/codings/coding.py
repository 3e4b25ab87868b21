"""Contrast codings: how the levels of a factor become columns, and what each column estimates.

A coding of ``m`` levels is a column matrix ``C`` of shape ``(n_levels, n_columns)``. With the
intercept's column in front, ``B = [1 | C]`` is invertible, and the rows of ``B^-1``, the
hypothesis matrix, say what the coefficients estimate: row 0 the *anchor*, what the intercept
stands for; row ``j`` the weights on the level means that column ``j`` stands for.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixwell.design.codings.coding_checks import with_intercept
from mixwell.numeric.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Coding:
    """The columns of one factor: levels, column matrix, labels and hypothesis matrix.

    ``matrix`` has shape ``(n_levels, n_columns)``; ``labels`` are mixwell's names of the columns
    (inside the brackets), ``r_labels`` what R appends to the variable's name. A full coding has one
    indicator column a level and no anchor of its own.

    >>> from mixwell.design.codings.choices import Treatment
    >>> coding = Treatment().code(["low", "mid", "high"])
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
        """Whether there is one indicator column a level, which leaves no room for an intercept."""
        return self.name == "full"

    @cached_property
    def hypothesis(self) -> FloatArray:
        """Weights on the level means, ``(n_columns + 1, n_levels)``, row 0 the anchor.

        A full coding has no anchor row: its hypothesis matrix is the identity.
        """
        if self.is_full:
            rows = np.eye(len(self.levels))
        else:
            rows = tidy(np.linalg.inv(with_intercept(self.matrix)))
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


def tidy(values: FloatArray) -> FloatArray:
    """Rounding errors of an inverse made exact: whole numbers and zeros of either sign.

    What an error is depends on the largest number of a row, which may be of any size.
    """
    whole = np.round(values)
    near = np.abs(values - whole) < 1e-13 * np.abs(values).max(axis=-1, keepdims=True)
    return np.array(np.where(near, whole, values) + 0.0)
