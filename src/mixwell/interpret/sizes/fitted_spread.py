"""The variance over rows of what a linear model fits, from the sums of rows that lie elsewhere.

With X counted from its means and Z by level, the squares of X b + Z r are those of b in X'X, of
each level's r in its Z'Z, and of what these have together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mixwell.design.elsewhere.summed_seen import SummedSeen
from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.design.sums.summed_rows import between_effects
from mixwell.numeric.arrays import FloatArray
from mixwell.package_options import require_memory
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_blocks import row_blocks
from mixwell.specify.layout import FactorEffects

__all__ = ["fitted_spread"]


def fitted_spread(posterior: Posterior, seen: SummedSeen) -> FloatArray:
    """Return the variance over all rows of the fitted mean with deviations, `(sample,)`.

    Raises `DataError` for weighted sums of levels, in which rows do not count alike, and for what
    memory does not hold.
    """
    factors = list(posterior.spec.layout.of("mean"))
    if seen.sums.weighted and factors:
        said = 'fit.r2("latent") is made from the sums.'
        require_rows(seen, "R2 of responses with weights and groups goes", said)
    return _FittedSums(posterior, seen, factors).spread()


@dataclass(frozen=True, eq=False)
class _FittedSums:
    """Sums of fitted means: `effects` are those of each factor as combinations of its own basis."""

    posterior: Posterior
    seen: SummedSeen
    factors: Sequence[FactorEffects]

    def spread(self) -> FloatArray:
        """Return the variance over rows, `(sample,)`."""
        fixed, sums = self.posterior.spec.design.mean.fixed, self.seen.sums
        near = self.seen.near_columns(fixed.plan, fixed.shift, fixed.kept)
        x = sums.around_means(near)
        b = fixed.to_near(self.posterior.coefficients().T)
        squares = np.einsum("si,ij,sj->s", b, x.T @ sums.plain @ x, b, optimize=True)
        total = np.zeros(len(b))
        for k, found in enumerate(self.factors):
            own, added = self._of_levels(k, found, x, b)
            squares, total = squares + own, total + added
        for pair in combinations(range(len(self.factors)), 2):
            squares = squares + 2 * self._between(pair)
        left = squares - total**2 / sums.n
        return np.asarray(np.maximum(left, 0.0) / max(sums.n - 1, 1))

    def _of_levels(
        self, k: int, found: FactorEffects, x: FloatArray, b: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the squares that a factor adds, those with X too, and the sum of its part."""
        block, effect = self.seen.sums.blocks[k], self._effects(k, found)
        squares, total = np.zeros(len(b)), np.zeros(len(b))
        deviations, width = self.posterior.deviations(found), effect.shape[1]
        for levels in row_blocks(len(block.levels), len(b) * width):
            cross = np.einsum("lqk,qe->lek", block.cross[levels], effect)
            gram = cross[:, :, list(block.places)] @ effect
            r = deviations.part(levels).samples()  # (effect, level, sample), as columns count
            squares += np.einsum("els,lef,fls->s", r, gram, r, optimize=True)
            squares += 2 * np.einsum("els,lep,sp->s", r, cross @ x, b, optimize=True)
            total += np.einsum("els,le->s", r, cross[:, :, 0])
        return squares, total

    def _between(self, pair: tuple[int, int]) -> FloatArray:
        """Return the sum of products of what two factors add."""
        one, two = (self.factors[k] for k in pair)
        samples = self.posterior.samples
        held = sum(len(self.factors[k].levels) * len(self.factors[k].effects) for k in pair)
        require_memory(float(held) * samples, "Draws of the deviations of two factors", where="r2")
        effects = [self._effects(k, self.factors[k]) for k in pair]
        products = between_effects(self.seen.sums, pair, effects[0], effects[1])
        left, right = (
            self.posterior.deviations(found).samples().transpose(1, 0, 2).reshape(-1, samples)
            for found in (one, two)
        )
        return np.asarray(np.einsum("is,is->s", products.T @ left, right))

    def _effects(self, k: int, found: FactorEffects) -> FloatArray:
        """Return a factor's effects, as they count, by its part of the basis."""
        columns = [self.seen.near_columns(own.plan, own.shift) for own in found.blocks]
        return np.asarray(np.hstack(columns)[list(self.seen.sums.blocks[k].places)])
