"""Smooth functions of two numbers, known at Chebyshev's points and between them by a polynomial.

Source: Trefethen 2013, Approximation Theory and Approximation Practice, chapters 2 to 4.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.integrals.chebyshev import chebyshev_points, chebyshev_series

__all__ = ["Surface", "surface_of"]

# Points in each direction at first, and all together at most.
_FIRST, _MOST = (24, 12), 5_000
# The largest error that is let stand, what counts as rounding, and numbers worked on together.
_NEAR, _ROUNDING, _TOGETHER = 1e-12, 1e-14, 1_000

type Ends = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """A polynomial in two numbers, each within its `ends`, by its coefficients `(x, y)`."""

    coefficients: FloatArray
    ends: tuple[Ends, Ends]

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the values at numbers of any one shape."""
        found, rows, columns = np.empty(x.size), x.ravel(), y.ravel()
        for start in range(0, x.size, _TOGETHER):
            part = slice(start, start + _TOGETHER)
            along = self.coefficients @ self._powers(columns[part], 1)
            along *= self._powers(rows[part], 0)
            found[part] = along.sum(axis=0)
        return found.reshape(x.shape)

    def lines(self, y: FloatArray) -> FloatArray:
        """Return the coefficients of the polynomials in x at numbers, `(degree, number)`."""
        return np.asarray(self.coefficients @ self._powers(y, 1))

    def _powers(self, at: FloatArray, axis: int) -> FloatArray:
        """Return Chebyshev's polynomials at some numbers, `(degree, number)`."""
        (low, high), count = self.ends[axis], self.coefficients.shape[axis]
        half = (high - low) / 2
        x = (at - (low + high) / 2) / (half if half > 0 else 1.0)
        found = np.ones((count, len(at)))
        found[1] = x
        twice = 2 * x
        for degree in range(2, count):
            np.multiply(twice, found[degree - 1], out=found[degree])
            found[degree] -= found[degree - 2]
        return found


def surface_of(
    function: Callable[[FloatArray, FloatArray], FloatArray], x: Ends, y: Ends, most: float
) -> Surface | None:
    """Return the surface of a function between ends, None where no polynomial is near enough.

    The function takes numbers `(x, y)` of one shape; it is asked for at no more than `most` points.

    >>> surface = surface_of(lambda x, y: np.exp(x) / (1 + y), (0.0, 1.0), (0.0, 2.0), np.inf)
    >>> round(float(surface.at(np.array([0.5]), np.array([1.5]))[0] * 2.5 / np.exp(0.5)), 10)
    1.0
    """
    rows, columns = _FIRST
    while rows * columns <= min(most, _MOST):
        values = np.asarray(function(*_points(x, y, rows, columns)))
        if values.shape != (rows, columns) or not np.isfinite(values).all():
            return None
        coefficients = chebyshev_series(np.ascontiguousarray(chebyshev_series(values).T)).T
        far_rows = np.abs(coefficients[-4:]).max() > _NEAR
        far_columns = np.abs(coefficients[:, -4:]).max() > _NEAR
        if not (far_rows or far_columns):
            return Surface(_cut(coefficients), (x, y))
        rows, columns = rows * (1 + far_rows), columns * (1 + far_columns)
    return None


def _cut(coefficients: FloatArray) -> FloatArray:
    """Return coefficients without the last ones, where these are rounding errors."""
    size = np.abs(coefficients)
    least = _ROUNDING * max(1.0, float(size.max()))
    counts = (np.flatnonzero(size.max(axis=1 - k) > least) for k in (0, 1))
    rows, columns = (max(2, found.max(initial=0) + 1) for found in counts)
    return np.ascontiguousarray(coefficients[:rows, :columns])


def _points(x: Ends, y: Ends, rows: int, columns: int) -> tuple[FloatArray, FloatArray]:
    each = (
        chebyshev_points(np.array([low]), np.array([high]), count)[:, 0]
        for (low, high), count in ((x, rows), (y, columns))
    )
    one, other = np.meshgrid(*each, indexing="ij")
    return one, other
