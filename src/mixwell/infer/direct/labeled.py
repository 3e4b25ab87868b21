"""Draws of x and t as the variables of a posterior."""

from typing import Any

import numpy as np
import xarray as xr

from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.labels import coordinates, observed_data, posterior_dims, posterior_labels
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import predictor_names

__all__ = ["labeled_draws"]


def labeled_draws(target: Target, t: FloatArray, x: FloatArray) -> xr.DataTree:
    """Return a tree of draws (chain, draw, ...) under the names and coords of the posterior."""
    spec, dims = target.spec, posterior_dims(target.spec)
    variables = {**_coefficients(target, x), **_covariances(target, t)}
    for found in spec.layout.factors:
        variables[found.r_name] = _deviations(target, found, x)
    own = {"chain": np.arange(x.shape[0]), "draw": np.arange(x.shape[1])}
    ordered: dict[str, Any] = {
        name: (("chain", "draw", *dims[name]), variables[name])
        for name in (*spec.variables, *spec.vectors)
        if name in variables
    }
    labels = coordinates({**posterior_labels(spec), **own})
    observed, row_dim = observed_data(spec), spec.layout.row_dim
    index = {f.index_name: (row_dim, np.array(f.index)) for f in spec.layout.factors}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(ordered, coords=labels),
            "observed_data": observed,
            "constant_data": xr.Dataset(index, coords=observed.coords),
        }
    )


def _coefficients(target: Target, x: FloatArray) -> dict[str, FloatArray]:
    """Return coefficients at the user's predictors, parameters on their own scale, vectors."""
    spec, found = target.spec, dict[str, FloatArray]()
    for name, span in target.columns.coefficients.items():
        own = x[..., span]
        if name in spec.predictors:
            fixed = spec.predictors[name].fixed
            if not fixed.names:
                continue
            if fixed.intercept:
                own = own.copy()
                own[..., 0] -= own[..., 1:] @ fixed.near()[:, 1:].mean(axis=0)
            found[predictor_names(name).coefficients] = fixed.of_near(own)
        elif name in spec.vectors:
            found[name] = own
        else:
            found[name] = spec.family.link_of(name).inverse(own[..., 0])
    holder = spec.family.holds_intercept
    mean = spec.design.mean.fixed
    if holder is not None and holder.name in found and mean.names:
        slopes = x[..., target.columns.coefficients["mean"]]
        found[holder.name] = found[holder.name] + (slopes @ mean.near().mean(axis=0))[..., None]
    return found


def _covariances(target: Target, t: FloatArray) -> dict[str, FloatArray]:
    """Return standard deviations by factor, and correlation matrices."""
    spec, parts = target.spec, target.covariances.parts
    coordinates = target.covariances.coordinates
    sds = {c.key: c.value(t[..., k]) for k, c in enumerate(coordinates)}
    found = {
        group.sd_name: np.stack([sds[key] for key in group.sd_keys], axis=-1)
        for group in spec.layout.factors
    }
    flat = t.reshape(t.shape[0] * t.shape[1], t.shape[2])
    roots = {
        part.unit.layout.name: part.correlation.cholesky(flat[:, part.pairs])
        for part in parts
        if part.correlation is not None
    }
    for matrix in spec.layout.correlations:
        whole = np.tile(np.eye(len(matrix.labels)), (len(flat), 1, 1))
        for unit, where in matrix.units:
            root = roots[unit.name]
            whole[np.ix_(range(len(whole)), where, where)] = root @ root.swapaxes(1, 2)
        found[matrix.name] = whole.reshape(*t.shape[:-1], *whole.shape[1:])
    return found


def _deviations(target: Target, group: FactorEffects, x: FloatArray) -> FloatArray:
    """Return a factor's deviations (chain, draw, level, effect) from the units that they are in."""
    found = np.empty((*x.shape[:-1], len(group.levels), len(group.effects)))
    for unit in target.columns.units:
        effects = x[..., unit.span].reshape(*x.shape[:-1], unit.levels, unit.size)
        position = 0
        for member, columns in unit.layout.parts:
            for column in columns:
                if member is group:
                    found[..., column] = effects[..., position]
                position += 1
    return found
