"""The likelihood of a specification as PyMC variables."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from mixwell.errors import SamplingError
from mixwell.families.family import PymcDistribution
from mixwell.infer.pymc.response.own_distribution import observe_own
from mixwell.infer.pymc.tensor_functions import TENSORS
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.naming import OBSERVED_CATEGORY
from mixwell.specify.spec import Spec

__all__ = ["observe"]

Tensor = Any


def observe(spec: Spec, eta: Tensor, parameters: dict[str, Tensor]) -> None:
    """Add the observed response to the model on the stack.

    `eta` is the linear predictor (obs,), `parameters` the family's others, scalars or (obs,).
    Weights divide the variance of a family with a scale; others' log likelihood is multiplied.
    """
    response, known = spec.response, spec.family.pymc
    given = _given(spec, eta, parameters)
    if spec.family.parts and known is None:
        _observe_parts(spec, given)
        _weigh(spec, [spec.response.part(k).name for k in range(len(spec.family.parts))])
        return
    held = response.values if response.columns is None else response.columns
    values = np.array(held, dtype=np.int64 if spec.family.support.whole else float)
    name, rows = spec.layout.observed, spec.layout.row_dim
    if known is None or response.censoring is not None:  # PyMC has no intervals
        observe_own(spec, given, values)
    elif response.truncated:
        kind, args = _distribution(spec, known, given)
        lower, upper = _bound(response.lower), _bound(response.upper)
        plain = kind.dist(**args)
        pm.Truncated(name, plain, lower=lower, upper=upper, observed=values, dims=rows)
    else:
        kind, args = _distribution(spec, known, given)
        dims = rows if response.columns is None else (rows, OBSERVED_CATEGORY)
        kind(name, **args, observed=values, dims=dims)
    _weigh(spec, [name])


def _observe_parts(spec: Spec, given: dict[str, Tensor]) -> None:
    """Add several responses, each under its own name."""
    for number, part in enumerate(spec.family.parts):
        own = {n: given[here] for n, here in spec.family.part_names(number).items() if n != "y"}
        kind = np.int64 if part.support.whole else float
        column = spec.response.part(number)
        values = np.array(column.values, dtype=kind)
        if part.pymc is None:
            raise SamplingError(
                f'The family "{part.name}" of {column.name} is not one of PyMC\'s.',
                where="engine",
                hint='engine="direct" samples several responses of any families.',
            )
        found = part.bound(TENSORS, **own)
        chosen = part.pymc.by_link.get(part.link_name, part.pymc.arguments)
        arguments = {name: found.value(what) for name, what in chosen.items()}
        arguments |= part.pymc.options
        dims = spec.layout.row_dim
        getattr(pm, part.pymc.name)(column.name, **arguments, observed=values, dims=dims)


def _column(spec: Spec, name: str, values: FloatArray) -> Tensor:
    """Put one number a row into the model."""
    return pm.Data(name, np.array(values, dtype=float), dims=spec.layout.row_dim)


def _weigh(spec: Spec, names: list[str]) -> None:
    """Multiply rows' log densities by weights: of each response they are in the model once."""
    if spec.response.weights is None or spec.family.scale is not None:
        return
    weights, model = _column(spec, "weights", spec.response.weights), pm.modelcontext(None)
    densities = [pm.logp(model[name], model.rvs_to_values[model[name]]) for name in names]
    further = [((weights - 1.0) * density).sum() for density in densities]
    pm.Potential("likelihood_weights", sum(further[1:], further[0]))


def _bound(bound: FloatArray | None) -> FloatArray | None:
    return None if bound is None else np.array(bound, dtype=float)


def _given(spec: Spec, eta: Tensor, parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what a row's density depends on, by name."""
    family, response = spec.family, spec.response
    given = {"eta": eta, **parameters}
    if family.scale is not None:
        given[family.scale.name] = _row_scale(spec, parameters.get(family.scale.name))
    if response.trials is not None:
        trials = np.array(response.trials, dtype=np.int64)
        given["trials"] = pm.Data("trials", trials, dims=spec.layout.row_dim)
    return given


def _distribution(
    spec: Spec, known: PymcDistribution, given: dict[str, Tensor]
) -> tuple[Any, dict[str, Any]]:
    """Return PyMC's distribution and its arguments."""
    found = spec.family.bound(TENSORS, **given)
    chosen = known.by_link.get(spec.link, known.arguments)
    arguments = {name: found.value(what) for name, what in chosen.items()}
    return getattr(pm, known.name), {**arguments, **known.options}


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
