"""Draws of a model's coefficients and numbers from their prior, as a posterior has them."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.prior.prior_samples import samples_of
from mixwell.specify.priors import PriorEntry
from mixwell.specify.spec import Spec

__all__ = ["PRIOR_DRAWS", "prior_draws"]

#: Draws of the prior: an order of four has its probability to 2% of it.
PRIOR_DRAWS = 60_000
_CHAINS = 4


def prior_draws(spec: Spec, draws: int = PRIOR_DRAWS, seed: int = 0) -> Posterior:
    """Return draws of the prior of all coefficients and numbers, without deviations of groups.

    Standard deviations of groups are there where no effects correlate. Raises `DataError` for
    priors that cannot be drawn: flat ones, those of PyMC, vectors.
    """
    if spec.vectors or spec.layout.naming.rows:
        raise _unknown("there are several linear predictors, or thresholds")
    shape, rng = (_CHAINS, draws // _CHAINS), np.random.default_rng(seed)
    n = shape[0] * shape[1]
    made: dict[str, tuple[tuple[str, ...], FloatArray]] = {}
    coords: dict[str, object] = {"chain": range(shape[0]), "draw": range(shape[1])}

    def put(name: str, values: FloatArray, dim: str, labels: Sequence[str]) -> None:
        made[name] = ("chain", "draw", dim), values.T.reshape(*shape, -1)
        coords[dim] = list(labels)

    for parameter, predictor in spec.predictors.items():
        values = _coefficients(spec, parameter, n, rng)
        if len(values):
            name, dim = spec.layout.naming.variable(parameter), spec.names(parameter).effect_dim
            put(name, values, dim, predictor.fixed.names)
    for entry in spec.priors:
        if entry.role == "auxiliary":
            made[entry.key] = ("chain", "draw"), _drawn(entry, n, rng).reshape(shape)
    known = {entry.key: entry for entry in spec.priors if entry.role == "sd"}
    for found in () if spec.layout.correlations else spec.layout.factors:
        keys = [f"{found.sd_name}[{effect}]" for effect in found.effects]
        if {*keys} <= {*known}:
            sds = np.array([_drawn(known[key], n, rng) for key in keys])
            put(found.sd_name, sds, found.effect_dim, found.effects)
    return Posterior(xr.Dataset(made, coords), spec)


def _coefficients(spec: Spec, parameter: str, n: int, rng: np.random.Generator) -> FloatArray:
    """Return the coefficients of one predictor at the user's own columns, `(effect, sample)`."""
    fixed = spec.predictors[parameter].fixed
    entries = spec.priors.select("slope", parameter)
    slopes = np.array([_drawn(entry, n, rng) for entry in entries]).reshape(len(entries), n)
    joined = slopes
    if fixed.intercept:
        entry = spec.priors.select("intercept", parameter)[0]
        intercept = _drawn(entry, n, rng)
        near = fixed.centers[1:]
        between = near @ slopes
        if not entry.centered:  # of the predictors' own zero: it moves with the slopes
            change = None if fixed.shift is None else fixed.shift.change[1:, 1:]
            own = near if change is None else fixed.values[:, 1:].mean(axis=0) @ change
            intercept = intercept + own @ slopes
        joined = np.concatenate([(intercept - between)[None], slopes])
    return joined if fixed.shift is None else np.asarray(fixed.shift.change @ joined)


def _drawn(entry: PriorEntry, n: int, rng: np.random.Generator) -> FloatArray:
    found = samples_of(entry.prior, entry.domain, n, rng)
    if found is None:
        raise _unknown(f"the prior of {entry.key}, {entry.prior}")
    return found


def _unknown(what: str) -> DataError:
    return DataError(f"The prior cannot be drawn here: {what}.")
