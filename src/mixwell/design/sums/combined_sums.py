"""Sums of several tables as those of one: what hospitals or schools add up without their rows."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mixwell.design.sums.summed_columns import SummedColumns
from mixwell.design.sums.summed_rows import BlockSums, CrossProducts, between_effects
from mixwell.design.sums.summed_source import united_levels
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.public_calls import public
from mixwell.text.phrases import and_so_on

__all__ = ["combine", "moved"]


@public
def combine[Summed: CrossProducts](sums: Sequence[Summed]) -> Summed:
    """Add the sums of several tables: those of all their rows.

    Levels of grouping factors are united; numbers are counted from the centers of the first, which
    is exact. Raises `DataError` for sums of other columns, of other codings, or of variables that
    learned something else from their rows, such as the mean of `scale(x)`.

    >>> combine([])
    Traceback (most recent call last):
    mixwell.errors.DataError: There are no sums to combine.
    ...
    """
    hint = "Pass a list of what model.reduction() returned or mw.load_reduction() read."
    if not isinstance(sums, list | tuple):
        raise DataError(f"combine() adds sums, not a {type(sums).__name__}.", hint=hint)
    every: list[Summed] = list(sums)
    for each in every:
        if not isinstance(each, CrossProducts):
            raise DataError(
                f"combine() adds sums, and was given a {type(each).__name__}.",
                hint=hint,
            )
    if not every:
        raise DataError("There are no sums to combine.", hint=hint)
    return reduce(_added, every)


def _added[Summed: CrossProducts](one: Summed, two: Summed) -> Summed:
    _require_same(one, two)
    other = moved(two, one.centers, one.scales)
    blocks, places = [], []
    for mine, theirs in zip(one.blocks, other.blocks, strict=True):
        levels = united_levels(mine.levels, theirs.levels)
        place = {level: k for k, level in enumerate(levels)}
        own = [np.array([place[level] for level in b.levels]) for b in (mine, theirs)]
        blocks.append(_united(mine, theirs, levels, own))
        places.append(own)
    sizes = [len(block.levels) for block in blocks]
    between = {
        (i, j): _spread(one, (i, j), [p[0] for p in places], sizes)
        + _spread(other, (i, j), [p[1] for p in places], sizes)
        for i, j in one.between
    }
    return replace(
        one,
        n=one.n + two.n,
        sum_log_weights=one.sum_log_weights + two.sum_log_weights,
        least=np.minimum(one.least, two.least),
        largest=np.maximum(one.largest, two.largest),
        base=one.base + other.base,
        plain=one.plain + other.plain,
        blocks=tuple(blocks),
        between=between,
        source=one.source and two.source and one.source.joined(two.source, one.n, two.n),
    )


def moved[Summed: CrossProducts](sums: Summed, centers: FloatArray, scales: FloatArray) -> Summed:
    """Return sums with numbers counted from other centers, in other scales: exact combinations."""
    if np.array_equal(sums.centers, centers) and np.array_equal(sums.scales, scales):
        return sums
    change = sums.combinations(sums.columns.basis, origins=centers, units=scales)
    blocks, effects = [], []
    for block in sums.blocks:
        own = change[np.ix_(block.places, block.places)]
        cross = np.einsum("lbk,ba->lak", block.cross @ change, own)
        blocks.append(replace(block, cross=np.ascontiguousarray(cross)))
        effects.append(own)
    between = {
        (i, j): between_effects(sums, (i, j), effects[i], effects[j]) for i, j in sums.between
    }
    return replace(
        sums,
        centers=centers,
        scales=scales,
        base=change.T @ sums.base @ change,
        plain=change.T @ sums.plain @ change,
        blocks=tuple(blocks),
        between=between,
    )


def _united(
    mine: BlockSums, theirs: BlockSums, levels: tuple[str, ...], own: Sequence[IntArray]
) -> BlockSums:
    counts = np.zeros(len(levels))
    cross = np.zeros((len(levels), *mine.cross.shape[1:]))
    for block, place in zip((mine, theirs), own, strict=True):
        counts[place] += block.counts
        cross[place] += block.cross
    return BlockSums(mine.factor, levels, mine.places, counts, cross)


def _spread(
    sums: CrossProducts, pair: tuple[int, int], places: Sequence[IntArray], sizes: Sequence[int]
) -> sparse.csr_array:
    """Return sums by pairs of levels among all levels."""
    found = sums.between[pair].tocoo()
    rows, columns = (
        _effect_places(places[k], len(sums.blocks[k].places), at)
        for k, at in zip(pair, (found.row, found.col), strict=True)
    )
    shape = tuple(sizes[k] * len(sums.blocks[k].places) for k in pair)
    return sparse.csr_array(sparse.coo_array((found.data, (rows, columns)), shape=shape))


def _effect_places(places: IntArray, effects: int, at: NDArray[np.int32]) -> IntArray:
    return np.asarray(places[at // effects] * effects + at % effects)


def _require_same(one: CrossProducts, two: CrossProducts) -> None:
    """Refuse sums that are not of the same columns, with what differs and the way out."""
    mine, theirs = one.columns, two.columns
    if one.weighted != two.weighted:
        raise DataError(
            "Some of the sums have weights and some have none.",
            hint="Sum all of them with weights=, which may be 1.",
        )
    _require_same_levels(mine, theirs)
    _require_same_learned(mine, theirs)
    different = sorted({*_described(mine)} ^ {*_described(theirs)})
    if different or mine.products != theirs.products or mine.numbers != theirs.numbers:
        raise DataError(
            "The sums are not of one model.",
            where=f"in one of them only: {and_so_on(different)}" if different else "their columns",
            hint="Sum every table with the same formula.",
        )


def _described(columns: SummedColumns) -> list[str]:
    """Return what is summed, a text for each column and each effect of a grouping factor."""
    effects = [(g.factor, columns.names[k]) for g in columns.groupings for k in g.effects]
    return [*columns.names, *(f"({effect} | {factor})" for factor, effect in effects)]


def _require_same_levels(one: SummedColumns, two: SummedColumns) -> None:
    known = {factor.name: factor for factor in two.factors}
    for factor in one.factors:
        other = known.get(factor.name, factor)
        if factor.levels != other.levels:
            written = ", ".join(
                f'"{level}"' for level in united_levels(factor.levels, other.levels)
            )
            raise DataError(
                f"{factor.name} has other levels in one table than in another.",
                where=f"{and_so_on(factor.levels)}, and {and_so_on(other.levels)}",
                hint="Write all levels into the formula of each: "
                f"factor({factor.name}, levels = c({written})).",
            )
    if len(one.factors) == len(two.factors):
        for mine, theirs in zip(one.factors, two.factors, strict=True):
            if mine.name == theirs.name and not np.array_equal(mine.matrix, theirs.matrix):
                raise DataError(
                    f"{mine.name} has another coding in one table than in another.",
                    where="contrasts=",
                    hint="Give every model the same contrasts.",
                )


def _require_same_learned(one: SummedColumns, two: SummedColumns) -> None:
    others = dict(two.learned)
    for name, numbers in one.learned:
        if name in others and others[name] != numbers:
            pairs = zip(numbers, others[name], strict=False)
            a, b = next((pair for pair in pairs if pair[0] != pair[1]), (len(numbers), 0))
            raise DataError(
                f"{name} was learned from other rows in one table than in another.",
                where=f"{a:.6g} in one and {b:.6g} in the other",
                hint="Write numbers that hold everywhere into the formula: I((x - 50) / 10) in "
                "place of scale(x), ns(x, knots = c(20, 40)) in place of ns(x, df = 3).",
            )
