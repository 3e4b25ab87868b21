"""How alike responses of one group are, and what that costs: intraclass correlation, design effect.

Every quantity is computed in each draw and summarized last.
"""

import numpy as np
import pandas as pd

from mixwell.errors import DataError, require_truth
from mixwell.interpret.sizes.components import (
    Components,
    groups_of,
    latent_components,
    require_scale,
)
from mixwell.interpret.sizes.response_components import response_components
from mixwell.interpret.sizes.share_table import share_table
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.specify.layout import FactorEffects

__all__ = ["components_on", "design_effects", "intraclass_correlation"]


def intraclass_correlation(
    posterior: Posterior,
    scale: str = "latent",
    *,
    adjusted: bool = True,
    ci_prob: float | None = None,
) -> pd.DataFrame:
    """Return each grouping factor's share of the variance, and that of all of several together.

    `scale="latent"` is that of the linear predictor with the error behind it, on which
    `performance::icc` is, too; `"response"` that of the responses, where the share is the
    correlation of two responses of a group, averaged over rows. `adjusted` leaves out the variance
    that fixed effects explain; with False it counts. Of counts out of trials it is that of single
    trials. A factor with several effects counts with their mean variance over the rows.
    Sources: Nakagawa, Johnson and Schielzeth 2017; Johnson 2014; Goldstein, Browne and Rasbash
    2002. Raises `DataError` for a model without groups, and where a scale has no residual variance.
    """
    require_scale(scale)
    require_truth("adjusted", adjusted)
    rows: dict[str, FloatArray] = {}
    for _, parts in _with_groups(posterior, scale):
        whole = parts.total - (parts.fixed if adjusted else 0.0)
        rows |= {factor: share / whole for factor, share in parts.groups.items()}
        if len(parts.groups) > 1:
            rows[f"all of {' + '.join(parts.groups)}"] = parts.together / whole
    kind = {"icc": "adjusted" if adjusted else "unadjusted"}
    return share_table(rows, posterior, "factor", scale, ci_prob, kind)


def design_effects(
    posterior: Posterior, scale: str = "latent", *, ci_prob: float | None = None
) -> pd.DataFrame:
    """Return by what factor groups widen the variance of a mean of all rows, for each factor.

    1 + (m - 1) icc, where m is the sum of squared group sizes over the number of rows, the size of
    equal groups; `icc` is the adjusted one on the named scale. The columns `groups` and `rows` are
    how many there are, `effective` is the rows over the design effect: so many independent ones
    say as much of the mean. On the latent scale a factor with several effects counts with all of
    its covariance. Source: Kish 1965; Kerry and Bland 2001 for unequal sizes. Raises `DataError` as
    `icc` does, and on the response scale for factors with several effects.
    """
    require_scale(scale)
    spec = posterior.spec
    rows: dict[str, FloatArray] = {}
    found: list[FactorEffects] = []
    for parameter, parts in _with_groups(posterior, scale):
        whole = parts.together + parts.residual
        for each in groups_of(spec, parameter):
            rows[each.key] = 1.0 + _shared(posterior, each, parts, scale) / whole
            found.append(each)
    table = share_table(rows, posterior, "factor", scale, ci_prob)
    n = spec.design.observations
    table.insert(1, "groups", [_groups(each) for each in found])
    table.insert(2, "rows", n)
    table.insert(3, "effective", n / table["estimate"])
    return table


def _groups(found: FactorEffects) -> int:
    """Return how many levels have rows."""
    elsewhere = found.blocks[0].known is not None  # all of them
    return len(found.levels) if elsewhere else len(np.unique(found.index))


def _shared(
    posterior: Posterior, found: FactorEffects, parts: Components, scale: str
) -> FloatArray:
    """Return the covariance of a row with all others of its group, averaged over rows."""
    design, moments = posterior.spec.design, found.moments
    n = design.observations
    sums = np.hstack([design.seen.level_totals(block) for block in found.blocks])
    pairs = sums.T @ sums / n - moments.squares
    if scale == "latent":
        return np.asarray(np.einsum("dij,ij->d", posterior.covariance(found).matrix, pairs))
    if len(found.effects) > 1 or (moments.high > moments.low).any():
        raise DataError(
            f"{found.key} has effects of predictors, by which its groups differ from row to row.",
            where='scale="response"',
            hint='scale="latent" counts their covariance.',
        )
    counts = sums[:, 0] / moments.high[0]
    return np.asarray((counts @ counts / n - 1.0) * parts.groups[found.key])


def _with_groups(posterior: Posterior, scale: str) -> list[tuple[str, Components]]:
    """Return the parts of the variance of each linear predictor that has groups."""
    spec = posterior.spec
    names = [name for name in spec.locations if groups_of(spec, name)]
    if not names:
        raise DataError(
            "The model has no grouping factor.", hint="Add a term such as (1 | group) first."
        )
    return [(name, components_on(scale, posterior, name)) for name in names]


def components_on(scale: str, posterior: Posterior, parameter: str) -> Components:
    """Return the parts of a linear predictor's variance on the latent or the response scale."""
    made = latent_components if scale == "latent" else response_components
    return made(posterior, parameter)
