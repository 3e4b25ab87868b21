"""Points with their 50% and wider intervals, a row a parameter, by ArviZ's settings."""

from typing import TYPE_CHECKING

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import interval, interval_settings, point_estimate
from mixwell.show.canvas import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_intervals(axes: "Axes", values: FloatArray, *, thin: bool = False) -> None:
    """Draw one horizontal row a parameter of draws ``(chain, draw, parameter)``."""
    settings = interval_settings()
    rows = np.arange(values.shape[2])
    lower, upper = interval(values, settings)
    flat = values.reshape(-1, values.shape[2])
    quarter, three_quarters = np.quantile(flat, [0.25, 0.75], axis=0)
    axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.hlines(rows, lower, upper, color=INK, linewidth=0.4 if thin else 1.3, alpha=0.9)
    if not thin:
        axes.hlines(rows, quarter, three_quarters, color=INK, linewidth=3.6)
    point = point_estimate(values, settings.point)
    axes.scatter(
        point,
        rows,
        s=3 if thin else 26,
        color="white" if not thin else INK,
        edgecolor=INK,
        linewidth=0 if thin else 1.4,
        zorder=3,
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=MUTED, alpha=0.2, linewidth=0.6)


def caption_intervals(axes: "Axes") -> None:
    """Say under the figure what points and lines are."""
    settings = interval_settings()
    figure = axes.get_figure()
    if figure is not None:
        figure.supxlabel(
            f"{settings.sentence}; thick: 50%", fontsize=8, color=MUTED, ha="right", x=0.99
        )
