"""From planned sums and the expressions of their variables to what a scan reads."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mixwell.design.sums.planned_sums import PlannedSums
from mixwell.design.sums.scan.sums_program import KeyColumn, LevelsOfRows, SumsProgram
from mixwell.formula import Expr, deparse
from mixwell.numeric.arrays import IntArray

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["GroupRead", "table_program"]

#: Texts of up to so many levels are numbered by the engine, which knows them by their dictionary.
_FEW = 12


class GroupRead(Protocol):
    """A grouping factor of a table: expressions of its parts, raw keys of each level, and cells.

    `keys` has for each level the key of each part; `cells` are the levels among all combinations of
    `part_levels`, the last part running fastest (see `GroupBlock`).
    """

    @property
    def exprs(self) -> "tuple[nw.Expr, ...]":
        """An expression for each part."""

    @property
    def keys(self) -> tuple[tuple[object, ...], ...]:
        """The key of each part, for each level."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The labels."""

    @property
    def part_levels(self) -> tuple[tuple[str, ...], ...]:
        """The labels of each part's levels."""

    @property
    def cells(self) -> IntArray:
        """Which combination each level is."""


def table_program(
    planned: PlannedSums,
    numbers: Mapping[Expr, Sequence["nw.Expr"]],
    factors: Mapping[Expr, KeyColumn],
    groups: Sequence[GroupRead],
    response: "nw.Expr",
    weights: "nw.Expr | None" = None,
    further: "Sequence[nw.Expr]" = (),
) -> SumsProgram:
    """Return the program that reads planned sums of a table.

    `numbers` are the columns of each numeric variable, `factors` the keys of each factor in the
    order of its levels, `groups` the grouping factors in their order; `response` has its offset
    taken off, `further` are the planned further numbers. All rows have a value of each.
    """
    keys: list[KeyColumn] = []
    place: dict[Expr, int] = {}
    for expr, _ in planned.factors:
        if expr not in place:
            place[expr] = len(keys)
            keys.append(_numbered(factors[expr], deparse(expr)))
    levels = []
    for grouping, group in zip(planned.columns.groupings, groups, strict=True):
        own = tuple(range(len(keys), len(keys) + len(group.exprs)))
        keys += _part_keys(group, grouping.factor)
        cells = np.asarray(group.cells, dtype=np.int64) if len(own) > 1 else None
        levels.append(LevelsOfRows(own, group.levels, cells))
    return SumsProgram(
        planned.columns,
        (*(column for expr in planned.numbers for column in numbers[expr]), *further, response),
        tuple(keys),
        tuple(place[expr] for expr, _ in planned.factors),
        tuple(levels),
        weights,
    )


def _part_keys(group: GroupRead, name: str) -> list[KeyColumn]:
    """Return the keys of each part of a grouping factor in the order of the part's levels."""
    sizes = [len(levels) for levels in group.part_levels]
    codes = np.unravel_index(np.asarray(group.cells, dtype=np.int64), sizes)
    made = []
    for part, (expr, size) in enumerate(zip(group.exprs, sizes, strict=True)):
        known: list[object] = [None] * size
        for code, row in zip(codes[part].tolist(), group.keys, strict=True):
            known[code] = row[part]
        made.append(KeyColumn(expr, tuple(known), name))
    return made


def _numbered(key: KeyColumn, name: str) -> KeyColumn:
    """Have the engine number a factor of few texts; -1 is none of them."""
    import narwhals as nw

    texts = [each for each in key.keys if isinstance(each, str)]
    if not len(texts) == len(key.keys) <= _FEW:
        return KeyColumn(key.expr, key.keys, name)
    made = nw.lit(-1)
    for code, text in reversed(list(enumerate(texts))):
        made = nw.when(key.expr == nw.lit(text)).then(nw.lit(code)).otherwise(made)
    return KeyColumn(made, tuple(range(len(key.keys))), name)
