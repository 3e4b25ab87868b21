"""Random effects arranged for a model: one set of names for each factor of each predictor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.column_moments import ColumnMoments, joined_moments
from mixwell.specify.naming import (
    Claims,
    GroupNames,
    Naming,
    PredictorNames,
    UnitNames,
    element,
    index_name,
    second_dim,
)
from mixwell.text.names import split_at, unquoted

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.design import Design
    from mixwell.design.predictor import Predictor

__all__ = ["CorrelationMatrix", "CorrelationUnit", "FactorEffects", "Layout", "build_layout"]


@dataclass(frozen=True, eq=False)
class FactorEffects(GroupNames):
    """All random effects of one factor in one linear predictor, its blocks' effects in a row.

    `values` is (n, n_effects), `index` (n,), `levels` and `effects` their labels, `level_dim` the
    dim of the levels, `names` those of the predictor. The first of several predictors that have
    names of their own is `joint` where it shares an ID.
    """

    parameter: str
    factor: str
    level_dim: str
    blocks: tuple["GroupBlock", ...]
    names: PredictorNames
    joint: bool = False

    @property
    def corr_name(self) -> str:
        """The name of the correlation matrix, without its predictor's where it is a `joint` one."""
        return GroupNames(self.factor).corr_name if self.joint else super().corr_name

    @property
    def joint_dim(self) -> str:
        """The dim of a correlation matrix that holds effects on several parameters."""
        return GroupNames(self.factor).joint_dim if self.joint else super().joint_dim

    @property
    def key(self) -> str:
        """What results name the factor: its name, or `sigma_g` of a further parameter."""
        return self.label if self.names.prefix else self.factor

    @property
    def levels(self) -> tuple[str, ...]:
        """The factor's levels."""
        return self.blocks[0].levels

    @property
    def index(self) -> NDArray[np.int64]:
        """Each row's level."""
        return self.blocks[0].index

    @property
    def index_name(self) -> str:
        """The name of the rows' levels in the model's data."""
        return index_name(self.level_dim)

    @property
    def effects(self) -> tuple[str, ...]:
        """Effect names, block after block."""
        return tuple(effect for block in self.blocks for effect in block.effects)

    @property
    def full_effects(self) -> tuple[str, ...]:
        """Effect names with their parameter's before them, but for the mean."""
        return tuple(map(self.names.label, self.effects))

    @property
    def sd_keys(self) -> tuple[str, ...]:
        """The name of each standard deviation, which is the key of its prior."""
        return tuple(element(self.sd_name, effect) for effect in self.effects)

    @property
    def moments(self) -> ColumnMoments:
        """What is known of the effects' columns without a look at rows."""
        return joined_moments([block.moments for block in self.blocks])

    @property
    def sizes(self) -> FloatArray:
        """The root mean squares of the effects' columns, (n_effects,)."""
        if self.blocks[0].known is not None:
            return np.sqrt(self.moments.squares.diagonal())
        squares = np.einsum("ij,ij->j", self.values, self.values)  # no copy of the rows
        return np.asarray(np.sqrt(squares) / np.sqrt(len(self.values)))

    @property
    def largest(self) -> FloatArray:
        """The largest size of each of the effects' columns, (n_effects,)."""
        columns = self.moments
        return np.maximum(columns.high, -columns.low)

    @cached_property
    def values(self) -> FloatArray:
        """The effects' columns, (n, n_effects)."""
        if self.blocks[0].known is not None:  # of rows that are not in memory
            return self.blocks[0].values
        if len(self.blocks) == 1:
            return self.blocks[0].values
        return np.hstack([block.values for block in self.blocks])


@dataclass(frozen=True, eq=False)
class CorrelationUnit(UnitNames):
    """Effects that share one covariance: `parts` are pairs of (factor effects, their columns)."""

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

    @property
    def effects(self) -> tuple[str, ...]:
        """Effect names, part after part."""
        return tuple(found.effects[c] for found, columns in self.parts for c in columns)

    @property
    def full_effects(self) -> tuple[str, ...]:
        """Effect names with their parameters before them."""
        return tuple(found.full_effects[c] for found, columns in self.parts for c in columns)

    @property
    def sd_keys(self) -> tuple[str, ...]:
        """The name of each effect's standard deviation."""
        return tuple(found.sd_keys[c] for found, columns in self.parts for c in columns)

    @property
    def dims(self) -> tuple[str, str]:
        """The dims of levels and of effects that the coordinates have."""
        found, columns = self.parts[0]
        whole = len(self.parts) == 1 and len(columns) == len(found.effects)
        return found.level_dim, found.effect_dim if whole else self.own_dim


@dataclass(frozen=True, eq=False)
class CorrelationMatrix:
    """A reported correlation matrix: its name, dim, effect labels, and the units inside it.

    Each unit comes with the positions of its effects among the labels; elsewhere it is zero.
    """

    name: str
    dim: str
    labels: tuple[str, ...]
    units: tuple[tuple[CorrelationUnit, tuple[int, ...]], ...]

    @property
    def dims(self) -> tuple[str, str]:
        """The dims of its rows and columns."""
        return self.dim, second_dim(self.dim)


@dataclass(frozen=True, eq=False)
class Layout:
    """The random effects of a whole model; `row_dim` and `observed` name rows and response.

    `naming` says what linear predictors are called.
    """

    factors: tuple[FactorEffects, ...]
    units: tuple[CorrelationUnit, ...]
    correlations: tuple[CorrelationMatrix, ...]
    row_dim: str
    observed: str
    naming: Naming = field(default_factory=Naming)

    def of(self, parameter: str) -> list[FactorEffects]:
        """Return the factors of one linear predictor."""
        return [f for f in self.factors if f.parameter == parameter]

    @property
    def factor_levels(self) -> dict[str, tuple[str, ...]]:
        """The levels of every grouping factor."""
        return {f.factor: f.levels for f in self.factors}


def build_layout(
    design: "Design", auxiliary: Iterable[str] = (), naming: Naming | None = None
) -> Layout:
    """Arrange the random effects of a design; `auxiliary` are the family's own parameters.

    Raises `DataError` for a grouping factor with a slash in its name.
    """
    predictors = {"mean": design.mean, **design.parameters}
    naming = naming or Naming()
    claims = Claims(predictors, design.response, auxiliary, naming)
    factors = _factors(predictors, claims)
    units = tuple(_units(factors, claims))
    correlations = tuple(_correlations(factors, units, claims))
    row_dim = claims.row_dim()
    observed = claims.observed(design.response)
    return Layout(factors, units, correlations, row_dim, observed, naming)


def _factors(predictors: Mapping[str, "Predictor"], claims: Claims) -> tuple[FactorEffects, ...]:
    found = [
        (parameter, factor, [b for b in predictor.blocks if b.factor == factor])
        for parameter, predictor in predictors.items()
        for factor in dict.fromkeys(block.factor for block in predictor.blocks)
    ]
    for _, factor, _ in found:
        _refuse_slash(factor)
    labels = [claims.label(parameter, factor) for parameter, factor, _ in found]
    dims = {f: claims.level_dim(f) for f in dict.fromkeys(factor for _, factor, _ in found)}
    shared = _sharing(found)
    return tuple(
        FactorEffects(
            label,
            parameter,
            factor,
            dims[factor],
            tuple(blocks),
            names := claims.naming.of(parameter),
            bool(names.prefix) and parameter == "mean" and factor in shared,
        )
        for label, (parameter, factor, blocks) in zip(labels, found, strict=True)
    )


def _sharing(found: list[tuple[str, str, list["GroupBlock"]]]) -> set[str]:
    """Return the factors whose effects on several parameters share an ID."""
    ids = [(factor, block.id) for _, factor, blocks in found for block in blocks if block.id]
    return {factor for factor, name in ids if ids.count((factor, name)) > 1}


def _refuse_slash(factor: str) -> None:
    if "/" in factor:
        column = next(part for part in split_at(factor, ":") if "/" in part)
        raise DataError(
            f'The grouping factor "{factor}" has a slash in its name, which names in a tree of '
            "draws cannot have.",
            where=f'grouping factor "{factor}"',
            hint=f'Put it into a column "{unquoted(column).replace("/", "_")}" of its own.',
        )


def _units(factors: tuple[FactorEffects, ...], claims: Claims) -> list[CorrelationUnit]:
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
        name = claims.unit(first.label, number)
        units.append(CorrelationUnit(name, first.factor, correlated, parts))
    return units


def _correlations(
    factors: tuple[FactorEffects, ...], units: tuple[CorrelationUnit, ...], claims: Claims
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
        labels += found.full_effects if joint else found.effects
    placed = []
    for unit in units:
        where = (offsets[found.parameter] + c for found, columns in unit.parts for c in columns)
        placed.append((unit, tuple(where)))
    dim = members[0].joint_dim if joint else members[0].effect_dim
    return CorrelationMatrix(members[0].corr_name, dim, tuple(labels), tuple(placed))
