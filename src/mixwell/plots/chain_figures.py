"""Figures of chains; traces, ranks, energy and autocorrelation are drawn by ArviZ."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from mixwell.errors import DataError, is_finite
from mixwell.plots.drawn_fit import DrawnFit, fitting_dataset
from mixwell.posterior.draws import envelope_prob, ess_bulk, interval_settings, stack_variables
from mixwell.show import posterior_shapes
from mixwell.show.canvas import MUTED, arviz_figure, caption

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def trace(fit: DrawnFit, parameters: Sequence[str] | None = None) -> "Figure":
    """Draw the density and the trace of each chain, a row a parameter (ArviZ).

    `parameters` are names as in `fit.summary()`, of deviations (`r_user[u1, Intercept]`), or of
    whole posterior variables (`sd_user`); without it all of the summary are drawn, or the first
    of them, which the figure says, where they take more panels than ArviZ's setting
    `plot.max_subplots` has. Raises `DataError` where more are named.
    """
    draws, said = fitting_dataset(fit, parameters, each=2)
    size = (8.5, 1.1 + 1.25 * len(draws.data_vars))
    groups = {"posterior": draws}
    if fit.diverging.any():  # ArviZ marks them below each trace
        marked = (("chain", "draw"), fit.diverging)
        groups["sample_stats"] = xr.Dataset({"diverging": marked}, coords=draws.coords)
    tree = xr.DataTree.from_dict(groups)
    figure = arviz_figure("plot_trace_dist", tree, size, compact=False)
    for axes in figure.axes:
        axes.set_ylabel("")  # the name under the density to its left says it already
    return _noted(fit, figure, said)


def rank(fit: DrawnFit, parameters: Sequence[str] | None = None) -> "Figure":
    """Draw how far each chain's ranks among all draws are from uniform (ArviZ).

    Draws are thinned to about independent ones first, as the band and its p-value assume: it has
    the probability of ArviZ's setting `stats.envelope_prob`, of a whole line. `parameters` as in
    `trace`.
    """
    (draws, said), envelope = fitting_dataset(fit, parameters), envelope_prob()
    thinned = draws.isel(draw=slice(None, None, thinning(draws)))
    figure = arviz_figure("plot_rank", thinned, _size(draws), envelope_prob=envelope)
    band = f"band: {100 * envelope:.10g}% of lines where ranks are uniform"
    return _noted(fit, figure, band, said)


def autocorrelation(
    fit: DrawnFit, parameters: Sequence[str] | None = None, *, ci_prob: float | None = None
) -> "Figure":
    """Draw how long each parameter's draws remember earlier ones (ArviZ); as in `trace`.

    The band holds autocorrelations of independent draws with the probability `ci_prob`.
    """
    settings, (draws, said) = interval_settings(ci_prob), fitting_dataset(fit, parameters)
    # ArviZ's own band is as wide as for as many draws as there are lags in the figure
    own = {"credible_interval": False}
    figure = arviz_figure("plot_autocorr", draws, _size(draws), visuals=own)
    wide = NormalDist().inv_cdf((1 + settings.prob) / 2) / np.sqrt(draws.sizes["draw"])
    for axes in figure.axes:
        axes.axhspan(-wide, wide, color=MUTED, alpha=0.15, zorder=0)
    return _noted(fit, figure, f"band: {settings.percent} where draws are independent", said)


def _size(draws: xr.Dataset) -> tuple[float, float]:
    count = len(draws.data_vars)
    return 3.0 * min(count, 4), 0.6 + 2.1 * -(-count // 4)


def _noted(fit: DrawnFit, figure: "Figure", *said: str) -> "Figure":
    """Say under a figure about chains how to read it, and that an exact fit has none."""
    exact = "exact fit: independent draws, cut into parts where NUTS has chains"
    text = "; ".join(filter(None, (*said, exact if fit.independent else "")))
    if text:
        caption(figure, text)
    return figure


def thinning(draws: xr.Dataset) -> int:
    """Return the step between draws that are about independent."""
    stack = stack_variables(draws, [str(name) for name in draws.data_vars])
    chains, kept = stack.values.shape[:2]
    effective = np.nan_to_num(ess_bulk(stack.values), nan=chains * kept)
    step = int(chains * kept / float(effective.min(initial=chains * kept)) + 0.5)
    # Chains that hardly move keep enough draws for the picture to show it.
    return max(1, min(step, int(kept) // 100))


def energy(fit: DrawnFit) -> "Figure":
    """Draw energy and its transitions: alike when the sampler moves well (ArviZ).

    Raises `DataError` for exact fits, which have none.
    """
    if fit.independent:
        raise DataError(
            "An exact fit has no energy: its draws are independent, no sampler has moved.",
            hint="fit.diagnose() judges them by k-hat and the effective number.",
        )
    if "sample_stats" not in fit.idata or "energy" not in fit.idata["sample_stats"]:
        raise DataError("The energy was not recorded for this fit.")
    figure = arviz_figure("plot_energy", fit.idata, (8.5, 3.0))
    figure.axes[0].set_yticks(range(fit.posterior.sizes["chain"]))  # chains are whole numbers
    return figure


def running_mean(
    fit: DrawnFit, parameters: Sequence[str] | None = None, reference: float | None = None
) -> "Figure":
    """Draw the mean of the log of standard deviations so far, a line a chain.

    `reference` is drawn as a line where the true mean is known. Raises `DataError`.
    """
    if reference is not None and not is_finite(reference):
        raise DataError("reference= is the true mean of the log: one number.", where="reference")
    return posterior_shapes.running_mean(fit.spreads(parameters), reference)
