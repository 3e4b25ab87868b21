"""Labels and coordinates of a posterior's dimensions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mixwell.specify.naming import CATEGORY, RESPONSE, vector_dim

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from mixwell.numeric.arrays import FloatArray
    from mixwell.specify.spec import Spec


#: The group of a tree that holds what an edited PyMC model has on top of the posterior's variables.
FURTHER = "further_variables"


def row_labels(index: pd.Index) -> "NDArray[np.generic] | list[object]":
    """Return the labels of rows: the data's index, a nested one as text."""
    if index.nlevels > 1:
        return [str(label) for label in index]
    return index.to_numpy() if index.dtype.kind in "iuf" else list(index)


def posterior_labels(spec: "Spec") -> dict[str, list[str]]:
    """Return the labels of every dim of a model's posterior but chains and draws."""
    labels: dict[str, list[str]] = {}
    naming = spec.layout.naming
    for parameter, predictor in spec.predictors.items():
        if predictor.fixed.names:
            rows = naming.rows_with(parameter)
            if rows is not None:
                labels[rows.dims[0]] = list(rows.labels.values())
            labels[naming.dims(parameter)[-1]] = list(predictor.fixed.names)
    for name, vector in spec.vectors.items():
        labels[vector_dim(name)] = list(vector.labels(spec.response.levels or ()))
    for found in spec.layout.factors:
        labels |= {found.level_dim: list(found.levels), found.effect_dim: list(found.effects)}
    for matrix in spec.layout.correlations:
        labels |= {dim: list(matrix.labels) for dim in matrix.dims}
    return labels


def posterior_dims(spec: "Spec") -> dict[str, tuple[str, ...]]:
    """Return the dims of every variable of a model's posterior, beyond chains and draws."""
    dims: dict[str, tuple[str, ...]] = {}
    for parameter, predictor in spec.predictors.items():
        if predictor.fixed.names:
            naming = spec.layout.naming
            dims[naming.variable(parameter)] = naming.dims(parameter)
    dims |= {name: () for name in spec.auxiliary if name not in spec.design.parameters}
    dims |= {name: (vector_dim(name),) for name in spec.vectors}
    for found in spec.layout.factors:
        dims[found.sd_name] = (found.effect_dim,)
        dims[found.r_name] = (found.level_dim, found.effect_dim)
    return dims | {matrix.name: matrix.dims for matrix in spec.layout.correlations}


def by_variable(spec: "Spec", values: Mapping[str, "FloatArray"]) -> "dict[str, FloatArray]":
    """Return what each parameter has, (..., element), as variables of the posterior.

    The coefficients of parameters that share a formula are the rows of one.
    """
    naming, found = spec.layout.naming, dict[str, Any]()
    for parameter, own in values.items():
        if parameter not in spec.predictors:
            found[parameter] = own
        elif (rows := naming.rows_with(parameter)) is None:
            found[naming.variable(parameter)] = own
        elif rows.variable not in found:
            found[rows.variable] = np.stack([values[row] for row in rows.labels], axis=-2)
    return found


def observed_data(spec: "Spec") -> "xr.Dataset":
    """Return the response that a model was fitted to, under its name in the model."""
    import xarray as xr

    if spec.design.elsewhere is not None:  # the rows stay where they lie
        return xr.Dataset()
    dim = spec.layout.row_dim
    response, dims = spec.response, response_labels(spec)
    values = np.array(response.values if response.columns is None else response.columns, float)
    rows = coordinates({dim: row_labels(spec.design.index), **dims})
    return xr.Dataset({spec.layout.observed: ((dim, *dims), values)}, coords=rows)


def response_labels(spec: "Spec") -> dict[str, list[str]]:
    """Return the dim, with its labels, of a response that is several numbers; none of one."""
    response, dim = spec.response, RESPONSE if spec.family.parts else CATEGORY
    return {} if response.columns is None else {dim: list(response.levels or ())}


def coordinates(labels: Mapping[str, Any]) -> "xr.Coordinates":
    """Return the coordinates of dimensions with these labels, each with its index.

    The indexes are built here, not by xarray: given plain values it asks whether these are sparse
    arrays, and loading `sparse` with numba takes longer than an exact fit.

    >>> coordinates({"effect": ["Intercept", "Days"]})["effect"].values.tolist()
    ['Intercept', 'Days']
    """
    import xarray as xr

    made = xr.Coordinates()
    for dim, given in labels.items():
        values = xr.Variable(dim, given).values
        kind = "object" if values.dtype.kind == "O" else None
        index = xr.indexes.PandasIndex(pd.Index(values, dtype=kind), dim, values.dtype)
        made = made.assign(xr.Coordinates.from_xindex(index))
    return made
