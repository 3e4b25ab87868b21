"""Pictures of the posterior's shape: funnels, running means, pairs, priors beside posteriors."""

import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mixwell.errors import DataError, did_you_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import draws_of
from mixwell.posterior.posterior import Group, NamedDraws
from mixwell.show.canvas import ALARM, INK, MUTED, THIRD, label_width, panels, plain
from mixwell.specify.naming import element
from mixwell.specify.priors import Prior

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Panels of a funnel: levels beyond them are left out, unless they are asked for.
_PANELS = 12
_ACROSS = 4
_POINTS = 2000
#: Letters of a name that a panel of a pair plot holds on one line.
_LONGEST = 28


def funnel(
    posterior: NamedDraws,
    diverging: NDArray[np.bool_] | None,
    group: Group,
    effect: str,
    levels: Sequence[str] | None,
    offsets: bool,
) -> "Figure":
    """Draw deviations, or raw offsets (deviation / sd), against log sd, a panel a level.

    `diverging` (chain, draw) marks draws; None where nothing could diverge.
    """
    deviations = posterior.deviations(group)
    names, effects = deviations.labels, deviations.effects
    k = effects.index(_chosen(effect, effects, "effect"))
    wanted = names[:_PANELS] if levels is None else [_chosen(n, names, "level") for n in levels]
    sd = draws_of(posterior.draws[group.sd_name])[..., k]
    log_sd = np.log(np.maximum(sd, 1e-12)).ravel()
    r = deviations.draws()[..., k]
    marked = np.zeros(log_sd.size, dtype=bool) if diverging is None else diverging.ravel()
    across = min(_ACROSS, len(wanted))
    down = -(-len(wanted) // across)
    figure, axes = panels(
        2.2 * across + 0.8, 2.1 * down + 0.5, across, down, sharex=True, sharey=True
    )
    step = max(1, log_sd.size // _POINTS)
    for place, name in zip(axes, wanted, strict=False):
        x = r[:, :, names.index(name)].ravel()
        x = x / np.exp(log_sd) if offsets else x
        place.scatter(x[::step], log_sd[::step], s=3, color=INK, alpha=0.25, linewidth=0)
        place.scatter(x[marked], log_sd[marked], s=9, color=ALARM, zorder=3, linewidth=0)
        title = textwrap.wrap(f"{group.factor} {name}", _LONGEST)
        place.set_title("\n".join(title), fontsize=9, loc="left")
        plain(place)
    _tidy(axes, len(wanted), across)
    figure.supylabel(f"log {element(group.sd_name, effects[k])}", fontsize=9)
    what = "deviation / sd" if offsets else "deviation"
    red = "" if diverging is None else f"; divergences ({int(marked.sum())}) in red"
    some = (
        f"; {len(wanted)} of {len(names)} levels"
        if levels is None and len(wanted) < len(names)
        else ""
    )
    figure.supxlabel(f"{what} of {effects[k]}{red}{some}", fontsize=9)
    return figure


def _tidy(axes: Sequence["Axes"], used: int, across: int) -> None:
    """Hide panels without a level; label the lowest that is left in each column."""
    for place in axes[used:]:
        place.set_visible(False)
    for place in axes[max(0, used - across) : used]:
        place.tick_params(labelbottom=True)


def running_mean(found: Sequence[tuple[str, FloatArray]], reference: float | None) -> "Figure":
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
    figure.supxlabel(f"thin: chains; black: all of them{dashed}", fontsize=8, color=MUTED)
    return figure


def pair(draws: Sequence[tuple[str, FloatArray]], diverging: NDArray[np.bool_]) -> "Figure":
    """Draw each parameter against each other below the diagonal, divergences in red."""
    count = len(draws)
    figure, axes = panels(1.9 * count + 0.6, 1.8 * count + 0.4, count, count, sharex="col")
    marked = diverging.ravel()
    step = max(1, marked.size // _POINTS)
    for i, (below, y) in enumerate(draws):
        for j, (beside, x) in enumerate(draws):
            place = axes[i * count + j]
            if j > i:
                place.set_visible(False)
                continue
            if i == j:
                place.hist(x.ravel(), bins=40, color=INK, alpha=0.7)
                place.set_yticks([])
            else:
                a, b = x.ravel(), y.ravel()
                place.scatter(a[::step], b[::step], s=3, color=INK, alpha=0.25, linewidth=0)
                place.scatter(a[marked], b[marked], s=9, color=ALARM, linewidth=0, zorder=3)
            if j == 0 and i > 0:
                place.set_ylabel(_broken(below), fontsize=8)
            if i == count - 1:
                place.set_xlabel(_broken(beside), fontsize=8)
            plain(place)
    return figure


def _broken(name: str) -> str:
    """Break a name that is longer than a panel before its element, then between words."""
    if len(name) <= _LONGEST:
        return name
    variable, bracket, element = name.partition("[")
    lines = textwrap.wrap(f"{bracket}{element}", _LONGEST, break_long_words=True)
    return "\n".join([variable, *lines] if bracket else textwrap.wrap(name, _LONGEST))


def prior_posterior(
    found: Sequence[tuple[str, FloatArray, Prior]],
    density: Callable[[Prior], Callable[[FloatArray], FloatArray]],
) -> "Figure":
    """Draw the posterior's histogram with the prior's density over it, a panel a parameter."""
    figure, axes = panels(3.4 * len(found), 2.8, len(found))
    for place, (name, values, prior) in zip(axes, found, strict=True):
        low, high = float(values.min()), float(np.quantile(values, 0.998))
        low = 0.0 if low >= 0 and low < 0.3 * high else low
        place.hist(values.ravel(), bins=60, range=(low, high), density=True, color=INK, alpha=0.6)
        grid = np.linspace(max(low, 1e-9) if low >= 0 else low, high, 300)
        place.plot(grid, np.exp(density(prior)(grid)), color=ALARM, linewidth=1.6)
        place.set_title(name, fontsize=10, loc="left")
        place.set_xlabel(f"red: prior {prior}" if prior.native is None else "red: prior")
        place.set_yticks([])
        plain(place, grid="x")
    return figure


def predictive_by_level(
    replicated: FloatArray,
    observed: FloatArray,
    index: NDArray[np.int64],
    levels: Sequence[str],
    labels: tuple[str, str],
) -> "Figure":
    """Draw each level's observed mean on the interval of the means of new responses."""
    counts = np.bincount(index, minlength=len(levels))
    of_level = np.stack(
        [
            np.bincount(index, row, minlength=len(levels)) / np.maximum(counts, 1)
            for row in replicated
        ]
    )
    lower, quarter, middle, three, upper = np.quantile(
        of_level, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0
    )
    own = np.bincount(index, observed, minlength=len(levels)) / np.maximum(counts, 1)
    named = len(levels) <= 60
    height = 3.4 + (label_width(levels) if named else 0.0)  # names stand upright
    figure, (axes,) = panels(max(4.5, 0.22 * len(levels) + 1.5), height)
    at = np.arange(len(levels))
    axes.vlines(at, lower, upper, color=INK, linewidth=1.1)
    axes.vlines(at, quarter, three, color=INK, linewidth=3.4)
    axes.scatter(at, middle, s=14, color="white", edgecolor=INK, zorder=3)
    axes.scatter(at, own, s=16, color=ALARM, zorder=4, marker="D")
    factor, response = labels
    axes.set_xticks(at if named else [], levels if named else [], rotation=90, fontsize=8)
    axes.set_xlim(-1, len(levels))
    axes.set_xlabel(factor)
    axes.set_ylabel(f"mean of {response}")
    figure.supxlabel("red: observed; blue: new data, 50% and 90%", fontsize=8, color=MUTED)
    plain(axes, grid="y")
    return figure


type Estimate = tuple[FloatArray, FloatArray]


def shrinkage(
    levels: Sequence[str],
    sizes: NDArray[np.int64],
    separate: Estimate,
    partial: Estimate,
    complete: tuple[float, float],
    labels: tuple[str, str],
) -> "Figure":
    """Draw no pooling, partial pooling and complete pooling on one scale, largest groups first.

    Each estimate comes with its standard deviation; `labels` are the factor and the axis. What is
    nan is not drawn.
    """
    order = np.argsort(-sizes, kind="stable")
    count = len(levels)
    named = count <= 60
    texts = [f"{levels[i]} (n = {sizes[i]})" for i in order]
    width = 6.6 + (label_width(texts) if named else 0.0)
    figure, (axes,) = panels(width, 1.9 + (0.27 * count if named else 7.0))
    at = np.arange(count)
    if np.isfinite(complete[0]):
        axes.axvspan(complete[0] - complete[1], complete[0] + complete[1], color=THIRD, alpha=0.15)
        axes.axvline(complete[0], color=THIRD, linewidth=1.4, label="complete pooling")
    for (estimate, sd), shift, color, mark, text in (
        (separate, -0.16, MUTED, "o", "no pooling"),
        (partial, 0.16, INK, "s", "partial pooling"),
    ):
        x, wide = estimate[order], sd[order]
        axes.hlines(at + shift, x - wide, x + wide, color=color, linewidth=1.0, alpha=0.8)
        axes.scatter(x, at + shift, s=20 if named else 5, color=color, marker=mark, label=text)
    axes.set_yticks(at if named else [], texts if named else [], fontsize=8)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_ylabel(labels[0])
    axes.set_xlabel(labels[1])
    figure.legend(fontsize=8, frameon=False, loc="outside upper right", ncols=3)
    untold = int(np.isnan(separate[0]).sum())
    note = "lines: one standard deviation"
    if untold:
        note += f"; {untold} of {count} levels by themselves do not tell it: no gray point"
    figure.supxlabel(note, fontsize=8, color=MUTED, ha="right", x=0.99)
    plain(axes, grid="x")
    return figure


def _chosen(name: str, choices: Sequence[str], what: Literal["effect", "level"]) -> str:
    if name not in choices:
        raise DataError(f'There is no {what} "{name}".', hint=did_you_mean(name, choices))
    return name
