"""The cross-products of a model's columns: all that a gaussian model needs of its rows.

What is summed are products of the *basis* (see `SummedColumns.basis`): every number counts from a
center near its mean, in a power of two near its standard deviation, so that squares keep their
digits: raw moments at a mean of 1e7 and an sd of 1 have lost them all. Columns in the user's own
units are exact combinations of these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mixwell.design.sums.summed_columns import Product, SummedColumns
from mixwell.design.sums.summed_source import SummedSource
from mixwell.numeric.arrays import FloatArray

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["BlockSums", "CrossProducts", "between_effects"]


@dataclass(frozen=True, eq=False)
class BlockSums:
    """The sums of one grouping factor, level by level.

    `places` (q,) are the places in the basis of what the effects are made of; `counts` (n_levels,)
    the rows of each level; `cross` (n_levels, q, basis) is Z'W[basis], in which Z'WZ is the columns
    at `places`.
    """

    factor: str
    levels: tuple[str, ...]
    places: tuple[int, ...]
    counts: FloatArray
    cross: FloatArray

    @property
    def gram(self) -> FloatArray:
        """Z'WZ of each level, (n_levels, q, q)."""
        return self.cross[:, :, list(self.places)]


@dataclass(frozen=True, eq=False)
class CrossProducts:
    """The cross-products of a model's columns, whatever rows they are of.

    `columns` says what is summed. Numbers are (x - `centers`) / `scales`, both (numbers,), with
    their `least` and `largest` values in the user's units. `n` rows have the sum `sum_log_weights`
    of the logarithms of their weights W. `base` (basis, basis) is B'WB of the basis B, `plain` the
    same without weights. `between` holds Z_i'WZ_j of pairs of blocks i < j, rows and columns level
    by level, sparse. `source` is what a model can be made of without the rows.
    """

    columns: SummedColumns
    centers: FloatArray
    scales: FloatArray
    least: FloatArray
    largest: FloatArray
    n: int
    weighted: bool
    sum_log_weights: float
    base: FloatArray
    plain: FloatArray
    blocks: tuple[BlockSums, ...]
    between: Mapping[tuple[int, int], "sparse.csr_array"]
    source: SummedSource | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns: "1", those of the effects, the response last."""
        return self.columns.names

    @property
    def means(self) -> FloatArray:
        """Means of the basis over the rows, weights left out, (basis,)."""
        return np.asarray(self.plain[0] / self.n)

    def combinations(
        self,
        products: Sequence[Product] | None = None,
        origins: FloatArray | None = None,
        units: FloatArray | None = None,
    ) -> FloatArray:
        """Return products, else all columns, as combinations of the basis, (basis, products).

        Numbers of the products count from `origins`, of old 0, in `units`, of old 1.
        """
        own = self.columns.products if products is None else products
        return self.columns.coefficients(own, self.centers, self.scales, origins, units)

    def effect_combinations(self, block: int, origins: FloatArray | None = None) -> FloatArray:
        """Return a block's effects as combinations of its part of the basis, (q, effects).

        Numbers count from `origins`, of old 0, in the user's units.
        """
        effects = [self.columns.products[j] for j in self.columns.groupings[block].effects]
        return self.combinations(effects, origins)[list(self.blocks[block].places)]

    def column_means(self) -> FloatArray:
        """Return the mean of each column in the user's units, weights left out, (columns,)."""
        return np.asarray(self.means @ self.combinations())

    def column_sds(self) -> FloatArray:
        """Return the standard deviation (of n) of each column, weights left out, (columns,)."""
        own = self.around_means(self.combinations())
        squares = np.einsum("ij,ij->j", own, self.plain @ own) / self.n
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)))

    def around_means(self, combined: FloatArray) -> FloatArray:
        """Return combinations of the basis, (basis, any), counted from their means."""
        moved = combined.copy()
        moved[0] = -(self.means[1:] @ combined[1:])
        return moved


def between_effects(
    sums: CrossProducts, pair: tuple[int, int], left: FloatArray, right: FloatArray
) -> "sparse.csr_array":
    """Return Z_i'WZ_j of a pair of blocks for combinations of their effects, (q_i, any) each."""
    from scipy import sparse

    found = sums.between[pair]
    first, second = (len(sums.blocks[k].levels) for k in pair)
    if not _identity(left):
        spread = sparse.csr_array(sparse.kron(sparse.eye_array(first), left))
        found = sparse.csr_array(spread.T @ found)
    if not _identity(right):
        found = sparse.csr_array(
            found @ sparse.csr_array(sparse.kron(sparse.eye_array(second), right))
        )
    return found


def _identity(matrix: FloatArray) -> bool:
    return matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix)))
