"""Stateful transforms: what a call learns from the training data it replays on new data.

The protocol is that of formulae: an instance is called once with the training values, learns,
sets ``params_set``, and answers later calls with what it learned. Results have the shape ``(n,)``
or ``(n, n_columns)``; those with columns carry ``labels``, R's suffixes. Missing values stay
missing and nothing is learned from them. ``center`` and ``poly`` are computed by formulae, which
gives R's numbers there; its ``scale`` divides by n and is not used, its ``bs`` is slow.

What is learned is asked of `TrainingValues`, by ``learn``: of an array, or of a table elsewhere.
"""

from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from mixwell.design.atoms.splines import (
    CubicRegressionSpline,
    NaturalSpline,
    Pieces,
    learn_knots,
    spline_basis,
    spline_pieces,
)
from mixwell.design.atoms.transform_arguments import (
    ArrayValues,
    TrainingValues,
    as_numbers,
    require_columns,
    truth_argument,
    whole_number,
)
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray

# Bases of higher degrees lose their digits beyond the boundary; FITPACK has none either.
HIGHEST_DEGREE = 5


class Transform(Protocol):
    """A transform with memory: the first call learns, later calls replay."""

    params_set: bool

    def __call__(self, x: ArrayLike, *args: Any, **kwargs: Any) -> FloatArray:
        """The columns of ``x``."""
        ...

    def learn(self, values: TrainingValues, *args: Any, **kwargs: Any) -> None:
        """Learn from values, with the arguments of the call after its first."""
        ...


def formulae_transform(name: str) -> Any:
    """A new instance of formulae's own stateful transform of this name."""
    return import_module("formulae.transforms").TRANSFORMS[name]()


class Center:
    """Values minus the mean of the training values, ``(n,)``.

    >>> Center()(np.array([1.0, 2.0, 6.0]))
    array([-2., -1.,  3.])
    """

    params_set = False

    def __init__(self) -> None:
        self._transform = formulae_transform("center")

    def __call__(self, x: ArrayLike) -> FloatArray:
        """Centered values; the first call learns the mean."""
        values = as_numbers(x, "center")
        if not self.params_set:
            self.learn(ArrayValues(values, "center"))
        return np.array(self._transform(values), dtype=float)

    def learn(self, values: TrainingValues) -> None:
        """Learn the mean."""
        self._transform.mean = values.mean()
        self._transform.params_set = self.params_set = True

    @property
    def mean(self) -> float:
        """The mean that was learned."""
        return float(self._transform.mean)


class Standardize:
    """Values in units of their standard deviation around the mean, ``(n,)``: R's ``scale``.

    ``center`` and ``scale`` are true, false or numbers. The standard deviation divides by n - 1;
    with ``center=False`` R's root mean square, also over n - 1, takes its place. Raises
    ``DataError`` for a constant variable.

    >>> Standardize()(np.array([1.0, 2.0, 3.0]))
    array([-1.,  0.,  1.])
    """

    params_set = False

    def __call__(
        self, x: ArrayLike, center: bool | float = True, scale: bool | float = True
    ) -> FloatArray:
        """Scaled values; the first call learns location and unit."""
        values = as_numbers(x, "scale")
        if not self.params_set:
            self.learn(ArrayValues(values, "scale"), center, scale)
        return np.array((values - self.mean) / self.unit)

    def learn(
        self, values: TrainingValues, center: bool | float = True, scale: bool | float = True
    ) -> None:
        """Learn location and unit."""
        self.mean = _choice(center, "center", values.mean(), 0.0)
        self.unit = _choice(scale, "scale", values.spread(self.mean), 1.0)
        if not self.unit > 1e-14 * abs(self.mean):
            raise DataError(
                "scale() divides by the standard deviation, which is 0 here.",
                hint="Leave the constant variable out of the formula.",
            )
        self.params_set = True


class Polynomial:
    """Polynomial columns of a variable, ``(n, degree)``: R's ``poly``.

    Orthonormal over the training values, or the plain powers with ``raw=True``. Raises
    ``DataError`` for a degree that is not below the number of different values, or too high to be
    computed.

    >>> poly = Polynomial()
    >>> poly(np.array([1.0, 2.0, 3.0]), 2).round(3)
    array([[-0.707,  0.408],
           [ 0.   , -0.816],
           [ 0.707,  0.408]])
    """

    params_set = False
    labels: tuple[str, ...] = ()
    mean, unit = 0.0, 1.0

    def __init__(self) -> None:
        self._transform = formulae_transform("poly")

    def __call__(self, x: ArrayLike, degree: int = 1, raw: bool = False) -> FloatArray:
        """Polynomial columns; the first call learns the coefficients."""
        values = as_numbers(x, "poly")
        if not self.params_set:
            self.learn(ArrayValues(values, "poly"), degree, raw)
        return np.array(self._transform((values - self.mean) / self.unit), dtype=float)

    def learn(self, values: TrainingValues, degree: int = 1, raw: bool = False) -> None:
        """Learn the mean, the unit and the coefficients."""
        if np.ndim(degree) > 0:
            raise DataError(
                "poly() of several variables is not available.",
                hint="Write poly(x, 2) * poly(z, 2), or the products that you want by I(x*z).",
            )
        count = whole_number(degree, "degree", "poly", least=1)
        raw = truth_argument(raw, "raw", "poly")
        if not raw and count >= (distinct := values.distinct(count)):
            raise DataError(
                f"poly() of degree {count} needs more than {count} different values, but there are "
                f"{distinct}."
            )
        require_columns(count, values.rows, f"poly() of degree {count}")
        if not raw:  # the columns are the same wherever a variable lies, and in any unit
            self.mean, self.unit = values.mean(), values.deviation()
            centers, lengths, orthonormal = values.recurrence(self.mean, self.unit, count)
            if not orthonormal:
                raise DataError(
                    f"poly() of degree {count} cannot be computed accurately for these values.",
                    hint="Use a lower degree, or a spline: bs(x, df = 6).",
                )
            self._transform.alpha = dict(enumerate(centers.tolist()))
            self._transform.norms2 = dict(enumerate(lengths.tolist()))
        self.labels = tuple(str(k) for k in range(1, count + 1))
        # formulae's own class never says that it has learned, and would forget its degree.
        self._transform.degree, self._transform.raw = count, raw
        self._transform.params_set = self.params_set = True

    @property
    def raw(self) -> bool:
        """Whether the columns are plain powers."""
        return bool(self._transform.raw)

    @property
    def degree(self) -> int:
        """The number of columns."""
        return int(self._transform.degree)

    @property
    def recurrence(self) -> tuple[FloatArray, FloatArray]:
        """The centers, (degree,), and squared lengths, (degree + 1,), that were learned."""
        kept = self._transform.alpha, self._transform.norms2
        centers, lengths = (np.array(list(each.values())) for each in kept)
        return centers, lengths


class BasisSpline:
    """B-spline basis of a variable, ``(n, df)``: R's ``splines::bs``.

    Without ``intercept`` the first basis function is left out. Knots are learned by R's rules;
    beyond the boundary knots the outermost polynomials go on. Raises ``DataError`` for a ``df``
    below what the degree needs, for knots outside the boundary, and for degrees above 5.

    >>> bs = BasisSpline()
    >>> bs(np.array([0.0, 1.0, 2.0]), df=3).round(3)
    array([[0.   , 0.   , 0.   ],
           [0.375, 0.375, 0.125],
           [0.   , 0.   , 1.   ]])
    >>> bs.labels
    ('1', '2', '3')
    """

    params_set = False
    labels: tuple[str, ...] = ()

    def __call__(
        self,
        x: ArrayLike,
        df: int | None = None,
        knots: ArrayLike | None = None,
        degree: int = 3,
        intercept: bool = False,
        boundary_knots: ArrayLike | None = None,
    ) -> FloatArray:
        """Basis columns; the first call learns the knots."""
        values = as_numbers(x, "bs")
        if not self.params_set:
            known = ArrayValues(values, "bs")
            self.learn(known, df, knots, degree, intercept, boundary_knots)
        return spline_basis(self._knots, self._degree, values)[:, self._first :]

    def learn(
        self,
        values: TrainingValues,
        df: int | None = None,
        knots: ArrayLike | None = None,
        degree: int = 3,
        intercept: bool = False,
        boundary_knots: ArrayLike | None = None,
    ) -> None:
        """Learn the knots."""
        order = 1 + whole_number(degree, "degree", "bs", least=1)
        if order > HIGHEST_DEGREE + 1:
            raise DataError(f"bs() has degrees up to {HIGHEST_DEGREE}, not {order - 1}.")
        spent = order - 1 + truth_argument(intercept, "intercept", "bs")
        inner, boundary = learn_knots(values, df, knots, boundary_knots, spent=spent, name="bs")
        self._knots = np.sort([*np.repeat(boundary, order), *inner])
        self._degree, self._first = order - 1, order - spent
        self.labels = tuple(str(k) for k in range(1, spent + len(inner) + 1))
        self.params_set = True

    def pieces(self) -> Pieces:
        """Return the columns as polynomials between the knots."""
        return spline_pieces(self._knots, self._degree).columns(slice(self._first, None))


TRANSFORMS: dict[str, type[Transform]] = {
    "scale": Standardize,
    "standardize": Standardize,
    "center": Center,
    "poly": Polynomial,
    "bs": BasisSpline,
    "ns": NaturalSpline,
    "cr": CubicRegressionSpline,
}


def _choice(option: bool | float, argument: str, learned: float, none: float) -> float:
    """R's reading of an argument that is true (learn), false (nothing) or a number."""
    if isinstance(option, bool | np.bool):
        return learned if option else none
    if np.ndim(option) == 0 and np.asarray(option).dtype.kind in "iuf" and np.isfinite(option):
        return float(option)
    raise DataError(f"{argument} of scale() is TRUE, FALSE or a number.")
