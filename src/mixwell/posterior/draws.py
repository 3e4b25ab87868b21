"""Posterior draws as labeled stacks, and the numbers that summarize them.

The one place that calls ArviZ's array statistics, and those of `numeric/chains.py` that stand in
for them where a summary needs nothing else of ArviZ. Numeric cores take arrays of shape
``(chain, draw, parameter)``; labels are put on by the callers. All rooms that read posteriors
follow the same settings through it.
"""

import warnings
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mixwell.errors import warn
from mixwell.numeric import chains
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.pareto_tails import LeftOutRows
from mixwell.package_options import options, require_probability
from mixwell.specify.naming import distinct_label, element, predictor_names, read_name, row_names
from mixwell.text.phrases import and_more
from mixwell.threads import in_threads

SUMMARY_COLUMNS = ("estimate", "sd", "lower", "upper")
DIAGNOSTICS = ("rhat", "ess_bulk", "ess_tail", "mcse")

# Tail ESS is that of the 5% and 95% quantiles (Vehtari et al. 2021), whatever interval is printed.
TAIL_QUANTILES = (0.05, 0.95)
# Parameters whose convergence is measured together.
AT_ONCE = 64


def array_statistics() -> Any:
    """Return ArviZ's array functions, imported on first use."""
    from arviz_stats.base import array_stats

    return array_stats


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on which draws are summarized: the way there, the way back and its slope there."""

    there: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


#: Ratios are summarized as logarithms, lifts (a ratio less 1) as those of the ratio.
SCALES = {"ratio": Scale(np.log, np.exp, np.exp), "lift": Scale(np.log1p, np.expm1, np.exp)}


@dataclass(frozen=True, slots=True)
class IntervalSettings:
    """Which point and interval estimates summarize draws; `prob` is the interval's probability.

    `scale`, a name of `SCALES`, is where draws are summarized before they are taken back.
    """

    prob: float
    kind: str
    point: str
    scale: str = ""

    @property
    def percent(self) -> str:
        """The probability as text, such as ``"89%"``."""
        return f"{100 * self.prob:.10g}%"

    @property
    def sentence(self) -> str:
        """What the columns estimate, lower and upper hold."""
        kind = {"eti": "equal-tailed", "hdi": "highest-density"}.get(self.kind, self.kind)
        taken = " of the logarithm, taken back" if self.scale else ""
        return f"posterior {self.point} and {self.percent} {kind} interval{taken}"

    @property
    def positive(self) -> bool:
        """Whether what is summarized is above 0: a ratio."""
        return self.scale == "ratio"

    @property
    def sd_words(self) -> str:
        """What the column sd holds, of a table of ratios."""
        return "; sd: that of the logarithm, times the ratio" if self.scale else ""

    def of_ratios(self, scale: str = "ratio") -> "IntervalSettings":
        """Return the same width for ratios: median and equal tails, the same of u/v as of v/u.

        Without a scale they are those of the ratios themselves, some of which are not positive.
        """
        return replace(self, kind="eti", point="median", scale=scale)

    def said(self, frame: pd.DataFrame, about: str = "") -> pd.DataFrame:
        """Return a frame whose printout says above its columns how wide intervals are.

        `about` is further to be said of the numbers.
        """
        return frame.rename_axis(columns=f"{self.percent} interval{f', {about}' if about else ''}")


def interval_settings(ci_prob: float | None = None) -> IntervalSettings:
    """Return how draws are summarized: intervals of `ci_prob`, all else by ArviZ's settings.

    Without `ci_prob` it is that of `mixwell.options`. Settings are read at every call, so that
    `arviz.rc_context` works around any summary. Raises `DataError` for what is no probability.
    """
    from arviz_base import rcParams

    return IntervalSettings(
        prob=options.ci_prob if ci_prob is None else require_probability("ci_prob", ci_prob),
        kind=str(rcParams["stats.ci_kind"]),
        point=str(rcParams["stats.point_estimate"]),
    )


def envelope_prob() -> float:
    """Return the probability of bands around whole lines, by ArviZ's settings."""
    from arviz_base import rcParams

    return float(rcParams["stats.envelope_prob"])


def most_panels() -> int | None:
    """Return how many panels a figure may have, by ArviZ's settings; None for any number."""
    from arviz_base import rcParams

    most = rcParams["plot.max_subplots"]
    return None if most is None else int(most)


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Scalar parameters side by side.

    `labels` has one name a parameter; `values` has the shape ``(chain, draw, parameter)``.
    """

    labels: tuple[str, ...]
    values: FloatArray


def draws_of(variable: xr.DataArray) -> FloatArray:
    """Return the draws of one variable, shape ``(chain, draw, ...)``."""
    return np.asarray(variable.transpose("chain", "draw", ...).values, dtype=np.float64)


def coordinate(variable: xr.DataArray, dim: str) -> list[str]:
    """Return the labels along one dimension as text; positions where there is no coordinate."""
    return [str(label) for label in variable[dim].values.tolist()]


def labels_of(variable: xr.DataArray) -> list[list[str]]:
    """Return the labels of a variable's elements, dim by dim; none for one without dims."""
    dims = [str(dim) for dim in variable.dims if dim not in ("chain", "draw")]
    return [coordinate(variable, dim) for dim in dims]


def stack_variable(variable: xr.DataArray, taken: Container[str] = ()) -> Stack:
    """Return the scalars of one variable with ArviZ's labels, ``name[level, effect]``.

    Coefficients go by their own names, or with that of their parameter before it (`b_sigma` gives
    `sigma_x`); those whose names are taken are written out, `b[x]`. Of a correlation matrix only
    the pairs below the diagonal are kept, each once, named first effect first.
    """
    values, labels = draws_of(variable), stack_labels(variable, taken)
    pairs = _pairs(variable)
    if pairs is not None:
        return Stack(labels, values[:, :, *pairs])
    return Stack(labels, values.reshape(*values.shape[:2], -1))


def stack_labels(variable: xr.DataArray, taken: Container[str] = ()) -> tuple[str, ...]:
    """Return the labels that `stack_variable` gives, without a look at the draws."""
    name, axes = str(variable.name), labels_of(variable)
    if not axes:
        return (name,)
    pairs = _pairs(variable)
    if pairs is not None:
        return tuple(element(name, axes[0][j], axes[0][i]) for i, j in zip(*pairs, strict=True))
    if read_name(name)[0] == "b" and len(axes) == 2:
        return tuple(row.label(effect) for row in row_names(axes[0]) for effect in axes[1])
    joined = [""]
    for axis in axes:
        joined = [f"{left}, {label}" if left else label for left in joined for label in axis]
    return _labels(name, joined, taken)


def scalar_draws(variable: xr.DataArray, place: int) -> FloatArray:
    """Return the draws (chain, draw) of one of the scalars that `stack_labels` names."""
    pairs, whole = _pairs(variable), variable.transpose("chain", "draw", ...)
    where = np.unravel_index(place, whole.shape[2:]) if pairs is None else [x[place] for x in pairs]
    return draws_of(whole[(slice(None), slice(None), *map(int, where))])


def _pairs(variable: xr.DataArray) -> tuple[IntArray, IntArray] | None:
    """Return the places below the diagonal of a correlation matrix; None for what is none."""
    sizes = [size for dim, size in variable.sizes.items() if dim not in ("chain", "draw")]
    if read_name(str(variable.name))[0] != "corr" or len(sizes) != 2 or sizes[0] != sizes[1]:
        return None
    return np.tril_indices(sizes[0], -1)


def _labels(variable: str, elements: list[str], taken: Container[str]) -> tuple[str, ...]:
    # As the keys of priors: x, sigma_x, sd_user[x].
    kind, parameter = read_name(variable)
    if kind == "b":
        names = predictor_names(parameter)
        return tuple(distinct_label(names, effect, taken) for effect in elements)
    return tuple(element(variable, label) for label in elements)


def stack_variables(posterior: xr.Dataset, names: Iterable[str]) -> Stack:
    """Return several variables of a posterior as one stack, in the order of `names`."""
    return join_stacks([stack_variable(posterior[name]) for name in names], posterior)


def join_stacks(parts: Sequence[Stack], posterior: xr.Dataset) -> Stack:
    """Return stacks of one posterior side by side; none at all gives a stack without parameters.

    One alone is returned as it is, without a copy of its draws.
    """
    if len(parts) == 1:
        return parts[0]
    shape = (int(posterior.sizes["chain"]), int(posterior.sizes["draw"]), 0)
    return Stack(
        tuple(label for part in parts for label in part.labels),
        np.concatenate([np.empty(shape), *(part.values for part in parts)], axis=2),
    )


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
        "sd": np.asarray(values.std(axis=(0, 1), ddof=1)),
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
    scale = SCALES[settings.scale]
    slope = scale.slope(found["estimate"])
    spreads = ("sd", "mcse")
    return {n: v * slope if n in spreads else scale.back(v) for n, v in found.items()}


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
    if values.shape[0] < min_chains or values.shape[1] < 4:
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

    1 for a single chain.
    """
    n_chains, n_draws = int(posterior.sizes["chain"]), int(posterior.sizes["draw"])
    if n_chains == 1:
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


def densities_of_rows(found: LeftOutRows, rows: xr.DataArray, samples: int) -> Any:
    """Return ArviZ's `ELPDData` of rows left out in turn; `rows` has their dim and labels.

    Rows that weigh too much on the posterior (Pareto k above its threshold) are named in one
    `MixwellWarning`.
    """
    from arviz_stats.utils import ELPDDataLOO

    n, good = len(found.elpd), min(1 - 1 / np.log10(samples), 0.7) if samples > 1 else 0.7
    high = np.flatnonzero(found.k_hat > good)
    if len(high):
        labels = and_more([str(label) for label in rows.to_numpy()[high]], 5)
        subject = "1 row weighs" if len(high) == 1 else f"{len(high)} rows weigh"
        warn(
            f"{subject} too much on the posterior for leave-one-out to be exact "
            f"(Pareto k above {good:.2f}): {labels}."
        )
    return ELPDDataLOO(
        elpd=found.elpd.sum(),
        se=np.sqrt(n * found.elpd.var(ddof=1)),
        p=(found.lpd - found.elpd).sum(),
        n_samples=samples,
        n_data_points=n,
        scale="log",
        warning=bool(len(high)),
        good_k=good,
        elpd_i=rows.copy(data=found.elpd),
        pareto_k=rows.copy(data=found.k_hat),
    )


def compare_densities(densities: Mapping[str, Any]) -> pd.DataFrame:
    """Rank models by ArviZ's comparison of their leave-one-out densities, the best first."""
    from arviz_stats import compare

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.DataFrame(compare(dict(densities), round_to="none"))


def densities_of_groups(
    factor: str, elpd: FloatArray, k_hat: FloatArray, lpd: FloatArray, n_draws: int
) -> Any:
    """Return ArviZ's `ELPDData` of a factor's levels left out in turn; arrays are (n_levels,)."""
    from arviz_stats.utils import ELPDDataLOO

    n, good = len(elpd), min(1 - 1 / np.log10(n_draws), 0.7)
    return ELPDDataLOO(
        elpd=float(elpd.sum()),
        se=float(np.sqrt(n * elpd.var())),
        p=float((lpd - elpd).sum()),
        n_samples=n_draws,
        n_data_points=n,
        scale="log",
        warning=bool((k_hat > good).any()),
        good_k=float(good),
        elpd_i=xr.DataArray(elpd, dims=factor),
        pareto_k=xr.DataArray(k_hat, dims=factor),
    )
