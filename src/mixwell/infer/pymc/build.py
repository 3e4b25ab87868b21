"""A specification to a `pm.Model` with the names and coords of the posterior."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.errors import SamplingError
from mixwell.families.elementwise import bind
from mixwell.families.family import Parameter
from mixwell.infer.geometry import Geometry
from mixwell.infer.places import modeled, places
from mixwell.infer.pymc.coefficients import coefficients
from mixwell.infer.pymc.joint import joint_source
from mixwell.infer.pymc.random_effects import covariances, random_effects
from mixwell.infer.pymc.response.observe import observe
from mixwell.infer.pymc.tensor_functions import TENSORS
from mixwell.infer.pymc.variables import (
    REGISTERED,
    Source,
    elements,
    scalar_variable,
)
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.labels import posterior_labels, row_labels
from mixwell.specify.held_intercepts import marks, near_means
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import OBSERVED_CATEGORY, centered_name, vector_dim
from mixwell.specify.scales import typical_vector
from mixwell.specify.spec import Spec

__all__ = ["build_model"]

Tensor = Any
#: Up to so many columns a sum of products compiles faster than `dot` and runs as fast.
_FEW_COLUMNS = 12


def build_model(spec: Spec, geometry: Geometry) -> pm.Model:
    """Build the PyMC model of a specification in the coordinates of a geometry.

    Free variables are the centered intercept, the slopes, standard deviations, correlations' raw
    coordinates, the random effects' coordinates and the family's parameters; `b`, `r_<factor>`
    and `corr_<factor>` are computed from them under the names of the posterior.

    Raises `SamplingError` for a model in which nothing is left to estimate.
    """
    with pm.Model(coords=_coords(spec)) as model:
        shared, where = covariances(spec), places(spec)
        source: Source = REGISTERED
        if geometry.whitening is not None:
            source = joint_source(spec, geometry.weights, geometry.whitening, shared)
        deviations = random_effects(spec, geometry.weights, shared, source, where)
        index = _index(spec)
        own = {name: source if name in modeled(spec) else REGISTERED for name in spec.predictors}
        eta = {
            name: _linear_predictor(spec, name, made, where.fixed[name], deviations, index)
            for name, made in own.items()
        }
        _stack_rows(spec)
        parameters = {name: _parameter(spec, name, eta) for name in spec.auxiliary}
        observe(spec, eta["mean"], parameters)
    if not model.free_RVs:
        raise SamplingError(
            "The model has nothing to estimate: no coefficient, no random effect, no parameter.",
            where=spec.formulas[0],
            hint='Write "~ 1" for an intercept.',
        )
    return model


def _stack_rows(spec: Spec) -> None:
    """Put the coefficients that are rows of one variable of the posterior together."""
    known = pm.modelcontext(None).named_vars
    for rows in spec.layout.naming.rows:
        parts = [known.get(spec.names(parameter).coefficients) for parameter in rows.labels]
        if None not in parts:
            pm.Deterministic(rows.variable, pt.stack(parts), dims=rows.dims)


def _coords(spec: Spec) -> dict[str, Sequence[object]]:
    rows = list(row_labels(spec.design.index))
    coords: dict[str, Sequence[object]] = {spec.layout.row_dim: rows, **posterior_labels(spec)}
    for parameter, predictor in spec.predictors.items():
        coords.setdefault(spec.names(parameter).effect_dim, predictor.fixed.names)
        if predictor.fixed.intercept and len(predictor.fixed.names) > 1:
            coords[spec.names(parameter).slope_dim] = predictor.fixed.names[1:]
    if spec.response.columns is not None:
        coords[OBSERVED_CATEGORY] = spec.response.levels or ()
    for unit in spec.layout.units:
        coords.setdefault(unit.dims[1], unit.effects)
    return coords


def _parameter(spec: Spec, name: str, eta: dict[str, Tensor]) -> Tensor:
    """Make a parameter of the family: from its own formula, a number, or a vector."""
    if name in eta:
        return bind(spec.family.link_of(name).backward, TENSORS)(eta[name])
    if name not in spec.vectors:
        entry = spec.priors.entry(name)
        return scalar_variable(name, entry.prior, positive=entry.positive)
    return _vector(spec, spec.family.parameter(name))


def _vector(spec: Spec, parameter: Parameter) -> Tensor:
    """Make a vector of the family; one that holds the intercept at the predictors' means.

    As `b` is at the user's predictors, so is the vector under its own name; the rows' linear
    predictors count from the means (see `_fixed_part`), and what is returned belongs to them.
    """
    name, prior = parameter.name, spec.priors[parameter.name]
    vector = spec.vectors[name]
    start = typical_vector(spec.response, vector, spec.family.link)
    dim = vector_dim(name)
    if not (parameter.intercept and spec.held):
        return elements(name, prior, dim, start, increasing=vector.increasing)
    made = elements(centered_name(name), prior, dim, start, increasing=vector.increasing)
    own = made
    for held, place in spec.held.items():
        fixed = spec.predictors[held].fixed
        slopes = pm.modelcontext(None)[spec.names(held).coefficients]
        if fixed.shift is not None:
            slopes = pt.dot(fixed.shift.back, slopes)
        own = own + marks(spec, place) * (near_means(spec, held) * slopes).sum()
    pm.Deterministic(name, own, dims=dim)
    return made


def _index(spec: Spec) -> dict[str, Tensor]:
    """Put each factor's index of rows into the model, once for all of its terms."""
    first = {found.factor: found for found in reversed(spec.layout.factors)}
    return {
        factor: pm.Data(
            found.index_name, np.array(found.index, dtype=np.int64), dims=spec.layout.row_dim
        )
        for factor, found in first.items()
    }


def _linear_predictor(
    spec: Spec,
    parameter: str,
    source: Source,
    where: IntArray,
    deviations: dict[str, Tensor],
    index: dict[str, Tensor],
) -> Tensor:
    predictor = spec.predictors[parameter]
    eta = _fixed_part(spec, parameter, source, where)
    for found in spec.layout.of(parameter):
        eta = eta + _random_part(
            found, deviations[found.label], index[found.factor], spec.layout.row_dim
        )
    if predictor.offset is not None:
        offset = np.array(predictor.offset, dtype=float)
        name = spec.names(parameter).offset
        eta = eta + pm.Data(name, offset, dims=spec.layout.row_dim)
    return eta


def _random_part(found: FactorEffects, deviations: Tensor, index: Tensor, row_dim: str) -> Tensor:
    if len(found.effects) == 1 and (found.values == 1).all():
        return deviations[:, 0][index]
    dims = (row_dim, found.effect_dim)
    columns = pm.Data(found.columns_name, np.array(found.values, dtype=float), dims=dims)
    return (deviations[index] * columns).sum(-1)


def _fixed_part(spec: Spec, parameter: str, source: Source, where: IntArray) -> Tensor:
    """Return the fixed part of a linear predictor, (obs,), and put its coefficients in the model.

    Predictors are centered inside where there is an intercept; `b` is at the user's predictors.
    """
    fixed, names = spec.predictors[parameter].fixed, spec.names(parameter)
    name, dim, rows = names.coefficients, names.effect_dim, spec.layout.row_dim
    made = coefficients(spec, parameter, source, where)
    if made.intercept is None:
        if made.slopes is None:
            return pt.zeros(len(fixed.values))
        if name not in pm.modelcontext(None).named_vars:
            pm.Deterministic(name, _of_near(fixed, made.slopes), dims=dim)
        if not fixed.elsewhere:
            return _times(names.columns, fixed.near(), made.slopes, (rows, dim))
        centered = fixed.near() - fixed.centers
        return _times(names.centered_columns, centered, made.slopes, (rows, dim))
    if made.slopes is None:
        pm.Deterministic(name, made.intercept[None], dims=dim)
        return made.intercept + pt.zeros(len(fixed.values))
    joined = pt.concatenate([(made.intercept - made.between)[None], made.slopes])
    pm.Deterministic(name, _of_near(fixed, joined), dims=dim)
    centered = fixed.near()[:, 1:] - fixed.centers[1:]
    return made.intercept + _times(
        names.centered_columns, centered, made.slopes, (rows, names.slope_dim)
    )


def _of_near(fixed: FixedEffects, b: Tensor) -> Tensor:
    """Return the coefficients at the user's own predictors."""
    return b if fixed.shift is None else pt.dot(fixed.shift.change, b)


def _times(name: str, columns: FloatArray, coefficients: Tensor, dims: tuple[str, str]) -> Tensor:
    data = pm.Data(name, np.array(columns, dtype=float), dims=dims)
    if columns.shape[1] <= _FEW_COLUMNS:
        return (data * coefficients).sum(-1)
    return pt.dot(data, coefficients)
