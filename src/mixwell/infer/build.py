"""A specification to a `pm.Model` with the names and coords of the posterior."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from mixwell.errors import SamplingError
from mixwell.infer.coordinates import random_effects, scalar_variable, unit_dim, vector_variable
from mixwell.infer.geometry import resolve_geometry
from mixwell.infer.observe import observe
from mixwell.specify.layout import FactorEffects, prefix
from mixwell.specify.spec import Spec

__all__ = ["build_model", "posterior_names"]

Tensor = Any
FloatArray = NDArray[np.float64]
#: Up to so many columns a sum of products compiles faster than `dot` and runs as fast.
_FEW_COLUMNS = 12


def build_model(spec: Spec, parameterization: object = "auto") -> pm.Model:
    """Build the PyMC model of a specification.

    Free variables are the centred intercept, the slopes, standard deviations, correlations' raw
    coordinates, the random effects' coordinates and the family's parameters; `b`, `r_<factor>`
    and `corr_<factor>` are computed from them under the names of the posterior.

    Raises `DataError` for an unknown parameterisation, `SamplingError` for a model in which
    nothing is left to estimate.
    """
    geometry = resolve_geometry(parameterization, spec)
    with pm.Model(coords=_coords(spec)) as model:
        deviations = random_effects(spec, geometry)
        index = _index(spec)
        eta = {name: _linear_predictor(spec, name, deviations, index) for name in spec.predictors}
        parameters = {
            name: pt.exp(eta[name]) if name in eta else scalar_variable(name, spec.priors[name])
            for name in spec.auxiliary
        }
        observe(spec, eta["mean"], parameters)
    if not model.free_RVs:
        raise SamplingError(
            "The model has nothing to estimate: no coefficient, no random effect, no parameter.",
            where=spec.formulas[0],
            hint='Write "~ 1" for an intercept.',
        )
    return model


def posterior_names(spec: Spec) -> tuple[str, ...]:
    """Return the posterior's variables (DESIGN.md): everything else is a raw coordinate."""
    names = [_coefficients(parameter) for parameter in spec.predictors]
    names += [found.sd_name for found in spec.layout.factors]
    names += [matrix.name for matrix in spec.layout.correlations]
    names += [p for p in spec.auxiliary if p not in spec.design.parameters]
    names += [found.r_name for found in spec.layout.factors]
    return tuple(n for n in names if n)


def _coefficients(parameter: str) -> str:
    return "b" if parameter == "mean" else f"b_{parameter}"


def _row_labels(index: pd.Index) -> Sequence[object]:
    if isinstance(index, pd.MultiIndex):
        return [str(label) for label in index]
    return list(index)


def _coords(spec: Spec) -> dict[str, Sequence[object]]:
    coords: dict[str, Sequence[object]] = {spec.layout.row_dim: _row_labels(spec.design.index)}
    for parameter, predictor in spec.predictors.items():
        before, fixed = prefix(parameter), predictor.fixed
        if fixed.names:
            coords[f"{before}effect"] = list(fixed.names)
        if fixed.intercept and len(fixed.names) > 1:
            coords[f"{before}slope"] = list(fixed.names[1:])
    for found in spec.layout.factors:
        coords[found.factor] = list(found.levels)
        coords[found.effect_dim] = list(found.effects)
    for unit in spec.layout.units:
        own = [found.effects[c] for found, columns in unit.parts for c in columns]
        coords.setdefault(unit_dim(unit), own)
    for matrix in spec.layout.correlations:
        coords[matrix.dim] = coords[f"{matrix.dim}_"] = list(matrix.labels)
    return coords


def _index(spec: Spec) -> dict[str, Tensor]:
    """Put each factor's index of rows into the model, once for all of its terms."""
    first = {found.factor: found for found in reversed(spec.layout.factors)}
    return {
        factor: pm.Data(
            f"{factor}_index", np.array(found.index, dtype=np.int64), dims=spec.layout.row_dim
        )
        for factor, found in first.items()
    }


def _linear_predictor(
    spec: Spec, parameter: str, deviations: dict[str, Tensor], index: dict[str, Tensor]
) -> Tensor:
    predictor, before = spec.predictors[parameter], prefix(parameter)
    eta = _fixed_part(spec, parameter)
    for found in spec.layout.of(parameter):
        eta = eta + _random_part(
            found, deviations[found.label], index[found.factor], spec.layout.row_dim
        )
    if predictor.offset is not None:
        offset = np.array(predictor.offset, dtype=float)
        eta = eta + pm.Data(f"{before}offset", offset, dims=spec.layout.row_dim)
    return eta


def _random_part(found: FactorEffects, deviations: Tensor, index: Tensor, row_dim: str) -> Tensor:
    if len(found.effects) == 1 and (found.values == 1).all():
        return deviations[:, 0][index]
    dims = (row_dim, found.effect_dim)
    columns = pm.Data(f"Z_{found.label}", np.array(found.values, dtype=float), dims=dims)
    return (deviations[index] * columns).sum(-1)


def _fixed_part(spec: Spec, parameter: str) -> Tensor:
    """Return the fixed part of a linear predictor, (obs,), and put its coefficients in the model.

    Predictors are centred inside where there is an intercept; `b` is at the user's predictors.
    """
    fixed, before = spec.predictors[parameter].fixed, prefix(parameter)
    name, n, rows = _coefficients(parameter), len(fixed.values), spec.layout.row_dim
    if not fixed.names:
        return pt.zeros(n)
    slopes = [entry.prior for entry in spec.priors.select("slope", parameter)]
    if not fixed.intercept:
        b = vector_variable(name, slopes, fixed.names, f"{before}effect")
        return _times(f"{before}X", fixed.values, b, (rows, f"{before}effect"))
    means = fixed.values[:, 1:].mean(axis=0)
    if not slopes:
        intercept, shift = _intercept(spec, parameter, None)
        pm.Deterministic(name, intercept[None], dims=f"{before}effect")
        return intercept + pt.zeros(n)
    dim = f"{before}slope"
    values = vector_variable(f"{name}_slopes", slopes, fixed.names[1:], dim)
    intercept, shift = _intercept(spec, parameter, (means * values).sum())
    joined = pt.concatenate([(intercept - shift)[None], values])
    pm.Deterministic(name, joined, dims=f"{before}effect")
    return intercept + _times(
        f"{before}X_centered", fixed.values[:, 1:] - means, values, (rows, dim)
    )


def _times(name: str, columns: FloatArray, coefficients: Tensor, dims: tuple[str, str]) -> Tensor:
    data = pm.Data(name, np.array(columns, dtype=float), dims=dims)
    if columns.shape[1] <= _FEW_COLUMNS:
        return (data * coefficients).sum(-1)
    return pt.dot(data, coefficients)


def _intercept(spec: Spec, parameter: str, shift: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the intercept at the predictors' means, and what lies between it and the user's.

    A prior on the intercept at the predictors' own zero moves with the shift where it has a
    location, so that the sampled variable is the centred one in any case but the last.
    """
    entry = spec.priors.select("intercept", parameter)[0]
    before, between = prefix(parameter), 0.0 if shift is None else shift
    name, prior = f"{before}Intercept_centered", entry.prior
    if entry.centred or prior.distribution == "Flat":
        return scalar_variable(name, prior), between
    if prior.location is not None:
        return scalar_variable(name, prior, shift), between
    own = scalar_variable(f"{before}Intercept", prior)
    return pm.Deterministic(name, own + between), between
