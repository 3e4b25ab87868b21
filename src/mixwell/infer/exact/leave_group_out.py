"""Leave-one-group-out predictive densities: how well each level is predicted from the others.

From the draws given all data, weighted by 1 / p(level | parameters), Pareto smoothed: no level is
refitted. The level's own effects are integrated out, and in gaussian models with several factors
those of factors nested in it; the effects of the others count as parameters, as they are drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from mixwell.errors import DataError, SamplingError
from mixwell.infer.exact.applicable import is_gaussian, require_integrable
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_rows
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.infer.exact.weighing.importance import pareto_smooth
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.posterior import Posterior
from mixwell.public_calls import public_methods
from mixwell.specify.layout import FactorEffects
from mixwell.text.names import require_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LeftOut", "leave_one_group_out"]

#: Numbers in one array of a level's covariance matrices.
_BLOCK = 4_000_000


@public_methods
@dataclass(frozen=True, eq=False)
class LeftOut:
    """Expected log predictive density of each level of `factor`, left out as a whole, and k-hat.

    `elpd`, `k_hat` and `lpd`, the log density of the level among the data, are (n_levels,).
    """

    factor: str
    levels: tuple[str, ...]
    elpd: FloatArray
    k_hat: FloatArray
    lpd: FloatArray
    n_draws: int

    @property
    def total(self) -> float:
        """The sum over levels."""
        return float(self.elpd.sum())

    @property
    def error(self) -> float:
        """The sum's standard error over levels."""
        return float(np.sqrt(len(self.elpd)) * self.elpd.std(ddof=1))

    @property
    def effective_parameters(self) -> float:
        """How much better the levels are predicted with themselves among the data (`p_loo`)."""
        return float((self.lpd - self.elpd).sum())

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a level: elpd and k-hat; above 0.7 a level's figure cannot be relied on."""
        import pandas as pd

        columns = {"elpd": self.elpd, "k_hat": self.k_hat}
        return pd.DataFrame(columns, index=pd.Index(self.levels, name=self.factor))

    def __str__(self) -> str:
        """Show the sum with its error, and how many levels it can be relied on for."""
        doubtful = int((self.k_hat > 0.7).sum())
        lines = [
            f"Each of {len(self.levels)} levels of {self.factor} left out in turn",
            f"elpd {self.total:.1f}, standard error {self.error:.1f}",
        ]
        if doubtful:
            which = "1 level has" if doubtful == 1 else f"{doubtful} levels have"
            lines.append(f"{which} a k-hat above 0.7, where only a refit gives the answer.")
        return "\n".join(lines)


def leave_one_group_out(posterior: Posterior, factor: str | None = None) -> LeftOut:
    """Return each level's log density given the other levels, its own effects integrated out.

    `factor` may be left out where there is one. Raises `SamplingError` for models whose random
    effects cannot be integrated out, `DataError` for a factor that the model does not have.

    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    >>> left = leave_one_group_out(model.fit(seed=1).drawn)
    >>> left.levels[:3], round(left.total, -1)
    (('308', '309', '310'), -890.0)
    """
    spec = posterior.spec
    require_integrable(spec)
    factors = {found.factor: found for found in spec.layout.of("mean")}
    if not factors:
        raise SamplingError("The model has no grouping factor whose levels could be left out.")
    if factor is None and len(factors) > 1:
        raise DataError(
            f"The model has the grouping factors {' and '.join(factors)}.",
            where="group",
            hint="Name the one whose levels are to be left out.",
        )
    factor = next(iter(factors)) if factor is None else factor
    said = f'There is no grouping factor "{factor}".'
    factor = require_name(factor, factors, said, where="group")
    chosen = factors[factor]
    if is_gaussian(spec):
        density = _gaussian(posterior, chosen)
    else:
        target = quadrature_target(spec)
        density = target.by_level(_vectors(target, posterior))
    elpd, k_hat = [], []
    for level in density.T:
        weights, k = pareto_smooth(-level)
        elpd.append(float(special.logsumexp(weights + level)))
        k_hat.append(k)
    lpd = special.logsumexp(density, axis=0) - np.log(len(density))
    levels, n = chosen.levels, len(density)
    return LeftOut(chosen.factor, levels, np.array(elpd), np.array(k_hat), lpd, n)


def _vectors(target: QuadratureTarget, posterior: Posterior) -> FloatArray:
    """Return the parameter vectors behind draws of a generalized model, (n_draws, size)."""
    spec = target.spec
    b = spec.design.mean.fixed.to_near(posterior.coefficients().T)
    known = {name: posterior.flat(name) for name in spec.auxiliary if name not in spec.vectors}
    for found in target.parameters.factors:
        known |= zip(found.sd_keys, posterior.covariance(found).sd.T, strict=True)
    known |= zip(target.keys, b.T, strict=True)
    if target.x_means.size and target.holder is None:
        known[target.keys[0]] = b[:, 0] + b[:, 1:] @ target.x_means[1:]
    t = np.zeros((posterior.samples, target.parameters.size))
    for i, coordinate in enumerate(target.parameters.scalars):
        t[:, i] = coordinate.unconstrained(known[coordinate.key])
    for vector, where in target.parameters.placed_vectors():
        elements = posterior.flat(vector.key)
        if vector.key == target.holder:
            elements = elements - (b @ target.x_means)[:, None]
        t[:, where] = vector.unconstrained(elements)
    for matrix in spec.layout.correlations:  # of two effects at most: one pair
        t[:, -1] = np.arctanh(np.clip(posterior.flat(matrix.name)[:, 1, 0], -1 + 1e-12, 1 - 1e-12))
    return t


def _gaussian(posterior: Posterior, chosen: FactorEffects) -> FloatArray:
    """Return log p(level | parameters, effects of other factors), (n_draws, n_levels)."""
    spec, n = posterior.spec, posterior.samples
    rows = gaussian_rows(spec)
    x = rows.x(slice(0, len(rows.y)))
    factors = spec.layout.of("mean")
    own = [found for found in factors if found is chosen or _nested(found, chosen)]
    roots = [_root(posterior, found) for found in own]
    b = spec.design.mean.fixed.to_near(posterior.coefficients().T)
    others = [f for f in factors if f not in own]
    r = {f.factor: posterior.flat(f.r_name) for f in others}
    sigma = posterior.flat("sigma") if "sigma" in spec.auxiliary else np.ones(n)
    weights = np.ones(len(rows.y)) if rows.weights is None else rows.weights
    result = np.empty((n, len(chosen.levels)))
    order = np.argsort(chosen.index, kind="stable")
    ends = np.searchsorted(chosen.index[order], np.arange(len(chosen.levels) + 1))
    for j in range(len(chosen.levels)):
        part = order[ends[j] : ends[j + 1]]
        for block in _blocks(n, len(part)):
            away = np.tile(rows.y[part], (block.stop - block.start, 1))
            if x.shape[1]:
                away -= b[block] @ x[part].T
            for found in others:
                own_r = r[found.factor][block][:, found.index[part]]
                away -= (own_r * found.values[part]).sum(axis=2)
            covariance = _covariance(own, [root[block] for root in roots], part)
            result[block, j] = _normal(away, covariance, sigma[block, None] ** 2 / weights[part])
    return result


def _nested(inner: FactorEffects, outer: FactorEffects) -> bool:
    """Return whether every level of one factor lies in a single level of another."""
    pairs = np.unique(np.stack([inner.index, outer.index]), axis=1)
    return bool(pairs.shape[1] == len(inner.levels))


def _blocks(n: int, rows: int) -> Iterator[slice]:
    step = max(1, _BLOCK // max(1, rows**2))
    return (slice(i, min(i + step, n)) for i in range(0, n, step))


def _root(posterior: Posterior, found: FactorEffects) -> FloatArray:
    """Return the root of a factor's covariance in each draw, (n_draws, q, q)."""
    covariance = posterior.covariance(found)
    return np.asarray(covariance.sd[:, :, None] * covariance.correlation_root)


def _covariance(own: list[FactorEffects], roots: list[FloatArray], part: IntArray) -> FloatArray:
    """Return what a level's own effects add to its rows' covariance, (n_draws, rows, rows)."""
    total = np.zeros((len(roots[0]), len(part), len(part)))
    for found, root in zip(own, roots, strict=True):
        z, index = found.values[part], found.index[part]
        rooted = z @ root
        total += (rooted @ rooted.swapaxes(1, 2)) * (index[:, None] == index)
    return total


def _normal(away: FloatArray, covariance: FloatArray, variances: FloatArray) -> FloatArray:
    """Return the log density of rows' residuals, (n_draws,)."""
    where = np.arange(away.shape[1])
    covariance[:, where, where] += variances
    factor = np.linalg.cholesky(covariance)
    solved = np.linalg.solve(factor, away[..., None])[..., 0]
    logs = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return np.asarray(-0.5 * (solved**2).sum(axis=1) - logs - 0.5 * len(where) * np.log(2 * np.pi))
