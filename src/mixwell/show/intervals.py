"""Points with a thick and a thin interval, a row each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.show.canvas import INK, MUTED, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Points and the ends of their intervals, the inner ones of 50%; arrays are (row,)."""

    point: FloatArray
    lower: FloatArray
    upper: FloatArray
    inner_lower: FloatArray
    inner_upper: FloatArray


def draw_intervals(
    axes: "Axes", rows: Intervals, labels: Sequence[str], *, thin: bool = False
) -> None:
    """Draw one horizontal row each from top to bottom; thin ones without names and inner ends."""
    at = np.arange(len(rows.point))
    axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.hlines(at, rows.lower, rows.upper, color=INK, linewidth=0.4 if thin else 1.3, alpha=0.9)
    if not thin:
        axes.hlines(at, rows.inner_lower, rows.inner_upper, color=INK, linewidth=3.6)
    size, color, edge = (3, INK, 0) if thin else (26, "white", 1.4)
    axes.scatter(rows.point, at, s=size, color=color, edgecolor=INK, linewidth=edge, zorder=3)
    plain(axes, grid="x", hidden=("top", "right", "left"))
    axes.tick_params(axis="y", length=0)
    axes.set_yticks([] if thin else at, [] if thin else labels)
    axes.set_ylim(len(at) - 0.5, -0.5)
