"""Random effects as PyMC variables, in the coordinates that a geometry asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from mixwell.infer.places import Places
from mixwell.infer.pymc.variables import Law, Source, vector_variable
from mixwell.infer.sampling_units import effect_steps
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.layout import CorrelationMatrix, CorrelationUnit, FactorEffects
from mixwell.specify.naming import element
from mixwell.specify.spec import Spec

__all__ = ["Covariance", "covariances", "deviations", "random_effects"]

# PyTensor's variables carry no static shapes that a type checker could use
Tensor = Any


@dataclass(frozen=True, eq=False)
class Covariance:
    """A covariance unit's variables: sds (q,) and the correlations' Cholesky factor (q, q).

    `steps` (q,) are the units in which centered effects are sampled.
    """

    unit: CorrelationUnit
    sd: Tensor
    cholesky: Tensor | None
    steps: FloatArray | None = None


def covariances(spec: Spec) -> list[Covariance]:
    """Make the standard deviations and correlations of every covariance unit."""
    sds = {found.label: _standard_deviations(spec, found) for found in spec.layout.factors}
    concentration = {
        unit.name: spec.priors[matrix.name].args["eta"]
        for matrix in spec.layout.correlations
        for unit, _ in matrix.units
    }
    made = []
    for unit in spec.layout.units:
        parts = [sds[found.label][list(columns)] for found, columns in unit.parts]
        sd = parts[0] if len(parts) == 1 else pt.concatenate(parts)
        cholesky = None
        if unit.correlated:
            cholesky = _cholesky(unit.raw_correlations, unit.size, concentration[unit.name])
        steps = [effect_steps(spec, found)[list(columns)] for found, columns in unit.parts]
        made.append(Covariance(unit, sd, cholesky, np.concatenate(steps)))
    for matrix in spec.layout.correlations:
        _correlation(matrix, made)
    return made


def random_effects(
    spec: Spec,
    weights: Mapping[str, FloatArray],
    shared: Sequence[Covariance],
    source: Source,
    where: Places,
) -> dict[str, Tensor]:
    """Make every factor's deviations, (n_levels, n_effects) under `r_<factor>`, by label."""
    made = {
        found.unit.name: deviations(found, weights[found.unit.name], source, where)
        for found in shared
    }
    return {found.label: _gather(found, spec, made) for found in spec.layout.factors}


def _standard_deviations(spec: Spec, found: FactorEffects) -> Tensor:
    priors = [spec.priors[key] for key in found.sd_keys]
    # from the middle of its prior a slope on years would make a linear predictor of thousands
    starts, dim = effect_steps(spec, found), found.effect_dim
    return vector_variable(found.sd_name, priors, found.effects, dim, starts=starts)


def _cholesky(name: str, size: int, eta: float) -> Tensor:
    """Make the Cholesky factor of an LKJ(eta) matrix from canonical partial correlations.

    Lewandowski, Kurowicka and Joe (2009): column j's partial correlations are independent,
    2 Beta(b, b) - 1 with b = eta + (size - 2 - j) / 2. Sums of products instead of `dot`, which
    costs more to compile than everything else.
    """
    rows, columns = np.tril_indices(size, -1)
    shape = eta + (size - 2 - columns) / 2
    raw = pm.Beta(name, shape, shape, shape=len(shape))
    scatter = np.zeros((size, size, len(rows)))
    scatter[rows, columns, np.arange(len(rows))] = 1.0
    partial = (scatter * (2 * raw - 1)).sum(-1)
    before = np.triu(np.ones((size, size)), 1)
    remaining = (pt.log1p(-(partial**2))[:, :, None] * before).sum(1)
    return (partial + np.eye(size)) * pt.exp(0.5 * remaining)


def _correlation(matrix: CorrelationMatrix, units: list[Covariance]) -> None:
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
    pm.Deterministic(matrix.name, whole, dims=matrix.dims)


def deviations(made: Covariance, w: FloatArray, source: Source, where: Places) -> Tensor:
    """Return a unit's deviations, (n_levels, size), its coordinates as centered as `w` says."""
    unit, sd, cholesky = made.unit, made.sd, made.cholesky
    if not w.any():
        law, place = Law("Normal", {"mu": 0.0, "sigma": 1.0}), where.units[unit.name]
        z = source.variable(unit.standard_name, law, place, unit.dims)
        if cholesky is None:
            return z * sd
        return (z[:, None, :] * (cholesky * sd[:, None])[None, :, :]).sum(-1)
    if cholesky is None:
        return _independent(made, w, source, where)
    return _sequential(made, cholesky, w, source, where)


def _independent(made: Covariance, w: FloatArray, source: Source, where: Places) -> Tensor:
    unit, sd = made.unit, made.sd[None, :]
    centered = bool((w == 1).all())
    scale = sd * np.ones_like(w) if centered else sd**w
    step = None if made.steps is None else made.steps[None, :] ** w
    law = Law("Normal", {"mu": 0.0, "sigma": scale}, step=step)
    c = source.variable(unit.centered_name, law, where.units[unit.name], unit.dims)
    return c if centered else c * sd ** (1 - w)


def _sequential(
    made: Covariance, cholesky: Tensor, w: FloatArray, source: Source, where: Places
) -> Tensor:
    """Condition each effect on those before it: r_k = m_k + s_k z_k, m_k = sd_k sum L_kl z_l.

    The sampled coordinate is c_k ~ Normal(w m_k, s_k^w), so z_k = (c_k - w m_k) / s_k^w: w = 1 is
    centered (c_k = r_k) and w = 0 non-centered (c_k = z_k), level by level and effect by effect.
    """
    unit, sd = made.unit, made.sd
    place = where.units[unit.name]
    standard: list[Tensor] = []
    columns: list[Tensor] = []
    for k in range(unit.size):
        mean: Tensor = np.zeros(len(w))
        for j, z in enumerate(standard):
            mean = mean + sd[k] * cholesky[k, j] * z
        scale, own = sd[k] * cholesky[k, k], w[:, k]
        wide = scale**own
        step = None if made.steps is None else made.steps[k] ** own
        law = Law("Normal", {"mu": own * mean, "sigma": wide}, step=step)
        name = element(unit.centered_name, f"{k}: {unit.effects[k]}")
        c = source.variable(name, law, place[:, k], unit.dims[:1])
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
    return pm.Deterministic(found.r_name, value, dims=(found.level_dim, found.effect_dim))
