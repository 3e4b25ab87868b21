"""Levels of few rows, whose sums say what these rows are: counted, refused, or merged."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from mixwell.design.sums.summed_rows import BlockSums, CrossProducts
from mixwell.errors import DataError

__all__ = ["few_rows", "merge_small_levels", "require_large_levels"]


def few_rows(block: BlockSums, minimum: int) -> int:
    """Return how many levels have fewer rows than `minimum`, but some."""
    return int(((block.counts > 0) & (block.counts < minimum)).sum())


def require_large_levels(sums: CrossProducts, minimum: int) -> None:
    """Raise `DataError` where a level has fewer rows than `minimum`."""
    _require_count(minimum)
    for block in sums.blocks:
        if small := few_rows(block, minimum):
            least = int(block.counts[block.counts > 0].min())
            raise DataError(
                f"{small:,} of {len(block.levels):,} levels of {block.factor} have fewer than "
                f"{minimum:,} rows, whose values their sums give away.",
                where=f"minimum={minimum}; the smallest has {least:,}",
                hint=f"Make one level of them: merged(minimum={minimum}), or leave them out of the "
                "table.",
            )


def merge_small_levels[Summed: CrossProducts](sums: Summed, minimum: int) -> Summed:
    """Make one level of all levels of a grouping factor that have fewer rows than `minimum`.

    The model is another one then: these levels share their deviations.
    """
    _require_count(minimum)
    place_of, sizes, blocks = [], [], []
    for block in sums.blocks:
        small = block.counts < minimum
        places = np.cumsum(~small) - 1
        places[small] = int((~small).sum())
        kept = [level for level, few in zip(block.levels, small.tolist(), strict=True) if not few]
        levels = (*kept, f"(fewer than {minimum} rows)") if small.any() else tuple(kept)
        counts, cross = np.zeros(len(levels)), np.zeros((len(levels), *block.cross.shape[1:]))
        np.add.at(counts, places, block.counts)
        np.add.at(cross, places, block.cross)
        blocks.append(replace(block, levels=levels, counts=counts, cross=cross))
        place_of.append(places)
        sizes.append(len(levels))
    between = {}
    for (i, j), found in sums.between.items():
        left, right = (
            sparse.csr_array(
                sparse.kron(_indicator(place_of[k], sizes[k]), sparse.eye_array(_width(sums, k)))
            )
            for k in (i, j)
        )
        between[i, j] = sparse.csr_array(left.T @ found @ right)
    named = {b.factor for b, own in zip(blocks, sums.blocks, strict=True) if b.levels != own.levels}
    source = sums.source and replace(
        sums.source,
        columns=tuple(
            column.as_texts() if column.name in named and column.kind != "text" else column
            for column in sums.source.columns
        ),
    )
    return replace(sums, blocks=tuple(blocks), between=between, source=source)


def _width(sums: CrossProducts, block: int) -> int:
    return len(sums.blocks[block].places)


def _indicator(places: np.ndarray, size: int) -> sparse.csr_array:
    """Return which new level each old one is, (old, new)."""
    ones, pointers = np.ones(len(places)), np.arange(len(places) + 1)
    return sparse.csr_array((ones, places, pointers), shape=(len(places), size))


def _require_count(minimum: object) -> None:
    if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < 1:
        raise DataError(
            f"minimum= is {minimum!r}.", where="minimum", hint="Pass a number of rows, such as 5."
        )
