"""The fixed-effect columns X of one linear predictor, without those that others determine."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import FactorAtom, NumericAtom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.column_plan import Plan, distinct_rows, plan_values, take_cells
from mixwell.design.columns.far_columns import FarShift, far_predictors, near_shift, shares
from mixwell.design.columns.rank import TOLERANCE, independent_columns, work
from mixwell.errors import DataError
from mixwell.formula import column_names
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.column_moments import ColumnMoments, KnownMoments, RowMoments
from mixwell.package_options import require_memory
from mixwell.text.phrases import and_so_on

_MOST_WORK = 1e11  # multiplications: half a minute


@dataclass(frozen=True, eq=False)
class FixedEffects:
    """The fixed-effect columns of one linear predictor.

    `columns` says for each column which term of the plan it is of and which column of each
    variable; with `elsewhere` the plan's intercept is held by other parameters, and the columns are
    those next to it. `dropped` names columns left out with the reason. A long design of factors
    only keeps its distinct rows and, in `row_cells`, which one each row is. `shift` is set where
    predictors are far from zero (see `far_columns`). Of rows that lie elsewhere the statistics of
    near columns are `known`, and `like` are a few rows of all of the plan's columns that have the
    same cross-products. Where rows stand for several equal ones, `counts` (obs,) say for how many.
    """

    names: tuple[str, ...]
    r_names: tuple[str, ...]
    distinct: FloatArray
    row_cells: IntArray | None
    intercept: bool
    plan: Plan
    columns: tuple[tuple[int, tuple[int, ...]], ...]
    dropped: tuple[tuple[str, str], ...]
    index: pd.Index
    kept: tuple[int, ...]
    elsewhere: bool = False
    shift: FarShift | None = None
    known: KnownMoments | None = None
    like: FloatArray | None = None
    counts: FloatArray | None = None

    def __repr__(self) -> str:
        """Say how many rows, and the columns by name."""
        count = f"{len(self.index)} rows; {len(self.names)} columns"
        return f"FixedEffects: {count} {and_so_on(self.names)}"

    @cached_property
    def values(self) -> FloatArray:
        """The columns, `(obs, effect)`."""
        if self.row_cells is None:
            return self.distinct
        return take_cells(self.distinct, self.row_cells)

    def near(self, rows: slice = slice(None)) -> FloatArray:
        """Return the columns of some rows, predictors far from zero counted from their means."""
        found = self.distinct[rows] if self.row_cells is None else None
        if found is None and self.row_cells is not None:
            found = take_cells(self.distinct, self.row_cells[rows])
        assert found is not None
        return found if self.shift is None else found @ self.shift.change

    @property
    def moments(self) -> ColumnMoments:
        """What is known of the near columns without a look at rows: means, spreads, products."""
        return RowMoments(self.near(), self.counts) if self.known is None else self.known

    @property
    def centers(self) -> FloatArray:
        """The means of the near columns, from which they count next to an intercept, (effect,)."""
        return self.moments.means

    @cached_property
    def sizes(self) -> FloatArray:
        """The largest size of each near column, (effect,)."""
        if self.known is not None:
            return self.known.sizes
        columns = self.distinct if self.shift is None else self.near()
        if not len(columns):
            return np.zeros(columns.shape[1])
        return np.maximum(columns.max(axis=0), -columns.min(axis=0))

    def of_near(self, b: FloatArray) -> FloatArray:
        """Return coefficients of the columns, (..., effect), given those of the near ones."""
        return b if self.shift is None else b @ self.shift.change.T

    def to_near(self, b: FloatArray) -> FloatArray:
        """Return coefficients of the near columns, (..., effect), given those of the columns."""
        return b if self.shift is None else b @ self.shift.back.T

    @property
    def around_means(self) -> bool:
        """Whether columns count from their means: next to an intercept, wherever that is held."""
        return self.intercept or self.elsewhere

    def without_intercept(self, *, elsewhere: bool) -> "FixedEffects":
        """Return the columns next to the intercept, which is held `elsewhere` or is 0."""
        return replace(
            self,
            names=self.names[1:],
            r_names=self.r_names[1:],
            distinct=self.distinct[:, 1:],
            intercept=False,
            columns=self.columns[1:],
            kept=self.kept[1:],
            elsewhere=elsewhere,
            # without an intercept anywhere columns cannot count from elsewhere than 0
            shift=self.shift.part(1) if elsewhere and self.shift is not None else None,
            known=None if self.known is None else self.known.part(range(1, len(self.names))),
        )

    @property
    def count(self) -> int:
        """How many rows the data have, equal ones counted."""
        if self.counts is not None:
            return int(self.counts.sum())
        return len(self.values) if self.known is None else self.known.n

    @property
    def around_mean_rows(self) -> FloatArray:
        """The columns less their means, in rows that have the data's cross-products."""
        if self.like is not None:  # the first of which has the means
            return self.like[1:, list(self.kept)]
        if self.counts is None:
            return np.asarray(self.values - self.values.mean(axis=0))
        away = self.values - np.average(self.values, axis=0, weights=self.counts)
        return np.asarray(away * np.sqrt(self.counts)[:, None])

    def all_columns(self, frame: ModelFrame) -> FloatArray:
        """Return the plan's columns with those left out, in rows with the data's cross-products."""
        return plan_values(self.plan, frame) if self.like is None else self.like

    @property
    def matrix(self) -> pd.DataFrame:
        """The columns by name, rows labeled as the data's."""
        return pd.DataFrame(self.values, columns=list(self.names), index=self.index, copy=True)


def build_fixed(plan: Plan, frame: ModelFrame) -> FixedEffects:
    """Make the fixed-effect columns, leaving out those that others determine.

    Raises
    ------
    DataError
        When two columns get one name.
    """
    require_size(plan, frame)
    names = plan.names()
    refuse_repeated([name for name, _ in names])
    matrix, row_cells = distinct_rows(plan, frame)
    found = separate_columns(plan, frame, matrix, [name for name, _ in names])
    kept, reasons, shift = found.kept, found.reasons, found.shift
    columns = [(t, parts) for t, term in enumerate(plan.all_terms) for parts in term.parts()]
    return FixedEffects(
        names=tuple(names[j][0] for j in kept),
        r_names=tuple(names[j][1] for j in kept),
        distinct=matrix[:, kept] if reasons else matrix,
        row_cells=row_cells,
        intercept=plan.intercept and 0 in kept,
        plan=plan,
        columns=tuple(columns[j] for j in kept),
        dropped=tuple(reasons.items()),
        index=frame.data.index,
        kept=tuple(kept),
        shift=shift,
    )


@dataclass(frozen=True, eq=False)
class SeparateColumns:
    """Columns to `keep`, reasons for the others by name, and how those count that are far off.

    `far` are kept ones that stay far from zero.
    """

    kept: list[int]
    reasons: dict[str, str]
    shift: FarShift | None = None
    far: tuple[int, ...] = ()


def separate_columns(
    plan: Plan,
    frame: ModelFrame,
    matrix: FloatArray,
    names: Sequence[str],
    like: FloatArray | None = None,
) -> SeparateColumns:
    """Return which columns of a plan, (row, column), to keep.

    Columns that only far from zero are columns of this model are judged there, as in R. Rank is
    that of other rows that are `like` the data's, where these are not the frame's.
    """
    rows = matrix if like is None else like
    if plan.one_factor:  # its levels occur, and codings are whole: nothing is to be looked at
        return SeparateColumns(list(range(matrix.shape[1])), {})
    if not any(isinstance(atom, NumericAtom) for atom in plan.atoms.values()):
        return SeparateColumns(*independent_columns(rows, names))
    own = shares(plan, frame)
    judged = own.copy()
    while True:
        kept, reasons = independent_columns(rows, names, judged)
        shift, far = near_shift(plan, frame, matrix, kept)
        if not (judged[far] < 1).any():
            break
        judged[far] = 1.0
    for j in (j for j, name in enumerate(names) if name in reasons and 0 < own[j] < TOLERANCE):
        reasons[names[j]] = _lost(plan, frame, j)
    return SeparateColumns(kept, reasons, shift, tuple(far))


def _lost(plan: Plan, frame: ModelFrame, j: int) -> str:
    """Say what of a column floats do not hold, and what to do."""
    means = far_predictors(plan, frame)
    entries = [(e, k) for t in plan.all_terms for k in t.parts() for e in [t.variables]][j]
    for entry, k in zip(*entries, strict=True):
        if entry.atom.expr in means:
            mean, sd = (float(values[k]) for values in means[entry.atom.expr])
            break
    name, columns = entry.atom.name, " and ".join(column_names(entry.atom.expr))
    return (
        f"what it adds to the others is lost in rounding, because {name} lies around {mean:.4g} "
        f"with an sd of {sd:.2g}; subtract a number near its mean from {columns} first"
    )


def require_size(plan: Plan, frame: ModelFrame) -> None:
    """Refuse columns that memory cannot hold, or whose rank would take many minutes."""
    rows, columns = len(frame), plan.width
    widest = max(plan.all_terms, key=lambda term: term.width, default=None)
    many = widest is not None and widest.width > 1
    where = f"term {widest.name}: {widest.width:,} columns" if widest and many else None
    said = f"The fixed effects have {columns:,} columns for {rows:,} rows"
    hint = "Leave high interactions out: (a + b + c)^2 has those of two variables."
    if many:
        hint = "A factor of many levels belongs into a group: (1 | factor)."
    require_memory(rows * columns, f"{said}, which", where=where, hint=hint)
    factors = [atom for atom in plan.atoms.values() if isinstance(atom, FactorAtom)]
    if len(factors) == len(plan.atoms):  # cells are looked at once
        rows = min(rows, math.prod(len(atom.levels) for atom in factors))
    if takes_long(rows, columns) and not plan.one_factor:
        raise DataError(f"{said}: too many to see which others determine.", where=where, hint=hint)


def takes_long(rows: int, columns: int) -> bool:
    """Whether it would take minutes to see which columns others determine."""
    return work(rows, columns) > _MOST_WORK


def refuse_repeated(names: Sequence[str]) -> None:
    """Refuse two columns of one name."""
    if len(set(names)) < len(names):
        name = next(n for n in names if list(names).count(n) > 1)
        raise DataError(
            f"Two fixed-effect columns would both be called {name!r}.",
            where="fixed effects",
            hint="Rename a variable or a level.",
        )


def replay_fixed(trained: FixedEffects, frame: ModelFrame) -> FixedEffects:
    """Make the same columns from new rows."""
    matrix, row_cells = distinct_rows(trained.plan, frame)
    return replace(
        trained,
        distinct=matrix[:, list(trained.kept)] if len(trained.kept) < matrix.shape[1] else matrix,
        row_cells=row_cells,
        index=frame.data.index,
        known=None,
        counts=None,
    )
