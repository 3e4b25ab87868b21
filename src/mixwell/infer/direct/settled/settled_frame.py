"""Coordinates of x in the reference at one t of the large units, and at any t of the small ones.

Small units come last in x, next to the coefficients, so that their covariances change nothing but
the last rows of the factor.
"""

import numpy as np
from scipy.linalg import solve_triangular

from mixwell.infer.direct.covariances import UnitCovariance
from mixwell.infer.direct.reference import Conditional, Reference
from mixwell.numeric.arrays import FloatArray

__all__ = ["SettledFrame"]

#: How many rows at the end of the factor are soon made anew.
_LAST = 120

type _Kept = tuple[FloatArray, FloatArray, float]


class SettledFrame:
    """x = K'^-1 (z + K^-1 right), with a K for one t of large units; `small` are the other ones."""

    def __init__(self, reference: Reference, t: FloatArray) -> None:
        """Factorize the precision at a t; `settled` says whether that could be done."""
        conditional, columns = Conditional(reference), reference.target.columns
        self._covariances = reference.target.covariances
        self.settled = conditional.move(t)
        self._factor, split, tail = (
            conditional.factor,
            columns.pattern.split,
            conditional.factor.tail,
        )
        small, edge = list[UnitCovariance](), columns.random
        for part in reversed(self._covariances.parts):
            if columns.size - part.unit.start > _LAST or part.unit.start < split:
                break
            small, edge = [part, *small], part.unit.start
        self.small, self._edge = tuple(small), edge
        self._last = tail[edge - split :, edge - split :]
        root = np.tril(self._last)
        self._base = root @ root.T - self._precision(t)
        self._forward = self._factor.half_solve(reference.right.copy())
        self._pull = root @ self._forward[edge:]
        self.log_determinant = self._log_last()

    def _log_last(self) -> float:
        return 2 * float(np.log(np.diagonal(self._last)).sum())

    def _precision(self, t: FloatArray) -> FloatArray:
        """Return the precision of the small units, in the last rows."""
        found = np.zeros(self._last.shape)
        roots = self._covariances.roots(t)
        for part in self.small:
            half = np.linalg.inv(roots[self._covariances.parts.index(part)])
            unit, precision = part.unit, half.T @ half
            for level in range(unit.levels):
                begin = unit.start - self._edge + level * unit.size
                found[begin : begin + unit.size, begin : begin + unit.size] = precision
        return found

    def move(self, t: FloatArray) -> bool:
        """Go to another t of small units; False where the precision is not positive definite."""
        try:
            root = np.linalg.cholesky(self._base + self._precision(t))
        except np.linalg.LinAlgError:
            return False
        self._last[:] = root
        self._forward[self._edge :] = solve_triangular(root, self._pull, lower=True)
        self.log_determinant = self._log_last()
        return True

    def kept(self) -> _Kept:
        """Return all that `move` changes."""
        return self._last.copy(), self._forward.copy(), self.log_determinant

    def restore(self, kept: _Kept) -> None:
        """Go back to where it was."""
        last, self._forward, self.log_determinant = kept
        self._last[:] = last

    def place(self, z: FloatArray) -> FloatArray:
        """Return x of z."""
        return self._factor.half_solve_transposed(z + self._forward)

    def standard(self, x: FloatArray) -> FloatArray:
        """Return z of x."""
        return self._factor.times_half_transposed(x) - self._forward

    def slope(self, by_x: FloatArray) -> FloatArray:
        """Return derivatives by z given those by x."""
        return self._factor.half_solve(by_x.copy())
