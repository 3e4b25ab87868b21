"""One block for each random-effects term: the factor's levels, the effects, an index for each row.

No one-hot matrix of a grouping factor is ever made: a row points at its level by number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from mixwell.design.atoms.column_values import as_factor
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor, combined_codes
from mixwell.design.columns.column_plan import Plan, plan_values
from mixwell.design.columns.far_columns import FarShift, far_predictors, near_shift
from mixwell.design.columns.rank import ROUNDING
from mixwell.errors import DataError
from mixwell.formula import Expr, GroupTerm, deparse
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.column_moments import ColumnMoments, KnownMoments, RowMoments, joined_moments
from mixwell.package_options import require_memory

Covariance = Literal["full", "diagonal"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupBlock:
    """One random-effects term `( effects | factor )` on the rows of a design.

    `values` is `(obs, effect)`, `index` gives each row's level. On new rows an index from
    `n_levels` on points into `new_levels`, the levels that the model's data did not have. `cells`
    are the combinations of the parts' levels that the levels of a nested factor stand for. With a
    `shift` the effects of predictors far from zero count from their means (see `far_columns`). Of
    rows that lie elsewhere the statistics of the effects' columns are `known`.
    Where rows stand for several equal ones, `counts` (obs,) say for how many.

    Examples
    --------
    >>> import pandas as pd
    >>> from mixwell.design import build_design
    >>> from mixwell.formula import parse_formula
    >>> data = pd.DataFrame({"y": [1.0, 2, 3, 5], "x": [0.0, 1, 0, 1], "g": list("aabb")})
    >>> block = build_design([parse_formula("y ~ x + (x | g)")], data).blocks[0]
    >>> block.factor, block.levels, block.effects, block.covariance
    ('g', ('a', 'b'), ('Intercept', 'x'), 'full')
    """

    factor: str
    levels: tuple[str, ...]
    effects: tuple[str, ...]
    covariance: Covariance
    values: FloatArray
    index: IntArray
    r_effects: tuple[str, ...]
    id: str | None
    text: str
    plan: Plan
    parts: tuple[Expr, ...]
    part_levels: tuple[tuple[str, ...], ...]
    rows: pd.Index
    cells: IntArray
    new_levels: tuple[str, ...] = ()
    shift: FarShift | None = None
    known: KnownMoments | None = None
    counts: FloatArray | None = None

    @property
    def moments(self) -> ColumnMoments:
        """What is known of the effects' columns without a look at rows."""
        return RowMoments(self.values, self.counts) if self.known is None else self.known

    @property
    def n_levels(self) -> int:
        """How many levels the factor has in the model's data."""
        return len(self.levels)

    @property
    def matrix(self) -> pd.DataFrame:
        """The effects' columns by name, rows labeled as the data's."""
        return pd.DataFrame(self.values, columns=list(self.effects), index=self.rows, copy=True)

    def counted(self, columns: FloatArray) -> FloatArray:
        """Return the plan's columns, (obs, effect), as the effects count them."""
        return columns if self.shift is None else columns @ self.shift.change

    def __repr__(self) -> str:
        """Say the term, its levels and effects in one line."""
        kind = f"{self.covariance} covariance of " if len(self.effects) > 1 else "effect "
        effects = ", ".join(self.effects)
        return f"GroupBlock {self.text}: {self.n_levels} levels of {self.factor}, {kind}{effects}"


def build_block(term: GroupTerm, plan: Plan, frame: ModelFrame) -> GroupBlock:
    """Learn one block from the training rows.

    Raises
    ------
    DataError
        When the term has no effect (`(0 | g)`) or the factor fewer than two levels.
    """
    factors = [
        as_factor(frame.variable(part), deparse(part)).drop_unused() for part in term.factors
    ]
    index, levels, cells = observed_levels(factors)
    require_levels(term, levels)
    require_size(term, plan.width, len(frame))
    names = plan.names()
    require_effects(term, names)
    columns = plan_values(plan, frame)
    refuse_lost_predictors(term, plan, frame)
    shift, _ = near_shift(plan, frame, columns, range(len(names)))
    return GroupBlock(
        factor=term.name,
        levels=levels,
        effects=tuple(name for name, _ in names),
        covariance=term.covariance,
        values=columns if shift is None else columns @ shift.change,
        index=index,
        r_effects=tuple(r for _, r in names),
        id=term.id,
        text=term.text,
        plan=plan,
        parts=term.factors,
        part_levels=tuple(f.levels for f in factors),
        rows=frame.data.index,
        cells=cells,
        shift=shift,
    )


def require_levels(term: GroupTerm, levels: Sequence[str]) -> None:
    """Refuse a factor with one level only."""
    if len(levels) < 2:
        raise DataError(
            f"The grouping factor {term.name} has one level only.",
            where=f"term {term.text}, level {levels[0]!r}" if levels else f"term {term.text}",
            hint=f"Leave the term {term.text} out, or group by a factor with several levels.",
        )


def require_effects(term: GroupTerm, names: Sequence[object]) -> None:
    """Refuse a term without an effect."""
    if not names:
        raise DataError(
            f"The term {term.text} has no effects.",
            hint=f"For an intercept write (1 | {term.name}).",
        )


def refuse_lost_predictors(term: GroupTerm, plan: Plan, frame: ModelFrame) -> None:
    """Refuse effects of predictors whose spread is lost in the digits of their mean."""
    for expr, (means, sds) in far_predictors(plan, frame).items():
        lost = np.flatnonzero((sds > 0) & (sds < ROUNDING * np.abs(means)))
        if lost.size:
            mean, sd = float(means[lost[0]]), float(sds[lost[0]])
            raise DataError(
                f"{deparse(expr)} lies around {mean:.4g} with an sd of {sd:.2g}, in digits that "
                "floating-point numbers do not hold.",
                where=f"term {term.text}",
                hint=f"Subtract a number near {mean:.4g} from it first.",
            )


def require_size(term: GroupTerm, width: int, rows: int) -> None:
    """Refuse effects, or correlations of effects, that memory cannot hold.

    What makes a correlation matrix from its free numbers has an entry for each pair of an entry
    and a number: its size goes with the fourth power of the number of effects.
    """
    pairs = width * (width - 1) // 2
    numbers, said = width * rows, f"The {width:,} effects of {term.text} in {rows:,} rows"
    if term.covariance == "full" and width**2 * pairs > numbers:
        numbers, said = width**2 * pairs, f"The {pairs:,} correlations of {width:,} effects"
    require_memory(
        numbers,
        said,
        where=f"term {term.text}",
        hint="Effects that vary independently, ( || ) in place of ( | ), have no correlations; "
        f"a combination of factors has one effect: (1 | {term.name}:f).",
    )


def observed_levels(factors: Sequence[Factor]) -> tuple[IntArray, tuple[str, ...], IntArray]:
    """Number the combinations of levels that occur, the last factor running fastest.

    Returned are each row's number, their labels, and which of all combinations they are.
    """
    if len(factors) == 1:
        return factors[0].codes, factors[0].levels, np.arange(len(factors[0].levels))
    combined = combined_codes([f.codes for f in factors], [len(f.levels) for f in factors])
    cells, index = np.unique(combined, return_inverse=True)
    labels = cell_labels(cells, [f.levels for f in factors])
    require_distinct(labels)
    return index.astype(np.int64), labels, cells


def require_distinct(labels: Sequence[str]) -> None:
    """Refuse two combinations of levels that have one label."""
    if len(set(labels)) < len(labels):
        raise DataError(
            "Two combinations of levels would have one label, because levels contain ':'.",
            where=f"levels such as {next(la for la in labels if labels.count(la) > 1)!r}",
            hint="Rename these levels.",
        )


def cell_labels(cells: IntArray, levels: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the labels of combinations of levels."""
    codes = np.unravel_index(cells, [len(names) for names in levels])
    pairs = zip(levels, codes, strict=True)
    columns = [np.array(names, dtype=object)[code].tolist() for names, code in pairs]
    return tuple(":".join(parts) for parts in zip(*columns, strict=True))


def merge_shared(blocks: Sequence[GroupBlock]) -> list[GroupBlock]:
    """Join blocks of one predictor that share an ID and a factor.

    Raises
    ------
    DataError
        When two blocks of one factor hold the same effect.
    """
    merged: dict[object, GroupBlock] = {}
    for place, block in enumerate(blocks):
        key = (block.id, block.factor) if block.id else place
        merged[key] = _joined(merged[key], block) if key in merged else block
    _refuse_repeated_effects(list(merged.values()))
    return list(merged.values())


def refuse_shared_ids(blocks: Sequence[GroupBlock]) -> None:
    """Refuse one ID on blocks of different factors: levels of two factors cannot be correlated.

    Raises
    ------
    DataError
        Naming the terms (brms refuses them too).
    """
    seen: dict[str, GroupBlock] = {}
    for block in blocks:
        first = seen.setdefault(block.id, block) if block.id else block
        if first.factor != block.factor:
            raise DataError(
                f"The ID {block.id} joins effects of {first.factor} and of {block.factor}, whose "
                "levels have nothing in common.",
                where=f"terms {first.text} and {block.text}",
                hint="Give each grouping factor an ID of its own.",
            )


def _joined(one: GroupBlock, two: GroupBlock) -> GroupBlock:
    terms = Plan(one.plan.intercept or two.plan.intercept, one.plan.terms + two.plan.terms)
    if two.plan.intercept and not one.plan.intercept:  # the intercept leads, as in every plan
        one, two = two, one
        terms = Plan(True, one.plan.terms + two.plan.terms)
    shift: FarShift | None = None
    if one.shift is not None or two.shift is not None:
        shifts = [each.shift or FarShift.none(len(each.effects)) for each in (one, two)]
        shift = shifts[0].joined(shifts[1])
    return replace(
        one,
        shift=shift,
        effects=one.effects + two.effects,
        r_effects=one.r_effects + two.r_effects,
        values=_joined_values(one, two),
        known=None if one.known is None else _joined_known(one, two),
        covariance="full",
        plan=terms,
        text=f"{one.text} + {two.text}",
    )


def _joined_values(one: GroupBlock, two: GroupBlock) -> FloatArray:
    if one.known is not None:  # the rows lie elsewhere
        return one.values
    return np.concatenate([one.values, two.values], axis=1)


def _joined_known(one: GroupBlock, two: GroupBlock) -> KnownMoments:
    found = joined_moments([one.moments, two.moments])
    assert isinstance(found, KnownMoments)
    return found


def _refuse_repeated_effects(blocks: Sequence[GroupBlock]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for block in blocks:
        for effect in block.effects:
            key = (block.factor, effect)
            if key in seen:
                raise DataError(
                    f"The effect {effect} of {block.factor} is in the model twice, "
                    "and data cannot separate the two.",
                    where=f"terms {seen[key]} and {block.text}",
                    hint=f"Keep it in one of them, for example with (0 + ... | {block.factor}).",
                )
            seen[key] = block.text


def replay_block(trained: GroupBlock, frame: ModelFrame) -> GroupBlock:
    """Make the block of new rows; levels that training did not have get numbers of their own."""
    factors = [
        as_factor(frame.variable(part), deparse(part), levels)
        for part, levels in zip(trained.parts, trained.part_levels, strict=True)
    ]
    if len(factors) == 1:
        index, new_levels = factors[0].codes, factors[0].unknown
    else:
        index, new_levels = _replayed_cells(trained, factors)
    return replace(
        trained,
        values=trained.counted(plan_values(trained.plan, frame)),
        index=index,
        rows=frame.data.index,
        new_levels=_unlike(new_levels, trained.levels),
        known=None,
        counts=None,
    )


def _unlike(new: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of new levels, each another than that of any other level."""
    taken, labels = set(known), []
    for label in new:
        while label in taken:
            label += " (new)"
        taken.add(label)
        labels.append(label)
    return tuple(labels)


def _replayed_cells(
    trained: GroupBlock, factors: Sequence[Factor]
) -> tuple[IntArray, tuple[str, ...]]:
    known = np.all([f.codes < len(f.levels) for f in factors], axis=0)
    sizes = [len(f.levels) for f in factors]
    combined = combined_codes([np.where(known, f.codes, 0) for f in factors], sizes)
    place = np.minimum(np.searchsorted(trained.cells, combined), trained.n_levels - 1)
    old = known & (trained.cells[place] == combined)
    every = [len(f.levels) + len(f.unknown) for f in factors]
    cells, new = np.unique(
        combined_codes([f.codes[~old] for f in factors], every), return_inverse=True
    )
    index = place.astype(np.int64)
    index[~old] = trained.n_levels + new
    return index, cell_labels(cells, [f.levels + f.unknown for f in factors])
