"""Draws of rows, `(row, sample)`: held, or made again block by block where they are asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mixwell.errors import DataError
from mixwell.interpret.estimates.summaries import NUMBERS, summarize
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.numeric.intervals.joint_bands import common_place, ends_at, least_depth
from mixwell.package_options import options
from mixwell.posterior.draws import DIAGNOSTICS, IntervalSettings, diagnostics
from mixwell.posterior.draws.interval_settings import SCALES
from mixwell.posterior.row_blocks import over_blocks, row_blocks
from mixwell.specify.naming import distinct_columns

__all__ = ["RowDraws", "labeled"]


@dataclass(frozen=True, eq=False)
class RowDraws:
    """Draws of `n` rows; `shape` is the number of chains and of draws a chain.

    `make` gives the draws of one of the `blocks`, the same ones whenever it is asked: summaries
    need no more than a block, so that tables of many rows never hold all draws.
    """

    n: int
    shape: tuple[int, int]
    blocks: list[slice]
    make: Callable[[slice], FloatArray]

    @classmethod
    def held(cls, values: FloatArray, shape: tuple[int, int]) -> "RowDraws":
        """Return draws that are in memory."""
        return cls(len(values), shape, [slice(0, len(values))], values.__getitem__)

    @classmethod
    def made(
        cls, n: int, shape: tuple[int, int], make: Callable[[slice], FloatArray]
    ) -> "RowDraws":
        """Return draws that are made where they are asked for; those of few rows are made now."""
        blocks = row_blocks(n, shape[0] * shape[1])
        if len(blocks) == 1:
            return cls.held(make(blocks[0]), shape)
        return cls(n, shape, blocks, make)

    def whole(self) -> FloatArray:
        """Return all draws; raises `DataError` where `mixwell.options.memory` is less."""
        if len(self.blocks) == 1:
            return self.make(self.blocks[0])
        samples = self.shape[0] * self.shape[1]
        size = 8 * self.n * samples
        if size > options.memory:
            raise DataError(
                f"The draws of {self.n:,} rows take {size / 1e9:.1f} GB, more than "
                f"mixwell.options.memory allows ({options.memory / 1e9:.2g} GB).",
                hint="Ask for fewer rows, or for the table alone, which needs no more than a block "
                "of rows at a time.",
            )
        values = np.empty((self.n, samples))

        def work(rows: slice) -> None:
            values[rows] = self.make(rows)

        over_blocks(work, self.blocks, "Drawing rows")
        return values

    def row(self, place: int) -> FloatArray:
        """Return the draws of one row, `(sample,)`."""
        block = next(each for each in self.blocks if each.start <= place < each.stop)
        return np.asarray(self.make(block)[place - block.start])

    def masked(self, kept: BoolArray) -> "RowDraws":
        """Return the same with not-a-number in the rows that are not marked."""

        def make(rows: slice) -> FloatArray:
            return np.where(kept[rows, None], self.make(rows), np.nan)

        if len(self.blocks) == 1:
            return RowDraws.held(make(self.blocks[0]), self.shape)
        return replace(self, make=make)

    def alternating(self, others: Sequence["RowDraws"]) -> "RowDraws":
        """Return each row followed by the same row of the others, which have the same blocks."""
        parts = (self, *others)

        def make(rows: slice) -> FloatArray:
            own = slice(rows.start // len(parts), rows.stop // len(parts))
            values = [part.make(own) for part in parts]
            return np.stack(values, axis=1).reshape(-1, values[0].shape[1])

        blocks = [slice(b.start * len(parts), b.stop * len(parts)) for b in self.blocks]
        made = RowDraws(self.n * len(parts), self.shape, blocks, make)
        return made if len(blocks) > 1 else RowDraws.held(make(blocks[0]), self.shape)

    def summarize(
        self, null: float, settings: IntervalSettings, progressbar: bool | None = None
    ) -> dict[str, FloatArray]:
        """Return the numeric columns of the rows, nan for those that are not finite."""
        columns = {name: np.full(self.n, np.nan) for name in NUMBERS}

        def numbers(values: FloatArray) -> dict[str, FloatArray]:
            return summarize(values, self.shape, null, settings)

        self._fill(columns, numbers, progressbar)
        return columns

    def partly_known(self, asked: BoolArray) -> BoolArray:
        """Return which of the marked rows have draws that are numbers or infinite, not all NaN."""
        found = np.zeros(self.n, dtype=bool)
        for rows in self.blocks:
            if asked[rows].any():
                found[rows] = asked[rows] & ~np.isnan(self.make(rows)).all(axis=1)
        return found

    def diagnostics(self, settings: IntervalSettings) -> dict[str, FloatArray]:
        """Return R-hat, effective sizes and the Monte Carlo error of the rows, block by block."""
        columns = {name: np.full(self.n, np.nan) for name in DIAGNOSTICS}

        def numbers(values: FloatArray) -> dict[str, FloatArray]:
            cube = values.reshape(len(values), *self.shape).transpose(1, 2, 0)
            return diagnostics(cube, settings)

        self._fill(columns, numbers)
        return columns

    def _fill(
        self,
        columns: dict[str, FloatArray],
        numbers: Callable[[FloatArray], dict[str, FloatArray]],
        progressbar: bool | None = None,
    ) -> None:
        """Fill the columns with the numbers of each block's draws."""

        def work(rows: slice) -> None:
            for name, found in numbers(self.make(rows)).items():
                columns[name][rows] = found

        over_blocks(work, self.blocks, "Summarizing", progressbar)

    def bands(
        self, settings: IntervalSettings, kept: BoolArray
    ) -> tuple[FloatArray, FloatArray, float]:
        """Return intervals of the rows `kept` that hold at once with the probability of settings.

        The ends, not-a-number in other rows, and the probability that each has by itself. They are
        found on the scale on which draws are summarized.
        """
        prob, scale = settings.prob, SCALES.get(settings.scale)

        def there(rows: slice) -> FloatArray:
            values = self.make(rows)[kept[rows]]
            return values if scale is None else scale.there(values)

        depth = np.full(self.shape[0] * self.shape[1], np.iinfo(np.int64).max)
        lower, upper = np.full(self.n, np.nan), np.full(self.n, np.nan)
        for rows in self.blocks:
            if kept[rows].any():
                depth = np.minimum(depth, least_depth(there(rows)))
        if not kept.any():
            return lower, upper, prob
        place = max(common_place(depth, prob), 1)
        for rows in self.blocks:
            if kept[rows].any():
                ends = ends_at(there(rows), place)
                at = np.flatnonzero(kept[rows]) + rows.start
                lower[at], upper[at] = ends if scale is None else scale.ends_back(*ends)
        return lower, upper, 1.0 - 2.0 * (place - 1) / max(len(depth) - 1, 1)

    def share_between(self, low: float, high: float) -> FloatArray:
        """Return the share of each row's draws between two ends, nan for rows that have none."""
        share = np.empty(self.n)

        def work(rows: slice) -> None:
            values = self.make(rows)
            inside = ((values >= low) & (values <= high)).mean(axis=1)
            share[rows] = np.where(np.isnan(values).any(axis=1), np.nan, inside)

        over_blocks(work, self.blocks, "Summarizing")
        return share


def labeled(values: FloatArray, shape: tuple[int, int], factors: pd.DataFrame) -> xr.DataArray:
    """Return draws `(row, sample)` with the dims `chain`, `draw`, `row` (a view, not a copy).

    The columns of `factors` are coordinates of `row`, one called like a dim under another name.
    """
    dims = ("chain", "draw", "row")
    names = distinct_columns(list(map(str, factors.columns)), dims)
    coords: dict[str, Any] = {
        name: ("row", column.to_numpy())
        for name, (_, column) in zip(names, factors.items(), strict=True)
    }
    coords["row"] = factors.index.to_numpy()
    coords |= {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}
    cube = values.reshape(len(values), *shape).transpose(1, 2, 0)
    return xr.DataArray(cube, dims=dims, coords=coords, name="estimate")
