"""Leave-one-group-out predictive densities: how well each level is predicted from the others.

From the draws given all data, weighted by 1 / p(level | parameters), Pareto smoothed: no level is
refitted. The level's own effects are integrated out, and in gaussian models with several factors
those of factors nested in it; the effects of the others count as parameters, as they are drawn.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mixwell.errors import DataError, SamplingError
from mixwell.infer.exact.applicable import is_gaussian, require_integrable
from mixwell.infer.exact.left_out.group_densities import GroupDensities
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.pareto_tails import LeftOutRows, left_out_rows, tail_length
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_blocks import over_blocks, row_blocks
from mixwell.public_calls import public_methods
from mixwell.specify.layout import FactorEffects
from mixwell.text.names import require_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LeftOut", "leave_one_group_out"]

#: The k-hat up to which weighted averages can be relied on.
_GOOD = 0.7


@public_methods
@dataclass(frozen=True, eq=False)
class LeftOut:
    """Expected log predictive density of each level of `factor`, left out as a whole, and k-hat.

    `elpd`, `k_hat` and `lpd`, the log density of the level among the data, are (n_levels,), as are
    `rows`, how many a level has, and `responses`, their sum: both are weighted where rows are.
    """

    factor: str
    levels: tuple[str, ...]
    elpd: FloatArray
    k_hat: FloatArray
    lpd: FloatArray
    n_draws: int
    rows: FloatArray
    responses: FloatArray

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

    @property
    def doubtful(self) -> int:
        """For how many levels only a refit gives the answer: a k-hat above 0.7."""
        return int((self.k_hat > _GOOD).sum())

    def __str__(self) -> str:
        """Show the sum with its error, and how many levels it can be relied on for."""
        doubtful = self.doubtful
        lines = [
            f"Each of {len(self.levels)} levels of {self.factor} left out in turn",
            f"elpd {self.total:.1f}, standard error {self.error:.1f}",
        ]
        if doubtful:
            which = "1 level has" if doubtful == 1 else f"{doubtful} levels have"
            lines.append(f"{which} a k-hat above 0.7, where only a refit gives the answer.")
        return "\n".join(lines)


def leave_one_group_out(
    posterior: Posterior, factor: str | None = None, progressbar: bool | None = None
) -> LeftOut:
    """Return each level's log density given the other levels, its own effects integrated out.

    `factor` may be left out where there is one. Of gaussian models sums are made of each level's
    rows, in memory or where they lie. Raises `SamplingError` for models whose random effects cannot
    be integrated out, `DataError` for a factor that the model does not have. Source: Vehtari,
    Simpson, Gelman, Yao and Gabry 2024.

    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    >>> left = leave_one_group_out(model.fit(seed=1).drawn)
    >>> left.levels[:3], round(left.total, -1)
    (('308', '309', '310'), -890.0)
    """
    require_integrable(posterior.spec)
    chosen = _chosen(posterior, factor)
    kind = GroupDensities if is_gaussian(posterior.spec) else _ByQuadrature
    groups: _Groups = kind(posterior, chosen)
    n = len(chosen.levels)
    tail = tail_length(posterior.samples, 1.0)
    found = LeftOutRows(*(np.empty(n) for _ in range(3)))

    def work(part: slice) -> None:
        made, at = left_out_rows(groups.block(part), tail), groups.order[part]
        found.elpd[at], found.k_hat[at], found.lpd[at] = made.elpd, made.k_hat, made.lpd

    blocks = row_blocks(n, posterior.samples, whole=0)
    over_blocks(work, blocks, "Leaving groups out", progressbar)
    return LeftOut(
        chosen.factor,
        chosen.levels,
        found.elpd,
        found.k_hat,
        found.lpd,
        posterior.samples,
        groups.rows,
        groups.responses,
    )


def _chosen(posterior: Posterior, factor: str | None) -> FactorEffects:
    """Return the factor whose levels are left out."""
    factors = {found.factor: found for found in posterior.spec.layout.of("mean")}
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
    return factors[require_name(factor, factors, said, where="group")]


class _Groups(Protocol):
    """The densities of groups, (groups, draws), their rows and sums of responses, (groups,).

    `order` (groups,) is that in which they are asked for, some at a time.
    """

    order: IntArray
    rows: FloatArray
    responses: FloatArray

    def block(self, groups: slice) -> FloatArray:
        """Return the log densities of some groups in every draw, by their places in the order."""
        ...


class _ByQuadrature:
    """The densities of the only factor's levels in a generalized model."""

    def __init__(self, posterior: Posterior, chosen: FactorEffects) -> None:
        n, response = len(chosen.levels), posterior.spec.response
        self._target = quadrature_target(posterior.spec)
        self._vectors = _vectors(self._target, posterior)
        # levels that are alike are integrated once where they are asked for together
        self.order = np.argsort(self._target.tallies.level_class, kind="stable")
        weights = np.ones(len(response.values)) if response.weights is None else response.weights
        self.rows = np.bincount(chosen.index, weights, n)
        self.responses = np.bincount(chosen.index, weights * response.values, n)

    def block(self, groups: slice) -> FloatArray:
        """Return the log densities of some levels in every draw."""
        some = self._target.of_levels(self.order[groups])
        return np.ascontiguousarray(some.by_level(self._vectors).T)


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
