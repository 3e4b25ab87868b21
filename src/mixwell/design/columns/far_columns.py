"""Predictors far from zero, and columns that count them from their mean.

A time stamp near 1e9 with a standard deviation of 1 looks like a constant to whatever squares it:
floats hold 16 digits. Its values less their mean hold all that they say. Columns with such a
predictor are `near` ones where they count it from its mean, which their model has to allow: with
`x:f` it needs `f`, with `x` the intercept. Then X = N B for the near columns N, and coefficients of
the ones are combinations of those of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixwell.design.atoms.atom import Atom, NumericAtom, atom_numbers
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Matrix, Value
from mixwell.design.columns.column_plan import Plan, plan_values
from mixwell.formula import Expr
from mixwell.numeric.arrays import FloatArray
from mixwell.text.numbers import show_near
from mixwell.text.phrases import and_more

__all__ = ["FAR", "FarShift", "far_predictors", "near_shift", "shares"]

#: A predictor whose mean is this many standard deviations from zero is far from it: no year is.
FAR = 1e4
#: What is left of a column that others make up, as a share of it; and weights that are none.
_ROUNDING, _NONE = 1e-6, 1e-9


@dataclass(frozen=True, eq=False)
class FarShift:
    """How columns count from the means of their predictors: X `change` are the near columns.

    `back` is its inverse; both are (n_columns, n_columns). `origins` are predictors with their
    means and standard deviations.
    """

    change: FloatArray
    back: FloatArray
    origins: tuple[tuple[str, float, float], ...] = ()

    @property
    def said(self) -> str:
        """Say from where which predictors count."""
        return and_more(
            [
                f"{name} counts from its mean, {show_near(mean, sd)}, "
                f"which is {abs(mean) / sd:.2g} standard deviations from 0"
                for name, mean, sd in self.origins
            ],
            3,
        )

    def part(self, first: int) -> "FarShift | None":
        """Return the same for the columns from `first` on; None where these are as they were."""
        change, back = self.change[first:, first:], self.back[first:, first:]
        same = np.array_equal(change, np.eye(len(change)))
        return None if same else FarShift(change, back, self.origins)

    def joined(self, other: "FarShift") -> "FarShift":
        """Return the same for these columns and others behind them."""
        change, back = _diagonal(self.change, other.change), _diagonal(self.back, other.back)
        return FarShift(change, back, tuple(dict.fromkeys((*self.origins, *other.origins))))

    @classmethod
    def none(cls, width: int) -> "FarShift":
        """Return columns as they are."""
        return cls(np.eye(width), np.eye(width))


def _diagonal(one: FloatArray, two: FloatArray) -> FloatArray:
    whole = np.zeros((len(one) + len(two), len(one) + len(two)))
    whole[: len(one), : len(one)], whole[len(one) :, len(one) :] = one, two
    return whole


def far_predictors(plan: Plan, frame: ModelFrame) -> dict[Expr, tuple[FloatArray, FloatArray]]:
    """Return the numeric variables of a plan that are far from zero: means and sds by column."""
    found = {}
    for expr, atom in plan.atoms.items():
        if not isinstance(atom, NumericAtom):
            continue
        mean, sd = _mean_and_sd(atom_numbers(atom, frame))
        if ((np.abs(mean) > FAR * sd) & (sd > 0)).any():
            found[expr] = mean, sd
    return found


def _mean_and_sd(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both by column, (width,); the sd of equal values is 0, whatever rounding leaves."""
    mean = values.mean(axis=0)
    return mean, np.where(np.ptp(values, axis=0) > 0, values.std(axis=0), 0.0)


def shares(plan: Plan, frame: ModelFrame) -> FloatArray:
    """Return how much of each column's length its predictors' spread makes up, (n_columns,).

    It is 1 for columns without a predictor that is far from zero, and 0 for constants.
    """
    spreads: dict[Atom, FloatArray] = {}
    for atom in plan.atoms.values():
        if isinstance(atom, NumericAtom):
            mean, sd = _mean_and_sd(atom_numbers(atom, frame))
            far = np.abs(mean) > FAR * sd
            spreads[atom] = np.where(far, sd / np.maximum(np.abs(mean), sd + (mean == 0)), 1.0)
    found = []
    for term in plan.all_terms:
        for parts in term.parts():
            pairs = zip(term.variables, parts, strict=True)
            own = [spreads[e.atom][k] for e, k in pairs if e.atom in spreads]
            found.append(float(np.prod(own)))
    return np.array(found)


def near_shift(
    plan: Plan, frame: ModelFrame, matrix: FloatArray, kept: Sequence[int]
) -> tuple[FarShift | None, list[int]]:
    """Return how the `kept` columns of a plan's, (obs, column), count from means; None if none do.

    A column whose predictor's mean times the rest of it is no combination of the columns stays far
    from zero; the second value says which.
    """
    far = far_predictors(plan, frame)
    if not far or not kept:
        return None, []
    variables: dict[Expr, Value] = dict(frame.variables)
    for expr, (mean, _) in far.items():
        atom = plan.atoms[expr]
        assert isinstance(atom, NumericAtom)
        near = atom_numbers(atom, frame) - mean
        variables[expr] = Matrix(near, atom.labels) if atom.labels else near[:, 0]
    x = matrix[:, list(kept)]
    near_x = plan_values(plan, replace(frame, variables=variables))[:, list(kept)]
    stays = np.zeros(len(kept), dtype=bool)
    while True:
        away = np.where(stays, 0.0, near_x - x)
        weights = _weights(np.where(stays, x, near_x), away)
        left = np.abs(np.where(stays, x, near_x) @ weights - away).max(axis=0)
        odd = left > _ROUNDING * np.abs(away).max(axis=0)
        if not odd.any():
            break
        stays |= odd
    far_ones = np.abs(near_x - x).any(axis=0) & stays
    staying = [j for j, stayed in zip(kept, far_ones.tolist(), strict=True) if stayed]
    return (_shift(weights, _origins(plan, far)) if weights.any() else None), staying


def _origins(
    plan: Plan, far: dict[Expr, tuple[FloatArray, FloatArray]]
) -> tuple[tuple[str, float, float], ...]:
    found = []
    for expr, (means, sds) in far.items():
        farthest = int(np.argmax(np.abs(means) / np.where(sds > 0, sds, np.inf)))
        found.append((plan.atoms[expr].name, float(means[farthest]), float(sds[farthest])))
    return tuple(found)


def _weights(columns: FloatArray, targets: FloatArray) -> FloatArray:
    """Return what combination of columns each target is; noise is none."""
    sizes = np.abs(columns).max(axis=0)
    sizes[sizes == 0] = 1.0
    found = np.linalg.lstsq(columns / sizes, targets, rcond=None)[0]
    largest = np.abs(found).max(axis=0)
    return np.asarray(np.where(np.abs(found) > _NONE * largest, found, 0.0) / sizes[:, None])


def _shift(weights: FloatArray, origins: tuple[tuple[str, float, float], ...]) -> FarShift | None:
    """Return the shift of N = X + N V: B = I - V, its inverse the sum of the powers of V.

    A column is a combination of those of lower order, so that the powers end.
    """
    size = len(weights)
    change, power = np.eye(size), np.eye(size)
    for _ in range(size):
        power = power @ weights
        change += power
    if (power @ weights).any():
        return None
    return FarShift(change, np.eye(size) - weights, origins)
