"""The likelihood of a specification as PyMC variables."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from mixwell.families.arguments import Arguments
from mixwell.infer.pymc.tensor_functions import TENSORS
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec

__all__ = ["observe"]

Tensor = Any


def observe(spec: Spec, eta: Tensor, parameters: dict[str, Tensor]) -> None:
    """Add the observed response to the model on the stack.

    `eta` is the linear predictor (obs,), `parameters` the family's others, scalars or (obs,).
    Weights divide the variance of a family with a scale; others' log likelihood is multiplied.
    """
    response = spec.response
    kind, args = _distribution(spec, eta, parameters)
    values = np.array(response.values, dtype=np.int64 if spec.family.support.whole else float)
    name, rows = spec.layout.observed, spec.layout.row_dim
    if response.censoring is not None:
        _censored(spec, name, kind, args, values)
    elif response.truncated:
        lower, upper = _bound(response.lower), _bound(response.upper)
        plain = kind.dist(**args)
        pm.Truncated(name, plain, lower=lower, upper=upper, observed=values, dims=rows)
    else:
        kind(name, **args, observed=values, dims=rows)
    if response.weights is not None and spec.family.scale is None:
        weights = _column(spec, "weights", response.weights)
        if response.censoring is None:
            _weight(pm.modelcontext(None)[name], weights)


def _column(spec: Spec, name: str, values: FloatArray) -> Tensor:
    """Put one number a row into the model."""
    return pm.Data(name, np.array(values, dtype=float), dims=spec.layout.row_dim)


def _weight(observed: Tensor, weights: Tensor) -> None:
    """Multiply rows' log densities by their weights: they are in the model once already."""
    log_density = pm.logp(observed, pm.modelcontext(None).rvs_to_values[observed])
    pm.Potential("likelihood_weights", ((weights - 1.0) * log_density).sum())


def _bound(bound: FloatArray | None) -> FloatArray | None:
    return None if bound is None else np.array(bound, dtype=float)


def _distribution(spec: Spec, eta: Tensor, parameters: dict[str, Tensor]) -> tuple[Any, Any]:
    """Return PyMC's distribution and its arguments (see `families.family.PymcDistribution`)."""
    family, response = spec.family, spec.response
    given = dict(parameters)
    if family.scale is not None:
        given[family.scale.name] = _row_scale(spec, parameters.get(family.scale.name))
    if response.trials is not None:
        trials = np.array(response.trials, dtype=np.int64)
        given["trials"] = pm.Data("trials", trials, dims=spec.layout.row_dim)
    found = Arguments(family.link, TENSORS, {"eta": eta, **given})
    chosen = family.pymc.by_link.get(spec.link, family.pymc.arguments)
    arguments = {name: found.value(what) for name, what in chosen.items()}
    return getattr(pm, family.pymc.name), {**arguments, **family.pymc.options}


def _row_scale(spec: Spec, sigma: Tensor) -> Tensor:
    """Return each row's standard deviation: the scale, known errors and precision weights."""
    response = spec.response
    scale = sigma
    if response.se is not None:
        se = _column(spec, "se", response.se)
        scale = pt.sqrt(se**2 + sigma**2) if response.se_sigma else se
    if response.weights is None:
        return scale
    return scale / pt.sqrt(_column(spec, "weights", response.weights))


def _censored(spec: Spec, name: str, kind: Any, args: dict[str, Tensor], values: Any) -> None:
    """Observe rows that are known only to lie below, above or between values.

    For counts a right-censored row is at least its value, as in PyMC.
    """
    response = spec.response
    side = np.asarray(response.censoring)
    plain, between = np.flatnonzero(side != 2), np.flatnonzero(side == 2)
    weights = response.weights if spec.family.scale is None else None
    lower = np.where(side == -1, values, -np.inf)[plain]
    upper = np.where(side == 1, values, np.inf)[plain]
    if plain.size:
        dist = kind.dist(**_rows(args, plain, between.size > 0))
        dims = None if between.size else spec.layout.row_dim
        observed = values[plain]
        made = pm.Censored(name, dist, lower=lower, upper=upper, observed=observed, dims=dims)
        if weights is not None:
            _weight(made, weights[plain])
    if between.size:
        dist = kind.dist(**_rows(args, between, True))
        top = pm.logcdf(dist, np.array(response.censoring_upper)[between].astype(values.dtype))
        inside = top + pt.log1mexp(pm.logcdf(dist, values[between]) - top)
        factor = 1.0 if weights is None else weights[between]
        pm.Potential(spec.layout.interval, (factor * inside).sum())


def _rows(args: dict[str, Tensor], rows: NDArray[np.int64], subset: bool) -> dict[str, Tensor]:
    if not subset:
        return args
    return {k: v[rows] if getattr(v, "ndim", 0) == 1 else v for k, v in args.items()}
