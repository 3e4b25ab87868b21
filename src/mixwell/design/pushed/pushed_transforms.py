"""Transforms with memory on tables elsewhere: learned by queries, their columns as expressions."""

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw
import numpy as np

from mixwell.design.atoms.splines import CubicRegressionSpline, NaturalSpline, Pieces
from mixwell.design.atoms.transforms import (
    BasisSpline,
    Center,
    Polynomial,
    Standardize,
    Transform,
)
from mixwell.design.pushed.engine_functions import power
from mixwell.design.pushed.expression_values import polynomial

__all__ = ["transform_columns"]


def transform_columns(transform: Transform, x: nw.Expr) -> list[nw.Expr]:
    """Return the columns of a transform that has learned, of numbers with null where missing."""
    return _COLUMNS[type(transform)](transform, x)


def _center(transform: Center, x: nw.Expr) -> list[nw.Expr]:
    return [x - transform.mean]


def _standardize(transform: Standardize, x: nw.Expr) -> list[nw.Expr]:
    return [(x - transform.mean) / transform.unit]


def _powers(transform: Polynomial, x: nw.Expr) -> list[nw.Expr]:
    degrees = range(1, transform.degree + 1)
    if transform.raw:
        return [power(x, degree) for degree in degrees]
    centers, lengths = transform.recurrence
    off = np.sqrt(lengths[1:] / lengths[:-1])
    jacobi = np.diag([*centers, 0.0]) + np.diag(off, 1) + np.diag(off, -1)
    z, unit = (x - transform.mean) / transform.unit, float(np.sqrt(lengths[0]))
    return [polynomial(z, jacobi, degree) / unit for degree in degrees]


def _spline(transform: Any, x: nw.Expr) -> list[nw.Expr]:
    pieces: Pieces = transform.pieces()
    return [_one_curve(pieces, column, x) for column in range(pieces.weights.shape[2])]


def _one_curve(pieces: Pieces, column: int, x: nw.Expr) -> nw.Expr:
    """Return one column: conditions on where a value lies, and a polynomial for each stretch."""
    curve = nw.lit(None).cast(nw.Float64)
    starts, weights = pieces.starts.tolist(), pieces.weights[:, :, column].tolist()
    for number in reversed(range(len(starts))):
        value = _polynomial_from(x, starts[number], weights[number])
        if number == len(starts) - 1:
            curve = value
        else:
            curve = nw.when(x < starts[number + 1]).then(value).otherwise(curve)
    return nw.when(~x.is_null()).then(curve)


def _polynomial_from(x: nw.Expr, start: float, weights: list[float]) -> nw.Expr:
    """Return a polynomial of the distance from a number by Horner's rule."""
    while len(weights) > 1 and weights[-1] == 0.0:
        weights = weights[:-1]
    away = x - start
    value = nw.lit(weights[-1])
    for weight in weights[-2::-1]:
        value = value * away + weight
    return value


_COLUMNS: Mapping[type[Transform], Callable[[Any, nw.Expr], list[nw.Expr]]] = {
    Center: _center,
    Standardize: _standardize,
    Polynomial: _powers,
    BasisSpline: _spline,
    NaturalSpline: _spline,
    CubicRegressionSpline: _spline,
}
