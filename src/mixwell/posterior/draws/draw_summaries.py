"""Numbers that summarize draws: estimates, intervals, convergence.

The one place that calls ArviZ's array statistics, and those of `numeric/chains.py` that stand in
for them where a summary needs nothing else of ArviZ. Arrays are ``(chain, draw, parameter)``.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from mixwell.numeric import chains
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.moments import sample_sd
from mixwell.posterior.draws.interval_settings import SCALES, IntervalSettings, interval_settings
from mixwell.posterior.draws.stacks import draws_of
from mixwell.threads import in_threads

__all__ = [
    "DIAGNOSTICS",
    "SUMMARY_COLUMNS",
    "TAIL_QUANTILES",
    "array_statistics",
    "diagnostics",
    "ess_bulk",
    "ess_tail",
    "estimates",
    "interval",
    "mcse",
    "point_estimate",
    "relative_efficiency",
    "rhat",
    "taken_back",
]

SUMMARY_COLUMNS = ("estimate", "sd", "lower", "upper")
DIAGNOSTICS = ("rhat", "ess_bulk", "ess_tail", "mcse")
# Tail ESS is that of the 5% and 95% quantiles (Vehtari et al. 2021), whatever interval is printed.
TAIL_QUANTILES = (0.05, 0.95)
# Chains of fewer draws do not say how draws follow each other.
FEWEST = 4
# Parameters whose convergence is measured together.
AT_ONCE = 64


def array_statistics() -> Any:
    """Return ArviZ's array functions, imported on first use."""
    from arviz_stats.base import array_stats

    return array_stats


def point_estimate(values: FloatArray, point: str) -> FloatArray:
    """Return mean, median or mode of draws ``(chain, draw, ...)`` over chains and draws."""
    if point == "median":
        return np.asarray(np.median(values, axis=(0, 1)))
    if point == "mode":
        return np.asarray(array_statistics().mode(values, axis=(0, 1)), dtype=np.float64)
    return np.asarray(values.mean(axis=(0, 1)))


def interval(values: FloatArray, settings: IntervalSettings) -> tuple[FloatArray, FloatArray]:
    """Return lower and upper end of the interval of draws ``(chain, draw, ...)``."""
    if settings.kind == "hdi":
        ends = array_statistics().hdi(values, prob=settings.prob, axis=(0, 1))
        return np.asarray(ends[..., 0], np.float64), np.asarray(ends[..., 1], np.float64)
    edge = (1 - settings.prob) / 2
    lower, upper = np.quantile(values, [edge, 1 - edge], axis=(0, 1))
    return lower, upper


def estimates(
    values: FloatArray, settings: IntervalSettings | None = None
) -> dict[str, FloatArray]:
    """Summarize draws ``(chain, draw, parameter)`` by estimate, sd, lower and upper.

    Without `settings` point and interval are the package's; every average is an average of draws.

    >>> import numpy as np
    >>> draws = np.arange(8.0).reshape(2, 4, 1)
    >>> float(estimates(draws)["estimate"][0])
    3.5
    """
    settings = settings or interval_settings()
    if values.shape[2] == 0:
        return {column: np.empty(0) for column in SUMMARY_COLUMNS}
    if settings.scale:
        there = SCALES[settings.scale].there(values)
        return taken_back(estimates(there, replace(settings, scale="")), settings)
    lower, upper = interval(values, settings)
    return {
        "estimate": point_estimate(values, settings.point),
        "sd": sample_sd(values, (0, 1)),
        "lower": lower,
        "upper": upper,
    }


def taken_back(
    found: Mapping[str, FloatArray], settings: IntervalSettings
) -> dict[str, FloatArray]:
    """Return summaries on the scale of the settings as those of what the draws stand for.

    Standard deviations and errors are multiplied by the slope of the way back at the estimate.
    """
    if not settings.scale:
        return dict(found)
    return SCALES[settings.scale].taken_back(found)


def rhat(values: FloatArray) -> FloatArray:
    """Return rank-normalized split R-hat a parameter; nan for a single chain.

    Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021.
    """
    return _per_parameter(values, chains.rhat, min_chains=2)


def ess_bulk(values: FloatArray) -> FloatArray:
    """Return the bulk effective sample size a parameter (Vehtari et al. 2021)."""
    return _per_parameter(values, chains.ess_bulk)


def ess_tail(values: FloatArray) -> FloatArray:
    """Return the tail effective sample size a parameter (Vehtari et al. 2021)."""
    return _per_parameter(values, lambda draws: chains.ess_tail(draws, TAIL_QUANTILES))


def mcse(values: FloatArray, point: str = "mean") -> FloatArray:
    """Return the Monte Carlo standard error of the point estimate; nan for a mode."""
    if point == "median":
        return _per_parameter(values, _mcse_median)
    if point == "mean":
        return _per_parameter(values, chains.mcse_mean)
    return np.full(values.shape[2], np.nan)


def _mcse_median(values: FloatArray) -> FloatArray:
    found = array_statistics().mcse(values, chain_axis=0, draw_axis=1, method="median")
    return np.asarray(found, dtype=np.float64)


def _per_parameter(
    values: FloatArray, compute: Callable[[FloatArray], FloatArray], min_chains: int = 1
) -> FloatArray:
    # Nan where a statistic has no value: a single chain, under four draws, a constant or infinite
    # parameter. Some parameters at a time, so that thousands need little memory.
    result = np.full(values.shape[2], np.nan)
    if values.shape[0] < min_chains or values.shape[1] < FEWEST:
        return result
    for start in range(0, len(result), AT_ONCE):
        part = values[:, :, start : start + AT_ONCE]
        usable = np.isfinite(part).all(axis=(0, 1)) & (np.ptp(part, axis=(0, 1)) > 0)
        if usable.any():
            with np.errstate(divide="ignore", invalid="ignore"):
                result[start + np.flatnonzero(usable)] = compute(part[:, :, usable])
    return result


def diagnostics(
    values: FloatArray, settings: IntervalSettings | None = None
) -> dict[str, FloatArray]:
    """Return R-hat, bulk and tail ESS and MCSE of draws ``(chain, draw, parameter)``.

    The MCSE is that of the point estimate in the `settings`.
    """
    settings = settings or interval_settings()
    if settings.scale:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = SCALES[settings.scale].there(values)
    error = mcse(values, settings.point)
    if settings.scale:
        found = {"estimate": point_estimate(values, settings.point), "mcse": error}
        error = taken_back(found, settings)["mcse"]
    return {
        "rhat": rhat(values),
        "ess_bulk": ess_bulk(values),
        "ess_tail": ess_tail(values),
        "mcse": error,
    }


def relative_efficiency(posterior: xr.Dataset) -> float:
    """Return the mean effective share of the draws over all parameters, as ArviZ's `loo` takes it.

    1 for a single chain, and for chains of fewer draws than show how they go on.
    """
    n_chains, n_draws = int(posterior.sizes["chain"]), int(posterior.sizes["draw"])
    if n_chains == 1 or n_draws < FEWEST:
        return 1.0
    every = [draws_of(variable) for variable in posterior.data_vars.values()]
    flat = [values.reshape(n_chains, n_draws, -1) for values in every]
    parts = [
        values[:, :, start : start + AT_ONCE]
        for values in flat
        for start in range(0, values.shape[2], AT_ONCE)
    ]
    sizes = in_threads(lambda part: float(chains.ess_mean(part).sum()), parts)
    return sum(sizes) / sum(values.shape[2] for values in flat) / (n_chains * n_draws)
