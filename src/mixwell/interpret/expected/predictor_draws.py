"""Rows of a reference grid or of data as columns of a fitted model's linear predictor.

Also their derivatives by a variable, and which of them the data determine.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design import Design, Predictor
from mixwell.design.columns.column_plan import plan_values, unseen_values
from mixwell.design.response.modeled_response import ModeledResponse
from mixwell.design.response.transformation import Transformation
from mixwell.errors import require_known
from mixwell.families import LINKS, Family
from mixwell.families.link import Link
from mixwell.formula import Expr, Name, column_names
from mixwell.interpret.expected.quantities import Quantity
from mixwell.interpret.grids.axes import all_columns, effect_columns, fixed_columns
from mixwell.interpret.groups.group_draws import GroupDraws
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.package_options import options
from mixwell.posterior.linear_predictor import (
    LevelDraws,
    PredictorRows,
    linear_predictor,
    predictor_rows,
)
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_blocks import ALIVE
from mixwell.specify.spec import Spec

# Entries of a block of rows times samples: 32 MB, of which a few are alive at once.
BLOCK = 4_000_000
# The step of a derivative in the variable's spread or size, and the least one in its spread.
_STEP, _LEAST_STEP = 1e-3, 1e-6


@dataclass(frozen=True, eq=False)
class MeanPredictor:
    """The linear predictor of a fitted model's mean or of a `parameter`; what its data leave open.

    `category` is the one whose probability counts as the mean, where responses are categories;
    with `scores`, a number for each, their expected score is the mean. A `quantity` of the
    response's distribution stands in the mean's place. Of a transformed response medians are taken
    back, with the `center` "mean" means, with "transformed" nothing. With `named` the answer is
    about what that name stands for alone: the parameter itself, or one category or response.
    """

    posterior: Posterior
    category: int | None = None
    scores: tuple[float, ...] | None = None
    parameter: str = "mean"
    quantity: Quantity | None = None
    shift: str = ""
    center: str = "median"
    named: str = ""

    @property
    def spec(self) -> Spec:
        """The model's specification."""
        return self.posterior.spec

    @property
    def design(self) -> Design:
        """The model's design."""
        return self.spec.design

    @property
    def predictor(self) -> Predictor:
        """The linear predictor on the model's own rows."""
        return self.design.predictors[self.parameter]

    @property
    def columns(self) -> int:
        """How many columns the answers of all samples have."""
        return self.posterior.samples * (1 if self.quantity is None else len(self.quantity.points))

    @property
    def itself(self) -> bool:
        """Whether a parameter itself is asked for, not what is expected of responses."""
        return bool(self.named) and self.category is None

    @property
    def constant(self) -> bool:
        """Whether a parameter is asked for that has no formula: one number for all rows."""
        return self.itself and self.parameter not in self.spec.predictors

    @property
    def of_mean(self) -> bool:
        """Whether it leads to the mean of a response, one of several too, not to a parameter."""
        family = self.spec.family
        of_several = bool(family.parts) and self.parameter in self.spec.locations
        return not self.itself and (self.parameter == "mean" or of_several)

    @property
    def each(self) -> "tuple[MeanPredictor, ...]":
        """Itself where it is about one thing, else the linear predictors of all of the response.

        That is one for each of several responses or categories.
        """
        if self.named or not self.spec.family.location.location:
            return (self,)
        return tuple(replace(self.of(n), category=k) for k, n in enumerate(self.spec.locations))

    @property
    def all_responses(self) -> bool:
        """Whether it is about every one of several responses."""
        return bool(self.spec.family.parts) and not self.named and self.category is None

    @property
    def family(self) -> Family:
        """The family of the response, of its own one of several."""
        family = self.spec.family
        return family.parts[family.parameter(self.parameter).part] if family.parts else family

    @property
    def modeled_response(self) -> ModeledResponse:
        """Its response as it is modeled, its own one of several."""
        family = self.spec.family
        number = family.parameter(self.parameter).part if family.parts else 0
        return self.spec.modeled_responses[number]

    @property
    def link(self) -> Link:
        """The link of a parameter that is asked for itself; log odds of categories have none."""
        family = self.spec.family
        log_odds = family.location.location and family.parameter(self.parameter).location
        return LINKS["identity"] if log_odds else family.link_of(self.parameter)

    @property
    def linear(self) -> bool:
        """Whether what the answer is about is the linear predictor."""
        if self.itself:
            return self.link.linear
        if self.quantity is not None or self.all_responses or not self.spec.family.parts:
            return self.quantity is None and self.spec.mean_is_linear
        return self.family.mean_is_linear and self.modeled_response.back is None

    @property
    def back(self) -> Transformation | None:
        """The way back from a transformed response, None where there is none.

        Several responses have one each.
        """
        taken = self.of_mean and self.quantity is None and self.center != "transformed"
        return self.modeled_response.back if taken and not self.all_responses else None

    @property
    def integrated(self) -> bool:
        """Whether residuals are integrated over on the way back."""
        back = self.back
        return self.center == "mean" and back is not None and not back.affine

    @property
    def period(self) -> float | None:
        """How far apart means are the same, None for all but angles."""
        return self.family.period if self.of_mean and self.scores is None else None

    def of(self, parameter: str) -> "MeanPredictor":
        """Return the same of another parameter's linear predictor."""
        if parameter == self.parameter and not self.shift:
            return self
        if parameter not in self._others:
            self._others[parameter] = replace(self, parameter=parameter, shift="", named="")
        return self._others[parameter]

    @cached_property
    def _others(self) -> "dict[str, MeanPredictor]":
        return {}

    @cached_property
    def null_space(self) -> FloatArray:
        """Directions in which the data say nothing, `(all columns, direction)`.

        One for each column that was left out of the design: the column less what determines it. A
        row of all columns is estimable when its product with each is zero (Searle 1971, ch. 5).
        """
        fixed = self.predictor.fixed
        width = len(fixed.plan.names())
        if not fixed.dropped:
            return np.empty((width, 0))
        everything = fixed.all_columns(self.design.frame)
        kept = list(fixed.kept)
        gone = [
            j
            for j in range(int(fixed.plan.intercept and not fixed.intercept), width)
            if j not in fixed.kept
        ]
        # each column in its own unit: small ones among large ones keep their digits
        size = np.abs(everything).max(axis=0)
        size = np.where(size > 0, size, 1.0)
        scaled = everything / size
        solved = np.linalg.lstsq(scaled[:, kept], scaled[:, gone], rcond=None)[0]
        directions = np.zeros((width, len(gone)))
        directions[kept] = -solved
        directions[gone, range(len(gone))] = 1.0
        return np.asarray(directions / size[:, None])


@dataclass(frozen=True, eq=False)
class PlacedRows:
    """Rows of one linear predictor with the draws of their groups.

    `known` marks the rows all of whose levels have draws; `scattering` gives the columns of effects
    over whose deviations means are averaged.
    """

    parameter: str
    rows: PredictorRows
    draws: LevelDraws
    known: BoolArray
    scattering: Callable[[Mapping[str, FloatArray]], dict[str, FloatArray]]

    @property
    def scattered(self) -> dict[str, FloatArray]:
        """The rows' columns of effects that are averaged over, by factor."""
        return self.scattering(self.rows.effects)

    def linear(self, posterior: Posterior) -> FloatArray:
        """Return the linear predictor, `(row, sample)`."""
        coefficients = posterior.coefficients(self.parameter)
        return linear_predictor(coefficients, self.rows, self.draws)


def read_rows(
    source: MeanPredictor, frame: pd.DataFrame, factors: Collection[str], *further: str
) -> Design:
    """Replay the design on rows for the predictor and those of `further` parameters.

    Columns that only grouping factors read may be absent, and those of the random effects of other
    factors than `factors`.
    """
    needed: set[str] = set()
    for predictor in (source.design.predictors[name] for name in (source.parameter, *further)):
        needed |= {*fixed_columns(predictor), *effect_columns(predictor, factors)}
    return source.design.replay(filled(source, frame, needed), asked=True)


def placed(source: MeanPredictor, design: Design, groups: GroupDraws) -> PlacedRows:
    """Place the rows of an evaluated design among the draws of their groups."""
    rows = rows_of(source, design, groups.read)
    predictor = design.predictors[source.parameter]
    found = groups.place(predictor, source.parameter)
    own = replace(rows, index={**rows.index, **found.index})
    scattering = partial(groups.scattering, predictor)
    return PlacedRows(source.parameter, own, found.draws, found.known, scattering)


def rows_of(source: MeanPredictor, design: Design, factors: Collection[str] = ()) -> PredictorRows:
    """Return the columns of an evaluated design; random effects of some `factors` take part."""
    null, plan = source.null_space, source.predictor.fixed.plan
    residue = np.zeros((design.n, null.shape[1]))
    if null.shape[1]:
        residue = plan_values(plan, design.frame) @ null
    if design.frame.asked:
        plans = [plan, *(b.plan for b in source.predictor.blocks if b.factor in factors)]
        residue = np.hstack([residue, *(unseen_values(each, design.frame) for each in plans)])
    return predictor_rows(design.predictors[source.parameter], residue)


def filled(source: MeanPredictor, frame: pd.DataFrame, needed: Collection[str]) -> pd.DataFrame:
    """Add the design's columns that are not `needed`, where absent, each at one known value.

    Raises `DataError` for a needed column that is absent, with the nearest of the rows' own.
    """
    design, own = source.design, [str(name) for name in frame.columns]
    for name in dict.fromkeys(needed):
        require_known(name, own, f"The new data have no column {name!r}.", where="new data")
    others = [name for p in design.predictors.values() for name in all_columns(p)]
    absent = set(others) - set(needed) - set(frame.columns)
    return frame.assign(
        **{name: design.seen.column(name).first() for name in others if name in absent}
    )


@dataclass(frozen=True, slots=True)
class By:
    """The variable that a derivative is taken by; with `delta`, a forward difference over it.

    `ends` are two values of a variable with levels, `distance` how far they are apart as numbers.
    """

    variable: str
    delta: float | None = None
    ends: tuple[Any, Any] | None = None
    distance: float = 1.0


def derivative_frames(
    source: MeanPredictor, frame: pd.DataFrame, by: By
) -> list[tuple[FloatArray, pd.DataFrame]]:
    """Return weights and rows whose weighted sum is the derivative by one column, row by row.

    Where every column of the model is linear in the variable the answer is exact (its value at 1
    less that at 0); elsewhere a central difference of five points, with an error of fourth order.
    """
    n, variable = len(frame), by.variable
    if by.delta is not None:
        moved = frame[variable].to_numpy(dtype=float) + by.delta
        size = np.full(n, 1.0 / by.delta)
        return [(size, frame.assign(**{variable: moved})), (-size, frame)]
    ends = (0.0, 1.0) if linear_in(source.predictor, variable) else by.ends
    if ends is not None:
        signs = zip(ends, (-1.0 / by.distance, 1.0 / by.distance), strict=True)
        return [(np.full(n, sign), frame.assign(**{variable: value})) for value, sign in signs]
    x = frame[variable].to_numpy(dtype=float)
    known = source.design.seen.column(variable)
    spread = known.sd(sample=False) or 1.0
    # near zero a logarithm or a root leaves no room to the left; where data are on both sides there
    # is some, and needed: the mean of a centered variable is a rounding error
    least = _LEAST_STEP * spread if known.ends[0] < 0 else 0.0
    step = np.clip(_STEP * np.abs(x), least, _STEP * spread)
    step = np.where(x == 0, _STEP * spread, step)
    parts = ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0))
    return [(w / (12 * step), frame.assign(**{variable: x + k * step})) for k, w in parts]


def linear_in(predictor: Predictor, variable: str) -> bool:
    """Return whether a predictor reads a column only as it stands, not inside a call."""
    return set(reading(predictor, variable)) <= {Name(variable)}


def reading(predictor: Predictor, column: str) -> list[Expr]:
    """Return the expressions that read a column, those of grouping factors apart."""
    exprs = [*predictor.variables, *predictor.terms.offsets]
    exprs += [expr for block in predictor.blocks for expr in block.plan.atoms]
    return [expr for expr in exprs if column in column_names(expr)]


def differentiate(
    source: MeanPredictor, frame: pd.DataFrame, by: By, groups: GroupDraws
) -> PlacedRows:
    """Return the derivatives of the columns by one variable, with the draws of the rows' groups."""
    (weight, shifted), *others = derivative_frames(source, frame, by)
    found = placed(source, read_rows(source, shifted, groups.read), groups)
    total = found.rows.scaled(weight)
    for weight, shifted in others:
        further = read_rows(source, shifted, groups.read)
        total = total.combined(weight, rows_of(source, further, groups.read))
    return replace(found, rows=total)


def block_rows(source: MeanPredictor) -> int:
    """Return how many rows times all samples make one block: less where memory is short."""
    allowed = options.memory // (8 * ALIVE)
    return max(1, min(BLOCK, allowed) // source.columns)
