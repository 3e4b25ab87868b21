"""The linear predictor of a fitted model on draws: numeric core, in blocks.

Shapes: coefficients `(effect, sample)`, columns `(row, effect)`, results `(row, sample)`, where the
samples are the draws of all chains in a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from mixwell.design import Design
from mixwell.design.columns.column_plan import plan_values
from mixwell.errors import DataError
from mixwell.formula import Name, column_names
from mixwell.interpret.means.axes import effect_columns, group_columns
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.draws import coordinate, draws_of
from mixwell.specify.layout import FactorEffects
from mixwell.specify.spec import Spec

# Entries of a block of rows times samples: 32 MB, of which a few are alive at once.
BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Source:
    """A specification and its posterior, read as arrays."""

    spec: Spec
    posterior: xr.Dataset

    @property
    def design(self) -> Design:
        """The model's design."""
        return self.spec.design

    @property
    def shape(self) -> tuple[int, int]:
        """The number of chains and of draws a chain."""
        return int(self.posterior.sizes["chain"]), int(self.posterior.sizes["draw"])

    @property
    def samples(self) -> int:
        """The number of draws of all chains."""
        return self.shape[0] * self.shape[1]

    @cached_property
    def coefficients(self) -> FloatArray:
        """The fixed effects of the mean, `(effect, sample)`, in the design's order."""
        return self.fixed("mean")

    def fixed(self, parameter: str) -> FloatArray:
        """Return the fixed effects of one linear predictor, `(effect, sample)`."""
        names = list(self.spec.predictors[parameter].fixed.names)
        variable = "b" if parameter == "mean" else f"b_{parameter}"
        if not names:
            return np.empty((0, self.samples))
        found = self.posterior[variable]
        dim = next(str(d) for d in found.dims if d not in ("chain", "draw"))
        labels = coordinate(found, dim)
        values = draws_of(found).reshape(self.samples, -1).T
        return np.ascontiguousarray(values[[labels.index(name) for name in names]])

    def scalar(self, name: str) -> FloatArray:
        """Return the draws of a parameter that is one number, `(sample,)`."""
        return draws_of(self.posterior[name]).reshape(-1)

    def deviations(self, found: FactorEffects) -> FloatArray:
        """Return the deviations of one factor's levels, `(effect, level, sample)`."""
        name = found.r_name
        if name not in self.posterior:
            raise DataError(f"The posterior has no {name}, so that levels cannot be predicted.")
        variable = self.posterior[name].transpose("chain", "draw", ...)
        levels, effects = (coordinate(variable, str(dim)) for dim in variable.dims[2:])
        place = {level: i for i, level in enumerate(levels)}
        rows = [place[level] for level in found.levels]
        columns = [effects.index(effect) for effect in found.effects]
        values = draws_of(variable).reshape(self.samples, len(levels), len(effects))
        return np.ascontiguousarray(values[:, rows][:, :, columns].transpose(2, 1, 0))

    @cached_property
    def null_space(self) -> FloatArray:
        """Directions in which the data say nothing, `(all columns, direction)`.

        One for each column that was left out of the design: the column less what determines it. A
        row of all columns is estimable when its product with each is zero (Searle 1971, ch. 5).
        """
        fixed = self.design.mean.fixed
        width = len(fixed.plan.names())
        if not fixed.dropped:
            return np.empty((width, 0))
        everything = plan_values(fixed.plan, self.design.frame)
        kept = list(fixed.kept)
        gone = [j for j in range(width) if j not in fixed.kept]
        solved = np.linalg.lstsq(everything[:, kept], everything[:, gone], rcond=None)[0]
        directions = np.zeros((width, len(gone)))
        directions[kept] = -solved
        directions[gone, range(len(gone))] = 1.0
        size = np.abs(everything[:, gone]).max(axis=0, initial=0.0)
        return directions / np.where(size > 0, size, 1.0)


@dataclass(frozen=True, eq=False)
class Rows:
    """Columns of the mean's linear predictor on some rows.

    `effects` and `index` hold, for each grouping factor's label, the random effects' columns
    `(row, effect)` and each row's level; `residue` is zero in rows that the data determine.
    """

    fixed: FloatArray
    offset: FloatArray
    effects: Mapping[str, FloatArray]
    index: Mapping[str, IntArray]
    residue: FloatArray

    def __len__(self) -> int:
        return len(self.fixed)

    def combined(self, weight: FloatArray, other: "Rows") -> "Rows":
        """Return these columns plus `weight` times those of `other`, row by row."""
        column = weight[:, None]
        return Rows(
            self.fixed + column * other.fixed,
            self.offset + weight * other.offset,
            {name: z + column * other.effects[name] for name, z in self.effects.items()},
            self.index,
            self.residue + column * other.residue,
        )

    def scaled(self, weight: FloatArray) -> "Rows":
        """Return the columns times `weight`, row by row."""
        return self.combined(weight - 1.0, self)


def read_rows(source: Source, frame: pd.DataFrame) -> Rows:
    """Replay the design on rows; columns that only grouping factors read may be absent."""
    return rows_of(source, source.design.replay(filled(source, frame)))


def rows_of(source: Source, design: Design) -> Rows:
    """Return the columns of an evaluated design."""
    by_factor: dict[str, list[FloatArray]] = {}
    index: dict[str, IntArray] = {}
    for block in design.mean.blocks:
        by_factor.setdefault(block.factor, []).append(block.values)
        index[block.factor] = block.index
    effects = {name: z[0] if len(z) == 1 else np.hstack(z) for name, z in by_factor.items()}
    offset = np.zeros(design.n) if design.offset is None else design.offset
    null = source.null_space
    residue = np.zeros((design.n, null.shape[1]))
    if null.shape[1]:
        residue = plan_values(source.design.mean.fixed.plan, design.frame) @ null
    return Rows(design.mean.fixed.values, offset, effects, index, residue)


def filled(source: Source, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that the mean of the population does not read, each at one known value."""
    design = source.design
    others = [*group_columns(design.mean), *effect_columns(design.mean)]
    others += [c for p in design.parameters.values() for c in p.formula.columns]
    absent = [name for name in others if name not in frame.columns and name in design.data]
    return frame.assign(**{name: design.data[name].iloc[0] for name in absent})


@dataclass(frozen=True, slots=True)
class By:
    """The variable that a derivative is taken by; with `delta`, a forward difference over it."""

    variable: str
    delta: float | None = None


def derivative_frames(
    source: Source, frame: pd.DataFrame, by: By
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
    if linear_in(source.design, variable):
        ends = ((1.0, 1.0), (0.0, -1.0))
        return [(np.full(n, w), frame.assign(**{variable: value})) for value, w in ends]
    x = frame[variable].to_numpy(dtype=float)
    spread = float(source.design.data[variable].to_numpy(dtype=float).std()) or 1.0
    step = np.full(n, 1e-3 * spread)
    # near zero a logarithm or a root leaves no room to the left
    step = np.where(x == 0, step, np.minimum(step, 1e-3 * np.abs(x)))
    parts = ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0))
    return [(w / (12 * step), frame.assign(**{variable: x + k * step})) for k, w in parts]


def linear_in(design: Design, variable: str) -> bool:
    """Return whether the mean reads a column only as it stands, not inside a call."""
    exprs = [v for term in design.mean.terms.terms for v in term.variables]
    exprs += list(design.mean.terms.offsets)
    exprs += [expr for block in design.mean.blocks for expr in block.plan.atoms]
    return all(expr == Name(variable) for expr in exprs if variable in column_names(expr))


def differentiate(source: Source, frame: pd.DataFrame, by: By) -> Rows:
    """Return the derivatives of the columns by one variable."""
    total: Rows | None = None
    for weight, shifted in derivative_frames(source, frame, by):
        part = read_rows(source, shifted)
        total = part.scaled(weight) if total is None else total.combined(weight, part)
    assert total is not None
    return total


def fixed_part(source: Source, fixed: FloatArray, offset: FloatArray) -> FloatArray:
    """Return `(row, sample)` of the fixed effects and the offset."""
    eta = fixed @ source.coefficients
    if np.any(offset):
        eta += offset[:, None]
    return np.asarray(eta)


def block_rows(source: Source) -> int:
    """Return how many rows times all samples make one block."""
    return max(1, BLOCK // source.samples)
