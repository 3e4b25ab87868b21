"""Natural spline bases: R's ``ns``, and the cardinal basis ``cr`` of a cubic regression spline.

Each is a stateful transform: the first call learns the knots from its data, later calls replay them
on new values. Beyond the boundary knots both go on as straight lines, as in R.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from mixwell.design.atoms.transform_arguments import (
    as_numbers,
    finite_numbers,
    known_values,
    require_columns,
    truth_argument,
    whole_number,
)
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray

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
            self._first = 0 if truth_argument(intercept, "intercept", "ns") else 1
            inner, self._boundary = learn_knots(
                values, df, knots, boundary_knots, spent=2 - self._first, name="ns"
            )
            self._knots = np.sort([*np.repeat(self._boundary, CUBIC + 1), *inner])
            self._null = self._null_space()
            self.params_set = True
        evaluate = partial(spline_basis, self._knots, CUBIC)
        basis = _straight_beyond(self._boundary, values, evaluate)
        columns = np.array(basis[:, self._first :] @ self._null)
        self.labels = tuple(str(k) for k in range(1, columns.shape[1] + 1))
        return columns

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
            from scipy.interpolate import CubicSpline

            self._knots = _cardinal_knots(values, df, knots)
            self._curve = CubicSpline(self._knots, np.eye(len(self._knots)), bc_type="natural")
            self.labels = tuple(str(k) for k in range(1, len(self._knots) + 1))
            self.params_set = True
        return _straight_beyond(self._knots[[0, -1]], values, self._curve)


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
    x: FloatArray,
    df: int | None,
    knots: ArrayLike | None,
    boundary_knots: ArrayLike | None,
    *,
    spent: int,
    name: str,
) -> tuple[FloatArray, FloatArray]:
    """Inner and boundary knots by R's rules; ``spent`` columns there are without inner knots."""
    known = known_values(x, name)
    if known.min() == known.max():
        raise DataError(f"{name}() needs two or more different values.")
    if boundary_knots is None:
        boundary = np.array([known.min(), known.max()])
    else:
        boundary = np.sort(finite_numbers(boundary_knots, "Boundary.knots", name))
        if len(boundary) != 2 or boundary[0] == boundary[1]:
            raise DataError(f"Boundary.knots of {name}() are two different numbers.")
    if knots is not None:
        inner = np.sort(finite_numbers(knots, "knots", name))
        require_columns(len(inner) + spent, len(x), f"{name}() with {len(inner):,} knots")
        _check_inside(inner, boundary, name)
        return inner, boundary
    if df is None:
        return np.empty(0), boundary
    count = whole_number(df, "df", name, least=1) - spent
    if count < 0:
        raise DataError(
            f"df = {df} is too small for {name}().", hint=f"Here df is {spent} or more."
        )
    require_columns(count + spent, len(x), f"{name}() with df = {df}")
    within = known[(known >= boundary[0]) & (known <= boundary[1])]
    return np.quantile(within, np.linspace(0, 1, count + 2)[1:-1]), boundary


def _cardinal_knots(x: FloatArray, df: int | None, knots: ArrayLike | None) -> FloatArray:
    distinct = np.unique(known_values(x, "cr"))
    if knots is not None:
        inner = finite_numbers(knots, "knots", "cr")
        require_columns(len(inner), len(x), f"cr() with {len(inner):,} knots")
        _check_inside(inner, distinct[[0, -1]], "cr")
    elif df is None:
        raise DataError("cr() needs df or knots.", hint="Write cr(x, df = 5).")
    else:
        count = whole_number(df, "df", "cr", least=3)
        require_columns(count, len(x), f"cr() with df = {df}")
        inner = np.quantile(distinct, np.linspace(0, 1, count)[1:-1])
    placed = np.unique([distinct[0], *inner, distinct[-1]])
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
