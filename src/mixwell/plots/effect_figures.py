"""Figures of effects: coefficients, the cells behind one, and the deviations of levels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError, require_texts, require_truth
from mixwell.interpret.sentences.explain import explain_fit
from mixwell.numeric.arrays import FloatArray
from mixwell.plots.drawn_fit import DrawnFit, chosen, scale_of
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
from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def coefficients(
    fit: DrawnFit,
    parameters: Sequence[str] | None = None,
    *,
    parameter: str = "mean",
    intercept: bool = False,
    ci_prob: float | None = None,
) -> "Figure":
    """Draw each fixed effect's point, 50% interval and the interval of `ci_prob`.

    Effects are those on the mean, or on another `parameter` that has a formula. `parameters`
    chooses coefficients by name; without it all but the intercept are drawn, and that too with
    `intercept=True`. Raises `DataError` for a name that is not there.
    """
    require_truth("intercept", intercept)
    settings = interval_settings(ci_prob)
    own = chosen(parameter, list(fit.spec.predictors), "parameter with a formula")
    of_mean = own in fit.spec.locations
    stack, intercepts = _fixed_effects(fit, fit.spec.locations if of_mean else (own,))
    if parameters is None:
        alone = set(stack.labels) == intercepts
        wanted = [name for name in stack.labels if intercept or alone or name not in intercepts]
    else:
        wanted = require_texts("parameters", parameters, "Names are those of fit.fixef().")
    wanted = [chosen(name, stack.labels, "coefficient") for name in wanted]
    places = [stack.labels.index(name) for name in wanted]
    if not wanted:
        raise DataError("The model has no fixed effects to draw.", hint="fit.plot.ranef()")
    figure, (axes,) = panels(6.4, 1.3 + 0.3 * len(wanted))
    draw_intervals(axes, intervals_of(stack.values[:, :, places], settings), wanted)
    several = of_mean and len(fit.spec.locations) > 1
    scale = "the linear predictors" if several else scale_of(fit, own)
    axes.set_xlabel(f"effect on {scale}")
    _say_intervals(figure, settings)
    return figure


def _fixed_effects(fit: DrawnFit, predictors: Sequence[str]) -> tuple[Stack, set[str]]:
    """Return the draws of predictors' coefficients by the summary's names; and intercepts."""
    labels, draws, intercepts = list[str](), [], set[str]()
    for parameter in predictors:
        label = fit.spec.layout.naming.of(parameter).label
        names = fit.spec.predictors[parameter].fixed.names
        labels += map(label, names)
        intercepts |= {label(name) for name in names if name == "Intercept"}
        draws.append(fit.drawn.coefficients(parameter))
    values = np.concatenate(draws).T.reshape(*fit.drawn.shape, -1)
    return Stack(tuple(labels), values), intercepts


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
    family, behind = fit.spec.family, entry.behind
    mean, scale = f"mean of {fit.response}", family.linear_scale
    if (family.categories or family.parts) and behind is not None:
        mean, scale = scale_of(fit, behind.parameter), ""
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

    `factor` may be left out when the model has a single grouping factor; of one that has deviations
    in several linear predictors, all are drawn. Levels are sorted by
    their first effect, the largest on top, or stay in the data's order with `sort=False`.
    Intervals are of 50% and of `ci_prob`. Raises `DataError`.
    """
    require_truth("sort", sort)
    settings = interval_settings(ci_prob)
    groups = fit.groups(factor)
    first, many = groups[0], len(groups) > 1
    levels, named = first.levels, len(first.levels) <= NAMED_LEVELS
    drawn = [
        (name, scale_of(fit, group.parameter), values[..., k])
        for group in groups
        for values in [fit.drawn.deviations(group).draws()]
        for k, name in enumerate(group.full_effects if many else group.effects)
    ]
    if sort:
        order = np.argsort(-drawn[0][-1].mean(axis=(0, 1)), kind="stable")
        drawn = [(name, scale, values[..., order]) for name, scale, values in drawn]
        levels = tuple(levels[i] for i in order)
    height = 1.3 + (0.21 * len(levels) if named else 6.0)
    width = 1.6 + 3.0 * len(drawn) + (label_width(levels) if named else 0.0)
    figure, across = panels(width, height, columns=len(drawn), sharey=True)
    for axes, (name, scale, values) in zip(across, drawn, strict=True):
        draw_intervals(axes, intervals_of(values, settings), levels, thin=not named)
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_xlabel("\n".join(wrapped(f"deviation ({scale})", width=32)))
    across[0].set_ylabel(first.factor if named else f"{first.factor} ({len(levels)} levels)")
    _say_intervals(figure, settings)
    return figure
