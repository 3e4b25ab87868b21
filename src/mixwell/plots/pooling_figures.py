"""Figures of a grouping factor's levels: shrinkage, and new responses against observed ones."""

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from mixwell.errors import DataError
from mixwell.infer.pooling import pooling
from mixwell.numeric.arrays import FloatArray
from mixwell.plots.drawn_fit import DrawnFit, chosen
from mixwell.plots.effect_figures import intervals_of
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import posterior_predictive
from mixwell.show import level_figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Draws of each chain from which new responses are drawn.
_REPLICATED = 100


def predictive(
    fit: DrawnFit, factor: str | None = None, *, ci_prob: float | None = None
) -> "Figure":
    """Draw each level's observed mean and those of new responses from the model.

    Intervals are of 50% and of `ci_prob`. Raises `DataError`.
    """
    settings = interval_settings(ci_prob)
    found = fit.group(factor)
    step = max(1, fit.posterior.sizes["draw"] // _REPLICATED)
    kept = fit.posterior.isel(draw=slice(None, None, step))
    drawn = np.asarray(posterior_predictive(Posterior(kept, fit.spec), seed=0).values)
    counts = np.maximum(np.bincount(found.index, minlength=len(found.levels)), 1)

    def means(rows: FloatArray) -> FloatArray:
        return np.bincount(found.index, rows, minlength=len(found.levels)) / counts

    new = np.stack([means(rows) for rows in drawn.reshape(-1, fit.spec.design.n)])
    return level_figures.predictive_by_level(
        intervals_of(new[None], settings),
        means(np.asarray(fit.spec.response.values, dtype=float)),
        found.levels,
        (found.factor, fit.response),
        settings.sentence,
    )


def shrinkage(
    fit: DrawnFit,
    factor: str | None = None,
    effect: str = "Intercept",
    *,
    ci_prob: float | None = None,
) -> "Figure":
    """Draw each level's coefficient without pooling, partially and completely pooled.

    Levels come with their number of rows, the largest on top. Without pooling a level has
    its own rows only, and a weak prior where the link is not the identity; where its rows do
    not determine the effect it has no point. Intervals have the probability `ci_prob`, without
    pooling and with complete pooling as many standard errors as a normal distribution has.
    Raises `DataError`.
    """
    settings = interval_settings(ci_prob)
    found = fit.group(factor)
    if found.parameter != "mean":
        raise DataError(f'"{found.label}" is not a factor of the mean.')
    effect = chosen(effect, found.effects, "effect")
    k = found.effects.index(effect)
    names = fit.spec.design.mean.fixed.names
    pooled = pooling(fit.drawn, found)
    draws = fit.drawn.deviations(found).draws()[..., k]
    if effect in names:
        fixed = fit.drawn.coefficients()[names.index(effect)]
        draws = draws + fixed.reshape(*fit.drawn.shape, 1)
    partial = intervals_of(draws, settings)
    errors = NormalDist().inv_cdf((1 + settings.prob) / 2)

    def around(estimate: Any, error: Any) -> tuple[Any, Any, Any]:
        return estimate, estimate - errors * error, estimate + errors * error

    return level_figures.shrinkage(
        found.levels,
        np.bincount(found.index, minlength=len(found.levels)),
        around(pooled.separate[:, k], pooled.separate_sd[:, k]),
        (partial.point, partial.lower, partial.upper),
        around(float(pooled.complete[k]), float(pooled.complete_sd[k])),
        (found.factor, f"{effect} ({fit.scale})"),
        f"lines: {settings.percent} intervals",
    )
