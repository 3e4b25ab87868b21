"""Variances of functions of two normal variables, and what a part of these has of them.

Two draws of the variables that share a part are jointly normal, and the covariance of what a
function makes of them is a sum over its coefficients in normalized Hermite polynomials. Source:
Mehler 1866; Sobol 1993.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.integrals.normal_rule import even_rule, normal_rule

__all__ = ["TwoNormals", "hermite_table"]

#: Polynomials whose degrees add up to less than this count.
_TERMS = 20
#: Nodes of Gauss's rule, which has all digits up to this standard deviation.
_NODES, _NARROW = 32, 1.0


def hermite_table(points: FloatArray, count: int) -> FloatArray:
    """Return normalized Hermite polynomials of degrees 0 to `count` - 1, `(degree, point)`.

    >>> hermite_table(np.array([2.0]), 3).ravel().round(4).tolist()
    [1.0, 2.0, 2.1213]
    """
    found = np.ones((count, len(points)))
    for n in range(1, count):
        before = found[n - 2] if n > 1 else 0.0
        found[n] = (points * found[n - 1] - np.sqrt(n - 1) * before) / np.sqrt(n)
    return found


@dataclass(frozen=True, eq=False)
class TwoNormals:
    """Two normal variables with variances and a covariance, each of any one shape."""

    one: FloatArray
    other: FloatArray
    shared: FloatArray

    def part_of(
        self, function: Callable[[FloatArray, FloatArray], FloatArray], part: "TwoNormals"
    ) -> FloatArray:
        """Return the variance of a function's mean given a `part` of the variables.

        The rest of the variables is independent of the part.
        """
        a, b, c = self._root
        (first, second), (cos, sin) = self._axes(part, (a, b, c))
        scale = float(max(a.max(), np.abs(b).max(), c.max()))
        z, weight = normal_rule(_NODES) if scale <= _NARROW else even_rule(scale)
        table = hermite_table(z, _TERMS) * weight
        coefficients = np.zeros((_TERMS, _TERMS, *a.shape))
        for x, along in zip(z, table.T, strict=True):
            turned = ((cos * x - sin * y, sin * x + cos * y) for y in z)
            values = np.stack([function(a * w, b * w + c * v) for w, v in turned])
            coefficients += np.multiply.outer(along, np.tensordot(table, values, 1))
        total = np.zeros(a.shape)
        for n in range(_TERMS):
            for m in range(_TERMS - n):
                if n + m:
                    total += first**n * second**m * coefficients[n, m] ** 2
        return total

    @property
    def _root(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The variables as `a w` and `b w + c v` of two independent ones of variance 1."""
        a = np.sqrt(np.maximum(self.one, 0.0))
        b = _over(self.shared, a)
        return a, b, np.sqrt(np.maximum(self.other - b**2, 0.0))

    def _axes(
        self, part: "TwoNormals", root: tuple[FloatArray, FloatArray, FloatArray]
    ) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Return the shares of a part along its own two directions, and where the first points."""
        a, b, c = root
        slope = _over(b, a)
        x = _over(part.one, a**2)
        xy = _over(part.shared - slope * part.one, a * c)
        y = _over(part.other - 2 * slope * part.shared + slope**2 * part.one, c**2)
        turn, middle, away = np.arctan2(2 * xy, x - y) / 2, (x + y) / 2, np.hypot((x - y) / 2, xy)
        shares = np.clip(middle + away, 0, 1), np.clip(middle - away, 0, 1)
        return shares, (np.cos(turn), np.sin(turn))


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=below > 0)
