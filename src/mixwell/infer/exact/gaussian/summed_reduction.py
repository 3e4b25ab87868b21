"""From sums over rows that lie elsewhere to the cross-products of a gaussian model.

What `reduce_rows` adds up row by row are combinations of the sums' basis: exact linear maps.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy import sparse

from mixwell.design.sums.summed_rows import BlockSums, CrossProducts, between_effects
from mixwell.infer.exact.gaussian.cross_products import (
    DENSE,
    Block,
    Reduction,
    with_classes,
)
from mixwell.infer.exact.gaussian.units import Units, powers_near
from mixwell.numeric.arrays import FloatArray

__all__ = ["counted_from_start", "reduction_of", "summed_units"]


def summed_units(sums: CrossProducts, x: FloatArray, effects: Sequence[FloatArray]) -> Units:
    """Choose the units of summed columns, by their root mean squares (see `units_of`)."""

    def sizes(combined: FloatArray) -> FloatArray:
        squares = np.einsum("ij,ij->j", combined, sums.plain @ combined)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0) / sums.n))

    blocks = tuple(
        powers_near(sizes(_spread(block, effect, len(sums.base))))
        for block, effect in zip(sums.blocks, effects, strict=True)
    )
    mean_log = sums.sum_log_weights / sums.n
    weight = float(powers_near(np.exp([mean_log]), weights=True)[0]) if sums.weighted else 1.0
    response = float(powers_near(sizes(_response(sums)[:, None]))[0])
    return Units(response, powers_near(sizes(x)), blocks, weight)


def _spread(block: BlockSums, effect: FloatArray, size: int) -> FloatArray:
    """Return effects as combinations of the whole basis, (basis, q)."""
    made = np.zeros((size, effect.shape[1]))
    made[list(block.places)] = effect
    return made


def _response(sums: CrossProducts) -> FloatArray:
    """Return the response, less its offset, as a combination of the basis, (basis,)."""
    return sums.combinations(sums.columns.products[-1:])[:, 0]


def reduction_of(
    sums: CrossProducts,
    x: FloatArray,
    effects: Sequence[FloatArray],
    units: Units,
    *,
    center: bool = False,
) -> Reduction:
    """Return the cross-products of summed rows, as `reduce_rows` returns those of rows.

    `x` (basis, p) are the columns of X as combinations of the basis, in the user's units;
    `effects` those of each block as combinations of the block's part of it, (q of the sums, q).
    """
    own_x = x / units.columns
    own_effects = [each / unit for each, unit in zip(effects, units.blocks, strict=True)]
    x_means = sums.means @ own_x
    if center and own_x.shape[1] > 1:
        own_x[:, 1:] = sums.around_means(own_x[:, 1:])
    scale = 1.0 / units.weight
    start, xy = counted_from_start(sums, own_x, _response(sums) / units.response)
    sizes = [len(b.levels) * e.shape[1] for b, e in zip(sums.blocks, own_effects, strict=True)]
    eliminated = int(np.argmax(sizes)) if sizes else None
    rest = tuple(k for k in range(len(sizes)) if k != eliminated)
    gram, cross = _lead(sums, own_effects, eliminated, rest, xy)
    n_levels = len(gram)
    logs = sums.sum_log_weights - sums.n * float(np.log(units.weight)) if sums.weighted else 0.0
    return with_classes(
        Reduction(
            n=sums.n,
            sum_log_weights=logs,
            eliminated=eliminated,
            rest=rest,
            blocks=tuple(
                Block(np.empty((0, e.shape[1])), np.empty(0, dtype=np.int64), len(b.levels))
                for b, e in zip(sums.blocks, own_effects, strict=True)
            ),
            base=_base(sums, own_effects, rest, xy) * scale,
            cross=cross * scale,
            gram=gram * scale,
            counts=np.ones(n_levels),
            level_class=np.arange(n_levels),
            products=np.zeros((0, 0, 0)),
            positions=None,
            start=start,
            x_means=x_means,
        )
    )


def counted_from_start(
    sums: CrossProducts, x: FloatArray, y: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients near the solution, and [X, y - X start], (basis, p + 1)."""
    gram, target = x.T @ sums.base @ x, x.T @ sums.base @ y
    sizes = np.sqrt(np.diagonal(gram))
    sizes[sizes == 0] = 1.0
    start = np.linalg.lstsq(gram / np.outer(sizes, sizes), target / sizes, rcond=None)[0] / sizes
    return start, np.column_stack([x, y - x @ start])


def _block_cross(block: BlockSums, effect: FloatArray, xy: FloatArray) -> FloatArray:
    """Return Z'[X y] of a block, (n_levels * q, p + 1)."""
    found = np.einsum("lbk,ba->lak", block.cross @ xy, effect)
    return np.ascontiguousarray(found).reshape(-1, xy.shape[1])


def _block_gram(block: BlockSums, effect: FloatArray) -> FloatArray:
    """Return Z'Z of each level, (n_levels, q, q), symmetric to the last digit."""
    found = effect.T @ block.gram @ effect
    return np.asarray((found + found.transpose(0, 2, 1)) / 2)


def _between(
    sums: CrossProducts, effects: Sequence[FloatArray], i: int, j: int
) -> sparse.csr_array:
    """Return Z_i'Z_j of two blocks, sparse, rows and columns level by level."""
    if i > j:
        return sparse.csr_array(_between(sums, effects, j, i).T)
    return between_effects(sums, (i, j), effects[i], effects[j])


def _lead(
    sums: CrossProducts,
    effects: Sequence[FloatArray],
    eliminated: int | None,
    rest: tuple[int, ...],
    xy: FloatArray,
) -> tuple[FloatArray, FloatArray | sparse.csr_array]:
    """Return the eliminated block's Z'Z by level and Z'R."""
    m = sum(len(sums.blocks[k].levels) * effects[k].shape[1] for k in rest)
    if eliminated is None:
        return np.zeros((0, 0, 0)), np.zeros((0, m + xy.shape[1]))
    block, effect = sums.blocks[eliminated], effects[eliminated]
    gram, own = _block_gram(block, effect), _block_cross(block, effect, xy)
    parts = [_between(sums, effects, eliminated, k) for k in rest]
    if not parts:
        return gram, own
    if m <= DENSE:
        return gram, np.hstack([*(part.toarray() for part in parts), own])
    return gram, sparse.csr_array(sparse.hstack([*parts, sparse.csr_array(own)]))


def _base(
    sums: CrossProducts, effects: Sequence[FloatArray], rest: tuple[int, ...], xy: FloatArray
) -> FloatArray:
    """Return R'R of what is left when a block is eliminated."""
    sizes = [len(sums.blocks[k].levels) * effects[k].shape[1] for k in rest]
    ends = np.cumsum([0, *sizes])
    m = int(ends[-1])
    base = np.zeros((m + xy.shape[1], m + xy.shape[1]))
    places = [slice(int(a), int(b)) for a, b in pairwise(ends)]
    for i, (k, own) in enumerate(zip(rest, places, strict=True)):
        gram = _block_gram(sums.blocks[k], effects[k])
        q = gram.shape[1]
        levels = own.start + q * np.arange(len(gram))
        base[
            levels[:, None, None] + np.arange(q)[:, None], levels[:, None, None] + np.arange(q)
        ] = gram
        base[own, m:] = _block_cross(sums.blocks[k], effects[k], xy)
        base[m:, own] = base[own, m:].T
        for other, place in list(zip(rest, places, strict=True))[i + 1 :]:
            base[own, place] = _between(sums, effects, k, other).toarray()
            base[place, own] = base[own, place].T
    corner = xy.T @ sums.base @ xy
    base[m:, m:] = (corner + corner.T) / 2
    return base
