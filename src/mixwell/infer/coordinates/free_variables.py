"""The free variables of a PyMC model, recovered from the draws of what is computed from them.

PyMC takes its own free variables from draws, and draws from the prior those that it does not find.
"""

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mixwell.infer.geometry import Geometry, Whitening
from mixwell.infer.places import modeled, places
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import options
from mixwell.posterior.labels import FURTHER, coordinates
from mixwell.posterior.posterior import Posterior
from mixwell.specify.held_intercepts import above_means
from mixwell.specify.layout import CorrelationUnit
from mixwell.specify.naming import (
    WHITENED,
    centered_name,
    element,
    vector_dim,
)
from mixwell.specify.priors import Prior, grouped
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FreeVariables", "free_variables", "with_free_variables"]

#: A free variable by name: its dims, () for those that have none of their own, and its draws.
type FreeVariables = dict[str, tuple[tuple[str, ...], FloatArray]]
#: Name, dims, places (see `Places`) and draws of what a whitened vector may hold.
type _Part = tuple[str, tuple[str, ...], IntArray, FloatArray]
#: The largest partial correlation.
_ONE = 1 - 1e-15


def with_free_variables(idata: "xr.DataTree", spec: Spec, geometry: Geometry) -> "xr.DataTree":
    """Return draws with the free variables of the model of a geometry among the posterior.

    Where they would take more than `mixwell.options.memory`, numbers without dims stand in their
    place, NaN: PyMC refuses these for their shape, where it would draw the prior in silence if
    there were nothing. Draws that lack some of the posterior's variables stay as they are.
    """
    import xarray as xr

    parts = {str(name): node.to_dataset() for name, node in idata.children.items()}
    posterior = parts["posterior"]
    if FURTHER in parts:
        parts["posterior"] = posterior.assign(parts.pop(FURTHER).data_vars)
    elif all(name in posterior for name in spec.variables):
        drawn = Posterior(posterior, spec)
        one = Posterior(posterior.isel(chain=slice(0, 1), draw=slice(0, 1)), spec)
        found = free_variables(one, geometry)
        fits = sum(v.nbytes for _, v in found.values()) * drawn.samples <= options.memory
        found = free_variables(drawn, geometry) if fits else found
        made = {name: _variable(name, *each, drawn.shape) for name, each in found.items()}
        labels = _labels(spec, {dim for dims, _ in found.values() for dim in dims})
        parts["posterior"] = posterior.assign(made).assign_coords(coordinates(labels))
    parts["posterior"].attrs = posterior.attrs
    data = parts.get("constant_data", xr.Dataset())
    data = data.map(lambda v: v.astype("int32") if v.dtype.kind == "i" else v)  # PyMC's own type
    if geometry.whitening is not None:
        for name, array in geometry.whitening.arrays.items():
            data[name] = (tuple(f"{name}_dim_{k}" for k in range(array.ndim)), array)
    parts["constant_data"] = data
    return xr.DataTree.from_dict(parts)


def _variable(
    name: str, dims: tuple[str, ...], draws: FloatArray, shape: tuple[int, int]
) -> "xr.Variable":
    """Return the draws of a variable with dims; of one draw alone, what stands for the others."""
    import xarray as xr

    if len(draws) < shape[0] * shape[1]:
        said = "left out: it would take more than mixwell.options.memory"
        return xr.Variable(("chain", "draw"), np.broadcast_to(np.nan, shape), {"note": said})
    own = dims or tuple(f"{name}_dim_{k}" for k in range(draws.ndim - 1))
    return xr.Variable(("chain", "draw", *own), draws.reshape(*shape, *draws.shape[1:]))


def _labels(spec: Spec, dims: Container[object]) -> dict[str, Sequence[str]]:
    """Return the labels of the dims that only free variables have."""
    labels = {unit.dims[1]: unit.effects for unit in spec.layout.units}
    for parameter, predictor in spec.predictors.items():
        labels[spec.names(parameter).slope_dim] = predictor.fixed.names[1:]
    return {dim: list(names) for dim, names in labels.items() if dim in dims}


def free_variables(drawn: Posterior, geometry: Geometry) -> FreeVariables:
    """Return the draws of the free variables of the model that `build_model` makes of a geometry.

    Those that are variables of the posterior themselves are left out. Draws are (sample, ...), in
    the shapes that the model has; what the model computes from them are the draws given.
    """
    found: FreeVariables = {}
    for unit in drawn.spec.layout.units:
        if unit.correlated:
            found[unit.raw_correlations] = ((), (_partial(drawn, unit) + 1) / 2)
    for factor in drawn.spec.layout.factors:
        priors = [drawn.spec.priors[key] for key in factor.sd_keys]
        draws = drawn.flat(factor.sd_name)
        parts = _vector(factor.sd_name, priors, factor.effects, factor.effect_dim, draws)
        found |= {name: (dims, part) for name, dims, part, _ in parts}
    found |= _vectors(drawn)
    held = [*_all_coefficients(drawn, modeled(drawn.spec)), *_coordinates(drawn, geometry)]
    others = [name for name in drawn.spec.predictors if name not in modeled(drawn.spec)]
    if geometry.whitening is not None:
        held, whole = _joined(held, geometry.whitening, drawn.samples)
        found[WHITENED] = ((), whole)
    for name, dims, _, draws in [*held, *_all_coefficients(drawn, others)]:
        found[name] = (dims, draws)
    return {name: value for name, value in found.items() if name not in drawn.spec.variables}


def _vectors(drawn: Posterior) -> FreeVariables:
    """Return vectors that hold the intercept, at the predictors' means (see `build._vector`)."""
    spec, holder = drawn.spec, drawn.spec.family.holds_intercept
    if holder is None or not spec.held:
        return {}

    def near(parameter: str) -> FloatArray:
        return spec.predictors[parameter].fixed.to_near(drawn.coefficients(parameter).T)

    centered = drawn.flat(holder.name) - above_means(spec, near)
    return {centered_name(holder.name): ((vector_dim(holder.name),), centered)}


def _joined(
    parts: Sequence[_Part], whitening: Whitening, samples: int
) -> tuple[list[_Part], FloatArray]:
    """Put what is whitened into its vector; return the other parts, and the vector's draws."""
    whole, alone = np.zeros((samples, whitening.size)), []
    for part in parts:
        _, _, where, draws = part
        if (whitening.index[where] < 0).any():
            alone.append(part)
        else:
            whole[:, whitening.index[where].ravel()] = draws.reshape(samples, -1)
    return alone, whole


def _all_coefficients(drawn: Posterior, parameters: Sequence[str]) -> Iterator[_Part]:
    for parameter in parameters:
        yield from _coefficients(drawn, parameter)


def _coefficients(drawn: Posterior, parameter: str) -> Iterator[_Part]:
    """Yield a predictor's slopes, and its intercept at the predictors' means."""
    spec, names = drawn.spec, drawn.spec.names(parameter)
    fixed, where = spec.predictors[parameter].fixed, places(spec).fixed[parameter]
    b = fixed.to_near(drawn.coefficients(parameter).T)
    priors = [entry.prior for entry in spec.priors.select("slope", parameter)]
    first = int(fixed.intercept)
    name, dim = names.coefficients, names.effect_dim
    if fixed.intercept:
        name, dim = names.slopes, names.slope_dim
    elif fixed.shift is not None:
        name = names.slopes
    if priors:
        for part, dims, draws, own in _vector(name, priors, fixed.names[first:], dim, b[:, first:]):
            yield part, dims, where[first:][own], draws
    if fixed.intercept:
        entry = spec.priors.select("intercept", parameter)[0]
        centered = entry.centered or entry.prior.distribution == "Flat"
        if centered or entry.prior.location is not None:
            means = fixed.centers[1:]
            yield names.intercept, (), where[0, ...], b[:, 0] + b[:, 1:] @ means
        else:
            own = drawn.coefficients(parameter)[0]
            yield names.own_intercept, (), where[0, ...], own


def _vector(
    name: str, priors: list[Prior], labels: Sequence[str], dim: str, draws: FloatArray
) -> Iterator[tuple[str, tuple[str, ...], FloatArray, IntArray]]:
    """Yield the variables of a vector, one for all elements that share a distribution."""
    groups = grouped(priors)
    for members, _, _ in groups:
        own = np.array(members)
        if len(groups) == 1:
            yield name, (dim,), draws, own
        else:
            yield element(name, *(labels[i] for i in members)), (), draws[:, own], own


def _coordinates(drawn: Posterior, geometry: Geometry) -> Iterator[_Part]:
    for unit in drawn.spec.layout.units:
        yield from _unit_coordinates(drawn, unit, geometry.weights[unit.name])


def _unit_coordinates(drawn: Posterior, unit: CorrelationUnit, w: FloatArray) -> Iterator[_Part]:
    """Yield a unit's coordinates, as centered as `w` says (see `random_effects.deviations`)."""
    where = places(drawn.spec).units[unit.name]
    r = np.concatenate([drawn.flat(f.r_name)[:, :, list(c)] for f, c in unit.parts], axis=2)
    sd = np.concatenate([drawn.flat(f.sd_name)[:, list(c)] for f, c in unit.parts], axis=1)
    if not unit.correlated and w.any():
        scale = np.where(w == 1, 1.0, sd[:, None, :] ** (w - 1))
        yield unit.centered_name, unit.dims, where, r * scale
        return
    root = np.broadcast_to(np.eye(unit.size), (len(sd), unit.size, unit.size))
    if unit.correlated:
        root = _cholesky(_partial(drawn, unit), unit.size)
    z = np.zeros_like(r)
    for k in range(unit.size):
        mean = sd[:, None, k] * np.einsum("nlj,nj->nl", z[:, :, :k], root[:, k, :k])
        scale, own = (sd[:, k] * root[:, k, k])[:, None], w[:, k]
        away = r[:, :, k] - mean
        z[:, :, k] = np.divide(away, scale, out=np.zeros_like(away), where=scale > 0)
        if w.any():
            name = element(unit.centered_name, f"{k}: {unit.effects[k]}")
            draws = own * mean + scale**own * z[:, :, k]
            yield name, unit.dims[:1], where[:, k], draws
    if not w.any():
        yield unit.standard_name, unit.dims, where, z


def _partial(drawn: Posterior, unit: CorrelationUnit) -> FloatArray:
    """Return a unit's canonical partial correlations, (sample, pairs)."""
    matrix, where = next(
        (m, own) for m in drawn.spec.layout.correlations for u, own in m.units if u is unit
    )
    whole = drawn.flat(matrix.name)[(slice(None), *np.ix_(where, where))]
    root, partial = np.zeros_like(whole), []
    left = np.ones(whole.shape[:2])
    for i in range(unit.size):
        for j in range(i):
            inner = np.einsum("nk,nk->n", root[:, i, :j], root[:, j, :j])
            found = (whole[:, i, j] - inner) / (root[:, j, j] * left[:, i])
            partial.append(np.clip(found, -_ONE, _ONE))
            root[:, i, j] = partial[-1] * left[:, i]
            left[:, i] *= np.sqrt(1 - partial[-1] ** 2)
        root[:, i, i] = left[:, i]
    return np.stack(partial, axis=1)


def _cholesky(partial: FloatArray, size: int) -> FloatArray:
    """Return the correlation matrices' Cholesky factors, as the model computes them."""
    root, left = np.zeros((len(partial), size, size)), np.ones((len(partial), size))
    for pair, (i, j) in enumerate(zip(*np.tril_indices(size, -1), strict=True)):
        root[:, i, j] = partial[:, pair] * left[:, i]
        left[:, i] *= np.sqrt(1 - partial[:, pair] ** 2)
    root[:, np.arange(size), np.arange(size)] = left
    return root
