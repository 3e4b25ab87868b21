"""What adds rows up: the sums of one thread, which are added to those of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixwell.design.sums.scan.pair_runs import PairRuns
from mixwell.design.sums.scan.scan_layout import ScanLayout
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.loops.record_sums import add_products, add_triangle, monomials

__all__ = ["RowAdder", "RowRecords", "ScannedRows"]

#: Rows whose columns are made at once, and numbers in these: they stay in a processor's cache.
_CHUNK, _NUMBERS = 4096, 500_000
#: Pairs of two blocks' levels have a record each up to so many numbers; more are sorted.
_DENSE_PAIRS = 1_000_000
#: Bytes in a line of memory.
_LINE = 64

type Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ScannedRows:
    """Rows as arrays: `numbers` (number, rows), codes of each key, levels of each block, weights.

    There are no weights where every row counts once.
    """

    numbers: FloatArray
    keys: Sequence[Codes]
    groups: Sequence[Codes]
    weights: FloatArray


class RowRecords:
    """Records of sums, (records, 1 + width): counts of rows, then the sums.

    They begin at lines of memory, so that a record touches few of them; what a long record's rows
    were added up to goes into `full`, which takes no memory until then.
    """

    def __init__(self, records: int, width: int) -> None:
        self.width = width
        padded = -(-(1 + width) // 8) * 8
        self.sums = _aligned(records, padded)
        self.full = np.zeros((records, padded))

    def add(self, other: "RowRecords") -> None:
        """Add those of another thread."""
        self.sums += other.sums
        self.full += other.full

    def total(self) -> FloatArray:
        """Return counts and sums, (records, 1 + width)."""
        long = np.flatnonzero(self.full[:, 0])
        self.sums[long] += self.full[long]
        self.full[long] = 0.0
        return self.sums[:, : 1 + self.width]


def _aligned(records: int, width: int) -> FloatArray:
    held = np.zeros(records * width + _LINE // 8)
    first = -held.ctypes.data % _LINE // 8
    return held[first : first + records * width].reshape(records, width)


@dataclass(frozen=True, eq=False)
class _BlockLayout:
    """How a block is summed: by cells or not, `left` of its products, `places` in the basis."""

    by_cells: bool
    left: Codes
    places: list[int]

    @classmethod
    def of(cls, layout: ScanLayout, block: int) -> "_BlockLayout":
        by_cells, places = layout.block_by_cells(block), list(layout.block_places(block))
        left = layout.block_left(block) if by_cells else np.array(places, dtype=np.int32)
        return cls(by_cells, left, places)


class RowAdder:
    """The sums of some rows, by a layout."""

    def __init__(self, layout: ScanLayout) -> None:
        self.layout = layout
        self.weighted = layout.program.weights is not None
        self.n, self.log_weights = 0, 0.0
        size, k = len(layout.monomials), len(layout.monomial)
        self._factors = 1.0 / layout.scales  # powers of two: no digit is lost
        self._needed = layout.whole
        self._rest, self._all = layout.rest, np.arange(size, dtype=np.int32)
        self.base = self._base_records(self._rest)
        self.plain = self._base_records(self._all) if self.weighted else None
        self.whole_base = np.zeros((k, k))
        self.whole_plain = np.zeros((k, k))
        self._blocks = [_BlockLayout.of(layout, b) for b in range(len(layout.program.groups))]
        self.blocks = [self._block_records(b) for b in range(len(self._blocks))]
        self.pairs = {
            (i, j): self._pair_sums(i, j) for j in range(len(self.blocks)) for i in range(j)
        }
        self._chunk = max(256, min(_CHUNK, _NUMBERS // max(k if self._needed else size, 1)))
        self.least = np.full(len(layout.centers), np.inf)
        self.largest = -self.least

    def _base_records(self, chosen: Codes) -> RowRecords | None:
        if not self.layout.by_cells:
            return None
        return RowRecords(self.layout.cells, len(chosen) * (len(chosen) + 1) // 2)

    def _block_records(self, block: int) -> RowRecords:
        layout, own = self.layout, self._blocks[block]
        levels = len(layout.program.groups[block].levels)
        if own.by_cells:
            return RowRecords(levels * layout.cells, len(own.left) * len(layout.monomials))
        return RowRecords(levels, len(own.left) * len(layout.monomial))

    def _pair_sums(self, i: int, j: int) -> "RowRecords | PairRuns":
        groups = self.layout.program.groups
        levels = len(groups[i].levels), len(groups[j].levels)
        effects = len(self._blocks[i].places), len(self._blocks[j].places)
        if np.prod([*levels, *effects], dtype=float) <= _DENSE_PAIRS:
            return RowRecords(levels[0] * levels[1], effects[0] * effects[1])
        return PairRuns(levels, effects)

    def add(self, rows: ScannedRows) -> None:
        """Add rows up."""
        n = rows.numbers.shape[1]
        self.n += n
        self.least = np.minimum(self.least, rows.numbers.min(axis=1))
        self.largest = np.maximum(self.largest, rows.numbers.max(axis=1))
        if self.weighted:
            self.log_weights += float(np.log(rows.weights).sum())
        cell = self._cells(rows)
        effects = self._effect_arrays(n)
        for start in range(0, n, self._chunk):
            self._add_chunk(rows, cell, slice(start, min(start + self._chunk, n)), effects)
        for (i, j), sums in self.pairs.items():
            self._add_pairs(rows, sums, i, j, effects)

    def _cells(self, rows: ScannedRows) -> Codes:
        """Return the cell of each row, (rows,); of no factors, or of too many, zeros."""
        layout = self.layout
        cell = np.zeros(rows.numbers.shape[1], dtype=np.int32)
        if layout.table is None:
            return cell
        for key, size in zip(layout.cell_keys, layout.cell_sizes, strict=True):
            cell *= np.int32(size)
            cell += rows.keys[key]
        return cell

    def _effect_arrays(self, n: int) -> list[FloatArray | None]:
        """Return room for each block's effects where other blocks need them; None for ones."""
        pairs = len(self.blocks) > 1
        return [
            np.empty((n, len(own.places))) if pairs and own.places != [0] else None
            for own in self._blocks
        ]

    def _add_chunk(
        self, rows: ScannedRows, cell: Codes, part: slice, effects: list[FloatArray | None]
    ) -> None:
        layout, size = self.layout, part.stop - part.start
        values = np.empty((size, len(layout.monomials)))
        parents, atoms = layout.steps
        monomials(rows.numbers, part.start, layout.centers, self._factors, parents, atoms, values)
        cells, weights, none = cell[part], rows.weights[part], rows.weights[:0]
        needed = self._needed or any(each is not None for each in effects)
        columns = self._columns(rows, values, cells, part) if needed else values
        if self.base is not None:
            add_triangle(values, cells, weights, self._rest, self.base.sums, self.base.full)
            if self.plain is not None:
                add_triangle(values, cells, none, self._all, self.plain.sums, self.plain.full)
        else:
            self._add_whole(columns, weights)
        for own, records, group in zip(self._blocks, self.blocks, rows.groups, strict=True):
            levels, summed = group[part], columns
            if own.by_cells:
                levels, summed = levels * np.int32(layout.cells) + cells, values
            add_products(summed, levels, weights, own.left, 0, records.sums, records.full)
        for own, made in zip(self._blocks, effects, strict=True):
            if made is not None:
                made[part] = columns[:, own.places]

    def _add_whole(self, columns: FloatArray, weights: FloatArray) -> None:
        if weights.size:
            self.whole_base += columns.T @ (columns * weights[:, None])
            self.whole_plain += columns.T @ columns
        else:
            self.whole_base += columns.T @ columns

    def _columns(
        self, rows: ScannedRows, values: FloatArray, cells: Codes, part: slice
    ) -> FloatArray:
        """Return the basis of some rows, (rows, basis)."""
        layout = self.layout
        columns = values[:, layout.monomial]
        if not layout.cell_keys:
            return columns
        if layout.table is not None:
            columns *= layout.table[cells]
        else:
            codes = {key: rows.keys[key][part].astype(np.int64) for key in layout.cell_keys}
            columns *= layout.coded(codes, len(values))
        return columns

    def _add_pairs(
        self,
        rows: ScannedRows,
        sums: "RowRecords | PairRuns",
        i: int,
        j: int,
        effects: list[FloatArray | None],
    ) -> None:
        one, two = rows.groups[i], rows.groups[j]
        first, second = effects[i], effects[j]
        n = len(one)
        left = np.ones((n, 1)) if first is None else first
        right = np.ones((n, 1)) if second is None else second
        if isinstance(sums, RowRecords):
            record = one * np.int32(len(self.layout.program.groups[j].levels)) + two
            own, places = np.hstack([left, right]), np.arange(left.shape[1], dtype=np.int32)
            width = left.shape[1]
            add_products(own, record, rows.weights, places, width, sums.sums, sums.full)
            return
        if rows.weights.size:
            left = left * rows.weights[:, None]
        sums.add(one, two, (left[:, :, None] * right[:, None, :]).reshape(n, -1))

    def joined(self, other: "RowAdder") -> "RowAdder":
        """Add the sums of another thread to these."""
        self.n += other.n
        self.log_weights += other.log_weights
        self.least = np.minimum(self.least, other.least)
        self.largest = np.maximum(self.largest, other.largest)
        self.whole_base += other.whole_base
        self.whole_plain += other.whole_plain
        own, others = (
            [each for each in (a.base, a.plain, *a.blocks) if each is not None]
            for a in (self, other)
        )
        for one, two in zip(own, others, strict=True):
            one.add(two)
        for key, sums in self.pairs.items():
            theirs = other.pairs[key]
            if isinstance(sums, PairRuns) and isinstance(theirs, PairRuns):
                sums.joined(theirs)
            elif isinstance(sums, RowRecords) and isinstance(theirs, RowRecords):
                sums.add(theirs)
        return self
