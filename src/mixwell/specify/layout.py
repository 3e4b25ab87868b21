"""Random effects arranged for a model: one set of names for each factor of each predictor."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.design import Design
    from mixwell.design.predictor import Predictor

__all__ = ["CorrelationMatrix", "CorrelationUnit", "FactorEffects", "Layout", "build_layout"]


def prefix(parameter: str) -> str:
    """Return what names of a linear predictor begin with: nothing for the mean, else `sigma_`."""
    return "" if parameter == "mean" else f"{parameter}_"


@dataclass(frozen=True, eq=False)
class FactorEffects:
    """All random effects of one factor in one linear predictor, its blocks' effects in a row.

    `values` is (n, n_effects), `index` (n,), `levels` and `effects` their labels.
    """

    parameter: str
    factor: str
    blocks: tuple["GroupBlock", ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """The factor's levels."""
        return self.blocks[0].levels

    @property
    def index(self) -> NDArray[np.int64]:
        """Each row's level."""
        return self.blocks[0].index

    @property
    def effects(self) -> tuple[str, ...]:
        """Effect names, block after block."""
        return tuple(effect for block in self.blocks for effect in block.effects)

    @cached_property
    def values(self) -> FloatArray:
        """The effects' columns, (n, n_effects)."""
        if len(self.blocks) == 1:
            return self.blocks[0].values
        return np.hstack([block.values for block in self.blocks])

    @property
    def label(self) -> str:
        """The name behind `r_` and `sd_`: `user`, or `sigma_user`."""
        return f"{prefix(self.parameter)}{self.factor}"

    @property
    def r_name(self) -> str:
        """The name of the deviations."""
        return f"r_{self.label}"

    @property
    def sd_name(self) -> str:
        """The name of the standard deviations."""
        return f"sd_{self.label}"

    @property
    def effect_dim(self) -> str:
        """The dim of the effects."""
        return f"{self.label}_effect"


@dataclass(frozen=True, eq=False)
class CorrelationUnit:
    """Effects that share one covariance: `parts` are pairs of (factor effects, their columns)."""

    name: str
    factor: str
    correlated: bool
    parts: tuple[tuple[FactorEffects, tuple[int, ...]], ...]

    @property
    def size(self) -> int:
        """The number of effects."""
        return sum(len(columns) for _, columns in self.parts)

    @property
    def levels(self) -> tuple[str, ...]:
        """The factor's levels."""
        return self.parts[0][0].levels


@dataclass(frozen=True, eq=False)
class CorrelationMatrix:
    """A reported correlation matrix: its name, dim, effect labels, and the units inside it.

    Each unit comes with the positions of its effects among the labels; elsewhere it is zero.
    """

    name: str
    dim: str
    labels: tuple[str, ...]
    units: tuple[tuple[CorrelationUnit, tuple[int, ...]], ...]


@dataclass(frozen=True, eq=False)
class Layout:
    """The random effects of a whole model."""

    factors: tuple[FactorEffects, ...]
    units: tuple[CorrelationUnit, ...]
    correlations: tuple[CorrelationMatrix, ...]

    def of(self, parameter: str) -> list[FactorEffects]:
        """Return the factors of one linear predictor."""
        return [f for f in self.factors if f.parameter == parameter]

    @property
    def row_dim(self) -> str:
        """The dim of rows: `obs`, or `row` where a grouping factor is called obs."""
        return "row" if "obs" in self.factor_levels else "obs"

    @property
    def factor_levels(self) -> dict[str, tuple[str, ...]]:
        """The levels of every grouping factor."""
        return {f.factor: f.levels for f in self.factors}


def build_layout(design: "Design") -> Layout:
    """Arrange the random effects of a design.

    Raises `DataError` when a factor has the name of a variable of the posterior.
    """
    predictors = {"mean": design.mean, **design.parameters}
    factors = tuple(f for name, p in predictors.items() for f in _factors(name, p))
    units = tuple(_units(factors))
    layout = Layout(factors, units, tuple(_correlations(factors, units)))
    _check_names(layout, tuple(predictors))
    return layout


def _factors(parameter: str, predictor: "Predictor") -> list[FactorEffects]:
    names = dict.fromkeys(block.factor for block in predictor.blocks)
    made = []
    for name in names:
        blocks = tuple(block for block in predictor.blocks if block.factor == name)
        made.append(FactorEffects(parameter, name, blocks))
    return made


def _units(factors: tuple[FactorEffects, ...]) -> list[CorrelationUnit]:
    """Group effects by the covariance that they share: a block, or blocks of one ID."""
    shared: dict[tuple[str, ...], list[tuple[FactorEffects, tuple[int, ...], bool]]] = {}
    for found in factors:
        start = 0
        for number, block in enumerate(found.blocks):
            columns = tuple(range(start, start + len(block.effects)))
            start += len(block.effects)
            own = (found.parameter, found.factor, str(number))
            key = own if block.id is None else ("", found.factor, block.id)
            full = block.covariance == "full"
            shared.setdefault(key, []).append((found, columns, full))
    counts: dict[str, int] = {}
    units = []
    for members in shared.values():
        first = members[0][0]
        counts[first.label] = counts.get(first.label, 0) + 1
        number = counts[first.label]
        parts = tuple((found, columns) for found, columns, _ in members)
        size = sum(len(columns) for _, columns in parts)
        correlated = size > 1 and all(full for _, _, full in members)
        name = first.label if number == 1 else f"{first.label}_{number}"
        units.append(CorrelationUnit(name, first.factor, correlated, parts))
    return units


def _correlations(
    factors: tuple[FactorEffects, ...], units: tuple[CorrelationUnit, ...]
) -> list[CorrelationMatrix]:
    joint = {
        unit.factor
        for unit in units
        if unit.correlated and len({found.parameter for found, _ in unit.parts}) > 1
    }
    made = []
    for factor in dict.fromkeys(found.factor for found in factors):
        own = [found for found in factors if found.factor == factor]
        for members in [own] if factor in joint else [[found] for found in own]:
            inside = [unit for unit in units if unit.correlated and unit.parts[0][0] in members]
            if inside:
                made.append(_matrix(members, inside, joint=factor in joint))
    return made


def _matrix(
    members: list[FactorEffects], units: list[CorrelationUnit], *, joint: bool
) -> CorrelationMatrix:
    offsets: dict[str, int] = {}
    labels: list[str] = []
    for found in members:
        offsets[found.parameter] = len(labels)
        labels += [f"{prefix(found.parameter)}{e}" if joint else e for e in found.effects]
    placed = tuple(
        (
            unit,
            tuple(offsets[found.parameter] + c for found, columns in unit.parts for c in columns),
        )
        for unit in units
    )
    label = members[0].label
    dim = f"{label}_joint_effect" if joint else members[0].effect_dim
    return CorrelationMatrix(f"corr_{label}", dim, tuple(labels), placed)


def _check_names(layout: Layout, parameters: tuple[str, ...]) -> None:
    variables = {"b", "sigma", "nu", "alpha", "kappa", "Intercept_centered", "X"}
    variables |= {"chain", "draw", "effect"} | {f"b_{name}" for name in parameters}
    for found in layout.factors:
        variables |= {found.r_name, found.sd_name, f"corr_{found.label}", found.effect_dim}
    for factor in layout.factor_levels:
        if factor in variables:
            raise DataError(
                f'The grouping factor "{factor}" has the name of a variable of the posterior.',
                where=f'column "{factor}"',
                hint=f'Rename the column, for example to "{factor}_group".',
            )
        if "/" in factor:
            raise DataError(
                f'The grouping factor "{factor}" has a slash in its name, which names in a tree of '
                "draws cannot have.",
                where=f'grouping factor "{factor}"',
                hint=f'Put it into a column "{factor.strip("`").replace("/", "_")}" of its own.',
            )
