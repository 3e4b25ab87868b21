"""Leave-one-group-out predictive densities: how well each level is foretold by the others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mixwell.errors import SamplingError
from mixwell.infer.exact import ExactDraws
from mixwell.infer.importance import pareto_smooth
from mixwell.infer.integrated import GaussianTarget, gaussian_rows
from mixwell.infer.quadrature import QuadratureTarget

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LeftOut", "leave_one_group_out"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Expected log predictive density of each level of `factor`, left out as a whole, and k-hat.

    `elpd` and `k_hat` are (n_levels,).
    """

    factor: str
    levels: tuple[str, ...]
    elpd: FloatArray
    k_hat: FloatArray

    @property
    def total(self) -> float:
        """The sum over levels."""
        return float(self.elpd.sum())

    @property
    def error(self) -> float:
        """The sum's standard error over levels."""
        return float(np.sqrt(len(self.elpd)) * self.elpd.std(ddof=1))

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a level: elpd and k-hat; above 0.7 a level's figure cannot be relied on."""
        import pandas as pd

        columns = {"elpd": self.elpd, "k_hat": self.k_hat}
        return pd.DataFrame(columns, index=pd.Index(self.levels, name=self.factor))


def leave_one_group_out(found: ExactDraws) -> LeftOut:
    """Return each level's log density given the other levels, its own effects integrated out.

    From the draws given all data, weighted by 1 / p(level | parameters), Pareto smoothed: no level
    is refitted. Raises `SamplingError` for models with other than one grouping factor.
    """
    factors = found.target.parameters.factors
    if len(factors) != 1:
        raise SamplingError(
            f"Leaving one group out needs one grouping factor; the model has {len(factors)}."
        )
    if isinstance(found.target, GaussianTarget):
        density = _gaussian(found, found.target)
    else:
        density = _generalised(found, found.target)
    elpd, k_hat = [], []
    for level in density.T:
        weights, k = pareto_smooth(-level)
        elpd.append(float(special.logsumexp(weights + level)))
        k_hat.append(k)
    return LeftOut(factors[0].factor, factors[0].levels, np.array(elpd), np.array(k_hat))


def _generalised(found: ExactDraws, target: QuadratureTarget) -> FloatArray:
    return target.by_level(found.t)


def _gaussian(found: ExactDraws, target: GaussianTarget) -> FloatArray:
    """Return log p(level | t, b), (n_draws, n_levels), one draw after another."""
    rows = gaussian_rows(target.spec)
    block, batch = rows.blocks[0], target.batch(found.t)
    x, z = rows.x(slice(0, len(rows.y))), block.values
    w = np.ones(len(rows.y)) if rows.weights is None else rows.weights
    n_levels, q = block.n_levels, block.effects
    counts = np.bincount(block.index, minlength=n_levels)
    fixed = np.bincount(block.index, np.log(w), n_levels) - counts * np.log(2 * np.pi)
    gram = target.data.gram[target.data.level_class]
    result = np.empty((len(found.t), n_levels))
    for i, (b, sigma, root) in enumerate(
        zip(found.drawn.b, batch.sigma, batch.roots[0], strict=True)
    ):
        away = rows.y - x @ b
        a = np.eye(q) + root.T @ gram @ root / sigma**2
        score = np.stack(
            [np.bincount(block.index, w * z[:, k] * away, n_levels) for k in range(q)], axis=1
        )
        solved = np.linalg.solve(a, (score @ root)[..., None])[..., 0]
        squares = np.bincount(block.index, w * away**2, n_levels)
        squares = squares - ((score @ root) * solved).sum(axis=1) / sigma**2
        log_determinant = np.linalg.slogdet(a)[1] + 2 * counts * np.log(sigma)
        result[i] = 0.5 * (fixed - log_determinant - squares / sigma**2)
    return result
