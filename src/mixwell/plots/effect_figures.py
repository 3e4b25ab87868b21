"""Figures of effects: coefficients, the cells behind one, and the deviations of levels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError, require_texts, require_truth
from mixwell.interpret.sentences.explain import explain_fit
from mixwell.numeric.arrays import FloatArray
from mixwell.plots.drawn_fit import DrawnFit, chosen
from mixwell.posterior.draws import (
    IntervalSettings,
    Stack,
    interval,
    interval_settings,
    point_estimate,
)
from mixwell.show.canvas import caption, label_width, panels
from mixwell.show.cell_diagram import draw_coefficient
from mixwell.show.intervals import Intervals, draw_intervals
from mixwell.show.level_figures import NAMED_LEVELS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def coefficients(
    fit: DrawnFit,
    parameters: Sequence[str] | None = None,
    *,
    intercept: bool = False,
    ci_prob: float | None = None,
) -> "Figure":
    """Draw each fixed effect's point, 50% interval and the interval of `ci_prob`.

    `parameters` chooses coefficients by name; without it all but the intercept are drawn, and
    that too with `intercept=True`. Raises `DataError` for a name that is not there.
    """
    require_truth("intercept", intercept)
    settings = interval_settings(ci_prob)
    names = fit.spec.design.mean.fixed.names
    stack = Stack(names, fit.drawn.coefficients().T.reshape(*fit.drawn.shape, -1))
    if parameters is None:
        alone = stack.labels == ("Intercept",)
        wanted = [name for name in stack.labels if intercept or alone or name != "Intercept"]
    else:
        wanted = require_texts("parameters", parameters, "Names are those of fit.fixef().")
    wanted = [chosen(name, stack.labels, "coefficient") for name in wanted]
    places = [stack.labels.index(name) for name in wanted]
    if not wanted:
        raise DataError("The model has no fixed effects to draw.", hint="fit.plot.ranef()")
    figure, (axes,) = panels(6.4, 1.3 + 0.3 * len(wanted))
    draw_intervals(axes, intervals_of(stack.values[:, :, places], settings), wanted)
    axes.set_xlabel(f"effect on {fit.scale}")
    _say_intervals(figure, settings)
    return figure


def intervals_of(values: FloatArray, settings: IntervalSettings) -> Intervals:
    """Return points and intervals of draws ``(chain, draw, row)``."""
    inner = np.quantile(values, [0.25, 0.75], axis=(0, 1))
    return Intervals(
        point_estimate(values, settings.point), *interval(values, settings), inner[0], inner[1]
    )


def _say_intervals(figure: "Figure", settings: IntervalSettings) -> None:
    caption(figure, f"{settings.sentence}; thick: 50%", right=True)


def coefficient(fit: DrawnFit, name: str, *, ci_prob: float | None = None) -> "Figure":
    """Draw the cells that one fixed effect compares and the difference that it measures.

    They are drawn at the model's values with intervals of `ci_prob`, on the scale of the linear
    predictor. Raises `DataError` for a name that is not there, and for what compares no cells.
    """
    settings = interval_settings(ci_prob)
    entry = explain_fit(fit.drawn, ci_prob)[name]
    cells = entry.cells
    if "estimate" not in cells:
        raise DataError(
            f"{entry.name} compares no cells: {entry.sentence}.",
            hint="The fixed effects of the mean can be drawn.",
        )
    mean, scale = f"mean of {fit.response}", fit.spec.family.linear_scale
    return draw_coefficient(
        cells,
        name=entry.name,
        sentence=f"log of the {entry.sentence}" if entry.exponential else entry.sentence,
        label=f"{scale} of the {mean}" if scale else mean,
        factors=entry.factors,
        said=f"{settings.percent} intervals",
    )


def ranef(
    fit: DrawnFit,
    factor: str | None = None,
    *,
    sort: bool = True,
    ci_prob: float | None = None,
) -> "Figure":
    """Draw the deviation of every level from the fixed effects, a panel an effect.

    `factor` may be left out when the model has a single grouping factor. Levels are sorted by
    their first effect, the largest on top, or stay in the data's order with `sort=False`.
    Intervals are of 50% and of `ci_prob`. Raises `DataError`.
    """
    require_truth("sort", sort)
    settings = interval_settings(ci_prob)
    group = fit.group(factor)
    levels, effects, values = group.levels, group.effects, fit.drawn.deviations(group).draws()
    if sort:
        order = np.argsort(-values[..., 0].mean(axis=(0, 1)), kind="stable")
        values, levels = values[:, :, order], tuple(levels[i] for i in order)
    named = len(levels) <= NAMED_LEVELS
    height = 1.3 + (0.21 * len(levels) if named else 6.0)
    width = 1.6 + 3.0 * len(effects) + (label_width(levels) if named else 0.0)
    figure, across = panels(width, height, columns=len(effects), sharey=True)
    scale = fit.scale if group.parameter == "mean" else f"log of {group.parameter}"
    for k, axes in enumerate(across):
        draw_intervals(axes, intervals_of(values[..., k], settings), levels, thin=not named)
        axes.set_title(effects[k], loc="left", fontsize=10)
        axes.set_xlabel(f"deviation ({scale})")
    across[0].set_ylabel(group.factor if named else f"{group.factor} ({len(levels)} levels)")
    _say_intervals(figure, settings)
    return figure
