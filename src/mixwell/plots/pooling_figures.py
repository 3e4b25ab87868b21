"""Figures of a grouping factor's levels: shrinkage, and new responses against observed ones."""

from collections.abc import Callable
from functools import partial
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.errors import DataError
from mixwell.infer.pooling import pooling
from mixwell.interpret.expected.scores import scores_of
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

    Of ratings that is the mean score, of categories the share of each, a panel each, as of several
    responses. Intervals are of 50% and of `ci_prob`. Raises `DataError`.
    """
    settings = interval_settings(ci_prob)
    found = fit.groups(factor)[0]
    step = max(1, fit.posterior.sizes["draw"] // _REPLICATED)
    kept = fit.posterior.isel(draw=slice(None, None, step))
    drawn = np.asarray(posterior_predictive(Posterior(kept, fit.spec), seed=0).values)
    drawn = drawn.reshape(-1, *drawn.shape[2:])
    counts = np.maximum(np.bincount(found.index, minlength=len(found.levels)), 1)

    def means(rows: FloatArray) -> FloatArray:
        return np.bincount(found.index, rows, minlength=len(found.levels)) / counts

    measured = []
    for label, of in _measures(fit):
        new = np.stack([means(of(rows)) for rows in drawn])
        observed = fit.spec.response.columns
        observed = fit.spec.response.values if observed is None else observed
        seen = means(of(np.asarray(observed, dtype=float)))
        measured.append((intervals_of(new[None], settings), seen, label))
    return level_figures.predictive_by_level(
        measured, found.levels, found.factor, settings.sentence
    )


type _Measure = tuple[str, Callable[[FloatArray], FloatArray]]


def _measures(fit: DrawnFit) -> list[_Measure]:
    """Return what is averaged over rows of responses, with the words of each."""
    response, name = fit.spec.response, fit.response
    levels = response.levels or ()
    if response.columns is not None:
        return [(f"mean of {level}", partial(_column, k)) for k, level in enumerate(levels)]
    if response.kind == "categories":
        return [(f"share of {level}", partial(_is_of, k)) for k, level in enumerate(levels)]
    if response.kind == "ordered":
        return [(f"mean score of {name}", partial(_score, np.array(scores_of(levels))))]
    return [(f"mean of {name}", np.asarray)]


def _column(number: int, rows: FloatArray) -> FloatArray:
    return np.asarray(rows[..., number], dtype=float)


def _is_of(number: int, rows: FloatArray) -> FloatArray:
    return np.asarray(rows == number, dtype=float)


def _score(scores: FloatArray, rows: FloatArray) -> FloatArray:
    return np.asarray(scores[rows.astype(np.int64)])


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
    said = "fit.plot.ranef() draws the deviations."
    require_rows(fit.spec.design.elsewhere, "What levels are without pooling goes", said)
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
