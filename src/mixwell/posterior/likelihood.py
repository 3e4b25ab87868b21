"""The families' log densities and random numbers in numpy, for draws whose model is not at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from mixwell.errors import DataError
from mixwell.families.family import Family
from mixwell.numeric.arrays import FloatArray

if TYPE_CHECKING:
    from mixwell.design.response.response import Response

__all__ = ["log_density", "random_response", "row_scale"]

Parameters = Mapping[str, FloatArray]


def row_scale(response: "Response", sigma: FloatArray | None, n: int) -> FloatArray:
    """Return each row's standard deviation, broadcast (..., obs): sigma, se and weights joined."""
    if response.se is None:
        scale = np.zeros(n) if sigma is None else sigma + np.zeros(n)
    elif response.se_sigma and sigma is not None:
        scale = np.sqrt(response.se**2 + sigma**2)
    else:
        scale = np.asarray(response.se, dtype=float)
    return scale if response.weights is None else scale / np.sqrt(response.weights)


def log_density(
    family: Family, response: "Response", mean: FloatArray, parameters: Parameters
) -> FloatArray:
    """Return the log likelihood of every row, (..., obs), as the PyMC model has it.

    `mean` is (..., obs) on the response scale (a probability for binomial); `parameters` broadcast
    with it. Weights, known errors, censoring and truncation enter as in the model.
    """
    dist = _distribution(family, response, mean, parameters)
    if response.censoring is not None:
        result = _censored(dist, family, response)
    else:
        result = np.asarray(dist.log_density(response.values))
        if response.lower is not None or response.upper is not None:
            result = result - _log_inside(dist, family, response)
    if response.weights is not None and not family.weights_scale_variance:
        result = result * response.weights
    return result


def random_response(
    family: Family,
    response: "Response",
    mean: FloatArray,
    parameters: Parameters,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw a response for every row, (..., obs); truncated families by inverting the cdf.

    Censored rows are drawn as they were before censoring. Raises `DataError` for a family whose
    truncation cannot be drawn from.
    """
    dist = _distribution(family, response, mean, parameters)
    if response.lower is None and response.upper is None:
        return np.asarray(dist.random(rng, mean.shape), dtype=float)
    below, above = _cdf_bounds(dist, family, response)
    if dist.quantile is None:
        raise DataError(f'Truncated draws of the family "{family.name}" are not available.')
    chance = below + rng.uniform(size=mean.shape) * (above - below)
    return np.asarray(dist.quantile(chance), dtype=float)


@dataclass(frozen=True, eq=False)
class _Rows:
    """A distribution for every row: log density, draws, cdf and quantiles where they are known."""

    log_density: Callable[[FloatArray], FloatArray]
    random: Callable[[np.random.Generator, tuple[int, ...]], FloatArray]
    log_cdf: Callable[[FloatArray], FloatArray] | None = None
    log_sf: Callable[[FloatArray], FloatArray] | None = None
    quantile: Callable[[FloatArray], FloatArray] | None = None


def _frozen(frozen: Any, *, discrete: bool = False) -> _Rows:
    density = frozen.logpmf if discrete else frozen.logpdf
    return _Rows(
        density,
        lambda rng, shape: frozen.rvs(size=shape, random_state=rng),
        frozen.logcdf,
        frozen.logsf,
        frozen.ppf,
    )


def _distribution(
    family: Family, response: "Response", mean: FloatArray, parameters: Parameters
) -> _Rows:
    from scipy import stats  # slow to import, and no posterior needs it

    match family.name:
        case "gaussian":
            scale = row_scale(response, parameters.get("sigma"), mean.shape[-1])
            return _frozen(stats.norm(mean, scale))
        case "student":
            scale = row_scale(response, parameters.get("sigma"), mean.shape[-1])
            return _frozen(stats.t(parameters["nu"], mean, scale))
        case "poisson":
            return _frozen(stats.poisson(mean), discrete=True)
        case "negativebinomial":
            alpha = parameters["alpha"]
            return _frozen(stats.nbinom(alpha, alpha / (alpha + mean)), discrete=True)
        case "gamma":
            alpha = parameters["alpha"]
            return _frozen(stats.gamma(alpha, scale=mean / alpha))
        case "beta":
            kappa = parameters["kappa"]
            return _frozen(stats.beta(mean * kappa, (1 - mean) * kappa))
        case _:
            trials = np.ones(mean.shape[-1]) if response.trials is None else response.trials
            return _binomial(trials, mean)


def _binomial(trials: FloatArray, chance: FloatArray) -> _Rows:
    """Return the binomial; bernoulli has one trial. Exact at chances of 0 and 1."""

    def density(y: FloatArray) -> FloatArray:
        ways = (
            special.gammaln(trials + 1) - special.gammaln(y + 1) - special.gammaln(trials - y + 1)
        )
        return np.asarray(ways + special.xlogy(y, chance) + special.xlog1py(trials - y, -chance))

    def random(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
        return rng.binomial(trials.astype(np.int64), chance, size=shape).astype(float)

    return _Rows(density, random)


def _log_inside(rows: _Rows, family: Family, response: "Response") -> FloatArray:
    """Return the log probability between the truncation's bounds, both inclusive."""
    below, above = _cdf_bounds(rows, family, response)
    return np.log(above - below)


def _cdf_bounds(rows: _Rows, family: Family, response: "Response") -> tuple[FloatArray, FloatArray]:
    """Return the cdf just below the lower and at the upper bound."""
    step = 1.0 if family.discrete else 0.0
    below, above = np.zeros(1), np.ones(1)
    if rows.log_cdf is None:
        raise DataError(f'The family "{family.name}" cannot be truncated.')
    if response.lower is not None:
        below = np.exp(rows.log_cdf(response.lower - step))
    if response.upper is not None:
        above = np.exp(rows.log_cdf(response.upper))
    return below, above


def _censored(rows: _Rows, family: Family, response: "Response") -> FloatArray:
    """Return log densities of exact rows and log probabilities of censored ones."""
    if rows.log_cdf is None or rows.log_sf is None:
        raise DataError(f'The family "{family.name}" cannot be censored.')
    y, side, step = response.values, np.asarray(response.censoring), 1.0 if family.discrete else 0.0
    result = np.where(side == -1, rows.log_cdf(y), rows.log_density(y))
    result = np.where(side == 1, rows.log_sf(y - step), result)
    if (side == 2).any():
        top = np.asarray(response.censoring_upper, dtype=float)
        high, low = rows.log_cdf(top), rows.log_cdf(y)
        with np.errstate(divide="ignore", invalid="ignore"):
            between = high + np.log(-np.expm1(low - high))
        result = np.where(side == 2, between, result)
    return np.asarray(result)
