"""Sums by queries, for engines that only run these: one for each grouping factor and pair of them.

Rows are grouped by a factor's levels and by cells of coded factors; of each group come the sums of
products of numbers, as in a scan. All products are asked for with the largest factor's, so that
each engine adds up a few rows a group, and groups are added here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from mixwell.design.sums.scan.group_codes import GroupCodes
from mixwell.design.sums.scan.scan_layout import ScanLayout, centers_of
from mixwell.design.sums.scan.sums_program import SumsProgram
from mixwell.design.sums.summed_rows import BlockSums
from mixwell.design.sums.sums import Sums
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["AskedTable", "query_sums"]


class AskedTable(Protocol):
    """What is asked of a table: aggregates of all rows, and of groups."""

    def aggregate(self, purpose: str, exprs: Mapping[str, "nw.Expr"]) -> dict[str, object]:
        """Return aggregates of all rows by name."""

    def grouped(
        self, purpose: str, keys: Mapping[str, "nw.Expr"], exprs: Mapping[str, "nw.Expr"]
    ) -> pa.Table:
        """Return the keys of each group and its aggregates."""


def query_sums(program: SumsProgram, table: AskedTable) -> Sums:
    """Add up the rows of a table by queries: those of a scan, but for the last digits.

    Raises `DataError` for a table without rows, and for keys that are no level.
    """
    asked = _AskedProgram.of(program, table)
    layout, blocks = asked.layout, range(len(program.groups))
    sizes = [len(group.levels) for group in program.groups]
    leader = int(np.argmax(sizes)) if sizes else None
    led = asked.groups([] if leader is None else [leader], asked.all_pairs)
    base, plain = (asked.base(led, weighted=weighted) for weighted in (True, False))
    found = []
    for block in blocks:
        own = led if block == leader else asked.groups([block], asked.block_pairs(block))
        found.append(asked.block(block, own))
    return Sums(
        columns=program.columns,
        centers=layout.centers,
        scales=layout.scales,
        least=asked.least,
        largest=asked.largest,
        n=asked.n,
        weighted=asked.weighted,
        sum_log_weights=asked.log_weights,
        base=base,
        plain=plain,
        blocks=tuple(found),
        between={(i, j): asked.between(i, j) for j in blocks for i in range(j)},
    )


@dataclass(frozen=True, eq=False)
class _GroupedSums:
    """Groups of rows: levels of each block asked for, codes of cells (groups, basis), sums.

    `products` are by pair of monomials, `plain` those without weights.
    """

    levels: list[NDArray[np.int32]]
    codes: FloatArray
    counts: FloatArray
    products: Mapping[tuple[int, int], FloatArray]
    plain: Mapping[tuple[int, int], FloatArray]

    def product(self, one: int, two: int) -> FloatArray:
        """Return the sums of a product of two monomials, group by group."""
        return self.products[min(one, two), max(one, two)]


@dataclass(frozen=True, eq=False)
class _AskedProgram:
    """A program on its table, with what the first query answered."""

    program: SumsProgram
    table: AskedTable
    layout: ScanLayout
    n: int
    log_weights: float
    least: FloatArray
    largest: FloatArray
    coder: GroupCodes

    @classmethod
    def of(cls, program: SumsProgram, table: AskedTable) -> "_AskedProgram":
        """Ask for centers and scales."""
        import narwhals as nw

        exprs = {"rows": nw.len()}
        for k, number in enumerate(program.numbers):
            exprs |= {
                f"mean {k}": number.mean(),
                f"sd {k}": number.std(ddof=0),
                f"least {k}": number.min(),
                f"largest {k}": number.max(),
            }
        if program.weights is not None:
            exprs["weights"] = program.weights.log().sum()
        answer = table.aggregate("find where numbers lie", exprs)
        n = int(str(answer["rows"]))
        if n == 0:
            raise DataError("No row is left to be summed.", hint="Look at subset() and at gaps.")

        def of(name: str) -> FloatArray:
            return np.array([float(str(answer[f"{name} {k}"])) for k in numbers])

        numbers = range(len(program.numbers))
        least, largest = of("least"), of("largest")
        layout = ScanLayout(program, *centers_of(of("mean"), of("sd"), least == largest))
        logs = float(str(answer["weights"])) if program.weights is not None else 0.0
        return cls(program, table, layout, n, logs, least, largest, GroupCodes(program))

    @property
    def all_pairs(self) -> list[tuple[int, int]]:
        """All pairs of monomials."""
        size = len(self.layout.monomials)
        return [(one, two) for one in range(size) for two in range(one, size)]

    def block_pairs(self, block: int) -> list[tuple[int, int]]:
        """Return the pairs of monomials of which one is of a block's effects."""
        left = set(self.layout.block_left(block).tolist())
        return [(one, two) for one, two in self.all_pairs if one in left or two in left]

    def groups(self, blocks: Sequence[int], pairs: Iterable[tuple[int, int]]) -> _GroupedSums:
        """Ask for sums of pairs of monomials by the levels of blocks, and by cells."""
        import narwhals as nw

        program, wanted = self.program, list(pairs)
        used = {*self.layout.cell_keys, *(k for b in blocks for k in program.groups[b].keys)}
        keys = {f"key {k}": program.keys[k].expr for k in sorted(used)}
        monomials = self._monomials()
        exprs: dict[str, nw.Expr] = {"rows": nw.len()}
        for one, two in wanted:
            exprs |= self._sums(monomials, one, two)
        factors = " and ".join(program.columns.groupings[b].factor for b in blocks)
        purpose = f"sum products by {factors}" if factors else "sum products"
        if keys:
            answer = self.table.grouped(purpose, keys, exprs)
        else:
            whole = self.table.aggregate(purpose, exprs)
            answer = pa.table({name: [value] for name, value in whole.items()})
        codes = {k: self.coder.key(k, answer[f"key {k}"].combine_chunks()) for k in used}
        rows = answer.num_rows
        return _GroupedSums(
            [self.coder.levels(block, codes) for block in blocks],
            self.layout.coded({k: codes[k].astype(np.int64) for k in self.layout.cell_keys}, rows),
            _numbers(answer["rows"]),
            {pair: _numbers(answer[f"{pair}"]) for pair in wanted},
            {
                pair: _numbers(answer[f"plain {pair}" if self.weighted else f"{pair}"])
                for pair in wanted
            },
        )

    @property
    def weighted(self) -> bool:
        """Whether rows have weights."""
        return self.program.weights is not None

    def _monomials(self) -> list["nw.Expr"]:
        """Return the products of numbers, counted from their centers."""
        import narwhals as nw

        layout, made = self.layout, [nw.lit(1.0)]
        parents, atoms = (step.tolist() for step in layout.steps)
        for parent, atom in zip(parents[1:], atoms[1:], strict=True):
            center, scale = float(layout.centers[atom]), float(layout.scales[atom])
            own = (self.program.numbers[atom] - center) / scale
            made.append(own if parent == 0 else made[parent] * own)
        return made

    def _sums(self, monomials: list["nw.Expr"], one: int, two: int) -> dict[str, "nw.Expr"]:
        product = monomials[two] if one == 0 else monomials[one] * monomials[two]
        if self.program.weights is None:
            return {f"{(one, two)}": product.sum() if two else _ones()}
        weighted = (product * self.program.weights) if two else self.program.weights
        return {
            f"{(one, two)}": weighted.sum(),
            f"plain {(one, two)}": product.sum() if two else _ones(),
        }

    def base(self, led: _GroupedSums, *, weighted: bool) -> FloatArray:
        """Return the cross-products of the basis, added over groups."""
        products, monomial = led.products if weighted else led.plain, self.layout.monomial
        made = np.zeros((len(monomial), len(monomial)))
        for (one, two), sums in products.items():
            rows, columns = (np.flatnonzero(monomial == m) for m in (one, two))
            own = led.codes[:, rows].T @ (sums[:, None] * led.codes[:, columns])
            made[np.ix_(rows, columns)] = own
            made[np.ix_(columns, rows)] = own.T
        return made

    def block(self, block: int, own: _GroupedSums) -> BlockSums:
        """Return a block's sums, added over cells."""
        layout, levels = self.layout, self.program.groups[block].levels
        places, monomial = layout.block_places(block), layout.monomial
        spread = _indicator(own.levels[0], len(levels))
        cross = np.empty((len(levels), len(places), len(monomial)))
        for row, place in enumerate(places):
            for m in range(len(layout.monomials)):
                columns = np.flatnonzero(monomial == m)
                sums = own.product(int(monomial[place]), m) * own.codes[:, place]
                cross[:, row, columns] = spread @ (sums[:, None] * own.codes[:, columns])
        factor = self.program.columns.groupings[block].factor
        return BlockSums(factor, levels, places, spread @ own.counts, cross)

    def between(self, i: int, j: int) -> sparse.csr_array:
        """Return Z_i'WZ_j of two blocks."""
        layout, monomial = self.layout, self.layout.monomial
        first, second = layout.block_places(i), layout.block_places(j)
        pairs = {
            (min(one, two), max(one, two))
            for one in monomial[list(first)].tolist()
            for two in monomial[list(second)].tolist()
        }
        own = self.groups([i, j], sorted(pairs))
        rows, columns, values = [], [], []
        for a, one in enumerate(first):
            for b, two in enumerate(second):
                sums = own.product(int(monomial[one]), int(monomial[two]))
                values.append(sums * own.codes[:, one] * own.codes[:, two])
                rows.append(own.levels[0].astype(np.int64) * len(first) + a)
                columns.append(own.levels[1].astype(np.int64) * len(second) + b)
        sizes = [len(self.program.groups[k].levels) for k in (i, j)]
        shape = (sizes[0] * len(first), sizes[1] * len(second))
        parts = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.csr_array(sparse.coo_array(parts, shape=shape))


def _ones() -> "nw.Expr":
    import narwhals as nw

    return nw.len()


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _indicator(levels: NDArray[np.int32] | IntArray, size: int) -> sparse.csr_array:
    """Return which groups are of which level, (levels, groups)."""
    parts = (np.ones(len(levels)), (levels, np.arange(len(levels))))
    return sparse.csr_array(sparse.coo_array(parts, shape=(size, len(levels))))
