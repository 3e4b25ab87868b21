"""From the records of a scan to `Sums`: exact linear maps from cells and monomials to columns."""

import numpy as np
from scipy import sparse

from mixwell.design.sums.scan.pair_runs import PairRuns
from mixwell.design.sums.scan.row_adder import RowAdder, RowRecords
from mixwell.design.sums.scan.scan_layout import ScanLayout
from mixwell.design.sums.summed_rows import BlockSums
from mixwell.design.sums.sums import Sums
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import Places

__all__ = ["sums_of"]


def sums_of(added: RowAdder) -> Sums:
    """Return the sums of all rows that were added up."""
    layout = added.layout
    totals = [records.total() for records in added.blocks]
    base, plain = _base(added, totals)
    return Sums(
        columns=layout.program.columns,
        centers=layout.centers,
        scales=layout.scales,
        least=added.least,
        largest=added.largest,
        n=added.n,
        weighted=added.weighted,
        sum_log_weights=added.log_weights,
        base=base,
        plain=plain,
        blocks=tuple(_block(layout, k, total) for k, total in enumerate(totals)),
        between={pair: _between(layout, pair, sums) for pair, sums in added.pairs.items()},
    )


def _base(added: RowAdder, totals: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return the basis's cross-products, weighted and not."""
    layout = added.layout
    if added.base is None:
        return added.whole_base, added.whole_plain if added.weighted else added.whole_base
    size = len(layout.monomials)
    by_cell = np.zeros((layout.cells, size, size))
    _fill_triangle(by_cell, added.base.total(), layout.rest)
    if layout.leader is not None:
        left = layout.block_left(layout.leader)
        found = totals[layout.leader][:, 1:].reshape(-1, layout.cells, len(left), size)
        products = found.sum(axis=0)
        by_cell[:, left, :] = products
        by_cell[:, :, left] = products.transpose(0, 2, 1)
    base = _of_cells(layout, by_cell)
    if added.plain is None:
        return base, base
    unweighted = np.zeros_like(by_cell)
    _fill_triangle(unweighted, added.plain.total(), np.arange(size))
    return base, _of_cells(layout, unweighted)


def _fill_triangle(by_cell: FloatArray, total: FloatArray, chosen: IntArray | Places) -> None:
    one, two = np.triu_indices(len(chosen))
    by_cell[:, chosen[one], chosen[two]] = total[:, 1:]
    by_cell[:, chosen[two], chosen[one]] = total[:, 1:]


def _of_cells(layout: ScanLayout, by_cell: FloatArray) -> FloatArray:
    """Return the cross-products of the basis from those of monomials in each cell."""
    table, monomial = layout.table, layout.monomial
    assert table is not None
    made = np.zeros((len(monomial), len(monomial)))
    for one in range(by_cell.shape[1]):
        rows = np.flatnonzero(monomial == one)
        for two in range(by_cell.shape[2]):
            columns = np.flatnonzero(monomial == two)
            weighted = by_cell[:, one, two, None] * table[:, columns]
            made[np.ix_(rows, columns)] = table[:, rows].T @ weighted
    return made


def _block(layout: ScanLayout, block: int, total: FloatArray) -> BlockSums:
    places, levels = layout.block_places(block), layout.program.groups[block].levels
    k = len(layout.monomial)
    if layout.block_by_cells(block):
        by_cell = total.reshape(len(levels), layout.cells, -1)
        counts, cross = by_cell[:, :, 0].sum(axis=1), _block_of_cells(layout, block, by_cell)
    else:
        counts, cross = total[:, 0].copy(), total[:, 1:].reshape(len(levels), len(places), k).copy()
    factor = layout.program.columns.groupings[block].factor
    return BlockSums(factor, levels, places, counts, cross)


def _block_of_cells(layout: ScanLayout, block: int, by_cell: FloatArray) -> FloatArray:
    """Return Z'W[basis], (levels, q, basis), from sums of monomials by level and cell."""
    table, monomial = layout.table, layout.monomial
    assert table is not None
    places, left = layout.block_places(block), layout.block_left(block).tolist()
    size = len(layout.monomials)
    cross = np.empty((len(by_cell), len(places), len(monomial)))
    for row, place in enumerate(places):
        first = 1 + left.index(int(monomial[place])) * size
        for m in range(size):
            columns = np.flatnonzero(monomial == m)
            codes = table[:, [place]] * table[:, columns]
            cross[:, row, columns] = by_cell[:, :, first + m] @ codes
    return cross


def _between(
    layout: ScanLayout, pair: tuple[int, int], sums: RowRecords | PairRuns
) -> sparse.csr_array:
    if isinstance(sums, PairRuns):
        return sums.total()
    one, two = (len(layout.program.groups[k].levels) for k in pair)
    first, second = (len(layout.block_places(k)) for k in pair)
    blocks = sums.total()[:, 1:].reshape(one, two, first, second)
    return sparse.csr_array(blocks.transpose(0, 2, 1, 3).reshape(one * first, two * second))
