"""Exact quantiles of a column that lies elsewhere, by a few queries that count.

Values are counted in bins of equal width; the bins that hold a wanted place are counted again,
until their values are few enough to be listed. A bin's least and greatest value bound it exactly,
so that nothing depends on how an engine rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.intervals.counted_quantiles import between, places_of
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["exact_quantiles"]

#: Bins of one query, values that are listed in the end, and queries that there may be.
_BINS, _LISTED, _MOST_QUERIES = 4_000, 20_000, 60
#: Where bins of equal width find no more, others grow from the least value on by this range.
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Values from `low` to `high`, `before` of the others below; which places are in it."""

    low: float
    high: float
    before: int
    count: int
    grows: bool = False

    def bin(self, x: nw.Expr, bins: int) -> nw.Expr:
        """Return the number of a value's bin, which never falls as values rise."""
        share = (x - self.low) / (self.high - self.low)
        if self.grows:
            share = (share + _TINY).log() / -float(np.log(_TINY)) + 1.0
        return (share * float(bins)).floor()


def exact_quantiles(
    table: LazyTable, x: nw.Expr, shares: FloatArray, low: float, high: float, said: str
) -> FloatArray:
    """Return the quantiles of the values from `low` to `high`, R's type 7, exactly.

    `x` is null where there is no value; `said` names it in the log of queries. Raises `DataError`
    where there is none.
    """
    within = table.filtered((x >= low) & (x <= high))
    ends = within.aggregate(f"count {said}", {"n": nw.len(), "low": x.min(), "high": x.max()})
    count = int(str(ends["n"]))
    if not count:
        raise DataError(f"{said} has no values from {low:g} to {high:g}.")
    lower, upper, share = places_of(count, shares)
    places = np.unique([lower, upper])
    whole = _Stretch(float(str(ends["low"])), float(str(ends["high"])), 0, count)
    values = _selected(within, x, places, whole, said)
    below, above = (values[np.searchsorted(places, place)] for place in (lower, upper))
    return between(below, above, share)


def _selected(
    table: LazyTable, x: nw.Expr, places: IntArray, whole: _Stretch, said: str
) -> FloatArray:
    """Return the values at places of the sorted ones, which count from 0."""
    found: dict[int, float] = {}
    wanted = [whole]
    for _ in range(_MOST_QUERIES):
        wanted = _settled(wanted, places, found)
        if sum(each.count for each in wanted) <= _LISTED:
            break
        wanted = _narrowed(table, x, wanted, places, said)
    else:
        raise DataError(
            f"The quantiles of {said} lie too close together to be found by counting.",
            hint="Give the knots as numbers.",
        )
    if wanted:
        _list(table, x, wanted, places, found, said)
    return np.array([found[place] for place in places.tolist()])


def _inside(stretch: _Stretch, places: IntArray) -> list[int]:
    own = (places >= stretch.before) & (places < stretch.before + stretch.count)
    return [int(place) for place in places[own]]


def _settled(
    stretches: Sequence[_Stretch], places: IntArray, found: dict[int, float]
) -> list[_Stretch]:
    """Note the places whose values are all one, and return the stretches of the others."""
    left = []
    for each in stretches:
        if each.low == each.high:
            found.update(dict.fromkeys(_inside(each, places), each.low))
        else:
            left.append(each)
    return left


def _narrowed(
    table: LazyTable, x: nw.Expr, stretches: Sequence[_Stretch], places: IntArray, said: str
) -> list[_Stretch]:
    """Count the values of stretches in bins, and return the bins that hold a place."""
    bins = max(_BINS // len(stretches), 100)
    key = nw.lit(None).cast(nw.Float64)
    for number, each in enumerate(stretches):
        own = each.bin(x, bins) + float(number * 2 * bins)
        key = nw.when((x >= each.low) & (x <= each.high)).then(own).otherwise(key)
    asked = {"n": nw.len(), "low": x.min(), "high": x.max()}
    counted = table.grouped(f"count {said} in bins", {"bin": key}, asked)
    lows, highs, counts = _sorted_bins(counted)
    narrow = []
    for each in stretches:
        inside = np.flatnonzero((lows >= each.low) & (highs <= each.high))
        before = each.before + np.concatenate([[0], np.cumsum(counts[inside])])
        for place, start in zip(inside.tolist(), before[:-1].tolist(), strict=True):
            grows = not each.grows and counts[place] > 0.5 * each.count
            made = _Stretch(
                float(lows[place]), float(highs[place]), start, int(counts[place]), grows
            )
            if _inside(made, places):
                narrow.append(made)
    return narrow


def _sorted_bins(counted: pa.Table) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the ends and counts of bins, in order; bins that overlap are one."""
    counted = counted.filter(counted["bin"].is_valid())
    lows, highs, counts = (counted[name].to_numpy() for name in ("low", "high", "n"))
    order = np.argsort(lows, kind="stable")
    lows, highs, counts = lows[order], np.maximum.accumulate(highs[order]), counts[order]
    first = np.concatenate([[True], lows[1:] > highs[:-1]])
    start = np.flatnonzero(first)
    end = np.concatenate([start[1:], [len(lows)]]) - 1
    totals = np.add.reduceat(counts, start).astype(np.int64)
    return lows[start], highs[end], totals


def _list(
    table: LazyTable,
    x: nw.Expr,
    stretches: Sequence[_Stretch],
    places: IntArray,
    found: dict[int, float],
    said: str,
) -> None:
    """List the values of stretches that are short, each with its count."""
    inside = nw.lit(False)
    for each in stretches:
        inside = inside | ((x >= each.low) & (x <= each.high))
    listed = table.filtered(inside).grouped(f"list {said}", {"x": x}, {"n": nw.len()})
    values, counts = listed["x"].to_numpy(), listed["n"].to_numpy()
    order = np.argsort(values)
    values, counts = values[order], counts[order]
    for each in stretches:
        own = (values >= each.low) & (values <= each.high)
        ends = each.before + np.cumsum(counts[own])
        for place in _inside(each, places):
            found[place] = float(values[own][np.searchsorted(ends, place, side="right")])
