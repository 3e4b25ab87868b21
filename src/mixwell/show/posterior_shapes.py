"""Pictures of the posterior's shape: funnels, running means, pairs, priors over posteriors."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray
from mixwell.show.canvas import ALARM, INK, caption, panels, plain
from mixwell.text.wrapping import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The draws of one parameter, (chain, draw), with its name.
type Named = tuple[str, FloatArray]

_ACROSS = 4
_POINTS = 2000
#: Letters of a name that a panel of a pair plot holds on one line.
_LONGEST = 28


def funnel(
    levels: Sequence[Named],
    log_sd: FloatArray,
    marked: NDArray[np.bool_],
    labels: tuple[str, str],
) -> "Figure":
    """Draw the deviations of levels against the log of their sd, a panel a level.

    `marked` (chain, draw) draws are red; `labels` are those below and at the left.
    """
    across = min(_ACROSS, len(levels))
    down = -(-len(levels) // across)
    figure, axes = panels(
        2.2 * across + 0.8, 2.1 * down + 0.5, across, down, sharex=True, sharey=True
    )
    for place, (name, deviations) in zip(axes, levels, strict=False):
        _cloud(place, deviations, log_sd, marked)
        place.set_title(_lines(name), fontsize=9, loc="left")
        plain(place)
    _tidy(axes, len(levels), across)
    below, left = labels
    figure.supylabel(left, fontsize=9)
    figure.supxlabel(below, fontsize=9)
    return figure


def _cloud(axes: "Axes", x: FloatArray, y: FloatArray, marked: NDArray[np.bool_]) -> None:
    """Draw some of the draws as points, and all that are marked in red."""
    x, y, red = x.ravel(), y.ravel(), marked.ravel()
    step = max(1, red.size // _POINTS)
    axes.scatter(x[::step], y[::step], s=3, color=INK, alpha=0.25, linewidth=0)
    axes.scatter(x[red], y[red], s=9, color=ALARM, zorder=3, linewidth=0)


def _lines(name: str) -> str:
    return "\n".join(wrapped(name, width=_LONGEST, break_words=True))


def _tidy(axes: Sequence["Axes"], used: int, across: int) -> None:
    """Hide panels without a level; label the lowest that is left in each column."""
    for place in axes[used:]:
        place.set_visible(False)
    for place in axes[max(0, used - across) : used]:
        place.tick_params(labelbottom=True)


def running_mean(found: Sequence[Named], reference: float | None) -> "Figure":
    """Draw the mean of log sd so far, a line a chain: a bias that does not go away shows."""
    figure, axes = panels(3.6 * len(found), 2.8, len(found))
    for place, (name, values) in zip(axes, found, strict=True):
        logs = np.log(np.maximum(values, 1e-12))
        so_far = np.cumsum(logs, axis=1) / np.arange(1, logs.shape[1] + 1)
        for chain in so_far:
            place.plot(chain, color=INK, alpha=0.55, linewidth=0.9)
        all_so_far = np.cumsum(logs.mean(axis=0)) / np.arange(1, logs.shape[1] + 1)
        place.plot(all_so_far, color="black", linewidth=1.6)
        if reference is not None:
            place.axhline(reference, color=ALARM, linestyle=(0, (4, 3)), linewidth=1)
        place.set_title(name, fontsize=10, loc="left")
        place.set_xlabel("draw")
        plain(place)
    axes[0].set_ylabel("mean of log sd so far")
    dashed = "" if reference is None else f"; dashed: {reference:g}"
    caption(figure, f"thin: chains; black: all of them{dashed}")
    return figure


def pair(found: Sequence[Named], marked: NDArray[np.bool_]) -> "Figure":
    """Draw each parameter against each other below the diagonal, `marked` draws in red."""
    count = len(found)
    figure, axes = panels(1.9 * count + 0.6, 1.8 * count + 0.4, count, count, sharex="col")
    for i, (row, y) in enumerate(found):
        for j, (column, x) in enumerate(found):
            place = axes[i * count + j]
            if j > i:
                place.set_visible(False)
                continue
            if i == j:
                place.hist(x.ravel(), bins=40, color=INK, alpha=0.7)
                place.set_yticks([])
            else:
                _cloud(place, x, y, marked)
            if j == 0 and i > 0:
                place.set_ylabel(_broken(row), fontsize=8)
            if i == count - 1:
                place.set_xlabel(_broken(column), fontsize=8)
            plain(place)
    return figure


def _broken(name: str) -> str:
    """Break a name that is longer than a panel before its element, then between words."""
    variable, bracket, element = name.partition("[")
    if len(name) <= _LONGEST or not bracket:
        return _lines(name)
    return f"{variable}\n{_lines(bracket + element)}"


def prior_posterior(
    found: Sequence[tuple[Named, Callable[[FloatArray], FloatArray], str]],
) -> "Figure":
    """Draw the posterior's histogram with the prior's density over it, a panel a parameter.

    Each parameter comes with the log density of its prior and with what it says of it.
    """
    figure, axes = panels(3.4 * len(found), 2.8, len(found))
    for place, ((name, values), log_density, text) in zip(axes, found, strict=True):
        low, high = float(values.min()), float(np.quantile(values, 0.998))
        low = 0.0 if low >= 0 and low < 0.3 * high else low
        place.hist(values.ravel(), bins=60, range=(low, high), density=True, color=INK, alpha=0.6)
        grid = np.linspace(max(low, 1e-9) if low >= 0 else low, high, 300)
        place.plot(grid, np.exp(log_density(grid)), color=ALARM, linewidth=1.6)
        place.set_title(name, fontsize=10, loc="left")
        place.set_xlabel(f"red: {text}")
        place.set_yticks([])
        plain(place, grid="x")
    return figure
