"""Random effects as PyMC variables, in the coordinates that a geometry asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.distributions.shape_utils import change_dist_size

from mixwell.infer.geometry import Geometry
from mixwell.specify.layout import CorrelationMatrix, CorrelationUnit, FactorEffects
from mixwell.specify.priors import Prior, grouped
from mixwell.specify.spec import Spec

__all__ = ["random_effects", "scalar_variable", "vector_variable"]

# PyTensor's variables carry no static shapes that a type checker could use
Tensor = Any
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Unit:
    """A covariance unit with its variables: sds (q,) and the correlations' Cholesky factor."""

    unit: CorrelationUnit
    sd: Tensor
    cholesky: Tensor | None
    weights: FloatArray


def scalar_variable(name: str, prior: Prior, shift: Tensor | None = None) -> Tensor:
    """Make a scalar random variable with a prior, its location moved by `shift`."""
    if prior.native is not None:
        return pm.modelcontext(None).register_rv(change_dist_size(prior.native, ()), name)
    args: dict[str, Any] = dict(prior.args)
    known = prior.known
    if shift is not None and known is not None and known.location is not None:
        args[known.location] = args[known.location] + shift
    return getattr(pm, prior.distribution)(name, **args)


def vector_variable(name: str, priors: list[Prior], labels: tuple[str, ...], dim: str) -> Tensor:
    """Make a vector of random variables: one variable for all that share a distribution.

    With several distributions the parts are named by their elements and `name` is put together.
    """
    groups = grouped(priors)
    if len(groups) == 1:
        return _vector(name, groups[0][1], groups[0][2], len(priors), dim)
    parts = [
        _vector(f"{name}[{', '.join(labels[i] for i in where)}]", prior, args, len(where), None)
        for where, prior, args in groups
    ]
    order = np.argsort(np.concatenate([where for where, _, _ in groups]))
    return pm.Deterministic(name, pt.concatenate(parts)[order], dims=dim)


def _vector(
    name: str, prior: Prior, args: Mapping[str, FloatArray], size: int, dim: str | None
) -> Tensor:
    if prior.native is not None:
        model = pm.modelcontext(None)
        return model.register_rv(change_dist_size(prior.native, (size,)), name, dims=dim)
    kind = getattr(pm, prior.distribution)
    return kind(name, **args, dims=dim) if dim is not None else kind(name, **args, shape=size)


def random_effects(spec: Spec, geometry: Geometry) -> dict[str, Tensor]:
    """Make every factor's deviations, (n_levels, n_effects) under `r_<factor>`, by label."""
    sds = {found.label: _standard_deviations(spec, found) for found in spec.layout.factors}
    eta = {matrix.name: spec.priors[matrix.name].args["eta"] for matrix in spec.layout.correlations}
    concentration = {
        unit.name: eta[matrix.name]
        for matrix in spec.layout.correlations
        for unit, _ in matrix.units
    }
    units = []
    for unit in spec.layout.units:
        parts = [sds[found.label][list(columns)] for found, columns in unit.parts]
        sd = parts[0] if len(parts) == 1 else pt.concatenate(parts)
        cholesky = None
        if unit.correlated:
            cholesky = _cholesky(unit.name, unit.size, concentration[unit.name])
        units.append(_Unit(unit, sd, cholesky, geometry.weights[unit.name]))
    for matrix in spec.layout.correlations:
        _correlation(matrix, units)
    deviations = {made.unit.name: _deviations(made) for made in units}
    return {found.label: _gather(found, spec, deviations) for found in spec.layout.factors}


def _standard_deviations(spec: Spec, found: FactorEffects) -> Tensor:
    keys = [f"{found.sd_name}[{effect}]" for effect in found.effects]
    priors = [spec.priors[key] for key in keys]
    return vector_variable(found.sd_name, priors, found.effects, found.effect_dim)


def _cholesky(name: str, size: int, eta: float) -> Tensor:
    """Make the Cholesky factor of an LKJ(eta) matrix from canonical partial correlations.

    Lewandowski, Kurowicka and Joe (2009): column j's partial correlations are independent,
    2 Beta(b, b) - 1 with b = eta + (size - 2 - j) / 2. Sums of products instead of `dot`, which
    costs more to compile than everything else.
    """
    rows, columns = np.tril_indices(size, -1)
    shape = eta + (size - 2 - columns) / 2
    raw = pm.Beta(f"corr_{name}_raw", shape, shape, shape=len(shape))
    scatter = np.zeros((size, size, len(rows)))
    scatter[rows, columns, np.arange(len(rows))] = 1.0
    partial = (scatter * (2 * raw - 1)).sum(-1)
    before = np.triu(np.ones((size, size)), 1)
    remaining = (pt.log1p(-(partial**2))[:, :, None] * before).sum(1)
    return (partial + np.eye(size)) * pt.exp(0.5 * remaining)


def _correlation(matrix: CorrelationMatrix, units: list[_Unit]) -> None:
    factors = {made.unit.name: made.cholesky for made in units}
    size = len(matrix.labels)
    whole: Tensor = np.eye(size)
    for unit, where in matrix.units:
        cholesky: Tensor = factors[unit.name]
        block = (cholesky[:, None, :] * cholesky[None, :, :]).sum(-1)
        if where == tuple(range(size)):
            whole = block
        else:
            whole = pt.set_subtensor(pt.as_tensor(whole)[np.ix_(where, where)], block)
    pm.Deterministic(matrix.name, whole, dims=(matrix.dim, f"{matrix.dim}_"))


def _deviations(made: _Unit) -> Tensor:
    """Return a unit's deviations, (n_levels, size)."""
    unit, sd, cholesky, w = made.unit, made.sd, made.cholesky, made.weights
    if not w.any():
        z = _raw(unit)
        if cholesky is None:
            return z * sd
        return (z[:, None, :] * (cholesky * sd[:, None])[None, :, :]).sum(-1)
    if cholesky is None:
        return _independent(unit, sd, w)
    return _sequential(unit, sd, cholesky, w)


def unit_dim(unit: CorrelationUnit) -> str:
    """Return the dim of a unit's raw coordinates."""
    found, columns = unit.parts[0]
    whole = len(unit.parts) == 1 and len(columns) == len(found.effects)
    return found.effect_dim if whole else f"z_{unit.name}_effect"


def _raw(unit: CorrelationUnit) -> Tensor:
    return pm.Normal(f"z_{unit.name}", 0.0, 1.0, dims=(unit.factor, unit_dim(unit)))


def _independent(unit: CorrelationUnit, sd: Tensor, w: FloatArray) -> Tensor:
    dims = (unit.factor, unit_dim(unit))
    if (w == 1).all():
        return pm.Normal(f"c_{unit.name}", 0.0, sd[None, :] * np.ones_like(w), dims=dims)
    c = pm.Normal(f"c_{unit.name}", 0.0, sd[None, :] ** w, dims=dims)
    return c * sd[None, :] ** (1 - w)


def _sequential(unit: CorrelationUnit, sd: Tensor, cholesky: Tensor, w: FloatArray) -> Tensor:
    """Condition each effect on those before it: r_k = m_k + s_k z_k, m_k = sd_k sum L_kl z_l.

    The sampled coordinate is c_k ~ Normal(w m_k, s_k^w), so z_k = (c_k - w m_k) / s_k^w: w = 1 is
    centred (c_k = r_k) and w = 0 non-centred (c_k = z_k), level by level and effect by effect.
    """
    standard: list[Tensor] = []
    columns: list[Tensor] = []
    names = [effect for found, cs in unit.parts for effect in (found.effects[c] for c in cs)]
    for k in range(unit.size):
        mean: Tensor = np.zeros(len(w))
        for j, z in enumerate(standard):
            mean = mean + sd[k] * cholesky[k, j] * z
        scale, own = sd[k] * cholesky[k, k], w[:, k]
        wide = scale**own
        c = pm.Normal(f"c_{unit.name}[{k}: {names[k]}]", own * mean, wide, dims=unit.factor)
        standard.append((c - own * mean) / wide)
        columns.append(mean + scale * standard[-1])
    return pt.stack(columns, axis=1)


def _gather(found: FactorEffects, spec: Spec, deviations: dict[str, Tensor]) -> Tensor:
    """Put a factor's effects together from the units that they are in."""
    pieces: list[Tensor] = []
    order: list[int] = []
    for unit in spec.layout.units:
        start = 0
        for member, columns in unit.parts:
            if member is found:
                whole = start == 0 and len(columns) == unit.size
                piece = deviations[unit.name]
                pieces.append(piece if whole else piece[:, start : start + len(columns)])
                order += columns
            start += len(columns)
    value = pieces[0] if len(pieces) == 1 else pt.concatenate(pieces, axis=1)
    if order != sorted(order):
        value = value[:, np.argsort(order)]
    return pm.Deterministic(found.r_name, value, dims=(found.factor, found.effect_dim))
