"""The numbers that a transform learns from, where they are an expression on a table elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from mixwell.design.atoms.transform_arguments import ORTHOGONALITY_LIMIT
from mixwell.design.pushed.asked_statistics import AskedStatistics
from mixwell.design.pushed.order_statistics import exact_quantiles
from mixwell.formula import Expr, deparse
from mixwell.numeric.arrays import FloatArray
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["ExpressionValues", "polynomial", "polynomial_roots"]

#: How often polynomials are made orthogonal anew; each time squares what is missing.
_ROUNDS = 5
#: How far columns may be from orthonormal before they are made so for the last time.
_NEAR = 1e-5
_VALUE = "mixwell_value"


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionValues:
    """Values of an expression that are not missing: `x` is null elsewhere, `expr` their name.

    Each method asks what it needs of the rows: see `AskedStatistics`.
    """

    table: LazyTable
    statistics: AskedStatistics
    expr: Expr
    x: nw.Expr

    @property
    def said(self) -> str:
        """The expression as text."""
        return deparse(self.expr)

    @property
    def finite(self) -> nw.Expr:
        """The values that are finite, by which others are measured."""
        return nw.when(self.x.is_finite()).then(self.x)

    @property
    def _range(self) -> Mapping[str, Any]:
        x = self.finite
        return self.statistics.ask(
            ("range", self.expr),
            f"the range of {self.said}",
            lambda: {
                "rows": nw.len(),
                "n": x.count(),
                "there": self.x.count(),
                "low": x.min(),
                "high": x.max(),
                "mean": x.mean(),
            },
        )

    @property
    def _moments(self) -> tuple[float, float]:
        """The mean and the sum of squares around it, by sums around a number near the mean."""
        near = float(self._range["mean"])
        away = self.finite - near
        sums = self.statistics.ask(
            ("moments", self.expr),
            f"the spread of {self.said}",
            lambda: {"away": away.sum(), "squares": (away * away).sum()},
        )
        left = float(sums["away"]) / self.count
        return near + left, max(float(sums["squares"]) - self.count * left**2, 0.0)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self._range["rows"])

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(self._range["n"])

    @property
    def low(self) -> float:
        """The least value."""
        return float(self._range["low"])

    @property
    def high(self) -> float:
        """The greatest value."""
        return float(self._range["high"])

    def ends(self) -> tuple[float, float]:
        """Return the least and the greatest value, infinite where one is."""
        infinite = int(self._range["there"]) > self.count
        return (-np.inf, np.inf) if infinite else (self.low, self.high)

    def mean(self) -> float:
        """Return the mean."""
        return self._moments[0]

    def total(self) -> float:
        """Return the sum."""
        return self.mean() * self.count

    def spread(self, around: float) -> float:
        """Return the root of the mean squared distance from a number, over n - 1."""
        mean, squares = self._moments
        total = squares + self.count * (mean - around) ** 2
        return float(np.sqrt(total / max(1, self.count - 1)))

    def deviation(self) -> float:
        """Return the standard deviation, over n."""
        return float(np.sqrt(self._moments[1] / self.count))

    def distinct(self, most: int) -> int:
        """Return how many different values there are; of more than `most`, any number above it."""

        def count() -> int:
            some = self._different.frame.head(most + 1)
            return replace(self.table, frame=some, _counted={}).count()

        found = self.statistics.once(("distinct", self.expr, most), count)
        return int(found)

    @property
    def _different(self) -> LazyTable:
        """The table of the different values."""
        frame = self.table.frame.select(**{_VALUE: self.finite}).unique()
        return replace(self.table, frame=frame.filter(~nw.col(_VALUE).is_null()), _counted={})

    def quantiles(self, shares: FloatArray, low: float, high: float) -> FloatArray:
        """Return R's quantiles (type 7) of the values from `low` to `high`, exactly."""
        key = ("quantiles", self.expr, tuple(shares.tolist()), low, high)
        found: FloatArray = self.statistics.once(
            key, lambda: exact_quantiles(self.table, self.finite, shares, low, high, self.said)
        )
        return found

    def distinct_quantiles(self, shares: FloatArray) -> FloatArray:
        """Return the same quantiles of the different values."""
        ends = self.low, self.high
        found: FloatArray = self.statistics.once(
            ("distinct quantiles", self.expr, tuple(shares.tolist())),
            lambda: exact_quantiles(self._different, nw.col(_VALUE), shares, *ends, self.said),
        )
        return found

    def recurrence(
        self, mean: float, unit: float, degree: int
    ) -> tuple[FloatArray, FloatArray, bool]:
        """Return centers and lengths of `recurrence`, and whether its columns are orthonormal.

        Legendre's polynomials on the range of the values are made orthonormal by their products'
        means; those that result are so again, until nothing is missing. Source: the modified
        moments of Gautschi 2004, 2.1.7.
        """
        z = (self.finite - mean) / unit
        ends = np.array([self.low - mean, self.high - mean]) / unit
        jacobi, exact = _legendre(ends, degree), False
        for turn in range(_ROUNDS):
            key = ("products", self.expr, mean, unit, degree, turn)
            products = self._products(z, jacobi, key)
            found = _orthonormal(products, jacobi)
            if found is None:
                break
            jacobi = found
            missing = float(np.abs(products - np.eye(degree + 1)).max())
            if missing < _NEAR:  # what is left now is of the order of its square
                exact = missing**2 < ORTHOGONALITY_LIMIT
                break
        centers, ratios = np.diag(jacobi)[:degree], np.diag(jacobi, 1) ** 2
        lengths = self.count * np.cumprod([1.0, *ratios])
        return centers, lengths, exact

    def _products(self, z: nw.Expr, jacobi: FloatArray, key: tuple[object, ...]) -> FloatArray:
        """Return the means of all products of two polynomials, (degree + 1, degree + 1)."""
        size = len(jacobi)
        columns = [polynomial(z, jacobi, k) for k in range(1, size)]
        pairs = [(i, j) for j in range(1, size) for i in range(j + 1)]

        def sums() -> dict[str, nw.Expr]:
            made = {}
            for i, j in pairs:
                column = columns[j - 1] * columns[i - 1] if i else columns[j - 1]
                made[f"{i}_{j}"] = column.sum()
            return made

        answer = self.statistics.ask(key, f"the powers of {self.said}", sums)
        products = np.eye(size)
        for i, j in pairs:
            products[i, j] = products[j, i] = float(answer[f"{i}_{j}"]) / self.count
        return products


def _legendre(ends: FloatArray, degree: int) -> FloatArray:
    """Return the Jacobi matrix of Legendre's polynomials between two numbers."""
    middle, half = ends.mean(), (ends[1] - ends[0]) / 2
    k = np.arange(1.0, degree + 1)
    off = half * k / np.sqrt(4 * k**2 - 1)
    return np.asarray(np.diag(np.full(degree + 1, middle)) + np.diag(off, 1) + np.diag(off, -1))


def _orthonormal(products: FloatArray, jacobi: FloatArray) -> FloatArray | None:
    """Return the Jacobi matrix of polynomials that are orthonormal; None where there are none.

    With the products G = L L' of polynomials p, z p = J p, those are inv(L) p, and theirs is
    inv(L) J L but for the last row, which would take one polynomial more.
    """
    try:
        root = np.linalg.cholesky(products)
    except np.linalg.LinAlgError:
        return None
    last = len(jacobi) - 1
    made = np.linalg.solve(root[:last, :last], jacobi[:last] @ root)
    off = np.diag(made, 1)
    whole = np.diag([*np.diag(made), 0.0]) + np.diag(off, 1) + np.diag(off, -1)
    return np.asarray(whole)


def polynomial_roots(jacobi: FloatArray, degree: int) -> FloatArray:
    """Return the zeros of an orthogonal polynomial. Source: Golub and Welsch 1969."""
    return np.asarray(np.linalg.eigvalsh(jacobi[:degree, :degree]))


def polynomial(z: nw.Expr, jacobi: FloatArray, degree: int) -> nw.Expr:
    """Return an orthonormal polynomial as a product over its zeros, in which no digits are lost."""
    lengths = np.diag(jacobi, 1)[:degree]
    made = nw.lit(1.0)
    for zero, length in zip(
        polynomial_roots(jacobi, degree).tolist(), lengths.tolist(), strict=True
    ):
        made = made * ((z - zero) / length)
    return made
