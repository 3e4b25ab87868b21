"""How a scan adds up a model's columns: which sums are kept, in records of which size.

Columns are products of numbers and of codes of factors. Rows of one *cell* of all coded factors
have the same codes, so that sums of products of numbers, cell by cell, give those of all columns:
few additions a row, however many columns. Where cells are so many that their records would be much
longer than the columns', the columns themselves are made, some rows at a time.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from mixwell.design.sums.scan.sums_program import SumsProgram
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

__all__ = ["ScanLayout", "centers_of"]

#: Numbers in the sums of all cells, 32 MB; and cells whose codes stand in a table.
_CELL_SUMS, _TABLED = 4_000_000, 100_000
#: Records of cells may be so many times as long as those of columns: they cost less to add to.
_LONGER = 4

type Places = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ScanLayout:
    """The layout of a program's sums, and where numbers count from (numbers,)."""

    program: SumsProgram
    centers: FloatArray
    scales: FloatArray

    @cached_property
    def monomials(self) -> tuple[tuple[int, ...], ...]:
        """The products of numbers that occur in the basis: 1 first, each after its parts."""
        found = {product.numbers for product in self.program.columns.basis}
        return tuple(sorted(found, key=lambda numbers: (len(numbers), numbers)))

    @cached_property
    def steps(self) -> tuple[Places, Places]:
        """For each monomial the one that it is a multiple of, and the number that it is times."""
        place = {numbers: i for i, numbers in enumerate(self.monomials)}
        parents = [place[numbers[:-1]] if numbers else 0 for numbers in self.monomials]
        atoms = [numbers[-1] if numbers else 0 for numbers in self.monomials]
        return np.array(parents, dtype=np.int32), np.array(atoms, dtype=np.int32)

    @cached_property
    def monomial(self) -> IntArray:
        """The monomial of each product of the basis, (basis,)."""
        place = {numbers: i for i, numbers in enumerate(self.monomials)}
        return np.array([place[product.numbers] for product in self.program.columns.basis])

    @cached_property
    def cell_keys(self) -> tuple[int, ...]:
        """The keys of coded factors, each once: their combinations are the cells."""
        used = {f for product in self.program.columns.basis for f, _ in product.codes}
        return tuple(dict.fromkeys(self.program.factors[f] for f in sorted(used)))

    @cached_property
    def cell_sizes(self) -> tuple[int, ...]:
        """How many levels each of the cells' keys has."""
        return tuple(len(self.program.keys[k].keys) for k in self.cell_keys)

    @property
    def cells(self) -> int:
        """The number of cells."""
        return prod(self.cell_sizes)

    @cached_property
    def table(self) -> FloatArray | None:
        """What the codes of each cell are in each product of the basis, (cells, basis)."""
        if self.cells * len(self.monomial) > 20 * _CELL_SUMS or self.cells > _TABLED:
            return None
        levels = np.unravel_index(np.arange(self.cells), self.cell_sizes) if self.cell_keys else ()
        codes = dict(zip(self.cell_keys, levels, strict=True))
        return self.coded(codes, self.cells)

    def coded(self, codes: dict[int, IntArray], rows: int) -> FloatArray:
        """Return the product of codes in each product of the basis, (rows, basis)."""
        columns, program = self.program.columns, self.program
        made = np.ones((rows, len(columns.basis)))
        for place, product in enumerate(columns.basis):
            for factor, column in product.codes:
                own = columns.factors[factor].matrix[:, column]
                made[:, place] *= own[codes[program.factors[factor]]]
        return made

    @cached_property
    def by_cells(self) -> bool:
        """Whether the sums of all columns are kept by cells."""
        return self.table is not None and self.cells * len(self.monomials) ** 2 <= _CELL_SUMS

    def block_places(self, block: int) -> tuple[int, ...]:
        """Return the places in the basis of what a block's effects are made of."""
        columns = self.program.columns
        return columns.block_basis(columns.groupings[block])

    def block_left(self, block: int) -> Places:
        """Return the monomials of a block's effects, each once."""
        own = self.monomial[list(self.block_places(block))]
        return np.unique(own).astype(np.int32)

    def block_by_cells(self, block: int) -> bool:
        """Whether a block's sums are kept by level and cell."""
        width = len(self.block_places(block)) * len(self.monomial)
        long = self.cells * len(self.block_left(block)) * len(self.monomials)
        records = self.cells * len(self.program.groups[block].levels)
        return self.by_cells and long <= _LONGER * width and records < 2**31

    @cached_property
    def leader(self) -> int | None:
        """The block whose totals have most of the sums of all columns; None for none."""
        found = [k for k in range(len(self.program.groups)) if self.block_by_cells(k)]
        if not found or not self.by_cells:
            return None
        return max(found, key=lambda k: len(self.block_left(k)))

    @cached_property
    def rest(self) -> Places:
        """The monomials whose products with one another no block's totals have."""
        led = [] if self.leader is None else self.block_left(self.leader).tolist()
        rest = [m for m in range(len(self.monomials)) if m not in led]
        return np.array(rest, dtype=np.int32)

    @property
    def whole(self) -> bool:
        """Whether columns have to be made, row by row."""
        blocks = range(len(self.program.groups))
        return not (self.by_cells and all(self.block_by_cells(k) for k in blocks))


def centers_of(
    mean: FloatArray, sd: FloatArray, constant: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return where numbers count from, and in which scale, given means and sds, all (numbers,).

    Scales are powers of two and centers multiples of these: whole numbers stay whole, and what is
    summed of them is exact. Any center within some sds of the mean is as good.
    """
    size = np.where(constant | (sd == 0), np.where(mean == 0, 1.0, np.abs(mean)), sd)
    scale = np.exp2(np.floor(np.log2(size)))
    return np.where(constant, mean, np.rint(mean / scale) * scale), scale
