"""What draws say about the rows of their model: log likelihood, new responses.

Computed in numpy from coefficients and deviations, in blocks of draws, because the raw coordinates
of the random effects are not kept.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import require_seed
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.labels import coordinates, row_labels
from mixwell.posterior.likelihood import log_density, random_response
from mixwell.posterior.posterior import Posterior

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["log_likelihood", "posterior_predictive", "row_parameters"]

#: Numbers in one block's (draw, obs) array: 64 MB.
_BLOCK = 8_000_000


def row_parameters(
    posterior: Posterior, *, deviations: bool = True
) -> Iterator[dict[str, FloatArray]]:
    """Go through the draws in blocks: linear predictor and parameters, (draw, obs) or (draw, 1).

    `eta` is on the link scale, the family's further parameters are on their own. Without
    `deviations` the linear predictor of the mean is the population's.
    """
    spec = posterior.spec
    size = max(1, _BLOCK // max(1, spec.design.n))
    for start in range(0, posterior.samples, size):
        block = slice(start, start + size)
        values = {"eta": posterior.on_rows("mean", block, deviations=deviations)}
        for name in spec.auxiliary:
            if name in spec.design.parameters:
                values[name] = spec.family.link_of(name).inverse(posterior.on_rows(name, block))
            else:
                values[name] = posterior.flat(name)[block, None]
        yield values


def log_likelihood(posterior: Posterior) -> "xr.DataArray":
    """Return the log likelihood of every row at every draw, dims chain, draw and rows."""
    spec = posterior.spec
    parts = [
        log_density(spec.family, spec.response, values.pop("eta"), values)
        for values in row_parameters(posterior)
    ]
    return _labeled(np.concatenate(parts), posterior)


def posterior_predictive(posterior: Posterior, seed: int | None = None) -> "xr.DataArray":
    """Draw a new response for every row at every draw, dims chain, draw and rows.

    Counts of successes for binomial. The same seed gives the same draws.
    """
    require_seed(seed)
    spec, rng = posterior.spec, np.random.default_rng(seed)
    parts = [
        random_response(spec.family, spec.response, values.pop("eta"), values, rng)
        for values in row_parameters(posterior)
    ]
    return _labeled(np.concatenate(parts), posterior)


def _labeled(values: FloatArray, posterior: Posterior) -> "xr.DataArray":
    import xarray as xr

    layout, draws = posterior.spec.layout, posterior.draws
    rows = coordinates({layout.row_dim: row_labels(posterior.spec.design.index)})
    return xr.DataArray(
        values.reshape(*posterior.shape, -1),
        dims=("chain", "draw", layout.row_dim),
        coords={"chain": draws["chain"], "draw": draws["draw"], **rows},
        name=layout.observed,
    )
