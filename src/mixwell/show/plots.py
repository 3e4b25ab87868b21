"""Figures of a fit: each method returns a matplotlib figure and shows nothing.

The one place that imports matplotlib and ArviZ's plots, both on first use. What ArviZ draws well
(traces, ranks, energy) is drawn by ArviZ; coefficients and deviations by level are drawn here, in
the data's own words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from mixwell.draws import (
    FloatArray,
    Stack,
    coordinate,
    draws_of,
    ess_bulk,
    interval,
    interval_settings,
    point_estimate,
    stack_variable,
    stack_variables,
)
from mixwell.errors import DataError, did_you_mean
from mixwell.show.tables import Group, groups, parameter_stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1f4e79"
MUTED = "#8c8c8c"
ROW_HEIGHT = 0.3
# Beyond this many levels their names would overlap: positions are shown instead.
NAMED_LEVELS = 60


@dataclass(frozen=True, slots=True, repr=False)
class Plots:
    """The figures of one fit: `coefficients`, `ranef`, `trace`, `rank`, `energy`."""

    idata: xr.DataTree
    response: str
    link: str

    def __repr__(self) -> str:
        return "Plots: coefficients(), ranef(), trace(), rank(), energy(); each returns a figure"

    def coefficients(
        self, parameters: Sequence[str] | None = None, *, intercept: bool = False
    ) -> "Figure":
        """Draw each fixed effect's point, 50% interval and wider interval (ArviZ's settings).

        `parameters` chooses coefficients by name; without it all but the intercept are drawn, and
        that too with `intercept=True`. Raises `DataError` for a name that is not there.
        """
        stack = self._coefficients(parameters, intercept)
        figure, (axes,) = _figure(6.4, 1.3 + ROW_HEIGHT * len(stack.labels))
        _intervals(axes, stack.values)
        axes.set_yticks(range(len(stack.labels)), stack.labels)
        axes.set_ylim(len(stack.labels) - 0.5, -0.5)
        axes.set_xlabel(f"effect on {self._scale}")
        _caption(axes)
        return figure

    @property
    def _scale(self) -> str:
        return self.response if self.link == "identity" else f"{self.link} of {self.response}"

    def _coefficients(self, parameters: Sequence[str] | None, intercept: bool) -> Stack:
        stack = stack_variables(self._posterior, ["b"] if "b" in self._posterior else [])
        if parameters is None:
            alone = stack.labels == ("Intercept",)
            wanted = [name for name in stack.labels if intercept or alone or name != "Intercept"]
        else:
            wanted = [parameters] if isinstance(parameters, str) else list(parameters)
        for name in wanted:
            _require(name, stack.labels, "coefficient")
        if not wanted:
            raise DataError("The model has no fixed effects to draw.", hint="fit.plot.ranef()")
        chosen = [stack.labels.index(name) for name in wanted]
        return Stack(tuple(wanted), stack.values[:, :, chosen])

    @property
    def _posterior(self) -> xr.Dataset:
        return self.idata["posterior"].to_dataset()

    def ranef(self, factor: str | None = None, *, sort: bool = True) -> "Figure":
        """Draw the deviation of every level from the fixed effects, a panel an effect.

        `factor` may be left out when the model has a single grouping factor. Levels are sorted by
        their first effect, the largest on top, or stay in the data's order with `sort=False`.
        Raises `DataError`.
        """
        found = {group.label: group for group in groups(self._posterior)}
        if not found:
            raise DataError("The model has no random effects.", hint="fit.plot.coefficients()")
        if factor is None and len(found) > 1:
            choices = f"Choices: {', '.join(found)}."
            raise DataError("The model has several grouping factors.", hint=choices)
        chosen = next(iter(found)) if factor is None else factor
        _require(chosen, list(found), "grouping factor")
        return self._caterpillar(found[chosen], sort=sort)

    def _caterpillar(self, group: Group, *, sort: bool) -> "Figure":
        variable = self._posterior[f"r_{group.label}"].transpose("chain", "draw", ...)
        levels, effects = (coordinate(variable, str(dim)) for dim in variable.dims[2:])
        values = draws_of(variable)
        if sort:
            order = np.argsort(-values[..., 0].mean(axis=(0, 1)), kind="stable")
            values, levels = values[:, :, order], [levels[i] for i in order]
        named = len(levels) <= NAMED_LEVELS
        height = 1.3 + (0.21 * len(levels) if named else 6.0)
        figure, panels = _figure(1.6 + 3.0 * len(effects), height, columns=len(effects))
        scale = f"log of {group.prefix[:-1]}" if group.prefix else self._scale
        for k, axes in enumerate(panels):
            _intervals(axes, values[..., k], thin=not named)
            axes.set_ylim(len(levels) - 0.5, -0.5)
            axes.set_title(effects[k], loc="left", fontsize=10)
            axes.set_xlabel(f"deviation ({scale})")
            axes.set_yticks(range(len(levels)) if named else [], levels if named else [])
        panels[0].set_ylabel(group.factor if named else f"{group.factor} ({len(levels)} levels)")
        _caption(panels[0])
        return figure

    def trace(self, parameters: Sequence[str] | None = None) -> "Figure":
        """Draw the density and the trace of each chain, a row a parameter (ArviZ).

        `parameters` are names as in `fit.summary()`, of deviations (`r_user[u1, Intercept]`), or of
        whole posterior variables (`sd_user`); without it all of the summary are drawn.
        """
        draws = self._named_draws(parameters)
        size = (8.5, 1.1 + 1.25 * len(draws.data_vars))
        figure = _arviz_figure("plot_trace_dist", draws, size, compact=False)
        for axes in figure.axes:
            axes.set_ylabel("")  # the name under the density beside it says it already
        return figure

    def rank(self, parameters: Sequence[str] | None = None) -> "Figure":
        """Draw how far each chain's ranks among all draws are from uniform (ArviZ).

        Draws are thinned to about independent ones first, as the band and its p-value assume.
        `parameters` as in `trace`.
        """
        draws = self._named_draws(parameters)
        step = _thinning(draws)
        count = len(draws.data_vars)
        size = (3.0 * min(count, 4), 0.6 + 2.1 * -(-count // 4))
        thinned = draws.isel(draw=slice(None, None, step))
        return _arviz_figure("plot_rank", thinned, size)

    def energy(self) -> "Figure":
        """Draw energy beside its transitions: alike when the sampler moves well (ArviZ)."""
        if "sample_stats" not in self.idata or "energy" not in self.idata["sample_stats"]:
            raise DataError("The energy was not recorded for this fit.")
        return _arviz_figure("plot_energy", self.idata, (8.5, 3.0))

    def _named_draws(self, parameters: Sequence[str] | None) -> xr.Dataset:
        """Return one variable a parameter, under the names of the summary."""
        posterior = self._posterior
        if parameters is None:
            stack = parameter_stack(posterior)
            wanted = stack.labels
        else:
            stack = stack_variables(posterior, [str(name) for name in posterior.data_vars])
            wanted = _expanded(parameters, posterior)
        place = {label: k for k, label in enumerate(stack.labels)}
        for name in wanted:
            _require(name, stack.labels, "parameter")
        dims = ("chain", "draw")
        return xr.Dataset(
            {name: (dims, stack.values[:, :, place[name]]) for name in wanted},
            coords={dim: posterior[dim] for dim in dims},
        )


def _expanded(parameters: Sequence[str], posterior: xr.Dataset) -> tuple[str, ...]:
    names = [parameters] if isinstance(parameters, str) else list(parameters)
    parts = [
        stack_variable(posterior[name]).labels if name in posterior.data_vars else (name,)
        for name in names
    ]
    return tuple(label for part in parts for label in part)


def _thinning(draws: xr.Dataset) -> int:
    stack = stack_variables(draws, [str(name) for name in draws.data_vars])
    chains, kept = stack.values.shape[:2]
    effective = np.nan_to_num(ess_bulk(stack.values), nan=chains * kept)
    step = int(chains * kept / float(effective.min(initial=chains * kept)) + 0.5)
    return max(1, min(step, int(kept) // 20))


def _require(name: str, choices: Sequence[str], what: str) -> None:
    if name not in choices:
        raise DataError(f'There is no {what} "{name}".', hint=did_you_mean(name, choices))


def _arviz_figure(
    function: str, draws: xr.Dataset | xr.DataTree, size: tuple[float, float], **options: Any
) -> "Figure":
    import arviz_plots

    tree = xr.DataTree.from_dict({"posterior": draws}) if isinstance(draws, xr.Dataset) else draws
    collection = getattr(arviz_plots, function)(
        tree, backend="matplotlib", figure_kwargs={"figsize": size}, **options
    )
    figure: Figure = collection.viz["figure"].item()
    figure.set_layout_engine("constrained")
    return _released(figure)


def _figure(width: float, height: float, columns: int = 1) -> tuple["Figure", list["Axes"]]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        1, columns, figsize=(width, height), layout="constrained", sharey=True, squeeze=False
    )
    return _released(figure), list(axes[0])


def _released(figure: "Figure") -> "Figure":
    # A notebook draws every figure that pyplot still holds, and the returned one again: without a
    # window to show, pyplot lets go of it.
    from matplotlib import pyplot

    if figure.canvas.required_interactive_framework is None:
        pyplot.close(figure)
    return figure


def _intervals(axes: "Axes", values: FloatArray, *, thin: bool = False) -> None:
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


def _caption(axes: "Axes") -> None:
    settings = interval_settings()
    figure = axes.get_figure()
    if figure is not None:
        figure.supxlabel(
            f"{settings.sentence}; thick: 50%", fontsize=8, color=MUTED, ha="right", x=0.99
        )
