"""Figures of a grouping factor's levels: shrinkage, and new responses against observed ones."""

from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError
from mixwell.infer.pooling import pooling
from mixwell.numeric.arrays import FloatArray
from mixwell.plots.drawn_fit import DrawnFit, chosen
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import posterior_predictive
from mixwell.show import level_figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Draws of each chain from which new responses are drawn.
_REPLICATED = 100


def predictive(fit: DrawnFit, factor: str | None = None) -> "Figure":
    """Draw each level's observed mean and those of new responses from the model."""
    found = fit.group(factor)
    step = max(1, fit.posterior.sizes["draw"] // _REPLICATED)
    kept = fit.posterior.isel(draw=slice(None, None, step))
    drawn = np.asarray(posterior_predictive(Posterior(kept, fit.spec), seed=0).values)
    counts = np.maximum(np.bincount(found.index, minlength=len(found.levels)), 1)

    def means(rows: FloatArray) -> FloatArray:
        return np.bincount(found.index, rows, minlength=len(found.levels)) / counts

    return level_figures.predictive_by_level(
        np.stack([means(rows) for rows in drawn.reshape(-1, fit.spec.design.n)]),
        means(np.asarray(fit.spec.response.values, dtype=float)),
        found.levels,
        (found.factor, fit.response),
    )


def shrinkage(fit: DrawnFit, factor: str | None = None, effect: str = "Intercept") -> "Figure":
    """Draw each level's coefficient without pooling, partially and completely pooled.

    Levels come with their number of rows, the largest on top. Without pooling a level has
    its own rows only, and a weak prior where the link is not the identity; where its rows do
    not determine the effect it has no point. Raises `DataError`.
    """
    found = fit.group(factor)
    if found.parameter != "mean":
        raise DataError(f'"{found.label}" is not a factor of the mean.')
    k = found.effects.index(chosen(effect, found.effects, "effect"))
    names = fit.spec.design.mean.fixed.names
    pooled = pooling(fit.drawn, found)
    draws = fit.drawn.deviations(found).samples()[k].T
    if effect in names:
        draws = draws + fit.drawn.coefficients()[names.index(effect)][:, None]
    return level_figures.shrinkage(
        found.levels,
        np.bincount(found.index, minlength=len(found.levels)),
        (pooled.separate[:, k], pooled.separate_sd[:, k]),
        (draws.mean(axis=0), draws.std(axis=0)),
        (float(pooled.complete[k]), float(pooled.complete_sd[k])),
        (found.factor, f"{effect} ({fit.scale})"),
    )
