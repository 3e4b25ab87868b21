"""What draws say about the rows of their model: log likelihood, new responses.

Computed in numpy from coefficients and deviations, in blocks of draws, because the raw coordinates
of the random effects are not kept.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.errors import require_seed, require_whole, warn
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.pareto_tails import LeftOutRows, left_out_rows, tail_length
from mixwell.package_options import options
from mixwell.posterior.draws import densities_of_rows, relative_efficiency
from mixwell.posterior.labels import coordinates, response_labels, row_labels
from mixwell.posterior.likelihood import log_density, random_response
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_blocks import ALIVE, over_blocks, row_blocks
from mixwell.posterior.row_predictors import rows_of_model
from mixwell.progress import Progress
from mixwell.threads import ahead

if TYPE_CHECKING:
    import xarray as xr
    from arviz_stats.utils import ELPDDataLOO

__all__ = ["leave_one_out", "log_likelihood", "posterior_predictive", "row_parameters"]

#: Numbers in one block's (draw, obs) array: 64 MB where that is all, else less.
_WHOLE, _PART = 8_000_000, 1_000_000


def row_parameters(
    posterior: Posterior, *, deviations: bool = True
) -> Iterator[dict[str, FloatArray]]:
    """Go through the draws in blocks: linear predictor and parameters, (draw, obs) or (draw, 1).

    `eta` is on the link scale, the family's further parameters are on their own. Without
    `deviations` the linear predictor of the mean is the population's.
    """
    rows = rows_of_model(posterior, deviations=deviations)
    n, samples = posterior.spec.design.n, posterior.samples
    allowed = options.memory // (8 * ALIVE)
    whole = n * samples <= min(_WHOLE, allowed)
    size = max(1, (_WHOLE if whole else min(_PART, allowed)) // n)
    for start in range(0, samples, size):
        yield rows.draws(slice(start, start + size))


def log_likelihood(posterior: Posterior) -> "xr.DataArray":
    """Return the log likelihood of every row at every draw, dims chain, draw and rows."""
    spec = posterior.spec
    parts = [
        log_density(spec.family, spec.response, values.pop("eta"), values)
        for values in row_parameters(posterior)
    ]
    return _labeled(np.concatenate(parts), posterior)


def leave_one_out(posterior: Posterior, progressbar: bool | None = None) -> "ELPDDataLOO":
    """Return ArviZ's `ELPDData`: expected log predictive density by PSIS leave-one-out.

    The log likelihood is made for some rows at a time, and not kept. A `MixwellWarning` names rows
    that weigh too much on the posterior. Source: Vehtari, Gelman and Gabry (2017).
    """
    spec, samples = posterior.spec, posterior.samples
    instead = 'fit.loo(group="g") leaves out the levels of a grouping factor.'
    require_rows(spec.design.elsewhere, "Leave-one-out goes", instead)
    tail = tail_length(samples, relative_efficiency(posterior.draws))
    rows, n = rows_of_model(posterior), spec.design.n
    result = LeftOutRows(*(np.empty(n) for _ in range(3)))
    counts, response = spec.response.counts, spec.response
    if counts is not None:  # one of equal rows is left out
        response = replace(response, weights=None, frequency=False)

    def work(part: slice) -> None:
        eta, further = rows.by_draw(part)
        density = log_density(spec.family, response.rows(part), eta, further)
        made = left_out_rows(np.ascontiguousarray(density.T), tail)
        result.elpd[part], result.k_hat[part], result.lpd[part] = made.elpd, made.k_hat, made.lpd

    over_blocks(work, row_blocks(n, samples, whole=0), "Leaving rows out", progressbar)
    return densities_of_rows(result, row_coordinate(posterior), samples, counts)


def posterior_predictive(
    posterior: Posterior,
    seed: int | None = None,
    draws: int | None = None,
    progressbar: bool | None = None,
) -> "xr.DataArray":
    """Draw a new response for every row at every draw, dims chain, draw and rows.

    Counts of successes for binomial, and whole numbers for all counts and categories. The same seed
    gives the same responses. `draws` of all draws, evenly spaced, are used; where responses
    for all do not fit in `mixwell.options.memory`, as many as do, with a `MixwellWarning`.
    """
    require_seed(seed)
    require_rows(posterior.spec.design.elsewhere, "Responses that are drawn anew go")
    posterior = _that_fit(posterior, draws)
    spec, rng = posterior.spec, np.random.default_rng(seed)
    several = [len(labels) for labels in response_labels(spec).values()]
    number = np.int64 if spec.family.support.discrete else np.float64
    made: np.ndarray[Any, Any] = np.empty((posterior.samples, spec.design.n, *several), number)
    blocks, done = row_parameters(posterior), 0
    with Progress("Drawing responses", len(made), progressbar, "draws") as progress:
        for values in ahead(blocks) if made.size > _WHOLE else blocks:
            eta = values.pop("eta")
            part = slice(done, done + len(eta))
            made[part] = random_response(spec.family, spec.response, eta, values, rng)
            done += len(eta)
            progress.add(len(eta))
    return _labeled(made, posterior)


def _that_fit(posterior: Posterior, draws: int | None) -> Posterior:
    """Return the draws that are asked for, or as many as responses of all rows fit for."""
    if draws is not None:
        require_whole("draws", draws, 1)
        return posterior.thinned(draws)
    n = posterior.spec.design.n
    most = max(options.memory // (8 * n), 1)
    if posterior.samples <= most:
        return posterior
    kept = posterior.thinned(most)
    warn(
        f"Responses of {n:,} rows in all {posterior.samples:,} draws take "
        f"{8e-9 * n * posterior.samples:.1f} GB, more than mixwell.options.memory allows: "
        f"{kept.samples:,} draws are used, evenly spaced. draws= says how many you want."
    )
    return kept


def row_coordinate(posterior: Posterior) -> "xr.DataArray":
    """Return the labels of the model's rows along their dim."""
    dim = posterior.spec.layout.row_dim
    return coordinates({dim: row_labels(posterior.spec.design.index)})[dim]


def _labeled(values: FloatArray, posterior: Posterior) -> "xr.DataArray":
    """Label values (sample, row), or (sample, row, category) of a response that is several."""
    import xarray as xr

    spec, draws = posterior.spec, posterior.draws
    layout, dims = spec.layout, response_labels(spec) if values.ndim > 2 else {}
    rows = coordinates({layout.row_dim: row_labels(spec.design.index), **dims})
    return xr.DataArray(
        values.reshape(*posterior.shape, *values.shape[1:]),
        dims=("chain", "draw", layout.row_dim, *dims),
        coords={"chain": draws["chain"], "draw": draws["draw"], **rows},
        name=layout.observed,
    )
