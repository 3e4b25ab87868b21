"""Columns of summed rows: products of numbers and codes, and what their sums say of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design.sums.summed_columns import Product
from mixwell.design.sums.summed_rows import BlockSums
from mixwell.design.sums.sums import Sums
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.column_moments import KnownMoments

__all__ = ["ColumnSums", "rows_like", "spare_rows_of"]

#: Squares of singular values this small compared with the largest one are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class ColumnSums:
    """Some columns of summed rows: products of numbers that count from `origins` (product, number).

    `combined` (basis, product) are the columns as combinations of the sums' basis.
    """

    sums: Sums
    products: tuple[Product, ...]
    origins: FloatArray
    combined: FloatArray

    @classmethod
    def of(
        cls, sums: Sums, products: Sequence[Product], origins: FloatArray | None = None
    ) -> "ColumnSums":
        """Return products, whose numbers count from 0 without `origins`, (product, number)."""
        shape = len(products), len(sums.centers)
        own = np.zeros(shape) if origins is None else origins
        columns = [sums.combinations([p], row) for p, row in zip(products, own, strict=True)]
        empty = np.zeros((len(sums.base), 0))
        return cls(sums, tuple(products), own, np.hstack([empty, *columns]))

    def part(self, chosen: Sequence[int]) -> "ColumnSums":
        """Return some of the columns."""
        kept = list(chosen)
        products = tuple(self.products[k] for k in kept)
        return ColumnSums(self.sums, products, self.origins[kept], self.combined[:, kept])

    @property
    def means(self) -> FloatArray:
        """The means of the columns."""
        return np.asarray(self.sums.means @ self.combined)

    def moments(self) -> KnownMoments:
        """Return the statistics of the columns, weights left out."""
        sums, around = self.sums, self.sums.around_means(self.combined)
        means = sums.means @ self.combined
        central = around.T @ sums.plain @ around / sums.n
        low, high = np.array([self._ends(k) for k in range(len(means))]).reshape(-1, 2).T
        same = low == high
        central[same, :] = central[:, same] = 0.0
        return KnownMoments(
            sums.n, np.where(same, low, means), (central + central.T) / 2, low.copy(), high.copy()
        )

    def _ends(self, place: int) -> tuple[float, float]:
        """Return between which values a column lies: those that it has, or of products bounds."""
        product, origins = self.products[place], self.origins[place]
        ranges = [
            (self.sums.least[k] - origins[k], self.sums.largest[k] - origins[k])
            for k in product.numbers
        ]
        for factor, column in product.codes:
            codes = self.sums.columns.factors[factor].matrix[:, column]
            ranges.append((codes.min(), codes.max()))
        low, high = 1.0, 1.0
        for least, largest in ranges:
            ends = (low * least, low * largest, high * least, high * largest)
            low, high = float(min(ends)), float(max(ends))
        return low, high


def rows_like(moments: KnownMoments) -> FloatArray:
    """Return rows (k + 1, k) whose sums of products are those of all rows.

    Whatever depends on rows by projections alone (rank, least squares) is the same. The first has
    the means; the others are a root of what is around them, so that columns far from zero keep
    their digits. What rounding has left where columns add up to one another is taken for nothing:
    its root would not be small.
    """
    sizes = moments.sds
    plain = np.where(sizes > 0, sizes, 1.0)
    values, vectors = np.linalg.eigh(moments.central / np.outer(plain, plain))
    rounding = len(values) * np.finfo(float).eps * values.max(initial=0.0)
    root = np.sqrt(np.where(values > rounding, values, 0.0))[:, None] * vectors.T * sizes
    return np.asarray(np.sqrt(moments.n) * np.vstack([moments.means, root]))


def spare_rows_of(block: BlockSums, effects: FloatArray) -> int:
    """Return how many rows are left when every level's effects fit as many as they can.

    `effects` are combinations of the block's part of the basis, (q of the sums, q): the rows of
    each level less the rank of its cross-products, in sum.
    """
    gram = effects.T @ block.gram @ effects
    sizes = np.sqrt(gram.diagonal(axis1=1, axis2=2).sum(axis=0))
    sizes[sizes == 0] = 1.0
    values = np.linalg.eigvalsh(gram / np.outer(sizes, sizes))
    ranks = (values > _ROUNDING * values[:, -1:]).sum(axis=1)
    return int(np.sum(block.counts - ranks))
