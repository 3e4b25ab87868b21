"""Figures of estimates: means by factor, interactions, contrasts, slopes along a covariate.

Each function takes a plain frame with factor columns and `estimate`, `lower`, `upper`, and returns
a matplotlib figure labeled in the data's words; `draw_estimates` chooses among them.
"""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import interval_settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED = "#1f4e79", "#8c8c8c"
# Distinct for the color-blind and in print (Okabe and Ito 2008), the house's blue first.
COLORS = ("#1f4e79", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b6b6b")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
MOST_PANELS = 12
# From this many values on a number is an axis to draw a curve along.
CURVE = 5
# Letters of a title in an inch.
LETTERS = 11.5


class Drawable(Protocol):
    """What is drawn: a frame of estimates with its factors, scale and words."""

    @property
    def frame(self) -> pd.DataFrame:
        """The factor columns and the estimates."""

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factor columns."""

    @property
    def by(self) -> tuple[str, ...]:
        """The factors within which the others are compared."""

    @property
    def title(self) -> str:
        """What is estimated."""

    @property
    def scale(self) -> str:
        """The scale of the numbers."""

    @property
    def response(self) -> str:
        """The name of the response."""

    @property
    def null(self) -> float:
        """The value that says no difference."""

    @property
    def estimand(self) -> str:
        """What the numbers are."""


def draw_estimates(estimates: Drawable) -> "Figure":
    """Draw estimates as suits them: curves, means by factor, or rows beside a line at `null`."""
    frame, factors, title = estimates.frame, list(estimates.factors), estimates.title
    label = _label(estimates)
    along = next((name for name in factors if _is_curve(frame[name])), None)
    if along is not None:
        others = [name for name in factors if name != along]
        return draw_curves(frame, along, others, label=label, title=title, null=_null(estimates))
    if estimates.estimand in ("mean", "prediction", "response") and 1 <= len(factors) <= 3:
        return draw_means(frame, factors, label=label, title=title)
    return draw_contrasts(
        frame, factors, estimates.by, label=label, title=title, null=estimates.null
    )


def _label(estimates: Drawable) -> str:
    """Say what the axis measures, in the data's words."""
    response = estimates.response
    if estimates.scale in ("ratio", "odds ratio"):
        return estimates.scale
    on = response if estimates.scale == "response" else f"the linear predictor of {response}"
    words = {
        "mean": f"mean of {on}",
        "prediction": f"mean of {on}",
        "response": on,
        "slope": f"slope of {on}",
        "hypothesis": "left side minus right side",
    }
    return words.get(estimates.estimand, f"difference in {on}")


def _null(estimates: Drawable) -> float | None:
    return None if estimates.estimand in ("mean", "prediction", "response") else estimates.null


def _is_curve(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column)) and column.nunique() >= CURVE


def draw_means(
    frame: pd.DataFrame, factors: Sequence[str], *, label: str, title: str = ""
) -> "Figure":
    """Draw means with intervals along the first factor; the second in colors, the third in panels.

    With two factors this is the interaction plot: lines join the levels of the first.
    """
    x, color, panel = [*factors, None, None][:3]
    levels, hues = _levels(frame, x), _levels(frame, color)
    panels = _levels(frame, panel)
    width = min(2.2 + (0.75 + 0.22 * len(hues)) * len(levels), 9.0)
    figure, axes = _figure(width, 4.2, panels, beside=1.3 if color else 0.0)
    room = float(figure.get_size_inches()[0]) / min(len(panels), 4)
    for axis, level in zip(axes, panels, strict=True):
        part = frame if panel is None else frame[frame[panel] == level]
        for k, hue in enumerate(hues):
            rows = part if color is None else part[part[color] == hue]
            name = None if color is None else _text(hue)
            _points(axis, rows, levels, str(x), (k, len(hues)), name)
        _name_levels(axis, [_text(value) for value in levels], room)
        axis.set_xlim(-0.6, len(levels) - 0.4)
        axis.set_xlabel(str(x))
        axis.grid(axis="y", color=MUTED, alpha=0.2, linewidth=0.6)
        if panel is not None:
            axis.set_title(f"{panel}: {_text(level)}", fontsize=10)
    axes[0].set_ylabel(label)
    _legend(axes[-1], color)
    _words(figure, title)
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
    """Draw one color's points and intervals, a little beside those of the others."""
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


def draw_contrasts(
    frame: pd.DataFrame,
    factors: Sequence[str],
    by: Sequence[str] = (),
    *,
    label: str,
    title: str = "",
    null: float = 0.0,
) -> "Figure":
    """Draw one row an estimate with its interval, beside a line at `null`: 0, or 1 for ratios.

    Rows are set apart by the levels of `by`. Ratios are drawn on a logarithmic axis.
    """
    names = [name for name in factors if name not in by]
    blocks = _blocks(frame, by)
    rows = sum(len(part) for _, part in blocks) + (0.9 * len(blocks) if by else 0)
    figure, (axes,) = _figure(7.0, max(1.9, 1.3 + 0.34 * rows), [None])
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
        texts += [", ".join(_text(part[name].iloc[i]) for name in names) for i in range(len(part))]
        at += len(part)
    axes.axvline(null, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
    axes.set_yticks(ticks, texts)
    axes.set_ylim(at - 0.4, -0.7)
    if null == 1.0 and (frame["lower"].dropna() > 0).all():
        _log_axis(axes)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=MUTED, alpha=0.2, linewidth=0.6)
    axes.set_xlabel(label)
    _words(figure, title)
    return figure


def _blocks(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    if not by:
        return [("", frame)]
    keys = frame[list(by)].drop_duplicates()
    found = []
    for values in keys.itertuples(index=False):
        own = np.ones(len(frame), dtype=bool)
        for name, value in zip(by, values, strict=True):
            own &= (frame[name] == value).to_numpy()
        pairs = [f"{name}: {_text(value)}" for name, value in zip(by, values, strict=True)]
        found.append((", ".join(pairs), frame[own]))
    return found


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


def draw_curves(
    frame: pd.DataFrame,
    along: str,
    factors: Sequence[str] = (),
    *,
    label: str,
    title: str = "",
    null: float | None = None,
) -> "Figure":
    """Draw estimates along a number, a line with a ribbon: colors by level, panels by a second."""
    color, panel = [*factors, None, None][:2]
    hues, panels = _levels(frame, color), _levels(frame, panel)
    figure, axes = _figure(5.4, 4.2, panels, beside=1.3 if color else 0.0)
    for axis, level in zip(axes, panels, strict=True):
        part = frame if panel is None else frame[frame[panel] == level]
        for k, hue in enumerate(hues):
            rows = part if color is None else part[part[color] == hue]
            rows = rows.sort_values(along)
            estimate, lower, upper = _numbers(rows)
            shade, x = COLORS[k % len(COLORS)], rows[along].to_numpy(dtype=float)
            axis.fill_between(x, lower, upper, color=shade, alpha=0.18, linewidth=0)
            name = None if color is None else _text(hue)
            axis.plot(x, estimate, color=shade, linewidth=2.0, label=name)
        if null is not None:
            axis.axhline(null, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
        axis.margins(x=0)
        axis.set_xlabel(along)
        axis.grid(color=MUTED, alpha=0.2, linewidth=0.6)
        if panel is not None:
            axis.set_title(f"{panel}: {_text(level)}", fontsize=10)
    axes[0].set_ylabel(label)
    _legend(axes[-1], color)
    _words(figure, title)
    return figure


def _levels(frame: pd.DataFrame, name: str | None) -> list[Any]:
    return [None] if name is None else list(dict.fromkeys(frame[name].tolist()))


def _numbers(rows: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    estimate, lower, upper = (
        rows[name].to_numpy(dtype=float) for name in ("estimate", "lower", "upper")
    )
    return estimate, lower, upper


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)


def _legend(axes: "Axes", name: str | None) -> None:
    if name is not None:
        axes.legend(
            title=name, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9
        )


def _words(figure: "Figure", title: str) -> None:
    if title:
        characters = int(figure.get_size_inches()[0] * LETTERS)
        figure.suptitle(textwrap.fill(title, characters), x=0.01, ha="left", fontsize=11)
    settings = interval_settings()
    figure.supxlabel(settings.sentence, fontsize=8, color=MUTED, ha="right", x=0.99)


def _figure(
    width: float, height: float, panels: Sequence[Any], beside: float = 0.0
) -> tuple["Figure", list["Axes"]]:
    from matplotlib import pyplot

    if len(panels) > MOST_PANELS:
        raise DataError(
            f"{len(panels)} panels are more than can be read.",
            hint="Choose levels with at=, or put another factor last.",
        )
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    scale = 1.0 if columns == 1 else 0.72
    figure, axes = pyplot.subplots(
        rows,
        columns,
        figsize=(min(width * scale * columns + beside, 14.0), height * rows * (scale + 0.1)),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    if figure.canvas.required_interactive_framework is None:
        pyplot.close(figure)  # without a window a notebook would show it twice
    flat = list(axes.ravel())
    for spare in flat[len(panels) :]:
        spare.set_visible(False)
    for axis in flat:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, flat[: len(panels)]
