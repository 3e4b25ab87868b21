"""A picture of one coefficient: the cells that it compares and the difference that it measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.show.canvas import MUTED, panels, plain
from mixwell.show.meanings import CELL_NUMBERS
from mixwell.text.phrases import fraction
from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


PLUS, MINUS, INK = "#1f4e79", "#c2571a", "#222222"
ARROW = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
MOST_CELLS = 60
TITLE_WIDTH, _UPRIGHT = 62, 40
NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cells in drawing order: place `at` the x axis, mean, weight, and its label."""

    frame: pd.DataFrame
    across: str | None
    ticks: tuple[str, ...]
    at: NDArray[np.int64]
    values: FloatArray
    weights: FloatArray
    labels: tuple[str, ...]

    @property
    def is_interaction(self) -> bool:
        """Whether at every place of the x axis the weights add up to 0."""
        sums = np.bincount(self.at, weights=self.weights)
        return len(self.ticks) > 1 and bool(np.abs(sums).max() < NEGLIGIBLE)

    @property
    def width(self) -> float:
        """The width of the figure in inches."""
        right = 2.4 if any(self.labels) or self.across is None else 1.6
        return float(np.clip(2.6 + right + 0.9 * len(self.ticks), 5.6, 11.0))


def draw_coefficient(
    cells: pd.DataFrame,
    *,
    name: str,
    sentence: str,
    label: str = "mean",
    factors: Mapping[str, pd.Series] | None = None,
    said: str = "",
) -> "Figure":
    """Draw the cells of one coefficient, their means and the difference that it measures.

    `cells` has a column for each variable, `weight`, and `estimate` (with `lower` and `upper`) or
    else `mean`; `label` names the vertical axis. Cells with positive weight are blue, with negative
    weight orange. `factors` holds the weights variable by variable, where they are a product: they
    say which way a difference of differences is meant; `said` stands below the figure. Raises
    `DataError` when a cell has no mean, or there are too many to draw.
    """
    measured = "estimate" if "estimate" in cells else "mean"
    if measured not in cells or cells[measured].isna().any():
        raise DataError(
            f"Some cells of {name} have no rows, so there is no mean to draw.",
            hint="After fitting, the model's own values of the cells are drawn.",
        )
    if len(cells) > MOST_CELLS:
        raise DataError(f"{name} compares {len(cells)} cells, too many for a picture.")
    placed = _placed(cells, measured)
    figure, (axes,) = panels(placed.width, 4.2)
    _points(axes, placed)
    if placed.is_interaction:
        total = _differences(axes, placed, _sides(placed, factors))
    else:
        total = _difference(axes, placed)
    _finish(axes, placed, label)
    title = "\n".join(wrapped(sentence, width=TITLE_WIDTH, break_words=True))
    figure.suptitle(name, x=0.02, ha="left", fontsize=11, fontweight="bold", color=INK)
    axes.set_title(title, loc="left", fontsize=10, color=INK, pad=10)
    if total or said:
        below = "\n".join(filter(None, (total, said)))
        figure.supxlabel(below, fontsize=10, color=INK, x=0.98, ha="right")
    return figure


def _placed(cells: pd.DataFrame, measured: str) -> _Cells:
    frame = cells.reset_index(drop=True)
    variables = [str(column) for column in frame.columns if column not in CELL_NUMBERS]
    varying = [v for v in variables if frame[v].nunique() > 1]
    across = _across(frame, varying)
    if across is None:
        ticks: tuple[str, ...] = (", ".join(f"{v} = {frame[v].iloc[0]}" for v in variables),)
        at = np.zeros(len(frame), dtype=np.int64)
    else:
        ticks = tuple(dict.fromkeys(str(value) for value in frame[across]))
        at = np.array([ticks.index(str(value)) for value in frame[across]], dtype=np.int64)
    others = [v for v in varying if v != across]
    labels = tuple(", ".join(str(row[v]) for v in others) for _, row in frame.iterrows())
    values = frame[measured].to_numpy(dtype=float)
    weights = frame["weight"].to_numpy(dtype=float)
    return _Cells(frame, across, ticks, at, values, weights, labels)


def _across(frame: pd.DataFrame, varying: Sequence[str]) -> str | None:
    """Choose the variable of the x axis: the one compared, or the last one of an interaction."""
    for variable in varying:
        sums = frame.groupby(variable, sort=False)["weight"].sum().to_numpy()
        if np.abs(sums).max() > NEGLIGIBLE and abs(float(sums.sum())) < NEGLIGIBLE:
            return variable
    return varying[-1] if varying else None


def _offsets(placed: _Cells) -> FloatArray:
    """Spread the cells of one place sideways, in the order of their labels."""
    names = list(dict.fromkeys(placed.labels))
    steps = np.array([names.index(label) for label in placed.labels], dtype=float)
    room = 0.0 if len(names) == 1 or placed.is_interaction else 0.3
    return (steps - (len(names) - 1) / 2) * room / max(len(names) - 1, 1)


def _points(axes: "Axes", placed: _Cells) -> None:
    """Draw each cell with its weight: blue counts for, orange against."""
    x = placed.at + _offsets(placed)
    largest = np.abs(placed.weights).max()
    for i, weight in enumerate(placed.weights):
        color = PLUS if weight > 0 else MINUS
        if "lower" in placed.frame:
            ends = placed.frame["lower"].iloc[i], placed.frame["upper"].iloc[i]
            axes.plot([x[i], x[i]], ends, color=color, linewidth=1.4, alpha=0.55, zorder=2)
        size = 30 + 60 * abs(weight) / largest
        axes.scatter(x[i], placed.values[i], s=size, color=color, zorder=3, linewidth=0)
        text = _signed(weight) + (f"  {placed.labels[i]}" if placed.labels[i] else "")
        _write(axes, text, (x[i], placed.values[i]), -9, color, 8)


def _write(
    axes: "Axes", text: str, place: tuple[float, float], shift: int, color: str, size: int
) -> None:
    """Write to the left or to the right of a place, `shift` points away."""
    axes.annotate(
        text, place, xytext=(shift, 0), textcoords="offset points",
        ha="left" if shift > 0 else "right", va="center", fontsize=size, color=color,
    )  # fmt: skip


def _signed(weight: float) -> str:
    return f"{'' if weight < 0 else '+'}{fraction(weight)}".replace("-", "\u2212")


def _arrow(axes: "Axes", x: float, low: float, high: float, text: str) -> None:
    """Draw the way from one mean to another, with its length."""
    axes.annotate("", (x, high), xytext=(x, low), arrowprops=ARROW, zorder=4)
    _write(axes, text, (x, (low + high) / 2), 6, INK, 9)


def _means(weights: FloatArray, values: FloatArray) -> tuple[float, float]:
    """Return the weighted means of the cells against and for."""
    down, up = weights < 0, weights > 0
    against = np.average(values[down], weights=-weights[down])
    return float(against), float(np.average(values[up], weights=weights[up]))


def _difference(axes: "Axes", placed: _Cells) -> str:
    """Draw one difference of two means of cells, or the mean itself; return the sum in words."""
    weights, values = placed.weights, placed.values
    total = float(weights @ values)
    if not (weights < 0).any() or abs(float(weights.sum())) > NEGLIGIBLE:
        if len(values) == 1:
            return ""
        axes.axhline(total, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        return f"weights \u00d7 means = {_number(total)}"
    low, high = _means(weights, values)
    right = len(placed.ticks) - 0.45
    for x, height in zip(
        (placed.at[weights < 0], placed.at[weights > 0]), (low, high), strict=True
    ):
        start = float(x.min())
        axes.plot([start, right], [height, height], color=MUTED, linewidth=0.9, zorder=1)
    _arrow(axes, right, low, high, _number(high - low))
    scale = float(weights[weights > 0].sum())
    if abs(scale - 1) < NEGLIGIBLE:
        return ""
    return f"{fraction(scale)} \u00d7 {_number(high - low)} = {_number(total)}"


def _sides(placed: _Cells, factors: Mapping[str, pd.Series] | None) -> list[float]:
    """Return 1 at places where the difference counts for the coefficient, -1 where against."""
    if factors is not None and placed.across is not None and placed.across in factors:
        by_name = {str(key): float(w) for key, w in factors[placed.across].items()}
        return [-1.0 if by_name[tick] < 0 else 1.0 for tick in placed.ticks]
    last = placed.at == placed.at.max()
    pattern = dict(zip(np.array(placed.labels)[last], placed.weights[last], strict=True))
    weighed = [
        w * pattern.get(label, 0.0) for w, label in zip(placed.weights, placed.labels, strict=True)
    ]
    return [-1.0 if s < 0 else 1.0 for s in np.bincount(placed.at, weights=weighed)]


def _differences(axes: "Axes", placed: _Cells, sides: Sequence[float]) -> str:
    """Draw the difference at every place of the x axis; return how they combine, in words."""
    sizes, differences = [], []
    for place, side in enumerate(sides):
        here = placed.at == place
        weights, values = placed.weights[here], placed.values[here]
        low, high = _means(weights * side, values)
        _arrow(axes, place + 0.12, low, high, _number(high - low))
        sizes.append(side * float(weights[weights > 0].sum()))
        differences.append(high - low)
    order = sorted(range(len(sizes)), key=lambda place: -sizes[place])
    terms = [_term(sizes[p], differences[p], first=k == 0) for k, p in enumerate(order)]
    total = float(np.dot(sizes, differences))
    return f"{' '.join(terms)} = {_number(total)}"


def _term(size: float, difference: float, *, first: bool) -> str:
    scale = abs(size)
    bare = first and size > 0 and abs(scale - 1) < NEGLIGIBLE
    number = f"({_number(difference)})" if difference < 0 and not bare else _number(difference)
    text = number if abs(scale - 1) < NEGLIGIBLE else f"{fraction(scale)} \u00d7 {number}"
    sign = "\u2212" if size < 0 else "+"
    return f"{sign if size < 0 else ''}{text}" if first else f"{sign} {text}"


def _number(value: float) -> str:
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return text.replace("-", "\u2212")


def _finish(axes: "Axes", placed: _Cells, label: str) -> None:
    left = 0.85 if any(placed.labels) else 0.6
    axes.set_xlim(-left, len(placed.ticks) - 1 + (0.95 if placed.across is not None else 0.6))
    axes.set_xticks(range(len(placed.ticks)), placed.ticks)
    axes.set_xlabel(placed.across or "")
    axes.set_ylabel("\n".join(wrapped(label, width=_UPRIGHT)))
    axes.margins(y=0.15)
    plain(axes, grid="y")
    axes.set_axisbelow(True)
