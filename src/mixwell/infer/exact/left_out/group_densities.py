"""Log densities of groups of rows in every draw of a gaussian model, some groups at a time."""

import numpy as np

from mixwell.infer.exact.left_out.cell_products import CellProducts, cell_products
from mixwell.infer.exact.left_out.group_products import Roles, group_products, roles_of
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.level_covariances import pairs_of
from mixwell.posterior.posterior import Posterior
from mixwell.specify.layout import FactorEffects

__all__ = ["GroupDensities"]


class GroupDensities:
    """log p(group | parameters, effects of factors that are not nested in it), block by block.

    The rows are gone through once, in memory or where they lie; no array has draws of all groups.
    """

    order: IntArray
    rows: FloatArray
    responses: FloatArray

    def __init__(self, posterior: Posterior, chosen: FactorEffects) -> None:
        factors = posterior.spec.layout.of("mean")
        sizes = [len(found.levels) for found in factors]
        place = next(k for k, found in enumerate(factors) if found is chosen)
        cells = cell_products(posterior.spec)
        self.roles: Roles = roles_of(cells.levels, sizes, cells.effects, place)
        self.cells: CellProducts = cells.sorted_by(self.roles.own)
        groups = self.cells.levels[:, place]
        self._ends = np.searchsorted(groups, np.arange(sizes[place] + 1))
        self.order = np.arange(sizes[place])
        self.rows = np.bincount(groups, self.cells.counts, sizes[place])
        self.responses = np.bincount(groups, self.cells.responses, sizes[place])
        self._root = np.vstack([_roots(posterior, factors[k]) for k in self.roles.own])
        self._effects = self._others(posterior, factors)
        sigma = np.ones(posterior.samples)
        if "sigma" in posterior.spec.auxiliary:
            sigma = posterior.flat("sigma")
        self._precision = 1.0 / sigma**2

    def _others(self, posterior: Posterior, factors: list[FactorEffects]) -> FloatArray:
        """Return what R is multiplied by in each draw, (M, draws)."""
        n = posterior.samples
        r = [posterior.flat(factors[k].r_name).reshape(n, -1).T for k in self.roles.others]
        b = posterior.spec.design.mean.fixed.to_near(posterior.coefficients().T)
        away = (b - self.cells.start).T
        return np.ascontiguousarray(np.vstack([*r, away, np.full((1, n), -1.0)]))

    def block(self, groups: slice) -> FloatArray:
        """Return the log densities of some groups, (groups, draws)."""
        from mixwell.numeric.loops.grouped_normals import (
            group_log_densities,
        )  # Numba: where it runs

        part = slice(int(self._ends[groups.start]), int(self._ends[groups.stop]))
        count = groups.stop - groups.start
        own = group_products(self.cells.part(part), self.roles, groups.start, count)
        found = np.empty((count, len(self._precision)))
        group_log_densities(*own, self._effects, self._root, self._precision, found)
        return found


def _roots(posterior: Posterior, found: FactorEffects) -> FloatArray:
    """Return the lower triangular root of a factor's covariance by pairs, (pairs, draws)."""
    covariance = posterior.covariance(found)
    root = covariance.sd[:, :, None] * covariance.correlation_root
    lower = np.linalg.qr(root.swapaxes(1, 2), mode="r").swapaxes(1, 2)
    return np.stack([lower[:, a, b] for a, b in pairs_of(lower.shape[1])])
