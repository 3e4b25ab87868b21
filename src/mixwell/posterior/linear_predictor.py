"""The linear predictor on draws: numeric core.

Shapes: coefficients `(effect, sample)`, columns `(row, effect)`, deviations
`(effect, level, sample)`, results `(row, sample)`; samples are the draws of all chains in a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from mixwell.design.predictor import Predictor

__all__ = [
    "LevelDraws",
    "PredictorRows",
    "linear_predictor",
    "linear_predictor_of_draws",
    "predictor_rows",
]


#: Numbers that are worked on together: they stay in the processor's cache.
_TOGETHER = 40_000

#: Deviations by factor, `(effect, level, sample)`; no factor at all for the population.
LevelDraws = Mapping[str, FloatArray]


@dataclass(frozen=True, eq=False)
class PredictorRows:
    """Columns of a linear predictor on some rows.

    `effects` and `index` hold, for each grouping factor, the random effects' columns
    `(row, effect)` and each row's level; `residue` is zero in rows that the data determine.
    """

    fixed: FloatArray
    offset: FloatArray
    effects: Mapping[str, FloatArray]
    index: Mapping[str, IntArray]
    residue: FloatArray

    def __len__(self) -> int:
        return len(self.fixed)

    def __getitem__(self, rows: slice | IntArray) -> "PredictorRows":
        """Return a stretch of the rows, or those that are numbered."""
        return PredictorRows(
            self.fixed[rows],
            self.offset[rows],
            {name: z[rows] for name, z in self.effects.items()},
            {name: index[rows] for name, index in self.index.items()},
            self.residue[rows],
        )

    def combined(self, weight: FloatArray, other: "PredictorRows") -> "PredictorRows":
        """Return these columns plus `weight` times those of `other`, row by row."""
        column = weight[:, None]
        return PredictorRows(
            self.fixed + column * other.fixed,
            self.offset + weight * other.offset,
            {name: z + column * other.effects[name] for name, z in self.effects.items()},
            self.index,
            self.residue + column * other.residue,
        )

    def scaled(self, weight: FloatArray) -> "PredictorRows":
        """Return the columns times `weight`, row by row."""
        return self.combined(weight - 1.0, self)


def predictor_rows(predictor: "Predictor", residue: FloatArray | None = None) -> PredictorRows:
    """Return the columns of an evaluated predictor, all of them determined without a residue."""
    by_factor: dict[str, list[FloatArray]] = {}
    index: dict[str, IntArray] = {}
    for block in predictor.blocks:
        by_factor.setdefault(block.factor, []).append(block.values)
        index[block.factor] = block.index
    effects = {name: z[0] if len(z) == 1 else np.hstack(z) for name, z in by_factor.items()}
    fixed = predictor.fixed.values
    offset = np.zeros(len(fixed)) if predictor.offset is None else predictor.offset
    none = np.zeros((len(fixed), 0))
    return PredictorRows(fixed, offset, effects, index, none if residue is None else residue)


def linear_predictor(
    coefficients: FloatArray, rows: PredictorRows, deviations: LevelDraws
) -> FloatArray:
    """Return the linear predictor of rows, `(row, sample)`; a factor without deviations is at 0."""
    eta = np.asarray(rows.fixed @ coefficients)
    if np.any(rows.offset):
        eta += rows.offset[:, None]
    parts = [
        (z[:, k, None], *_levels(values[k], rows.index[factor]))
        for factor, values in deviations.items()
        for z in (rows.effects[factor],)
        for k in range(z.shape[1])
        if z[:, k].any()
    ]
    step = max(1, _TOGETHER // max(1, eta.shape[1]))
    for start in range(0, len(eta) if parts else 0, step):
        own = slice(start, start + step)
        for z, levels, place in parts:
            part = levels[place[own]]
            part *= z[own]
            eta[own] += part
    return eta


def linear_predictor_of_draws(
    coefficients: FloatArray, rows: PredictorRows, deviations: LevelDraws
) -> FloatArray:
    """Return the same draw by draw, `(sample, row)`: for many rows of a few draws."""
    eta = np.ascontiguousarray((rows.fixed @ coefficients).T)
    if np.any(rows.offset):
        eta += rows.offset
    for factor, values in deviations.items():
        z, index = rows.effects[factor], rows.index[factor]
        for k in range(z.shape[1]):
            if z[:, k].any():
                part = values[k].T[:, index]
                part *= z[:, k]
                eta += part
    return eta


def _levels(levels: FloatArray, index: IntArray) -> tuple[FloatArray, IntArray]:
    """Return draws by level and each row's place there; they may lie draw by draw."""
    if levels.flags.c_contiguous:
        return levels, index
    present, place = np.unique(index, return_inverse=True)
    return np.ascontiguousarray(levels.T[:, present].T), place
