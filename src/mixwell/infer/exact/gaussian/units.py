"""Units in which cross-products are computed: squares and their squares stay within floats.

A response near 1e140 has squares near 1e280, and products of those are infinite. What lies far from
1 is measured in a power of two near its size, so that no digit changes: the response, the columns
of X and of each block, and the weights. Elsewhere the user's own units are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixwell.infer.exact.gaussian.cross_products import Rows
from mixwell.infer.exact.gaussian.gaussian_likelihood import Batch, FixedPrior
from mixwell.numeric.arrays import FloatArray

__all__ = ["Units", "powers_near", "units_of"]

#: Sizes between one over it and it are left as they are; for weights, which are squares.
_PLAIN, _PLAIN_WEIGHT = 1e20, 1e6


@dataclass(frozen=True, eq=False)
class Units:
    """The units of the response, of X's columns (p,), of each block's columns (q,), of weights."""

    response: float
    columns: FloatArray
    blocks: tuple[FloatArray, ...]
    weight: float = 1.0

    @property
    def coefficients(self) -> FloatArray:
        """What one unit of each coefficient is in the user's, (p,)."""
        return self.response / self.columns

    def effects(self, k: int) -> FloatArray:
        """Return what one unit of each effect of a block is in the user's, (q,)."""
        return self.response / self.blocks[k]

    def rows(self, rows: Rows) -> Rows:
        """Return rows in these units."""
        blocks = tuple(
            block if (unit == 1).all() else replace(block, values=block.values / unit)
            for block, unit in zip(rows.blocks, self.blocks, strict=True)
        )
        plain = bool((self.columns == 1).all())
        weights = None if rows.weights is None else rows.weights / self.weight
        return Rows(
            blocks,
            rows.x if plain else lambda part: rows.x(part) / self.columns,
            rows.y / self.response,
            weights,
        )

    def batch(self, sigma: FloatArray, roots: Sequence[FloatArray], given: FloatArray) -> Batch:
        """Return vectors in these units; `given` are values of coefficients in these already."""
        scaled = [root / self.effects(k)[:, None] for k, root in enumerate(roots)]
        return Batch(sigma / self.response / np.sqrt(self.weight), tuple(scaled), given)

    def prior(self, mean: FloatArray, precision: FloatArray, given: Sequence[int]) -> FixedPrior:
        """Return normal priors of coefficients in these units."""
        unit = self.coefficients
        return FixedPrior(mean / unit, precision * unit * unit, tuple(given))

    def log_density(self, n: int, prior: FixedPrior, *, profile: bool = False) -> float:
        """Return what is added to a log marginal likelihood in these units to get the user's."""
        flat = [j for j in prior.free if prior.precision[j] == 0]
        each = 0.0 if profile else float(np.log(self.coefficients[flat]).sum())
        return each - n * float(np.log(self.response))


def units_of(rows: Rows, columns: FloatArray) -> Units:
    """Choose the units of rows; `columns` are the largest sizes of X's columns, (p,)."""
    largest = np.array([np.abs(rows.y).max(initial=0.0)])
    blocks = tuple(
        powers_near(np.maximum(block.values.max(axis=0), -block.values.min(axis=0)))
        for block in rows.blocks
    )
    weight = 1.0
    if rows.weights is not None:
        middle = np.exp(np.log(rows.weights).mean())
        weight = float(powers_near(np.array([middle]), weights=True)[0])
    response = float(powers_near(largest)[0])
    return Units(response, powers_near(columns), blocks, weight)


def powers_near(sizes: FloatArray, *, weights: bool = False) -> FloatArray:
    """Return the power of two near each size, 1 for sizes that are plain, and for 0."""
    plain = _PLAIN_WEIGHT if weights else _PLAIN
    far = (sizes > plain) | ((sizes > 0) & (sizes < 1 / plain))
    return np.where(far, np.exp2(np.rint(np.log2(np.where(far, sizes, 1.0)))), 1.0)
