"""What draws say about the rows of their model: linear predictors, log likelihood, new responses.

Computed in numpy from `b` and `r_<factor>`, in blocks of draws, because the raw coordinates of the
random effects are not kept.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.likelihood import log_density, random_response
from mixwell.specify.layout import FactorEffects, prefix
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["linear_predictor", "log_likelihood", "posterior_predictive", "row_parameters"]

#: Numbers in one block's (draw, obs) array: 64 MB.
_BLOCK = 8_000_000


def linear_predictor(
    spec: Spec, posterior: "xr.Dataset", parameter: str = "mean", *, deviations: bool = True
) -> FloatArray:
    """Return the linear predictor of every row and draw, (draw, obs), chains after one another.

    On the link scale; `deviations=False` leaves the random effects out (their population value).
    """
    n_draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    return _eta(spec, _stacked(posterior), parameter, slice(0, n_draws), deviations=deviations)


def row_parameters(
    spec: Spec, posterior: "xr.Dataset", *, deviations: bool = True
) -> Iterator[dict[str, FloatArray]]:
    """Go through the draws in blocks: linear predictor and parameters, (draw, obs) or (draw, 1).

    `eta` is on the link scale, the family's further parameters are on their own. Without
    `deviations` the linear predictor of the mean is the population's.
    """
    draws = _stacked(posterior)
    n_draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    size = max(1, _BLOCK // max(1, spec.design.n))
    for start in range(0, n_draws, size):
        block = slice(start, min(start + size, n_draws))
        values = {"eta": _eta(spec, draws, "mean", block, deviations=deviations)}
        for name in spec.auxiliary:
            if name in spec.design.parameters:
                link = spec.family.link_of(name)
                values[name] = link.inverse(_eta(spec, draws, name, block))
            else:
                values[name] = draws[name][block, None]
        yield values


def log_likelihood(spec: Spec, posterior: "xr.Dataset") -> "xr.DataArray":
    """Return the log likelihood of every row at every draw, dims chain, draw, obs."""
    parts = [
        log_density(spec.family, spec.response, values.pop("eta"), values)
        for values in row_parameters(spec, posterior)
    ]
    return _labeled(np.concatenate(parts), spec, posterior)


def posterior_predictive(
    spec: Spec, posterior: "xr.Dataset", seed: int | None = None
) -> "xr.DataArray":
    """Draw a new response for every row at every draw, dims chain, draw, obs.

    Counts of successes for binomial. The same seed gives the same draws.
    """
    rng = np.random.default_rng(seed)
    parts = [
        random_response(spec.family, spec.response, values.pop("eta"), values, rng)
        for values in row_parameters(spec, posterior)
    ]
    return _labeled(np.concatenate(parts), spec, posterior)


def _stacked(posterior: "xr.Dataset") -> dict[str, FloatArray]:
    """Return every variable with chains and draws as one leading axis, (draw, ...)."""
    return {
        str(name): np.asarray(v.transpose("chain", "draw", ...).values).reshape(-1, *v.shape[2:])
        for name, v in posterior.data_vars.items()
    }


def _eta(
    spec: Spec,
    draws: dict[str, FloatArray],
    parameter: str,
    block: slice,
    *,
    deviations: bool = True,
) -> FloatArray:
    predictor = spec.predictors[parameter]
    count = block.stop - block.start
    eta = np.zeros((count, spec.design.n))
    if predictor.fixed.names:
        name = "b" if parameter == "mean" else f"b_{prefix(parameter)[:-1]}"
        eta += draws[name][block] @ predictor.fixed.values.T
    if deviations:
        for found in spec.layout.of(parameter):
            _add_deviations(eta, draws[found.r_name][block], found)
    if predictor.offset is not None:
        eta += predictor.offset
    return eta


def _add_deviations(eta: FloatArray, r: FloatArray, found: FactorEffects) -> None:
    for j in range(len(found.effects)):
        eta += r[:, found.index, j] * found.values[:, j]


def _labeled(values: FloatArray, spec: Spec, posterior: "xr.Dataset") -> "xr.DataArray":
    import xarray as xr

    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    index = spec.design.index
    labels = [str(label) for label in index] if index.nlevels > 1 else list(index)
    return xr.DataArray(
        values.reshape(chains, draws, spec.design.n),
        dims=("chain", "draw", "obs"),
        coords={"chain": posterior["chain"], "draw": posterior["draw"], "obs": labels},
        name=spec.response.name,
    )
