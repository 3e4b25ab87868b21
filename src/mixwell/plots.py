"""Figures of a fit: each method returns a matplotlib figure and shows nothing.

What ArviZ draws well (traces, ranks, energy, autocorrelation) is drawn by ArviZ; coefficients,
deviations by level and the posterior's shape are drawn here, in the data's own words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mixwell.errors import DataError, did_you_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import (
    Stack,
    coordinate,
    draws_of,
    ess_bulk,
    stack_variable,
    stack_variables,
)
from mixwell.posterior.made import Made
from mixwell.posterior.parameter_tables import Group, groups, parameter_stack
from mixwell.show import posterior_shapes as geometry
from mixwell.show.canvas import MUTED, arviz_figure, label_width, panels
from mixwell.show.cell_diagram import Explained, draw_explained
from mixwell.show.intervals import caption_intervals, draw_intervals

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mixwell.specify.layout import FactorEffects
    from mixwell.specify.priors import Prior
    from mixwell.specify.spec import Spec

ROW_HEIGHT = 0.3
# Beyond this many levels their names would overlap: positions are shown instead.
NAMED_LEVELS = 60

FIGURES = (
    "coefficients", "ranef", "shrinkage", "predictive", "prior_posterior", "funnel", "pair",
    "trace", "rank", "energy", "autocorrelation", "running_mean",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tools:
    """What figures need of the rooms beside this one.

    `density` gives a prior's log density, `replicate` draws new responses (draw, obs), `pool`
    estimates a factor's levels without and with complete pooling (`mixwell.infer.pooling`).
    """

    spec: "Spec"
    density: Callable[["Prior"], Callable[[FloatArray], FloatArray]]
    replicate: Callable[[xr.Dataset], FloatArray]
    pool: Callable[[xr.Dataset, "FactorEffects"], "Pooled"]


class Pooled(Protocol):
    """Estimates of a factor's effects by level alone, and of all rows as one."""

    @property
    def separate(self) -> FloatArray:
        """Each level by itself, (n_levels, n_effects)."""
        ...

    @property
    def separate_sd(self) -> FloatArray:
        """Their standard errors."""
        ...

    @property
    def complete(self) -> FloatArray:
        """All rows as one, (n_effects,)."""
        ...

    @property
    def complete_sd(self) -> FloatArray:
        """Their standard errors."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Plots:
    """The figures of one fit; `fit.plot` lists them."""

    idata: xr.DataTree
    response: str
    link: str
    tools: Tools | None = None
    explain: Callable[[str], Explained] | None = None

    def __repr__(self) -> str:
        names = (*(f"{name}()" for name in FIGURES), "coefficient(name)")
        return f"Plots: {', '.join(names)}; each returns a figure"

    def coefficients(
        self, parameters: Sequence[str] | None = None, *, intercept: bool = False
    ) -> "Figure":
        """Draw each fixed effect's point, 50% interval and wider interval (ArviZ's settings).

        `parameters` chooses coefficients by name; without it all but the intercept are drawn, and
        that too with `intercept=True`. Raises `DataError` for a name that is not there.
        """
        stack = self._coefficients(parameters, intercept)
        figure, (axes,) = panels(6.4, 1.3 + ROW_HEIGHT * len(stack.labels))
        draw_intervals(axes, stack.values)
        axes.set_yticks(range(len(stack.labels)), stack.labels)
        axes.set_ylim(len(stack.labels) - 0.5, -0.5)
        axes.set_xlabel(f"effect on {self._scale}")
        caption_intervals(axes)
        return figure

    def coefficient(self, name: str) -> "Figure":
        """Draw the cells that one fixed effect compares and the difference that it measures.

        Raises `DataError` for a name that is not there, and for what compares no cells.
        """
        return draw_explained(self.explain, name, self.response, self.link)

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
        return self._caterpillar(self._group(factor), sort=sort)

    def _group(self, factor: str | None) -> Group:
        found = {group.label: group for group in groups(self._posterior)}
        if not found:
            raise DataError("The model has no random effects.", hint="fit.plot.coefficients()")
        if factor is None and len(found) > 1:
            choices = f"Choices: {', '.join(found)}."
            raise DataError("The model has several grouping factors.", hint=choices)
        chosen = next(iter(found)) if factor is None else factor
        _require(chosen, list(found), "grouping factor")
        return found[chosen]

    def _caterpillar(self, group: Group, *, sort: bool) -> "Figure":
        variable = self._posterior[f"r_{group.label}"].transpose("chain", "draw", ...)
        levels, effects = (coordinate(variable, str(dim)) for dim in variable.dims[2:])
        values = draws_of(variable)
        if sort:
            order = np.argsort(-values[..., 0].mean(axis=(0, 1)), kind="stable")
            values, levels = values[:, :, order], [levels[i] for i in order]
        named = len(levels) <= NAMED_LEVELS
        height = 1.3 + (0.21 * len(levels) if named else 6.0)
        width = 1.6 + 3.0 * len(effects) + (label_width(levels) if named else 0.0)
        figure, across = panels(width, height, columns=len(effects), sharey=True)
        scale = f"log of {group.prefix[:-1]}" if group.prefix else self._scale
        for k, axes in enumerate(across):
            draw_intervals(axes, values[..., k], thin=not named)
            axes.set_ylim(len(levels) - 0.5, -0.5)
            axes.set_title(effects[k], loc="left", fontsize=10)
            axes.set_xlabel(f"deviation ({scale})")
            axes.set_yticks(range(len(levels)) if named else [], levels if named else [])
        across[0].set_ylabel(group.factor if named else f"{group.factor} ({len(levels)} levels)")
        caption_intervals(across[0])
        return figure

    def trace(self, parameters: Sequence[str] | None = None) -> "Figure":
        """Draw the density and the trace of each chain, a row a parameter (ArviZ).

        `parameters` are names as in `fit.summary()`, of deviations (`r_user[u1, Intercept]`), or of
        whole posterior variables (`sd_user`); without it all of the summary are drawn.
        """
        draws = self._named_draws(parameters)
        size = (8.5, 1.1 + 1.25 * len(draws.data_vars))
        groups = {"posterior": draws}
        if self._diverging.any():  # ArviZ marks them below each trace
            marked = (("chain", "draw"), self._diverging)
            groups["sample_stats"] = xr.Dataset({"diverging": marked}, coords=draws.coords)
        tree = xr.DataTree.from_dict(groups)
        figure = arviz_figure("plot_trace_dist", tree, size, compact=False)
        for axes in figure.axes:
            axes.set_ylabel("")  # the name under the density beside it says it already
        return self._noted(figure)

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
        return self._noted(arviz_figure("plot_rank", thinned, size))

    def energy(self) -> "Figure":
        """Draw energy beside its transitions: alike when the sampler moves well (ArviZ).

        Raises `DataError` for exact fits, which have none.
        """
        if self._exact:
            raise DataError(
                "An exact fit has no energy: its draws are independent, no sampler has moved.",
                hint="fit.diagnose() judges them by k-hat and the effective number.",
            )
        if "sample_stats" not in self.idata or "energy" not in self.idata["sample_stats"]:
            raise DataError("The energy was not recorded for this fit.")
        figure = arviz_figure("plot_energy", self.idata, (8.5, 3.0))
        figure.axes[0].set_yticks(range(self._posterior.sizes["chain"]))  # chains are whole numbers
        return figure

    def autocorrelation(self, parameters: Sequence[str] | None = None) -> "Figure":
        """Draw how long each parameter's draws remember earlier ones (ArviZ); as in `trace`."""
        draws = self._named_draws(parameters)
        count = len(draws.data_vars)
        size = (3.0 * min(count, 4), 0.6 + 2.1 * -(-count // 4))
        return self._noted(arviz_figure("plot_autocorr", draws, size))

    def funnel(
        self,
        factor: str | None = None,
        effect: str = "Intercept",
        levels: Sequence[str] | None = None,
        *,
        offsets: bool = False,
    ) -> "Figure":
        """Draw levels' deviations against log sd, a panel a level, divergences marked.

        With `offsets` deviations are divided by their sd: the non-centered coordinates. `levels`
        chooses levels; the first twelve are drawn otherwise. An exact fit has no divergences: its
        picture is the posterior itself. Raises `DataError`.
        """
        label = self._group(factor).label
        diverging = None if self._exact else self._diverging
        return geometry.funnel(self._posterior, diverging, label, effect, levels, offsets)

    def running_mean(
        self, parameters: Sequence[str] | None = None, reference: float | None = None
    ) -> "Figure":
        """Draw the mean of the log of standard deviations so far, a line a chain.

        `reference` is drawn as a line where the true mean is known. Raises `DataError`.
        """
        names = [name for name, _ in geometry.scalars(self._posterior)]
        wanted = names if parameters is None else list(_expanded(parameters, self._posterior))
        for name in wanted:
            _require(name, names, "standard deviation")
        return geometry.running_mean(self._posterior, wanted, reference)

    def pair(self, parameters: Sequence[str] | None = None) -> "Figure":
        """Draw parameters against each other, divergences in red; as in `trace`, at most eight."""
        draws = self._named_draws(parameters)
        found = [(str(name), draws_of(v)) for name, v in draws.data_vars.items()][:8]
        return geometry.pair(found, self._diverging)

    @property
    def _exact(self) -> bool:
        return Made.read(self._posterior.attrs).independent

    def _noted(self, figure: "Figure") -> "Figure":
        """Say under a figure about chains that an exact fit has none."""
        if self._exact:
            note = "exact fit: independent draws, cut into parts where NUTS has chains"
            figure.supxlabel(note, fontsize=8, color=MUTED)
        return figure

    @property
    def _diverging(self) -> NDArray[np.bool_]:
        shape = (self._posterior.sizes["chain"], self._posterior.sizes["draw"])
        if "sample_stats" not in self.idata or "diverging" not in self.idata["sample_stats"]:
            return np.zeros(shape, dtype=bool)
        return np.asarray(self.idata["sample_stats"]["diverging"].values, dtype=bool)

    def prior_posterior(self, parameters: str | Sequence[str] | None = None) -> "Figure":
        """Draw the posterior of standard deviations with their priors over it.

        `parameters` are `sd_user`, `sd_user[Intercept]` or `sigma`; all without it.
        """
        tools, found = self._needed(), geometry.scalars(self._posterior)
        names = [name for name, _ in found]
        wanted = names if parameters is None else list(_expanded(parameters, self._posterior))
        for name in wanted:
            _require(name, names, "standard deviation")
        priors = tools.spec.priors
        chosen = [(n, v, priors[n]) for n, v in found if n in wanted and n in priors]
        return geometry.prior_posterior(chosen, tools.density)

    def predictive(self, factor: str | None = None) -> "Figure":
        """Draw each level's observed mean beside those of new responses from the model."""
        tools, group = self._needed(), self._group(factor)
        (found,) = [f for f in tools.spec.layout.factors if f.label == group.label]
        step = max(1, self._posterior.sizes["draw"] // 100)
        kept = self._posterior.isel(draw=slice(None, None, step))
        observed = np.asarray(tools.spec.response.values, dtype=float)
        labels = (group.factor, self.response)
        return geometry.predictive_by_level(
            tools.replicate(kept), observed, found.index, found.levels, labels
        )

    def shrinkage(self, factor: str | None = None, effect: str = "Intercept") -> "Figure":
        """Draw each level's coefficient without pooling, partially and completely pooled.

        Levels come with their number of rows, the largest on top. Without pooling a level has
        its own rows only, and a weak prior where the link is not the identity; where its rows do
        not tell the effect it has no point. Raises `DataError`.
        """
        tools, group = self._needed(), self._group(factor)
        found = next((f for f in tools.spec.layout.of("mean") if f.label == group.label), None)
        if found is None:
            raise DataError(f'"{group.label}" is not a factor of the mean.')
        _require(effect, found.effects, "effect")
        k, names = found.effects.index(effect), tools.spec.design.mean.fixed.names
        pooled = tools.pool(self._posterior, found)
        draws = draws_of(self._posterior[found.r_name])[..., k].reshape(-1, len(found.levels))
        if effect in names:
            b = draws_of(self._posterior["b"])[..., names.index(effect)]
            draws = draws + b.reshape(-1, 1)
        return geometry.shrinkage(
            found.levels,
            np.bincount(found.index, minlength=len(found.levels)),
            (pooled.separate[:, k], pooled.separate_sd[:, k]),
            (draws.mean(axis=0), draws.std(axis=0)),
            (float(pooled.complete[k]), float(pooled.complete_sd[k])),
            (found.factor, f"{effect} ({self._scale})"),
        )

    def _needed(self) -> Tools:
        if self.tools is None:
            raise DataError("This figure needs the model: call it from fit.plot.")
        return self.tools

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
    # Chains that hardly move keep enough draws for the picture to show it.
    return max(1, min(step, int(kept) // 100))


def _require(name: str, choices: Sequence[str], what: str) -> None:
    if name not in choices:
        raise DataError(f'There is no {what} "{name}".', hint=did_you_mean(name, choices))
