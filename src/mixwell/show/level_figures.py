"""Pictures of a grouping factor's levels: pooling, and new responses against observed ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray
from mixwell.show.canvas import ALARM, INK, MUTED, THIRD, caption, label_width, panels, plain
from mixwell.show.intervals import Intervals

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Beyond this many levels their names would overlap: they are left out.
NAMED_LEVELS = 60
#: No figure of levels is wider, in inches.
_WIDEST = 14.0

#: Estimates of levels with both ends of their intervals, (n_levels,) each.
type Estimate = tuple[FloatArray, FloatArray, FloatArray]


def predictive_by_level(
    measured: "Sequence[tuple[Intervals, FloatArray, str]]",
    levels: Sequence[str],
    factor: str,
    said: str,
) -> "Figure":
    """Draw each level's observed mean on the intervals of the means of new responses.

    `measured` are panels, one below the other: intervals and observed means, (n_levels,), and what
    they are; `said` says what point and wide interval are.
    """
    named, count = len(levels) <= NAMED_LEVELS, len(measured)
    each = 3.4 if count == 1 else 2.2
    height = each * count + (label_width(levels) if named else 0.0)  # names stand upright
    width = min(max(4.5, 0.22 * len(levels) + 1.5), _WIDEST)
    figure, column = panels(width, height, rows=count, sharex=True)
    at, thin = np.arange(len(levels)), 1.0 if named else 0.4
    for axes, (replicated, observed, label) in zip(column, measured, strict=True):
        axes.vlines(at, replicated.lower, replicated.upper, color=INK, linewidth=1.1 * thin)
        inner = replicated.inner_lower, replicated.inner_upper
        axes.vlines(at, *inner, color=INK, linewidth=3.4 * thin)
        axes.scatter(at, replicated.point, s=14 * thin, color="white", edgecolor=INK, zorder=3)
        axes.scatter(at, observed, s=16 * thin, color=ALARM, zorder=4, marker="D")
        axes.set_ylabel(label)
        axes.set_xlim(-1, len(levels))
        plain(axes, grid="y")
    column[-1].set_xticks(at if named else [], levels if named else [], rotation=90, fontsize=8)
    column[-1].set_xlabel(factor if named else f"{factor} ({len(levels)} levels)")
    caption(figure, f"red: observed; blue: new data, {said}; thick: 50%")
    return figure


def shrinkage(
    levels: Sequence[str],
    sizes: NDArray[np.int64],
    separate: Estimate,
    partial: Estimate,
    complete: tuple[float, float, float],
    labels: tuple[str, str],
    said: str,
) -> "Figure":
    """Draw no pooling, partial pooling and complete pooling on one scale, largest groups first.

    Each estimate comes with both ends of its interval, which `said` says more of; `labels` are the
    factor and the axis. What is nan is not drawn.
    """
    order = np.argsort(-sizes, kind="stable")
    count = len(levels)
    named = count <= NAMED_LEVELS
    texts = [f"{levels[i]} (n = {sizes[i]})" for i in order]
    width = 6.6 + (label_width(texts) if named else 0.0)
    figure, (axes,) = panels(width, 1.9 + (0.27 * count if named else 7.0))
    at = np.arange(count)
    if np.isfinite(complete[0]):
        axes.axvspan(*complete[1:], color=THIRD, alpha=0.15)
        axes.axvline(complete[0], color=THIRD, linewidth=1.4, label="complete pooling")
    for estimate, shift, color, mark, text in (
        (separate, -0.16, MUTED, "o", "no pooling"),
        (partial, 0.16, INK, "s", "partial pooling"),
    ):
        x, lower, upper = (part[order] for part in estimate)
        axes.hlines(at + shift, lower, upper, color=color, linewidth=1.0, alpha=0.8)
        axes.scatter(x, at + shift, s=20 if named else 5, color=color, marker=mark, label=text)
    axes.set_yticks(at if named else [], texts if named else [], fontsize=8)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_ylabel(labels[0])
    axes.set_xlabel(labels[1])
    figure.legend(fontsize=8, frameon=False, loc="outside upper right", ncols=3)
    missing = int(np.isnan(separate[0]).sum())
    note = said
    if missing:
        note += f"; {missing} of {count} levels by themselves do not determine it: no gray point"
    caption(figure, note, right=True)
    plain(axes, grid="x")
    return figure
