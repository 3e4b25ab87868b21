"""Natural spline bases: R's ``ns``, and the cardinal basis ``cr`` of a cubic regression spline.

Each is a stateful transform: the first call learns the knots from its data, later calls replay them
on new values. Beyond the boundary knots both go on as straight lines, as in R.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mixwell.design.atoms.transform_arguments import (
    ArrayValues,
    TrainingValues,
    as_numbers,
    finite_numbers,
    require_columns,
    truth_argument,
    whole_number,
)
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

CUBIC = 3


class NaturalSpline:
    """Natural cubic spline basis of a numeric variable: R's ``splines::ns``.

    Returns ``(n, df)``. The second derivative is 0 at the boundary knots. Raises ``DataError`` for
    a ``df`` that is too small and for knots that are not numbers.

    >>> ns = NaturalSpline()
    >>> ns(np.array([0.0, 1.0, 2.0, 4.0]), df=2).shape
    (4, 2)
    """

    params_set = False
    labels: tuple[str, ...] = ()

    def __call__(
        self,
        x: ArrayLike,
        df: int | None = None,
        knots: ArrayLike | None = None,
        intercept: bool = False,
        boundary_knots: ArrayLike | None = None,
    ) -> FloatArray:
        """Basis columns of ``x``; the first call learns the knots."""
        values = as_numbers(x, "ns")
        if not self.params_set:
            self.learn(ArrayValues(values, "ns"), df, knots, intercept, boundary_knots)
        evaluate = partial(spline_basis, self._knots, CUBIC)
        basis = _straight_beyond(self._boundary, values, evaluate)
        return np.array(basis[:, self._first :] @ self._null)

    def learn(
        self,
        values: TrainingValues,
        df: int | None = None,
        knots: ArrayLike | None = None,
        intercept: bool = False,
        boundary_knots: ArrayLike | None = None,
    ) -> None:
        """Learn the knots."""
        self._first = 0 if truth_argument(intercept, "intercept", "ns") else 1
        inner, self._boundary = learn_knots(
            values, df, knots, boundary_knots, spent=2 - self._first, name="ns"
        )
        self._knots = np.sort([*np.repeat(self._boundary, CUBIC + 1), *inner])
        self._null = self._null_space()
        self.labels = tuple(str(k) for k in range(1, self._null.shape[1] + 1))
        self.params_set = True

    def pieces(self) -> "Pieces":
        """Return the columns as polynomials between the knots, and as lines beyond them."""
        basis = spline_pieces(self._knots, CUBIC).columns(slice(self._first, None))
        return basis.combined(self._null).straight_beyond(self._boundary)

    def _null_space(self) -> FloatArray:
        """Combinations of the B-splines that have no curvature at the boundary.

        R takes the last columns of a Householder QR; LAPACK has the same sign convention.
        """
        curvature = spline_basis(self._knots, CUBIC, self._boundary, derivative=2)
        q, _ = np.linalg.qr(curvature[:, self._first :].T, mode="complete")
        return np.array(q[:, 2:])


class CubicRegressionSpline:
    """Cardinal natural cubic regression spline (Wood 2006, 4.1.2), unconstrained.

    Column ``k`` is 1 at knot ``k`` and 0 at the others, so that a coefficient is the curve's
    height there. Returns ``(n, df)`` with inner knots at quantiles of the distinct values. Raises
    ``DataError`` for fewer than three knots.

    >>> cr = CubicRegressionSpline()
    >>> cr(np.array([0.0, 1.0, 2.0]), df=3)
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    params_set = False
    labels: tuple[str, ...] = ()

    def __call__(
        self, x: ArrayLike, df: int | None = None, knots: ArrayLike | None = None
    ) -> FloatArray:
        """Basis columns of ``x``; the first call learns the knots."""
        values = as_numbers(x, "cr")
        if not self.params_set:
            self.learn(ArrayValues(values, "cr"), df, knots)
        return _straight_beyond(self._knots[[0, -1]], values, self._curve)

    def learn(
        self, values: TrainingValues, df: int | None = None, knots: ArrayLike | None = None
    ) -> None:
        """Learn the knots."""
        self._knots = _cardinal_knots(values, df, knots)
        self.labels = tuple(str(k) for k in range(1, len(self._knots) + 1))
        self.params_set = True

    @property
    def _curve(self) -> "CubicSpline":
        """The columns between the knots: nothing but these is learned."""
        from scipy.interpolate import CubicSpline

        return CubicSpline(self._knots, np.eye(len(self._knots)), bc_type="natural")

    def pieces(self) -> "Pieces":
        """Return the columns as polynomials between the knots, and as lines beyond them."""
        inside = Pieces(self._knots[:-1], self._curve.c[::-1].transpose(1, 0, 2))
        return inside.straight_beyond(self._knots[[0, -1]])


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Columns that are polynomials between breaks: for engines that only reckon.

    From `starts[i]` to the next of the starts, (piece,), column j is the sum over k of
    `weights[i, k, j]` (x - starts[i])^k; the first piece goes on below its start, the last one
    without end.
    """

    starts: FloatArray
    weights: FloatArray

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the columns at values, (n, columns)."""
        own = np.clip(np.searchsorted(self.starts, x, side="right") - 1, 0, None)
        powers = (x - self.starts[own])[:, None] ** np.arange(self.weights.shape[1])
        return np.asarray(np.einsum("nk,nkj->nj", powers, self.weights[own]))

    def columns(self, chosen: slice) -> "Pieces":
        """Return some of the columns."""
        return Pieces(self.starts, self.weights[:, :, chosen])

    def combined(self, weights: FloatArray) -> "Pieces":
        """Return combinations of the columns, which are the columns of `weights`."""
        return Pieces(self.starts, self.weights @ weights)

    def straight_beyond(self, boundary: FloatArray) -> "Pieces":
        """Return the same between two numbers, and straight lines beyond them."""
        low, high = boundary
        inside = self.starts[(self.starts > low) & (self.starts < high)]
        starts = np.array([low, low, *inside, high])
        weights = np.stack([self._at(start) for start in starts])
        weights[[0, -1], 2:] = 0.0
        # the first piece goes on below `low`, where the line is: a piece of no length holds it
        return Pieces(starts, weights)

    def _at(self, start: float) -> FloatArray:
        """Return the weights of the piece at a number, counted from there."""
        own = max(int(np.searchsorted(self.starts, start, side="right")) - 1, 0)
        away, held = start - self.starts[own], self.weights[own]
        shifted = np.zeros_like(held)
        for k in range(len(held)):
            for m in range(k, len(held)):
                shifted[k] += math.comb(m, k) * away ** (m - k) * held[m]
        return np.asarray(shifted)


def spline_pieces(knots: FloatArray, degree: int) -> Pieces:
    """Return all B-splines on `knots`, see `spline_basis`, as polynomials between these."""
    starts = np.unique(knots)[:-1]
    weights = [
        spline_basis(knots, degree, starts, k) / math.factorial(k) for k in range(degree + 1)
    ]
    return Pieces(starts, np.stack(weights, axis=1))


def _straight_beyond(
    boundary: FloatArray, x: FloatArray, evaluate: Callable[[FloatArray, int], FloatArray]
) -> FloatArray:
    """A basis, given with its derivatives, that goes on as straight lines beyond the boundary."""
    inside = np.clip(x, *boundary)
    basis = np.array(evaluate(inside, 0), dtype=float)
    outside = np.flatnonzero(x != inside)
    if outside.size:
        basis[outside] += (x - inside)[outside, None] * evaluate(inside[outside], 1)
    return basis


def spline_basis(knots: FloatArray, degree: int, x: FloatArray, derivative: int = 0) -> FloatArray:
    """All B-splines on ``knots`` at ``x``, ``(n, n_knots - degree - 1)``, or their derivative.

    Outside the knots the outermost polynomials go on; a missing value gives a row of NaN.
    """
    from scipy.interpolate import BSpline

    count = len(knots) - degree - 1
    spline = BSpline(knots, np.eye(count), degree, extrapolate=True)
    return np.array(spline(x, nu=derivative), dtype=float)


def learn_knots(
    values: TrainingValues,
    df: int | None,
    knots: ArrayLike | None,
    boundary_knots: ArrayLike | None,
    *,
    spent: int,
    name: str,
) -> tuple[FloatArray, FloatArray]:
    """Inner and boundary knots by R's rules; ``spent`` columns there are without inner knots."""
    if values.low == values.high:
        raise DataError(f"{name}() needs two or more different values.")
    if boundary_knots is None:
        boundary = np.array([values.low, values.high])
    else:
        boundary = np.sort(finite_numbers(boundary_knots, "Boundary.knots", name))
        if len(boundary) != 2 or boundary[0] == boundary[1]:
            raise DataError(f"Boundary.knots of {name}() are two different numbers.")
    if knots is not None:
        inner = np.sort(finite_numbers(knots, "knots", name))
        require_columns(len(inner) + spent, values.rows, f"{name}() with {len(inner):,} knots")
        _check_inside(inner, boundary, name)
        return inner, boundary
    if df is None:
        return np.empty(0), boundary
    count = whole_number(df, "df", name, least=1) - spent
    if count < 0:
        raise DataError(
            f"df = {df} is too small for {name}().", hint=f"Here df is {spent} or more."
        )
    require_columns(count + spent, values.rows, f"{name}() with df = {df}")
    return values.quantiles(np.linspace(0, 1, count + 2)[1:-1], *boundary.tolist()), boundary


def _cardinal_knots(values: TrainingValues, df: int | None, knots: ArrayLike | None) -> FloatArray:
    ends = np.array([values.low, values.high])
    if knots is not None:
        inner = finite_numbers(knots, "knots", "cr")
        require_columns(len(inner), values.rows, f"cr() with {len(inner):,} knots")
        _check_inside(inner, ends, "cr")
    elif df is None:
        raise DataError("cr() needs df or knots.", hint="Write cr(x, df = 5).")
    else:
        count = whole_number(df, "df", "cr", least=3)
        require_columns(count, values.rows, f"cr() with df = {df}")
        inner = values.distinct_quantiles(np.linspace(0, 1, count)[1:-1])
    placed = np.unique([ends[0], *inner, ends[1]])
    if len(placed) < 3 or (df is not None and len(placed) != df):
        raise DataError(
            f"cr() has {len(placed)} different knots"
            + ("." if df is None else f", but df = {df}."),
            hint="Use a smaller df, or a variable with more different values.",
        )
    return placed


def _check_inside(inner: FloatArray, boundary: FloatArray, name: str) -> None:
    beyond = inner[(inner < boundary[0]) | (inner > boundary[1])]
    if beyond.size:
        raise DataError(
            f"The knot {beyond[0]:g} of {name}() lies outside the boundary knots "
            f"{boundary[0]:g} and {boundary[1]:g}."
        )
