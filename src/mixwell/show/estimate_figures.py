"""Figures of estimates: means by factor, interactions, contrasts, slopes along a covariate.

Each takes a `Chart`, a plain frame with its words, and returns a matplotlib figure; `draw_chart`
chooses among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.show.canvas import INK, MUTED, caption, panels, plain
from mixwell.text.numbers import show_values
from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Distinct for the color-blind and in print (Okabe and Ito 2008), the house's blue first.
COLORS = (INK, "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b6b6b")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
MOST_PANELS = 12
# From this many values on a number is an axis to draw a curve along.
CURVE = 5
# Letters of a title in an inch.
LETTERS = 11.5
# Letters of a line along the vertical axis.
_UPRIGHT = 38


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """Estimates to draw: `frame` has the `factors` as columns, and `estimate`, `lower`, `upper`.

    `label` says what is measured, `caption` what points and lines are. `null` is the value of no
    difference, None for levels such as means; `by` the factors that rows are set apart by. `steps`,
    with the same factors and `estimate`, are drawn next to curves as stairs.
    """

    frame: pd.DataFrame
    factors: tuple[str, ...]
    label: str
    by: tuple[str, ...] = ()
    title: str = ""
    caption: str = ""
    null: float | None = None
    steps: pd.DataFrame | None = None


def draw_chart(chart: Chart) -> "Figure":
    """Draw estimates as suits them: curves, means by factor, or rows with a line at `null`."""
    along = next((name for name in chart.factors if _is_curve(chart.frame[name])), None)
    if along is not None:
        return draw_curves(chart, along)
    if chart.null is None and 1 <= len(chart.factors) <= 3:
        return draw_means(chart)
    return draw_rows(chart)


def _is_curve(column: pd.Series) -> bool:
    if not pd.api.types.is_numeric_dtype(column) or column.nunique() < CURVE:
        return False
    # an axis of numbers has one place for long identifiers that one float stands for
    return bool(column.astype(float).nunique() == column.nunique())


def draw_means(chart: Chart) -> "Figure":
    """Draw means with intervals along the first factor; the second in colors, the third in panels.

    With two factors this is the interaction plot: lines join the levels of the first.
    """
    x, color, panel = [*chart.factors, None, None][:3]
    levels, hues = _levels(chart.frame, x), len(_levels(chart.frame, color))
    width = min(2.2 + (0.75 + 0.22 * hues) * len(levels), 9.0)
    figure, parts = _figure(chart, width, panel, color)
    room = float(figure.get_size_inches()[0]) / min(len(parts), 4)
    for axes, frame in parts:
        for k, (name, rows) in enumerate(_split(frame, color, chart.frame)):
            _points(axes, rows, levels, str(x), (k, hues), name)
        _name_levels(axes, _texts(levels), room)
        axes.set_xlim(-0.6, len(levels) - 0.4)
        axes.set_xlabel(str(x))
        plain(axes, grid="y")
    _legend(parts[-1][0], color)
    return figure


def _name_levels(axes: "Axes", names: list[str], room: float) -> None:
    """Name the places of the x axis; upright where they would run into each other in `room`."""
    axes.set_xticks(range(len(names)), names)
    if sum(len(name) + 1 for name in names) > LETTERS * room:
        axes.tick_params(axis="x", labelrotation=90)


def _points(
    axes: "Axes",
    rows: pd.DataFrame,
    levels: list[Any],
    x: str,
    number: tuple[int, int],
    name: str | None,
) -> None:
    """Draw one color's points and intervals, a little apart from those of the others."""
    k, n = number
    spread = min(0.12, 0.5 / n)
    at = np.array([levels.index(value) for value in rows[x]]) + (k - (n - 1) / 2) * spread
    color, marker = COLORS[k % len(COLORS)], MARKERS[k % len(MARKERS)]
    estimate, lower, upper = _numbers(rows)
    if name is not None:
        axes.plot(at, estimate, color=color, linewidth=1.2, alpha=0.55, zorder=1)
    axes.vlines(at, lower, upper, color=color, linewidth=2.0, zorder=2)
    axes.scatter(
        at, estimate, s=38, marker=marker, color="white", edgecolor=color, linewidth=1.8, zorder=3,
        label=name,
    )  # fmt: skip


def draw_rows(chart: Chart) -> "Figure":
    """Draw one row an estimate with its interval, and a line at `null`: 0, or 1 for ratios.

    Rows are set apart by the levels of `by`. Ratios are drawn on a logarithmic axis.
    """
    null = 0.0 if chart.null is None else chart.null
    names = [name for name in chart.factors if name not in chart.by]
    blocks = _blocks(chart.frame, chart.by)
    rows = sum(len(part) for _, part in blocks) + (0.9 * len(blocks) if chart.by else 0)
    figure, (axes,) = panels(7.0, 1.1 * max(1.9, 1.3 + 0.34 * rows))
    at, ticks, texts = 0.0, [], []
    for heading, part in blocks:
        if heading:
            axes.text(
                0.0, at, heading, transform=axes.get_yaxis_transform(), fontsize=9,
                color="#444444", fontweight="bold", va="center",
            )  # fmt: skip
            at += 0.9
        place = at + np.arange(len(part))
        estimate, lower, upper = _numbers(part)
        axes.hlines(place, lower, upper, color=INK, linewidth=2.0, zorder=2)
        axes.scatter(estimate, place, s=38, color="white", edgecolor=INK, linewidth=1.8, zorder=3)
        ticks += place.tolist()
        written = [_texts(part[name].tolist()) for name in names]
        texts += [", ".join(parts) for parts in zip(*written, strict=True)]
        at += len(part)
    axes.axvline(null, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
    axes.set_yticks(ticks, texts)
    axes.set_ylim(at - 0.4, -0.7)
    if null == 1.0 and (chart.frame["lower"].dropna() > 0).all():
        _log_axis(axes)
    plain(axes, grid="x", hidden=("top", "right", "left"))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(chart.label)
    _words(figure, chart)
    return figure


def _blocks(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    if not by:
        return [("", frame)]
    groups = list(frame.groupby(list(by), sort=False, observed=True, dropna=False))
    written = [_texts(levels) for levels in zip(*(key for key, _ in groups), strict=True)]
    headings = zip(*written, strict=True)
    return [
        (", ".join(f"{name}: {level}" for name, level in zip(by, heading, strict=True)), part)
        for heading, (_, part) in zip(headings, groups, strict=True)
    ]


def _log_axis(axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    # fewer than two decades need ticks between the powers of ten
    subs: tuple[float, ...] = (1.0, 2.0, 5.0) if high / low < 30 else (1.0,)
    if high / low < 5:
        subs = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=subs))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def draw_curves(chart: Chart, along: str) -> "Figure":
    """Draw estimates along a number, a line with a ribbon: colors by level, panels by a second."""
    others = [name for name in chart.factors if name != along]
    color, panel = [*others, None, None][:2]
    figure, parts = _figure(chart, 5.4, panel, color)
    for axes, frame in parts:
        for k, (name, rows) in enumerate(_split(frame, color, chart.frame)):
            ordered = rows.sort_values(along)
            estimate, lower, upper = _numbers(ordered)
            shade, x = COLORS[k % len(COLORS)], ordered[along].to_numpy(dtype=float)
            axes.fill_between(x, lower, upper, color=shade, alpha=0.18, linewidth=0)
            axes.plot(x, estimate, color=shade, linewidth=2.0, label=name)
            _stairs(axes, chart.steps, rows, (along, color, panel), shade)
        if chart.null is not None:
            axes.axhline(chart.null, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
        axes.margins(x=0)
        axes.set_xlabel(along)
        plain(axes)
    _legend(parts[-1][0], color)
    return figure


def _stairs(
    axes: "Axes",
    steps: pd.DataFrame | None,
    rows: pd.DataFrame,
    factors: tuple[str, str | None, str | None],
    shade: str,
) -> None:
    """Draw the stairs that go with a curve's rows."""
    if steps is None:
        return
    along, *others = factors
    for name in (each for each in others if each is not None):
        steps = steps[steps[name] == rows[name].iloc[0]]
    axes.step(
        steps[along], steps["estimate"], where="post",
        color=shade, linewidth=1.2, linestyle=(0, (4, 2)),
    )  # fmt: skip


def _split(
    frame: pd.DataFrame, color: str | None, whole: pd.DataFrame
) -> list[tuple[str | None, pd.DataFrame]]:
    """Return the rows of each color with its name, in the order of the whole frame."""
    if color is None:
        return [(None, frame)]
    hues = _levels(whole, color)
    pairs = zip(_texts(hues), hues, strict=True)
    return [(name, frame[frame[color] == hue]) for name, hue in pairs]


def _levels(frame: pd.DataFrame, name: str | None) -> list[Any]:
    return [None] if name is None else list(dict.fromkeys(frame[name].tolist()))


def _numbers(rows: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    estimate, lower, upper = (
        rows[name].to_numpy(dtype=float) for name in ("estimate", "lower", "upper")
    )
    return estimate, lower, upper


def _texts(values: Sequence[Any]) -> list[str]:
    return show_values(values, digits=4)


def _legend(axes: "Axes", name: str | None) -> None:
    if name is not None:
        axes.legend(
            title=name, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9
        )


def _words(figure: "Figure", chart: Chart) -> None:
    """Put the title above a figure and its caption below."""
    if chart.title:
        characters = int(figure.get_size_inches()[0] * LETTERS)
        title = "\n".join(wrapped(chart.title, width=characters, break_words=True))
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    caption(figure, chart.caption, right=True)


def _figure(
    chart: Chart, width: float, panel: str | None, color: str | None
) -> tuple["Figure", list[tuple["Axes", pd.DataFrame]]]:
    """Return a figure with its words, and its panels, each with its own rows of the frame."""
    levels = _levels(chart.frame, panel)
    if len(levels) > MOST_PANELS:
        raise DataError(
            f"{len(levels)} panels are more than can be read.",
            hint="Choose levels with at=, or put another factor last.",
        )
    columns = min(len(levels), 4)
    rows = -(-len(levels) // columns)
    scale = 1.0 if columns == 1 else 0.72
    legend = 1.3 if color else 0.0
    size = (min(width * scale * columns + legend, 14.0), 4.2 * rows * (scale + 0.1))
    figure, axes = panels(*size, columns, rows, sharey=True)
    for spare in axes[len(levels) :]:
        spare.set_visible(False)
    parts = []
    for place, level, text in zip(axes, levels, _texts(levels), strict=False):
        own = chart.frame if panel is None else chart.frame[chart.frame[panel] == level]
        parts.append((place, own))
        if panel is not None:
            place.set_title(f"{panel}: {text}", fontsize=10)
    # upright it has the height of a panel, and is broken where it is longer
    axes[0].set_ylabel("\n".join(wrapped(chart.label, width=_UPRIGHT)))
    _words(figure, chart)
    return figure, parts
